package config_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"replydesk/app/config"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	const text = "hunter2"
	s := config.NewSecret(text)
	inside := struct{ hidden config.Secret }{s}
	c := config.Default()
	c.AdminPassword = s

	var printed []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t", "%c", "%U"} {
		for _, value := range []any{s, &s, inside, &inside, []config.Secret{s}, map[string]config.Secret{"k": s}, c, &c} {
			printed = append(printed, fmt.Sprintf(verb, value))
		}
	}
	for _, marshal := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal} {
		for _, value := range []any{s, &s, c, map[config.Secret]int{s: 1}} {
			out, err := marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			printed = append(printed, string(out))
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "secret", s, "config", c)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "secret", s, "config", c)
	printed = append(printed, log.String())

	for _, out := range printed {
		for _, leak := range []string{text, fmt.Sprintf("%x", text), fmt.Sprintf("%X", text), fmt.Sprintf("%d", []byte(text))} {
			if strings.Contains(out, leak) {
				t.Errorf("leaked in %s", out)
			}
		}
	}
	if got := fmt.Sprintf("%v|%+v|%#v|%d", s, s, s, s); got != "[redacted]|[redacted]|[redacted]|[redacted]" {
		t.Errorf("printed as %s", got)
	}
	if out, _ := json.Marshal(s); string(out) != `"[redacted]"` {
		t.Errorf("JSON is %s", out)
	}
	if s.Reveal() != text || !s.IsSet() {
		t.Error("the secret lost its text")
	}
}

func TestEmptySecret(t *testing.T) {
	s := config.NewSecret("")
	if s.IsSet() || s.Reveal() != "" || fmt.Sprint(s) != "" || s != (config.Secret{}) {
		t.Errorf("an empty secret is printed as %q", fmt.Sprint(s))
	}
}

func TestParseKey(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcd\xff\xfe")
	std, plain := base64.StdEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(key)
	tests := []struct {
		name, text string
		good       bool
	}{
		{"hexadecimal", fmt.Sprintf("%x", key), true},
		{"upper case", fmt.Sprintf("%X", key), true},
		{"base64", std, true},
		{"base64 without padding", strings.TrimRight(std, "="), true},
		{"base64 for URLs", plain, true},
		{"short", std[:40], false},
		{"not encoded", string(key), false},
		{"long", strings.Repeat("ab", 33), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := config.ParseKey(config.NewSecret(test.text))
			if test.good != (err == nil) || test.good && !bytes.Equal(got, key) {
				t.Fatalf("got %x, %v", got, err)
			}
			if err != nil && strings.Contains(err.Error(), test.text) {
				t.Error("the error repeats the key")
			}
		})
	}
	if key, err := config.ParseKey(config.Secret{}); key != nil || err != nil {
		t.Errorf("an empty key gives %x, %v", key, err)
	}
}

func TestDefaultBaseURL(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8080":   "http://127.0.0.1:8080",
		":8080":            "http://127.0.0.1:8080",
		"0.0.0.0:80":       "http://127.0.0.1:80",
		"[::]:80":          "http://127.0.0.1:80",
		"[2001:db8::1]:80": "http://[2001:db8::1]:80",
		"desk.example:80":  "http://desk.example:80",
	} {
		if got := config.DefaultBaseURL(addr); got != want {
			t.Errorf("%s gives %s, want %s", addr, got, want)
		}
	}
}

func TestSecureCookies(t *testing.T) {
	tests := []struct {
		mode config.CookieMode
		base string
		want bool
	}{
		{config.CookieAuto, "https://desk.example", true},
		{config.CookieAuto, "HTTPS://desk.example", true},
		{config.CookieAuto, "http://127.0.0.1:8080", false},
		{config.CookieSecure, "http://127.0.0.1:8080", true},
		{config.CookiePlain, "https://desk.example", false},
	}
	for _, test := range tests {
		if got := (config.Session{SecureCookies: test.mode}).Secure(test.base); got != test.want {
			t.Errorf("%s at %s: got %t", test.mode, test.base, got)
		}
	}
}

func TestLocation(t *testing.T) {
	if got := config.Default().Inbox.Location().String(); got != "Asia/Shanghai" {
		t.Errorf("got %s", got)
	}
	if got := (config.Inbox{Timezone: "Nowhere/Land"}).Location().String(); got != "UTC" {
		t.Errorf("an unknown zone gives %s", got)
	}
}

func TestModelEnabled(t *testing.T) {
	if config.Default().LLM.Enabled() || !(config.Model{BaseURL: "http://127.0.0.1:1/v1"}).Enabled() {
		t.Error("a model is on when and only when it has an address")
	}
}
