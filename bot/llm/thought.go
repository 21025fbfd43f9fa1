package llm

import (
	"regexp"
	"strings"
)

// thoughtOpens and thoughtCloses are the marks of what some models think, which
// they write before their answer.
const (
	thoughtOpens  = "<think>"
	thoughtCloses = "</think>"
)

var closingForm = regexp.MustCompile(`(?i)` + thoughtCloses)

// answerOnly passes on an answer that comes in pieces without the thoughts before
// it. The zero value is ready.
type answerOnly struct {
	held     string // what may be of a mark, or before the answer
	thinking bool
	answers  bool // the answer has begun: what follows is all of it
}

// write takes a piece and returns what of the answer it brings.
func (a *answerOnly) write(piece string) string {
	a.held += piece
	for !a.answers {
		if a.thinking {
			at := closingForm.FindStringIndex(a.held)
			if at == nil {
				a.held = a.held[max(0, len(a.held)-len(thoughtCloses)):]
				return ""
			}
			a.held, a.thinking = a.held[at[1]:], false
			continue
		}
		a.held = strings.TrimLeft(a.held, " \t\r\n")
		begun := strings.ToLower(a.held[:min(len(a.held), len(thoughtOpens))])
		switch {
		case begun == thoughtOpens:
			a.held, a.thinking = a.held[len(thoughtOpens):], true
		case strings.HasPrefix(thoughtOpens, begun): // also nothing: more must come
			return ""
		default:
			a.answers = true
		}
	}
	words := a.held
	a.held = ""
	return words
}

// rest is what was held back when no more comes; ok is false for a thought that
// never ended.
func (a *answerOnly) rest() (words string, ok bool) {
	if a.thinking {
		return "", false
	}
	return a.held, true
}

// afterThought is an answer without a thought whose opening the endpoint kept to
// itself.
func afterThought(s string) string {
	if all := closingForm.FindAllStringIndex(s, -1); len(all) > 0 {
		return strings.TrimLeft(s[all[len(all)-1][1]:], " \t\r\n")
	}
	return s
}
