package auth_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/app/auth"
	"replydesk/app/store"
	"replydesk/inbox/desk"
)

func asError[T any](err error, target *T) bool { return errors.As(err, target) }

func TestEnsureAdmin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, bad := range []string{"abc", strings.Repeat(" ", 20)} {
			if created, err := w.EnsureAdmin(t.Context(), bad); created || desk.CodeOf(err) != desk.Invalid || !strings.Contains(err.Error(), "DESK_ADMIN_PASSWORD") {
				t.Errorf("password %q: %v, %v; want Invalid that names the variable", bad, created, err)
			}
		}
		created, err := w.EnsureAdmin(t.Context(), "")
		must(t, err)
		if created {
			t.Error("an administrator without a password was created")
		}
		nodes := []*auth.Service{w.Service, w.node(t, w.shared)}
		results := make([]bool, len(nodes))
		var wg sync.WaitGroup
		for i, node := range nodes {
			wg.Go(func() {
				created, err := node.EnsureAdmin(t.Context(), password)
				results[i] = created
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if results[0] == results[1] {
			t.Errorf("two nodes at once created %v, want exactly one", results)
		}
		_, p := w.signIn(t, "admin")
		if a := p.Actor(); a.Role != desk.Admin || !a.AllAccounts {
			t.Errorf("the administrator is %+v", a)
		}
		created, err = w.EnsureAdmin(t.Context(), "another password")
		must(t, err)
		if created {
			t.Error("a second administrator was created")
		}
	})
}

func TestCreateUserFields(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.seed(t)
		admin := w.admin(t)
		with := func(change func(in *auth.UserInput)) auth.UserInput {
			in := person("zhangwei", desk.Staff)
			change(&in)
			return in
		}
		tests := []struct {
			name string
			in   auth.UserInput
			want []string
		}{
			{"nothing", auth.UserInput{}, []string{"username", "name", "role", "password"}},
			{"bad username", with(func(in *auth.UserInput) { in.Username = ptr("a b") }), []string{"username"}},
			{"bad role", with(func(in *auth.UserInput) { in.Role = ptr(desk.Role("boss")) }), []string{"role"}},
			{"blank name", with(func(in *auth.UserInput) { in.Name = ptr("  ") }), []string{"name"}},
			{"long name", with(func(in *auth.UserInput) { in.Name = ptr(strings.Repeat("长", 41)) }), []string{"name"}},
			{"short password", with(func(in *auth.UserInput) { in.Password = ptr("123456789") }), []string{"password"}},
			{"ten characters, not bytes", with(func(in *auth.UserInput) { in.Password = ptr("密码密码密码密码密") }), []string{"password"}},
			{"password is username", with(func(in *auth.UserInput) {
				in.Username, in.Password = ptr("zhangwei-2026"), ptr("ZhangWei-2026")
			}), []string{"password"}},
			{"huge password", with(func(in *auth.UserInput) { in.Password = ptr(strings.Repeat("x", 257)) }), []string{"password"}},
			{"liaison of nobody", with(func(in *auth.UserInput) { in.Role = ptr(desk.Liaison) }), []string{"department_id"}},
			{"unknown department", with(func(in *auth.UserInput) { in.DepartmentID = ptr(int64(99)) }), []string{"department_id"}},
			{"unknown account", with(func(in *auth.UserInput) { in.AccountIDs = []int64{1, 99} }), []string{"account_ids"}},
			{"several", with(func(in *auth.UserInput) { in.Username, in.Password = ptr(""), ptr("") }), []string{"username", "password"}},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				_, err := w.CreateUser(t.Context(), admin, tt.in)
				code(t, err, desk.Invalid)
				if got := fields(err); !slices.Equal(got, tt.want) {
					t.Errorf("fields %v, want %v", got, tt.want)
				}
			})
		}
		page, err := w.Users(t.Context(), admin, 0, "")
		must(t, err)
		if len(page.Items) != 1 {
			t.Errorf("%d users are there, want the administrator alone", len(page.Items))
		}
	})
}

func TestUserScope(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.seed(t)
		admin := w.admin(t)
		in := person("limin", desk.Staff)
		in.AccountIDs = []int64{2, 1, 2}
		u, err := w.CreateUser(t.Context(), admin, in)
		must(t, err)
		cookie, p := w.signIn(t, "limin")
		if a := p.Actor(); a.AllAccounts || !slices.Equal(a.AccountIDs, []int64{1, 2}) {
			t.Errorf("the actor sees %+v, want accounts 1 and 2", a)
		}
		_, err = w.UpdateUser(t.Context(), admin, u.ID, auth.UserInput{AccountIDs: []int64{2}})
		must(t, err)
		p, err = w.BySession(t.Context(), cookie)
		must(t, err)
		if a := p.Actor(); !slices.Equal(a.AccountIDs, []int64{2}) {
			t.Errorf("the actor sees %v at once after the change, want account 2", a.AccountIDs)
		}
		_, err = w.UpdateUser(t.Context(), admin, u.ID, auth.UserInput{
			Role: ptr(desk.Liaison), DepartmentID: ptr(int64(2)), AllAccounts: ptr(true),
		})
		must(t, err)
		p, err = w.BySession(t.Context(), cookie)
		must(t, err)
		if a := p.Actor(); a.Role != desk.Liaison || a.DepartmentID != 2 || !a.AllAccounts || a.AccountIDs != nil {
			t.Errorf("the actor is %+v, want a liaison of department 2", a)
		}
		if p.User.Department.Name != "社保局" {
			t.Errorf("the department is called %q", p.User.Department.Name)
		}
		_, err = w.UpdateUser(t.Context(), admin, u.ID, auth.UserInput{DepartmentID: ptr(int64(0))})
		if got := fields(err); !slices.Equal(got, []string{"department_id"}) {
			t.Errorf("fields %v, want department_id", got)
		}
	})
}

func TestUpdateUser(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.admin(t)
		u := w.user(t, "limin", desk.Staff)
		w.user(t, "wangtao", desk.Staff)
		head, err := w.db.Head(t.Context())
		must(t, err)

		_, err = w.UpdateUser(t.Context(), admin, u.ID, auth.UserInput{Username: ptr("WangTao")})
		code(t, err, desk.Conflict)
		if got := fields(err); !slices.Equal(got, []string{"username"}) {
			t.Errorf("fields %v, want username", got)
		}
		_, err = w.UpdateUser(t.Context(), admin, 999, auth.UserInput{})
		code(t, err, desk.NotFound)
		if events := w.events(t, head); len(events) != 0 {
			t.Errorf("refused changes recorded %v", events)
		}

		cookie, _ := w.signIn(t, "limin")
		_, err = w.UpdateUser(t.Context(), admin, u.ID, auth.UserInput{Name: ptr("李敏"), Password: ptr("battery staple 7")})
		must(t, err)
		_, err = w.BySession(t.Context(), cookie)
		code(t, err, desk.Unauthenticated)
		events := w.events(t, head)
		if len(events) != 1 || events[0].Name != auth.UserChanged || events[0].ActorID != admin.UserID {
			t.Errorf("events %+v, want one user.changed by the administrator", events)
		}
		if strings.Contains(string(events[0].Data), "battery") || strings.Contains(string(events[0].Data), "李敏") {
			t.Errorf("the event tells too much: %s", events[0].Data)
		}
		_, _, err = w.SignIn(t.Context(), auth.Credentials{Username: "limin", Password: "battery staple 7", Address: "192.0.2.1"})
		must(t, err)
	})
}

func TestUsersNeedPermission(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.seed(t)
		admin := w.admin(t)
		u := w.user(t, "limin", desk.Staff)
		in := person("zhou", desk.Liaison)
		in.DepartmentID = ptr(int64(1))
		liaison, err := w.CreateUser(t.Context(), admin, in)
		must(t, err)
		for _, role := range []desk.Role{desk.Supervisor, desk.Staff, desk.Liaison} {
			actor := desk.Actor{UserID: u.ID, Role: role}
			_, err := w.CreateUser(t.Context(), actor, person("x1", desk.Staff))
			code(t, err, desk.Forbidden)
			_, err = w.UpdateUser(t.Context(), actor, u.ID, auth.UserInput{Role: ptr(desk.Admin)})
			code(t, err, desk.Forbidden)
		}
		_, err = w.Users(t.Context(), liaison.Actor(), 0, "")
		code(t, err, desk.Forbidden)
	})
}

func TestUsersPages(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.admin(t)
		for _, name := range []string{"aa", "bb", "cc", "dd"} {
			w.user(t, name, desk.Staff)
		}
		var got []string
		cursor := ""
		for range 4 {
			page, err := w.Users(t.Context(), admin, 2, cursor)
			must(t, err)
			for _, u := range page.Items {
				got = append(got, u.Username)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if want := []string{"admin", "aa", "bb", "cc", "dd"}; !slices.Equal(got, want) {
			t.Errorf("pages hold %v, want %v", got, want)
		}
		_, err := w.Users(t.Context(), admin, 2, "nonsense")
		code(t, err, desk.Invalid)
		names, err := w.Names(t.Context(), []int64{1, 2, 99})
		must(t, err)
		if len(names) != 2 || names[1] != "管理员" {
			t.Errorf("names %v, want two", names)
		}
	})
}

func TestDeactivation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.admin(t)
		u := w.user(t, "limin", desk.Staff)
		cookie, p := w.signIn(t, "limin")
		_, token, err := w.CreateToken(t.Context(), p, "robot", time.Time{})
		must(t, err)
		_, err = w.ByToken(t.Context(), token)
		must(t, err)
		_, err = w.UpdateUser(t.Context(), admin, u.ID, auth.UserInput{Active: ptr(false)})
		must(t, err)
		_, err = w.BySession(t.Context(), cookie)
		code(t, err, desk.Unauthenticated)
		_, err = w.ByToken(t.Context(), token)
		code(t, err, desk.Unauthenticated)
		if !slices.Contains(*w.ended, p.Session) {
			t.Error("nobody was told that the session ended")
		}
		// What the person had in hand is taken over by a task of the same transaction.
		tasks := func() (payloads []string) {
			rows, err := w.db.Query(t.Context(), `SELECT payload FROM jobs WHERE kind = $1 ORDER BY id`, auth.TaskUserLost)
			payloads, err = store.Collect(rows, err, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
			must(t, err)
			return payloads
		}
		want := []string{fmt.Sprintf(`{"user_id":%d}`, u.ID)}
		if got := tasks(); !slices.Equal(got, want) {
			t.Errorf("tasks %q", got)
		}
		for _, change := range []struct {
			in   auth.UserInput
			lost bool
		}{
			{auth.UserInput{Role: ptr(desk.Supervisor)}, false}, // of somebody who could not sign in
			{auth.UserInput{Active: ptr(true)}, false},
			{auth.UserInput{Name: ptr("李明")}, false},
			{auth.UserInput{Role: ptr(desk.Staff)}, true},
			{auth.UserInput{AllAccounts: ptr(true)}, false},
			{auth.UserInput{AllAccounts: ptr(false)}, true},
		} {
			w.pass(time.Second)
			if _, err = w.UpdateUser(t.Context(), admin, u.ID, change.in); err != nil {
				t.Fatal(err)
			}
			if change.lost {
				want = append(want, want[0])
			}
			if got := tasks(); !slices.Equal(got, want) {
				t.Errorf("after %+v: tasks %q", change.in, got)
			}
		}
		_, err = w.ByToken(t.Context(), token)
		code(t, err, desk.Unauthenticated)
	})
}

// TestPasswordsEndTokens: a new password, of the user's own or by an
// administrator, ends every token, and an ended session makes no new one.
func TestPasswordsEndTokens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.admin(t)
		u, _ := w.user(t, "limin", desk.Staff), w.user(t, "other", desk.Staff)
		_, bystander := w.signIn(t, "other")
		_, stays, err := w.CreateToken(t.Context(), bystander, "robot", time.Time{})
		must(t, err)
		_, p := w.signIn(t, "limin")
		for name, change := range map[string]func() error{
			"own": func() error {
				_, err := w.ChangePassword(t.Context(), p, password, "battery staple 7", "192.0.2.1", "")
				return err
			},
			"by an administrator": func() error {
				_, err := w.UpdateUser(t.Context(), admin, u.ID, auth.UserInput{Password: ptr("battery staple 7")})
				return err
			},
		} {
			_, err := w.UpdateUser(t.Context(), admin, u.ID, auth.UserInput{Password: ptr(password)})
			must(t, err)
			_, p = w.signIn(t, "limin")
			made, token, err := w.CreateToken(t.Context(), p, "robot", time.Time{})
			must(t, err)
			machine, err := w.ByToken(t.Context(), token)
			must(t, err)
			must(t, change())
			_, err = w.ByToken(t.Context(), token)
			if desk.CodeOf(err) != desk.Unauthenticated {
				t.Errorf("%s: token %d answers %v", name, made.ID, err)
			}
			if !slices.Contains(*w.ended, machine.Session) {
				t.Errorf("%s: nobody was told that the token ended", name)
			}
			_, _, err = w.CreateToken(t.Context(), p, "heir", time.Time{})
			if desk.CodeOf(err) != desk.Unauthenticated {
				t.Errorf("%s: the ended session made a token: %v", name, err)
			}
		}
		_, err = w.ByToken(t.Context(), stays)
		must(t, err)
	})
}

func TestLastAdmin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.admin(t)
		for name, in := range map[string]auth.UserInput{
			"role": {Role: ptr(desk.Staff)}, "active": {Active: ptr(false)},
		} {
			_, err := w.UpdateUser(t.Context(), admin, admin.UserID, in)
			if desk.ReasonOf(err) != "last_admin" {
				t.Errorf("%s: error %v, want last_admin", name, err)
			}
		}
		other := w.user(t, "second", desk.Admin)
		// Two administrators take away each other's rights at the same time.
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, id := range []int64{admin.UserID, other.ID} {
			wg.Go(func() {
				_, errs[i] = w.UpdateUser(context.Background(), admin, id, auth.UserInput{Role: ptr(desk.Staff)})
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("both ended with %v and %v, want one to succeed", errs[0], errs[1])
		}
	})
}

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.user(t, "limin", desk.Staff)
		w.user(t, "wangtao", desk.Staff)
		_, p := w.signIn(t, "limin")
		_, other := w.signIn(t, "wangtao")
		made, token, err := w.CreateToken(t.Context(), p, " robot ", w.now().Add(time.Hour))
		must(t, err)
		if !strings.HasPrefix(token, "dt_") || made.Name != "robot" {
			t.Errorf("token %+v begins %.3s", made, token)
		}
		machine, err := w.ByToken(t.Context(), token)
		must(t, err)
		if !machine.Machine || machine.CSRF != "" || machine.User.Username != "limin" {
			t.Errorf("the token belongs to %+v", machine)
		}
		if _, err := w.Recheck(t.Context(), machine.Session); err != nil {
			t.Errorf("recheck: %v", err)
		}
		list, err := w.Tokens(t.Context(), p)
		must(t, err)
		if len(list) != 1 || list[0].UsedAt.IsZero() {
			t.Errorf("tokens %+v, want one that was used", list)
		}

		_, _, err = w.CreateToken(t.Context(), machine, "heir", time.Time{})
		code(t, err, desk.Forbidden)
		_, err = w.ChangePassword(t.Context(), machine, password, "battery staple 7", "192.0.2.1", "")
		code(t, err, desk.Forbidden)
		code(t, w.RemoveToken(t.Context(), other, made.ID), desk.NotFound)
		_, _, err = w.CreateToken(t.Context(), p, "", time.Time{})
		code(t, err, desk.Invalid)
		_, _, err = w.CreateToken(t.Context(), p, "late", w.now())
		code(t, err, desk.Invalid)

		w.pass(time.Hour)
		_, err = w.ByToken(t.Context(), token)
		code(t, err, desk.Unauthenticated)
		forever, token, err := w.CreateToken(t.Context(), p, "forever", time.Time{})
		must(t, err)
		w.pass(1000 * time.Hour)
		_, err = w.ByToken(t.Context(), token)
		must(t, err)
		must(t, w.RemoveToken(t.Context(), p, forever.ID))
		_, err = w.ByToken(t.Context(), token)
		code(t, err, desk.Unauthenticated)
		for range 49 {
			_, _, err = w.CreateToken(t.Context(), p, "many", time.Time{})
			must(t, err)
		}
		_, _, err = w.CreateToken(t.Context(), p, "one too many", time.Time{})
		code(t, err, desk.Conflict)
	})
}

// A name of another alphabet's letters could pass for somebody else's.
func TestUsernamesAreASCII(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		create := func(username string) (auth.User, error) {
			name, role, password := "新人", desk.Staff, "a long password"
			return w.CreateUser(t.Context(), desk.System(), auth.UserInput{Username: &username, Name: &name, Role: &role, Password: &password})
		}
		for _, bad := range []string{"\u0430dmin", "李敏", "a b", "li@min", ".li", "l\u00ed"} {
			if _, err := create(bad); desk.CodeOf(err) != desk.Invalid {
				t.Errorf("username %q: %v, want Invalid", bad, err)
			}
		}
		u, err := create("Li.Min-2_x")
		must(t, err)
		if u.Username != "li.min-2_x" || u.AllAccounts {
			t.Errorf("created %+v; want the name in small letters, and no accounts that nobody gave", u)
		}
	})
}
