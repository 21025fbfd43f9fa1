package faq

import "math"

// The confidence is a logistic function of two figures, fitted on two public
// sets of Chinese questions (README.md): an everyday one without questions
// outside the library and a domain one with many.
const (
	confidenceBase  = -4.6
	confidenceAlike = 5.6
	confidenceLead  = 16.5
)

// confidence estimates how likely an entry answers a message, from how alike
// its closest wording is (0 to 1) and how far it is ahead of the best of the
// others, or behind it (negative). What only the answer's text speaks for has
// no wording alike and stays near nothing.
func confidence(alike, lead float64) float64 {
	lead = min(lead, alike)
	return 1 / (1 + math.Exp(-(confidenceBase + confidenceAlike*alike + confidenceLead*lead)))
}
