package text

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// kindOfThing is words of one kind (schools, papers, vehicles) of which one is
// not the other; words that mean the same have the same bit.
type kindOfThing struct {
	words   map[string]uint64
	longest int  // characters of the longest word
	asked   bool // an answer that has the word makes no difference
	given   bool // compared only for who is given something
}

// maxThings is how many things of a kind a line may tell apart.
const maxThings = 64

// addApart adds a line of things, a comma between two, | between names of one.
func (l *Lexicon) addApart(kind, line string) error {
	k := kindOfThing{words: map[string]uint64{}, asked: kind == "asked", given: kind == "given"}
	things := strings.Split(line, ",")
	if len(things) > maxThings {
		return fmt.Errorf("%d things in a line, want at most %d", len(things), maxThings)
	}
	for i, names := range things {
		for w := range strings.SplitSeq(names, "|") {
			if w = l.Key(w); w == "" {
				return fmt.Errorf("%q has a word without letters", names)
			}
			k.words[w] |= 1 << i
			k.longest = max(k.longest, utf8.RuneCountInString(w))
		}
	}
	l.contrasts.apart = append(l.contrasts.apart, k)
	return nil
}

// in returns the things a text names, the longest word at each place.
func (k *kindOfThing) in(s string) (things uint64) {
	text := []rune(s)
	for i := 0; i < len(text); i++ {
		for n := min(k.longest, len(text)-i); n > 0; n-- {
			if bits, ok := k.words[string(text[i:i+n])]; ok {
				things |= bits
				i += n - 1
				break
			}
		}
	}
	return things
}

// Apart reports whether the message names a thing, which the entry names nowhere,
// in whose place the wording has another of its kind. Of the entry's texts the
// wordings and all it says are asked for.
func (c *Contrasts) Apart(message, wording, wordings, entry string) bool {
	for i := range c.apart {
		k := &c.apart[i]
		mine, theirs := message, wording
		known := entry
		switch {
		case k.asked:
			known = wordings
		case k.given:
			mine, theirs, known = c.given(message), c.given(wordings), c.given(entry)
		}
		named := k.in(mine)
		if named == 0 {
			continue
		}
		if other := k.in(theirs) &^ named; other != 0 && named&^k.in(known) != 0 {
			return true
		}
	}
	return false
}
