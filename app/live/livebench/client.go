package livebench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// order is the first line a client process reads.
type order struct {
	Addr    string      `json:"addr"`
	Path    string      `json:"path"`
	Header  http.Header `json:"header"`
	Sockets int         `json:"sockets"`
}

// report is one line it writes: once when all sockets are welcomed, then each
// time all of them have one more event; or what went wrong.
type report struct {
	Ready bool   `json:"ready,omitempty"`
	At    int64  `json:"at,omitempty"`    // Unix nanoseconds
	Bytes int    `json:"bytes,omitempty"` // of the last frame
	Error string `json:"error,omitempty"`
}

// dialers is how many sockets are opened at the same time.
const dialers = 64

// RunClient is the body of the client process: it opens the sockets its
// standard input asks for, reports on its standard output, and returns when the
// input ends.
func RunClient(ctx context.Context, in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	var o order
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &crowd{order: o, out: json.NewEncoder(out)}
	defer c.leave()
	if err := c.connect(ctx); err != nil {
		c.say(report{Error: err.Error()})
		return err
	}
	c.say(report{Ready: true})
	_, err = io.Copy(io.Discard, lines)
	return err
}

// crowd is all sockets of a client process.
type crowd struct {
	order order

	saying sync.Mutex
	out    *json.Encoder

	mu      sync.Mutex
	leaving bool
	conns   []net.Conn
	reading sync.WaitGroup
	arrived atomic.Int64
}

func (c *crowd) say(r report) {
	c.saying.Lock()
	defer c.saying.Unlock()
	_ = c.out.Encode(r) // without a listener there is nobody to tell
}

// connect opens all sockets and starts to read them.
func (c *crowd) connect(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan struct{}, c.order.Sockets)
	for range c.order.Sockets {
		todo <- struct{}{}
	}
	close(todo)
	var opening sync.WaitGroup
	for range min(dialers, c.order.Sockets) {
		opening.Go(func() {
			for range todo {
				if err := c.open(ctx); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	opening.Wait()
	return context.Cause(ctx)
}

// open connects one socket, says hello and waits for the welcome.
func (c *crowd) open(ctx context.Context) error {
	conn, err := (&net.Dialer{Timeout: roundTimeout}).DialContext(ctx, "tcp", c.order.Addr)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.conns = append(c.conns, conn)
	c.mu.Unlock()
	if err := conn.SetDeadline(time.Now().Add(roundTimeout)); err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: desk.v1\r\n", c.order.Path, c.order.Addr)
	_ = c.order.Header.Write(&b) // a bytes.Buffer takes everything
	b.WriteString("\r\n")
	if _, err := conn.Write(b.Bytes()); err != nil {
		return err
	}
	reader := bufio.NewReaderSize(conn, 1<<10)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the server answered %s", response.Status)
	}
	// Only now: a bare gorilla server refuses a frame behind the handshake.
	if _, err := conn.Write(masked(0x1, []byte(`{"type":"hello","after":0}`))); err != nil {
		return err
	}
	if _, err := nextText(conn, reader); err != nil { // the welcome
		return err
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	c.reading.Go(func() { c.read(conn, reader) })
	return nil
}

// read counts the events of one socket until it closes.
func (c *crowd) read(conn net.Conn, reader *bufio.Reader) {
	for {
		size, err := nextText(conn, reader)
		if err != nil {
			c.mu.Lock()
			leaving := c.leaving
			c.mu.Unlock()
			if !leaving {
				c.say(report{Error: "a socket ended: " + err.Error()})
			}
			return
		}
		if c.arrived.Add(1)%int64(c.order.Sockets) == 0 {
			c.say(report{At: time.Now().UnixNano(), Bytes: size})
		}
	}
}

// leave closes all sockets.
func (c *crowd) leave() {
	c.mu.Lock()
	c.leaving = true
	for _, conn := range c.conns {
		conn.Close()
	}
	c.mu.Unlock()
	c.reading.Wait()
}

// nextText reads to the end of the next text frame, answering pings, and
// returns how long its text is.
func nextText(conn net.Conn, reader *bufio.Reader) (size int, err error) {
	for {
		var head [8]byte
		if _, err := io.ReadFull(reader, head[:2]); err != nil {
			return 0, err
		}
		kind, size := head[0]&0x0f, int(head[1])
		switch size {
		case 126:
			if _, err := io.ReadFull(reader, head[:2]); err != nil {
				return 0, err
			}
			size = int(binary.BigEndian.Uint16(head[:2]))
		case 127:
			if _, err := io.ReadFull(reader, head[:8]); err != nil {
				return 0, err
			}
			size = int(binary.BigEndian.Uint64(head[:8]))
		}
		switch kind {
		case 0x1:
			_, err := reader.Discard(size)
			return size, err
		case 0x8:
			return 0, errors.New("the server closed it")
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(reader, data); err != nil {
			return 0, err
		}
		if kind == 0x9 {
			if _, err := conn.Write(masked(0xa, data)); err != nil {
				return 0, err
			}
		}
	}
}

// masked is a short client frame, masked with zeros.
func masked(kind byte, data []byte) []byte {
	return append([]byte{0x80 | kind, 0x80 | byte(len(data)), 0, 0, 0, 0}, data...)
}
