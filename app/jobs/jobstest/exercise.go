package jobstest

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"replydesk/app/jobs"
	"replydesk/inbox/desk"
)

// Backend is a Store with the way tasks come into it.
type Backend interface {
	jobs.Store
	Enqueue(ctx context.Context, t desk.Task) error
}

// Exercise is the suite every jobs.Store must pass. open gives an empty one.
func Exercise(t *testing.T, open func(t *testing.T) Backend) {
	for name, exercise := range map[string]func(s *suite){
		"Claim": (*suite).claim, "Owner": (*suite).owner, "Enqueue": (*suite).enqueue, "Again": (*suite).again, "Dead": (*suite).dead,
		"Leases": (*suite).leases, "Next": (*suite).next, "At once": (*suite).atOnce,
	} {
		t.Run(name, func(t *testing.T) { exercise(&suite{t, open(t)}) })
	}
}

type suite struct {
	*testing.T
	Backend
}

// begin is when the suite's clock starts, and a lease lasts a minute.
var begin = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *suite) same(what string, got, want any) {
	s.Helper()
	if !reflect.DeepEqual(got, want) {
		s.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

func (s *suite) add(key string, seconds int) {
	s.Helper()
	s.ok(s.Enqueue(s.Context(), desk.Task{Kind: "k", Key: key, RunAt: at(seconds)}))
}

// take claims and returns the jobs.
func (s *suite) take(owner string, seconds, limit int) []jobs.Job {
	s.Helper()
	claimed, err := s.Backend.Claim(s.Context(), owner, at(seconds), time.Minute, limit)
	s.ok(err)
	return claimed
}

func keys(claimed []jobs.Job) (out []string) {
	for _, j := range claimed {
		out = append(out, fmt.Sprintf("%s/%d", j.Key, j.Attempt))
	}
	return out
}

// takes claims and compares "key/attempt".
func (s *suite) takes(owner string, seconds, limit int, want ...string) []jobs.Job {
	s.Helper()
	claimed := s.take(owner, seconds, limit)
	got := map[string]bool{}
	for _, k := range keys(claimed) {
		got[k] = true
	}
	wanted := map[string]bool{}
	for _, k := range want {
		wanted[k] = true
	}
	s.same(fmt.Sprintf("claimed by %s at %d", owner, seconds), got, wanted)
	return claimed
}

func (s *suite) claim() {
	s.same("jobs of an empty store", len(s.take("a", 0, 10)), 0)
	s.add("late", 30)
	s.add("second", 20)
	s.add("third", 20)
	s.add("first", 10)
	s.takes("a", 9, 10)
	s.takes("a", 20, 1, "first/1")
	s.takes("b", 20, 10, "second/1", "third/1")
	s.takes("a", 30, 10, "late/1")
	s.takes("b", 1000, 10)
	s.ok(s.Enqueue(s.Context(), desk.Task{Kind: "full", Key: "key", Payload: json.RawMessage(`{"a":1}`), MaxAttempts: 7, RunAt: at(40)}))
	got := s.take("a", 40, 1)[0]
	s.same("claimed job", got, jobs.Job{ID: got.ID, Attempt: 1, Task: desk.Task{Kind: "full", Key: "key", Payload: json.RawMessage(`{"a":1}`), MaxAttempts: 7}})
}

// owner: who does not hold a job cannot finish it.
func (s *suite) owner() {
	ctx := s.Context()
	s.add("x", 0)
	id := s.take("a", 0, 1)[0].ID
	s.ok(s.Done(ctx, "b", id, at(1)))
	s.ok(s.Backend.Again(ctx, "b", id, at(1), "r", true))
	s.ok(s.Die(ctx, "b", id, at(1), "r"))
	s.ok(s.Extend(ctx, "b", at(1000)))
	s.takes("b", 10, 5)
	n, err := s.Release(ctx, at(60), false)
	s.ok(err)
	s.same("released after its lease", n, int64(1))
	id = s.takes("b", 60, 5, "x/2")[0].ID
	s.ok(s.Done(ctx, "a", id, at(61))) // the first one comes back, late
	s.takes("a", 70, 5)
	s.ok(s.Done(ctx, "b", id, at(62)))
	s.ok(s.Done(ctx, "b", id, at(63)))
	s.takes("a", 1000, 5)
}

func (s *suite) enqueue() {
	ctx := s.Context()
	s.add("x", 10)
	s.add("x", 0) // it waits already
	s.ok(s.Enqueue(ctx, desk.Task{Kind: "other", Key: "x", RunAt: at(50)}))
	s.takes("a", 9, 5)
	id := s.takes("a", 10, 5, "x/1")[0].ID
	s.add("x", 0) // it runs: once more afterwards
	s.add("x", 0)
	s.takes("a", 11, 5)
	s.ok(s.Done(ctx, "a", id, at(12)))
	s.takes("a", 11, 5)
	id = s.takes("a", 12, 5, "x/1")[0].ID
	s.ok(s.Done(ctx, "a", id, at(13)))
	s.takes("a", 20, 5)
	s.add("x", 20) // it is done: again from the beginning
	s.takes("a", 20, 5, "x/1")
	s.takes("a", 50, 5, "x/1")
}

func (s *suite) again() {
	ctx := s.Context()
	s.add("x", 0)
	id := s.take("a", 0, 1)[0].ID
	s.ok(s.Backend.Again(ctx, "a", id, at(10), "failed", true))
	s.takes("a", 9, 5)
	s.takes("b", 10, 5, "x/2")
	s.ok(s.Backend.Again(ctx, "b", id, at(20), "told to wait", false))
	s.takes("b", 20, 5, "x/2")
	s.add("x", 0)
	s.ok(s.Backend.Again(ctx, "b", id, at(30), "failed", true)) // it runs again anyway
	s.takes("a", 30, 5, "x/3")
	s.ok(s.Done(ctx, "a", id, at(31)))
	s.takes("a", 100, 5)
}

func (s *suite) dead() {
	ctx := s.Context()
	die := func(key, reason string, seconds int) (id int64) {
		s.Helper()
		s.add(key, seconds)
		id = s.take("a", seconds, 1)[0].ID
		s.ok(s.Die(ctx, "a", id, at(seconds+1), reason))
		return id
	}
	first, second := die("x", "no", 0), die("y", "never", 10)
	s.takes("a", 1000, 5)
	all, err := s.Backend.Dead(ctx, 10)
	s.ok(err)
	s.same("dead jobs, newest first", all, []jobs.Dead{
		{ID: second, Kind: "k", Key: "y", Attempts: 1, LastError: "never", At: at(11)}, {ID: first, Kind: "k", Key: "x", Attempts: 1, LastError: "no", At: at(1)},
	})
	all, err = s.Backend.Dead(ctx, 1)
	s.ok(err)
	s.same("one dead job", len(all), 1)
	if err := s.Retry(ctx, first+99, at(20)); desk.CodeOf(err) != desk.NotFound {
		s.Errorf("retry of nothing: %v", err)
	}
	s.ok(s.Retry(ctx, first, at(20)))
	if err := s.Retry(ctx, first, at(20)); desk.CodeOf(err) != desk.NotFound {
		s.Errorf("retry of what waits: %v", err)
	}
	s.takes("a", 19, 5)
	s.takes("a", 20, 5, "x/1")
	s.add("y", 30) // a dead job does not stand in the way of a new one
	s.ok(s.Retry(ctx, second, at(30)))
	s.takes("a", 30, 5, "y/1")
	all, err = s.Backend.Dead(ctx, 10)
	s.ok(err)
	s.same("dead jobs", len(all), 0)

	// Work that was asked for while the last attempt ran is not lost with it.
	s.add("z", 40)
	id := s.take("a", 40, 1)[0].ID
	s.add("z", 40)
	s.ok(s.Die(ctx, "a", id, at(41), "no"))
	s.takes("a", 41, 5, "z/1")
}

func (s *suite) leases() {
	ctx := s.Context()
	release := func(seconds int, all bool, want int64) {
		s.Helper()
		n, err := s.Release(ctx, at(seconds), all)
		s.ok(err)
		s.same(fmt.Sprintf("released at %d", seconds), n, want)
	}
	s.add("x", 0)
	s.add("y", 0)
	s.takes("a", 0, 1, "x/1")
	s.takes("b", 0, 1, "y/1")
	release(59, false, 0)
	s.ok(s.Extend(ctx, "a", at(100)))
	release(60, false, 1)
	s.takes("c", 59, 5)
	s.takes("c", 60, 5, "y/2")
	release(99, false, 0)
	release(99, true, 2)
	s.takes("d", 99, 5, "x/2", "y/3")
	release(99, false, 0)
	s.ok(s.Extend(ctx, "a", at(1000))) // its jobs are another's
	release(159, false, 2)
}

func (s *suite) next() {
	ctx := s.Context()
	expect := func(what string, want time.Time) {
		s.Helper()
		got, err := s.Backend.Next(ctx)
		s.ok(err)
		if !got.Equal(want) {
			s.Errorf("%s: next at %v, want %v", what, got, want)
		}
	}
	expect("nothing", time.Time{})
	s.add("x", 10)
	s.add("y", 5)
	expect("two wait", at(5))
	id := s.take("a", 5, 1)[0].ID
	expect("one waits, one runs", at(10))
	other := s.take("a", 10, 1)[0].ID
	expect("two run", at(65))
	s.ok(s.Die(ctx, "a", id, at(11), "no"))
	expect("one runs", at(70))
	s.ok(s.Done(ctx, "a", other, at(12)))
	expect("one is dead", time.Time{})
}

// atOnce: many claim the same jobs; each job is claimed once.
func (s *suite) atOnce() {
	const jobCount, claimers = 120, 6
	for i := range jobCount {
		s.add(fmt.Sprint(i), i%5)
	}
	var mu sync.Mutex
	claims := map[string]int{}
	var wg sync.WaitGroup
	for c := range claimers {
		wg.Go(func() {
			for {
				got, err := s.Backend.Claim(s.Context(), fmt.Sprint(c), at(10), time.Minute, 7)
				if err != nil {
					s.Error(err)
					return
				}
				mu.Lock()
				for _, j := range got {
					claims[j.Key]++
				}
				enough := len(claims) == jobCount
				mu.Unlock()
				if enough {
					return
				}
			}
		})
	}
	wg.Wait()
	for key, n := range claims {
		if n != 1 {
			s.Errorf("job %s was claimed %d times", key, n)
		}
	}
}
