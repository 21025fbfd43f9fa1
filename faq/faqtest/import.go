package faqtest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// fieldsOf returns the names of the fields an error is about.
func fieldsOf(err error) (names []string) {
	var e *desk.Error
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			names = append(names, f.Name)
		}
	}
	return names
}

const chineseFile = `编号,问题,相似问法,答案,分类,承办单位,文号,办事入口,生效日期,失效日期,状态
HJ-1,居住证怎么办理,居住证如何办|暂住证去哪办,到派出所。,户籍,市公安局,市府发〔2026〕1号,https://example.gov/1,2026/1/2,2026年12月31日,已发布
HJ-2,身份证丢了怎么办,,"补办：
一、到派出所；
二、缴费。",户籍,市公安局,,,,,
`

func importing(t *testing.T, l *Library) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(chineseFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"utf-8": chineseFile, "byte order mark": "\uFEFF" + chineseFile, "gb18030": gb,
		"crlf": strings.ReplaceAll(chineseFile, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := l.ImportText(t.Context(), Supervisor, file, faq.ImportOptions{Format: faq.CSV})
			if err != nil || len(got.Errors) != 0 || got.Created+got.Unchanged != 2 {
				t.Fatalf("%+v, %v", got, err)
			}
		})
	}
	page, err := l.Entries(t.Context(), Staff, faq.Filter{})
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%d entries, %v, want 2", len(page.Items), err)
	}
	want := faq.Content{
		Code: "HJ-1", Question: "居住证怎么办理", Similar: []string{"居住证如何办", "暂住证去哪办"}, Answer: "到派出所。",
		Category: "户籍", Department: "市公安局", DocumentNumber: "市府发〔2026〕1号", ServiceLink: "https://example.gov/1",
		ValidFrom: "2026-01-02", ValidTo: "2026-12-31",
	}
	if e := page.Items[1]; !reflect.DeepEqual(e.Content, want) || e.State != faq.Draft || e.Proposal == nil || e.Proposal.State != faq.InReview {
		t.Errorf("first = %+v\nwant %+v in review", e, want)
	}
	if e := page.Items[0]; e.Answer != "补办：\n一、到派出所；\n二、缴费。" || e.State != faq.Draft {
		t.Errorf("second = %+v", e)
	}
	if tasks := l.Backend.Tasks(t); len(tasks) != 1 || tasks[0].Kind != faq.TaskIndex || tasks[0].Key != faq.TaskAll {
		t.Errorf("tasks = %v, want one for the whole index", tasks)
	}
	if _, err := l.Approve(t.Context(), Supervisor, page.Items[1].ID, faq.Approval{}); desk.ReasonOf(err) != "own_text" {
		t.Errorf("who imported it approves: %v", err)
	}
	if _, err := l.Approve(t.Context(), Second, page.Items[1].ID, faq.Approval{}); err != nil {
		t.Fatal(err)
	}
	l.Sync(t)
	if got := l.Search(t, "暂住证去哪里办"); len(got) != 1 {
		t.Errorf("search after the import finds %v", got)
	}
}

// What an import would publish, or change of what is published, waits for a
// second person whoever imports it.
func importReview(t *testing.T, l *Library) {
	live := l.AddPublished(t, faq.Content{Code: "A", Question: "甲", Answer: "旧"})
	draft := l.Add(t, faq.Content{Code: "B", Question: "乙", Answer: "旧"})
	const file = `code,question,answer,state
A,甲,新,
B,乙,新,
C,丙,新,published
D,丁,新,
A2,甲二,旧,已发布
E,戊,,published
`
	for _, actor := range []desk.Actor{Staff, Supervisor} {
		got, err := l.ImportText(t.Context(), actor, file, faq.ImportOptions{Format: faq.CSV})
		switch first := actor.UserID == Staff.UserID; {
		case err != nil || !slices.Equal(rowsOf(got), []int{7}):
			t.Fatalf("%+v, %v", got, err)
		case first && (got.Created != 3 || got.Updated != 2 || got.InReview != 3):
			t.Errorf("first import: %+v", got)
		case !first && got.Unchanged != 5:
			t.Errorf("second import: %+v", got)
		}
	}
	for id, want := range map[faq.EntryID]string{live.ID: "旧", draft.ID: "新"} {
		if e, err := l.Entry(t.Context(), Staff, id); err != nil || e.Answer != want {
			t.Errorf("entry %d says %q, %v, want %q", id, e.Answer, err, want)
		}
	}
	page, err := l.Entries(t.Context(), Staff, faq.Filter{Proposal: faq.InReview})
	if err != nil || len(page.Items) != 3 {
		t.Fatalf("%d in review, %v, want 3", len(page.Items), err)
	}
	if _, err := l.ImportText(t.Context(), Staff, "code,question,state\nA,甲,retired\n", faq.ImportOptions{Format: faq.CSV}); err != nil {
		t.Fatal(err)
	}
	if e, err := l.Entry(t.Context(), Staff, live.ID); err != nil || e.State != faq.Published {
		t.Errorf("staff's import retired an entry: %+v, %v", e, err)
	}
	// An import to publish does not overrun what is under review.
	got, err := l.ImportText(t.Context(), Supervisor, "code,question,answer\nA,甲,别的\n", faq.ImportOptions{Format: faq.CSV, Publish: true})
	if err != nil || !slices.Equal(rowsOf(got), []int{2}) {
		t.Errorf("import over a proposal: %+v, %v", got, err)
	}
}

// A library taken over reaches citizens when a second person approved it, many at
// once; the desk itself fills an empty one.
func importToPublish(t *testing.T, l *Library) {
	ctx := t.Context()
	live := l.AddPublished(t, faq.Content{Code: "A", Question: "甲", Answer: "旧"})
	own := l.Add(t, faq.Content{Code: "B", Question: "乙", Answer: "旧"})
	const file = "code,question,answer,state\nA,甲,新,\nB,乙,新,\nC,丙,新,\nD,丁,新,草稿\nE,戊,新,retired\nF,己,,\n"
	publish := faq.ImportOptions{Format: faq.CSV, Publish: true}
	for _, o := range []faq.ImportOptions{{Format: faq.CSV, Publish: true, DryRun: true}, publish} {
		got, err := l.ImportText(ctx, Supervisor, file, o)
		if err != nil || got.Created != 3 || got.Updated != 2 || got.InReview != 4 || !slices.Equal(rowsOf(got), []int{7}) {
			t.Fatalf("%+v: %+v, %v", o, got, err)
		}
	}
	if got, err := l.ImportText(ctx, Supervisor, file, publish); err != nil || got.Unchanged != 5 || got.InReview != 0 {
		t.Errorf("the same again: %+v, %v", got, err)
	}
	for id, want := range map[faq.EntryID]faq.State{live.ID: faq.Published, own.ID: faq.Draft} {
		if e, err := l.Entry(ctx, Staff, id); err != nil || e.State != want || e.Revision > 2 || e.State == faq.Published && e.Answer != "旧" {
			t.Errorf("before the review: %+v, %v", e, err)
		}
	}
	page, err := l.Entries(ctx, Second, faq.Filter{Proposal: faq.InReview})
	if err != nil || len(page.Items) != 4 {
		t.Fatalf("%d wait, %v", len(page.Items), err)
	}
	b := faq.Bulk{Action: faq.BulkApprove}
	for _, e := range page.Items {
		b.Entries = append(b.Entries, faq.BulkEntry{ID: e.ID, Seen: faq.Seen{Revision: e.Revision, Version: e.Proposal.Version}})
	}
	for _, by := range []struct {
		desk.Actor
		refused bool
	}{{Supervisor, true}, {Second, false}} {
		out, err := l.Bulk(ctx, by.Actor, b)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out {
			if refused := desk.ReasonOf(o.Err) == "own_text"; refused != by.refused || !refused && (o.Err != nil || o.Entry.State != faq.Published || o.Entry.Answer != "新") {
				t.Errorf("approved by %s: %+v", by.Name, o)
			}
		}
	}
	if _, err := l.ImportText(ctx, Admin, file, faq.ImportOptions{Format: faq.CSV, Install: true}); desk.CodeOf(err) != desk.Forbidden {
		t.Errorf("a person fills the library without review: %v", err)
	}
	const more = "code,question,answer\nA,甲,再新\nG,庚,新\n"
	if got, err := l.ImportText(ctx, desk.System(), more, publish); err != nil || got.InReview != 2 {
		t.Errorf("by the desk itself: %+v, %v", got, err)
	}
	got, err := l.ImportText(ctx, desk.System(), "code,question,answer\nH,辛,新\n", faq.ImportOptions{Format: faq.CSV, Install: true})
	if err != nil || got.Created != 1 || got.InReview != 0 {
		t.Errorf("a first library: %+v, %v", got, err)
	}
	l.Sync(t)
	for question, found := range map[string]int{"辛": 1, "庚": 0} {
		if hits := l.Search(t, question); len(hits) != found {
			t.Errorf("%q finds %v", question, hits)
		}
	}
}

func rowsOf(r faq.ImportResult) (rows []int) {
	for _, e := range r.Errors {
		rows = append(rows, e.Row)
	}
	return rows
}

func importTwice(t *testing.T, l *Library) {
	file := `{"question":"居住证怎么办理","answer":"到派出所。","category":"户籍"}
{"question":"居住证 怎么办理？","answer":"重复"}
not json
{"code":"X-1","question":"公积金怎么提取","answer":"线上。"}

{"code":"X-1","question":"重复的编号"}
{"question":"公积金怎么提取"}
{"question":"","answer":"没有问题"}
{"question":"没有答案"}
{"question":"坏日期","answer":"有","valid_to":"2026-13-01"}
{"question":"坏状态","answer":"有","state":"半公开"}
{"code":5,"question":"编号不是文字"}
`
	publish := faq.ImportOptions{Format: faq.JSONL, Install: true}
	first, err := l.ImportText(t.Context(), desk.System(), file, publish)
	if err != nil || first.Created != 2 || first.Updated+first.Unchanged != 0 {
		t.Fatalf("first import: %+v, %v", first, err)
	}
	rows := rowsOf(first)
	slices.Sort(rows)
	if want := []int{2, 3, 6, 7, 8, 9, 10, 11, 12}; !slices.Equal(rows, want) {
		t.Errorf("errors in rows %v, want %v: %v", rows, want, first.Errors)
	}
	second, err := l.ImportText(t.Context(), desk.System(), file, publish)
	if err != nil || second.Unchanged != 2 || second.Created+second.Updated != 0 {
		t.Errorf("second import: %+v, %v", second, err)
	}
	// A file without a column leaves it as it is; an empty cell empties it.
	third, err := l.ImportText(t.Context(), Supervisor, "question,category\n居住证怎么办理,\n", faq.ImportOptions{Format: faq.CSV})
	if err != nil || third.Updated != 1 || third.InReview != 1 {
		t.Fatalf("third import: %+v, %v", third, err)
	}
	page, err := l.Entries(t.Context(), Staff, faq.Filter{})
	if err != nil || len(page.Items) != 2 {
		t.Fatal(page, err)
	}
	e := page.Items[1]
	if p := e.Proposal; e.Category != "户籍" || p == nil || p.Category != "" || p.Answer != "到派出所。" || e.State != faq.Published || e.Revision != 1 {
		t.Errorf("entry = %+v, want published as it was, with a proposal of no category", e)
	}
}

// A row without a code gets one made up; a later row of the same file may bring
// just that code along.
func importMadeUp(t *testing.T, l *Library) {
	got, err := l.ImportText(t.Context(), Supervisor, "code,question\n,甲\nK000001,乙\nZ,丙\n", faq.ImportOptions{Format: faq.CSV})
	if err != nil || got.Created != 2 || !slices.Equal(rowsOf(got), []int{3}) {
		t.Errorf("%+v, %v, want the third row refused and the others kept", got, err)
	}
}

func importDry(t *testing.T, l *Library) {
	l.AddPublished(t, faq.Content{Code: "A", Question: "甲", Answer: "旧"})
	l.Add(t, faq.Content{Code: "B", Question: "乙", Answer: "旧"})
	before := l.ExportText(t, faq.JSONL)
	events := len(l.Backend.Events(t))
	file := "code,question,answer,state\nA,甲,新,\nB,乙,旧,\nC,丙,新,\nD,丁,,published\n"
	dry, err := l.ImportText(t.Context(), Supervisor, file, faq.ImportOptions{Format: faq.CSV, DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if after := l.ExportText(t, faq.JSONL); string(after) != string(before) || len(l.Backend.Events(t)) != events {
		t.Error("a dry run changed something")
	}
	wantChanges := []faq.RowChange{
		{Row: 2, EntryID: 1, Question: "甲", State: faq.Published, InReview: true, Fields: []faq.FieldChange{{Field: "answer", Before: "旧", After: "新"}}},
		{Row: 4, Question: "丙", State: faq.Draft, Fields: []faq.FieldChange{
			{Field: "question", After: "丙"}, {Field: "answer", After: "新"}, {Field: "code", After: "C"}}},
	}
	if !reflect.DeepEqual(dry.Changes, wantChanges) {
		t.Errorf("dry run tells of %+v\nwant %+v", dry.Changes, wantChanges)
	}
	dry.Changes = nil
	real, err := l.ImportText(t.Context(), Supervisor, file, faq.ImportOptions{Format: faq.CSV})
	if err != nil || !reflect.DeepEqual(dry, real) || real.Created != 1 || real.Updated != 1 || real.Unchanged != 1 {
		t.Errorf("dry %+v, real %+v, %v", dry, real, err)
	}
}

func importBroken(t *testing.T, l *Library) {
	wide, err := simplifiedchinese.GB18030.NewEncoder().String("问题\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		format faq.Format
		file   string
		field  string
	}{
		"no question column": {faq.CSV, "code,answer\nA,B\n", "file"},
		"column twice":       {faq.CSV, "question,问题\nA,B\n", "file"},
		"empty csv":          {faq.CSV, "", "file"},
		"empty jsonl":        {faq.JSONL, "\n\n", "file"},
		"not a workbook":     {faq.XLSX, "question\n", "file"},
		"utf-16":             {faq.CSV, "\xFF\xFEq\x00", "file"},
		"no encoding":        {faq.CSV, wide + "\xFF\xFF\xFF\n", "file"},
		"unknown format":     {"ods", "question\n", "format"},
		"too large":          {faq.CSV, "question\n" + strings.Repeat("x", faq.MaxImportBytes), "file"},
		"too many rows":      {faq.CSV, "question\n" + strings.Repeat("x\n", faq.MaxImportRows+1), "file"},
	} {
		_, err := l.ImportText(t.Context(), Supervisor, tt.file, faq.ImportOptions{Format: tt.format})
		if desk.CodeOf(err) != desk.Invalid || !slices.Contains(fieldsOf(err), tt.field) {
			t.Errorf("%s: %v, want invalid %s", name, err, tt.field)
		}
	}
	var file strings.Builder
	file.WriteString("question,valid_to\n")
	for n := range 1205 {
		fmt.Fprintf(&file, "问题 %d,不是日期\n", n)
	}
	got, err := l.ImportText(t.Context(), Supervisor, file.String(), faq.ImportOptions{Format: faq.CSV})
	if err != nil || len(got.Errors) != 1001 || !strings.Contains(got.Errors[1000].Message, "205") {
		t.Errorf("%d errors named, %v, want 1000 and a last one with the rest", len(got.Errors), err)
	}
	if page, err := l.Entries(t.Context(), Staff, faq.Filter{}); err != nil || len(page.Items) != 0 {
		t.Errorf("%d entries from broken files, %v", len(page.Items), err)
	}
}

// contents draws entries with every kind of awkward text that may be kept.
func contents() *rapid.Generator[faq.Content] {
	awkward := rapid.SampledFrom([]string{"=1+1", "'=x", "''", "@a", "-", "+8", "|", "｜", `\`, `\|`, `"`, ",", ";", "\t", "\n",
		"_x000D_", "居住证", "😀", "﹏", "０", " ", "a", "1", "{", "null", "&lt;", "<b>", "'"})
	text := func(most int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.OneOf(awkward, rapid.StringN(0, 3, 12)), 0, most).Draw(t, "text"), "")
		})
	}
	return rapid.Custom(func(t *rapid.T) faq.Content {
		return faq.Content{
			Question: rapid.StringMatching(`[一-十a-z=@|'\\-]{1,6}`).Draw(t, "question"),
			Similar:  rapid.SliceOfN(text(4), 0, 4).Draw(t, "similar"),
			Answer:   text(12).Draw(t, "answer"), Category: text(3).Draw(t, "category"), Department: text(3).Draw(t, "department"),
			DocumentNumber: text(3).Draw(t, "number"),
			ServiceLink:    rapid.SampledFrom([]string{"", "https://example.gov/a?b=1&c=2"}).Draw(t, "link"),
			ValidFrom:      rapid.SampledFrom([]faq.Day{"", "2026-01-01"}).Draw(t, "from"),
			ValidTo:        rapid.SampledFrom([]faq.Day{"", "2026-12-31"}).Draw(t, "to"),
		}
	})
}

// roundTrip: what is exported, overwritten in every text and imported again is
// as it was, in each format.
func roundTrip(t *testing.T, l *Library) {
	const tried = 200
	want := map[faq.EntryID]faq.Content{}
	generator := contents()
	for n := range tried {
		c := generator.Example(n)
		c.Code = fmt.Sprintf("R-%d", n)
		e, err := l.Create(t.Context(), Supervisor, c)
		if err == nil {
			want[e.ID] = e.Content
		} else if desk.CodeOf(err) != desk.Invalid {
			t.Fatal(err)
		}
	}
	if len(want) < tried/2 {
		t.Fatalf("only %d of %d examples are entries", len(want), tried)
	}
	for _, format := range []faq.Format{faq.CSV, faq.XLSX, faq.JSONL} {
		file := l.ExportText(t, format)
		for id := range want {
			overwrite(t, l, id)
		}
		got, err := l.ImportText(t.Context(), Supervisor, string(file), faq.ImportOptions{Format: format})
		if err != nil || len(got.Errors) > 0 || got.Created != 0 || got.Updated != len(want) {
			t.Fatalf("%s: %+v, %v", format, got, err)
		}
		for id, content := range want {
			if back, err := l.Entry(t.Context(), Staff, id); err != nil || !back.Content.Equal(content) {
				t.Errorf("%s: came back as %+v, %v\nwant %+v", format, back.Content, err, content)
			}
		}
	}
}

func overwrite(t *testing.T, l *Library, id faq.EntryID) {
	t.Helper()
	now, err := l.Entry(t.Context(), Staff, id)
	if err != nil {
		t.Fatal(err)
	}
	none, other, day := "", "别的", faq.Day("")
	if _, err := l.Update(t.Context(), Supervisor, id, faq.Seen{Revision: now.Revision}, faq.Edit{
		Question: &other, Similar: &[]string{"又一个"}, Answer: &other, Category: &none, Department: &none,
		DocumentNumber: &none, ServiceLink: &none, ValidFrom: &day, ValidTo: &day,
	}); err != nil {
		t.Fatal(err)
	}
}

// importUntouched: an export that comes back as it is asks for nothing, whatever
// is under way, and leaves that alone. A row that differs then is at fault, and
// the rows beside it are taken in. The dry run says all of it beforehand.
func importUntouched(t *testing.T, l *Library) {
	ctx := t.Context()
	at := Noon.Add(time.Hour)
	propose := func(n int, submit, publish bool) faq.EntryID {
		e := l.AddPublished(t, Content(n))
		answer := "修改稿"
		e, err := l.Update(ctx, Staff, e.ID, faq.Seen{Revision: e.Revision}, faq.Edit{Answer: &answer})
		must(t, err)
		if submit {
			_, err = l.Submit(ctx, Staff, e.ID, faq.Seen{}, time.Time{})
			must(t, err)
		}
		if publish {
			_, err = l.Publish(ctx, Supervisor, e.ID, faq.Approval{Seen: faq.Seen{Version: e.Proposal.Version}, PublishAt: &at})
			must(t, err)
		}
		return e.ID
	}
	ids := []faq.EntryID{propose(1, false, false), propose(2, true, false), propose(3, false, true), l.AddPublished(t, Content(4)).ID}
	waiting := l.Add(t, Content(5))
	_, err := l.Submit(ctx, Staff, waiting.ID, faq.Seen{}, time.Time{})
	must(t, err)
	ids = append(ids, waiting.ID)
	stands := func() (all []string) {
		for _, id := range ids {
			e, err := l.Entry(ctx, Staff, id)
			must(t, err)
			all = append(all, fmt.Sprintf("%d %s %+v", e.Revision, e.Answer, e.Proposal))
		}
		return append(all, fmt.Sprint(len(l.Backend.Events(t))))
	}
	before := stands()
	both := func(who desk.Actor, file string, o faq.ImportOptions) faq.ImportResult {
		t.Helper()
		o.DryRun = true
		dry, err := l.ImportText(ctx, who, file, o)
		must(t, err)
		o.DryRun, dry.Changes = false, nil
		got, err := l.ImportText(ctx, who, file, o)
		if err != nil || !reflect.DeepEqual(dry, got) {
			t.Errorf("%s of %d: dry %+v, then %+v, %v", o.Format, who.UserID, dry, got, err)
		}
		return got
	}
	for _, format := range []faq.Format{faq.CSV, faq.XLSX, faq.JSONL} {
		for _, who := range []desk.Actor{Staff, Supervisor, desk.System()} {
			got := both(who, string(l.ExportText(t, format)), faq.ImportOptions{Format: format})
			if got.Unchanged != len(ids) || len(got.Errors) != 0 || !slices.Equal(stands(), before) {
				t.Errorf("%s untouched by %d: %+v\nstands %v\nbefore %v", format, who.UserID, got, stands(), before)
			}
		}
	}
	file := "code,question,answer\n"
	for n := 1; n <= 5; n++ {
		c := Content(n)
		file += fmt.Sprintf("%s,%s,别的\n", c.Code, c.Question)
	}
	got := both(Supervisor, file, faq.ImportOptions{Format: faq.CSV})
	if !slices.Equal(rowsOf(got), []int{2, 3, 4, 6}) || got.Updated != 1 || got.InReview != 1 {
		t.Errorf("over colleagues' texts: %+v", got)
	}
	for _, e := range got.Errors {
		if !strings.Contains(e.Message, "先") {
			t.Errorf("row %d: %q does not say what to do", e.Row, e.Message)
		}
	}
	// One's own text may be written over, but for what is scheduled.
	got = both(Staff, file, faq.ImportOptions{Format: faq.CSV})
	if !slices.Equal(rowsOf(got), []int{4}) || got.Updated != 3 || got.Unchanged != 1 {
		t.Errorf("over own texts: %+v", got)
	}
}
