package kv

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// How a Steady store treats a server that does not answer.
const (
	steadyTimeout = 1500 * time.Millisecond // of one call, tries included
	steadyPause   = 5 * time.Second         // how long it is not asked after a failure
)

// Steady is a shared Store whose values, claims and turns go on in this process
// alone while the server cannot be reached: nobody is kept from signing in and
// no callback is lost because Redis is down. Meanwhile each process counts for
// itself, so limits hold per process; what was kept here is not carried over
// when the server is back. Locks, sets and hints fail as the server's do: their
// callers live with that.
type Steady struct {
	Store // the shared one

	local *Memory
	now   func() time.Time
	log   *slog.Logger

	mu     sync.Mutex
	down   bool
	nextAt time.Time // of the next try while down
}

var _ Store = (*Steady)(nil)

// NewSteady returns a Steady over shared, which it closes.
func NewSteady(shared Store, now func() time.Time, log *slog.Logger) *Steady {
	return &Steady{Store: shared, local: NewMemory(now), now: now, log: log}
}

// Get implements Store.
func (s *Steady) Get(ctx context.Context, key string) (value string, err error) {
	err = s.do(ctx, func(ctx context.Context, store Store) error {
		value, err = store.Get(ctx, key)
		return err
	})
	return value, err
}

// Set implements Store.
func (s *Steady) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	return s.do(ctx, func(ctx context.Context, store Store) error { return store.Set(ctx, key, value, ttl) })
}

// Delete implements Store.
func (s *Steady) Delete(ctx context.Context, key string) error {
	return s.do(ctx, func(ctx context.Context, store Store) error { return store.Delete(ctx, key) })
}

// Claim implements Store.
func (s *Steady) Claim(ctx context.Context, key, value string, ttl time.Duration) (held string, err error) {
	err = s.do(ctx, func(ctx context.Context, store Store) error {
		held, err = store.Claim(ctx, key, value, ttl)
		return err
	})
	return held, err
}

// Take implements Store.
func (s *Steady) Take(ctx context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error) {
	err = s.do(ctx, func(ctx context.Context, store Store) error {
		ok, retryAfter, err = store.Take(ctx, key, limit, window)
		return err
	})
	return ok, retryAfter, err
}

// Close implements Store.
func (s *Steady) Close() error { return errors.Join(s.Store.Close(), s.local.Close()) }

// do asks the shared store, and the local one while that is down.
func (s *Steady) do(ctx context.Context, call func(ctx context.Context, store Store) error) error {
	if s.tryShared() {
		bounded, cancel := context.WithTimeout(ctx, steadyTimeout)
		err := call(bounded, s.Store)
		cancel()
		if err != nil && ctx.Err() != nil {
			return err // the caller gave up, which says nothing of the server
		}
		s.note(err)
		if err == nil {
			return nil
		}
	}
	return call(ctx, s.local)
}

// tryShared reports whether to ask the server. While it is down one caller in
// a while does; the others need not wait for their own time-out.
func (s *Steady) tryShared() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down {
		return true
	}
	now := s.now()
	if now.Before(s.nextAt) {
		return false
	}
	s.nextAt = now.Add(steadyPause)
	return true
}

// note remembers how a call of the server ended, and tells the log of a change.
func (s *Steady) note(err error) {
	s.mu.Lock()
	was := s.down
	s.down = err != nil
	if s.down {
		s.nextAt = s.now().Add(steadyPause)
	}
	s.mu.Unlock()
	switch {
	case err != nil && !was:
		s.log.Warn("the shared state cannot be reached: limits are counted in this process alone", "err", err)
	case err == nil && was:
		s.log.Info("the shared state can be reached again")
	}
}
