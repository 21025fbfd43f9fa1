package inbox

import (
	"context"
	"time"

	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// longestPostponement is how far ahead a deadline may be put.
const longestPostponement = 366 * 24 * time.Hour

// Postponement says when the ticket's own clock is due instead, and why: at a
// time, or so much later by the time its plan counts. One of the two is zero.
type Postponement struct {
	Until  time.Time
	By     time.Duration
	Reason string
}

// Postpone puts off the deadline of the ticket's own clock; warnings that lie
// ahead again are told again. A time outside the working time the clock goes by
// means the end of the one before it. Conflict "clock_state": no clock runs, or
// its deadline has passed.
func (s *Service) Postpone(ctx context.Context, actor desk.Actor, ticketID TicketID, in Postponement) error {
	reason, err := text("reason", in.Reason, 1, maxReasonRunes)
	if err != nil {
		return err
	}
	if in.By < 0 || in.By > longestPostponement || in.Until.IsZero() == (in.By == 0) {
		return desk.InvalidField("until", "请填写新的期限，或延长的小时数")
	}
	return s.change(ctx, actor, desk.PostponeClocks, ticketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
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
			return nil, desk.Errorf(desk.Conflict, "时限已暂停或已超时，不能延期").WithReason("clock_state")
		}
		was := c.DueAt
		if err := s.putOff(c, in, now); err != nil {
			return nil, err
		}
		c.shown(t)
		if err := tx.SaveClock(ctx, c); err != nil {
			return nil, err
		}
		return append(events, fact(ClockPostponed, t, actor, now, map[string]any{
			"clock_id": id(c.ID), "name": c.Name, "was_due_at": was, "due_at": c.DueAt, "reason": reason,
		})), nil
	})
}

// putOff moves the deadline of a running clock, or says why it cannot.
func (s *Service) putOff(c *Clock, in Postponement, now time.Time) error {
	hours, err := s.hours(c.Plan.Calendar)
	if err != nil {
		return err
	}
	due := in.Until
	if due.IsZero() {
		due = hours.Add(c.DueAt, in.By)
	}
	was := c.DueAt
	if due.Sub(now) > longestPostponement {
		return desk.InvalidField("until", "最多延期一年")
	}
	c.Clock = c.Clock.Postpone(hours, now, due)
	if !c.DueAt.After(was) {
		return desk.InvalidField("until", "新的期限须晚于原来的期限")
	}
	return nil
}
