package inbox_test

import (
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// TestOldEventsGo: after their time, events are deleted in any number, and a
// ticket of long ago still tells its story, is still read, and can be answered
// when its citizen comes back.
func TestOldEventsGo(t *testing.T) {
	keep := func(r *inbox.Rules) {
		r.KeepEvents, r.KeepNewest, r.ReopenWithin = 90*24*time.Hour, 1, 365*24*time.Hour
	}
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, staff := t.Context(), d.Staff(t, "小王")
		citizen := d.NewCitizen(d.AddAccount(t, "市政务"))
		ticket := citizen.Says(t, "居住证怎么办理")
		citizen.Says(t, "急")
		d.Answers(t, staff, ticket, "请携带身份证")
		must(t, d.Service.Close(ctx, staff, ticket, "已办结"))
		must(t, d.Service.MarkRead(ctx, staff, ticket, d.Head(t)))
		d.User(t, desk.Staff, "后来")
		story := len(d.Timeline(t, ticket).Events)
		for range 3000 / 50 {
			must(t, d.Store().Atomic(ctx, func(tx inbox.Tx) error {
				return tx.Record(ctx, many(50, desk.NewEvent("user.changed", d.Now(), struct{}{}))...)
			}))
		}
		prune := func() {
			_, err := d.Service.PruneEvents(ctx, d.Now())
			must(t, err)
		}
		unchanged(t, d, prune)
		d.Pass(91 * 24 * time.Hour)
		prune()
		if n := len(d.Events(t, 0)); n > story+1 {
			t.Errorf("%d events are left, want the story of %d and the newest", n, story)
		}
		if got := len(d.Timeline(t, ticket).Events); got != story {
			t.Errorf("the thread tells %d things, before it told %d", got, story)
		}
		if again := citizen.Says(t, "还有一个问题"); again != ticket {
			t.Fatal("the ticket was not reopened")
		}
		row, err := d.Service.Ticket(ctx, staff, ticket)
		must(t, err)
		if !row.Unread {
			t.Error("the new message is not unread")
		}
		must(t, d.Service.MarkRead(ctx, staff, ticket, row.LastEvent))
		row, err = d.Service.Ticket(ctx, staff, ticket)
		must(t, err)
		if row.Unread {
			t.Error("the ticket is unread after all of it was read")
		}
		d.Answers(t, staff, ticket, "请携带户口本")
	}, keep)
}

func many(n int, e desk.Event) []desk.Event {
	all := make([]desk.Event, n)
	for i := range all {
		all[i] = e
	}
	return all
}
