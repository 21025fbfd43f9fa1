package fit

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"replydesk/faq"
)

// How the confidence is fitted.
const (
	steps       = 300
	sureRate    = 0.05
	sureDecay   = 1e-4
	signs       = len(faq.Signs{})
	leastSpread = 1e-3
)

// firstHit is the first entry of a question as ranked.
type firstHit struct {
	sample *Sample
	signs  faq.Signs
	right  bool
	rank   int     // of the first right entry, from 1; 0: none proposed
	gain   float64 // discounted cumulative gain of the first ten
	weight float64
	small  bool // from a library made small
}

// first ranks the entries proposed for a sample; none without any.
func first(m *faq.Model, s *Sample) []firstHit {
	h := firstHit{sample: s, weight: s.weight}
	if len(s.Features) == 0 {
		return []firstHit{h}
	}
	scores := m.Scores(s.Kind, s.Features)
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	for place, i := range order {
		if s.Right[i] {
			if h.rank == 0 {
				h.rank = place + 1
			}
			if place < 10 {
				h.gain += 1 / math.Log2(float64(place)+2)
			}
		}
	}
	h.right = s.Right[order[0]]
	h.signs = faq.SignsOf(scores, order[0], s.Features[order[0]])
	return []firstHit{h}
}

// How a library is made small: the entries that look most like the question
// leave, since some of them answer it whatever the labels say, and a few of the
// others stay.
const mostLike = 5

// answerable is how many questions with an answer in the small library are
// weighed against one without: what an entry shares with a message is only to
// rule out what is hopeless, the rest is the rivals' matter.
const answerable = 20

// small returns what would come first in a library of a few entries, without and
// with the right ones. An entry without a rival is far ahead whatever it says:
// what is fitted on these does not look at the lead.
func small(m *faq.Model, s *Sample, rng *rand.Rand) (out []firstHit) {
	scores := m.Scores(s.Kind, s.Features)
	var wrong, right []int
	for i := range scores {
		if s.Right[i] {
			right = append(right, i)
		} else {
			wrong = append(wrong, i)
		}
	}
	slices.SortStableFunc(wrong, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	wrong = wrong[min(mostLike, len(wrong)):]
	rng.Shuffle(len(wrong), func(i, j int) { wrong[i], wrong[j] = wrong[j], wrong[i] })
	wrong = wrong[:min(1+rng.IntN(10), len(wrong))]
	for _, kept := range [][]int{wrong, append(slices.Clone(right), wrong...)} {
		if len(kept) == 0 {
			continue
		}
		few := *s
		few.Features, few.Right = nil, nil
		for _, i := range kept {
			few.Features, few.Right = append(few.Features, s.Features[i]), append(few.Right, s.Right[i])
		}
		for _, h := range first(m, &few) {
			h.small = true
			if h.right {
				h.weight *= answerable
			}
			out = append(out, h)
		}
		if len(right) == 0 {
			break
		}
	}
	return out
}

// confidence fits what the model is sure by: against rivals in the libraries as
// they are, by itself in libraries made small.
func confidence(m *faq.Model, hits []firstHit) {
	whole := func(h firstHit) bool { return !h.small }
	few := func(h firstHit) bool { return h.small }
	logistic(m.Confidence[:], slices.DeleteFunc(slices.Clone(hits), few), func(int) bool { return false })
	logistic(m.Evidence[:], slices.DeleteFunc(slices.Clone(hits), whole), faq.Rival)
}

// logistic fits weights by which the signs tell whether the first entry is
// right; left out stay 0.
func logistic(out []faq.Weight, hits []firstHit, left func(sign int) bool) {
	var spread [signs]float64
	total := 0.0
	for at, h := range hits {
		total += h.weight
		for i := range h.signs {
			if left(i) {
				h.signs[i] = 0
			}
			spread[i] += h.signs[i] * h.signs[i] / float64(len(hits))
		}
		hits[at] = h
	}
	for i := range spread {
		spread[i] = max(math.Sqrt(spread[i]), leastSpread)
	}
	var w [3 * signs]float64
	a := newAdam(len(w))
	for step := range steps {
		var grad [3 * signs]float64
		for i := range w {
			grad[i] = sureDecay * w[i]
		}
		for _, h := range hits {
			gates := gatesOf(h.sample.Kind)
			sum := 0.0
			for k, g := range gates {
				if g == 0 {
					continue
				}
				for i, x := range h.signs {
					sum += w[k*signs+i] * g * x / spread[i]
				}
			}
			d := 1 / (1 + math.Exp(-sum))
			if h.right {
				d--
			}
			d *= h.weight / total
			for k, g := range gates {
				if g == 0 {
					continue
				}
				for i, x := range h.signs {
					grad[k*signs+i] += d * g * x / spread[i]
				}
			}
		}
		rate := sureRate
		if step > steps*2/3 {
			rate /= 5
		}
		a.step(w[:], grad[:], rate)
	}
	for i := range out {
		for k := range 3 {
			out[i][k] = places(w[k*signs+i] / spread[i])
		}
	}
}
