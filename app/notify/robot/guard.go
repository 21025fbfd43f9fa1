package robot

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"replydesk/inbox/desk"
)

// Guard keeps addresses an administrator enters from leading into the desk's
// own network: a robot lives on the internet unless the settings say otherwise.
type Guard struct {
	AllowHTTP bool           // also addresses without TLS
	Allowed   []netip.Prefix // networks that are no longer off limits
}

// closed are networks no robot lives in, beside those netip can tell.
var closed = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10",
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// open reports whether an address may be connected to.
func (g Guard) open(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	for _, p := range g.Allowed {
		if p.Contains(ip) {
			return true
		}
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return false
	}
	for _, p := range closed {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// check tells what is wrong with an address that was entered. Where a name
// leads is looked at when it is dialled.
func (g Guard) check(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(address) > 2000:
		return nil, desk.InvalidField("url", "不是有效的地址")
	case u.Scheme != "https" && (u.Scheme != "http" || !g.AllowHTTP):
		return nil, desk.InvalidField("url", "地址须以 https:// 开头")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !g.open(ip) {
		return nil, desk.InvalidField("url", "不能使用内部网络的地址")
	}
	return u, nil
}

// refusedAddress is the error of a name that leads where it must not.
type refusedAddress struct{}

func (refusedAddress) Error() string { return "the robot's address leads into an internal network" }

// control is asked for every connection, after the name was resolved: a name
// that led elsewhere when it was checked is caught here.
func (g Guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address: %w", err)
	}
	if !g.open(at.Addr()) {
		return refusedAddress{}
	}
	return nil
}

// client is an HTTP client behind the guard. It follows no redirect, uses no
// proxy (whose connections the guard could not see) and keeps few connections.
func (g Guard) client(timeout time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: timeout, Control: g.control}
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout,
			MaxIdleConnsPerHost: 2, MaxIdleConns: 20, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
			MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
