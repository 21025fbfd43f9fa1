package inbox_test

import (
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// listed reports whether a ticket is in a view.
func listed(t *testing.T, d *inboxtest.Desk, view inbox.View, ticket inbox.TicketID) bool {
	t.Helper()
	page, err := d.Service.Tickets(t.Context(), inbox.TicketFilter{Actor: desk.System(), View: view, Limit: 50})
	must(t, err)
	for _, row := range page.Items {
		if row.ID == ticket {
			return true
		}
	}
	return false
}

// puts checks in which of the two views a ticket is, and that it is in all.
func puts(t *testing.T, d *inboxtest.Desk, ticket inbox.TicketID, snoozed bool) {
	t.Helper()
	if listed(t, d, inbox.ViewOpen, ticket) == snoozed || listed(t, d, inbox.ViewSnoozed, ticket) != snoozed || !listed(t, d, inbox.ViewAll, ticket) {
		t.Errorf("snoozed %v: open %v, snoozed %v, all %v", snoozed, listed(t, d, inbox.ViewOpen, ticket), listed(t, d, inbox.ViewSnoozed, ticket), listed(t, d, inbox.ViewAll, ticket))
	}
	counts, err := d.Service.Counts(t.Context(), desk.System())
	must(t, err)
	if want := map[bool]int{true: 1}[snoozed]; counts.Snoozed != want || counts.Open != 1-want {
		t.Errorf("counts %+v", counts)
	}
}

func sweeps(t *testing.T, d *inboxtest.Desk) time.Time {
	t.Helper()
	next, err := d.Service.SweepSnoozes(t.Context(), d.Now())
	must(t, err)
	return next
}

// A snoozed ticket is out of sight, its clock runs on, and it comes back at its
// time, once, whichever process looks.
func TestSnoozeEndsAtItsTime(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, li := d.Service, d.Staff(t, "li")
		citizen := d.NewCitizen(d.AddAccount(t, "a"))
		ticket := citizen.Says(t, "居住证怎么办理")
		due := d.Ticket(t, ticket).DueAt
		before := d.Head(t)
		until := d.Now().Add(2 * time.Hour)
		must(t, s.Snooze(t.Context(), li, ticket, until))
		happened(t, d, before, inbox.TicketSnoozed)
		puts(t, d, ticket, true)
		row := d.Ticket(t, ticket)
		if !row.SnoozedUntil.Equal(until) || row.SnoozedBy != li.UserID || !row.DueAt.Equal(due) || row.Clocks[0].State != "running" {
			t.Errorf("snoozed: %+v", row)
		}
		if next := sweeps(t, d); !next.Equal(until) {
			t.Errorf("the next comes back at %v, want %v", next, until)
		}
		puts(t, d, ticket, true)
		// Whoever starts anew finds it as well.
		d.Pass(2 * time.Hour)
		before = d.Head(t)
		other := d.Again(t)
		next, err := other.SweepSnoozes(t.Context(), d.Now())
		must(t, err)
		sweeps(t, d)
		if !next.IsZero() {
			t.Errorf("next %v, want none", next)
		}
		happened(t, d, before, inbox.TicketWoken)
		puts(t, d, ticket, false)
		inboxtest.CheckInvariants(t, d, row.AccountID)
	})
}

func TestSnoozeEndsBefore(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(t *testing.T, d *inboxtest.Desk, li desk.Actor, citizen *inboxtest.Citizen, ticket inbox.TicketID)
		want []string
	}{
		"a message": {func(t *testing.T, _ *inboxtest.Desk, _ desk.Actor, citizen *inboxtest.Citizen, _ inbox.TicketID) {
			citizen.Says(t, "还在吗")
		}, []string{inbox.TicketWoken, inbox.MessageReceived}},
		"a person": {func(t *testing.T, d *inboxtest.Desk, li desk.Actor, _ *inboxtest.Citizen, ticket inbox.TicketID) {
			must(t, d.Service.Wake(t.Context(), li, ticket))
			must(t, d.Service.Wake(t.Context(), li, ticket))
		}, []string{inbox.TicketWoken}},
		"an assignment": {func(t *testing.T, d *inboxtest.Desk, li desk.Actor, _ *inboxtest.Citizen, ticket inbox.TicketID) {
			must(t, d.Service.Assign(t.Context(), li, ticket, li.UserID))
		}, []string{inbox.TicketWoken, inbox.TicketAssigned}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, d *inboxtest.Desk) {
				li := d.Staff(t, "li")
				citizen := d.NewCitizen(d.AddAccount(t, "a"))
				ticket := citizen.Says(t, "居住证怎么办理")
				must(t, d.Service.Snooze(t.Context(), li, ticket, d.Now().Add(time.Hour)))
				before := d.Head(t)
				c.do(t, d, li, citizen, ticket)
				happened(t, d, before, c.want...)
				puts(t, d, ticket, false)
			})
		})
	}
}

// What ends is not put off any more, and comes back awake when it is reopened.
func TestSnoozeEndsWithTheTicket(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, li := d.Service, d.Staff(t, "li")
		ticket := d.NewCitizen(d.AddAccount(t, "a")).Says(t, "居住证怎么办理")
		must(t, s.Snooze(t.Context(), li, ticket, d.Now().Add(time.Hour)))
		must(t, s.Close(t.Context(), li, ticket, "电话已答复"))
		if next := sweeps(t, d); !next.IsZero() || listed(t, d, inbox.ViewSnoozed, ticket) {
			t.Errorf("a closed ticket is snoozed until %v", next)
		}
		must(t, s.Reopen(t.Context(), li, ticket))
		puts(t, d, ticket, false)
	})
}

func TestSnoozeRefusals(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, li := d.Service, d.Staff(t, "li")
		account, other := d.AddAccount(t, "a"), d.AddAccount(t, "b")
		liaison, narrow := d.Liaison(t, "liaison", 1), d.Staff(t, "other", other)
		ticket := d.NewCitizen(account).Says(t, "居住证怎么办理")
		snooze := func(by desk.Actor, after time.Duration) error {
			return s.Snooze(t.Context(), by, ticket, d.Now().Add(after))
		}
		unchanged(t, d, func() {
			refused(t, snooze(li, 0), desk.Invalid, "")
			refused(t, snooze(li, 93*24*time.Hour), desk.Invalid, "")
			refused(t, snooze(li, 24*time.Hour), desk.Invalid, "snooze_past_due")
			refused(t, snooze(liaison, time.Hour), desk.Forbidden, "")
			refused(t, snooze(narrow, time.Hour), desk.NotFound, "")
		})
		must(t, snooze(li, 23*time.Hour))
		d.Pass(25 * time.Hour)
		before := d.Head(t)
		d.Sweep(t) // the clock comes first: what is late is not out of sight
		happened(t, d, before, inbox.ClockWarned, inbox.ClockWarned, inbox.ClockMissed, inbox.TicketWoken)
		refused(t, snooze(li, time.Hour), desk.Conflict, "snooze_late")
		must(t, s.Close(t.Context(), li, ticket, "电话已答复"))
		refused(t, snooze(li, time.Hour), desk.Conflict, "ticket_state")
	})
}

func TestSnoozeInBulk(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		li := d.Staff(t, "li")
		account := d.AddAccount(t, "a")
		first, second := d.NewCitizen(account).Says(t, "一"), d.NewCitizen(account).Says(t, "二")
		must(t, d.Service.Close(t.Context(), li, second, "电话已答复"))
		out, err := d.Service.Bulk(t.Context(), li, inbox.Bulk{Action: inbox.BulkSnooze, Until: d.Now().Add(time.Hour), Tickets: []inbox.BulkTicket{{ID: first}, {ID: second}}})
		must(t, err)
		must(t, out[0].Err)
		refused(t, out[1].Err, desk.Conflict, "ticket_state")
		if !listed(t, d, inbox.ViewSnoozed, first) {
			t.Error("the first is not snoozed")
		}
	})
}

func TestSnoozeTimes(t *testing.T) {
	for _, c := range []struct {
		now  string
		want []string // name and time in Beijing
	}{
		{"2026-11-24 10:00", []string{"today 2026-11-24 17:30", "tomorrow 2026-11-25 09:00", "week 2026-11-30 09:00"}},
		{"2026-11-27 18:00", []string{"tomorrow 2026-11-28 09:00", "workday 2026-11-30 09:00"}},
		{"2026-11-22 09:00", []string{"tomorrow 2026-11-23 09:00"}}, // a Sunday
		{"2026-11-23 08:00", []string{"today 2026-11-23 17:30", "tomorrow 2026-11-24 09:00", "week 2026-11-30 09:00"}},
	} {
		t.Run(c.now, func(t *testing.T) {
			each(t, func(t *testing.T, d *inboxtest.Desk) {
				now, err := time.ParseInLocation("2006-01-02 15:04", c.now, inboxtest.Beijing)
				must(t, err)
				d.Pass(now.Sub(d.Now()))
				times, err := d.Service.SnoozeTimes(t.Context(), d.Staff(t, "li"))
				must(t, err)
				var got []string
				for _, at := range times {
					got = append(got, at.Name+" "+at.At.In(inboxtest.Beijing).Format("2006-01-02 15:04"))
				}
				if len(got) != len(c.want) {
					t.Fatalf("got %v, want %v", got, c.want)
				}
				for i := range got {
					if got[i] != c.want[i] {
						t.Errorf("got %v, want %v", got, c.want)
					}
				}
			})
		})
	}
}
