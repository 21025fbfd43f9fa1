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
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"replydesk/bot/eval"
	"replydesk/faq"
	"replydesk/faq/text"
)

// Load collects the samples of every set below root, a folder with
// library.jsonl and queries.jsonl each, by the set's name. A set whose library
// has no answers is read a second time with answers borrowed from other sets of
// its script: a product's entries have both, and an answer that has nothing to
// do with the matter must not outweigh the question.
func Load(ctx context.Context, root string, lex *text.Lexicon, progress io.Writer) ([]Sample, error) {
	found, err := filepath.Glob(filepath.Join(root, "*", "queries.jsonl"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no folder of %s holds queries.jsonl", root)
	}
	var dirs []string
	var bare []bool
	donors := map[bool][]string{} // by whether they are Chinese
	for _, path := range found {
		questions, answers, err := eval.Answers(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, filepath.Dir(path))
		bare = append(bare, len(answers) == 0 && len(questions) <= mostBorrowers)
		if len(answers) > 0 {
			donors[chinese(answers[0])] = append(donors[chinese(answers[0])], answers...)
		}
	}
	var out []Sample
	for i, dir := range dirs {
		if err := collect(ctx, dir, "", lex, nil, &out, progress); err != nil {
			return nil, err
		}
		if !bare[i] {
			continue
		}
		questions, _, err := eval.Answers(dir)
		if err != nil {
			return nil, err
		}
		if lent := donors[len(questions) > 0 && chinese(questions[0])]; len(lent) > 0 {
			if err := collect(ctx, dir, " (answers lent)", lex, lent, &out, progress); err != nil {
				return nil, err
			}
		}
	}
	weigh(out)
	return out, nil
}

// mostBorrowers is the size up to which a library is read twice.
const mostBorrowers = 5000

func chinese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

func collect(ctx context.Context, dir, note string, lex *text.Lexicon, borrowed []string, out *[]Sample, progress io.Writer) error {
	pools, err := eval.Collect(ctx, dir, lex, borrowed)
	if err != nil {
		return err
	}
	name := filepath.Base(dir) + note
	for i, p := range pools {
		*out = append(*out, Sample{Pool: p, set: name, fold: i % 4, lent: len(borrowed) > 0})
	}
	_, err = fmt.Fprintf(progress, "%s: %d questions\n", name, len(pools))
	return err
}

// Sample is one question with what was proposed for it.
type Sample struct {
	eval.Pool
	set    string
	fold   int
	lent   bool // the answers are another set's
	weight float64
}

// lentWeight is what a question counts whose library has answers of another set:
// enough to learn from, too little to make answers worth nothing.
const lentWeight = 0.15

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
		if s.lent {
			samples[i].weight *= lentWeight
		}
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
