// Package fit finds the weights of search and of the bot's confidence from
// labelled questions: a softmax over the entries proposed for each question
// orders them, a logistic function over the first entry and its lead says how
// likely it is right. It is run by hand when features or word lists change; the
// weights it writes are part of the repository, the questions are not.
package fit

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"replydesk/bot/eval"
	"replydesk/faq"
	"replydesk/faq/text"
)

// Load collects the samples of every set below root, a folder with
// library.jsonl and queries.jsonl each, by the set's name.
func Load(ctx context.Context, root string, lex *text.Lexicon, progress io.Writer) ([]Sample, error) {
	found, err := filepath.Glob(filepath.Join(root, "*", "queries.jsonl"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no folder of %s holds queries.jsonl", root)
	}
	var out []Sample
	for _, path := range found {
		dir := filepath.Dir(path)
		if _, err := os.Stat(filepath.Join(dir, "library.jsonl")); err != nil {
			continue
		}
		pools, err := eval.Collect(ctx, dir, lex)
		if err != nil {
			return nil, err
		}
		for i, p := range pools {
			out = append(out, Sample{Pool: p, set: filepath.Base(dir), fold: i % 4})
		}
		if _, err := fmt.Fprintf(progress, "%s: %d questions\n", filepath.Base(dir), len(pools)); err != nil {
			return nil, err
		}
	}
	weigh(out)
	return out, nil
}

// Sample is one question with what was proposed for it.
type Sample struct {
	eval.Pool
	set    string
	fold   int
	weight float64
}

// weigh gives each set the root of its size: a large set counts more than a
// small one, but not as much as it is larger.
func weigh(samples []Sample) {
	count := map[string]float64{}
	for _, s := range samples {
		count[s.set]++
	}
	total := 0.0
	for i, s := range samples {
		samples[i].weight = 1 / math.Sqrt(count[s.set])
		total += samples[i].weight
	}
	for i := range samples {
		samples[i].weight *= float64(len(samples)) / total
	}
}

// Fit returns the weights for all samples.
func Fit(samples []Sample) *faq.Model {
	m := &faq.Model{}
	rank(m, samples)
	// The lead of questions that the ranking was fitted on would be too good:
	// the confidence sees each question ranked by what was fitted on the others.
	confidence(m, crossed(samples))
	return m
}

// crossed ranks each half of the samples by weights fitted on the other half.
func crossed(samples []Sample) (out []firstHit) {
	rng := rand.New(rand.NewPCG(5, 6)) // the same libraries every time
	for half := range 2 {
		m := &faq.Model{}
		rank(m, without(samples, func(s Sample) bool { return s.fold%2 == half }))
		for i := range samples {
			if samples[i].fold%2 == half {
				out = append(out, first(m, &samples[i])...)
				out = append(out, small(m, &samples[i], rng)...)
			}
		}
	}
	return out
}

func without(samples []Sample, out func(Sample) bool) []Sample {
	return slices.DeleteFunc(slices.Clone(samples), out)
}

// HeldOut measures what weights do on questions they were not fitted on: each
// half is ranked by weights of the other, and each half of that is judged by a
// confidence of the rest.
func HeldOut(samples []Sample, thresholds []float64) []Row {
	hits := crossed(samples)
	t := newTable(samples, thresholds)
	for half := range 2 {
		m := &faq.Model{}
		confidence(m, slices.DeleteFunc(slices.Clone(hits), func(h firstHit) bool { return h.sample.fold/2 == half }))
		for _, h := range hits {
			if h.sample.fold/2 == half {
				t.add(h, m.Sure(h.sample.Kind, h.signs))
			}
		}
	}
	return t.rows
}
