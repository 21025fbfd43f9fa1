package api_test

import (
	"strings"
	"testing"
	"time"

	"replydesk/inbox/desk"
)

func TestAudit(t *testing.T) {
	d := newDesk(t)
	d.says(t, 1, "citizen", "我的电话是13800000000，居住证怎么办理")
	d.run(t, []scenario{
		{name: "staff open a ticket", as: "limin", call: "GET /tickets/1/timeline", status: 200},
		{name: "and look at it again", as: "limin", call: "GET /tickets/1/timeline", status: 200},
		{name: "one who does not see it", as: "narrow", call: "GET /tickets/1/timeline", status: 404},
		{name: "the ticket is closed", as: "limin", call: "POST /tickets/1/close", in: body{"reason": "市民电话13800000000已联系"}, status: 200, events: []string{"ticket.closed"}},
	})
	if r := d.do(t, "chief", "GET", "/api/v1/faq/export?format=jsonl", nil); r.status != 200 {
		t.Fatalf("export: %d", r.status)
	}
	d.run(t, []scenario{
		{name: "not for staff", as: "limin", call: "GET /audit", status: 403},
		{name: "not for liaisons", as: "liaison", call: "GET /audit", status: 403},
		{name: "nobody", call: "GET /audit", status: 401},
		{name: "supervisors see all of it", as: "chief", call: "GET /audit", status: 200, want: map[string]any{
			"items.0.action": "data.exported", "items.0.object": "faq", "items.0.actor.name": "赵督办", "items.0.data.format": "jsonl",
			"items.1.action": "ticket.closed", "items.1.ticket.name": "20261122-0001", "items.1.actor.name": "李敏",
		}},
		{name: "of a ticket", as: "chief", call: "GET /audit?ticket_id=1", status: 200, want: map[string]any{"items.1.action": "ticket.seen", "items.#": 2}},
		{name: "of a family", as: "chief", call: "GET /audit?action=data.", status: 200, want: map[string]any{"items.#": 1}},
		{name: "of one name", as: "chief", call: "GET /audit?action=ticket.seen", status: 200, want: map[string]any{"items.#": 1}},
		{name: "of a person", as: "chief", call: "GET /audit?actor_id=2", status: 200, want: map[string]any{"items.#": 1}},
		{name: "in order of time", as: "chief", call: "GET /audit?from=2026-11-23T00:00:00Z&to=2026-11-22T00:00:00Z", status: 422},
		{name: "bad cursor", as: "chief", call: "GET /audit?cursor=x", status: 422},
		{name: "later", as: "chief", call: "GET /audit?from=2026-11-22T02:00:00Z", status: 200, want: map[string]any{"items.#": 0}},
	})
	r := d.do(t, "chief", "GET", "/api/v1/audit?limit=1", nil)
	next, _ := r.at("next_cursor").(string)
	if next == "" {
		t.Fatalf("no second page: %s", r.body)
	}
	if r = d.do(t, "chief", "GET", "/api/v1/audit?limit=1&cursor="+next, nil); r.at("items.0.action") != "ticket.closed" {
		t.Errorf("second page: %s", r.body)
	}
	if r = d.do(t, "chief", "GET", "/api/v1/audit", nil); strings.Contains(string(r.body), "13800000000") {
		t.Errorf("a citizen's words are in the audit: %s", r.body)
	}
	d.clock.pass(11 * time.Minute)
	d.do(t, "limin", "GET", "/api/v1/tickets/1/timeline", nil)
	if r = d.do(t, "chief", "GET", "/api/v1/audit?action=ticket.seen", nil); r.at("items.#") != 2 {
		t.Errorf("a later look: %s", r.body)
	}
}

func TestAuditOfSessions(t *testing.T) {
	d := newDesk(t)
	d.person(t, "zhang", desk.Staff)
	for _, name := range []string{"zhang", "nobody-has-this-name"} {
		d.do(t, "", "POST", "/api/v1/session", body{"username": name, "password": "wrong horse 42"})
	}
	r := d.do(t, "admin", "GET", "/api/v1/audit?action=session.", nil)
	if r.at("items.#") != 2 || r.at("items.1.action") != "session.refused" || r.at("items.1.object") != "user:6" || r.at("items.0.object") != "" {
		t.Errorf("refused: %s", r.body)
	}
	if r.at("items.0.address") == "" {
		t.Errorf("from where: %s", r.body)
	}
	if strings.Contains(string(r.body), "nobody-has") {
		t.Errorf("what was typed is kept: %s", r.body)
	}
}
