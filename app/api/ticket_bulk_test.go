package api_test

import (
	"fmt"
	"testing"
)

func TestBulkTickets(t *testing.T) {
	d := newDesk(t)
	one, two := d.says(t, 1, "o-1", "居住证怎么办理"), d.says(t, 2, "o-2", "公积金怎么提取")
	both := []body{{"id": one, "message_count": 1}, {"id": two, "message_count": 1}}
	d.run(t, []scenario{
		{name: "to one who sees only the second", as: "chief", call: "POST /tickets/bulk", in: body{"action": "assign", "assignee_id": "4", "tickets": both},
			status: 200, want: map[string]any{
				"done": 1, "refused": 1, "items.0.id": one, "items.0.done": false, "items.0.code": "invalid", "items.1.done": true, "items.1.code": absent,
			}, events: []string{"ticket.assigned"}},
		{name: "by one who sees only the second", as: "narrow", call: "POST /tickets/bulk", in: body{"action": "tag", "add_tags": []string{"热点"}, "tickets": both},
			status: 200, want: map[string]any{"done": 1, "items.0.code": "not_found", "items.1.done": true}, events: []string{"ticket.tagged"}},
		{name: "tags stay", as: "limin", call: "POST /tickets/bulk",
			in:     body{"action": "tag", "add_tags": []string{"户籍"}, "tickets": both},
			status: 200, want: map[string]any{"done": 2}, events: []string{"ticket.tagged", "ticket.tagged"}},
		{name: "so it was", as: "limin", call: "GET /tickets/" + two, status: 200, want: map[string]any{"tags": []any{"热点", "户籍"}, "assignee.id": "4"}},
		{name: "urgent", as: "limin", call: "POST /tickets/bulk", in: body{"action": "prioritize", "priority": "urgent", "tickets": both}, status: 200,
			want: map[string]any{"done": 2}, events: []string{"ticket.prioritized", "ticket.prioritized"}},
		{name: "to nobody", as: "limin", call: "POST /tickets/bulk", in: body{"action": "assign", "tickets": both}, status: 200,
			want: map[string]any{"done": 2}, events: []string{"ticket.assigned"}},
		{name: "no answer, no reason", as: "limin", call: "POST /tickets/bulk", in: body{"action": "close", "tickets": both}, status: 200,
			want: map[string]any{"done": 0, "refused": 2, "items.0.code": "invalid"}},
		{name: "ignore without a reason", as: "limin", call: "POST /tickets/bulk", in: body{"action": "ignore", "tickets": both}, status: 422,
			want: map[string]any{"fields.0.name": "reason"}},
		{name: "twice", as: "limin", call: "POST /tickets/bulk", in: body{"action": "close", "tickets": append(both, both[0])}, status: 422,
			want: map[string]any{"fields.0.name": "tickets"}},
		{name: "none", as: "limin", call: "POST /tickets/bulk", in: body{"action": "close", "tickets": []body{}}, status: 422,
			want: map[string]any{"fields.0.name": "tickets"}},
		{name: "no such action", as: "limin", call: "POST /tickets/bulk", in: body{"action": "delete", "tickets": both}, status: 422,
			want: map[string]any{"fields.0.name": "action"}},
	})
	d.says(t, 1, "o-1", "还有一件事")
	d.run(t, []scenario{
		{name: "what moved stays open", as: "limin", call: "POST /tickets/bulk", in: body{"action": "close", "reason": "电话已答复", "tickets": both}, status: 200,
			want: map[string]any{"done": 1, "items.0.reason": "thread_moved", "items.1.done": true}, events: []string{"ticket.closed"}},
	})
	var many []body
	for i := range 501 {
		many = append(many, body{"id": fmt.Sprint(i + 1)})
	}
	if r := d.post(t, "limin", "/api/v1/tickets/bulk", body{"action": "assign", "tickets": many}); r.status != 422 {
		t.Errorf("501 tickets: %d %s", r.status, r.body)
	}
}
