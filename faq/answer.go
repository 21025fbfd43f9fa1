package faq

import "math"

// BM25's usual constants.
const (
	saturation    = 1.2
	lengthPenalty = 0.75
)

// body is how often a longer text has each of the message's units and pairs.
type body struct {
	units, pairs []float64
	length       float64
}

// read adds a text.
func (p *probe) read(words []unit, b *body) {
	b.length += float64(len(words))
	last := int32(unknown)
	for _, u := range words {
		id, ok := p.units[u.term]
		if !ok {
			last = unknown
			continue
		}
		b.units[id]++
		if last != unknown && u.joins {
			if pair, ok := p.pairs[[2]int32{last, id}]; ok {
				b.pairs[pair]++
			}
		}
		last = id
	}
}

// yardstick weighs the message's units and pairs for one sort of text.
type yardstick struct{ units, pairs []float64 }

func (p *probe) yardstick(unit func(place int) float64, pair func(place int) float64) yardstick {
	y := yardstick{units: make([]float64, len(p.rare)), pairs: make([]float64, len(p.both))}
	for i, u := range p.text {
		y.units[p.ids[i]] += u.weight() * unit(i)
		if p.joined[i] != noPair {
			y.pairs[p.joined[i]] += min(u.weight(), p.text[i-1].weight()) * pair(i)
		}
	}
	return y
}

// answers fills in how the answers, and the entries as a whole, cover the
// message; p holds the message's words as they stand. inAnswers says how telling
// a term is among answers, 0 when none has it.
func (p *probe) answers(entries []*prepared, f []Features, inAnswers func(string) float64) {
	unit := func(i int) float64 { return inAnswers(p.text[i].term) }
	pair := func(i int) float64 {
		if a := inAnswers(p.text[i-1].term + p.text[i].term); a > 0 {
			return a
		}
		if p.kind.Words == 0 {
			return 0
		}
		return max(unit(i), unit(i-1)) // words are indexed one by one
	}
	rare := func(i int) float64 { return p.rare[p.ids[i]] }
	rarePair := func(i int) float64 { return p.both[p.joined[i]] }
	or := func(a, b func(int) float64) func(int) float64 {
		return func(i int) float64 {
			if w := a(i); w > 0 {
				return w
			}
			return b(i)
		}
	}
	plain := p.yardstick(rare, rarePair)
	answer := p.yardstick(unit, pair)
	whole := p.yardstick(or(unit, rare), or(pair, rarePair))
	answers, wholes := make([]body, len(entries)), make([]body, len(entries))
	room := make([]float64, 2*len(entries)*(len(p.rare)+len(p.both)))
	next := func() (b body) {
		b.units, room = room[:len(p.rare)], room[len(p.rare):]
		b.pairs, room = room[:len(p.both)], room[len(p.both):]
		return b
	}
	meanAnswer, meanWhole := 0.0, 0.0
	for i, e := range entries {
		answers[i], wholes[i] = next(), next()
		p.read(e.answer, &answers[i])
		copy(wholes[i].units, answers[i].units)
		copy(wholes[i].pairs, answers[i].pairs)
		wholes[i].length = answers[i].length
		for _, w := range e.literal {
			p.read(w, &wholes[i])
		}
		meanAnswer += answers[i].length / float64(len(entries))
		meanWhole += wholes[i].length / float64(len(entries))
	}
	for i := range entries {
		a, w := answers[i], wholes[i]
		f[i][answerUnits], f[i][answerPairs] = cover(a.units, plain.units), cover(a.pairs, plain.pairs)
		f[i][wholeUnits], f[i][wholePairs] = cover(w.units, plain.units), cover(w.pairs, plain.pairs)
		la, lw := a.length/max(meanAnswer, 1), w.length/max(meanWhole, 1)
		f[i][answerUnitsBM], f[i][answerPairsBM] = bm25(a.units, answer.units, la), bm25(a.pairs, answer.pairs, la)
		f[i][wholeUnitsBM], f[i][wholePairsBM] = bm25(w.units, whole.units, lw), bm25(w.pairs, whole.pairs, lw)
		if a.length > 0 {
			f[i][hasAnswer] = 1
			f[i][answerLength] = math.Log(a.length) / math.Log(maxAnswerRunes)
		}
	}
}

// cover is the share of the weights whose term occurs.
func cover(counts, weights []float64) float64 {
	got, all := 0.0, 0.0
	for i, w := range weights {
		all += w
		if counts[i] > 0 {
			got += w
		}
	}
	return part(got, all)
}

// bm25 is BM25 as a share of what a perfect text would get; length is that of
// the text against the mean.
func bm25(counts, weights []float64, length float64) float64 {
	got, all := 0.0, 0.0
	norm := saturation * (1 - lengthPenalty + lengthPenalty*length)
	for i, w := range weights {
		all += w * (saturation + 1)
		if n := counts[i]; n > 0 {
			got += w * n * (saturation + 1) / (n + norm)
		}
	}
	return part(got, all)
}
