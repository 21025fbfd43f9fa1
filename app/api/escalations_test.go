package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"replydesk/app/auth"
	"replydesk/app/store/authdb"
	"replydesk/inbox/desk"

	"crypto/sha256"
	"encoding/hex"
)

func TestTheDesksEscalations(t *testing.T) {
	d := newDesk(t)
	d.liaison(t, "insurer", 2)
	one, two := d.says(t, 1, "o-1", "=户籍的事情，电话 13912345678"), d.says(t, 1, "o-2", "社保的事情")
	d.post(t, "chief", "/api/v1/tickets/"+one+"/escalations", body{"department_id": "1", "remark": "请核实"})
	d.post(t, "limin", "/api/v1/tickets/"+two+"/escalations", body{"department_id": "2"})
	d.run(t, []scenario{
		{name: "unsigned", as: "limin", call: "GET /escalations?view=unsigned", status: 200, want: map[string]any{"items.#": 2, "items.0.ticket.subject": "=户籍的事情，电话 〔电话〕"}},
		{name: "dispatched by me", as: "limin", call: "GET /escalations?view=unsigned&mine=true", status: 200, want: map[string]any{"items.#": 1, "items.0.id": "2"}},
		{name: "no such hours", as: "limin", call: "GET /escalations?view=open&due_within=9000", status: 422},
		{name: "counts", as: "limin", call: "GET /escalations/counts", status: 200, want: map[string]any{"unsigned": 2, "desk": 0, "overdue": 0}},
		{name: "counts of others", as: "narrow", call: "GET /escalations/counts", status: 200, want: map[string]any{"unsigned": 0}},
		{name: "a liaison counts", as: "insurer", call: "GET /escalations/counts", status: 403},
		{name: "a liaison takes out", as: "insurer", call: "GET /escalations/export", status: 403},
		{name: "a liaison urges", as: "insurer", call: "POST /escalations/urge", in: body{"ids": []string{"2"}}, status: 403},
		{name: "urged by who sees none", as: "narrow", call: "POST /escalations/urge", in: body{"ids": []string{"1", "2"}}, status: 200,
			want: map[string]any{"done": 0, "refused": 2, "items.0.code": "not_found"}},
		{name: "urged", as: "limin", call: "POST /escalations/urge", in: body{"ids": []string{"1", "99", "2"}, "text": "请尽快"}, status: 200,
			want: map[string]any{"done": 2, "refused": 1, "items.1.id": "99", "items.1.code": "not_found"}, events: []string{"escalation.urged", "escalation.urged"}},
		{name: "urged again", as: "limin", call: "POST /escalations/urge", in: body{"ids": []string{"2"}}, status: 200, want: map[string]any{"items.0.reason": "urged_just_now"}},
		{name: "one twice", as: "limin", call: "POST /escalations/urge", in: body{"ids": []string{"2", "2"}}, status: 422, want: map[string]any{"fields.0.name": "ids"}},
	})
	file := d.get(t, "limin", "/api/v1/escalations/export?view=open&format=csv")
	if text := string(file.body); file.status != 200 || !strings.Contains(text, "'=户籍的事情，电话 〔电话〕") || !strings.Contains(text, "李敏") || strings.Contains(text, "13912345678") {
		t.Errorf("the file: %d %s", file.status, text)
	}
	if file = d.get(t, "narrow", "/api/v1/escalations/export?view=all&format=csv"); strings.Contains(string(file.body), "户籍") {
		t.Errorf("a file of another account: %s", file.body)
	}
	if r := d.get(t, "chief", "/api/v1/audit?action=data.exported"); r.at("items.1.object") != "escalations" || r.at("items.1.data.rows") != 2.0 {
		t.Errorf("who took it: %s", r.body)
	}
}

// liaison adds the liaison of a department, who is signed in.
func (d *testDesk) liaison(t *testing.T, username string, department int64) {
	t.Helper()
	now := d.clock.now()
	must(t, authdb.New(d.db).Atomic(t.Context(), func(tx auth.Tx) error {
		u := auth.User{Username: username, Name: username, Role: desk.Liaison, AllAccounts: true, Active: true,
			Department: auth.Department{ID: department}, CreatedAt: now, UpdatedAt: now}
		if err := tx.InsertUser(t.Context(), &u, "no password opens this"); err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(cookieOf(username)))
		return tx.AddSession(t.Context(), auth.Session{
			Key: hex.EncodeToString(sum[:]), UserID: u.ID, CSRF: csrfOf(username), CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(12 * time.Hour),
		})
	}))
}

func TestEscalations(t *testing.T) {
	d := newDesk(t)
	d.liaison(t, "insurer", 2)
	at := "/tickets/" + d.says(t, 1, "o-1", "居住证怎么办理")
	d.run(t, []scenario{
		{name: "dispatch", as: "limin", call: "POST " + at + "/escalations", status: 200,
			in:   body{"department_id": "1", "co_department_ids": []string{"2"}, "remark": "请核实", "deadline": "2026-11-24T01:00:00Z"},
			want: map[string]any{"state": "with_department", "department.id": "1"}, events: []string{"escalation.dispatched", "escalation.dispatched"}},
		{name: "twice", as: "limin", call: "POST " + at + "/escalations", in: body{"department_id": "2"}, status: 409, want: map[string]any{"reason": "already_dispatched"}},
		{name: "a deadline that is over", as: "limin", call: "POST " + at + "/escalations", in: body{"department_id": "2", "deadline": "2026-11-21T01:00:00Z"},
			status: 422, want: map[string]any{"fields.0.name": "deadline"}},
		{name: "of the ticket", as: "limin", call: "GET " + at + "/escalations", status: 200, want: map[string]any{
			"items.#": 2, "items.0.lead": true, "items.0.department.name": "市公安局", "items.0.by.name": "李敏", "items.0.due_at": "2026-11-24T01:00:00Z",
			"items.0.clock.name": "department", "items.1.lead": false, "items.0.ticket": absent, "items.0.return": nil}},
		{name: "the liaison's own", as: "liaison", call: "GET " + at + "/escalations", status: 200, want: map[string]any{"items.#": 1, "items.0.id": "1"}},
		{name: "their list", as: "liaison", call: "GET /escalations?view=todo", status: 200, want: map[string]any{
			"items.#": 1, "items.0.ticket.subject": "居住证怎么办理", "items.0.remark": "请核实"}},
		{name: "one", as: "liaison", call: "GET /escalations/1", status: 200, want: map[string]any{"id": "1", "ticket.id": "1"}},
		{name: "another's", as: "liaison", call: "GET /escalations/2", status: 404},
		{name: "sign another's", as: "liaison", call: "POST /escalations/2/sign", status: 404},
		{name: "sign", as: "liaison", call: "POST /escalations/1/sign", status: 200, want: map[string]any{"state": "signed", "signed_by.name": "周联络"},
			events: []string{"escalation.signed"}},
		{name: "more time", as: "liaison", call: "POST /escalations/1/extend", in: body{"until": "2026-11-26T01:00:00Z", "reason": "现场核实"}, status: 200,
			want: map[string]any{"extension.state": "asked"}, events: []string{"escalation.extension_asked"}},
		{name: "what the desk has to decide", as: "limin", call: "GET /escalations?view=desk", status: 200, want: map[string]any{"items.#": 1}},
		{name: "granted", as: "limin", call: "POST /escalations/1/grant", status: 200,
			want: map[string]any{"extension.state": "granted", "due_at": "2026-11-26T01:00:00Z"}, events: []string{"escalation.extension_granted"}},
		{name: "nothing to decline", as: "limin", call: "POST /escalations/1/decline", in: body{"reason": "x"}, status: 409, want: map[string]any{"reason": "escalation_state"}},
		{name: "urged", as: "limin", call: "POST /escalations/1/urge", in: body{"text": "市民催问"}, status: 200, want: map[string]any{"urged": 1},
			events: []string{"escalation.urged"}},
		{name: "supervised", as: "chief", call: "POST /escalations/1/supervise", in: body{"text": "今日办结"}, status: 200,
			want: map[string]any{"supervision.text": "今日办结", "supervision.by.name": "赵督办"}, events: []string{"escalation.supervised"}},
		{name: "given back", as: "liaison", call: "POST /escalations/1/return", in: body{"reason": "不属于我局"}, status: 200,
			want: map[string]any{"state": "returning", "return.reason": "不属于我局"}, events: []string{"escalation.return_asked"}},
		{name: "not agreed", as: "limin", call: "POST /escalations/1/refuse", in: body{"reason": "属于贵局"}, status: 200,
			want: map[string]any{"state": "signed", "return.refused": "属于贵局"}, events: []string{"escalation.return_refused"}},
		{name: "the helper gives back", as: "insurer", call: "POST /escalations/2/return", in: body{"reason": "无关"}, status: 200,
			want: map[string]any{"state": "returning"}, events: []string{"escalation.return_asked"}},
		{name: "agreed", as: "limin", call: "POST /escalations/2/agree", status: 200, want: map[string]any{"state": "returned"}, events: []string{"escalation.returned"}},
		{name: "and sees it no more", as: "insurer", call: "GET " + at, status: 404},
		{name: "an empty answer", as: "liaison", call: "POST /escalations/1/answer", in: body{"text": " "}, status: 422, want: map[string]any{"fields.0.name": "text"}},
		{name: "answered", as: "liaison", call: "POST /escalations/1/answer", in: body{"text": "请携带身份证"}, status: 200,
			want: map[string]any{"state": "answered", "answer": "请携带身份证", "answered_by.name": "周联络"}, events: []string{"escalation.answered", "clock.met"}},
		{name: "sent back", as: "limin", call: "POST /escalations/1/rework", in: body{"reason": "请注明地点"}, status: 200,
			want: map[string]any{"state": "signed", "reworks": 1}, events: []string{"escalation.reworked"}},
		{name: "answered again", as: "liaison", call: "POST /escalations/1/answer", in: body{"text": "请到人民路 1 号"}, status: 200,
			events: []string{"escalation.answered", "clock.met"}},
	})
	reply := d.post(t, "limin", "/api/v1"+at+"/replies", body{"text": "您好，请到人民路 1 号。", "escalation_id": "1", "seen_event": d.head(t)})
	if reply.status != 201 || reply.at("origin") != "department" || reply.at("escalation_id") != "1" {
		t.Fatalf("the reply: %d %s", reply.status, reply.body)
	}
	d.deliver(t, 1, "sent")
	d.run(t, []scenario{
		{name: "accepted", as: "liaison", call: "GET /escalations?view=done", status: 200, want: map[string]any{"items.#": 1, "items.0.state": "accepted"}},
		{name: "what the department reads", as: "liaison", call: "GET " + at + "/timeline", status: 200, want: map[string]any{"items.0.text": "居住证怎么办理"}},
		{name: "nothing to take back", as: "limin", call: "POST /escalations/1/withdraw", in: body{"reason": "x"}, status: 409},
		{name: "not there", as: "limin", call: "POST /escalations/99/urge", status: 404},
	})
}

// TestNothingOfAnotherDepartment asks, as the liaison of one department, for
// every route of the document about the ticket and the escalation of another.
func TestNothingOfAnotherDepartment(t *testing.T) {
	d := newDesk(t)
	d.liaison(t, "insurer", 2)
	theirs := d.says(t, 1, "o-1", "户籍的事情")
	d.post(t, "limin", "/api/v1/tickets/"+theirs+"/escalations", body{"department_id": "1", "remark": "请核实机密"})
	d.post(t, "liaison", "/api/v1/escalations/1/answer", body{"text": "机密的答复"})
	// One of their own, so that lists are not empty by accident.
	own := d.says(t, 1, "o-2", "社保的事情")
	d.post(t, "limin", "/api/v1/tickets/"+own+"/escalations", body{"department_id": "2"})
	head := d.head(t)
	bodies := map[string]any{
		"notes": body{"text": "x"}, "replies": body{"text": "x", "seen_event": head}, "read": body{"event": 1}, "answer": body{"text": "x"},
		"return": body{"reason": "x"}, "extend": body{"reason": "x", "until": "2026-11-30T00:00:00Z"}, "assign": body{"assignee_id": nil},
		"tags": body{"tags": []string{}}, "priority": body{"priority": "high"}, "ignore": body{"reason": "x"}, "refuse": body{"reason": "x"},
		"decline": body{"reason": "x"}, "rework": body{"reason": "x"}, "withdraw": body{"reason": "x"}, "supervise": body{"text": "x"},
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	must(t, json.Unmarshal(d.server.OpenAPI(), &doc))
	asked := 0
	for path, methods := range doc.Paths {
		if !strings.Contains(path, "{id}") || !strings.Contains(path, "/tickets/") && !strings.Contains(path, "/escalations/") {
			continue
		}
		for method := range methods {
			asked++
			var in any
			if method != "get" {
				in = bodies[path[strings.LastIndex(path, "/")+1:]]
			}
			r := d.do(t, "insurer", strings.ToUpper(method), strings.ReplaceAll(path, "{id}", "1"), in)
			if r.status != http.StatusNotFound && r.status != http.StatusForbidden && r.status != http.StatusUnprocessableEntity && r.status != http.StatusBadRequest &&
				r.status != http.StatusServiceUnavailable {
				t.Errorf("%s %s: %d %s", method, path, r.status, r.body)
			}
			if method == "get" && r.status != http.StatusNotFound && r.status != http.StatusForbidden {
				t.Errorf("%s %s: %d, want not found", method, path, r.status)
			}
		}
	}
	if asked < 25 {
		t.Errorf("only %d routes were asked for", asked)
	}
	if now := d.head(t); now != head {
		t.Errorf("something happened: event %d, was %d", now, head)
	}
	for _, path := range []string{"/tickets?view=all", "/tickets?view=open", "/tickets?view=all&department_id=1", "/tickets?view=all&q=20261122",
		"/tickets?view=all&q=20261122-0001", "/escalations?view=all", "/escalations?view=done", "/escalations?view=desk", "/escalations?view=all&department_id=1",
		"/escalations?view=open", "/escalations?view=over", "/escalations?view=all&q=" + url.QueryEscape("机密"), "/escalations/counts", "/escalations/export"} {
		r := d.get(t, "insurer", "/api/v1"+path)
		for _, secret := range []string{"户籍", "机密", fmt.Sprintf(`"id":%q`, "o-1"), "20261122-0001"} {
			if strings.Contains(string(r.body), secret) {
				t.Errorf("%s tells %q: %s", path, secret, r.body)
			}
		}
	}
	if r := d.get(t, "insurer", "/api/v1/tickets/counts"); r.at("open") != 1.0 {
		t.Errorf("counts: %s", r.body)
	}
	events, err := d.db.EventsAfter(t.Context(), 0, 1000)
	must(t, err)
	stranger := desk.Actor{UserID: 6, Role: desk.Liaison, DepartmentID: 2, AllAccounts: true}
	for _, e := range events {
		if fmt.Sprint(e.TicketID) == theirs && stranger.SeesEvent(e) {
			t.Errorf("the stranger is told of %s", e.Name)
		}
	}
}
