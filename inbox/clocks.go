package inbox

import (
	"context"
	"time"

	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// clockBatch is how many clocks one transaction advances.
const clockBatch = 200

// SweepClocks fires every mark that is due at now, each once, and returns when
// the next one will be (the zero time when no clock runs). It ends when
// nothing is due, however much had gathered while the desk was down.
func (s *Service) SweepClocks(ctx context.Context, now time.Time) (next time.Time, err error) {
	// Most looks find nothing: they read the head of one index and open no
	// transaction, so that a million running clocks cost what a thousand do.
	if next, err = s.store.NextClock(ctx); err != nil || next.IsZero() || next.After(now) {
		return next, err
	}
	for {
		if err := ctx.Err(); err != nil {
			return time.Time{}, err
		}
		var more bool
		err := s.store.Atomic(ctx, func(tx Tx) error {
			var due []DueClock
			var err error
			if due, more, err = tx.LockDueClocks(ctx, now, clockBatch); err != nil {
				return err
			}
			fired := make([]*Clock, len(due))
			for i := range due {
				if err := s.fire(ctx, tx, &due[i], now); err != nil {
					return err
				}
				fired[i] = &due[i].Clock
			}
			return tx.SaveClocks(ctx, fired)
		})
		if err != nil {
			return time.Time{}, err
		}
		if !more {
			return s.store.NextClock(ctx)
		}
	}
}

// fire brings a due clock to now and tells; the clock is the caller's to save.
func (s *Service) fire(ctx context.Context, tx Tx, d *DueClock, now time.Time) error {
	var resumed []desk.Event
	if d.Clock.State == sla.Paused { // its pause ends by itself
		var err error
		if resumed, err = s.resumeClock(ctx, tx, desk.System(), &d.Ticket, &d.Clock, d.Clock.Pause.Until); err != nil {
			return err
		}
		if err := tx.SaveTicket(ctx, &d.Ticket); err != nil {
			return err
		}
	}
	told, err := s.advance(&d.Ticket, &d.Clock, now)
	if err != nil {
		return err
	}
	told = append(resumed, told...)
	if d.Clock.State == sla.Missed && !d.Ticket.SnoozedUntil.IsZero() { // nothing late stays out of sight
		told = append(told, d.Ticket.wake(desk.System(), wokenByClock, now)...)
		if err := tx.SaveTicket(ctx, &d.Ticket); err != nil {
			return err
		}
	}
	if told, err = toOwner(ctx, tx, &d.Clock, told); err != nil {
		return err
	}
	return tx.Record(ctx, told...)
}

// advance brings a clock to now and returns what it has to tell.
func (s *Service) advance(t *Ticket, c *Clock, now time.Time) ([]desk.Event, error) {
	hours, err := s.hours(c.Plan.Calendar)
	if err != nil {
		return nil, err
	}
	var told []sla.Signal
	c.Clock, told = c.Clock.Advance(hours, now)
	events := make([]desk.Event, len(told))
	for i, signal := range told {
		events[i] = clockFact(t, c, signal, now)
	}
	return events, nil
}

// clockFact is the event of a mark that has passed. Its roles are to be told.
func clockFact(t *Ticket, c *Clock, signal sla.Signal, now time.Time) desk.Event {
	data := map[string]any{
		"clock_id": id(c.ID), "name": c.Name, "due_at": c.DueAt, "step": signal.Number, "percent": signal.Percent, "roles": signal.Roles,
	}
	if signal.Deadline() && signal.Repeat == 0 {
		data["percent"] = sla.Breach
	}
	if signal.Minutes != 0 {
		data["minutes"] = signal.Minutes
	}
	if signal.Repeat != 0 {
		data["repeat"] = signal.Repeat
	}
	if c.EscalationID != 0 {
		data["escalation_id"] = id(c.EscalationID)
	}
	name := ClockWarned
	if signal.Deadline() && signal.Repeat == 0 {
		name = ClockMissed
	}
	return fact(name, t, desk.System(), now, data)
}

// clockStart says which clock starts. Department and Escalation are those of an
// escalation's clock, 0 for the ticket's own.
type clockStart struct {
	Name       string
	Message    MessageID // what the ticket's own asks an answer to
	Escalation int64
	Department int64
	Due        time.Time // a deadline a person set, whatever the policies say; zero: none
}

// addClock starts a clock at the given time by the plan that fits the ticket
// now. While the ticket, or the escalation, has an open one it is a Conflict.
func (s *Service) addClock(ctx context.Context, tx Tx, t *Ticket, in clockStart, at time.Time) (*Clock, error) {
	plan := s.plan(t, in.Name, in.Department)
	if !in.Due.IsZero() {
		plan.Calendar, plan.Target = "", in.Due.Sub(at)
	}
	hours, err := s.hours(plan.Calendar)
	if err != nil {
		return nil, err
	}
	c := &Clock{
		TicketID: t.ID, EscalationID: in.Escalation, MessageID: in.Message, Name: in.Name,
		Clock: sla.Start(plan, hours, at),
	}
	if err := tx.AddClock(ctx, c); err != nil {
		return nil, err
	}
	c.shown(t)
	return c, s.checkYear(ctx, tx, hours, c.DueAt, at)
}

// checkYear tells when a deadline falls in a year whose holidays are not known:
// it is counted by the week alone.
func (s *Service) checkYear(ctx context.Context, tx Tx, h sla.Hours, due, now time.Time) error {
	if c, ok := h.(*sla.Calendar); !ok || c.Known(due) {
		return nil
	}
	return s.wantYear(ctx, tx, due.In(s.rules.Location).Year(), now)
}

// shown tells the ticket what its own clock says. With the clock ends what put
// the ticket in front.
func (c *Clock) shown(t *Ticket) {
	if c.EscalationID != 0 {
		return
	}
	t.DueAt, t.Paused = time.Time{}, c.State == sla.Paused
	if c.Open() && !t.Paused {
		t.DueAt = c.DueAt
	}
	t.InFront = t.InFront && c.Open()
}

// startClock starts the ticket's own next clock at the given time unless one is
// open. It asks for an answer to the message, or to a person's reopening (0).
func (s *Service) startClock(ctx context.Context, tx Tx, t *Ticket, message MessageID, at time.Time) error {
	if t.clocked() {
		return nil
	}
	name := FirstReply
	if t.Answered {
		name = NextReply
	}
	_, err := s.addClock(ctx, tx, t, clockStart{Name: name, Message: message}, at)
	return err
}

// openClock returns the ticket's own open clock, nil when there is none.
func openClock(ctx context.Context, tx Tx, t *Ticket) (*Clock, error) {
	if !t.clocked() {
		return nil, nil
	}
	return tx.OpenClock(ctx, t.ID, 0)
}

// endClock ends an open clock by end; the ticket forgets its own. It returns
// what the clock had to tell until now: a deadline that has passed was missed,
// even when its end comes before the next sweep.
func (s *Service) endClock(ctx context.Context, tx Tx, t *Ticket, c *Clock, now time.Time, end func(sla.Clock) sla.Clock) ([]desk.Event, error) {
	told, err := s.advance(t, c, now)
	if err != nil {
		return nil, err
	}
	paused := c.State == sla.Paused
	c.Clock = end(c.Clock)
	c.shown(t)
	if paused {
		if err := tx.EndPause(ctx, c.ID, now); err != nil {
			return nil, err
		}
	}
	return told, tx.SaveClock(ctx, c)
}
