package wechat_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

func TestSettings(t *testing.T) {
	tests := []struct {
		name    string
		changes map[string]any
		want    []string // the fields at fault
	}{
		{"complete", nil, nil},
		{"everything", map[string]any{"previous_aes_key": otherKey, "api_base": "http://127.0.0.1:8080/sim/"}, nil},
		{"least", map[string]any{"mode": "plain", "encoding_aes_key": nil, "original_id": nil}, nil},
		{"empty optional ones", map[string]any{"previous_aes_key": "", "api_base": "", "original_id": ""}, nil},
		{"no app id", map[string]any{"app_id": nil}, []string{"settings.app_id"}},
		{"original id as app id", map[string]any{"app_id": "gh_desk000000001"}, []string{"settings.app_id"}},
		{"app id with a blank", map[string]any{"app_id": "wx1 "}, []string{"settings.app_id"}},
		{"no secret", map[string]any{"app_secret": ""}, []string{"settings.app_secret"}},
		{"secret with a line break", map[string]any{"app_secret": "abc\n"}, []string{"settings.app_secret"}},
		{"short token", map[string]any{"token": "ab"}, []string{"settings.token"}},
		{"long token", map[string]any{"token": strings.Repeat("a", 33)}, []string{"settings.token"}},
		{"token with a quote", map[string]any{"token": "abc'"}, []string{"settings.token"}},
		{"no key in safe mode", map[string]any{"encoding_aes_key": nil}, []string{"settings.encoding_aes_key"}},
		{"no key in compatible mode", map[string]any{"mode": "compatible", "encoding_aes_key": ""}, []string{"settings.encoding_aes_key"}},
		{"short key", map[string]any{"encoding_aes_key": testKey[:42]}, []string{"settings.encoding_aes_key"}},
		{"bad key though plain", map[string]any{"mode": "plain", "encoding_aes_key": "x"}, []string{"settings.encoding_aes_key"}},
		{"bad previous key", map[string]any{"previous_aes_key": testKey + "="}, []string{"settings.previous_aes_key"}},
		{"unknown mode", map[string]any{"mode": "SAFE"}, []string{"settings.mode"}},
		{"app id as original id", map[string]any{"original_id": testApp}, []string{"settings.original_id"}},
		{"base without scheme", map[string]any{"api_base": "127.0.0.1:8080"}, []string{"settings.api_base"}},
		{"base of another scheme", map[string]any{"api_base": "ftp://example.invalid"}, []string{"settings.api_base"}},
		{"base with a query", map[string]any{"api_base": "http://example.invalid/?a=1"}, []string{"settings.api_base"}},
		{"base with a password", map[string]any{"api_base": "http://a:b@example.invalid"}, []string{"settings.api_base"}},
		{"not a string", map[string]any{"token": 12345}, []string{"settings.token"}},
		{"unknown setting", map[string]any{"app_key": "x"}, []string{"settings.app_key"}},
		{"several", map[string]any{"token": "", "app_id": "", "mode": "x"}, []string{"settings.app_id", "settings.mode", "settings.token"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := wechat.New(wechat.Options{}).Open(channel.Account{Settings: settings(test.changes)})
			if test.want == nil {
				if err != nil {
					t.Errorf("Open = %v", err)
				}
				return
			}
			var e *desk.Error
			if !errors.As(err, &e) || e.Code != desk.Invalid {
				t.Fatalf("Open = %v, want invalid", err)
			}
			var got []string
			for _, field := range e.Fields {
				got = append(got, field.Name)
				if field.Message == "" {
					t.Errorf("%s has no message", field.Name)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("Fields = %v, want %v", got, test.want)
			}
			hides(t, err.Error())
		})
	}
	for _, raw := range []string{"", "null", "[]", `"x"`, "{"} {
		if _, err := wechat.ParseSettings(json.RawMessage(raw)); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("ParseSettings(%s) = %v, want invalid", raw, err)
		}
	}
	if _, err := wechat.New(wechat.Options{APIBase: "nowhere"}).Open(channel.Account{Settings: settings(nil)}); desk.CodeOf(err) != desk.Invalid {
		t.Errorf("Open with a bad base = %v, want invalid", err)
	}
}

func TestSecretSettings(t *testing.T) {
	p := wechat.New(wechat.Options{})
	want := []string{"app_secret", "encoding_aes_key", "previous_aes_key", "token"}
	if got := p.SecretSettings(); !slices.Equal(got, want) {
		t.Errorf("SecretSettings = %v, want %v", got, want)
	}
	if p.Name() != "wechat" {
		t.Errorf("Name = %q", p.Name())
	}
	for name, secret := range p.Confirmed() {
		if !slices.Contains(want, secret) || slices.Contains(want, name) {
			t.Errorf("%s is confirmed by %s", name, secret)
		}
	}
	if wechat.TokenKey("wx1", "a") == wechat.TokenKey("wx1", "b") {
		t.Error("an account with another secret is given the token")
	}
	// Every setting is known to be secret or not.
	raw, err := json.Marshal(wechat.Settings{EncodingAESKey: "x", PreviousAESKey: "x", Mode: "x", OriginalID: "x", APIBase: "x"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = wechat.ParseSettings(raw)
	var e *desk.Error
	if errors.As(err, &e) {
		for _, field := range e.Fields {
			if field.Message == "没有这个设置项" {
				t.Errorf("%s is missing in the table of settings", field.Name)
			}
		}
	}
}

// TestImports: of the library only util is linked. Its root package switches on
// debug logging of message bodies.
func TestImports(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		read++
		for _, spec := range file.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			if strings.HasPrefix(path, "github.com/silenceper/wechat/v2") && path != "github.com/silenceper/wechat/v2/util" {
				t.Errorf("%s imports %s", entry.Name(), path)
			}
		}
	}
	if read < 10 {
		t.Errorf("read %d files only", read)
	}
}
