package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"

	"replydesk/app/kv"
)

// indexChannel carries to the other processes what their index must read again.
const indexChannel = "faq.index"

// taskIndex is what runs the tasks of the library's index.
type taskIndex interface {
	HandleTask(ctx context.Context, key string) error
}

// hints let the indexes of several processes follow at once: a task runs in one
// of them only. A hint that gets lost costs no more than the time until an index
// compares itself with the store.
type hints struct {
	index  taskIndex
	shared kv.Store
	log    *slog.Logger
	node   string // of this process; its own hints tell it nothing
}

func newHints(index taskIndex, shared kv.Store, log *slog.Logger) *hints {
	return &hints{index, shared, log, rand.Text()}
}

// handle runs a task here and tells the others of it.
func (h *hints) handle(ctx context.Context, key string) error {
	if err := h.index.HandleTask(ctx, key); err != nil {
		return err
	}
	if err := h.shared.Publish(ctx, indexChannel, h.node+" "+key); err != nil {
		h.log.Warn("other processes were not told of a changed entry", "err", err)
	}
	return nil
}

// run does here what others tell of, until ctx ends.
func (h *hints) run(ctx context.Context) error {
	told, stop := h.shared.Subscribe(ctx, indexChannel)
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case hint, open := <-told:
			if !open {
				<-ctx.Done()
				return nil
			}
			node, key, _ := strings.Cut(hint, " ")
			if node == h.node {
				continue
			}
			if err := h.index.HandleTask(ctx, key); err != nil && ctx.Err() == nil {
				h.log.Warn("the library index did not follow a hint", "err", err)
			}
		}
	}
}
