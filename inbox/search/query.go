package search

import (
	"slices"
	"strings"
)

// Bounds of a query. What is longer is cut: the rest would say little more.
const (
	maxRunes = 100
	maxParts = 8
	maxNeeds = 12 // more terms narrow nothing
)

// Need is a term that every text with what is looked for has; with Prefix the
// beginning of a term.
type Need struct {
	Term   string
	Prefix bool
}

// Query is what somebody looks for.
type Query struct {
	words Words
	parts []text
	needs []Need
}

// Parse reads a query as a person types it.
func (w Words) Parse(s string) Query {
	q := Query{words: w}
	if r := []rune(s); len(r) > maxRunes {
		s = string(r[:maxRunes])
	}
	for field := range strings.FieldsSeq(s) {
		t := w.fold(field)
		if len(q.parts) == maxParts || !slices.ContainsFunc(t.classes, func(c class) bool { return c != gap }) {
			continue
		}
		q.parts = append(q.parts, t)
		t.runs(func(c class, from, to int) { q.need(c, t.runes[from:to], to == len(t.runes)) })
	}
	q.needs = spread(q.needs)
	return q
}

// need adds what a run of the query asks of a text. last: nothing follows the
// run, so that in a text the same run may go on.
func (q *Query) need(c class, run []rune, last bool) {
	size := c.size()
	switch {
	case c == letter:
		q.add(Need{string(run[:min(len(run), size)]), last && len(run) < size})
	case len(run) < size:
		q.add(Need{string(run), true})
	default:
		for i := range len(run) - size + 1 {
			q.add(Need{string(run[i : i+size]), false})
		}
	}
}

func (q *Query) add(n Need) {
	if !slices.Contains(q.needs, n) {
		q.needs = append(q.needs, n)
	}
}

// spread keeps so many of the needs, from all over the query. Whole terms come
// first: what begins with something is many terms.
func spread(needs []Need) []Need {
	slices.SortStableFunc(needs, func(a, b Need) int {
		switch {
		case a.Prefix == b.Prefix:
			return 0
		case b.Prefix:
			return -1
		default:
			return 1
		}
	})
	if len(needs) <= maxNeeds {
		return needs
	}
	out := make([]Need, maxNeeds)
	for i := range out {
		out[i] = needs[i*len(needs)/maxNeeds]
	}
	return out
}

// Empty reports whether nothing is looked for: no letter, digit or character.
func (q Query) Empty() bool { return len(q.parts) == 0 }

// Needs are the terms a text must have, at most twelve.
func (q Query) Needs() []Need { return q.needs }

// Mark is a stretch of a text in runes, the end exclusive.
type Mark struct{ Start, End int }

// Finding is what a query found in a set of texts.
type Finding struct {
	Best    int  // the text that shows most of it, the first of those alike
	Matches bool // every word of the query stands in one of them
}

// Find looks for every word of the query in the texts.
func (q Query) Find(texts []string) Finding {
	found := make([]bool, len(q.parts))
	best, most := 0, 0
	for i, s := range texts {
		t, n := q.words.fold(s), 0
		for p, part := range q.parts {
			if t.index(part, 0) >= 0 {
				found[p] = true
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	return Finding{Best: best, Matches: len(found) > 0 && !slices.Contains(found, false)}
}

// index is where part stands in t, at or after from; -1 for nowhere.
func (t text) index(part text, from int) int {
	n := len(part.runes)
	for i := from; i+n <= len(t.runes); i++ {
		if t.runes[i] != part.runes[0] || !slices.Equal(t.runes[i:i+n], part.runes) {
			continue
		}
		if part.classes[0] == letter && i > 0 && t.classes[i-1] == letter {
			continue
		}
		return i
	}
	return -1
}

// How much an excerpt shows: so many runes before the first word that was
// found, few enough that a narrow list still shows the word, and so many in all
// at most.
const (
	excerptBefore = 8
	excerptLength = 96
)

// Excerpt is the part of a text around what was found in it, on one line, with
// an ellipsis where something was left out.
type Excerpt struct {
	Text  string
	Marks []Mark
}

const ellipsis = '…'

// Excerpt cuts out of a text what the query found there.
func (q Query) Excerpt(s string) Excerpt {
	t := q.words.fold(s)
	var marks []Mark
	for _, part := range q.parts {
		for at := t.index(part, 0); at >= 0; at = t.index(part, at+len(part.runes)) {
			marks = append(marks, Mark{at, at + len(part.runes)})
		}
	}
	marks = join(marks)
	runes := []rune(s)
	from, to := 0, min(len(runes), excerptLength)
	if len(marks) > 0 {
		from = max(0, marks[0].Start-excerptBefore)
		to = min(len(runes), from+excerptLength)
	}
	shown, shift := make([]rune, 0, to-from+2), from
	if from > 0 {
		shown, shift = append(shown, ellipsis), from-1
	}
	for _, r := range runes[from:to] {
		if r < ' ' {
			r = ' '
		}
		shown = append(shown, r)
	}
	if to < len(runes) {
		shown = append(shown, ellipsis)
	}
	e := Excerpt{Text: string(shown)}
	for _, m := range marks {
		if m.Start < to {
			e.Marks = append(e.Marks, Mark{m.Start - shift, min(m.End, to) - shift})
		}
	}
	return e
}

// join sorts marks and unites those that touch.
func join(marks []Mark) []Mark {
	slices.SortFunc(marks, func(a, b Mark) int { return a.Start - b.Start })
	out := marks[:0]
	for _, m := range marks {
		if last := len(out) - 1; last >= 0 && m.Start <= out[last].End {
			out[last].End = max(out[last].End, m.End)
			continue
		}
		out = append(out, m)
	}
	return out
}
