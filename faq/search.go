package faq

import (
	"context"
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
	Tokens  []text.Token // to find wordings: one word for those that mean the same
	Literal []text.Token // to find answers: as they stand
	Limit   int          // entries wanted of each kind of match
}

// Candidates is what the index proposes, in no order that matters, and how
// telling a term is (idf as a share of that of a term never seen, 0 to 1): a
// character or word among wordings, and a content term of the question among
// answers (0 when no answer has it).
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
	Score      float64 // orders the hits of one search: its share of the belief in all entries compared, 0 to 1
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
	model   *Model
	index   Index
	entries CurrentReader
	now     func() time.Time
	cutter  *cutter
}

// NewSearcher returns a Searcher over the index and the entries' present state.
func NewSearcher(lex *text.Lexicon, model *Model, index Index, entries CurrentReader, now func() time.Time) *Searcher {
	return &Searcher{lex: lex, model: model, index: index, entries: entries, now: now, cutter: newCutter(lex)}
}

// Search returns at most limit (1 to MaxHits) current entries for a message,
// the most likely first. A message without letters or digits finds nothing.
func (s *Searcher) Search(ctx context.Context, message string, limit int) ([]Hit, error) {
	limit = max(1, min(limit, MaxHits))
	q := s.read(message)
	compared, err := s.propose(ctx, q, limit)
	if err != nil || len(compared) == 0 {
		return nil, err
	}
	return s.rank(q, compared, limit), nil
}

// Compare is Search up to the point where weights decide: everything that is
// proposed, in no order. It is what weights are fitted on.
func (s *Searcher) Compare(ctx context.Context, message string) (Kind, []Compared, error) {
	q := s.read(message)
	compared, err := s.propose(ctx, q, MaxHits)
	return q.kind, compared, err
}

// propose compares the message with what the index proposes and the store says
// is current.
func (s *Searcher) propose(ctx context.Context, q question, limit int) ([]Compared, error) {
	if len(q.tokens) == 0 {
		return nil, nil
	}
	for want := proposals; ; want *= 4 {
		found, err := s.index.Candidates(ctx, Question{Tokens: q.tokens, Literal: q.literal, Limit: want})
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
			return s.compare(q, found, entries), nil
		}
	}
}

// maxProposals bounds how far Search looks behind entries that are not current;
// it is the most ids a Store takes at once, for two kinds of match.
const maxProposals = 240

// Suggest returns answers for a message to who may read the library.
func (s *Service) Suggest(ctx context.Context, actor desk.Actor, message string, limit int) ([]Hit, error) {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return nil, err
	}
	return s.search.Search(ctx, message, limit)
}
