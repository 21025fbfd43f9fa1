package kv_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/app/kv"
	"replydesk/app/kv/kvtest"
	"replydesk/inbox/desk"
)

func TestSteady(t *testing.T) {
	url := redisURL(t)
	kvtest.Exercise(t, true,
		func(t *testing.T) kv.Store {
			redis, err := kv.NewRedis(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			store := kv.NewSteady(redis, time.Now, slog.New(slog.DiscardHandler))
			t.Cleanup(func() { store.Close() })
			return store
		},
		func(d time.Duration) { <-time.After(d + 2*time.Millisecond) })
}

// TestSteadyWithoutItsServer: while the server is gone the process goes on by
// itself and says so once; then it is asked again.
func TestSteadyWithoutItsServer(t *testing.T) {
	cut := kvtest.NewCutter(t, redisURL(t))
	redis, err := kv.NewRedis(t.Context(), cut.URL)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	at := time.Now()
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return at
	}
	var log bytes.Buffer
	store := kv.NewSteady(redis, now, slog.New(slog.NewTextHandler(&log, nil)))
	defer store.Close()
	ctx, key := t.Context(), "steady-"+t.Name()
	check := func(what string, got, want any) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	keep := func(value string) string {
		t.Helper()
		if err := store.Set(ctx, key, value, time.Minute); err != nil {
			t.Fatal(err)
		}
		held, err := store.Get(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	check("with the server", keep("shared"), "shared")

	cut.Off()
	check("without it", keep("local"), "local")
	held, err := store.Claim(ctx, key+"-claim", "a", time.Minute)
	if err != nil || held != "a" {
		t.Errorf("a claim: %q, %v", held, err)
	}
	held, err = store.Claim(ctx, key+"-claim", "b", time.Minute)
	if err != nil || held != "a" {
		t.Errorf("another claim: %q, %v", held, err)
	}
	for i, want := range []bool{true, true, false} {
		ok, _, err := store.Take(ctx, key+"-turn", 2, time.Minute)
		if err != nil || ok != want {
			t.Errorf("turn %d: %v, %v, want %v", i, ok, err, want)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	_, err = store.Get(stopped, key)
	check("a caller that gave up", desk.CodeOf(err), desk.Unavailable)

	cut.On()
	mu.Lock()
	at = at.Add(time.Minute)
	mu.Unlock()
	held, err = store.Get(ctx, key)
	if err != nil || held != "shared" {
		t.Errorf("with the server again: %q, %v", held, err)
	}
	check("warnings", strings.Count(log.String(), "level=WARN"), 1)
	check("all-clears", strings.Count(log.String(), "can be reached again"), 1)
}
