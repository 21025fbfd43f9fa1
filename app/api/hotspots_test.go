package api_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/inbox/channel"
)

const stormTag = "/reports/hotspot?key=tag:"

// storm lets three people on the first account and one on the second ask about the
// same thing; all are tagged, and one is answered.
func (d *testDesk) storm(t *testing.T) (first string) {
	t.Helper()
	for i, text := range []string{"暴雨停课吗", "地铁停运了吗，我的电话13800138000", "哪里可以避雨"} {
		id := d.says(t, 1, "o-"+string(rune('a'+i)), text)
		if first == "" {
			first = id
		}
		d.tagged(t, id)
		d.clock.pass(30 * time.Minute)
	}
	d.tagged(t, d.says(t, 2, "o-z", "暴雨红色预警"))
	if r := d.post(t, "limin", "/api/v1/tickets/"+first+"/replies", body{"text": "请以学校通知为准", "seen_event": d.head(t)}); r.status != 201 {
		t.Fatalf("reply: %d %s", r.status, r.body)
	}
	d.deliver(t, 1, channel.Sent)
	d.rollUp(t)
	return first
}

func (d *testDesk) tagged(t *testing.T, ticket string) {
	t.Helper()
	if r := d.post(t, "chief", "/api/v1/tickets/"+ticket+"/tags", body{"tags": []string{"暴雨"}}); r.status != 200 {
		t.Fatalf("tag: %d %s", r.status, r.body)
	}
}

func TestHotspots(t *testing.T) {
	d := newDesk(t)
	first := d.storm(t)
	storm := "GET " + stormTag + url.QueryEscape("暴雨")
	d.run(t, []scenario{
		{name: "the list", as: "chief", call: "GET /reports/hotspots", status: 200, want: map[string]any{
			"items.#": 1, "items.0.key": "tag:暴雨", "items.0.kind": "tag", "items.0.title": "暴雨", "items.0.tickets": 4.0, "items.0.before": 0.0, "items.0.account": nil}},
		{name: "of a week and an account", as: "chief", call: "GET /reports/hotspots?within=7d&account_id=2", status: 200, want: map[string]any{"items.0.tickets": 1.0}},
		{name: "no such time", as: "chief", call: "GET /reports/hotspots?within=1y", status: 422},
		{name: "one", as: "chief", call: storm, status: 200, want: map[string]any{
			"title": "暴雨", "tickets": 4.0, "before": 0.0, "answered": 1.0, "open": 4.0, "waiting": 3.0, "overdue": 0.0, "unit": "hour", "points.#": 2,
			"points.0.received": 2.0, "accounts.#": 2, "accounts.0.account.name": "城市发布", "accounts.0.tickets": 3.0, "accounts.0.kind": "private",
			"departments.#": 0, "newest.#": 4, "newest.3.id": first, "rated": 0.0, "satisfied_rate": nil, "alerts.#": 0}},
		{name: "of one account", as: "chief", call: storm + "&account_id=2", status: 200, want: map[string]any{"tickets": 1.0, "newest.#": 1}},
		{name: "of a day", as: "chief", call: storm + "&from=2026-11-22&to=2026-11-22", status: 200, want: map[string]any{"tickets": 4.0}},
		{name: "of days to come", as: "chief", call: storm + "&from=2026-12-22", status: 422, want: map[string]any{"fields.0.name": "from"}},
		{name: "one nobody has", as: "chief", call: "GET /reports/hotspot?key=tag:nothing", status: 404},
		{name: "one that is none", as: "chief", call: "GET /reports/hotspot?key=nothing", status: 404},
		{name: "a post that is not there", as: "chief", call: "GET /reports/hotspot?key=post:9", status: 404},
		{name: "without a key", as: "chief", call: "GET /reports/hotspot", status: 422},
		{name: "not for staff", as: "limin", call: storm, status: 403},
		{name: "nor the list", as: "limin", call: "GET /reports/hotspots", status: 403},
		{name: "not for liaisons", as: "liaison", call: storm, status: 403},
	})
}

// A supervisor of one account has its tickets alone; who has none of a tag has no
// such page.
func TestHotspotOfOneAccount(t *testing.T) {
	d := newDesk(t)
	d.storm(t)
	d.tagged(t, d.says(t, 1, "o-q", "只在第一个账号"))
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec(t.Context(), `UPDATE users SET role = 'supervisor' WHERE username = 'narrow'`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE tickets SET tags = '["独有"]' WHERE id = 5`)
		return err
	}))
	d.rollUp(t)
	d.run(t, []scenario{
		{name: "their own", as: "narrow", call: "GET " + stormTag + url.QueryEscape("暴雨"), status: 200, want: map[string]any{
			"tickets": 1.0, "accounts.#": 1, "newest.#": 1, "waiting": 1.0}},
		{name: "the list", as: "narrow", call: "GET /reports/hotspots", status: 200, want: map[string]any{"items.#": 1, "items.0.tickets": 1.0}},
		{name: "another's", as: "narrow", call: "GET " + stormTag + url.QueryEscape("独有"), status: 404},
		{name: "by its account", as: "narrow", call: "GET " + stormTag + url.QueryEscape("暴雨") + "&account_id=1", status: 404},
	})
	if page := string(d.get(t, "narrow", "/api/v1"+stormTag+url.QueryEscape("暴雨")).body); strings.Contains(page, "城市发布") || strings.Contains(page, "13800138000") {
		t.Errorf("the page:\n%s", page)
	}
}
