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
	q := question{
		tokens:  s.Lexicon.Trim(s.Lexicon.Tokens(message, maxQueryRunes)),
		literal: s.Lexicon.Trim(s.Lexicon.Literal(message, maxQueryRunes)),
	}
	q.kind = kindOf(q.tokens)
	return q
}

// compare computes the features of entries. Those that share nothing with the
// message are left out, but for those meant.
func (s *Searcher) compare(q question, found Candidates, entries []Entry, meant []EntryID) []Compared {
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
		if f := features[i]; f[alike] > 0 || f[wholeUnits] > 0 || slices.Contains(meant, e.ID) {
			out = append(out, Compared{Entry: e, Matched: e.Wordings()[matched[i]], Features: f})
		}
	}
	return out
}

// rank returns the best of the entries, at most limit: by words, and when
// entries were found by meaning by both.
func (s *Searcher) rank(q question, found Candidates, compared []Compared, meant []EntryID, limit int) []Hit {
	features := make([]Features, len(compared))
	for i, c := range compared {
		features[i] = c.Features
	}
	scores := s.Model.Scores(q.kind, features)
	order := make([]int, len(compared))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(compared[a].Entry.ID, compared[b].Entry.ID))
	})
	hits := make([]Hit, len(order))
	for i, at := range order {
		signs := SignsOf(scores, at, features[at])
		hits[i] = Hit{
			Entry: compared[at].Entry, Matched: compared[at].Matched,
			Score:      math.Max(signs[belief], math.SmallestNonzeroFloat64),
			Confidence: s.Model.Sure(q.kind, signs),
			Named:      q.names(compared[at].Entry, s.cutter),
		}
	}
	s.contrast(q, found, hits[:min(limit, len(hits))])
	s.wordForWord(q, hits)
	if len(meant) > 0 {
		fuse(hits, meant)
	}
	hits = hits[:min(limit, len(hits))]
	light := newHighlighter(s.Lexicon, q.tokens)
	for i := range hits {
		light.highlight(&hits[i])
	}
	return hits
}

// How sure an answer is at least whose question was asked word for word, and in
// words that mean the same when it is this likely among all proposed: lists of
// words know less than people.
const (
	literally = 0.97
	inMeaning = 0.9
	clearly   = 0.7
)

// wordForWord is sure of the first entry when the message is its wording, but for
// courtesy. When several entries have the wording nobody knows which was meant.
func (s *Searcher) wordForWord(q question, hits []Hit) {
	if s.only(hits, q.literal, s.Lexicon.Literal) {
		hits[0].Confidence = max(hits[0].Confidence, literally)
	} else if len(hits) > 0 && hits[0].Score >= clearly && s.only(hits, q.tokens, s.Lexicon.Tokens) {
		hits[0].Confidence = max(hits[0].Confidence, inMeaning)
	}
}

// only reports whether the first hit's wording, and no other's, is the message.
func (s *Searcher) only(hits []Hit, message []text.Token, read func(string, int) []text.Token) bool {
	at := -1
	for i, h := range hits {
		wording := s.Lexicon.Trim(read(h.Matched, maxQueryRunes))
		if !slices.EqualFunc(message, wording, func(a, b text.Token) bool { return a.Term == b.Term }) {
			continue
		}
		if at >= 0 {
			return false
		}
		at = i
	}
	return at == 0
}

// How two rankings become one: an entry gets 1/(rankDepth+place) of each, the
// usual reciprocal-rank fusion. An entry that the words are sure of stays first,
// since the confidence that lets the bot answer is theirs.
const (
	rankDepth = 60
	sureWords = 0.8
)

// fuse orders hits, ordered by words, by words and meaning together.
func fuse(hits []Hit, meant []EntryID) {
	for i := range hits {
		hits[i].Score = 1 / float64(rankDepth+1+i)
		if at := slices.Index(meant, hits[i].Entry.ID); at >= 0 {
			hits[i].Score += 1 / float64(rankDepth+1+at)
		}
		hits[i].Score *= float64(rankDepth+1) / 2 // 1 for the first of both
	}
	rest := hits
	if hits[0].Confidence >= sureWords {
		hits[0].Score = 1
		rest = hits[1:]
	}
	slices.SortStableFunc(rest, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
}
