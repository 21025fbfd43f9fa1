package faq

import (
	"math"

	"replydesk/faq/text"
)

// probe is a message made ready to be compared with many texts. It is used by
// one goroutine. Units are characters and words, pairs two neighbours; both are
// known by their place in the message's lists.
type probe struct {
	kind   Kind
	blend  blend
	powers map[float64]float64  // what raise has worked out
	weight func(string) float64 // how telling a unit is, 0 to 1
	text   []unit
	ids    []int32 // by place in text: the unit
	joined []int32 // by place: the pair that ends there, or noPair
	units  map[string]int32
	pairs  map[[2]int32]int32
	rare   []float64 // by unit: its weight among wordings
	both   []float64 // by pair: the weight of its rarer half

	haveUnits, havePairs []int32 // how often the message has each
	usedUnits, usedPairs []int32 // how often the text at hand had it so far
	other                sideOf  // room for the text at hand
	row                  []float64
}

// noPair and unknown stand in place of a pair's or a unit's number.
const (
	unknown = -1 // the message does not have it
	noPair  = -2 // punctuation stands between
)

func newProbe(kind Kind, message []unit, weight func(string) float64) *probe {
	p := &probe{
		kind: kind, blend: kind.blend(), powers: map[float64]float64{}, weight: weight, text: message,
		ids: make([]int32, len(message)), joined: make([]int32, len(message)),
		units: make(map[string]int32, len(message)), pairs: make(map[[2]int32]int32, len(message)),
	}
	for i, u := range message {
		id, ok := p.units[u.term]
		if !ok {
			id = int32(len(p.rare))
			p.units[u.term] = id
			p.rare = append(p.rare, weight(u.term))
			p.haveUnits = append(p.haveUnits, 0)
		}
		p.ids[i] = id
		p.haveUnits[id]++
		p.joined[i] = noPair
		if i == 0 || !u.joins {
			continue
		}
		key := [2]int32{p.ids[i-1], id}
		pair, ok := p.pairs[key]
		if !ok {
			pair = int32(len(p.both))
			p.pairs[key] = pair
			p.both = append(p.both, max(p.rare[key[0]], p.rare[key[1]]))
			p.havePairs = append(p.havePairs, 0)
		}
		p.joined[i] = pair
		p.havePairs[pair]++
	}
	p.usedUnits, p.usedPairs = make([]int32, len(p.rare)), make([]int32, len(p.both))
	return p
}

// sideOf is a text as the probe sees it.
type sideOf struct {
	ids, joined  []int32
	rare, raised []float64
}

// side reads a text; the result is good until the next call.
func (p *probe) side(words []unit) sideOf {
	s := &p.other
	s.ids, s.joined, s.rare, s.raised = s.ids[:0], s.joined[:0], s.rare[:0], s.raised[:0]
	for i, u := range words {
		id, ok := p.units[u.term]
		if ok {
			s.rare = append(s.rare, p.rare[id])
		} else {
			id = unknown
			s.rare = append(s.rare, p.weight(u.term))
		}
		s.ids, s.raised = append(s.ids, id), append(s.raised, p.raise(s.rare[i]))
		pair := int32(noPair)
		if i > 0 && u.joins {
			pair = unknown
			if id != unknown && s.ids[i-1] != unknown {
				if known, ok := p.pairs[[2]int32{s.ids[i-1], id}]; ok {
					pair = known
				}
			}
		}
		s.joined = append(s.joined, pair)
	}
	return *s
}

// take reports whether the message has one more of id than the text at hand had
// so far.
func take(id int32, have, used []int32) bool {
	if id < 0 || used[id] >= have[id] {
		return false
	}
	used[id]++
	return true
}

// shared is the weight two texts have and share.
type shared struct{ mine, theirs, both float64 }

// dice is Dice's coefficient, 0 to 1.
func (s shared) dice() float64 { return part(2*s.both, s.mine+s.theirs) }

// part is a/b, at most 1, and 0 of nothing.
func part(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return min(a/b, 1)
}

// orderRunes is how much of a message is compared in order: the work grows with
// the product of both lengths.
const orderRunes = 120

// order returns the weight of the longest sequence that both texts have in the
// same order, as a share of the message's and of the other's weight.
func (p *probe) order(s sideOf, words []unit) (mine, theirs float64) {
	n := min(len(p.ids), orderRunes)
	if cap(p.row) < len(s.ids)+1 {
		p.row = make([]float64, 2*len(s.ids)+1)
	}
	row := p.row[:len(s.ids)+1]
	clear(row)
	all, others := 0.0, 0.0
	for i, id := range p.ids[:n] {
		w := p.text[i].weight() * p.rare[id]
		all += w
		diagonal := 0.0
		for j, other := range s.ids {
			above := row[j+1]
			if other == id {
				row[j+1] = diagonal + w
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	for j := range s.ids {
		others += words[j].weight() * s.rare[j]
	}
	best := row[len(s.ids)]
	return part(best, all), part(best, others)
}

// Kind says what sort of message it is; what tells in a short question tells
// little in a long letter.
type Kind struct {
	Long  float64 // 0: a question, 1: a letter
	Words float64 // 1: of words with spaces between, 0: of Chinese characters
}

// Length in characters, where phrases without meaning count less, at which a
// question begins to be and is a letter.
const (
	longFrom = 30
	longTo   = 90
)

func kindOf(tokens []text.Token) Kind {
	length, han := 0.0, 0
	for _, t := range tokens {
		if t.Stop {
			length += stopWeight
		} else {
			length++
		}
		if t.Han() {
			han++
		}
	}
	k := Kind{Long: min(max((length-longFrom)/(longTo-longFrom), 0), 1)}
	if 2*han < len(tokens) {
		k.Words = 1
	}
	return k
}

// blend is how units and pairs are weighed against each other in the likeness
// by which an entry's best wording is chosen: in long letters single characters
// meet by chance.
type blend struct{ unit, pair, power float64 }

func (k Kind) blend() blend {
	between := func(short, far float64) float64 { return short + (far-short)*k.Long }
	return blend{unit: between(1, 0.1), pair: between(0.25, 1), power: between(0.7, 1)}
}

// raise is a unit's rarity to the blend's power. Units are as rare as others, so
// that few powers are worked out.
func (p *probe) raise(rare float64) float64 {
	if p.blend.power == 1 {
		return rare
	}
	raised, ok := p.powers[rare]
	if !ok {
		raised = math.Pow(rare, p.blend.power)
		p.powers[rare] = raised
	}
	return raised
}
