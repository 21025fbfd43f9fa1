package bot

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Model writes a text. bot/llm speaks to one over the network.
type Model interface {
	// Name is the model's, as its figures and costs are kept by.
	Name() string
	// Complete returns what the model wrote once it has ended by itself. delta,
	// if given, gets each piece as it comes; what it got counts for nothing when
	// Complete fails. Errors are *ModelError, or ctx's.
	Complete(ctx context.Context, p Prompt, delta func(piece string)) (Completion, error)
}

// Prompt is what a model is asked. System holds the rules, User the matter; only
// User may hold a stranger's words.
type Prompt struct {
	System    string
	User      string
	MaxTokens int // of the answer; 0: the model's own limit
}

// Completion is what a model wrote. Tokens are as the endpoint counted them; 0
// when it does not tell.
type Completion struct {
	Text      string
	TokensIn  int
	TokensOut int
}

// ModelFault is why a model gave nothing.
type ModelFault string

// Faults. Each is shown to staff as a sentence of its own.
const (
	ModelSettings ModelFault = "settings" // key, address or model name are wrong: an administrator must act
	ModelBusy     ModelFault = "busy"     // rate or budget of the endpoint is used up; later
	ModelDown     ModelFault = "down"     // unreachable, or an error of its own
	ModelStalled  ModelFault = "stalled"  // nothing came for too long
	ModelSlow     ModelFault = "slow"     // it wrote, but was not done within the whole time
	ModelGarbled  ModelFault = "garbled"  // what it wrote is no text a reply can hold
	ModelCut      ModelFault = "cut"      // the answer broke off
	ModelLong     ModelFault = "long"     // the answer ran into the token limit
	ModelFiltered ModelFault = "filtered" // the endpoint's own filter refused
	ModelRefused  ModelFault = "refused"  // the endpoint did not take the request
)

// ModelError is a failed call. It holds neither the key nor the prompt.
type ModelError struct {
	Fault      ModelFault
	RetryAfter time.Duration // for ModelBusy, when told
	Cause      error
}

func (e *ModelError) Error() string { return fmt.Sprintf("model: %s: %v", e.Fault, e.Cause) }

// Unwrap returns the cause.
func (e *ModelError) Unwrap() error { return e.Cause }

// FaultOf returns the fault of a failed call; ok is false for another error.
func FaultOf(err error) (fault ModelFault, ok bool) {
	var e *ModelError
	if errors.As(err, &e) {
		return e.Fault, true
	}
	return "", false
}
