package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"

	"replydesk/app/auth"
)

// request is what is known of a request beside its content.
type request struct {
	id      string
	method  string
	path    string
	address string // of the client, as far as the proxies are trusted
	agent   string
}

// principal and request travel in the context.
type (
	requestKey   struct{}
	principalKey struct{}
)

func requestOf(ctx context.Context) request {
	r, _ := ctx.Value(requestKey{}).(request)
	return r
}

// principalOf is who asks. On a route behind authenticate it is always there.
func principalOf(ctx context.Context) auth.Principal {
	p, _ := ctx.Value(principalKey{}).(auth.Principal)
	return p
}

func newRequestID() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func (s *Server) newRequest(c *fiber.Ctx) request {
	return request{
		id: newRequestID(), method: c.Method(), path: withoutToken(c.Path()), address: s.address(c), agent: c.Get(fiber.HeaderUserAgent),
	}
}

// address is where the client is: the peer, or, when the peer is a trusted
// proxy, the last address in X-Forwarded-For that is not one. What stands
// before that was written by the client itself.
func (s *Server) address(c *fiber.Ctx) string {
	peer, _ := netip.AddrFromSlice(c.Context().RemoteIP())
	peer = peer.Unmap()
	if !s.trusted(peer) {
		return peer.String()
	}
	hops := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		peer = hop.Unmap()
		if !s.trusted(peer) {
			break
		}
	}
	return peer.String()
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, p := range s.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// parseProxies reads addresses and CIDR ranges.
func parseProxies(list []string) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(list))
	for _, text := range list {
		if a, err := netip.ParseAddr(text); err == nil {
			a = a.Unmap()
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
