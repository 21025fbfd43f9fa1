package authdb_test

import (
	"slices"
	"testing"
	"time"

	"replydesk/app/auth"
	"replydesk/app/store"
	"replydesk/app/store/authdb"
	"replydesk/app/store/storetest"
	"replydesk/inbox/desk"
)

// The rules over this store are tried on both engines in app/auth; here is what
// is the SQL's own matter.

func TestUsersWithTheirAccounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := authdb.New(db), t.Context()
		at := time.UnixMilli(1_763_773_200_123).UTC()
		must(t, db.Atomic(ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO departments (code, name) VALUES ('GA', '公安局')`); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO accounts (platform, name, settings, created_at, updated_at)
				VALUES ('wechat', '甲', '', 1, 1), ('wechat', '乙', '', 1, 1), ('wechat', '丙', '', 1, 1)`)
			return err
		}))
		want := []auth.User{
			{Username: "all", AllAccounts: true, Role: desk.Admin},
			{Username: "two", AccountIDs: []int64{1, 3}, Role: desk.Liaison, Department: auth.Department{ID: 1, Name: "公安局"}},
			{Username: "none", Role: desk.Staff},
			{Username: "three", AccountIDs: []int64{1, 2, 3}, Role: desk.Staff},
		}
		must(t, s.Atomic(ctx, func(tx auth.Tx) error {
			for i := range want {
				want[i].Name, want[i].Active, want[i].CreatedAt, want[i].UpdatedAt = want[i].Username, true, at, at
				if err := tx.InsertUser(ctx, &want[i], "hash"); err != nil {
					return err
				}
			}
			return nil
		}))
		// A page counts users, not the rows of their accounts.
		first, err := s.Users(ctx, 0, 2)
		must(t, err)
		rest, err := s.Users(ctx, first[1].ID, 10)
		must(t, err)
		got := append(first, rest...)
		same := slices.EqualFunc(got, want, func(a, b auth.User) bool {
			accounts := slices.Equal(a.AccountIDs, b.AccountIDs)
			a.AccountIDs, b.AccountIDs = nil, nil
			return accounts && a.ID == b.ID && a.Username == b.Username && a.Role == b.Role && a.Department == b.Department &&
				a.AllAccounts == b.AllAccounts && a.Active && a.CreatedAt.Equal(b.CreatedAt) && a.LastSeenAt.IsZero()
		})
		if !same {
			t.Errorf("users are %+v, want %+v", got, want)
		}
		u, hash, err := s.Password(ctx, "three")
		must(t, err)
		if hash != "hash" || !slices.Equal(u.AccountIDs, []int64{1, 2, 3}) {
			t.Errorf("by name: %+v, %q", u, hash)
		}
	})
}

func TestConflictsAndAbsence(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := authdb.New(db), t.Context()
		insert := func() error {
			return s.Atomic(ctx, func(tx auth.Tx) error { return tx.InsertUser(ctx, &auth.User{Username: "limin"}, "hash") })
		}
		must(t, insert())
		want(t, "a name twice", insert(), desk.Conflict)
		_, err := s.User(ctx, 99)
		want(t, "user", err, desk.NotFound)
		_, _, err = s.Password(ctx, "nobody")
		want(t, "name", err, desk.NotFound)
		_, _, err = s.Session(ctx, "none")
		want(t, "session", err, desk.NotFound)
		_, _, err = s.Token(ctx, "none")
		want(t, "token", err, desk.NotFound)
		for name, f := range map[string]func(tx auth.Tx) error{
			"lock":     func(tx auth.Tx) error { _, err := tx.LockUser(ctx, 99); return err },
			"update":   func(tx auth.Tx) error { return tx.UpdateUser(ctx, auth.User{ID: 99}) },
			"password": func(tx auth.Tx) error { return tx.SetPassword(ctx, 99, "x") },
			"remove":   func(tx auth.Tx) error { return tx.RemoveToken(ctx, 1, 99) },
		} {
			want(t, name, s.Atomic(ctx, f), desk.NotFound)
		}
	})
}

// Being seen only ever moves forward, whichever node writes last.
func TestSeenMovesForward(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := authdb.New(db), t.Context()
		at := time.UnixMilli(1_763_773_200_000).UTC()
		must(t, s.Atomic(ctx, func(tx auth.Tx) error {
			if err := tx.InsertUser(ctx, &auth.User{Username: "limin"}, "hash"); err != nil {
				return err
			}
			if err := tx.AddSession(ctx, auth.Session{Key: "k", UserID: 1, CSRF: "c", SeenAt: at, ExpiresAt: at.Add(time.Hour)}); err != nil {
				return err
			}
			if err := tx.SeeSession(ctx, "k", 1, at.Add(time.Minute)); err != nil {
				return err
			}
			return tx.SeeSession(ctx, "k", 1, at.Add(time.Second))
		}))
		session, user, err := s.Session(ctx, "k")
		must(t, err)
		if later := at.Add(time.Minute); !session.SeenAt.Equal(later) || !user.LastSeenAt.Equal(later) {
			t.Errorf("seen at %v and %v, want %v", session.SeenAt, user.LastSeenAt, later)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, name string, err error, code desk.Code) {
	t.Helper()
	if got := desk.CodeOf(err); got != code {
		t.Errorf("%s: error %v, want %s", name, err, code)
	}
}
