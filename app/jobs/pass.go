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
	return RepeatOn(ctx, nil, name, least, most, now, log, pass)
}

// RepeatOn is Repeat for a pass that is also woken: it runs at once, but never
// within least of the time it last began.
func RepeatOn(ctx context.Context, wake <-chan struct{}, name string, least, most time.Duration, now func() time.Time, log *slog.Logger, pass Pass) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var began time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
			if wait := least - now().Sub(began); wait > 0 {
				timer.Reset(wait)
				select {
				case <-ctx.Done():
					return nil
				case <-timer.C:
				}
			}
		case <-timer.C:
		}
		began = now()
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
