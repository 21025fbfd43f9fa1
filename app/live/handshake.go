package live

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/websocket"

	"replydesk/inbox/desk"
)

// Request is a handshake that the HTTP server has read. Its strings and header
// must be copies: they are used after the server's handler has returned.
type Request struct {
	Conn   net.Conn // the hijacked connection; Check does not use it
	Method string
	Host   string
	Header http.Header // canonical keys
	Actor  desk.Actor
	// Session names what Drop ends: the session of a cookie, the id of a token.
	Session string
}

// CheckHandshake reports why a request cannot become a socket: 426 when it does
// not ask for one (answer with the headers "Upgrade: websocket" and
// "Connection: Upgrade"), 403 when a page of another site asks, 400 for a wrong
// method, version, key or subprotocol. Status 0 means that it can. A page's
// origin must be the host it asked, or one of origins ("https://desk.example").
func CheckHandshake(method, host string, header http.Header, origins []string) (status int, problem string) {
	if !websocket.IsWebSocketUpgrade(&http.Request{Header: header}) {
		return http.StatusUpgradeRequired, "this address speaks WebSocket only"
	}
	if !sameOrigin(header["Origin"], host, origins) {
		return http.StatusForbidden, "the page that asks belongs to another site"
	}
	if method != http.MethodGet {
		return http.StatusBadRequest, "the method must be GET"
	}
	if header.Get("Sec-Websocket-Version") != "13" {
		return http.StatusBadRequest, "Sec-WebSocket-Version must be 13"
	}
	if key, err := base64.StdEncoding.DecodeString(header.Get("Sec-Websocket-Key")); err != nil || len(key) != 16 {
		return http.StatusBadRequest, "Sec-WebSocket-Key must be 16 bytes in base64"
	}
	offered := websocket.Subprotocols(&http.Request{Header: header})
	if len(offered) > 0 && !slices.Contains(offered, Subprotocol) {
		return http.StatusBadRequest, "the subprotocol must be " + Subprotocol
	}
	return 0, ""
}

// sameOrigin accepts no Origin at all, which only programs send: a browser
// always names the page's.
func sameOrigin(named []string, host string, origins []string) bool {
	if len(named) == 0 {
		return true
	}
	if len(named) > 1 {
		return false
	}
	origin, err := url.Parse(named[0])
	if err != nil || origin.Host == "" || origin.Scheme != "http" && origin.Scheme != "https" {
		return false
	}
	if strings.EqualFold(origin.Host, host) {
		return true
	}
	return slices.ContainsFunc(origins, func(allowed string) bool {
		u, err := url.Parse(allowed)
		return err == nil && u.Host != "" && strings.EqualFold(u.Scheme, origin.Scheme) && strings.EqualFold(hostPort(u), hostPort(origin))
	})
}

// hostPort is the host with its port spelled out.
func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return u.Host + ":443"
	}
	return u.Host + ":80"
}

// Check reports, before the connection is hijacked, why the Hub would refuse
// the request: the answers of CheckHandshake, or 503 (with Retry-After) when it
// is full or stopping. Status 0 means that Adopt may follow.
func (h *Hub) Check(r Request) (status int, problem string) {
	if status, problem = CheckHandshake(r.Method, r.Host, r.Header, h.options.Origins); status != 0 {
		return status, problem
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.room()
}

// room reports why there is no place for one more socket; the lock is held.
func (h *Hub) room() (status int, problem string) {
	if h.closing {
		return http.StatusServiceUnavailable, "the desk is stopping"
	}
	if h.open >= h.options.MaxSockets {
		return http.StatusServiceUnavailable, "too many sockets are open"
	}
	return 0, ""
}

// admit is Check, and keeps the place until leave.
func (h *Hub) admit(r Request) (status int, problem string) {
	if status, problem = CheckHandshake(r.Method, r.Host, r.Header, h.options.Origins); status != 0 {
		return status, problem
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if status, problem = h.room(); status == 0 {
		h.open++
		h.serving.Add(1)
	}
	return status, problem
}

func (h *Hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open--
	h.serving.Done()
}

// hijacked is the least of a ResponseWriter that an Upgrader takes a connection
// from. Nothing is ever written through it.
type hijacked struct{ conn net.Conn }

func (hijacked) Header() http.Header         { return http.Header{} }
func (hijacked) WriteHeader(int)             {}
func (hijacked) Write(p []byte) (int, error) { return len(p), nil }

// Hijack gives buffers too small to be kept: the Upgrader then makes its own,
// and what the peer sent early stays in the connection's reader.
func (w hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.conn, bufio.NewReadWriter(bufio.NewReaderSize(w.conn, 16), bufio.NewWriterSize(w.conn, 16)), nil
}

// refuse answers on the hijacked connection, where no HTTP server does it for us.
func refuse(conn net.Conn, status int, problem string) {
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		status, http.StatusText(status), len(problem), problem) // the peer is sent away either way
}
