package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Problem is the answer to every request that failed, an RFC 9457 problem.
type Problem struct {
	Status    int            `json:"status" doc:"the HTTP status"`
	Code      string         `json:"code" enum:"invalid,unauthenticated,forbidden,not_found,conflict,rate_limited,unavailable,internal" doc:"what kind of failure; stable"`
	Reason    string         `json:"reason,omitempty" doc:"a stable word finer than code, such as thread_moved"`
	Title     string         `json:"title" doc:"the status in words"`
	Detail    string         `json:"detail" doc:"one sentence for a person"`
	Fields    []ProblemField `json:"fields,omitempty" doc:"what is wrong, by field"`
	Findings  []Finding      `json:"findings,omitempty" doc:"with reason text_blocked or confirm_findings: what the checks found"`
	RequestID string         `json:"request_id,omitempty" doc:"names the entry in the desk's log"`
	LastEvent int64          `json:"last_event,omitempty" doc:"with reason thread_moved: the ticket's newest event"`

	retryAfter time.Duration
}

// ProblemField is what is wrong with one field.
type ProblemField struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", retrySeconds(p.retryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	return h
}

// retrySeconds is a pause as Retry-After has it, rounded up.
func retrySeconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

const problemType = "application/problem+json"

// statuses is the one place where a code becomes a status.
var statuses = map[desk.Code]int{
	desk.Invalid:         http.StatusUnprocessableEntity,
	desk.Unauthenticated: http.StatusUnauthorized,
	desk.Forbidden:       http.StatusForbidden,
	desk.NotFound:        http.StatusNotFound,
	desk.Conflict:        http.StatusConflict,
	desk.RateLimited:     http.StatusTooManyRequests,
	desk.Unavailable:     http.StatusServiceUnavailable,
	desk.Internal:        http.StatusInternalServerError,
}

// codeOf is the code of a status that Fiber or huma chose.
func codeOf(status int) desk.Code {
	for code, s := range statuses {
		if s == status {
			return code
		}
	}
	if status >= http.StatusInternalServerError {
		return desk.Internal
	}
	return desk.Invalid // malformed, too large, wrong method or type
}

// Sentences for failures whose own words are not for people.
const (
	sorry     = "系统内部错误，请稍后重试"
	sorryBusy = "系统繁忙，请稍后重试"
	sorryDown = "数据库暂时连不上，请稍后重试"
	badInput  = "提交的内容有误"
)

// reasons and sentences of statuses that come from below the use cases.
var transport = map[int]struct{ reason, detail string }{
	http.StatusNotFound:              {"", "没有这个地址"},
	http.StatusBadRequest:            {"malformed", "请求无法识别"},
	http.StatusMethodNotAllowed:      {"method", "这个地址不支持此方法"},
	http.StatusNotAcceptable:         {"accept", "只能以 JSON 应答"},
	http.StatusRequestTimeout:        {"timeout", "请求超时"},
	http.StatusRequestEntityTooLarge: {"too_large", "请求内容过大"},
	http.StatusUnsupportedMediaType:  {"content_type", "请求内容须为 JSON"},

	http.StatusRequestedRangeNotSatisfiable: {"range", "文件没有这一部分"},
	http.StatusRequestHeaderFieldsTooLarge:  {"too_large", "请求头过大"},
}

func problemOf(status int, code desk.Code, detail string) *Problem {
	return &Problem{Status: status, Code: string(code), Title: http.StatusText(status), Detail: detail}
}

// toProblem turns an error into the answer for it. unknown is true for one that
// nobody foresaw, which has to be logged.
func toProblem(err error) (p *Problem, unknown bool) {
	var done *Problem
	var de *desk.Error
	var fe *fiber.Error
	switch {
	case errors.As(err, &done):
		return done, false
	case errors.As(err, &de) && de.Code != desk.Internal:
		p = problemOf(statuses[de.Code], de.Code, de.Message)
		p.Reason = de.Reason
		for _, f := range de.Fields {
			p.Fields = append(p.Fields, ProblemField(f))
		}
		var found *inbox.FindingsError
		if errors.As(err, &found) {
			p.Findings = each(found.Findings, findingOf)
		}
	case errors.As(err, &fe):
		p = problemOf(fe.Code, codeOf(fe.Code), sorry)
		if t, ok := transport[fe.Code]; ok {
			p.Reason, p.Detail = t.reason, t.detail
		}
		return p, fe.Code >= http.StatusInternalServerError
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		p = problemOf(http.StatusServiceUnavailable, desk.Unavailable, sorryBusy)
	default:
		return problemOf(http.StatusInternalServerError, desk.Internal, sorry), true
	}
	var wait interface{ RetryAfter() time.Duration }
	if errors.As(err, &wait) {
		p.retryAfter = wait.RetryAfter()
	}
	return p, p.Status == http.StatusServiceUnavailable
}

// problem turns an error of a use case into the answer for it and logs what an
// operator should know of.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	if s.deps.Down != nil && desk.CodeOf(err) == desk.Internal && s.deps.Down(err) {
		err = desk.Errorf(desk.Unavailable, sorryDown+": %w", err)
	}
	p, unknown := toProblem(err)
	if unknown {
		r := requestOf(ctx)
		p.RequestID = r.id
		s.log.LogAttrs(ctx, levelOf(p), "request failed",
			slog.String("request_id", r.id), slog.String("method", r.method), slog.String("path", r.path),
			slog.Int("status", p.Status), slog.Any("err", err))
	}
	return p
}

func levelOf(p *Problem) slog.Level {
	if p.Status == http.StatusServiceUnavailable {
		return slog.LevelWarn
	}
	return slog.LevelError
}

// fail answers with a problem outside of huma.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	p := s.problem(c.UserContext(), err)
	for name, values := range p.GetHeaders() {
		c.Set(name, values[0])
	}
	return c.Status(p.Status).JSON(p, problemType)
}

// refusals turns what huma found wrong with a request into a Problem; it is a
// huma.Transformer.
func refusals(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := problemOf(m.Status, codeOf(m.Status), badInput)
	if t, ok := transport[m.Status]; ok {
		p.Reason, p.Detail = t.reason, t.detail
	}
	if m.Status >= http.StatusInternalServerError {
		p.Detail = sorry
		return p, nil
	}
	for _, e := range m.Errors {
		if e != nil {
			p.Fields = append(p.Fields, fieldOf(*e))
		}
	}
	return p, nil
}

// fileFaults are huma's words about a file that was sent, for people.
var fileFaults = map[string]string{
	"Failed to infer file media type": "文件是空的",
	"Failed to open file":             "文件无法读取",
	"File required":                   "请选择文件",
}

// fieldOf names the field of huma's finding by its name in the form.
func fieldOf(e huma.ErrorDetail) ProblemField {
	name := e.Location
	for _, where := range []string{"body", "query", "path", "form"} {
		if rest, ok := strings.CutPrefix(name, where); ok {
			name = strings.TrimPrefix(rest, ".")
			break
		}
	}
	const before, after = "expected required property ", " to be present"
	if rest, ok := strings.CutPrefix(e.Message, before); ok {
		if missing, ok := strings.CutSuffix(rest, after); ok {
			return ProblemField{Name: strings.TrimPrefix(name+"."+missing, "."), Message: "不能为空"}
		}
	}
	message := e.Message
	switch {
	case e.Location == "body":
		message = "不是有效的 JSON" // huma's text may quote what was sent
		if strings.HasPrefix(e.Message, "expected") {
			message = e.Message
		}
	case message == "unexpected property":
		message = "没有这个字段"
	case fileFaults[message] != "":
		message = fileFaults[message]
	}
	return ProblemField{Name: name, Message: message}
}
