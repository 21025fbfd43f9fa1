package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strconv"
	"time"

	"replydesk/inbox/desk"
)

// How many wrong passwords are taken within triesWindow, for one name from one
// address and from one address for all names. Only failures count: a whole
// office may sign in from one address in the morning.
const (
	triesPerName    = 10
	triesPerAddress = 50
	triesWindow     = 15 * time.Minute
)

// Throttled is the RateLimited error of a sign-in that came too often.
type Throttled struct {
	After time.Duration // when the next try is taken
	cause *desk.Error
}

// Error implements error.
func (t *Throttled) Error() string { return t.cause.Error() }

// Unwrap gives the desk.Error.
func (t *Throttled) Unwrap() error { return t.cause }

// RetryAfter is how long to wait.
func (t *Throttled) RetryAfter() time.Duration { return t.After }

// limit is one thing that failures are counted for.
type limit struct {
	key   string
	tries int
}

// throttle counts failed sign-ins in the shared state.
type throttle struct {
	shared Shared
	now    func() time.Time
}

// limits are what a try by this name from this address counts against. Names
// are hashed: they come from strangers and may be of any length.
func (t throttle) limits(username, address string) []limit {
	from := network(address)
	sum := sha256.Sum256([]byte(username + "\x00" + from))
	return []limit{
		{"auth.tries.name." + hex.EncodeToString(sum[:16]), triesPerName},
		{"auth.tries.address." + from, triesPerAddress},
	}
}

// network is the address for an IPv4 peer and its /64 for an IPv6 peer, who has
// the whole of it.
func network(address string) string {
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

// check returns a Throttled error while one of the limits is used up.
func (t throttle) check(ctx context.Context, limits []limit) error {
	for _, l := range limits {
		until, err := t.shared.Get(ctx, l.key+".until")
		if err != nil {
			return err
		}
		ms, err := strconv.ParseInt(until, 10, 64)
		if err != nil {
			continue // "" or nothing of ours
		}
		if wait := time.UnixMilli(ms).Sub(t.now()); wait > 0 {
			return &Throttled{After: wait, cause: desk.Errorf(desk.RateLimited, "尝试次数过多，请稍后再试")}
		}
	}
	return nil
}

// failed counts a wrong password. With the last try the limit closes until the
// oldest failure is triesWindow ago.
func (t throttle) failed(ctx context.Context, limits []limit) error {
	for _, l := range limits {
		ok, wait, err := t.shared.Take(ctx, l.key, l.tries-1, triesWindow)
		if err != nil {
			return err
		}
		if ok {
			continue
		}
		until := strconv.FormatInt(t.now().Add(wait).UnixMilli(), 10)
		if err := t.shared.Set(ctx, l.key+".until", until, wait); err != nil {
			return err
		}
	}
	return nil
}
