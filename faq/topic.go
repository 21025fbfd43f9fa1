package faq

import "slices"

// maxTopic is the longest message that names a matter and asks nothing, in
// characters or words.
const maxTopic = 6

// names reports whether the message is a bare word or two that a wording of the
// entry contains as it stands, or in a word that means the same.
func (q *question) names(e Entry, c *cutter) bool {
	if n := len(q.tokens); n < 2-int(q.kind.Words) || n > maxTopic {
		return false
	}
	topic := unitsOf(q.tokens)
	for i, u := range topic {
		if u.stop || i > 0 && !u.joins {
			return false
		}
	}
	return slices.ContainsFunc(c.cut(e).wordings, func(w []unit) bool { return contains(w, topic) })
}

// contains reports whether the words stand in a text one after another.
func contains(in, words []unit) bool {
	for at := range max(0, len(in)-len(words)+1) {
		found := true
		for i, u := range words {
			if v := in[at+i]; v.term != u.term || i > 0 && !v.joins {
				found = false
				break
			}
		}
		if found {
			return true
		}
	}
	return false
}
