package api_test

import "testing"

func TestTeams(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-citizen-a91c", "停水了")
	d.run(t, []scenario{
		{name: "add", as: "chief", call: "POST /teams", in: body{"name": "一组", "mode": "least_loaded", "member_ids": []string{"3"}, "any_hour": true}, status: 201,
			want:   map[string]any{"id": "1", "mode": "least_loaded", "kind": absent, "members.#": 1, "members.0.name": "李敏", "members.0.active": true, "account_ids.#": 0, "enabled": true},
			events: []string{"team.changed"}},
		{name: "of the same name", as: "chief", call: "POST /teams", in: body{"name": "一组"}, status: 409, want: map[string]any{"reason": "team_taken"}},
		{name: "an unknown mode", as: "chief", call: "POST /teams", in: body{"name": "二组", "mode": "random"}, status: 422},
		{name: "an unknown account", as: "chief", call: "PATCH /teams/1", in: body{"account_ids": []string{"99"}}, status: 422, want: map[string]any{"fields.0.name": "account_ids"}},
		{name: "serve one account", as: "chief", call: "PATCH /teams/1", in: body{"account_ids": []string{"1"}, "kind": "private"}, status: 200,
			want: map[string]any{"account_ids.0": "1", "kind": "private", "members.#": 1}, events: []string{"team.changed"}},
		{name: "both kinds", as: "chief", call: "PATCH /teams/1", in: body{"account_ids": []string{}, "kind": ""}, status: 200,
			want: map[string]any{"account_ids.#": 0, "kind": absent}, events: []string{"team.changed"}},
		{name: "staff do not manage", as: "limin", call: "GET /teams", status: 403},
		{name: "pause", as: "limin", call: "PATCH /workload", in: body{"taking": false}, status: 200, want: map[string]any{"taking": false, "user.id": "3", "in_hand": 0, "capacity": 20},
			events: []string{"workload.changed"}},
		{name: "capacity", as: "chief", call: "PATCH /workloads/3", in: body{"capacity": 5, "taking": true}, status: 200, want: map[string]any{"capacity": 5, "taking": true}, events: []string{"workload.changed"}},
		{name: "own", as: "limin", call: "GET /workload", status: 200, want: map[string]any{"capacity": 5, "taking": true}},
	})
	if _, err := d.inbox.AssignWaiting(t.Context(), d.clock.now()); err != nil {
		t.Fatal(err)
	}
	d.run(t, []scenario{
		{name: "given", as: "limin", call: "GET /tickets/" + ticket, status: 200, want: map[string]any{"assignee.id": "3", "state": "open"}},
		{name: "in hand", as: "limin", call: "GET /workload", status: 200, want: map[string]any{"in_hand": 1}},
		{name: "delete", as: "chief", call: "DELETE /teams/1", status: 204, events: []string{"team.changed"}},
		{name: "left", as: "chief", call: "GET /teams", status: 200, want: map[string]any{"items.#": 0}},
	})
}
