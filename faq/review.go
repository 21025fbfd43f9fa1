package faq

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"replydesk/inbox/desk"
)

// TaskPublish is the kind of the task that publishes a scheduled text. Its key
// is the entry's id and the time in milliseconds, "12@1790000000000", so that a
// text scheduled anew gets a task of its own.
const TaskPublish = "faq.publish"

// MaxReason is how long the reason of a rejection may be, in characters.
const MaxReason = 500

// maxAhead is how far ahead a text may be scheduled.
const maxAhead = 2 * 366 * 24 * time.Hour

// decide runs a decision about an entry and its proposal in one transaction, in
// which the entry's row is held: of two at once the second sees the first. The
// index follows when the entry says something else afterwards.
func (s *Service) decide(ctx context.Context, actor desk.Actor, p desk.Permission, id EntryID, fn func(tx Tx, e *Entry, p *Proposal) error) (Entry, error) {
	if err := actor.Require(p); err != nil {
		return Entry{}, err
	}
	var e Entry
	err := s.store.Atomic(ctx, func(tx Tx) error {
		var err error
		if e, err = tx.Entry(ctx, id); err != nil {
			return err
		}
		p, err := tx.Proposal(ctx, id)
		if err != nil {
			return err
		}
		before := e.Revision
		if err := fn(tx, &e, &p); err != nil {
			return err
		}
		if p.State.Open() {
			e.Proposal = &p
		}
		if e.Revision == before {
			return nil
		}
		return follow(ctx, tx, e)
	})
	if err != nil {
		return Entry{}, err
	}
	return e, nil
}

// Submit asks a second person to review the entry's pending text; publishAt
// (zero: when approved) is when it should go out. Needs EditLibrary. A new department that neither the desk
// nor a published entry has is Invalid "department". A text that
// is in review already stays there, with the new time. A published entry
// without a proposal is a Conflict with reason nothing_pending.
func (s *Service) Submit(ctx context.Context, actor desk.Actor, id EntryID, seen Seen, publishAt time.Time) (Entry, error) {
	return s.decide(ctx, actor, desk.EditLibrary, id, func(tx Tx, e *Entry, p *Proposal) error {
		if err := seen.check(*e, *p); err != nil {
			return err
		}
		return s.submit(ctx, tx, actor, *e, p, publishAt)
	})
}

func (s *Service) submit(ctx context.Context, tx Tx, actor desk.Actor, e Entry, p *Proposal, publishAt time.Time) error {
	if p.State == Scheduled {
		return errScheduled()
	}
	content, authors, ok := pending(e, *p)
	if !ok {
		return errNothing()
	}
	if err := content.publishable(); err != nil {
		return err
	}
	at, err := s.timeOf(publishAt)
	if err != nil {
		return err
	}
	if err := s.lasts(e, content, at); err != nil {
		return err
	}
	if p.State == InReview && p.PublishAt.Equal(at) {
		return nil
	}
	if err := known(ctx, tx, e, content); err != nil {
		return err
	}
	now := s.moment()
	if !p.State.Open() {
		p.Version++
		p.AuthorID, p.UpdatedAt = e.UpdatedBy, now
	}
	p.EntryID, p.Content, p.Authors = e.ID, content, authors
	p.State, p.PublishAt, p.Reason = InReview, at, ""
	p.SubmittedBy, p.SubmittedAt, p.ReviewerID, p.ReviewedAt = actor.UserID, now, 0, time.Time{}
	if err := tx.SaveProposal(ctx, *p); err != nil {
		return err
	}
	return tx.Record(ctx, proposalEvent(EntrySubmitted, actor, now, *p))
}

// unknownDepartment is the reason of a department that nobody would be reminded by.
const unknownDepartment = "unknown_department"

// known refuses a department that the desk has not, as a new value: a slip of the
// pen, by which nobody is reminded. What an entry says that is or was out may stay.
func known(ctx context.Context, tx Tx, e Entry, c Content) error {
	if c.Department == "" || e.State != Draft && c.Department == e.Department {
		return nil
	}
	ok, err := tx.DepartmentKnown(ctx, c.Department)
	if err == nil && !ok {
		err = errDepartment(c.Department)
	}
	return err
}

func errDepartment(name string) error {
	return desk.InvalidField("department", "没有承办单位“%s”，请选择已有的承办单位，或先请管理员添加", name).WithReason(unknownDepartment)
}

// timeOf checks when a text is to go out; what is past is at once.
func (s *Service) timeOf(at time.Time) (time.Time, error) {
	now := s.moment()
	if at.Sub(now) > maxAhead {
		return time.Time{}, desk.InvalidField("publish_at", "发布时间最多提前两年安排")
	}
	if !at.After(now) {
		return time.Time{}, nil
	}
	return at.UTC().Truncate(time.Millisecond), nil
}

// lasts refuses to bring before citizens what nobody would see: a text whose
// last day is past when it goes out (zero: now). The last day of an entry that
// is out already may be any, for that ends it.
func (s *Service) lasts(e Entry, c Content, at time.Time) error {
	if at.IsZero() {
		at = s.now()
	}
	if e.State == Published || c.ValidTo == "" || c.ValidTo >= DayOf(at) {
		return nil
	}
	return desk.InvalidField("valid_to", "截止日期 %s 早于发布日期，发布后不会展示，请先修改截止日期", c.ValidTo)
}

// Approval is a decision to let a text out.
type Approval struct {
	// Seen says which text was read and must: the proposal's version, or the
	// revision of an entry without one.
	Seen Seen
	// PublishAt is when the text goes out: nil as the proposal asked, the zero
	// time or one that is past at once.
	PublishAt *time.Time
}

// Approve lets a text in review out, now or at its time. Needs PublishLibrary
// and eyes that are not the author's: an own text is Forbidden with reason
// own_text, unless the rules allow it. A question that another entry answers for
// the same citizens and days is a Conflict with reason duplicate_question. Who does
// not say what they have read, and a new entry whose last day is past by then, are
// Invalid. A text that is not in review is a Conflict with reason not_in_review.
func (s *Service) Approve(ctx context.Context, actor desk.Actor, id EntryID, a Approval) (Entry, error) {
	return s.decide(ctx, actor, desk.PublishLibrary, id, func(tx Tx, e *Entry, p *Proposal) error {
		if p.State != InReview {
			return errNotInReview()
		}
		return s.approve(ctx, tx, actor, e, p, a)
	})
}

// Publish is Approve for a pending text that nobody submitted yet, or that is
// scheduled for later. Publishing a published entry that has no proposal
// changes nothing.
func (s *Service) Publish(ctx context.Context, actor desk.Actor, id EntryID, a Approval) (Entry, error) {
	return s.decide(ctx, actor, desk.PublishLibrary, id, func(tx Tx, e *Entry, p *Proposal) error {
		if _, _, ok := pending(*e, *p); !ok {
			return nil
		}
		return s.approve(ctx, tx, actor, e, p, a)
	})
}

func (s *Service) approve(ctx context.Context, tx Tx, actor desk.Actor, e *Entry, p *Proposal, a Approval) error {
	if err := a.Seen.check(*e, *p); err != nil {
		return err
	}
	content, authors, ok := pending(*e, *p)
	if !ok {
		return errNothing()
	}
	if !s.mayApprove(actor, authors) {
		return desk.Errorf(desk.Forbidden, "这是您参与编写的内容，须由未参与编写、有发布权限的人审核；如果没有这样的人，请管理员为另一位同事开通发布权限").WithReason("own_text")
	}
	if err := a.Seen.named(*p); err != nil {
		return err
	}
	if err := content.publishable(); err != nil {
		return err
	}
	if err := s.codeStays(ctx, tx, *e, content); err != nil {
		return err
	}
	if p.State != InReview && p.State != Scheduled { // nobody submitted it
		if err := known(ctx, tx, *e, content); err != nil {
			return err
		}
	}
	wish := p.PublishAt
	if a.PublishAt != nil {
		wish = *a.PublishAt
	}
	at, err := s.timeOf(wish)
	if err != nil {
		return err
	}
	if err := s.lasts(*e, content, at); err != nil {
		return err
	}
	if at.IsZero() {
		return s.release(ctx, tx, actor, e, p, actor.UserID)
	}
	if err := s.single(ctx, tx, *e, content, DayOf(at)); err != nil {
		return err
	}
	return s.schedule(ctx, tx, actor, *e, p, content, at)
}

// schedule keeps an approved text until its time.
func (s *Service) schedule(ctx context.Context, tx Tx, actor desk.Actor, e Entry, p *Proposal, content Content, at time.Time) error {
	now := s.moment()
	if !p.State.Open() {
		p.Version++
		p.AuthorID, p.Authors, p.UpdatedAt = e.UpdatedBy, e.Authors, now
	}
	p.EntryID, p.Content, p.State, p.Reason = e.ID, content, Scheduled, ""
	p.ReviewerID, p.ReviewedAt, p.PublishAt = actor.UserID, now, at
	if err := tx.SaveProposal(ctx, *p); err != nil {
		return err
	}
	if err := tx.Record(ctx, proposalEvent(EntryScheduled, actor, now, *p)); err != nil {
		return err
	}
	return tx.Enqueue(ctx, desk.Task{Kind: TaskPublish, Key: fmt.Sprintf("%d@%d", e.ID, at.UnixMilli()), RunAt: at})
}

// release makes the pending text what the entry says to citizens. It is a
// Conflict with reason duplicate_question, and nothing is written, when another
// published entry answers the question.
func (s *Service) release(ctx context.Context, tx Tx, actor desk.Actor, e *Entry, p *Proposal, reviewer int64) error {
	content, _, _ := pending(*e, *p)
	if err := s.single(ctx, tx, *e, content, DayOf(s.now())); err != nil {
		return err
	}
	author := e.UpdatedBy
	if p.State.Open() {
		author = p.AuthorID
		if err := s.close(ctx, tx, p); err != nil {
			return err
		}
	}
	was := e.State
	e.Content, e.State, e.Authors = content, Published, nil
	next, err := s.change(ctx, tx, actor, was, *e, writer{author, reviewer})
	if err != nil {
		return err
	}
	*e = next
	return nil
}

func (s *Service) close(ctx context.Context, tx Tx, p *Proposal) error {
	p.State, p.PublishAt = Closed, time.Time{}
	return tx.SaveProposal(ctx, *p)
}

// mayApprove reports whether the actor may let a text of these authors out. The
// desk itself is not a person: what runs on its own machine answers for itself.
func (s *Service) mayApprove(actor desk.Actor, authors []int64) bool {
	return s.rules.OwnApproval || actor.UserID == 0 || !slices.Contains(authors, actor.UserID)
}

// MayPublish reports whether the actor may let out what is pending for an entry
// that one of the service's reads returned.
func (s *Service) MayPublish(actor desk.Actor, e Entry) bool {
	var p Proposal
	if e.Proposal != nil {
		p = *e.Proposal
	}
	_, authors, ok := pending(e, p)
	return ok && actor.Can(desk.PublishLibrary) && s.mayApprove(actor, authors)
}

// FourEyes reports whether a second person has to approve every text.
func (s *Service) FourEyes() bool { return !s.rules.OwnApproval }

// Reject sends a text that is in review or scheduled back with a reason. Needs
// PublishLibrary.
func (s *Service) Reject(ctx context.Context, actor desk.Actor, id EntryID, seen Seen, reason string) (Entry, error) {
	return s.decide(ctx, actor, desk.PublishLibrary, id, func(tx Tx, e *Entry, p *Proposal) error {
		if err := seen.check(*e, *p); err != nil {
			return err
		}
		if p.State != InReview && p.State != Scheduled {
			return errNotInReview()
		}
		reason = strings.TrimSpace(lines(reason))
		switch n := utf8.RuneCountInString(reason); {
		case n == 0:
			return desk.InvalidField("reason", "请填写退回原因")
		case n > MaxReason:
			return desk.InvalidField("reason", "最多 %d 字", MaxReason)
		}
		return s.reject(ctx, tx, actor, p, reason)
	})
}

func (s *Service) reject(ctx context.Context, tx Tx, actor desk.Actor, p *Proposal, reason string) error {
	now := s.moment()
	p.State, p.Reason, p.PublishAt = Rejected, reason, time.Time{}
	p.ReviewerID, p.ReviewedAt = actor.UserID, now
	if err := tx.SaveProposal(ctx, *p); err != nil {
		return err
	}
	return tx.Record(ctx, proposalEvent(EntryRejected, actor, now, *p))
}

// Recall takes a text back from review, or off its schedule; the text itself
// stays. Needs EditLibrary, and PublishLibrary for what is scheduled.
func (s *Service) Recall(ctx context.Context, actor desk.Actor, id EntryID) (Entry, error) {
	return s.decide(ctx, actor, desk.EditLibrary, id, func(tx Tx, _ *Entry, p *Proposal) error {
		if p.State != InReview && p.State != Scheduled {
			return errNotInReview()
		}
		if p.State == Scheduled {
			if err := actor.Require(desk.PublishLibrary); err != nil {
				return err
			}
		}
		return s.unsubmit(ctx, tx, actor, p)
	})
}

// unsubmit makes a text that waits one that is being written.
func (s *Service) unsubmit(ctx context.Context, tx Tx, actor desk.Actor, p *Proposal) error {
	p.State, p.PublishAt = Proposed, time.Time{}
	p.ReviewerID, p.ReviewedAt = 0, time.Time{}
	if err := tx.SaveProposal(ctx, *p); err != nil {
		return err
	}
	return tx.Record(ctx, proposalEvent(EntryProposed, actor, s.moment(), *p))
}

// Discard throws the open proposal of a published entry away. Needs
// EditLibrary, and PublishLibrary for what is scheduled. seen guards against
// discarding a text that one has not read.
func (s *Service) Discard(ctx context.Context, actor desk.Actor, id EntryID, seen Seen) (Entry, error) {
	return s.decide(ctx, actor, desk.EditLibrary, id, func(tx Tx, e *Entry, p *Proposal) error {
		if err := seen.check(*e, *p); err != nil {
			return err
		}
		if !p.State.Open() || e.State != Published {
			return errNothing()
		}
		if p.State == Scheduled {
			if err := actor.Require(desk.PublishLibrary); err != nil {
				return err
			}
		}
		if err := s.close(ctx, tx, p); err != nil {
			return err
		}
		return tx.Record(ctx, proposalEvent(EntryProposed, actor, s.moment(), *p))
	})
}

// early is what a task gets that comes before its time.
type early struct{ wait time.Duration }

func (e early) Error() string             { return "the text is not due yet" }
func (e early) RetryAfter() time.Duration { return e.wait }

// PublishDue publishes a scheduled text whose time has come; key is the task's.
// A text that was taken back or scheduled anew meanwhile is left alone. One
// that cannot be published any more goes back to its authors with the reason.
func (s *Service) PublishDue(ctx context.Context, key string) error {
	var id EntryID
	var at int64
	if _, err := fmt.Sscanf(key, "%d@%d", &id, &at); err != nil {
		return desk.Errorf(desk.Invalid, "task %s %q", TaskPublish, key)
	}
	if wait := time.UnixMilli(at).Sub(s.now()); wait > 0 {
		return early{wait}
	}
	_, err := s.decide(ctx, desk.System(), desk.PublishLibrary, id, func(tx Tx, e *Entry, p *Proposal) error {
		if p.State != Scheduled || p.PublishAt.UnixMilli() != at {
			return nil
		}
		err := p.publishable()
		if err == nil {
			err = s.codeStays(ctx, tx, *e, p.Content)
		}
		if err == nil {
			err = s.single(ctx, tx, *e, p.Content, DayOf(s.now()))
		}
		switch desk.CodeOf(err) {
		case "":
			return s.release(ctx, tx, desk.System(), e, p, p.ReviewerID)
		case desk.Conflict, desk.Invalid:
			return s.reject(ctx, tx, desk.System(), p, "定时发布未成功："+err.Error())
		}
		return err
	})
	return err
}

func errScheduled() error {
	return desk.Errorf(desk.Conflict, "此内容已审核通过并安排了发布时间，请先取消定时发布").WithReason("scheduled")
}

func errNothing() error {
	return desk.Errorf(desk.Conflict, "没有待发布的修改").WithReason("nothing_pending")
}

func errNotInReview() error {
	return desk.Errorf(desk.Conflict, "此内容不在审核中").WithReason("not_in_review")
}
