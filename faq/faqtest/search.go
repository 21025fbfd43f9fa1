package faqtest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

func list(t *testing.T, l *Library) {
	for n := range 9 {
		e := l.Add(t, Content(n))
		if n%2 == 1 {
			if _, err := l.Publish(t.Context(), Supervisor, e.ID, faq.Approval{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, f := range []faq.Filter{{}, {State: faq.Published}, {Category: "类别0"}, {Department: "部门1", State: faq.Draft}} {
		var got []faq.EntryID
		for f.Limit = 2; ; {
			page, err := l.Entries(t.Context(), Staff, f)
			if err != nil || len(page.Items) > 2 {
				t.Fatalf("%+v: %d items, %v", f, len(page.Items), err)
			}
			got = append(got, idsOf(page.Items)...)
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		f.Limit, f.Cursor = 100, ""
		all, err := l.Entries(t.Context(), Staff, f)
		if err != nil || !slices.Equal(got, idsOf(all.Items)) || !slices.IsSortedFunc(got, func(a, b faq.EntryID) int { return int(b - a) }) {
			t.Errorf("%+v by twos: %v, at once: %v, %v", f, got, idsOf(all.Items), err)
		}
	}
	for _, f := range []faq.Filter{{Cursor: "nonsense"}, {Cursor: "aWQ6eA"}, {Query: "办理", Cursor: "aWQ6MQ"}, {State: "gone"}} {
		if _, err := l.Entries(t.Context(), Staff, f); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("%+v: %v, want invalid", f, err)
		}
	}
}

func listWords(t *testing.T, l *Library) {
	draft := l.Add(t, faq.Content{Code: "HJ-001", Question: "居住证怎么办理", Answer: "到派出所。", Category: "户籍"})
	live := l.AddPublished(t, faq.Content{Code: "HJ-002", Question: "居住证多久到期", Answer: "一年。", Category: "户籍", DocumentNumber: "安公规〔2025〕4号"})
	byNet := l.Add(t, faq.Content{Code: "GJJ-000", Question: "线上办事要实名吗", Answer: "要。"})
	other := l.AddPublished(t, faq.Content{
		Code: "GJJ-001", Question: "公积金怎么提取", Similar: []string{"怎么提公积金"}, Answer: "线上。", Category: "公积金",
	})
	l.Sync(t)
	find := func(f faq.Filter) []faq.EntryID {
		t.Helper()
		page, err := l.Entries(t.Context(), Staff, f)
		if err != nil {
			t.Fatal(err)
		}
		return idsOf(page.Items)
	}
	tests := []struct {
		name   string
		filter faq.Filter
		want   []faq.EntryID
	}{
		{"no single characters", faq.Filter{Query: "居住证怎么办理"}, []faq.EntryID{draft.ID}},
		{"newest first", faq.Filter{Query: "居住证"}, []faq.EntryID{live.ID, draft.ID}},
		{"the question before the answer", faq.Filter{Query: "线上"}, []faq.EntryID{byNet.ID, other.ID}},
		{"all words", faq.Filter{Query: " 派出所  居住证 "}, []faq.EntryID{draft.ID}},
		{"answer", faq.Filter{Query: "派出所"}, []faq.EntryID{draft.ID}},
		{"similar question", faq.Filter{Query: "提公积金"}, []faq.EntryID{other.ID}},
		{"document", faq.Filter{Query: "〔2025〕4号"}, []faq.EntryID{live.ID}},
		{"code", faq.Filter{Query: "hj-002"}, []faq.EntryID{live.ID}},
		{"code without its dash", faq.Filter{Query: "hj002"}, []faq.EntryID{live.ID}},
		{"signs of a pattern", faq.Filter{Query: "%"}, []faq.EntryID{}},
		{"what no row can hold", faq.Filter{Query: "居住证\x00\xff"}, []faq.EntryID{live.ID, draft.ID}},
		{"in other words", faq.Filter{Query: "请问居住证多久会到期"}, []faq.EntryID{live.ID}},
		{"in other characters", faq.Filter{Query: "居住證多久到期"}, []faq.EntryID{live.ID}},
		{"one character alike", faq.Filter{Query: "居民到哪里"}, []faq.EntryID{}},
		{"state", faq.Filter{Query: "居住证", State: faq.Draft}, []faq.EntryID{draft.ID}},
		{"category", faq.Filter{Query: "怎么", Category: "公积金"}, []faq.EntryID{other.ID}},
		{"before the beginning", faq.Filter{Query: "派出所", Cursor: "cTotNQ"}, []faq.EntryID{draft.ID}},
		{"nothing", faq.Filter{Query: "xyz"}, []faq.EntryID{}},
	}
	for _, tt := range tests {
		if got := find(tt.filter); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	page, err := l.Entries(t.Context(), Staff, faq.Filter{Query: "居住证", Limit: 1})
	if err != nil || len(page.Items) != 1 || page.Next == "" {
		t.Fatalf("first page: %v %q, %v", idsOf(page.Items), page.Next, err)
	}
	second, err := l.Entries(t.Context(), Staff, faq.Filter{Query: "居住证", Limit: 1, Cursor: page.Next})
	if err != nil || len(second.Items) != 1 || second.Items[0].ID == page.Items[0].ID || second.Next != "" {
		t.Errorf("second page: %v %q, %v", idsOf(second.Items), second.Next, err)
	}
}

func searchWordings(t *testing.T, l *Library) {
	want := l.AddPublished(t, faq.Content{
		Question: "居住证怎么办理", Similar: []string{"暂住证去哪里办", "How do I get a residence permit?"}, Answer: "请到派出所办理。",
	})
	l.AddPublished(t, faq.Content{Question: "公积金怎么提取", Answer: "线上提取。"})
	for _, message := range []string{
		"居住证怎么办理", "您好，请问居住证如何办理？谢谢", "居住證怎麼辦理", "ＪＵＺＨＵ 居住证", "暂住证哪里办", "residence permits", "RESIDENCE PERMIT",
	} {
		hits, err := l.Suggest(t.Context(), Liaison, message, 3)
		if err != nil || len(hits) == 0 || hits[0].Entry.ID != want.ID {
			t.Errorf("%q finds %v, %v, want entry %d first", message, hits, err, want.ID)
		}
	}
	hits, err := l.Suggest(t.Context(), Staff, "暂住证哪里办", 1)
	if err != nil || len(hits) != 1 {
		t.Fatal(hits, err)
	}
	h := hits[0]
	if h.Matched != "暂住证去哪里办" || h.Entry.Answer != want.Answer || h.Confidence <= 0.5 || h.Confidence > 1 {
		t.Errorf("hit = %+v", h)
	}
	if want := []faq.Match{{Field: "question", Start: 1, End: 3}, {Field: "matched_question", Start: 0, End: 3}, {Field: "matched_question", Start: 4, End: 7}}; !slices.Equal(h.Matches, want) {
		t.Errorf("matches = %v, want %v", h.Matches, want)
	}
	for _, message := range []string{"", "？！…", "   "} {
		if got := l.Search(t, message); len(got) != 0 {
			t.Errorf("%q finds %v", message, got)
		}
	}
}

func searchCurrent(t *testing.T, l *Library) {
	c := faq.Content{Question: "高温补贴怎么领", Answer: "由单位发放。", ValidFrom: "2026-11-22", ValidTo: "2026-11-23"}
	e := l.AddPublished(t, c)
	day := func(d, hour int) time.Time { return time.Date(2026, 11, d, hour, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name string
		now  time.Time
		want bool
	}{
		{"the evening before, in China", day(21, 15).Add(59 * time.Minute), false},
		{"the first minute", day(21, 16), true},
		{"the last minute", day(23, 15).Add(59 * time.Minute), true},
		{"the day after", day(23, 16), false},
	} {
		l.SetNow(tt.now)
		if got := len(l.Search(t, c.Question)) == 1; got != tt.want {
			t.Errorf("%s: shown %v, want %v", tt.name, got, tt.want)
		}
		if l.Current(e) != tt.want {
			t.Errorf("%s: current %v, want %v", tt.name, !tt.want, tt.want)
		}
	}
	l.SetNow(Noon)
	// From here the index is left behind on purpose.
	if _, err := l.Retire(t.Context(), Supervisor, e.ID); err != nil {
		t.Fatal(err)
	}
	if got := l.Search(t, c.Question); len(got) != 0 {
		t.Errorf("retired entry found: %v", got)
	}
	if _, err := l.Publish(t.Context(), Supervisor, e.ID, faq.Approval{}); err != nil {
		t.Fatal(err)
	}
	answer := "由用人单位按月发放。"
	if _, err := l.Rewrite(t.Context(), e.ID, faq.Edit{Answer: &answer}); err != nil {
		t.Fatal(err)
	}
	hits, err := l.Suggest(t.Context(), Staff, c.Question, 1)
	if err != nil || len(hits) != 1 || hits[0].Entry.Answer != answer {
		t.Errorf("hits = %+v, %v, want the newest text", hits, err)
	}
}

func searchCrowded(t *testing.T, l *Library) {
	want := l.AddPublished(t, faq.Content{Question: "学区房划片范围在哪里看", Answer: "看公告。"})
	for n := range 150 {
		l.AddPublished(t, faq.Content{Question: fmt.Sprintf("学区划片范围 %d", n), Answer: "旧。", ValidTo: "2025-12-31"})
	}
	if got := l.Search(t, "学区划片范围"); !slices.Equal(got, []faq.EntryID{want.ID}) {
		t.Errorf("found %v, want the one that is current", got)
	}
}

// searchNever lets searches run while entries come and go and the index is
// rebuilt, and looks at each answer: an entry that was out of use for the whole
// time of a search must not be in it.
func searchNever(t *testing.T, l *Library) {
	const entries, rounds = 4, 25
	type status struct {
		entry faq.Entry
		out   atomic.Int64 // odd while the entry is surely out of use
	}
	var all [entries]status
	for n := range all {
		all[n].entry = l.AddPublished(t, faq.Content{Question: fmt.Sprintf("%d 号线地铁几点停运", n), Answer: "二十三点。"})
	}
	done := make(chan struct{})
	var writers, readers sync.WaitGroup
	for n := range all {
		writers.Go(func() {
			s := &all[n]
			for round := range rounds {
				if err := takeOut(t, l, s.entry.ID, round); err != nil {
					t.Error(err)
					return
				}
				s.out.Add(1)
				if round%3 == 0 {
					_ = l.Index.HandleTask(t.Context(), s.entry.ID.String())
				}
				s.out.Add(1)
				if err := bringBack(t, l, s.entry.ID); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	readers.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				if err := l.Index.Rebuild(t.Context()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				var before [entries]int64
				for n := range all {
					before[n] = all[n].out.Load()
				}
				hits, err := l.Suggest(t.Context(), Staff, "地铁几点停运", faq.MaxHits)
				if err != nil {
					t.Errorf("search during a rebuild: %v", err)
					return
				}
				for n := range all {
					shown := slices.ContainsFunc(hits, func(h faq.Hit) bool { return h.Entry.ID == all[n].entry.ID })
					if before[n]%2 == 1 && all[n].out.Load() == before[n] && shown {
						t.Errorf("entry %d shown while out of use", all[n].entry.ID)
					}
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	l.Sync(t)
	if got := l.Search(t, "地铁几点停运"); len(got) != entries {
		t.Errorf("%d entries found in the end, want %d", len(got), entries)
	}
}

// takeOut ends an entry's use in one of the ways there are.
func takeOut(t *testing.T, l *Library, id faq.EntryID, round int) error {
	var err error
	switch round % 3 {
	case 0:
		_, err = l.Retire(t.Context(), Supervisor, id)
	case 1:
		_, err = l.Withdraw(t.Context(), Supervisor, id)
	default:
		expired := faq.Day("2026-11-21")
		_, err = l.Rewrite(t.Context(), id, faq.Edit{ValidTo: &expired})
	}
	return err
}

func bringBack(t *testing.T, l *Library, id faq.EntryID) error {
	e, err := l.Publish(t.Context(), Supervisor, id, faq.Approval{})
	if err == nil && e.ValidTo != "" {
		none := faq.Day("")
		_, err = l.Rewrite(t.Context(), id, faq.Edit{ValidTo: &none})
	}
	return err
}
