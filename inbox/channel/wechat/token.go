package wechat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// tokenMargin is how long before its end a token is no longer used; the
	// platform renews it in that time and both are valid.
	tokenMargin   = 300 * time.Second
	maxTokenLife  = 2 * time.Hour
	jsonUTF8      = "application/json; charset=utf-8"
	stableTokenAt = "/cgi-bin/stable_token"
)

// tokenKey is where the account's token is kept. It holds a hash of the secret:
// a token is for who knows the secret it was fetched with, not for every
// account that names the same AppID and perhaps another host.
func tokenKey(appID, secret string) string {
	sum := sha256.Sum256([]byte(appID + "\x00" + secret))
	return "wechat:stable_token:" + appID + ":" + hex.EncodeToString(sum[:8])
}

func (o *official) tokenKey() string { return tokenKey(o.settings.AppID, o.settings.AppSecret) }

// withToken runs a call with an access token. When the platform refuses the
// token it is forgotten and the call runs once more with a new one; a refused
// call was not processed, so nothing happens twice.
func (o *official) withToken(ctx context.Context, call func(token string) *fault) *fault {
	token, f := o.token(ctx)
	if f != nil {
		return f
	}
	if f = call(token); !f.tokenRefused() {
		return f
	}
	o.forget(ctx, token)
	if token, f = o.token(ctx); f != nil {
		return f
	}
	return call(token)
}

// token returns the kept token or fetches one, one goroutine at a time. Its
// faults never have left set: no reply was on its way.
func (o *official) token(ctx context.Context) (string, *fault) {
	if token := o.kept(ctx); token != "" {
		return token, nil
	}
	select {
	case o.fetching <- struct{}{}:
		defer func() { <-o.fetching }()
	case <-ctx.Done():
		return "", &fault{code: "timeout", detail: "等待获取 access_token 超时"}
	}
	if token := o.kept(ctx); token != "" {
		return token, nil
	}
	return o.fetchToken(ctx)
}

// kept reads the token store; a store that fails is a store without a token.
func (o *official) kept(ctx context.Context) string {
	if o.options.Tokens == nil {
		return ""
	}
	token, err := o.options.Tokens.Get(ctx, o.tokenKey())
	if err != nil {
		o.options.Log.WarnContext(ctx, "read kept access token", "account_id", o.id, "err", o.redact(err.Error()))
		return ""
	}
	return token
}

// forget removes a refused token, unless another has taken its place.
func (o *official) forget(ctx context.Context, refused string) {
	if o.options.Tokens == nil || o.kept(ctx) != refused {
		return
	}
	if err := o.options.Tokens.Delete(ctx, o.tokenKey()); err != nil {
		o.options.Log.WarnContext(ctx, "delete refused access token", "account_id", o.id, "err", o.redact(err.Error()))
	}
}

// fetchToken asks the platform and keeps the answer. It never forces a new
// token, so processes that ask at the same time get the same one.
func (o *official) fetchToken(ctx context.Context) (string, *fault) {
	ask, err := json.Marshal(map[string]any{
		"grant_type": "client_credential", "appid": o.settings.AppID, "secret": o.settings.AppSecret, "force_refresh": false,
	})
	if err != nil {
		return "", &fault{code: "internal", detail: "access_token 请求无法生成"}
	}
	body, f := o.post(ctx, stableTokenAt, nil, ask)
	if f != nil {
		f.left, f.asking = false, true
		return "", f
	}
	var answer struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Token == "" {
		return "", &fault{code: "no_json", detail: "接口没有返回 access_token"}
	}
	life := min(time.Duration(min(answer.Expires, 1<<20))*time.Second, maxTokenLife) - tokenMargin
	if o.options.Tokens != nil && life > 0 {
		if err := o.options.Tokens.Set(ctx, o.tokenKey(), answer.Token, life); err != nil {
			o.options.Log.WarnContext(ctx, "keep access token", "account_id", o.id, "err", o.redact(err.Error()))
		}
	}
	return answer.Token, nil
}

// post makes one API call within the call's time limit and returns the answer
// of a success.
func (o *official) post(ctx context.Context, path string, query url.Values, body []byte) ([]byte, *fault) {
	ctx, cancel := context.WithTimeout(ctx, o.options.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiURL(path, query), bytes.NewReader(body))
	if err != nil {
		return nil, &fault{code: "internal", detail: "请求无法生成"}
	}
	req.Header.Set("Content-Type", jsonUTF8)
	res, f := o.do(req)
	if f != nil {
		return nil, f
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		f := o.networkFault(err)
		f.left = true
		return nil, f
	}
	return answer, o.answerFault(res, answer)
}
