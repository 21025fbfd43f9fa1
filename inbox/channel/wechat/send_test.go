package wechat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
)

var reply = channel.Outbound{ReplyID: 9, Kind: channel.Private, ContactID: "oUser1", Text: "您好"}

func TestSendRequest(t *testing.T) {
	tests := []struct {
		name string
		out  channel.Outbound
		want string
	}{
		{"text", reply, `{"touser":"oUser1","msgtype":"text","text":{"content":"您好"}}`},
		{"nothing is escaped", channel.Outbound{ContactID: "oUser1", Text: `<a href="https://example.invalid/?a=1&b=2">居住证</a>`},
			`{"touser":"oUser1","msgtype":"text","text":{"content":"<a href=\"https://example.invalid/?a=1&b=2\">居住证</a>"}}`},
		{"line separators", channel.Outbound{ContactID: "oUser1", Text: "一\u2028二\n三"},
			`{"touser":"oUser1","msgtype":"text","text":{"content":"一\n二\n三"}}`},
		{"made by AI", channel.Outbound{ContactID: "oUser1", Text: "您好", AIMade: true},
			`{"touser":"oUser1","msgtype":"text","text":{"content":"您好"},"aimsgcontext":{"is_ai_msg":1}}`},
		{"a menu", channel.Outbound{ContactID: "oUser1", Text: "5 满意", Menu: &channel.Menu{Head: "满意吗", Items: []channel.MenuItem{{ID: 15, Text: "满意"}, {ID: 11, Text: "不\u2028满意"}}, Tail: "谢谢"}},
			`{"touser":"oUser1","msgtype":"msgmenu","msgmenu":{"head_content":"满意吗","list":[{"id":"15","content":"满意"},{"id":"11","content":"不\n满意"}],"tail_content":"谢谢"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, says(`{"errcode":0,"errmsg":"ok"}`))
			account := open(t, wechat.Options{Tokens: &tokens{}}, at(s.URL+"/sim/"))
			if got := account.Send(t.Context(), test.out); got.Outcome != channel.Sent || got.RetryAfter != 0 {
				t.Fatalf("Send = %+v, want sent", got)
			}
			want := call{"/sim/cgi-bin/message/custom/send", "token-1", "api.weixin.qq.com", test.want, "application/json; charset=utf-8"}
			if got := s.last(); got != want {
				t.Errorf("call = %+v, want %+v", got, want)
			}
		})
	}
}

func TestSendRefusesBeforehand(t *testing.T) {
	s := serve(t, says(`{"errcode":0}`))
	account := open(t, wechat.Options{}, at(s.URL))
	if got := account.Limits(); got != (channel.Limits{MaxBytes: 2048}) {
		t.Errorf("Limits = %+v", got)
	}
	tests := []struct {
		name, code string
		out        channel.Outbound
	}{
		{"too long", "45002", channel.Outbound{ContactID: "o", Text: strings.Repeat("字", 682) + "abc"}},
		{"empty", "44004", channel.Outbound{ContactID: "o", Text: " \n"}},
		{"to nobody", "40003", channel.Outbound{Text: "x"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := account.Send(t.Context(), test.out); got.Outcome != channel.Never || got.Code != test.code || got.Message == "" {
				t.Errorf("Send = %+v, want never with %s", got, test.code)
			}
		})
	}
	if fetched, calls := s.counts(); fetched+calls != 0 {
		t.Errorf("%d tokens and %d calls, want none", fetched, calls)
	}
	if got := account.Send(t.Context(), channel.Outbound{ContactID: "o", Text: strings.Repeat("字", 682) + "ab"}); got.Outcome != channel.Sent {
		t.Errorf("Send of 2048 bytes = %+v, want sent", got)
	}
}

// TestSendCodes is the platform's error table.
func TestSendCodes(t *testing.T) {
	now := time.Date(2026, 11, 22, 15, 30, 0, 0, time.UTC) // 23:30 in Beijing
	tests := []struct {
		code    int
		message string
		want    channel.Outcome
		after   time.Duration
		says    string
	}{
		{-1, "system error", channel.Again, 3 * time.Second, "繁忙"},
		{268487001, "system error", channel.Again, 3 * time.Second, "故障"},
		{268487002, "system error", channel.Again, 3 * time.Second, "故障"},
		{45011, "api minute-quota reach limit", channel.Again, time.Minute, "频繁"},
		{45009, "reach max api daily quota limit", channel.Again, 30 * time.Minute, "管理员"},
		{43004, "require subscribe", channel.WindowClosed, 0, "未关注"},
		{45015, "response out of time limit or subscription is canceled rid: 1-2-3", channel.WindowClosed, 0, "时限"},
		{45047, "out of response count limit", channel.QuotaUsed, 0, "上限"},
		{40002, "invalid grant_type", channel.Credentials, 0, "凭证"},
		{40013, "invalid appid", channel.Credentials, 0, "AppID"},
		{40125, "invalid appsecret", channel.Credentials, 0, "AppSecret"},
		{40243, "AppSecret is frozen", channel.Credentials, 0, "冻结"},
		{41002, "appid missing", channel.Credentials, 0, "AppID"},
		{41004, "appsecret missing", channel.Credentials, 0, "AppSecret"},
		{40164, "invalid ip 192.0.2.7 ipv6 ::ffff:192.0.2.7, not in whitelist rid: 1-2-3", channel.Credentials, 0, "白名单中：192.0.2.7"},
		{61004, "access clientip is not registered (2001:db8::1)", channel.Credentials, 0, "：2001:db8::1"},
		{89503, "this call needs confirmation", channel.Credentials, 0, "确认"},
		{89506, "refused", channel.Credentials, 0, "拒绝"},
		{89507, "refused", channel.Credentials, 0, "拒绝"},
		{48001, "api unauthorized", channel.Credentials, 0, "权限"},
		{48004, "api forbidden", channel.Credentials, 0, "封禁"},
		{48006, "forbid to clear quota", channel.Credentials, 0, "拒绝"},
		{40003, "invalid openid", channel.Never, 0, "OpenID"},
		{40007, "invalid media_id", channel.Never, 0, "素材"},
		{40200, "invalid account type", channel.Never, 0, "类型"},
		{41001, "access_token missing", channel.Never, 0, "access_token"},
		{44004, "empty content", channel.Never, 0, "空"},
		{45002, "content size out of limit", channel.Never, 0, "2048"},
		{45008, "article size out of limit", channel.Never, 0, "图文"},
		{50002, "user limited", channel.Never, 0, "受限"},
		{50005, "user is unsubscribed", channel.Never, 0, "未关注"},
		{70000, "blocked", channel.Never, 0, "未成年人"},
		{12345, "never heard of", channel.Never, 0, "拒绝"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.code), func(t *testing.T) {
			s := serve(t, says(fmt.Sprintf(`{"errcode":%d,"errmsg":%q}`, test.code, test.message)))
			account := open(t, wechat.Options{Tokens: &tokens{}, Now: func() time.Time { return now }}, at(s.URL))
			got := account.Send(t.Context(), reply)
			if got.Outcome != test.want || got.RetryAfter != test.after || got.Code != fmt.Sprint(test.code) {
				t.Errorf("Send = %+v, want %s after %s", got, test.want, test.after)
			}
			if !strings.Contains(got.Message, test.says) || strings.Contains(got.Message, test.message) ||
				strings.Contains(got.Message, got.Code) || !strings.Contains(got.Detail, test.message) {
				t.Errorf("Message = %q, Detail = %q, want %q for staff and the platform's words apart", got.Message, got.Detail, test.says)
			}
			if fetched, calls := s.counts(); fetched != 1 || calls != 1 {
				t.Errorf("%d tokens and %d sends, want one of each", fetched, calls)
			}
			hides(t, got.Message+got.Detail)
		})
	}
}

// TestSendRefreshesToken: a refused token is replaced, once.
func TestSendRefreshesToken(t *testing.T) {
	for _, code := range []int{40001, 40014, 42001} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			refuse := fmt.Sprintf(`{"errcode":%d,"errmsg":"invalid credential, access_token is invalid or not latest"}`, code)
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("access_token") != "token-1" {
					says(refuse)(w, r)
					return
				}
				says(`{"errcode":0,"errmsg":"ok"}`)(w, r)
			})
			store := &tokens{kept: map[string]string{wechat.TokenKey(testApp, testSecret): "old"}}
			account := open(t, wechat.Options{Tokens: store}, at(s.URL))
			if got := account.Send(t.Context(), reply); got.Outcome != channel.Sent {
				t.Errorf("Send = %+v, want sent", got)
			}
			if fetched, calls := s.counts(); fetched != 1 || calls != 2 {
				t.Errorf("%d tokens and %d sends, want 1 and 2", fetched, calls)
			}
			s.answer = says(refuse) // now every token is refused
			if got := account.Send(t.Context(), reply); got.Outcome != channel.Credentials || got.Code != fmt.Sprint(code) {
				t.Errorf("Send = %+v, want credentials", got)
			}
			if fetched, calls := s.counts(); fetched != 2 || calls != 4 {
				t.Errorf("%d tokens and %d sends, want 2 and 4", fetched, calls)
			}
		})
	}
}

// TestSendKeepsNewerToken: a token that another process has put in the place of
// the refused one is used, not deleted.
func TestSendKeepsNewerToken(t *testing.T) {
	store := &tokens{kept: map[string]string{wechat.TokenKey(testApp, testSecret): "old"}}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("access_token") == "newer" {
			says(`{"errcode":0}`)(w, r)
			return
		}
		if err := store.Set(r.Context(), wechat.TokenKey(testApp, testSecret), "newer", time.Hour); err != nil {
			t.Error(err)
		}
		says(`{"errcode":42001,"errmsg":"access_token expired"}`)(w, r)
	})
	if got := open(t, wechat.Options{Tokens: store}, at(s.URL)).Send(t.Context(), reply); got.Outcome != channel.Sent {
		t.Errorf("Send = %+v, want sent", got)
	}
	if fetched, calls := s.counts(); fetched != 0 || calls != 2 {
		t.Errorf("%d tokens and %d sends, want 0 and 2", fetched, calls)
	}
}

// TestSendShortensAndCleans: a long errmsg with odd characters stays showable.
func TestSendShortensAndCleans(t *testing.T) {
	s := serve(t, says(`{"errcode":40003,"errmsg":"bad\u0000 access_token=abc&x=1 {\"secret\": \"abc\"} `+strings.Repeat("长", 300)+`"}`))
	got := open(t, wechat.Options{}, at(s.URL)).Send(t.Context(), reply)
	if len(got.Detail) > 450 || !utf8.ValidString(got.Detail) || strings.ContainsAny(got.Detail, "\x00") || strings.Contains(got.Detail, "abc") {
		t.Errorf("Detail = %d bytes, %q", len(got.Detail), got.Detail)
	}
}

func TestSendTokenFaults(t *testing.T) {
	tests := []struct {
		name  string
		token http.HandlerFunc
		want  channel.Outcome
		code  string
	}{
		{"secret refused", says(`{"errcode":40125,"errmsg":"invalid appsecret secret=` + testSecret + ` rid: 1"}`), channel.Credentials, "40125"},
		{"IP refused", says(`{"errcode":40164,"errmsg":"invalid ip 192.0.2.7, not in whitelist"}`), channel.Credentials, "40164"},
		{"unknown code", says(`{"errcode":777,"errmsg":"odd"}`), channel.Credentials, "777"},
		{"busy", says(`{"errcode":-1,"errmsg":"system error"}`), channel.Again, "-1"},
		{"gateway", fails(502), channel.Again, "http_502"},
		{"no JSON", fails(200), channel.Again, "no_json"},
		{"no token", says(`{}`), channel.Again, "no_json"},
		{"cut off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, channel.Again, "network"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, says(`{"errcode":0}`))
			s.token = test.token
			account := open(t, wechat.Options{}, at(s.URL))
			got := account.Send(t.Context(), reply)
			if got.Outcome != test.want || got.Code != test.code {
				t.Errorf("Send = %+v, want %s %s", got, test.want, test.code)
			}
			if _, calls := s.counts(); calls != 0 {
				t.Error("the reply was sent without a token")
			}
			hides(t, got.Message+got.Detail)
		})
	}
}

// TestSendNetwork: what left may have arrived and is never sent again.
func TestSendNetwork(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   channel.Outcome
		code   string
		after  time.Duration
	}{
		{"no answer in time", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, channel.NotKnown, "timeout", 0},
		{"cut off before the answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, channel.NotKnown, "network", 0},
		{"half an answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"errcode":0`)
			panic(http.ErrAbortHandler)
		}, channel.NotKnown, "network", 0},
		{"answer stalls", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"errcode":0`)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, channel.NotKnown, "timeout", 0},
		{"500", fails(500), channel.NotKnown, "http_500", 0},
		{"502", fails(502, "Retry-After", "9"), channel.NotKnown, "http_502", 0},
		{"503", fails(503), channel.NotKnown, "http_503", 0},
		{"504", fails(504), channel.NotKnown, "http_504", 0},
		{"408", fails(408), channel.NotKnown, "http_408", 0},
		{"502 with foreign JSON", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(502)
			io.WriteString(w, `{"message":"bad gateway"}`)
		}, channel.NotKnown, "http_502", 0},
		{"500 with the platform's JSON", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			io.WriteString(w, `{"errcode":-1,"errmsg":"system error"}`)
		}, channel.Again, "-1", 3 * time.Second},
		{"a page instead of JSON", fails(200), channel.NotKnown, "no_json", 0},
		{"redirect that changes the method", fails(302, "Location", "/elsewhere"), channel.NotKnown, "http_302", 0},
		{"redirect that keeps the method", fails(307, "Location", "/elsewhere"), channel.Again, "http_307", 0},
		{"403", fails(403), channel.Again, "http_403", 0},
		{"404", fails(404), channel.Again, "http_404", 0},
		{"429 without a time", fails(429), channel.Again, "http_429", time.Minute},
		{"429", fails(429, "Retry-After", "7"), channel.Again, "http_429", 7 * time.Second},
		{"429 for ever", fails(429, "Retry-After", "999999"), channel.Again, "http_429", time.Hour},
		{"success without errcode", says(`{}`), channel.Sent, "0", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.answer)
			account := open(t, wechat.Options{Timeout: 300 * time.Millisecond, Tokens: &tokens{}}, at(s.URL))
			got := account.Send(t.Context(), reply)
			if got.Outcome != test.want || got.Code != test.code || got.RetryAfter != test.after {
				t.Errorf("Send = %+v, want %s %s after %s", got, test.want, test.code, test.after)
			}
			if _, calls := s.counts(); calls != 1 {
				t.Errorf("%d calls, want one", calls)
			}
			if got.Outcome == channel.NotKnown && !strings.HasSuffix(got.Message, "不能确定市民是否收到") {
				t.Errorf("Message = %q, want it to say that nobody knows", got.Message)
			}
			if got.Outcome != channel.Sent && (got.Detail == "" || strings.ContainsAny(got.Message, "_:（")) {
				t.Errorf("Message = %q, Detail = %q, want a sentence and the raw words apart", got.Message, got.Detail)
			}
			hides(t, got.Message+got.Detail)
		})
	}
}

// TestSendNothingLeft: what fails before there is a connection can be repeated.
func TestSendNothingLeft(t *testing.T) {
	kept := func() *tokens {
		return &tokens{kept: map[string]string{wechat.TokenKey(testApp, testSecret): "token-1"}}
	}
	s := serve(t, says(`{"errcode":0}`))
	gone := httptest.NewServer(nil)
	gone.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name    string
		options wechat.Options
		base    string
		ctx     context.Context
		code    string
	}{
		{"connection refused", wechat.Options{Tokens: kept()}, gone.URL, t.Context(), "network"},
		{"no TLS at the other end", wechat.Options{Tokens: kept()}, strings.Replace(s.URL, "http:", "https:", 1), t.Context(), "network"},
		{"already over", wechat.Options{Tokens: kept()}, s.URL, ended, "network"},
		{"no connection in time", wechat.Options{Tokens: kept(), Timeout: 50 * time.Millisecond, HTTPClient: &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() },
		}}}, s.URL, t.Context(), "timeout"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := open(t, test.options, at(test.base)).Send(test.ctx, reply)
			if got.Outcome != channel.Again || got.Code != test.code {
				t.Errorf("Send = %+v, want again %s", got, test.code)
			}
			if !strings.HasSuffix(got.Message, "这条答复没有发出") {
				t.Errorf("Message = %q, want it to say that nothing left", got.Message)
			}
			hides(t, got.Message+got.Detail)
		})
	}
	if _, calls := s.counts(); calls != 0 {
		t.Errorf("%d calls arrived, want none", calls)
	}
}

// TestSendWaitingForToken: who waits for another's token fetch gives up with
// the context, and nothing was sent.
func TestSendWaitingForToken(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	s := serve(t, says(`{"errcode":0}`))
	s.token = func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-release
		io.WriteString(w, `{"access_token":"token-1","expires_in":7200}`)
	}
	account := open(t, wechat.Options{Tokens: &tokens{}}, at(s.URL))
	first := make(chan channel.Result, 1)
	go func() { first <- account.Send(context.Background(), reply) }()
	<-asked
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := account.Send(ctx, reply); got.Outcome != channel.Again || got.Code != "timeout" {
		t.Errorf("Send = %+v, want again", got)
	}
	close(release)
	if got := <-first; got.Outcome != channel.Sent {
		t.Errorf("the first Send = %+v, want sent", got)
	}
}

func TestTokenIsFetchedOnce(t *testing.T) {
	s := serve(t, says(`{"errcode":0}`))
	account := open(t, wechat.Options{Tokens: &tokens{}}, at(s.URL))
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if got := account.Send(t.Context(), reply); got.Outcome != channel.Sent {
				t.Errorf("Send = %+v", got)
			}
		})
	}
	wait.Wait()
	if fetched, calls := s.counts(); fetched != 1 || calls != 20 {
		t.Errorf("%d tokens and %d sends, want 1 and 20", fetched, calls)
	}
}

func TestTokenLife(t *testing.T) {
	tests := []struct {
		expires int
		want    time.Duration // 0: not kept
	}{
		{7200, 6900 * time.Second}, {301, time.Second}, {300, 0}, {60, 0}, {0, 0}, {-5, 0}, {1 << 40, 6900 * time.Second},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.expires), func(t *testing.T) {
			s := serve(t, says(`{"errcode":0}`))
			s.expires = test.expires
			store := &tokens{}
			account := open(t, wechat.Options{Tokens: store}, at(s.URL))
			for range 2 {
				if got := account.Send(t.Context(), reply); got.Outcome != channel.Sent {
					t.Fatalf("Send = %+v", got)
				}
			}
			fetched, _ := s.counts()
			if test.want == 0 && (len(store.lives) != 0 || fetched != 2) {
				t.Errorf("kept for %v, fetched %d times", store.lives, fetched)
			}
			if test.want != 0 && (len(store.lives) != 1 || store.lives[0] != test.want || fetched != 1) {
				t.Errorf("kept for %v, fetched %d times, want %s", store.lives, fetched, test.want)
			}
		})
	}
}

// TestTokenStoreFails: without a store the desk still sends, and the log names
// no token.
func TestTokenStoreFails(t *testing.T) {
	var log bytes.Buffer
	s := serve(t, says(`{"errcode":0}`))
	store := &tokens{fail: errors.New("dial redis: refused, access_token=token-1 secret=" + testSecret)}
	account := open(t, wechat.Options{Tokens: store, Log: slog.New(slog.NewTextHandler(&log, nil))}, at(s.URL))
	if got := account.Send(t.Context(), reply); got.Outcome != channel.Sent {
		t.Errorf("Send = %+v, want sent", got)
	}
	if !strings.Contains(log.String(), "access token") || !strings.Contains(log.String(), "refused") {
		t.Errorf("log = %q, want the failures", log.String())
	}
	hides(t, log.String())
}
