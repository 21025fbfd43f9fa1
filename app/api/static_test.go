package api_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"replydesk/app/api"
)

func TestPages(t *testing.T) {
	d := newDesk(t)
	const page, script = "<!doctype html><title>desk</title>", "/assets/app-1a2b3c.js"
	forever, fresh := "public, max-age=31536000, immutable", "no-cache"
	tests := []struct {
		path   string
		status int
		kind   string
		cache  string
		begins string
	}{
		{"/", 200, "text/html; charset=utf-8", fresh, page},
		{"/index.html", 200, "text/html; charset=utf-8", fresh, page},
		{"/inbox/7?x=1", 200, "text/html; charset=utf-8", fresh, page},
		{"/apiary", 200, "text/html; charset=utf-8", fresh, page},
		{"/favicon.ico", 200, "image/x-icon", fresh, "icon"},
		{script, 200, "text/javascript; charset=utf-8", forever, "console"},
		{"/assets/font-1a2b.woff2", 200, "font/woff2", forever, "woff"},
		{"/assets/app-old.js", 404, "application/problem+json", "", ""},
		{"/assets/", 404, "application/problem+json", "", ""},
	}
	for _, tt := range tests {
		r := d.get(t, "", tt.path)
		if r.status != tt.status || r.header.Get("Content-Type") != tt.kind || !strings.HasPrefix(string(r.body), tt.begins) {
			t.Errorf("%s: %d %s %.60q", tt.path, r.status, r.header.Get("Content-Type"), r.body)
		}
		if r.header.Get("Cache-Control") != tt.cache {
			t.Errorf("%s may be kept: %q, want %q", tt.path, r.header.Get("Cache-Control"), tt.cache)
		}
		if tt.status != 200 {
			continue
		}
		again := d.do(t, "", "GET", tt.path, nil, func(q *http.Request) { q.Header.Set("If-None-Match", `"x", W/`+r.header.Get("ETag")) })
		if again.status != 304 || len(again.body) > 0 || again.header.Get("ETag") != r.header.Get("ETag") {
			t.Errorf("%s again: %d, %d bytes", tt.path, again.status, len(again.body))
		}
		head := d.do(t, "", "HEAD", tt.path, nil)
		if head.status != 200 || len(head.body) > 0 {
			t.Errorf("HEAD %s: %d, %d bytes", tt.path, head.status, len(head.body))
		}
	}
	plain := d.get(t, "", script)
	for encoding, open := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	} {
		r := d.do(t, "", "GET", script, nil, func(q *http.Request) { q.Header.Set("Accept-Encoding", "deflate, "+encoding) })
		if r.header.Get("Content-Encoding") != encoding || r.header.Get("Vary") != "Accept-Encoding" || r.header.Get("ETag") == plain.header.Get("ETag") {
			t.Errorf("asked for %s: %v", encoding, r.header)
		}
		unpacked, err := open(bytes.NewReader(r.body))
		must(t, err)
		got, err := io.ReadAll(unpacked)
		must(t, err)
		if !bytes.Equal(got, plain.body) || len(r.body) >= len(plain.body) {
			t.Errorf("%s: %d bytes unpack to %d, want %d", encoding, len(r.body), len(got), len(plain.body))
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	d := newDesk(t)
	for _, path := range []string{"/", "/api/v1/session", "/api/docs", "/nothing"} {
		h := d.get(t, "limin", path).header
		csp := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'self'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, part) {
				t.Errorf("%s: the policy lacks %s: %s", path, part, csp)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is %s", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" || h.Get("Strict-Transport-Security") == "" || h.Get("X-Request-Id") == "" {
			t.Errorf("%s: headers %v", path, h)
		}
	}
	if h := d.get(t, "limin", "/api/v1/session").header; h.Get("Cache-Control") != "no-store" {
		t.Errorf("an answer of the API may be kept: %q", h.Get("Cache-Control"))
	}
	plain := newDesk(t, func(_ *api.Deps, c *api.Config) { c.BaseURL = "http://127.0.0.1:8080" })
	if h := plain.get(t, "", "/").header; h.Get("Strict-Transport-Security") != "" {
		t.Error("strict transport without https locks people out")
	}
}

func TestDocs(t *testing.T) {
	d := newDesk(t)
	r := d.get(t, "", "/api/docs")
	page := string(r.body)
	if r.status != 200 || r.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("docs: %d %s", r.status, r.header.Get("Content-Type"))
	}
	for _, part := range []string{"/api/v1/tickets/{id}/replies", "seen_event", "Ref | null", "MessageItem | ReplyItem", "addReply"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	for _, part := range []string{"<script", "style=", "http://", "https://"} {
		if strings.Contains(page, part) {
			t.Errorf("the page holds %q", part)
		}
	}
	if r := d.get(t, "", "/api/docs.css"); r.status != 200 || r.header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("style: %d %s", r.status, r.header.Get("Content-Type"))
	}
	if r := d.get(t, "", "/api/openapi.json"); r.status != 200 || r.at("openapi") != "3.1.0" || r.at("info.title") != "Reply Desk" {
		t.Errorf("document: %d %.100s", r.status, r.body)
	}
}

func TestPagesNeedAnIndex(t *testing.T) {
	if _, err := api.New(api.Deps{}, api.Config{TrustedProxies: []string{"not an address"}}); err == nil {
		t.Error("a proxy that is no address was taken")
	}
}
