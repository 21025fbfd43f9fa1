package text

import "strings"

// stem takes the commonest English endings off a word, so that card and cards,
// pay and paying meet. It is deliberately small: a wrong stem costs little,
// because entries and queries are stemmed alike.
func stem(word string) string {
	if len(word) < 4 || !lowerASCII(word) {
		return word
	}
	word = plural(word)
	for _, ending := range []string{"ing", "ed"} {
		if base, ok := strings.CutSuffix(word, ending); ok && len(base) >= 3 && strings.ContainsAny(base, "aeiouy") {
			word = undouble(base)
			break
		}
	}
	if len(word) > 4 {
		word = strings.TrimSuffix(word, "e")
	}
	return word
}

func plural(word string) string {
	switch {
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "sses"):
		return word[:len(word)-2]
	case strings.HasSuffix(word, "ss"), strings.HasSuffix(word, "us"), strings.HasSuffix(word, "is"):
		return word
	}
	return strings.TrimSuffix(word, "s")
}

// undouble turns the stopp of stopping into stop; ll, ss and zz stay, as in
// calling, passing and buzzing.
func undouble(base string) string {
	n := len(base)
	if base[n-1] == base[n-2] && !strings.ContainsRune("lsz", rune(base[n-1])) {
		return base[:n-1]
	}
	return base
}

func lowerASCII(word string) bool {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return true
}
