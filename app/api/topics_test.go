package api_test

import "testing"

func TestTopics(t *testing.T) {
	d := newDesk(t)
	d.entry(t)
	m := &matrix{leaks: &leaks{testDesk: d, t: t}, ids: map[string]string{}}
	m.standing()
	d.run(t, []scenario{
		{name: "what nothing answers", as: "chief", call: "GET /reports/topics?days=1", status: 200, want: map[string]any{
			"range.from": "2026-11-22", "earlier.to": "2026-11-21", "total": 1.0, "before": 0.0, "items.#": 1, "items.0.kind": "gap", "items.0.title": "无人机在哪里登记", "items.0.count": 1.0, "items.0.share": 1.0}},
		{name: "of an account", as: "chief", call: "GET /reports/topics?account_id=2", status: 200, want: map[string]any{"total": 0.0, "items.#": 0}},
		{name: "not for staff", as: "limin", call: "GET /reports/topics", status: 403},
		{name: "not for liaisons", as: "liaison", call: "GET /reports/topics", status: 403},
		{name: "no day", as: "chief", call: "GET /reports/topics?from=x", status: 422},
	})
}
