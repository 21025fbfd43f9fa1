// Package eval measures search and the bot's decision on a labelled set of
// questions: the real index, the real search and the real decision, with
// entries from a file in place of the store.
package eval

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"replydesk/bot"
	"replydesk/faq"
	"replydesk/faq/text"
)

// Report is what was measured. Ranking figures are over the questions that an
// entry answers; ties are ordered by entry id. Shares of nothing are 0.
type Report struct {
	Entries         int          `json:"entries"`
	Queries         int          `json:"queries"`
	InScope         int          `json:"in_scope"`
	RecallAt1       float64      `json:"recall_at_1"`
	RecallAt5       float64      `json:"recall_at_5"`
	MRRAt10         float64      `json:"mrr_at_10"`
	NDCGAt10        float64      `json:"ndcg_at_10"`
	Answered        int          `json:"answered"`
	AnsweredRight   int          `json:"answered_right"`
	AnswerPrecision float64      `json:"answer_precision"`
	AnsweredShare   float64      `json:"answered_share"`
	FalseAnswers    FalseAnswers `json:"false_answers"`
	LatencyMS       Latency      `json:"latency_ms"`
	BuildSeconds    float64      `json:"build_seconds"`
}

// FalseAnswers is the share of questions outside the library that were
// answered: of the same domain, and of no domain.
type FalseAnswers struct {
	Near float64 `json:"near"`
	Far  float64 `json:"far"`
}

// Latency is the time of one search and decision, questions one after another.
type Latency struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// Options are what to measure and with what.
type Options struct {
	Dir        string // holds library.jsonl and queries.jsonl
	Lexicon    *text.Lexicon
	Model      *faq.Model
	Thresholds bot.Thresholds
	Each       func(Outcome) // called for every question when set
	Step       int           // ask only every so many-th question; 0: all
}

// Run measures the set in a folder with the word lists, weights and thresholds
// that the desk runs with.
func Run(ctx context.Context, dir string) (Report, error) {
	lex, err := text.Default()
	if err != nil {
		return Report{}, err
	}
	model, err := faq.DefaultModel()
	if err != nil {
		return Report{}, err
	}
	return Measure(ctx, Options{Dir: dir, Lexicon: lex, Model: model, Thresholds: bot.DefaultThresholds()})
}

// Outcome is what happened to one question.
type Outcome struct {
	Question Question
	Hits     []faq.Hit
	Rank     int     // of the first relevant entry, from 1; 0 when none was found
	Gain     float64 // normalised discounted cumulative gain of the first ten
	Right    bool
	Decision bot.Decision
}

// Measure measures a set.
func Measure(ctx context.Context, o Options) (report Report, err error) {
	set, err := open(ctx, o.Dir, o.Lexicon, o.Model, nil)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, set.close()) }()
	t := tally{report: Report{Entries: len(set.library.entries), BuildSeconds: round(set.built.Seconds())}}
	for i, q := range set.questions {
		if o.Step > 1 && i%o.Step != 0 {
			continue
		}
		start := time.Now()
		hits, err := set.search.Search(ctx, q.Query, 10)
		if err != nil {
			return Report{}, err
		}
		decision := bot.Decide(hits, o.Thresholds)
		t.times = append(t.times, time.Since(start))
		outcome := judge(set.library, q, hits, decision)
		t.add(outcome)
		if o.Each != nil {
			o.Each(outcome)
		}
	}
	return t.finish(), nil
}

// judge compares what was found with what is right.
func judge(lib *library, q Question, hits []faq.Hit, d bot.Decision) Outcome {
	out := Outcome{Question: q, Hits: hits, Decision: d}
	for i, h := range hits {
		if slices.Contains(q.Relevant, lib.name(h.Entry.ID)) {
			if out.Rank == 0 {
				out.Rank = i + 1
			}
			out.Gain += discount(i)
		}
	}
	ideal := 0.0
	for i := range min(len(q.Relevant), 10) {
		ideal += discount(i)
	}
	out.Gain /= max(ideal, discount(9))
	out.Right = d.Action == bot.Answer && slices.Contains(q.Relevant, lib.name(d.Hits[0].Entry.ID))
	return out
}

// discount is what a relevant entry at place i, from 0, is worth.
func discount(i int) float64 { return 1 / math.Log2(float64(i)+2) }

// tally adds outcomes up.
type tally struct {
	report                 Report
	near, far              int
	nearAnswered, farFalse int
	times                  []time.Duration
}

func (t *tally) add(o Outcome) {
	r := &t.report
	r.Queries++
	answered := o.Decision.Action == bot.Answer
	if answered {
		r.Answered++
	}
	if o.Right {
		r.AnsweredRight++
	}
	switch o.Question.Kind {
	case "oos_near":
		t.near++
		t.nearAnswered += count(answered)
	case "oos_far":
		t.far++
		t.farFalse += count(answered)
	default:
		r.InScope++
		r.RecallAt1 += float64(count(o.Rank == 1))
		r.RecallAt5 += float64(count(o.Rank >= 1 && o.Rank <= 5))
		r.NDCGAt10 += o.Gain
		if o.Rank > 0 {
			r.MRRAt10 += 1 / float64(o.Rank)
		}
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (t *tally) finish() Report {
	r := t.report
	for _, figure := range []*float64{&r.RecallAt1, &r.RecallAt5, &r.MRRAt10, &r.NDCGAt10} {
		*figure = share(*figure, r.InScope)
	}
	r.AnswerPrecision = share(float64(r.AnsweredRight), r.Answered)
	r.AnsweredShare = share(float64(r.AnsweredRight), r.InScope)
	r.FalseAnswers = FalseAnswers{Near: share(float64(t.nearAnswered), t.near), Far: share(float64(t.farFalse), t.far)}
	slices.Sort(t.times)
	r.LatencyMS = Latency{P50: quantile(t.times, 0.50), P99: quantile(t.times, 0.99)}
	return r
}

func share(part float64, of int) float64 {
	if of == 0 {
		return 0
	}
	return round(part / float64(of))
}

// quantile returns the q-th part of sorted times in milliseconds.
func quantile(times []time.Duration, q float64) float64 {
	if len(times) == 0 {
		return 0
	}
	at := min(int(q*float64(len(times))), len(times)-1)
	return round(float64(times[at]) / float64(time.Millisecond))
}

// round keeps four places, which is more than the sets can tell.
func round(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// String is the report for people.
func (r Report) String() string {
	return fmt.Sprintf(`%d entries, %d questions (%d with an answer in the library)
ranking   recall@1 %.3f   recall@5 %.3f   MRR@10 %.3f   nDCG@10 %.3f
answered  %d, right %d   precision %.3f   share of answerable %.3f
          wrongly: %.3f of near questions, %.3f of far ones
time      p50 %.2f ms   p99 %.2f ms   index built in %.2f s
`, r.Entries, r.Queries, r.InScope, r.RecallAt1, r.RecallAt5, r.MRRAt10, r.NDCGAt10,
		r.Answered, r.AnsweredRight, r.AnswerPrecision, r.AnsweredShare,
		r.FalseAnswers.Near, r.FalseAnswers.Far, r.LatencyMS.P50, r.LatencyMS.P99, r.BuildSeconds)
}
