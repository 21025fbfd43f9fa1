package kv

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Bounds of the memory twin. Past them the soonest to expire make room, except
// that a lock is never given up early: asking for one more fails instead.
const (
	maxValues = 50_000
	maxLimits = 100_000
	maxClaims = 200_000
	maxLocks  = 10_000
	maxSets   = 50_000
)

var (
	errClosed    = errors.New("kv: closed")
	errManyLocks = errors.New("kv: too many locks are held")
)

// Memory is the Store of a desk of one process. Build it with NewMemory.
type Memory struct {
	now func() time.Time

	mu     sync.Mutex
	values *expiring[string]
	claims *expiring[string]
	limits *expiring[[]time.Time] // turns taken, oldest first, at most limit of them
	locks  *expiring[uint64]      // whose it is
	sets   *expiring[*expiring[struct{}]]
	holder uint64

	bus bus
}

var _ Store = (*Memory)(nil)

// NewMemory returns an empty Memory whose times come from now.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{
		now:    now,
		values: newExpiring[string](maxValues),
		claims: newExpiring[string](maxClaims),
		limits: newExpiring[[]time.Time](maxLimits),
		locks:  newExpiring[uint64](maxLocks),
		sets:   newExpiring[*expiring[struct{}]](maxSets),
		bus:    bus{channels: make(map[string]map[*subscriber]struct{})},
	}
}

// Get implements Store.
func (m *Memory) Get(ctx context.Context, key string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", unavailable(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.values.get(key, m.now()); e != nil {
		return e.value, nil
	}
	return "", nil
}

// Set implements Store.
func (m *Memory) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	if ttl <= 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.values.put(key, value, now.Add(ttl), now)
	return nil
}

// Delete implements Store.
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values.delete(key)
	return nil
}

// Claim implements Store.
func (m *Memory) Claim(ctx context.Context, key, value string, ttl time.Duration) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", unavailable(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if e := m.claims.get(key, now); e != nil {
		return e.value, nil
	}
	if ttl > 0 {
		m.claims.put(key, value, now.Add(ttl), now)
	}
	return value, nil
}

// Take implements Store.
func (m *Memory) Take(ctx context.Context, key string, limit int, window time.Duration) (bool, time.Duration, error) {
	if err := ctx.Err(); err != nil {
		return false, 0, unavailable(err)
	}
	if limit < 1 {
		return false, window, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	var turns []time.Time
	if e := m.limits.get(key, now); e != nil {
		turns = e.value
	}
	if len(turns) >= limit {
		// The turn that has to leave the window before another may start.
		if wait := turns[len(turns)-limit].Add(window).Sub(now); wait > 0 {
			return false, wait, nil
		}
		turns = slices.Delete(turns, 0, len(turns)-limit+1)
	}
	m.limits.put(key, append(turns, now), now.Add(window), now)
	return true, 0, nil
}

// Lock implements Store.
func (m *Memory) Lock(ctx context.Context, key string, ttl time.Duration) (func(), bool, error) {
	if err := ctx.Err(); err != nil {
		return func() {}, false, unavailable(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if m.locks.get(key, now) != nil {
		return func() {}, false, nil
	}
	if m.locks.full(now) {
		return func() {}, false, unavailable(errManyLocks)
	}
	m.holder++
	mine := m.holder
	m.locks.put(key, mine, now.Add(ttl), now)
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if e := m.locks.get(key, m.now()); e != nil && e.value == mine {
			m.locks.delete(key)
		}
	}, true, nil
}

// Touch implements Store.
func (m *Memory) Touch(ctx context.Context, set, member string, ttl time.Duration) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	if ttl <= 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	until := now.Add(ttl)
	members := newExpiring[struct{}](MaxMembers)
	if e := m.sets.get(set, now); e != nil {
		members = e.value
		if e.until.After(until) { // the set lives as long as its last member
			members.put(member, struct{}{}, until, now)
			return nil
		}
	}
	members.put(member, struct{}{}, until, now)
	m.sets.put(set, members, until, now)
	return nil
}

// Members implements Store.
func (m *Memory) Members(ctx context.Context, set string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, unavailable(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	e := m.sets.get(set, now)
	if e == nil {
		return nil, nil
	}
	e.value.purge(now)
	names := make([]string, 0, len(e.value.entries))
	for name := range e.value.entries {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// Drop implements Store.
func (m *Memory) Drop(ctx context.Context, set, member string) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.sets.get(set, m.now()); e != nil {
		e.value.delete(member)
		if len(e.value.entries) == 0 {
			m.sets.delete(set)
		}
	}
	return nil
}

// Publish implements Store.
func (m *Memory) Publish(ctx context.Context, channel, payload string) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	return m.bus.publish(channel, payload)
}

// Subscribe implements Store.
func (m *Memory) Subscribe(ctx context.Context, channel string) (<-chan string, func()) {
	return m.bus.subscribe(ctx, channel)
}

// Ping implements Store.
func (m *Memory) Ping(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	return m.bus.open()
}

// Close implements Store; what was stored is no longer of use to anyone.
func (m *Memory) Close() error {
	m.bus.close()
	return nil
}
