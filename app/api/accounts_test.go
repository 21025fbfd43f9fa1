package api_test

import (
	"strings"
	"testing"
)

func TestAccounts(t *testing.T) {
	d := newDesk(t)
	secret := "a-secret-made-for-a-test"
	d.run(t, []scenario{
		{name: "list", as: "limin", call: "GET /accounts?limit=200", status: 200, want: map[string]any{
			"items.#": 2, "items.0.id": "1", "items.0.name": "城市发布", "items.0.platform": "fake", "items.0.enabled": true, "items.0.bot.enabled": false,
			"items.0.webhook_url": "https://desk.example.test/hooks/fake/1", "items.0.settings.app_id": "wx-城市发布",
			"items.0.settings.app_secret": absent, "items.0.settings.app_secret_set": true, "items.0.settings.token_set": false,
			"items.0.last_received_at": absent, "next_cursor": "",
		}},
		{name: "no platform", as: "admin", call: "POST /accounts", in: body{"name": "x"}, status: 422, want: map[string]any{"fields.0.name": "platform"}},
		{name: "unknown platform", as: "admin", call: "POST /accounts", in: body{"name": "x", "platform": "pigeon"}, status: 422,
			want: map[string]any{"fields.0.name": "platform"}},
		{name: "bad settings", as: "admin", call: "POST /accounts", in: body{"name": "x", "platform": "fake", "settings": body{}}, status: 422,
			want: map[string]any{"fields.0.name": "settings.app_id"}},
		{name: "settings of a wrong type", as: "admin", call: "POST /accounts", in: body{"name": "x", "platform": "fake", "settings": "app_id"}, status: 422,
			want: map[string]any{"fields.0.name": "settings"}},
		{name: "create", as: "admin", call: "POST /accounts", in: body{
			"name": "区政府", "platform": "fake", "group": "区县", "bot": body{"enabled": true}, "settings": body{"app_id": "wx3", "app_secret": secret},
		}, status: 201, want: map[string]any{"id": "3", "group": "区县", "bot.enabled": true, "webhook_url": "https://desk.example.test/hooks/fake/3",
			"settings.app_secret_set": true, "settings.app_secret": absent}, events: []string{"account.changed"}},
		{name: "connect it again", as: "admin", call: "POST /accounts", in: body{
			"name": "又一个", "platform": "fake", "settings": body{"app_id": "wx3"},
		}, status: 409, want: map[string]any{"reason": "account_taken", "fields.0.name": "settings.app_id"}},
		{name: "one", as: "limin", call: "GET /accounts/3", status: 200, want: map[string]any{"name": "区政府"}},
		{name: "change", as: "admin", call: "PATCH /accounts/3", in: body{"name": "区政府发布", "settings": body{"app_secret": "", "token": "t"}}, status: 200,
			want:   map[string]any{"name": "区政府发布", "group": "区县", "settings.app_id": "wx3", "settings.app_secret_set": true, "settings.token_set": true},
			events: []string{"account.changed"}},
		{name: "another host without the secret", as: "admin", call: "PATCH /accounts/3", in: body{"settings": body{"api_base": "http://192.0.2.66"}}, status: 422,
			want: map[string]any{"fields.0.name": "settings.app_secret"}},
		{name: "another platform", as: "admin", call: "PATCH /accounts/3", in: body{"platform": "wechat"}, status: 422, want: map[string]any{"fields.0.name": "platform"}},
		{name: "the credentials work", as: "admin", call: "POST /accounts/3/check", in: body{}, status: 204},
		{name: "wrong credentials", as: "admin", call: "PATCH /accounts/3", in: body{"settings": body{"app_secret": "wrong-on-purpose"}}, status: 200,
			events: []string{"account.changed"}},
		{name: "do not work", as: "admin", call: "POST /accounts/3/check", status: 422, want: map[string]any{"fields.0.name": "settings.app_secret"}},
		{name: "off", as: "admin", call: "PATCH /accounts/3", in: body{"enabled": false}, status: 200, want: map[string]any{"enabled": false},
			events: []string{"account.changed"}},
		{name: "no such account", as: "admin", call: "PATCH /accounts/99", in: body{"name": "x"}, status: 404},
		{name: "unknown field", as: "admin", call: "PATCH /accounts/1", in: body{"colour": "red"}, status: 422, want: map[string]any{"fields.0.name": "colour"}},
	})
	for _, r := range []response{d.get(t, "admin", "/api/v1/accounts"), d.get(t, "admin", "/api/v1/accounts/1")} {
		if strings.Contains(string(r.body), secret) || strings.Contains(string(r.body), "not-a-real-secret") {
			t.Errorf("a secret came out: %s", r.body)
		}
	}
	if strings.Contains(d.log.String(), secret) {
		t.Error("a secret is in the log")
	}
}
