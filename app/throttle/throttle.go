// Package throttle counts tries that failed, such as wrong passwords, in the
// shared state of the desk, and refuses further ones for a while when there were
// too many. What counts together is the caller's.
package throttle

import (
	"context"
	"net/netip"
	"strconv"
	"time"

	"replydesk/inbox/desk"
)

// Shared is where failures are counted; kv.Store is one.
type Shared interface {
	Get(ctx context.Context, key string) (string, error)
	Set(ctx context.Context, key, value string, ttl time.Duration) error
	Take(ctx context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error)
}

// Closed is the RateLimited error of a try that came after too many failures.
type Closed struct {
	After time.Duration // when the next try is taken
	cause *desk.Error
}

// Error implements error.
func (c *Closed) Error() string { return c.cause.Error() }

// Unwrap gives the desk.Error.
func (c *Closed) Unwrap() error { return c.cause }

// RetryAfter is how long to wait.
func (c *Closed) RetryAfter() time.Duration { return c.After }

// Refuse is a Closed error in the caller's words.
func Refuse(after time.Duration, words string) *Closed {
	return &Closed{After: after, cause: desk.Errorf(desk.RateLimited, "%s", words)}
}

// Limit is one thing that failures are counted for, and how many are too many.
type Limit struct {
	Key   string
	Tries int
}

// Throttle counts failures within any span of its window. It is safe for
// concurrent use.
type Throttle struct {
	shared Shared
	window time.Duration
	now    func() time.Time
}

// New returns a Throttle.
func New(shared Shared, window time.Duration, now func() time.Time) *Throttle {
	return &Throttle{shared, window, now}
}

// Network is the address for an IPv4 peer and its /64 for an IPv6 peer, who has
// the whole of it.
func Network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	if ip = ip.Unmap().WithZone(""); ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// Check returns a Closed error while one of the limits is used up.
func (t *Throttle) Check(ctx context.Context, limits ...Limit) error {
	for _, l := range limits {
		until, err := t.shared.Get(ctx, l.Key+".until")
		if err != nil {
			return err
		}
		ms, err := strconv.ParseInt(until, 10, 64)
		if err != nil {
			continue // "" or nothing of ours
		}
		if wait := time.UnixMilli(ms).Sub(t.now()); wait > 0 {
			return Refuse(wait, "尝试次数过多，请稍后再试")
		}
	}
	return nil
}

// Failed counts a failure. With the last try a limit closes until the oldest
// failure is the window ago.
func (t *Throttle) Failed(ctx context.Context, limits ...Limit) error {
	for _, l := range limits {
		ok, wait, err := t.shared.Take(ctx, l.Key, l.Tries-1, t.window)
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		until := strconv.FormatInt(t.now().Add(wait).UnixMilli(), 10)
		if err := t.shared.Set(ctx, l.Key+".until", until, wait); err != nil {
			return err
		}
	}
	return nil
}
