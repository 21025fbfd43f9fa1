package api_test

import (
	"fmt"
	"maps"
	"testing"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
)

// draftPolicy asks for one more person's eyes on what a model wrote.
func (d *testDesk) draftPolicy(t *testing.T) {
	t.Helper()
	r := d.post(t, "admin", "/api/v1/approvals/policies", body{"name": "模型草稿须审核", "rule": body{"origin": "llm", "steps": 1}})
	if r.status != 201 {
		t.Fatalf("policy: %d %s", r.status, r.body)
	}
}

// A model's words are a model's, also when who sends them does not say so.
func TestDraftSentWithoutItsName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, w := newDraftDeskOn(t, db)
		d.draftPolicy(t)
		w.text = "请您携带身份证和居住证明到居住地派出所办理居住证[1]"
		const words = "请您携带身份证和居住证明到居住地派出所办理居住证"
		at := "/tickets/" + d.says(t, 1, "o-1", "居住证怎么办理")
		d.run(t, []scenario{{name: "write", as: "limin", call: "POST " + at + "/drafts", status: 201, events: []string{"reply.proposed"}}})
		reviewed := map[string]any{"state": "in_review", "origin": "llm", "draft_id": "1"}
		d.run(t, []scenario{{name: "as it is", as: "limin", call: "POST " + at + "/replies", in: body{"text": words, "seen_event": d.head(t)}, status: 201, want: reviewed,
			events: []string{"ticket.assigned", "reply.submitted"}}})
		for name, in := range map[string]body{
			"other signs":       {"text": "请您携带身份证和居住证明，到居住地派出所；办理居住证！"},
			"a word changed":    {"text": "请您携带身份证和居住证明到居住所派出所办理居住证"},
			"with a greeting":   {"text": "您好，感谢您的留言。" + words + "。祝生活愉快"},
			"as the library's":  {"text": words, "entry_id": "4"},
			"handed in as well": {"text": words, "review": true},
			"half of it":        {"text": "请您携带身份证和居住证明到居住地"},
			"the other half":    {"text": "您好，到居住地派出所办理居住证"},
		} {
			in["seen_event"] = d.head(t)
			d.run(t, []scenario{{name: name, as: "limin", call: "POST " + at + "/replies", in: in, status: 201, want: reviewed, events: []string{"reply.submitted"}}})
		}
		d.run(t, []scenario{
			{name: "the library's own words", as: "limin", call: "POST " + at + "/replies", in: body{"text": "到派出所办理", "entry_id": "4", "seen_event": d.head(t)}, status: 201,
				want: map[string]any{"state": "approved", "origin": "faq", "entry_id": "4"}, events: []string{"reply.created"}}})
		d.run(t, []scenario{
			{name: "one's own words", as: "limin", call: "POST " + at + "/replies", in: body{"text": "请您先在网上预约，再带户口本去窗口", "seen_event": d.head(t)}, status: 201,
				want: map[string]any{"state": "approved", "origin": "staff"}, events: []string{"reply.created"}},
			{name: "figures", as: "chief", call: "GET /reports/drafts", status: 200, want: map[string]any{"items.0.asked": 1.0, "items.0.unused": 1.0}},
		})
	})
}

// A rejected draft does not leave word for word, nor one whose grounds changed, nor
// one that was set aside or went stale before anybody approved it: that may be handed
// in for review, and words of it may be used.
func TestDraftThatMayNotLeaveAsItIs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, _ := newDraftDeskOn(t, db)
		const words, signs, own = "请到派出所办理", " 请到：派出所，办理！", "请您先预约，再由监护人陪同到派出所"
		draft := func(n int) string {
			at := "/tickets/" + d.says(t, 1, fmt.Sprintf("o-%d", n), "居住证怎么办理")
			d.run(t, []scenario{{name: "write", as: "limin", call: "POST " + at + "/drafts", status: 201, events: []string{"reply.proposed"}, want: map[string]any{"id": fmt.Sprint(n)}}})
			return at
		}
		each := func(at, n, reason string) {
			for _, text := range []string{words, signs} {
				for name, more := range map[string]body{"named": {"draft_id": n, "outdated": true}, "not named": {}, "as the library's": {"entry_id": "4"}, "for review": {"review": true}} {
					in := body{"text": text, "seen_event": d.head(t)}
					maps.Copy(in, more)
					d.run(t, []scenario{{name: reason + " " + name, as: "limin", call: "POST " + at + "/replies", in: in, status: 409, want: map[string]any{"reason": reason}}})
				}
			}
		}
		rejected := draft(1)
		d.run(t, []scenario{{name: "reject", as: "limin", call: "POST /replies/1/reject", in: body{"reason": "不准确"}, status: 200, events: []string{"reply.rejected"}}})
		each(rejected, "1", "draft_rejected")
		d.run(t, []scenario{{name: "rewritten", as: "limin", call: "POST " + rejected + "/replies", in: body{"text": own, "draft_id": "1", "outdated": true, "seen_event": d.head(t)}, status: 201,
			want: map[string]any{"origin": "llm", "draft_id": "1"}, events: []string{"ticket.assigned", "reply.created"}}})
		revised := draft(2)
		d.shelve(t, 3)
		each(revised, "2", "draft_ground_changed")
		d.run(t, []scenario{{name: "written anew", as: "limin", call: "POST " + revised + "/replies", in: body{"text": own, "seen_event": d.head(t)}, status: 201,
			want: map[string]any{"origin": "staff"}, events: []string{"ticket.assigned", "reply.created"}}})
		d.shelve(t, 2)
		stale := draft(3)
		d.says(t, 1, "o-3", "我是未成年人")
		sends := func(at, name string, in body, status int, want map[string]any, events ...string) {
			in["seen_event"] = d.head(t)
			d.run(t, []scenario{{name: name, as: "limin", call: "POST " + at + "/replies", in: in, status: status, want: want, events: events}})
		}
		d.run(t, []scenario{
			{name: "unseen", as: "limin", call: "POST " + stale + "/replies", in: body{"text": words, "seen_event": 1}, status: 409, want: map[string]any{"reason": "thread_moved"}},
		})
		aside := map[string]any{"reason": "draft_set_aside"}
		for _, in := range []body{{"text": words}, {"text": signs, "entry_id": "4"}, {"text": words, "draft_id": "3", "outdated": true}} {
			sends(stale, "stale", in, 409, aside)
		}
		sends(stale, "rewritten", body{"text": own, "draft_id": "3", "outdated": true}, 201,
			map[string]any{"origin": "llm", "draft_id": "3", "author.name": "李敏"}, "ticket.assigned", "reply.created")
		fresh := draft(4)
		d.run(t, []scenario{
			{name: "approved by being sent", as: "limin", call: "POST " + fresh + "/replies", in: body{"text": words, "seen_event": d.head(t)}, status: 201,
				want: map[string]any{"origin": "llm", "draft_id": "4", "reviewer.name": "李敏"}, events: []string{"ticket.assigned", "reply.approved"}},
			{name: "what was approved, again", as: "limin", call: "POST " + fresh + "/replies", in: body{"text": words, "seen_event": d.head(t) + 2}, status: 201,
				want: map[string]any{"origin": "llm", "draft_id": "4"}, events: []string{"reply.created"}},
		})
		cancelled := draft(5)
		d.run(t, []scenario{{name: "cancel", as: "limin", call: "POST /replies/9/cancel", status: 200, events: []string{"reply.cancelled"}}})
		for _, in := range []body{{"text": words}, {"text": signs, "entry_id": "4"}, {"text": words, "draft_id": "5", "outdated": true}} {
			sends(cancelled, "cancelled", in, 409, aside)
		}
		sends(cancelled, "handed in", body{"text": words, "draft_id": "5", "outdated": true, "review": true}, 201,
			map[string]any{"origin": "llm", "draft_id": "5", "state": "in_review"}, "ticket.assigned", "reply.submitted")
		d.run(t, []scenario{
			{name: "not by who handed it in", as: "limin", call: "POST /replies/10/approve", status: 403},
			{name: "by another", as: "chief", call: "POST /replies/10/approve", status: 200, want: map[string]any{"state": "approved", "origin": "llm"}, events: []string{"reply.approved"}},
			{name: "what became of each", as: "chief", call: "GET /reports/drafts", status: 200, want: map[string]any{
				"items.0.written": 5.0, "items.0.rejected": 1.0, "items.0.unused": 1.0, "items.0.own": 2.0, "items.0.accepted": 1.0, "items.0.edited": 0.0}},
		})
	})
}
