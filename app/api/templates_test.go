package api_test

import (
	"net/url"
	"testing"
)

func TestTemplates(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-citizen-a91c", "停水了")
	at := "/tickets/" + ticket + "/templates"
	d.run(t, []scenario{
		{name: "an unknown variable", as: "chief", call: "POST /templates", in: body{"name": "受理", "text": "{citizen}您好"}, status: 422, want: map[string]any{"fields.0.name": "text"}},
		{name: "add", as: "chief", call: "POST /templates", in: body{"name": "受理告知", "text": "{citizen_name}您好，编号{ticket_number}。", "department_id": "1", "category": "通用"}, status: 201,
			want: map[string]any{"id": "1", "department_id": "1", "category": "通用", "enabled": true, "uses": 0}, events: []string{"template.changed"}},
		{name: "add another", as: "chief", call: "POST /templates", in: body{"name": "致歉", "text": "{agent_name}向您致歉，{date}。"}, status: 201,
			want: map[string]any{"department_id": absent}, events: []string{"template.changed"}},
		{name: "of the same name", as: "chief", call: "POST /templates", in: body{"name": "致歉", "text": "x"}, status: 409, want: map[string]any{"reason": "template_taken"}},
		{name: "about no department", as: "chief", call: "PATCH /templates/1", in: body{"department_id": nil}, status: 200, want: map[string]any{"department_id": absent, "name": "受理告知"}, events: []string{"template.changed"}},
		{name: "change what is not there", as: "chief", call: "PATCH /templates/9", in: body{"enabled": false}, status: 404},
		{name: "found", as: "limin", call: "GET " + at + "?q=" + url.QueryEscape("受理"), status: 200, want: map[string]any{
			"items.#": 1, "items.0.id": "1", "items.0.text": "【请填写：市民称呼】您好，编号20261122-0001。", "items.0.blanks.0": "citizen_name"}},
		{name: "take", as: "limin", call: "POST /templates/2/use", in: body{"ticket_id": ticket}, status: 200, want: map[string]any{
			"text": "李敏向您致歉，2026年11月22日。", "blanks.#": 0}},
		{name: "by use", as: "limin", call: "GET " + at, status: 200, want: map[string]any{"items.#": 2, "items.0.id": "2"}},
		{name: "counted", as: "chief", call: "GET /templates", status: 200, want: map[string]any{"items.0.id": "2", "items.0.uses": 1, "items.1.uses": 0}},
		{name: "what the checks say", as: "limin", call: "POST /tickets/" + ticket + "/check", in: body{"text": "【请填写：市民称呼】您好"}, status: 200, want: map[string]any{
			"findings.0.rule": "blank", "findings.0.level": "block", "findings.0.from": 0, "findings.0.to": 10}},
		{name: "a blank does not leave", as: "limin", call: "POST /tickets/" + ticket + "/replies", in: body{"text": "【请填写：市民称呼】您好", "seen_event": d.head(t) + 9}, status: 422, want: map[string]any{"reason": "text_blocked"}},
		{name: "turn off", as: "chief", call: "PATCH /templates/2", in: body{"enabled": false}, status: 200, want: map[string]any{"enabled": false}, events: []string{"template.changed"}},
		{name: "take what is off", as: "limin", call: "POST /templates/2/use", in: body{"ticket_id": ticket}, status: 409, want: map[string]any{"reason": "template_disabled"}},
		{name: "delete", as: "chief", call: "DELETE /templates/2", status: 204, events: []string{"template.changed"}},
		{name: "left", as: "limin", call: "GET " + at, status: 200, want: map[string]any{"items.#": 1, "items.0.id": "1"}},
	})
}
