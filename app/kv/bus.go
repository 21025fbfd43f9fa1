package kv

import (
	"context"
	"sync"
)

// bus hands hints to the subscribers within one process.
type bus struct {
	mu       sync.Mutex
	closed   bool
	channels map[string]map[*subscriber]struct{}
}

// subscriber is one listener. Its channel is written and closed under the
// bus's lock only.
type subscriber struct {
	hints chan string
	stop  func() bool // ends the watch over the subscriber's context
}

func (b *bus) publish(channel, payload string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return unavailable(errClosed)
	}
	for s := range b.channels[channel] {
		select {
		case s.hints <- payload:
		default: // only a hint: who does not keep up loses it
		}
	}
	return nil
}

func (b *bus) subscribe(ctx context.Context, channel string) (<-chan string, func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &subscriber{hints: make(chan string, hintQueue)}
	if b.closed {
		close(s.hints)
		return s.hints, func() {}
	}
	if b.channels[channel] == nil {
		b.channels[channel] = make(map[*subscriber]struct{})
	}
	b.channels[channel][s] = struct{}{}
	leave := func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.remove(channel, s)
	}
	s.stop = context.AfterFunc(ctx, leave)
	return s.hints, leave
}

// remove ends one subscription; the lock is held, and a second call is harmless.
func (b *bus) remove(channel string, s *subscriber) {
	if _, there := b.channels[channel][s]; !there {
		return
	}
	delete(b.channels[channel], s)
	if len(b.channels[channel]) == 0 {
		delete(b.channels, channel)
	}
	s.stop()
	close(s.hints)
}

func (b *bus) open() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return unavailable(errClosed)
	}
	return nil
}

func (b *bus) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	for channel, subscribers := range b.channels {
		for s := range subscribers {
			b.remove(channel, s)
		}
	}
}
