package live_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"replydesk/app/live"
	"replydesk/inbox/desk"
)

func handshakeHeader(changes ...string) http.Header {
	header := http.Header{
		"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Protocol": {"other, desk.v1"}, "Origin": {"http://desk.example"},
	}
	for i := 0; i < len(changes); i += 2 {
		if header.Del(changes[i]); changes[i+1] != "" {
			header.Set(changes[i], changes[i+1])
		}
	}
	return header
}

func TestCheckHandshake(t *testing.T) {
	for _, test := range []struct {
		name    string
		method  string
		host    string
		changes []string
		want    int
	}{
		{"a good one", "GET", "desk.example", nil, 0},
		{"host in capitals", "GET", "DESK.example", nil, 0},
		{"no origin, as programs do", "GET", "desk.example", []string{"Origin", ""}, 0},
		{"no subprotocol", "GET", "desk.example", []string{"Sec-Websocket-Protocol", ""}, 0},
		{"the public address behind a proxy", "GET", "10.0.0.3:8080", []string{"Origin", "https://desk.gov.example"}, 0},
		{"the public address with its port", "GET", "10.0.0.3:8080", []string{"Origin", "https://desk.gov.example:443"}, 0},
		{"the public address, other scheme", "GET", "10.0.0.3:8080", []string{"Origin", "http://desk.gov.example"}, 403},
		{"another site", "GET", "desk.example", []string{"Origin", "https://evil.example"}, 403},
		{"a site that begins alike", "GET", "desk.example", []string{"Origin", "http://desk.example.evil.example"}, 403},
		{"another port", "GET", "desk.example", []string{"Origin", "http://desk.example:81"}, 403},
		{"the host as user", "GET", "desk.example", []string{"Origin", "http://desk.example@evil.example"}, 403},
		{"an opaque origin", "GET", "desk.example", []string{"Origin", "null"}, 403},
		{"a file", "GET", "desk.example", []string{"Origin", "file://desk.example"}, 403},
		{"not an origin", "GET", "desk.example", []string{"Origin", "http://%zz"}, 403},
		{"a plain request", "GET", "desk.example", []string{"Upgrade", ""}, 426},
		{"without connection header", "GET", "desk.example", []string{"Connection", "keep-alive"}, 426},
		{"another version", "GET", "desk.example", []string{"Sec-Websocket-Version", "8"}, 400},
		{"no key", "GET", "desk.example", []string{"Sec-Websocket-Key", ""}, 400},
		{"a short key", "GET", "desk.example", []string{"Sec-Websocket-Key", "c2hvcnQ="}, 400},
		{"another method", "POST", "desk.example", nil, 400},
		{"another subprotocol", "GET", "desk.example", []string{"Sec-Websocket-Protocol", "desk.v9"}, 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, problem := live.CheckHandshake(test.method, test.host, handshakeHeader(test.changes...), []string{"https://desk.gov.example"})
			expect(t, "status", status, test.want)
			expect(t, "a problem is named", problem != "", test.want != 0)
		})
	}
	header := handshakeHeader()
	header["Origin"] = []string{"http://desk.example", "https://evil.example"}
	status, _ := live.CheckHandshake("GET", "desk.example", header, nil)
	expect(t, "two origins", status, 403)
}

// TestRefusedAfterHijack: Adopt does not rely on the caller having checked.
func TestRefusedAfterHijack(t *testing.T) {
	n := start(t, live.Options{Source: &source{}, MaxSockets: 1})
	header := identity(admin, "session")
	header.Set("Origin", "https://evil.example")
	_, response, err := websocket.DefaultDialer.Dial("ws://"+n.addr, header)
	if err == nil || response == nil || response.StatusCode != http.StatusForbidden {
		t.Fatalf("a foreign page: %v, %v", response, err)
	}
	first := dial(t, n, admin, "session")
	defer first.ws.Close()
	_, response, err = websocket.DefaultDialer.Dial("ws://"+n.addr, identity(admin, "session"))
	if err == nil || response == nil || response.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("one socket too many: %v, %v", response, err)
	}
	status, _ := n.hub.Check(live.Request{Method: "GET", Host: "desk.example", Header: handshakeHeader()})
	expect(t, "check when full", status, http.StatusServiceUnavailable)
}

func TestBadClients(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	n := start(t, live.Options{Source: src, HelloTimeout: 100 * time.Millisecond})
	hello := `{"type":"hello","after":0}`
	text := func(frames ...string) func(*client) {
		return func(c *client) {
			for _, f := range frames {
				c.say("%s", f)
			}
		}
	}
	for _, test := range []struct {
		name string
		do   func(c *client)
		code int
	}{
		{"says nothing", func(*client) {}, live.CloseProtocol},
		{"only pings", func(c *client) { _ = c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) }, live.CloseProtocol},
		{"speaks of something else first", text(`{"type":"presence","ticket_id":"7","state":"viewing"}`), live.CloseProtocol},
		{"says hello twice", text(hello, hello), live.CloseProtocol},
		{"counts from below zero", text(`{"type":"hello","after":-1}`), live.CloseProtocol},
		{"counts in words", text(`{"type":"hello","after":"one"}`), live.CloseProtocol},
		{"sends no JSON", text(hello, `{`), live.CloseProtocol},
		{"sends bytes", func(c *client) { _ = c.ws.WriteMessage(websocket.BinaryMessage, []byte(hello)) }, websocket.CloseUnsupportedData},
		{"sends too large a frame", text(hello, `{"type":"`+strings.Repeat("x", 64<<10)+`"}`), websocket.CloseMessageTooBig},
		{"names no ticket", text(hello, `{"type":"presence","ticket_id":"x","state":"viewing"}`), live.CloseProtocol},
		{"names no state", text(hello, `{"type":"presence","ticket_id":"7","state":"asleep"}`), live.CloseProtocol},
		{"floods", func(c *client) {
			for range 400 {
				if c.ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"presence","ticket_id":"7","state":"gone"}`)) != nil {
					return
				}
			}
		}, live.CloseProtocol},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := dial(t, n, admin, "session")
			if test.name == "floods" {
				c.say("%s", hello)
			}
			test.do(c)
			c.expectClose(test.code)
		})
	}
	eventually(t, "no socket is left", func() bool { return n.hub.Stats().Sockets == 0 })
}

func TestFramesOfANewerClientAreIgnored(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	n := start(t, live.Options{Source: src})
	c := connect(t, n, admin, 0)
	defer c.ws.Close()
	c.say(`{"type":"mood","mood":"good"}`)
	src.commit(1, events(1)...)
	n.hub.Wake()
	expectIDs(t, "events", c.take(1), []int64{2})
}

// TestEarlyFrame: the hello arrives in the same segment as the handshake.
func TestEarlyFrame(t *testing.T) {
	src := &source{}
	src.commit(1, events(3)...)
	n := start(t, live.Options{Source: src})
	conn, err := net.Dial("tcp", n.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(earlyHello(n.addr, "/", identity(admin, "session"), 1)); err != nil {
		t.Fatal(err)
	}
	expectText(t, conn, `"type":"welcome"`)
	expectText(t, conn, `"id":2`)
	expectText(t, conn, `"id":3`)
}

// earlyHello is a handshake with a hello frame right behind it.
func earlyHello(host, path string, extra http.Header, after int64) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\n", path, host)
	header := handshakeHeader("Origin", "")
	for key, values := range extra {
		header[key] = values
	}
	_ = header.Write(&b)
	b.WriteString("\r\n")
	text := fmt.Sprintf(`{"type":"hello","after":%d}`, after)
	b.Write([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}) // a mask of zeros
	b.WriteString(text)
	return b.Bytes()
}

// expectText reads until the text has come.
func expectText(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	var got []byte
	one := make([]byte, 1)
	for !bytes.Contains(got, []byte(text)) {
		if _, err := conn.Read(one); err != nil {
			t.Fatalf("waiting for %s: %v, got %q", text, err, got)
		}
		got = append(got, one...)
	}
}

// TestDeadPeer: a peer that answers no ping is let go; one that does stays.
func TestDeadPeer(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	n := start(t, live.Options{Source: src, PingEvery: 20 * time.Millisecond, ReadTimeout: 200 * time.Millisecond})
	alive := connect(t, n, admin, 0)
	defer alive.ws.Close()
	pings := 0
	enough := make(chan struct{})
	answer := alive.ws.PingHandler()
	alive.ws.SetPingHandler(func(data string) error {
		if pings++; pings == 30 { // three times as long as silence is borne
			close(enough)
		}
		return answer(data)
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		expectIDs(t, "events of the one that answers", alive.take(1), []int64{2})
	}()

	conn, err := net.Dial("tcp", n.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := conn.Write(earlyHello(n.addr, "/", identity(admin, "session"), 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil {
		t.Errorf("the connection of a dead peer is not closed: %v", err)
	}
	<-enough
	src.commit(1, events(1)...)
	n.hub.Wake()
	<-done
}

func TestShutdown(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	n := startNode(t, live.Options{Source: src})
	clients := []*client{dial(t, n, admin, "session")} // one that has not said hello
	for range 20 {
		clients = append(clients, connect(t, n, admin, 0))
	}
	closed := make(chan int, len(clients))
	for _, c := range clients {
		go func() {
			_, code := c.untilClosed()
			closed <- code
		}()
	}
	n.stop(t)
	for range clients {
		expect(t, "closing code", <-closed, live.CloseGoingAway)
	}
	status, _ := n.hub.Check(live.Request{Method: "GET", Host: "desk.example", Header: handshakeHeader()})
	expect(t, "check after closing", status, http.StatusServiceUnavailable)
}

// TestShutdownDoesNotWaitForever: a client that reads nothing is cut off when
// the time for closing is over.
func TestShutdownDoesNotWaitForever(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	n := startNode(t, live.Options{Source: src, WriteTimeout: time.Hour, CloseTimeout: time.Hour})
	c := connect(t, n, admin, 0)
	defer c.ws.Close()
	big := event("message.received")
	big.Data, _ = json.Marshal(strings.Repeat("x", 1<<20))
	for range 20 {
		src.commit(1, big)
	}
	n.hub.Wake()
	eventually(t, "the hub has read the events", func() bool { return n.hub.Stats().Head == 21 })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	n.ln.Close()
	if err := n.hub.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close: %v, want that the time is over", err)
	}
	expect(t, "open sockets", n.hub.Stats().Sockets, 0)
	n.cancel()
	n.group.Wait()
}

// unlucky is a Source that panics for who resumes after the first event.
type unlucky struct{ *source }

func (u unlucky) EventsAfter(ctx context.Context, after int64, limit int) ([]desk.Event, error) {
	if after == 1 {
		panic("an unlucky number")
	}
	return u.source.EventsAfter(ctx, after, limit)
}

// TestAPanicStaysInItsSocket: a fault while serving one client, in the reader or
// the writer, closes that one and no other.
func TestAPanicStaysInItsSocket(t *testing.T) {
	src := &source{}
	src.commit(1, events(10)...)
	n := start(t, live.Options{Source: unlucky{src}, Ring: 3, MaySee: func(_ context.Context, _ desk.Actor, ticket int64) bool {
		if ticket == 13 {
			panic("an unlucky ticket")
		}
		return true
	}})
	good := connect(t, n, admin, 0)
	defer good.ws.Close()
	reader := connect(t, n, admin, 0)
	reader.say(`{"type":"presence","ticket_id":"13","state":"viewing"}`)
	reader.expectClose(websocket.CloseAbnormalClosure)
	writer := connect(t, n, admin, 1)
	writer.expectClose(websocket.CloseAbnormalClosure)
	eventually(t, "their places are free", func() bool { return n.hub.Stats().Sockets == 1 })
	src.commit(1, events(1)...)
	n.hub.Wake()
	expectIDs(t, "events of the other", good.take(1), []int64{11})
}
