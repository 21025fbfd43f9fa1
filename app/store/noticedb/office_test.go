package noticedb_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/app/kv"
	"replydesk/app/seal"
	"replydesk/app/store"
	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/noticedb"
	"replydesk/app/store/storetest"
	"replydesk/app/store/taskdb"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/notice"
)

// outlet is a Sender whose platform does what the test says.
type outlet struct {
	mu   sync.Mutex
	sent []notice.Message
	fail func() error // nil: it takes everything
}

func (o *outlet) Check(notice.Setup) error { return nil }

func (o *outlet) Send(_ context.Context, _ notice.Setup, m notice.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		if err := o.fail(); err != nil {
			return err
		}
	}
	o.sent = append(o.sent, m)
	return nil
}

// take returns what was sent since the last call.
func (o *outlet) take() []notice.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	sent := o.sent
	o.sent = nil
	return sent
}

// office is a desk with notices, an e-mail server and a robot, and two people
// who are reached by both.
type office struct {
	*inboxtest.Desk
	db      *store.DB
	notices *notice.Service
	mail    *outlet
	robot   *outlet
	account int64
	staff   desk.Actor
	chief   desk.Actor
	admin   desk.Actor
	smtp    notice.StoredSender
	group   notice.StoredSender
}

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newOffice(t, db)) })
}

func newOffice(t *testing.T, db *store.DB) *office {
	t.Helper()
	d := inboxtest.New(t, inboxdbtest.New(db))
	o := &office{Desk: d, db: db, mail: &outlet{}, robot: &outlet{}, account: d.AddAccount(t, "市政务")}
	o.notices = o.service(t, nil)
	o.staff, o.chief, o.admin = d.Staff(t, "小王"), d.Supervisor(t, "老赵"), d.User(t, desk.Admin, "管理员")
	o.write(t, `UPDATE users SET email = 'u' || id || '@example.test', mention_id = 'm' || id`)
	var err error
	host, name := "smtp.example.test", "邮件"
	if o.smtp, err = o.notices.CreateSender(t.Context(), desk.System(), notice.SenderInput{Kind: notice.SMTP, Name: &name, Host: &host}); err != nil {
		t.Fatal(err)
	}
	url, secret, group := "https://robot.example.test/send?key=not-a-real-key", "not-a-real-secret", "值班群"
	if o.group, err = o.notices.CreateSender(t.Context(), desk.System(), notice.SenderInput{Kind: notice.DingTalk, Name: &group, URL: &url, Secret: &secret}); err != nil {
		t.Fatal(err)
	}
	return o
}

// service is the notices of one process of the desk; wrap may stand between it
// and the database.
func (o *office) service(t *testing.T, wrap func(notice.Store) notice.Store) *notice.Service {
	t.Helper()
	box, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	var rows notice.Store = noticedb.New(o.db, box)
	if wrap != nil {
		rows = wrap(rows)
	}
	limits := kv.NewMemory(o.Now)
	t.Cleanup(func() { _ = limits.Close() })
	return notice.NewService(notice.Deps{
		Store: rows, Limits: limits, Now: o.Now, BaseURL: "https://desk.example.test", Zone: inboxtest.Beijing, PerMinute: 20,
		Senders: map[notice.Kind]notice.Sender{notice.SMTP: o.mail, notice.DingTalk: o.robot},
		Mask:    func(s string) string { return strings.ReplaceAll(s, "13800138000", "〔电话〕") },
		Timeout: time.Second, KeepFor: 90 * 24 * time.Hour,
	})
}

func (o *office) write(t *testing.T, query string, args ...any) {
	t.Helper()
	err := o.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// record lets something happen.
func (o *office) record(t *testing.T, e ...desk.Event) {
	t.Helper()
	if err := o.db.Atomic(t.Context(), func(tx *store.Tx) error { return tx.Record(t.Context(), e...) }); err != nil {
		t.Fatal(err)
	}
}

func (o *office) follow(t *testing.T) {
	t.Helper()
	if _, err := o.notices.Follow(t.Context(), o.Now()); err != nil {
		t.Fatal(err)
	}
}

// work runs the tasks that are due, as the runner would, and returns how long
// the last of them asked to wait.
func (o *office) work(t *testing.T, s *notice.Service) (wait time.Duration) {
	t.Helper()
	rows := taskdb.New(o.db)
	claimed, err := rows.Claim(t.Context(), "test", o.Now(), time.Minute, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range claimed {
		if job.Kind != notice.TaskSend {
			continue
		}
		err := s.Deliver(t.Context(), job.Task)
		var later interface{ RetryAfter() time.Duration }
		switch {
		case err == nil:
			err = rows.Done(t.Context(), "test", job.ID, o.Now())
		case errors.As(err, &later):
			wait = later.RetryAfter()
			err = rows.Again(t.Context(), "test", job.ID, o.Now().Add(wait), "", false)
		case errors.Is(err, errDied):
			err = rows.Again(t.Context(), "test", job.ID, o.Now(), "", false)
		}
		if err != nil {
			t.Fatalf("task %s: %v", job.Key, err)
		}
	}
	return wait
}

// errDied is how a process ends in the middle of something.
var errDied = errors.New("the process died")

// texts are what was sent, one line each, with whom it was for.
func texts(all []notice.Message) []string {
	var out []string
	for _, m := range all {
		line := strings.ReplaceAll(m.Text, "\n", " | ") + " →"
		for _, to := range m.To {
			line += " " + to.Name
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func (o *office) settings(t *testing.T, who desk.Actor, s notice.Settings) {
	t.Helper()
	if err := o.notices.SaveSettings(t.Context(), who, s); err != nil {
		t.Fatal(err)
	}
}

func (o *office) list(t *testing.T, who desk.Actor) notice.List {
	t.Helper()
	l, err := o.notices.Notices(t.Context(), who, notice.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// count is the one number of a query.
func (o *office) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	if err := o.db.QueryRow(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
