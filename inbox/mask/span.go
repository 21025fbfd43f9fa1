package mask

import (
	"cmp"
	"slices"
)

// Found is a piece of personal data in a text, in bytes of it. Value is the
// piece in its plain form: digits and letters without separators.
type Found struct {
	From, To int
	Kind     Kind
	Value    string
}

// Numbers returns the identity and phone numbers, bank cards, other long
// numbers, plates and mail addresses of a text in their order, without overlaps.
// Names and street addresses are not among them: what an office publishes about
// itself is full of them.
func Numbers(s string) []Found {
	folded, back := fold(s)
	var spans []span
	for _, find := range []func(string) []span{mails, numbers, plates} {
		spans = append(spans, find(folded)...)
	}
	slices.SortStableFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to))
	})
	var out []Found
	end := 0
	for _, p := range spans {
		if p.from >= end {
			out = append(out, Found{back[p.from], back[p.to], p.kind, p.value})
			end = p.to
		}
	}
	return out
}
