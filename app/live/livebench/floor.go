package livebench

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// floor is the least that a broadcast can be: a set of sockets, a channel and a
// writer goroutine each, one WriteMessage for each event. No numbers, no
// filter, no deadlines, no resuming.
type floor struct {
	server   *http.Server
	addr     string
	upgrader websocket.Upgrader
	frame    []byte

	mu      sync.Mutex
	queues  map[chan []byte]*websocket.Conn
	serving sync.WaitGroup
}

// startFloor serves events of size bytes.
func startFloor(ctx context.Context, size int) (*floor, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the floor: %w", err)
	}
	f := &floor{
		addr:     ln.Addr().String(),
		upgrader: websocket.Upgrader{ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10, WriteBufferPool: &sync.Pool{}, Subprotocols: []string{"desk.v1"}},
		frame:    make([]byte, size),
		queues:   make(map[chan []byte]*websocket.Conn),
	}
	for i := range f.frame {
		f.frame[i] = 'x'
	}
	f.server = &http.Server{Handler: f, ReadHeaderTimeout: 10 * time.Second}
	f.serving.Go(func() { _ = f.server.Serve(ln) })
	return f, nil
}

func (f *floor) target() Target { return Target{Addr: f.addr, Path: "/", Publish: f.publish} }

// publish hands the frame to every socket's queue.
func (f *floor) publish(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for queue := range f.queues {
		select {
		case queue <- f.frame:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// ServeHTTP is one socket.
func (f *floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := f.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	defer closeConn(conn)
	if _, _, err := conn.ReadMessage(); err != nil { // the hello
		return
	}
	queue := make(chan []byte, 16)
	f.mu.Lock()
	f.queues[queue] = conn
	f.mu.Unlock()
	var writing sync.WaitGroup
	writing.Go(func() {
		if conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"welcome"}`)) != nil {
			return
		}
		for frame := range queue {
			if conn.WriteMessage(websocket.TextMessage, frame) != nil {
				return
			}
		}
	})
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			break
		}
	}
	f.mu.Lock()
	delete(f.queues, queue)
	f.mu.Unlock()
	close(queue)
	writing.Wait()
}

// stop closes all sockets.
func (f *floor) stop() {
	f.mu.Lock()
	for _, conn := range f.queues {
		closeConn(conn)
	}
	f.mu.Unlock()
	_ = f.server.Close() // closes the listener; there is nothing to flush
	f.serving.Wait()
}

// closeConn drops a connection that nobody expects anything from.
func closeConn(conn *websocket.Conn) { _ = conn.Close() }
