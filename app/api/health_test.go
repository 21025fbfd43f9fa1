package api_test

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestHealth(t *testing.T) {
	d := newDesk(t)
	if r := d.get(t, "", "/healthz"); r.status != 200 || r.at("status") != "ok" || r.at("version") != "test" {
		t.Errorf("healthz: %d %s", r.status, r.body)
	}
	if r := d.get(t, "", "/readyz"); r.status != 200 || r.at("status") != "ready" || r.at("checks.database") != "ok" {
		t.Errorf("readyz: %d %s", r.status, r.body)
	}
	d.ready.Probe = func(ctx context.Context) error {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("a check may take for ever")
		}
		return errors.New("postgres://desk:secret@db is gone")
	}
	r := d.get(t, "", "/readyz")
	if r.status != 503 || r.at("status") != "failing" || r.at("checks.database") != "failing" || strings.Contains(string(r.body), "secret") {
		t.Errorf("readyz without a database: %d %s", r.status, r.body)
	}
	if r := d.get(t, "", "/healthz"); r.status != 200 {
		t.Errorf("healthz without a database: %d", r.status)
	}
}

func TestMetrics(t *testing.T) {
	d := newDesk(t)
	d.get(t, "limin", "/api/v1/tickets/999")
	d.get(t, "", "/api/v1/tickets/998")
	d.get(t, "", "/inbox")
	d.do(t, "", "POST", "/hooks/wechat/x", nil)
	page := string(d.get(t, "", "/metrics").body)
	for _, line := range []string{
		`desk_http_requests_total{method="GET",route="/api/v1/tickets/:id",status="404"} 1`,
		`desk_webhooks_total{status="404"} 1`, `desk_webhook_seconds_count 1`, `desk_test_sockets 3`, `go_goroutines `,
		`desk_http_request_seconds_count{route="/api/v1/tickets/:id"} 1`,
	} {
		if !strings.Contains(page, line) {
			t.Errorf("the page lacks %s", line)
		}
	}
	if strings.Contains(page, "tickets/99") {
		t.Error("ids became labels")
	}
}
