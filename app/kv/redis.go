package kv

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"replydesk/inbox/desk"
)

// Everything of ours in a Redis that others may share starts with "desk:", and
// then with the kind.
const (
	valueKey   = "desk:value:"
	claimKey   = "desk:claim:"
	limitKey   = "desk:limit:"
	lockKey    = "desk:lock:"
	setKey     = "desk:set:"
	channelKey = "desk:channel:"
)

// Time-outs of one call. A call whose ctx ends sooner ends with it.
const (
	dialTimeout = 2 * time.Second
	callTimeout = time.Second
	openTimeout = 5 * time.Second
)

// The scripts read the server's clock, so that nodes whose clocks differ agree.
// Numbers are formatted by hand: Lua would write large ones as 1e+15.
var (
	// takeTurn keeps the times (µs) of the last turns, newest first. It answers
	// 0, or the microseconds until the oldest one that counts leaves the window.
	takeTurn = redis.NewScript(`
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local oldest = redis.call('LINDEX', KEYS[1], limit - 1)
if oldest and tonumber(oldest) + window > now then
  return tonumber(oldest) + window - now
end
redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], 0, limit - 1)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return 0`)

	// claimValue keeps the first value of a key and answers the one kept.
	claimValue = redis.NewScript(`
local held = redis.call('GET', KEYS[1])
if held then return held end
if tonumber(ARGV[2]) > 0 then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return ARGV[1]`)

	// giveLock deletes the lock only while it is the caller's.
	giveLock = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`)

	// touchMember keeps members by the time (ms) they expire; the set itself
	// lives as long as the last of them.
	touchMember = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
local extra = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[3])
if extra > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, extra - 1) end
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', tonumber(last[2])))
return 0`)

	// listMembers sorts by name, as the memory twin does.
	listMembers = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
local names = redis.call('ZRANGE', KEYS[1], 0, -1)
table.sort(names)
return names`)
)

// Redis is the Store that the processes of a larger desk share. Build it with
// NewRedis.
type Redis struct {
	client *redis.Client

	mu            sync.Mutex
	closed        bool
	subscriptions map[*redis.PubSub]struct{}
}

var _ Store = (*Redis)(nil)

// NewRedis connects to a redis:// or rediss:// URL and fails when no server
// answers there within five seconds. Later interruptions are mended by
// themselves; calls made meanwhile fail. The URL, which carries a password, is
// in no error.
func NewRedis(ctx context.Context, url string) (*Redis, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, &desk.Error{Code: desk.Invalid, Message: "the Redis URL is not of the form redis://[user:password@]host:port[/number]"}
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = dialTimeout, callTimeout, callTimeout
	options.PoolTimeout = callTimeout
	options.ContextTimeoutEnabled = true
	options.MaxRetries = 2
	options.DialerRetries = 1
	options.MaxActiveConns = 64
	// Neither is known to the servers we support, and each costs a round trip
	// on every connection.
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}

	// The client would write lines of its own to standard error; what matters in
	// them reaches the callers as errors. The switch is the library's, for the
	// whole process.
	logging.Disable()

	r := &Redis{client: redis.NewClient(options), subscriptions: make(map[*redis.PubSub]struct{})}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := r.Ping(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open Redis at %s: %w", options.Addr, err), r.client.Close())
	}
	return r, nil
}

// Get implements Store.
func (r *Redis) Get(ctx context.Context, key string) (string, error) {
	value, err := r.client.Get(ctx, valueKey+key).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	if err != nil {
		return "", unavailable(err)
	}
	return value, nil
}

// Set implements Store.
func (r *Redis) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if ttl <= 0 {
		return nil
	}
	return failed(r.client.Set(ctx, valueKey+key, value, atLeastMilli(ttl)).Err())
}

// Delete implements Store.
func (r *Redis) Delete(ctx context.Context, key string) error {
	return failed(r.client.Del(ctx, valueKey+key).Err())
}

// Claim implements Store.
func (r *Redis) Claim(ctx context.Context, key, value string, ttl time.Duration) (string, error) {
	var ms int64
	if ttl > 0 {
		ms = atLeastMilli(ttl).Milliseconds()
	}
	held, err := claimValue.Run(ctx, r.client, []string{claimKey + key}, value, ms).Text()
	if err != nil {
		return "", unavailable(err)
	}
	return held, nil
}

// Take implements Store.
func (r *Redis) Take(ctx context.Context, key string, limit int, window time.Duration) (bool, time.Duration, error) {
	if limit < 1 {
		return false, window, nil
	}
	wait, err := takeTurn.Run(ctx, r.client, []string{limitKey + key}, limit, window.Microseconds()).Int64()
	if err != nil {
		return false, 0, unavailable(err)
	}
	return wait <= 0, time.Duration(wait) * time.Microsecond, nil
}

// Lock implements Store.
func (r *Redis) Lock(ctx context.Context, key string, ttl time.Duration) (func(), bool, error) {
	mine := rand.Text()
	err := r.client.SetArgs(ctx, lockKey+key, mine, redis.SetArgs{Mode: "NX", TTL: atLeastMilli(ttl)}).Err()
	if errors.Is(err, redis.Nil) {
		return func() {}, false, nil
	}
	if err != nil {
		return func() {}, false, unavailable(err)
	}
	release := sync.OnceFunc(func() {
		// The lock must be given back also when the work was cancelled. When
		// this fails it runs out by itself.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
		defer cancel()
		_ = giveLock.Run(ctx, r.client, []string{lockKey + key}, mine).Err()
	})
	return release, true, nil
}

// Touch implements Store.
func (r *Redis) Touch(ctx context.Context, set, member string, ttl time.Duration) error {
	if ttl <= 0 {
		return nil
	}
	return failed(touchMember.Run(ctx, r.client, []string{setKey + set}, member, atLeastMilli(ttl).Milliseconds(), MaxMembers).Err())
}

// Members implements Store.
func (r *Redis) Members(ctx context.Context, set string) ([]string, error) {
	names, err := listMembers.Run(ctx, r.client, []string{setKey + set}).StringSlice()
	if err != nil {
		return nil, unavailable(err)
	}
	return names, nil
}

// Drop implements Store.
func (r *Redis) Drop(ctx context.Context, set, member string) error {
	return failed(r.client.ZRem(ctx, setKey+set, member).Err())
}

// Publish implements Store.
func (r *Redis) Publish(ctx context.Context, channel, payload string) error {
	return failed(r.client.Publish(ctx, channelKey+channel, payload).Err())
}

// Subscribe implements Store. It waits until the server has confirmed, at most
// one call's time; without an answer the client goes on trying by itself.
func (r *Redis) Subscribe(ctx context.Context, channel string) (<-chan string, func()) {
	out := make(chan string, hintQueue)
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		close(out)
		return out, func() {}
	}
	sub := r.client.Subscribe(ctx, channelKey+channel)
	r.subscriptions[sub] = struct{}{}
	r.mu.Unlock()

	_, _ = sub.ReceiveTimeout(ctx, callTimeout)
	in := sub.Channel(redis.WithChannelSize(hintQueue))
	leave := func() { r.unsubscribe(sub) }
	stop := context.AfterFunc(ctx, leave)
	go func() {
		defer close(out)
		defer stop()
		for message := range in {
			select {
			case out <- message.Payload:
			default: // only a hint: who does not keep up loses it
			}
		}
	}()
	return out, leave
}

// unsubscribe ends one subscription; its Go channel closes. It may be called twice.
func (r *Redis) unsubscribe(sub *redis.PubSub) {
	r.mu.Lock()
	_, there := r.subscriptions[sub]
	delete(r.subscriptions, sub)
	r.mu.Unlock()
	if there {
		_ = sub.Close() // fails only when the connection is gone already
	}
}

// Ping implements Store.
func (r *Redis) Ping(ctx context.Context) error {
	return failed(r.client.Ping(ctx).Err())
}

// Close implements Store.
func (r *Redis) Close() error {
	r.mu.Lock()
	r.closed = true
	open := r.subscriptions
	r.subscriptions = nil
	r.mu.Unlock()
	for sub := range open {
		_ = sub.Close()
	}
	return r.client.Close()
}

func failed(err error) error {
	if err != nil {
		return unavailable(err)
	}
	return nil
}

// atLeastMilli keeps a time to live from being rounded to none, which would
// keep the key for ever.
func atLeastMilli(ttl time.Duration) time.Duration { return max(ttl, time.Millisecond) }
