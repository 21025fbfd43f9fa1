package api_test

import "testing"

func TestApprovals(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-1", "停水了")
	d.run(t, []scenario{
		{name: "staff reads policies", as: "limin", call: "GET /approvals/policies", status: 403},
		{name: "staff adds a policy", as: "limin", call: "POST /approvals/policies", in: body{"name": "x", "rule": body{"steps": 1}}, status: 403},
		{name: "too many steps", as: "chief", call: "POST /approvals/policies", in: body{"name": "x", "rule": body{"steps": 4}}, status: 422, want: map[string]any{"fields.0.name": "rule.steps"}},
		{name: "add a policy", as: "chief", call: "POST /approvals/policies", in: body{"name": "私信两审", "rule": body{"kind": "private", "steps": 2}}, status: 201,
			want: map[string]any{"id": "1", "enabled": true, "rule.kind": "private", "rule.steps": 2, "revision": 1}, events: []string{"policy.changed"}},
		{name: "policies", as: "admin", call: "GET /approvals/policies", status: 200, want: map[string]any{"items.#": 1, "items.0.name": "私信两审"}},
		{name: "words", as: "chief", call: "POST /words", in: body{"text": "闭嘴", "level": "block", "direction": "out", "category": "不当用语"}, status: 201, events: []string{"words.changed"}},
		{name: "more words", as: "chief", call: "POST /words", in: body{"text": "绝对", "level": "warn", "direction": "out"}, status: 201, events: []string{"words.changed"}},
		{name: "check", as: "limin", call: "POST /tickets/" + ticket + "/check", in: body{"text": "绝对闭嘴"}, status: 200, want: map[string]any{
			"steps": 2, "findings.#": 2, "findings.0.level": "block", "findings.0.from": 2, "findings.1.level": "warn", "findings.1.word": "绝对"}},
		{name: "check a foreign ticket", as: "narrow", call: "POST /tickets/" + ticket + "/check", in: body{"text": "x"}, status: 404},
		{name: "blocked", as: "limin", call: "POST /tickets/" + ticket + "/replies", in: body{"text": "闭嘴", "seen_event": 99, "confirm_findings": true}, status: 422,
			want: map[string]any{"reason": "text_blocked", "findings.#": 1, "findings.0.kind": "不当用语"}},
		{name: "to be confirmed", as: "limin", call: "POST /tickets/" + ticket + "/replies", in: body{"text": "绝对", "seen_event": d.head(t)}, status: 409,
			want: map[string]any{"reason": "confirm_findings", "findings.0.message": "“绝对”请确认用词"}},
	})
	d.run(t, []scenario{
		{name: "confirmed, to be approved", as: "limin", call: "POST /tickets/" + ticket + "/replies", in: body{"text": "绝对尽快", "seen_event": d.head(t), "confirm_findings": true}, status: 201,
			want: map[string]any{"state": "in_review"}, events: []string{"ticket.assigned", "reply.submitted"}},
		{name: "staff reads the queue", as: "limin", call: "GET /approvals", status: 403},
		{name: "the queue", as: "chief", call: "GET /approvals", status: 200, want: map[string]any{
			"items.#": 1, "items.0.steps": 2, "items.0.may_review": true, "items.0.author": "李敏", "items.0.kind": "private", "items.0.base": absent, "items.0.ticket.id": ticket}},
		{name: "staff approves many", as: "limin", call: "POST /approvals/approve", in: body{"ids": []string{"1"}}, status: 403},
		{name: "approve many", as: "chief", call: "POST /approvals/approve", in: body{"ids": []string{"1", "99"}}, status: 200, want: map[string]any{
			"items.0.id": "1", "items.0.state": "in_review", "items.1.code": "not_found"}, events: []string{"reply.step_approved"}},
		{name: "the same person again", as: "chief", call: "POST /replies/1/approve", status: 403, want: map[string]any{"reason": "approved_already"}},
		{name: "staff bypasses", as: "limin", call: "POST /replies/1/bypass", in: body{"reason": "急"}, status: 403},
		{name: "the second person rejects", as: "admin", call: "POST /replies/1/reject", in: body{"reason": "不要承诺"}, status: 200, want: map[string]any{"state": "rejected"}, events: []string{"reply.rejected"}},
	})
	d.run(t, []scenario{
		{name: "again", as: "limin", call: "POST /tickets/" + ticket + "/replies", in: body{"text": "我们尽快", "seen_event": d.head(t)}, status: 201, events: []string{"reply.submitted"}},
		{name: "beside the version before", as: "chief", call: "GET /approvals", status: 200, want: map[string]any{
			"items.#": 1, "items.0.base.kind": "previous", "items.0.base.text": "绝对尽快", "items.0.base.changes.0.op": "removed"}},
		{name: "bypass without a reason", as: "chief", call: "POST /replies/2/bypass", in: body{"reason": ""}, status: 422, want: map[string]any{"fields.0.name": "reason"}},
		{name: "bypass", as: "chief", call: "POST /replies/2/bypass", in: body{"reason": "夜间突发"}, status: 200, want: map[string]any{"state": "approved"}, events: []string{"reply.bypassed"}},
		{name: "staff deletes a policy", as: "limin", call: "DELETE /approvals/policies/1", status: 403},
		{name: "change a policy", as: "chief", call: "PATCH /approvals/policies/1", in: body{"enabled": false}, status: 200, want: map[string]any{"enabled": false, "rule.steps": 2}, events: []string{"policy.changed"}},
		{name: "delete a policy", as: "chief", call: "DELETE /approvals/policies/1", status: 204, events: []string{"policy.changed"}},
		{name: "what was decided", as: "chief", call: "GET /checks/hits?direction=out", status: 200, want: map[string]any{
			"items.0.decision": "rejected", "items.0.decider.name": "管理员", "items.0.author.name": "李敏", "items.1.decision": "blocked"}},
	})
}

// A reviewer reads what the desk has made of a department's answer beside it.
func TestReviewBesideTheDepartmentsAnswer(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-1", "居住证怎么办理")
	at := "/tickets/" + ticket
	d.run(t, []scenario{
		{name: "a policy", as: "chief", call: "POST /approvals/policies", in: body{"name": "单位答复一审", "rule": body{"origin": "department", "steps": 1}}, status: 201, events: []string{"policy.changed"}},
		{name: "dispatched", as: "limin", call: "POST " + at + "/escalations", in: body{"department_id": "1"}, status: 200, events: []string{"escalation.dispatched"}},
		{name: "answered", as: "liaison", call: "POST /escalations/1/answer", in: body{"text": "请到人民路 1 号"}, status: 200, events: []string{"escalation.signed", "clock.met", "escalation.answered", "clock.met"}},
	})
	d.run(t, []scenario{
		{name: "made a reply", as: "limin", call: "POST " + at + "/replies", in: body{"text": "您好，请到人民路 1 号。", "escalation_id": "1", "seen_event": d.head(t)}, status: 201,
			want: map[string]any{"state": "in_review"}, events: []string{"ticket.assigned", "reply.submitted"}},
		{name: "side by side", as: "chief", call: "GET /approvals", status: 200, want: map[string]any{
			"items.0.base.kind": "department", "items.0.base.text": "请到人民路 1 号", "items.0.base.changes.0.op": "added", "items.0.base.changes.0.text": "您好，"}},
	})
}
