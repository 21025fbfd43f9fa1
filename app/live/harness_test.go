package live_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"replydesk/app/kv"
	"replydesk/app/live"
	"replydesk/inbox/desk"
)

func TestMain(m *testing.M) {
	// Of Fiber's server one goroutine keeps the date as long as the process lives,
	// and one notices only after ten seconds that its server has stopped.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

// patience is how long a test waits for what should come at once.
const patience = 20 * time.Second

// source is a Source in memory. Its numbers have gaps, as a database's may.
type source struct {
	mu     sync.Mutex
	events []desk.Event
	broken error
}

// commit numbers events and makes them visible, step apart.
func (s *source) commit(step int64, events ...desk.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		e.ID = step
		if n := len(s.events); n > 0 {
			e.ID = s.events[n-1].ID + step
		}
		s.events = append(s.events, e)
	}
}

func (s *source) EventsAfter(_ context.Context, after int64, limit int) ([]desk.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return nil, s.broken
	}
	first, _ := slices.BinarySearchFunc(s.events, after+1, func(e desk.Event, id int64) int { return int(e.ID - id) })
	return slices.Clone(s.events[first:min(first+limit, len(s.events))]), nil
}

func (s *source) Head(context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil || len(s.events) == 0 {
		return 0, s.broken
	}
	return s.events[len(s.events)-1].ID, nil
}

// cut makes the source fail, or work again with nil.
func (s *source) cut(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

// truncate forgets all events above id, as restoring a backup does.
func (s *source) truncate(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = slices.DeleteFunc(s.events, func(e desk.Event) bool { return e.ID > id })
}

// visible returns the numbers of what the actor may see after a number.
func (s *source) visible(actor desk.Actor, after int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []int64
	for _, e := range s.events {
		if e.ID > after && actor.SeesEvent(e) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// event is about a ticket of account 1 unless told otherwise.
func event(name string) desk.Event {
	e := desk.NewEvent(name, time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), map[string]any{"message": "1"})
	e.TicketID, e.AccountID = 7, 1
	return e
}

func events(n int) []desk.Event {
	all := make([]desk.Event, n)
	for i := range all {
		all[i] = event("message.received")
	}
	return all
}

var admin = desk.Actor{UserID: 1, Name: "管理员", Role: desk.Admin, AllAccounts: true}

func staff(id int64, name string, accounts ...int64) desk.Actor {
	return desk.Actor{UserID: id, Name: name, Role: desk.Staff, AccountIDs: accounts}
}

// fataler is what both *testing.T and *rapid.T are.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// node is a Hub behind a listener. Who connects says in a header who it is.
type node struct {
	hub    *live.Hub
	src    *source // when the events are in memory
	shared live.Shared
	addr   string
	cancel context.CancelFunc
	group  sync.WaitGroup
	ln     net.Listener
}

// early is a connection whose reader may hold bytes already, as Fiber's is.
type early struct {
	net.Conn
	reader *bufio.Reader
}

func (c early) Read(p []byte) (int, error) { return c.reader.Read(p) }

func startNode(t fataler, options live.Options) *node {
	t.Helper()
	if options.Shared == nil {
		options.Shared = kv.NewMemory(time.Now)
	}
	if options.MaySee == nil {
		options.MaySee = func(context.Context, desk.Actor, int64) bool { return true }
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := &node{hub: live.New(options), shared: options.Shared, addr: ln.Addr().String(), cancel: cancel, ln: ln}
	n.src, _ = options.Source.(*source)
	n.group.Go(func() { _ = n.hub.Run(ctx) })
	n.group.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			n.group.Go(func() { n.serve(ctx, conn) })
		}
	})
	return n
}

func (n *node) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetWriteBuffer(64 << 10) // so that slowness shows before megabytes are on their way
	reader := bufio.NewReader(conn)
	request, err := http.ReadRequest(reader)
	if err != nil {
		return
	}
	var actor desk.Actor
	if json.Unmarshal([]byte(request.Header.Get("X-Actor")), &actor) != nil {
		return
	}
	<-n.hub.Adopt(ctx, live.Request{
		Conn: early{conn, reader}, Method: request.Method, Host: request.Host, Header: request.Header,
		Actor: actor, Session: request.Header.Get("X-Session"),
	})
}

// stop closes the Hub as the desk does at shutdown.
func (n *node) stop(t fataler) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	n.ln.Close()
	if err := n.hub.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
	n.cancel()
	n.group.Wait()
}

// start is startNode with a stop at the end of the test.
func start(t *testing.T, options live.Options) *node {
	t.Helper()
	n := startNode(t, options)
	t.Cleanup(func() { n.stop(t) })
	return n
}

// client is one socket's other end.
type client struct {
	t    fataler
	ws   *websocket.Conn
	last int64 // the number of the last event, or the head of the welcome
}

func identity(actor desk.Actor, session string) http.Header {
	who, _ := json.Marshal(actor)
	return http.Header{"X-Actor": {string(who)}, "X-Session": {session}}
}

func dial(t fataler, n *node, actor desk.Actor, session string) *client {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{live.Subprotocol}, HandshakeTimeout: patience}
	ws, response, err := dialer.Dial("ws://"+n.addr+"/api/v1/live", identity(actor, session))
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	response.Body.Close()
	if ws.Subprotocol() != live.Subprotocol {
		t.Fatalf("subprotocol %q", ws.Subprotocol())
	}
	return &client{t: t, ws: ws}
}

// connect dials and says hello; the welcome is read.
func connect(t fataler, n *node, actor desk.Actor, after int64) *client {
	t.Helper()
	c := dial(t, n, actor, "session")
	c.say(`{"type":"hello","after":%d}`, after)
	welcome := c.next()
	if welcome.Type != "welcome" || welcome.ServerTime.IsZero() {
		t.Fatalf("the first frame is %+v, want a welcome", welcome)
	}
	if c.last = after; after == 0 {
		c.last = welcome.Head
	}
	return c
}

// frame is any frame of the server.
type frame struct {
	Type       string          `json:"type"`
	Head       int64           `json:"head"`
	ServerTime time.Time       `json:"server_time"`
	ID         int64           `json:"id"`
	Name       string          `json:"name"`
	TicketID   string          `json:"ticket_id"`
	At         time.Time       `json:"at"`
	Data       json.RawMessage `json:"data"`
	User       struct{ ID, Name string }
	State      string `json:"state"`
}

func (c *client) say(format string, args ...any) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...)); err != nil {
		c.t.Fatalf("say: %v", err)
	}
}

// read returns the next frame, or why there is none.
func (c *client) read() (frame, error) {
	c.t.Helper()
	_ = c.ws.SetReadDeadline(time.Now().Add(patience))
	kind, text, err := c.ws.ReadMessage()
	if err != nil {
		return frame{}, err
	}
	var f frame
	if err := json.Unmarshal(text, &f); err != nil || kind != websocket.TextMessage {
		c.t.Fatalf("frame %q: %v", text, err)
	}
	if f.Type == "event" {
		c.last = f.ID
	}
	return f, nil
}

func (c *client) next() frame {
	c.t.Helper()
	f, err := c.read()
	if err != nil {
		c.t.Fatalf("no frame: %v", err)
	}
	return f
}

// take reads n events and returns their numbers.
func (c *client) take(n int) []int64 {
	c.t.Helper()
	ids := make([]int64, n)
	for i := range ids {
		f := c.next()
		if f.Type != "event" {
			c.t.Fatalf("frame %d is %+v, want an event", i, f)
		}
		ids[i] = f.ID
	}
	return ids
}

// untilClosed reads to the end and returns the events and the closing code,
// 1006 for a connection that just broke.
func (c *client) untilClosed() (ids []int64, code int) {
	c.t.Helper()
	defer c.ws.Close()
	for {
		f, err := c.read()
		var goodbye *websocket.CloseError
		switch {
		case errors.As(err, &goodbye):
			return ids, goodbye.Code
		case err != nil:
			return ids, websocket.CloseAbnormalClosure
		case f.Type == "event":
			ids = append(ids, f.ID)
		}
	}
}

func (c *client) expectClose(code int) {
	c.t.Helper()
	if _, got := c.untilClosed(); got != code {
		c.t.Errorf("closed with %d, want %d", got, code)
	}
}

// eventually waits until check holds.
func eventually(t fataler, what string, check func() bool) {
	t.Helper()
	deadline := time.After(patience)
	retry := time.NewTicker(5 * time.Millisecond)
	defer retry.Stop()
	for !check() {
		select {
		case <-retry.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

func expect[T comparable](t fataler, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func expectIDs(t fataler, what string, got, want []int64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %d events %s, want %d %s", what, len(got), brief(got), len(want), brief(want))
	}
}

func brief(ids []int64) string {
	if len(ids) > 12 {
		return fmt.Sprint(ids[:6], "…", ids[len(ids)-6:])
	}
	return fmt.Sprint(ids)
}
