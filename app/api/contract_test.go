package api_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"replydesk/inbox/channel"
)

// pin compares an answer with its committed file, which the front end's tests
// read as well.
func pin(t *testing.T, name string, r response) {
	t.Helper()
	var got bytes.Buffer
	must(t, json.Indent(&got, bytes.TrimSpace(r.body), "", "  "))
	got.WriteByte('\n')
	path := filepath.Join("testdata", "contract", name+".json")
	if *update {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s differs from what the API answers; look, then run go test ./app/api -run TestContract -update\n%s", path, got.Bytes())
	}
}

// settled writes fixed figures in the place of those that change whenever the
// search is tuned.
func settled(t *testing.T, r response) response {
	t.Helper()
	var v struct {
		Query string           `json:"query"`
		Items []map[string]any `json:"items"`
	}
	must(t, json.Unmarshal(r.body, &v))
	for _, item := range v.Items {
		item["score"], item["confidence"] = 0.875, 0.9375
	}
	var err error
	r.body, err = json.Marshal(v)
	must(t, err)
	return r
}

// TestContract tells one story and pins what every screen reads of it.
func TestContract(t *testing.T) {
	d := newDesk(t)
	d.entry(t)
	question := d.says(t, 1, "o-citizen-a91c", "您好，外地人居住证怎么办理？")
	d.clock.pass(time.Minute)
	d.says(t, 1, "o-citizen-a91c", "", func(in *channel.Inbound) {
		in.Type, in.Media = channel.Image, []channel.Media{{Kind: channel.Image, ExternalID: "m1"}}
	})
	d.says(t, 2, "o-citizen-77fe", "这个政策什么时候开始？", func(in *channel.Inbound) {
		in.Kind, in.Name = channel.Comment, "小周"
		in.Post = &channel.Post{ExternalID: "p1", Title: "公积金新政解读", URL: "https://example.test/p1"}
	})
	d.clock.pass(time.Minute)
	at := "/api/v1/tickets/" + question
	for _, step := range []struct {
		as, path string
		in       body
	}{
		{"chief", at + "/assign", body{"assignee_id": "3"}},
		{"limin", at + "/notes", body{"text": "已问公安局"}},
		{"limin", at + "/tags", body{"tags": []string{"户籍"}}},
		{"chief", "/api/v1/tickets/2/escalations", body{"department_id": "2", "remark": "请答复"}},
		{"limin", at + "/replies", body{"text": "请携带身份证到派出所办理。", "entry_id": "1", "seen_event": 0}},
		{"limin", at + "/replies", body{"text": "补充：需要居住证明。", "seen_event": 0, "review": true}},
	} {
		if _, reply := step.in["seen_event"]; reply {
			step.in["seen_event"] = d.head(t)
		}
		if r := d.post(t, step.as, step.path, step.in); r.status >= 300 {
			t.Fatalf("%s: %d %s", step.path, r.status, r.body)
		}
	}
	d.deliver(t, 1, channel.NotKnown)
	d.do(t, "", "POST", "/hooks/fake/1", raw("broken"))
	d.post(t, "limin", "/api/v1/tokens", body{"name": "报表程序", "expires_at": "2027-01-01T00:00:00Z"})

	pin(t, "session", d.get(t, "limin", "/api/v1/session"))
	pin(t, "session_liaison", d.get(t, "liaison", "/api/v1/session"))
	pin(t, "tickets", d.get(t, "limin", "/api/v1/tickets?view=all"))
	d.indexTickets(t)
	pin(t, "tickets_found", d.get(t, "limin", "/api/v1/search?q="+url.QueryEscape("居住证")))
	pin(t, "tickets_page", d.get(t, "limin", "/api/v1/tickets?view=all&limit=1"))
	pin(t, "ticket_counts", d.get(t, "limin", "/api/v1/tickets/counts"))
	pin(t, "ticket", d.get(t, "limin", at))
	pin(t, "ticket_comment", d.get(t, "limin", "/api/v1/tickets/2"))
	pin(t, "escalations", d.get(t, "limin", "/api/v1/tickets/2/escalations"))
	pin(t, "escalation_counts", d.get(t, "chief", "/api/v1/escalations/counts"))
	pin(t, "escalations_listed", d.get(t, "chief", "/api/v1/escalations"))
	pin(t, "timeline", d.get(t, "limin", at+"/timeline"))
	pin(t, "tickets_bulk", d.post(t, "limin", "/api/v1/tickets/bulk", body{
		"action": "close", "reason": "电话已答复", "tickets": []body{{"id": question, "message_count": 2}, {"id": "3"}},
	}))
	pin(t, "suggestions", settled(t, d.get(t, "limin", at+"/suggestions")))
	pin(t, "search", settled(t, d.get(t, "limin", "/api/v1/faq/search?q="+url.QueryEscape("居住证"))))
	pin(t, "entries", d.get(t, "limin", "/api/v1/faq/entries"))
	pin(t, "entry", d.get(t, "limin", "/api/v1/faq/entries/1"))
	d.decided(t, 1, question, "answer", "confident", 1, 1)
	d.decided(t, 1, question, "hand_over", "asked_for_person", 0, 0)
	pin(t, "report_bot", d.get(t, "chief", "/api/v1/reports/bot?from=2026-11-21&to=2026-11-22"))
	d.rollUp(t)
	pin(t, "report_desk", d.get(t, "chief", "/api/v1/reports/desk?days=2"))
	pin(t, "report_departments", d.get(t, "chief", "/api/v1/reports/departments?days=2"))
	pin(t, "report_overdue", d.get(t, "chief", "/api/v1/reports/desk/overdue"))
	pin(t, "entry_figures", d.get(t, "limin", "/api/v1/faq/entries/1/figures"))
	d.clock.pass(time.Minute)
	d.post(t, "limin", "/api/v1/faq/entries", body{"code": "HJ-002", "question": "居住证到期怎么续签", "answer": "网上签注。"})
	d.post(t, "limin", "/api/v1/faq/entries/2/submit", body{"publish_at": "2026-12-01T00:00:00Z"})
	d.do(t, "limin", "PATCH", "/api/v1/faq/entries/1", body{"revision": 2, "answer": "请携带身份证和居住证明到派出所办理。"})
	d.post(t, "limin", "/api/v1/faq/entries/1/submit", body{})
	d.post(t, "chief", "/api/v1/faq/entries/1/reject", body{"reason": "请注明办理时限"})
	must(t, d.index.Reconcile(t.Context()))
	pin(t, "entries_proposed", d.get(t, "chief", "/api/v1/faq/entries"))
	pin(t, "entry_compared", d.get(t, "limin", "/api/v1/faq/entries/1/compare?from=2&to=0"))
	pin(t, "entries_similar", d.post(t, "limin", "/api/v1/faq/similar", body{"question": "居住证怎么办理呀", "exclude": "2"}))
	pin(t, "library_counts", d.get(t, "limin", "/api/v1/faq/counts"))
	pin(t, "entry_revisions", d.get(t, "limin", "/api/v1/faq/entries/1/revisions"))
	pin(t, "facets", d.get(t, "limin", "/api/v1/faq/facets"))
	pin(t, "entry_preview", d.post(t, "limin", "/api/v1/faq/preview", body{"account_id": "1", "question": "居住证怎么办理", "answer": "网上签注。", "service_link": "https://example.test/jzz"}))
	pin(t, "entries_bulk", d.post(t, "limin", "/api/v1/faq/entries/bulk", body{
		"action": "set", "set": body{"category": "居住证"}, "entries": []body{{"id": "1", "revision": 2, "proposal_version": 1}, {"id": "2", "revision": 9}},
	}))
	pin(t, "import", d.upload(t, "limin", "?dry_run=true", "file", "x.jsonl", []byte(`{"question":"新问题"}`+"\n"+`{"question":""}`+"\n")))
	pin(t, "accounts", d.get(t, "admin", "/api/v1/accounts"))
	pin(t, "users", d.get(t, "admin", "/api/v1/users"))
	pin(t, "departments", d.get(t, "limin", "/api/v1/departments"))
	d.post(t, "chief", "/api/v1/policies", body{"name": "投诉", "clock": "next_reply", "match": body{"category": "投诉"}, "plan": body{
		"target_seconds": 25200, "calendar": "cn", "steps": []body{{"percent": 80, "roles": []string{"assignee"}}}}})
	pin(t, "policies", d.get(t, "limin", "/api/v1/policies"))
	pin(t, "calendars", d.get(t, "limin", "/api/v1/calendars"))
	pin(t, "policy_explained", d.post(t, "limin", "/api/v1/policies/explain", body{"clock": "next_reply", "category": "投诉", "at": "2026-09-30T06:00:00Z"}))
	d.follow(t)
	pin(t, "notices", d.get(t, "chief", "/api/v1/notices"))
	d.post(t, "admin", "/api/v1/notices/senders", body{"kind": "dingtalk", "name": "值班群", "url": "https://robot.example.test/?access_token=t", "secret": "SEC-not-a-real-secret"})
	pin(t, "notice_settings", d.get(t, "limin", "/api/v1/notices/settings"))
	pin(t, "notice_senders", d.get(t, "admin", "/api/v1/notices/senders"))
	pin(t, "tokens", d.get(t, "limin", "/api/v1/tokens"))
	pin(t, "dead_work", d.get(t, "chief", "/api/v1/operations/dead"))
	pin(t, "problem_thread_moved", d.post(t, "limin", at+"/replies", body{"text": "x", "seen_event": 1}))
	pin(t, "problem_fields", d.post(t, "admin", "/api/v1/users", body{"username": "x", "role": "staff"}))
	pin(t, "problem_signed_out", d.get(t, "", at))
	pin(t, "problem_forbidden", d.get(t, "liaison", "/api/v1/users"))
}

// entry publishes an entry about residence permits.
func (d *testDesk) entry(t *testing.T) {
	t.Helper()
	r := d.post(t, "limin", "/api/v1/faq/entries", body{
		"code": "HJ-001", "question": "居住证怎么办理", "similar_questions": []string{"外地人如何申请居住证"}, "answer": "请携带身份证到派出所办理。",
		"category": "户籍", "department": "市公安局", "document_number": "市府发〔2026〕1 号", "service_link": "https://example.test/jzz", "valid_to": "2027-12-31",
	})
	if r.status != 201 {
		t.Fatalf("create the entry: %d %s", r.status, r.body)
	}
	if r := d.post(t, "chief", "/api/v1/faq/entries/1/publish", body{"revision": 1}); r.status != 200 {
		t.Fatalf("publish the entry: %d %s", r.status, r.body)
	}
	must(t, d.index.Reconcile(t.Context()))
}
