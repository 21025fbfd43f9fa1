package faqtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// Admin is the third who may publish.
var Admin = desk.Actor{UserID: 16, Name: "管理员", Role: desk.Admin}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reviewed walks one text through every state of a review.
func reviewed(t *testing.T, l *Library) {
	ctx := t.Context()
	e := l.AddPublished(t, Content(1))
	old, text := e.Answer, "新的答案"
	seen := faq.Seen{Revision: e.Revision}
	if _, err := l.Submit(ctx, Staff, e.ID, seen, time.Time{}); desk.ReasonOf(err) != "nothing_pending" {
		t.Errorf("submit without a proposal: %v", err)
	}
	e, err := l.Update(ctx, Staff, e.ID, seen, faq.Edit{Answer: &text})
	must(t, err)
	if p := e.Proposal; p.State != faq.Proposed || p.Version != 1 || !slices.Equal(p.Authors, []int64{Staff.UserID}) {
		t.Errorf("proposal = %+v", p)
	}
	if _, err := l.Approve(ctx, Supervisor, e.ID, faq.Approval{}); desk.ReasonOf(err) != "not_in_review" {
		t.Errorf("approve before it is submitted: %v", err)
	}
	l.SetNow(Noon.Add(time.Hour))
	e, err = l.Submit(ctx, Staff, e.ID, faq.Seen{}, time.Time{})
	must(t, err)
	if p := e.Proposal; p.State != faq.InReview || p.SubmittedBy != Staff.UserID || !p.SubmittedAt.Equal(Noon.Add(time.Hour)) {
		t.Errorf("submitted = %+v", p)
	}
	if _, err := l.Reject(ctx, Supervisor, e.ID, faq.Seen{}, " \n"); !slices.Contains(fieldsOf(err), "reason") {
		t.Errorf("reject without a reason: %v", err)
	}
	e, err = l.Reject(ctx, Supervisor, e.ID, faq.Seen{Version: 1}, "请写明时限")
	must(t, err)
	if p := e.Proposal; p.State != faq.Rejected || p.Reason != "请写明时限" || p.ReviewerID != Supervisor.UserID || e.Answer != old {
		t.Errorf("rejected = %+v", p)
	}
	if _, err := l.Approve(ctx, Second, e.ID, faq.Approval{}); desk.ReasonOf(err) != "not_in_review" {
		t.Errorf("approve what was rejected: %v", err)
	}
	better := "新的答案，十五日内办结"
	if _, err := l.Update(ctx, Staff, e.ID, faq.Seen{Revision: e.Revision}, faq.Edit{Answer: &better}); desk.ReasonOf(err) != "entry_changed" {
		t.Errorf("a change by who did not see the proposal: %v", err)
	}
	e, err = l.Update(ctx, Supervisor, e.ID, faq.Seen{Revision: e.Revision, Version: 1}, faq.Edit{Answer: &better})
	must(t, err)
	if p := e.Proposal; p.State != faq.Proposed || p.Reason != "" || p.ReviewerID != 0 || p.Version != 2 {
		t.Errorf("changed after the rejection = %+v", p)
	}
	_, err = l.Submit(ctx, Staff, e.ID, faq.Seen{}, time.Time{})
	must(t, err)
	for _, author := range []desk.Actor{Supervisor} { // wrote in it, though staff began and submitted it
		if _, err := l.Approve(ctx, author, e.ID, faq.Approval{}); desk.ReasonOf(err) != "own_text" {
			t.Errorf("approval by an author: %v", err)
		}
		if _, err := l.Publish(ctx, author, e.ID, faq.Approval{}); desk.ReasonOf(err) != "own_text" {
			t.Errorf("publication by an author: %v", err)
		}
	}
	if _, err := l.Approve(ctx, Second, e.ID, faq.Approval{Seen: faq.Seen{Version: 1}}); desk.ReasonOf(err) != "entry_changed" {
		t.Errorf("approval of another text than the one read: %v", err)
	}
	e, err = l.Approve(ctx, Second, e.ID, faq.Approval{Seen: faq.Seen{Revision: 2, Version: 2}})
	must(t, err)
	if e.Answer != better || e.Proposal != nil || e.Revision != 3 || e.UpdatedBy != Second.UserID {
		t.Errorf("approved = %+v", e)
	}
	revisions, err := l.Revisions(ctx, Staff, e.ID)
	must(t, err)
	if r := revisions[0]; r.AuthorID != Supervisor.UserID || r.ReviewerID != Second.UserID {
		t.Errorf("revision = %+v, want who wrote it last and who approved it", r)
	}
	if _, err := l.Approve(ctx, Second, e.ID, faq.Approval{}); desk.ReasonOf(err) != "not_in_review" {
		t.Errorf("approve twice: %v", err)
	}
}

// restored: what an entry once said becomes a proposal like any other.
func restored(t *testing.T, l *Library) {
	ctx := t.Context()
	e := l.AddPublished(t, Content(1))
	first, text := e.Answer, "第二版"
	e, err := l.Rewrite(ctx, e.ID, faq.Edit{Answer: &text})
	must(t, err)
	got, err := l.Restore(ctx, Supervisor, e.ID, faq.Seen{Revision: e.Revision}, 1)
	must(t, err)
	if got.Answer != text || got.Proposal == nil || got.Proposal.Answer != first {
		t.Errorf("restored = %+v", got)
	}
	if _, err := l.Publish(ctx, Supervisor, e.ID, faq.Approval{}); desk.ReasonOf(err) != "own_text" {
		t.Errorf("who restored it approves: %v", err)
	}
	if _, err := l.Restore(ctx, Staff, e.ID, faq.Seen{}, 99); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("a revision that never was: %v", err)
	}
	compared, err := l.Compare(ctx, Staff, e.ID, e.Revision, 0)
	if err != nil || len(compared) != 1 || compared[0].Field != "answer" {
		t.Errorf("compared = %+v, %v", compared, err)
	}
	if _, err := l.Compare(ctx, Liaison, e.ID, e.Revision, 0); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("a reader compares with the proposal: %v", err)
	}
	if _, err := l.Compare(ctx, Liaison, e.ID, 1, e.Revision); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("a reader compares with a draft: %v", err)
	}
	// Writing the present text again leaves nothing to propose.
	got, err = l.Restore(ctx, Staff, e.ID, faq.Seen{}, e.Revision)
	if err != nil || got.Proposal != nil {
		t.Errorf("back to what it says: %+v, %v", got, err)
	}
}

func discarded(t *testing.T, l *Library) {
	ctx := t.Context()
	e := l.AddPublished(t, Content(1))
	text, other := "甲写的", "乙写的"
	_, err := l.Update(ctx, Staff, e.ID, faq.Seen{Revision: e.Revision}, faq.Edit{Answer: &text})
	must(t, err)
	got, err := l.Discard(ctx, Staff, e.ID, faq.Seen{Version: 1})
	if err != nil || got.Proposal != nil || got.Answer != e.Answer {
		t.Errorf("discarded = %+v, %v", got, err)
	}
	// The next proposal is another text, also for who read the first.
	_, err = l.Update(ctx, Second, e.ID, faq.Seen{Revision: e.Revision}, faq.Edit{Answer: &other})
	must(t, err)
	_, err = l.Submit(ctx, Second, e.ID, faq.Seen{}, time.Time{})
	must(t, err)
	if _, err := l.Approve(ctx, Supervisor, e.ID, faq.Approval{Seen: faq.Seen{Version: 1}}); desk.ReasonOf(err) != "entry_changed" {
		t.Errorf("approval of a discarded text lets out another: %v", err)
	}
	if _, err := l.Discard(ctx, Liaison, e.ID, faq.Seen{}); desk.CodeOf(err) != desk.Forbidden {
		t.Errorf("a reader discards: %v", err)
	}
}

func reminders(t *testing.T, l *Library) {
	ctx := t.Context()
	add := func(n int, to faq.Day) faq.Entry {
		c := Content(n)
		c.ValidTo = to
		return l.AddPublished(t, c)
	}
	today, week, month := add(1, "2026-11-22"), add(2, "2026-11-29"), add(3, "2026-12-22")
	add(4, "2026-12-23")
	add(5, "2026-11-21")
	add(6, "")
	c := Content(7)
	c.ValidTo = "2026-11-25"
	l.Add(t, c) // a draft expires for nobody
	told := func(at time.Time) (codes []string) {
		t.Helper()
		before := len(l.Backend.Events(t))
		next, err := l.Remind(ctx, at)
		if err != nil || !next.After(at) || faq.DayOf(next) == faq.DayOf(at) {
			t.Errorf("next at %v, %v", next, err)
		}
		for _, ev := range l.Backend.Events(t)[before:] {
			if ev.Name != faq.EntryExpiring || ev.Audience != desk.ReadLibrary || !strings.Contains(string(ev.Data), "部门") {
				t.Errorf("event %+v %s", ev, ev.Data)
			}
			codes = append(codes, codeIn(string(ev.Data)))
		}
		return codes
	}
	if got, want := told(Noon), []string{today.Code, week.Code, month.Code}; !slices.Equal(got, want) {
		t.Errorf("reminded of %v, want %v", got, want)
	}
	if got := told(Noon.Add(time.Hour)); len(got) != 0 {
		t.Errorf("reminded again of %v", got)
	}
	l.SetNow(Noon.AddDate(0, 0, 23)) // 15 December: a week before month's last day
	if got, want := told(l.Now()), []string{month.Code, "T-0004"}; !slices.Equal(got, want) {
		t.Errorf("reminded of %v, want %v", got, want)
	}
	l.SetNow(Noon)
	page, err := l.Entries(ctx, Liaison, faq.Filter{ExpiringIn: 7})
	if err != nil || len(page.Items) != 2 || page.Items[0].ID != week.ID || page.Items[1].ID != today.ID {
		t.Errorf("expiring within a week: %+v, %v", page.Items, err)
	}
	if counts, err := l.Counts(ctx, Liaison); err != nil || counts != (faq.Counts{Expiring: 3}) {
		t.Errorf("counts = %+v, %v", counts, err)
	}
}

func codeIn(data string) string {
	_, after, _ := strings.Cut(data, `"code":"`)
	code, _, _ := strings.Cut(after, `"`)
	return code
}

func similar(t *testing.T, l *Library) {
	ctx := t.Context()
	same := l.AddPublished(t, faq.Content{Question: "居住证怎么办理", Similar: []string{"外地人如何申请居住证"}, Answer: "到派出所。"})
	l.AddPublished(t, faq.Content{Question: "公积金怎么提取", Answer: "线上。"})
	draft := l.Add(t, faq.Content{Question: "居住证到期怎么续签"})
	gone := l.AddPublished(t, faq.Content{Question: "居住证怎样办理呢", Answer: "旧。"})
	_, err := l.Retire(ctx, Supervisor, gone.ID)
	must(t, err)
	l.Sync(t)
	for _, tt := range []struct {
		wordings []string
		exclude  faq.EntryID
		want     []faq.EntryID
	}{
		{[]string{"居住证 怎么办理？"}, 0, []faq.EntryID{same.ID}},
		{[]string{"完全无关", "请问外地人如何申请居住证"}, 0, []faq.EntryID{same.ID}},
		{[]string{"居住证到期了怎么续签"}, 0, []faq.EntryID{draft.ID}},
		{[]string{"居住证怎么办理"}, same.ID, nil},
		{[]string{"天气怎么样"}, 0, nil},
		{[]string{"", "？"}, 0, nil},
	} {
		got, err := l.Similar(ctx, Staff, faq.Content{Question: tt.wordings[0], Similar: tt.wordings[1:]}, tt.exclude)
		var ids []faq.EntryID
		for _, a := range got {
			ids = append(ids, a.Entry.ID)
		}
		if err != nil || !slices.Equal(ids, tt.want) {
			t.Errorf("%q: %v, %v, want %v", tt.wordings, ids, err, tt.want)
		}
	}
	got, err := l.Similar(ctx, Staff, faq.Content{Question: "外地人如何申请居住证？"}, 0)
	if err != nil || len(got) == 0 || got[0].Likeness != 1 || got[0].Wording != "外地人如何申请居住证" {
		t.Errorf("the same question: %+v, %v", got, err)
	}
	if _, err := l.Similar(ctx, Liaison, faq.Content{Question: "居住证"}, 0); desk.CodeOf(err) != desk.Forbidden {
		t.Errorf("a reader looks for similar drafts: %v", err)
	}
}

// unread: nobody lets out a text without saying which one they read; what goes
// out must not be over already.
func unread(t *testing.T, l *Library) {
	ctx := t.Context()
	refused := func(what, field string, err error) {
		t.Helper()
		if desk.CodeOf(err) != desk.Invalid || !slices.Equal(fieldsOf(err), []string{field}) {
			t.Errorf("%s: %v, want invalid %s", what, err, field)
		}
	}
	draft := l.Add(t, Content(1))
	_, err := l.Service.Publish(ctx, Supervisor, draft.ID, faq.Approval{})
	refused("publish a draft", "revision", err)
	_, err = l.Submit(ctx, Staff, draft.ID, faq.Seen{}, time.Time{})
	must(t, err)
	_, err = l.Service.Approve(ctx, Supervisor, draft.ID, faq.Approval{})
	refused("approve", "proposal_version", err)
	live := l.AddPublished(t, Content(2))
	text := "别的"
	live, err = l.Update(ctx, Staff, live.ID, faq.Seen{Revision: live.Revision}, faq.Edit{Answer: &text})
	must(t, err)
	_, err = l.Service.Publish(ctx, Supervisor, live.ID, faq.Approval{Seen: faq.Seen{Revision: live.Revision}})
	refused("publish a proposal after reading the entry", "proposal_version", err)
	for _, id := range []faq.EntryID{draft.ID, live.ID} {
		if e, err := l.Entry(ctx, Staff, id); err != nil || e.Proposal == nil || e.Answer == text {
			t.Errorf("entry %d: %+v, %v, want it as it was", id, e, err)
		}
	}

	c := Content(3)
	c.ValidTo = faq.DayOf(Noon.AddDate(0, 0, -1))
	over := l.Add(t, c)
	_, err = l.Submit(ctx, Staff, over.ID, faq.Seen{}, time.Time{})
	refused("submit what is over", "valid_to", err)
	_, err = l.Publish(ctx, Supervisor, over.ID, faq.Approval{})
	refused("publish what is over", "valid_to", err)
	c = Content(4)
	c.ValidTo = faq.DayOf(Noon)
	today := l.Add(t, c)
	tomorrow := Noon.AddDate(0, 0, 1)
	_, err = l.Submit(ctx, Staff, today.ID, faq.Seen{}, tomorrow)
	refused("submit for after its last day", "valid_to", err)
	_, err = l.Publish(ctx, Supervisor, today.ID, faq.Approval{PublishAt: &tomorrow})
	refused("schedule for after its last day", "valid_to", err)
	_, err = l.Publish(ctx, Supervisor, today.ID, faq.Approval{})
	must(t, err)
	got, err := l.ImportText(ctx, Staff, "code,question,answer,valid_to,state\nO-1,过期的,有,2026-01-01,published\nO-2,有效的,有,,published\n",
		faq.ImportOptions{Format: faq.CSV})
	if err != nil || !slices.Equal(rowsOf(got), []int{2}) || got.InReview != 1 {
		t.Errorf("import of what is over: %+v, %v", got, err)
	}
	// An entry that is out may be ended by its last day.
	if _, err = l.Rewrite(ctx, today.ID, faq.Edit{ValidTo: &over.ValidTo}); err != nil {
		t.Errorf("end a published entry: %v", err)
	}
}
