package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

func TestWebhookAnswers(t *testing.T) {
	d := newDesk(t)
	internal := errors.New("disk full in /var/lib/secret-place")
	tests := []struct {
		name   string
		res    channel.Response
		err    error
		status int
		body   string
	}{
		{"acknowledged", channel.Response{Status: 200, ContentType: "text/plain", Body: []byte("success")}, nil, 200, "success"},
		{"no status means 200", channel.Response{Body: []byte("1234567")}, nil, 200, "1234567"},
		{"empty answer", channel.Response{Status: 200}, nil, 200, ""},
		{"forged", channel.Response{}, desk.Errorf(desk.Forbidden, "signature"), 403, "Forbidden"},
		{"unreadable", channel.Response{}, desk.Errorf(desk.Invalid, "xml"), 400, "Bad Request"},
		{"no such account", channel.Response{}, desk.Errorf(desk.NotFound, "account"), 404, "Not Found"},
		{"unavailable", channel.Response{}, desk.Errorf(desk.Unavailable, "busy"), 500, "Internal Server Error"},
		{"conflict", channel.Response{}, desk.Errorf(desk.Conflict, "x"), 500, "Internal Server Error"},
		{"store failed", channel.Response{}, internal, 500, "Internal Server Error"},
		{"took too long", channel.Response{}, context.DeadlineExceeded, 500, "Internal Server Error"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d.intake.receive = func(context.Context, string, int64, channel.Request) (channel.Response, error) { return tt.res, tt.err }
			r := d.do(t, "", "POST", "/hooks/wechat/1", raw("<xml/>"))
			if r.status != tt.status || string(r.body) != tt.body {
				t.Errorf("answered %d %q, want %d %q", r.status, r.body, tt.status, tt.body)
			}
		})
	}
	if n := strings.Count(d.log.String(), "webhook failed"); n != 1 {
		t.Errorf("%d messages in the log within one second, want 1:\n%s", n, d.log)
	}
	d.clock.pass(time.Second)
	d.do(t, "", "POST", "/hooks/wechat/1", raw("<xml/>"))
	if !strings.Contains(d.log.String(), "suppressed=3") {
		t.Errorf("the log does not say how many it left out:\n%s", d.log)
	}
}

func TestWebhookRequest(t *testing.T) {
	d := newDesk(t)
	var got channel.Request
	var platform string
	var account int64
	d.intake.receive = func(ctx context.Context, p string, a int64, r channel.Request) (channel.Response, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("the intake may take for ever")
		}
		platform, account, got = p, a, r
		return channel.Response{Status: 200}, nil
	}
	d.do(t, "", "POST", "/hooks/wechat/42?signature=ab%2Bc&timestamp=1&echostr=%E4%BD%A0&x=1&x=2", raw("<xml>一</xml>"),
		func(r *http.Request) { r.Header.Set("Content-Type", "text/xml") })
	kept := got
	d.do(t, "", "GET", "/hooks/wechat/42?signature=zzzz&timestamp=2&echostr=other", nil) // reuses the server's buffers
	if got.Method != "GET" || len(got.Body) != 0 {
		t.Errorf("the second call came as %+v", got)
	}
	if platform != "wechat" || account != 42 || kept.Method != "POST" || string(kept.Body) != "<xml>一</xml>" {
		t.Errorf("the call came as %s %d %+v", platform, account, kept)
	}
	if q := kept.Query; q.Get("signature") != "ab+c" || q.Get("echostr") != "你" || len(q["x"]) != 2 {
		t.Errorf("the query came as %v", q)
	}
	if kept.Header.Get("Content-Type") != "text/xml" {
		t.Errorf("the header came as %v", kept.Header)
	}
}

func TestWebhookPaths(t *testing.T) {
	d := newDesk(t)
	called := false
	d.intake.receive = func(context.Context, string, int64, channel.Request) (channel.Response, error) {
		called = true
		return channel.Response{}, nil
	}
	for call, status := range map[string]int{
		"POST /hooks/wechat/x": 404, "POST /hooks/wechat/0": 404, "POST /hooks/wechat/-1": 404, "GET /hooks/wechat/99999999999999999999": 404,
		"GET /hooks/wechat": 404, "GET /hooks": 404, "GET /hooks/": 404, "GET /hooks/a/1/b": 404, "PUT /hooks/wechat/1": 405, "DELETE /hooks/wechat/1": 405,
	} {
		method, path, _ := strings.Cut(call, " ")
		if r := d.do(t, "", method, path, nil); r.status != status {
			t.Errorf("%s: %d %s, want %d", call, r.status, r.body, status)
		}
	}
	if called {
		t.Error("the intake was asked")
	}
}

func TestWebhookPanic(t *testing.T) {
	d := newDesk(t)
	d.intake.receive = func(context.Context, string, int64, channel.Request) (channel.Response, error) { panic("out of luck") }
	if r := d.do(t, "", "POST", "/hooks/wechat/1", raw("x")); r.status != 500 || strings.Contains(string(r.body), "luck") {
		t.Errorf("a panic: %d %s", r.status, r.body)
	}
	if !strings.Contains(d.log.String(), "out of luck") {
		t.Error("the log does not tell of the panic")
	}
}
