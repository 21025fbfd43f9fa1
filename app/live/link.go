package live

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// maxHeld is how many bytes of a batch are gathered before they are written.
const maxHeld = 32 << 10

// link is the connection under a socket. It adds to net.Conn: frames that are
// held together and leave in one write, the rest of a frame that a time-out cut
// off (so that a closing frame can still follow it), and deadlines that nobody
// can move once the end has come.
type link struct {
	net.Conn

	write   sync.Mutex // one frame after the other
	holding bool
	held    []byte
	rest    []byte // what a failed write left of its frame

	deadlines sync.Mutex
	ending    bool // the read deadline is final
	cut       bool // both are, and past
}

// heldBuffers are shared, so that a socket at rest owns none.
type heldBuffers struct{ pool sync.Pool }

func (b *heldBuffers) get() []byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return (*buffer)[:0]
	}
	return make([]byte, 0, maxHeld)
}

func (b *heldBuffers) put(buffer []byte) { b.pool.Put(&buffer) }

// Write implements net.Conn.
func (l *link) Write(p []byte) (int, error) {
	l.write.Lock()
	defer l.write.Unlock()
	if !l.holding {
		return l.send(p)
	}
	if len(l.held) > 0 && len(l.held)+len(p) > maxHeld {
		if _, err := l.send(l.held); err != nil {
			return 0, err
		}
		l.held = l.held[:0]
	}
	if len(p) > maxHeld {
		return l.send(p)
	}
	l.held = append(l.held, p...)
	return len(p), nil
}

// send writes p at once and remembers what of it did not leave.
func (l *link) send(p []byte) (int, error) {
	n, err := l.Conn.Write(p)
	if err != nil {
		l.rest = append(l.rest, p[n:]...)
	}
	return n, err
}

// hold gathers the following writes until flush.
func (l *link) hold(buffers *heldBuffers) {
	l.write.Lock()
	defer l.write.Unlock()
	l.holding, l.held = true, buffers.get()
}

// flush writes what was held, before deadline.
func (l *link) flush(buffers *heldBuffers, deadline time.Time) error {
	l.write.Lock()
	defer l.write.Unlock()
	held := l.held
	l.holding, l.held = false, nil
	defer buffers.put(held)
	if len(held) == 0 || len(l.rest) > 0 {
		return nil
	}
	if err := l.SetWriteDeadline(deadline); err != nil {
		return err
	}
	_, err := l.send(held)
	return err
}

// interrupted reports whether a frame was cut off by a failed write.
func (l *link) interrupted() bool {
	l.write.Lock()
	defer l.write.Unlock()
	return len(l.rest) > 0
}

// finish writes the rest of a frame that was cut off, and then frame.
func (l *link) finish(frame []byte, deadline time.Time) error {
	l.write.Lock()
	defer l.write.Unlock()
	if err := l.SetWriteDeadline(deadline); err != nil {
		return err
	}
	_, err := l.Conn.Write(append(l.rest, frame...))
	return err
}

// SetWriteDeadline implements net.Conn; after abort it does nothing.
func (l *link) SetWriteDeadline(t time.Time) error {
	l.deadlines.Lock()
	defer l.deadlines.Unlock()
	if l.cut {
		return nil
	}
	return l.Conn.SetWriteDeadline(t)
}

// SetReadDeadline implements net.Conn; after end and abort it does nothing.
func (l *link) SetReadDeadline(t time.Time) error {
	l.deadlines.Lock()
	defer l.deadlines.Unlock()
	if l.ending || l.cut {
		return nil
	}
	return l.Conn.SetReadDeadline(t)
}

// end makes t the last read deadline.
func (l *link) end(t time.Time) {
	l.deadlines.Lock()
	defer l.deadlines.Unlock()
	if l.ending || l.cut {
		return
	}
	l.ending = true
	_ = l.Conn.SetReadDeadline(t) // fails only when the connection is closed
}

// abort makes reads and writes fail from now on, those under way included.
func (l *link) abort() {
	l.deadlines.Lock()
	defer l.deadlines.Unlock()
	if l.cut {
		return
	}
	l.cut = true
	_ = l.Conn.SetDeadline(time.Unix(1, 0)) // fails only when the connection is closed
}

// drain reads on until the peer closes, for a while: closing a connection with
// unread bytes resets it, and the peer might lose the closing frame.
func (l *link) drain(until time.Time) {
	l.end(until)
	_, _ = io.Copy(io.Discard, io.LimitReader(l.Conn, 4*maxFrame)) // the error is the end we wait for
}

// unwrap returns the connection inside an HTTP server's wrapper, which holds a
// buffer of the server's, together with what the peer sent early. When it fails
// the connection is returned all the same, to be closed.
func unwrap(conn net.Conn) (net.Conn, error) {
	wrapper, ok := conn.(interface{ UnsafeConn() net.Conn })
	if !ok {
		return conn, nil
	}
	raw := wrapper.UnsafeConn()
	// With a deadline in the past the wrapper's reader gives out what it holds
	// and cannot get at anything else.
	if err := raw.SetReadDeadline(time.Unix(1, 0)); err != nil {
		return raw, fmt.Errorf("take over the connection: %w", err)
	}
	held, err := io.ReadAll(io.LimitReader(conn, maxFrame))
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return raw, fmt.Errorf("take over the connection: %w", errors.Join(errEarly, err))
	}
	if err := raw.SetReadDeadline(time.Time{}); err != nil {
		return raw, fmt.Errorf("take over the connection: %w", err)
	}
	if len(held) == 0 {
		return raw, nil
	}
	return &early{Conn: raw, held: held}, nil
}

var errEarly = errors.New("the peer sent too much before the handshake, or is gone")

// early is a connection some bytes of which were read before.
type early struct {
	net.Conn
	held []byte
}

// Read implements net.Conn.
func (c *early) Read(p []byte) (int, error) {
	if len(c.held) == 0 {
		return c.Conn.Read(p)
	}
	n := copy(p, c.held)
	if c.held = c.held[n:]; len(c.held) == 0 {
		c.held = nil
	}
	return n, nil
}
