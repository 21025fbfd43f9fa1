package noticedb_test

import (
	"bytes"
	"testing"

	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

func text(s string) *string { return &s }

func TestSendersAreSealed(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		for _, id := range []int64{o.smtp.ID, o.group.ID} {
			var stored []byte
			if err := o.db.QueryRow(t.Context(), `SELECT setup FROM notice_senders WHERE id = $1`, id).Scan(&stored); err != nil {
				t.Fatal(err)
			}
			if len(stored) == 0 || bytes.Contains(stored, []byte("example")) || bytes.Contains(stored, []byte("not-a-real")) {
				t.Errorf("sender %d lies open in the database: %q", id, stored)
			}
		}
		all, err := o.notices.AllSenders(t.Context(), o.admin)
		if err != nil || len(all) != 2 || all[1].Setup.Secret != "not-a-real-secret" {
			t.Errorf("%+v %v", all, err)
		}
	})
}

func TestSenderRules(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		if _, err := o.notices.CreateSender(ctx, o.admin, notice.SenderInput{Kind: notice.SMTP, Name: text("又一个"), Host: text("b.example.test")}); desk.ReasonOf(err) != "mail_taken" {
			t.Errorf("a second e-mail server: %v", err)
		}
		for _, who := range []desk.Actor{o.staff, o.chief} {
			if _, err := o.notices.UpdateSender(ctx, who, o.smtp.ID, notice.SenderInput{Name: text("x")}); desk.CodeOf(err) != desk.Forbidden {
				t.Errorf("%s changes it: %v", who.Name, err)
			}
			if err := o.notices.TestSender(ctx, who, o.smtp.ID, notice.Recipient{}); desk.CodeOf(err) != desk.Forbidden {
				t.Errorf("%s tests it: %v", who.Name, err)
			}
		}
		// A secret is not carried to another address.
		_, err := o.notices.UpdateSender(ctx, o.admin, o.group.ID, notice.SenderInput{URL: text("https://evil.example.test/")})
		if desk.CodeOf(err) != desk.Invalid {
			t.Errorf("moved with its secret: %v", err)
		}
		v, err := o.notices.UpdateSender(ctx, o.admin, o.group.ID, notice.SenderInput{Name: text("新名字")})
		if err != nil || v.Name != "新名字" || v.Setup.Secret != "not-a-real-secret" {
			t.Errorf("%+v %v", v, err)
		}
		department := int64(99)
		if _, err := o.notices.UpdateSender(ctx, o.admin, o.group.ID, notice.SenderInput{DepartmentID: &department}); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("a department that is not there: %v", err)
		}
	})
}

// A liaison is reached in the group of the own department, never in another.
func TestWhichRobot(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		department := o.Department(t, "市公安局")
		liaison := o.Liaison(t, "周联络", department)
		other := o.Liaison(t, "吴联络", o.Department(t, "市社保局"))
		police, err := o.notices.CreateSender(t.Context(), o.admin, notice.SenderInput{
			Kind: notice.DingTalk, Name: text("公安群"), URL: text("https://r.example.test/2"), DepartmentID: &department,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			who  desk.Actor
			want int64
		}{{o.staff, o.group.ID}, {liaison, police.ID}, {other, 0}} {
			w, err := o.notices.Ways(t.Context(), tt.who)
			if err != nil || w.RobotID != tt.want || !w.Mail {
				t.Errorf("%s: %+v %v", tt.who.Name, w, err)
			}
		}
		o.settings(t, liaison, notice.Settings{RobotID: o.group.ID}) // not a choice a liaison has
		ticket := o.NewCitizen(o.account).Says(t, "身份证")
		o.Dispatches(t, o.staff, ticket, department)
		o.follow(t)
		if n := o.count(t, `SELECT sender_id FROM notice_sends WHERE user_id = $1 AND medium = 'robot'`, liaison.UserID); int64(n) != police.ID {
			t.Errorf("told by robot %d", n)
		}
		if n := o.count(t, `SELECT count(*) FROM notices WHERE user_id = $1`, other.UserID); n != 0 {
			t.Error("another department is told")
		}
		// A sender that is removed takes what waits with it, and says so.
		if err := o.notices.RemoveSender(t.Context(), o.admin, police.ID); err != nil {
			t.Fatal(err)
		}
		o.work(t, o.notices)
		if n := o.count(t, `SELECT count(*) FROM notice_sends WHERE sender_id = $1 AND state = 'failed' AND error <> ''`, police.ID); n != 1 {
			t.Error("the send is not ended")
		}
	})
}

func TestTestMessage(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		err := o.notices.TestSender(t.Context(), o.admin, o.smtp.ID, notice.Recipient{Name: "管理员"})
		if desk.CodeOf(err) != desk.Invalid {
			t.Errorf("without an address: %v", err)
		}
		to := notice.Recipient{Name: "管理员", Contact: notice.Contact{Email: "admin@example.test"}}
		if err := o.notices.TestSender(t.Context(), o.admin, o.smtp.ID, to); err != nil || len(o.mail.take()) != 1 {
			t.Errorf("%v", err)
		}
		o.mail.fail = func() error { return &notice.Refused{Reason: "the e-mail server answered 535"} }
		if err := o.notices.TestSender(t.Context(), o.admin, o.smtp.ID, to); desk.ReasonOf(err) != "test_failed" {
			t.Errorf("%v", err)
		}
		for range 10 {
			err = o.notices.TestSender(t.Context(), o.admin, o.smtp.ID, to)
		}
		if desk.CodeOf(err) != desk.RateLimited {
			t.Errorf("eleven tests in a minute: %v", err)
		}
	})
}
