package faqtest

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// ExerciseService runs the library's rules on a real Store; open returns an
// empty backend.
func ExerciseService(t *testing.T, open func(t *testing.T) Backend) {
	for name, test := range map[string]func(t *testing.T, l *Library){
		"who may do what":                   permissions,
		"readers see what is published":     readers,
		"create":                            create,
		"made-up codes":                     madeUpCodes,
		"faulty entries":                    faultyEntries,
		"update":                            update,
		"published text is guarded":         guarded,
		"moves":                             movesOf,
		"every change leaves its traces":    traces,
		"list":                              list,
		"list with words":                   listWords,
		"search finds by any wording":       searchWordings,
		"search shows current entries only": searchCurrent,
		"search looks behind expired ones":  searchCrowded,
		"search never shows what it may not, whatever runs beside it": searchNever,
		"import":                        importing,
		"import waits for review":       importReview,
		"import to publish":             importToPublish,
		"import twice":                  importTwice,
		"import beside made-up codes":   importMadeUp,
		"import of an untouched export": importUntouched,
		"import dry run":                importDry,
		"import told to a person":       importTold,
		"import of a second answer":     importDuplicates,
		"import limits and formats":     importBroken,
		"export comes back unchanged":   roundTrip,

		"a text goes through review":              reviewed,
		"nobody approves what they have not read": unread,
		"a scheduled text waits":                  scheduled,
		"a schedule is lost with its entry":       unscheduled,
		"an old text comes back by review":        restored,
		"a proposal is discarded":                 discarded,
		"no author approves the own text":         fourEyes,
		"an edit and an approval at once":         approveRace,
		"reminders before the last day":           reminders,
		"similar entries":                         similar,
		"a question has one answer":               duplicates,
		"every way into force keeps that":         duplicateWays,
		"and so does the schedule":                duplicateDue,
		"one of two approvals at once wins":       duplicateRace,
		"keys are made at the start":              refreshedKeys,
		"bulk changes go by each entry's rules":   bulkChanges,
		"bulk approval keeps four eyes":           bulkFourEyes,
		"bulk requests that make no sense":        bulkBroken,
		"a bulk action that is cut short":         bulkCut,
		"a selection is exported":                 exportSome,
		"files of entries":                        entryFiles,
		"files up to a number":                    manyFiles,
	} {
		t.Run(name, func(t *testing.T) { test(t, Open(t, open(t))) })
	}
	t.Run("an office of one", func(t *testing.T) { ownApproval(t, OpenWith(t, open(t), faq.Rules{OwnApproval: true})) })
}

func permissions(t *testing.T, l *Library) {
	e := l.AddPublished(t, Content(1))
	ctx := t.Context()
	calls := map[string]struct {
		do      func(a desk.Actor) error
		allowed []desk.Actor
	}{
		"entry":     {func(a desk.Actor) error { _, err := l.Entry(ctx, a, e.ID); return err }, []desk.Actor{Staff, Supervisor, Liaison}},
		"entries":   {func(a desk.Actor) error { _, err := l.Entries(ctx, a, faq.Filter{}); return err }, []desk.Actor{Staff, Supervisor, Liaison}},
		"facets":    {func(a desk.Actor) error { _, err := l.Facets(ctx, a); return err }, []desk.Actor{Staff, Supervisor, Liaison}},
		"revisions": {func(a desk.Actor) error { _, err := l.Revisions(ctx, a, e.ID); return err }, []desk.Actor{Staff, Supervisor, Liaison}},
		"suggest":   {func(a desk.Actor) error { _, err := l.Suggest(ctx, a, "办理", 5); return err }, []desk.Actor{Staff, Supervisor, Liaison}},
		"export":    {func(a desk.Actor) error { return l.Export(ctx, a, io.Discard, faq.CSV) }, []desk.Actor{Staff, Supervisor, Liaison}},
		"create":    {func(a desk.Actor) error { _, err := l.Create(ctx, a, Content(int(a.UserID))); return err }, []desk.Actor{Staff, Supervisor}},
		"update": {func(a desk.Actor) error {
			_, err := l.Update(ctx, a, e.ID, faq.Seen{Revision: 1}, faq.Edit{})
			return err
		}, []desk.Actor{Staff, Supervisor}},
		"import": {func(a desk.Actor) error {
			_, err := l.ImportText(ctx, a, "question\n问\n", faq.ImportOptions{Format: faq.CSV, DryRun: true})
			return err
		}, []desk.Actor{Staff, Supervisor}},
		"import and publish": {func(a desk.Actor) error {
			_, err := l.ImportText(ctx, a, "question\n问\n", faq.ImportOptions{Format: faq.CSV, DryRun: true, Publish: true})
			return err
		}, []desk.Actor{Supervisor}},
		"publish":      {func(a desk.Actor) error { _, err := l.Publish(ctx, a, e.ID, faq.Approval{}); return err }, []desk.Actor{Supervisor}},
		"approve":      {func(a desk.Actor) error { _, err := l.Approve(ctx, a, e.ID, faq.Approval{}); return err }, []desk.Actor{Supervisor}},
		"reject":       {func(a desk.Actor) error { _, err := l.Reject(ctx, a, e.ID, faq.Seen{}, "x"); return err }, []desk.Actor{Supervisor}},
		"submit":       {func(a desk.Actor) error { _, err := l.Submit(ctx, a, e.ID, faq.Seen{}, time.Time{}); return err }, []desk.Actor{Staff, Supervisor}},
		"recall":       {func(a desk.Actor) error { _, err := l.Recall(ctx, a, e.ID); return err }, []desk.Actor{Staff, Supervisor}},
		"discard":      {func(a desk.Actor) error { _, err := l.Discard(ctx, a, e.ID, faq.Seen{}); return err }, []desk.Actor{Staff, Supervisor}},
		"restore":      {func(a desk.Actor) error { _, err := l.Restore(ctx, a, e.ID, faq.Seen{}, 1); return err }, []desk.Actor{Staff, Supervisor}},
		"similar":      {func(a desk.Actor) error { _, err := l.Similar(ctx, a, faq.Content{Question: "问"}, 0); return err }, []desk.Actor{Staff, Supervisor}},
		"compare":      {func(a desk.Actor) error { _, err := l.Compare(ctx, a, e.ID, 2, 2); return err }, []desk.Actor{Staff, Supervisor, Liaison}},
		"counts":       {func(a desk.Actor) error { _, err := l.Counts(ctx, a); return err }, []desk.Actor{Staff, Supervisor, Liaison}},
		"retire":       {func(a desk.Actor) error { _, err := l.Retire(ctx, a, e.ID); return err }, []desk.Actor{Supervisor}},
		"withdraw":     {func(a desk.Actor) error { _, err := l.Withdraw(ctx, a, e.ID); return err }, []desk.Actor{Supervisor}},
		"bulk set":     {func(a desk.Actor) error { return l.bulk(ctx, a, faq.BulkSet, e) }, []desk.Actor{Staff, Supervisor}},
		"bulk submit":  {func(a desk.Actor) error { return l.bulk(ctx, a, faq.BulkSubmit, e) }, []desk.Actor{Staff, Supervisor}},
		"bulk approve": {func(a desk.Actor) error { return l.bulk(ctx, a, faq.BulkApprove, e) }, []desk.Actor{Supervisor}},
		"bulk retire":  {func(a desk.Actor) error { return l.bulk(ctx, a, faq.BulkRetire, e) }, []desk.Actor{Supervisor}},
		"export some":  {func(a desk.Actor) error { return l.ExportSome(ctx, a, io.Discard, faq.CSV, []faq.EntryID{e.ID}) }, []desk.Actor{Staff, Supervisor, Liaison}},
	}
	for name, call := range calls {
		for _, actor := range []desk.Actor{Staff, Supervisor, Liaison, Nobody} {
			may := slices.ContainsFunc(call.allowed, func(a desk.Actor) bool { return a.UserID == actor.UserID })
			if err := call.do(actor); may != (desk.CodeOf(err) != desk.Forbidden) {
				t.Errorf("%s by %q: %v, allowed should be %v", name, actor.Role, err, may)
			}
		}
	}
}

func create(t *testing.T, l *Library) {
	c := Content(1)
	c.Question = "  居住证\u0000怎么\n办？ "
	c.Similar = []string{"居住证如何办理", "", " 居住证 如何办理 ", "居住证怎么办", "\t"}
	c.Answer = "第一行\r\n第二行\r第三行\n\n"
	e := l.Add(t, c)
	want := faq.Entry{ID: e.ID, Content: c, State: faq.Draft, Revision: 1, CreatedAt: Noon, UpdatedAt: Noon, UpdatedBy: Staff.UserID, Authors: []int64{Staff.UserID}}
	want.Question, want.Similar, want.Answer = "居住证怎么 办？", []string{"居住证如何办理"}, "第一行\n第二行\n第三行"
	if want.QuestionKey = e.QuestionKey; want.QuestionKey == "" {
		t.Error("no key of the question is kept")
	}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("created %+v\nwant %+v", e, want)
	}
	if got, err := l.Entry(t.Context(), Staff, e.ID); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v\nwant %+v", got, err, want)
	}
	if _, err := l.Create(t.Context(), Staff, Content(1)); desk.ReasonOf(err) != "code_taken" || desk.CodeOf(err) != desk.Conflict {
		t.Errorf("second with the code: %v, want code_taken", err)
	}
}

func madeUpCodes(t *testing.T, l *Library) {
	taken := Content(1)
	taken.Code = "K000003"
	l.Add(t, taken)
	seen := map[string]bool{}
	for n := 2; n < 6; n++ {
		c := Content(n)
		c.Code = ""
		code := l.Add(t, c).Code
		if !strings.HasPrefix(code, "K") || seen[code] || code == taken.Code {
			t.Errorf("made-up code %q", code)
		}
		seen[code] = true
	}
}

func faultyEntries(t *testing.T, l *Library) {
	long := strings.Repeat("长", 4001)
	tests := []struct {
		name   string
		change func(*faq.Content)
		field  string
	}{
		{"no question", func(c *faq.Content) { c.Question = " \n" }, "question"},
		{"long question", func(c *faq.Content) { c.Question = long[:3*201] }, "question"},
		{"long answer", func(c *faq.Content) { c.Answer = long }, "answer"},
		{"many wordings", func(c *faq.Content) {
			for n := range 51 {
				c.Similar = append(c.Similar, fmt.Sprint("问法", n))
			}
		}, "similar_questions"},
		{"long wording", func(c *faq.Content) { c.Similar = []string{long[:3*201]} }, "similar_questions"},
		{"no such day", func(c *faq.Content) { c.ValidFrom = "2026-02-30" }, "valid_from"},
		{"not a day", func(c *faq.Content) { c.ValidTo = "明年" }, "valid_to"},
		{"ends before it starts", func(c *faq.Content) { c.ValidFrom, c.ValidTo = "2026-02-02", "2026-02-01" }, "valid_to"},
		{"script link", func(c *faq.Content) { c.ServiceLink = "javascript:alert(1)" }, "service_link"},
		{"link without host", func(c *faq.Content) { c.ServiceLink = "https://" }, "service_link"},
		{"space in code", func(c *faq.Content) { c.Code = "A 1" }, "code"},
		{"long code", func(c *faq.Content) { c.Code = long[:3*65] }, "code"},
		{"long department", func(c *faq.Content) { c.Department = long[:3*101] }, "department"},
	}
	good := l.Add(t, Content(0))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Content(1)
			tt.change(&c)
			_, err := l.Create(t.Context(), Staff, c)
			_, updateErr := l.Update(t.Context(), Staff, good.ID, faq.Seen{Revision: 1}, faq.Edit{
				Code: &c.Code, Question: &c.Question, Similar: &c.Similar, Answer: &c.Answer, Department: &c.Department,
				ServiceLink: &c.ServiceLink, ValidFrom: &c.ValidFrom, ValidTo: &c.ValidTo,
			})
			for _, err := range []error{err, updateErr} {
				if desk.CodeOf(err) != desk.Invalid || !slices.Contains(fieldsOf(err), tt.field) {
					t.Errorf("err = %v (fields %v), want invalid %s", err, fieldsOf(err), tt.field)
				}
			}
		})
	}
	if page, err := l.Entries(t.Context(), Staff, faq.Filter{}); err != nil || len(page.Items) != 1 {
		t.Errorf("%d entries, %v, want only the good one", len(page.Items), err)
	}
}

func update(t *testing.T, l *Library) {
	e := l.Add(t, Content(1))
	l.SetNow(Noon.Add(time.Hour))
	answer, category := "新的答案", ""
	got, err := l.Update(t.Context(), Supervisor, e.ID, faq.Seen{Revision: 1}, faq.Edit{Answer: &answer, Category: &category})
	want := e
	want.Answer, want.Category, want.Revision = answer, "", 2
	want.UpdatedAt, want.UpdatedBy = Noon.Add(time.Hour), Supervisor.UserID
	want.Authors = []int64{Staff.UserID, Supervisor.UserID}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("updated %+v, %v\nwant %+v", got, err, want)
	}
	if _, err := l.Update(t.Context(), Staff, e.ID, faq.Seen{Revision: 1}, faq.Edit{Answer: &answer}); desk.ReasonOf(err) != "entry_changed" || desk.CodeOf(err) != desk.Conflict {
		t.Errorf("update of an old revision: %v, want entry_changed", err)
	}
	if got, err := l.Update(t.Context(), Staff, e.ID, faq.Seen{Revision: 2}, faq.Edit{Answer: &answer}); err != nil || got.Revision != 2 {
		t.Errorf("update that changes nothing: revision %d, %v, want 2", got.Revision, err)
	}
	other := l.Add(t, Content(2))
	if _, err := l.Update(t.Context(), Staff, other.ID, faq.Seen{Revision: 1}, faq.Edit{Code: &e.Code}); desk.ReasonOf(err) != "code_taken" {
		t.Errorf("update to a code in use: %v, want code_taken", err)
	}
	if _, err := l.Update(t.Context(), Staff, 9999, faq.Seen{Revision: 1}, faq.Edit{}); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("update of nothing: %v, want not_found", err)
	}
	none := ""
	if got, err := l.Update(t.Context(), Staff, other.ID, faq.Seen{Revision: 1}, faq.Edit{Code: &none, Answer: &answer}); err != nil || got.Code != other.Code {
		t.Errorf("update without a code: %q, %v, want it kept", got.Code, err)
	}
}

func guarded(t *testing.T, l *Library) {
	e := l.AddPublished(t, Content(1))
	text, none := "改了", ""
	for _, actor := range []desk.Actor{Staff, Supervisor} {
		if _, err := l.Update(t.Context(), actor, e.ID, faq.Seen{Revision: e.Revision}, faq.Edit{Answer: &none}); !slices.Contains(fieldsOf(err), "answer") {
			t.Errorf("published entry without an answer: %v, want invalid answer", err)
		}
	}
	got, err := l.Update(t.Context(), Supervisor, e.ID, faq.Seen{Revision: e.Revision}, faq.Edit{Answer: &text})
	if err != nil || got.State != faq.Published || got.Answer != e.Answer || got.Revision != e.Revision || got.Proposal == nil || got.Proposal.Answer != text {
		t.Errorf("supervisor changes published text: %+v, %v, want it proposed", got, err)
	}
	if back, err := l.Entry(t.Context(), Liaison, e.ID); err != nil || back.Answer != e.Answer || back.Proposal != nil {
		t.Errorf("readers see %+v, %v", back, err)
	}
}

func movesOf(t *testing.T, l *Library) {
	to := map[faq.State]func(e faq.Entry) (faq.Entry, error){
		faq.Draft:     func(e faq.Entry) (faq.Entry, error) { return l.Withdraw(t.Context(), Supervisor, e.ID) },
		faq.Published: func(e faq.Entry) (faq.Entry, error) { return l.Publish(t.Context(), Supervisor, e.ID, faq.Approval{}) },
		faq.Retired:   func(e faq.Entry) (faq.Entry, error) { return l.Retire(t.Context(), Supervisor, e.ID) },
	}
	n := 0
	for from, first := range to {
		for target, second := range to {
			n++
			e, err := first(l.Add(t, Content(n)))
			if err != nil {
				t.Fatalf("to %s: %v", from, err)
			}
			got, err := second(e)
			want := e.Revision
			if from != target {
				want++
			}
			if err != nil || got.State != target || got.Revision != want {
				t.Errorf("%s to %s: %s revision %d, %v, want revision %d", from, target, got.State, got.Revision, err, want)
			}
		}
	}
	c := Content(100)
	c.Answer = ""
	if _, err := l.Publish(t.Context(), Supervisor, l.Add(t, c).ID, faq.Approval{}); !slices.Contains(fieldsOf(err), "answer") {
		t.Errorf("publish without an answer: %v, want invalid answer", err)
	}
	if _, err := l.Publish(t.Context(), Supervisor, 9999, faq.Approval{}); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("publish nothing: %v, want not_found", err)
	}
}

func traces(t *testing.T, l *Library) {
	e := l.AddPublished(t, Content(1))
	answer := "改"
	if _, err := l.Rewrite(t.Context(), e.ID, faq.Edit{Answer: &answer}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Retire(t.Context(), Supervisor, e.ID); err != nil {
		t.Fatal(err)
	}
	var states []faq.State
	events := slices.DeleteFunc(l.Backend.Events(t), func(ev desk.Event) bool { return ev.Name == faq.EntryProposed })
	for i, ev := range events {
		var data struct {
			EntryID  string    `json:"entry_id"`
			Revision int64     `json:"revision"`
			State    faq.State `json:"state"`
		}
		if err := json.Unmarshal(ev.Data, &data); err != nil {
			t.Fatal(err)
		}
		audience := desk.ReadLibrary
		if i == 0 {
			audience = desk.EditLibrary // a draft is nothing to readers
		}
		if ev.Name != faq.EntryChanged || data.EntryID != e.ID.String() || data.Revision != int64(i+1) || ev.Audience != audience {
			t.Errorf("event %d = %+v %s", i, ev, ev.Data)
		}
		states = append(states, data.State)
	}
	if want := []faq.State{faq.Draft, faq.Published, faq.Published, faq.Retired}; !slices.Equal(states, want) {
		t.Errorf("events tell of %v, want %v", states, want)
	}
	tasks := l.Backend.Tasks(t)
	if len(tasks) != 1 || tasks[0].Kind != faq.TaskIndex || tasks[0].Key != e.ID.String() {
		t.Errorf("tasks = %v, want one to index the entry", tasks)
	}
	revisions, err := l.Revisions(t.Context(), Staff, e.ID)
	if err != nil || len(revisions) != 4 || revisions[0].State != faq.Retired || revisions[1].Content.Answer != answer || revisions[3].AuthorID != Staff.UserID {
		t.Errorf("revisions = %+v, %v", revisions, err)
	}
}

// readers: who may not edit the library finds no draft and nothing retired in
// it, by any way, and of a published entry only what was public.
func readers(t *testing.T, l *Library) {
	ctx := t.Context()
	draft, shown, gone := l.Add(t, Content(1)), l.AddPublished(t, Content(2)), l.AddPublished(t, Content(3))
	_, err := l.Retire(ctx, Supervisor, gone.ID)
	if err != nil {
		t.Fatal(err)
	}
	l.Sync(t)
	for _, e := range []faq.Entry{draft, gone} {
		if _, err := l.Entry(ctx, Liaison, e.ID); desk.CodeOf(err) != desk.NotFound {
			t.Errorf("%s: %v, want not found", e.Code, err)
		}
		if _, err := l.Revisions(ctx, Liaison, e.ID); desk.CodeOf(err) != desk.NotFound {
			t.Errorf("revisions of %s: %v, want not found", e.Code, err)
		}
	}
	for name, f := range map[string]faq.Filter{
		"all": {}, "published": {State: faq.Published}, "words": {Query: "事项如何办理"}, "drafts": {State: faq.Draft},
		"drafts with words": {State: faq.Draft, Query: "事项如何办理"}, "retired": {State: faq.Retired},
	} {
		page, err := l.Entries(ctx, Liaison, f)
		var got, want []faq.EntryID
		for _, e := range page.Items {
			got = append(got, e.ID)
		}
		if f.State == "" || f.State == faq.Published {
			want = []faq.EntryID{shown.ID}
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("list of %s: %v, %v, want %v", name, got, err, want)
		}
		if all, err := l.Entries(ctx, Staff, f); err != nil || len(all.Items) == 0 {
			t.Errorf("staff's list of %s: %d, %v", name, len(all.Items), err)
		}
	}
	revisions, err := l.Revisions(ctx, Liaison, shown.ID)
	if err != nil || len(revisions) != 1 || revisions[0].State != faq.Published {
		t.Errorf("revisions: %+v, %v, want the published one", revisions, err)
	}
	facets, err := l.Facets(ctx, Liaison)
	if err != nil || !slices.Equal(facets.Categories, []string{shown.Category}) || !slices.Equal(facets.Departments, []string{shown.Department}) {
		t.Errorf("facets: %+v, %v, want those of the published entry", facets, err)
	}
	if all, err := l.Facets(ctx, Staff); err != nil || !slices.Equal(all.Answering, []string{shown.Department}) || !slices.Equal(facets.Answering, all.Answering) {
		t.Errorf("departments that answer: %v and %v, %v", all.Answering, facets.Answering, err)
	}
	var out strings.Builder
	if err := l.Export(ctx, Liaison, &out, faq.CSV); err != nil || strings.Contains(out.String(), draft.Question) ||
		strings.Contains(out.String(), gone.Question) || !strings.Contains(out.String(), shown.Question) {
		t.Errorf("export: %v\n%s", err, out.String())
	}
}
