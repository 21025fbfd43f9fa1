// Package sound knows how Chinese characters are said: their pinyin without
// tones, and which characters sound alike. It is pure: the readings are part of
// the binary.
package sound

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// Spell returns the pinyin of a word of Chinese characters without tones, each
// character in its usual reading, and the number of its syllables; "" and 0 for
// a word with anything else in it.
func Spell(word string) (letters string, syllables int) {
	var b strings.Builder
	for _, r := range word {
		said := reading(r)
		if said == "" {
			return "", 0
		}
		b.WriteString(said)
		syllables++
	}
	return b.String(), syllables
}

// reading is the syllable a character is usually read as, "" for what is no
// Chinese character.
func reading(r rune) string {
	if !unicode.Is(unicode.Han, r) {
		return ""
	}
	said := pinyin.SinglePinyin(r, pinyin.NewArgs())
	if len(said) == 0 {
		return ""
	}
	return said[0]
}

// Alike knows of each character those that usually sound the same but for the
// tone; its rarer readings (没 as mo) would bring in much that nobody types. It
// is immutable and safe for concurrent use.
type Alike struct {
	said map[rune]string
	by   map[string][]rune
}

// NewAlike reads the readings of the common Chinese characters (U+4E00 to
// U+9FA5) that keep wants.
func NewAlike(keep func(rune) bool) *Alike {
	a := &Alike{said: map[rune]string{}, by: map[string][]rune{}}
	for r := rune(0x4E00); r <= 0x9FA5; r++ {
		if said := reading(r); said != "" && keep(r) {
			a.said[r] = said
			a.by[said] = append(a.by[said], r)
		}
	}
	return a
}

// To returns the characters that sound like r, without r.
func (a *Alike) To(r rune) []rune {
	said, ok := a.said[r]
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.by[said]), func(other rune) bool { return other == r })
}
