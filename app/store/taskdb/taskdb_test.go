package taskdb_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"replydesk/app/jobs"
	"replydesk/app/jobs/jobstest"
	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/app/store/taskdb"
	"replydesk/inbox/desk"
)

// backend is the Store with the transactions that enqueue into it.
type backend struct {
	*taskdb.Store
	db *store.DB
}

func (b backend) Enqueue(ctx context.Context, t desk.Task) error {
	return b.db.Atomic(ctx, func(tx *store.Tx) error { return tx.Enqueue(ctx, t) })
}

func open(t *testing.T, url string) backend {
	t.Helper()
	db := storetest.Open(t, url, t.TempDir())
	return backend{taskdb.New(db), db}
}

func TestStore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		jobstest.Exercise(t, func(t *testing.T) jobstest.Backend { return open(t, "") })
	})
	t.Run("postgres", func(t *testing.T) {
		jobstest.Exercise(t, func(t *testing.T) jobstest.Backend { return open(t, storetest.PostgresURL(t)) })
	})
}

// A task is only enqueued when its transaction commits.
func TestEnqueueBelongsToItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		_ = db.Atomic(ctx, func(tx *store.Tx) error {
			if err := tx.Enqueue(ctx, desk.Task{Kind: "k", Key: "x"}); err != nil {
				t.Error(err)
			}
			return context.Canceled
		})
		if next, err := taskdb.New(db).Next(ctx); err != nil || !next.IsZero() {
			t.Errorf("next at %v, %v; want nothing", next, err)
		}
	})
}

// Two processes run the jobs of one database: each job runs once, and what is
// enqueued while it runs runs once more.
func TestTwoRunnersRunEachJobOnce(t *testing.T) {
	const count = 150
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := backend{taskdb.New(db), db}
		var mu sync.Mutex
		ran := map[string]int{}
		all := make(chan struct{})
		handler := func(_ context.Context, task desk.Task) error {
			mu.Lock()
			defer mu.Unlock()
			ran[task.Key]++
			if len(ran) == count {
				select {
				case <-all:
				default:
					close(all)
				}
			}
			return nil
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		var runners sync.WaitGroup
		var both []*jobs.Runner
		for range 2 {
			r := jobs.NewRunner(b, jobs.Options{Workers: 4, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
			r.Handle("k", handler)
			both = append(both, r)
			runners.Go(func() {
				if err := r.Run(ctx); err != nil {
					t.Errorf("run: %v", err)
				}
			})
		}
		for i := range count {
			if err := b.Enqueue(ctx, desk.Task{Kind: "k", Key: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
			both[i%2].Wake()
		}
		select {
		case <-all:
		case <-ctx.Done():
		}
		stop()
		runners.Wait()
		if len(ran) != count {
			t.Errorf("%d of %d jobs ran", len(ran), count)
		}
		for key, n := range ran {
			if n != 1 {
				t.Errorf("job %s ran %d times", key, n)
			}
		}
	})
}

// Who looks after dead work is told of a task that died, once, and of none that
// goes on.
func TestDyingIsTold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, s, now := t.Context(), taskdb.New(db), time.Now()
		b := backend{s, db}
		for range 2 {
			if err := b.Enqueue(ctx, desk.Task{Kind: "k", Key: "x"}); err != nil {
				t.Fatal(err)
			}
			claimed, err := s.Claim(ctx, "o", now.Add(time.Second), time.Minute, 1)
			if err != nil || len(claimed) != 1 {
				t.Fatalf("claimed %v, %v", claimed, err)
			}
			if err := s.Die(ctx, "another", claimed[0].ID, now, "not its owner"); err != nil {
				t.Fatal(err)
			}
			if err := s.Die(ctx, "o", claimed[0].ID, now, "broken"); err != nil {
				t.Fatal(err)
			}
		}
		events, err := db.EventsAfter(ctx, 0, 10)
		if err != nil || len(events) != 2 || events[0].Name != jobs.TaskDied || events[0].Audience != desk.ManageDeadWork {
			t.Errorf("events = %+v, %v; want one for each task that died, for those who look after them", events, err)
		}
	})
}
