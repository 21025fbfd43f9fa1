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
		"withdraw", "schedule", "due", "import", "import", "bulk set", "bulk submit", "bulk approve"}[random.IntN(19)]
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
	case "bulk set", "bulk submit", "bulk approve":
		category := fmt.Sprintf("类别%d", n)
		err = bulkOne(l, a, faq.Bulk{
			Action: faq.BulkAction(strings.TrimPrefix(how, "bulk ")), Category: &category, Entries: []faq.BulkEntry{{ID: e.ID, Seen: seen}},
		})
	case "import":
		answer := byline(a, n)
		state := []string{"", "published", "retired", "draft"}[random.IntN(4)]
		_, err = l.ImportText(ctx, a, fmt.Sprintf("code,answer,question,state\n%s,\"%s\",%s,%s\n", e.Code, answer, e.Question, state),
			faq.ImportOptions{Format: faq.CSV, Publish: a.Can(desk.PublishLibrary) && random.IntN(2) == 0})
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
