package gap

import (
	"strings"

	"replydesk/faq/text"
)

// shortQuestion is up to how many characters or words a question names its matter
// and little else; a longer one tells a story, which others tell in other words.
const shortQuestion = 24

// content is what two questions are compared by.
type content struct {
	units map[string]float64
	terms []string // in order, without courtesy and phrases that say nothing
	// The question without courtesy, for text.Contrasts: every word as it stands,
	// and one word in the place of those that mean the same.
	literal, united string
}

func (s *Service) content(question string) content {
	c := content{units: s.units(question)}
	tokens := s.d.Lexicon.Trim(s.d.Lexicon.Tokens(question, maxQuestion))
	for _, t := range tokens {
		if !t.Stop {
			c.terms = append(c.terms, t.Term)
		}
	}
	c.united = joined(tokens)
	c.literal = joined(s.d.Lexicon.Trim(s.d.Lexicon.Literal(question, maxQuestion)))
	return c
}

func joined(tokens []text.Token) string {
	var b strings.Builder
	for _, t := range tokens {
		if !t.Joins() {
			b.WriteByte('|')
		}
		b.WriteString(t.Term)
	}
	return b.String()
}

// apart reports whether two questions are two matters however much they share: a
// thing, a person or an undoing stands in one that the other does not know, or
// each has, at the same place, what the other has nowhere.
func (s *Service) apart(a, b content) bool {
	c := s.d.Lexicon.Contrasts()
	either := func(a, b string) bool { return differs(c, a, b) || differs(c, b, a) }
	return either(a.literal, b.literal) && either(a.united, b.united) || swapped(c, a.terms, b.terms)
}

func differs(c *text.Contrasts, mine, theirs string) bool {
	if c.Apart(mine, theirs, theirs, theirs) || c.Another(mine, []string{theirs}, theirs) || c.Reversed(mine, theirs) ||
		c.Denials(mine).Refrains() && !c.Denials(theirs).Any() {
		return true
	}
	for _, m := range c.Marks(mine) {
		if !m.Place && !c.Names(theirs, m) {
			return true
		}
	}
	return false
}

// swapped reports whether, between what two short questions have in common in the
// same order, each has content that the other has not.
func swapped(c *text.Contrasts, a, b []string) bool {
	if len(a) > shortQuestion || len(b) > shortQuestion {
		return false
	}
	inA, inB := strings.Join(a, ""), strings.Join(b, "")
	fromA, fromB := 0, 0
	for _, m := range append(common(a, b), [2]int{len(a), len(b)}) {
		if own(c, a[fromA:m[0]], inB) && own(c, b[fromB:m[1]], inA) {
			return true
		}
		fromA, fromB = m[0]+1, m[1]+1
	}
	return false
}

// own reports whether the terms say something that is not in the other question.
func own(c *text.Contrasts, terms []string, other string) bool {
	for _, t := range terms {
		if !c.Hollow(t) && !strings.Contains(other, t) {
			return true
		}
	}
	return false
}

// common is the longest sequence of terms that both have in order, by their
// places.
func common(a, b []string) (places [][2]int) {
	best := make([][]int, len(a)+1) // of the rests from here on
	for i := range best {
		best[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if a[i] == b[j] {
				best[i][j] = best[i+1][j+1] + 1
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			places = append(places, [2]int{i, j})
			i, j = i+1, j+1
		case best[i+1][j] >= best[i][j+1]:
			i++
		default:
			j++
		}
	}
	return places
}
