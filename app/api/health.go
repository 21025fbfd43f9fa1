package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Times of small waits.
const (
	liveRetry    = 5 * time.Second // when the desk has no room for a socket
	probeTimeout = 2 * time.Second // for what is looked up beside a request
)

// Readiness is the answer of /readyz.
type Readiness struct {
	Status string            `json:"status"` // "ready" or "failing"
	Checks map[string]string `json:"checks"` // by name: "ok" or "failing"
}

// health says that the process answers.
func (s *Server) health(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.JSON(fiber.Map{"status": "ok", "version": s.config.Version})
}

// ready says whether everything works that requests need. Why something does
// not is for the log: the answer is public.
func (s *Server) ready(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(s.ctx, probeTimeout)
	defer cancel()
	errs := make([]error, len(s.deps.Ready))
	var wg sync.WaitGroup
	for i, check := range s.deps.Ready {
		wg.Go(func() { errs[i] = check.Probe(ctx) })
	}
	wg.Wait()
	out, status := Readiness{Status: "ready", Checks: map[string]string{}}, http.StatusOK
	for i, check := range s.deps.Ready {
		out.Checks[check.Name] = "ok"
		if errs[i] != nil {
			out.Status, out.Checks[check.Name], status = "failing", "failing", http.StatusServiceUnavailable
			s.log.Warn("not ready", "check", check.Name, "err", errs[i])
		}
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Status(status).JSON(out)
}
