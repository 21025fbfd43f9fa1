package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// group runs background parts and ends all of them when one fails.
type group struct {
	stop context.CancelCauseFunc
	ctx  context.Context
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs []error
}

// newGroup returns a group whose parts end with ctx.
func newGroup(ctx context.Context) *group {
	ctx, stop := context.WithCancelCause(ctx)
	return &group{ctx: ctx, stop: stop}
}

// start runs a part until it returns. A part that fails ends the group.
func (g *group) start(name string, run func(ctx context.Context) error) {
	g.wg.Go(func() {
		if err := run(g.ctx); err != nil && !errors.Is(err, context.Canceled) {
			err = fmt.Errorf("%s: %w", name, err)
			g.mu.Lock()
			g.errs = append(g.errs, err)
			g.mu.Unlock()
			g.stop(err)
		}
	})
}

// wait ends the parts and returns what went wrong.
func (g *group) wait() error {
	g.stop(context.Canceled)
	g.wg.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	return errors.Join(g.errs...)
}
