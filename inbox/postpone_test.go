package inbox_test

import (
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/sla"
)

func TestPostpone(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, account, chief := t.Context(), d.AddAccount(t, "市政务"), d.Supervisor(t, "主管")
		ticket := d.NewCitizen(account).Says(t, "问题")
		due := clock(t, d, ticket).DueAt
		by := func(p inbox.Postponement) error { return d.Service.Postpone(ctx, chief, ticket, p) }
		refused(t, d.Service.Postpone(ctx, d.Staff(t, "小王"), ticket, inbox.Postponement{By: time.Hour, Reason: "x"}), desk.Forbidden, "")
		refused(t, by(inbox.Postponement{By: time.Hour}), desk.Invalid, "")
		refused(t, by(inbox.Postponement{Reason: "x"}), desk.Invalid, "")
		refused(t, by(inbox.Postponement{By: time.Hour, Until: due.Add(time.Hour), Reason: "x"}), desk.Invalid, "")
		refused(t, by(inbox.Postponement{Until: due, Reason: "x"}), desk.Invalid, "")
		refused(t, by(inbox.Postponement{Until: due.AddDate(2, 0, 0), Reason: "x"}), desk.Invalid, "")
		refused(t, by(inbox.Postponement{By: -time.Hour, Reason: "x"}), desk.Invalid, "")
		d.Pass(13 * time.Hour)
		d.Sweep(t)
		if c := clock(t, d, ticket); c.Warned != 50 {
			t.Fatalf("warned at %d%%, want 50", c.Warned)
		}
		head := d.Head(t)
		must(t, by(inbox.Postponement{By: 24 * time.Hour, Reason: "须现场勘查"}))
		happened(t, d, head, inbox.ClockPostponed)
		if c := clock(t, d, ticket); !c.DueAt.Equal(due.Add(24*time.Hour)) || c.Warned != 0 || !d.Ticket(t, ticket).DueAt.Equal(c.DueAt) {
			t.Errorf("postponed: %+v", c)
		}
		head = d.Head(t)
		d.Pass(12 * time.Hour) // 25 of 48 hours
		d.Sweep(t)
		happened(t, d, head, inbox.ClockWarned)
		must(t, by(inbox.Postponement{Until: due.Add(100 * time.Hour), Reason: "再延"}))
		must(t, d.Service.Pause(ctx, chief, ticket, "等材料", time.Time{}))
		refused(t, by(inbox.Postponement{By: time.Hour, Reason: "x"}), desk.Conflict, "clock_state")
		must(t, d.Service.Resume(ctx, chief, ticket))
		d.Pass(200 * time.Hour)
		refused(t, by(inbox.Postponement{By: time.Hour, Reason: "太晚"}), desk.Conflict, "clock_state")
		must(t, d.Service.Close(ctx, chief, ticket, "电话答复"))
		refused(t, by(inbox.Postponement{By: time.Hour, Reason: "x"}), desk.Conflict, "clock_state")
		inboxtest.CheckInvariants(t, d, account)
	})
}

// Hours are counted as the clock counts them, and a time at which nobody works
// means the end of the working time before it.
func TestPostponeByWorkingTime(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, account, chief := t.Context(), d.AddAccount(t, "市政务"), d.Supervisor(t, "主管")
		plan := sla.DefaultPlan(7 * time.Hour)
		plan.Calendar = inbox.DefaultCalendar
		_, err := d.Service.AddPolicy(ctx, chief, policy("一日", inbox.FirstReply, inbox.Match{}, plan))
		must(t, err)
		ticket := d.NewCitizen(account).Says(t, "问题") // on a Sunday: due on Monday at 17:30
		at := func(day, hour, minute int) time.Time {
			return time.Date(2026, 11, day, hour, minute, 0, 0, inboxtest.Beijing)
		}
		if due := clock(t, d, ticket).DueAt; !due.Equal(at(23, 17, 30)) {
			t.Fatalf("due %v", due.In(inboxtest.Beijing))
		}
		refused(t, d.Service.Postpone(ctx, chief, ticket, inbox.Postponement{Until: at(24, 7, 0), Reason: "x"}), desk.Invalid, "")
		must(t, d.Service.Postpone(ctx, chief, ticket, inbox.Postponement{By: 4 * time.Hour, Reason: "会商"}))
		if due := clock(t, d, ticket).DueAt; !due.Equal(at(24, 14, 30)) {
			t.Errorf("four working hours later: %v", due.In(inboxtest.Beijing))
		}
		must(t, d.Service.Postpone(ctx, chief, ticket, inbox.Postponement{Until: at(25, 12, 45), Reason: "会商"}))
		if due := clock(t, d, ticket).DueAt; !due.Equal(at(25, 12, 0)) {
			t.Errorf("until the noon break: %v", due.In(inboxtest.Beijing))
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}
