package wechat_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
)

const testSecret = "00000000000000000000000000fake01"

// sentAt is the time of all vectors and payloads.
func sentAt() time.Time { return time.Unix(1764000000, 0).UTC() }

// settings returns the test account's settings with some of them changed; a nil
// value takes one away.
func settings(changes map[string]any) json.RawMessage {
	all := map[string]any{
		"app_id": testApp, "app_secret": testSecret, "token": testToken,
		"encoding_aes_key": testKey, "mode": "safe", "original_id": "gh_desk000000001",
	}
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	raw, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return raw
}

// open opens the test account.
func open(t testing.TB, o wechat.Options, changes map[string]any) channel.Channel {
	t.Helper()
	p := wechat.New(o)
	t.Cleanup(p.Close)
	c, err := p.Open(channel.Account{ID: 7, Platform: wechat.Name, Settings: settings(changes)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// query is a signed query string of the vectors' time.
func query(extra ...string) url.Values {
	q := url.Values{
		"signature": {wechat.Sign(testToken, testStamp, testNonce)}, "timestamp": {testStamp}, "nonce": {testNonce},
		"openid": {"oUser0000000000000000000000a"},
	}
	for i := 0; i < len(extra); i += 2 {
		q.Set(extra[i], extra[i+1])
	}
	return q
}

// push is a plain push.
func push(body string) channel.Request {
	return channel.Request{Method: http.MethodPost, Query: query(), Body: []byte(body)}
}

// safePush is an encrypted push; the signature is right for the cipher text.
func safePush(encrypted string) channel.Request {
	return channel.Request{
		Method: http.MethodPost,
		Query:  query("encrypt_type", "aes", "msg_signature", wechat.Sign(testToken, testStamp, testNonce, encrypted)),
		Body:   []byte("<xml><ToUserName><![CDATA[gh_desk000000001]]></ToUserName><Encrypt><![CDATA[" + encrypted + "]]></Encrypt></xml>"),
	}
}

// encrypt makes a push's cipher text with the test account's key.
func encrypt(t testing.TB, message string) string {
	t.Helper()
	encrypted, err := wechat.Encrypt([16]byte([]byte("0123456789abcdef")), []byte(message), testApp, testKey)
	if err != nil {
		t.Fatal(err)
	}
	return encrypted
}

// tokens is a token store that never expires anything and remembers what it
// was asked to keep.
type tokens struct {
	mu    sync.Mutex
	kept  map[string]string
	lives []time.Duration
	fail  error
}

func (s *tokens) Get(_ context.Context, key string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept[key], s.fail
}

func (s *tokens) Set(_ context.Context, key, value string, ttl time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]string{}
	}
	s.kept[key], s.lives = value, append(s.lives, ttl)
	return s.fail
}

func (s *tokens) Delete(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, key)
	return s.fail
}
