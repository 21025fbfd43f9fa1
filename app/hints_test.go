package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"replydesk/app/kv"
)

// keys is an index that only remembers what it was told to do.
type keys struct {
	done []string
	err  error
}

func (k *keys) HandleTask(_ context.Context, key string) error {
	k.done = append(k.done, key)
	return k.err
}

// What one process indexes the others index at once, and nobody twice.
func TestIndexesFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := kv.NewMemory(time.Now)
		ctx, stop := context.WithCancel(t.Context())
		var first, second keys
		a, b := newHints(&first, shared, slog.New(slog.DiscardHandler)), newHints(&second, shared, slog.New(slog.DiscardHandler))
		ended := make(chan error, 2)
		for _, h := range []*hints{a, b} {
			go func() { ended <- h.run(ctx) }()
		}
		synctest.Wait()
		if err := a.handle(ctx, "7"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(first.done) != 1 || len(second.done) != 1 || second.done[0] != "7" {
			t.Errorf("indexed %v here, %v there; want entry 7 once by each", first.done, second.done)
		}
		second.err = errors.New("not now") // its own task is tried again; nobody is told before
		if err := b.handle(ctx, "8"); err == nil {
			t.Error("a task that failed is done")
		}
		synctest.Wait()
		if len(first.done) != 1 {
			t.Errorf("told of what did not happen: %v", first.done)
		}
		stop()
		if err := errors.Join(<-ended, <-ended, shared.Close()); err != nil {
			t.Error(err)
		}
	})
}
