package api_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

func TestEntries(t *testing.T) {
	d := newDesk(t)
	entry := body{
		"code": "HJ-001", "question": "居住证怎么办理", "similar_questions": []string{"外地人如何申请居住证"}, "answer": "请携带身份证到派出所办理。",
		"category": "户籍", "department": "市公安局", "document_number": "市府发〔2026〕1 号", "service_link": "https://example.test/jzz", "valid_to": "2027-12-31",
	}
	d.run(t, []scenario{
		{name: "no question", as: "limin", call: "POST /faq/entries", in: body{"answer": "x"}, status: 422, want: map[string]any{"fields.0.name": "question"}},
		{name: "unknown field", as: "limin", call: "POST /faq/entries", in: body{"question": "x", "state": "published"}, status: 422, want: map[string]any{"fields.0.name": "state"}},
		{name: "bad day", as: "limin", call: "POST /faq/entries", in: body{"question": "x", "valid_from": "2026-13-01"}, status: 422,
			want: map[string]any{"fields.0.name": "valid_from"}},
		{name: "create", as: "limin", call: "POST /faq/entries", in: entry, status: 201, want: map[string]any{
			"id": "1", "code": "HJ-001", "state": "draft", "current": false, "revision": 1, "similar_questions": []any{"外地人如何申请居住证"},
			"valid_from": absent, "valid_to": "2027-12-31", "updated_by.name": "李敏", "uses": 0, "created_at": "2026-11-22T01:00:00Z",
		}, events: []string{"entry.changed"}},
		{name: "the code is taken", as: "limin", call: "POST /faq/entries", in: entry, status: 409, want: map[string]any{"reason": "code_taken", "fields.0.name": "code"}},
		{name: "a draft answers nothing", as: "limin", call: "GET /faq/search?q=" + url.QueryEscape("居住证怎么办"), status: 200, want: map[string]any{"items": []any{}}},
		{name: "publish unread", as: "chief", call: "POST /faq/entries/1/publish", in: body{}, status: 422, want: map[string]any{"fields.0.name": "revision"}},
		{name: "publish", as: "chief", call: "POST /faq/entries/1/publish", in: body{"revision": 1}, status: 200,
			want: map[string]any{"state": "published", "current": true, "revision": 2, "updated_by.id": "2"}, events: []string{"entry.changed"}},
		{name: "change", as: "chief", call: "PATCH /faq/entries/1", in: body{"revision": 2, "answer": "请携带身份证和居住证明。", "valid_to": ""}, status: 200,
			want: map[string]any{"revision": 2, "answer": "请携带身份证到派出所办理。", "may_publish": false, "proposal.state": "draft", "proposal.version": 1,
				"proposal.answer": "请携带身份证和居住证明。", "proposal.question": "居住证怎么办理", "proposal.valid_to": absent, "proposal.authors.0.name": "赵督办"},
			events: []string{"entry.proposed"}},
		{name: "readers see no proposal", as: "liaison", call: "GET /faq/entries/1", status: 200, want: map[string]any{"proposal": nil, "answer": "请携带身份证到派出所办理。"}},
		{name: "the author publishes", as: "chief", call: "POST /faq/entries/1/publish", status: 403, want: map[string]any{"reason": "own_text"}},
		{name: "staff changes it too, unseen", as: "limin", call: "PATCH /faq/entries/1", in: body{"revision": 2, "answer": "x"}, status: 409, want: map[string]any{"reason": "entry_changed"}},
		{name: "a reader submits", as: "liaison", call: "POST /faq/entries/1/submit", status: 403},
		{name: "submit", as: "limin", call: "POST /faq/entries/1/submit", status: 200, want: map[string]any{"proposal.state": "in_review", "proposal.submitted_by.name": "李敏"},
			events: []string{"entry.submitted"}},
		{name: "the queue", as: "admin", call: "GET /faq/entries?proposal=in_review", status: 200, want: map[string]any{"items.#": 1, "items.0.may_publish": true}},
		{name: "counts", as: "limin", call: "GET /faq/counts", status: 200, want: map[string]any{"in_review": 1, "rejected": 0, "scheduled": 0, "expiring": 0}},
		{name: "staff approves", as: "limin", call: "POST /faq/entries/1/approve", in: body{}, status: 403},
		{name: "the author approves", as: "chief", call: "POST /faq/entries/1/approve", in: body{}, status: 403, want: map[string]any{"reason": "own_text"}},
		{name: "reject without a reason", as: "admin", call: "POST /faq/entries/1/reject", in: body{"reason": " "}, status: 422, want: map[string]any{"fields.0.name": "reason"}},
		{name: "reject", as: "admin", call: "POST /faq/entries/1/reject", in: body{"reason": "请注明期限"}, status: 200,
			want: map[string]any{"proposal.state": "rejected", "proposal.reason": "请注明期限", "proposal.reviewed_by.name": "管理员"}, events: []string{"entry.rejected"}},
		{name: "submit again, for later", as: "chief", call: "POST /faq/entries/1/submit", in: body{"publish_at": "2026-12-01T00:00:00Z"}, status: 200,
			want: map[string]any{"proposal.state": "in_review", "proposal.publish_at": "2026-12-01T00:00:00Z", "proposal.reason": ""}, events: []string{"entry.submitted"}},
		{name: "approve another text", as: "admin", call: "POST /faq/entries/1/approve", in: body{"proposal_version": 7}, status: 409, want: map[string]any{"reason": "entry_changed"}},
		{name: "approve unread", as: "admin", call: "POST /faq/entries/1/approve", in: body{}, status: 422, want: map[string]any{"fields.0.name": "proposal_version"}},
		{name: "approve without a body", as: "admin", call: "POST /faq/entries/1/approve", status: 422, want: map[string]any{"fields.0.name": "proposal_version"}},
		{name: "approve for later", as: "admin", call: "POST /faq/entries/1/approve", in: body{"proposal_version": 1}, status: 200,
			want: map[string]any{"state": "published", "revision": 2, "proposal.state": "scheduled"}, events: []string{"entry.scheduled"}},
		{name: "staff recalls", as: "limin", call: "POST /faq/entries/1/recall", status: 403},
		{name: "compare", as: "limin", call: "GET /faq/entries/1/compare?from=2&to=0", status: 200,
			want: map[string]any{"changes.#": 2, "changes.0.field": "answer", "changes.0.parts.0.op": "same", "changes.0.parts.0.text": "请携带身份证", "changes.1.field": "valid_to"}},
		{name: "a reader compares", as: "liaison", call: "GET /faq/entries/1/compare?from=2&to=0", status: 404},
		{name: "out now", as: "admin", call: "POST /faq/entries/1/publish", in: body{"proposal_version": 1, "publish_at": "2026-11-01T00:00:00Z"}, status: 200,
			want: map[string]any{"revision": 3, "answer": "请携带身份证和居住证明。", "valid_to": absent, "proposal": nil}, events: []string{"entry.changed"}},
		{name: "restore", as: "limin", call: "POST /faq/entries/1/restore", in: body{"revision": 3, "restore": 1}, status: 200,
			want: map[string]any{"revision": 3, "proposal.answer": "请携带身份证到派出所办理。", "proposal.version": 2}, events: []string{"entry.proposed"}},
		{name: "discard what is old", as: "limin", call: "DELETE /faq/entries/1/proposal?version=1", status: 409},
		{name: "discard", as: "limin", call: "DELETE /faq/entries/1/proposal?version=2", status: 200, want: map[string]any{"proposal": nil}, events: []string{"entry.proposed"}},
		{name: "similar", as: "limin", call: "POST /faq/similar", in: body{"question": "居住证 怎么办理"}, status: 200, want: map[string]any{"items": []any{}}}, // not indexed yet
		{name: "a reader looks for similar", as: "liaison", call: "POST /faq/similar", in: body{"question": "居住证"}, status: 403},
		{name: "nothing expires", as: "liaison", call: "GET /faq/entries?expiring=30", status: 200, want: map[string]any{"items": []any{}}},
		{name: "change what is old", as: "chief", call: "PATCH /faq/entries/1", in: body{"revision": 2, "answer": "y"}, status: 409, want: map[string]any{"reason": "entry_changed"}},
		{name: "change without a revision", as: "chief", call: "PATCH /faq/entries/1", in: body{"answer": "y"}, status: 422, want: map[string]any{"fields.0.name": "revision"}},
		{name: "one", as: "liaison", call: "GET /faq/entries/1", status: 200, want: map[string]any{"code": "HJ-001"}},
		{name: "none", as: "limin", call: "GET /faq/entries/9", status: 404},
		{name: "revisions", as: "limin", call: "GET /faq/entries/1/revisions", status: 200, want: map[string]any{
			"items.#": 3, "items.0.revision": 3, "items.0.by.name": "赵督办", "items.0.reviewer.name": "管理员", "items.1.by.name": "李敏", "items.1.reviewer.name": "赵督办", "items.2.state": "draft", "items.2.by.name": "李敏", "items.2.at": "2026-11-22T01:00:00Z",
			"items.2.valid_to": "2027-12-31",
		}},
		{name: "facets", as: "limin", call: "GET /faq/facets", status: 200, want: map[string]any{"categories": []any{"户籍"}, "departments": []any{"市公安局"}, "four_eyes": true}},
		{name: "list", as: "limin", call: "GET /faq/entries?state=published&category=" + url.QueryEscape("户籍"), status: 200,
			want: map[string]any{"items.#": 1, "items.0.updated_by.name": "管理员", "next_cursor": ""}},
		{name: "list of none", as: "limin", call: "GET /faq/entries?department=x", status: 200, want: map[string]any{"items": []any{}}},
		{name: "no such state", as: "limin", call: "GET /faq/entries?state=lost", status: 422, want: map[string]any{"fields.0.name": "state"}},
		{name: "a broken cursor", as: "limin", call: "GET /faq/entries?cursor=zzz", status: 422, want: map[string]any{"fields.0.name": "cursor"}},
	})
	must(t, d.index.Reconcile(t.Context()))
	ticket := d.says(t, 1, "o-1", "请问外地人居住证怎么办理呀？")
	found := map[string]any{
		"items.#": 1, "items.0.entry_id": "1", "items.0.revision": 3, "items.0.question": "居住证怎么办理", "items.0.answer": "请携带身份证和居住证明。",
		"items.0.department": "市公安局", "items.0.service_link": "https://example.test/jzz", "items.0.valid_to": absent,
	}
	d.run(t, []scenario{
		{name: "search", as: "liaison", call: "GET /faq/search?q=" + url.QueryEscape("居住证怎么办"), status: 200, want: found},
		{name: "search for nothing", as: "limin", call: "GET /faq/search", status: 422, want: map[string]any{"fields.0.name": "q"}},
		{name: "suggestions", as: "limin", call: "GET /tickets/" + ticket + "/suggestions", status: 200, want: found},
		{name: "with other words", as: "limin", call: "GET /tickets/" + ticket + "/suggestions?q=" + url.QueryEscape("居住证") + "&limit=1", status: 200,
			want: map[string]any{"query": "居住证", "items.#": 1}},
		{name: "reply from it", as: "limin", call: "POST /tickets/" + ticket + "/replies", in: body{"text": "请携带身份证", "entry_id": "1", "seen_event": d.head(t)},
			status: 201, want: map[string]any{"origin": "faq", "entry_id": "1"}, events: []string{"ticket.assigned", "reply.created"}},
		{name: "withdraw", as: "chief", call: "POST /faq/entries/1/withdraw", status: 200, want: map[string]any{"state": "draft"}, events: []string{"entry.changed"}},
		{name: "retire", as: "chief", call: "POST /faq/entries/1/retire", status: 200, want: map[string]any{"state": "retired"}, events: []string{"entry.changed"}},
		{name: "nor backs a reply", as: "limin", call: "POST /tickets/" + ticket + "/replies", in: body{"text": "请携带身份证", "entry_id": "1", "seen_event": 999},
			status: 422, want: map[string]any{"fields.0.name": "entry_id"}},
		{name: "it answers no more", as: "limin", call: "GET /tickets/" + ticket + "/suggestions", status: 200, want: map[string]any{"items": []any{}}},
	})
	r := d.get(t, "limin", "/api/v1/faq/search?q="+url.QueryEscape("居住证怎么办"))
	if confidence, ok := r.at("items.0.confidence").(float64); ok {
		t.Errorf("a retired entry is found with confidence %v", confidence)
	}
	var revision int64
	must(t, d.db.QueryRow(t.Context(), `SELECT entry_revision FROM replies WHERE entry_id = 1`).Scan(&revision))
	if revision != 3 {
		t.Errorf("the reply was made from revision %d, want 3", revision)
	}
}

// upload sends a file to the import.
func (d *testDesk) upload(t *testing.T, as, query, field, name string, content []byte) response {
	t.Helper()
	return d.send(t, as, "/api/v1/faq/import"+query, field, name, content)
}

// send sends a file as a form.
func (d *testDesk) send(t *testing.T, as, path, field, name string, content []byte) response {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile(field, name)
	must(t, err)
	_, err = part.Write(content)
	must(t, err)
	must(t, w.Close())
	return d.do(t, as, "POST", path, form.Bytes(), func(r *http.Request) {
		r.Header.Set("Content-Type", w.FormDataContentType())
	})
}

func TestImportAndExport(t *testing.T) {
	d := newDesk(t)
	file := []byte(`{"code":"A1","question":"居住证怎么办理","answer":"到派出所。"}` + "\n" + `{"code":"A2","question":"","answer":"x"}` + "\n")
	counts := func(r response) [3]any { return [3]any{r.at("created"), r.at("updated"), r.at("unchanged")} }

	r := d.upload(t, "limin", "?dry_run=true", "file", "library.jsonl", file)
	if r.status != 200 || counts(r) != [3]any{1.0, 0.0, 0.0} || r.at("errors.0.row") != 2.0 {
		t.Errorf("dry run: %d %s", r.status, r.body)
	}
	if list := d.get(t, "limin", "/api/v1/faq/entries"); list.at("items.#") != 0 {
		t.Errorf("a dry run left %s", list.body)
	}
	if r := d.upload(t, "limin", "?publish=true", "file", "library.jsonl", file); r.status != 403 {
		t.Errorf("staff publishes an import: %d %s", r.status, r.body)
	}
	if r := d.upload(t, "liaison", "", "file", "library.jsonl", file); r.status != 403 {
		t.Errorf("a liaison imports: %d %s", r.status, r.body)
	}
	if r := d.upload(t, "chief", "?publish=true", "file", "LIBRARY.JSONL", file); r.status != 200 || counts(r) != [3]any{1.0, 0.0, 0.0} {
		t.Errorf("import: %d %s", r.status, r.body)
	}
	// It waits for a second person: who brought it in may not let it out.
	e := d.get(t, "chief", "/api/v1/faq/entries/1")
	if e.at("state") != "draft" || e.at("proposal.state") != "in_review" {
		t.Errorf("after an import to publish: %s", e.body)
	}
	seen := body{"id": "1", "revision": e.at("revision"), "proposal_version": e.at("proposal.version")}
	if r := d.post(t, "chief", "/api/v1/faq/entries/1/approve", nil); r.status != 403 {
		t.Errorf("approved by who imported it: %d %s", r.status, r.body)
	}
	if r := d.post(t, "admin", "/api/v1/faq/entries/bulk", body{"action": "approve", "entries": []body{seen}}); r.status != 200 || r.at("items.0.entry.state") != "published" {
		t.Errorf("approved by a second person: %d %s", r.status, r.body)
	}
	r = d.upload(t, "chief", "?publish=true", "file", "library.jsonl", file[:bytes.IndexByte(file, '\n')+1])
	if r.status != 200 || counts(r) != [3]any{0.0, 0.0, 1.0} || r.at("errors.#") != 0 {
		t.Errorf("import again: %d %s", r.status, r.body)
	}
	if r := d.upload(t, "chief", "", "file", "library.exe", file); r.status != 422 {
		t.Errorf("an unknown format: %d %s", r.status, r.body)
	}
	if r := d.upload(t, "chief", "", "document", "library.jsonl", file); r.status != 422 || r.at("fields.0.name") != "file" {
		t.Errorf("another field: %d %s", r.status, r.body)
	}
	if r := d.post(t, "chief", "/api/v1/faq/import", body{"file": "x"}); r.status < 400 || r.status >= 500 {
		t.Errorf("JSON instead of a form: %d %s", r.status, r.body)
	}
	for format, begins := range map[string]string{"jsonl": `{"code":"A1"`, "csv": "\ufeff", "xlsx": "PK"} {
		r := d.get(t, "liaison", "/api/v1/faq/export?format="+format)
		if r.status != 200 || !strings.HasPrefix(string(r.body), begins) {
			t.Errorf("export as %s: %d %.60q", format, r.status, r.body)
		}
		if want := `attachment; filename="faq-20261122.` + format + `"`; r.header.Get("Content-Disposition") != want {
			t.Errorf("export as %s is called %q", format, r.header.Get("Content-Disposition"))
		}
	}
	if r := d.get(t, "limin", "/api/v1/faq/export?format=pdf"); r.status != 422 {
		t.Errorf("export as pdf: %d %s", r.status, r.body)
	}
}

// An empty file is told so in the words of the desk, whether its part names a
// type or not.
func TestImportOfNothing(t *testing.T) {
	d := newDesk(t)
	for _, contentType := range []string{"text/csv", ""} {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		header := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="a.csv"`}}
		if contentType != "" {
			header.Set("Content-Type", contentType)
		}
		_, err := w.CreatePart(header)
		must(t, err)
		must(t, w.Close())
		r := d.do(t, "limin", "POST", "/api/v1/faq/import", form.Bytes(), func(r *http.Request) {
			r.Header.Set("Content-Type", w.FormDataContentType())
		})
		if r.status != 422 || r.at("fields.0.name") != "file" || r.at("fields.0.message") != "文件是空的" {
			t.Errorf("type %q: %d %s", contentType, r.status, r.body)
		}
	}
}

// An import may be larger than everything else, but not without bound.
func TestImportSize(t *testing.T) {
	d := newDesk(t)
	line := []byte(`{"code":"A1","question":"居住证怎么办理","answer":"` + strings.Repeat("到派出所。", 200) + `"}` + "\n")
	large := bytes.Repeat(line, (2<<20)/len(line))
	if r := d.upload(t, "limin", "?dry_run=true", "file", "large.jsonl", large); r.status != 200 {
		t.Errorf("a file of 2 MB: %d %.200s", r.status, r.body)
	}
	for _, tt := range []struct {
		as, call string
		size     int
	}{
		{"limin", "POST /api/v1/faq/import", 21 << 20},
		{"liaison", "POST /api/v1/faq/import", 2 << 20}, // may not import
		{"nobody", "POST /api/v1/faq/import", 2 << 20},
		{"limin", "POST /api/v1/faq/import/x", 2 << 20},
		{"limin", "POST /api/v1/faq/entries/1/files", 21 << 20},
		{"liaison", "POST /api/v1/faq/entries/1/files", 2 << 20},
		{"limin", "POST /api/v1/faq/entries/x/files", 2 << 20},
		{"limin", "GET /api/v1/faq/import", 2 << 20},
		{"limin", "POST /api/v1/faq/entries", 1<<20 + 1},
	} {
		// Refused by its head alone: nobody has to send the body first.
		r := d.raw(t, tt.call+" HTTP/1.1\r\nHost: desk.example.test\r\nCookie: desk_session="+cookieOf(tt.as)+
			"\r\nContent-Type: application/json\r\nContent-Length: "+strconv.Itoa(tt.size)+"\r\n\r\n")
		if r.status != 413 || r.at("code") != "invalid" || r.at("reason") != "too_large" || r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s of %s with %d bytes: %d %s", tt.call, tt.as, tt.size, r.status, r.body)
		}
	}
}

func TestEntryFiles(t *testing.T) {
	d := newDesk(t)
	d.entry(t)
	const at = "/api/v1/faq/entries/1/files"
	content := []byte("%PDF-1.4 \xe2\xe3\xcf\xd3\x00" + strings.Repeat("x", 2<<20)) // more than other bodies may have, and no text
	r := d.send(t, "limin", at, "file", "申请表.pdf", content)
	if r.status != 201 || r.at("name") != "申请表.pdf" || r.at("added_by.name") != "李敏" || r.at("url") != "/api/v1/faq/files/1" {
		t.Fatalf("add: %d %s", r.status, r.body)
	}
	if r := d.get(t, "liaison", at); r.status != 200 || r.at("items.#") != 1 || r.at("items.0.content_type") != "application/pdf" {
		t.Errorf("list: %d %s", r.status, r.body)
	}
	r = d.get(t, "liaison", "/api/v1/faq/files/1")
	if r.status != 200 || !bytes.Equal(r.body, content) || !strings.HasPrefix(r.header.Get("Content-Disposition"), "attachment; filename*=UTF-8''%E7%94%B3") {
		t.Errorf("download: %d, %d bytes, %v", r.status, len(r.body), r.header)
	}
	for _, tt := range []struct {
		as, name string
		content  []byte
		status   int
	}{
		{"limin", "x.html", []byte("<p>"), 422}, {"limin", "x.pdf", []byte("<html>"), 422}, {"liaison", "x.txt", []byte("x"), 403},
		{"limin", "large.txt", bytes.Repeat([]byte("x"), 20<<20+1), 422},
	} {
		if r := d.send(t, tt.as, at, "file", tt.name, tt.content); r.status != tt.status {
			t.Errorf("%s adds %s: %d %s", tt.as, tt.name, r.status, r.body)
		}
	}
	if r := d.post(t, "chief", "/api/v1/faq/entries/1/withdraw", nil); r.status != 200 {
		t.Fatal(r.status)
	}
	for _, path := range []string{at, "/api/v1/faq/files/1"} {
		if r := d.get(t, "liaison", path); r.status != 404 {
			t.Errorf("a reader gets %s of a draft: %d", path, r.status)
		}
	}
	if r := d.do(t, "limin", "DELETE", "/api/v1/faq/files/1", nil); r.status != 204 {
		t.Errorf("remove: %d %s", r.status, r.body)
	}
	if r := d.get(t, "limin", "/api/v1/faq/files/1"); r.status != 404 {
		t.Errorf("what was removed: %d", r.status)
	}
}
