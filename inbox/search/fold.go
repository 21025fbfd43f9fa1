// Package search says what it means that a text holds what somebody looks for,
// and by which terms an index finds the texts that may: pure functions, the
// same for texts and for queries, for every database.
//
// A query is words apart by space; each must stand somewhere in what is
// searched, as it is written, except that full and half width, upper and lower
// case, traditional and simplified characters are the same. A word that begins
// with a letter stands only where a word begins: "wec" is found in "WeChat",
// "chat" is not. Any part of a Chinese phrase and of a number is found.
//
// The terms of a text are more than it needs: whoever has all the terms of a
// query may hold it, and Query.Matches decides.
package search

import "unicode"

// Words cuts texts and queries. The zero value takes traditional characters as
// they are.
type Words struct {
	// Simplify gives the simplified form of a traditional character and leaves
	// every other alone.
	Simplify func(rune) rune
}

// class is what kind of run a character belongs to.
type class byte

const (
	gap    class = iota // space, punctuation, symbols: separates
	han                 // a script without spaces between words
	digit               // 0 to 9
	letter              // everything else words are made of
)

// text is a text as it is compared: the folded form of each of its runes, one
// for one, and their classes.
type text struct {
	runes   []rune
	classes []class
}

func (w Words) fold(s string) text {
	t := text{runes: make([]rune, 0, len(s)/2), classes: make([]class, 0, len(s)/2)}
	for _, r := range s {
		f, c := w.foldRune(r)
		t.runes, t.classes = append(t.runes, f), append(t.classes, c)
	}
	return t
}

func (w Words) foldRune(r rune) (rune, class) {
	if r >= 0xFF01 && r <= 0xFF5E { // full width
		r += '!' - 0xFF01
	}
	switch {
	case '0' <= r && r <= '9':
		return r, digit
	case 'a' <= r && r <= 'z':
		return r, letter
	case 'A' <= r && r <= 'Z':
		return r + 'a' - 'A', letter
	case r < 0x80:
		return r, gap
	case 0x4E00 <= r && r <= 0x9FFF: // nearly all there is
		return w.simplify(r), han
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai):
		return w.simplify(r), han
	case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
		return unicode.ToLower(r), letter
	case unicode.IsSpace(r):
		return ' ', gap
	default:
		return r, gap
	}
}

func (w Words) simplify(r rune) rune {
	if w.Simplify == nil {
		return r
	}
	return w.Simplify(r)
}

// size is how long the terms of a class are. A term begins at every character
// of a run and is shorter only at its end, so a shorter query is the beginning
// of some term. Words of letters have one term.
func (c class) size() int {
	switch c {
	case han:
		return 2
	case digit:
		return 4
	default:
		return 12
	}
}

// runs calls each with the bounds of every run of one class that is not a gap.
func (t text) runs(each func(c class, from, to int)) {
	for from := 0; from < len(t.runes); {
		c, to := t.classes[from], from+1
		for to < len(t.runes) && t.classes[to] == c {
			to++
		}
		if c != gap {
			each(c, from, to)
		}
		from = to
	}
}

// Terms adds the terms of a text to a set.
func (w Words) Terms(set map[string]struct{}, s string) {
	t := w.fold(s)
	t.runs(func(c class, from, to int) {
		for i := from; i < to; i++ {
			set[string(t.runes[i:min(i+c.size(), to)])] = struct{}{}
			if c == letter {
				return
			}
		}
	})
}
