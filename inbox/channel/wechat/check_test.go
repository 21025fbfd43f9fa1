package wechat_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name        string
		token       http.HandlerFunc
		code        desk.Code
		field, says string
	}{
		{"fine", nil, "", "", ""},
		{"app id", says(`{"errcode":40013,"errmsg":"invalid appid rid: 1"}`), desk.Invalid, "settings.app_id", "AppID 不正确"},
		{"secret", says(`{"errcode":40125,"errmsg":"invalid appsecret"}`), desk.Invalid, "settings.app_secret", "AppSecret 不正确"},
		{"secret frozen", says(`{"errcode":40243,"errmsg":"frozen"}`), desk.Invalid, "settings.app_secret", "冻结"},
		{"secret missing", says(`{"errcode":41004,"errmsg":"missing"}`), desk.Invalid, "settings.app_secret", "AppSecret"},
		{"secret of another", says(`{"errcode":40001,"errmsg":"invalid credential"}`), desk.Invalid, "settings.app_secret", "AppSecret"},
		{"IP", says(`{"errcode":40164,"errmsg":"invalid ip 192.0.2.7 ipv6 ::ffff:192.0.2.7, not in whitelist"}`), desk.Invalid, "", "192.0.2.7"},
		{"busy", says(`{"errcode":-1,"errmsg":"system error"}`), desk.Unavailable, "", "繁忙"},
		{"unknown", says(`{"errcode":777,"errmsg":"odd"}`), desk.Invalid, "", "777"},
		{"gateway", fails(502), desk.Unavailable, "", "http_502"},
		{"cut off", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, desk.Unavailable, "", "network"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, says(`{"errcode":0}`))
			s.token = test.token
			store := &tokens{kept: map[string]string{wechat.TokenKey(testApp, testSecret): "old"}}
			err := open(t, wechat.Options{Tokens: store}, at(s.URL)).Check(t.Context())
			if desk.CodeOf(err) != test.code {
				t.Fatalf("Check = %v, want %q", err, test.code)
			}
			if fetched, _ := s.counts(); fetched != 1 {
				t.Errorf("%d tokens fetched, want one in spite of the kept one", fetched)
			}
			if err == nil {
				return
			}
			var e *desk.Error
			if !errors.As(err, &e) || !strings.Contains(e.Message, test.says) {
				t.Errorf("Message = %q, want %q", err, test.says)
			}
			if test.field != "" && (len(e.Fields) != 1 || e.Fields[0].Name != test.field) {
				t.Errorf("Fields = %+v, want %s", e.Fields, test.field)
			}
			hides(t, err.Error())
		})
	}
}
