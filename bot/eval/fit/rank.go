package fit

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"replydesk/faq"
)

// How the ranking is fitted: Adam over small batches, its rate falling to
// nearly nothing, and the mean of the last round.
const (
	rounds    = 6
	batch     = 128
	rankRate  = 0.03
	rankDecay = 1e-5
	workers   = 2  // fixed, so that sums are added in the same order everywhere
	rivals    = 30 // entries of a question that are looked at, beside the right ones
)

const features = len(faq.Features{})

// rank fits m.Rank.
func rank(m *faq.Model, samples []Sample) {
	spread := spreads(samples)
	used := make([]Sample, 0, len(samples))
	for _, s := range samples {
		if slices.Contains(s.Right, true) {
			used = append(used, narrow(s))
		}
	}
	var w, sum [3 * features]float64
	a := newAdam(len(w))
	rng := rand.New(rand.NewPCG(1, 2)) // the same order every time
	taken := 0.0
	for round := range rounds {
		rng.Shuffle(len(used), func(i, j int) { used[i], used[j] = used[j], used[i] })
		rate := rankRate*(1-float64(round)/rounds) + rankRate/30
		for at := 0; at < len(used); at += batch {
			part := used[at:min(at+batch, len(used))]
			grad := gradient(&w, part, spread)
			for i := range grad {
				grad[i] = grad[i]/float64(len(part)) + rankDecay*w[i]
			}
			a.step(w[:], grad[:], rate)
			if round == rounds-1 {
				taken++
				for i := range w {
					sum[i] += w[i]
				}
			}
		}
	}
	for i := range m.Rank {
		for k := range 3 {
			m.Rank[i][k] = places(sum[k*features+i] / max(taken, 1) / spread[i])
		}
	}
}

// spreads returns each feature's standard deviation over all entries proposed.
func spreads(samples []Sample) (out [features]float64) {
	var sum, squares [features]float64
	n := 0.0
	for _, s := range samples {
		for _, f := range s.Features {
			for i, x := range f {
				sum[i] += x
				squares[i] += x * x
			}
			n++
		}
	}
	for i := range out {
		mean := sum[i] / max(n, 1)
		out[i] = math.Sqrt(max(squares[i]/max(n, 1)-mean*mean, 1e-6))
	}
	return out
}

// narrow keeps the right entries and those most like the question.
func narrow(s Sample) Sample {
	order := make([]int, len(s.Features))
	for i := range order {
		order[i] = i
	}
	like := func(i int) float64 {
		if s.Right[i] {
			return math.Inf(1)
		}
		return s.Features[i].Like()
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(like(b), like(a)) })
	order = order[:min(rivals, len(order))]
	out := s
	out.Features, out.Right = make([]faq.Features, len(order)), make([]bool, len(order))
	for to, from := range order {
		out.Features[to], out.Right[to] = s.Features[from], s.Right[from]
	}
	return out
}

// gradient sums over the samples, in the order of the workers.
func gradient(w *[3 * features]float64, samples []Sample, spread [features]float64) (out [3 * features]float64) {
	parts := make([][3 * features]float64, workers)
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for i := worker; i < len(samples); i += workers {
				addGradient(&parts[worker], w, &samples[i], spread)
			}
		})
	}
	all.Wait()
	for _, part := range parts {
		for i := range part {
			out[i] += part[i]
		}
	}
	return out
}

// addGradient adds one question's: half of it wants any right entry first, half
// wants all of them in front.
func addGradient(grad, w *[3 * features]float64, s *Sample, spread [features]float64) {
	gates := gatesOf(s.Kind)
	var weights [features]float64
	for i := range weights {
		for k, g := range gates {
			weights[i] += w[k*features+i] * g / spread[i]
		}
	}
	scores := make([]float64, len(s.Features))
	for i, f := range s.Features {
		for j, x := range f {
			scores[i] += weights[j] * x
		}
	}
	top, sum, right, rights := slices.Max(scores), 0.0, 0.0, 0.0
	for i := range scores {
		scores[i] = math.Exp(scores[i] - top)
		sum += scores[i]
		if s.Right[i] {
			right += scores[i]
			rights++
		}
	}
	var by [features]float64
	for i, f := range s.Features {
		want := 0.0
		if s.Right[i] {
			want = 0.5*scores[i]/right + 0.5/rights
		}
		d := (scores[i]/sum - want) * s.weight
		for j, x := range f {
			by[j] += d * x
		}
	}
	for j := range by {
		for k, g := range gates {
			grad[k*features+j] += by[j] / spread[j] * g
		}
	}
}

func gatesOf(k faq.Kind) [3]float64 { return [3]float64{1, k.Long, k.Words} }

// places keeps four places: more say nothing.
func places(x float64) float64 { return math.Round(x*1e4) / 1e4 }

// adam is the optimiser of Kingma and Ba.
type adam struct {
	mean, square []float64
	steps        float64
}

func newAdam(n int) *adam { return &adam{mean: make([]float64, n), square: make([]float64, n)} }

func (a *adam) step(w, grad []float64, rate float64) {
	const beta1, beta2 = 0.9, 0.99
	a.steps++
	for i, g := range grad {
		a.mean[i] = beta1*a.mean[i] + (1-beta1)*g
		a.square[i] = beta2*a.square[i] + (1-beta2)*g*g
		w[i] -= rate * a.mean[i] / (1 - math.Pow(beta1, a.steps)) / (math.Sqrt(a.square[i]/(1-math.Pow(beta2, a.steps))) + 1e-8)
	}
}
