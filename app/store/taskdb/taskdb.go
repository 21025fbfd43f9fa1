// Package taskdb is the job runner's Store: claiming, finishing and reviving
// the rows of the jobs table that every tree's transactions enqueue into.
package taskdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"time"

	"replydesk/app/jobs"
	"replydesk/app/store"
	"replydesk/inbox/desk"
)

// Store implements jobs.Store.
type Store struct{ db *store.DB }

var _ jobs.Store = (*Store)(nil)

// New returns the Store on db.
func New(db *store.DB) *Store { return &Store{db} }

// Claim implements jobs.Store. The condition on state is repeated outside the
// choice, so that of two nodes that chose the same row only one gets it.
func (s *Store) Claim(ctx context.Context, owner string, now time.Time, lease time.Duration, limit int) ([]jobs.Job, error) {
	var claimed []jobs.Job
	err := s.db.Atomic(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(ctx, `
			UPDATE jobs SET state = 'running', lease_owner = $1, lease_until = $2, attempts = attempts + 1, updated_at = $3
			WHERE state = 'waiting' AND id IN
				(SELECT id FROM jobs WHERE state = 'waiting' AND run_at <= $3 ORDER BY run_at, id LIMIT $4)
			RETURNING id, kind, key, payload, attempts, max_attempts`,
			owner, store.Millis(now.Add(lease)), store.Millis(now), limit)
		claimed, err = store.Collect(rows, err, func(r *sql.Rows) (jobs.Job, error) {
			var j jobs.Job
			var payload string
			err := r.Scan(&j.ID, &j.Kind, &j.Key, &payload, &j.Attempt, &j.MaxAttempts)
			if payload != "" {
				j.Payload = json.RawMessage(payload)
			}
			return j, err
		})
		return err
	})
	return claimed, err
}

// Extend implements jobs.Store.
func (s *Store) Extend(ctx context.Context, owner string, until time.Time) error {
	return s.exec(ctx, `UPDATE jobs SET lease_until = $2 WHERE lease_owner = $1 AND state = 'running'`, owner, store.Millis(until))
}

// Done implements jobs.Store. A job that was enqueued again while it ran waits
// once more instead.
func (s *Store) Done(ctx context.Context, owner string, id int64, now time.Time) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE jobs SET state = 'waiting', again = 0, attempts = 0, run_at = $3, lease_owner = '', lease_until = 0,
			last_error = '', updated_at = $3 WHERE id = $1 AND lease_owner = $2 AND state = 'running' AND again = 1`, id, owner, store.Millis(now))
		if err != nil || n > 0 {
			return err
		}
		// The outcome of finished work stands where the work was done; the row
		// has nothing more to tell.
		_, err = tx.Exec(ctx, `DELETE FROM jobs WHERE id = $1 AND lease_owner = $2 AND state = 'running'`, id, owner)
		return err
	})
}

// Again implements jobs.Store.
func (s *Store) Again(ctx context.Context, owner string, id int64, at time.Time, reason string, countAttempt bool) error {
	back := int64(1)
	if countAttempt {
		back = 0
	}
	return s.exec(ctx, `UPDATE jobs SET state = 'waiting', again = 0, attempts = attempts - $4, run_at = $3, lease_owner = '', lease_until = 0,
		last_error = $5 WHERE id = $1 AND lease_owner = $2 AND state = 'running'`, id, owner, store.Millis(at), back, reason)
}

// Die implements jobs.Store. A job that was enqueued again while it ran waits
// once more instead: that work has had no attempt yet.
func (s *Store) Die(ctx context.Context, owner string, id int64, now time.Time, reason string) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE jobs SET state = 'waiting', again = 0, attempts = 0, run_at = $3, lease_owner = '', lease_until = 0,
			last_error = $4, updated_at = $3 WHERE id = $1 AND lease_owner = $2 AND state = 'running' AND again = 1`, id, owner, store.Millis(now), reason)
		if err != nil || n > 0 {
			return err
		}
		n, err = tx.Exec(ctx, `UPDATE jobs SET state = 'dead', lease_owner = '', lease_until = 0, last_error = $4, updated_at = $3
			WHERE id = $1 AND lease_owner = $2 AND state = 'running'`, id, owner, store.Millis(now), reason)
		if err != nil || n == 0 {
			return err
		}
		e := desk.NewEvent(jobs.TaskDied, now, map[string]any{"task_id": strconv.FormatInt(id, 10)})
		e.Audience = desk.ManageDeadWork
		return tx.Record(ctx, e)
	})
}

// Release implements jobs.Store.
func (s *Store) Release(ctx context.Context, now time.Time, all bool) (int64, error) {
	var n int64
	err := s.db.Atomic(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.Exec(ctx, `UPDATE jobs SET state = 'waiting', again = 0, lease_owner = '', lease_until = 0, run_at = $1
			WHERE state = 'running' AND (lease_until <= $1 OR $2 = 1)`, store.Millis(now), store.Bool(all))
		return err
	})
	return n, err
}

// Next implements jobs.Store.
func (s *Store) Next(ctx context.Context) (time.Time, error) {
	var waiting, leased int64
	err := s.db.QueryRow(ctx, `SELECT
		coalesce((SELECT run_at FROM jobs WHERE state = 'waiting' ORDER BY run_at LIMIT 1), 0),
		coalesce((SELECT lease_until FROM jobs WHERE state = 'running' ORDER BY lease_until LIMIT 1), 0)`).Scan(&waiting, &leased)
	if waiting == 0 || leased != 0 && leased < waiting {
		waiting = leased
	}
	return store.Time(waiting), err
}

// Dead implements jobs.Store.
func (s *Store) Dead(ctx context.Context, limit int) ([]jobs.Dead, error) {
	rows, err := s.db.Query(ctx, `SELECT id, kind, key, attempts, last_error, updated_at FROM jobs WHERE state = 'dead' ORDER BY id DESC LIMIT $1`, limit)
	return store.Collect(rows, err, func(r *sql.Rows) (jobs.Dead, error) {
		var d jobs.Dead
		var at int64
		err := r.Scan(&d.ID, &d.Kind, &d.Key, &d.Attempts, &d.LastError, &at)
		d.At = store.Time(at)
		return d, err
	})
}

// Retry implements jobs.Store.
func (s *Store) Retry(ctx context.Context, id int64, now time.Time) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		var task desk.Task
		var payload string
		err := tx.QueryRow(ctx, `DELETE FROM jobs WHERE id = $1 AND state = 'dead' RETURNING kind, key, payload, max_attempts`, id).
			Scan(&task.Kind, &task.Key, &payload, &task.MaxAttempts)
		if err != nil {
			return store.Translate(err)
		}
		if payload != "" {
			task.Payload = json.RawMessage(payload)
		}
		task.RunAt = now
		return tx.Enqueue(ctx, task)
	})
}

func (s *Store) exec(ctx context.Context, query string, args ...any) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	})
}
