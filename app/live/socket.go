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

// socket is one client. The goroutine of Upgrade reads, a second one writes;
// everybody else only sets flags and pokes channels.
type socket struct {
	hub     *Hub
	id      string // unique among all nodes
	session string
	actor   desk.Actor
	link    *link
	ws      *websocket.Conn
	allowed bucket // frames the client may send; the reader's

	hello chan int64 // the client's number, once

	quit   context.Context // ends when the socket closes
	cancel context.CancelFunc
	ending sync.Once
	code   int // set before quit ends; 0: nobody is left to be told
	reason string

	cursor int64 // the last event handled; the writer's
	level  bool  // the cursor has been at the head; the writer's

	at map[int64]*member // tickets this socket is at; under the board's lock

	telling sync.Mutex
	told    []presenceFrame // presence to be written
	nudge   chan struct{}
}

// Upgrade makes a socket of a hijacked connection and serves it until it
// closes; the caller may use the connection again, or close it, only then. It
// is meant to be the body of the hijack callback, after Check. ctx is the
// process's, not the request's.
func (h *Hub) Upgrade(ctx context.Context, r Request) {
	link := &link{Conn: r.Conn}
	defer link.release()
	defer h.rescue("handshake")
	if status, problem := h.admit(r); status != 0 {
		_ = r.Conn.SetDeadline(time.Now().Add(h.options.CloseTimeout)) // a dead connection fails at the write as well
		refuse(r.Conn, status, problem)
		return
	}
	defer h.leave()
	request := &http.Request{Method: r.Method, Host: r.Host, Header: r.Header}
	upgrader := h.upgrader
	upgrader.CheckOrigin = func(*http.Request) bool { return true } // admit did, with the allowed origins
	ws, err := upgrader.Upgrade(hijacked{link}, request, nil)
	if err != nil {
		h.options.Log.Debug("live: handshake", "err", err)
		return
	}
	h.serve(ctx, r, link, ws)
}

// serve runs a socket from its first frame to its last.
func (h *Hub) serve(ctx context.Context, r Request, link *link, ws *websocket.Conn) {
	quit, cancel := context.WithCancel(context.WithoutCancel(ctx)) // only close ends it, which knows the code
	defer cancel()
	s := &socket{
		hub: h, session: r.Session, actor: r.Actor, link: link, ws: ws,
		allowed: bucket{size: 20, perSecond: 5, now: h.options.Now},
		hello:   make(chan int64, 1),
		quit:    quit, cancel: cancel,
		nudge: make(chan struct{}, 1),
	}
	h.register(s)
	defer h.unregister(s)
	stop := context.AfterFunc(ctx, func() { s.close(CloseGoingAway, "the desk is stopping") })
	defer stop()
	if h.options.Recheck != nil {
		// What changed between the handshake's check and the registration was
		// told to nobody, so look again.
		actor, ended, err := h.recheck(ctx, s.session)
		if ended || err == nil && !sameRights(actor, s.actor) {
			s.close(CloseSession, "the session has changed")
		}
	}

	written := make(chan struct{})
	go func() {
		defer close(written)
		defer h.rescue("writer", s)
		s.write()
	}()
	said := s.read()
	s.close(0, "")
	if s.code == 0 {
		link.abort() // nobody is left who would take what is being written
	}
	<-written
	h.departAll(ctx, s)
	if s.code != 0 && !said {
		link.drain(time.Now().Add(h.options.CloseTimeout))
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
	o := &s.hub.options
	s.ws.SetReadLimit(maxFrame)
	_ = s.ws.SetReadDeadline(time.Now().Add(o.HelloTimeout)) // a dead connection fails at the read as well
	greeted := false
	alive := func() {
		if greeted {
			_ = s.ws.SetReadDeadline(time.Now().Add(o.ReadTimeout))
		}
	}
	s.ws.SetPongHandler(func(string) error { alive(); return nil })
	s.ws.SetPingHandler(func(data string) error {
		alive()
		if s.allowed.take() {
			_ = s.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(o.CloseTimeout)) // the writer notices a dead peer
		}
		return nil
	})
	for {
		kind, data, err := s.ws.ReadMessage()
		if err != nil {
			return s.unreadable(err, greeted)
		}
		if s.quit.Err() != nil {
			continue // closing: only the goodbye counts, until the final deadline
		}
		if kind != websocket.TextMessage {
			s.close(websocket.CloseUnsupportedData, "frames are JSON texts")
			return false
		}
		if !greeted {
			after, problem := parseHello(data)
			if problem != "" {
				s.close(CloseProtocol, problem)
				return false
			}
			greeted = true
			s.hello <- after
		} else if problem := s.receive(data); problem != "" {
			s.close(CloseProtocol, problem)
			return false
		}
		alive()
	}
}

// unreadable decides what a failed read means.
func (s *socket) unreadable(err error, greeted bool) (said bool) {
	var goodbye *websocket.CloseError
	switch {
	case errors.As(err, &goodbye):
		return true
	case errors.Is(err, websocket.ErrReadLimit):
		// The library has said 1009 already; what is left is to let it arrive.
		s.close(websocket.CloseMessageTooBig, "a frame has at most 64 KB")
	case timedOut(err) && !greeted:
		s.close(CloseProtocol, "no hello came")
	}
	return false
}

func parseHello(data []byte) (after int64, problem string) {
	var frame clientFrame
	if err := json.Unmarshal(data, &frame); err != nil {
		return 0, "not a JSON object"
	}
	if frame.Type != "hello" {
		return 0, "the first frame must be hello"
	}
	if frame.After < 0 {
		return 0, "after must not be negative"
	}
	return frame.After, ""
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
