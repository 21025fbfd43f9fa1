package live_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"replydesk/app/kv"
	"replydesk/app/live"
	"replydesk/inbox/desk"
)

// recorder is a fataler for goroutines that are not the test's: it keeps the
// first fault and ends its goroutine.
type recorder struct{ fault string }

func (*recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	if r.fault == "" {
		r.fault = fmt.Sprintf(format, args...)
	}
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// leg is one connection of a traveller: it reads so many events, then leaves.
type leg struct {
	node   int
	events int
	polite bool // says goodbye instead of just hanging up
	stalls bool // reads nothing until all is written
}

// traveller is a client that comes and goes and remembers what it saw.
type traveller struct {
	recorder
	actor desk.Actor
	fresh bool // begins with 0, else with the first event's number
	legs  []leg

	from int64
	got  []int64
}

// travel goes through the legs and then stays until the event named end.
func (tr *traveller) travel(nodes []*node, started *sync.WaitGroup, written <-chan struct{}) {
	last := int64(1)
	if tr.fresh {
		last = 0
	}
	ready := sync.OnceFunc(started.Done)
	defer ready()
	for i := 0; ; i++ {
		at := leg{node: i, events: 1 << 30}
		if i < len(tr.legs) {
			at = tr.legs[i]
		}
		c := connect(tr, nodes[at.node%len(nodes)], tr.actor, last)
		if i == 0 {
			tr.from = c.last
			ready()
		}
		last = c.last
		if at.stalls {
			<-written
		}
		ended := false
		for n := 0; n < at.events && !ended; n++ {
			f, err := c.read()
			if err != nil {
				break // closed, or broken: come back
			}
			if f.Type != "event" {
				tr.Fatalf("frame %+v", f)
			}
			tr.got, last, ended = append(tr.got, f.ID), f.ID, f.Name == "end"
		}
		if at.polite {
			_ = c.ws.WriteControl(8, []byte{0x03, 0xe8}, time.Now().Add(time.Second))
		}
		c.ws.Close()
		if ended {
			return
		}
	}
}

func drawActor(t *rapid.T, id int64) desk.Actor {
	switch rapid.IntRange(0, 3).Draw(t, "role") {
	case 0:
		return desk.Actor{UserID: id, Role: desk.Admin, AllAccounts: true}
	case 1:
		return desk.Actor{UserID: id, Role: desk.Liaison, DepartmentID: rapid.Int64Range(1, 2).Draw(t, "department")}
	default:
		accounts := rapid.SliceOfNDistinct(rapid.Int64Range(1, 3), 0, 3, rapid.ID).Draw(t, "accounts")
		actor := staff(id, "")
		for account := int64(1); account <= 3; account++ {
			for _, a := range accounts {
				if a == account {
					actor.AccountIDs = append(actor.AccountIDs, a)
				}
			}
		}
		return actor
	}
}

func drawEvent(t *rapid.T, padding string) desk.Event {
	e := event("message.received")
	e.AccountID = rapid.Int64Range(1, 3).Draw(t, "account")
	for department := int64(1); department <= 2; department++ {
		if rapid.Bool().Draw(t, "of department") {
			e.Departments = append(e.Departments, department)
		}
	}
	if rapid.IntRange(0, 4).Draw(t, "ticketless") == 0 {
		e.TicketID = 0
		e.Audience = rapid.SampledFrom([]desk.Permission{"", desk.ReadTickets, desk.ManageAccounts}).Draw(t, "audience")
	}
	e.Data, _ = json.Marshal(map[string]string{"text": padding})
	return e
}

// commits is what one writer does: batches of events, each followed by waking
// a node, or none.
type commits struct {
	step    int64
	batches [][]desk.Event
	wakes   []int
}

func drawCommits(t *rapid.T) commits {
	w := commits{step: rapid.Int64Range(1, 5).Draw(t, "step")}
	padding := strings.Repeat("x", rapid.SampledFrom([]int{0, 100, 8_000}).Draw(t, "padding"))
	for range rapid.IntRange(1, 12).Draw(t, "batches") {
		batch := make([]desk.Event, 0, 20)
		for range rapid.IntRange(1, 20).Draw(t, "events") {
			batch = append(batch, drawEvent(t, padding))
		}
		w.batches = append(w.batches, batch)
		w.wakes = append(w.wakes, rapid.IntRange(-1, 2).Draw(t, "wakes"))
	}
	return w
}

func drawTravellers(t *rapid.T) []*traveller {
	all := make([]*traveller, rapid.IntRange(1, 5).Draw(t, "travellers"))
	for i := range all {
		all[i] = &traveller{actor: drawActor(t, int64(i+1)), fresh: rapid.Bool().Draw(t, "fresh")}
		for range rapid.IntRange(0, 5).Draw(t, "legs") {
			all[i].legs = append(all[i].legs, leg{
				node:   rapid.IntRange(0, 2).Draw(t, "node"),
				events: rapid.IntRange(0, 60).Draw(t, "reads"),
				polite: rapid.Bool().Draw(t, "polite"),
				stalls: rapid.IntRange(0, 4).Draw(t, "stalls") == 0,
			})
		}
	}
	return all
}

// TestEverySocketSeesEverythingOnceInOrder is the promise of this package: with
// several writers and nodes, clients that hang up, stall and fall behind, and
// hints that are sometimes not given, each client ends up with exactly the
// events its user may see, in order, each once.
func TestEverySocketSeesEverythingOnceInOrder(t *testing.T) {
	var slow uint64
	rapid.Check(t, func(t *rapid.T) {
		src, shared := &source{}, kv.NewMemory(time.Now)
		defer shared.Close()
		src.commit(1, event("message.received"))
		options := live.Options{
			Source: src, Shared: shared, Poll: 5 * time.Millisecond,
			Ring:         rapid.IntRange(1, 64).Draw(t, "ring"),
			Lag:          rapid.SampledFrom([]int64{10, 100, 0}).Draw(t, "lag"),
			WriteTimeout: rapid.SampledFrom([]time.Duration{10 * time.Millisecond, 200 * time.Millisecond}).Draw(t, "write timeout"),
			CloseTimeout: 100 * time.Millisecond,
		}
		var nodes []*node
		for range rapid.IntRange(1, 3).Draw(t, "nodes") {
			nodes = append(nodes, startNode(t, options))
		}
		travellers := drawTravellers(t)
		writers := make([]commits, rapid.IntRange(1, 4).Draw(t, "writers"))
		for i := range writers {
			writers[i] = drawCommits(t)
		}

		written := make(chan struct{})
		var started, arrived, writing sync.WaitGroup
		for _, tr := range travellers {
			started.Add(1)
			arrived.Go(func() { tr.travel(nodes, &started, written) })
		}
		started.Wait()
		for _, w := range writers {
			writing.Go(func() {
				for i, batch := range w.batches {
					src.commit(w.step, batch...)
					if w.wakes[i] >= 0 {
						nodes[w.wakes[i]%len(nodes)].hub.Wake()
					}
				}
			})
		}
		writing.Wait()
		src.commit(1, desk.Event{Name: "end"})
		close(written)
		arrived.Wait()
		for _, n := range nodes {
			slow += n.hub.Stats().Slow
			n.stop(t)
		}
		for i, tr := range travellers {
			if tr.fault != "" {
				t.Fatalf("traveller %d: %s", i, tr.fault)
			}
			expectIDs(t, fmt.Sprintf("traveller %d", i), tr.got, src.visible(tr.actor, tr.from))
		}
	})
	t.Logf("%d sockets were closed as slow on the way", slow)
}
