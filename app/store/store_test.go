package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox/desk"
)

func insert(ctx context.Context, name string, value int) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO counters (name, value) VALUES ($1, $2)`, name, value)
		return err
	}
}

func counters(t *testing.T, db *store.DB) int {
	t.Helper()
	var n int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM counters`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAtomicUndoesOnlyWhatFailed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		boom := errors.New("boom")
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				err := db.Atomic(ctx, func(tx *store.Tx) error {
					if err := insert(ctx, "n"+string(rune('0'+i%10))+string(rune('0'+i/10%10))+string(rune('0'+i/100)), i)(tx); err != nil {
						return err
					}
					if i%4 == 0 {
						return boom
					}
					return nil
				})
				if (i%4 == 0) != errors.Is(err, boom) {
					t.Errorf("call %d: got %v", i, err)
				}
			})
		}
		wg.Wait()
		if got := counters(t, db); got != 150 {
			t.Errorf("rows = %d, want the 150 of the calls that did not fail", got)
		}
	})
}

func TestAtomicPanicLeavesOthersAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the caller must see the panic")
				}
			}()
			_ = db.Atomic(ctx, func(tx *store.Tx) error {
				_ = insert(ctx, "a", 1)(tx)
				panic("mistake")
			})
		}()
		if err := db.Atomic(ctx, insert(ctx, "b", 1)); err != nil {
			t.Fatal(err)
		}
		if got := counters(t, db); got != 1 {
			t.Errorf("rows = %d, want only the one after the panic", got)
		}
	})
}

func TestAtomicCancelledCallerChangesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := db.Atomic(ctx, insert(ctx, "a", 1)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		if got := counters(t, db); got != 0 {
			t.Errorf("rows = %d, want 0", got)
		}
	})
}

func TestTranslate(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.Atomic(ctx, insert(ctx, "a", 1)); err != nil {
			t.Fatal(err)
		}
		err := store.Translate(db.Atomic(ctx, insert(ctx, "a", 2)))
		if desk.CodeOf(err) != desk.Conflict {
			t.Errorf("unique index: got %v, want conflict", err)
		}
		var v int
		err = store.Translate(db.QueryRow(ctx, `SELECT value FROM counters WHERE name = $1`, "none").Scan(&v))
		if desk.CodeOf(err) != desk.NotFound {
			t.Errorf("no row: got %v, want not_found", err)
		}
	})
}

// A reader that follows the head must meet every event once, in order, while
// many write: the promise the live sockets stand on.
func TestEventsAreNumberedInCommitOrder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const writers, each = 8, 40
		ctx := t.Context()
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for range each {
					err := db.Atomic(ctx, func(tx *store.Tx) error {
						return tx.Record(ctx, desk.Event{Name: "test.happened", ActorID: int64(w + 1), At: time.Now()},
							desk.Event{Name: "test.followed", ActorID: int64(w + 1), At: time.Now()})
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		finished := make(chan struct{})
		go func() { wg.Wait(); close(finished) }()

		seen, after := 0, int64(0)
		for last := false; ; {
			events, err := db.EventsAfter(ctx, after, 50)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				if e.ID <= after {
					t.Fatalf("event %d after %d", e.ID, after)
				}
				after = e.ID
				seen++
			}
			if len(events) > 0 {
				continue
			}
			if last {
				break
			}
			select {
			case <-finished:
				last = true
			default:
			}
		}
		if want := writers * each * 2; seen != want {
			t.Errorf("a following reader saw %d events, want %d", seen, want)
		}
		if head, err := db.Head(ctx); err != nil || head != after {
			t.Errorf("head = %d, %v, want %d", head, err, after)
		}
	})
}

func TestCommitListenersHearOfEventsAndTasks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		heard := make(chan store.Commit, 4)
		db.OnCommit(func(c store.Commit) { heard <- c })
		due := time.UnixMilli(1764000000000).UTC()
		if err := db.Atomic(ctx, insert(ctx, "silent", 1)); err != nil {
			t.Fatal(err)
		}
		err := db.Atomic(ctx, func(tx *store.Tx) error {
			if err := tx.Enqueue(ctx, desk.Task{Kind: "k", Key: "1", RunAt: due.Add(time.Hour)}); err != nil {
				return err
			}
			return errors.Join(tx.Enqueue(ctx, desk.Task{Kind: "k", Key: "2", RunAt: due}),
				tx.Record(ctx, desk.Event{Name: "test.happened", At: due}))
		})
		if err != nil {
			t.Fatal(err)
		}
		got := <-heard
		if !got.Events || !got.Tasks || !got.RunAt.Equal(due) {
			t.Errorf("heard %+v, want events and tasks from %v", got, due)
		}
		if len(heard) != 0 {
			t.Error("a commit without events or tasks must not be announced")
		}
	})
}

func TestReopenKeepsDataAndNewerIsRefused(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url, dataDir string) {
		ctx := t.Context()
		open := func() (*store.DB, error) {
			return store.Open(ctx, url, dataDir, storetest.AuditKey(), slog.New(slog.DiscardHandler))
		}
		db, err := open()
		if err != nil {
			t.Fatal(err)
		}
		err = errors.Join(db.Atomic(ctx, insert(ctx, "kept", 7)), db.Close())
		if err != nil {
			t.Fatal(err)
		}
		if db, err = open(); err != nil {
			t.Fatal(err)
		}
		if got := counters(t, db); got != 1 {
			t.Errorf("rows after reopening = %d, want 1", got)
		}
		err = db.Atomic(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO migrations (number, name, applied_at) VALUES ($1, $2, $3)`, 9999, "future", 1)
			return err
		})
		if err = errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		if _, err = open(); !errors.Is(err, store.ErrNewer) {
			t.Errorf("open of a newer database: got %v, want ErrNewer", err)
		}
	})
}

func TestAtomicAfterCloseFails(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url, dataDir string) {
		db, err := store.Open(t.Context(), url, dataDir, storetest.AuditKey(), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := db.Atomic(t.Context(), insert(t.Context(), "late", 1)); err == nil {
			t.Error("a write after Close must fail")
		}
	})
}

// More texts than are kept, read and written at once: none is lost under a
// caller.
func TestManyStatements(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for i := range 150 {
					text := fmt.Sprintf(`SELECT %d`, w*1000+i)
					var got int
					if err := db.QueryRow(ctx, text).Scan(&got); err != nil || got != w*1000+i {
						t.Errorf("%s = %d, %v", text, got, err)
					}
					err := db.Atomic(ctx, func(tx *store.Tx) error { return tx.QueryRow(ctx, text).Scan(&got) })
					if err != nil || got != w*1000+i {
						t.Errorf("%s in a transaction = %d, %v", text, got, err)
					}
				}
			})
		}
		wg.Wait()
	})
}
