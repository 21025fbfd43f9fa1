package wechat

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// apiHost is the platform's API; every call is built for it and moved by the
// rewriter when a base URL is set.
const apiHost = "api.weixin.qq.com"

// originalHost tells a simulator or gateway where a call was going.
const originalHost = "X-Desk-Original-Host"

// maxRedirects bounds the redirects of a download.
const maxRedirects = 3

// newTransport is the transport of all accounts. Idle connections are given up
// before a gateway does so: a reply written to one that is just being closed
// would have an unknown outcome.
func newTransport(timeout time.Duration) *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: timeout}).DialContext,
		TLSHandshakeTimeout: timeout,
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 16,
		MaxConnsPerHost:     64,
		IdleConnTimeout:     20 * time.Second,
	}
}

// newClient is an account's client. Time limits come from the contexts of the
// calls. A call is never redirected, for a redirected POST would be sent twice;
// a download only within its host, so that no token reaches another one.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		switch first := via[0]; {
		case first.Method != http.MethodGet:
			return http.ErrUseLastResponse
		case len(via) > maxRedirects:
			return errors.New("too many redirects")
		case next.URL.Host != first.URL.Host || next.URL.Scheme != first.URL.Scheme:
			return errors.New("redirected to another host")
		}
		return nil
	}}
}

// rewriter sends calls to base instead of the platform. With a nil base it only
// passes them on.
type rewriter struct {
	base *url.URL
	next http.RoundTripper
}

// everything reports whether every host is served by base. It is not when base
// is another host of the platform itself, which serves the API but no pictures.
func (r *rewriter) everything() bool {
	return r.base != nil && !strings.HasSuffix("."+r.base.Hostname(), ".weixin.qq.com")
}

// RoundTrip implements http.RoundTripper.
func (r *rewriter) RoundTrip(req *http.Request) (*http.Response, error) {
	if r.base == nil || (!r.everything() && req.URL.Host != apiHost) {
		return r.next.RoundTrip(req)
	}
	moved := req.Clone(req.Context())
	moved.Header.Set(originalHost, req.URL.Host)
	moved.URL.Scheme, moved.URL.Host, moved.Host = r.base.Scheme, r.base.Host, r.base.Host
	moved.URL.Path = r.base.Path + req.URL.Path
	if req.URL.RawPath != "" {
		moved.URL.RawPath = r.base.EscapedPath() + req.URL.RawPath
	}
	return r.next.RoundTrip(moved)
}

// apiURL is the address of an API call.
func apiURL(path string, query url.Values) string {
	u := url.URL{Scheme: "https", Host: apiHost, Path: path, RawQuery: query.Encode()}
	return u.String()
}

// mediaURL checks the address of a file that came in a push or an answer. Only
// the platform's own hosts are fetched, unless a base serves all hosts: a
// forged push must not make the desk read addresses of the inner network.
func (r *rewriter) mediaURL(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return "", errors.New("the address of the file is malformed")
	}
	if r.everything() {
		return u.String(), nil
	}
	host := "." + strings.ToLower(u.Hostname())
	if u.Port() != "" || !(strings.HasSuffix(host, ".qpic.cn") || strings.HasSuffix(host, ".qq.com")) {
		return "", errors.New("the file is not on a host of the platform")
	}
	if strings.HasSuffix(host, ".qpic.cn") {
		u.Scheme = "https" // pushes name it with http; the picture is a citizen's
	}
	return u.String(), nil
}

// Close gives up the idle connections of an own transport. Calls under way are
// not touched, and the platform stays usable.
func (p *Platform) Close() {
	if p.own != nil {
		p.own.CloseIdleConnections()
	}
}
