package api_test

import "testing"

func TestDepartments(t *testing.T) {
	d := newDesk(t)
	d.run(t, []scenario{
		{name: "create", as: "chief", call: "POST /departments", in: body{"code": "GA-HJ", "name": "户籍科", "parent_id": "1"}, status: 201,
			want: map[string]any{"id": "3", "parent_id": "1", "path": []any{"市公安局"}, "active": true, "heads": []any{}}, events: []string{"department.changed"}},
		{name: "the code is taken", as: "chief", call: "POST /departments", in: body{"code": "SB", "name": "x"}, status: 409,
			want: map[string]any{"reason": "code_taken", "fields.0.name": "code"}},
		{name: "no name", as: "chief", call: "POST /departments", in: body{"code": "X"}, status: 422, want: map[string]any{"fields.0.name": "name"}},
		{name: "a circle", as: "chief", call: "PATCH /departments/1", in: body{"parent_id": "3"}, status: 422, want: map[string]any{"fields.0.name": "parent_id"}},
		{name: "not there", as: "chief", call: "PATCH /departments/x", in: body{"name": "x"}, status: 404},
		{name: "heads", as: "chief", call: "PATCH /departments/1", in: body{"head_ids": []string{"5"}}, status: 200,
			want: map[string]any{"heads.0.name": "周联络", "liaisons.#": 1, "on_duty.0.id": "5"}, events: []string{"department.changed"}},
		{name: "no head any more, and switched off", as: "chief", call: "PATCH /departments/1", in: body{"head_ids": []string{}, "active": false}, status: 200,
			want: map[string]any{"heads": []any{}, "active": false}, events: []string{"department.changed"}},
		{name: "to the top", as: "chief", call: "PATCH /departments/3", in: body{"parent_id": nil}, status: 200,
			want: map[string]any{"parent_id": absent, "path": []any{}, "code": "GA-HJ"}, events: []string{"department.changed"}},
		{name: "staff add none", as: "limin", call: "POST /departments", in: body{"code": "X", "name": "x"}, status: 403},
		{name: "staff change none", as: "limin", call: "PATCH /departments/1", in: body{"name": "x"}, status: 403},

		{name: "a duty", as: "chief", call: "POST /duties", status: 201, events: []string{"department.changed"},
			in:   body{"department_id": "1", "user_id": "5", "from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z", "remark": "周日"},
			want: map[string]any{"id": "1", "user.name": "周联络", "stands_in_for": nil, "to": "2026-11-23T00:00:00Z"}},
		{name: "the desk's own", as: "chief", call: "POST /duties", status: 201, events: []string{"department.changed"},
			in:   body{"user_id": "3", "stands_in_for": "2", "from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z"},
			want: map[string]any{"department_id": absent, "stands_in_for.name": "赵督办"}},
		{name: "of a stranger", as: "chief", call: "POST /duties", status: 422,
			in: body{"department_id": "1", "user_id": "3", "from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z"}, want: map[string]any{"fields.0.name": "user_id"}},
		{name: "staff add no duty", as: "limin", call: "POST /duties", in: body{"user_id": "3", "from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z"}, status: 403},
		{name: "the roster", as: "limin", call: "GET /duties?department_id=1", status: 200, want: map[string]any{"items.#": 1, "items.0.remark": "周日"}},
		{name: "the desk's roster", as: "limin", call: "GET /duties", status: 200, want: map[string]any{"items.#": 1, "items.0.user.id": "3"}},
		{name: "a liaison's view of it", as: "liaison", call: "GET /duties?department_id=1", status: 403},
		{name: "staff remove none", as: "limin", call: "DELETE /duties/1", status: 403},
		{name: "off the roster", as: "chief", call: "DELETE /duties/1", status: 204, events: []string{"department.changed"}},
		{name: "twice", as: "chief", call: "DELETE /duties/1", status: 404},
	})
}
