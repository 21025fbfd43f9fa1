package faqtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// sameQuestion: what the Store tells of entries that ask the same.
func sameQuestion(t *testing.T, s faq.Store) {
	ctx := t.Context()
	keyed := func(n int, state faq.State, key string) faq.Entry {
		e := Entry(n, state)
		e.QuestionKey = key
		return e
	}
	all := add(t, s, keyed(1, faq.Published, "k"), keyed(2, faq.Published, "k"), keyed(3, faq.Draft, "k"),
		keyed(4, faq.Retired, "k"), keyed(5, faq.Published, "other"), keyed(6, faq.Published, ""))
	found := func(key string, except faq.EntryID) (ids []faq.EntryID) {
		t.Helper()
		must(t, s.Atomic(ctx, func(tx faq.Tx) error {
			ids = nil
			for range 2 { // asking again in the same transaction is no other one
				got, err := tx.SameQuestion(ctx, key, except)
				if err != nil {
					return err
				}
				ids = idsOf(got)
			}
			return nil
		}))
		return ids
	}
	if got, want := found("k", 0), []faq.EntryID{all[0].ID, all[1].ID}; !slices.Equal(got, want) {
		t.Errorf("same question = %v, want %v", got, want)
	}
	if got, want := found("k", all[0].ID), []faq.EntryID{all[1].ID}; !slices.Equal(got, want) {
		t.Errorf("same question but for one = %v, want %v", got, want)
	}
	must(t, s.Atomic(ctx, func(tx faq.Tx) error {
		return tx.SetQuestionKeys(ctx, []faq.Key{
			{ID: all[4].ID, Question: all[4].Question, QuestionKey: "k"},
			{ID: all[5].ID, Question: "asked otherwise meanwhile", QuestionKey: "k"},
		})
	}))
	if got, want := found("k", 0), []faq.EntryID{all[0].ID, all[1].ID, all[4].ID}; !slices.Equal(got, want) {
		t.Errorf("with new keys = %v, want %v", got, want)
	}
	if e, err := s.Entry(ctx, all[4].ID); err != nil || e.Revision != 1 || e.QuestionKey != "k" {
		t.Errorf("entry with a new key = %+v, %v", e, err)
	}
}

const asked = "居住证怎么办理"

// duplicates: of two entries with one question that a citizen could be given on
// the same day only one may be out.
func duplicates(t *testing.T, l *Library) {
	ctx := t.Context()
	first := l.AddPublished(t, faq.Content{Code: "ONE", Question: asked + "？", Answer: "甲", Department: "公安局", ValidFrom: "2026-03-01", ValidTo: "2026-12-31"})
	for name, tt := range map[string]struct {
		c    faq.Content
		bars bool
	}{
		"the same":                   {faq.Content{Question: asked, Department: "公安局"}, true},
		"spelt otherwise":            {faq.Content{Question: " 居住證 怎么办理！", Department: "公安局"}, true},
		"for everybody":              {faq.Content{Question: asked}, true},
		"another department":         {faq.Content{Question: asked, Department: "人社局"}, false},
		"another question":           {faq.Content{Question: asked + "到期", Department: "公安局"}, false},
		"only a similar question":    {faq.Content{Question: "别的", Similar: []string{asked}, Department: "公安局"}, false},
		"begins on the last day":     {faq.Content{Question: asked, Department: "公安局", ValidFrom: "2026-12-31"}, true},
		"begins after the last day":  {faq.Content{Question: asked, Department: "公安局", ValidFrom: "2027-01-01"}, false},
		"ends before it is out":      {faq.Content{Question: asked, Department: "公安局", ValidFrom: "2026-12-01", ValidTo: "2026-12-02"}, true},
		"a question without letters": {faq.Content{Question: "？？", Department: "公安局"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			tt.c.Answer = "乙"
			e := l.Add(t, tt.c)
			l.Sync(t)
			alike, err := l.Similar(ctx, Staff, tt.c, e.ID)
			must(t, err)
			warned := slices.ContainsFunc(alike, func(a faq.Alike) bool { return a.Entry.ID == first.ID && a.Bars })
			if warned != tt.bars {
				t.Errorf("its writer is told of a bar: %v, want %v (%+v)", warned, tt.bars, alike)
			}
			got, err := l.Publish(ctx, Supervisor, e.ID, faq.Approval{})
			if refused := desk.ReasonOf(err) == "duplicate_question"; refused != tt.bars || !refused && err != nil {
				t.Errorf("published: %v, want it refused %v", err, tt.bars)
			}
			var told *desk.Error
			if tt.bars && (!errors.As(err, &told) || !strings.Contains(told.Message, "ONE") || !slices.Contains(fieldsOf(err), "question")) {
				t.Errorf("the refusal does not name the other entry: %v", err)
			}
			if now, err := l.Entry(ctx, Staff, e.ID); err != nil || tt.bars != (now.State == faq.Draft) {
				t.Errorf("afterwards: %+v, %v", now, err)
			}
			if err == nil && got.State == faq.Published {
				_, err = l.Retire(ctx, Supervisor, e.ID)
				must(t, err)
			}
		})
	}
}

// duplicateWays: no way into force leads past the rule, and an entry never
// stands in its own way.
func duplicateWays(t *testing.T, l *Library) {
	ctx := t.Context()
	first := l.AddPublished(t, faq.Content{Code: "ONE", Question: asked, Answer: "甲"})
	refused := func(what string, err error) {
		t.Helper()
		if desk.ReasonOf(err) != "duplicate_question" {
			t.Errorf("%s: %v", what, err)
		}
	}
	second := l.Add(t, faq.Content{Code: "TWO", Question: asked, Answer: "乙"})
	_, err := l.Submit(ctx, Staff, second.ID, faq.Seen{}, time.Time{})
	must(t, err)
	_, err = l.Approve(ctx, Supervisor, second.ID, faq.Approval{})
	refused("approved", err)
	out, err := l.Bulk(ctx, Supervisor, bulkOf(faq.BulkApprove, l.now(t, second.ID)))
	must(t, err)
	refused("approved with others", out[0].Err)
	tomorrow := Noon.Add(24 * time.Hour)
	_, err = l.Approve(ctx, Supervisor, second.ID, faq.Approval{PublishAt: &tomorrow})
	refused("approved for later", err)

	// A correction of the first is no second answer, nor is its new wording.
	better, worded := "甲，更正", asked+"？？"
	for _, edit := range []faq.Edit{{Answer: &better}, {Question: &worded}} {
		if _, err := l.Rewrite(ctx, first.ID, edit); err != nil {
			t.Errorf("the first is changed: %v", err)
		}
	}
	third := l.AddPublished(t, faq.Content{Code: "THREE", Question: "暂住证怎么办", Answer: "丙"})
	question := asked
	_, err = l.Rewrite(ctx, third.ID, faq.Edit{Question: &question})
	refused("a published entry that now asks the same", err)

	// With the first out of the way the second may go out, and then the first
	// may not come back.
	_, err = l.Retire(ctx, Supervisor, first.ID)
	must(t, err)
	_, err = l.Approve(ctx, Supervisor, second.ID, faq.Approval{})
	must(t, err)
	_, err = l.Publish(ctx, Second, first.ID, faq.Approval{})
	refused("the first comes back", err)
}

// now is the entry as an editor sees it.
func (l *Library) now(t *testing.T, id faq.EntryID) faq.Entry {
	t.Helper()
	e, err := l.Entry(t.Context(), Staff, id)
	must(t, err)
	return e
}

// duplicateDue: a text that was approved for later goes back to its authors when
// another entry answers the question by then; one that ends before is no bar.
func duplicateDue(t *testing.T, l *Library) {
	ctx := t.Context()
	at := Noon.Add(48 * time.Hour)
	l.AddPublished(t, faq.Content{Question: "旧政策", Answer: "旧", ValidTo: faq.DayOf(Noon)})
	for question, rival := range map[string]bool{asked: true, "旧政策": false} {
		e := l.Add(t, faq.Content{Question: question, Answer: "新"})
		_, err := l.Publish(ctx, Supervisor, e.ID, faq.Approval{PublishAt: &at})
		must(t, err)
		if rival {
			l.AddPublished(t, faq.Content{Code: "RIVAL", Question: question, Answer: "别的"})
		}
		l.SetNow(at)
		must(t, l.PublishDue(ctx, fmt.Sprintf("%d@%d", e.ID, at.UnixMilli())))
		l.SetNow(Noon)
		now := l.now(t, e.ID)
		switch p := now.Proposal; {
		case !rival && now.State != faq.Published:
			t.Errorf("%s did not go out: %+v", question, now)
		case rival && (now.State != faq.Draft || p == nil || p.State != faq.Rejected || !strings.Contains(p.Reason, "RIVAL")):
			t.Errorf("%s with a rival: %+v", question, now)
		}
	}
}

// duplicateRace: of reviewers who approve different entries with one question at
// the same moment exactly one succeeds.
func duplicateRace(t *testing.T, l *Library) {
	ctx := t.Context()
	const rounds, rivals = 12, 4
	for round := range rounds {
		question := fmt.Sprintf("第 %d 件事怎么办", round)
		var wg sync.WaitGroup
		errs := make([]error, rivals)
		for n := range rivals {
			c := faq.Content{Question: question, Answer: fmt.Sprint(n)}
			if n%2 == 1 {
				c.Department = "公安局"
			}
			e := l.Add(t, c)
			if n == 3 { // one of them is out already and asks something else so far
				c.Question = fmt.Sprintf("另一件事 %d", round)
				other := l.AddPublished(t, c)
				_, err := l.Update(ctx, Staff, other.ID, faq.Seen{Revision: other.Revision}, faq.Edit{Question: &question})
				must(t, err)
				e = l.now(t, other.ID)
			}
			seen := faq.Seen{Revision: e.Revision, Version: versionOf(e)}
			wg.Go(func() { _, errs[n] = l.Service.Publish(ctx, Supervisor, e.ID, faq.Approval{Seen: seen}) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case desk.ReasonOf(err) != "duplicate_question":
				t.Errorf("round %d: %v", round, err)
			}
		}
		if won != 1 {
			t.Errorf("round %d: %d of %d published, want 1: %v", round, won, rivals, errs)
		}
	}
}

// importDuplicates: a trial names the rows that would answer a question a second
// time, and the import refuses the same ones.
func importDuplicates(t *testing.T, l *Library) {
	l.AddPublished(t, faq.Content{Code: "A", Question: asked, Answer: "旧", Department: "公安局"})
	l.AddPublished(t, faq.Content{Code: "B", Question: "公积金怎么提取", Answer: "旧"})
	const file = `code,question,answer,department,state
A,居住证怎么办理,更正,公安局,
C,居住证 怎么办理？,新,公安局,published
D,居住证怎么办理,新,人社局,published
E,居住证怎么办理,草稿,公安局,draft
F,学位怎么申请,新,,published
G,学位怎么申请？,新,教育局,published
B,公积金怎么提取,旧,,retired
H,公积金怎么提取,新,,published
`
	for _, o := range []faq.ImportOptions{{DryRun: true}, {}} {
		o.Format = faq.CSV
		got, err := l.ImportText(t.Context(), Supervisor, file, o)
		if err != nil || !slices.Equal(rowsOf(got), []int{3, 7}) || got.Created != 4 || got.Updated != 2 {
			t.Fatalf("%+v: %+v, %v", o, got, err)
		}
		if m := got.Errors; !strings.Contains(m[0].Message, "条目 A") || !strings.Contains(m[1].Message, "第 6 行") {
			t.Errorf("%+v: %+v", o, m)
		}
	}
	// What goes out at once is held to the same rule, row by row.
	const more = "code,question,answer\nX,出生证明怎么补,一\nY,出生证明怎么补,二\nZ,居住证怎么办理,三\n"
	for _, o := range []faq.ImportOptions{{DryRun: true, Install: true}, {Install: true}} {
		o.Format = faq.CSV
		got, err := l.ImportText(t.Context(), desk.System(), more, o)
		if err != nil || !slices.Equal(rowsOf(got), []int{3, 4}) || got.Created != 1 {
			t.Errorf("%+v: %+v, %v", o, got, err)
		}
	}
}

// importTold: what a person reads of a trial names the columns as their file
// does, row by row, and tells of what an empty cell takes away.
func importTold(t *testing.T, l *Library) {
	l.AddPublished(t, faq.Content{Code: "A", Question: "甲", Answer: "旧", ValidFrom: "2026-01-01"})
	file := "编号,问题,答案,生效日期,状态\nA,甲,旧,,\nB,乙,,,已发布\nC,丙,新,0000-01-01,\nD,丁,新,2101-01-01,\nE,戊,新,1月,\nF,己,新,,什么\n"
	got, err := l.ImportText(t.Context(), Supervisor, file, faq.ImportOptions{Format: faq.CSV, DryRun: true})
	want := []faq.RowError{
		{Row: 3, Message: "答案：没有答案的条目不能发布"},
		{Row: 4, Message: "生效日期：日期须在 1949 年至 2100 年之间"},
		{Row: 5, Message: "生效日期：日期须在 1949 年至 2100 年之间"},
		{Row: 6, Message: "生效日期：日期格式为 2026-01-31"},
		{Row: 7, Message: "状态：没有“什么”这种状态，请填写草稿、已发布或已停用"},
	}
	if err != nil || !slices.Equal(got.Errors, want) {
		t.Errorf("errors = %+v, %v\nwant %+v", got.Errors, err, want)
	}
	if got.Emptied != 1 || len(got.Changes) != 1 || !slices.Equal(got.Changes[0].Fields, []faq.FieldChange{{Field: "valid_from", Before: "2026-01-01"}}) {
		t.Errorf("an emptied day: %+v", got)
	}
	// Rows that cannot be read are told among the others, in their place.
	got, err = l.ImportText(t.Context(), Supervisor, "{\"answer\":\"x\"}\nnot json\n{\"answer\":\"x\"}\n", faq.ImportOptions{Format: faq.JSONL, DryRun: true})
	if err != nil || !slices.Equal(rowsOf(got), []int{1, 2, 3}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// refreshedKeys: what was written without the keys, or with other word lists, is
// held to the rule after a start.
func refreshedKeys(t *testing.T, l *Library) {
	ctx := t.Context()
	e := l.AddPublished(t, faq.Content{Question: asked, Answer: "甲"})
	right := e.QuestionKey
	must(t, l.Backend.Store().Atomic(ctx, func(tx faq.Tx) error {
		return tx.SetQuestionKeys(ctx, []faq.Key{{ID: e.ID, Question: e.Question, QuestionKey: "old"}})
	}))
	must(t, l.RefreshKeys(ctx))
	if got := l.now(t, e.ID); got.QuestionKey != right || right == "" || got.Revision != e.Revision {
		t.Errorf("refreshed = %+v, want the key %q", got, right)
	}
	second := l.Add(t, faq.Content{Question: asked, Answer: "乙"})
	if _, err := l.Publish(ctx, Supervisor, second.ID, faq.Approval{}); desk.ReasonOf(err) != "duplicate_question" {
		t.Errorf("published beside it: %v", err)
	}
}
