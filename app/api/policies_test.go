package api_test

import "testing"

func TestPolicies(t *testing.T) {
	d := newDesk(t)
	d.says(t, 1, "o-1", "居住证怎么办理")
	plan := body{"target_seconds": 25200, "calendar": "cn", "steps": []body{{"percent": 80, "roles": []string{"assignee", "supervisor"}}, {"minutes": 30, "roles": []string{"duty"}}},
		"repeat": body{"every_minutes": 60, "times": 3, "roles": []string{"department_head"}}}
	refused := func(name string, in body, field string) scenario {
		return scenario{name: name, as: "chief", call: "POST /policies", in: in, status: 422, want: map[string]any{"fields.0.name": field}}
	}
	d.run(t, []scenario{
		{name: "none yet", as: "limin", call: "GET /policies", status: 200, want: map[string]any{"items.#": 0}},
		{name: "not for staff", as: "limin", call: "POST /policies", in: body{"name": "x", "clock": "first_reply", "plan": plan}, status: 403},
		{name: "not for liaisons", as: "liaison", call: "GET /policies", status: 403},
		{name: "nor its explanation", as: "liaison", call: "POST /policies/explain", in: body{"clock": "first_reply"}, status: 403},
		{name: "added", as: "chief", call: "POST /policies", in: body{"name": " 评论一日 ", "clock": "first_reply", "match": body{"kind": "comment", "priority": "high"}, "plan": plan}, status: 201,
			want: map[string]any{"name": "评论一日", "enabled": true, "revision": 1, "match.kind": "comment", "match.priority": "high", "plan.steps.#": 3,
				"plan.steps.1.percent": 100, "plan.steps.2.minutes": 30, "plan.repeat.times": 3}, events: []string{"policy.changed"}},
		{name: "a second", as: "chief", call: "POST /policies", in: body{"name": "全部", "clock": "first_reply", "plan": body{"target_seconds": 3600, "steps": []body{}}}, status: 201, events: []string{"policy.changed"}},
		{name: "explained", as: "limin", call: "POST /policies/explain", in: body{"clock": "first_reply", "kind": "comment", "priority": "high", "at": "2026-02-14T08:30:00Z"}, status: 200,
			want: map[string]any{"policy.name": "评论一日", "considered.#": 2, "considered.0.chosen": true, "considered.0.asks.#": 2, "due_at": "2026-02-24T08:30:00Z",
				"days.0.kind": "make_up", "days.0.open_minutes": 60, "days.1.kind": "holiday", "marks.#": 3, "marks.1.final": true, "known": true}},
		{name: "another fits", as: "limin", call: "POST /policies/explain", in: body{"clock": "first_reply", "kind": "private"}, status: 200,
			want: map[string]any{"policy.name": "全部", "considered.0.fails.#": 2, "days.#": 0, "due_at": "2026-11-22T02:00:00Z"}},
		{name: "none fits", as: "limin", call: "POST /policies/explain", in: body{"clock": "next_reply"}, status: 200, want: map[string]any{"policy": nil, "considered.#": 0}},
		{name: "switched off", as: "chief", call: "PATCH /policies/2", in: body{"enabled": false}, status: 200, want: map[string]any{"enabled": false, "name": "全部", "revision": 2}, events: []string{"policy.changed"}},
		{name: "deleted", as: "chief", call: "DELETE /policies/2", status: 204, events: []string{"policy.changed"}},
		{name: "not for staff either", as: "limin", call: "DELETE /policies/1", status: 403},
		{name: "gone", as: "chief", call: "PATCH /policies/2", in: body{"enabled": true}, status: 404},
		refused("no name", body{"clock": "first_reply", "plan": plan}, "name"),
		refused("no clock", body{"name": "x", "plan": plan}, "clock"),
		refused("no plan", body{"name": "x", "clock": "sign"}, "plan"),
		refused("no such calendar", body{"name": "x", "clock": "sign", "plan": body{"target_seconds": 60, "calendar": "mars", "steps": []body{}}}, "calendar"),
		refused("no such department", body{"name": "x", "clock": "sign", "match": body{"department_id": "99"}, "plan": plan}, "department_id"),
		{name: "a category", as: "limin", call: "POST /tickets/1/category", in: body{"category": " 投诉 "}, status: 200, want: map[string]any{"category": "投诉"}, events: []string{"ticket.categorized"}},
		{name: "the same", as: "limin", call: "POST /tickets/1/category", in: body{"category": "投诉"}, status: 200},
		{name: "paused", as: "limin", call: "POST /tickets/1/pause", in: body{"reason": "等市民补充材料"}, status: 200,
			want: map[string]any{"clocks.0.state": "paused", "clocks.0.pause_reason": "等市民补充材料", "due_at": absent}, events: []string{"clock.paused"}},
		{name: "paused already", as: "limin", call: "POST /tickets/1/pause", in: body{"reason": "x"}, status: 409, want: map[string]any{"reason": "clock_state"}},
		{name: "resumed", as: "limin", call: "POST /tickets/1/resume", status: 200, want: map[string]any{"clocks.0.state": "running"}, events: []string{"clock.resumed"}},
		{name: "postponed", as: "chief", call: "POST /tickets/1/postpone", in: body{"hours": 24, "reason": "须现场勘查"}, status: 200,
			want: map[string]any{"clocks.0.state": "running", "clocks.0.due_at": "2026-11-24T01:00:00Z", "due_at": "2026-11-24T01:00:00Z"}, events: []string{"clock.postponed"}},
		{name: "until a time", as: "chief", call: "POST /tickets/1/postpone", in: body{"until": "2026-11-25T01:00:00Z", "reason": "会商"}, status: 200,
			want: map[string]any{"due_at": "2026-11-25T01:00:00Z"}, events: []string{"clock.postponed"}},
		{name: "not to an earlier one", as: "chief", call: "POST /tickets/1/postpone", in: body{"until": "2026-11-24T01:00:00Z", "reason": "x"}, status: 422, want: map[string]any{"fields.0.name": "until"}},
		{name: "nor nowhere", as: "chief", call: "POST /tickets/1/postpone", in: body{"reason": "x"}, status: 422, want: map[string]any{"fields.0.name": "until"}},
		{name: "without a reason", as: "chief", call: "POST /tickets/1/postpone", in: body{"hours": 1, "reason": ""}, status: 422, want: map[string]any{"fields.0.name": "reason"}},
		{name: "postponed by staff", as: "limin", call: "POST /tickets/1/postpone", in: body{"hours": 1, "reason": "x"}, status: 403},
		{name: "thanks before an answer", as: "limin", call: "POST /tickets/1/thanks", status: 409, want: map[string]any{"reason": "ticket_state"}},
		{name: "not by a liaison", as: "liaison", call: "POST /tickets/1/pause", in: body{"reason": "x"}, status: 403},
		{name: "nor resumed", as: "liaison", call: "POST /tickets/1/resume", status: 403},
	})
}

func TestCalendars(t *testing.T) {
	d := newDesk(t)
	days := []body{{"date": "2027-01-01", "name": "元旦", "off": true}, {"date": "2027-01-03", "name": "元旦", "off": false}}
	d.run(t, []scenario{
		{name: "the default", as: "limin", call: "GET /calendars", status: 200, want: map[string]any{
			"items.#": 1, "items.0.code": "cn", "items.0.windows.#": 10, "items.0.windows.1.from": "13:30", "years.#": 3, "years.2.year": 2026, "years.2.make_up": 6, "missing.0": 2027}},
		{name: "not for liaisons", as: "liaison", call: "GET /calendars", status: 403},
		{name: "not by staff", as: "limin", call: "POST /calendars/years", in: body{"year": 2027, "days": days}, status: 403},
		{name: "not staff's to make", as: "limin", call: "POST /calendars", in: body{"code": "xx", "name": "x"}, status: 403},
		{name: "next year's days", as: "chief", call: "POST /calendars/years", in: body{"year": 2027, "days": days}, status: 200,
			want: map[string]any{"missing.#": 0, "years.3.year": 2027, "years.3.uploaded": true, "years.3.off": 1}, events: []string{"calendar.changed"}},
		{name: "another year's day", as: "chief", call: "POST /calendars/years", in: body{"year": 2028, "days": days}, status: 422, want: map[string]any{"fields.0.name": "days"}},
		{name: "its days", as: "limin", call: "GET /calendars/1/days?year=2027", status: 200, want: map[string]any{"items.#": 365, "items.0.kind": "holiday", "items.2.kind": "make_up", "items.2.windows.0": "09:00-12:00"}},
		{name: "a hall", as: "chief", call: "POST /calendars", in: body{"code": "hall", "name": "大厅", "windows": []body{{"weekday": 7, "from": "09:00", "to": "24:00"}}}, status: 201,
			want: map[string]any{"windows.#": 1, "windows.0.weekday": 7, "windows.0.to": "24:00", "holidays": true}, events: []string{"calendar.changed"}},
		{name: "no hours", as: "chief", call: "PATCH /calendars/2", in: body{"windows": []body{}}, status: 422, want: map[string]any{"fields.0.name": "week"}},
		{name: "overlapping hours", as: "chief", call: "PATCH /calendars/2", in: body{"windows": []body{{"weekday": 1, "from": "09:00", "to": "12:00"}, {"weekday": 1, "from": "11:00", "to": "13:00"}}}, status: 422},
		{name: "renamed", as: "chief", call: "PATCH /calendars/2", in: body{"name": "政务大厅", "holidays": false}, status: 200, want: map[string]any{"name": "政务大厅", "holidays": false, "windows.#": 1}, events: []string{"calendar.changed"}},
		{name: "a code twice", as: "chief", call: "POST /calendars", in: body{"code": "hall", "name": "x", "windows": []body{{"weekday": 1, "from": "09:00", "to": "12:00"}}}, status: 409},
		{name: "not there", as: "chief", call: "PATCH /calendars/9", in: body{"name": "x"}, status: 404},
	})
}
