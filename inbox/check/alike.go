package check

import "unicode/utf8"

// Shape is what a message looks like without the small differences between
// copies: its pairs of neighbouring characters, folded.
type Shape map[[2]rune]struct{}

// minShape is how many pairs a message needs to be compared; "你好" is alike
// with everything.
const minShape = 4

// alikeFrom is the share of pairs from which two messages are alike.
const alikeFrom = 0.6

// Shape returns the shape of a text, nil when it is too short to compare.
func (f Folder) Shape(s string) Shape {
	key := f.fold(s).text
	shape := Shape{}
	last := rune(-1)
	for len(key) > 0 {
		r, n := utf8.DecodeRune(key)
		key = key[n:]
		if last >= 0 {
			shape[[2]rune{last, r}] = struct{}{}
		}
		last = r
	}
	if len(shape) < minShape {
		return nil
	}
	return shape
}

// Alike reports whether two messages say the same in nearly the same words.
func (s Shape) Alike(other Shape) bool {
	if len(s) > len(other) {
		s, other = other, s
	}
	if len(s) == 0 || float64(len(s)) < alikeFrom*float64(len(other)) {
		return false
	}
	both := 0
	for pair := range s {
		if _, ok := other[pair]; ok {
			both++
		}
	}
	return float64(both) >= alikeFrom*float64(len(s)+len(other)-both)
}
