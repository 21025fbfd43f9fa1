package faq

import "replydesk/faq/text"

// highlighter finds what a message and a wording share.
type highlighter struct {
	lex   *text.Lexicon
	units map[string]bool
	pairs map[[2]string]bool
}

func newHighlighter(lex *text.Lexicon, message []text.Token) highlighter {
	h := highlighter{lex: lex, units: map[string]bool{}, pairs: map[[2]string]bool{}}
	for i, t := range message {
		h.units[t.Term] = true
		if i > 0 && t.Joins() {
			h.pairs[[2]string{message[i-1].Term, t.Term}] = true
		}
	}
	return h
}

// highlight sets the parts of the hit's question, and of the matched wording
// when that is another, that the message shares: words, and characters that
// stand beside each other in both.
func (h highlighter) highlight(hit *Hit) {
	hit.Matches = h.shares("question", hit.Entry.Question)
	if hit.Matched != hit.Entry.Question {
		hit.Matches = append(hit.Matches, h.shares("matched_question", hit.Matched)...)
	}
}

func (h highlighter) shares(field, wording string) []Match {
	tokens := h.lex.Tokens(wording, MaxQuestion)
	marked := make([]bool, len(tokens))
	for i, t := range tokens {
		if t.Stop {
			continue
		}
		if h.units[t.Term] && !t.Han() {
			marked[i] = true
		}
		if i == 0 || !t.Joins() || tokens[i-1].Stop {
			continue
		}
		if h.pairs[[2]string{tokens[i-1].Term, t.Term}] {
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
