package api_test

import "testing"

func TestUsers(t *testing.T) {
	d := newDesk(t)
	fresh := func(change body) body {
		in := body{"username": "Zhang.Wei", "name": "张伟", "role": "staff", "password": password, "all_accounts": false, "account_ids": []string{"2"}}
		for k, v := range change {
			in[k] = v
		}
		return in
	}
	d.run(t, []scenario{
		{name: "list", as: "limin", call: "GET /users", status: 200, want: map[string]any{
			"items.#": 5, "items.0.username": "admin", "items.0.all_accounts": true, "items.0.account_ids": []any{}, "items.0.last_seen_at": absent,
			"items.3.account_ids": []any{"2"}, "items.4.department.name": "市公安局", "items.0.department": nil, "items.0.password": absent, "next_cursor": "",
		}},
		{name: "a page", as: "limin", call: "GET /users?limit=2&cursor=2", status: 200, want: map[string]any{"items.#": 2, "items.0.id": "3", "next_cursor": "4"}},
		{name: "a broken cursor", as: "limin", call: "GET /users?cursor=x", status: 422, want: map[string]any{"fields.0.name": "cursor"}},
		{name: "nothing", as: "admin", call: "POST /users", in: body{}, status: 422, want: map[string]any{"fields.#": 4, "fields.0.name": "username"}},
		{name: "short password", as: "admin", call: "POST /users", in: fresh(body{"password": "short"}), status: 422, want: map[string]any{"fields.0.name": "password"}},
		{name: "no such role", as: "admin", call: "POST /users", in: fresh(body{"role": "king"}), status: 422, want: map[string]any{"fields.0.name": "role"}},
		{name: "no such account", as: "admin", call: "POST /users", in: fresh(body{"account_ids": []string{"77"}}), status: 422, want: map[string]any{"fields.0.name": "account_ids"}},
		{name: "not an account", as: "admin", call: "POST /users", in: fresh(body{"account_ids": []string{"x"}}), status: 422, want: map[string]any{"fields.0.name": "account_ids[0]"}},
		{name: "create", as: "admin", call: "POST /users", in: fresh(nil), status: 201, want: map[string]any{
			"id": "6", "username": "zhang.wei", "all_accounts": false, "account_ids": []any{"2"}, "active": true, "created_at": "2026-11-22T01:00:00Z",
		}, events: []string{"user.changed"}},
		{name: "the name is taken", as: "admin", call: "POST /users", in: fresh(nil), status: 409,
			want: map[string]any{"code": "conflict", "reason": "username_taken", "fields.0.name": "username"}},
		{name: "change", as: "admin", call: "PATCH /users/6", in: body{"role": "liaison", "department_id": "2", "all_accounts": true}, status: 200,
			want: map[string]any{"role": "liaison", "department.id": "2", "department.name": "市社保局", "account_ids": []any{}, "name": "张伟"}, events: []string{"user.changed"}},
		{name: "a liaison of nobody", as: "admin", call: "PATCH /users/6", in: body{"department_id": nil}, status: 422, want: map[string]any{"fields.0.name": "department_id"}},
		{name: "staff of nobody", as: "admin", call: "PATCH /users/6", in: body{"department_id": "", "role": "staff"}, status: 200, want: map[string]any{"department": nil},
			events: []string{"user.changed"}},
		{name: "the last administrator", as: "admin", call: "PATCH /users/1", in: body{"active": false}, status: 409, want: map[string]any{"reason": "last_admin"}},
		{name: "nobody", as: "admin", call: "PATCH /users/99", in: body{"name": "x"}, status: 404},
		{name: "departments", as: "liaison", call: "GET /departments", status: 200, want: map[string]any{
			"items.#": 2, "items.0.code": "GA", "items.0.short_name": "公安", "items.1.name": "市社保局", "items.0.liaisons": []any{}, "items.0.on_duty": []any{}}},
	})
}

func TestDeactivatedAtOnce(t *testing.T) {
	d := newDesk(t)
	if r := d.get(t, "limin", "/api/v1/tickets"); r.status != 200 {
		t.Fatalf("before: %d", r.status)
	}
	at := "/tickets/" + d.says(t, 1, "o-1", "居住证怎么办理")
	d.run(t, []scenario{
		{name: "assign", as: "chief", call: "POST " + at + "/assign", in: body{"assignee_id": "3"}, status: 200, events: []string{"ticket.assigned"}},
		{name: "what waits with somebody", as: "admin", call: "GET /users/3/holding", status: 200, want: map[string]any{"tickets": 1.0, "escalations": 0.0, "duties": 0.0}},
		{name: "of nobody", as: "admin", call: "GET /users/99/holding", status: 404},
		{name: "a supervisor asks", as: "chief", call: "GET /users/3/holding", status: 403},
	})
	d.run(t, []scenario{{name: "deactivate", as: "admin", call: "PATCH /users/3", in: body{"active": false}, status: 200, events: []string{"user.changed"}}})
	if r := d.get(t, "limin", "/api/v1/tickets"); r.status != 401 {
		t.Errorf("after: %d", r.status)
	}
}

func TestRoleChangesAtOnce(t *testing.T) {
	d := newDesk(t)
	if r := d.get(t, "chief", "/api/v1/session"); r.at("user.role") != "supervisor" {
		t.Fatalf("before: %s", r.body)
	}
	d.run(t, []scenario{{name: "demote", as: "admin", call: "PATCH /users/2", in: body{"role": "staff"}, status: 200, events: []string{"user.changed"}}})
	if r := d.get(t, "chief", "/api/v1/session"); r.at("user.role") != "staff" {
		t.Errorf("after: %s", r.body)
	}
}
