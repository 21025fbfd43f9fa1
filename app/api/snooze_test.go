package api_test

import "testing"

func TestSnooze(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-citizen-a91c", "停水了")
	at := "/tickets/" + ticket
	until := d.clock.now().Add(3600e9).UTC().Format("2006-01-02T15:04:05Z07:00")
	d.run(t, []scenario{
		{name: "usual times", as: "limin", call: "GET /snooze-times", status: 200, want: map[string]any{"items.0.name": "tomorrow", "items.0.at": "2026-11-23T01:00:00Z"}},
		{name: "past the deadline", as: "limin", call: "POST " + at + "/snooze", in: body{"until": "2026-11-25T01:00:00Z"}, status: 422,
			want: map[string]any{"reason": "snooze_past_due", "fields.0.name": "until"}},
		{name: "snooze", as: "limin", call: "POST " + at + "/snooze", in: body{"until": until}, status: 200,
			want: map[string]any{"snoozed_until": until, "snoozed_by": "3", "state": "new"}, events: []string{"ticket.snoozed"}},
		{name: "out of sight", as: "limin", call: "GET /tickets?view=open", status: 200, want: map[string]any{"items.#": 0}},
		{name: "in its view", as: "limin", call: "GET /tickets?view=snoozed", status: 200, want: map[string]any{"items.#": 1, "items.0.id": ticket}},
		{name: "counted", as: "limin", call: "GET /tickets/counts", status: 200, want: map[string]any{"open": 0, "snoozed": 1}},
		{name: "wake", as: "limin", call: "POST " + at + "/wake", status: 200, want: map[string]any{"snoozed_until": absent, "snoozed_by": absent}, events: []string{"ticket.woken"}},
		{name: "many", as: "limin", call: "POST /tickets/bulk", in: body{"action": "snooze", "until": until, "tickets": []body{{"id": ticket}}}, status: 200,
			want: map[string]any{"done": 1}, events: []string{"ticket.snoozed"}},
	})
}
