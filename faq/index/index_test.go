package index_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"replydesk/faq"
	"replydesk/faq/faqtest"
	"replydesk/faq/index"
	"replydesk/faq/text"
	"replydesk/inbox/desk"
)

// source is a library in memory.
type source struct {
	mu      sync.Mutex
	entries map[faq.EntryID]faq.Entry
	loads   int // entries handed out
	asks    int // questions for versions
	broken  error

	once     sync.Once
	question chan struct{} // closed at the first question that is answered
}

func newSource(entries ...faq.Entry) *source {
	s := &source{entries: map[faq.EntryID]faq.Entry{}, question: make(chan struct{})}
	for _, e := range entries {
		s.put(e)
	}
	return s
}

func (s *source) put(e faq.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries[e.ID] = e
}

func (s *source) remove(id faq.EntryID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.entries, id)
}

func (s *source) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

func (s *source) loaded() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads
}

func (s *source) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asks
}

func (s *source) Versions(_ context.Context, after faq.EntryID, limit int) ([]faq.Version, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks++
	if s.broken == nil {
		s.once.Do(func() { close(s.question) })
	}
	var out []faq.Version
	for id, e := range s.entries {
		if id > after {
			out = append(out, faq.Version{ID: id, Revision: e.Revision})
		}
	}
	slices.SortFunc(out, func(a, b faq.Version) int { return int(a.ID - b.ID) })
	return out[:min(limit, len(out))], s.broken
}

func (s *source) EntriesByID(_ context.Context, ids []faq.EntryID) ([]faq.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []faq.Entry
	for _, id := range ids {
		if e, ok := s.entries[id]; ok {
			out = append(out, e)
			s.loads++
		}
	}
	return out, s.broken
}

func (s *source) Current(ctx context.Context, ids []faq.EntryID, today faq.Day) ([]faq.Entry, error) {
	entries, err := s.EntriesByID(ctx, ids)
	return slices.DeleteFunc(entries, func(e faq.Entry) bool { return !e.Current(today) }), err
}

func entry(id faq.EntryID, question string, similar ...string) faq.Entry {
	return faq.Entry{
		ID: id, State: faq.Published, Revision: 1,
		Content: faq.Content{Code: "C-" + id.String(), Question: question, Similar: similar, Answer: "请带身份证。"},
	}
}

func open(t testing.TB, dir string, lex *text.Lexicon, s index.Source) *index.Index {
	t.Helper()
	x, err := index.Open(index.Options{Dir: dir, Lexicon: lex, Source: s})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return x
}

func reconcile(t testing.TB, x *index.Index) {
	t.Helper()
	if err := x.Reconcile(t.Context()); err != nil {
		t.Fatalf("reconcile: %v", err)
	}
}

func closeIndex(t testing.TB, x *index.Index) {
	t.Helper()
	if err := x.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func find(t testing.TB, x *index.Index, words string) []faq.EntryID {
	t.Helper()
	ids, err := x.Find(t.Context(), words, 50)
	if err != nil {
		t.Fatalf("find %q: %v", words, err)
	}
	slices.Sort(ids)
	return ids
}

func want(t testing.TB, got []faq.EntryID, ids ...faq.EntryID) {
	t.Helper()
	if !slices.Equal(got, ids) {
		t.Errorf("found %v, want %v", got, ids)
	}
}

func TestNotReadyUntilFilled(t *testing.T) {
	lex := faqtest.Lexicon(t)
	x := open(t, "", lex, newSource(entry(1, "居住证怎么办理")))
	defer closeIndex(t, x)
	if x.Ready() {
		t.Error("an empty index is ready")
	}
	for _, err := range []error{
		func() error { _, err := x.Find(t.Context(), "居住证", 1); return err }(),
		func() error { _, err := x.Candidates(t.Context(), faq.Question{Limit: 1}); return err }(),
		func() error { _, err := x.Known(t.Context(), []string{"居住"}); return err }(),
	} {
		if desk.CodeOf(err) != desk.Unavailable {
			t.Errorf("search before it is filled: %v, want unavailable", err)
		}
	}
	reconcile(t, x)
	if !x.Ready() || x.Len() != 1 {
		t.Errorf("ready %v with %d entries, want 1", x.Ready(), x.Len())
	}
	want(t, find(t, x, "居住证"), 1)
}

func TestFollowsTheSource(t *testing.T) {
	s := newSource(entry(1, "居住证怎么办理", "暂住证"), entry(2, "公积金提取"), entry(3, "社保转移"))
	x := open(t, "", faqtest.Lexicon(t), s)
	defer closeIndex(t, x)
	reconcile(t, x)

	changed := entry(1, "居留许可怎么办理")
	changed.Revision = 2
	s.put(changed)
	s.put(entry(4, "身份证补办"))
	s.remove(3)
	before := s.loaded()
	reconcile(t, x)
	if n := s.loaded() - before; n != 2 {
		t.Errorf("%d entries loaded for one change and one new entry", n)
	}
	want(t, find(t, x, "暂住证"), 4) // only by 证
	want(t, find(t, x, "居留许可"), 1)
	want(t, find(t, x, "社保"))
	want(t, find(t, x, "C-2"), 2)

	// One entry by its task: a change, a retirement, a removal.
	retired := entry(2, "公积金提取")
	retired.Revision, retired.State = 2, faq.Retired
	s.put(retired)
	s.remove(4)
	for _, key := range []string{"2", "4"} {
		for range 2 { // a task may run twice
			if err := x.HandleTask(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
	}
	want(t, find(t, x, "公积金"), 2) // editors find it, citizens do not:
	c, err := x.Candidates(t.Context(), faq.Question{Tokens: faqtest.Lexicon(t).Tokens("公积金", 0), Limit: 5})
	if err != nil || len(c.Entries) != 0 {
		t.Errorf("retired entry proposed: %v, %v", c.Entries, err)
	}
	want(t, find(t, x, "身份证"))
	if err := x.HandleTask(t.Context(), faq.TaskAll); err != nil {
		t.Error(err)
	}
	if err := x.HandleTask(t.Context(), "x"); desk.CodeOf(err) != desk.Invalid {
		t.Errorf("task with a strange key: %v, want invalid", err)
	}
}

func TestOpenAgain(t *testing.T) {
	dir, lex := t.TempDir(), faqtest.Lexicon(t)
	s := newSource(entry(1, "居住证怎么办理"), entry(2, "公积金提取"))
	x := open(t, dir, lex, s)
	reconcile(t, x)
	if err := x.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	closeIndex(t, x)

	loaded := s.loaded()
	x = open(t, dir, lex, s)
	if !x.Ready() || x.Len() != 2 {
		t.Errorf("opened again: ready %v with %d entries, want 2", x.Ready(), x.Len())
	}
	want(t, find(t, x, "居住证"), 1)
	reconcile(t, x)
	if s.loaded() != loaded {
		t.Error("entries that had not changed were loaded again")
	}
	if _, err := index.Open(index.Options{Dir: dir, Lexicon: lex, Source: s}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("second open of the folder: %v, want an error that says it is in use", err)
	}
	closeIndex(t, x)
	if folders, _ := filepath.Glob(filepath.Join(dir, "g-*")); len(folders) != 1 {
		t.Errorf("folders %v, want one generation", folders)
	}
}

func TestMadeAnew(t *testing.T) {
	lex := faqtest.Lexicon(t)
	other, err := text.Load(fstest.MapFS{"simplified.txt": {Data: []byte("證证")}, "synonyms.txt": {}, "stop_phrases.txt": {Data: []byte("请问")}, "contrasts.txt": {}})
	if err != nil {
		t.Fatal(err)
	}
	damage := func(t *testing.T, dir string, change func(folder string) error) {
		folders, err := filepath.Glob(filepath.Join(dir, "g-*"))
		if err != nil || len(folders) != 1 {
			t.Fatal(folders, err)
		}
		if err := change(folders[0]); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		lex    *text.Lexicon
		damage func(folder string) error
	}{
		"other word lists": {other, func(string) error { return nil }},
		"folder gone":      {lex, os.RemoveAll},
		"settings damaged": {lex, func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "index_meta.json"), []byte("{"), 0o600)
		}},
		"data damaged": {lex, func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "store", "root.bolt"), []byte("not a database"), 0o600)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := newSource(entry(1, "居住证怎么办理"))
			x := open(t, dir, lex, s)
			reconcile(t, x)
			closeIndex(t, x)
			damage(t, dir, tt.damage)
			x = open(t, dir, tt.lex, s)
			defer closeIndex(t, x)
			if x.Ready() {
				t.Error("ready before it was made anew")
			}
			reconcile(t, x)
			want(t, find(t, x, "居住证"), 1)
			if folders, _ := filepath.Glob(filepath.Join(dir, "g-*")); len(folders) != 1 {
				t.Errorf("folders %v, want the old one gone", folders)
			}
		})
	}
}

// What a question's units weigh is asked for after its search, when the index
// that was searched may have been replaced and closed.
func TestWeightsOutliveTheIndexSearched(t *testing.T) {
	s := newSource(entry(1, "居住证怎么办理"), entry(2, "居住证怎么续签"), entry(3, "公积金提取"))
	lex := faqtest.Lexicon(t)
	x := open(t, t.TempDir(), lex, s)
	reconcile(t, x)
	search := func() faq.Candidates {
		found, err := x.Candidates(t.Context(), faq.Question{Tokens: lex.Tokens("居住证怎么办理", 0), Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	found := search()
	if err := x.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	unit := func(words string) string { return lex.Tokens(words, 0)[0].Term }
	common, rare := found.Weight(unit("居住证")), found.Weight(unit("续签"))
	if fresh := search(); common != fresh.Weight(unit("居住证")) || rare != fresh.Weight(unit("续签")) || common >= rare || rare >= 1 {
		t.Errorf("after a rebuild %q weighs %v and %q %v", unit("居住证"), common, unit("续签"), rare)
	}
	closeIndex(t, x)
	if got := found.Weight(unit("公积金")); got != 1 {
		t.Errorf("of a closed index a unit weighs %v, want that of one never seen", got)
	}
}

// A rebuild leaves no gap: searches beside it always find what is there, and
// changes made meanwhile are not lost.
func TestRebuildBesideSearches(t *testing.T) {
	const entries = 300
	s := newSource()
	for n := range faq.EntryID(entries) {
		s.put(entry(n+1, fmt.Sprintf("第 %d 号地铁几点停运", n)))
	}
	dir := t.TempDir()
	x := open(t, dir, faqtest.Lexicon(t), s)
	defer closeIndex(t, x)
	reconcile(t, x)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				if ids, err := x.Find(t.Context(), "地铁几点停运", entries); err != nil || len(ids) < entries-1 {
					t.Errorf("search %d: %d entries, %v", n, len(ids), err)
					return
				}
			}
		})
	}
	for round := range 5 {
		wg.Go(func() {
			changed := entry(1, "末班车时间")
			changed.Revision = int64(round + 2)
			s.put(changed)
			if err := x.Refresh(t.Context(), 1); err != nil {
				t.Error(err)
			}
		})
		if err := x.Rebuild(t.Context()); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
	reconcile(t, x)
	want(t, find(t, x, "末班车时间"), 1)
	if x.Len() != entries {
		t.Errorf("%d entries, want %d", x.Len(), entries)
	}
}

func TestRun(t *testing.T) {
	s := newSource(entry(1, "居住证怎么办理"))
	s.fail(desk.Errorf(desk.Unavailable, "no database"))
	x := open(t, "", faqtest.Lexicon(t), s)
	defer closeIndex(t, x)
	run := func(t *testing.T, until func()) {
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := x.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		until()
		stop()
		wg.Wait()
	}
	synctest.Test(t, func(t *testing.T) {
		asked := s.asked()
		run(t, func() { time.Sleep(11 * time.Second) })
		if n := s.asked() - asked; n != 3 {
			t.Errorf("a broken source was asked %d times in 11 seconds, want 3", n)
		}
	})
	if x.Ready() {
		t.Error("ready although the source is broken")
	}
	s.fail(nil)
	run(t, func() { <-s.question })
	if !x.Ready() {
		t.Error("not ready after the first comparison")
	}
	want(t, find(t, x, "居住证"), 1)
}
