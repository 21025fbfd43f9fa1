package check

import "slices"

// Copied texts are looked for among very many, so that what counts is longer than
// what stands in two texts of one office by chance.

// Sizes of marks, in characters. Two wordings with a piece of markRun+markStep-1
// characters in common have a mark in common.
const (
	markRun  = 10
	markStep = 4
)

// maxMarks bounds the marks of one wording; of one of more than some 1,200
// characters they lie further apart.
const maxMarks = 512

// Marks are numbers by which a piece of a wording is found again among many,
// without the wording: of each few characters in a row one (winnowing).
func (w Wording) Marks() []uint64 {
	all := w.runs(markRun)
	var out []uint64
	for i := range max(0, len(all)-markStep+1) {
		out = append(out, slices.Min(all[i:i+markStep]))
	}
	if out == nil && len(all) > 0 {
		out = append(out, slices.Min(all))
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxMarks)] // the lowest ones are the same of any two texts
}

// runs are sums of each n characters in a row (FNV-1a).
func (w Wording) runs(n int) []uint64 {
	var out []uint64
	for i := n; i <= len(w); i++ {
		sum := uint64(14695981039346656037)
		for _, r := range w[i-n : i] {
			sum = (sum ^ uint64(r)) * 1099511628211
		}
		out = append(out, sum)
	}
	return out
}

// minCopied is how many characters in a row are a copy, also among very many
// texts.
const minCopied = 20

// Copied is how much of w, in characters, stands in pieces of at least 20 in the
// other wording and not in pieces of at least 12 in one of the free ones; own is
// how much of it does not stand in free ones.
func (w Wording) Copied(other Wording, free []Wording) (copied, own int) {
	theirs := w.standsIn(minCopied, other)
	ours := w.standsIn(minPiece, free...)
	for i := range w {
		if ours[i] {
			continue
		}
		own++
		if theirs[i] {
			copied++
		}
	}
	return copied, own
}

// standsIn tells of each character of w whether it is in a piece of at least n
// characters that one of the others has.
func (w Wording) standsIn(n int, others ...Wording) []bool {
	stands := make([]bool, len(w))
	at := map[uint64][]int{}
	for i, sum := range w.runs(n) {
		at[sum] = append(at[sum], i)
	}
	for _, other := range others {
		for _, sum := range other.runs(n) {
			for _, i := range at[sum] {
				for j := range n {
					stands[i+j] = true
				}
			}
		}
	}
	return stands
}
