package kvtest

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Cutter is a TCP relay in front of a server that can be cut and mended.
type Cutter struct {
	URL      string // of the relay
	upstream string
	ctx      context.Context // of the test

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]struct{}
}

// NewCutter starts a relay to the server of a redis:// URL; it ends with the test.
func NewCutter(t *testing.T, server string) *Cutter {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal("DESK_TEST_REDIS_URL is not a URL")
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &Cutter{ctx: t.Context(), upstream: u.Host, conns: make(map[net.Conn]struct{})}
	u.Host = listener.Addr().String()
	c.URL = u.String()

	var group sync.WaitGroup
	group.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			group.Go(func() { c.relay(conn) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		c.Off()
		group.Wait()
	})
	return c
}

func (c *Cutter) relay(conn net.Conn) {
	defer conn.Close()
	up, err := (&net.Dialer{Timeout: patience}).DialContext(c.ctx, "tcp", c.upstream)
	if err != nil {
		return
	}
	defer up.Close()
	c.mu.Lock()
	if c.cut {
		c.mu.Unlock()
		return
	}
	c.conns[conn], c.conns[up] = struct{}{}, struct{}{}
	c.mu.Unlock()

	var group sync.WaitGroup
	group.Go(func() {
		_, _ = io.Copy(up, conn)
		up.Close()
	})
	group.Go(func() {
		_, _ = io.Copy(conn, up)
		conn.Close()
	})
	group.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn)
	delete(c.conns, up)
}

// Off breaks every connection and refuses new ones.
func (c *Cutter) Off() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = true
	for conn := range c.conns {
		conn.Close()
	}
}

// On lets connections through again.
func (c *Cutter) On() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = false
}
