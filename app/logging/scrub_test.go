package logging_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"replydesk/app/logging"
)

const openid = "oABCD-efgh_IJKL0123456789xyz"

func TestScrub(t *testing.T) {
	tests := []struct{ name, in, want string }{
		// What must go.
		{"query", "GET /cgi-bin/token?grant_type=client_credential&appid=wx1&secret=hunter2&x=1",
			"GET /cgi-bin/token?grant_type=client_credential&appid=wx1&secret=[redacted]&x=1"},
		{"end of a longer name", "access_token=hunter2 app_secret=hunter2", "access_token=[redacted] app_secret=[redacted]"},
		{"encoded query", "redirect=%2Fa%3Faccess_token%3Dhunter2", "redirect=%2Fa%3Faccess_token%3D[redacted]"},
		{"http error", `Post "https://api.weixin.qq.com/cgi-bin/message/custom/send?access_token=hunter2": context deadline exceeded`,
			`Post "https://api.weixin.qq.com/cgi-bin/message/custom/send?access_token=[redacted]": context deadline exceeded`},
		{"robot webhook", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hunter2", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=[redacted]"},
		{"bearer", "sent Bearer hunter2hunter2 to it", "sent Bearer [redacted] to it"},
		{"header", "Authorization: Basic aHVudGVyMjpodW50ZXIy\r\nAccept: */*", "Authorization: [redacted]\r\nAccept: */*"},
		{"cookies", "cookie: a=hunter2; b=hunter2", "cookie: [redacted]"},
		{"header map", "map[Accept:[*/*] Authorization:[Bearer hunter2] Cookie:[a=hunter2; b=hunter2]]",
			"map[Accept:[*/*] Authorization:[redacted] Cookie:[redacted]]"},
		{"postgres", "cannot connect to postgres://desk:hunter2@db.example:5432/desk", "cannot connect to postgres://[redacted]db.example:5432/desk"},
		{"unencoded password", "postgresql://desk:hun@ter/2@db.example/desk", "postgresql://[redacted]db.example/desk"},
		{"redis", "redis://:hunter2@cache.example:6379/0", "redis://[redacted]cache.example:6379/0"},
		{"any user", "https://me:hunter2@desk.example/a", "https://[redacted]desk.example/a"},
		{"dsn", "host=db.example password='hunter2 and more' user=desk", "host=db.example password=[redacted] user=desk"},
		{"json", `{"access_token":"hunter2","expires_in":7200}`, `{"access_token":[redacted],"expires_in":7200}`},
		{"json with quotes inside", `{"app_secret": "hun\"ter2", "a": 1}`, `{"app_secret": [redacted], "a": 1}`},
		{"json in a quoted text", `body "{\"token\":\"hunter2\",\"a\":1}"`, `body "{\"token\":[redacted],\"a\":1}"`},
		{"quotes in that", `body "{\"token\":\"hun\\\"ter2\",\"a\":1}"`, `body "{\"token\":[redacted],\"a\":1}"`},
		{"json list", `{"cookie":["hunter2", "hunter2"]}`, `{"cookie":[redacted]}`},
		{"customer message", `{"touser":"` + openid + `","text":{"content":"我的 孩子"}}`, `{"touser":[redacted],"text":[redacted]}`},
		{"struct", "{AppID:wx1 AppSecret:hunter2 Token:hunter2}", "{AppID:wx1 AppSecret:[redacted] Token:[redacted]"},
		{"yaml", "app_secret: hunter2\npassword: hunter2", "app_secret: [redacted]\npassword: [redacted]"},
		{"long token in a sentence", "unknown token: 0123456789abcdef0123456789", "unknown token: [redacted]"},
		{"platform xml", "<xml><FromUserName><![CDATA[hunter2]]></FromUserName><Content><![CDATA[我要 <b>]]></Content><MsgId>1</MsgId></xml>",
			"<xml><FromUserName>[redacted]</FromUserName><Content>[redacted]</Content><MsgId>1</MsgId></xml>"},
		{"cut xml", "<Content><![CDATA[我要投诉", "<Content>[redacted]"},
		{"bytes that are not UTF-8", "\xff\xfe\xffİ token=hunter2", "\xff\xfe\xffİ token=[redacted]"},
		{"openid", "no window for " + openid, "no window for [redacted]"},
		{"model key", "Incorrect API key provided: sk-abcdefghijklmnop0123", "Incorrect API key provided: [redacted]"},
		{"mobile", "手机13800138000，或+8613900139000", "手机[redacted]，或+[redacted]"},
		{"identity card", "身份证11010519491231002X", "身份证[redacted]"},
		{"mail", "mail to zhang.san@example.gov.cn failed", "mail to [redacted] failed"},

		// What must stay.
		{"plain", "desk started", "desk started"},
		{"Chinese", "工单 20261122-0042 已转办：市公安局", "工单 20261122-0042 已转办：市公安局"},
		{"wrapped error", "refresh access token: connection refused", "refresh access token: connection refused"},
		{"platform error", "get token: errcode=40001, errmsg=invalid credential", "get token: errcode=40001, errmsg=invalid credential"},
		{"address", "listening on 127.0.0.1:8080", "listening on 127.0.0.1:8080"},
		{"address with label", "password check: wrong", "password check: wrong"},
		{"numbers", "message 24012345678901234 at 1763791200 or 1763791200123", "message 24012345678901234 at 1763791200 or 1763791200123"},
		{"ids", "ticket 018f3a1b-7c2d-7e4f-9a6b-0123456789ab", "ticket 018f3a1b-7c2d-7e4f-9a6b-0123456789ab"},
		{"job key", "unique_key: delivery:12", "unique_key: delivery:12"},
		{"empty", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := logging.Scrub(test.in); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestScrubAnySecret: whatever the secret is, none of these frames lets it through.
func TestScrubAnySecret(t *testing.T) {
	frames := []string{
		"https://api.example/a?access_token=%s&b=1", "secret=%s", "client_secret = %s", `{"refresh_token":"%s"}`,
		`{"api_key": "%s", "a": 1}`, "Authorization: Bearer %s", "Authorization: %s", "authorization=bearer %s", "{AppSecret:%s}",
		"password: %s", "postgres://desk:%s@db.example/desk", "session_key=%s", "Set-Cookie: desk_session=%s; Path=/",
		"X-Desk-CSRF: %s", `encoding_aes_key="%s"`, "aes_key='%s'", "open failed: DESK_SECRET_KEY=%s",
	}
	rapid.Check(t, func(t *rapid.T) {
		frame := rapid.SampledFrom(frames).Draw(t, "frame")
		secret := "S3" + rapid.StringMatching(`[A-Za-z0-9+/=_.,:;!*()~-]{6,60}`).Draw(t, "secret")
		before := rapid.SampledFrom([]string{"", "send: ", "账号 3："}).Draw(t, "before")
		if got := logging.Scrub(before + fmt.Sprintf(frame, secret)); strings.Contains(got, secret[:8]) || strings.Contains(got, secret[len(secret)-6:]) {
			t.Fatalf("leaked in %s", got)
		}
	})
}

// FuzzScrub: a strange text neither panics nor grows beyond what each mark may add.
func FuzzScrub(f *testing.F) {
	f.Add(`{"token":"a\"b","x":'`)
	f.Add("<Content><![CDATA[<Content>")
	f.Add("postgres://a:b@c@d 13800138000 " + openid)
	f.Fuzz(func(t *testing.T, s string) {
		got := logging.Scrub(s)
		if marks := strings.Count(got, logging.Redacted); len(got) > len(s)+marks*len(logging.Redacted) {
			t.Errorf("%q grew to %q", s, got)
		}
	})
}

func BenchmarkScrub(b *testing.B) {
	for name, text := range map[string]string{
		"plain":   "delivery sent to the platform after one attempt",
		"address": "listening on 127.0.0.1:8080",
		"error":   `Post "https://api.weixin.qq.com/cgi-bin/message/custom/send?access_token=hunter2": context deadline exceeded`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				logging.Scrub(text)
			}
		})
	}
}
