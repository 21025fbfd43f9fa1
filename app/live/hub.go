package live

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"replydesk/inbox/desk"
)

// Source is where the events are kept. Numbers rise with the order in which
// events become visible: once EventsAfter or Head has shown number N, nothing
// numbered N or below appears any more. It keeps at least Options.Keep events.
// Both methods may be called by many goroutines at the same time.
type Source interface {
	// EventsAfter returns the first limit events numbered above after, in order.
	EventsAfter(ctx context.Context, after int64, limit int) ([]desk.Event, error)
	// Head returns the number of the latest event, 0 when there is none.
	Head(ctx context.Context) (int64, error)
}

// Shared is what the nodes of one desk have in common; kv.Store is one. Hints
// may be lost.
type Shared interface {
	Touch(ctx context.Context, set, member string, ttl time.Duration) error
	Members(ctx context.Context, set string) ([]string, error)
	Drop(ctx context.Context, set, member string) error
	Publish(ctx context.Context, channel, payload string) error
	Subscribe(ctx context.Context, channel string) (hints <-chan string, stop func())
}

// Options are the parts and bounds of a Hub. Source, Shared and MaySee are
// required; anything else has the default that stands beside it.
type Options struct {
	Source Source
	Shared Shared

	// MaySee reports whether the actor may see the ticket, for presence. A
	// failure to find out is a no.
	MaySee func(ctx context.Context, actor desk.Actor, ticketID int64) bool
	// Recheck returns who a session belongs to now, with an Unauthenticated,
	// Forbidden or NotFound desk.Error when it has ended. It must not prolong the
	// session. The Hub asks when a socket opens and every RecheckEvery, for
	// sessions that run out and for a Drop or Refresh that another node's hint
	// lost. nil: sockets live until they are told to close.
	Recheck func(ctx context.Context, session string) (desk.Actor, error)

	Origins []string         // beside the host itself, see CheckHandshake
	Now     func() time.Time // time.Now
	Log     *slog.Logger     // none

	Keep       int64 // 50,000: a client further behind is reset
	Lag        int64 // Keep/2: an open socket that falls further behind is slow
	Ring       int   // 4,096 events held in memory …
	RingBytes  int   // … and at most 8 MB of them
	MaxSockets int   // 20,000 on this node

	HelloTimeout time.Duration // 10 s from the handshake to the hello
	ReadTimeout  time.Duration // 60 s without a sign of life
	PingEvery    time.Duration // 25 s
	WriteTimeout time.Duration // 10 s for one write
	CloseTimeout time.Duration // 2 s for the closing handshake
	Poll         time.Duration // 1 s between looks at the Source's head
	PresenceTTL  time.Duration // 20 s
	RecheckEvery time.Duration // 60 s
}

// Bounds that no deployment needs to change.
const (
	maxFrame    = 64 << 10        // bytes of a client's frame
	pageSize    = 500             // events of one read of the Source
	maxPages    = 4               // reads of the Source by sockets at the same time
	callTimeout = 5 * time.Second // for one read of the Source
	hintTimeout = 2 * time.Second // for one call of Shared, MaySee or Recheck
)

func (o Options) withDefaults() Options {
	or(&o.Keep, 50_000)
	or(&o.Lag, max(o.Keep/2, 1))
	or(&o.Ring, 4096)
	or(&o.RingBytes, 8<<20)
	or(&o.MaxSockets, 20_000)
	or(&o.HelloTimeout, 10*time.Second)
	or(&o.ReadTimeout, 60*time.Second)
	or(&o.PingEvery, 25*time.Second)
	or(&o.WriteTimeout, 10*time.Second)
	or(&o.CloseTimeout, 2*time.Second)
	or(&o.Poll, time.Second)
	or(&o.PresenceTTL, 20*time.Second)
	or(&o.RecheckEvery, time.Minute)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// or sets what was not given, or not sensibly.
func or[T int | int64 | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// Hub serves the sockets of one node. Build it with New, start Run, and end it
// with Close.
type Hub struct {
	options  Options
	node     string
	upgrader websocket.Upgrader
	buffers  heldBuffers

	ring   *ring
	ready  chan struct{} // closed when the head is known
	wake   chan struct{} // a commit on this node
	behind chan struct{} // a reason to believe that there is more
	pages  chan struct{} // places to read the Source
	outbox chan peerHint

	mu      sync.Mutex
	closing bool
	open    int // places taken, the handshakes under way included
	sockets map[*socket]struct{}
	serving sync.WaitGroup
	serial  uint64

	board board

	frames, slow, resets atomic.Uint64
}

// New returns a Hub that does nothing until Run.
func New(options Options) *Hub {
	o := options.withDefaults()
	return &Hub{
		options: o,
		node:    rand.Text(),
		upgrader: websocket.Upgrader{
			HandshakeTimeout: o.WriteTimeout,
			ReadBufferSize:   1 << 10,
			WriteBufferSize:  1 << 10,
			WriteBufferPool:  &sync.Pool{},
			Subprotocols:     []string{Subprotocol},
		},
		ring:    newRing(o.Ring, o.RingBytes),
		ready:   make(chan struct{}),
		wake:    make(chan struct{}, 1),
		behind:  make(chan struct{}, 1),
		pages:   make(chan struct{}, maxPages),
		outbox:  make(chan peerHint, 256),
		sockets: make(map[*socket]struct{}),
		board:   board{rooms: make(map[int64]*room)},
	}
}

// Wake tells the Hub that events were committed on this node. It never blocks.
func (h *Hub) Wake() { poke(h.wake) }

// poke fills a channel of capacity one without blocking.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Close refuses new sockets, closes the open ones with 1001 and waits until
// they are gone; when ctx ends first it cuts them off and returns its error.
func (h *Hub) Close(ctx context.Context) error {
	h.closeAll(CloseGoingAway, "the desk is stopping")
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		h.serving.Wait()
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	for _, s := range h.matching(func(*socket) bool { return true }) {
		s.link.abort()
	}
	select {
	case <-gone:
	case <-time.After(h.options.CloseTimeout): // they wait for the shared state, to say that somebody left
	}
	return ctx.Err()
}

func (h *Hub) closeAll(code int, reason string) {
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	for _, s := range h.matching(func(*socket) bool { return true }) {
		s.close(code, reason)
	}
}

// Drop closes the sockets of a session that has ended, on every node, with 4001.
func (h *Hub) Drop(session string) {
	h.dropLocal(session)
	h.tellPeers(peerHint{Drop: session})
}

// Refresh closes the sockets of a user whose rights have changed, on every
// node, with 4001. The client comes back with the new ones.
func (h *Hub) Refresh(userID int64) {
	h.refreshLocal(userID)
	h.tellPeers(peerHint{Refresh: userID})
}

func (h *Hub) dropLocal(session string) {
	for _, s := range h.matching(func(s *socket) bool { return s.session == session }) {
		s.close(CloseSession, "the session has ended")
	}
}

func (h *Hub) refreshLocal(userID int64) {
	for _, s := range h.matching(func(s *socket) bool { return s.actor.UserID == userID }) {
		s.close(CloseSession, "the rights have changed")
	}
}

// matching returns the open sockets that match, so that the caller acts on them
// without the lock.
func (h *Hub) matching(match func(*socket) bool) []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []*socket
	for s := range h.sockets {
		if match(s) {
			found = append(found, s)
		}
	}
	return found
}

// Stats are figures for the metrics page.
type Stats struct {
	Sockets int    // open now
	Head    int64  // the latest event pushed
	Frames  uint64 // event frames written since the start
	Slow    uint64 // sockets closed because the client did not keep up
	Resets  uint64 // clients told to reload
}

// Stats returns the figures of this node.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	open := len(h.sockets)
	h.mu.Unlock()
	return Stats{Sockets: open, Head: h.ring.top(), Frames: h.frames.Load(), Slow: h.slow.Load(), Resets: h.resets.Load()}
}
