package auth_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/app/auth"
	"replydesk/app/kv"
	"replydesk/app/store"
	"replydesk/inbox/desk"
)

func TestSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, "limin", desk.Staff)
		gone := w.user(t, "wangtao", desk.Staff)
		_, err := w.UpdateUser(t.Context(), w.admin(t), gone.ID, auth.UserInput{Active: ptr(false)})
		must(t, err)
		tests := []struct {
			name, username, password string
			want                     desk.Code
		}{
			{"right", "limin", password, ""},
			{"any case and space", " LiMin ", password, ""},
			{"wrong password", "limin", "wrong horse 42", desk.Unauthenticated},
			{"empty password", "limin", "", desk.Unauthenticated},
			{"huge password", "limin", strings.Repeat("x", 100_000), desk.Unauthenticated},
			{"unknown name", "nobody", password, desk.Unauthenticated},
			{"empty name", "", "", desk.Unauthenticated},
			{"deactivated", "wangtao", password, desk.Unauthenticated},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				before := w.Hashes()
				cookie, p, err := w.SignIn(t.Context(), auth.Credentials{Username: tt.username, Password: tt.password, Address: "192.0.2.1"})
				code(t, err, tt.want)
				if n := w.Hashes() - before; n != 1 {
					t.Errorf("%d hashes were computed, want 1 whoever it is", n)
				}
				if tt.want != "" {
					if desk.ReasonOf(err) != "bad_credentials" {
						t.Errorf("reason is %q: it tells what was wrong", desk.ReasonOf(err))
					}
					return
				}
				who, err := w.BySession(t.Context(), cookie)
				must(t, err)
				if who.User.Username != "limin" || who.CSRF == "" || who.CSRF != p.CSRF || who.Machine {
					t.Errorf("the session belongs to %+v", who)
				}
				if !who.CheckCSRF(p.CSRF) || who.CheckCSRF("") || who.CheckCSRF(p.CSRF+"x") {
					t.Error("CheckCSRF does not tell the token from others")
				}
			})
		}
	})
}

func TestSecretsAreNotStored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, "limin", desk.Staff)
		cookie, p := w.signIn(t, "limin")
		_, token, err := w.CreateToken(t.Context(), p, "robot", time.Time{})
		must(t, err)
		for _, q := range []string{`SELECT id FROM sessions`, `SELECT token_hash FROM api_tokens`, `SELECT password_hash FROM users`} {
			rows, err := w.db.Query(t.Context(), q)
			all, err := store.Collect(rows, err, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
			must(t, err)
			for _, stored := range all {
				if stored == "" || strings.Contains(stored, cookie) || strings.Contains(stored, token) || strings.Contains(stored, password) {
					t.Errorf("%s holds a secret", q)
				}
			}
		}
	})
}

func TestSignInRotates(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, "limin", desk.Staff)
		old, p := w.signIn(t, "limin")
		fresh, _, err := w.SignIn(t.Context(), auth.Credentials{Username: "limin", Password: password, Address: "192.0.2.1", Old: old})
		must(t, err)
		if fresh == old {
			t.Fatal("the session kept its id")
		}
		_, err = w.BySession(t.Context(), old)
		code(t, err, desk.Unauthenticated)
		_, err = w.BySession(t.Context(), fresh)
		must(t, err)
		if len(*w.ended) == 0 || (*w.ended)[len(*w.ended)-1] != p.Session {
			t.Errorf("ended sessions told: %v, want %s last", *w.ended, p.Session)
		}
	})
}

func TestSessionEnds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, "limin", desk.Staff)
		idle, _ := w.signIn(t, "limin")
		used, p := w.signIn(t, "limin")
		for range 5 { // 1 h 55 min each: never idle for two hours
			w.pass(115 * time.Minute)
			_, err := w.BySession(t.Context(), used)
			must(t, err)
		}
		_, err := w.BySession(t.Context(), idle)
		code(t, err, desk.Unauthenticated)
		actor, err := w.Recheck(t.Context(), p.Session)
		must(t, err)
		if actor.UserID != p.User.ID {
			t.Errorf("Recheck found user %d, want %d", actor.UserID, p.User.ID)
		}
		for range 3 { // past the lifetime of 12 h, in use all the time
			w.pass(60 * time.Minute)
			_, err = w.BySession(t.Context(), used)
		}
		code(t, err, desk.Unauthenticated)
		_, err = w.Recheck(t.Context(), p.Session)
		code(t, err, desk.Unauthenticated)

		must(t, w.PurgeSessions(t.Context(), w.now()))
		var left int
		must(t, w.db.QueryRow(t.Context(), `SELECT count(*) FROM sessions`).Scan(&left))
		if left != 0 {
			t.Errorf("%d ended sessions are left", left)
		}
	})
}

func TestSignOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, "limin", desk.Staff)
		cookie, p := w.signIn(t, "limin")
		_, err := w.BySession(t.Context(), cookie)
		must(t, err)
		must(t, w.SignOut(t.Context(), p))
		_, err = w.BySession(t.Context(), cookie)
		code(t, err, desk.Unauthenticated)
		must(t, w.SignOut(t.Context(), p))
	})
}

func TestMalformedCookiesReadNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, cookie := range []string{"", "x", strings.Repeat("a", 10_000), strings.Repeat(" ", 43), "dt_" + strings.Repeat("a", 43)} {
			_, err := w.BySession(t.Context(), cookie)
			code(t, err, desk.Unauthenticated)
		}
		for _, token := range []string{"", "dt_", strings.Repeat("a", 43), "dt_" + strings.Repeat("a", 42)} {
			_, err := w.ByToken(t.Context(), token)
			code(t, err, desk.Unauthenticated)
		}
		if n := w.counts.reads.Load(); n != 0 {
			t.Errorf("%d reads for what cannot be a session", n)
		}
	})
}

// A request of somebody signed in costs at most one read, and a write once a
// minute.
func TestSessionIsCheap(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, "limin", desk.Staff)
		cookie, _ := w.signIn(t, "limin")
		reads, writes := w.counts.reads.Load(), w.counts.writes.Load()
		for range 120 { // a request a second for two minutes
			w.pass(time.Second)
			_, err := w.BySession(t.Context(), cookie)
			must(t, err)
		}
		if n := w.counts.reads.Load() - reads; n > 13 {
			t.Errorf("%d reads in two minutes, want one in ten seconds", n)
		}
		if n := w.counts.writes.Load() - writes; n != 2 {
			t.Errorf("%d writes in two minutes, want 2", n)
		}
		users, err := w.Users(t.Context(), desk.System(), 0, "")
		must(t, err)
		if seen := users.Items[1].LastSeenAt; w.now().Sub(seen) > time.Minute {
			t.Errorf("the user was last seen at %v, now is %v", seen, w.now())
		}
	})
}

func TestChangePassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, "limin", desk.Staff)
		mine, p := w.signIn(t, "limin")
		other, _ := w.signIn(t, "limin")
		head, err := w.db.Head(t.Context())
		must(t, err)

		_, err = w.ChangePassword(t.Context(), p, "wrong horse 42", "battery staple 7", "192.0.2.1", "")
		code(t, err, desk.Invalid)
		if got := fields(err); len(got) != 1 || got[0] != "old" {
			t.Errorf("fields %v, want old", got)
		}
		_, err = w.ChangePassword(t.Context(), p, password, "short", "192.0.2.1", "")
		if got := fields(err); len(got) != 1 || got[0] != "new" {
			t.Errorf("fields %v, want new", got)
		}
		fresh, err := w.ChangePassword(t.Context(), p, password, "battery staple 7", "192.0.2.1", "")
		must(t, err)
		for _, cookie := range []string{mine, other} {
			_, err := w.BySession(t.Context(), cookie)
			code(t, err, desk.Unauthenticated)
		}
		now, err := w.BySession(t.Context(), fresh)
		must(t, err)
		if now.CSRF != p.CSRF {
			t.Error("the CSRF token changed, so the open page could not write any more")
		}
		_, _, err = w.SignIn(t.Context(), auth.Credentials{Username: "limin", Password: password, Address: "192.0.2.1"})
		code(t, err, desk.Unauthenticated)
		events := w.events(t, head)
		if len(events) != 1 || events[0].Name != auth.UserChanged || events[0].Audience != desk.ReadUsers {
			t.Errorf("events %+v, want one user.changed for who may read users", events)
		}
	})
}

func TestThrottleByName(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, "limin", desk.Staff)
		try := func(username, word, address string) error {
			_, _, err := w.SignIn(t.Context(), auth.Credentials{Username: username, Password: word, Address: address})
			return err
		}
		for range 10 {
			code(t, try("limin", "wrong horse 42", "192.0.2.1"), desk.Unauthenticated)
		}
		before := w.Hashes()
		err := try("LIMIN", password, "192.0.2.1")
		code(t, err, desk.RateLimited)
		var throttled interface{ RetryAfter() time.Duration }
		if !asError(err, &throttled) || throttled.RetryAfter() <= 0 || throttled.RetryAfter() > 15*time.Minute {
			t.Errorf("retry after %v, want within 15 minutes", throttled)
		}
		if w.Hashes() != before {
			t.Error("a hash was computed for a throttled try")
		}
		must(t, try("limin", password, "192.0.2.2"))
		must(t, try("admin", password, "192.0.2.1"))
		w.pass(15*time.Minute + time.Second)
		must(t, try("limin", password, "192.0.2.1"))
	})
}

func TestThrottleByAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.admin(t)
		try := func(username, word, address string) error {
			_, _, err := w.SignIn(t.Context(), auth.Credentials{Username: username, Password: word, Address: address})
			return err
		}
		for range 60 { // a whole office signs in from one address
			must(t, try("admin", password, "2001:db8::1"))
		}
		for i := range 50 {
			code(t, try(fmt.Sprint("guess", i), "wrong horse 42", fmt.Sprintf("2001:db8::%x", i)), desk.Unauthenticated)
		}
		code(t, try("admin", password, "2001:db8:0:0:ffff::1"), desk.RateLimited) // the same /64
		must(t, try("admin", password, "2001:db8:0:1::1"))
	})
}

// Tries that come at the same time are no way around the limit.
func TestThrottleConcurrent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.admin(t)
		before := w.Hashes()
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() {
				_, _, _ = w.SignIn(context.Background(), auth.Credentials{Username: "admin", Password: "wrong horse 42", Address: "192.0.2.1"})
			})
		}
		wg.Wait()
		// Two hash at the same time, so one may be under way when the limit closes.
		if n := w.Hashes() - before; n > 11 {
			t.Errorf("%d of 40 tries were checked, want 10 or 11", n)
		}
	})
}

// fedShared lets a test hand hints to a node one by one.
type fedShared struct {
	*kv.Memory
	hints chan string
}

func (f fedShared) Subscribe(context.Context, string) (<-chan string, func()) {
	return f.hints, func() {}
}

func TestOtherNodesForget(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, "limin", desk.Staff)
		cookie, p := w.signIn(t, "limin")
		fed := fedShared{w.shared, make(chan string)}
		told, untold := w.node(t, fed), w.node(t, w.shared)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- told.Run(ctx) }()
		for _, node := range []*auth.Service{told, untold} {
			_, err := node.BySession(t.Context(), cookie)
			must(t, err)
		}
		must(t, w.SignOut(t.Context(), p))
		fed.hints <- p.Session
		fed.hints <- "session:none" // taken only when the one before is done
		_, err := told.BySession(t.Context(), cookie)
		code(t, err, desk.Unauthenticated)
		_, err = untold.BySession(t.Context(), cookie)
		must(t, err) // the hint got lost …
		w.pass(10 * time.Second)
		_, err = untold.BySession(t.Context(), cookie)
		code(t, err, desk.Unauthenticated) // … for ten seconds at most
		cancel()
		must(t, <-done)
	})
}
