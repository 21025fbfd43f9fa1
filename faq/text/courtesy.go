package text

import "strings"

// Trim cuts courtesy off both ends of a message's tokens: greetings, thanks, the
// request for an answer. A message of nothing else stays as it is. The tokens are
// the caller's to give away.
func (l *Lexicon) Trim(tokens []Token) []Token {
	from, to := 0, len(tokens)
	for from < to {
		n := l.leading(tokens[from:to])
		if n == 0 {
			break
		}
		from += n
	}
	for from < to {
		n := l.trailing(tokens[from:to])
		if n == 0 {
			break
		}
		to -= n
	}
	if from == to {
		return tokens
	}
	tokens[from].joins = false // there is no token before
	return tokens[from:to]
}

// leading is how many tokens of courtesy a message begins with.
func (l *Lexicon) leading(tokens []Token) int {
	for n := min(l.longest, len(tokens)); n > 0; n-- {
		if l.polite(tokens[:n], n == len(tokens) || !tokens[n].joins) {
			return n
		}
	}
	return 0
}

// trailing is how many tokens of courtesy a message ends with.
func (l *Lexicon) trailing(tokens []Token) int {
	for n := min(l.longest, len(tokens)); n > 0; n-- {
		at := len(tokens) - n
		if l.polite(tokens[at:], at == 0 || !tokens[at].joins) {
			return n
		}
	}
	return 0
}

// polite reports whether the tokens are a phrase of courtesy; apart: signs stand
// between them and the rest.
func (l *Lexicon) polite(tokens []Token, apart bool) bool {
	for _, t := range tokens[1:] {
		if !t.joins {
			return false
		}
	}
	only, known := l.courtesy[strings.Join(termsOf(tokens), " ")]
	return known && (apart || !only)
}
