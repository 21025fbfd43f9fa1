package simulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/channel/wechat"
)

// The account of the tests; its keys are those of the published vectors.
const (
	appID     = "wxdeskreply0000001"
	appSecret = "fake-app-secret"
	hookToken = "desk-test-token"
	aesKey    = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	original  = "gh_desk000000001"
	citizen   = "oUser0000000000000000000000a"
)

func testAccount(callback string) simulator.Account {
	return simulator.Account{
		AppID: appID, AppSecret: appSecret, Token: hookToken, EncodingAESKey: aesKey, OriginalID: original,
		Mode: simulator.Safe, CallbackURL: callback, Name: "测试政务号",
	}
}

// clock is a time that only moves when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Unix(1764000000, 0).UTC()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// start makes a simulator with one account and closes it with the test.
func start(t *testing.T, o simulator.Options, accounts ...simulator.Account) *simulator.Server {
	t.Helper()
	sim, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sim.Close(); err != nil {
			t.Errorf("close the simulator: %v", err)
		}
	})
	for _, a := range accounts {
		if err := sim.AddAccount(a); err != nil {
			t.Fatal(err)
		}
	}
	return sim
}

// soon is the context of everything that should happen at once.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// delivered is one callback as a receiver saw it, decrypted.
type delivered struct {
	query url.Values
	body  string // as posted
	plain string
	fields
}

type fields struct {
	ToUserName, FromUserName, MsgType, Content, Event, EventKey, MediaId, PicUrl, Label string
	CreateTime, MsgId                                                                   json.Number
	BizMsgMenuID                                                                        string `xml:"bizmsgmenuid" json:"bizmsgmenuid"`
	Encrypt                                                                             string
}

// receiver is a desk: it checks each callback and answers what the test wants.
type receiver struct {
	*httptest.Server
	t      *testing.T
	got    chan delivered
	answer func(n int, d delivered) (status int, body string) // nil: success

	mu sync.Mutex
	n  int
}

func newReceiver(t *testing.T, answer func(n int, d delivered) (int, string)) *receiver {
	r := &receiver{t: t, got: make(chan delivered, 1000), answer: answer}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		r.t.Errorf("read a callback: %v", err)
	}
	d := r.open(q.URL.Query(), body)
	r.mu.Lock()
	r.n++
	n := r.n
	r.mu.Unlock()
	status, text := http.StatusOK, "success"
	if r.answer != nil {
		status, text = r.answer(n, d)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
	r.got <- d
}

// open verifies the signatures of a callback and reads it.
func (r *receiver) open(query url.Values, body []byte) delivered {
	d := delivered{query: query, body: string(body), plain: string(body)}
	timestamp, nonce := query.Get("timestamp"), query.Get("nonce")
	if want := wechat.Sign(hookToken, timestamp, nonce); query.Get("signature") != want {
		r.t.Errorf("signature %q, want %q", query.Get("signature"), want)
	}
	var outer fields
	decode(r.t, body, &outer)
	if query.Get("encrypt_type") == "aes" {
		if want := wechat.Sign(hookToken, timestamp, nonce, outer.Encrypt); query.Get("msg_signature") != want {
			r.t.Errorf("msg_signature %q, want %q", query.Get("msg_signature"), want)
		}
		plain, err := wechat.Decrypt(outer.Encrypt, appID, aesKey)
		if err != nil {
			r.t.Errorf("decrypt a callback: %v", err)
		}
		d.plain = string(plain)
	}
	decode(r.t, []byte(d.plain), &d.fields)
	return d
}

func (r *receiver) next() delivered {
	r.t.Helper()
	select {
	case d := <-r.got:
		return d
	case <-soon(r.t).Done():
		r.t.Fatal("no callback came")
		panic("unreachable")
	}
}

func decode(t *testing.T, body []byte, into any) {
	t.Helper()
	var err error
	if bytes.HasPrefix(body, []byte("{")) {
		err = json.Unmarshal(body, into)
	} else {
		err = xml.Unmarshal(body, into)
	}
	if err != nil {
		t.Errorf("read %q: %v", body, err)
	}
}

// client calls the platform's API as the desk does.
type client struct {
	t    *testing.T
	base string
}

func serve(t *testing.T, sim *simulator.Server) client {
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	t.Cleanup(func() { _ = sim.Close() }) // runs first: streams end before the listener waits for them
	return client{t, server.URL}
}

type apiAnswer struct {
	ErrCode     int    `json:"errcode"`
	ErrMsg      string `json:"errmsg"`
	AccessToken string `json:"access_token"`
	ExpiresIn   int    `json:"expires_in"`
	MediaID     string `json:"media_id"`
	VideoURL    string `json:"video_url"`
}

func (c client) do(method, path, contentType, body string) (int, http.Header, []byte) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(soon(c.t), method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, response.Header, answer
}

func (c client) call(method, path, body string) apiAnswer {
	c.t.Helper()
	status, _, raw := c.do(method, path, "application/json", body)
	if status != http.StatusOK {
		c.t.Fatalf("%s %s: status %d", method, path, status)
	}
	var a apiAnswer
	if err := json.Unmarshal(raw, &a); err != nil {
		c.t.Fatalf("%s %s: %v in %q", method, path, err, raw)
	}
	return a
}

func (c client) stable(force bool) apiAnswer {
	c.t.Helper()
	body, _ := json.Marshal(map[string]any{
		"grant_type": "client_credential", "appid": appID, "secret": appSecret, "force_refresh": force,
	})
	return c.call("POST", "/cgi-bin/stable_token", string(body))
}

func (c client) sendText(token, openID, text string) apiAnswer {
	c.t.Helper()
	body, _ := json.Marshal(map[string]any{"touser": openID, "msgtype": "text", "text": map[string]string{"content": text}})
	return c.call("POST", "/cgi-bin/message/custom/send?access_token="+token, string(body))
}
