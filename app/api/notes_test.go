package api_test

import (
	"net/url"
	"testing"
)

// A note calls people by id, and those are told who see the ticket.
func TestMentions(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-1", "居住证怎么办理")
	at := "/tickets/" + ticket
	d.run(t, []scenario{
		{name: "dispatch", as: "limin", call: "POST " + at + "/escalations", in: body{"department_id": "1"}, status: 200, events: []string{"escalation.dispatched"}},
		{name: "may call", as: "limin", call: "GET " + at + "/mentionable", status: 200, want: map[string]any{
			"items.0.department.id": "1", "items.0.user": absent}},
		{name: "may call, by name", as: "limin", call: "GET " + at + "/mentionable?q=" + url.QueryEscape("督办"), status: 200, want: map[string]any{
			"items.#": 1, "items.0.user.name": "赵督办", "items.0.role": "supervisor", "items.0.department": absent}},
		{name: "another's name", as: "limin", call: "POST " + at + "/notes", in: body{"text": "@张三 请看", "mentions": []body{{"user_id": "2", "from": 0, "to": 3}}}, status: 422,
			want: map[string]any{"fields.0.name": "mentions"}},
		{name: "call", as: "limin", call: "POST " + at + "/notes", in: body{"text": "@赵督办 请看", "mentions": []body{{"user_id": "2", "from": 0, "to": 4}}}, status: 201,
			want: map[string]any{"mentions.0.user_id": "2", "mentions.0.to": 4, "departments.#": 0}, events: []string{"note.added"}},
	})
	if _, err := d.notices.Follow(t.Context(), d.clock.now()); err != nil {
		t.Fatal(err)
	}
	d.run(t, []scenario{
		{name: "is told", as: "chief", call: "GET /notices", status: 200, want: map[string]any{"items.0.event": "note.added", "items.0.topic": "mentioned", "items.0.ticket.id": ticket}},
		{name: "who wrote it is not", as: "limin", call: "GET /notices", status: 200, want: map[string]any{"items.#": 0}},
	})
}
