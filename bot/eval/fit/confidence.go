package fit

import (
	"math"
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
}

// first ranks the entries proposed for a sample; none without any.
func first(m *faq.Model, s *Sample) []firstHit {
	h := firstHit{sample: s}
	if len(s.Features) == 0 {
		return []firstHit{h}
	}
	scores := m.Scores(s.Kind, s.Features)
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case scores[a] > scores[b]:
			return -1
		case scores[a] < scores[b]:
			return 1
		}
		return 0
	})
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

// confidence fits m.Confidence.
func confidence(m *faq.Model, hits []firstHit) {
	var spread [signs]float64
	total := 0.0
	for _, h := range hits {
		total += h.sample.weight
		for i, x := range h.signs {
			spread[i] += x * x / float64(len(hits))
		}
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
			d *= h.sample.weight / total
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
	for i := range m.Confidence {
		for k := range 3 {
			m.Confidence[i][k] = round6(w[k*signs+i] / spread[i])
		}
	}
}
