package bot

import (
	"sync"
	"time"

	"replydesk/inbox/desk"
)

// The search by meaning has a breaker of its own (faq/semantic), with other rules
// on purpose: nobody sees it pause, so there one failure pauses it, for longer
// each time. Here a person waits and asked for it: a single failure must not take
// the button away, and the pause must be short.

// A model that fails so often in a row is left alone for a while; then one call
// tries it.
const (
	breakAfter = 5
	breakFor   = 30 * time.Second
)

// breaker keeps staff from waiting for a model that is not there. The zero
// value is closed.
type breaker struct {
	mu    sync.Mutex
	fails int
	until time.Time // no call before; after it one call, until that ends
}

// allow is nil when a call may be made.
func (b *breaker) allow(now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails < breakAfter {
		return nil
	}
	if now.Before(b.until) {
		return desk.Errorf(desk.Unavailable, "模型服务连续出错，已暂停调用，请稍后再试").WithReason("model_paused")
	}
	b.until = now.Add(breakFor) // this call decides; others wait
	return nil
}

// note counts how a call ended. What the model refused or wrote too long says
// nothing about whether it works; neither does a caller who gave up.
func (b *breaker) note(fault ModelFault, ok bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch fault {
	case ModelSettings, ModelBusy, ModelDown, ModelStalled, ModelSlow, ModelCut:
		if b.fails++; b.fails >= breakAfter {
			b.until = now.Add(breakFor)
		}
	default:
		if ok || fault != "" {
			b.fails = 0
		}
	}
}
