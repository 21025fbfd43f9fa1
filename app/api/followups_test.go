package api_test

import (
	"testing"

	"replydesk/inbox"
)

func TestFollowUps(t *testing.T) {
	d := newDesk(t)
	m := &matrix{leaks: &leaks{testDesk: d, t: t}, ids: map[string]string{}}
	m.ratesBadly("还是不亮，电话13900001234")
	d.run(t, []scenario{
		{name: "for who leads", as: "chief", call: "GET /follow-ups", status: 200, want: map[string]any{
			"items.#": 1, "items.0.opened_mark": 2, "items.0.mark": 2, "items.0.words": "还是不亮，电话13900001234", "items.0.author.name": "李敏", "items.0.department": absent,
			"items.0.ticket.account.name": "城市发布", "items.0.outcome": "", "items.0.closed_at": absent, "items.0.origin": "staff", "items.0.ticket_state": "closed"}},
		{name: "for who answered", as: "limin", call: "GET /follow-ups", status: 200, want: map[string]any{"items.#": 1}},
		{name: "not for who did not", as: "narrow", call: "GET /follow-ups", status: 200, want: map[string]any{"items.#": 0}},
		{name: "not for departments", as: "liaison", call: "GET /follow-ups", status: 403},
		{name: "of an account", as: "chief", call: "GET /follow-ups?account_id=2", status: 200, want: map[string]any{"items.#": 0}},
		{name: "not by who answered", as: "limin", call: "POST /follow-ups/1/close", in: body{"outcome": "satisfied"}, status: 403},
		{name: "no outcome", as: "chief", call: "POST /follow-ups/1/close", in: body{"outcome": ""}, status: 422},
		{name: "why", as: "chief", call: "POST /follow-ups/1/close", in: body{"outcome": "not_needed"}, status: 422, want: map[string]any{"fields.0.name": "remark"}},
		{name: "none such", as: "chief", call: "POST /follow-ups/9/close", in: body{"outcome": "satisfied"}, status: 404},
		{name: "close", as: "chief", call: "POST /follow-ups/1/close", in: body{"outcome": "satisfied", "remark": "已电话说明"}, status: 204, events: []string{inbox.RatingFollowedUp}},
		{name: "again", as: "chief", call: "POST /follow-ups/1/close", in: body{"outcome": "satisfied"}, status: 409, want: map[string]any{"reason": "follow_up_closed"}},
		{name: "done", as: "chief", call: "GET /follow-ups?state=closed", status: 200, want: map[string]any{
			"items.#": 1, "items.0.outcome": "satisfied", "items.0.remark": "已电话说明", "items.0.closed_by.name": "赵督办", "items.0.closed_at": "2026-11-22T01:00:00Z"}},
		{name: "nothing left", as: "chief", call: "GET /follow-ups", status: 200, want: map[string]any{"items.#": 0}},
		{name: "on record", as: "chief", call: "GET /audit?action=rating.", status: 200, want: map[string]any{"items.#": 1, "items.0.action": inbox.RatingFollowedUp, "items.0.actor.name": "赵督办"}},
		{name: "an account's own bar", as: "admin", call: "PATCH /accounts/1", in: body{"citizen": body{"bad_mark": 0}}, status: 200, want: map[string]any{"citizen.bad_mark": 0}, events: []string{inbox.AccountChanged}},
		{name: "no such bar", as: "admin", call: "PATCH /accounts/1", in: body{"citizen": body{"bad_mark": 5}}, status: 422},
	})
	m.ratesBadly("")
	if r := d.get(t, "chief", "/api/v1/follow-ups"); r.at("items.#") != 0 {
		t.Errorf("followed up though the account follows up none: %s", r.body)
	}
}
