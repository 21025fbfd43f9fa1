package wechat_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

// files plays the media calls by their path and media id.
func files(w http.ResponseWriter, r *http.Request) {
	file := func(kind, name, body string) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		io.WriteString(w, body)
	}
	host, id := r.Header.Get("X-Desk-Original-Host"), r.URL.Query().Get("media_id")
	switch {
	case host == "mmbiz.qpic.cn" && r.URL.Path == "/gone":
		fails(404)(w, r)
	case host == "mmbiz.qpic.cn" && r.URL.Path == "/page":
		fails(200)(w, r)
	case host == "mmbiz.qpic.cn":
		file("image/jpeg", "", "picture of "+r.URL.Path)
	case host == "vweixinp.tc.qq.com":
		file("video/mp4", "v.mp4", "film")
	case id == "voice":
		file("audio/amr", `..\folder/a.amr`, "#!AMR")
	case id == "gone":
		w.Header().Set("Content-Type", "text/plain") // as the platform does
		io.WriteString(w, `{"errcode":40007,"errmsg":"invalid media_id"}`)
	case id == "old-token" && r.URL.Query().Get("access_token") == "token-1":
		says(`{"errcode":42001,"errmsg":"access_token expired"}`)(w, r)
	case id == "old-token":
		file("image/png", "p.png", "png")
	case id == "film":
		says(`{"video_url":"http://vweixinp.tc.qq.com/1007_x.mp4?vkey=1"}`)(w, r)
	case id == "film-elsewhere":
		says(`{"video_url":"ftp://example.invalid/x"}`)(w, r)
	case id == "odd":
		says(`{"down_url":"?"}`)(w, r)
	case id == "empty":
		w.Header().Set("Content-Type", "image/png")
	case id == "busy":
		says(`{"errcode":-1,"errmsg":"system error"}`)(w, r)
	case id == "gateway":
		fails(502)(w, r)
	case id == "moved":
		w.Header().Set("Location", "/cgi-bin/media/get?media_id=voice")
		w.WriteHeader(302)
	case id == "moved-away":
		w.Header().Set("Location", "http://169.254.169.254/latest/meta-data")
		w.WriteHeader(302)
	case id == "circle":
		w.Header().Set("Location", r.URL.String())
		w.WriteHeader(302)
	default:
		panic(http.ErrAbortHandler)
	}
}

func TestFetch(t *testing.T) {
	tests := []struct {
		name             string
		media            channel.Media
		code             desk.Code
		body, file, kind string
	}{
		{"voice", channel.Media{ExternalID: "voice"}, "", "#!AMR", "a.amr", "audio/amr"},
		{"expired token", channel.Media{ExternalID: "old-token"}, "", "png", "p.png", "image/png"},
		{"video", channel.Media{ExternalID: "film"}, "", "film", "v.mp4", "video/mp4"},
		{"picture by URL", channel.Media{URL: "http://mmbiz.qpic.cn/a/0"}, "", "picture of /a/0", "", "image/jpeg"},
		{"picture by id before URL", channel.Media{ExternalID: "old-token", URL: "http://mmbiz.qpic.cn/a/0"}, "", "png", "p.png", "image/png"},
		{"URL when the id is gone", channel.Media{ExternalID: "gone", URL: "http://mmbiz.qpic.cn/b"}, "", "picture of /b", "", "image/jpeg"},
		{"URL when the id fails", channel.Media{ExternalID: "gateway", URL: "http://mmbiz.qpic.cn/b"}, "", "picture of /b", "", "image/jpeg"},
		{"redirect within the host", channel.Media{ExternalID: "moved"}, "", "#!AMR", "a.amr", "audio/amr"},
		{"gone", channel.Media{ExternalID: "gone"}, desk.NotFound, "", "", ""},
		{"both gone", channel.Media{ExternalID: "gone", URL: "http://mmbiz.qpic.cn/gone"}, desk.NotFound, "", "", ""},
		{"nothing to fetch", channel.Media{}, desk.NotFound, "", "", ""},
		{"id gone, URL a page", channel.Media{ExternalID: "gone", URL: "http://mmbiz.qpic.cn/page"}, desk.Unavailable, "", "", ""},
		{"id busy, URL gone", channel.Media{ExternalID: "busy", URL: "http://mmbiz.qpic.cn/gone"}, desk.Unavailable, "", "", ""},
		{"busy", channel.Media{ExternalID: "busy"}, desk.Unavailable, "", "", ""},
		{"gateway", channel.Media{ExternalID: "gateway"}, desk.Unavailable, "", "", ""},
		{"cut off", channel.Media{ExternalID: "other"}, desk.Unavailable, "", "", ""},
		{"JSON without a file", channel.Media{ExternalID: "odd"}, desk.Unavailable, "", "", ""},
		{"no bytes", channel.Media{ExternalID: "empty"}, desk.Unavailable, "", "", ""},
		{"film at no web address", channel.Media{ExternalID: "film-elsewhere"}, desk.NotFound, "", "", ""},
		{"redirect to another host", channel.Media{ExternalID: "moved-away"}, desk.Unavailable, "", "", ""},
		{"redirect in a circle", channel.Media{ExternalID: "circle"}, desk.Unavailable, "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, files)
			account := open(t, wechat.Options{Tokens: &tokens{}}, at(s.URL))
			file, err := account.Fetch(t.Context(), test.media)
			if desk.CodeOf(err) != test.code {
				t.Fatalf("Fetch = %v, want %q", err, test.code)
			}
			if err != nil {
				hides(t, err.Error())
				return
			}
			body, err := io.ReadAll(file.Body)
			if err != nil || string(body) != test.body || file.Name != test.file || file.ContentType != test.kind {
				t.Errorf("file = %q %q %q, %v", file.Name, file.ContentType, body, err)
			}
			if err := file.Body.Close(); err != nil {
				t.Errorf("Close = %v", err)
			}
		})
	}
}

// TestFetchTimeLimit: the limit covers reading, and an open file is not cut off
// by the return of Fetch.
func TestFetchTimeLimit(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	account := open(t, wechat.Options{MediaTimeout: 200 * time.Millisecond, Tokens: &tokens{}}, at(s.URL))
	file, err := account.Fetch(t.Context(), channel.Media{ExternalID: "slow"})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Body.Close()
	body, err := io.ReadAll(file.Body)
	if string(body) != "first" || err == nil {
		t.Errorf("read %q, %v, want the first bytes and the time limit", body, err)
	}
	hides(t, fmt.Sprint(err))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := account.Fetch(ended, channel.Media{ExternalID: "x", URL: "http://mmbiz.qpic.cn/a"}); desk.CodeOf(err) != desk.Unavailable {
		t.Errorf("Fetch = %v, want unavailable", err)
	}
}

// stub answers every request and remembers where it went.
type stub struct{ urls []string }

func (s *stub) RoundTrip(r *http.Request) (*http.Response, error) {
	to := r.URL.String()
	if original := r.Header.Get("X-Desk-Original-Host"); original != "" {
		to += " instead of " + original
	}
	s.urls = append(s.urls, to)
	return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"image/png"}},
		Body: io.NopCloser(strings.NewReader("png")), Request: r}, nil
}

// TestFetchHosts: a forged push cannot make the desk read other hosts, and a
// base URL of the platform itself serves the API alone.
func TestFetchHosts(t *testing.T) {
	tests := []struct{ name, base, url, want string }{ // want "": refused
		{"picture, by TLS", "", "http://mmbiz.qpic.cn/a?b=1", "https://mmbiz.qpic.cn/a?b=1"},
		{"another host", "", "https://example.invalid/x", ""},
		{"video host", "", "http://vweixinp.tc.qq.com/v", "http://vweixinp.tc.qq.com/v"},
		{"inner network", "", "http://127.0.0.1:8080/x", ""},
		{"metadata service", "", "http://169.254.169.254/x", ""},
		{"host that ends alike", "", "http://evilqpic.cn/x", ""},
		{"port", "", "http://mmbiz.qpic.cn:22/x", ""},
		{"user in the address", "", "http://mmbiz.qpic.cn@127.0.0.1/x", ""},
		{"file", "", "file:///etc/passwd", ""},
		{"no address", "", "://", ""},
		{"simulator serves every host", "http://127.0.0.1:9/sim", "http://any.invalid/a%2Fb?c=1", "http://127.0.0.1:9/sim/a%2Fb?c=1 instead of any.invalid"},
		{"other host of the platform", "https://api2.weixin.qq.com", "http://mmbiz.qpic.cn/a", "https://mmbiz.qpic.cn/a"},
		{"inner network by the platform's other host", "https://api2.weixin.qq.com", "http://10.0.0.1/a", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			transport := &stub{}
			account := open(t, wechat.Options{HTTPClient: &http.Client{Transport: transport}, APIBase: test.base}, nil)
			file, err := account.Fetch(t.Context(), channel.Media{Kind: channel.Image, URL: test.url})
			if test.want == "" {
				if desk.CodeOf(err) != desk.NotFound || len(transport.urls) != 0 {
					t.Errorf("Fetch = %v after %v, want it refused", err, transport.urls)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			file.Body.Close()
			if got := strings.Join(transport.urls, "|"); got != test.want {
				t.Errorf("requests = %q, want %q", got, test.want)
			}
		})
	}
}
