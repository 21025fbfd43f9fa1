package auth_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"replydesk/app/auth"
	"replydesk/app/kv"
	"replydesk/app/store"
	"replydesk/app/store/authdb"
	"replydesk/app/store/storetest"
	"replydesk/inbox/desk"
)

const password = "correct horse 42"

// world is a service on a real database with a time moved by hand.
type world struct {
	*auth.Service
	db     *store.DB
	counts *counted
	shared *kv.Memory
	ended  *[]string

	mu sync.Mutex
	at time.Time
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// counted counts what the service asks of its store.
type counted struct {
	auth.Store
	reads, writes atomic.Int64
}

func (c *counted) Session(ctx context.Context, key string) (auth.Session, auth.User, error) {
	c.reads.Add(1)
	return c.Store.Session(ctx, key)
}

func (c *counted) Token(ctx context.Context, hash string) (auth.Token, auth.User, error) {
	c.reads.Add(1)
	return c.Store.Token(ctx, hash)
}

func (c *counted) Atomic(ctx context.Context, fn func(tx auth.Tx) error) error {
	c.writes.Add(1)
	return c.Store.Atomic(ctx, fn)
}

// each runs fn on both engines.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := &world{db: db, counts: &counted{Store: authdb.New(db)}, at: time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC), ended: new([]string)}
		w.shared = kv.NewMemory(w.now)
		t.Cleanup(func() { _ = w.shared.Close() })
		w.Service = w.node(t, w.shared)
		fn(t, w)
	})
}

// node is another process of the same desk.
func (w *world) node(t *testing.T, shared auth.Shared) *auth.Service {
	t.Helper()
	s, err := auth.NewService(auth.Options{
		Store: w.counts, Shared: shared, Now: w.now, Lifetime: 12 * time.Hour, Idle: 2 * time.Hour,
		Ended: func(session string) { *w.ended = append(*w.ended, session) },
	})
	must(t, err)
	auth.Cheap(s)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func code(t *testing.T, err error, want desk.Code) {
	t.Helper()
	if got := desk.CodeOf(err); got != want {
		t.Fatalf("error is %v (%q), want code %q", err, got, want)
	}
}

// fields are the names of the fields an error is about.
func fields(err error) []string {
	var e *desk.Error
	var names []string
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			names = append(names, f.Name)
		}
	}
	return names
}

// admin is the actor of the first administrator, who is created when missing.
func (w *world) admin(t *testing.T) desk.Actor {
	t.Helper()
	_, err := w.EnsureAdmin(t.Context(), password)
	must(t, err)
	_, p, err := w.SignIn(t.Context(), auth.Credentials{Username: "admin", Password: password, Address: "192.0.2.9"})
	must(t, err)
	return p.Actor()
}

// person is the input for a user who sees everything.
func person(username string, role desk.Role) auth.UserInput {
	name, word := "用户 "+username, password
	return auth.UserInput{Username: &username, Name: &name, Role: &role, Password: &word}
}

func (w *world) user(t *testing.T, username string, role desk.Role) auth.User {
	t.Helper()
	u, err := w.CreateUser(t.Context(), w.admin(t), person(username, role))
	must(t, err)
	return u
}

// signIn signs in with the password all users here have.
func (w *world) signIn(t *testing.T, username string) (cookie string, p auth.Principal) {
	t.Helper()
	cookie, p, err := w.SignIn(t.Context(), auth.Credentials{Username: username, Password: password, Address: "192.0.2.1", Agent: "test"})
	must(t, err)
	return cookie, p
}

// events are the names of what was recorded after the numbered event.
func (w *world) events(t *testing.T, after int64) []desk.Event {
	t.Helper()
	events, err := w.db.EventsAfter(t.Context(), after, 100)
	must(t, err)
	return events
}

// seed adds rows that other parts own: departments and accounts with ids from 1.
func (w *world) seed(t *testing.T) {
	t.Helper()
	must(t, w.db.Atomic(t.Context(), func(tx *store.Tx) error {
		for _, q := range []string{
			`INSERT INTO departments (code, name, short_name) VALUES ('GA', '公安局', '公安'), ('SB', '社保局', '社保')`,
			`INSERT INTO accounts (platform, name, settings, created_at, updated_at) VALUES ('wechat', '甲', '', 1, 1), ('wechat', '乙', '', 1, 1)`,
		} {
			if _, err := tx.Exec(t.Context(), q); err != nil {
				return err
			}
		}
		return nil
	}))
}

func ptr[T any](v T) *T { return &v }
