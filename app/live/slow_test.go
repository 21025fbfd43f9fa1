package live_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"replydesk/app/live"
	"replydesk/inbox/desk"
)

// dialNarrow is connect through a connection that holds little, so that a
// client which does not read is noticed soon.
func dialNarrow(t *testing.T, n *node, actor desk.Actor, after int64) *client {
	t.Helper()
	dialer := websocket.Dialer{
		Subprotocols: []string{live.Subprotocol},
		NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			if err == nil {
				err = conn.(*net.TCPConn).SetReadBuffer(64 << 10)
			}
			return conn, err
		},
	}
	ws, response, err := dialer.Dial("ws://"+n.addr, identity(actor, "session"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	c := &client{t: t, ws: ws}
	c.say(`{"type":"hello","after":%d}`, after)
	expect(t, "the first frame", c.next().Type, "welcome")
	return c
}

// resume reads until every visible event has come, reconnecting each time the
// socket is closed, and returns the numbers and the closing codes.
func resume(t *testing.T, n *node, c *client, want int) (got []int64, codes []int) {
	t.Helper()
	last := int64(0)
	for {
		for len(got) < want {
			f, err := c.read()
			if err != nil {
				var goodbye *websocket.CloseError
				if !errors.As(err, &goodbye) {
					t.Fatalf("the connection broke: %v", err)
				}
				codes = append(codes, goodbye.Code)
				break
			}
			if f.Type != "event" {
				t.Fatalf("frame %+v", f)
			}
			got, last = append(got, f.ID), f.ID
		}
		c.ws.Close()
		if len(got) >= want {
			return got, codes
		}
		c = connect(t, n, admin, last)
	}
}

// TestSlowClient stops reading until the server gives up on it, in the middle
// of a frame. It must learn 4008 behind what it had not read, and lose nothing.
func TestSlowClient(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	n := start(t, live.Options{Source: src, WriteTimeout: 5 * time.Second, CloseTimeout: patience})
	slow := dialNarrow(t, n, admin, 1)
	quick := connect(t, n, admin, 1)
	defer quick.ws.Close()
	large := event("message.received")
	large.Data, _ = json.Marshal(map[string]string{"text": strings.Repeat("长", 400<<10)})
	const count = 12 // of 1.2 MB, more than the kernel holds
	for range count {
		src.commit(1, large)
		n.hub.Wake()
	}
	expectIDs(t, "events of a quick client meanwhile", quick.take(count), src.visible(admin, 1))
	eventually(t, "the slow client is given up", func() bool { return n.hub.Stats().Slow == 1 })
	got, codes := resume(t, n, slow, count)
	expectIDs(t, "events", got, src.visible(admin, 1))
	if len(codes) == 0 || codes[0] != live.CloseSlow {
		t.Errorf("closed with %v, want 4008 first", codes)
	}
}

// TestTooFarBehind: an open socket is not allowed to lag without end; a client
// that comes back may catch up from further away.
func TestTooFarBehind(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	n := start(t, live.Options{Source: src, Lag: 100, Ring: 50})
	c := connect(t, n, admin, 1)
	src.commit(1, events(1)...)
	n.hub.Wake()
	expectIDs(t, "events", c.take(1), []int64{2})
	src.commit(1, events(300)...)
	n.hub.Wake()
	ids, code := c.untilClosed()
	expect(t, "closing code", code, live.CloseSlow)
	c = connect(t, n, admin, 2+int64(len(ids)))
	defer c.ws.Close()
	expectIDs(t, "events after resuming", append(ids, c.take(300-len(ids))...), src.visible(admin, 2))
}

// TestALongWayBack reads far more than a page and a ring from the Source.
func TestALongWayBack(t *testing.T) {
	src := &source{}
	src.commit(3, events(3000)...)
	n := start(t, live.Options{Source: src, Ring: 10})
	c := connect(t, n, admin, 3)
	defer c.ws.Close()
	expectIDs(t, "events", c.take(2999), src.visible(admin, 3))
}

// TestFromEverywhere resumes at every number around the edge of the ring.
func TestFromEverywhere(t *testing.T) {
	src := &source{}
	src.commit(1, events(40)...)
	n := start(t, live.Options{Source: src, Ring: 20})
	for after := int64(1); after <= 40; after++ {
		c := connect(t, n, admin, after)
		expectIDs(t, "events", c.take(40-int(after)), src.visible(admin, after))
		c.ws.Close()
	}
}
