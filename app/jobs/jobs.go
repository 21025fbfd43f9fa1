// Package jobs runs the work that transactions enqueue, and the periodic
// passes. A job is leased, run by the handler of its kind, and finished, tried
// again with back-off, or left dead for a person to see. What runs is the
// handlers' matter; when, how often and how it stops is here.
package jobs

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"replydesk/inbox/desk"
)

// Times of the runner.
const (
	// lease is how long a job is its runner's after a sign of life.
	lease = 20 * time.Second
	// heartbeat is how often a living runner extends its leases.
	heartbeat = 5 * time.Second
	// look is how long the runner sleeps at most: the safety net for work that
	// another process enqueued.
	look = time.Second
	// maxRun ends a handler that hangs; every handler's own time-outs are
	// shorter.
	maxRun = 2 * time.Minute
	// storeTimeout bounds one call to the store.
	storeTimeout = 15 * time.Second
)

// defaultAttempts is how often a job of an ordinary kind is tried.
const defaultAttempts = 12

// Job is a claimed job.
type Job struct {
	desk.Task
	ID      int64
	Attempt int
}

// TaskDied is the event of a job that died.
const TaskDied = "task.died"

// Dead is a job that will not be tried again by itself.
type Dead struct {
	ID        int64
	Kind, Key string
	Attempts  int
	LastError string
	At        time.Time
}

// Store keeps the jobs. Claimed jobs belong to an owner until their lease ends;
// finishing one that belongs to another changes nothing.
type Store interface {
	Claim(ctx context.Context, owner string, now time.Time, lease time.Duration, limit int) ([]Job, error)
	Extend(ctx context.Context, owner string, until time.Time) error
	Done(ctx context.Context, owner string, id int64, now time.Time) error
	// Again lets the job wait until at. countAttempt false gives the attempt
	// back: the job is not failing, it was told to wait.
	Again(ctx context.Context, owner string, id int64, at time.Time, reason string, countAttempt bool) error
	// Die ends the job and records TaskDied.
	Die(ctx context.Context, owner string, id int64, now time.Time, reason string) error
	// Release lets jobs wait again whose lease ended (or all that run), and
	// counts them.
	Release(ctx context.Context, now time.Time, all bool) (int64, error)
	// Next is when the earliest waiting job wants to run or the earliest lease
	// ends, zero for neither.
	Next(ctx context.Context) (time.Time, error)
	Dead(ctx context.Context, limit int) ([]Dead, error)
	Retry(ctx context.Context, id int64, now time.Time) error
}

// Handler runs a task. It may be run twice for the same task, so it does
// nothing the second time. An error that has RetryAfter() asks to wait that
// long; an Invalid desk.Error makes the job dead at once; any other error is
// tried again.
type Handler func(ctx context.Context, t desk.Task) error

// Options of a Runner.
type Options struct {
	Workers int // how many jobs run at once
	// Alone says that no other process runs jobs of this database: what is
	// leased when Run begins was left by a crash and waits again at once.
	Alone bool
	Now   func() time.Time
	Log   *slog.Logger
	// Observe is told of every run, for metrics; nil for none.
	Observe func(kind string, took time.Duration, err error)
}

// Runner runs jobs. Handle every kind, then Run.
type Runner struct {
	store    Store
	o        Options
	owner    string
	handlers map[string]Handler
	wake     chan struct{}
}

// NewRunner returns a Runner with no handlers.
func NewRunner(store Store, o Options) *Runner {
	id := make([]byte, 8)
	_, _ = rand.Read(id)
	return &Runner{store: store, o: o, owner: hex.EncodeToString(id), handlers: map[string]Handler{}, wake: make(chan struct{}, 1)}
}

// Handle sets the handler of a kind; before Run only.
func (r *Runner) Handle(kind string, h Handler) { r.handlers[kind] = h }

// Wake tells the runner that work may have become due. It never blocks.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run runs jobs until ctx ends, then waits for those that run.
func (r *Runner) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, r.o.Workers)
	stop := make(chan struct{})
	defer close(stop)
	go r.keepLeases(context.WithoutCancel(ctx), stop, &running)

	if r.o.Alone {
		if err := r.release(ctx, true); err != nil {
			return fmt.Errorf("take up the jobs of the last run: %w", err)
		}
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-timer.C:
		}
		if ctx.Err() != nil { // told to stop and woken at once: nothing new begins
			return nil
		}
		pause, err := r.turn(ctx, slots, &running)
		if err != nil && ctx.Err() == nil {
			r.o.Log.Error("claiming jobs failed", "err", err)
			pause = look
		}
		timer.Reset(pause)
	}
}

// turn starts what is due and returns how long to sleep afterwards. It writes
// only when there is something to do.
func (r *Runner) turn(ctx context.Context, slots chan struct{}, running *sync.WaitGroup) (time.Duration, error) {
	next, err := r.store.Next(ctx)
	if err != nil || next.IsZero() {
		return look, err
	}
	if wait := next.Sub(r.o.Now()); wait > 0 {
		return min(wait, look), nil
	}
	if err := r.release(ctx, false); err != nil {
		return look, err
	}
	full, err := r.claim(ctx, slots, running)
	if err != nil || full { // a worker that ends wakes the runner
		return look, err
	}
	return 0, nil
}

func (r *Runner) release(ctx context.Context, all bool) error {
	n, err := r.store.Release(ctx, r.o.Now(), all)
	if err == nil && n > 0 {
		r.o.Log.Warn("jobs of a runner that died wait again", "jobs", n)
	}
	return err
}

// claim starts as many due jobs as there are free workers; full tells that
// none is left.
func (r *Runner) claim(ctx context.Context, slots chan struct{}, running *sync.WaitGroup) (full bool, err error) {
	free := cap(slots) - len(slots)
	if free == 0 {
		return true, nil
	}
	claimed, err := r.store.Claim(ctx, r.owner, r.o.Now(), lease, free)
	if err != nil {
		return false, err
	}
	for _, j := range claimed {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots; r.Wake() }()
			r.run(ctx, j)
		})
	}
	return len(claimed) == free, nil
}

// keepLeases extends the leases of what runs until everything has ended.
func (r *Runner) keepLeases(ctx context.Context, stop <-chan struct{}, running *sync.WaitGroup) {
	ended := make(chan struct{})
	go func() { <-stop; running.Wait(); close(ended) }()
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-ended:
			return
		case <-beat.C:
			ctx, cancel := context.WithTimeout(ctx, heartbeat) // one that hangs must not eat the lease
			if err := r.store.Extend(ctx, r.owner, r.o.Now().Add(lease)); err != nil {
				r.o.Log.Error("extending leases failed", "err", err)
			}
			cancel()
		}
	}
}

func (r *Runner) run(ctx context.Context, j Job) {
	began := r.o.Now()
	err := r.handle(ctx, j)
	if r.o.Observe != nil {
		r.o.Observe(j.Kind, r.o.Now().Sub(began), err)
	}
	// The result is stored even when the desk is stopping.
	store, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := r.settle(store, ctx, j, err); err != nil {
		r.o.Log.Error("storing the result of a job failed", "task", j.Kind, "key", j.Key, "err", err)
	}
}

func (r *Runner) settle(store, ctx context.Context, j Job, err error) error {
	now := r.o.Now()
	var wait interface{ RetryAfter() time.Duration }
	switch {
	case err == nil:
		return r.store.Done(store, r.owner, j.ID, now)
	case errors.As(err, &wait):
		return r.store.Again(store, r.owner, j.ID, now.Add(wait.RetryAfter()), err.Error(), false)
	case ctx.Err() != nil: // stopped, not failed
		return r.store.Again(store, r.owner, j.ID, now, "", false)
	}
	log := r.o.Log.With("task", j.Kind, "key", j.Key, "attempt", j.Attempt, "err", err)
	if desk.CodeOf(err) == desk.Invalid || j.Attempt >= attempts(j.MaxAttempts) {
		log.Error("job is dead")
		return r.store.Die(store, r.owner, j.ID, now, err.Error())
	}
	log.Warn("job failed, trying again")
	return r.store.Again(store, r.owner, j.ID, now.Add(Backoff(j.Attempt, mathrand.Float64())), err.Error(), true)
}

func (r *Runner) handle(ctx context.Context, j Job) (err error) {
	h, ok := r.handlers[j.Kind]
	if !ok {
		return desk.Errorf(desk.Invalid, "no handler for tasks of kind %q", j.Kind)
	}
	ctx, cancel := context.WithTimeout(ctx, maxRun)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			r.o.Log.Error("handler panicked", "task", j.Kind, "key", j.Key, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return h(ctx, j.Task)
}

func attempts(asked int) int {
	if asked > 0 {
		return asked
	}
	return defaultAttempts
}

// Backoff is how long a job waits after its attempt failed: 1 s doubling to
// 10 min, with up to a quarter of jitter on top. random is in 0..1.
func Backoff(attempt int, random float64) time.Duration {
	d := min(time.Second<<min(max(attempt-1, 0), 12), 10*time.Minute)
	return d + time.Duration(float64(d)/4*random)
}

// Dead lists dead jobs, newest first.
func (r *Runner) Dead(ctx context.Context, limit int) ([]Dead, error) {
	return r.store.Dead(ctx, limit)
}

// Retry lets a dead job run again.
func (r *Runner) Retry(ctx context.Context, id int64) error {
	err := r.store.Retry(ctx, id, r.o.Now())
	r.Wake()
	return err
}
