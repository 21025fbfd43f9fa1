package gap

import (
	"maps"
	"slices"

	"replydesk/faq/text"
)

// alikeFrom is from which likeness on two questions are one gap. Two wordings of
// one question share well over half of their weight; questions that only share
// their subject (怎么办理居住证, 居住证丢了) stay below.
const alikeFrom = 0.55

// pairWeight is what a pair of neighbours counts beside a single character.
const pairWeight = 2

// units are the characters, words and pairs of a question that say something,
// with their weight.
func (s *Service) units(question string) map[string]float64 {
	tokens := s.d.Lexicon.Tokens(question, maxQuestion)
	units := make(map[string]float64, 2*len(tokens))
	for _, t := range tokens {
		if !t.Stop {
			units[t.Term] = 1
		}
	}
	for _, p := range text.Pairs(tokens) {
		if !p.Stop {
			units[p.Term] = pairWeight
		}
	}
	return units
}

// telling are the terms a question is found by: its pairs, which are rarer, or
// all of a question too short to have some.
func telling(units map[string]float64) []string {
	var pairs []string
	for term, w := range units {
		if w == pairWeight {
			pairs = append(pairs, term)
		}
	}
	if len(pairs) == 0 {
		pairs = slices.Collect(maps.Keys(units))
	}
	slices.Sort(pairs)
	return pairs[:min(len(pairs), maxTerms)]
}

// alike is Dice's coefficient of two questions' units.
func alike(a, b map[string]float64) float64 {
	var shared, all float64
	for term, w := range a {
		all += w
		if _, ok := b[term]; ok {
			shared += w
		}
	}
	for _, w := range b {
		all += w
	}
	if all == 0 {
		return 0
	}
	return 2 * shared / all
}
