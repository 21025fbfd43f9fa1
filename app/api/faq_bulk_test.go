package api_test

import (
	"strconv"
	"strings"
	"testing"
)

// drafts adds entries of one author, numbered from 1.
func (d *testDesk) drafts(t *testing.T, as string, n int) {
	t.Helper()
	for i := 1; i <= n; i++ {
		r := d.post(t, as, "/api/v1/faq/entries", body{"code": "B" + strconv.Itoa(i), "question": "第 " + strconv.Itoa(i) + " 问", "answer": "答", "department": "市公安局"})
		if r.status != 201 {
			t.Fatalf("create: %d %s", r.status, r.body)
		}
	}
}

// chosen names entries as bulk actions do, all at their first revision.
func chosen(ids ...int) []body {
	out := []body{}
	for _, id := range ids {
		out = append(out, body{"id": strconv.Itoa(id), "revision": 1})
	}
	return out
}

func TestBulk(t *testing.T) {
	d := newDesk(t)
	d.drafts(t, "chief", 3)
	r := d.post(t, "limin", "/api/v1/faq/entries", body{"code": "L4", "question": "第 4 问", "answer": "答"})
	if r.status != 201 {
		t.Fatalf("create: %d %s", r.status, r.body)
	}
	const bulk = "POST /faq/entries/bulk"
	set := body{"category": "户籍", "valid_to": "2027-12-31"}
	many := make([]int, 501)
	for i := range many {
		many[i] = i + 1
	}
	refused := func(field string) map[string]any { return map[string]any{"fields.0.name": field} }
	d.run(t, []scenario{
		{name: "a stranger", call: bulk, in: body{"action": "submit", "entries": chosen(1)}, status: 401},
		{name: "a reader sets", as: "liaison", call: bulk, in: body{"action": "set", "set": set, "entries": chosen(1)}, status: 403},
		{name: "a reader submits", as: "liaison", call: bulk, in: body{"action": "submit", "entries": chosen(1)}, status: 403},
		{name: "staff approves", as: "limin", call: bulk, in: body{"action": "approve", "entries": chosen(1)}, status: 403},
		{name: "staff retires", as: "limin", call: bulk, in: body{"action": "retire", "entries": chosen(1)}, status: 403},
		{name: "no entry", as: "limin", call: bulk, in: body{"action": "submit", "entries": chosen()}, status: 422, want: refused("entries")},
		{name: "too many", as: "limin", call: bulk, in: body{"action": "submit", "entries": chosen(many...)}, status: 422, want: refused("entries")},
		{name: "one twice", as: "limin", call: bulk, in: body{"action": "submit", "entries": chosen(1, 1)}, status: 422, want: refused("entries")},
		{name: "another action", as: "admin", call: bulk, in: body{"action": "publish", "entries": chosen(1)}, status: 422, want: refused("action")},
		{name: "nothing to set", as: "limin", call: bulk, in: body{"action": "set", "set": body{}, "entries": chosen(1)}, status: 422, want: refused("set")},
		{name: "an answer for many", as: "limin", call: bulk, in: body{"action": "set", "set": body{"answer": "x"}, "entries": chosen(1)}, status: 422, want: refused("set.answer")},
		{name: "set", as: "limin", call: bulk, in: body{"action": "set", "set": set, "entries": append(chosen(1, 4), body{"id": "2", "revision": 7})}, status: 200,
			want: map[string]any{
				"done": 2, "refused": 1, "items.#": 3, "items.0.id": "1", "items.0.entry.category": "户籍", "items.0.entry.valid_to": "2027-12-31", "items.0.entry.department": "市公安局",
				"items.0.entry.revision": 2, "items.0.message": absent, "items.2.id": "2", "items.2.entry": nil, "items.2.code": "conflict", "items.2.reason": "entry_changed",
				"items.2.message": "条目已被他人修改，请刷新后重试",
			}, events: []string{"entry.changed", "entry.changed"}},
		{name: "submit", as: "limin", call: bulk, in: body{"action": "submit", "entries": []body{{"id": "1"}, {"id": "2"}, {"id": "4"}}}, status: 200,
			want: map[string]any{"done": 3, "items.0.entry.proposal.state": "in_review"}, events: []string{"entry.submitted", "entry.submitted", "entry.submitted"}},
		// The first was written by the supervisor and changed by staff, the second
		// by the supervisor alone, the fourth by staff.
		{name: "the author approves", as: "chief", call: bulk, in: body{"action": "approve", "entries": []body{{"id": "1"}, {"id": "2"}, {"id": "4", "proposal_version": 1}, {"id": "3"}, {"id": "99"}}}, status: 200,
			want: map[string]any{
				"done": 1, "refused": 4, "items.0.reason": "own_text", "items.1.reason": "own_text", "items.2.entry.state": "published",
				"items.3.reason": "not_in_review", "items.4.code": "not_found",
			}, events: []string{"entry.changed"}},
		{name: "another approves", as: "admin", call: bulk, in: body{"action": "approve", "entries": []body{{"id": "1", "proposal_version": 1}, {"id": "2", "proposal_version": 8}}}, status: 200,
			want: map[string]any{"done": 1, "items.0.entry.state": "published", "items.1.reason": "entry_changed"}, events: []string{"entry.changed"}},
		{name: "retire", as: "chief", call: bulk, in: body{"action": "retire", "entries": []body{{"id": "4"}, {"id": "3"}}}, status: 200,
			want: map[string]any{"done": 2, "items.0.entry.state": "retired"}, events: []string{"entry.changed", "entry.changed"}},
	})
}

func TestExportSelection(t *testing.T) {
	d := newDesk(t)
	d.drafts(t, "limin", 3)
	const export = "/api/v1/faq/export"
	r := d.post(t, "limin", export, body{"format": "jsonl", "ids": []string{"3", "1"}})
	if got := string(r.body); r.status != 200 || strings.Count(got, "\n") != 2 || strings.Contains(got, "B2") || !strings.Contains(r.header.Get("Content-Disposition"), ".jsonl") {
		t.Errorf("selection: %d %v %s", r.status, r.header, got)
	}
	if r := d.post(t, "liaison", export, body{"ids": []string{"1"}}); r.status != 200 || strings.Contains(string(r.body), "B1") {
		t.Errorf("a reader's selection of a draft: %d %s", r.status, r.body)
	}
	if r := d.post(t, "limin", export, body{"ids": []string{}}); r.status != 422 {
		t.Errorf("an empty selection: %d", r.status)
	}
	if r := d.post(t, "", export, body{"ids": []string{"1"}}); r.status != 401 {
		t.Errorf("a stranger: %d", r.status)
	}
}

func TestPreview(t *testing.T) {
	d := newDesk(t)
	const preview = "POST /faq/preview"
	entry := func(account, answer string) body {
		return body{"account_id": account, "question": "居住证怎么办理", "answer": answer, "service_link": "https://example.test/hj1", "department": "市公安局"}
	}
	long := strings.Repeat("长", 50) // 150 bytes; the test's platform takes 120
	d.run(t, []scenario{
		{name: "fits without the vote", as: "limin", call: preview, in: entry("1", "请携带身份证到派出所办理。"), status: 200, want: map[string]any{
			"text": "请携带身份证到派出所办理。\n\n办理入口：https://example.test/hj1", "most": 120, "left_out": []any{"vote"}, "served": true,
			"menu": "您要问的是这个问题吗？\n1. 居住证怎么办理\n如果是，请回复 1。\n以上都不是，请换一种说法描述，或回复“人工”转工作人员。",
		}},
		{name: "too long", as: "limin", call: preview, in: entry("1", long), status: 200, want: map[string]any{"text": "", "left_out": []any{"vote", "link"}}},
		{name: "without an account", as: "liaison", call: preview, in: body{"question": "", "answer": long}, status: 200,
			want: map[string]any{"most": 0, "left_out": []any{}, "menu": "", "text": long + "\n\n以上答复对您有帮助吗？有帮助请回复 1，没有帮助请回复 2。"}},
		{name: "another department's account", as: "admin", call: "PATCH /accounts/2", in: body{"bot": body{"departments": []string{"市社保局"}}}, status: 200,
			events: []string{"account.changed"}},
		{name: "not served", as: "limin", call: preview, in: entry("2", "x"), status: 200, want: map[string]any{"served": false}},
		{name: "a reader, for an account", as: "liaison", call: preview, in: entry("1", "x"), status: 403},
		{name: "an account one does not see", as: "narrow", call: preview, in: entry("1", "x"), status: 404},
		{name: "a stranger", call: preview, in: entry("1", "x"), status: 401},
	})
}
