package bot

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"replydesk/inbox/desk"
)

// Budget bounds what models are asked, over all processes of the desk.
type Budget struct {
	TokensPerDay   int64 // in any 24 hours
	CallsPerMinute int
	CostIn         int64 // of a million tokens of a prompt, in hundredths of a yuan
	CostOut        int64 // of a million tokens of an answer
}

// reserve counts the call, with all it may use, before it is made: of two at
// once that do not both fit none or one is let through, never both. What a
// process that died had reserved is given back after the 24 hours.
func (d *Drafts) reserve(ctx context.Context, draft *Draft, p Prompt) error {
	if err := d.breaker.allow(d.Now()); err != nil {
		return err
	}
	draft.TokensIn, draft.TokensOut = tokensOf(p), p.MaxTokens
	if err := d.Store.AddDraft(ctx, draft); err != nil {
		return err
	}
	over, err := d.over(ctx, draft.CreatedAt)
	if err == nil && over == nil {
		return nil
	}
	draft.State, draft.Fault, draft.EndedAt = DraftRefused, "draft_budget", draft.CreatedAt
	draft.TokensIn, draft.TokensOut = 0, 0
	_, saveErr := d.Store.SaveDraft(context.WithoutCancel(ctx), *draft)
	return errors.Join(over, err, saveErr)
}

// over says which bound the calls up to now, the present one counted, are past.
func (d *Drafts) over(ctx context.Context, now time.Time) (over, err error) {
	day, err := d.Store.Spent(ctx, now.Add(-24*time.Hour))
	if err != nil {
		return nil, err
	}
	if day.Tokens > d.Budget.TokensPerDay {
		return desk.Errorf(desk.RateLimited, "今日的模型用量已达上限，请人工撰写").WithReason("draft_budget"), nil
	}
	minute, err := d.Store.Spent(ctx, now.Add(-time.Minute))
	if err == nil && minute.Calls > d.Budget.CallsPerMinute {
		over = desk.Errorf(desk.RateLimited, "模型调用过于频繁，请一分钟后再试").WithReason("draft_budget")
	}
	return over, err
}

// tokensOf is at least what a prompt takes: no model cuts Chinese finer than
// into characters, nor English.
func tokensOf(p Prompt) int {
	return utf8.RuneCountInString(p.System) + utf8.RuneCountInString(p.User)
}

// spent is what a call used: as the endpoint counted, or, where it does not
// tell, no less than it can have been.
func spent(done Completion, err error, p Prompt) Completion {
	if done.TokensIn > 0 || done.TokensOut > 0 {
		return done
	}
	fault, isFault := FaultOf(err)
	switch {
	case err == nil:
		done.TokensIn, done.TokensOut = tokensOf(p), utf8.RuneCountInString(done.Text)
	case isFault && (fault == ModelLong || fault == ModelCut || fault == ModelStalled || fault == ModelSlow || fault == ModelFiltered):
		done.TokensIn, done.TokensOut = tokensOf(p), p.MaxTokens
	case !isFault: // the caller left while it wrote
		done.TokensIn, done.TokensOut = tokensOf(p), p.MaxTokens
	}
	return done
}

// cost is rounded up: a call is never free that was not.
func (b Budget) cost(c Completion) int64 {
	const million = 1_000_000
	return (int64(c.TokensIn)*b.CostIn + int64(c.TokensOut)*b.CostOut + million - 1) / million
}
