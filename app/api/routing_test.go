package api_test

import "testing"

func TestRouting(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-1", "居住证怎么办理")
	at := "/tickets/" + ticket
	d.run(t, []scenario{
		{name: "staff makes none", as: "limin", call: "POST /routing", in: body{"name": "户籍", "rule": body{"words": []string{"居住证"}, "department_id": "1"}}, status: 403},
		{name: "asks for nothing", as: "chief", call: "POST /routing", in: body{"name": "户籍", "rule": body{"department_id": "1"}}, status: 422, want: map[string]any{"fields.0.name": "rule.words"}},
		{name: "a rule", as: "chief", call: "POST /routing", in: body{"name": "户籍", "rule": body{"words": []string{"居住证", "身份证"}, "department_id": "1"}}, status: 201,
			want: map[string]any{"id": "1", "enabled": true, "offered": 0, "elsewhere": nil, "rule.words.#": 2, "rule.department_id": "1"}, events: []string{"policy.changed"}},
		{name: "it proposes", as: "limin", call: "GET " + at + "/routing", status: 200, want: map[string]any{
			"items.#": 1, "items.0.department.name": "市公安局", "items.0.rule.name": "户籍", "items.0.words.0": "居住证", "items.0.offered": 0}},
		{name: "not to a liaison", as: "liaison", call: "GET " + at + "/routing", status: 403},
		{name: "not of a foreign account", as: "narrow", call: "GET " + at + "/routing", status: 404},
		{name: "another is chosen", as: "limin", call: "POST " + at + "/escalations", in: body{"department_id": "2", "rule_id": "1"}, status: 200,
			events: []string{"escalation.dispatched"}},
		{name: "counted", as: "chief", call: "GET /routing", status: 200, want: map[string]any{"items.0.offered": 1, "items.0.taken": 0, "items.0.elsewhere.name": "市社保局"}},
		{name: "switched off", as: "chief", call: "PATCH /routing/1", in: body{"enabled": false}, status: 200, want: map[string]any{"enabled": false, "rule.words.#": 2}, events: []string{"policy.changed"}},
		{name: "proposes no longer", as: "limin", call: "GET " + at + "/routing", status: 200, want: map[string]any{"items.#": 0}},
		{name: "removed", as: "chief", call: "DELETE /routing/1", status: 204, events: []string{"policy.changed"}},
		{name: "twice", as: "chief", call: "DELETE /routing/1", status: 404},
	})
}
