package logging_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"replydesk/app/config"
	"replydesk/app/logging"
)

// line logs one record in each format and returns both.
func line(t *testing.T, log func(*slog.Logger)) (text, asJSON string) {
	t.Helper()
	var a, b bytes.Buffer
	log(logging.New(&a, config.Log{Format: config.LogText}))
	log(logging.New(&b, config.Log{Format: config.LogJSON}))
	if !json.Valid(b.Bytes()) {
		t.Errorf("not JSON: %s", b.String())
	}
	return a.String(), b.String()
}

func TestHiddenByName(t *testing.T) {
	hidden := []string{"password", "Password", "admin_password", "secret", "app_secret", "AppSecret", "appSecret", "token",
		"access_token", "accessToken", "authorization", "Authorization", "Cookie", "Set-Cookie", "api_key", "apiKey", "APIKey",
		"encoding_aes_key", "EncodingAESKey", "encodingAesKey", "secret_key", "openid", "OpenID", "open_id", "openId", "unionid",
		"text", "reply_text", "content", "Content", "body", "request.body", "payload", "question", "phone", "email", "X-Desk-CSRF",
		"session_key", "ToUser", "FromUserName", "from_user_name", "raw", "totp", "contact"}
	for _, name := range hidden {
		t.Run("hidden "+name, func(t *testing.T) {
			for _, value := range []any{"hunter2", []string{"hunter2"}, errors.New("hunter2"), map[string]string{"a": "hunter2"}, []byte("hunter2")} {
				text, asJSON := line(t, func(l *slog.Logger) { l.Info("m", name, value) })
				if out := text + asJSON; strings.Contains(out, "hunter2") || strings.Count(out, logging.Redacted) != 2 {
					t.Errorf("%T: %s", value, out)
				}
			}
		})
	}
	shown := []string{"ticket_id", "token_id", "contact_id", "message_id", "content_type", "channel", "task", "attempt", "err",
		"tokens", "max_tokens", "secret_count", "unique_key", "key", "body_limit", "user", "username", "addr", "cookie_name", "textual", "",
		"_", "id", "工单"}
	for _, name := range shown {
		t.Run("shown "+name, func(t *testing.T) {
			text, asJSON := line(t, func(l *slog.Logger) { l.Info("m", name, "value7") })
			if strings.Count(text+asJSON, "value7") != 2 {
				t.Errorf("hidden: %s%s", text, asJSON)
			}
		})
	}
}

type account struct {
	Name      string
	AppSecret string `json:"app_secret"`
	Settings  struct {
		Token string
		URL   string
	}
	Notes []string
}

type opaque struct{ call func() }

type named string

type talkative string

func (s talkative) String() string { return "secret=" + string(s) }

type broken struct{ text *string }

func (b *broken) Error() string { return *b.text }

func TestHiddenInside(t *testing.T) {
	a := account{Name: "shown", AppSecret: "hunter2", Notes: []string{"shown", "token=hunter2"}}
	a.Settings.Token = "hunter2"
	a.Settings.URL = "postgres://desk:hunter2@db.example/desk"
	tests := []struct {
		name string
		log  func(*slog.Logger)
	}{
		{"message", func(l *slog.Logger) { l.Info("shown token=hunter2") }},
		{"text", func(l *slog.Logger) { l.Info("m", "err", "shown access_token=hunter2") }},
		{"error", func(l *slog.Logger) { l.Info("m", "err", errors.New("shown secret=hunter2")) }},
		{"wrapped error", func(l *slog.Logger) {
			l.Info("m", "err", fmt.Errorf("shown: %w", &url.Error{Op: "Get", URL: "https://a.example/?secret=hunter2", Err: io.EOF}))
		}},
		{"joined errors", func(l *slog.Logger) {
			l.Info("m", "err", errors.Join(errors.New("shown"), errors.New("password=hunter2")))
		}},
		{"group", func(l *slog.Logger) { l.Info("m", slog.Group("shown", slog.Group("b", "token", "hunter2"))) }},
		{"hidden group", func(l *slog.Logger) { l.Info("shown", slog.Group("body", slog.Group("b", "c", "hunter2", "n", 7))) }},
		{"with", func(l *slog.Logger) { l.With("api_key", "hunter2", "e", errors.New("token=hunter2")).Info("shown") }},
		{"with group", func(l *slog.Logger) { l.WithGroup("content").With("c", "hunter2").Info("shown", "d", "hunter2") }},
		{"attributes", func(l *slog.Logger) {
			l.LogAttrs(context.Background(), slog.LevelInfo, "shown", slog.Any("a", []slog.Attr{slog.String("secret", "hunter2")}))
		}},
		{"struct", func(l *slog.Logger) { l.Info("m", "account", a) }},
		{"pointer", func(l *slog.Logger) { l.Info("m", "account", &a) }},
		{"list", func(l *slog.Logger) { l.Info("m", "accounts", []account{a}) }},
		{"map", func(l *slog.Logger) { l.Info("m", "values", map[string]any{"shown": 1, "cookie": "hunter2"}) }},
		{"headers", func(l *slog.Logger) { l.Info("shown", "headers", http.Header{"Authorization": {"Bearer hunter2"}}) }},
		{"address", func(l *slog.Logger) {
			l.Info("shown", "url", &url.URL{Scheme: "https", User: url.UserPassword("me", "hunter2"), Host: "a.example"})
		}},
		{"stringer", func(l *slog.Logger) { l.Info("shown", "v", talkative("hunter2")) }},
		{"named text", func(l *slog.Logger) { l.Info("shown", "v", named("token=hunter2")) }},
		{"raw JSON", func(l *slog.Logger) { l.Info("shown", "v", json.RawMessage(`{"token":"hunter2"}`)) }},
		{"bytes", func(l *slog.Logger) { l.Info("shown", "v", []byte("hunter2")) }},
		{"not for JSON", func(l *slog.Logger) { l.Info("shown", "v", opaque{func() {}}) }},
		{"setting", func(l *slog.Logger) { l.Info("shown", "v", config.NewSecret("hunter2")) }},
		{"settings", func(l *slog.Logger) {
			c := config.Default()
			c.DatabaseURL = config.NewSecret("postgres://desk:hunter2@db.example/desk")
			l.Info("shown", "v", c)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, out := range []string{first(line(t, test.log)), second(line(t, test.log))} {
				if strings.Contains(out, "hunter2") || strings.Contains(out, "aHVudGVyMg") {
					t.Errorf("leaked: %s", out)
				}
				if !strings.Contains(out, "shown") {
					t.Errorf("lost what may be shown: %s", out)
				}
			}
		})
	}
}

func first(a, _ string) string  { return a }
func second(_, b string) string { return b }

func TestOrdinaryValuesStayAsTheyAre(t *testing.T) {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	_, out := line(t, func(l *slog.Logger) {
		l.Warn("delivery retried", "ticket_id", int64(math.MaxInt64), "attempt", uint8(2), "share", 0.5, "ok", true, "at", at,
			"wait", 2*time.Second, "err", error(nil), "state", named("open"), "ids", []int64{math.MaxInt64}, "level", slog.LevelWarn,
			slog.Group("http", "status", 500))
	})
	var got map[string]any
	dec := json.NewDecoder(strings.NewReader(out))
	dec.UseNumber()
	if err := dec.Decode(&got); err != nil {
		t.Fatal(err)
	}
	delete(got, "time")
	want := `map[at:2026-11-22T08:00:00Z attempt:2 err:<nil> http:map[status:500] ids:[9223372036854775807] level:WARN ` +
		`msg:delivery retried ok:true share:0.5 state:open ticket_id:9223372036854775807 wait:2000000000]`
	if s := fmt.Sprint(got); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func TestPanickingValueIsNamed(t *testing.T) {
	text, asJSON := line(t, func(l *slog.Logger) { l.Info("m", "err", &broken{}) })
	if strings.Count(text+asJSON, "!PANIC in *logging_test.broken") != 2 {
		t.Errorf("got %s%s", text, asJSON)
	}
}

func TestLevel(t *testing.T) {
	var out bytes.Buffer
	l := logging.New(&out, config.Log{Level: slog.LevelWarn, Format: config.LogText})
	l.Info("below")
	l.Warn("above")
	if s := out.String(); strings.Contains(s, "below") || !strings.Contains(s, "above") {
		t.Errorf("got %s", s)
	}
}

func BenchmarkLogger(b *testing.B) {
	err := fmt.Errorf("send: %w", errors.New("get access token: connection refused"))
	run := func(name string, l *slog.Logger) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Info("delivery retried", "ticket_id", int64(42), "channel", "wechat", "attempt", 2, "err", err)
			}
		})
	}
	run("bare", slog.New(slog.NewJSONHandler(io.Discard, nil)))
	run("redacting", logging.New(io.Discard, config.Log{Format: config.LogJSON}))
}
