package bot

import (
	"bufio"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// phrases finds any of its phrases in a folded message.
type phrases struct {
	whole  map[string]bool
	inside []string
}

// in reports whether a folded message is, or holds, one of the phrases.
func (p phrases) in(folded string) bool {
	if p.whole[folded] {
		return true
	}
	for _, phrase := range p.inside {
		if strings.Contains(folded, phrase) {
			return true
		}
	}
	return false
}

// Words are the phrases by which a message needs a person, or needs nothing.
type Words struct {
	fold             func(string) string
	human, complaint phrases
	crisis, none     phrases
	chat, closing    phrases // both are small talk
	yes, no          phrases // votes
}

// LoadWords reads human.txt, complaint.txt and crisis.txt (the form is told in
// human.txt), chat.txt, closing.txt, none.txt, helpful.txt and unhelpful.txt. What else a machine
// must not answer is on the desk's word lists, with level urgent. fold maps a text to its letters and
// digits in one form. An error names the file and the line.
func LoadWords(files fs.FS, fold func(string) string) (*Words, error) {
	w := &Words{fold: fold}
	for name, into := range map[string]*phrases{
		"human.txt": &w.human, "complaint.txt": &w.complaint, "crisis.txt": &w.crisis, "chat.txt": &w.chat, "closing.txt": &w.closing, "none.txt": &w.none,
		"helpful.txt": &w.yes, "unhelpful.txt": &w.no,
	} {
		var err error
		if *into, err = readPhrases(files, name, fold); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func readPhrases(files fs.FS, name string, fold func(string) string) (phrases, error) {
	p := phrases{whole: map[string]bool{}}
	f, err := files.Open(name)
	if err != nil {
		return p, fmt.Errorf("open word list: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		phrase, whole := strings.CutPrefix(line, "=")
		folded := fold(phrase)
		if folded == "" {
			return p, fmt.Errorf("%s line %d: no letters or digits", name, n)
		}
		if whole {
			p.whole[folded] = true
		} else {
			p.inside = append(p.inside, folded)
		}
	}
	return p, lines.Err()
}

// reason says why a message needs a person, "" when it does not. A word that must
// be the whole message to call one may stand at its end, behind a sign or a space,
// too: 居住证丢了怎么补？人工.
func (w *Words) reason(text string) Reason {
	folded, last := w.fold(text), ""
	if parts := strings.FieldsFunc(text, sign); len(parts) > 1 && strings.ContainsFunc(parts[len(parts)-1], han) {
		last = w.fold(parts[len(parts)-1])
	}
	switch {
	case w.human.in(folded), w.human.whole[last]:
		return AskedForPerson
	case w.complaint.in(folded):
		return Complaint
	}
	return ""
}

func sign(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

// smallTalk reports whether a folded message asks for nothing: it is made of
// phrases of chat.txt and closing.txt alone, or of signs and emoji.
func (w *Words) smallTalk(folded string) bool { return madeOf(folded, w.chat, w.closing) }

// closes reports whether a message thanks, consents or takes leave, and asks no
// more.
func (w *Words) closes(text string) bool {
	return !strings.ContainsAny(text, "?？") && madeOf(w.fold(text), w.closing)
}

// noneFits reports whether a folded message says that no line of a menu fits.
func (w *Words) noneFits(folded string) bool {
	return madeOf(folded, w.none, w.chat, w.closing) && !w.smallTalk(folded)
}

// vote reads a folded message that says whether an answer helped, and no more.
func (w *Words) vote(folded string) (helpful, is bool) {
	if w.smallTalk(folded) {
		return false, false
	}
	helpful = madeOf(folded, w.yes, w.chat, w.closing)
	return helpful, helpful || madeOf(folded, w.no, w.chat, w.closing)
}

// idle reports whether a message by itself asks nothing: a number, small talk, a
// vote.
func (w *Words) idle(text string) bool {
	folded := w.fold(text)
	_, number := w.number(text, 0)
	_, vote := w.vote(folded)
	return number || vote || w.smallTalk(folded)
}

// Bare reports whether a message, out of what went before it, names no matter
// anybody could look up: it asks nothing, wants a person, or refuses a menu.
func (w *Words) Bare(text string) bool {
	return w.idle(text) || madeOf(w.fold(text), w.human, w.none, w.yes, w.no, w.chat, w.closing)
}

// madeOf reports whether a folded message is made of nothing but phrases of the
// lists, or is one that only a whole message may be.
func madeOf(folded string, lists ...phrases) bool {
	if len(folded) > maxSmallTalk {
		return false
	}
	if slices.ContainsFunc(lists, func(list phrases) bool { return list.whole[folded] }) {
		return true
	}
	made := make([]bool, len(folded)+1) // of phrases up to there
	made[0] = true
	for from := range folded {
		if !made[from] {
			continue
		}
		for _, list := range lists {
			for _, phrase := range list.inside {
				if strings.HasPrefix(folded[from:], phrase) {
					made[from+len(phrase)] = true
				}
			}
		}
	}
	return made[len(folded)]
}

// maxSmallTalk is the longest message that may be small talk, in bytes.
const maxSmallTalk = 120

// number reads a message that is only a number of one or two digits, as people
// choose from a menu of so many lines: 2, 二, 第二个, 我选2, 2号, 最后一个.
func (w *Words) number(text string, lines int) (int, bool) {
	folded := w.fold(text)
	for _, before := range []string{"我", "要", "就", "选择", "选", "回复", "第"} {
		folded = strings.TrimPrefix(folded, before)
	}
	for _, after := range []string{"吧", "个", "项", "条", "号"} {
		folded = strings.TrimSuffix(folded, after)
	}
	switch folded {
	case "最后一", "最后那", "最后":
		return lines, true
	}
	for n, name := range []rune("〇一二三四五六七八九十") {
		if folded == string(name) {
			return n, true
		}
	}
	n, err := strconv.ParseUint(folded, 10, 64)
	return int(n), err == nil && len(folded) <= 2
}
