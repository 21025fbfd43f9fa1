package api_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"replydesk/app/auth"
	"replydesk/app/store"
	"replydesk/app/store/authdb"
	"replydesk/app/store/storetest"
	"replydesk/inbox/desk"
)

// follows puts into a person's hands a session that a link to an escalation
// opened.
func (d *testDesk) follows(t testing.TB, as string, userID, escalation int64) {
	t.Helper()
	now := d.clock.now()
	_, err := d.auth.MakeLink(t.Context(), userID, escalation, 1_000_000+escalation)
	must(t, err)
	var link int64
	must(t, d.db.QueryRow(t.Context(), `SELECT id FROM links WHERE notice_id = $1`, 1_000_000+escalation).Scan(&link))
	held := browser{fmt.Sprintf("%s-%s", as, rand()+rand())[:43], "csrf of " + as}
	sum := sha256.Sum256([]byte(held.cookie))
	must(t, authdb.New(d.db).Atomic(t.Context(), func(tx auth.Tx) error {
		return tx.AddSession(t.Context(), auth.Session{
			Key: hex.EncodeToString(sum[:]), UserID: userID, CSRF: held.csrf, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), LinkID: link,
		})
	}))
	d.opened[as] = held
}

// linked is a desk whose notices leave by e-mail and to the group of department
// 1, where two people work.
type linked struct {
	*testDesk
	t *testing.T
}

func newLinked(t *testing.T, db *store.DB) *linked {
	l := &linked{newDeskOn(t, db), t}
	l.must("/notices/senders", body{"kind": "smtp", "name": "邮件", "host": "smtp.example.test", "from": "desk@example.test"})
	l.must("/notices/senders", body{"kind": "dingtalk", "name": "公安群", "url": "https://robot.example.test/?access_token=t", "department_id": "1"})
	r := l.do(t, "admin", "PATCH", "/api/v1/users/5", body{"email": "zhou@example.test"})
	if r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	return l
}

func (l *linked) must(path string, in any) response {
	l.t.Helper()
	r := l.post(l.t, "admin", "/api/v1"+path, in)
	if r.status >= 300 {
		l.t.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	return r
}

// work runs what waits of a kind and takes what left by the senders.
func (l *linked) work() (texts []string) {
	l.t.Helper()
	l.follow(l.t)
	rows, err := l.db.Query(l.t.Context(), `SELECT kind, key FROM jobs WHERE kind IN ('notice.send', 'link.code') ORDER BY id`)
	must(l.t, err)
	var tasks []desk.Task
	for rows.Next() {
		var task desk.Task
		must(l.t, rows.Scan(&task.Kind, &task.Key))
		tasks = append(tasks, task)
	}
	must(l.t, rows.Err())
	for _, task := range tasks {
		if task.Kind == auth.TaskLinkCode {
			must(l.t, l.auth.SendCode(l.t.Context(), task))
		} else {
			must(l.t, l.notices.Deliver(l.t.Context(), task))
		}
	}
	must(l.t, l.db.Atomic(l.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(l.t.Context(), `DELETE FROM jobs WHERE kind IN ('notice.send', 'link.code')`)
		return err
	}))
	for _, m := range l.outlet.sent {
		var to []string
		for _, p := range m.To {
			to = append(to, p.Name)
		}
		texts = append(texts, strings.Join(to, "+")+": "+m.Text)
	}
	l.outlet.sent = nil
	return texts
}

var (
	tokenIn = regexp.MustCompile(`https://desk\.example\.test/l/([\w-]{48})(?:\s|$)`)
	codeIn  = regexp.MustCompile(`验证码为 (\d{6})`)
)

// dispatched gives a ticket to department 1 and returns the ticket, the
// escalation and the token in the e-mail to the liaison.
func (l *linked) dispatched(citizen string) (ticket, escalation, token string) {
	l.t.Helper()
	ticket = l.says(l.t, 1, citizen, "居住证怎么办理")
	l.must("/tickets/"+ticket+"/escalations", body{"department_id": "1"})
	must(l.t, l.db.QueryRow(l.t.Context(), `SELECT CAST(max(id) AS TEXT) FROM escalations`).Scan(&escalation))
	for _, text := range l.work() {
		if found := tokenIn.FindStringSubmatch(text); found != nil {
			token = found[1]
		}
	}
	if token == "" {
		l.t.Fatal("no link was sent")
	}
	return ticket, escalation, token
}

func (l *linked) call(path string, in any) response {
	l.t.Helper()
	return l.post(l.t, "", "/api/v1/links/"+path, in)
}

// code asks for a code and returns what arrived.
func (l *linked) code(token string) string {
	l.t.Helper()
	if r := l.call("code", body{"token": token}); r.status != 200 {
		l.t.Fatalf("no code: %d %s", r.status, r.body)
	}
	for _, text := range l.work() {
		if found := codeIn.FindStringSubmatch(text); found != nil && strings.HasPrefix(text, "周联络: ") {
			return found[1]
		}
	}
	l.t.Fatal("no code arrived")
	return ""
}

// enter opens a session and gives it to a browser.
func (l *linked) enter(as, token, code string) response {
	l.t.Helper()
	r := l.call("session", body{"token": token, "code": code})
	if r.status == 200 {
		cookie, err := http.ParseSetCookie(r.header.Get("Set-Cookie"))
		must(l.t, err)
		l.opened[as] = browser{cookie.Value, r.text(l.t, "csrf")}
	}
	return r
}

func (l *linked) refused(what string, r response, status int, reason string) {
	l.t.Helper()
	if r.status != status || reason != "" && r.at("reason") != reason {
		l.t.Errorf("%s: %d %s, want %d %s", what, r.status, r.body, status, reason)
	}
}

func eachLinked(t *testing.T, fn func(t *testing.T, l *linked)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newLinked(t, db)) })
}

// A liaison comes from the notice to the ticket with a code, and reaches nothing
// else; what was done on the way is in the audit.
func TestLink(t *testing.T) {
	eachLinked(t, func(t *testing.T, l *linked) {
		ticket, escalation, token := l.dispatched("o-1")
		other, _, _ := l.dispatched("o-2")
		look := l.call("look", body{"token": token})
		if look.status != 200 || look.at("escalation_id") != escalation || look.at("address") != "z***@example.test" || look.at("expires_at") != "2026-11-29T01:00:00Z" {
			t.Fatalf("look: %d %s", look.status, look.body)
		}
		code := l.code(token)
		r := l.enter("by link", token, code)
		if r.status != 200 || r.at("user.id") != "5" || r.at("escalation_id") != escalation || r.at("permissions.#") != 2 {
			t.Fatalf("open: %d %s", r.status, r.body)
		}
		l.run(t, []scenario{
			{name: "the escalation", as: "by link", call: "GET /escalations/" + escalation, status: 200, want: map[string]any{"ticket_id": ticket}},
			{name: "its story", as: "by link", call: "GET /tickets/" + ticket + "/timeline", status: 200},
			{name: "another's", as: "by link", call: "GET /tickets/" + other + "/timeline", status: 404},
			{name: "another escalation", as: "by link", call: "POST /escalations/2/sign", status: 404},
			{name: "no list", as: "by link", call: "GET /escalations", status: 403, want: map[string]any{"reason": "link_session"}},
			{name: "no notices", as: "by link", call: "GET /notices", status: 403},
			{name: "no other address", as: "by link", call: "PUT /notices/settings", in: body{}, status: 403},
			{name: "no token that stays", as: "by link", call: "POST /tokens", in: body{"name": "x"}, status: 403},
			{name: "no password", as: "by link", call: "POST /session/password", in: body{"old": "x", "new": "correct horse 42"}, status: 403},
			{name: "sign", as: "by link", call: "POST /escalations/" + escalation + "/sign", status: 200, events: []string{"escalation.signed", "clock.met"},
				want: map[string]any{"signed_by.name": "周联络"}},
			{name: "answer", as: "by link", call: "POST /escalations/" + escalation + "/answer", in: body{"text": "到派出所办理"}, status: 200, events: []string{"escalation.answered", "clock.met"}},
			{name: "the desk sees the links", as: "limin", call: "GET /escalations/" + escalation + "/links", status: 200, want: map[string]any{
				"items.#": 1, "items.0.user.name": "周联络", "items.0.state": "open", "items.0.used_at": "2026-11-22T01:00:00Z"}},
			{name: "a liaison does not", as: "liaison", call: "GET /escalations/" + escalation + "/links", status: 403},
			{name: "nor who does not see the ticket", as: "narrow", call: "GET /escalations/" + escalation + "/links", status: 404},
		})
		rows := l.get(t, "chief", "/api/v1/audit?limit=100")
		for _, want := range []string{`"action":"link.code_sent"`, `"to":"z***@example.test"`, `"action":"link.opened"`} {
			if !strings.Contains(string(rows.body), want) {
				t.Errorf("the audit has no %s", want)
			}
		}
		if strings.Contains(string(rows.body), token) || strings.Contains(string(rows.body), code) || strings.Contains(l.log.String(), token) {
			t.Error("a token or a code is on record")
		}
		var stored int
		must(t, l.db.QueryRow(t.Context(), `SELECT count(*) FROM links WHERE token_hash = $1 OR name = $1 OR code_nonce LIKE $2`, token, "%"+code+"%").Scan(&stored))
		if stored != 0 {
			t.Error("the token or the code is in the database")
		}
	})
}

// Somebody of the desk tells a liaison a code: who dispatched or supervises, for
// a link to this escalation, and it opens once.
func TestLinkWithACodeThatWasTold(t *testing.T) {
	eachLinked(t, func(t *testing.T, l *linked) {
		_, escalation, token := l.dispatched("o-1")
		_, _, second := l.dispatched("o-2")
		at, link := "POST /escalations/"+escalation+"/links/code", l.get(t, "limin", "/api/v1/escalations/"+escalation+"/links").text(t, "items.0.id")
		old := l.code(token)
		l.run(t, []scenario{
			{name: "a liaison", as: "liaison", call: at, in: body{"link_id": link}, status: 403},
			{name: "who does not see it", as: "narrow", call: at, in: body{"link_id": link}, status: 404},
			{name: "a link to another", as: "chief", call: at, in: body{"link_id": "2"}, status: 422, want: map[string]any{"fields.0.name": "link_id"}},
			{name: "no link", as: "chief", call: at, in: body{"link_id": "99"}, status: 422},
		})
		l.refused("who did not dispatch it", l.post(t, "limin", "/api/v1/escalations/"+escalation+"/links/code", body{"link_id": link}), 403, "not_dispatcher")
		must(t, l.db.Atomic(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE escalations SET dispatched_by = 3 WHERE id = $1`, rowID(t, escalation))
			return err
		}))
		r := l.post(t, "limin", "/api/v1/escalations/"+escalation+"/links/code", body{"link_id": link})
		if r.status != 200 || len(r.text(t, "code")) != 6 || r.at("until") == "" {
			t.Fatalf("told: %d %s", r.status, r.body)
		}
		code := r.text(t, "code")
		if code != old {
			l.refused("the code before it", l.enter("x", token, old), 401, "bad_code")
		}
		l.refused("for another link", l.enter("x", second, code), 401, "code_over")
		if r := l.enter("by voice", token, code); r.status != 200 || r.at("escalation_id") != escalation {
			t.Fatalf("open: %d %s", r.status, r.body)
		}
		l.refused("again", l.enter("x", token, code), 401, "code_over")
		rows := l.get(t, "chief", "/api/v1/audit?limit=100")
		if text := string(rows.body); !strings.Contains(text, `"action":"link.code_told"`) || strings.Contains(text, code) {
			t.Errorf("on record: %s", text)
		}
		for range 3 { // with the one that was sent, five
			l.post(t, "chief", "/api/v1/escalations/"+escalation+"/links/code", body{"link_id": link})
		}
		l.refused("the sixth within an hour", l.post(t, "chief", "/api/v1/escalations/"+escalation+"/links/code", body{"link_id": link}), 429, "")
	})
}

// What was never sent, was changed on the way, has run out or was taken back
// opens nothing, and a code counts once, for its own link and its own time.
func TestLinkIsRefused(t *testing.T) {
	eachLinked(t, func(t *testing.T, l *linked) {
		_, escalation, token := l.dispatched("o-1")
		_, _, second := l.dispatched("o-2")
		for name, forged := range map[string]string{
			"empty": "", "short": token[:40], "another name": second[:16] + token[16:], "another signature": token[:47] + string(token[47]^1),
			"long": strings.Repeat("a", 200), "path": "../../etc/passwd",
		} {
			l.refused("look: "+name, l.call("look", body{"token": forged}), 404, "link_unknown")
			l.refused("code: "+name, l.call("code", body{"token": forged}), 404, "link_unknown")
			l.refused("open: "+name, l.call("session", body{"token": forged, "code": "000000"}), 404, "link_unknown")
		}
		l.refused("no code was sent", l.enter("x", token, "123456"), 401, "code_over")
		code := l.code(token)
		l.refused("the code of another link", l.enter("x", second, code), 401, "code_over")
		l.code(second)
		l.refused("the code of another link, which has one", l.enter("x", second, code), 401, "bad_code")
		if r := l.enter("first", token, code); r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		l.refused("the code again", l.enter("x", token, code), 401, "code_over")
		l.clock.pass(time.Hour)
		late := l.code(token)
		l.clock.pass(10 * time.Minute)
		l.refused("a code that is too old", l.enter("x", token, late), 401, "code_over")
		old := l.code(token)
		if newer := l.code(token); newer != old {
			l.refused("the code before the last", l.enter("x", token, old), 401, "bad_code")
		}
		l.revive(t)
		if r := l.post(t, "limin", "/api/v1/escalations/"+escalation+"/links/revoke", nil); r.status != 204 {
			t.Fatalf("%d %s", r.status, r.body)
		}
		l.refused("taken back", l.call("look", body{"token": token}), 404, "link_revoked")
		l.refused("taken back: code", l.call("code", body{"token": token}), 404, "link_revoked")
		l.refused("its session", l.get(t, "first", "/api/v1/escalations/"+escalation), 401, "")
		if r := l.call("look", body{"token": second}); r.status != 200 {
			t.Errorf("another link was taken back too: %s", r.body)
		}
		l.clock.pass(7 * 24 * time.Hour)
		l.refused("too old", l.call("look", body{"token": second}), 404, "link_expired")
		l.refused("too old: code", l.call("code", body{"token": second}), 404, "link_expired")
	})
}

// Five wrong codes end a code, twenty a link, and asking for codes has its limit
// too: nobody finds one by trying.
func TestLinkIsNotGuessed(t *testing.T) {
	eachLinked(t, func(t *testing.T, l *linked) {
		_, _, token := l.dispatched("o-1")
		wrong := func(code string) string { return fmt.Sprintf("%06d", (mustAtoi(t, code)+1)%1_000_000) }
		code := l.code(token)
		for range 5 {
			l.refused("a wrong code", l.enter("x", token, wrong(code)), 401, "bad_code")
		}
		l.refused("the right one, too late", l.enter("x", token, code), 401, "code_over")
		for range 3 {
			l.clock.pass(16 * time.Minute)
			code = l.code(token)
			for range 5 {
				l.enter("x", token, wrong(code))
			}
		}
		l.refused("after twenty", l.call("look", body{"token": token}), 404, "link_revoked")

		_, _, token = l.dispatched("o-2")
		for range 5 {
			l.code(token)
		}
		r := l.call("code", body{"token": token})
		l.refused("the sixth within an hour", r, 429, "")
		if r.header.Get("Retry-After") == "" {
			t.Error("not told when to come back")
		}
		for range 10 {
			l.enter("x", token, "not a code")
		}
		l.refused("the eleventh try from one address", l.enter("x", token, "000000"), 429, "")
	})
}

// A link is worth nothing once its person or its department has nothing to do
// with the work any more; nor are the sessions it opened.
func TestLinkEndsWithItsReason(t *testing.T) {
	for name, end := range map[string]func(l *linked, escalation string) response{
		"withdrawn": func(l *linked, escalation string) response {
			return l.post(l.t, "limin", "/api/v1/escalations/"+escalation+"/withdraw", body{"reason": "转错单位"})
		},
		"moved": func(l *linked, _ string) response {
			return l.do(l.t, "admin", "PATCH", "/api/v1/users/5", body{"department_id": "2"})
		},
		"deactivated": func(l *linked, _ string) response {
			return l.do(l.t, "admin", "PATCH", "/api/v1/users/5", body{"active": false})
		},
		"new password": func(l *linked, _ string) response {
			return l.do(l.t, "admin", "PATCH", "/api/v1/users/5", body{"password": "correct horse 42"})
		},
		"another role": func(l *linked, _ string) response {
			return l.do(l.t, "admin", "PATCH", "/api/v1/users/5", body{"role": "staff"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLinked(t, storetest.Open(t, "", t.TempDir()))
			ticket, escalation, token := l.dispatched("o-1")
			if r := l.enter("by link", token, l.code(token)); r.status != 200 {
				t.Fatalf("%d %s", r.status, r.body)
			}
			if r := l.get(t, "by link", "/api/v1/escalations/"+escalation); r.status != 200 {
				t.Fatalf("%d %s", r.status, r.body)
			}
			code := l.code(token)
			if r := end(l, escalation); r.status >= 300 {
				t.Fatalf("%d %s", r.status, r.body)
			}
			// Given to the department again, the ticket is another piece of work.
			if name == "withdrawn" {
				l.must("/tickets/"+ticket+"/escalations", body{"department_id": "1"})
			}
			l.refused("look", l.call("look", body{"token": token}), 404, "link_revoked")
			l.refused("code", l.call("code", body{"token": token}), 404, "link_revoked")
			l.refused("open", l.enter("x", token, code), 404, "link_revoked")
			for _, path := range []string{"/escalations/" + escalation, "/tickets/" + ticket + "/timeline"} {
				if r := l.get(t, "by link", "/api/v1"+path); r.status < 400 || strings.Contains(string(r.body), "居住证") {
					t.Errorf("%s is still read: %d %s", path, r.status, r.body)
				}
			}
			if r := l.post(t, "by link", "/api/v1/escalations/"+escalation+"/answer", body{"text": "x"}); r.status < 400 {
				t.Errorf("still answered: %d %s", r.status, r.body)
			}
		})
	}
}

// Programs that look at links in mails fetch them, and run what is on the page.
// Nothing changes by that, and no code is sent.
func TestLinkIsOnlyLookedAt(t *testing.T) {
	l := newLinked(t, storetest.Open(t, "", t.TempDir()))
	_, _, token := l.dispatched("o-1")
	head, err := l.db.Head(t.Context())
	must(t, err)
	audited := l.get(t, "chief", "/api/v1/audit?limit=1").at("items.0.seq")
	for range 3 {
		if r := l.do(t, "", "GET", "/l/"+token, nil); r.status != 200 || !strings.Contains(string(r.body), "<!doctype html>") {
			t.Fatalf("the page: %d %.200s", r.status, r.body)
		}
		if r := l.call("look", body{"token": token}); r.status != 200 {
			t.Fatalf("look: %d", r.status)
		}
	}
	if now, err := l.db.Head(t.Context()); err != nil || now != head {
		t.Errorf("something happened: event %d, was %d, %v", now, head, err)
	}
	if got := l.get(t, "chief", "/api/v1/audit?limit=1").at("items.0.seq"); got != audited {
		t.Errorf("the audit went from %v to %v", audited, got)
	}
	if texts := l.work(); len(texts) != 0 {
		t.Errorf("sent: %q", texts)
	}
	if r := l.do(t, "", "POST", "/api/v1/links/code", body{"token": token}, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }); r.status != 403 {
		t.Errorf("a foreign page asks for a code: %d", r.status)
	}
}

// In a group each person's link is their own, an e-mail has its person's only,
// and a message that is sent again leads to the same place.
func TestLinksOfAGroup(t *testing.T) {
	l := newLinked(t, storetest.Open(t, "", t.TempDir()))
	l.liaison(t, "second", 1)
	ticket := l.says(t, 1, "o-1", "居住证怎么办理")
	l.must("/tickets/"+ticket+"/escalations", body{"department_id": "1"})
	l.outlet.err = fmt.Errorf("the platform answered 500")
	l.follow(t)
	tasks := []desk.Task{{Kind: "notice.send", Key: "mail/1/5"}, {Kind: "notice.send", Key: "robot/2/0"}}
	for _, task := range tasks {
		if err := l.notices.Deliver(t.Context(), task); err == nil {
			t.Fatal("a failure is no failure")
		}
	}
	first := l.outlet.sent
	l.outlet.err, l.outlet.sent = nil, nil
	l.clock.pass(time.Minute)
	for _, task := range tasks {
		must(t, l.notices.Deliver(t.Context(), task))
	}
	if len(first) != 2 || len(l.outlet.sent) != 2 || first[0].Text != l.outlet.sent[0].Text || first[1].Text != l.outlet.sent[1].Text {
		t.Fatalf("sent %+v, then %+v", first, l.outlet.sent)
	}
	mail, group := first[0].Text, first[1].Text
	if n := len(tokenIn.FindAllString(mail, -1)); n != 1 {
		t.Errorf("%d links in the mail: %s", n, mail)
	}
	if !regexp.MustCompile(`周联络：https://desk\.example\.test/l/[\w-]{48}\nsecond：https://desk\.example\.test/l/[\w-]{48}`).MatchString(group) {
		t.Errorf("in the group: %s", group)
	}
	// The second has no mailbox of their own: they sign in.
	token := regexp.MustCompile(`second：https://desk\.example\.test/l/([\w-]{48})`).FindStringSubmatch(group)[1]
	look := l.call("look", body{"token": token})
	if look.status != 200 || look.at("address") != "" {
		t.Errorf("look: %d %s", look.status, look.body)
	}
	l.refused("code", l.call("code", body{"token": token}), 409, "no_mailbox")
}

func mustAtoi(t testing.TB, s string) int {
	t.Helper()
	var n int
	_, err := fmt.Sscanf(s, "%d", &n)
	must(t, err)
	return n
}
