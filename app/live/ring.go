package live

import (
	"sort"
	"sync"

	"github.com/gorilla/websocket"

	"replydesk/inbox/desk"
)

// entry is one event. Its frame is made when the first socket wants it, once
// for all of them: with nobody there nothing is encoded.
type entry struct {
	event desk.Event
	frame func() (*websocket.PreparedMessage, error)
	size  int
}

func newEntry(e desk.Event) *entry {
	frame := sync.OnceValues(func() (*websocket.PreparedMessage, error) {
		return websocket.NewPreparedMessage(websocket.TextMessage, encodeEvent(e))
	})
	return &entry{event: e, frame: frame, size: 2*len(e.Data) + entryOverhead}
}

// entryOverhead is about what an entry takes beside its data and their frame.
const entryOverhead = 500

// ring holds the latest events: all that are numbered above base, up to head.
// It is bounded in events and in bytes.
type ring struct {
	maxEntries int
	maxBytes   int

	mu      sync.RWMutex
	entries []*entry // only appended to, so that readers may keep a part of it
	bytes   int
	base    int64
	head    int64
	changed chan struct{} // closed when anything above changes
}

func newRing(maxEntries, maxBytes int) *ring {
	return &ring{maxEntries: maxEntries, maxBytes: maxBytes, changed: make(chan struct{})}
}

// view is what a reader sees of the ring at one moment.
type view struct {
	entries []*entry // after the asked number, in order; the reader must not change it
	base    int64
	head    int64
	changed <-chan struct{}
}

// after returns the entries numbered above cursor. They are all there are only
// when cursor is not below the view's base.
func (r *ring) after(cursor int64) view {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v := view{base: r.base, head: r.head, changed: r.changed}
	if cursor < r.head {
		first := sort.Search(len(r.entries), func(i int) bool { return r.entries[i].event.ID > cursor })
		v.entries = r.entries[first:len(r.entries):len(r.entries)]
	}
	return v
}

// top returns the number of the latest event.
func (r *ring) top() int64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.head
}

// start empties the ring; what follows is added above base.
func (r *ring) start(base int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries, r.bytes, r.base, r.head = nil, 0, base, base
	r.signal()
}

// add appends entries, whose numbers must rise above the head, and lets the
// oldest go.
func (r *ring) add(entries []*entry) {
	if len(entries) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range entries {
		r.bytes += e.size
	}
	all := append(r.entries, entries...)
	drop := 0
	for len(all)-drop > r.maxEntries || r.bytes > r.maxBytes && len(all)-drop > 1 {
		r.bytes -= all[drop].size
		r.base = all[drop].event.ID
		drop++
	}
	if drop > 0 {
		all = all[drop:]
	}
	r.entries, r.head = all, all[len(all)-1].event.ID
	r.signal()
}

// signal wakes all who wait; the lock is held.
func (r *ring) signal() {
	close(r.changed)
	r.changed = make(chan struct{})
}
