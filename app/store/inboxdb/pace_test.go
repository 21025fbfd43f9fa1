package inboxdb

import (
	"context"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox/desk"
)

func TestPassesGiveWayWhileMuchHappens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		happen := func(n int) {
			t.Helper()
			err := db.Atomic(t.Context(), func(tx *store.Tx) error {
				for range n {
					if err := tx.Record(t.Context(), desk.NewEvent("test.happened", now, nil)); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		var p pace
		steps := 0
		// pass looks so long after the last time, when it has followed all but
		// behind events, and returns how long it wants to wait.
		pass := func(later time.Duration, behind int64) time.Duration {
			t.Helper()
			now = now.Add(later)
			next, err := p.step(t.Context(), db, now, func(ctx context.Context) (int64, bool, error) {
				steps++
				head, err := db.Head(ctx)
				return head - behind, true, err
			})
			if err != nil {
				t.Fatal(err)
			}
			return next.Sub(now)
		}
		happen(300)
		if wait := pass(0, 0); wait > 10*time.Millisecond {
			t.Errorf("after a start it waits %v", wait)
		}
		happen(40)
		if wait := pass(50*time.Millisecond, 0); wait > 10*time.Millisecond {
			t.Errorf("after a handful of events at once it waits %v", wait)
		}
		happen(400)
		if wait := pass(time.Second, 0); wait > 10*time.Millisecond {
			t.Errorf("after 400 events in a second it waits %v", wait)
		}
		happen(700)
		if wait := pass(time.Second, 0); wait != gather {
			t.Errorf("after 700 events in a second it waits %v", wait)
		}
		before := steps
		if wait := pass(gather/2, 0); wait != gather/2 || steps != before {
			t.Errorf("half way through its rest it took %d steps and waits %v", steps-before, wait)
		}
		happen(2 * int(gather/time.Second) * much)
		if wait := pass(gather/2, stepEvents); wait >= gather {
			t.Errorf("with much to catch up on it waits %v", wait)
		}
		happen(10)
		if wait := pass(time.Minute, 0); wait > 10*time.Millisecond {
			t.Errorf("when the rush is over it waits %v", wait)
		}
	})
}
