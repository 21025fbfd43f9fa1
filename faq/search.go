package faq

import (
	"context"
	"strings"
	"time"

	"replydesk/faq/text"
	"replydesk/inbox/desk"
)

// Limits of a search.
const (
	MaxHits       = 20
	maxQueryRunes = 600 // what is read of a message
	proposals     = 60  // entries asked of the index and compared closely
)

// Question is what the index is asked.
type Question struct {
	Tokens []text.Token
	Limit  int // entries wanted of each kind of match
}

// Candidates is what the index proposes, in no order that matters, and how
// telling a term is (idf): a character or word among wordings, and a content
// term of the question among answers (0 when no answer has it).
type Candidates struct {
	Entries      []EntryID
	More         bool // there are more than were asked for
	Weight       func(term string) float64
	AnswerWeight func(term string) float64
}

// Match is a part of a wording that the question shares, in characters (runes),
// end exclusive.
type Match struct {
	Field string // "question" or "matched_question"
	Start int
	End   int
}

// Hit is one answer found.
type Hit struct {
	Entry      Entry
	Matched    string  // the wording most like the question
	Score      float64 // orders the hits of one search
	Confidence float64 // 0 to 1: how likely the entry answers the question
	Matches    []Match
}

// CurrentReader is the part of the Store that Search reads.
type CurrentReader interface {
	Current(ctx context.Context, ids []EntryID, today Day) ([]Entry, error)
}

// Searcher finds current entries for a citizen's message. It is the one way to
// search for answers: the service, the bot and the evaluation all use it.
type Searcher struct {
	lex     *text.Lexicon
	index   Index
	entries CurrentReader
	now     func() time.Time
}

// NewSearcher returns a Searcher over the index and the entries' present state.
func NewSearcher(lex *text.Lexicon, index Index, entries CurrentReader, now func() time.Time) *Searcher {
	return &Searcher{lex: lex, index: index, entries: entries, now: now}
}

// Search returns at most limit (1 to MaxHits) current entries for a message,
// the most likely first. A message without letters or digits finds nothing.
func (s *Searcher) Search(ctx context.Context, message string, limit int) ([]Hit, error) {
	limit = max(1, min(limit, MaxHits))
	tokens := s.lex.Tokens(strings.TrimSpace(message), maxQueryRunes)
	if len(tokens) == 0 {
		return nil, nil
	}
	for want := proposals; ; want *= 4 {
		found, err := s.index.Candidates(ctx, Question{Tokens: tokens, Limit: want})
		if err != nil || len(found.Entries) == 0 {
			return nil, err
		}
		entries, err := s.entries.Current(ctx, found.Entries, DayOf(s.now()))
		if err != nil {
			return nil, err
		}
		// Entries out of their days stay in the index and may crowd out others:
		// ask for more until enough are left or there are no more.
		if len(entries) >= limit || !found.More || want >= maxProposals {
			return s.rank(tokens, found, entries, limit), nil
		}
	}
}

// maxProposals bounds how far Search looks behind entries that are not current;
// it is the most ids a Store takes at once, for two kinds of match.
const maxProposals = 240

// rank returns the best of the entries, at most limit.
func (s *Searcher) rank(tokens []text.Token, found Candidates, entries []Entry, limit int) []Hit {
	c := newComparison(s.lex, tokens, found.Weight)
	hits := c.rank(entries, answerScores(s.lex, tokens, c.unit*answerSingle, found.AnswerWeight, entries))
	hits = hits[:min(limit, len(hits))]
	for i := range hits {
		c.highlight(&hits[i])
	}
	return hits
}

// Suggest returns answers for a message to who may read the library.
func (s *Service) Suggest(ctx context.Context, actor desk.Actor, message string, limit int) ([]Hit, error) {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return nil, err
	}
	return s.search.Search(ctx, message, limit)
}
