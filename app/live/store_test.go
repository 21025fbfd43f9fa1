package live_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"replydesk/app/kv"
	"replydesk/app/live"
	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox/desk"
)

// TestOnTheRealStore keeps the promise on both databases: events that many
// transactions record at the same time, some of which fail, reach clients that
// come and go on two nodes.
func TestOnTheRealStore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		record(t, db, event("message.received"))
		shared := kv.NewMemory(time.Now)
		defer shared.Close()
		options := live.Options{Source: db, Shared: shared, Poll: 20 * time.Millisecond, Ring: 100, CloseTimeout: 100 * time.Millisecond}
		nodes := []*node{startNode(t, options), startNode(t, options)}
		db.OnCommit(func(c store.Commit) {
			if c.Events {
				nodes[0].hub.Wake() // the other is hinted at
			}
		})
		var travellers []*traveller
		for i := range 8 {
			tr := &traveller{actor: staff(int64(i), "", 1, int64(2+i%2)), fresh: i%2 == 0}
			for n := range i {
				tr.legs = append(tr.legs, leg{node: n + i, events: 7 * n, polite: n%2 == 0, stalls: n == 5})
			}
			travellers = append(travellers, tr)
		}

		written := make(chan struct{})
		var started, arrived, writing sync.WaitGroup
		for _, tr := range travellers {
			started.Add(1)
			arrived.Go(func() { tr.travel(nodes, &started, written) })
		}
		started.Wait()
		for w := range 8 {
			writing.Go(func() { write(t, db, w) })
		}
		writing.Wait()
		record(t, db, desk.Event{Name: "end", At: time.Now(), Data: []byte("{}")})
		close(written)
		arrived.Wait()
		for _, n := range nodes {
			n.stop(t)
		}
		for i, tr := range travellers {
			if tr.fault != "" {
				t.Fatalf("traveller %d: %s", i, tr.fault)
			}
			expectIDs(t, fmt.Sprintf("traveller %d", i), tr.got, stored(t, db, tr.actor, tr.from))
		}
	})
}

// write records 1 to 5 events in each of 40 transactions, every ninth of which
// is rolled back.
func write(t *testing.T, db *store.DB, writer int) {
	undone := errors.New("rolled back")
	for i := range 40 {
		err := db.Atomic(t.Context(), func(tx *store.Tx) error {
			for n := range 1 + (i+writer)%5 {
				e := event("message.received")
				e.AccountID = int64(1 + (i+n+writer)%4)
				if err := tx.Record(t.Context(), e); err != nil {
					return err
				}
			}
			if (i+writer)%9 == 0 {
				return undone
			}
			return nil
		})
		if err != nil && !errors.Is(err, undone) {
			t.Error(err)
		}
	}
}

func record(t *testing.T, db *store.DB, e desk.Event) {
	t.Helper()
	if err := db.Atomic(t.Context(), func(tx *store.Tx) error { return tx.Record(t.Context(), e) }); err != nil {
		t.Fatal(err)
	}
}

// stored is what the actor may see of the events after a number.
func stored(t *testing.T, db *store.DB, actor desk.Actor, after int64) []int64 {
	t.Helper()
	all, err := db.EventsAfter(context.WithoutCancel(t.Context()), after, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, e := range all {
		if actor.SeesEvent(e) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}
