package kv_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"replydesk/app/kv"
	"replydesk/app/kv/kvtest"
	"replydesk/inbox/desk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	kvtest.Exercise(t, false,
		func(t *testing.T) kv.Store {
			store := kv.NewMemory(clock)
			t.Cleanup(func() { store.Close() })
			return store
		},
		func(d time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(d)
		})
}

func TestRedis(t *testing.T) {
	url := redisURL(t)
	kvtest.Exercise(t, true,
		func(t *testing.T) kv.Store {
			store, err := kv.NewRedis(t.Context(), url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { store.Close() })
			return store
		},
		func(d time.Duration) { <-time.After(d + 2*time.Millisecond) })
}

func redisURL(t *testing.T) string {
	t.Helper()
	url := os.Getenv("DESK_TEST_REDIS_URL")
	if url == "" {
		t.Fatal("DESK_TEST_REDIS_URL is not set: start a Redis for the tests and name it there, as make test does.")
	}
	return url
}

// TestMemoryIsBounded: a flood of keys pushes out what would expire first and
// leaves what is kept for long.
func TestMemoryIsBounded(t *testing.T) {
	store, ctx := kv.NewMemory(time.Now), t.Context()
	defer store.Close()
	if err := store.Set(ctx, "token", "kept", 2*time.Hour); err != nil {
		t.Fatal(err)
	}
	for i := range 60_000 {
		if err := store.Set(ctx, fmt.Sprint(i), "x", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := store.Get(ctx, "token"); got != "kept" {
		t.Error("the flood pushed out the value that would have lived longest")
	}
	if got, _ := store.Get(ctx, "0"); got != "" {
		t.Error("60,000 values are all kept")
	}
}

// TestMemoryNeverGivesUpALock: when too many are held, one more is an error
// and none is lost.
func TestMemoryNeverGivesUpALock(t *testing.T) {
	store, ctx := kv.NewMemory(time.Now), t.Context()
	defer store.Close()
	var refused error
	for i := range 20_000 {
		_, ok, err := store.Lock(ctx, fmt.Sprint(i), time.Hour)
		if refused = err; err != nil {
			break
		}
		if !ok {
			t.Fatalf("lock %d is not free", i)
		}
	}
	if desk.CodeOf(refused) != desk.Unavailable {
		t.Fatalf("20,000 locks: error %v, want unavailable", refused)
	}
	if _, ok, _ := store.Lock(ctx, "0", time.Hour); ok {
		t.Error("the first lock was given twice")
	}
}

func TestNewRedisNamesNoSecret(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	free.Close()
	for _, test := range []struct {
		name, url string
		code      desk.Code
	}{
		{"not a URL", "redis://:obviously-fake@%zz", desk.Invalid},
		{"another scheme", "http://:obviously-fake@127.0.0.1", desk.Invalid},
		{"nobody there", "redis://:obviously-fake@" + addr, desk.Unavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, err := kv.NewRedis(t.Context(), test.url)
			if err == nil {
				store.Close()
				t.Fatal("no error")
			}
			if got := desk.CodeOf(err); got != test.code {
				t.Errorf("code %s, want %s: %v", got, test.code, err)
			}
			if strings.Contains(err.Error(), "obviously-fake") {
				t.Errorf("the password is in the error %q", err)
			}
		})
	}
}

// TestRedisMendsItself cuts every connection and expects calls and hints to
// work again.
func TestRedisMendsItself(t *testing.T) {
	cut := kvtest.NewCutter(t, redisURL(t))
	store, err := kv.NewRedis(t.Context(), cut.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	hints, stop := store.Subscribe(t.Context(), "mended-"+t.Name())
	defer stop()

	cut.Off()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if got := desk.CodeOf(store.Set(ctx, "x", "1", time.Minute)); got != desk.Unavailable {
		t.Errorf("a call while cut off: code %q, want unavailable", got)
	}
	cut.On()

	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	for {
		_ = store.Publish(ctx, "mended-"+t.Name(), "back") // a hint: repeated until it is seen
		select {
		case hint := <-hints:
			if hint != "back" {
				t.Errorf("hint %q", hint)
			}
			if err := store.Ping(ctx); err != nil {
				t.Error(err)
			}
			return
		case <-retry.C:
		case <-ctx.Done():
			t.Fatal("no hint came after the connection was mended")
		}
	}
}
