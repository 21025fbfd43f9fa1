package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"replydesk/app/auth"
	"replydesk/faq"
	"replydesk/inbox/desk"
)

// observe is around every request but the webhooks: it gives the request an id
// and a deadline, turns errors and panics into problems and counts.
func (s *Server) observe(c *fiber.Ctx) error {
	start := time.Now()
	r := s.newRequest(c)
	limit := requestTimeout
	if large(r.method, r.path) {
		limit = importTimeout
	}
	ctx := desk.WithAddress(context.WithValue(s.ctx, requestKey{}, r), r.address)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	c.SetUserContext(ctx)
	c.Set(fiber.HeaderXRequestID, r.id)
	if err := s.guarded(c, c.Next); err != nil {
		if err := s.fail(c, err); err != nil {
			return err
		}
	}
	s.metrics.request(r.method, c.Route().Path, c.Response().StatusCode(), time.Since(start))
	return nil
}

// guarded runs f; a panic in it is an error with its place.
func (s *Server) guarded(c *fiber.Ctx, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.metrics.panics.Inc()
			c.Response().ResetBody()
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return f()
}

// policy is the Content-Security-Policy of the application: only itself.
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// secure sets the headers that protect whoever reads the answer in a browser.
func (s *Server) secure(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	if strings.HasPrefix(s.config.BaseURL, "https://") {
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
	return c.Next()
}

// authenticate finds out who asks. Everything below /api/v1 needs to know but
// signing in and following a link.
func (s *Server) authenticate(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	if err := readable(c.Context().QueryArgs()); err != nil {
		return err
	}
	if !large(c.Method(), c.Path()) { // which is a file, not JSON
		if err := written(c.Request().Body()); err != nil {
			return err
		}
	}
	if opens(c.Method(), c.Path()) {
		return c.Next()
	}
	ctx := c.UserContext()
	who, err := s.identify(ctx, c.Get(fiber.HeaderAuthorization), c.Cookies(cookieName))
	if desk.CodeOf(err) == desk.Unauthenticated && mayBeNobody(c) {
		return c.SendStatus(http.StatusNoContent)
	}
	if err != nil {
		return err
	}
	if !who.Machine && !safe(c.Method()) && !who.CheckCSRF(c.Get(csrfHeader)) {
		return desk.Errorf(desk.Forbidden, "页面已过期，请刷新后重试").WithReason("csrf")
	}
	if who.Part.Limits() && !inPart(c.Method(), c.Path()) {
		return desk.Errorf(desk.Forbidden, "通过链接只能办理这一件转办，请登录后再试").WithReason("link_session")
	}
	c.SetUserContext(context.WithValue(ctx, principalKey{}, who))
	return c.Next()
}

// mayBeNobody reports whether a page asks who is signed in, for which nobody is
// an answer. A token that does not work is none.
func mayBeNobody(c *fiber.Ctx) bool {
	return c.Method() == http.MethodGet && c.Path() == prefix+"/session" && c.QueryBool("optional") &&
		c.Get(fiber.HeaderAuthorization) == ""
}

// readable refuses values no text can hold; the databases differ in what they
// make of them.
func readable(query *fasthttp.Args) error {
	for name, value := range query.All() {
		if !utf8.Valid(value) || bytes.IndexByte(value, 0) >= 0 {
			return desk.InvalidField(strings.ToValidUTF8(string(name), "?"), "含有无法识别的字符")
		}
	}
	return nil
}

// written refuses a JSON body with characters no text can hold, whether they
// stand there or are written as \u0000 or half of a pair: decoding would put
// others in their place, and a citizen would get what nobody wrote.
func written(body []byte) error {
	if !utf8.Valid(body) || badEscape(body) {
		return desk.Errorf(desk.Invalid, "提交的内容含有无法识别的字符，请以 UTF-8 编码提交").WithReason("encoding")
	}
	return nil
}

// badEscape reports whether JSON has a NUL or an escape that is half of a
// surrogate pair.
func badEscape(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] == 0 {
			return true
		}
		if body[i] != '\\' {
			continue
		}
		if i++; i == len(body) || body[i] != 'u' {
			continue
		}
		r := escaped(body[i-1:])
		if r == 0 {
			return true
		}
		if utf16.IsSurrogate(r) {
			if i+5 > len(body) || utf16.DecodeRune(r, escaped(body[i+5:])) == utf8.RuneError {
				return true
			}
			i += 6
		}
		i += 4
	}
	return false
}

// escaped is the unit that \uXXXX at the start of s stands for, -1 when there
// is no such escape.
func escaped(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}

// identify finds the principal of a request. A token beside a session decides:
// neither lends the other its rights.
func (s *Server) identify(ctx context.Context, authorization, cookie string) (auth.Principal, error) {
	if authorization == "" {
		return s.deps.Auth.BySession(ctx, cookie)
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return auth.Principal{}, desk.Errorf(desk.Unauthenticated, "只支持 Bearer 访问令牌")
	}
	return s.deps.Auth.ByToken(ctx, strings.TrimSpace(token))
}

// bodyLimit lets an import be larger than everything else, for who may import:
// a body is in memory before its route is asked.
func (s *Server) bodyLimit(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	path, _, _ := bytes.Cut(h.RequestURI(), []byte("?"))
	if !large(string(h.Method()), string(path)) {
		return fasthttp.RequestConfig{}
	}
	ctx, cancel := context.WithTimeout(s.ctx, probeTimeout)
	defer cancel()
	who, err := s.identify(ctx, string(h.Peek(fiber.HeaderAuthorization)), string(h.Cookie(cookieName)))
	if err != nil || !who.Actor().Can(desk.EditLibrary) {
		return fasthttp.RequestConfig{}
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: max(maxImport, faq.MaxFileBytes) + maxMultipart, ReadTimeout: importTimeout}
}

// large reports whether a request may bring a file.
func large(method, path string) bool {
	return method == http.MethodPost && (path == importPath || path == wordImportPath || filesPath(path))
}

func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }
