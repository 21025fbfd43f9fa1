package faq

import (
	"cmp"
	"math"
	"slices"

	"replydesk/faq/text"
)

// Compared is one entry proposed for a message with its features.
type Compared struct {
	Entry    Entry
	Matched  string // the wording most like the message
	Features Features
}

// question is a message cut for comparing.
type question struct {
	tokens  []text.Token
	literal []text.Token
	kind    Kind
}

func (s *Searcher) read(message string) question {
	q := question{tokens: s.lex.Tokens(message, maxQueryRunes), literal: s.lex.Literal(message, maxQueryRunes)}
	q.kind = kindOf(q.tokens)
	return q
}

// compare computes the features of entries. Those that share nothing with the
// message are left out.
func (s *Searcher) compare(q question, found Candidates, entries []Entry) []Compared {
	words := newProbe(q.kind, unitsOf(q.tokens), found.Weight)
	literal := newProbe(q.kind, unitsOf(q.literal), found.Weight)
	cut := make([]*prepared, len(entries))
	features := make([]Features, len(entries))
	matched := make([]int, len(entries))
	for i, e := range entries {
		cut[i] = s.cutter.cut(e)
		features[i], matched[i] = words.entry(cut[i])
	}
	literal.answers(cut, features, found.AnswerWeight)
	out := make([]Compared, 0, len(entries))
	for i, e := range entries {
		if f := features[i]; f[alike] > 0 || f[wholeUnits] > 0 {
			out = append(out, Compared{Entry: e, Matched: e.Wordings()[matched[i]], Features: f})
		}
	}
	return out
}

// rank returns the best of the entries, at most limit.
func (s *Searcher) rank(q question, compared []Compared, limit int) []Hit {
	features := make([]Features, len(compared))
	for i, c := range compared {
		features[i] = c.Features
	}
	scores := s.model.Scores(q.kind, features)
	order := make([]int, len(compared))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(compared[a].Entry.ID, compared[b].Entry.ID))
	})
	order = order[:min(limit, len(order))]
	light := newHighlighter(s.lex, q.tokens)
	hits := make([]Hit, len(order))
	for i, at := range order {
		signs := SignsOf(scores, at, features[at])
		hits[i] = Hit{
			Entry: compared[at].Entry, Matched: compared[at].Matched,
			Score:      math.Max(signs[belief], math.SmallestNonzeroFloat64),
			Confidence: s.model.Sure(q.kind, signs),
		}
		light.highlight(&hits[i])
	}
	return hits
}
