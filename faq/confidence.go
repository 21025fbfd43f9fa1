package faq

import "math"

// confidence estimates how likely an entry answers a message, from how alike
// the closest wording is and how far the next entry is behind.
func confidence(alike, lead float64) float64 {
	return 1 / (1 + math.Exp(-12*(alike+1.5*min(lead, alike)-0.6)))
}
