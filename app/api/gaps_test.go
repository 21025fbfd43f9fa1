package api_test

import (
	"testing"

	"replydesk/inbox"
	"replydesk/inbox/channel"
)

func TestGaps(t *testing.T) {
	d := newDesk(t)
	ticket := d.says(t, 1, "o-1", "无人机在哪里登记")
	d.run(t, []scenario{
		{name: "answer in own words", as: "limin", call: "POST /tickets/" + ticket + "/replies", in: body{"text": "请到公安分局登记", "seen_event": d.head(t)}, status: 201,
			events: []string{"ticket.assigned", "reply.created"}},
	})
	d.deliver(t, inbox.ReplyID(1), channel.Sent)
	must(t, d.gaps.Collect(t.Context()))
	d.run(t, []scenario{
		{name: "list", as: "limin", call: "GET /faq/gaps", status: 200, want: map[string]any{
			"items.#": 1, "items.0.id": "1", "items.0.question": "无人机在哪里登记", "items.0.state": "open", "items.0.count": 1.0,
			"items.0.sources.unanswered": 1.0, "items.0.sources.edited": 0.0, "items.0.entry": absent}},
		{name: "not of that source", as: "limin", call: "GET /faq/gaps?source=edited", status: 200, want: map[string]any{"items.#": 0}},
		{name: "not for liaisons", as: "liaison", call: "GET /faq/gaps", status: 403},
		{name: "one", as: "limin", call: "GET /faq/gaps/1", status: 200, want: map[string]any{
			"answer": "请到公安分局登记", "examples.#": 1, "examples.0.ticket_id": ticket, "examples.0.source": "unanswered"}},
		{name: "not there", as: "limin", call: "GET /faq/gaps/9", status: 404},
		{name: "ignore without a reason", as: "limin", call: "POST /faq/gaps/1/ignore", in: body{"reason": ""}, status: 422, want: map[string]any{"fields.0.name": "reason"}},
		{name: "ignore", as: "limin", call: "POST /faq/gaps/1/ignore", in: body{"reason": "不归本市管"}, status: 204},
		{name: "ignored", as: "limin", call: "GET /faq/gaps?state=ignored", status: 200, want: map[string]any{"items.0.reason": "不归本市管"}},
		{name: "reopen", as: "limin", call: "POST /faq/gaps/1/reopen", status: 204},
		{name: "link to nothing", as: "limin", call: "POST /faq/gaps/1/link", in: body{"entry_id": "77"}, status: 422, want: map[string]any{"fields.0.name": "entry_id"}},
		{name: "draft", as: "limin", call: "POST /faq/gaps/1/draft", status: 201, events: []string{"entry.changed"},
			want: map[string]any{"question": "无人机在哪里登记", "answer": "请到公安分局登记", "state": "draft"}},
		{name: "draft again", as: "limin", call: "POST /faq/gaps/1/draft", status: 409, want: map[string]any{"reason": "gap_drafted"}},
		{name: "drafted", as: "limin", call: "GET /faq/gaps?state=drafted", status: 200, want: map[string]any{"items.0.entry.name": "无人机在哪里登记"}},
		{name: "publish", as: "chief", call: "POST /faq/entries/1/publish", in: body{"revision": 1}, status: 200, events: []string{"entry.changed"}},
		{name: "closed", as: "limin", call: "GET /faq/gaps?state=closed", status: 200, want: map[string]any{"items.#": 1, "items.0.entry.id": "1"}},
	})
}

// What a reader may not see gives no answer away.
func TestGapAnswerOfAForeignTicket(t *testing.T) {
	d := newDesk(t)
	d.says(t, 1, "o-1", "无人机在哪里登记")
	d.run(t, []scenario{
		{name: "answer", as: "chief", call: "POST /tickets/1/replies", in: body{"text": "内部说法", "seen_event": d.head(t)}, status: 201,
			events: []string{"ticket.assigned", "reply.created"}},
	})
	d.deliver(t, inbox.ReplyID(1), channel.Sent)
	must(t, d.gaps.Collect(t.Context()))
	d.run(t, []scenario{
		{name: "who sees the account", as: "chief", call: "GET /faq/gaps/1", status: 200, want: map[string]any{"answer": "内部说法"}},
		{name: "who does not", as: "narrow", call: "GET /faq/gaps/1", status: 200, want: map[string]any{"answer": "", "examples.#": 0, "count": 1.0}},
	})
}
