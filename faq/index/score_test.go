package index

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	scores := new(tally)
	for round := range 200 {
		scores.clear()
		var all []scored
		for doc := range uint64(random.IntN(60)) {
			score := float64(1 + random.IntN(8)) // many ties
			scores.add(doc, score/2)
			scores.add(doc, score/2)
			all = append(all, scored{doc, score})
		}
		slices.SortFunc(all, func(a, b scored) int {
			if a.below(b) {
				return 1
			}
			return -1
		})
		size := 1 + random.IntN(40)
		if got, want := best(scores, size), all[:min(size, len(all))]; !slices.Equal(got, want) {
			t.Fatalf("round %d: best %d of %d are %v, want %v", round, size, len(all), got, want)
		}
	}
}

func TestCheapest(t *testing.T) {
	terms := func(frequencies ...uint64) (out []term) {
		for _, n := range frequencies {
			out = append(out, term{frequency: n})
		}
		return out
	}
	for _, tt := range []struct {
		terms []term
		want  int
	}{
		{nil, 0},
		{terms(5000), 1}, // the only one, whatever it costs
		{terms(61, 10, 30), 2},
		{terms(50, 50), 2},
		{terms(make([]uint64, 100)...), maxTerms},
	} {
		if got := cheapest(tt.terms, 100); len(got) != tt.want || !slices.IsSortedFunc(got, func(a, b term) int { return int(a.frequency) - int(b.frequency) }) {
			t.Errorf("of %v within 100: %v, want the %d rarest", tt.terms, got, tt.want)
		}
	}
}
