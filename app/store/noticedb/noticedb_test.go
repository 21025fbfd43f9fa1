package noticedb_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// A clock that runs out is told to who has the ticket and to who leads, by
// every medium of theirs, once, and without what the citizen wrote of himself.
func TestMissedClock(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ticket := o.NewCitizen(o.account).Says(t, "我的电话13800138000，什么时候回复我")
		if err := o.Service.Assign(t.Context(), o.chief, ticket, o.staff.UserID); err != nil {
			t.Fatal(err)
		}
		for _, who := range []desk.Actor{o.staff, o.chief} {
			o.settings(t, who, notice.Settings{Topics: map[notice.Topic][]notice.Medium{notice.Assigned: {}, notice.ClockWarned: {}}})
		}
		o.Pass(25 * time.Hour)
		o.Sweep(t)
		o.follow(t)
		o.follow(t) // nothing is told twice
		o.work(t, o.notices)
		want := "【已超时】" + o.Ticket(t, ticket).Number + " 我的电话〔电话〕，什么时候回复我 | 状态：受理中　时限：2026-11-23 09:00 | https://desk.example.test/inbox/1 →"
		if got := texts(o.robot.take()); !slices.Equal(got, []string{want + " 小王 老赵"}) {
			t.Errorf("the robot sent %q", got)
		}
		if got := texts(o.mail.take()); !slices.Equal(got, []string{want + " 小王", want + " 老赵"}) {
			t.Errorf("sent by e-mail %q", got)
		}
		l := o.list(t, o.staff)
		if len(l.Items) != 1 || l.Unread != 1 || l.Items[0].Topic != notice.ClockMissed || strings.Contains(l.Items[0].Ticket.Subject, "138") {
			t.Fatalf("listed %+v", l)
		}
		if o.list(t, o.admin).Unread != 0 {
			t.Error("told somebody it does not concern")
		}
		if err := o.notices.MarkRead(t.Context(), o.chief, []int64{l.Items[0].ID}, 0); err != nil {
			t.Fatal(err)
		}
		if o.list(t, o.staff).Unread != 1 {
			t.Error("another's notice can be read away")
		}
		if err := o.notices.MarkRead(t.Context(), o.staff, nil, l.Items[0].ID); err != nil {
			t.Fatal(err)
		}
		if l := o.list(t, o.staff); l.Unread != 0 || l.Items[0].ReadAt.IsZero() {
			t.Errorf("still unread: %+v", l)
		}
	})
}

// Only the person's own sockets hear of a notice.
func TestWrittenIsForOnePerson(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ticket := o.NewCitizen(o.account).Says(t, "你好")
		if err := o.Service.Assign(t.Context(), o.chief, ticket, o.staff.UserID); err != nil {
			t.Fatal(err)
		}
		head := o.Head(t)
		o.follow(t)
		events := o.Events(t, head)
		if len(events) != 1 || events[0].Name != notice.Written || !o.staff.SeesEvent(events[0]) || o.chief.SeesEvent(events[0]) || o.admin.SeesEvent(events[0]) {
			t.Errorf("%+v", events)
		}
	})
}

// Approval goes to who may approve but not to the author; a rejected reply to
// its author.
func TestApprovalAndRejection(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		second := o.Supervisor(t, "老钱")
		ticket := o.NewCitizen(o.account).Says(t, "你好")
		r := o.Submits(t, o.chief, ticket, "答复")
		o.follow(t)
		if o.list(t, second).Unread != 1 || o.list(t, o.chief).Unread != 0 || o.list(t, o.staff).Unread != 0 {
			t.Error("the wrong people are asked to approve")
		}
		if _, err := o.Service.Reject(t.Context(), second, r.ID, "电话有误 13800138000"); err != nil {
			t.Fatal(err)
		}
		o.follow(t)
		l := o.list(t, o.chief)
		if len(l.Items) != 1 || l.Items[0].Topic != notice.Rejected {
			t.Fatalf("the author is not told: %+v", l)
		}
		if n := o.count(t, `SELECT count(*) FROM notices WHERE facts LIKE '%138%'`); n != 0 {
			t.Error("a notice keeps words")
		}
	})
}

// What happened while nothing followed is told afterwards, all of it.
func TestNothingIsLostWhileDown(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ticket := o.NewCitizen(o.account).Says(t, "你好")
		for i := range 350 {
			e := desk.NewEvent("note.added", o.Now(), map[string]any{"mentions": []string{fmt.Sprint(o.staff.UserID)}, "note_id": fmt.Sprint(i)})
			e.TicketID, e.AccountID, e.ActorID = int64(ticket), o.account, o.chief.UserID
			o.record(t, e)
		}
		o.follow(t)
		if n := o.list(t, o.staff).Unread; n != 350 {
			t.Errorf("%d notices, want 350", n)
		}
		if n := o.count(t, `SELECT count(*) FROM notice_sends`); n != 350 {
			t.Errorf("%d sends, want 350", n)
		}
	})
}

// Events that concern nobody cost no write, and the cursor follows in strides.
func TestCursorMovesInStrides(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		start := o.count(t, `SELECT coalesce(max(value), 0) FROM counters WHERE name = 'notice.event'`)
		add := func(n int) {
			events := make([]desk.Event, n)
			for i := range events {
				events[i] = desk.NewEvent("message.received", o.Now(), map[string]any{})
			}
			o.record(t, events...)
			o.follow(t)
		}
		add(100)
		if at := o.count(t, `SELECT coalesce(max(value), 0) FROM counters WHERE name = 'notice.event'`); at != start {
			t.Errorf("the cursor was written for events that concern nobody: %d", at)
		}
		add(2500)
		if at := o.count(t, `SELECT coalesce(max(value), 0) FROM counters WHERE name = 'notice.event'`); int64(at) != o.Head(t) {
			t.Errorf("the cursor is at %d, the head at %d", at, o.Head(t))
		}
	})
}

func mention(o *office, ticket inbox.TicketID, who desk.Actor) desk.Event {
	e := desk.NewEvent("note.added", o.Now(), map[string]any{"mentions": []string{fmt.Sprint(who.UserID)}})
	e.TicketID, e.AccountID = int64(ticket), o.account
	return e
}

func urgent(o *office, ticket inbox.TicketID) desk.Event {
	e := desk.NewEvent("word.found", o.Now(), map[string]any{"level": "urgent"})
	e.TicketID, e.AccountID = int64(ticket), o.account
	return e
}

// Quiet hours hold notices back till the morning, as one digest; what is urgent
// comes at once, past the digest that waits.
func TestQuietHoursAndDigest(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		media := map[notice.Topic][]notice.Medium{notice.Mentioned: {notice.App, notice.Mail}, notice.UrgentWord: {notice.App, notice.Mail}}
		o.settings(t, o.chief, notice.Settings{QuietFrom: 8 * 60, QuietTo: 12 * 60, Topics: media})
		first := o.NewCitizen(o.account).Says(t, "第一件")
		second := o.NewCitizen(o.account).Says(t, "第二件")
		o.record(t, mention(o, first, o.chief), mention(o, second, o.chief))
		o.follow(t)
		o.work(t, o.notices)
		if got := o.mail.take(); len(got) != 0 {
			t.Fatalf("sent in quiet hours: %q", texts(got))
		}
		if o.list(t, o.chief).Unread != 2 {
			t.Error("the app does not wait")
		}
		o.Pass(time.Hour)
		o.record(t, urgent(o, second))
		o.follow(t)
		o.work(t, o.notices)
		if got := texts(o.mail.take()); len(got) != 1 || !strings.HasPrefix(got[0], "【紧急词告警】") {
			t.Fatalf("urgent: %q", got)
		}
		o.Pass(2*time.Hour - time.Minute)
		o.work(t, o.notices)
		if got := o.mail.take(); len(got) != 0 {
			t.Fatalf("a minute early: %q", texts(got))
		}
		o.Pass(time.Minute)
		o.work(t, o.notices)
		got := o.mail.take()
		if len(got) != 1 || got[0].Subject != "您有 2 条通知" || !strings.Contains(got[0].Text, "第一件") || !strings.Contains(got[0].Text, "第二件") {
			t.Errorf("the digest: %q", texts(got))
		}
		if n := o.count(t, `SELECT count(*) FROM notice_sends WHERE state <> 'sent'`); n != 0 {
			t.Errorf("%d sends are left", n)
		}
	})
}

// A platform that fails is tried again with back-off until it takes it; what
// comes meanwhile goes out with it, and nothing is lost.
func TestRetries(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.settings(t, o.chief, notice.Settings{Topics: map[notice.Topic][]notice.Medium{notice.Mentioned: {notice.Robot}}})
		ticket := o.NewCitizen(o.account).Says(t, "你好")
		o.robot.fail = func() error { return errors.New("the robot answered 500") }
		o.record(t, mention(o, ticket, o.chief))
		o.follow(t)
		for i, want := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second} {
			if got := o.work(t, o.notices); got != want {
				t.Fatalf("attempt %d: waits %s, want %s", i+1, got, want)
			}
			o.Pass(want)
		}
		o.robot.fail = nil
		o.work(t, o.notices)
		if got := o.robot.take(); len(got) != 1 {
			t.Fatalf("sent %d", len(got))
		}
		page, err := o.notices.Log(t.Context(), o.admin, "", 10, "")
		if err != nil || len(page.Items) != 1 || page.Items[0].State != notice.Sent || page.Items[0].Attempts != 4 || page.Items[0].User != "老赵" || page.Items[0].Sender != "值班群" {
			t.Errorf("log: %+v %v", page.Items, err)
		}
		if _, err := o.notices.Log(t.Context(), o.chief, "", 10, ""); desk.CodeOf(err) != desk.Forbidden {
			t.Errorf("who may not read the log: %v", err)
		}
	})
}

// What the platform will never take is given up at once, and what fails for too
// long after ten attempts.
func TestGivingUp(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.settings(t, o.chief, notice.Settings{Topics: map[notice.Topic][]notice.Medium{notice.Mentioned: {notice.Robot}}})
		ticket := o.NewCitizen(o.account).Says(t, "你好")
		o.robot.fail = func() error { return &notice.Refused{Reason: "the robot answered 404"} }
		o.record(t, mention(o, ticket, o.chief))
		o.follow(t)
		if wait := o.work(t, o.notices); wait != 0 {
			t.Errorf("waits %s for nothing", wait)
		}
		if n := o.count(t, `SELECT count(*) FROM notice_sends WHERE state = 'failed' AND attempts = 1`); n != 1 {
			t.Error("what is refused is tried again")
		}
		o.robot.fail = func() error { return errors.New("down") }
		o.record(t, mention(o, ticket, o.chief))
		o.follow(t)
		tries := 0
		for wait := o.work(t, o.notices); wait > 0; wait = o.work(t, o.notices) {
			tries++
			o.Pass(wait)
		}
		if tries != 9 { // the tenth gives up
			t.Errorf("waited %d times", tries)
		}
		if n := o.count(t, `SELECT count(*) FROM notice_sends WHERE state = 'failed' AND attempts = 10`); n != 1 {
			t.Error("it is not given up")
		}
	})
}

// A robot that may send no more waits; its backlog becomes one message.
func TestRateLimit(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.settings(t, o.chief, notice.Settings{Topics: map[notice.Topic][]notice.Medium{notice.Mentioned: {notice.Robot}}})
		ticket := o.NewCitizen(o.account).Says(t, "你好")
		for range 25 {
			o.record(t, mention(o, ticket, o.chief))
			o.follow(t)
			o.work(t, o.notices)
		}
		if got := o.robot.take(); len(got) != 20 {
			t.Fatalf("sent %d in a minute", len(got))
		}
		o.Pass(time.Minute)
		o.work(t, o.notices)
		if got := o.robot.take(); len(got) != 1 || got[0].Subject != "您有 5 条通知" {
			t.Errorf("the backlog: %q", texts(got))
		}
		if n := o.count(t, `SELECT count(*) FROM notice_sends WHERE state <> 'sent' OR attempts <> 1`); n != 0 {
			t.Errorf("%d sends are not sent, or count the wait as a failure", n)
		}
	})
}

// A platform's own "too often" is no failure.
func TestSlow(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.settings(t, o.chief, notice.Settings{Topics: map[notice.Topic][]notice.Medium{notice.Mentioned: {notice.Robot}}})
		ticket := o.NewCitizen(o.account).Says(t, "你好")
		o.robot.fail = func() error { return &notice.Slow{After: 40 * time.Second, Reason: "too often"} }
		o.record(t, mention(o, ticket, o.chief))
		o.follow(t)
		if wait := o.work(t, o.notices); wait != 40*time.Second {
			t.Errorf("waits %s", wait)
		}
		if n := o.count(t, `SELECT attempts FROM notice_sends`); n != 0 {
			t.Errorf("counts as %d attempts", n)
		}
	})
}

// A reader who lost the ticket meanwhile is told nothing of it, and one who may
// no longer sign in nothing at all.
func TestRightsAreReadWhenItLeaves(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		other := o.AddAccount(t, "区政务")
		o.settings(t, o.staff, notice.Settings{Topics: map[notice.Topic][]notice.Medium{notice.Mentioned: {notice.App, notice.Mail}}})
		ticket := o.NewCitizen(o.account).Says(t, "机密事项")
		o.record(t, mention(o, ticket, o.staff))
		o.follow(t)
		o.write(t, `UPDATE users SET all_accounts = 0 WHERE id = $1`, o.staff.UserID)
		o.write(t, `INSERT INTO user_accounts (user_id, account_id) VALUES ($1, $2)`, o.staff.UserID, other)
		o.work(t, o.notices)
		if got := texts(o.mail.take()); len(got) != 1 || strings.Contains(got[0], "机密") {
			t.Errorf("sent %q", got)
		}
		narrow := o.staff
		narrow.AllAccounts, narrow.AccountIDs = false, []int64{other}
		if l := o.list(t, narrow); l.Items[0].Ticket.ID != 0 || l.Items[0].Ticket.Subject != "" || l.Items[0].Account != "" {
			t.Errorf("lists %+v", l.Items[0])
		}
		o.record(t, mention(o, ticket, o.chief))
		o.follow(t)
		o.DisableUser(t, o.chief.UserID)
		o.work(t, o.notices)
		if got := append(o.mail.take(), o.robot.take()...); len(got) != 0 {
			t.Errorf("sent %q", texts(got))
		}
	})
}

// A contact that is erased leaves no words in what was written before.
func TestErasedContact(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		citizen := o.NewCitizen(o.account)
		ticket := citizen.Says(t, "我叫张三")
		o.settings(t, o.chief, notice.Settings{Digest: notice.Hourly})
		o.record(t, mention(o, ticket, o.chief))
		o.follow(t)
		if err := o.Service.Ingest(t.Context(), o.account, []channel.Inbound{citizen.Leave()}); err != nil {
			t.Fatal(err)
		}
		o.Pass(time.Hour)
		o.work(t, o.notices)
		for _, line := range append(texts(o.robot.take()), o.list(t, o.chief).Items[0].Ticket.Subject) {
			if strings.Contains(line, "张三") {
				t.Errorf("still told: %s", line)
			}
		}
	})
}

func TestPurge(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ticket := o.NewCitizen(o.account).Says(t, "你好")
		o.record(t, mention(o, ticket, o.chief))
		o.follow(t)
		o.Pass(80 * 24 * time.Hour)
		o.record(t, mention(o, ticket, o.chief))
		o.follow(t)
		o.Pass(11 * 24 * time.Hour)
		if _, err := o.notices.Purge(t.Context(), o.Now()); err != nil {
			t.Fatal(err)
		}
		if n := o.count(t, `SELECT count(*) FROM notices`); n != 1 {
			t.Errorf("%d notices are left, want 1", n)
		}
	})
}
