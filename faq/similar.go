package faq

import (
	"context"
	"slices"

	"replydesk/inbox/desk"
)

// Limits of a look for similar entries.
const (
	maxSimilar        = 5   // entries told
	maxSimilarWording = 10  // wordings compared
	similarProposals  = 30  // entries asked of the index for each wording
	alikeEnough       = 0.6 // likeness from which a writer is warned
)

// Alike is an entry that may ask the same as what is being written.
type Alike struct {
	Entry    Entry
	Own      string  // the wording that is being written
	Wording  string  // the entry's wording most like it
	Likeness float64 // 0 to 1; 1: the same question
	Bars     bool    // what is being written cannot be published beside it
}

// Similar returns entries that may ask the same as a text, the most alike first,
// so that a writer need not answer a question twice; exclude (0: none) is the
// entry being written. What is retired is left out. Of the text only the
// wordings, the department and the days count. Needs EditLibrary.
func (s *Service) Similar(ctx context.Context, actor desk.Actor, c Content, exclude EntryID) ([]Alike, error) {
	if err := actor.Require(desk.EditLibrary); err != nil {
		return nil, err
	}
	c = c.Clean(s.lex.Key)
	wordings := c.Wordings()
	own := s.shapes(wordings[:min(len(wordings), maxSimilarWording)])
	var ids []EntryID
	for _, w := range own {
		found, err := s.index.Find(ctx, w.text, similarProposals)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			if id != exclude && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	entries, err := s.store.EntriesByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	var now Entry
	if exclude != 0 {
		if now, err = s.store.Entry(ctx, exclude); err != nil && desk.CodeOf(err) != desk.NotFound {
			return nil, err
		}
	}
	var out []Alike
	for _, e := range entries {
		if a := s.alikeness(own, e); e.State != Retired && a.Likeness >= alikeEnough {
			a.Bars = s.bars(now, c, e)
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b Alike) int {
		switch {
		case a.Likeness > b.Likeness:
			return -1
		case a.Likeness < b.Likeness:
			return 1
		}
		return int(a.Entry.ID - b.Entry.ID)
	})
	return out[:min(len(out), maxSimilar)], nil
}

// shape is a wording as it is compared: its key, and its neighbouring
// characters without the phrases that say nothing.
type shape struct {
	text  string
	key   string
	pairs map[string]bool
}

func (s *Service) shapes(wordings []string) []shape {
	var out []shape
	for _, w := range wordings {
		w = line(w)
		if key := s.lex.Key(w); key != "" {
			out = append(out, shape{w, key, s.tellingPairs(w)})
		}
	}
	return out
}

// alikeness is the best of all pairs of wordings: 1 for the same key, else the
// share of pairs that both have (Dice).
func (s *Service) alikeness(own []shape, e Entry) Alike {
	best := Alike{Entry: e}
	for _, theirs := range s.shapes(e.Wordings()) {
		for _, mine := range own {
			likeness := dice(mine.pairs, theirs.pairs)
			if mine.key == theirs.key {
				likeness = 1
			}
			if likeness > best.Likeness {
				best.Own, best.Wording, best.Likeness = mine.text, theirs.text, likeness
			}
		}
	}
	return best
}

func dice(a, b map[string]bool) float64 {
	if len(a)+len(b) == 0 {
		return 0
	}
	shared := 0
	for term := range a {
		if b[term] {
			shared++
		}
	}
	return 2 * float64(shared) / float64(len(a)+len(b))
}
