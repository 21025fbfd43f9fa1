package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"replydesk/app/api"
	"replydesk/app/auth"
	"replydesk/inbox/desk"
)

const password = "correct horse 42"

// person adds a user who can sign in with the password.
func (d *testDesk) person(t *testing.T, username string, role desk.Role) {
	t.Helper()
	name, word := "用户 "+username, password
	_, err := d.auth.CreateUser(t.Context(), desk.System(), auth.UserInput{Username: &username, Name: &name, Role: &role, Password: &word})
	must(t, err)
}

func cookieIn(t *testing.T, r response) *http.Cookie {
	t.Helper()
	cookies := (&http.Response{Header: r.header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies came, want 1: %v", len(cookies), r.header["Set-Cookie"])
	}
	return cookies[0]
}

func TestSignInAndOut(t *testing.T) {
	d := newDesk(t)
	d.person(t, "zhang", desk.Staff)
	d.run(t, []scenario{
		{name: "wrong password", call: "POST /session", in: body{"username": "zhang", "password": "wrong horse 42"},
			status: 401, want: map[string]any{"code": "unauthenticated", "reason": "bad_credentials"}},
		{name: "unknown name", call: "POST /session", in: body{"username": "nobody", "password": password},
			status: 401, want: map[string]any{"code": "unauthenticated", "reason": "bad_credentials"}},
		{name: "no password", call: "POST /session", in: body{"username": "zhang"},
			status: 422, want: map[string]any{"code": "invalid", "fields.0.name": "password"}},
		{name: "not JSON", call: "POST /session", in: raw(`{"username":"zhang",`),
			status: 400, want: map[string]any{"code": "invalid", "reason": "malformed"}},
		{name: "nobody is signed in", call: "GET /session", status: 401, want: map[string]any{"code": "unauthenticated"}},
	})
	for _, code := range []string{"", "123456"} { // nobody has a second factor
		if r := d.do(t, "", "POST", "/api/v1/session", body{"username": "zhang", "password": password, "totp": code}); r.status != 200 {
			t.Errorf("totp %q: %d %s", code, r.status, r.body)
		}
	}
	in := d.do(t, "", "POST", "/api/v1/session", body{"username": "Zhang", "password": password})
	if in.status != 200 || in.text(t, "user.name") != "用户 zhang" || in.text(t, "user.role") != "staff" {
		t.Fatalf("sign-in: %d %s", in.status, in.body)
	}
	cookie := cookieIn(t, in)
	if cookie.Name != "desk_session" || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
		t.Errorf("the cookie is %+v", cookie)
	}
	if strings.Contains(string(in.body), cookie.Value) {
		t.Error("the answer's body holds the session's id")
	}
	with := func(csrf string) func(*http.Request) {
		return func(r *http.Request) {
			r.AddCookie(cookie)
			r.Header.Set("X-Desk-CSRF", csrf)
		}
	}
	csrf := in.text(t, "csrf")
	now := d.do(t, "", "GET", "/api/v1/session", nil, with(""))
	if now.status != 200 || now.text(t, "csrf") != csrf || now.at("user.department") != nil {
		t.Errorf("session: %d %s", now.status, now.body)
	}
	permissions, _ := json.Marshal(now.at("permissions"))
	if want := `["tickets.read","tickets.work","library.read","library.edit","accounts.read","users.read"]`; string(permissions) != want {
		t.Errorf("permissions %s, want %s", permissions, want)
	}
	for _, wrong := range []string{"", "x", csrfOf("limin")} {
		if r := d.do(t, "", "DELETE", "/api/v1/session", nil, with(wrong)); r.status != 403 || r.at("reason") != "csrf" {
			t.Errorf("signing out with CSRF token %q: %d %s", wrong, r.status, r.body)
		}
	}
	again := d.do(t, "", "POST", "/api/v1/session", body{"username": "zhang", "password": password}, with(""))
	if r := d.do(t, "", "GET", "/api/v1/session", nil, with("")); again.status != 200 || r.status != 401 {
		t.Errorf("after signing in again the session before answers %d", r.status)
	}
	cookie, csrf = cookieIn(t, again), again.text(t, "csrf")
	out := d.do(t, "", "DELETE", "/api/v1/session", nil, with(csrf))
	if c := cookieIn(t, out); out.status != 204 || c.MaxAge >= 0 {
		t.Errorf("signing out: %d, cookie %+v", out.status, c)
	}
	if r := d.do(t, "", "GET", "/api/v1/session", nil, with("")); r.status != 401 {
		t.Errorf("after signing out: %d", r.status)
	}
}

func TestSignInFromAnotherSite(t *testing.T) {
	d := newDesk(t)
	d.person(t, "zhang", desk.Staff)
	in := body{"username": "zhang", "password": password}
	r := d.do(t, "", "POST", "/api/v1/session", in, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	if r.status != 403 || r.at("reason") != "cross_site" {
		t.Errorf("a foreign page signed its visitor in: %d %s", r.status, r.body)
	}
	r = d.do(t, "", "POST", "/api/v1/session", in, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })
	if r.status != 415 {
		t.Errorf("a form's content type: %d %s", r.status, r.body)
	}
}

func TestThrottledSignIn(t *testing.T) {
	d := newDesk(t, func(_ *api.Deps, c *api.Config) { c.TrustedProxies = []string{"0.0.0.0/32"} })
	d.person(t, "zhang", desk.Staff)
	from := func(address string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.77, "+address) }
	}
	for range 10 {
		if r := d.do(t, "", "POST", "/api/v1/session", body{"username": "zhang", "password": "x"}, from("198.51.100.1")); r.status != 401 {
			t.Fatalf("a wrong password: %d %s", r.status, r.body)
		}
	}
	hashes := d.auth.Hashes()
	r := d.do(t, "", "POST", "/api/v1/session", body{"username": "zhang", "password": password}, from("198.51.100.1"))
	if r.status != 429 || r.at("code") != "rate_limited" || r.header.Get("Retry-After") != "900" {
		t.Errorf("the eleventh try: %d, Retry-After %q, %s", r.status, r.header.Get("Retry-After"), r.body)
	}
	if d.auth.Hashes() != hashes {
		t.Error("a throttled try cost a hash")
	}
	if r := d.do(t, "", "POST", "/api/v1/session", body{"username": "zhang", "password": password}, from("198.51.100.2")); r.status != 200 {
		t.Errorf("from another address: %d %s", r.status, r.body)
	}
	d.clock.pass(15*time.Minute + time.Second)
	if r := d.do(t, "", "POST", "/api/v1/session", body{"username": "zhang", "password": password}, from("198.51.100.1")); r.status != 200 {
		t.Errorf("a quarter of an hour later: %d %s", r.status, r.body)
	}
}

func TestChangePassword(t *testing.T) {
	d := newDesk(t)
	d.person(t, "zhang", desk.Staff)
	in := d.do(t, "", "POST", "/api/v1/session", body{"username": "zhang", "password": password})
	cookie, csrf := cookieIn(t, in), in.text(t, "csrf")
	change := func(old, fresh string) response {
		return d.do(t, "", "POST", "/api/v1/session/password", body{"old": old, "new": fresh}, func(r *http.Request) {
			r.AddCookie(cookie)
			r.Header.Set("X-Desk-CSRF", csrf)
		})
	}
	if r := change("wrong horse 42", "battery staple 7"); r.status != 422 || r.at("fields.0.name") != "old" {
		t.Errorf("with a wrong old password: %d %s", r.status, r.body)
	}
	if r := change(password, "short"); r.status != 422 || r.at("fields.0.name") != "new" {
		t.Errorf("with a short new password: %d %s", r.status, r.body)
	}
	r := change(password, "battery staple 7")
	if r.status != 204 {
		t.Fatalf("change: %d %s", r.status, r.body)
	}
	old := cookie
	cookie = cookieIn(t, r)
	if cookie.Value == old.Value || cookie.Value == "" {
		t.Error("the session kept its id")
	}
	if r := d.do(t, "", "GET", "/api/v1/session", nil, func(r *http.Request) { r.AddCookie(old) }); r.status != 401 {
		t.Errorf("the old session: %d", r.status)
	}
	if r := change("battery staple 7", "another battery 8"); r.status != 204 {
		t.Errorf("the page could not write any more with its CSRF token: %d %s", r.status, r.body)
	}
}

func TestTokens(t *testing.T) {
	d := newDesk(t)
	d.run(t, []scenario{
		{name: "nameless", as: "limin", call: "POST /tokens", in: body{"name": ""}, status: 422, want: map[string]any{"fields.0.name": "name"}},
		{name: "expired", as: "limin", call: "POST /tokens", in: body{"name": "robot", "expires_at": "2026-11-21T00:00:00Z"},
			status: 422, want: map[string]any{"fields.0.name": "expires_at"}},
		{name: "odd time", as: "limin", call: "POST /tokens", in: body{"name": "robot", "expires_at": "tomorrow"},
			status: 422, want: map[string]any{"fields.0.name": "expires_at"}},
	})
	made := d.post(t, "limin", "/api/v1/tokens", body{"name": "robot", "expires_at": "2026-11-22T02:00:00+00:00"})
	if made.status != 201 || !strings.HasPrefix(made.text(t, "token"), "dt_") {
		t.Fatalf("make a token: %d %s", made.status, made.body)
	}
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	machine := bearer(made.text(t, "token"))
	if r := d.do(t, "", "GET", "/api/v1/session", nil, machine); r.status != 200 || r.at("csrf") != "" || r.at("user.username") != "limin" {
		t.Errorf("who am I: %d %s", r.status, r.body)
	}
	ticket := d.says(t, 1, "o-1", "居住证怎么办理")
	if r := d.do(t, "", "POST", "/api/v1/tickets/"+ticket+"/notes", body{"text": "由程序添加"}, machine); r.status != 201 {
		t.Errorf("a machine's write needs no CSRF token: %d %s", r.status, r.body)
	}
	for name, call := range map[string]string{"a token makes a token": "/api/v1/tokens", "a token changes the password": "/api/v1/session/password"} {
		in := any(body{"name": "heir"})
		if strings.HasSuffix(call, "password") {
			in = body{"old": "x", "new": "battery staple 7"}
		}
		if r := d.do(t, "", "POST", call, in, machine); r.status != 403 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	d.run(t, []scenario{
		{name: "list", as: "limin", call: "GET /tokens", status: 200, want: map[string]any{"items.#": 1, "items.0.name": "robot", "items.0.token": absent, "next_cursor": ""}},
		{name: "others' are not mine", as: "chief", call: "GET /tokens", status: 200, want: map[string]any{"items.#": 0}},
		{name: "nor mine to end", as: "chief", call: "DELETE /tokens/1", status: 404},
	})
	for _, header := range []string{"Bearer dt_wrong", "Bearer ", "Basic bGltaW46eA==", "dt_x", "Bearer " + cookieOf("limin")} {
		r := d.do(t, "", "GET", "/api/v1/session", nil, func(r *http.Request) { r.Header.Set("Authorization", header) })
		if r.status != 401 || r.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: %d %s", header, r.status, r.body)
		}
	}
	// A token beside a session decides, so that neither lends the other its rights.
	if r := d.do(t, "limin", "GET", "/api/v1/session", nil, bearer("dt_wrong")); r.status != 401 {
		t.Errorf("a wrong token beside a session: %d", r.status)
	}
	if r := d.do(t, "limin", "DELETE", "/api/v1/tokens/1", nil); r.status != 204 {
		t.Errorf("end the token: %d %s", r.status, r.body)
	}
	if r := d.do(t, "", "GET", "/api/v1/session", nil, machine); r.status != 401 {
		t.Errorf("an ended token: %d", r.status)
	}
}

func TestExpiredSession(t *testing.T) {
	d := newDesk(t)
	d.clock.pass(2 * time.Hour)
	if r := d.get(t, "limin", "/api/v1/session"); r.status != 401 || r.at("code") != "unauthenticated" {
		t.Errorf("a session idle for two hours: %d %s", r.status, r.body)
	}
}

// Nobody signed in is an answer for a page that says so, and an error else.
func TestSessionOfNobody(t *testing.T) {
	d := newDesk(t)
	const optional = "/api/v1/session?optional=true"
	unknown := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "desk_session", Value: strings.Repeat("a", 43)}) }
	badToken := func(r *http.Request) { r.Header.Set("Authorization", "Bearer fake-token") }
	tests := []struct {
		name, as, method, path string
		change                 func(*http.Request)
		status                 int
	}{
		{"nobody", "", "GET", optional, func(*http.Request) {}, 204},
		{"an ended session", "", "GET", optional, unknown, 204},
		{"a wrong token", "", "GET", optional, badToken, 401},
		{"not optional", "", "GET", "/api/v1/session?optional=false", func(*http.Request) {}, 401},
		{"another route", "", "GET", "/api/v1/users?optional=true", func(*http.Request) {}, 401},
		{"sign out", "", "DELETE", optional, func(*http.Request) {}, 401},
		{"somebody", "limin", "GET", optional, func(*http.Request) {}, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if r := d.do(t, tt.as, tt.method, tt.path, body{}, tt.change); r.status != tt.status || (r.status == 204) != (len(r.body) == 0) {
				t.Errorf("%d %q, want %d", r.status, r.body, tt.status)
			}
		})
	}
}
