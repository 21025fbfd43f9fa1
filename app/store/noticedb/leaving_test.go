package noticedb_test

import (
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// What would be told to somebody who left is told to who is next.
func TestWhoLeftIsNotTold(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		gone := o.Staff(t, "小周")
		for _, who := range []desk.Actor{gone, o.staff} {
			if _, err := o.Service.AddDuty(ctx, o.chief, inbox.Duty{UserID: who.UserID, From: o.Now(), To: o.Now().Add(48 * time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		ticket := o.NewCitizen(o.account).Says(t, "路灯不亮")
		if err := o.Service.Snooze(ctx, gone, ticket, o.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		held := o.NewCitizen(o.account).Says(t, "井盖丢了")
		if err := o.Service.Assign(ctx, o.chief, held, gone.UserID); err != nil {
			t.Fatal(err)
		}
		o.DisableUser(t, gone.UserID)
		o.follow(t)
		if err := o.Service.TakeBack(ctx, gone.UserID); err != nil {
			t.Fatal(err)
		}
		o.record(t, urgent(o, ticket))
		o.Pass(time.Hour)
		if _, err := o.Service.SweepSnoozes(ctx, o.Now()); err != nil {
			t.Fatal(err)
		}
		o.follow(t)
		got := map[notice.Topic]int{}
		for _, item := range o.list(t, o.staff).Items {
			got[item.Topic]++
		}
		if len(got) != 2 || got[notice.UrgentWord] != 1 || got[notice.Woken] != 1 {
			t.Errorf("who is on duty is told %v", got)
		}
		if n := o.list(t, o.chief).Unread; n != 0 {
			t.Errorf("the supervisor is told %d times", n)
		}
	})
}
