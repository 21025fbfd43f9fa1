package live

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"replydesk/inbox/desk"
)

// socket is one client. The goroutine of Adopt reads, a second one writes;
// everybody else only sets flags and pokes channels.
type socket struct {
	hub     *Hub
	id      string // unique among all nodes
	session string
	actor   desk.Actor
	link    *link
	ws      *websocket.Conn

	allowed bucket     // frames the client may send; the reader's
	greeted bool       // the hello has come; the reader's
	hello   chan int64 // the client's number, once

	quit   context.Context // ends when the socket closes
	cancel context.CancelFunc
	unhook func() bool // stops watching the process's context
	ending sync.Once
	code   int // set before quit ends; 0: nobody is left to be told
	reason string

	cursor int64 // the last event handled; the writer's
	level  bool  // the cursor has been at the head; the writer's

	at map[int64]*member // tickets this socket is at; under the board's lock

	telling sync.Mutex
	told    []presenceFrame // presence to be written
	nudge   chan struct{}

	written chan struct{} // closed when the writer has ended
	done    chan struct{} // closed when everything has
}

// Adopt makes a socket of a hijacked connection and serves it until it closes.
// It is meant to be the body of the hijack callback, after Check, of a server
// that leaves a hijacked connection open when its callback returns
// (fasthttp.Server.KeepHijackedConns): it takes the connection over and comes
// back once the handshake is answered, so that the server can use the buffers of
// the request again. ctx is the process's, not the request's. done is closed
// when the socket is.
func (h *Hub) Adopt(ctx context.Context, r Request) (done <-chan struct{}) {
	s := h.accept(ctx, r)
	if s == nil {
		none := make(chan struct{})
		close(none)
		return none
	}
	go s.run()
	return s.done
}

// accept answers the handshake. It returns nil, with the connection closed, when
// there is to be no socket.
func (h *Hub) accept(ctx context.Context, r Request) (s *socket) {
	defer h.rescue("handshake")
	conn, err := unwrap(r.Conn)
	admitted := false
	defer func() {
		if s == nil {
			conn.Close()
			if admitted {
				h.leave()
			}
		}
	}()
	if err != nil {
		h.options.Log.Debug("live: handshake", "err", err)
		return nil
	}
	if status, problem := h.admit(r); status != 0 {
		_ = conn.SetDeadline(time.Now().Add(h.options.CloseTimeout)) // a dead connection fails at the write as well
		refuse(conn, status, problem)
		return nil
	}
	admitted = true
	link := &link{Conn: conn}
	upgrader := h.upgrader
	upgrader.CheckOrigin = func(*http.Request) bool { return true } // admit did, with the allowed origins
	ws, err := upgrader.Upgrade(hijacked{link}, &http.Request{Method: r.Method, Host: r.Host, Header: r.Header}, nil)
	if err != nil {
		h.options.Log.Debug("live: handshake", "err", err)
		return nil
	}
	s = &socket{
		hub: h, session: r.Session, actor: r.Actor, link: link, ws: ws,
		allowed: bucket{size: 20, perSecond: 5, now: h.options.Now},
		hello:   make(chan int64, 1), nudge: make(chan struct{}, 1),
		written: make(chan struct{}), done: make(chan struct{}),
	}
	s.quit, s.cancel = context.WithCancel(context.WithoutCancel(ctx)) // only close ends it, which knows the code
	s.unhook = context.AfterFunc(ctx, func() { s.close(CloseGoingAway, "the desk is stopping") })
	h.register(s)
	if h.options.Recheck != nil {
		// What changed between the handshake's check and the registration was
		// told to nobody, so look again.
		actor, ended, err := h.recheck(s.quit, s.session)
		if ended || err == nil && !sameRights(actor, s.actor) {
			s.close(CloseSession, "the session has changed")
		}
	}
	return s
}

// run serves a socket from its first frame to its last. It is what stands on
// the stack of an idle one, so everything that needs more of it is elsewhere.
func (s *socket) run() {
	go s.write()
	said := s.read()
	s.finish(said)
}

// finish ends a socket that is no longer read from; said: the client said
// goodbye.
func (s *socket) finish(said bool) {
	h := s.hub
	defer close(s.done)
	defer h.leave()
	defer h.unregister(s)
	defer s.link.Close()
	defer s.unhook()
	s.close(0, "")
	if s.code == 0 {
		s.link.abort() // nobody is left who would take what is being written
	}
	<-s.written
	h.departAll(s)
	if s.code != 0 && !said {
		s.link.drain(time.Now().Add(h.options.CloseTimeout))
	}
}

// rescue keeps a fault of ours in one socket from ending the process.
func (h *Hub) rescue(where string, sockets ...*socket) {
	fault := recover()
	if fault == nil {
		return
	}
	h.options.Log.Error("live: panic", "where", where, "panic", fault, "stack", string(debug.Stack()))
	for _, s := range sockets {
		s.close(0, "")
		s.link.abort()
	}
}

func (h *Hub) register(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serial++
	s.id = h.node + "." + strconv.FormatUint(h.serial, 36)
	h.sockets[s] = struct{}{}
	if h.closing {
		s.close(CloseGoingAway, "the desk is stopping")
	}
}

func (h *Hub) unregister(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sockets, s)
}

// close ends the socket: the writer says code and reason, unless the code is 0.
// The first call counts. It never blocks.
func (s *socket) close(code int, reason string) {
	s.ending.Do(func() {
		s.code, s.reason = code, reason
		if code == CloseSlow {
			s.hub.slow.Add(1)
		}
		s.cancel()
	})
}

// read serves the client's frames until the connection or the socket ends, and
// reports whether the client said goodbye.
func (s *socket) read() (said bool) {
	defer s.hub.rescue("reader", s)
	s.ws.SetReadLimit(maxFrame)
	s.ws.SetPongHandler(s.pong)
	s.ws.SetPingHandler(s.pinged)
	_ = s.ws.SetReadDeadline(time.Now().Add(s.hub.options.HelloTimeout)) // a dead connection fails at the read as well
	for {
		kind, data, err := s.ws.ReadMessage()
		if err != nil {
			return s.unreadable(err)
		}
		if !s.heard(kind, data) {
			return false
		}
	}
}

// heard serves one frame; false when there is nothing more to hear.
func (s *socket) heard(kind int, data []byte) bool {
	if s.quit.Err() != nil {
		return true // closing: only the goodbye counts, until the final deadline
	}
	if kind != websocket.TextMessage {
		s.close(websocket.CloseUnsupportedData, "frames are JSON texts")
		return false
	}
	var problem string
	if s.greeted {
		problem = s.receive(data)
	} else {
		problem = s.greet(data)
	}
	if problem != "" {
		s.close(CloseProtocol, problem)
		return false
	}
	s.alive()
	return true
}

// alive puts off the moment at which silence means that the peer is dead.
// Before the hello nothing does.
func (s *socket) alive() {
	if s.greeted {
		_ = s.ws.SetReadDeadline(time.Now().Add(s.hub.options.ReadTimeout)) // a dead connection fails at the read as well
	}
}

func (s *socket) pong(string) error {
	s.alive()
	return nil
}

func (s *socket) pinged(data string) error {
	s.alive()
	if s.allowed.take() {
		_ = s.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(s.hub.options.CloseTimeout)) // the writer notices a dead peer
	}
	return nil
}

// unreadable decides what a failed read means.
func (s *socket) unreadable(err error) (said bool) {
	var goodbye *websocket.CloseError
	switch {
	case errors.As(err, &goodbye):
		return true
	case errors.Is(err, websocket.ErrReadLimit):
		// The library has said 1009 already; what is left is to let it arrive.
		s.close(websocket.CloseMessageTooBig, "a frame has at most 64 KB")
	case timedOut(err) && !s.greeted:
		s.close(CloseProtocol, "no hello came")
	}
	return false
}

// greet takes the hello.
func (s *socket) greet(data []byte) (problem string) {
	var frame clientFrame
	if err := json.Unmarshal(data, &frame); err != nil {
		return "not a JSON object"
	}
	if frame.Type != "hello" {
		return "the first frame must be hello"
	}
	if frame.After < 0 {
		return "after must not be negative"
	}
	s.greeted = true
	s.hello <- frame.After
	return ""
}

// receive serves one frame after the hello. A client that says more than it may
// is not heard; one that floods is told off.
func (s *socket) receive(data []byte) (problem string) {
	if !s.allowed.take() {
		if s.allowed.flooded() {
			return "too many frames"
		}
		return ""
	}
	var frame clientFrame
	if err := json.Unmarshal(data, &frame); err != nil {
		return "not a JSON object"
	}
	switch frame.Type {
	case "hello":
		return "hello came twice"
	case "presence":
		return s.present(frame)
	}
	return "" // a newer client may say more
}
