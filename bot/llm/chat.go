// Package llm speaks to OpenAI-compatible endpoints and is the only user of
// go-openai. It calls and classifies; what is asked, how often and at what cost
// is package bot's.
package llm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sashabaranov/go-openai"

	"replydesk/bot"
)

// maxAnswer bounds what is read of one answer, in bytes of the stream.
const maxAnswer = 4 << 20

// Options are the settings of an endpoint.
type Options struct {
	BaseURL string // such as http://127.0.0.1:11434/v1
	APIKey  string
	Model   string
	Whole   time.Duration // the longest a call may take
	Stall   time.Duration // the longest nothing may come
}

// Chat is one model of one endpoint. It is safe for concurrent use.
type Chat struct {
	options Options
	client  *openai.Client
}

var _ bot.Model = (*Chat)(nil)

// NewChat returns the model. It makes no call.
func NewChat(o Options) *Chat { return &Chat{o, client(o)} }

// client never follows a redirect: the key would go to whoever sent it.
func client(o Options) *openai.Client {
	config := openai.DefaultConfig(o.APIKey)
	config.BaseURL = strings.TrimRight(o.BaseURL, "/")
	config.EmptyMessagesLimit = 10_000
	config.HTTPClient = &doer{&http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	return openai.NewClientWithConfig(config)
}

// Name implements bot.Model.
func (c *Chat) Name() string { return c.options.Model }

// Complete implements bot.Model.
func (c *Chat) Complete(ctx context.Context, p bot.Prompt, delta func(string)) (bot.Completion, error) {
	whole, end := context.WithTimeoutCause(ctx, c.options.Whole, errSlow)
	defer end()
	call, cancel := context.WithCancelCause(whole)
	defer cancel(nil)
	stall := time.AfterFunc(c.options.Stall, func() { cancel(errStalled) })
	defer stall.Stop()
	var retryAfter atomic.Int64
	call = context.WithValue(call, retryKey{}, &retryAfter)

	done, err := c.read(call, p, func(piece string) {
		stall.Reset(c.options.Stall)
		if delta != nil && piece != "" {
			delta(piece)
		}
	})
	if err == nil {
		return done, nil
	}
	if ctx.Err() != nil { // the caller's own end, not the model's fault
		return bot.Completion{}, ctx.Err()
	}
	return bot.Completion{}, &bot.ModelError{
		Fault: faultOf(call, err), RetryAfter: time.Duration(retryAfter.Load()), Cause: plainly(err),
	}
}

var (
	errStalled  = errors.New("nothing came for too long")
	errSlow     = errors.New("the answer was not done in time")
	errCut      = errors.New("the stream ended before the answer did")
	errLong     = errors.New("the answer reached the token limit")
	errFiltered = errors.New("the endpoint's content filter")
	errMoved    = errors.New("the endpoint redirects")
)

// read takes the stream in. An answer counts only with the reason it ended for:
// a stream that was cut ends like a complete one otherwise.
func (c *Chat) read(ctx context.Context, p bot.Prompt, piece func(string)) (bot.Completion, error) {
	stream, err := c.client.CreateChatCompletionStream(ctx, c.request(p))
	if err != nil {
		return bot.Completion{}, err
	}
	defer func() { _ = stream.Close() }()
	var out bot.Completion
	var text strings.Builder
	var reason openai.FinishReason
	var answer answerOnly
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return out, err
		}
		if part.Usage != nil {
			out.TokensIn, out.TokensOut = part.Usage.PromptTokens, part.Usage.CompletionTokens
		}
		words := ""
		if len(part.Choices) > 0 {
			words = answer.write(part.Choices[0].Delta.Content)
			if r := part.Choices[0].FinishReason; r != "" {
				reason = r
			}
		}
		text.WriteString(words)
		piece(words) // also without words: a model that thinks is not stalled
	}
	rest, ended := answer.rest()
	if rest != "" {
		text.WriteString(rest)
		piece(rest)
	}
	out.Text = afterThought(text.String())
	switch reason {
	case openai.FinishReasonStop:
		if !ended || strings.TrimSpace(out.Text) == "" {
			return out, errCut
		}
		return out, nil
	case openai.FinishReasonLength:
		return out, errLong
	case openai.FinishReasonContentFilter:
		return out, errFiltered
	default:
		return out, errCut
	}
}

func (c *Chat) request(p bot.Prompt) openai.ChatCompletionRequest {
	r := openai.ChatCompletionRequest{
		Model: c.options.Model,
		Messages: []openai.ChatCompletionMessage{
			{Role: openai.ChatMessageRoleSystem, Content: p.System},
			{Role: openai.ChatMessageRoleUser, Content: p.User},
		},
		StreamOptions: &openai.StreamOptions{IncludeUsage: true},
	}
	if reasoning(c.options.Model) {
		r.MaxCompletionTokens = p.MaxTokens
	} else {
		r.MaxTokens = p.MaxTokens //nolint:staticcheck // many compatible endpoints know no other
		r.Temperature = 0.1       // 0 would be left out, and the vendor's default taken
	}
	return r
}

// reasoning models take neither a temperature nor max_tokens; the library
// refuses them by these names.
func reasoning(model string) bool {
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, prefix) {
			return true
		}
	}
	return false
}

// faultOf classifies a failed call.
func faultOf(ctx context.Context, err error) bot.ModelFault {
	switch {
	case errors.Is(context.Cause(ctx), errSlow):
		return bot.ModelSlow
	case errors.Is(context.Cause(ctx), errStalled), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return bot.ModelStalled
	case errors.Is(err, errCut), errors.Is(err, io.ErrUnexpectedEOF):
		return bot.ModelCut
	case errors.Is(err, errLong):
		return bot.ModelLong
	case errors.Is(err, errFiltered):
		return bot.ModelFiltered
	case errors.Is(err, errMoved):
		return bot.ModelSettings
	}
	switch status := statusOf(err); {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusPaymentRequired:
		return bot.ModelSettings
	case status == http.StatusTooManyRequests:
		return bot.ModelBusy
	case status >= 400 && status < 500:
		return bot.ModelRefused
	default:
		return bot.ModelDown
	}
}

// statusOf is the HTTP status in the library's errors, 0 for none. Which of the
// two it is depends on the form of the answer.
func statusOf(err error) int {
	var request *openai.RequestError
	if errors.As(err, &request) && request.HTTPStatusCode != 0 {
		return request.HTTPStatusCode
	}
	var api *openai.APIError
	if errors.As(err, &api) {
		return api.HTTPStatusCode
	}
	return 0
}

// plainly is the error without the answer's body, which may repeat the prompt.
func plainly(err error) error {
	if status := statusOf(err); status != 0 {
		return fmt.Errorf("the endpoint answered %d", status)
	}
	var api *openai.APIError
	if errors.As(err, &api) {
		return errors.New("the endpoint reported an error in its answer")
	}
	return err
}

// doer bounds an answer and notes when the endpoint wants to be asked again,
// which the library does not tell.
type doer struct{ http *http.Client }

type retryKey struct{}

func (d *doer) Do(r *http.Request) (*http.Response, error) {
	res, err := d.http.Do(r) //nolint:gosec // where to is the administrator's setting
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 300 && res.StatusCode < 400 { // the library would read it as an answer
		return nil, errors.Join(errMoved, res.Body.Close())
	}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 && seconds < 24*60*60 {
		if after, ok := r.Context().Value(retryKey{}).(*atomic.Int64); ok {
			after.Store(int64(time.Duration(seconds) * time.Second))
		}
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, maxAnswer), res.Body}
	return res, nil
}
