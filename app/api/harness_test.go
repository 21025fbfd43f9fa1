package api_test

import (
	"context"
	"io"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"replydesk/app/api"
	"replydesk/app/auth"
	"replydesk/app/files"
	"replydesk/app/jobs"
	"replydesk/app/kv"
	"replydesk/app/live"
	"replydesk/app/store"
	"replydesk/app/store/authdb"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/storetest"
	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// clock is a time tests move by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// testDesk is a server on a real database; only the world outside is faked.
type testDesk struct {
	server *api.Server
	db     *store.DB
	auth   *auth.Service
	inbox  *inbox.Service
	clock  *clock
	intake *fakeIntake
	tasks  *fakeTasks
}

func newDesk(t *testing.T) *testDesk {
	t.Helper()
	d := &testDesk{
		db:     storetest.Open(t, "", t.TempDir()),
		clock:  &clock{at: time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)},
		intake: &fakeIntake{}, tasks: &fakeTasks{},
	}
	shared := kv.NewMemory(d.clock.now)
	t.Cleanup(func() { _ = shared.Close() })
	var hub *live.Hub
	var err error
	d.auth, err = auth.NewService(auth.Options{
		Store: authdb.New(d.db), Shared: shared, Now: d.clock.now, Lifetime: 12 * time.Hour, Idle: 2 * time.Hour,
		Ended: func(session string) { hub.Drop(session) }, Changed: func(userID int64) { hub.Refresh(userID) },
	})
	must(t, err)
	policy := sla.Policy{Target: 24 * time.Hour, WarnAt: []int{50, 80}}
	d.inbox, err = inbox.NewService(inboxdb.New(d.db), noLimits{}, inbox.Rules{
		FirstReply: policy, NextReply: policy, ReopenWithin: 72 * time.Hour, Location: time.UTC, SendTries: 3,
	}, d.clock.now)
	must(t, err)
	hub = live.New(live.Options{
		Source: d.db, Shared: shared, Recheck: d.auth.Recheck, Now: d.clock.now,
		MaySee: func(ctx context.Context, actor desk.Actor, id int64) bool {
			return d.inbox.MaySee(ctx, actor, inbox.TicketID(id))
		},
	})
	folder, err := files.Open(t.TempDir())
	must(t, err)
	t.Cleanup(func() { _ = folder.Close() })
	d.server, err = api.New(api.Deps{
		Auth: d.auth, Inbox: d.inbox, Accounts: fakeAccounts{}, Library: fakeLibrary{}, Intake: d.intake, Tasks: d.tasks,
		Files: folder, Live: hub, Now: d.clock.now,
		Pages: fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>desk</title>")}},
	}, api.Config{BaseURL: "https://desk.example.test", Version: "test"})
	must(t, err)
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type noLimits struct{}

func (noLimits) Limits(context.Context, int64) (channel.Limits, error) {
	return channel.Limits{MaxBytes: 2048}, nil
}

type fakeIntake struct{}

func (fakeIntake) Receive(context.Context, string, int64, channel.Request) (channel.Response, error) {
	return channel.Response{}, nil
}
func (fakeIntake) Replay(context.Context, desk.Actor, int64) error { return nil }

type fakeTasks struct{}

func (fakeTasks) Dead(context.Context, int) ([]jobs.Dead, error) { return nil, nil }
func (fakeTasks) Retry(context.Context, int64) error             { return nil }

type noAccounts interface{ api.Accounts }

type fakeAccounts struct{ noAccounts }

type fakeLibrary struct{ api.Library }

var _ = io.EOF
var _ faq.Entry
