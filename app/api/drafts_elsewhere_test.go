package api_test

import (
	"strings"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox/channel"
)

// Words that a model wrote for one ticket and somebody copies into another.
const (
	longDraft = "请您携带身份证和居住地址证明材料，到居住地派出所户籍窗口提出办理居住证的申请，窗口当场核对材料并出具受理回执"
	otherNews = "另外提醒您，老旧小区加装电梯由住建部门受理，和居住证没有关系。"
)

// elsewhere makes a draft in one ticket and returns another ticket's replies.
func (d *testDesk) elsewhere(t *testing.T) (replies string) {
	t.Helper()
	d.platform.most = 2000
	at := "/tickets/" + d.says(t, 1, "o-1", "居住证怎么办理")
	d.run(t, []scenario{{name: "write", as: "limin", call: "POST " + at + "/drafts", status: 201, events: []string{"reply.proposed"}, want: map[string]any{"id": "1"}}})
	return "POST /tickets/" + d.says(t, 1, "o-2", "居住证在哪里办理") + "/replies"
}

// The policy about a model's words holds in whatever ticket they are sent.
func TestDraftCopiedIntoAnotherTicket(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, w := newDraftDeskOn(t, db)
		d.draftPolicy(t)
		w.text = longDraft + "[1]"
		replies := d.elsewhere(t)
		reviewed := map[string]any{"state": "in_review", "origin": "llm", "draft_id": "1"}
		events := []string{"ticket.assigned", "reply.submitted"}
		for _, c := range []struct {
			name string
			in   body
		}{
			{"as it is", body{"text": longDraft}},
			{"with other signs", body{"text": strings.ReplaceAll(longDraft, "，", "；\n")}},
			{"with a greeting", body{"text": "您好，感谢您的留言。" + longDraft + "。祝您生活愉快"}},
			{"as the library's", body{"text": longDraft, "entry_id": "4"}},
			{"words changed", body{"text": strings.NewReplacer("携带", "带好", "当场", "现场").Replace(longDraft)}},
			{"a part of it and own words", body{"text": longDraft[len("请您携带身份证和"):] + "。" + otherNews}},
		} {
			c.in["seen_event"], c.in["confirm_findings"] = d.head(t), true
			d.run(t, []scenario{{name: c.name, as: "limin", call: replies, in: c.in, status: 201, want: reviewed, events: events}})
			events = events[len(events)-1:]
		}
		d.run(t, []scenario{
			{name: "while it is written", as: "limin", call: strings.TrimSuffix(replies, "replies") + "check", in: body{"text": longDraft}, status: 200,
				want: map[string]any{"steps": 1.0}},
			{name: "own words", as: "limin", call: replies, in: body{"text": "请您带好证件到派出所户籍窗口办理，周末不上班，建议您避开周一上午，人少一些，也可以先打电话问问。", "seen_event": d.head(t), "confirm_findings": true}, status: 201,
				want: map[string]any{"state": "approved", "origin": "staff"}, events: []string{"reply.created"}},
		})
		d.run(t, []scenario{{name: "figures of the draft itself", as: "chief", call: "GET /reports/drafts", status: 200,
			want: map[string]any{"items.0.asked": 1.0, "items.0.unused": 1.0, "items.0.rejected": 0.0}}})
	})
}

// What a person has not approved, or has rejected, leaves in no ticket as it is;
// what they approved leaves as the model's.
func TestUnapprovedDraftCopiedIntoAnotherTicket(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, w := newDraftDeskOn(t, db)
		w.text = longDraft + "[1]"
		replies := d.elsewhere(t)
		refused := func(reason string, in body) {
			in["seen_event"], in["confirm_findings"] = d.head(t), true
			d.run(t, []scenario{{name: reason, as: "limin", call: replies, in: in, status: 409, want: map[string]any{"reason": reason}}})
		}
		for _, text := range []string{longDraft, "您好！" + strings.ReplaceAll(longDraft, "，", " ")} {
			refused("draft_set_aside", body{"text": text})
			refused("draft_set_aside", body{"text": text, "entry_id": "4"})
		}
		d.run(t, []scenario{
			{name: "handed in", as: "limin", call: replies, in: body{"text": longDraft, "review": true, "seen_event": d.head(t), "confirm_findings": true}, status: 201,
				want: map[string]any{"state": "in_review", "origin": "llm", "draft_id": "1"}, events: []string{"ticket.assigned", "reply.submitted"}},
			{name: "reject the draft", as: "chief", call: "POST /replies/1/reject", in: body{"reason": "材料不对"}, status: 200, events: []string{"reply.rejected"}},
		})
		refused("draft_rejected", body{"text": longDraft})
		refused("draft_rejected", body{"text": longDraft, "review": true})
		next := "/tickets/" + d.says(t, 1, "o-3", "居住证办理要什么")
		d.run(t, []scenario{
			{name: "write again", as: "limin", call: "POST " + next + "/drafts", status: 201, events: []string{"reply.proposed"}, want: map[string]any{"id": "2"}},
			{name: "approve", as: "limin", call: "POST /replies/3/approve", in: body{"confirm_findings": true}, status: 200, events: []string{"ticket.assigned", "reply.approved"}},
		})
		replies = "POST /tickets/" + d.says(t, 1, "o-4", "我的居住证怎么办") + "/replies"
		d.run(t, []scenario{
			{name: "what was approved", as: "limin", call: replies, in: body{"text": longDraft, "seen_event": d.head(t), "confirm_findings": true}, status: 201,
				want: map[string]any{"state": "approved", "origin": "llm", "draft_id": "2"}, events: []string{"ticket.assigned", "reply.created"}},
		})
		d.shelve(t, 3)
		refused("draft_ground_changed", body{"text": longDraft})
	})
}

// Words that were there without the model are nobody's draft: the library's, the
// thread's, and those of templates older than the draft.
func TestCopiedWordsThatAreNotTheModels(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const (
			library = "携带身份证和居住地址证明材料，到居住地派出所户籍窗口提出办理居住证的申请，窗口当场核对材料"
			closing = "感谢您对我市户籍管理工作的关心、理解与支持，如您对本次答复还有疑问，请您随时通过本平台继续留言，我们将及时为您核实办理"
		)
		d, w := newDraftDeskOn(t, db)
		d.draftPolicy(t)
		save := func(name, text string) {
			d.run(t, []scenario{{name: name, as: "admin", call: "POST /templates", in: body{"name": name, "text": text}, status: 201, events: []string{"template.changed"}}})
		}
		save("结尾", "{citizen_name}，"+closing)
		d.clock.pass(time.Minute)
		must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE entries SET answer = $1 WHERE id = 4`, library)
			return err
		}))
		w.text = "您好，请您" + library + "[1]。" + closing + "[1]"
		replies := d.elsewhere(t)
		leaves := func(name, origin string, in body, events ...string) {
			in["seen_event"], in["confirm_findings"] = d.head(t), true
			d.run(t, []scenario{{name: name, as: "limin", call: replies, in: in, status: 201, want: map[string]any{"state": "approved", "origin": origin}, events: append(events, "reply.created")}})
		}
		leaves("the library's words and the template's", "faq", body{"text": "您好，" + library + "。张先生，" + closing, "entry_id": "4"}, "ticket.assigned")
		leaves("without the entry's name", "staff", body{"text": library + "。" + closing})
		leaves("the template alone", "staff", body{"text": "张先生，" + closing})
		leaves("a piece of the library's", "staff", body{"text": library[:len(library)/2/3*3] + otherNews})

		d.clock.pass(time.Minute)
		w.text = longDraft + "，" + otherNews + "[1]"
		d.run(t, []scenario{{name: "write", as: "limin", call: "POST /tickets/" + d.says(t, 1, "o-4", "居住证怎么办理") + "/drafts", status: 201, events: []string{"reply.proposed"}}})
		save("草稿", longDraft+"，"+otherNews)
		must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE entries SET answer = '到派出所办理' WHERE id = 4`)
			return err
		}))
		d.run(t, []scenario{{name: "a template made of a draft", as: "limin", call: replies, in: body{"text": longDraft + "，" + otherNews, "seen_event": d.head(t), "confirm_findings": true}, status: 201,
			want: map[string]any{"state": "in_review", "origin": "llm"}, events: []string{"reply.submitted"}}})
	})
}

// The marks of drafts go with the citizen's data and with time; those that are
// missing are made again.
func TestDraftMarks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, w := newDraftDeskOn(t, db)
		w.text = longDraft + "[1]"
		replies := d.elsewhere(t)
		marks := func(draft int) (n int) {
			must(t, d.db.QueryRow(t.Context(), `SELECT count(*) FROM draft_marks WHERE draft_id = $1`, draft).Scan(&n))
			return n
		}
		sent := func(status int) {
			t.Helper()
			r := d.post(t, "limin", "/api/v1"+strings.TrimPrefix(replies, "POST "), body{"text": longDraft, "seen_event": d.head(t), "confirm_findings": true})
			if r.status != status {
				t.Errorf("sent: %d %s, want %d", r.status, r.body, status)
			}
		}
		keep := func(after time.Duration) {
			t.Helper()
			_, err := d.inbox.KeepMarks(t.Context(), d.clock.now().Add(after))
			must(t, err)
		}
		first := marks(1)
		sent(409)
		must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM draft_marks`)
			return err
		}))
		keep(0)
		if again := marks(1); first < 10 || again != first {
			t.Errorf("%d marks, made again %d", first, again)
		}
		sent(409)
		keep(91 * 24 * time.Hour)
		if n := marks(1); n != 0 {
			t.Errorf("%d marks are left of an old draft", n)
		}
		sent(201)

		d.run(t, []scenario{{name: "write", as: "limin", call: "POST /tickets/" + d.says(t, 1, "o-9", "居住证怎么办理") + "/drafts", status: 201, events: []string{"reply.proposed"}}})
		if marks(2) != first {
			t.Errorf("%d marks of a new draft, want %d", marks(2), first)
		}
		must(t, d.inbox.Ingest(t.Context(), 1, []channel.Inbound{{ExternalID: "gone", ContactID: "o-9", Type: channel.Notice, SentAt: d.clock.now(), Raw: []byte("<xml/>"),
			Effects: channel.Effects{EraseContact: true}}}))
		if n := marks(2); n != 0 {
			t.Errorf("%d marks are left of an erased citizen", n)
		}
		keep(0)
		if n := marks(2); n != 0 {
			t.Errorf("%d marks came back of an erased citizen", n)
		}
	})
}
