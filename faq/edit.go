package faq

import (
	"context"

	"replydesk/inbox/desk"
)

// Edit is a change of an entry's content; nil fields stay as they are.
type Edit struct {
	Code           *string
	Question       *string
	Similar        *[]string
	Answer         *string
	Category       *string
	Department     *string
	DocumentNumber *string
	ServiceLink    *string
	ValidFrom      *Day
	ValidTo        *Day
}

// apply returns c with the edit's fields in it.
func (e Edit) apply(c Content) Content {
	set(&c.Code, e.Code)
	set(&c.Question, e.Question)
	set(&c.Similar, e.Similar)
	set(&c.Answer, e.Answer)
	set(&c.Category, e.Category)
	set(&c.Department, e.Department)
	set(&c.DocumentNumber, e.DocumentNumber)
	set(&c.ServiceLink, e.ServiceLink)
	set(&c.ValidFrom, e.ValidFrom)
	set(&c.ValidTo, e.ValidTo)
	return c
}

// Content is what the edit makes of nothing, for a new entry.
func (e Edit) Content() Content { return e.apply(Content{}) }

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// Update changes an entry's pending text. seen is what the editor read: when the
// entry or its proposal has changed since, the error is a Conflict with reason
// entry_changed; for a published entry the version counts even when it is 0 (no
// proposal). Needs EditLibrary.
//
// What an unpublished entry says changes at once, as its next revision. For a
// published one the text becomes its proposal, and citizens go on getting the
// old one; only where the rules let authors approve, and this one may publish,
// it goes out at once. An edit takes a text out of review; one that is
// scheduled is a Conflict with reason scheduled. An edit that changes nothing
// leaves everything as it is.
func (s *Service) Update(ctx context.Context, actor desk.Actor, id EntryID, seen Seen, edit Edit) (Entry, error) {
	return s.decide(ctx, actor, desk.EditLibrary, id, func(tx Tx, e *Entry, p *Proposal) error {
		if seen.Revision != e.Revision || (e.State == Published || seen.Version != 0) && seen.Version != openVersion(*p) {
			return ErrChanged()
		}
		base, _, ok := pending(*e, *p)
		if !ok {
			base = e.Content
		}
		return s.write(ctx, tx, actor, e, p, edit.apply(base))
	})
}

// openVersion is the version an editor sees: 0 without a proposal.
func openVersion(p Proposal) int64 {
	if p.State.Open() {
		return p.Version
	}
	return 0
}

// Restore makes what an entry said in a revision its pending text, as Update
// would. Needs EditLibrary. A revision that is not there is NotFound.
func (s *Service) Restore(ctx context.Context, actor desk.Actor, id EntryID, seen Seen, revision int64) (Entry, error) {
	return s.decide(ctx, actor, desk.EditLibrary, id, func(tx Tx, e *Entry, p *Proposal) error {
		if err := seen.check(*e, *p); err != nil {
			return err
		}
		old, err := tx.Revision(ctx, id, revision)
		if err != nil {
			return err
		}
		return s.write(ctx, tx, actor, e, p, old.Content)
	})
}

// write makes next the pending text.
func (s *Service) write(ctx context.Context, tx Tx, actor desk.Actor, e *Entry, p *Proposal, next Content) error {
	next = next.Clean(s.lex.Key)
	if next.Code == "" {
		next.Code = e.Code
	}
	if base, _, ok := pending(*e, *p); ok && next.Equal(base) || !ok && next.Equal(e.Content) {
		return nil
	}
	if p.State == Scheduled {
		return errScheduled()
	}
	check := next.Validate
	if e.State == Published {
		check = next.publishable
	}
	if err := check(); err != nil {
		return err
	}
	if err := s.codeStays(ctx, tx, *e, next); err != nil {
		return err
	}
	switch {
	case e.State != Published:
		return s.rewrite(ctx, tx, actor, e, p, next)
	case s.rules.OwnApproval && actor.Can(desk.PublishLibrary):
		s.put(actor, *e, p, next)
		return s.release(ctx, tx, actor, e, p, actor.UserID)
	}
	return s.propose(ctx, tx, actor, *e, p, next)
}

// rewrite changes what an unpublished entry says.
func (s *Service) rewrite(ctx context.Context, tx Tx, actor desk.Actor, e *Entry, p *Proposal, next Content) error {
	if p.State.Open() {
		s.put(actor, *e, p, next)
		if err := tx.SaveProposal(ctx, *p); err != nil {
			return err
		}
		e.Authors = p.Authors
	}
	e.Content, e.Authors = next, with(e.Authors, actor.UserID)
	changed, err := s.change(ctx, tx, actor, e.State, *e, writer{author: actor.UserID})
	if err != nil {
		return err
	}
	*e = changed
	return nil
}

// propose changes, or begins, the proposal of a published entry. One that says
// what the entry says already is none.
func (s *Service) propose(ctx context.Context, tx Tx, actor desk.Actor, e Entry, p *Proposal, next Content) error {
	s.put(actor, e, p, next)
	if next.Equal(e.Content) {
		p.State = Closed
	}
	if err := tx.SaveProposal(ctx, *p); err != nil {
		return err
	}
	return tx.Record(ctx, proposalEvent(EntryProposed, actor, p.UpdatedAt, *p))
}

// put writes a text into the proposal.
func (s *Service) put(actor desk.Actor, e Entry, p *Proposal, next Content) {
	if !p.State.Open() {
		*p = Proposal{EntryID: e.ID, Version: p.Version}
	}
	p.Version++
	p.Content, p.State = next, Proposed
	p.Authors, p.AuthorID, p.UpdatedAt = with(p.Authors, actor.UserID), actor.UserID, s.moment()
	p.clearReview()
}

// Retire takes an entry out of use. Needs PublishLibrary. Retiring a retired
// entry changes nothing.
func (s *Service) Retire(ctx context.Context, actor desk.Actor, id EntryID) (Entry, error) {
	return s.move(ctx, actor, id, Retired)
}

// Withdraw makes an entry a draft again. Needs PublishLibrary. Withdrawing a
// draft changes nothing.
func (s *Service) Withdraw(ctx context.Context, actor desk.Actor, id EntryID) (Entry, error) {
	return s.move(ctx, actor, id, Draft)
}

// move takes an entry from citizens. A text that waits for review or for its
// time waits no longer: somebody has to submit it anew.
func (s *Service) move(ctx context.Context, actor desk.Actor, id EntryID, to State) (Entry, error) {
	return s.decide(ctx, actor, desk.PublishLibrary, id, func(tx Tx, e *Entry, p *Proposal) error {
		if e.State == to {
			return nil
		}
		if p.State == InReview || p.State == Scheduled {
			if err := s.unsubmit(ctx, tx, actor, p); err != nil {
				return err
			}
		}
		was := e.State
		e.State = to
		moved, err := s.change(ctx, tx, actor, was, *e, writer{author: actor.UserID})
		if err != nil {
			return err
		}
		*e = moved
		return nil
	})
}

// codeStays checks that nobody else has the code of a text.
func (s *Service) codeStays(ctx context.Context, tx Tx, e Entry, c Content) error {
	if c.Code == e.Code {
		return nil
	}
	return codeFree(ctx, tx, c.Code)
}
