package inbox_test

import (
	"testing"
	"testing/fstest"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/sla"
)

// grateful is a rule set that knows two words of thanks.
func grateful(r *inbox.Rules) {
	thanks, err := check.LoadThanks(r.Folder, fstest.MapFS{"x": {Data: []byte("谢谢\n+好的\n")}}, "x")
	if err != nil {
		panic(err)
	}
	r.Thanks = thanks
}

func TestThanksStartNoClock(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		grateful(&d.Rules)
		d.Service = d.Again(t)
		ctx, account, staff := t.Context(), d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		ticket := citizen.Says(t, "谢谢") // before an answer it is a message as any other
		if row := d.Ticket(t, ticket); row.State != inbox.New || len(row.Clocks) != 1 {
			t.Fatalf("before the answer: %s with %d clocks", row.State, len(row.Clocks))
		}
		citizen.Says(t, "居住证怎么办")
		d.Answers(t, staff, ticket, "请到派出所")
		d.Pass(time.Minute)
		head := d.Head(t)
		if again := citizen.Says(t, "好的，谢谢！"); again != ticket {
			t.Errorf("thanks went to ticket %d, want %d", again, ticket)
		}
		happened(t, d, head, inbox.MessageReceived)
		if row := d.Ticket(t, ticket); row.State != inbox.Replied || len(row.Clocks) != 1 || !row.DueAt.IsZero() || row.MessageCount != 3 || row.Preview != "好的，谢谢！" {
			t.Errorf("after thanks: %+v", row)
		}
		d.Delivers(t, d.Writes(t, staff, ticket, "不客气"), channel.Sent)
		if row := d.Ticket(t, ticket); row.State != inbox.Replied || !row.DueAt.IsZero() {
			t.Errorf("after one more answer: %+v", row)
		}
		inboxtest.CheckInvariants(t, d, account)
		must(t, d.Service.Close(ctx, staff, ticket, ""))
		d.Pass(time.Hour)
		head = d.Head(t)
		citizen.Says(t, "谢谢")
		happened(t, d, head, inbox.MessageReceived)
		if row := d.Ticket(t, ticket); row.State != inbox.Closed || row.MessageCount != 4 {
			t.Errorf("after the end: %+v", row)
		}
		head = d.Head(t)
		citizen.Says(t, "谢谢,但是还是办不了")
		happened(t, d, head, inbox.TicketReopened, inbox.MessageReceived)
		if row := d.Ticket(t, ticket); row.State != inbox.Open || row.DueAt.IsZero() || clock(t, d, ticket).Name != inbox.NextReply {
			t.Errorf("after a question: %+v", row)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// A second reply that arrives after the thanks finds nothing that waits.
func TestThanksBetweenTwoReplies(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		grateful(&d.Rules)
		d.Service = d.Again(t)
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		ticket := citizen.Says(t, "居住证怎么办")
		first, second := d.Writes(t, staff, ticket, "请到派出所"), d.Writes(t, staff, ticket, "带身份证")
		d.Delivers(t, first, channel.Sent)
		citizen.Says(t, "谢谢")
		d.Delivers(t, second, channel.Sent)
		if row := d.Ticket(t, ticket); row.State != inbox.Replied || !row.DueAt.IsZero() {
			t.Errorf("%+v", row)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestThankedByHand(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, account, staff := t.Context(), d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		ticket := citizen.Says(t, "居住证怎么办")
		refused(t, d.Service.Thanked(ctx, staff, ticket), desk.Conflict, "ticket_state")
		d.Answers(t, staff, ticket, "请到派出所")
		refused(t, d.Service.Thanked(ctx, staff, ticket), desk.Conflict, "ticket_state")
		citizen.Says(t, "太好啦，给你们点赞")
		draft := d.Submits(t, staff, ticket, "不客气")
		refused(t, d.Service.Thanked(ctx, staff, ticket), desk.Conflict, "ticket_state")
		_, err := d.Service.Reject(ctx, d.Supervisor(t, "主管"), draft.ID, "不必答")
		must(t, err)
		head := d.Head(t)
		must(t, d.Service.Thanked(ctx, staff, ticket))
		happened(t, d, head, inbox.ClockDropped)
		if row := d.Ticket(t, ticket); row.State != inbox.Replied || !row.DueAt.IsZero() || clock(t, d, ticket).State != sla.Cancelled {
			t.Errorf("%+v", row)
		}
		refused(t, d.Service.Thanked(ctx, staff, ticket), desk.Conflict, "ticket_state")
		citizen.Says(t, "再问一下")
		if c := clock(t, d, ticket); c.State != sla.Running || c.Name != inbox.NextReply {
			t.Errorf("the next question: %+v", c)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}
