package text

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// things are told apart by what stands before them: 船舶年检 and 机动车年检.
type things struct {
	heads []string      // the ends of their names
	loose map[rune]bool // what may stand before any of them
}

// add takes a line of the kinds "thing" and "loose".
func (t *things) add(kind string, words []string) bool {
	switch kind {
	case "thing":
		t.heads = append(t.heads, words...)
	case "loose":
		if t.loose == nil {
			t.loose = map[rune]bool{}
		}
		for _, r := range strings.Join(words, "") {
			t.loose[r] = true
		}
	default:
		return false
	}
	return true
}

// Another reports whether the message asks for another thing of a kind than the
// wordings of an entry, the text of all of which is entry: before what they share
// up to the end of its name each has something the other has not, and the
// message's is nowhere in the entry. What has only more before it (我家驾驶证 for
// 驾驶证) is taken for the same.
func (t *things) Another(message string, wordings []string, entry string) bool {
	text := []rune(message)
	for end := range len(text) + 1 {
		name := string(text[:end])
		if !slices.ContainsFunc(t.heads, func(h string) bool { return strings.HasSuffix(name, h) }) {
			continue
		}
		start := end
		for start > 0 && containsWithin(wordings, string(text[start-1:end])) {
			start--
		}
		mine := t.kindBefore(text, start)
		if end-start >= 2 && mine != "" && !strings.Contains(entry, mine) && t.others(message, wordings, string(text[start:end])) {
			return true
		}
	}
	return false
}

func containsWithin(texts []string, s string) bool {
	return slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(t, s) })
}

// others reports whether what the wordings share with the message is in each of
// them of a thing that the message does not name.
func (t *things) others(message string, wordings []string, shared string) bool {
	return !slices.ContainsFunc(wordings, func(w string) bool {
		before, _, found := strings.Cut(w, shared)
		theirs := t.kindBefore([]rune(w), utf8.RuneCountInString(before))
		return found && (theirs == "" || strings.Contains(message, theirs))
	})
}

// kindBefore is the two characters before a place of a text, or the only one there
// with the one after it; "" when they say nothing of the thing.
func (t *things) kindBefore(text []rune, at int) string {
	if at == 0 || !unicode.Is(unicode.Han, text[at-1]) || t.loose[text[at-1]] {
		return ""
	}
	if at == 1 || !unicode.Is(unicode.Han, text[at-2]) {
		return string(text[at-1 : min(at+1, len(text))])
	}
	return string(text[at-2 : at])
}
