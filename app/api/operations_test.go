package api_test

import (
	"slices"
	"testing"

	"replydesk/app/jobs"
)

func TestDeadPayloads(t *testing.T) {
	d := newDesk(t)
	for _, words := range []string{"broken for ever", "居住证怎么办理"} {
		if r := d.do(t, "", "POST", "/hooks/fake/1", raw(words)); r.status != 200 {
			t.Fatalf("webhook: %d %s", r.status, r.body)
		}
	}
	d.run(t, []scenario{
		{name: "shown", as: "chief", call: "GET /operations/dead", status: 200, want: map[string]any{
			"payloads.#": 2, "payloads.0.id": "2", "payloads.0.account.name": "城市发布", "payloads.0.error": "unreadable",
			"payloads.0.received_at": "2026-11-22T01:00:00Z",
		}},
		{name: "counted", as: "chief", call: "GET /tickets/counts", status: 200, want: map[string]any{"dead_work": 2, "failed": 0}},
		{name: "not counted for others", as: "narrow", call: "GET /tickets/counts", status: 200, want: map[string]any{"dead_work": 0}},
		{name: "told with the account", as: "limin", call: "GET /accounts", status: 200, want: map[string]any{
			"items.0.unreadable.at": "2026-11-22T01:00:00Z", "items.0.unreadable.reason": "unreadable", "items.1.unreadable": absent,
		}},
		{name: "not of other accounts", as: "narrow", call: "GET /operations/dead", status: 200, want: map[string]any{"payloads.#": 0}},
		{name: "still broken", as: "chief", call: "POST /operations/payloads/1/replay", in: body{}, status: 422},
		{name: "replay", as: "chief", call: "POST /operations/payloads/2/replay", in: body{}, status: 204, events: []string{"ticket.created", "message.received"}},
		{name: "replay twice", as: "chief", call: "POST /operations/payloads/2/replay", status: 409, want: map[string]any{"reason": "payload_taken"}},
		{name: "no such payload", as: "chief", call: "POST /operations/payloads/77/replay", status: 404},
		{name: "one is left", as: "chief", call: "GET /tickets/counts", status: 200, want: map[string]any{"dead_work": 1}},
		{name: "it is a ticket", as: "limin", call: "GET /tickets", status: 200, want: map[string]any{"items.#": 1, "items.0.subject": "居住证怎么办理"}},
	})
}

func TestDeadTasks(t *testing.T) {
	d := newDesk(t)
	d.tasks.dead = []jobs.Dead{{ID: 8, Kind: "reply.send", Key: "1", Attempts: 12, LastError: "no route", At: d.clock.now()}}
	d.run(t, []scenario{
		{name: "shown to who may retry", as: "chief", call: "GET /operations/dead", status: 200, want: map[string]any{
			"tasks.#": 1, "tasks.0.id": "8", "tasks.0.kind": "reply.send", "tasks.0.attempts": 12, "tasks.0.last_error": "no route", "tasks.0.at": "2026-11-22T01:00:00Z",
		}},
		{name: "counted for who may retry", as: "chief", call: "GET /tickets/counts", status: 200, want: map[string]any{"dead_work": 1}},
		{name: "not for staff", as: "limin", call: "GET /tickets/counts", status: 200, want: map[string]any{"dead_work": 0}},
		{name: "not to staff", as: "limin", call: "GET /operations/dead", status: 200, want: map[string]any{"tasks.#": 0}},
		{name: "retry", as: "chief", call: "POST /operations/tasks/8/retry", in: body{}, status: 204},
		{name: "no such task", as: "chief", call: "POST /operations/tasks/9/retry", status: 404},
	})
	if !slices.Equal(d.tasks.retried, []int64{8}) {
		t.Errorf("retried %v, want task 8", d.tasks.retried)
	}
}
