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
			for _, d := range due {
				if err := s.fire(ctx, tx, d, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return time.Time{}, err
		}
		if !more {
			return s.store.NextClock(ctx)
		}
	}
}

func (s *Service) fire(ctx context.Context, tx Tx, d DueClock, now time.Time) error {
	passed := s.advance(&d.Clock, now)
	if len(passed) == 0 {
		// The policy has fewer warnings than when this clock was last stored.
		d.Clock.NextAt = d.Clock.DueAt
	}
	if err := tx.SaveClock(ctx, &d.Clock); err != nil {
		return err
	}
	return tx.Record(ctx, marks(&d.Ticket, &d.Clock, passed, now)...)
}

// advance brings the clock to now and returns the marks that passed.
func (s *Service) advance(c *Clock, now time.Time) (passed []int) {
	c.Clock, passed = c.Clock.Advance(s.policy(c.Name), now)
	return passed
}

// marks are the events of a clock's marks that passed.
func marks(t *Ticket, c *Clock, passed []int, now time.Time) []desk.Event {
	events := make([]desk.Event, 0, len(passed))
	for _, mark := range passed {
		name := ClockWarned
		if mark == sla.Breach {
			name = ClockMissed
		}
		events = append(events, fact(name, t, desk.System(), now, map[string]any{
			"clock_id": id(c.ID), "name": c.Name, "percent": mark, "due_at": c.DueAt,
		}))
	}
	return events
}
