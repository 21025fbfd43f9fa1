// Package mask takes personal data out of a text before it leaves the desk:
// identity, passport and phone numbers, bank cards, number plates, e-mail
// addresses, ids of WeChat and the like, days of birth, numbers of insurance and
// vehicles, addresses with a house number, and names a citizen gives. It is made
// of rules, needs no model and would rather take out too much than too little.
package mask

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind is what was taken out.
type Kind string

// The kinds of personal data.
const (
	Identity Kind = "identity" // 居民身份证
	Phone    Kind = "phone"
	Card     Kind = "card"   // bank card
	Number   Kind = "number" // a long number of unknown meaning
	Plate    Kind = "plate"
	Mail     Kind = "mail"
	Address  Kind = "address"
	Name     Kind = "name"
	Passport Kind = "passport" // and the like: passes for Hong Kong, Macao and Taiwan
	Social   Kind = "social"   // where somebody is found: WeChat, QQ …
	Birth    Kind = "birth"    // a day of birth
	Insured  Kind = "insured"  // of social security, medical insurance, housing fund
	Vehicle  Kind = "vehicle"  // of a chassis or an engine
)

// labels are what stands in the text instead.
var labels = map[Kind]string{
	Identity: "身份证号", Phone: "电话", Card: "银行卡号", Number: "号码",
	Plate: "车牌号", Mail: "邮箱", Address: "地址", Name: "姓名",
	Passport: "证件号", Social: "账号", Birth: "出生日期", Insured: "参保号", Vehicle: "车架号",
}

// Masker masks the texts of one thread: a value has the same placeholder, such
// as 〔电话1〕, wherever it occurs. It is for one goroutine.
type Masker struct {
	given  map[Kind]map[string]int
	names  []string // names found so far, longest first
	counts map[Kind]int
}

// New returns a Masker that knows the names already, such as a contact's
// display name. Names of one character are left alone: they would take out
// ordinary words.
func New(names ...string) *Masker {
	m := &Masker{given: map[Kind]map[string]int{}, counts: map[Kind]int{}}
	for _, name := range names {
		m.learn(strings.TrimSpace(name))
	}
	return m
}

func (m *Masker) learn(name string) {
	if utf8.RuneCountInString(name) < 2 || slices.Contains(m.names, name) {
		return
	}
	m.names = append(m.names, name)
	slices.SortStableFunc(m.names, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
}

// Counts tells how many places were masked so far, by kind.
func (m *Masker) Counts() map[Kind]int { return m.counts }

// span is a piece of the text, in bytes of the folded text.
type span struct {
	from, to int
	kind     Kind
	value    string // what makes two places the same
}

// Text returns s with placeholders where personal data stood. Full-width
// letters and digits count as their plain forms; what is not masked stays as it
// was, to the byte.
func (m *Masker) Text(s string) string {
	folded, back := fold(s)
	for _, name := range introduced(folded) {
		m.learn(name)
	}
	var spans []span
	for _, find := range []func(string) []span{mails, numbers, spoken, plates, passports, socials, births, numbered, addresses, m.known} {
		spans = append(spans, find(folded)...)
	}
	// Where two overlap the earlier one wins, and of those the longer.
	slices.SortStableFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
	})
	var out strings.Builder
	end := 0
	for _, p := range spans {
		if p.from < end {
			// The rest of an overlapping piece goes too: half a number is one.
			end = max(end, p.to)
			continue
		}
		out.WriteString(s[back[end]:back[p.from]])
		out.WriteString(m.placeholder(p))
		end = p.to
	}
	out.WriteString(s[back[end]:])
	return out.String()
}

func (m *Masker) placeholder(p span) string {
	m.counts[p.kind]++
	given := m.given[p.kind]
	if given == nil {
		given = map[string]int{}
		m.given[p.kind] = given
	}
	if given[p.value] == 0 {
		given[p.value] = len(given) + 1
	}
	return fmt.Sprintf("〔%s%d〕", labels[p.kind], given[p.value])
}

// known finds the names that were given so far.
func (m *Masker) known(s string) []span {
	var spans []span
	for _, name := range m.names {
		if strings.IndexFunc(name, func(r rune) bool { return r != ' ' && !letter(r) }) < 0 {
			spans = append(spans, wholeWords(s, name)...)
			continue
		}
		for from := 0; ; {
			i := strings.Index(s[from:], name)
			if i < 0 {
				break
			}
			spans = append(spans, span{from + i, from + i + len(name), Name, name})
			from += i + len(name)
		}
	}
	return spans
}

// wholeWords finds a name of Latin letters: it is not part of a longer word, and
// a name of several words is one in any case.
func wholeWords(s, name string) []span {
	form := `\b` + regexp.QuoteMeta(name) + `\b`
	if strings.Contains(name, " ") {
		form = `(?i)` + form
	}
	return spans(regexp.MustCompile(form), s, Name, func(string) string { return name })
}

// fold turns full-width forms into plain ones. back gives, for each byte of the
// folded text and its end, where it came from.
func fold(s string) (folded string, back []int) {
	var out strings.Builder
	back = make([]int, 0, len(s)+1)
	for i, r := range s {
		before := out.Len()
		switch {
		case r >= '！' && r <= '～':
			out.WriteRune(r - '！' + '!')
		case r == '\u3000':
			out.WriteByte(' ')
		case r == utf8.RuneError:
			out.WriteByte('?')
		default:
			out.WriteRune(r)
		}
		for range out.Len() - before {
			back = append(back, i)
		}
	}
	return out.String(), append(back, len(s))
}
