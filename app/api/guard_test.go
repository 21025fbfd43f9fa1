package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// operations are all routes of the document, with ids filled in.
func (d *testDesk) operations(t testing.TB) (calls [][2]string) {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	must(t, json.Unmarshal(d.server.OpenAPI(), &doc))
	for path, methods := range doc.Paths {
		for method := range methods {
			calls = append(calls, [2]string{strings.ToUpper(method), strings.ReplaceAll(path, "{id}", "1")})
		}
	}
	if len(calls) < 50 {
		t.Fatalf("the document has only %d operations", len(calls))
	}
	return calls
}

// forNobody reports whether a call is for who has not signed in yet.
func forNobody(call [2]string) bool {
	return call[0] == "POST" && slices.Contains([]string{"/session", "/links/look", "/links/code", "/links/session"}, strings.TrimPrefix(call[1], "/api/v1"))
}

func TestEveryRouteWantsToKnowWhoAsks(t *testing.T) {
	d := newDesk(t)
	for _, call := range d.operations(t) {
		if forNobody(call) {
			continue
		}
		r := d.do(t, "", call[0], call[1], body{})
		if r.status != 401 || r.at("code") != "unauthenticated" {
			t.Errorf("%v of nobody: %d %s", call, r.status, r.body)
		}
		r = d.do(t, "", call[0], call[1], body{}, func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: "desk_session", Value: strings.Repeat("a", 43)})
		})
		if r.status != 401 {
			t.Errorf("%v with an unknown session: %d %s", call, r.status, r.body)
		}
	}
}

func TestEveryWriteWantsTheCSRFToken(t *testing.T) {
	d := newDesk(t)
	head, err := d.db.Head(t.Context())
	must(t, err)
	for _, call := range d.operations(t) {
		if call[0] == "GET" || forNobody(call) {
			continue
		}
		for _, token := range []string{"", csrfOf("chief")} {
			r := d.do(t, "admin", call[0], call[1], body{}, func(r *http.Request) { r.Header.Set("X-Desk-CSRF", token) })
			if r.status != 403 || r.at("reason") != "csrf" {
				t.Errorf("%v with the token %q: %d %s", call, token, r.status, r.body)
			}
		}
	}
	if now, err := d.db.Head(t.Context()); err != nil || now != head {
		t.Errorf("something happened all the same: event %d, %v", now, err)
	}
}

// TestWhoMayNot asks for every route as somebody whose role does not allow it.
func TestWhoMayNot(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-1", "居住证怎么办理")
	at := "/tickets/" + ticket
	forbidden := []struct {
		as, call string
		in       any
	}{
		{"liaison", "POST " + at + "/assign", body{"assignee_id": "3"}},
		{"liaison", "POST " + at + "/escalations", body{"department_id": "1"}},
		{"liaison", "POST /escalations/1/agree", nil},
		{"liaison", "POST /escalations/1/refuse", body{"reason": "x"}},
		{"liaison", "POST /escalations/1/grant", nil},
		{"liaison", "POST /escalations/1/decline", body{"reason": "x"}},
		{"liaison", "POST /escalations/1/rework", body{"reason": "x"}},
		{"liaison", "POST /escalations/1/withdraw", body{"reason": "x"}},
		{"liaison", "POST /escalations/1/urge", nil},
		{"limin", "POST /escalations/1/supervise", body{"text": "x"}},
		{"limin", "POST /escalations/1/sign", nil},
		{"limin", "POST /escalations/1/answer", body{"text": "x"}},
		{"limin", "POST /escalations/1/return", body{"reason": "x"}},
		{"limin", "POST /escalations/1/extend", body{"reason": "x", "until": "2026-11-25T00:00:00Z"}},
		{"liaison", "POST " + at + "/close", body{"reason": "x"}},
		{"liaison", "POST " + at + "/ignore", body{"reason": "x"}},
		{"liaison", "POST " + at + "/reopen", nil},
		{"liaison", "POST " + at + "/priority", body{"priority": "high"}},
		{"liaison", "POST " + at + "/tags", body{"tags": []string{"x"}}},
		{"liaison", "POST /tickets/bulk", body{"action": "prioritize", "priority": "high", "tickets": []body{{"id": ticket}}}},
		{"liaison", "POST " + at + "/category", body{"category": "x"}},
		{"liaison", "POST " + at + "/pause", body{"reason": "x"}},
		{"liaison", "POST " + at + "/resume", nil},
		{"liaison", "POST " + at + "/thanks", nil},
		{"limin", "POST " + at + "/postpone", body{"hours": 1, "reason": "x"}},
		{"limin", "GET /templates", nil},
		{"limin", "POST /templates", body{"name": "x", "text": "x"}},
		{"limin", "PATCH /templates/1", body{"name": "x"}},
		{"limin", "DELETE /templates/1", nil},
		{"liaison", "POST /templates/1/use", body{"ticket_id": ticket}},
		{"liaison", "GET " + at + "/templates", nil},
		{"liaison", "GET /views", nil},
		{"liaison", "POST " + at + "/snooze", body{"until": "2026-11-22T10:00:00Z"}},
		{"liaison", "POST " + at + "/wake", nil},
		{"liaison", "GET /snooze-times", nil},
		{"liaison", "GET /views/counts", nil},
		{"liaison", "POST /views", body{"name": "x"}},
		{"limin", "POST /views", body{"name": "x", "scope": "all"}},
		{"limin", "POST /views", body{"name": "x", "scope": "role", "role": "supervisor"}},
		{"liaison", "PUT /views/order", body{"ids": []string{}}},
		{"liaison", "GET " + at + "/mentionable", nil},
		{"liaison", "GET /policies", nil},
		{"liaison", "POST /policies/explain", body{"clock": "first_reply"}},
		{"limin", "POST /policies", body{"name": "x", "clock": "sign", "plan": body{"target_seconds": 60, "steps": []body{}}}},
		{"limin", "PATCH /policies/1", body{"enabled": false}},
		{"limin", "DELETE /policies/1", nil},
		{"liaison", "GET /calendars", nil},
		{"liaison", "GET /calendars/1/days?year=2026", nil},
		{"limin", "POST /calendars", body{"code": "x", "name": "x"}},
		{"limin", "PATCH /calendars/1", body{"name": "x"}},
		{"limin", "POST /calendars/years", body{"year": 2027, "days": []body{}}},
		{"liaison", "GET /operations/dead", nil},
		{"limin", "POST /operations/payloads/1/replay", nil},
		{"limin", "POST /operations/tasks/1/retry", nil},
		{"liaison", "GET /accounts", nil},
		{"liaison", "GET /accounts/1", nil},
		{"limin", "POST /accounts", body{"platform": "fake", "name": "x"}},
		{"chief", "PATCH /accounts/1", body{"name": "x"}},
		{"chief", "POST /accounts/1/check", nil},
		{"liaison", "GET /users", nil},
		{"chief", "POST /users", body{"username": "x1", "name": "x", "role": "staff", "password": password}},
		{"limin", "PATCH /users/3", body{"role": "admin"}},
		{"liaison", "POST /faq/entries", body{"question": "x"}},
		{"liaison", "PATCH /faq/entries/1", body{"revision": 1}},
		{"limin", "POST /faq/entries/1/publish", nil},
		{"limin", "POST /faq/entries/1/approve", nil},
		{"limin", "POST /faq/entries/1/reject", body{"reason": "x"}},
		{"limin", "POST /faq/entries/1/retire", nil},
		{"liaison", "POST /faq/entries/1/submit", nil},
		{"liaison", "POST /faq/entries/1/recall", nil},
		{"liaison", "POST /faq/entries/1/restore", body{"restore": 1}},
		{"liaison", "DELETE /faq/entries/1/proposal", nil},
		{"liaison", "POST /faq/similar", body{"question": "x"}},
		{"liaison", "DELETE /faq/files/1", nil},
		{"limin", "POST /faq/entries/1/withdraw", nil},
	}
	var scenarios []scenario
	for _, f := range forbidden {
		scenarios = append(scenarios, scenario{
			name: f.as + " " + f.call, as: f.as, call: f.call, in: f.in, status: 403, want: map[string]any{"code": "forbidden"},
		})
	}
	// What one may not see is not there: neither the numbers of other accounts'
	// tickets nor those of other departments can be found out.
	hidden := []struct {
		call string
		in   any
	}{
		{"GET " + at, nil}, {"GET " + at + "/timeline", nil}, {"GET " + at + "/history", nil}, {"GET " + at + "/suggestions", nil},
		{"GET " + at + "/suggestions?q=x", nil},
		{"POST " + at + "/replies", body{"text": "x", "seen_event": 99}}, {"POST " + at + "/notes", body{"text": "x"}},
		{"POST " + at + "/read", body{"event": 1}}, {"GET /tickets/999", nil}, {"GET /tickets/0", nil}, {"GET /tickets/x", nil},
		{"GET /tickets/+1", nil}, {"GET /tickets/01", nil}, {"GET /media/01", nil},
		{"GET /media/1", nil}, {"GET /media/x", nil}, {"GET /faq/files/1", nil}, {"GET /faq/files/x", nil},
	}
	for _, h := range hidden {
		for _, as := range []string{"narrow", "liaison"} {
			scenarios = append(scenarios, scenario{
				name: as + " " + h.call, as: as, call: h.call, in: h.in, status: 404, want: map[string]any{"code": "not_found"},
			})
		}
	}
	d.run(t, append(scenarios, []scenario{
		{name: "narrow assigns", as: "narrow", call: "POST " + at + "/assign", in: body{"assignee_id": "4"}, status: 404},
		{name: "narrow asks for templates", as: "narrow", call: "GET " + at + "/templates", status: 404},
		{name: "narrow takes a template", as: "narrow", call: "POST /templates/1/use", in: body{"ticket_id": ticket}, status: 404},
		{name: "narrow lists", as: "narrow", call: "GET /tickets?view=all", status: 200, want: map[string]any{"items.#": 0}},
		{name: "narrow counts", as: "narrow", call: "GET /tickets/counts", status: 200, want: map[string]any{"open": 0}},
		{name: "liaison lists", as: "liaison", call: "GET /tickets?view=all", status: 200, want: map[string]any{"items.#": 0}},
		{name: "narrow's accounts", as: "narrow", call: "GET /accounts", status: 200, want: map[string]any{"items.#": 1, "items.0.id": "2"}},
		{name: "not narrow's account", as: "narrow", call: "GET /accounts/1", status: 404},
	}...))
}
