package faq

import (
	"math"
	"slices"
	"unicode"
	"unicode/utf8"
)

// The features of an entry for a message. "mine" is the message's, "theirs" the
// entry's; unless said otherwise shares are of the weight by rarity, 0 to 1.
const (
	alike         = iota // likeness of the best wording, by which it is the best
	often                // mean likeness of the better third of the wordings
	mineUnits            // share of the message's units that the wording has
	theirUnits           // share of the wording's units that the message has
	minePairs            // the same for pairs
	theirPairs           //
	mineOrder            // the same for units in the same order
	theirOrder           //
	content              // likeness without stop phrases
	stops                // likeness of the stop phrases alone
	mineRarest           // the rarest unit of the message that the wording lacks
	theirRarest          // the rarest unit of the wording that the message lacks
	numbers              // numbers that only one of them has, at most 2
	negation             // difference in words that deny, at most 2
	longer               // logarithm of how much longer the wording is
	shorter              // or shorter
	tail                 // equal units at the end, of six
	head                 // equal units at the beginning, of six
	answerUnits          // share of the message's units that the answer has
	answerPairs          // the same for pairs
	answerUnitsBM        // the same by BM25
	answerPairsBM        //
	wholeUnits           // the four for all wordings and the answer together
	wholePairs           //
	wholeUnitsBM         //
	wholePairsBM         //
	hasAnswer            // 1 when there is an answer
	answerLength         // logarithm of its length, about 0 to 1
	featureCount
)

// Features are the figures that an entry is ranked by.
type Features [featureCount]float64

// Like is a rough order of entries without any weights.
func (f Features) Like() float64 { return f[alike] + f[wholeUnitsBM] }

// featureNames are the features' names in the weights file, in order.
var featureNames = [featureCount]string{
	"alike", "often", "mine_units", "their_units", "mine_pairs", "their_pairs", "mine_order", "their_order",
	"content", "stops", "mine_rarest", "their_rarest", "numbers", "negation", "longer", "shorter", "tail", "head",
	"answer_units", "answer_pairs", "answer_units_bm", "answer_pairs_bm",
	"whole_units", "whole_pairs", "whole_units_bm", "whole_pairs_bm", "has_answer", "answer_length",
}

// entry compares the message with all wordings of an entry and returns the
// features of the most alike and its place.
func (p *probe) entry(e *prepared) (f Features, best int) {
	likes := make([]float64, len(e.wordings))
	for i, words := range e.wordings {
		w := p.wording(words)
		likes[i] = w[alike]
		if i == 0 || w[alike] > f[alike] {
			f, best = w, i
		}
	}
	slices.Sort(likes)
	n := (len(likes) + 2) / 3
	for _, l := range likes[len(likes)-n:] {
		f[often] += l / float64(n)
	}
	return f, best
}

// wording compares the message with one wording.
func (p *probe) wording(words []unit) (f Features) {
	s := p.side(words)
	clear(p.usedUnits)
	clear(p.usedPairs)
	b := p.blend
	var mixed, units, pairs, telling, empty shared
	for i, u := range words {
		got := take(s.ids[i], p.haveUnits, p.usedUnits)
		w := u.weight() * s.raised[i]
		add(got, w, &units.theirs, &units.both)
		add(got, w*b.unit, &mixed.theirs, &mixed.both)
		if u.stop {
			add(got, 1, &empty.theirs, &empty.both)
		} else {
			add(got, s.rare[i], &telling.theirs, &telling.both)
			if !got {
				f[theirRarest] = max(f[theirRarest], s.rare[i])
			}
		}
		if s.joined[i] == noPair {
			continue
		}
		got = take(s.joined[i], p.havePairs, p.usedPairs)
		w = min(u.weight(), words[i-1].weight())
		add(got, w*max(s.rare[i], s.rare[i-1]), &pairs.theirs, &pairs.both)
		add(got, w*max(s.raised[i], s.raised[i-1])*b.pair, &mixed.theirs, &mixed.both)
	}
	for i, u := range p.text {
		rare := p.rare[p.ids[i]]
		w := u.weight() * p.raise(rare)
		units.mine += w
		mixed.mine += w * b.unit
		if u.stop {
			empty.mine++
		} else {
			telling.mine += rare
			if p.usedUnits[p.ids[i]] == 0 {
				f[mineRarest] = max(f[mineRarest], rare)
			}
		}
		if p.joined[i] != noPair {
			w, rare := min(u.weight(), p.text[i-1].weight()), p.both[p.joined[i]]
			pairs.mine += w * rare
			mixed.mine += w * p.raise(rare) * b.pair
		}
	}
	f[alike], f[content] = mixed.dice(), telling.dice()
	f[mineUnits], f[theirUnits] = part(units.both, units.mine), part(units.both, units.theirs)
	f[minePairs], f[theirPairs] = part(pairs.both, pairs.mine), part(pairs.both, pairs.theirs)
	f[mineOrder], f[theirOrder] = p.order(s, words)
	f[stops] = 1
	if empty.mine+empty.theirs > 0 {
		f[stops] = empty.dice()
	}
	f[numbers] = min(float64(numbersMissing(p.text, words)+numbersMissing(words, p.text)), 2)
	f[negation] = min(math.Abs(float64(denials(p.text)-denials(words))), 2)
	ratio := math.Log(float64(len(words)+1) / float64(len(p.text)+1))
	f[longer], f[shorter] = max(ratio, 0), max(-ratio, 0)
	f[tail], f[head] = ends(p.text, words)
	return f
}

// add adds a weight to the text's sum and, when it was got, to the shared one.
func add(got bool, w float64, theirs, both *float64) {
	*theirs += w
	if got {
		*both += w
	}
}

// numbersMissing counts the numbers of a that b lacks.
func numbersMissing(a, b []unit) (n int) {
	for _, u := range a {
		if r, _ := utf8.DecodeRuneInString(u.term); unicode.IsDigit(r) &&
			!slices.ContainsFunc(b, func(o unit) bool { return o.term == u.term }) {
			n++
		}
	}
	return n
}

// denials counts words that deny. 是不是 and 能不能 ask and do not deny.
func denials(words []unit) (n int) {
	for i, u := range words {
		switch u.term {
		case "不", "没", "未", "无", "非", "别", "not", "no", "never", "dont", "cant", "cannot", "didnt", "doesnt", "wont", "isnt":
			if i == 0 || i+1 == len(words) || words[i-1].term != words[i+1].term {
				n++
			}
		}
	}
	return n
}

// ends compares the last and the first six units.
func ends(a, b []unit) (tail, head float64) {
	const most = 6
	n := min(len(a), len(b), most)
	for i := 1; i <= n && a[len(a)-i].term == b[len(b)-i].term; i++ {
		tail += 1.0 / most
	}
	for i := 0; i < n && a[i].term == b[i].term; i++ {
		head += 1.0 / most
	}
	return tail, head
}
