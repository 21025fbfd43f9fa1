package faq

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// EntryExpiring is the event of a reminder that an entry's last day comes near.
// It names the department that answers for the entry.
const EntryExpiring = "entry.expiring"

// soonDays is how near the last day of an entry is that Counts calls expiring.
const soonDays = 30

// remindBatch is how many entries one step of Remind looks at.
const remindBatch = 200

// Counts counts what waits for an editor. Needs ReadLibrary; who may not edit
// the library is told of what expires only.
func (s *Service) Counts(ctx context.Context, actor desk.Actor) (Counts, error) {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return Counts{}, err
	}
	now := s.now()
	c, err := s.store.Counts(ctx, DayOf(now), DayOf(now.AddDate(0, 0, soonDays)))
	if !actor.Can(desk.EditLibrary) {
		c = Counts{Expiring: c.Expiring}
	}
	return c, err
}

// Remind records one reminder for each published entry and each of the rules'
// distances that its last day has come within; of several that are due at once
// only the nearest is told. Run again, or by several processes, it reminds of
// nothing twice. It returns when it wants to run again: the next midnight in
// China.
func (s *Service) Remind(ctx context.Context, now time.Time) (next time.Time, err error) {
	local := now.In(shanghai)
	next = time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, shanghai)
	if len(s.rules.RemindDays) == 0 {
		return next, nil
	}
	today := DayOf(now)
	last := DayOf(local.AddDate(0, 0, slices.Max(s.rules.RemindDays)))
	for after := EntryID(0); ; {
		entries, err := s.store.Ending(ctx, today, last, after, remindBatch)
		if err != nil {
			return time.Time{}, err
		}
		for _, e := range entries {
			after = e.ID
			if err := s.remind(ctx, e.ID, now); err != nil {
				return time.Time{}, err
			}
		}
		if len(entries) < remindBatch {
			return next, nil
		}
	}
}

func (s *Service) remind(ctx context.Context, id EntryID, now time.Time) error {
	return s.store.Atomic(ctx, func(tx Tx) error {
		e, err := tx.Entry(ctx, id)
		if err != nil || e.State != Published || e.ValidTo == "" {
			return err
		}
		left := daysBetween(DayOf(now), e.ValidTo)
		fresh := false
		for _, days := range s.rules.RemindDays {
			if left < 0 || left > days {
				continue
			}
			first, err := tx.Remind(ctx, id, e.ValidTo, days, now)
			if err != nil {
				return err
			}
			fresh = fresh || first
		}
		if !fresh {
			return nil
		}
		ev := desk.NewEvent(EntryExpiring, now.UTC().Truncate(time.Millisecond), map[string]any{
			"entry_id": e.ID.String(), "code": e.Code, "department": e.Department, "valid_to": e.ValidTo, "days": left,
		})
		ev.Audience = desk.ReadLibrary
		return tx.Record(ctx, ev)
	})
}

// daysBetween counts the days from one day to another; both are valid.
func daysBetween(from, to Day) int {
	a, _ := time.Parse(time.DateOnly, string(from))
	b, _ := time.Parse(time.DateOnly, string(to))
	return int(b.Sub(a) / (24 * time.Hour))
}
