package faq

import "replydesk/faq/text"

// highlight returns the parts of the hit's question, and of the matched wording
// when that is another, that the message shares: words, and characters that
// stand beside each other in both.
func (c *comparison) highlight(h *Hit) {
	h.Matches = c.shares("question", h.Entry.Question)
	if h.Matched != h.Entry.Question {
		h.Matches = append(h.Matches, c.shares("matched_question", h.Matched)...)
	}
}

func (c *comparison) shares(field, wording string) []Match {
	tokens := c.lex.Tokens(wording, MaxQuestion)
	marked := make([]bool, len(tokens))
	for i, t := range tokens {
		if t.Stop {
			continue
		}
		if _, ok := c.units[t.Term]; ok && !t.Han() {
			marked[i] = true
		}
		if i == 0 || !t.Joins() || tokens[i-1].Stop {
			continue
		}
		if _, ok := c.pairs[[2]string{tokens[i-1].Term, t.Term}]; ok {
			marked[i-1], marked[i] = true, true
		}
	}
	return spans(field, tokens, marked)
}

// spans joins marked neighbours.
func spans(field string, tokens []text.Token, marked []bool) []Match {
	var out []Match
	for i, t := range tokens {
		if !marked[i] {
			continue
		}
		if last := len(out) - 1; last >= 0 && i > 0 && marked[i-1] && t.Joins() {
			out[last].End = t.End
			continue
		}
		out = append(out, Match{Field: field, Start: t.Start, End: t.End})
	}
	return out
}
