// Package text turns questions and answers into search terms: it folds forms
// that mean the same (full and half width, upper and lower case, traditional
// and simplified characters), cuts Chinese into single characters and
// everything else into words, and knows the phrases that say nothing about
// what is asked. It knows no index and no database; entries and queries go
// through the same code, so they always meet.
package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Token is one Han character or one word of other letters and digits.
type Token struct {
	Term  string // folded
	Start int    // rune offsets in the text as given, end exclusive
	End   int
	Stop  bool // part of a phrase that says nothing about what is asked
	han   bool
	joins bool // follows the token before without punctuation between
}

// Han reports whether the token is a Chinese character.
func (t Token) Han() bool {
	return t.han
}

// Joins reports whether nothing but space stands between the token and the one
// before.
func (t Token) Joins() bool { return t.joins }

// Tokens cuts s, reading at most limit runes (0: all), puts one word in the
// place of those that mean the same, and marks stop phrases.
func (l *Lexicon) Tokens(s string, limit int) []Token {
	out := l.unite(l.Cut(s, limit))
	l.markStops(out)
	return out
}

// Literal is Tokens with every word as it stands.
func (l *Lexicon) Literal(s string, limit int) []Token {
	out := l.Cut(s, limit)
	l.markStops(out)
	return out
}

// Cut is Literal without the stop phrases marked.
func (l *Lexicon) Cut(s string, limit int) []Token {
	if limit <= 0 {
		limit = len(s)
	}
	out := make([]Token, 0, min(limit, len(s)/2+1))
	var word []rune
	start, end, at := 0, 0, 0
	joins := false
	flush := func() {
		if len(word) > 0 {
			out = append(out, Token{Term: stem(string(word)), Start: start, End: end, joins: joins})
			word, joins = word[:0], true
		}
	}
	for _, r := range s {
		if at >= limit {
			break
		}
		folded, n := l.fold(r)
		for _, f := range folded[:n] {
			switch {
			case unicode.Is(unicode.Han, f):
				flush()
				out = append(out, Token{Term: string(f), Start: at, End: at + 1, han: true, joins: joins})
				joins = true
			case unicode.IsLetter(f) || unicode.IsDigit(f):
				if len(word) == 0 {
					start = at
				}
				word = append(word, f)
				end = at + 1
			case f == '\'' || f == '’':
				// don't, it's: one word
			case unicode.Is(unicode.Mn, f):
				// a mark on the letter before
			default:
				flush()
				joins = joins && unicode.IsSpace(f)
			}
		}
		at++
	}
	flush()
	return out
}

// foldedRune holds what one rune folds to; compatibility forms such as ㎡ give
// several runes, the longest known (U+FDFA) is cut off after eight.
type foldedRune [8]rune

// fold maps a rune to its search form.
func (l *Lexicon) fold(r rune) (out foldedRune, n int) {
	if r < 0x80 {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		out[0] = r
		return out, 1
	}
	if r >= 0xFF01 && r <= 0xFF5E { // full width; the general way below is slow
		return l.fold(r - 0xFF01 + '!')
	}
	if r >= 0x4E00 && r <= 0x9FFF {
		out[0] = l.Simplify(r)
		return out, 1
	}
	for _, f := range norm.NFKD.String(string(r)) {
		if n == len(out) {
			break
		}
		out[n] = l.Simplify(unicode.ToLower(f))
		n++
	}
	return out, n
}

// Simplify returns the simplified form of a traditional character, any other as
// it is.
func (l *Lexicon) Simplify(r rune) rune {
	if s, ok := l.simplified[r]; ok {
		return s
	}
	return r
}

// Pairs returns the bigrams of neighbouring tokens with nothing but space
// between them.
func Pairs(tokens []Token) []Token {
	out := make([]Token, 0, len(tokens))
	for i := range tokens {
		if p, ok := Pair(tokens, i); ok {
			out = append(out, p)
		}
	}
	return out
}

// Pair returns the bigram that ends with token i, if there is one.
func Pair(tokens []Token, i int) (Token, bool) {
	if i == 0 || !tokens[i].joins {
		return Token{}, false
	}
	a, b := tokens[i-1], tokens[i]
	between := ""
	if !a.Han() || !b.Han() {
		between = "_"
	}
	return Token{Term: a.Term + between + b.Term, Start: a.Start, End: b.End, Stop: a.Stop || b.Stop}, true
}

// Key returns the letters and digits of s, folded: two questions with the same
// key are the same question.
func (l *Lexicon) Key(s string) string {
	var b strings.Builder
	for _, r := range s {
		folded, n := l.fold(r)
		for _, f := range folded[:n] {
			if unicode.IsLetter(f) || unicode.IsDigit(f) {
				b.WriteRune(f)
			}
		}
	}
	return b.String()
}

// AnswerTerms returns the terms by which a longer text is found and compared:
// its characters, its words and the pairs of neighbouring characters.
func AnswerTerms(tokens []Token) []Token {
	out := make([]Token, 0, 2*len(tokens))
	for i, t := range tokens {
		out = append(out, t)
		if t.han && t.joins && tokens[i-1].han {
			p, _ := Pair(tokens, i)
			out = append(out, p)
		}
	}
	return out
}
