package semantic

import (
	"sync"
	"time"
)

// breaker keeps searches from waiting for an endpoint that failed: after a
// failure nobody asks for a while, then one search tries.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex
	failures int
	until    time.Time // nobody asks before
	trial    bool      // one is asking after a failure
}

// How long nobody asks after a failure: doubled with every further one.
const (
	firstPause = 5 * time.Second
	mostPause  = 5 * time.Minute
)

// try reports whether the caller may ask, and makes others wait while it tries
// an endpoint that failed; it must tell the outcome.
func (b *breaker) try(deadline time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if now.Before(b.until) {
		return false
	}
	if b.failures > 0 {
		b.until, b.trial = now.Add(2*deadline), true
	}
	return true
}

func (b *breaker) succeed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures, b.until, b.trial = 0, time.Time{}, false
}

// leave ends an attempt that says nothing.
func (b *breaker) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trial {
		b.until, b.trial = time.Time{}, false
	}
}

// fail returns for how long nobody asks, 0 when a failure of the same time had
// begun the pause already.
func (b *breaker) fail(told time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if !b.trial && now.Before(b.until) {
		return 0
	}
	pause := firstPause << min(b.failures, 10)
	pause = min(max(pause, told), mostPause)
	b.failures++
	b.until, b.trial = now.Add(pause), false
	return pause
}
