package app_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"replydesk/app"
	"replydesk/app/config"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

func settings(t *testing.T, key byte) config.Config {
	t.Helper()
	cfg := config.Default()
	cfg.DataDir = t.TempDir()
	cfg.SecretKey = config.NewSecret(hex.EncodeToString(bytes.Repeat([]byte{key}, 32)))
	return cfg
}

func open(t *testing.T, cfg config.Config) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), cfg, slog.New(slog.DiscardHandler), "test")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A desk with the wrong key would take in what it cannot answer: it must not
// start.
func TestWrongSecretKeyIsRefused(t *testing.T) {
	cfg := settings(t, 1)
	a := open(t, cfg)
	platform, name := "wechat", "test"
	_, err := a.Accounts.CreateAccount(t.Context(), desk.System(), inbox.AccountInput{
		Platform: &platform, Name: &name, Settings: map[string]any{
			"app_id": "wxtest0000000001", "app_secret": "testsecret", "token": "testtoken",
			"encoding_aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "mode": "safe",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	none := cfg
	none.SecretKey = config.Secret{}
	if a, err := app.New(t.Context(), none, slog.New(slog.DiscardHandler), "test"); err == nil {
		_ = a.Close()
		t.Error("a new key must be refused")
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "secret.key")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a key that fits nothing was left behind: %v", err)
	}
	cfg.SecretKey = settings(t, 2).SecretKey
	if a, err := app.New(t.Context(), cfg, slog.New(slog.DiscardHandler), "test"); err == nil {
		_ = a.Close()
		t.Error("another key must be refused")
	} else if !strings.Contains(err.Error(), "DESK_SECRET_KEY") {
		t.Errorf("the error names no setting: %v", err)
	}
}

// A desk without users says so when it opens, and not to a tool that is about
// to make one.
func TestNobodyCanSignIn(t *testing.T) {
	var log bytes.Buffer
	a, err := app.New(t.Context(), settings(t, 1), slog.New(slog.NewTextHandler(&log, nil)), "test")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), "no users") {
		t.Errorf("said before it opens: %s", log.String())
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx, ln) }()
	res, err := http.Get("http://" + ln.Addr().String() + "/healthz") // waits until it is answered
	stop()
	if err != nil {
		t.Fatal(errors.Join(err, <-ended, a.Close()))
	}
	if err := errors.Join(res.Body.Close(), <-ended, a.Close()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "no users") {
		t.Errorf("not said: %s", log.String())
	}
}

// Two desks on one data folder would each take the other's running deliveries
// for the leftovers of a crash.
func TestDataFolderIsOneDesks(t *testing.T) {
	cfg := settings(t, 1)
	a := open(t, cfg)
	if second, err := app.New(t.Context(), cfg, slog.New(slog.DiscardHandler), "test"); err == nil {
		_ = second.Close()
		t.Error("a second desk on the same folder must be refused")
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, cfg).Close(); err != nil {
		t.Errorf("after the first has closed: %v", err)
	}
}

// The desk stops in order although somebody keeps a request half sent.
func TestStopsInOrder(t *testing.T) {
	cfg := settings(t, 1)
	cfg.HTTP.ShutdownTimeout = 1
	a := open(t, cfg)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx, ln) }()
	res, err := http.Get("http://" + ln.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	slow, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := slow.Write([]byte("POST /api/v1/session HTTP/1.1\r\nHost: desk\r\nContent-Length: 100\r\n\r\nabc")); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stop: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
