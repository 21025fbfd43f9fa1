// Package kv is the state that the processes of one desk share and could lose
// without harm: platform tokens, rate limits, locks, who is present, and hints
// that something changed. Nothing that must survive lives here; that is the
// store's. It is the only user of the Redis client, and has a twin in memory
// for a desk of one process.
//
// Both implementations pass kvtest.Exercise. Neither keeps a secret out of the
// hands of who can read the Redis server.
package kv

import (
	"context"
	"time"

	"replydesk/inbox/desk"
)

// MaxMembers is how many members one presence set holds; past it those that
// would expire first leave.
const MaxMembers = 1000

// Store is the shared state. Keys, sets and channels are plain names that the
// callers agree on, each kind in a space of its own. All methods are safe for
// concurrent use, and fail with an Unavailable desk.Error when the server
// cannot be reached in time.
type Store interface {
	// Get returns the value of key, "" when it is absent or expired.
	Get(ctx context.Context, key string) (string, error)
	// Set keeps value under key for ttl; with ttl <= 0 it stores nothing and
	// leaves what was there.
	Set(ctx context.Context, key, value string, ttl time.Duration) error
	// Delete removes key; an absent key is not an error.
	Delete(ctx context.Context, key string) error

	// Claim keeps value under key for ttl unless a value is there already, and
	// returns the one that is there now. Claims are a space of their own: a
	// flood of them pushes out only claims. With ttl <= 0 it keeps nothing.
	Claim(ctx context.Context, key, value string, ttl time.Duration) (held string, err error)

	// Take asks for one of limit turns within any span of window. Without one
	// left it reports false and how long to wait for the next; a refused call
	// costs no turn. A limit below 1 refuses always.
	Take(ctx context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error)

	// Lock takes the lock named key for at most ttl, or reports false when
	// another holds it. release gives it back early, may be called twice, and
	// never takes it from a later holder. Since a lock may run out while its
	// holder still works, it saves doubled work but must not be what keeps
	// data right.
	Lock(ctx context.Context, key string, ttl time.Duration) (release func(), ok bool, err error)

	// Touch puts member in the set for ttl from now; ttl <= 0 does nothing.
	Touch(ctx context.Context, set, member string, ttl time.Duration) error
	// Members returns who is in the set now, sorted, at most MaxMembers.
	Members(ctx context.Context, set string) ([]string, error)
	// Drop takes member out of the set.
	Drop(ctx context.Context, set, member string) error

	// Publish sends payload to the subscribers of channel in every process,
	// this one included. Delivery is only a hint: it may be lost, doubled or
	// late, so the receiver must find the truth elsewhere.
	Publish(ctx context.Context, channel, payload string) error
	// Subscribe returns what is published to channel from now on, until stop
	// is called or ctx ends; then the Go channel is closed. A subscriber that
	// does not keep up loses hints. A broken connection is mended in the
	// background; what was published meanwhile is lost.
	Subscribe(ctx context.Context, channel string) (hints <-chan string, stop func())

	// Ping reports whether the state can be used, for readiness.
	Ping(ctx context.Context) error
	// Close ends all subscriptions and connections.
	Close() error
}

// hintQueue is how many hints wait for one subscriber before new ones are lost.
const hintQueue = 256

// unavailable is the error for anything the server did not do. The cause goes
// to the log only.
func unavailable(err error) error {
	return desk.Errorf(desk.Unavailable, "共享状态服务暂时不可用: %w", err)
}
