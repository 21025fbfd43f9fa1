package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Pass is a domain method that takes the time and says when it wants to be
// called next (the zero time: whenever).
type Pass func(ctx context.Context, now time.Time) (next time.Time, err error)

// Repeat calls pass at the times it asks for until ctx ends: at least every
// most (for what other processes changed), never less than least apart after
// an error. It is for passes that must be on time; pass must be safe to run in
// several processes at once.
func Repeat(ctx context.Context, name string, least, most time.Duration, now func() time.Time, log *slog.Logger, pass Pass) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		next, err := guarded(ctx, now(), pass)
		wait := most
		switch {
		case err != nil && ctx.Err() == nil:
			log.Error("periodic pass failed", "pass", name, "err", err)
			wait = max(least, min(time.Second, most))
		case err == nil && !next.IsZero():
			wait = min(max(next.Sub(now()), 0), most)
		}
		timer.Reset(wait)
	}
}

// guarded turns a panic of a pass into an error: one bad row must not end the
// desk.
func guarded(ctx context.Context, now time.Time, pass Pass) (next time.Time, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return pass(ctx, now)
}
