// Package jobstest is what tests of the job runner stand on: the suite every
// jobs.Store must pass, and a Store in memory that passes it, for tests whose
// clock is not the wall's.
package jobstest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"replydesk/app/jobs"
	"replydesk/inbox/desk"
)

// Memory is a jobs.Store in memory.
type Memory struct {
	mu   sync.Mutex
	last int64
	rows []*row
	fail error // what every call returns, nil when the store works
}

type row struct {
	jobs.Job
	state     string // waiting, running, dead
	runAt     time.Time
	owner     string
	lease     time.Time
	again     bool
	lastError string
	at        time.Time
}

var _ jobs.Store = (*Memory)(nil)

// Enqueue adds a task as a transaction of the store would; RunAt must be set.
func (m *Memory) Enqueue(_ context.Context, t desk.Task) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.enqueue(t)
	return nil
}

func (m *Memory) enqueue(t desk.Task) {
	for _, r := range m.rows {
		if r.Kind == t.Kind && r.Key == t.Key && r.state != "dead" {
			r.again = r.again || r.state == "running"
			return
		}
	}
	m.last++
	m.rows = append(m.rows, &row{Job: jobs.Job{Task: t, ID: m.last}, state: "waiting", runAt: t.RunAt})
}

// Break makes every call fail with err until it is called with nil.
func (m *Memory) Break(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// Left are the jobs that are not done, as "kind key state".
func (m *Memory) Left() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var left []string
	for _, r := range m.rows {
		left = append(left, r.Kind+" "+r.Key+" "+r.state)
	}
	return left
}

// change runs f on the job if it runs for the owner.
func (m *Memory) change(owner string, id int64, f func(r *row)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.rows, func(r *row) bool { return r.ID == id && r.state == "running" && r.owner == owner })
	if i >= 0 && m.fail == nil {
		f(m.rows[i])
	}
	return m.fail
}

func (r *row) wait(at time.Time) {
	r.state, r.runAt, r.owner, r.lease, r.again = "waiting", at, "", time.Time{}, false
}

// Claim implements jobs.Store.
func (m *Memory) Claim(_ context.Context, owner string, now time.Time, lease time.Duration, limit int) ([]jobs.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	due := slices.DeleteFunc(slices.Clone(m.rows), func(r *row) bool { return r.state != "waiting" || r.runAt.After(now) })
	slices.SortFunc(due, func(a, b *row) int { return cmp.Or(a.runAt.Compare(b.runAt), cmp.Compare(a.ID, b.ID)) })
	var claimed []jobs.Job
	for _, r := range due[:min(limit, len(due))] {
		if m.fail == nil {
			r.state, r.owner, r.lease = "running", owner, now.Add(lease)
			r.Attempt++
			j := r.Job
			j.RunAt = time.Time{} // a claimed job does not tell when it was to run
			claimed = append(claimed, j)
		}
	}
	return claimed, m.fail
}

// Extend implements jobs.Store.
func (m *Memory) Extend(_ context.Context, owner string, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if r.state == "running" && r.owner == owner && m.fail == nil {
			r.lease = until
		}
	}
	return m.fail
}

// Done implements jobs.Store.
func (m *Memory) Done(_ context.Context, owner string, id int64, now time.Time) error {
	return m.change(owner, id, func(done *row) {
		if done.again {
			done.wait(now)
			done.Attempt = 0
			return
		}
		m.rows = slices.DeleteFunc(m.rows, func(r *row) bool { return r == done })
	})
}

// Again implements jobs.Store.
func (m *Memory) Again(_ context.Context, owner string, id int64, at time.Time, reason string, countAttempt bool) error {
	return m.change(owner, id, func(r *row) {
		r.wait(at)
		r.lastError = reason
		if !countAttempt {
			r.Attempt--
		}
	})
}

// Die implements jobs.Store.
func (m *Memory) Die(_ context.Context, owner string, id int64, now time.Time, reason string) error {
	return m.change(owner, id, func(r *row) {
		again := r.again
		r.wait(now)
		r.lastError, r.at = reason, now
		if again {
			r.Attempt = 0
			return
		}
		r.state = "dead"
	})
}

// Release implements jobs.Store.
func (m *Memory) Release(_ context.Context, now time.Time, all bool) (n int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		if r.state == "running" && (all || !r.lease.After(now)) && m.fail == nil {
			r.wait(now)
			n++
		}
	}
	return n, m.fail
}

// Next implements jobs.Store.
func (m *Memory) Next(context.Context) (next time.Time, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.rows {
		at := map[string]time.Time{"waiting": r.runAt, "running": r.lease}[r.state]
		if r.state != "dead" && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, m.fail
}

// Dead implements jobs.Store.
func (m *Memory) Dead(_ context.Context, limit int) (dead []jobs.Dead, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range slices.Backward(m.rows) {
		if r.state == "dead" && len(dead) < limit {
			dead = append(dead, jobs.Dead{ID: r.ID, Kind: r.Kind, Key: r.Key, Attempts: r.Attempt, LastError: r.lastError, At: r.at})
		}
	}
	return dead, m.fail
}

// Retry implements jobs.Store.
func (m *Memory) Retry(_ context.Context, id int64, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := slices.IndexFunc(m.rows, func(r *row) bool { return r.ID == id && r.state == "dead" })
	if i < 0 {
		return desk.Errorf(desk.NotFound, "no dead job %d", id)
	}
	t := m.rows[i].Task
	m.rows = slices.Delete(m.rows, i, i+1)
	t.RunAt = now
	m.enqueue(t)
	return nil
}
