package semantic

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"replydesk/faq"
)

// vector is a vector as small whole numbers: a quarter of the memory, and the
// cosine stays right to two places.
type vector struct {
	at     []int8
	length float64
}

// pack scales a vector to whole numbers. One without a direction is an error.
func pack(v []float32) (vector, error) {
	most := 0.0
	for _, x := range v {
		most = max(most, math.Abs(float64(x)))
		if math.IsNaN(float64(x)) {
			return vector{}, errNoDirection
		}
	}
	if most == 0 || math.IsInf(most, 0) {
		return vector{}, errNoDirection
	}
	at := make([]int8, len(v))
	for i, x := range v {
		at[i] = int8(math.Round(float64(x) / most * math.MaxInt8))
	}
	return measured(at), nil
}

var errNoDirection = errors.New("the endpoint gave a vector without a direction")

func measured(at []int8) vector {
	sum := 0.0
	for _, x := range at {
		sum += float64(x) * float64(x)
	}
	return vector{at: at, length: math.Sqrt(sum)}
}

func (v vector) bytes() []byte {
	out := make([]byte, len(v.at))
	for i, x := range v.at {
		out[i] = byte(x)
	}
	return out
}

// read is the inverse of bytes.
func read(b []byte) vector {
	at := make([]int8, len(b))
	for i, x := range b {
		at[i] = int8(x)
	}
	return measured(at)
}

// cosine is -1 to 1, and -1 for vectors of different lengths.
func (v vector) cosine(o vector) float64 {
	if len(v.at) != len(o.at) || v.length == 0 || o.length == 0 {
		return -1
	}
	sum := int64(0)
	for i, x := range v.at {
		sum += int64(x) * int64(o.at[i])
	}
	return float64(sum) / (v.length * o.length)
}

// closest returns the limit entries nearest to v, the nearest first.
func (l *Library) closest(v vector, limit int) []faq.EntryID {
	type scored struct {
		id     faq.EntryID
		cosine float64
	}
	below := func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.id, b.id))
	}
	var best []scored // sorted; short, so that inserting is cheap
	l.mu.RLock()
	for id, o := range l.vectors {
		s := scored{id, v.cosine(o)}
		if s.cosine <= 0 || len(best) == limit && below(s, best[limit-1]) >= 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, s, below)
		best = slices.Insert(best, at, s)
		best = best[:min(limit, len(best))]
	}
	l.mu.RUnlock()
	ids := make([]faq.EntryID, len(best))
	for i, s := range best {
		ids[i] = s.id
	}
	return ids
}
