// Package kvtest is the suite that every kv.Store must pass.
package kvtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"replydesk/app/kv"
	"replydesk/inbox/desk"
)

// tick is one unit of time of the suite: long enough for a round trip to a
// server whose clock cannot be moved, short enough to wait for.
const tick = 40 * time.Millisecond

// Exercise runs the suite. open returns a fresh client of the store; two
// clients share what they store when shared is true. pass lets d go by on the
// clock of the store: a twin in memory moves its clock, a server's must be
// waited for.
func Exercise(t *testing.T, shared bool, open func(t *testing.T) kv.Store, pass func(d time.Duration)) {
	s := suite{open: open, pass: pass, shared: shared}
	for name, test := range map[string]func(*testing.T){
		"values":                 s.values,
		"values expire":          s.valuesExpire,
		"claims":                 s.claims,
		"claims run out":         s.claimsRunOut,
		"turns":                  s.turns,
		"turns under contention": s.turnsUnderContention,
		"locks":                  s.locks,
		"locks run out":          s.locksRunOut,
		"sets":                   s.sets,
		"sets are bounded":       s.setsAreBounded,
		"hints":                  s.hints,
		"hints end":              s.hintsEnd,
		"a full hint queue":      s.fullHintQueue,
		"an ended context":       s.endedContext,
	} {
		t.Run(name, test)
	}
	if shared {
		t.Run("two clients", s.twoClients)
	}
}

type suite struct {
	open   func(t *testing.T) kv.Store
	pass   func(d time.Duration)
	shared bool
}

// unique keeps one run from meeting what another left on the server.
func unique() string { return "test-" + rand.Text() }

func (s suite) values(t *testing.T) {
	store, ctx, key := s.open(t), t.Context(), unique()
	expect(t, "an absent key", value(t, store, key), "")
	must(t, store.Set(ctx, key, "一", time.Minute))
	expect(t, "a key", value(t, store, key), "一")
	must(t, store.Set(ctx, key, "two", 0))
	must(t, store.Set(ctx, key, "two", -time.Second))
	expect(t, "a key set without time to live", value(t, store, key), "一")
	must(t, store.Set(ctx, key, "three", time.Minute))
	expect(t, "a key set again", value(t, store, key), "three")
	must(t, store.Delete(ctx, key))
	must(t, store.Delete(ctx, key))
	expect(t, "a deleted key", value(t, store, key), "")
	must(t, store.Ping(ctx))
}

func (s suite) valuesExpire(t *testing.T) {
	store, ctx, key, other := s.open(t), t.Context(), unique(), unique()
	must(t, store.Set(ctx, key, "1", tick))
	must(t, store.Set(ctx, other, "1", time.Minute))
	s.pass(tick)
	expect(t, "a key after its time", value(t, store, key), "")
	expect(t, "a key within its time", value(t, store, other), "1")
}

func (s suite) claims(t *testing.T) {
	store, ctx, key := s.open(t), t.Context(), unique()
	expect(t, "a claim that keeps nothing", claim(t, store, key, "零", 0), "零")
	expect(t, "the first claim", claim(t, store, key, "一", time.Minute), "一")
	expect(t, "another value", claim(t, store, key, "two", time.Minute), "一")
	expect(t, "the same value again", claim(t, store, key, "一", time.Minute), "一")
	expect(t, "another key", claim(t, store, unique(), "two", time.Minute), "two")
	expect(t, "a value of the same name", value(t, store, key), "")
	must(t, store.Set(ctx, key, "set", time.Minute))
	expect(t, "a claim beside a value", claim(t, store, key, "two", time.Minute), "一")
}

func (s suite) claimsRunOut(t *testing.T) {
	store, key := s.open(t), unique()
	expect(t, "the first claim", claim(t, store, key, "1", tick), "1")
	s.pass(tick)
	expect(t, "a claim after the first ran out", claim(t, store, key, "2", time.Minute), "2")
}

func (s suite) turns(t *testing.T) {
	store, key := s.open(t), unique()
	const window = 20 * tick
	for i := range 3 {
		if ok, wait := take(t, store, key, 3, window); !ok || wait != 0 {
			t.Fatalf("turn %d of 3: ok %v, wait %v", i+1, ok, wait)
		}
	}
	for range 2 { // a refused call costs nothing
		ok, wait := take(t, store, key, 3, window)
		if ok || wait <= 0 || wait > window {
			t.Fatalf("a fourth turn: ok %v, wait %v, want a refusal and at most %v", ok, wait, window)
		}
	}
	if ok, _ := take(t, store, unique(), 3, window); !ok {
		t.Error("another key has no turn")
	}
	_, wait := take(t, store, key, 3, window)
	s.pass(wait)
	if ok, wait := take(t, store, key, 3, window); !ok {
		t.Errorf("no turn after the wait it was told, again %v", wait)
	}
	if ok, wait := take(t, store, key, 0, window); ok || wait != window {
		t.Errorf("limit 0: ok %v, wait %v", ok, wait)
	}
}

func (s suite) turnsUnderContention(t *testing.T) {
	store, key := s.open(t), unique()
	var taken atomic.Int64
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 10 {
				if ok, _, err := store.Take(t.Context(), key, 7, time.Minute); err != nil {
					t.Error(err)
				} else if ok {
					taken.Add(1)
				}
			}
		})
	}
	group.Wait()
	expect(t, "turns given to 80 callers", taken.Load(), 7)
}

func (s suite) locks(t *testing.T) {
	store, key := s.open(t), unique()
	release, ok := lock(t, store, key, time.Minute)
	expect(t, "the first lock", ok, true)
	_, ok = lock(t, store, key, time.Minute)
	expect(t, "a second lock", ok, false)
	release()
	release()
	again, ok := lock(t, store, key, time.Minute)
	expect(t, "a lock after its release", ok, true)
	release() // the first holder's, a third time
	_, ok = lock(t, store, key, time.Minute)
	expect(t, "a lock whose former holder released late", ok, false)
	again()

	ctx, cancel := context.WithCancel(t.Context())
	release, ok, err := store.Lock(ctx, key, time.Minute)
	must(t, err)
	expect(t, "a lock with a context", ok, true)
	cancel()
	release()
	_, ok = lock(t, store, key, time.Minute)
	expect(t, "a lock released after its context ended", ok, true)
}

func (s suite) locksRunOut(t *testing.T) {
	store, key := s.open(t), unique()
	late, ok := lock(t, store, key, tick)
	expect(t, "the first lock", ok, true)
	s.pass(tick)
	_, ok = lock(t, store, key, time.Minute)
	expect(t, "a lock that ran out", ok, true)
	late()
	_, ok = lock(t, store, key, time.Minute)
	expect(t, "a lock whose former holder released late", ok, false)
}

func (s suite) sets(t *testing.T) {
	store, ctx, set := s.open(t), t.Context(), unique()
	expect(t, "an absent set", members(t, store, set), "[]")
	must(t, store.Touch(ctx, set, "b", time.Minute))
	must(t, store.Touch(ctx, set, "a", tick))
	must(t, store.Touch(ctx, set, "c", 0))
	expect(t, "a set", members(t, store, set), "[a b]")
	s.pass(tick)
	expect(t, "a set after a member's time", members(t, store, set), "[b]")
	must(t, store.Touch(ctx, set, "b", tick))
	must(t, store.Touch(ctx, set, "a", time.Minute))
	s.pass(tick)
	expect(t, "a set whose member was given less time", members(t, store, set), "[a]")
	must(t, store.Drop(ctx, set, "a"))
	must(t, store.Drop(ctx, set, "a"))
	expect(t, "a set that all left", members(t, store, set), "[]")
}

func (s suite) setsAreBounded(t *testing.T) {
	store, ctx, set := s.open(t), t.Context(), unique()
	must(t, store.Touch(ctx, set, "soon", time.Minute))
	for i := range kv.MaxMembers {
		must(t, store.Touch(ctx, set, fmt.Sprint(i), time.Hour))
	}
	names, err := store.Members(ctx, set)
	must(t, err)
	expect(t, "members of a full set", len(names), kv.MaxMembers)
	for _, name := range names {
		if name == "soon" {
			t.Error("the first to expire did not make room")
		}
	}
}

func (s suite) hints(t *testing.T) {
	store, ctx, channel := s.open(t), t.Context(), unique()
	first, stopFirst := store.Subscribe(ctx, channel)
	defer stopFirst()
	second, stopSecond := store.Subscribe(ctx, channel)
	defer stopSecond()
	other, stopOther := store.Subscribe(ctx, unique())
	defer stopOther()
	for i := range 3 {
		must(t, store.Publish(ctx, channel, fmt.Sprint(i)))
	}
	for i := range 3 {
		expect(t, "a hint", receive(t, first), fmt.Sprint(i))
		expect(t, "a hint", receive(t, second), fmt.Sprint(i))
	}
	select {
	case hint := <-other:
		t.Errorf("another channel received %q", hint)
	default:
	}
}

func (s suite) hintsEnd(t *testing.T) {
	store, channel := s.open(t), unique()
	ctx, cancel := context.WithCancel(t.Context())
	byContext, stop := store.Subscribe(ctx, channel)
	defer stop()
	byStop, stop := store.Subscribe(t.Context(), channel)
	byClose, stopClosed := store.Subscribe(t.Context(), channel)
	defer stopClosed()
	cancel()
	stop()
	stop()
	closes(t, "a subscription whose context ended", byContext)
	closes(t, "a stopped subscription", byStop)
	must(t, store.Publish(t.Context(), channel, "still"))
	expect(t, "a hint", receive(t, byClose), "still")
	must(t, store.Close())
	closes(t, "a subscription of a closed store", byClose)
	late, _ := store.Subscribe(t.Context(), channel)
	closes(t, "a subscription made after closing", late)
	expect(t, "ping after closing", desk.CodeOf(store.Ping(t.Context())), desk.Unavailable)
	expect(t, "publishing after closing", desk.CodeOf(store.Publish(t.Context(), channel, "")), desk.Unavailable)
}

// fullHintQueue: a subscriber that does not read costs the others nothing.
func (s suite) fullHintQueue(t *testing.T) {
	store, channel := s.open(t), unique()
	_, stop := store.Subscribe(t.Context(), channel)
	defer stop()
	reading, stopReading := store.Subscribe(t.Context(), channel)
	defer stopReading()
	for i := range 2000 {
		must(t, store.Publish(t.Context(), channel, fmt.Sprint(i)))
		expect(t, "a hint", receive(t, reading), fmt.Sprint(i))
	}
}

func (s suite) endedContext(t *testing.T) {
	store, key := s.open(t), unique()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := store.Get(ctx, key)
	expect(t, "get", desk.CodeOf(err), desk.Unavailable)
	_, err = store.Claim(ctx, key, "1", time.Minute)
	expect(t, "claim", desk.CodeOf(err), desk.Unavailable)
	_, _, err = store.Take(ctx, key, 1, time.Minute)
	expect(t, "take", desk.CodeOf(err), desk.Unavailable)
	_, ok, err := store.Lock(ctx, key, time.Minute)
	expect(t, "lock", desk.CodeOf(err), desk.Unavailable)
	expect(t, "lock", ok, false)
	_, err = store.Members(ctx, key)
	expect(t, "members", desk.CodeOf(err), desk.Unavailable)
	expect(t, "set", desk.CodeOf(store.Set(ctx, key, "1", time.Minute)), desk.Unavailable)
	expect(t, "ping", desk.CodeOf(store.Ping(ctx)), desk.Unavailable)
	if ok, _ := take(t, store, key, 1, time.Minute); !ok {
		t.Error("a call that failed took a turn")
	}
}

// twoClients: what one client stores the other sees.
func (s suite) twoClients(t *testing.T) {
	one, two, ctx, name := s.open(t), s.open(t), t.Context(), unique()
	hints, stop := two.Subscribe(ctx, name)
	defer stop()
	must(t, one.Set(ctx, name, "1", time.Minute))
	expect(t, "the other's value", value(t, two, name), "1")
	expect(t, "a claim", claim(t, one, name, "1", time.Minute), "1")
	expect(t, "the other's claim", claim(t, two, name, "2", time.Minute), "1")
	must(t, one.Touch(ctx, name, "a", time.Minute))
	expect(t, "the other's members", members(t, two, name), "[a]")
	_, ok := lock(t, one, name, time.Minute)
	expect(t, "a lock", ok, true)
	_, ok = lock(t, two, name, time.Minute)
	expect(t, "the other's lock", ok, false)
	ok, _ = take(t, one, name, 1, time.Minute)
	expect(t, "a turn", ok, true)
	ok, _ = take(t, two, name, 1, time.Minute)
	expect(t, "the other's turn", ok, false)
	must(t, one.Publish(ctx, name, "hello"))
	expect(t, "the other's hint", receive(t, hints), "hello")
}
