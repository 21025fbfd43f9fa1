package inbox

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// Undo is what a ticket was before a person ended it: its state, its open clocks
// and what departments had of it. Nothing of it is worked out anew when it comes
// back.
type Undo struct {
	TicketID TicketID
	By       int64
	Did      string // the event that told of the ending
	At       time.Time
	After    int64 // the newest event of all before the ending
	Became   State

	State        State
	InFront      bool
	SnoozedUntil time.Time
	SnoozedBy    int64
	Clocks       []StoppedClock
	Escalations  []EscalationWas // that were pending
	Merge        *MergeUndo      // when it was merged
}

// StoppedClock is what the end of a clock changes.
type StoppedClock struct {
	ID     int64
	State  sla.State
	NextAt time.Time
	Pause  sla.Pause
}

// EscalationWas is where an escalation stood.
type EscalationWas struct {
	ID    EscalationID
	State EscalationState
}

type undoTx interface {
	// SaveUndo stores what the ticket was, in place of what was stored before.
	SaveUndo(ctx context.Context, u Undo) error
	Undo(ctx context.Context, id TicketID) (Undo, error)
	DropUndo(ctx context.Context, id TicketID) error
	// Clock is a clock of a locked ticket.
	Clock(ctx context.Context, id int64) (*Clock, error)
	// ReopenPause takes back that a pause of the clock ended at a time.
	ReopenPause(ctx context.Context, clockID int64, endedAt time.Time) error
}

// undoStops are the events after an ending that leave it as it is: what the
// citizen, the platform or a colleague has done since would be passed over.
var undoStops = []string{
	MessageReceived, TicketAssigned, TicketReopened, TicketMerged, TicketSplit, TicketPrioritized, TicketTagged, TicketCategorized, TicketRated,
	ReplyCreated, ReplySubmitted, ReplyRequeued, DeliveryStarted, DeliverySent,
	EscalationDispatched, EscalationReworked, EscalationUrged, EscalationSupervised, ContactErased, ContactSubscribed, ContactLeft,
}

// undoable lets the person who ends a ticket by step take that back.
func (s *Service) undoable(ctx context.Context, actor desk.Actor, did string, step edit) edit {
	return func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		u := Undo{TicketID: t.ID, By: actor.UserID, Did: did, At: now}
		told, err := s.remember(ctx, tx, t, &u)
		if err != nil {
			return nil, err
		}
		events, err := step(tx, t, now)
		if err != nil || len(events) == 0 {
			return told, err
		}
		u.Became = t.State
		return append(told, events...), tx.SaveUndo(ctx, u)
	}
}

// remember brings the open clocks of a ticket to now, so that each mark is told
// once, and notes how the ticket stands. It returns what the clocks had to tell.
func (s *Service) remember(ctx context.Context, tx Tx, t *Ticket, u *Undo) (told []desk.Event, err error) {
	if u.After, err = tx.Head(ctx); err != nil {
		return nil, err
	}
	keep := func(c *Clock, department int64) error {
		events, err := s.advance(t, c, u.At)
		if err != nil {
			return err
		}
		u.Clocks = append(u.Clocks, StoppedClock{c.ID, c.State, c.NextAt, c.Pause})
		if len(events) == 0 {
			return nil
		}
		if department != 0 {
			events = toldTo(events, department)
		}
		told = append(told, events...)
		return tx.SaveClock(ctx, c)
	}
	c, err := openClock(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	if c != nil {
		if err := keep(c, 0); err != nil {
			return nil, err
		}
		if c.State == sla.Missed { // nothing late stays out of sight
			told = append(told, t.wake(desk.System(), wokenByClock, u.At)...)
		}
	}
	if len(t.Departments) > 0 {
		all, err := tx.Escalations(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			if !e.State.Pending() {
				continue
			}
			u.Escalations = append(u.Escalations, EscalationWas{e.ID, e.State})
			c, err := tx.OpenClock(ctx, t.ID, int64(e.ID))
			if desk.CodeOf(err) == desk.NotFound {
				continue
			}
			if err != nil {
				return nil, err
			}
			if err := keep(c, e.DepartmentID); err != nil {
				return nil, err
			}
		}
	}
	u.State, u.InFront, u.SnoozedUntil, u.SnoozedBy = t.State, t.InFront, t.SnoozedUntil, t.SnoozedBy
	return told, nil
}

// Undo takes back how the actor has just ended a ticket (Close, Ignore,
// Thanked, alone or in bulk, or Merge): the ticket stands where it stood, its clock runs
// on with the deadline and the marks it had, paused if it was, and the
// departments have what they had. What a model had proposed stays dropped.
// Conflict "undo_none": the last who ended it was somebody else, or nobody;
// "undo_over": too late; "undo_moved": something has happened to the ticket
// since; "newer_ticket".
func (s *Service) Undo(ctx context.Context, actor desk.Actor, ticketID TicketID) error {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return err
	}
	t, err := s.Ticket(ctx, actor, ticketID)
	if err != nil {
		return err
	}
	if t.MergedInto != 0 {
		return s.unmerge(ctx, actor, ticketID, t.MergedInto)
	}
	return s.change(ctx, actor, desk.WorkTickets, ticketID, s.undoing(ctx, actor))
}

// undoing is the edit of Undo.
func (s *Service) undoing(ctx context.Context, actor desk.Actor) edit {
	return func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		u, err := s.undo(ctx, tx, actor, t, now)
		if err != nil {
			return nil, err
		}
		events, err := s.takenBack(ctx, tx, actor, t, u, now)
		if err != nil {
			return nil, err
		}
		return append(events, fact(TicketRestored, t, actor, now, map[string]any{"undone": u.Did})), tx.DropUndo(ctx, t.ID)
	}
}

// undo is what the actor may take back now, or why not.
func (s *Service) undo(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, now time.Time) (Undo, error) {
	u, err := tx.Undo(ctx, t.ID)
	if desk.CodeOf(err) == desk.NotFound || err == nil && u.By != actor.UserID {
		err = desk.Errorf(desk.Conflict, "没有可以撤销的操作").WithReason("undo_none")
	}
	if err != nil {
		return u, err
	}
	stops := undoStops
	if u.Merge != nil {
		stops = []string{ContactErased} // nobody else changes what was merged
	}
	moved, err := tx.MovedSince(ctx, t.ID, u.After, stops)
	switch {
	case err != nil:
		return u, err
	case moved || t.State != u.Became:
		return u, undoMoved()
	case now.Sub(u.At) >= s.rules.UndoWithin:
		return u, desk.Errorf(desk.Conflict, "已过可撤销的时间；请在工单中继续处理").WithReason("undo_over")
	}
	if u.Merge != nil {
		return u, nil
	}
	return u, mayReopen(ctx, tx, t)
}

func undoMoved() error {
	return desk.Errorf(desk.Conflict, "其间有新的消息或变动，不能撤销；请在工单中继续处理").WithReason("undo_moved")
}

// restart takes back the end that a clock came to at a time.
func restart(ctx context.Context, tx Tx, c *Clock, was StoppedClock, endedAt time.Time) error {
	c.State, c.NextAt, c.Pause, c.MetAt = was.State, was.NextAt, was.Pause, time.Time{}
	if err := tx.SaveClock(ctx, c); err != nil || c.State != sla.Paused {
		return err
	}
	return tx.ReopenPause(ctx, c.ID, endedAt)
}

// takenBack puts the ticket back as it was. This is no move of a state: nothing
// has happened since, so the ticket may stand wherever it stood.
func (s *Service) takenBack(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, u Undo, now time.Time) ([]desk.Event, error) {
	t.State, t.ClosedAt, t.ClosingReason = u.State, time.Time{}, ""
	t.SnoozedUntil, t.SnoozedBy = u.SnoozedUntil, u.SnoozedBy
	for _, was := range u.Clocks {
		c, err := tx.Clock(ctx, was.ID)
		if err != nil {
			return nil, err
		}
		if err := restart(ctx, tx, c, was, u.At); err != nil {
			return nil, err
		}
		c.shown(t)
	}
	t.InFront = u.InFront
	if len(u.Escalations) == 0 {
		return nil, nil
	}
	x, err := begin(ctx, tx, t, actor, now)
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Clone(x.all) {
		i := slices.IndexFunc(u.Escalations, func(was EscalationWas) bool { return was.ID == e.ID })
		if i < 0 {
			continue
		}
		e.State, e.EndReason, e.EndedAt = u.Escalations[i].State, "", time.Time{}
		if err := x.store(ctx, &e); err != nil {
			return nil, err
		}
		x.tell(EscalationRestored, &e, nil)
	}
	return x.events, nil
}
