package inbox_test

import (
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/sla"
)

func TestPauseAndResume(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, account, staff := t.Context(), d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		ticket, began := citizen.Says(t, "问题"), d.Now()
		d.Pass(2 * time.Hour)
		must(t, d.Service.Pause(ctx, staff, ticket, "等市民补充材料", time.Time{}))
		if row := d.Ticket(t, ticket); !row.Paused || !row.DueAt.IsZero() || row.Clocks[0].Pause.Reason != "等市民补充材料" {
			t.Errorf("paused: %+v", row)
		}
		refused(t, d.Service.Pause(ctx, staff, ticket, "又一次", time.Time{}), desk.Conflict, "clock_state")
		d.Pass(100 * time.Hour)
		d.Sweep(t)
		must(t, d.Service.Resume(ctx, staff, ticket))
		if c := clock(t, d, ticket); c.State != sla.Running || !c.DueAt.Equal(began.Add(124*time.Hour)) || !d.Ticket(t, ticket).DueAt.Equal(c.DueAt) {
			t.Errorf("resumed: %+v, want 100 hours later", c)
		}
		refused(t, d.Service.Resume(ctx, staff, ticket), desk.Conflict, "clock_state")
		must(t, d.Service.Pause(ctx, staff, ticket, "再等", time.Time{}))
		d.Pass(time.Hour)
		head := d.Head(t)
		citizen.Says(t, "材料来了")
		happened(t, d, head, inbox.ClockResumed, inbox.MessageReceived)
		must(t, d.Service.Pause(ctx, staff, ticket, "到点继续", d.Now().Add(3*time.Hour)))
		was := clock(t, d, ticket).DueAt
		d.Pass(5 * time.Hour)
		head = d.Head(t)
		d.Sweep(t)
		happened(t, d, head, inbox.ClockResumed)
		if c := clock(t, d, ticket); !c.DueAt.Equal(was.Add(3*time.Hour)) || !d.Ticket(t, ticket).DueAt.Equal(c.DueAt) {
			t.Errorf("went on by itself: %+v, want due three hours after %v", c, was)
		}
		refused(t, d.Service.Pause(ctx, staff, ticket, " ", time.Time{}), desk.Invalid, "")
		refused(t, d.Service.Pause(ctx, staff, ticket, "x", d.Now()), desk.Invalid, "")
		d.Pass(100 * time.Hour)
		refused(t, d.Service.Pause(ctx, staff, ticket, "太晚", time.Time{}), desk.Conflict, "clock_state")
		inboxtest.CheckInvariants(t, d, account)
	})
}

// What a missed clock repeats ends when somebody does something about it.
func TestActingQuietsAMissedClock(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, account, staff := t.Context(), d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		plan := sla.DefaultPlan(time.Hour)
		plan.Repeat = sla.Repeat{Every: time.Hour, Times: 9, Roles: []sla.Role{sla.Supervisor}}
		_, err := d.Service.AddPolicy(ctx, d.Supervisor(t, "主管"), policy("催", inbox.FirstReply, inbox.Match{}, plan))
		must(t, err)
		ticket := d.NewCitizen(account).Says(t, "问题")
		head := d.Head(t)
		for range 3 {
			d.Pass(time.Hour)
			d.Sweep(t)
		}
		happened(t, d, head, inbox.ClockMissed, inbox.ClockWarned, inbox.ClockWarned)
		_, err = d.Service.AddNote(ctx, staff, ticket, "已电话联系")
		must(t, err)
		head = d.Head(t)
		d.Pass(20 * time.Hour)
		d.Sweep(t)
		happened(t, d, head)
	})
}
