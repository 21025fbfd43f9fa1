package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"replydesk/app/api"
	"replydesk/app/jobs"
	"replydesk/inbox/desk"
)

// failing are tasks that end with an error or worse.
type failing struct{ err error }

func (f failing) Dead(ctx context.Context, _ int) ([]jobs.Dead, error) {
	if f.err == nil {
		panic("a bug with secret details")
	}
	if errors.Is(f.err, context.DeadlineExceeded) {
		<-ctx.Done()
	}
	return nil, f.err
}

func (f failing) Retry(context.Context, int64) error { return f.err }

var errDown = errors.New("dial tcp 10.0.0.1: secret details")

// later is an error that says when to come back.
type later struct{ cause error }

func (l later) Error() string { return l.cause.Error() }

func (later) RetryAfter() time.Duration { return 1500 * time.Millisecond }
func (l later) Unwrap() error           { return l.cause }

func TestProblems(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		status int
		code   string
		retry  string
		logged bool
	}{
		{"unforeseen", errors.New("dial tcp 10.0.0.1: secret details"), 500, "internal", "", true},
		{"declared internal", desk.Errorf(desk.Internal, "secret details"), 500, "internal", "", true},
		{"panic", nil, 500, "internal", "", true},
		{"the store cannot be reached", fmt.Errorf("load: %w", errDown), 503, "unavailable", "", true},
		{"unavailable", &desk.Error{Code: desk.Unavailable, Message: "稍后再试", Cause: errors.New("secret details")}, 503, "unavailable", "", true},
		{"conflict", desk.Errorf(desk.Conflict, "已被他人修改"), 409, "conflict", "", false},
		{"wrapped", errors.Join(errors.New("load"), desk.Errorf(desk.NotFound, "没有")), 404, "not_found", "", false},
		{"come back later", later{desk.Errorf(desk.RateLimited, "太快了")}, 429, "rate_limited", "2", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, func(deps *api.Deps, _ *api.Config) {
				deps.Tasks = failing{tt.err}
				deps.Down = func(err error) bool { return errors.Is(err, errDown) }
			})
			r := d.get(t, "admin", "/api/v1/operations/dead")
			if r.status != tt.status || r.at("code") != tt.code || r.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("answered %d %s", r.status, r.body)
			}
			if r.header.Get("Retry-After") != tt.retry {
				t.Errorf("Retry-After is %q, want %q", r.header.Get("Retry-After"), tt.retry)
			}
			if strings.Contains(string(r.body), "secret") {
				t.Errorf("the answer tells too much: %s", r.body)
			}
			entries := strings.Count(d.log.String(), "request failed")
			if tt.logged != (entries == 1) || entries > 1 {
				t.Errorf("%d entries in the log", entries)
			}
			if id, _ := r.at("request_id").(string); tt.logged && (id == "" || id != r.header.Get("X-Request-Id") || !strings.Contains(d.log.String(), id)) {
				t.Errorf("the request id %q does not lead to the log", id)
			}
		})
	}
}

func TestUnknownAddresses(t *testing.T) {
	d := newDesk(t)
	tests := []struct {
		call   string
		status int
		allow  string
	}{
		{"GET /api/v1/nothing", 404, ""},
		{"POST /api/v1/nothing", 404, ""},
		{"GET /api/nothing", 404, ""},
		{"GET /api", 404, ""},
		{"PUT /api/v1/tickets", 405, "GET"},
		{"DELETE /api/v1/tickets/1/close", 405, "POST"},
		{"POST /healthz", 405, "GET"},
		{"POST /", 405, "GET, HEAD"},
		{"PUT /inbox/7", 405, "GET, HEAD"},
	}
	for _, tt := range tests {
		method, path, _ := strings.Cut(tt.call, " ")
		r := d.do(t, "admin", method, path, nil)
		if r.status != tt.status || r.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", tt.call, r.status, r.body)
		}
		if !strings.Contains(strings.Join(r.header["Allow"], ", "), tt.allow) {
			t.Errorf("%s allows %v, want %s", tt.call, r.header["Allow"], tt.allow)
		}
	}
}

// TestEncodings: what decoding would alter is refused on every route, before
// anybody reads it; what only looks like it is taken.
func TestEncodings(t *testing.T) {
	d := newDesk(t)
	at := "/api/v1/tickets/" + d.says(t, 1, "o-1", "x") + "/notes"
	head := d.head(t)
	for name, text := range map[string]string{
		"broken": "\xff", "cut": "\xe4\xbd", "GBK": "\xc4\xe3\xba\xc3", "surrogate in UTF-8": "\xed\xa0\x80", "NUL": "\x00",
		"escaped NUL": `\u0000`, "half a pair": `\ud83d`, "the other half": `\ude00`, "a pair torn apart": `\ud83dx\ude00`, "two halves": `\ud83d\ud83d`,
	} {
		in := raw(`{"text":"a` + text + `b"}`)
		for _, path := range []string{at, "/api/v1/session", "/api/v1/users"} {
			if r := d.post(t, "admin", path, in); r.status != 422 || r.at("reason") != "encoding" || strings.ContainsRune(string(r.body), '\uFFFD') {
				t.Errorf("%s to %s: %d %s", name, path, r.status, r.body)
			}
		}
	}
	if d.head(t) != head {
		t.Error("something was stored")
	}
	for name, text := range map[string]string{
		"a pair": `\ud83d\ude00`, "a backslash before u0000": `\\u0000`, "the character itself": "\uFFFD", "at the end": `\u4f60`,
	} {
		if r := d.post(t, "limin", at, raw(`{"text":"`+text+`"}`)); r.status >= 300 {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
}

func TestBadBodies(t *testing.T) {
	d := newDesk(t)
	at := "/api/v1/tickets/" + d.says(t, 1, "o-1", "x") + "/notes"
	head := d.head(t)
	deep := strings.Repeat("[", 200_000)
	for name, in := range map[string]raw{
		"cut off": `{"text":"x`, "an array": `[]`, "a text": `"x"`, "null": `null`, "two": `{"text":"x"}{"text":"y"}`, "deep": raw(`{"text":` + deep),
		"not UTF-8": "\xff\xfe", "NUL": `{"text":"a\u0000b"}`, "XML": `<text>x</text>`, "long": raw(`{"text":"` + strings.Repeat("长", 5000) + `"}`),
	} {
		r := d.post(t, "limin", at, in)
		if (r.status != 400 && r.status != 422) || r.at("code") != "invalid" {
			t.Errorf("%s: %d %.300s", name, r.status, r.body)
		}
		if len(r.body) > 2000 {
			t.Errorf("%s: the answer repeats the body, %d bytes", name, len(r.body))
		}
	}
	if d.head(t) != head {
		t.Error("something was stored")
	}
	r := d.do(t, "limin", "POST", at, raw("text=x"), func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") })
	if r.status != 415 || r.at("reason") != "content_type" {
		t.Errorf("a form: %d %s", r.status, r.body)
	}
}

func TestRawRequests(t *testing.T) {
	d := newDesk(t)
	const host = " HTTP/1.1\r\nHost: desk.example.test\r\n"
	for name, tt := range map[string]struct {
		request string
		status  int
	}{
		"a huge header":     {"GET /" + host + "Cookie: desk_session=" + strings.Repeat("x", 20<<10) + "\r\n\r\n", 431},
		"no request":        {"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400},
		"two lengths":       {"POST /api/v1/session" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400},
		"a hostile path":    {"GET /../../etc/passwd" + host + "\r\n", 200}, // the application's page
		"an escaped path":   {"GET /assets/%2e%2e/%2e%2e/etc/passwd" + host + "\r\n", 404},
		"a cookie of bytes": {"GET /api/v1/session" + host + "Cookie: desk_session=\xff\xfe; a=b\r\n\r\n", 401},
	} {
		r := d.raw(t, tt.request)
		if r.status != tt.status {
			t.Errorf("%s: %d %.200s, want %d", name, r.status, r.body, tt.status)
		}
		if strings.Contains(string(r.body), "root:") {
			t.Errorf("%s: a file came out", name)
		}
	}
}
