package app

import (
	"context"
	"time"

	"replydesk/app/store"
	"replydesk/bot/llm"
	"replydesk/faq"
	"replydesk/faq/semantic"
	"replydesk/inbox/desk"
	"replydesk/inbox/mask"
)

// Times of the embedding model.
const (
	meaningDeadline = 300 * time.Millisecond // of one search
	embedAtMost     = 30 * time.Second       // of one call for entries
)

// newMeaning builds the search by meaning.
func (a *App) newMeaning(rows faq.VectorStore) *semantic.Library {
	c := a.Config.Embed
	model := llm.NewEmbedder(llm.Options{BaseURL: c.BaseURL, APIKey: c.APIKey.Reveal(), Model: c.Model, Whole: embedAtMost})
	return semantic.New(semantic.Options{
		Embedder: discreet{model}, Store: rows, Now: a.now, Log: a.log, Deadline: meaningDeadline, Every: a.indexEvery(),
	})
}

// runMeaning asks for what is missing, as after a change of the model, and
// follows the vectors that are made.
func (a *App) runMeaning(ctx context.Context) error {
	if err := a.wantVectors(ctx); err != nil {
		return err
	}
	return a.meaning.Run(ctx)
}

// wantVectors has the missing vectors made, when there is a model.
func (a *App) wantVectors(ctx context.Context) error {
	if a.meaning == nil {
		return nil
	}
	return a.DB.Atomic(ctx, func(tx *store.Tx) error {
		return tx.Enqueue(ctx, desk.Task{Kind: faq.TaskEmbed, Key: faq.TaskAll})
	})
}

// makeVectors is the task of that; without a model one that was left is done.
func (a *App) makeVectors(ctx context.Context, _ desk.Task) error {
	if a.meaning == nil {
		return nil
	}
	return a.meaning.Fill(ctx)
}

// discreet masks personal data before a text leaves for the model.
type discreet struct{ faq.Embedder }

// Embed implements faq.Embedder.
func (d discreet) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	masked := make([]string, len(texts))
	for i, t := range texts {
		masked[i] = mask.New().Text(t)
	}
	return d.Embedder.Embed(ctx, masked)
}
