package faqtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
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

// scheduled: what is approved for later shows at its time and not before, and
// not at all when it was taken back.
func scheduled(t *testing.T, l *Library) {
	ctx := t.Context()
	e := l.Add(t, faq.Content{Question: "新政策什么时候开始", Answer: "明天开始。"})
	at := Noon.Add(20 * time.Hour)
	_, err := l.Submit(ctx, Staff, e.ID, faq.Seen{}, at)
	must(t, err)
	if _, err := l.Approve(ctx, Supervisor, e.ID, faq.Approval{PublishAt: new(Noon.AddDate(3, 0, 0))}); !slices.Contains(fieldsOf(err), "publish_at") {
		t.Errorf("three years ahead: %v", err)
	}
	e, err = l.Approve(ctx, Supervisor, e.ID, faq.Approval{})
	must(t, err)
	if p := e.Proposal; e.State != faq.Draft || p.State != faq.Scheduled || !p.PublishAt.Equal(at) {
		t.Fatalf("approved for later = %+v", e)
	}
	key := fmt.Sprintf("%d@%d", e.ID, at.UnixMilli())
	if tasks := l.Backend.Tasks(t); !slices.ContainsFunc(tasks, func(task desk.Task) bool { return task.Kind == faq.TaskPublish && task.Key == key }) {
		t.Errorf("tasks = %v, want one to publish %s", tasks, key)
	}
	hidden := func(when string) {
		t.Helper()
		l.Sync(t)
		if got := l.Search(t, e.Question); len(got) != 0 {
			t.Errorf("%s: found %v", when, got)
		}
		if _, err := l.Entry(ctx, Liaison, e.ID); desk.CodeOf(err) != desk.NotFound {
			t.Errorf("%s: readers get %v", when, err)
		}
	}
	hidden("scheduled")
	l.SetNow(at.Add(-time.Millisecond))
	err = l.PublishDue(ctx, key)
	if wait, ok := err.(interface{ RetryAfter() time.Duration }); !ok || wait.RetryAfter() <= 0 {
		t.Errorf("a task before its time: %v, want it to come again", err)
	}
	hidden("a moment before its time")
	other := "改"
	if _, err := l.Update(ctx, Staff, e.ID, faq.Seen{Revision: e.Revision}, faq.Edit{Answer: &other}); desk.ReasonOf(err) != "scheduled" {
		t.Errorf("a change of what is approved: %v", err)
	}
	if _, err := l.Recall(ctx, Staff, e.ID); desk.CodeOf(err) != desk.Forbidden {
		t.Errorf("staff takes an approved text back: %v", err)
	}
	_, err = l.Recall(ctx, Supervisor, e.ID)
	must(t, err)
	l.SetNow(at)
	must(t, l.PublishDue(ctx, key))
	hidden("taken back")

	later := at.Add(time.Hour)
	_, err = l.Publish(ctx, Supervisor, e.ID, faq.Approval{PublishAt: &later})
	must(t, err)
	must(t, l.PublishDue(ctx, key)) // the task of the old time
	hidden("scheduled anew")
	l.SetNow(later)
	key = fmt.Sprintf("%d@%d", e.ID, later.UnixMilli())
	must(t, l.PublishDue(ctx, key))
	must(t, l.PublishDue(ctx, key)) // a task may run twice
	l.Sync(t)
	if got := l.Search(t, e.Question); !slices.Equal(got, []faq.EntryID{e.ID}) {
		t.Errorf("at its time: found %v", got)
	}
	revisions, err := l.Revisions(ctx, Staff, e.ID)
	must(t, err)
	if r := revisions[0]; len(revisions) != 2 || r.AuthorID != Staff.UserID || r.ReviewerID != Supervisor.UserID {
		t.Errorf("revisions = %+v", revisions)
	}
	if err := l.PublishDue(ctx, "nonsense"); desk.CodeOf(err) != desk.Invalid {
		t.Errorf("a task without a time: %v", err)
	}
}

// unscheduled: an entry that is taken from citizens does not come back by an
// old schedule; one whose code is gone comes back to its authors.
func unscheduled(t *testing.T, l *Library) {
	ctx := t.Context()
	at := Noon.Add(time.Hour)
	text, code := "改了", "T-9999"
	propose := func(n int, edit faq.Edit) (faq.Entry, string) {
		e := l.AddPublished(t, Content(n))
		_, err := l.Update(ctx, Staff, e.ID, faq.Seen{Revision: e.Revision}, edit)
		must(t, err)
		e, err = l.Publish(ctx, Supervisor, e.ID, faq.Approval{PublishAt: &at})
		must(t, err)
		return e, fmt.Sprintf("%d@%d", e.ID, at.UnixMilli())
	}
	gone, key := propose(1, faq.Edit{Answer: &text})
	_, err := l.Retire(ctx, Supervisor, gone.ID)
	must(t, err)
	taken, takenKey := propose(2, faq.Edit{Code: &code})
	c := Content(3)
	c.Code = code
	l.Add(t, c)
	l.SetNow(at)
	must(t, l.PublishDue(ctx, key))
	must(t, l.PublishDue(ctx, takenKey))
	if e, err := l.Entry(ctx, Staff, gone.ID); err != nil || e.State != faq.Retired || e.Proposal.State != faq.Proposed {
		t.Errorf("retired meanwhile: %+v, %v", e, err)
	}
	if e, err := l.Entry(ctx, Staff, taken.ID); err != nil || e.Code != taken.Code || e.Proposal.State != faq.Rejected || e.Proposal.Reason == "" {
		t.Errorf("code taken meanwhile: %+v, %v", e, err)
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

// fourEyes tries at random, in every role and by every route, to get a text out
// that its own author approved. Every text names who wrote it.
func fourEyes(t *testing.T, l *Library) {
	ctx := t.Context()
	actors := []desk.Actor{Staff, Supervisor, Second, Admin}
	random := rand.New(rand.NewPCG(3, 2026))
	var ids []faq.EntryID
	for n := range 3 {
		ids = append(ids, l.Add(t, faq.Content{Question: fmt.Sprintf("第 %d 问", n), Answer: byline(Staff, n)}).ID)
	}
	live := map[faq.EntryID]string{}
	released := 0
	for n := range 800 {
		actor, at := actors[random.IntN(len(actors))], random.IntN(len(ids))
		if n%10 == 0 { // what all have written in comes out no more
			e, err := l.Create(ctx, actor, faq.Content{Question: fmt.Sprintf("第 %d 问", n+10), Answer: byline(actor, n)})
			must(t, err)
			ids[at] = e.ID
		}
		before, err := l.Entry(ctx, Admin, ids[at])
		must(t, err)
		how, err := attempt(t, l, random, actor, before, n)
		if code := desk.CodeOf(err); code == desk.Internal {
			t.Fatalf("%s: %v", how, err)
		}
		e, err := l.Entry(ctx, Admin, before.ID)
		must(t, err)
		if e.State == faq.Published && e.Answer != live[e.ID] {
			released++
			live[e.ID] = e.Answer
			approver := actor.UserID
			if how == "due" {
				approver = before.Proposal.ReviewerID
			}
			if slices.Contains(writers(e.Answer), approver) {
				t.Fatalf("step %d: %s by %d let out %q", n, how, approver, e.Answer)
			}
		}
		if n%7 == 0 {
			l.SetNow(l.Now().Add(time.Hour))
		}
	}
	if released < 20 {
		t.Errorf("only %d texts came out: the test tries too little", released)
	}
}

// byline is a text that says who wrote in it: "11,12#7".
func byline(a desk.Actor, n int, before ...int64) string {
	var names []string
	for _, id := range append(before, a.UserID) {
		names = append(names, strconv.FormatInt(id, 10))
	}
	return strings.Join(names, ",") + "#" + strconv.Itoa(n)
}

func writers(text string) (ids []int64) {
	names, _, _ := strings.Cut(text, "#")
	for name := range strings.SplitSeq(names, ",") {
		id, _ := strconv.ParseInt(name, 10, 64)
		ids = append(ids, id)
	}
	return ids
}

// attempt does one thing to an entry, chosen at random.
func attempt(t *testing.T, l *Library, random *rand.Rand, a desk.Actor, e faq.Entry, n int) (string, error) {
	ctx := t.Context()
	seen := faq.Seen{Revision: e.Revision}
	text := e.Answer
	if e.Proposal != nil {
		seen.Version, text = e.Proposal.Version, e.Proposal.Answer
	}
	var err error
	how := []string{"edit", "edit", "submit", "approve", "approve", "publish", "reject", "recall", "discard", "restore", "retire",
		"withdraw", "schedule", "due", "import", "import"}[random.IntN(16)]
	switch how {
	case "edit": // on top of what others wrote, or, of a published entry without a proposal, anew
		answer := byline(a, n)
		if e.Proposal != nil || e.State != faq.Published {
			answer = byline(a, n, writers(text)...)
		}
		_, err = l.Update(ctx, a, e.ID, seen, faq.Edit{Answer: &answer})
	case "submit":
		_, err = l.Submit(ctx, a, e.ID, faq.Seen{}, time.Time{})
	case "approve":
		_, err = l.Approve(ctx, a, e.ID, faq.Approval{})
	case "publish":
		_, err = l.Publish(ctx, a, e.ID, faq.Approval{})
	case "reject":
		_, err = l.Reject(ctx, a, e.ID, faq.Seen{}, "再改")
	case "recall":
		_, err = l.Recall(ctx, a, e.ID)
	case "discard":
		_, err = l.Discard(ctx, a, e.ID, faq.Seen{})
	case "restore":
		_, err = l.Restore(ctx, a, e.ID, faq.Seen{}, 1+random.Int64N(e.Revision))
	case "retire":
		_, err = l.Retire(ctx, a, e.ID)
	case "withdraw":
		_, err = l.Withdraw(ctx, a, e.ID)
	case "schedule":
		at := l.Now().Add(2 * time.Hour)
		_, err = l.Publish(ctx, a, e.ID, faq.Approval{PublishAt: &at})
	case "due":
		if p := e.Proposal; p != nil && p.State == faq.Scheduled {
			l.SetNow(p.PublishAt)
			err = l.PublishDue(ctx, fmt.Sprintf("%d@%d", e.ID, p.PublishAt.UnixMilli()))
		}
	case "import":
		answer := byline(a, n)
		state := []string{"", "published", "retired", "draft"}[random.IntN(4)]
		_, err = l.ImportText(ctx, a, fmt.Sprintf("code,answer,question,state\n%s,\"%s\",%s,%s\n", e.Code, answer, e.Question, state),
			faq.ImportOptions{Format: faq.CSV})
	}
	return how, err
}

// approveRace lets editors and a reviewer meet: what comes out is exactly a text
// that the reviewer had read.
func approveRace(t *testing.T, l *Library) {
	ctx := t.Context()
	e := l.AddPublished(t, Content(1))
	for round := range 15 {
		text, late := fmt.Sprintf("第 %d 稿", round), fmt.Sprintf("第 %d 稿之后又改", round)
		e, err := l.Entry(ctx, Staff, e.ID)
		must(t, err)
		e, err = l.Update(ctx, Staff, e.ID, faq.Seen{Revision: e.Revision, Version: versionOf(e)}, faq.Edit{Answer: &text})
		must(t, err)
		e, err = l.Submit(ctx, Staff, e.ID, faq.Seen{}, time.Time{})
		must(t, err)
		read := faq.Seen{Revision: e.Revision, Version: e.Proposal.Version}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := l.Update(ctx, Staff, e.ID, read, faq.Edit{Answer: &late}); err == nil {
				_, err = l.Submit(ctx, Staff, e.ID, faq.Seen{}, time.Time{})
				if err != nil {
					t.Error(err)
				}
			}
		})
		for range 2 {
			wg.Go(func() { _, _ = l.Approve(ctx, Second, e.ID, faq.Approval{Seen: read}) })
		}
		wg.Wait()
		after, err := l.Entry(ctx, Staff, e.ID)
		must(t, err)
		if after.Answer == late || after.Revision > e.Revision+1 {
			t.Fatalf("a text came out that nobody read: %+v", after)
		}
		if after.Revision == e.Revision && after.Proposal == nil {
			t.Fatalf("the text is gone: %+v", after)
		}
	}
}

func versionOf(e faq.Entry) int64 {
	if e.Proposal == nil {
		return 0
	}
	return e.Proposal.Version
}

// ownApproval: an office of one lets its author publish, if the role may.
func ownApproval(t *testing.T, l *Library) {
	ctx := t.Context()
	c := Content(1)
	e, err := l.Create(ctx, Supervisor, c)
	must(t, err)
	e, err = l.Publish(ctx, Supervisor, e.ID, faq.Approval{})
	must(t, err)
	text := "改了"
	got, err := l.Update(ctx, Supervisor, e.ID, faq.Seen{Revision: e.Revision}, faq.Edit{Answer: &text})
	if err != nil || got.Answer != text || got.Proposal != nil {
		t.Errorf("own change = %+v, %v, want it out", got, err)
	}
	other := "又改了"
	got, err = l.Update(ctx, Staff, e.ID, faq.Seen{Revision: got.Revision}, faq.Edit{Answer: &other})
	if err != nil || got.Answer != text || got.Proposal == nil {
		t.Errorf("staff's change = %+v, %v, want it proposed", got, err)
	}
	if _, err := l.Publish(ctx, Staff, e.ID, faq.Approval{}); desk.CodeOf(err) != desk.Forbidden {
		t.Errorf("staff publishes: %v", err)
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
		got, err := l.Similar(ctx, Staff, tt.wordings, tt.exclude)
		var ids []faq.EntryID
		for _, a := range got {
			ids = append(ids, a.Entry.ID)
		}
		if err != nil || !slices.Equal(ids, tt.want) {
			t.Errorf("%q: %v, %v, want %v", tt.wordings, ids, err, tt.want)
		}
	}
	got, err := l.Similar(ctx, Staff, []string{"外地人如何申请居住证？"}, 0)
	if err != nil || len(got) == 0 || got[0].Likeness != 1 || got[0].Wording != "外地人如何申请居住证" {
		t.Errorf("the same question: %+v, %v", got, err)
	}
	if _, err := l.Similar(ctx, Liaison, []string{"居住证"}, 0); desk.CodeOf(err) != desk.Forbidden {
		t.Errorf("a reader looks for similar drafts: %v", err)
	}
}
