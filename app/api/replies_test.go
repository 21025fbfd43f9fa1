package api_test

import (
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// deliver ends the delivery of a reply with an outcome.
func (d *testDesk) deliver(t *testing.T, reply inbox.ReplyID, outcome channel.Outcome) {
	t.Helper()
	attempt, ok, err := d.inbox.BeginDelivery(t.Context(), reply)
	must(t, err)
	if !ok {
		t.Fatal("there is nothing to deliver")
	}
	_, err = d.inbox.FinishDelivery(t.Context(), attempt, channel.Result{Outcome: outcome, Code: "45015", Message: "out of time"})
	must(t, err)
}

func TestReplies(t *testing.T) {
	d := newDesk(t)
	at := "/tickets/" + d.says(t, 1, "o-1", "居住证怎么办理")
	d.run(t, []scenario{
		{name: "blank", as: "limin", call: "POST " + at + "/replies", in: body{"text": " ", "seen_event": 2}, status: 422,
			want: map[string]any{"fields.0.name": "text"}},
		{name: "too long for the platform", as: "limin", call: "POST " + at + "/replies", in: body{"text": strings.Repeat("长", 41), "seen_event": 2}, status: 422,
			want: map[string]any{"fields.0.name": "text"}},
		{name: "without saying what was seen", as: "limin", call: "POST " + at + "/replies", in: body{"text": "您好"}, status: 422,
			want: map[string]any{"fields.0.name": "seen_event"}},
		{name: "the thread moved", as: "limin", call: "POST " + at + "/replies", in: body{"text": "您好", "seen_event": 0}, status: 409,
			want: map[string]any{"code": "conflict", "reason": "thread_moved", "last_event": d.head(t)}},
		{name: "having seen what has not happened", as: "limin", call: "POST " + at + "/replies", in: body{"text": "您好", "seen_event": 1 << 40}, status: 422,
			want: map[string]any{"fields.0.name": "seen_event"}},
		{name: "from no entry", as: "limin", call: "POST " + at + "/replies", in: body{"text": "您好", "seen_event": d.head(t), "entry_id": "9"}, status: 422,
			want: map[string]any{"fields.0.name": "entry_id"}},
		{name: "reply", as: "limin", call: "POST " + at + "/replies", in: body{"text": "请携带身份证", "seen_event": d.head(t)}, status: 201,
			want: map[string]any{"type": "reply", "id": "1", "text": "请携带身份证", "state": "approved", "origin": "staff", "author.name": "李敏",
				"error": nil, "deliveries": []any{}, "reviewer": nil, "sent_at": absent, "entry_id": absent},
			events: []string{"ticket.assigned", "reply.created"}},
		{name: "cancel", as: "limin", call: "POST /replies/1/cancel", status: 200, want: map[string]any{"state": "cancelled"}, events: []string{"reply.cancelled"}},
		{name: "cancel again", as: "limin", call: "POST /replies/1/cancel", status: 409, want: map[string]any{"reason": "reply_state"}},
		{name: "no such reply", as: "limin", call: "POST /replies/99/cancel", status: 404},
		{name: "not an id", as: "limin", call: "POST /replies/x/cancel", status: 404},
	})
	d.run(t, []scenario{
		{name: "for review", as: "limin", call: "POST " + at + "/replies", in: body{"text": "请到派出所办理", "seen_event": d.head(t), "review": true}, status: 201,
			want: map[string]any{"state": "in_review"}, events: []string{"reply.submitted"}},
		{name: "who wrote it approves", as: "limin", call: "POST /replies/2/approve", status: 403},
		{name: "reject without a reason", as: "chief", call: "POST /replies/2/reject", in: body{"reason": ""}, status: 422,
			want: map[string]any{"fields.0.name": "reason"}},
		{name: "reject", as: "chief", call: "POST /replies/2/reject", in: body{"reason": "缺少材料清单"}, status: 200,
			want: map[string]any{"state": "rejected", "reviewer.name": "赵督办", "review_reason": "缺少材料清单"}, events: []string{"reply.rejected"}},
	})
	d.run(t, []scenario{
		{name: "once more", as: "limin", call: "POST " + at + "/replies", in: body{"text": "请携带身份证到派出所", "seen_event": d.head(t), "review": true}, status: 201,
			events: []string{"reply.submitted"}},
		{name: "approve", as: "chief", call: "POST /replies/3/approve", in: body{}, status: 200, want: map[string]any{"state": "approved", "reviewer.id": "2"},
			events: []string{"reply.approved"}},
		{name: "hidden from others", as: "narrow", call: "POST /replies/3/cancel", status: 404},
	})
}

func TestTroubledReplies(t *testing.T) {
	d := newDesk(t)
	at := "/tickets/" + d.says(t, 1, "o-1", "居住证怎么办理")
	d.run(t, []scenario{{name: "reply", as: "limin", call: "POST " + at + "/replies", in: body{"text": "请携带身份证", "seen_event": d.head(t)}, status: 201,
		events: []string{"ticket.assigned", "reply.created"}}})
	d.deliver(t, 1, channel.NotKnown)
	d.tasks.dead = nil
	d.run(t, []scenario{
		{name: "it is shown", as: "limin", call: "GET /operations/dead", status: 200, want: map[string]any{
			"replies.#": 1, "replies.0.reply.state": "unknown", "replies.0.reply.author.name": "李敏", "replies.0.reply.error.code": "45015",
			"replies.0.ticket.number": "20261122-0001", "replies.0.ticket.account.name": "城市发布", "payloads": []any{}, "tasks": []any{},
		}},
		{name: "counted", as: "limin", call: "GET /tickets/counts", status: 200, want: map[string]any{"failed": 1}},
		{name: "resend unseen", as: "limin", call: "POST /replies/1/resend", status: 409, want: map[string]any{"reason": "delivery_unknown"}},
		{name: "resend", as: "limin", call: "POST /replies/1/resend", in: body{"confirm_unknown": true}, status: 200,
			want: map[string]any{"state": "approved", "error": nil, "deliveries.#": 1, "deliveries.0.outcome": "unknown"}, events: []string{"reply.requeued"}},
		{name: "resend what waits", as: "limin", call: "POST /replies/1/resend", in: body{}, status: 409},
	})
	d.deliver(t, 1, channel.NotKnown)
	d.run(t, []scenario{
		{name: "it did arrive", as: "limin", call: "POST /replies/1/confirm", status: 200, want: map[string]any{"state": "sent", "deliveries.#": 2},
			events: []string{"clock.met", "delivery.sent"}},
		{name: "confirm twice", as: "limin", call: "POST /replies/1/confirm", status: 409},
		{name: "answered", as: "limin", call: "GET " + at, status: 200, want: map[string]any{"state": "replied", "clocks.0.state": "met"}},
		{name: "close needs no reason", as: "limin", call: "POST " + at + "/close", status: 200, events: []string{"ticket.closed"}},
	})
}

func TestTimeline(t *testing.T) {
	d := newDesk(t)
	id := d.says(t, 1, "o-1", "居住证怎么办理")
	d.clock.pass(time.Minute)
	d.says(t, 1, "o-1", "[图片]", func(in *channel.Inbound) {
		in.Type, in.Media = channel.Image, []channel.Media{{Kind: channel.Image, ExternalID: "m1"}}
		in.Data = []byte(`{"width":640}`)
	})
	must(t, d.inbox.Assign(t.Context(), people[2].Actor(), 1, 3))
	d.clock.pass(time.Minute)
	d.run(t, []scenario{
		{name: "note", as: "limin", call: "POST /tickets/" + id + "/notes", in: body{"text": "已问公安局"}, status: 201, events: []string{"note.added"}},
		{name: "reply", as: "limin", call: "POST /tickets/" + id + "/replies", in: body{"text": "请携带身份证", "seen_event": d.head(t) + 1}, status: 201,
			events: []string{"reply.created"}},
	})
	d.deliver(t, 1, channel.Sent)
	d.run(t, []scenario{{name: "all of it", as: "limin", call: "GET /tickets/" + id + "/timeline", status: 200, want: map[string]any{
		"last_event":   d.head(t),
		"items.0.type": "message", "items.0.text": "居住证怎么办理", "items.0.message_type": "text", "items.0.data": map[string]any{}, "items.0.attachments": []any{},
		"items.0.at":   "2026-11-22T01:00:00Z",
		"items.1.type": "event", "items.1.name": "ticket.created", "items.1.actor": nil, "items.1.data.ticket.id": id,
		"items.2.type": "message", "items.2.message_type": "image", "items.2.data.width": 640,
		"items.2.attachments.0.state": "pending", "items.2.attachments.0.url": absent, "items.2.attachments.0.kind": "image",
		"items.3.type": "event", "items.3.name": "ticket.assigned", "items.3.actor.name": "李敏",
		"items.4.type": "reply", "items.4.state": "sent", "items.4.deliveries.0.attempt": 1, "items.4.deliveries.0.outcome": "sent",
		"items.4.sent_at": "2026-11-22T01:02:00Z",
		"items.5.type":    "note", "items.5.author.id": "3",
		"items.6.type": "event", "items.6.name": "clock.met",
	}}})
}
