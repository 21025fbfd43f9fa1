package inbox

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"replydesk/inbox/check"
)

// A model's words are the model's in every ticket. What it wrote for one is found
// again in the replies of others by marks: keyed sums of a few characters in a
// row, which say nothing without the key and go with the draft's text.

// keepMarks is how long the words of a draft are looked for in other tickets.
const keepMarks = 90 * 24 * time.Hour

// maxElsewhere bounds the drafts of other tickets that a text is compared with:
// those that share most marks with it.
const maxElsewhere = 20

// markBatch is how many drafts get their marks in one step.
const markBatch = 100

// A text is another ticket's draft's from so many characters on. Of 480 answers of
// a city's letter box, held against 480 others as if those were drafts, 13 are
// found by it: 11 are in truth the other's words, two a set phrase.
const (
	minCopiedWhole = 20 // the draft, or nearly
	minCopiedPart  = 50 // a part of it: shorter pieces are what offices always say
)

// Elsewhere are the drafts of other tickets that a text may be copied from, the
// newest first, and the words that anybody may use.
type Elsewhere struct {
	Drafts    []WrittenDraft
	Answers   []string // that the library gives now, of the entries they rest on
	Thread    []string // of the text's own ticket: what the citizen and people wrote
	Templates []Template
}

// WrittenDraft is a draft of another ticket: what the model wrote, and what people
// made of it.
type WrittenDraft struct {
	At    time.Time
	Texts []ModelText
}

// ElsewhereQuery asks for the drafts that share marks with a text.
type ElsewhereQuery struct {
	Ticket TicketID // where the text is to go out
	Entry  int64    // that its author names, 0 for none
	Marks  []int64
	Now    time.Time
	Limit  int // of drafts
}

// DraftText is what a model wrote.
type DraftText struct {
	ID   int64
	Text string
}

// markReader finds drafts that have no marks.
type markReader interface {
	// UnmarkedDrafts are drafts written after a time that have a text and no
	// marks, by id above after.
	UnmarkedDrafts(ctx context.Context, since time.Time, after int64, limit int) ([]DraftText, error)
}

// markTx is the part of a transaction about marks.
type markTx interface {
	// MarkDraft gives a draft its marks, unless its text is gone.
	MarkDraft(ctx context.Context, draft int64, marks []int64) error
	// PruneMarks deletes the marks of drafts from before a time.
	PruneMarks(ctx context.Context, before time.Time) error
}

// Marks are the marks of a text, by which a draft's words are found again.
func (s *Service) Marks(text string) []int64 {
	mac := hmac.New(sha256.New, s.rules.MarkKey)
	sums := s.rules.Folder.Wording(text).Marks()
	out := make([]int64, len(sums))
	var raw [8]byte
	for i, sum := range sums {
		mac.Reset()
		binary.BigEndian.PutUint64(raw[:], sum)
		mac.Write(raw[:])
		out[i] = int64(binary.BigEndian.Uint64(mac.Sum(nil)))
	}
	return out
}

// KeepMarks gives their marks to recent drafts that have none, as after an update
// or a restore, and deletes those of old drafts. It returns the zero time.
func (s *Service) KeepMarks(ctx context.Context, now time.Time) (time.Time, error) {
	since := now.Add(-keepMarks)
	err := s.store.Atomic(ctx, func(tx Tx) error { return tx.PruneMarks(ctx, since) })
	for after := int64(0); err == nil; {
		drafts, readErr := s.store.UnmarkedDrafts(ctx, since, after, markBatch)
		if readErr != nil || len(drafts) == 0 {
			return time.Time{}, readErr
		}
		err = s.store.Atomic(ctx, func(tx Tx) error {
			for _, d := range drafts {
				if err := tx.MarkDraft(ctx, d.ID, s.Marks(d.Text)); err != nil {
					return err
				}
			}
			return nil
		})
		after = drafts[len(drafts)-1].ID
	}
	return time.Time{}, err
}

// elsewhere finds the draft of another ticket whose words a text is. It is a
// draft's when nearly all of a draft of at least 20 characters stands in it, or when
// half of it is in pieces of the draft of 20 characters in a row, 50 in all. Words
// that the library gives, that stand in the ticket's own thread or in a template
// older than the draft are not the model's: they are left out of the count, and a
// draft that has little else is not looked for.
func (s *Service) elsewhere(ctx context.Context, from wordingReader, ticket TicketID, words string, entry int64) (credit, error) {
	key := s.rules.Folder.Wording(words)
	if len(key) < minCopiedWhole*9/10 {
		return credit{}, nil
	}
	found, err := from.Elsewhere(ctx, ElsewhereQuery{Ticket: ticket, Entry: entry, Marks: s.Marks(words), Now: s.time(), Limit: maxElsewhere})
	if err != nil {
		return credit{}, err
	}
	return s.copied(key, found), nil
}

// copied is the newest draft that is nearly the text, or of which a part is.
func (s *Service) copied(key check.Wording, found Elsewhere) credit {
	var part credit
	for _, d := range found.Drafts {
		c := s.copyOf(key, d, s.free(found, d.At), found.Answers)
		if c.verbatim {
			return c
		}
		if part.draft == 0 {
			part = c
		}
	}
	return part
}

// free are the wordings that were there without the draft.
func (s *Service) free(found Elsewhere, written time.Time) []check.Wording {
	var out []check.Wording
	for _, texts := range [][]string{found.Answers, found.Thread} {
		for _, text := range texts {
			out = append(out, s.rules.Folder.Wording(text))
		}
	}
	for _, t := range found.Templates {
		if !t.Enabled || !t.UpdatedAt.Before(written) {
			continue
		}
		for _, text := range braced.Split(t.Text, -1) {
			out = append(out, s.rules.Folder.Wording(text))
		}
	}
	return out
}

// copyOf is the draft as far as the text is its words.
func (s *Service) copyOf(key check.Wording, d WrittenDraft, free []check.Wording, answers []string) (c credit) {
	for _, m := range d.Texts {
		model := s.rules.Folder.Wording(m.Text)
		if len(model) < minCopiedWhole {
			continue
		}
		copied, own := key.Copied(model, free)
		holds := key.Holds(model)
		whole := holds && own >= minCopiedWhole*9/10 && 2*own >= len(model)
		part := copied >= minCopiedPart && 2*copied >= own
		if !whole && !part || s.librarys(key, model, answers) {
			continue
		}
		c.draft = m.DraftID
		if holds {
			c.note(key, model, m)
		}
	}
	return c
}
