package faq

import (
	"sync"

	"replydesk/faq/text"
)

// stopWeight is the weight of words that say nothing about what is asked.
const stopWeight = 0.6

// unit is one character or word of a text, as comparing needs it.
type unit struct {
	term  string
	stop  bool
	joins bool
}

func (u unit) weight() float64 {
	if u.stop {
		return stopWeight
	}
	return 1
}

func unitsOf(tokens []text.Token) []unit {
	out := make([]unit, len(tokens))
	for i, t := range tokens {
		out[i] = unit{term: t.Term, stop: t.Stop, joins: t.Joins()}
	}
	return out
}

// prepared is an entry cut for comparing.
type prepared struct {
	revision int64
	wordings [][]unit // with one word for those that mean the same
	literal  [][]unit // the wordings as they stand
	answer   []unit
}

func (p *prepared) size() (n int) {
	for i := range p.wordings {
		n += len(p.wordings[i]) + len(p.literal[i])
	}
	return n + len(p.answer)
}

const (
	maxAnswerRunes = 2000    // what is read of an answer
	maxPrepared    = 600_000 // units kept, about 15 MB
)

// cutter cuts entries and keeps what it cut: most of the entries compared with
// one message were compared with another before.
type cutter struct {
	lex  *text.Lexicon
	mu   sync.Mutex
	kept map[EntryID]*prepared
	size int
}

func newCutter(lex *text.Lexicon) *cutter {
	return &cutter{lex: lex, kept: map[EntryID]*prepared{}}
}

// cut returns the entry cut; it must not be changed.
func (c *cutter) cut(e Entry) *prepared {
	c.mu.Lock()
	p := c.kept[e.ID]
	c.mu.Unlock()
	if p != nil && p.revision == e.Revision {
		return p
	}
	p = &prepared{revision: e.Revision, answer: unitsOf(c.lex.Cut(e.Answer, maxAnswerRunes))}
	for _, w := range e.Wordings() {
		p.wordings = append(p.wordings, unitsOf(c.lex.Tokens(w, MaxQuestion)))
		p.literal = append(p.literal, unitsOf(c.lex.Cut(w, MaxQuestion)))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.kept[e.ID]; old != nil {
		c.size -= old.size()
	}
	c.kept[e.ID] = p
	c.size += p.size()
	for id, old := range c.kept { // any will do
		if c.size <= maxPrepared {
			break
		}
		c.size -= old.size()
		delete(c.kept, id)
	}
	return p
}
