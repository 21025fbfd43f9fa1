package live_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/websocket"

	"replydesk/app/live"
	"replydesk/inbox/desk"
)

// handler is how a Fiber route hands a request to the hub: everything is copied
// (the server reuses its memory), refused as an ordinary answer while that is
// possible, and served in the hijack callback.
func handler(serve func(live.Request), hub *live.Hub) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var actor desk.Actor
		if err := json.Unmarshal([]byte(c.Get("X-Actor")), &actor); err != nil {
			return c.SendStatus(http.StatusUnauthorized)
		}
		header := make(http.Header)
		for key, value := range c.Request().Header.All() {
			header.Add(string(key), string(value))
		}
		request := live.Request{
			Method: string(c.Request().Header.Method()), Host: string(c.Request().Host()),
			Header: header, Actor: actor, Session: header.Get("X-Session"),
		}
		if status, problem := hub.Check(request); status != 0 {
			return c.Status(status).SendString(problem)
		}
		c.Context().HijackSetNoResponse(true)
		c.Context().Hijack(func(conn net.Conn) {
			request.Conn = conn
			serve(request)
		})
		return nil
	}
}

// startFiber runs a hub behind a real Fiber server, which leaves hijacked
// connections to it.
func startFiber(t *testing.T, options live.Options) *node {
	t.Helper()
	n := start(t, options) // its own listener stays unused
	app := fiber.New(fiber.Config{DisableStartupMessage: true, ReadTimeout: 50 * time.Millisecond, IdleTimeout: time.Minute})
	app.Server().KeepHijackedConns = true
	serve := func(r live.Request) { n.hub.Adopt(t.Context(), r) }
	app.Get("/api/v1/live", handler(serve, n.hub))
	app.Get("/api/v1/session", func(c *fiber.Ctx) error { return c.SendString("ok") })
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = app.Listener(ln) })
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = n.hub.Close(ctx) // sockets first: the server does not wait for them
		if err := app.ShutdownWithContext(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		serving.Wait()
	})
	n.addr = ln.Addr().String()
	return n
}

func TestOnFiber(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	// The server's ReadTimeout of 50 ms must not end a socket, and the hub's must.
	n := startFiber(t, live.Options{Source: src, PingEvery: 50 * time.Millisecond, ReadTimeout: 400 * time.Millisecond})

	t.Run("events", func(t *testing.T) {
		c := connect(t, n, admin, 0)
		defer c.ws.Close()
		for i := range 10 {
			src.commit(1, events(3)...)
			n.hub.Wake()
			ids := c.take(3)
			if i == 0 {
				expectIDs(t, "events", ids, []int64{2, 3, 4})
			}
		}
	})
	t.Run("an open socket lives on", func(t *testing.T) {
		c := connect(t, n, admin, 0)
		defer c.ws.Close()
		pings, enough := 0, make(chan struct{})
		answer := c.ws.PingHandler()
		c.ws.SetPingHandler(func(data string) error {
			if pings++; pings == 20 {
				close(enough)
			}
			return answer(data)
		})
		read := make(chan frame, 1)
		go func() { read <- c.next() }()
		<-enough
		src.commit(1, events(1)...)
		n.hub.Wake()
		expect(t, "frame", (<-read).Type, "event")
	})
	t.Run("a dead peer and an early frame", func(t *testing.T) {
		conn, err := net.Dial("tcp", n.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(patience))
		if _, err := conn.Write(earlyHello(n.addr, "/api/v1/live", identity(admin, "session"), 1)); err != nil {
			t.Fatal(err)
		}
		expectText(t, conn, `"type":"welcome"`)
		expectText(t, conn, `"id":2`)
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("the dead peer's connection is not closed: %v", err)
		}
	})
	t.Run("too large a frame", func(t *testing.T) {
		c := connect(t, n, admin, 0)
		if err := c.ws.WriteMessage(websocket.TextMessage, make([]byte, 64<<10+1)); err != nil {
			t.Fatal(err)
		}
		c.expectClose(websocket.CloseMessageTooBig)
	})
	t.Run("refusals are ordinary answers", func(t *testing.T) {
		for want, changes := range map[int][]string{
			http.StatusUpgradeRequired: {"Upgrade", ""},
			http.StatusForbidden:       {"Origin", "https://evil.example"},
			http.StatusBadRequest:      {"Sec-Websocket-Version", "12"},
		} {
			expect(t, "status", get(t, http.DefaultClient, n, "/api/v1/live", changes...), want)
		}
	})
	t.Run("an upgrade on a connection that served before", func(t *testing.T) {
		upgradeAfterUse(t, n)
	})
	eventually(t, "no socket is left", func() bool { return n.hub.Stats().Sockets == 0 })
}

func get(t *testing.T, httpClient *http.Client, n *node, path string, changes ...string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+n.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = handshakeHeader(append([]string{"Origin", "http://" + n.addr}, changes...)...)
	request.Header.Set("X-Actor", identity(admin, "").Get("X-Actor"))
	response, err := httpClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer httpClient.CloseIdleConnections()
	defer response.Body.Close()
	return response.StatusCode
}

// upgradeAfterUse asks for an ordinary page first, as a proxy that keeps its
// connections does.
func upgradeAfterUse(t *testing.T, n *node) {
	t.Helper()
	conn, err := net.Dial("tcp", n.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, "GET /api/v1/session HTTP/1.1\r\nHost: desk.example\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	expectText(t, conn, "\r\n\r\nok")
	if _, err := conn.Write(earlyHello(n.addr, "/api/v1/live", identity(admin, "session"), 1)); err != nil {
		t.Fatal(err)
	}
	expectText(t, conn, `"type":"welcome"`)
}
