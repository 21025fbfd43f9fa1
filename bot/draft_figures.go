package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// DraftOutcome is what came of one draft.
type DraftOutcome struct {
	Model     string
	State     DraftState
	Written   string           // by the model
	Reply     inbox.ReplyState // of the last reply made from it; "" for none
	Sent      string           // that reply's text
	ByPerson  bool             // a person approved or rejected it
	Rejected  bool             // a person rejected what was made from it, whatever came after
	Own       bool             // that reply is a person's who made it their own after the draft had gone out of date
	TokensIn  int
	TokensOut int
	Cost      int64
}

// DraftFigures are one model's.
type DraftFigures struct {
	Model     string
	Asked     int // calls
	Written   int
	Refused   int // not grounded, or nothing to ground on
	Failed    int
	Stopped   int // by who asked
	Accepted  int // approved as written
	Edited    int // approved after a change
	Rejected  int // also when a person sent words of it afterwards
	Own       int // sent by a person after it had gone out of date
	Unused    int // went stale, or somebody answered in their own words
	Distance  int // mean share of characters that were changed in what was edited, in percent
	TokensIn  int64
	TokensOut int64
	Cost      int64 // in hundredths of a yuan
}

// maxOutcomes bounds how many drafts figures are made from; the newest count.
const maxOutcomes = 20_000

// Figures are how each model's drafts since a time fared, by name. Needs
// ApproveReplies.
func (d *Drafts) Figures(ctx context.Context, actor desk.Actor, since time.Time) ([]DraftFigures, error) {
	if err := actor.Require(desk.ApproveReplies); err != nil {
		return nil, err
	}
	outcomes, err := d.Store.Outcomes(ctx, since, maxOutcomes)
	if err != nil {
		return nil, err
	}
	return figures(outcomes), nil
}

func figures(outcomes []DraftOutcome) []DraftFigures {
	byModel := map[string]*DraftFigures{}
	distances := map[string]int{}
	for _, o := range outcomes {
		f := byModel[o.Model]
		if f == nil {
			f = &DraftFigures{Model: o.Model}
			byModel[o.Model] = f
		}
		f.Asked++
		f.TokensIn, f.TokensOut, f.Cost = f.TokensIn+int64(o.TokensIn), f.TokensOut+int64(o.TokensOut), f.Cost+o.Cost
		switch o.State {
		case DraftRefused:
			f.Refused++
		case DraftFailed, DraftRunning:
			f.Failed++
		case DraftStopped:
			f.Stopped++
		case DraftWritten:
			f.Written++
			if o.fared(f) {
				distances[o.Model] += changed(o.Written, o.Sent)
			}
		}
	}
	out := make([]DraftFigures, 0, len(byModel))
	for model, f := range byModel {
		if f.Edited > 0 {
			f.Distance = distances[model] / f.Edited
		}
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b DraftFigures) int { return strings.Compare(a.Model, b.Model) })
	return out
}

// fared counts what became of a written draft; edited tells that it was changed.
func (o DraftOutcome) fared(f *DraftFigures) (edited bool) {
	switch {
	case o.Rejected:
		f.Rejected++
	case !o.ByPerson || o.Reply == inbox.ReplyInReview || o.Reply == "":
		f.Unused++
	case o.Own:
		f.Own++
	case o.Sent == o.Written:
		f.Accepted++
	default:
		f.Edited++
		return true
	}
	return false
}

// maxCompared bounds the texts whose distance is computed, in characters.
const maxCompared = 1000

// changed is the edit distance (Levenshtein) of two texts as a share of the
// longer one, in percent.
func changed(a, b string) int {
	x, y := []rune(a), []rune(b)
	x, y = x[:min(len(x), maxCompared)], y[:min(len(y), maxCompared)]
	if len(x) == 0 && len(y) == 0 {
		return 0
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j+1]+1, row[j]+1, cost)
		}
	}
	return row[len(y)] * 100 / max(len(x), len(y))
}
