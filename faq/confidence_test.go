package faq

import "testing"

func TestConfidence(t *testing.T) {
	if got := confidence(1, 1); got < 0.99 {
		t.Errorf("the same question without a rival: %v", got)
	}
	if got := confidence(1, 0); got > 0.9 {
		t.Errorf("the same question twice: %v", got)
	}
	if got := confidence(0, 0.5); got > 0.02 {
		t.Errorf("only the answer speaks for it: %v", got)
	}
	for a := 0.0; a < 1; a += 0.1 {
		for lead := -1.0; lead < 1; lead += 0.1 {
			c := confidence(a, lead)
			if c < 0 || c > 1 || confidence(a+0.1, lead) < c || confidence(a, lead+0.1) < c {
				t.Errorf("confidence(%v, %v) = %v is not between its neighbours", a, lead, c)
			}
		}
	}
}
