package auth

import (
	"sync"
	"time"
)

// Bounds of what is remembered. The time is what a lost hint from another node
// may cost; this node forgets at once.
const (
	cacheFor  = 10 * time.Second
	cacheSize = 10_000
)

// held is a session or token with its user as last read.
type held struct {
	session Session // Key "" for a token
	token   Token   // ID 0 for a session
	user    User
	readAt  time.Time
}

func (h held) name() string {
	if h.token.ID != 0 {
		return tokenName(h.token.ID)
	}
	return sessionName(h.session.Key)
}

// cache remembers who sessions and tokens belong to, by fingerprint.
type cache struct {
	now func() time.Time

	mu     sync.Mutex
	byKey  map[string]held
	change uint64 // counts what was forgotten
}

func newCache(now func() time.Time) *cache {
	return &cache{now: now, byKey: make(map[string]held)}
}

// get returns what is remembered, and a mark to hand to put when nothing is.
func (c *cache) get(fingerprint string) (h held, found bool, mark uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, found = c.byKey[fingerprint]
	if found && c.now().Sub(h.readAt) >= cacheFor {
		delete(c.byKey, fingerprint)
		found = false
	}
	return h, found, c.change
}

// put remembers h unless something was forgotten since mark: h may have been
// read before that change.
func (c *cache) put(fingerprint string, h held, mark uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.change != mark {
		return
	}
	if len(c.byKey) >= cacheSize {
		c.prune()
	}
	h.readAt = c.now()
	c.byKey[fingerprint] = h
}

// prune drops what is old, and something at random when all is fresh.
func (c *cache) prune() {
	for key, h := range c.byKey {
		if c.now().Sub(h.readAt) >= cacheFor {
			delete(c.byKey, key)
		}
	}
	for key := range c.byKey {
		if len(c.byKey) < cacheSize {
			return
		}
		delete(c.byKey, key)
	}
}

// seen reports whether the caller is the one to write that this was seen at
// now, given that it was last written before; others come too late.
func (c *cache) seen(fingerprint string, before, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, found := c.byKey[fingerprint]
	if !found {
		return true
	}
	if h.token.ID != 0 {
		if h.token.UsedAt.After(before) {
			return false
		}
		h.token.UsedAt = now
	} else {
		if h.session.SeenAt.After(before) {
			return false
		}
		h.session.SeenAt = now
	}
	c.byKey[fingerprint] = h
	return true
}

// drop forgets a session or token by its name.
func (c *cache) drop(name string) {
	c.dropIf(func(h held) bool { return h.name() == name })
}

// dropUser forgets all that belongs to a user.
func (c *cache) dropUser(userID int64) {
	c.dropIf(func(h held) bool { return h.user.ID == userID })
}

func (c *cache) dropIf(match func(held) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.change++
	for key, h := range c.byKey {
		if match(h) {
			delete(c.byKey, key)
		}
	}
}
