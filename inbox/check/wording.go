package check

import (
	"slices"
	"strings"
)

// Wording is a text as it is compared with others: its letters and digits alone,
// folded.
type Wording []rune

// sameFrom is the share of characters from which two wordings are the same words.
const sameFrom = 0.9

// minStretch is how many characters a wording needs to be looked for in a longer
// one: shorter ones stand in many texts by chance.
const minStretch = 20

// maxSought bounds the wordings that are looked for in longer ones, in characters.
const maxSought = 1000

// Wording returns the wording of a text.
func (f Folder) Wording(s string) Wording { return []rune(f.Key(s)) }

// Alike is how much of the longer of two wordings need not be changed to have the
// other: 1 for equal ones, and 0 for all below nine tenths.
func (w Wording) Alike(other Wording) float64 {
	if slices.Equal(w, other) {
		return 1
	}
	longer := max(len(w), len(other))
	most := allowed(longer)
	edits := editsBetween(w, other, most)
	if edits > most {
		return 0
	}
	return 1 - float64(edits)/float64(longer)
}

// Holds reports whether the other wording stands in w, but for a tenth of it at
// most. Of one that is very short or very long only whether they are alike.
func (w Wording) Holds(other Wording) bool {
	if w.Alike(other) > 0 {
		return true
	}
	if len(other) < minStretch || len(other) > maxSought || len(w) < len(other)-allowed(len(other)) || !w.mayHold(other) {
		return false
	}
	return editsWithin(other, w) <= allowed(len(other))
}

// Repeats reports whether the other wording is a piece of w, letter by letter.
func (w Wording) Repeats(other Wording) bool {
	return len(other) > 0 && strings.Contains(string(w), string(other))
}

// minPiece is how many characters in a row two texts share by chance at most.
const minPiece = 12

// Draws reports whether at least half of w is one piece of the other wording,
// letter by letter, longer than what texts share by chance: who copies a part of
// a text copies its words.
func (w Wording) Draws(other Wording) bool {
	if len(w) < minPiece || len(other) < minPiece {
		return false
	}
	pieces := make(map[string]bool, len(other))
	for i := minPiece; i <= len(other); i++ {
		pieces[string(other[i-minPiece:i])] = true
	}
	longest, run := 0, 0
	for i := minPiece; i <= len(w); i++ {
		if !pieces[string(w[i-minPiece:i])] {
			run = 0
			continue
		}
		run++
		longest = max(longest, run+minPiece-1)
	}
	return 2*longest >= len(w)
}

// allowed is how many edits leave a wording of n characters the same words.
func allowed(n int) int { return int(float64(n)*(1-sameFrom) + 1e-9) }

// mayHold is a quick no: an edit breaks two pairs of neighbours at most.
func (w Wording) mayHold(other Wording) bool {
	pairs := map[[2]rune]bool{}
	for i := 1; i < len(w); i++ {
		pairs[[2]rune{w[i-1], w[i]}] = true
	}
	missing := 0
	for i := 1; i < len(other); i++ {
		if !pairs[[2]rune{other[i-1], other[i]}] {
			missing++
		}
	}
	return missing <= 2*allowed(len(other))
}

// editsBetween is the edit distance (Levenshtein) of two wordings; more than most
// when it is. It looks only where the two may still meet within most.
func editsBetween(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		from, to := max(0, i-most), min(len(b), i+most+1)
		diagonal := row[from]
		row[from] = most + 1
		if from == 0 {
			row[0] = i + 1
		}
		best := row[from]
		for j := from; j < to; j++ {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			above := diagonal + 1
			if j == i+most {
				above = most + 1 // outside of where they may meet
			}
			row[j+1] = min(above, row[j]+1, cost)
			best = min(best, row[j+1])
		}
		if best > most {
			return most + 1
		}
	}
	return row[len(b)]
}

// editsWithin is how many edits make a of some stretch of b.
func editsWithin(a, b []rune) int {
	column := make([]int, len(a)+1)
	for i := range column {
		column[i] = i
	}
	best := column[len(a)]
	for _, r := range b {
		diagonal := column[0] // a stretch may begin anywhere
		for i := range a {
			cost := diagonal
			if a[i] != r {
				cost++
			}
			diagonal = column[i+1]
			column[i+1] = min(column[i+1]+1, column[i]+1, cost)
		}
		best = min(best, column[len(a)])
	}
	return best
}
