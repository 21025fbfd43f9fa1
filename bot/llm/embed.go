package llm

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sashabaranov/go-openai"

	"replydesk/bot"
	"replydesk/faq"
)

// Embedder is an embedding model of one endpoint. It is safe for concurrent use.
type Embedder struct {
	options Options
	client  *openai.Client
}

var _ faq.Embedder = (*Embedder)(nil)

// NewEmbedder returns the model. It makes no call; Options.Stall is not used.
func NewEmbedder(o Options) *Embedder { return &Embedder{o, client(o)} }

// Name implements faq.Embedder.
func (e *Embedder) Name() string { return e.options.Model }

// Embed implements faq.Embedder. Errors are *bot.ModelError, or ctx's; when the
// endpoint told when to ask again they have RetryAfter().
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	var after atomic.Int64
	within, cancel := context.WithTimeout(context.WithValue(ctx, retryKey{}, &after), e.options.Whole)
	defer cancel()
	res, err := e.client.CreateEmbeddings(within, openai.EmbeddingRequestStrings{
		Input: texts, Model: openai.EmbeddingModel(e.options.Model), EncodingFormat: openai.EmbeddingEncodingFormatFloat,
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		failed := &bot.ModelError{Fault: faultOf(within, err), RetryAfter: time.Duration(after.Load()), Cause: plainly(err)}
		if failed.RetryAfter > 0 {
			return nil, busy{failed}
		}
		return nil, failed
	}
	out := make([][]float32, len(texts))
	for _, v := range res.Data {
		if v.Index < 0 || v.Index >= len(out) || len(v.Embedding) == 0 {
			return nil, &bot.ModelError{Fault: bot.ModelCut, Cause: fmt.Errorf("vector %d of %d texts", v.Index, len(out))}
		}
		out[v.Index] = v.Embedding
	}
	for i, v := range out {
		if v == nil {
			return nil, &bot.ModelError{Fault: bot.ModelCut, Cause: fmt.Errorf("text %d of %d has no vector", i, len(out))}
		}
	}
	return out, nil
}

// busy is a failure after which the endpoint wants to be left alone for a while.
type busy struct{ failed *bot.ModelError }

func (b busy) Error() string             { return b.failed.Error() }
func (b busy) Unwrap() error             { return b.failed }
func (b busy) RetryAfter() time.Duration { return b.failed.RetryAfter }
