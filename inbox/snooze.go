package inbox

import (
	"context"
	"time"

	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// longestSnooze is how far ahead a ticket may be put off.
const longestSnooze = 92 * 24 * time.Hour

// snoozesAtOnce is how many tickets one look wakes.
const snoozesAtOnce = 100

// Why a ticket came back.
const (
	wokenByTime    = "time"
	wokenByPerson  = "person"
	wokenByMessage = "message"
	wokenByClock   = "late"
	wokenByAssign  = "assigned"
	wokenByMerge   = "merged"
)

// snoozeReader finds snoozed tickets outside a transaction.
type snoozeReader interface {
	// DueSnoozes are up to limit tickets whose time has come, the first before.
	DueSnoozes(ctx context.Context, now time.Time, limit int) ([]TicketID, error)
	// NextSnooze is when the next ticket comes back, zero when none is snoozed.
	NextSnooze(ctx context.Context) (time.Time, error)
}

// Snooze takes a ticket that waits out of the lists of those who wait until a
// time, or until the citizen writes, somebody is assigned or its deadline has
// passed. Its clock runs on: a time that is not before the deadline is Invalid
// "snooze_past_due"; a late ticket, or one that does not wait or is in review,
// is a Conflict.
func (s *Service) Snooze(ctx context.Context, actor desk.Actor, ticketID TicketID, until time.Time) error {
	return s.change(ctx, actor, desk.WorkTickets, ticketID, s.snoozing(actor, until))
}

// snoozing is the edit of Snooze.
func (s *Service) snoozing(actor desk.Actor, until time.Time) edit {
	until = until.UTC().Truncate(time.Millisecond)
	return func(_ Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		switch {
		case t.State != New && t.State != Open && t.State != WithDepartment:
			return nil, desk.Errorf(desk.Conflict, "只有待受理、受理中和转办中的工单可以稍后处理").WithReason("ticket_state")
		case !until.After(now) || until.Sub(now) > longestSnooze:
			return nil, desk.InvalidField("until", "须晚于现在，且在三个月之内")
		case !t.DueAt.IsZero() && !t.DueAt.After(now):
			return nil, desk.Errorf(desk.Conflict, "工单已超时，不能稍后处理").WithReason("snooze_late")
		case !t.DueAt.IsZero() && !until.Before(t.DueAt):
			due := t.DueAt.In(s.rules.Location).Format("1月2日 15:04")
			return nil, desk.InvalidField("until", "须早于时限 %s：稍后处理时时限照常计算", due).WithReason("snooze_past_due")
		case t.SnoozedUntil.Equal(until):
			return nil, nil
		}
		t.SnoozedUntil, t.SnoozedBy = until, actor.UserID
		return []desk.Event{fact(TicketSnoozed, t, actor, now, map[string]any{"until": until})}, nil
	}
}

// Wake brings a snoozed ticket back; one that is not snoozed stays as it is.
func (s *Service) Wake(ctx context.Context, actor desk.Actor, ticketID TicketID) error {
	return s.change(ctx, actor, desk.WorkTickets, ticketID, func(_ Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		return t.wake(actor, wokenByPerson, now), nil
	})
}

// wake ends the snooze, if there is one, and tells who snoozed the ticket.
func (t *Ticket) wake(actor desk.Actor, why string, now time.Time) []desk.Event {
	if t.SnoozedUntil.IsZero() {
		return nil
	}
	by := t.SnoozedBy
	t.unsnooze()
	return []desk.Event{fact(TicketWoken, t, actor, now, map[string]any{"why": why, "user_id": id(by)})}
}

func (t *Ticket) unsnooze() { t.SnoozedUntil, t.SnoozedBy = time.Time{}, 0 }

// SweepSnoozes brings back every ticket whose time has come, each once, and
// returns when the next one will be, the zero time when none is snoozed.
func (s *Service) SweepSnoozes(ctx context.Context, now time.Time) (next time.Time, err error) {
	for {
		due, err := s.store.DueSnoozes(ctx, now, snoozesAtOnce)
		if err != nil {
			return time.Time{}, err
		}
		for _, ticket := range due {
			err := s.change(ctx, desk.System(), desk.WorkTickets, ticket, func(_ Tx, t *Ticket, at time.Time) ([]desk.Event, error) {
				if t.SnoozedUntil.After(now) { // put off again meanwhile
					return nil, nil
				}
				return t.wake(desk.System(), wokenByTime, at), nil
			})
			if err != nil {
				return time.Time{}, err
			}
		}
		if len(due) < snoozesAtOnce {
			return s.store.NextSnooze(ctx)
		}
	}
}

// SnoozeTime is a time that people put tickets off to.
type SnoozeTime struct {
	Name string // today, tomorrow, workday, week
	At   time.Time
}

// tomorrowAt is when a day begins that has no working hours.
const tomorrowAt = 9 * time.Hour

// SnoozeTimes are the usual ones by the desk's calendar, the soonest first: the
// end of today's working hours, tomorrow at nine, the beginning of the next
// working day and of the first one of next week. Those that are over or the
// same as another are left out.
func (s *Service) SnoozeTimes(_ context.Context, actor desk.Actor) ([]SnoozeTime, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	hours, err := s.hours(DefaultCalendar)
	if err != nil {
		return nil, err
	}
	calendar, ok := hours.(*sla.Calendar)
	if !ok {
		return nil, desk.Errorf(desk.Internal, "the desk's calendar has no days")
	}
	now := s.time().In(s.rules.Location)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, s.rules.Location)
	times := []SnoozeTime{}
	add := func(name string, at time.Time) {
		for _, t := range times {
			if t.At.Equal(at) {
				return
			}
		}
		if at.After(now) {
			times = append(times, SnoozeTime{name, at.UTC()})
		}
	}
	if windows, _, _ := calendar.DayOf(now); len(windows) > 0 {
		add("today", midnight.Add(time.Duration(windows[len(windows)-1].To)*time.Minute))
	}
	add("tomorrow", midnight.AddDate(0, 0, 1).Add(tomorrowAt))
	opening := func(name string, from time.Time) {
		for day := range 31 {
			at := from.AddDate(0, 0, day)
			if windows, _, _ := calendar.DayOf(at); len(windows) > 0 {
				add(name, at.Add(time.Duration(windows[0].From)*time.Minute))
				return
			}
		}
	}
	opening("workday", midnight.AddDate(0, 0, 1))
	toMonday := (8 - int(now.Weekday())) % 7
	if toMonday == 0 {
		toMonday = 7
	}
	opening("week", midnight.AddDate(0, 0, toMonday))
	return times, nil
}
