package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// handshake is a request for a socket with what its tests change.
func handshake(as string, change ...string) string {
	header := map[string]string{
		"Host": "desk.example.test", "Connection": "Upgrade", "Upgrade": "websocket", "Origin": "https://desk.example.test",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": "desk.v1",
	}
	if as != "" {
		header["Cookie"] = "desk_session=" + cookieOf(as)
	}
	for i := 0; i+1 < len(change); i += 2 {
		header[change[i]] = change[i+1]
	}
	var b strings.Builder
	b.WriteString("GET /api/v1/live HTTP/1.1\r\n")
	for name, value := range header {
		if value != "" {
			b.WriteString(name + ": " + value + "\r\n")
		}
	}
	return b.String() + "\r\n"
}

func TestLiveRefusals(t *testing.T) {
	d := newDesk(t)
	for name, tt := range map[string]struct {
		request string
		status  int
		code    string
	}{
		"nobody":              {handshake(""), 401, "unauthenticated"},
		"an unknown session":  {handshake("", "Cookie", "desk_session="+strings.Repeat("a", 43)), 401, "unauthenticated"},
		"a foreign page":      {handshake("limin", "Origin", "https://evil.example"), 403, "forbidden"},
		"another version":     {handshake("limin", "Sec-WebSocket-Version", "8"), 400, "invalid"},
		"a bad key":           {handshake("limin", "Sec-WebSocket-Key", "short"), 400, "invalid"},
		"another subprotocol": {handshake("limin", "Sec-WebSocket-Protocol", "chat"), 400, "invalid"},
		"an ordinary GET":     {handshake("limin", "Upgrade", "", "Connection", ""), 426, "invalid"},
	} {
		r := d.raw(t, tt.request)
		if r.status != tt.status || r.at("code") != tt.code || r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		if tt.status == 426 && (r.header.Get("Upgrade") != "websocket" || !strings.EqualFold(r.header.Get("Connection"), "Upgrade")) {
			t.Errorf("%s: the answer does not say what is spoken here: %v", name, r.header)
		}
	}
}

// socket is the client's side of an upgraded connection; the tests need only
// short text frames.
type socket struct {
	conn net.Conn
	r    *bufio.Reader
}

// open upgrades a connection and sends the hello in the same segment, as quick
// clients do.
func (d *testDesk) open(t *testing.T, as string, after string) *socket {
	t.Helper()
	if d.address == "" {
		d.address = d.listen(t)
	}
	conn := dial(t, d.address)
	// The connection is kept alive and has served before, as behind a proxy.
	_, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: desk.example.test\r\n\r\n")
	must(t, err)
	r := bufio.NewReader(conn)
	ok, err := http.ReadResponse(r, nil)
	must(t, err)
	_, err = io.Copy(io.Discard, ok.Body)
	must(t, err)
	_, err = io.WriteString(conn, handshake(as)+frame(`{"type":"hello","after":`+after+`}`))
	must(t, err)
	answer, err := http.ReadResponse(r, nil)
	must(t, err)
	if answer.StatusCode != http.StatusSwitchingProtocols || answer.Header.Get("Sec-WebSocket-Protocol") != "desk.v1" {
		t.Fatalf("upgrade: %d %v", answer.StatusCode, answer.Header)
	}
	return &socket{conn, r}
}

// frame is a masked text frame of less than 126 bytes; the mask is zero.
func frame(text string) string {
	return "\x81" + string([]byte{0x80 | byte(len(text))}) + "\x00\x00\x00\x00" + text
}

// next reads one frame: the text of an ordinary one, the code of a closing one.
func (s *socket) next(t *testing.T) (map[string]any, int) {
	t.Helper()
	head := make([]byte, 2)
	_, err := io.ReadFull(s.r, head)
	must(t, err)
	n := int(head[1] & 0x7f)
	if n == 126 {
		long := make([]byte, 2)
		_, err := io.ReadFull(s.r, long)
		must(t, err)
		n = int(long[0])<<8 | int(long[1])
	}
	data := make([]byte, n)
	_, err = io.ReadFull(s.r, data)
	must(t, err)
	if head[0]&0x0f == 8 {
		return nil, int(data[0])<<8 | int(data[1])
	}
	var v map[string]any
	must(t, json.Unmarshal(data, &v))
	return v, 0
}

func TestLive(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.hub.Run(ctx) }()
	t.Cleanup(func() {
		closing, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		if err := d.hub.Close(closing); err != nil {
			t.Errorf("close the hub: %v", err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run the hub: %v", err)
		}
	})
	all, narrow := d.open(t, "limin", "0"), d.open(t, "narrow", "0")
	for _, s := range []*socket{all, narrow} {
		if v, _ := s.next(t); v["type"] != "welcome" {
			t.Fatalf("the first frame is %v", v)
		}
	}
	d.says(t, 1, "o-1", "居住证怎么办理")
	d.says(t, 2, "o-2", "公积金怎么提取")
	d.hub.Wake()
	accounts := func(s *socket, n int) (got []any) {
		for range n {
			v, _ := s.next(t)
			got = append(got, v["data"].(map[string]any)["ticket"].(map[string]any)["account_id"])
		}
		return got
	}
	if got := accounts(all, 4); got[0] != "1" || got[3] != "2" {
		t.Errorf("who sees all was told of accounts %v", got)
	}
	if got := accounts(narrow, 2); got[0] != "2" || got[1] != "2" {
		t.Errorf("who sees account 2 was told of accounts %v", got)
	}
	if r := d.do(t, "limin", "DELETE", "/api/v1/session", nil); r.status != 204 {
		t.Fatalf("sign out: %d", r.status)
	}
	if v, code := all.next(t); code != 4001 {
		t.Errorf("after signing out the socket got %v, code %d, want 4001", v, code)
	}
	if r := d.do(t, "admin", "PATCH", "/api/v1/users/4", body{"account_ids": []string{"1"}}); r.status != 200 {
		t.Fatalf("change the scope: %d %s", r.status, r.body)
	}
	// The hub may tell of the change itself before it closes.
	for range 2 {
		v, code := narrow.next(t)
		if code == 4001 {
			return
		}
		if v["name"] != "user.changed" {
			t.Errorf("after the change of rights the socket got %v", v)
		}
	}
	t.Error("the socket of changed rights stays open")
}
