package api

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// hooksPath is where platforms deliver.
const hooksPath = "/hooks/"

// hook takes one webhook call in. It is the hot path: no middleware stands
// before it and nothing is logged for a call that went well.
func (s *Server) hook(c *fiber.Ctx) error {
	start := time.Now()
	status := http.StatusInternalServerError
	err := s.guarded(c, func() (err error) {
		status, err = s.receive(c)
		return err
	})
	if err != nil {
		// A store that fails answers thousands of calls a second like this.
		if suppressed, ok := s.quiet.speak(); ok {
			s.log.Error("webhook failed", "path", c.Path(), "suppressed", suppressed, "err", err)
		}
		err = c.Status(status).SendString(http.StatusText(status))
	}
	s.metrics.hook(status, time.Since(start))
	return err
}

// receive hands a call to the intake and writes the platform's answer. Its
// error is one an operator should see.
func (s *Server) receive(c *fiber.Ctx) (status int, err error) {
	account := PathID(c.Params("account")).number()
	if account == 0 {
		return refuse(c, http.StatusNotFound)
	}
	ctx, cancel := context.WithTimeout(s.ctx, hookTimeout)
	defer cancel()
	res, err := s.deps.Intake.Receive(ctx, c.Params("platform"), account, channelRequest(c))
	if err != nil {
		switch desk.CodeOf(err) {
		case desk.Forbidden:
			return refuse(c, http.StatusForbidden)
		case desk.NotFound:
			return refuse(c, http.StatusNotFound)
		case desk.Invalid:
			return refuse(c, http.StatusBadRequest)
		default:
			return http.StatusInternalServerError, err
		}
	}
	if res.Status == 0 {
		res.Status = http.StatusOK
	}
	if res.ContentType != "" {
		c.Set(fiber.HeaderContentType, res.ContentType)
	}
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	return res.Status, c.Status(res.Status).Send(res.Body)
}

func refuse(c *fiber.Ctx, status int) (int, error) {
	return status, c.Status(status).SendString(http.StatusText(status))
}

// channelRequest copies a call out of the server's buffers: its receiver may
// keep it.
func channelRequest(c *fiber.Ctx) channel.Request {
	in := c.Request()
	r := channel.Request{
		Method: c.Method(), Query: make(url.Values, 8), Header: make(http.Header, 8), Body: bytes.Clone(in.Body()),
	}
	for key, value := range in.URI().QueryArgs().All() {
		name := string(key)
		r.Query[name] = append(r.Query[name], string(value))
	}
	for key, value := range in.Header.All() {
		name := string(key)
		r.Header[name] = append(r.Header[name], string(value))
	}
	return r
}

// quiet lets one message a second through and counts the others.
type quiet struct {
	now        func() time.Time
	next       atomic.Int64 // milliseconds
	suppressed atomic.Int64
}

func (q *quiet) speak() (suppressed int64, ok bool) {
	now, next := q.now().UnixMilli(), q.next.Load()
	if now < next || !q.next.CompareAndSwap(next, now+1000) {
		q.suppressed.Add(1)
		return 0, false
	}
	return q.suppressed.Swap(0), true
}
