package text

import (
	"fmt"
	"strings"
)

// Contrasts are the words that make a message another question than an entry's
// however alike the rest is (configs/search/contrasts.txt). Texts are terms put
// together, with a sign where punctuation stood.
type Contrasts struct {
	deny, light, end map[rune]bool
	hollow           string // characters in a row
	need             map[rune]bool
	plain            map[string]bool
	marks            map[string][]int // the groups a word belongs to
	groups           []group
	longest          int // characters of the longest plain word or mark
	nay, anywhere    []string
	may, without     []string
	named            []string
	apart            []kindOfThing
	direction
	things
}

// group is words that say about the same of who or where.
type group struct {
	words []string
	place bool
	undo  bool
}

// Mark is a place, a sort of person or an undoing that a text names.
type Mark struct {
	Word  string
	Place bool
	Undo  bool
	After string // the text after it
	group int
}

// Denials says what of a text is denied.
type Denials struct {
	text     []rune
	denied   []bool
	any      bool
	refrains bool
}

func newContrasts() Contrasts {
	return Contrasts{
		deny: map[rune]bool{}, light: map[rune]bool{}, end: map[rune]bool{}, need: map[rune]bool{},
		plain: map[string]bool{}, marks: map[string][]int{},
	}
}

// addContrast adds one line.
func (l *Lexicon) addContrast(line string) error {
	c := &l.contrasts
	kind, rest, _ := strings.Cut(line, ":")
	if kind == "apart" || kind == "asked" || kind == "given" {
		return l.addApart(kind, rest)
	}
	var words []string
	for w := range strings.SplitSeq(rest, ",") {
		w = l.Key(w)
		if w == "" {
			return fmt.Errorf("%q has a word without letters", line)
		}
		words = append(words, w)
	}
	if c.things.add(kind, words) {
		return nil
	}
	switch kind {
	case "deny":
		return addRunes(c.deny, words)
	case "light":
		return addRunes(c.light, words)
	case "end":
		return addRunes(c.end, words)
	case "need":
		return addRunes(c.need, words)
	case "hollow":
		c.hollow += strings.Join(words, "")
	case "plain":
		for _, w := range words {
			c.plain[w] = true
			c.longest = max(c.longest, len([]rune(w)))
		}
	case "mark", "place", "undo":
		for _, w := range words {
			c.marks[w] = append(c.marks[w], len(c.groups))
			c.longest = max(c.longest, len([]rune(w)))
		}
		c.groups = append(c.groups, group{words: words, place: kind == "place", undo: kind == "undo"})
	case "nay":
		c.nay = append(c.nay, words...)
	case "may":
		c.may = append(c.may, words...)
	case "without":
		c.without = append(c.without, words...)
	case "anywhere":
		c.anywhere = append(c.anywhere, words...)
	case "named":
		c.named = append(c.named, words...)
	default:
		return c.direction.add(kind, words)
	}
	return nil
}

func addRunes(to map[rune]bool, words []string) error {
	for _, w := range words {
		r := []rune(w)
		if len(r) != 1 {
			return fmt.Errorf("%q is not one character", w)
		}
		to[r[0]] = true
	}
	return nil
}

// Hollow reports whether a term says nothing of what a question is about: it asks,
// may, must, addresses or points.
func (c *Contrasts) Hollow(term string) bool { return strings.Contains(c.hollow, term) }

// Contrasts returns the words that make questions differ.
func (l *Lexicon) Contrasts() *Contrasts { return &l.contrasts }

// mostLight is how many light characters may stand between a denial and what it
// denies.
const mostLight = 4

// Denials reads a text. 是不是 and 能不能 ask and do not deny.
func (c *Contrasts) Denials(s string) Denials {
	d := Denials{text: []rune(s)}
	d.denied = make([]bool, len(d.text))
	for i := 0; i < len(d.text); i++ {
		if n := c.plainAt(d.text[i:]); n > 0 {
			i += n - 1
			continue
		}
		if !c.deny[d.text[i]] || i > 0 && i+1 < len(d.text) && d.text[i-1] == d.text[i+1] {
			continue
		}
		d.any = true
		at := i + 1
		for n := 0; n < mostLight && at < len(d.text) && c.light[d.text[at]]; n++ {
			at++
		}
		switch {
		case at < len(d.text) && !c.end[d.text[at]]:
			d.denied[at] = true
			d.refrains = d.refrains || c.refrains(d.text, i)
		case i+1 < at && c.need[d.text[i+1]]: // 不需要什么
			d.denied[i+1] = true
		}
	}
	for _, w := range c.nay {
		d.any = d.any || strings.Contains(s, w)
	}
	return d
}

// refrains reports whether what is denied at a place of a text is something one
// would rather not do: 可以不, or a question after it whether that is all right.
func (c *Contrasts) refrains(text []rune, at int) bool {
	if text[at] != '不' {
		return false
	}
	before, after := string(text[:at]), string(text[at+1:])
	for _, w := range c.may {
		if strings.HasSuffix(before, w) && !strings.HasPrefix(after, w) {
			return true
		}
	}
	return containsAny(after, c.without)
}

// plainAt is the length of the plain word that a text begins with.
func (c *Contrasts) plainAt(text []rune) int {
	for n := min(c.longest, len(text)); n > 1; n-- {
		if c.plain[string(text[:n])] {
			return n
		}
	}
	return 0
}

// Any reports whether the text denies anything.
func (d Denials) Any() bool { return d.any }

// Refrains reports whether the text asks for leaving something out: 可以不缴,
// 不预约行吗, 不补会怎样.
func (d Denials) Refrains() bool { return d.refrains }

// Denies reports whether the text has a character denied.
func (d Denials) Denies(r rune) bool { return d.has(r, true) }

// Asserts reports whether the text has a character as it is.
func (d Denials) Asserts(r rune) bool { return d.has(r, false) }

func (d Denials) has(r rune, denied bool) bool {
	for i, x := range d.text {
		if x == r && d.denied[i] == denied {
			return true
		}
	}
	return false
}

// Denied returns the characters that are denied.
func (d Denials) Denied() (out []rune) {
	for i, r := range d.text {
		if d.denied[i] {
			out = append(out, r)
		}
	}
	return out
}

// Marks returns what a text names, the longest word at each place. A place in the
// name of a street is none.
func (c *Contrasts) Marks(s string) (out []Mark) {
	text := []rune(s)
	for i := 0; i < len(text); i++ {
		for n := min(c.longest, len(text)-i); n > 1; n-- {
			word := string(text[i : i+n])
			if c.plain[word] {
				i += n - 1
				break
			}
			groups, ok := c.marks[word]
			if !ok {
				continue
			}
			after := string(text[i+n:])
			for _, g := range groups {
				if p := c.groups[g].place; !p || !c.isNamed(after) {
					out = append(out, Mark{Word: word, Place: p, Undo: c.groups[g].undo, After: after, group: g})
				}
			}
			i += n - 1
			break
		}
	}
	return out
}

// isNamed reports whether a text goes on as the name of a street does.
func (c *Contrasts) isNamed(after string) bool {
	for _, side := range []string{"东", "西", "南", "北", "中", ""} {
		rest, ok := strings.CutPrefix(after, side)
		for _, w := range c.named {
			if ok && strings.HasPrefix(rest, w) {
				return true
			}
		}
	}
	return false
}

// Names reports whether a text has a word of the mark's group.
func (c *Contrasts) Names(s string, m Mark) bool { return containsAny(s, c.groups[m.group].words) }

// Anywhere reports whether a text speaks of all places.
func (c *Contrasts) Anywhere(s string) bool { return containsAny(s, c.anywhere) }

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
