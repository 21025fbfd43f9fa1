package kvtest

import (
	"fmt"
	"testing"
	"time"

	"replydesk/app/kv"
)

// patience is how long the suite waits for what should come at once.
const patience = 5 * time.Second

func value(t *testing.T, store kv.Store, key string) string {
	t.Helper()
	v, err := store.Get(t.Context(), key)
	must(t, err)
	return v
}

func claim(t *testing.T, store kv.Store, key, value string, ttl time.Duration) string {
	t.Helper()
	held, err := store.Claim(t.Context(), key, value, ttl)
	must(t, err)
	return held
}

func take(t *testing.T, store kv.Store, key string, limit int, window time.Duration) (bool, time.Duration) {
	t.Helper()
	ok, wait, err := store.Take(t.Context(), key, limit, window)
	must(t, err)
	return ok, wait
}

func lock(t *testing.T, store kv.Store, key string, ttl time.Duration) (func(), bool) {
	t.Helper()
	release, ok, err := store.Lock(t.Context(), key, ttl)
	must(t, err)
	return release, ok
}

func members(t *testing.T, store kv.Store, set string) string {
	t.Helper()
	names, err := store.Members(t.Context(), set)
	must(t, err)
	return fmt.Sprint(names)
}

func receive(t *testing.T, hints <-chan string) string {
	t.Helper()
	select {
	case hint, open := <-hints:
		if !open {
			t.Fatal("the subscription ended")
		}
		return hint
	case <-time.After(patience):
		t.Fatal("no hint came")
	}
	return ""
}

func closes(t *testing.T, what string, hints <-chan string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case _, open := <-hints:
			if !open {
				return
			}
		case <-deadline:
			t.Fatalf("%s stays open", what)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
