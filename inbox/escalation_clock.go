package inbox

import (
	"context"

	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// runClock starts the clock of an escalation that is stored: with a deadline of
// its own the department's, from now; otherwise the one for signing, and the
// department's once that is done. The escalation tells when its answer is due.
func (s *Service) runClock(ctx context.Context, x *escalating, e *Escalation) error {
	start := clockStart{Name: DepartmentClock, Escalation: int64(e.ID), Department: e.DepartmentID, Due: e.DueAt}
	if e.State == Dispatched && e.DueAt.IsZero() {
		start.Name = SignClock
	}
	c, err := s.addClock(ctx, x.tx, x.ticket, start, x.now)
	if err != nil {
		return err
	}
	e.QueueAt = c.DueAt
	if start.Name == DepartmentClock {
		e.DueAt = c.DueAt
	}
	return x.store(ctx, e)
}

// stopClock ends the open clock of an escalation, if it has one: met by what
// the department did, or cancelled.
func (s *Service) stopClock(ctx context.Context, x *escalating, e *Escalation, met bool) error {
	c, err := x.tx.OpenClock(ctx, x.ticket.ID, int64(e.ID))
	if desk.CodeOf(err) == desk.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	end := func(c sla.Clock) sla.Clock { return c.Cancel(x.now) }
	if met {
		end = func(c sla.Clock) sla.Clock { return c.Meet(x.now) }
	}
	events, err := s.endClock(ctx, x.tx, x.ticket, c, x.now, end)
	if err != nil {
		return err
	}
	if met {
		events = append(events, fact(ClockMet, x.ticket, x.actor, x.now, map[string]any{
			"clock_id": id(c.ID), "name": c.Name, "late": c.State == sla.Missed, "escalation_id": id(e.ID),
		}))
	}
	x.events = append(x.events, toldTo(events, e.DepartmentID)...)
	return nil
}

// postpone gives an escalation until a later time. A clock that was missed stays
// so; another runs for the time that was granted.
func (s *Service) postpone(ctx context.Context, x *escalating, e *Escalation) error {
	c, err := x.tx.OpenClock(ctx, x.ticket.ID, int64(e.ID))
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return err
	}
	e.DueAt = e.ExtensionUntil
	if err != nil || c.State != sla.Running {
		if err := s.stopClock(ctx, x, e, false); err != nil {
			return err
		}
		return s.runClock(ctx, x, e)
	}
	// What a person grants counts as it stands, in closed time as well.
	c.Plan.Calendar = ""
	c.Clock = c.Postpone(sla.Wall{}, x.now, e.ExtensionUntil)
	e.DueAt, e.QueueAt = c.DueAt, c.DueAt
	return x.tx.SaveClock(ctx, c)
}

// toldTo makes events those of one department.
func toldTo(events []desk.Event, department int64) []desk.Event {
	for i := range events {
		events[i].Departments = []int64{department}
	}
	return events
}

// toOwner makes what a clock tells that of the department whose escalation it
// belongs to; the ticket's own clocks are the desk's.
func toOwner(ctx context.Context, tx Tx, c *Clock, events []desk.Event) ([]desk.Event, error) {
	if c.EscalationID == 0 || len(events) == 0 {
		return events, nil
	}
	all, err := tx.Escalations(ctx, c.TicketID)
	for _, e := range all {
		if int64(e.ID) == c.EscalationID {
			return toldTo(events, e.DepartmentID), err
		}
	}
	return events, err
}
