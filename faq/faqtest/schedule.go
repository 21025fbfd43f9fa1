package faqtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

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
