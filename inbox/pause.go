package inbox

import (
	"context"
	"time"

	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// longestPause is how far ahead the end of a pause may lie.
const longestPause = 366 * 24 * time.Hour

// Pause stops the ticket's own clock, for a reason, until somebody resumes it,
// the citizen writes, or until a time when that is not zero. Conflict
// "clock_state": no clock runs, or its deadline has passed.
func (s *Service) Pause(ctx context.Context, actor desk.Actor, ticketID TicketID, reason string, until time.Time) error {
	reason, err := text("reason", reason, 1, maxReasonRunes)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, desk.WorkTickets, ticketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if !until.IsZero() && (!until.After(now) || until.Sub(now) > longestPause) {
			return nil, desk.InvalidField("until", "须晚于现在，且在一年之内")
		}
		c, err := openClock(ctx, tx, t)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return nil, desk.Errorf(desk.Conflict, "没有正在计时的时限").WithReason("clock_state")
		}
		events, err := s.advance(t, c, now)
		if err != nil {
			return nil, err
		}
		if c.State != sla.Running {
			return nil, desk.Errorf(desk.Conflict, "时限已暂停或已超时，不能暂停").WithReason("clock_state")
		}
		c.Clock = c.Stop(now, until, reason)
		c.shown(t)
		if err := tx.SaveClock(ctx, c); err != nil {
			return nil, err
		}
		if err := tx.AddPause(ctx, c, actor.UserID); err != nil {
			return nil, err
		}
		data := map[string]any{"clock_id": id(c.ID), "name": c.Name, "reason": reason}
		if !until.IsZero() {
			data["until"] = c.Pause.Until
		}
		return append(events, fact(ClockPaused, t, actor, now, data)), nil
	})
}

// Resume lets the ticket's own clock run on with the time it had left. Conflict
// "clock_state": it is not paused.
func (s *Service) Resume(ctx context.Context, actor desk.Actor, ticketID TicketID) error {
	return s.change(ctx, actor, desk.WorkTickets, ticketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if !t.Paused {
			return nil, desk.Errorf(desk.Conflict, "时限没有暂停").WithReason("clock_state")
		}
		return s.resume(ctx, tx, actor, t, now)
	})
}

// resume ends the pause of the ticket's own clock, which is paused. The caller
// stores the ticket and records the events.
func (s *Service) resume(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, now time.Time) ([]desk.Event, error) {
	c, err := openClock(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	return s.resumeClock(ctx, tx, actor, t, c, now)
}

func (s *Service) resumeClock(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, c *Clock, at time.Time) ([]desk.Event, error) {
	hours, err := s.hours(c.Plan.Calendar)
	if err != nil {
		return nil, err
	}
	c.Clock = c.Clock.Resume(hours, at)
	c.shown(t)
	if err := tx.SaveClock(ctx, c); err != nil {
		return nil, err
	}
	return []desk.Event{fact(ClockResumed, t, actor, at, map[string]any{
		"clock_id": id(c.ID), "name": c.Name, "due_at": c.DueAt,
	})}, tx.EndPause(ctx, c.ID, at)
}

// acts are what counts as acting on a missed clock: it is quiet from then on.
var acts = map[string]bool{TicketAssigned: true, NoteAdded: true, ReplyCreated: true, ReplySubmitted: true, EscalationDispatched: true}

// acted stops what the ticket's missed clocks would still tell when a person
// has done something about it.
func acted(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, events []desk.Event) error {
	if actor.UserID == 0 {
		return nil
	}
	for _, e := range events {
		if acts[e.Name] {
			return tx.QuietClocks(ctx, t.ID)
		}
	}
	return nil
}
