package inbox_test

import (
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/sla"
)

// clock is the ticket's newest clock.
func clock(t *testing.T, d *inboxtest.Desk, ticket inbox.TicketID) inbox.Clock {
	t.Helper()
	all := d.Ticket(t, ticket).Clocks
	if len(all) == 0 {
		t.Fatalf("ticket %d has no clock", ticket)
	}
	return all[len(all)-1]
}

func TestMarksFireAtTheirTimeOnce(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "居住证怎么办理")
		head := d.Head(t)
		began := d.Now()
		for _, step := range []struct {
			at   time.Duration
			want []string
			next time.Duration
		}{
			{12*time.Hour - time.Millisecond, nil, 12 * time.Hour},
			{12 * time.Hour, []string{inbox.ClockWarned}, 19*time.Hour + 12*time.Minute},
			{12 * time.Hour, nil, 19*time.Hour + 12*time.Minute},
			{19*time.Hour + 12*time.Minute - time.Millisecond, nil, 19*time.Hour + 12*time.Minute},
			{19*time.Hour + 12*time.Minute, []string{inbox.ClockWarned}, 24 * time.Hour},
			{24*time.Hour - time.Millisecond, nil, 24 * time.Hour},
			{24 * time.Hour, []string{inbox.ClockMissed}, 0},
			{90 * time.Hour, nil, 0},
		} {
			d.Pass(step.at - d.Now().Sub(began))
			next := d.Sweep(t)
			happened(t, d, head, step.want...)
			head = d.Head(t)
			if want := began.Add(step.next); step.next == 0 && !next.IsZero() || step.next != 0 && !next.Equal(want) {
				t.Errorf("after %v the next mark is at %v, want %v", step.at, next, want)
			}
		}
		c := clock(t, d, ticket)
		if c.State != sla.Missed || !c.Open() || !d.Ticket(t, ticket).DueAt.Equal(began.Add(24*time.Hour)) {
			t.Errorf("an unanswered clock past its time must stay open and missed: %+v", c)
		}
	})
}

func TestMarksFireOnceAfterDowntime(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		for range 230 { // more than one batch
			d.NewCitizen(account).Says(t, "问题")
		}
		head := d.Head(t)
		d.Pass(40 * time.Hour)
		if next := d.Sweep(t); !next.IsZero() {
			t.Errorf("next mark at %v, want none", next)
		}
		got := map[string]int{}
		for _, name := range d.Happened(t, head) {
			got[name]++
		}
		if got[inbox.ClockWarned] != 460 || got[inbox.ClockMissed] != 230 || len(got) != 2 {
			t.Errorf("events = %v, want both warnings and the breach of all 230", got)
		}
		head = d.Head(t)
		d.Sweep(t)
		happened(t, d, head)
	})
}

func TestTwoSweepersFireEachMarkOnce(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		for range 30 {
			d.NewCitizen(account).Says(t, "问题")
		}
		head := d.Head(t)
		for range 3 {
			d.Pass(12 * time.Hour)
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					if _, err := d.Service.SweepClocks(t.Context(), d.Now()); err != nil {
						t.Errorf("sweep: %v", err)
					}
				})
			}
			wg.Wait()
		}
		if got := len(d.Happened(t, head)); got != 90 {
			t.Errorf("%d events, want 90: three marks of each of 30 clocks", got)
		}
		inboxtest.CheckInvariants(t, d, account)
		inboxtest.CheckSwept(t, d, account)
	})
}

// A sweep and a delivery meet on the same ticket: neither loses what the other
// did, and neither waits for the database to break a deadlock.
func TestSweepingWhileReplying(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		var attempts []inbox.Attempt
		for range 40 {
			ticket := d.NewCitizen(account).Says(t, "问题")
			attempts = append(attempts, d.Begins(t, d.Writes(t, staff, ticket, "答复")))
		}
		d.Pass(12 * time.Hour)
		var wg sync.WaitGroup
		wg.Go(func() { d.Sweep(t) })
		for _, a := range attempts {
			wg.Go(func() { d.Ends(t, a, channel.Sent) })
		}
		wg.Wait()
		inboxtest.CheckInvariants(t, d, account)
		inboxtest.CheckSwept(t, d, account)
	})
}

func TestClockIsMetByTheDelivery(t *testing.T) {
	tests := []struct {
		name  string
		after time.Duration
		sweep bool
		state sla.State
		want  []string
	}{
		{"in time", time.Hour, true, sla.Met, []string{inbox.ClockMet}},
		{"in time, a warning not swept yet", 13 * time.Hour, false, sla.Met, []string{inbox.ClockWarned, inbox.ClockMet}},
		{"at the last moment", 24 * time.Hour, false, sla.Missed, []string{inbox.ClockWarned, inbox.ClockWarned, inbox.ClockMissed, inbox.ClockMet}},
		{"late", 25 * time.Hour, true, sla.Missed, []string{inbox.ClockWarned, inbox.ClockWarned, inbox.ClockMissed, inbox.ClockMet}},
		{"late, before the sweep", 25 * time.Hour, false, sla.Missed, []string{inbox.ClockWarned, inbox.ClockWarned, inbox.ClockMissed, inbox.ClockMet}},
	}
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				ticket := d.NewCitizen(account).Says(t, "问题")
				head := d.Head(t)
				a := d.Begins(t, d.Writes(t, staff, ticket, "答复"))
				d.Pass(tt.after)
				if tt.sweep {
					d.Sweep(t)
				}
				d.Ends(t, a, channel.Sent)
				c := clock(t, d, ticket)
				if c.State != tt.state || !c.MetAt.Equal(d.Now()) || c.Name != inbox.FirstReply {
					t.Errorf("clock %+v, want %s and met now", c, tt.state)
				}
				got := slices.DeleteFunc(d.Happened(t, head), func(name string) bool { return name[:5] != "clock" })
				if !slices.Equal(got, tt.want) {
					t.Errorf("clock events = %v, want %v", got, tt.want)
				}
				if row := d.Ticket(t, ticket); !row.DueAt.IsZero() || row.State != inbox.Replied {
					t.Errorf("ticket is %s, due %v; want replied without a deadline", row.State, row.DueAt)
				}
			})
		}
	})
}

// A person who closes an overdue ticket just before the sweep does not undo
// the breach.
func TestClosingLateIsStillMissed(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		inTime, late := d.NewCitizen(account).Says(t, "一"), d.NewCitizen(account).Says(t, "二")
		must(t, d.Service.Close(t.Context(), staff, inTime, "电话已答复"))
		d.Pass(30 * time.Hour)
		head := d.Head(t)
		must(t, d.Service.Close(t.Context(), staff, late, "电话已答复"))
		happened(t, d, head, inbox.ClockWarned, inbox.ClockWarned, inbox.ClockMissed, inbox.TicketClosed)
		if c := clock(t, d, inTime); c.State != sla.Cancelled || c.Open() {
			t.Errorf("closed in time: clock %+v, want cancelled", c)
		}
		if c := clock(t, d, late); c.State != sla.Missed || c.Open() {
			t.Errorf("closed late: clock %+v, want missed and ended", c)
		}
		head = d.Head(t)
		d.Sweep(t)
		happened(t, d, head)
	})
}

func TestFirstAndNextReplyClocks(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		ticket := citizen.Says(t, "第一个问题")
		first := d.Now()
		d.Pass(time.Hour)
		citizen.Says(t, "补充")
		if c := clock(t, d, ticket); c.Name != inbox.FirstReply || !c.StartedAt.Equal(first) || !c.DueAt.Equal(first.Add(24*time.Hour)) {
			t.Errorf("the clock runs from the first unanswered message: %+v", c)
		}
		d.Answers(t, staff, ticket, "答复")
		d.Pass(time.Hour)
		citizen.Says(t, "还有一个问题")
		if c := clock(t, d, ticket); c.Name != inbox.NextReply || !c.StartedAt.Equal(d.Now()) || !c.DueAt.Equal(d.Now().Add(12*time.Hour)) {
			t.Errorf("the next clock runs from the next message: %+v", c)
		}
	})
}

// Times the platform tells are believed when they can be true.
func TestClockStartsWhenTheCitizenWrote(t *testing.T) {
	tests := []struct {
		name string
		sent time.Duration // before the desk received it
		want time.Duration
	}{
		{"now", 0, 0},
		{"a minute ago", time.Minute, time.Minute},
		{"47 hours ago", 47 * time.Hour, 47 * time.Hour},
		{"too long ago to be true", 49 * time.Hour, 0},
		{"in the future", -time.Second, 0},
	}
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				citizen := d.NewCitizen(account)
				in := citizen.Message("问题")
				in.SentAt = d.Now().Add(-tt.sent)
				ticket := d.Receives(t, account, in)
				if c := clock(t, d, ticket); !c.StartedAt.Equal(d.Now().Add(-tt.want)) {
					t.Errorf("clock started at %v, want %v before now", c.StartedAt, tt.want)
				}
				// The same rule for a message that came while a reply was leaving.
				a := d.Begins(t, d.Writes(t, staff, ticket, "答复"))
				in = citizen.Message("又一个问题")
				in.SentAt = d.Now().Add(-tt.sent)
				d.Receives(t, account, in)
				d.Ends(t, a, channel.Sent)
				if c := clock(t, d, ticket); c.Name != inbox.NextReply || !c.StartedAt.Equal(d.Now().Add(-tt.want)) {
					t.Errorf("next clock %+v, want it started %v before now", c, tt.want)
				}
			})
		}
		in := d.NewCitizen(account).Message("没有时间")
		in.SentAt = time.Time{}
		if c := clock(t, d, d.Receives(t, account, in)); !c.StartedAt.Equal(d.Now()) {
			t.Errorf("without a time the clock started at %v, want now", c.StartedAt)
		}
	})
}

// A reply may arrive after a newer one: sent again by hand, or confirmed by a
// person. What it does not answer keeps its clock, and what was answered since
// gets none.
func TestOldReplyArrivesLast(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		for _, tt := range []struct {
			name   string
			settle func(t *testing.T, old inbox.Reply)
		}{
			{"confirmed", func(t *testing.T, old inbox.Reply) {
				_, err := d.Service.ConfirmSent(t.Context(), staff, old.ID)
				must(t, err)
			}},
			{"sent again", func(t *testing.T, old inbox.Reply) {
				_, err := d.Service.Resend(t.Context(), staff, old.ID, true)
				must(t, err)
				d.Delivers(t, old, channel.Sent)
			}},
		} {
			t.Run(tt.name+", all answered", func(t *testing.T) {
				citizen := d.NewCitizen(account)
				ticket := citizen.Says(t, "一")
				old := d.Writes(t, staff, ticket, "答一")
				d.Delivers(t, old, channel.NotKnown)
				citizen.Says(t, "二")
				d.Answers(t, staff, ticket, "答一和二")
				tt.settle(t, old)
				if row := d.Ticket(t, ticket); row.State != inbox.Replied || len(row.Clocks) != 1 {
					t.Errorf("ticket is %s with clocks %+v, want replied with the one that was met", row.State, row.Clocks)
				}
			})
			t.Run(tt.name+", a newer message waits", func(t *testing.T) {
				citizen := d.NewCitizen(account)
				ticket := citizen.Says(t, "一")
				old := d.Writes(t, staff, ticket, "答一")
				d.Delivers(t, old, channel.NotKnown)
				d.Answers(t, staff, ticket, "再答一")
				d.Pass(time.Hour)
				citizen.Says(t, "二")
				running := clock(t, d, ticket)
				d.Pass(time.Hour)
				tt.settle(t, old)
				row := d.Ticket(t, ticket)
				if got := row.Clocks[len(row.Clocks)-1]; !reflect.DeepEqual(got, running) || !row.State.Waits() {
					t.Errorf("ticket is %s, clock %+v; want the one of the second message untouched: %+v", row.State, got, running)
				}
			})
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestReopeningStartsAClock(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		ticket := d.NewCitizen(account).Says(t, "问题")
		d.Answers(t, staff, ticket, "答复")
		d.Pass(time.Hour)
		must(t, d.Service.Reopen(t.Context(), staff, ticket))
		if c := clock(t, d, ticket); c.Name != inbox.NextReply || !c.StartedAt.Equal(d.Now()) || c.MessageID != 0 {
			t.Errorf("clock %+v, want a next_reply from now", c)
		}
		d.Answers(t, staff, ticket, "补充答复")
		if row := d.Ticket(t, ticket); row.State != inbox.Replied || !row.DueAt.IsZero() {
			t.Errorf("ticket is %s, due %v; want replied", row.State, row.DueAt)
		}
	})
}

func TestSweepStopsWithItsContext(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, cancel := contextOf(t)
		cancel()
		if _, err := d.Service.SweepClocks(ctx, d.Now()); err == nil {
			t.Error("a sweep after its context ended must say so")
		}
	})
}

// A clock keeps the plan it was started with: what the settings say later
// counts for later clocks.
func TestARunningClockKeepsItsPlan(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "问题")
		rules := d.Rules
		rules.FirstReply = sla.DefaultPlan(time.Hour)
		s, err := inbox.NewService(d.Store(), nil, rules, d.Now)
		must(t, err)
		for _, step := range []struct {
			pass time.Duration
			want []string
		}{{11 * time.Hour, nil}, {time.Hour, []string{inbox.ClockWarned}}, {12 * time.Hour, []string{inbox.ClockWarned, inbox.ClockMissed}}} {
			d.Pass(step.pass)
			head := d.Head(t)
			_, err = s.SweepClocks(t.Context(), d.Now())
			must(t, err)
			happened(t, d, head, step.want...)
		}
		if c := clock(t, d, ticket); c.State != sla.Missed || c.Plan.Target != 24*time.Hour {
			t.Errorf("clock %+v, want the one that was started", c)
		}
	})
}
