package text

import (
	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// stem takes the English endings off a word, so that card and cards, pay and
// paying meet. Words of other alphabets and with digits stay as they are.
func stem(word string) string {
	if len(word) < 3 || !lowerASCII(word) {
		return word
	}
	env := snowballstem.NewEnv(word)
	english.Stem(env)
	return env.Current()
}

func lowerASCII(word string) bool {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return true
}
