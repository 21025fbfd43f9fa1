package faqtest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// bulk does one action with some entries as they stand in e and tells whether
// the request was taken; what became of each entry is left aside.
func (l *Library) bulk(ctx context.Context, a desk.Actor, action faq.BulkAction, entries ...faq.Entry) error {
	_, err := l.Bulk(ctx, a, bulkOf(action, entries...))
	return err
}

func bulkOf(action faq.BulkAction, entries ...faq.Entry) faq.Bulk {
	category := "新类别"
	b := faq.Bulk{Action: action}
	if action == faq.BulkSet {
		b.Category = &category
	}
	for _, e := range entries {
		b.Entries = append(b.Entries, faq.BulkEntry{ID: e.ID, Seen: faq.Seen{Revision: e.Revision, Version: versionOf(e)}})
	}
	return b
}

// bulkOne is a bulk action with one entry; what refused it is the error.
func bulkOne(l *Library, a desk.Actor, b faq.Bulk) error {
	out, err := l.Bulk(context.Background(), a, b)
	if err != nil {
		return err
	}
	return out[0].Err
}

// bulkChanges: a draft changes at once, a published text becomes a proposal, and
// what is refused names its reason and leaves the others done.
func bulkChanges(t *testing.T, l *Library) {
	ctx := t.Context()
	draft, live, moved := l.Add(t, Content(1)), l.AddPublished(t, Content(2)), l.Add(t, Content(3))
	answer := "改过了"
	_, err := l.Update(ctx, Staff, moved.ID, faq.Seen{Revision: moved.Revision}, faq.Edit{Answer: &answer})
	must(t, err)
	department, day := "新部门", faq.Day("2027-06-30")
	b := bulkOf(faq.BulkSet, draft, live, moved, faq.Entry{ID: 999, Revision: 1})
	b.Department, b.ValidTo = &department, &day
	out, err := l.Bulk(ctx, Staff, b)
	must(t, err)
	if len(out) != 4 || out[0].ID != draft.ID || out[3].ID != 999 {
		t.Fatalf("outcomes = %+v", out)
	}
	if e := out[0].Entry; out[0].Err != nil || e.Category != "新类别" || e.Department != department || e.ValidTo != day || e.Question != draft.Question {
		t.Errorf("the draft = %+v, %v", e, out[0].Err)
	}
	if e := out[1].Entry; out[1].Err != nil || e.Category != live.Category || e.Proposal == nil || e.Proposal.Category != "新类别" {
		t.Errorf("the published one = %+v, %v, want a proposal", e, out[1].Err)
	}
	if desk.ReasonOf(out[2].Err) != "entry_changed" {
		t.Errorf("one that changed meanwhile: %v", out[2].Err)
	}
	if desk.CodeOf(out[3].Err) != desk.NotFound {
		t.Errorf("one that is not there: %v", out[3].Err)
	}
	if e, err := l.Entry(ctx, Staff, moved.ID); err != nil || e.Category == "新类别" {
		t.Errorf("what was refused = %+v, %v", e, err)
	}
	must(t, bulkOne(l, Supervisor, bulkOf(faq.BulkRetire, live)))
	if e, err := l.Entry(ctx, Staff, live.ID); err != nil || e.State != faq.Retired {
		t.Errorf("retired = %+v, %v", e, err)
	}
}

// bulkFourEyes: who wrote one of many texts lets out the others only, and none
// that is another text than was read.
func bulkFourEyes(t *testing.T, l *Library) {
	ctx := t.Context()
	var all []faq.Entry
	for n, author := range []desk.Actor{Staff, Supervisor, Staff, Staff} {
		e, err := l.Create(ctx, author, Content(n))
		must(t, err)
		all = append(all, e)
	}
	out, err := l.Bulk(ctx, Staff, bulkOf(faq.BulkSubmit, all[:3]...))
	must(t, err)
	for i, o := range out {
		must(t, o.Err)
		if o.Entry.Proposal.State != faq.InReview {
			t.Fatalf("submitted = %+v", o.Entry)
		}
		all[i] = o.Entry
	}
	read := bulkOf(faq.BulkApprove, all...)
	late := "审核期间又改"
	_, err = l.Update(ctx, Staff, all[2].ID, read.Entries[2].Seen, faq.Edit{Answer: &late})
	must(t, err)
	_, err = l.Submit(ctx, Staff, all[2].ID, faq.Seen{}, time.Time{})
	must(t, err)
	out, err = l.Bulk(ctx, Supervisor, read)
	must(t, err)
	if e := out[0].Entry; out[0].Err != nil || e.State != faq.Published || e.Proposal != nil {
		t.Errorf("another's text = %+v, %v", e, out[0].Err)
	}
	for i, want := range map[int]string{1: "own_text", 2: "entry_changed", 3: "not_in_review"} {
		if got := desk.ReasonOf(out[i].Err); got != want {
			t.Errorf("outcome %d: %v, want %s", i, out[i].Err, want)
		}
		if e, err := l.Entry(ctx, Staff, all[i].ID); err != nil || e.State == faq.Published {
			t.Errorf("what was refused is out: %+v, %v", e, err)
		}
	}
}

func bulkBroken(t *testing.T, l *Library) {
	ctx := t.Context()
	e := l.Add(t, Content(1))
	many := make([]faq.Entry, faq.MaxBulk+1)
	for i := range many {
		many[i].ID = faq.EntryID(i + 1)
	}
	noField := bulkOf(faq.BulkSet, e)
	noField.Category = nil
	for name, b := range map[string]struct {
		bulk  faq.Bulk
		field string
	}{
		"no entry":   {bulkOf(faq.BulkSubmit), "entries"},
		"too many":   {bulkOf(faq.BulkSubmit, many...), "entries"},
		"one twice":  {bulkOf(faq.BulkSubmit, e, e), "entries"},
		"no field":   {noField, "set"},
		"no action":  {bulkOf("", e), "action"},
		"odd action": {bulkOf("publish", e), "action"},
	} {
		if _, err := l.Bulk(ctx, Admin, b.bulk); strings.Join(fieldsOf(err), ",") != b.field {
			t.Errorf("%s: %v, want field %s", name, err, b.field)
		}
	}
	day := faq.Day("morgen")
	out, err := l.Bulk(ctx, Staff, faq.Bulk{Action: faq.BulkSet, ValidTo: &day, Entries: bulkOf(faq.BulkSet, e).Entries})
	must(t, err)
	if got := fieldsOf(out[0].Err); strings.Join(got, ",") != "valid_to" {
		t.Errorf("a day that is none: %v", out[0].Err)
	}
}

// bulkCut: what was done before the caller went away stays done, the rest is
// refused and untouched.
func bulkCut(t *testing.T, l *Library) {
	e := l.Add(t, Content(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out, err := l.Bulk(ctx, Staff, bulkOf(faq.BulkSet, e))
	must(t, err)
	if desk.CodeOf(out[0].Err) != desk.Unavailable {
		t.Errorf("outcome = %+v", out)
	}
	if got, err := l.Entry(t.Context(), Staff, e.ID); err != nil || got.Revision != e.Revision {
		t.Errorf("entry = %+v, %v", got, err)
	}
}

func exportSome(t *testing.T, l *Library) {
	ctx := t.Context()
	live, draft, other := l.AddPublished(t, Content(1)), l.Add(t, Content(2)), l.AddPublished(t, Content(3))
	ids := []faq.EntryID{draft.ID, live.ID, 999}
	read := func(a desk.Actor) string {
		var out bytes.Buffer
		must(t, l.ExportSome(ctx, a, &out, faq.JSONL, ids))
		return out.String()
	}
	got := read(Staff)
	if n := strings.Count(got, "\n"); n != 2 || strings.Index(got, live.Code) > strings.Index(got, draft.Code) || strings.Contains(got, other.Code) {
		t.Errorf("exported %s", got)
	}
	if got := read(Liaison); strings.Contains(got, draft.Code) || !strings.Contains(got, live.Code) {
		t.Errorf("a reader's export: %s", got)
	}
	if err := l.ExportSome(ctx, Staff, &bytes.Buffer{}, "docx", ids); desk.CodeOf(err) != desk.Invalid {
		t.Errorf("unknown format: %v", err)
	}
	if err := l.ExportSome(ctx, Staff, &bytes.Buffer{}, faq.CSV, nil); strings.Join(fieldsOf(err), ",") != "ids" {
		t.Errorf("an empty selection: %v", err)
	}
}
