package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/silenceper/wechat/v2/util"
)

// maxAnswer bounds what is read of a JSON answer.
const maxAnswer = 64 << 10

// fault is why a call brought no result. Exactly one of api and code is set:
// api is the platform's own answer, code a word for what happened below it.
// detail is free of secrets.
type fault struct {
	api    *util.CommonError
	code   string // "timeout", "network", "http_502", "no_json"
	detail string
	left   bool          // the request may have been processed
	asking bool          // the call asked for a token; no reply was on its way
	after  time.Duration // Retry-After of an HTTP answer
}

// Error implements error.
func (f *fault) Error() string {
	if f.api != nil {
		return fmt.Sprintf("errcode %d: %s", f.api.ErrCode, f.api.ErrMsg)
	}
	return f.code + ": " + f.detail
}

// tokenRefused reports whether the platform did not accept the access token.
func (f *fault) tokenRefused() bool {
	if f == nil || f.api == nil {
		return false
	}
	return f.api.ErrCode == 40001 || f.api.ErrCode == 40014 || f.api.ErrCode == 42001
}

// do runs a request. A fault before a connection was had left nothing; after
// that the request may have been processed. Having the connection is the mark,
// not the end of the write: when the time is up during the write, the write
// goes on in the background and nobody hears of its end. When the transport
// asks for a second connection it has written nothing to the first.
func (o *official) do(req *http.Request) (*http.Response, *fault) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{
		GetConn: func(string) { connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}
	res, err := o.http.Do(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err == nil {
		return res, nil
	}
	f := o.networkFault(err)
	f.left = connected.Load()
	return nil, f
}

// networkFault describes a failure below HTTP without the URL, which holds the
// token.
func (o *official) networkFault(err error) *fault {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	f := &fault{code: "network", detail: o.redact(err.Error())}
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout()) {
		f.code = "timeout"
	}
	return f
}

// answerFault judges an HTTP answer whose body was read, nil when it is a JSON
// object that reports success. An absent errcode is success in an answer with
// status 200, as the platform documents, and means nothing in any other.
func (o *official) answerFault(res *http.Response, body []byte) *fault {
	var answer struct {
		Code    *int64 `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(body, &answer); err == nil {
		switch {
		case answer.Code != nil && *answer.Code != 0:
			return &fault{api: util.NewCommonError("", *answer.Code, o.redact(answer.Message))}
		case res.StatusCode == http.StatusOK:
			return nil
		}
	}
	return httpFault(res)
}

// httpFault is an answer that does not come from the platform's API but from a
// gateway or proxy, or half an answer. A 4xx, and the redirects that keep the
// method, mean that the platform never saw the request; with anything else
// (a 502 as well as a 303) it may have been processed.
func httpFault(res *http.Response) *fault {
	status := res.StatusCode
	f := &fault{code: "http_" + strconv.Itoa(status), detail: "接口没有返回 JSON", left: true}
	switch {
	case status == http.StatusOK:
		f.code = "no_json"
	case status == http.StatusTemporaryRedirect, status == http.StatusPermanentRedirect,
		status >= 400 && status < 500 && status != http.StatusRequestTimeout:
		f.left = false
	}
	if seconds, err := strconv.ParseInt(res.Header.Get("Retry-After"), 10, 32); err == nil && seconds > 0 {
		f.after = min(time.Duration(seconds)*time.Second, time.Hour)
	}
	return f
}

// secretPattern finds credentials in addresses and JSON.
var secretPattern = regexp.MustCompile(`(?i)(secret|access_token)(=|"\s*:\s*")[^&\s"']*`)

// redact takes credentials out of a text that will be logged or shown.
func (o *official) redact(text string) string {
	const mark = "[…]"
	text = secretPattern.ReplaceAllString(text, "$1 "+mark)
	for _, secret := range []string{o.settings.AppSecret, o.settings.Token, o.settings.EncodingAESKey, o.settings.PreviousAESKey} {
		if len(secret) >= 8 { // a shorter one would tear ordinary words
			text = strings.ReplaceAll(text, secret, mark)
		}
	}
	const limit = 300
	text = clean(text)
	for i := range text {
		if i > limit {
			return text[:i] + "…"
		}
	}
	return text
}
