package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"replydesk/app/jobs"
	"replydesk/app/jobs/jobstest"
	"replydesk/inbox/desk"
)

func TestMemory(t *testing.T) {
	jobstest.Exercise(t, func(*testing.T) jobstest.Backend { return &jobstest.Memory{} })
}

// bench is a runner on a store in memory, in a bubble of time.
type bench struct {
	*jobs.Runner
	store *jobstest.Memory
	ended chan error
	stop  context.CancelFunc
}

func newBench(t *testing.T, m *jobstest.Memory, o jobs.Options, handlers map[string]jobs.Handler) *bench {
	t.Helper()
	if o.Workers == 0 {
		o.Workers = 4
	}
	o.Now, o.Log = time.Now, slog.New(slog.DiscardHandler)
	b := &bench{Runner: jobs.NewRunner(m, o), store: m, ended: make(chan error, 1)}
	for kind, h := range handlers {
		b.Handle(kind, h)
	}
	ctx, stop := context.WithCancel(t.Context())
	b.stop = stop
	go func() { b.ended <- b.Run(ctx) }()
	return b
}

func (b *bench) end(t *testing.T) {
	t.Helper()
	b.stop()
	if err := <-b.ended; err != nil {
		t.Errorf("run: %v", err)
	}
}

func (b *bench) add(t *testing.T, task desk.Task, after time.Duration) {
	t.Helper()
	task.RunAt = time.Now().Add(after)
	if err := b.store.Enqueue(t.Context(), task); err != nil {
		t.Fatal(err)
	}
}

// log notes when handlers ran, in seconds of the bubble.
type log struct {
	mu    sync.Mutex
	began time.Time
	lines []string
}

func newLog() *log { return &log{began: time.Now()} }

func (l *log) note(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, fmt.Sprintf("%s %v", what, time.Since(l.began)))
}

func (l *log) want(t *testing.T, want ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Equal(l.lines, want) {
		t.Errorf("ran %q, want %q", l.lines, want)
	}
}

func (l *log) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}

func TestJobsRunAtTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog()
		b := newBench(t, &jobstest.Memory{}, jobs.Options{}, map[string]jobs.Handler{
			"k": func(_ context.Context, task desk.Task) error { l.note(task.Key); return nil },
		})
		defer b.end(t)
		b.add(t, desk.Task{Kind: "k", Key: "half"}, 500*time.Millisecond)
		b.add(t, desk.Task{Kind: "k", Key: "later"}, 90*time.Second)
		b.add(t, desk.Task{Kind: "k", Key: "now"}, 0)
		b.Wake()
		synctest.Wait()
		l.want(t, "now 0s")
		time.Sleep(10 * time.Minute)
		l.want(t, "now 0s", "half 500ms", "later 1m30s")
		if left := b.store.Left(); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	})
}

// What another process enqueued is found without being woken.
func TestJobsAreLookedForWithoutBeingWoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog()
		b := newBench(t, &jobstest.Memory{}, jobs.Options{}, map[string]jobs.Handler{
			"k": func(_ context.Context, task desk.Task) error { l.note(task.Key); return nil },
		})
		defer b.end(t)
		time.Sleep(1500 * time.Millisecond)
		b.add(t, desk.Task{Kind: "k", Key: "x"}, 0)
		time.Sleep(time.Second)
		l.want(t, "x 2s")
	})
}

func TestFailuresAreTriedAgainAndThenDead(t *testing.T) {
	boom := errors.New("boom")
	for name, tt := range map[string]struct {
		task  desk.Task
		err   error
		runs  int
		panic bool
	}{
		"the kind's own number":   {desk.Task{Kind: "k", Key: "x"}, boom, 12, false},
		"as often as asked":       {desk.Task{Kind: "k", Key: "x", MaxAttempts: 3}, boom, 3, false},
		"a panic is a failure":    {desk.Task{Kind: "k", Key: "x", MaxAttempts: 2}, nil, 2, true},
		"what will never work":    {desk.Task{Kind: "k", Key: "x"}, desk.Errorf(desk.Invalid, "no such reply"), 1, false},
		"wrapped, it will not":    {desk.Task{Kind: "k", Key: "x"}, fmt.Errorf("run: %w", desk.Errorf(desk.Invalid, "no")), 1, false},
		"not found may be so now": {desk.Task{Kind: "k", Key: "x", MaxAttempts: 2}, desk.Errorf(desk.NotFound, "none"), 2, false},
		"no handler":              {desk.Task{Kind: "other", Key: "x"}, nil, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLog()
				b := newBench(t, &jobstest.Memory{}, jobs.Options{}, map[string]jobs.Handler{"k": func(context.Context, desk.Task) error {
					l.note("run")
					if tt.panic {
						panic("mistake")
					}
					return tt.err
				}})
				defer b.end(t)
				b.add(t, tt.task, 0)
				time.Sleep(3 * time.Hour)
				if l.count() != tt.runs {
					t.Errorf("ran %d times, want %d", l.count(), tt.runs)
				}
				dead, err := b.Dead(t.Context(), 10)
				if err != nil || len(dead) != 1 || dead[0].Key != "x" || dead[0].LastError == "" {
					t.Errorf("dead: %+v, %v", dead, err)
				}
			})
		})
	}
}

func TestBackOff(t *testing.T) {
	for attempt, want := range map[int]time.Duration{
		-3: time.Second, 0: time.Second, 1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 9: 256 * time.Second, 10: 512 * time.Second,
		11: 10 * time.Minute, 12: 10 * time.Minute, 1000: 10 * time.Minute,
	} {
		if got := jobs.Backoff(attempt, 0); got != want {
			t.Errorf("Backoff(%d) = %v, want %v", attempt, got, want)
		}
		if got := jobs.Backoff(attempt, 1); got != want+want/4 {
			t.Errorf("Backoff(%d) with all of its jitter = %v, want %v", attempt, got, want+want/4)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		var ran []time.Time
		b := newBench(t, &jobstest.Memory{}, jobs.Options{Workers: 1}, map[string]jobs.Handler{
			"k": func(context.Context, desk.Task) error { ran = append(ran, time.Now()); return errors.New("boom") },
		})
		b.add(t, desk.Task{Kind: "k", Key: "x", MaxAttempts: 5}, 0)
		time.Sleep(time.Hour)
		b.end(t)
		for i := 1; i < len(ran); i++ {
			wait, least := ran[i].Sub(ran[i-1]), jobs.Backoff(i, 0)
			if wait < least || wait > least+least/4+time.Second { // the runner looks once a second
				t.Errorf("attempt %d came %v after the one before, want about %v", i+1, wait, least)
			}
		}
	})
}

// waiting is an error that asks to wait.
type waiting time.Duration

func (w waiting) Error() string             { return "wait" }
func (w waiting) RetryAfter() time.Duration { return time.Duration(w) }

func TestWaitingIsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, n := newLog(), 0
		b := newBench(t, &jobstest.Memory{}, jobs.Options{}, map[string]jobs.Handler{"k": func(context.Context, desk.Task) error {
			l.note("run")
			if n++; n < 5 {
				return fmt.Errorf("send: %w", waiting(30*time.Second))
			}
			return errors.New("boom")
		}})
		defer b.end(t)
		b.add(t, desk.Task{Kind: "k", Key: "x", MaxAttempts: 1}, 0)
		b.Wake()
		time.Sleep(time.Hour)
		l.want(t, "run 0s", "run 30s", "run 1m0s", "run 1m30s", "run 2m0s")
		if left := b.store.Left(); !slices.Equal(left, []string{"k x dead"}) {
			t.Errorf("left: %v, want it dead after its one attempt", left)
		}
	})
}

func TestEnqueuedWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog()
		b := newBench(t, &jobstest.Memory{}, jobs.Options{}, map[string]jobs.Handler{
			"k": func(context.Context, desk.Task) error { l.note("run"); time.Sleep(10 * time.Second); return nil },
		})
		defer b.end(t)
		b.add(t, desk.Task{Kind: "k", Key: "x"}, 0)
		b.Wake()
		time.Sleep(5 * time.Second)
		b.add(t, desk.Task{Kind: "k", Key: "x"}, 0)
		b.add(t, desk.Task{Kind: "k", Key: "x"}, 0)
		time.Sleep(time.Minute)
		l.want(t, "run 0s", "run 10s")
	})
}

func TestNoMoreAtOnceThanWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog()
		b := newBench(t, &jobstest.Memory{}, jobs.Options{Workers: 2}, map[string]jobs.Handler{
			"k": func(context.Context, desk.Task) error { l.note("run"); time.Sleep(10 * time.Second); return nil },
		})
		defer b.end(t)
		for i := range 5 {
			b.add(t, desk.Task{Kind: "k", Key: fmt.Sprint(i)}, 0)
		}
		b.Wake()
		time.Sleep(time.Minute)
		l.want(t, "run 0s", "run 0s", "run 10s", "run 10s", "run 20s")
	})
}

// A crash leaves jobs leased. Who is alone takes them up at once; who is not
// waits until their lease ends, so that a living neighbour keeps its own.
func TestJobsOfARunnerThatDied(t *testing.T) {
	for name, tt := range map[string]struct {
		alone bool
		want  string
	}{"alone": {true, "run 0s"}, "beside others": {false, "run 20s"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, m := newLog(), &jobstest.Memory{}
				if err := m.Enqueue(t.Context(), desk.Task{Kind: "k", Key: "x", RunAt: time.Now()}); err != nil {
					t.Fatal(err)
				}
				if got, err := m.Claim(t.Context(), "dead", time.Now(), 20*time.Second, 1); err != nil || len(got) != 1 {
					t.Fatalf("claim: %v, %v", got, err)
				}
				b := newBench(t, m, jobs.Options{Alone: tt.alone}, map[string]jobs.Handler{
					"k": func(context.Context, desk.Task) error { l.note("run"); return nil },
				})
				defer b.end(t)
				time.Sleep(time.Minute)
				l.want(t, tt.want)
			})
		})
	}
}

// A job that takes longer than its lease stays its runner's.
func TestLongJobsKeepTheirLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), &jobstest.Memory{}
		handlers := map[string]jobs.Handler{"k": func(context.Context, desk.Task) error {
			l.note("begin")
			time.Sleep(100 * time.Second)
			l.note("end")
			return nil
		}}
		first := newBench(t, m, jobs.Options{}, handlers)
		defer first.end(t)
		first.add(t, desk.Task{Kind: "k", Key: "x"}, 0)
		first.Wake()
		time.Sleep(2 * time.Second)
		second := newBench(t, m, jobs.Options{}, handlers)
		defer second.end(t)
		time.Sleep(5 * time.Minute)
		l.want(t, "begin 0s", "end 1m40s")
	})
}

func TestStopWaitsForWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog()
		b := newBench(t, &jobstest.Memory{}, jobs.Options{}, map[string]jobs.Handler{
			"stops": func(ctx context.Context, _ desk.Task) error { <-ctx.Done(); l.note("stopped"); return ctx.Err() },
			"ends": func(context.Context, desk.Task) error {
				time.Sleep(30 * time.Second)
				l.note("ended")
				return nil
			},
			"fails": func(ctx context.Context, _ desk.Task) error {
				<-ctx.Done()
				return desk.Errorf(desk.Invalid, "cut off in the middle")
			},
		})
		for _, kind := range []string{"stops", "ends", "fails"} {
			b.add(t, desk.Task{Kind: kind, Key: "x", MaxAttempts: 1}, 0)
		}
		b.Wake()
		time.Sleep(time.Second)
		b.add(t, desk.Task{Kind: "ends", Key: "not begun"}, time.Second)
		b.end(t)
		l.want(t, "stopped 1s", "ended 30s")
		left := b.store.Left()
		slices.Sort(left)
		if want := []string{"ends not begun waiting", "fails x waiting", "stops x waiting"}; !slices.Equal(left, want) {
			t.Errorf("left: %q, want %q", left, want)
		}
		claimed, err := b.store.Claim(t.Context(), "next", time.Now(), time.Minute, 10)
		for _, j := range claimed {
			if j.Attempt != 1 || err != nil {
				t.Errorf("%s is at attempt %d: being stopped is no attempt", j.Kind, j.Attempt)
			}
		}
	})
}

func TestHandlerThatHangsIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog()
		b := newBench(t, &jobstest.Memory{}, jobs.Options{}, map[string]jobs.Handler{
			"k": func(ctx context.Context, _ desk.Task) error { <-ctx.Done(); l.note("ended"); return ctx.Err() },
		})
		defer b.end(t)
		b.add(t, desk.Task{Kind: "k", Key: "x", MaxAttempts: 1}, 0)
		b.Wake()
		time.Sleep(10 * time.Minute)
		l.want(t, "ended 2m0s")
		if left := b.store.Left(); !slices.Equal(left, []string{"k x dead"}) {
			t.Errorf("left: %v", left)
		}
	})
}

func TestRunnerOutlivesItsStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, m := newLog(), &jobstest.Memory{}
		b := newBench(t, m, jobs.Options{}, map[string]jobs.Handler{
			"k": func(context.Context, desk.Task) error { l.note("run"); return nil },
		})
		defer b.end(t)
		time.Sleep(500 * time.Millisecond)
		m.Break(errors.New("database is down"))
		b.add(t, desk.Task{Kind: "k", Key: "x"}, 0)
		b.Wake()
		time.Sleep(29750 * time.Millisecond)
		m.Break(nil)
		time.Sleep(2 * time.Second)
		l.want(t, "run 30.5s")
	})
}

func TestAloneThatCannotTakeUpItsJobs(t *testing.T) {
	m, down := &jobstest.Memory{}, errors.New("database is down")
	m.Break(down)
	r := jobs.NewRunner(m, jobs.Options{Workers: 1, Alone: true, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err := r.Run(t.Context()); !errors.Is(err, down) {
		t.Errorf("got %v, want the store's error", err)
	}
}

func TestRunsAreObservedAndDeadJobsRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom := errors.New("boom")
		var seen []string
		fail := true
		b := newBench(t, &jobstest.Memory{}, jobs.Options{Workers: 1, Observe: func(kind string, took time.Duration, err error) {
			seen = append(seen, fmt.Sprint(kind, " ", took, " ", err))
		}}, map[string]jobs.Handler{"k": func(context.Context, desk.Task) error {
			time.Sleep(3 * time.Second)
			if fail {
				return boom
			}
			return nil
		}})
		b.add(t, desk.Task{Kind: "k", Key: "x", MaxAttempts: 1}, 0)
		b.Wake()
		time.Sleep(time.Minute)
		dead, err := b.Dead(t.Context(), 5)
		if err != nil || len(dead) != 1 {
			t.Fatalf("dead: %v, %v", dead, err)
		}
		fail = false
		if err := b.Retry(t.Context(), dead[0].ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second) // Retry wakes the runner
		synctest.Wait()
		b.end(t)
		if want := []string{"k 3s boom", "k 3s <nil>"}; !slices.Equal(seen, want) {
			t.Errorf("observed %q, want %q", seen, want)
		}
		if err := b.Retry(t.Context(), dead[0].ID); desk.CodeOf(err) != desk.NotFound {
			t.Errorf("retry of what is done: %v", err)
		}
	})
}
