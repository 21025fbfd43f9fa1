package robot_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"replydesk/app/notify/robot"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

const secret = "SEC-not-a-real-secret"

// local lets the robots of tests live on this machine.
var local = robot.Guard{AllowHTTP: true, Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}

func options(g robot.Guard) robot.Options {
	return robot.Options{Guard: g, Timeout: 2 * time.Second, SlowCodes: []int{130101, 45009, 11232}, Now: time.Now}
}

var message = notice.Message{Subject: "s", Text: "【已超时】20261122-0042 居住证 <at user_id=\"all\">", To: []notice.Recipient{
	{Name: "李敏", Contact: notice.Contact{Mobile: "13900000000"}}, {Name: "王涛", Contact: notice.Contact{MentionID: "wangtao", Mobile: "13900000001"}},
}}

// mac is the platforms' signature, worked out by the fakes themselves.
func mac(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	_, _ = h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func fresh(stamp string, unit time.Duration) bool {
	n, err := strconv.ParseInt(stamp, 10, 64)
	at := time.Unix(0, n*int64(unit))
	return err == nil && time.Since(at).Abs() < time.Minute
}

// platform is a fake of one platform: it checks the key, the signature and the
// shape, as their documents say, and tells what arrived.
type platform struct {
	name  string
	make  func(robot.Options) *robot.Sender
	check func(r *http.Request, body map[string]any) (code int, words string)
	codes [2]string // names of the code and of its words
	want  func(t *testing.T, body map[string]any)
}

func text(body map[string]any, path ...string) any {
	var v any = body
	for _, p := range path {
		m, _ := v.(map[string]any)
		v = m[p]
	}
	return v
}

var platforms = []platform{
	{"wecom", robot.NewWeCom, func(r *http.Request, body map[string]any) (int, string) {
		if r.URL.Query().Get("key") != "not-a-real-key" {
			return 93000, "invalid webhook url"
		}
		if body["msgtype"] != "text" || text(body, "text", "content") == nil {
			return 40058, "invalid message"
		}
		return 0, "ok"
	}, [2]string{"errcode", "errmsg"}, func(t *testing.T, body map[string]any) {
		ids, _ := json.Marshal(text(body, "text", "mentioned_list"))
		mobiles, _ := json.Marshal(text(body, "text", "mentioned_mobile_list"))
		if string(ids) != `["wangtao"]` || string(mobiles) != `["13900000000"]` {
			t.Errorf("mentions %s %s", ids, mobiles)
		}
	}},
	{"dingtalk", robot.NewDingTalk, func(r *http.Request, body map[string]any) (int, string) {
		q := r.URL.Query()
		if q.Get("key") != "not-a-real-key" || !fresh(q.Get("timestamp"), time.Millisecond) || q.Get("sign") != mac(secret, q.Get("timestamp")+"\n"+secret) {
			return 310000, "sign not match"
		}
		if body["msgtype"] != "text" {
			return 400301, "invalid message"
		}
		return 0, "ok"
	}, [2]string{"errcode", "errmsg"}, func(t *testing.T, body map[string]any) {
		content, _ := text(body, "text", "content").(string)
		at, _ := json.Marshal(body["at"])
		if !strings.HasSuffix(content, " @wangtao @13900000000") || string(at) != `{"atMobiles":["13900000000"],"atUserIds":["wangtao"],"isAtAll":false}` {
			t.Errorf("content %q at %s", content, at)
		}
	}},
	{"feishu", robot.NewFeishu, func(_ *http.Request, body map[string]any) (int, string) {
		stamp, _ := body["timestamp"].(string)
		if !fresh(stamp, time.Second) || body["sign"] != mac(stamp+"\n"+secret, "") {
			return 19021, "sign match fail or timestamp is not within one hour from current time"
		}
		if body["msg_type"] != "text" {
			return 9499, "Bad Request"
		}
		return 0, "success"
	}, [2]string{"code", "msg"}, func(t *testing.T, body map[string]any) {
		content, _ := text(body, "content", "text").(string)
		if strings.Count(content, "<at ") != 1 || !strings.HasSuffix(content, ` <at user_id="wangtao"></at>`) {
			t.Errorf("content %q: the whole group can be called from a ticket's subject", content)
		}
	}},
}

// serve is the fake as a server; answer may take a request over.
func (p platform) serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request) bool) (url string, got func() map[string]any) {
	t.Helper()
	arrived := make(chan map[string]any, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var body map[string]any
		if r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || json.Unmarshal(raw, &body) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if answer != nil && answer(w, r) {
			return
		}
		code, words := p.check(r, body)
		if code == 0 {
			arrived <- body
		}
		_ = json.NewEncoder(w).Encode(map[string]any{p.codes[0]: code, p.codes[1]: words})
	}))
	t.Cleanup(s.Close)
	return s.URL + "/robot/send?key=not-a-real-key", func() map[string]any {
		select {
		case body := <-arrived:
			return body
		default:
			t.Fatal("nothing arrived")
			return nil
		}
	}
}

func each(t *testing.T, fn func(t *testing.T, p platform)) {
	for _, p := range platforms {
		t.Run(p.name, func(t *testing.T) { fn(t, p) })
	}
}

func TestSend(t *testing.T) {
	each(t, func(t *testing.T, p platform) {
		url, got := p.serve(t, nil)
		if err := p.make(options(local)).Send(t.Context(), notice.Setup{URL: url, Secret: secret}, message); err != nil {
			t.Fatal(err)
		}
		p.want(t, got())
	})
}

// A wrong secret is told in the platform's words, and no secret with it.
func TestWrongSecret(t *testing.T) {
	each(t, func(t *testing.T, p platform) {
		url, _ := p.serve(t, nil)
		setup := notice.Setup{URL: url, Secret: "another-secret"}
		if p.name == "wecom" {
			setup.URL = strings.Replace(url, "not-a-real-key", "another-secret", 1)
		}
		err := p.make(options(local)).Send(t.Context(), setup, message)
		if err == nil || !strings.Contains(err.Error(), "the robot answered") || strings.Contains(err.Error(), "another-secret") {
			t.Errorf("%v", err)
		}
	})
}

func TestAnswers(t *testing.T) {
	const wait, never, again = "wait", "never", "again"
	tests := []struct {
		name   string
		answer func(w http.ResponseWriter, r *http.Request)
		want   string
		after  time.Duration
	}{
		{"too often", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"errcode":130101,"errmsg":"send too fast"}`)
		}, wait, time.Minute},
		{"too often, feishu", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"code":11232,"msg":"frequency limited"}`)
		}, wait, time.Minute},
		{"429", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(429) }, wait, time.Minute},
		{"429 with a time", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "7"); w.WriteHeader(429) }, wait, 7 * time.Second},
		{"500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, again, 0},
		{"403", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, never, 0},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		}, never, 0},
		{"another code", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"errcode":-1,"errmsg":"system busy"}`)
		}, again, 0},
		{"no code", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) }, again, 0},
		{"no JSON", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `<html>`) }, again, 0},
		{"endless", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(bytes.Repeat([]byte("x"), 1<<20)) }, again, 0},
		{"broken off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, again, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url, _ := platforms[1].serve(t, func(w http.ResponseWriter, r *http.Request) bool { tt.answer(w, r); return true })
			err := robot.NewDingTalk(options(local)).Send(t.Context(), notice.Setup{URL: url, Secret: secret}, message)
			var slow *notice.Slow
			var refused *notice.Refused
			got := again
			switch {
			case err == nil:
				got = "sent"
			case errors.As(err, &slow):
				got = wait
			case errors.As(err, &refused):
				got = never
			}
			if got != tt.want || slow != nil && slow.After != tt.after {
				t.Errorf("%v is %s, want %s after %s", err, got, tt.want, tt.after)
			}
			if err != nil && (strings.Contains(err.Error(), "not-a-real") || strings.Contains(err.Error(), "127.0.0.1")) {
				t.Errorf("%v gives the address away", err)
			}
		})
	}
}

// A platform that does not answer costs no more than the time-out.
func TestStall(t *testing.T) {
	free := make(chan struct{})
	url, _ := platforms[0].serve(t, func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-free:
		case <-r.Context().Done():
		}
		return true
	})
	defer close(free)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := robot.NewWeCom(options(local)).Send(ctx, notice.Setup{URL: url}, message)
	if err == nil || err.Error() != "the robot did not answer in time" {
		t.Errorf("%v", err)
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for address, allowHTTP := range map[string]bool{
		"http://robot.example.test/":            false,
		"ftp://robot.example.test/":             true,
		"https://":                              true,
		"https://user:pass@robot.example.test/": true,
		"https://127.0.0.1/":                    true,
		"https://[::1]/":                        true,
		"https://[::ffff:127.0.0.1]/":           true,
		"https://10.0.0.8/":                     true,
		"https://192.168.1.1/":                  true,
		"https://169.254.169.254/latest":        true,
		"https://100.100.100.200/":              true, // metadata of a cloud
		"https://[fd00:ec2::254]/":              true,
		"https://[fe80::1]/":                    true,
		"https://[64:ff9b::7f00:1]/":            true, // 127.0.0.1 behind a translator
		"https://[2002:7f00:1::]/":              true,
		"https://0.0.0.0/":                      true,
		"https://224.0.0.1/":                    true,
		"https://" + strings.Repeat("a", 3000):  true,
	} {
		err := robot.NewWeCom(options(robot.Guard{AllowHTTP: allowHTTP})).Check(notice.Setup{URL: address})
		if desk.CodeOf(err) != desk.Invalid {
			t.Errorf("%.60s: %v", address, err)
		}
	}
	for _, address := range []string{"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", "https://oapi.dingtalk.com/robot/send", "https://8.8.8.8/"} {
		if err := robot.NewWeCom(options(robot.Guard{})).Check(notice.Setup{URL: address}); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := robot.NewWeCom(options(robot.Guard{Allowed: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})).Check(notice.Setup{URL: "https://10.1.2.3/"}); err != nil {
		t.Errorf("an allowed network: %v", err)
	}
}

// A name that leads into the desk's own network is found out when it is dialled.
func TestNameThatLeadsInside(t *testing.T) {
	url, _ := platforms[0].serve(t, nil)
	_, port, _ := strings.Cut(strings.TrimPrefix(url, "http://"), ":")
	err := robot.NewWeCom(options(robot.Guard{AllowHTTP: true})).Send(t.Context(), notice.Setup{URL: "http://localhost:" + port}, message)
	var refused *notice.Refused
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "internal network") {
		t.Errorf("%v", err)
	}
}

func TestLongMessages(t *testing.T) {
	url, got := platforms[0].serve(t, nil)
	long := notice.Message{Text: strings.Repeat(strings.Repeat("居", 40)+"\n", 60)}
	if err := robot.NewWeCom(options(local)).Send(t.Context(), notice.Setup{URL: url}, long); err != nil {
		t.Fatal(err)
	}
	content, _ := text(got(), "text", "content").(string)
	if len(content) > 2000 || len(content) < 1500 || !strings.HasSuffix(content, "居\n…") {
		t.Errorf("%d bytes, ends %q", len(content), content[len(content)-20:])
	}
}
