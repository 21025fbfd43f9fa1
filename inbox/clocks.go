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
		var n int
		err := s.store.Atomic(ctx, func(tx Tx) error {
			due, err := tx.LockDueClocks(ctx, now, clockBatch)
			if err != nil {
				return err
			}
			n = len(due)
			for _, c := range due {
				if err := s.fire(ctx, tx, c, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return time.Time{}, err
		}
		if n < clockBatch {
			return s.store.NextClock(ctx)
		}
	}
}

func (s *Service) fire(ctx context.Context, tx Tx, c *Clock, now time.Time) error {
	advanced, passed := c.Clock.Advance(s.policy(c.Name), now)
	if len(passed) == 0 {
		// The policy has fewer warnings than when this clock was last stored.
		advanced.NextAt = advanced.DueAt
	}
	c.Clock = advanced
	if err := tx.SaveClock(ctx, c); err != nil {
		return err
	}
	t, err := tx.LockTicket(ctx, c.TicketID)
	if err != nil {
		return err
	}
	for _, mark := range passed {
		name := ClockWarned
		if mark == sla.Breach {
			name = ClockMissed
		}
		err := tx.Record(ctx, fact(name, t, desk.System(), now, map[string]any{
			"clock_id": id(c.ID), "name": c.Name, "percent": mark, "due_at": c.DueAt,
		}))
		if err != nil {
			return err
		}
	}
	return nil
}
