package text

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// direction is the words that say what goes where, and who does what to whom.
type direction struct {
	into    []string // before where something goes
	turn    []string // the same, where no other stands
	leave   []string // before or after where it leaves
	to      []string // before who is given something
	against []string // words of a complaint
	asking  []string // before what one wants to do
	acting  []string // between that and the thing
}

func (d *direction) add(kind string, words []string) error {
	lists := map[string]*[]string{
		"into": &d.into, "turn": &d.turn, "leave": &d.leave, "to": &d.to,
		"against": &d.against, "asking": &d.asking, "acting": &d.acting,
	}
	list := lists[kind]
	if list == nil {
		return fmt.Errorf("%q is no kind of contrast", kind)
	}
	*list = append(*list, words...)
	return nil
}

// Start is the first two characters of a text, or "|" when it has fewer: enough
// to know again what it is about.
func Start(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	_, m := utf8.DecodeRuneInString(s[n:])
	if m == 0 {
		return "|"
	}
	return s[:n+m]
}

// way is where something comes from and where it goes.
type way struct{ from, into string }

func (d *direction) way(s string) (w way, ok bool) {
	if before, after, found := cutAny(s, d.leave); found {
		return way{from: before + "|" + after}, true
	}
	before, after, found := cutAny(s, d.into)
	if !found {
		before, after, found = cutAny(s, d.turn)
	}
	return way{from: before, into: after}, found
}

// Reversed reports whether the message goes where the wording comes from, or comes
// from where the wording goes.
func (d *direction) Reversed(message, wording string) bool {
	mine, ok := d.way(message)
	theirs, also := d.way(wording)
	if !ok || !also {
		return false
	}
	back := func(a, b way) bool {
		end := Start(b.into)
		return !strings.Contains(end, "|") && strings.Contains(a.from, end) && !strings.Contains(a.into, end)
	}
	return back(mine, theirs) || mine.into != "" && back(theirs, mine)
}

// recipient is how many characters after a word of giving say who is given to.
const recipient = 3

// given is who is given something in a text.
func (d *direction) given(s string) string {
	var b strings.Builder
	for {
		_, after, ok := cutAny(s, d.to)
		if !ok {
			return b.String()
		}
		r := []rune(after)
		b.WriteString(string(r[:min(recipient, len(r))]))
		b.WriteByte('|')
		s = after
	}
}

// Does reports whether the message wants to do what the wording complains of
// (怎么占道经营, 占道经营怎么举报).
func (d *direction) Does(message, wording string) bool {
	of, _, ok := cutAny(wording, d.against)
	if !ok || containsAny(message, d.against) {
		return false
	}
	for _, w := range d.asking {
		_, what, ok := strings.Cut(message, w)
		if !ok {
			continue
		}
		for _, act := range d.acting {
			what = strings.TrimPrefix(what, act)
		}
		if start := Start(what); !strings.Contains(start, "|") && strings.Contains(of, start) {
			return true
		}
	}
	return false
}

// cutAny cuts a text around the first of some words in it, the longest there.
func cutAny(s string, words []string) (before, after string, ok bool) {
	at, end := len(s), 0
	for _, w := range words {
		if i := strings.Index(s, w); i >= 0 && (i < at || i == at && i+len(w) > end) {
			at, end, ok = i, i+len(w), true
		}
	}
	if !ok {
		return s, "", false
	}
	return s[:at], s[end:], true
}
