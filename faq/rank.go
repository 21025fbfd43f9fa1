package faq

import (
	"cmp"
	"math"
	"slices"

	"replydesk/faq/text"
)

// How a message and a wording are compared. The figures were chosen on several
// public question sets together (README.md), none for one set.
const (
	stopWeight  = 0.6  // of words that say nothing about what is asked
	rarity      = 0.7  // power of the idf: rare characters count more, not too much
	pairWeight  = 0.25 // of two neighbours against the single characters, in a question
	answerShare = 0.5  // of the answer's match in the score

	// In a long letter single characters meet by chance, so pairs count more and
	// characters less.
	longFrom, longTo = 30, 90 // length in characters where that starts and is complete
	longUnitWeight   = 0.1
	longPairWeight   = 1.0
	longRarity       = 1.0
)

// comparison compares one message with many wordings and answers. It is used
// by one goroutine.
type comparison struct {
	lex    *text.Lexicon
	weight func(string) float64
	unit   float64 // weight of a single character
	pair   float64
	power  float64

	rarities map[string]float64 // of every term met so far
	units    map[string]int     // place of the message's terms in have and shared
	pairs    map[[2]string]int
	have     []float64 // weight of each of the message's terms
	shared   []float64 // of the wording at hand
	sum      float64   // of have
}

func newComparison(lex *text.Lexicon, message []text.Token, weight func(string) float64) *comparison {
	length := 0.0
	for _, t := range message {
		length += stops(t)
	}
	long := min(max((length-longFrom)/(longTo-longFrom), 0), 1)
	between := func(short, far float64) float64 { return short + (far-short)*long }
	c := &comparison{
		lex: lex, weight: weight,
		unit:     between(1, longUnitWeight),
		pair:     between(pairWeight, longPairWeight),
		power:    between(rarity, longRarity),
		rarities: make(map[string]float64, 256),
		units:    make(map[string]int, len(message)),
		pairs:    make(map[[2]string]int, len(message)),
	}
	c.sum = c.weigh(message, func(a, b string, w float64) {
		at, ok := c.place(a, b)
		if !ok {
			at = len(c.have)
			c.have = append(c.have, 0)
			if b == "" {
				c.units[a] = at
			} else {
				c.pairs[[2]string{a, b}] = at
			}
		}
		c.have[at] += w
	})
	c.shared = make([]float64, len(c.have))
	return c
}

func stops(t text.Token) float64 {
	if t.Stop {
		return stopWeight
	}
	return 1
}

// place finds one of the message's terms: a unit (b empty) or a pair.
func (c *comparison) place(a, b string) (int, bool) {
	if b == "" {
		at, ok := c.units[a]
		return at, ok
	}
	at, ok := c.pairs[[2]string{a, b}]
	return at, ok
}

// weigh gives every unit and pair of a text with its weight and returns the
// sum. A pair weighs as its rarer half.
func (c *comparison) weigh(tokens []text.Token, each func(a, b string, w float64)) (sum float64) {
	before := 0.0
	for i, t := range tokens {
		rare := c.rarity(t.Term)
		w := c.unit * stops(t) * rare
		sum += w
		each(t.Term, "", w)
		if t.Joins() {
			stop := min(stops(tokens[i-1]), stops(t))
			w := c.pair * stop * max(before, rare)
			sum += w
			each(tokens[i-1].Term, t.Term, w)
		}
		before = rare
	}
	return sum
}

func (c *comparison) rarity(term string) float64 {
	r, ok := c.rarities[term]
	if !ok {
		r = math.Pow(c.weight(term), c.power)
		c.rarities[term] = r
	}
	return r
}

// alike returns how much the message and a wording share, 0 to 1: Dice's
// coefficient over the weights of their characters, words and pairs.
func (c *comparison) alike(tokens []text.Token) float64 {
	clear(c.shared)
	common := 0.0
	sum := c.weigh(tokens, func(a, b string, w float64) {
		if at, ok := c.place(a, b); ok {
			w = min(w, c.have[at]-c.shared[at])
			c.shared[at] += w
			common += w
		}
	})
	if sum+c.sum == 0 {
		return 0
	}
	return 2 * common / (sum + c.sum)
}

// rank orders entries by how well they answer the message; answers holds the
// score of each entry's answer.
func (c *comparison) rank(entries []Entry, answers []float64) []Hit {
	hits := make([]Hit, 0, len(entries))
	alike := make(map[EntryID]float64, len(entries))
	for i, e := range entries {
		best, wording := 0.0, e.Question
		for _, w := range e.Wordings() {
			if s := c.alike(c.lex.Tokens(w, MaxQuestion)); s > best {
				best, wording = s, w
			}
		}
		score := best + answerShare*answers[i]
		if score == 0 {
			continue
		}
		alike[e.ID] = best
		hits = append(hits, Hit{Entry: e, Matched: wording, Score: score})
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Entry.ID, b.Entry.ID))
	})
	for i := range hits {
		rival := 0.0 // the best of the others
		switch {
		case i > 0:
			rival = hits[0].Score
		case len(hits) > 1:
			rival = hits[1].Score
		}
		hits[i].Confidence = confidence(alike[hits[i].Entry.ID], hits[i].Score-rival)
	}
	return hits
}
