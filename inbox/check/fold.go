package check

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxGap is how many signs may stand between two characters of a word.
const maxGap = 3

// Folder brings texts into the form in which words are found; the zero Folder
// knows no traditional characters.
type Folder struct{ simplify func(rune) rune }

// NewFolder returns a Folder; simplify gives the simplified form of a
// traditional character and leaves every other alone.
func NewFolder(simplify func(rune) rune) Folder { return Folder{simplify} }

func (f Folder) simple(r rune) rune {
	if f.simplify == nil {
		return r
	}
	return f.simplify(r)
}

// Key is a text folded without its signs: two words with one key are the same
// word.
func (f Folder) Key(s string) string { return string(f.fold(s).text) }

// folded is a text without its signs. The three slices have, for each byte, the
// bytes [from, to) of the original its character stands in, and how many breaks
// and spaces came before it.
type folded struct {
	text     []byte
	from, to []int32
	breaks   []int32
	spaces   []int32
}

func (f Folder) fold(s string) folded {
	out := folded{
		text: make([]byte, 0, len(s)), from: make([]int32, 0, len(s)), to: make([]int32, 0, len(s)),
		breaks: make([]int32, 0, len(s)), spaces: make([]int32, 0, len(s)),
	}
	var breaks, spaces int32
	gap, spaced := 0, false
	for at, r := range s {
		var forms [8]rune
		n := f.forms(r, &forms)
		kept := false
		for _, form := range forms[:n] {
			if !unicode.IsLetter(form) && !unicode.IsDigit(form) {
				continue
			}
			if !kept {
				kept = true
				if gap > maxGap {
					breaks++
				}
				if spaced {
					spaces++
				}
				gap, spaced = 0, false
			}
			before := len(out.text)
			out.text = utf8.AppendRune(out.text, form)
			size := runeBytes(s, at, r)
			for range len(out.text) - before {
				out.from, out.to = append(out.from, int32(at)), append(out.to, int32(at+size))
				out.breaks, out.spaces = append(out.breaks, breaks), append(out.spaces, spaces)
			}
		}
		switch {
		case kept || invisible(r):
		case strings.ContainsRune("\n\r。！？；", r):
			breaks++
		default:
			gap++
			spaced = spaced || unicode.IsSpace(r)
		}
	}
	return out
}

// runeBytes is how many bytes of s the rune at at takes; a broken byte is one.
func runeBytes(s string, at int, r rune) int {
	if r != utf8.RuneError {
		return utf8.RuneLen(r)
	}
	_, n := utf8.DecodeRuneInString(s[at:])
	return n
}

// invisible characters are none to a reader: zero width, direction, variation
// and combining marks.
func invisible(r rune) bool {
	return r >= 0x80 && (unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || r == '\u115f' || r == '\u3164')
}

// forms is what a character folds to.
func (f Folder) forms(r rune, out *[8]rune) int {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		out[0] = r
		return 1
	case r >= '！' && r <= '～':
		return f.forms(r-'！'+'!', out)
	case r >= 0x4E00 && r <= 0x9FFF:
		out[0] = f.simple(r)
		return 1
	case r == utf8.RuneError:
		return 0
	}
	n := 0
	for _, form := range norm.NFKD.String(string(r)) {
		if n == len(out) {
			break
		}
		out[n] = f.simple(unicode.ToLower(form))
		n++
	}
	return n
}
