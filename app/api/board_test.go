package api_test

import (
	"testing"

	"replydesk/app/store"
)

func TestBoardOfTheDesk(t *testing.T) {
	d := newDesk(t)
	d.worked(t) // two wait, one on each account
	d.run(t, []scenario{
		{name: "now", as: "chief", call: "GET /reports/board", status: 200, want: map[string]any{
			"waiting": 2.0, "overdue": 0.0, "unassigned": 2.0, "hours.#": 25, "hours.24.waiting": 2.0, "hours.0.waiting": 0.0, "departments.#": 0,
			"people.#": 1, "people.0.holder": nil, "people.0.waiting": 2.0, "people.0.soon": 2.0, "today.now.received": 4.0, "today.before.received": 0.0,
		}},
		{name: "not for staff", as: "limin", call: "GET /reports/board", status: 403},
		{name: "not for liaisons", as: "liaison", call: "GET /reports/board", status: 403},
	})
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE users SET role = 'supervisor' WHERE username = 'narrow'`)
		return err
	}))
	d.nextDay(t)
	d.run(t, []scenario{
		{name: "a day later", as: "chief", call: "GET /reports/board", status: 200, want: map[string]any{
			"waiting": 2.0, "overdue": 2.0, "people.0.overdue": 2.0, "today.now.received": 0.0, "today.before.received": 4.0,
		}},
		{name: "of one account", as: "narrow", call: "GET /reports/board", status: 200, want: map[string]any{"waiting": 1.0, "overdue": 1.0, "today.before.received": 1.0}},
	})
}
