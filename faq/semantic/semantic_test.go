package semantic_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"replydesk/faq"
	"replydesk/faq/semantic"
)

// model is an Embedder whose vectors count a few subjects, however they are
// named, and that fails when told.
type model struct {
	mu    sync.Mutex
	asked int
	fails error
	stall bool
}

var subjects = [][]string{{"居住证", "暂住"}, {"公积金", "housing"}, {"学", "school"}}

func (m *model) Name() string { return "subjects" }

func (m *model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	m.mu.Lock()
	m.asked++
	fails, stall := m.fails, m.stall
	m.mu.Unlock()
	if stall {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if fails != nil {
		return nil, fails
	}
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = []float32{0, 0, 0, 0.01}
		for at, words := range subjects {
			for _, w := range words {
				out[i][at] += float32(strings.Count(text, w))
			}
		}
	}
	return out, nil
}

func (m *model) set(fails error, stall bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails, m.stall = fails, stall
}

func (m *model) calls() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// shelf is a VectorStore in memory.
type shelf struct {
	mu      sync.Mutex
	entries []faq.Entry
	vectors map[faq.EntryID]faq.Vector
}

func newShelf(questions ...string) *shelf {
	s := &shelf{vectors: map[faq.EntryID]faq.Vector{}}
	for i, q := range questions {
		s.entries = append(s.entries, faq.Entry{ID: faq.EntryID(i + 1), Revision: 1, State: faq.Published, Content: faq.Content{Question: q}})
	}
	return s
}

func (s *shelf) Vectors(_ context.Context, _ string, after time.Time, id faq.EntryID, limit int) (out []faq.Vector, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.vectors {
		if v.MadeAt.After(after) || v.MadeAt.Equal(after) && v.EntryID > id {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b faq.Vector) int {
		if c := a.MadeAt.Compare(b.MadeAt); c != 0 {
			return c
		}
		return int(a.EntryID - b.EntryID)
	})
	return out[:min(limit, len(out))], nil
}

func (s *shelf) WithoutVector(_ context.Context, _ string, limit int) (out []faq.Entry, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if s.vectors[e.ID].Revision != e.Revision && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (s *shelf) SaveVectors(_ context.Context, _ string, vectors []faq.Vector) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range vectors {
		s.vectors[v.EntryID] = v
	}
	return nil
}

const deadline = 100 * time.Millisecond

func library(m *model, s *shelf) *semantic.Library {
	return semantic.New(semantic.Options{
		Embedder: m, Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler), Deadline: deadline, Every: time.Minute,
	})
}

func TestNearest(t *testing.T) {
	m, s := &model{}, newShelf("居住证怎么办理", "公积金怎么提取", "入学要什么材料")
	for range 100 { // more than are embedded at once
		s.entries = append(s.entries, faq.Entry{ID: faq.EntryID(len(s.entries) + 1), Revision: 1, Content: faq.Content{Question: "别的"}})
	}
	l := library(m, s)
	if _, ok := l.Nearest(t.Context(), "暂住在哪里登记", 2); ok || m.calls() != 0 {
		t.Error("a library without vectors asks the model")
	}
	if err := l.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.vectors) != len(s.entries) {
		t.Fatalf("%d vectors of %d entries", len(s.vectors), len(s.entries))
	}
	for message, want := range map[string]faq.EntryID{"暂住在哪里登记": 1, "housing fund": 2, "school": 3} {
		if ids, ok := l.Nearest(t.Context(), message, 2); !ok || len(ids) != 2 || ids[0] != want {
			t.Errorf("%q finds %v, %v, want %d first of two", message, ids, ok, want)
		}
	}
	// A changed entry moves, here and in a library that only follows.
	other := library(m, s)
	if err := other.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.entries[1].Revision, s.entries[1].Question = 2, "school"
	s.mu.Unlock()
	if err := l.Fill(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := other.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, lib := range []*semantic.Library{l, other} {
		if ids, _ := lib.Nearest(t.Context(), "school", 2); !slices.Equal(ids, []faq.EntryID{2, 3}) {
			t.Errorf("after the change %v, want 2 and 3", ids)
		}
	}
}

// A search waits for a dead endpoint once; while it stays dead others do not.
func TestDeadEndpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &model{}
		l := library(m, newShelf("居住证怎么办理"))
		if err := l.Fill(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := m.calls()
		ask := func() (ok bool, took time.Duration) {
			began := time.Now()
			_, ok = l.Nearest(t.Context(), "居住证", 2)
			return ok, time.Since(began)
		}
		m.set(nil, true)
		if ok, took := ask(); ok || took != deadline {
			t.Errorf("first search: %v after %v", ok, took)
		}
		for range 50 {
			if ok, took := ask(); ok || took != 0 {
				t.Errorf("search in the pause: %v after %v", ok, took)
			}
		}
		if n := m.calls() - before; n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
		time.Sleep(5*time.Second + time.Millisecond)
		m.set(errors.New("still dead"), false)
		ask()
		time.Sleep(6 * time.Second) // the second pause is longer
		m.set(nil, false)
		if ok, _ := ask(); ok {
			t.Error("the second pause is no longer than the first")
		}
		time.Sleep(5 * time.Second)
		if ok, _ := ask(); !ok {
			t.Error("not tried again")
		}
		if ok, _ := ask(); !ok {
			t.Error("not well again")
		}
		// Who leaves says nothing about the endpoint.
		m.set(nil, true)
		gone, cancel := context.WithTimeout(t.Context(), deadline/2)
		defer cancel()
		if _, ok := l.Nearest(gone, "居住证", 2); ok {
			t.Error("found without an answer")
		}
		m.set(nil, false)
		if ok, _ := ask(); !ok {
			t.Error("one who left stopped the others")
		}
	})
}

type busy struct{}

func (busy) Error() string             { return "busy" }
func (busy) RetryAfter() time.Duration { return time.Minute }

func TestToldToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &model{}
		l := library(m, newShelf("居住证怎么办理"))
		if err := l.Fill(t.Context()); err != nil {
			t.Fatal(err)
		}
		m.set(busy{}, false)
		l.Nearest(t.Context(), "居住证", 2)
		m.set(nil, false)
		time.Sleep(59 * time.Second)
		if _, ok := l.Nearest(t.Context(), "居住证", 2); ok {
			t.Error("asked before the minute was over")
		}
		time.Sleep(2 * time.Second)
		if _, ok := l.Nearest(t.Context(), "居住证", 2); !ok {
			t.Error("not asked after the minute")
		}
	})
}

func TestFillFails(t *testing.T) {
	m, s := &model{fails: errors.New("dead")}, newShelf("居住证怎么办理")
	l := library(m, s)
	if err := l.Fill(t.Context()); err == nil || len(s.vectors) != 0 {
		t.Errorf("fill with a dead endpoint: %v", err)
	}
	m.set(nil, false)
	if err := l.Fill(t.Context()); err != nil || len(s.vectors) != 1 {
		t.Errorf("fill afterwards: %v", err)
	}
}

// Run follows what another process makes.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := &model{}, newShelf("居住证怎么办理")
		follower := library(m, s)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- follower.Run(ctx) }()
		synctest.Wait()
		if err := library(m, s).Fill(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute + time.Millisecond)
		synctest.Wait()
		if ids, ok := follower.Nearest(t.Context(), "居住证", 1); !ok || len(ids) != 1 {
			t.Errorf("finds %v, %v", ids, ok)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
