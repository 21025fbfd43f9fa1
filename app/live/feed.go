package live

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"replydesk/inbox/desk"
)

// headChannel carries the number of the latest event between nodes.
const headChannel = "live.events"

// Run reads the Source and serves hints until ctx ends, then closes all sockets
// with 1001 without waiting for them. A Source that fails is asked again. Run
// is called once.
func (h *Hub) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	announce := make(chan struct{}, 1)
	group.Go(func() { h.talk(ctx, announce) })
	// Subscribed before the first read: what is committed in between is hinted at.
	heads, stopHeads := h.options.Shared.Subscribe(ctx, headChannel)
	defer stopHeads()
	peers, stopPeers := h.options.Shared.Subscribe(ctx, peerChannel)
	defer stopPeers()
	group.Go(func() { listen(ctx, heads, h.hearHead) })
	group.Go(func() { listen(ctx, peers, h.hearPeer) })
	group.Go(func() { h.every(ctx, h.options.PresenceTTL/20, h.expirePresence) })
	if h.options.Recheck != nil {
		group.Go(func() { h.every(ctx, h.options.RecheckEvery, h.recheckAll) })
	}
	h.feed(ctx, announce)
	h.closeAll(CloseGoingAway, "the desk is stopping")
	return nil
}

// feed keeps the ring at the Source's head until ctx ends.
func (h *Hub) feed(ctx context.Context, announce chan struct{}) {
	failing, read := false, int64(0)
	report := func(err error) time.Duration {
		switch {
		case err != nil && !failing && ctx.Err() == nil:
			h.options.Log.Error("live: cannot read the events", "err", err)
		case err == nil && failing:
			h.options.Log.Info("live: the events can be read again")
		}
		if failing = err != nil; failing {
			return h.options.Poll
		}
		top := h.ring.top()
		rest := h.pause(top - read)
		read = top
		return rest
	}
	for err := h.prime(ctx); err != nil; err = h.prime(ctx) {
		if !wait(ctx, report(err)) {
			return
		}
	}
	poll := time.NewTicker(h.options.Poll)
	defer poll.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-h.wake:
			if err = h.advance(ctx); err == nil {
				poke(announce)
			}
		case <-h.behind:
			err = h.advance(ctx)
		case <-poll.C:
			err = h.look(ctx)
		}
		if !wait(ctx, report(err)) {
			return
		}
	}
}

// pouring is how many events a round has when they pour in: then the next may
// wait for more, so that a process that takes in much is not woken for each few.
const pouring = 6

// pause is the least time between a round of so many events and the next. A
// single event waits for nothing; sockets are woken no faster than they can be
// written (about 15 µs each).
func (h *Hub) pause(events int64) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	least := time.Millisecond
	if events >= pouring {
		least *= 10
	}
	return min(least+time.Duration(len(h.sockets))*15*time.Microsecond, 250*time.Millisecond)
}

// prime fills the ring with the latest events, so that the clients of a desk
// that was just started again resume without reading the Source each.
func (h *Hub) prime(ctx context.Context) error {
	head, err := h.head(ctx)
	if err != nil {
		return err
	}
	h.ring.start(max(head-int64(h.options.Ring), 0))
	if err := h.advance(ctx); err != nil {
		return err
	}
	close(h.ready)
	return nil
}

// look is the safety net under the hints: it compares the Source with the ring.
func (h *Hub) look(ctx context.Context) error {
	head, err := h.head(ctx)
	if err != nil {
		return err
	}
	top := h.ring.top()
	if head > top {
		return h.advance(ctx)
	}
	if head < top {
		// The database was exchanged for an older one under our feet. Clients
		// come back with numbers it does not know, and are reset.
		h.options.Log.Warn("live: the events went back", "from", top, "to", head)
		h.ring.start(head)
		for _, s := range h.matching(func(*socket) bool { return true }) {
			s.close(CloseSlow, "the events went back")
		}
	}
	return nil
}

func (h *Hub) head(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	head, err := h.options.Source.Head(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the latest event's number: %w", err)
	}
	return head, nil
}

// advance reads what the Source has above the ring's head.
func (h *Hub) advance(ctx context.Context) error {
	for {
		events, err := h.page(ctx, h.ring.top())
		if err != nil {
			return err
		}
		entries := make([]*entry, 0, len(events))
		for _, e := range events {
			entries = append(entries, newEntry(e))
		}
		h.ring.add(entries)
		if len(events) < pageSize {
			return nil
		}
	}
}

// page reads one page of the Source.
func (h *Hub) page(ctx context.Context, after int64) ([]desk.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	events, err := h.options.Source.EventsAfter(ctx, after, pageSize)
	if err != nil {
		return nil, fmt.Errorf("read the events after %d: %w", after, err)
	}
	for _, e := range events {
		if e.ID <= after {
			return nil, fmt.Errorf("read the events: %d came after %d", e.ID, after)
		}
		after = e.ID
	}
	return events, nil
}

// hearHead is told by another node how far the events go.
func (h *Hub) hearHead(hint string) {
	if head, err := strconv.ParseInt(hint, 10, 64); err == nil && head > h.ring.top() {
		poke(h.behind)
	}
}

// wait lets d go by; false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// every calls step each d until ctx ends.
func (h *Hub) every(ctx context.Context, d time.Duration, step func(ctx context.Context)) {
	ticker := time.NewTicker(d)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			step(ctx)
		}
	}
}
