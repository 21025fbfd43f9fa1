package faq

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"replydesk/faq/text"
)

// unsure is the most an entry is worth as an answer that differs from the
// message by what makes it another question: it may be a line of a menu.
const unsure = 0.5

// contrast makes unsure of the entries that ask another thing than the message
// however much they share: something is denied, a person, a place or an undoing
// is named that the entry does not know, a number, a year, a word or a direction
// stands for another. Long messages tell a story with such words in it and are left alone.
func (s *Searcher) contrast(q question, found Candidates, hits []Hit) {
	if q.kind.Long > 0 || q.kind.Words > 0 {
		return
	}
	for i := range hits {
		if h := &hits[i]; h.Confidence > unsure && s.differs(q, found, h) {
			h.Confidence = unsure
		}
	}
}

// differs compares the message with the wording that is most like it, and with
// all the entry says.
func (s *Searcher) differs(q question, found Candidates, h *Hit) bool {
	e := s.cutter.cut(h.Entry)
	best := max(slices.Index(h.Entry.Wordings(), h.Matched), 0)
	c, literal := s.Lexicon.Contrasts(), unitsOf(q.literal)
	message, wording, wordings, entry := joined(literal), joined(e.literal[best]), e.asked(), e.joined()
	if numberSwapped(literal, e, best) || yearSwapped(literal, e, best) || denied(c, unitsOf(q.tokens), e, best) {
		return true
	}
	if c.Apart(message, wording, wordings, entry) || c.Does(message, wording) || turned(c, message, e) || c.Another(message, e.wordingTexts(), entry) {
		return true
	}
	for _, m := range c.Marks(message) {
		known := entry
		if m.Undo && closes(m.After) {
			known = wordings
		}
		if c.Names(known, m) || m.Place && (own(found, m.Word) || c.Anywhere(entry) && !strings.Contains(wording, text.Start(m.After))) {
			continue
		}
		return true
	}
	return false
}

// closes reports whether hardly anything comes after a word: it is what is asked for.
func closes(after string) bool {
	return utf8.RuneCountInString(after) <= 1
}

// turned reports whether the message goes the other way than a wording of the entry.
func turned(c *text.Contrasts, message string, e *prepared) bool {
	return slices.ContainsFunc(e.literal, func(w []unit) bool { return c.Reversed(message, joined(w)) })
}

// joined is a text for text.Contrasts.
func joined(words []unit) string {
	var b strings.Builder
	for _, u := range words {
		if !u.joins {
			b.WriteByte('|')
		}
		b.WriteString(u.term)
	}
	return b.String()
}

// asked is all the entry is asked with.
func (p *prepared) asked() string {
	return strings.Join(p.wordingTexts(), "")
}

// wordingTexts are the wordings it is asked with.
func (p *prepared) wordingTexts() []string {
	texts := make([]string, len(p.literal))
	for i, w := range p.literal {
		texts[i] = joined(w)
	}
	return texts
}

// joined is all the entry says.
func (p *prepared) joined() string { return p.asked() + joined(p.answer) }

// commonPlace is the rarity among answers below which a place is the library's
// own: a city's answers name the city.
const commonPlace = 0.6

func own(found Candidates, place string) bool {
	rarity := found.AnswerWeight(text.Start(place))
	return rarity > 0 && rarity < commonPlace
}

// denied reports whether one of the message and the wording denies what the other
// says and does not deny anything, and nothing else of the entry does. Whether
// something may be done and whether it may not is the same question; whether it
// may be left out is another.
func denied(c *text.Contrasts, message []unit, e *prepared, best int) bool {
	wording := e.wordings[best]
	mine, theirs := c.Denials(joined(message)), c.Denials(joined(wording))
	refrains := mine.Refrains() && !theirs.Any()
	if !refrains && asks(message) && asks(wording) {
		return false
	}
	if mine.Any() == theirs.Any() {
		return false
	}
	denies, says := mine, theirs
	if theirs.Any() {
		denies, says = theirs, mine
	}
	for _, r := range denies.Denied() {
		if !says.Asserts(r) || denies.Asserts(r) {
			continue
		}
		known := func(words []unit) bool {
			d := c.Denials(joined(words))
			if mine.Any() {
				return d.Denies(r) && (!refrains || strings.Contains(joined(words), "不"+string(r)))
			}
			return d.Asserts(r)
		}
		if !slices.ContainsFunc(e.wordings, known) && (theirs.Any() || refrains || !known(e.answer)) {
			return true
		}
	}
	return false
}

// asks reports whether a text asks for yes or no.
func asks(words []unit) bool {
	for i, u := range words {
		switch u.term {
		case "吗", "能", "会":
			return true
		case "么": // of 怎么, 什么 … it is a part
			if i > 0 && !strings.Contains("怎什这那多", words[i-1].term) {
				return true
			}
		case "否":
			return true
		}
	}
	return false
}

// numberSwapped reports whether the message has a number that the entry has
// nowhere, and the wording another before the same word.
func numberSwapped(message []unit, e *prepared, best int) bool {
	wording := e.literal[best]
	for i, u := range message {
		if i+1 == len(message) || !isNumber(u.term) || mentions(e.answer, u.term) ||
			slices.ContainsFunc(e.literal, func(w []unit) bool { return mentions(w, u.term) }) {
			continue
		}
		for j := range len(wording) - 1 {
			o, next := wording[j], wording[j+1]
			if isNumber(o.term) && next.term == message[i+1].term && next.joins == message[i+1].joins && !mentions(message, o.term) {
				return true
			}
		}
	}
	return false
}

// yearSwapped reports whether the message asks for a year that no wording has, and
// the wording for another. What an answer says of other years is not of it.
func yearSwapped(message []unit, e *prepared, best int) bool {
	years := yearsOf(e.literal[best])
	if len(years) == 0 || slices.ContainsFunc(years, func(y string) bool { return mentions(message, y) }) {
		return false
	}
	return slices.ContainsFunc(yearsOf(message), func(y string) bool {
		return !slices.ContainsFunc(e.literal, func(w []unit) bool { return mentions(w, y) })
	})
}

// yearsOf are the years of a text, of four digits or of two before 年.
func yearsOf(words []unit) (out []string) {
	for i, u := range words {
		long := len(u.term) == 4 && (strings.HasPrefix(u.term, "20") || strings.HasPrefix(u.term, "19"))
		short := len(u.term) == 2 && i+1 < len(words) && words[i+1].term == "年"
		if (long || short) && isNumber(u.term) {
			out = append(out, u.term)
		}
	}
	return out
}

func isNumber(term string) bool {
	return !strings.ContainsFunc(term, func(r rune) bool { return !unicode.IsDigit(r) })
}

// mentions reports whether a text has a number; a year may be short.
func mentions(words []unit, number string) bool {
	return slices.ContainsFunc(words, func(u unit) bool {
		short, long := u.term, number
		if len(short) > len(long) {
			short, long = long, short
		}
		return short == long || len(short) == 2 && len(long) == 4 && isNumber(long) && strings.HasSuffix(long, short)
	})
}
