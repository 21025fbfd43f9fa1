package api

import (
	"net"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"replydesk/app/live"
)

// live turns a request into a socket. Everything that can be refused is refused
// here, as an ordinary answer; then the connection leaves the HTTP server.
func (s *Server) live(c *fiber.Ctx) error {
	who := principalOf(c.UserContext())
	r := live.Request{
		Method: c.Method(), Host: string(c.Request().Header.Host()), Header: make(http.Header, 16),
		Actor: who.Actor(), Session: who.Session,
	}
	for key, value := range c.Request().Header.All() {
		r.Header.Add(string(key), string(value))
	}
	if status, detail := s.deps.Live.Check(r); status != 0 {
		if status == http.StatusUpgradeRequired {
			c.Set(fiber.HeaderUpgrade, "websocket")
			c.Set(fiber.HeaderConnection, "Upgrade")
		}
		p := problemOf(status, codeOf(status), detail)
		if status == http.StatusServiceUnavailable {
			p.retryAfter = liveRetry
		}
		return p
	}
	ctx := s.ctx // not the request's, which ends with this function
	c.Context().HijackSetNoResponse(true)
	c.Context().Hijack(func(conn net.Conn) {
		r.Conn = conn
		_ = s.deps.Live.Adopt(ctx, r) // the connection is the hub's from here on
	})
	return nil
}
