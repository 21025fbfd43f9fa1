package inbox

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// Outcome is what came of talking to a citizen who gave a bad mark.
type Outcome string

// Outcomes.
const (
	NowSatisfied      Outcome = "satisfied"
	StillDissatisfied Outcome = "dissatisfied"
	Unreachable       Outcome = "unreachable"
	NoCallNeeded      Outcome = "not_needed"
)

// Outcomes are all of them, the best first.
func Outcomes() []Outcome {
	return []Outcome{NowSatisfied, StillDissatisfied, Unreachable, NoCallNeeded}
}

// explained reports whether a follow-up may not be closed so without a remark.
func (o Outcome) explained() bool { return o == StillDissatisfied || o == NoCallNeeded }

// maxFollowUpRemark bounds what is written about a follow-up, in characters.
const maxFollowUpRemark = 1000

// FollowUp is a bad mark that somebody is to look after. There is one for a
// rating at most.
type FollowUp struct {
	ID           int64
	RatingID     int64
	TicketID     TicketID
	AccountID    int64
	DepartmentID int64  // that led the ticket when it was rated, 0 for none
	AuthorID     int64  // who sent the answer that was rated, 0 for the bot
	Origin       Origin // of that answer
	Mark         Mark   // that opened it; the citizen may have given another since
	OpenedAt     time.Time

	Outcome  Outcome // "" while it is open
	Remark   string
	ClosedBy int64
	ClosedAt time.Time
}

// Open reports whether nobody has closed it yet.
func (f FollowUp) Open() bool { return f.Outcome == "" }

// FollowUpRow is a follow-up with what a list shows.
type FollowUpRow struct {
	FollowUp
	Rating     Rating // as it is now
	Ticket     Ticket // its number, subject, state and assignee
	Account    string
	Department string
	Author     string
	Closer     string
}

// FollowUpFilter chooses follow-ups.
type FollowUpFilter struct {
	Actor     desk.Actor
	Own       bool // only of answers the actor gave, or of tickets the actor has
	Closed    bool // else the open ones
	AccountID int64
	Limit     int
	Cursor    string
}

type followUpReader interface {
	// FollowUps is one page: the open ones oldest first, the closed newest first.
	FollowUps(ctx context.Context, f FollowUpFilter) (desk.Page[FollowUpRow], error)
	// FollowUpTicket is the ticket a follow-up is about.
	FollowUpTicket(ctx context.Context, id int64) (TicketID, error)
}

// followUpTx needs the ticket locked.
type followUpTx interface {
	FollowUp(ctx context.Context, id int64) (FollowUp, error)
	// RatingFollowUp is that of a rating.
	RatingFollowUp(ctx context.Context, ratingID int64) (FollowUp, error)
	AddFollowUp(ctx context.Context, f *FollowUp) error // sets f.ID
	SaveFollowUp(ctx context.Context, f FollowUp) error
	// Answerer is who sent the last answer of a round, and its origin.
	Answerer(ctx context.Context, id TicketID, round int) (authorID int64, origin Origin, err error)
}

// lookAfter opens the follow-up of a bad mark, or opens it again when a worse one
// is given after it was closed. was is the mark before, 0 for none.
func (s *Service) lookAfter(ctx context.Context, tx Tx, t *Ticket, r Rating, was Mark, settings CitizenSettings, now time.Time) ([]desk.Event, error) {
	if r.Mark > settings.BadMark {
		return nil, nil
	}
	f, err := tx.RatingFollowUp(ctx, r.ID)
	switch {
	case desk.CodeOf(err) == desk.NotFound:
		f = FollowUp{RatingID: r.ID, TicketID: t.ID, AccountID: t.AccountID, DepartmentID: t.DepartmentID, Mark: r.Mark, OpenedAt: now}
		if f.AuthorID, f.Origin, err = tx.Answerer(ctx, t.ID, r.Round); err != nil {
			return nil, err
		}
		err = tx.AddFollowUp(ctx, &f)
	case err != nil || f.Open() || r.Mark >= was:
		return nil, err
	default:
		f.Mark, f.OpenedAt = r.Mark, now
		f.Outcome, f.ClosedBy, f.ClosedAt = "", 0, time.Time{} // what was written stays to be read
		err = tx.SaveFollowUp(ctx, f)
	}
	if err != nil {
		return nil, err
	}
	return []desk.Event{fact(RatingBad, t, desk.Actor{}, now, map[string]any{"mark": int(r.Mark), "round": r.Round, "follow_up_id": id(f.ID)})}, nil
}

// FollowUps is one page of the follow-ups an actor sees: who leads those of the
// own accounts, who answers those of the own answers and tickets.
func (s *Service) FollowUps(ctx context.Context, f FollowUpFilter) (desk.Page[FollowUpRow], error) {
	if err := f.Actor.Require(desk.WorkTickets); err != nil {
		return desk.Page[FollowUpRow]{}, err
	}
	f.Own = f.Own || !f.Actor.Can(desk.FollowUpRatings)
	f.Limit = desk.PageLimit(f.Limit)
	return s.store.FollowUps(ctx, f)
}

// FollowUpInput is how a follow-up ended.
type FollowUpInput struct {
	Outcome Outcome
	Remark  string
}

// CloseFollowUp notes what was done about a bad mark. One that is closed already
// is a Conflict "follow_up_closed".
func (s *Service) CloseFollowUp(ctx context.Context, actor desk.Actor, followUp int64, in FollowUpInput) error {
	if err := actor.Require(desk.FollowUpRatings); err != nil {
		return err
	}
	if !slices.Contains(Outcomes(), in.Outcome) {
		return desk.InvalidField("outcome", "请选择回访结果")
	}
	least := 0
	if in.Outcome.explained() {
		least = 1
	}
	remark, err := text("remark", in.Remark, least, maxFollowUpRemark)
	if err != nil {
		return err
	}
	ticket, err := s.store.FollowUpTicket(ctx, followUp)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, desk.FollowUpRatings, ticket, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		f, err := tx.FollowUp(ctx, followUp)
		if err != nil {
			return nil, err
		}
		if !f.Open() {
			return nil, desk.Errorf(desk.Conflict, "这条回访已经办结").WithReason("follow_up_closed")
		}
		f.Outcome, f.Remark, f.ClosedBy, f.ClosedAt = in.Outcome, remark, actor.UserID, now
		if err := tx.SaveFollowUp(ctx, f); err != nil {
			return nil, err
		}
		return []desk.Event{fact(RatingFollowedUp, t, actor, now, map[string]any{"follow_up_id": id(f.ID), "outcome": in.Outcome})}, nil
	})
}
