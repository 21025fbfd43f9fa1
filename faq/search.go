package faq

import (
	"context"
	"slices"
	"time"

	"replydesk/faq/text"
	"replydesk/inbox/desk"
)

// Limits of a search.
const (
	MaxHits       = 20
	maxQueryRunes = 600 // what is read of a message
	proposals     = 60  // entries asked of the index and compared closely
	meanings      = 20  // entries asked by meaning
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
	Named      bool    // the message is but a word or two, and a wording of the entry contains it
	Matches    []Match
	Slips      []Slip // of the message: the same for all hits of a search
}

// CurrentReader is the part of the Store that Search reads.
type CurrentReader interface {
	Current(ctx context.Context, ids []EntryID, today Day) ([]Entry, error)
}

// SearchParts is what a Searcher needs.
type SearchParts struct {
	Lexicon *text.Lexicon
	Model   *Model
	Index   Index
	Entries CurrentReader
	Meaning Meaning // nil: words alone
	Now     func() time.Time
}

// Searcher finds current entries for a citizen's message. It is the one way to
// search for answers: the service, the bot and the evaluation all use it.
type Searcher struct {
	SearchParts
	cutter *cutter
}

// NewSearcher returns a Searcher over the index and the entries' present state.
func NewSearcher(p SearchParts) *Searcher {
	return &Searcher{SearchParts: p, cutter: newCutter(p.Lexicon)}
}

// Search returns at most limit (1 to MaxHits) current entries for a message,
// the most likely first. A message without letters or digits finds nothing.
func (s *Searcher) Search(ctx context.Context, message string, limit int) ([]Hit, error) {
	limit = max(1, min(limit, MaxHits))
	spelled, slips, err := s.spell(ctx, message)
	if err != nil {
		return nil, err
	}
	q := s.read(spelled)
	if len(q.tokens) == 0 {
		return nil, nil
	}
	near := s.nearest(ctx, message)
	found, compared, meant, err := s.propose(ctx, q, near, limit)
	if err != nil || len(compared) == 0 {
		return nil, err
	}
	hits := s.rank(q, found, compared, meant, limit)
	if len(slips) > 0 {
		return hits, s.asTyped(ctx, message, hits, slips)
	}
	return hits, nil
}

// Compare is Search by words up to the point where weights decide: everything
// that is proposed, in no order. It is what weights are fitted on.
func (s *Searcher) Compare(ctx context.Context, message string) (Kind, []Compared, error) {
	q := s.read(message)
	if len(q.tokens) == 0 {
		return q.kind, nil, nil
	}
	none := make(chan []EntryID)
	close(none)
	_, compared, _, err := s.propose(ctx, q, none, MaxHits)
	return q.kind, compared, err
}

// nearest asks for entries by meaning while the words are looked up. What it
// returns gives one answer, none when it is closed.
func (s *Searcher) nearest(ctx context.Context, message string) <-chan []EntryID {
	out := make(chan []EntryID, 1)
	if s.Meaning == nil {
		close(out)
		return out
	}
	go func() {
		defer close(out)
		if ids, ok := s.Meaning.Nearest(ctx, message, meanings); ok {
			out <- ids
		}
	}()
	return out
}

// propose compares the message with what the index proposes and the store says
// is current, and with what is near in meaning.
func (s *Searcher) propose(ctx context.Context, q question, near <-chan []EntryID, limit int) (found Candidates, compared []Compared, meant []EntryID, err error) {
	for want := proposals; ; want *= 4 {
		found, err = s.Index.Candidates(ctx, Question{Tokens: q.tokens, Literal: q.literal, Limit: want})
		if err != nil {
			return found, nil, nil, err
		}
		if want == proposals {
			meant = <-near // not before the index is done: both take their time at once
		}
		ids := found.Entries
		for _, id := range meant {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			return found, nil, nil, nil
		}
		entries, err := s.Entries.Current(ctx, ids, DayOf(s.Now()))
		if err != nil {
			return found, nil, nil, err
		}
		// Entries out of their days stay in the index and may crowd out others:
		// ask for more until enough are left or there are no more.
		if len(entries) >= limit || !found.More || want >= maxProposals {
			return found, s.compare(q, found, entries, meant), meant, nil
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
