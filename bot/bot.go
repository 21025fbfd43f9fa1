// Package bot answers citizens by itself, and has a model draft answers for
// people. Decide chooses from what the library's search found, a pure function;
// Service settles each message once, in the inbox's own transaction: the answer,
// a menu, a vote, or the hand-over to a person. What leaves is the published text
// of an entry that is valid and that the account serves, checked where it is
// stored and again before a queued text leaves. SQL, platforms and models are
// others' work.
package bot

import "replydesk/faq"

// Action is what to do with a message.
type Action string

// The three things the bot may do. When in doubt it hands over: a wrong answer
// in a government's name costs more than a person's minute.
const (
	Answer   Action = "answer"
	Menu     Action = "menu"
	HandOver Action = "hand_over"
)

// Thresholds say how sure is sure enough. Confidences are those of faq.Hit.
type Thresholds struct {
	Answer   float64 // from this confidence on the first hit is the answer
	Menu     float64 // from this confidence on a hit is worth a line of the menu
	MenuSize int     // most lines of a menu
}

// DefaultThresholds were fixed on public question sets so that at least 95 of
// 100 automatic answers are right, and so that the menu holds the right entry as
// often as can be while at most 5 of 100 questions about other matters get one
// (faq/README.md).
func DefaultThresholds() Thresholds {
	return Thresholds{Answer: 0.86, Menu: 0.16, MenuSize: 3}
}

// Decision is what to do and with which entries.
type Decision struct {
	Action Action
	Hits   []faq.Hit // the answer alone, or the menu's lines in order; none when handing over
}

// Decide chooses for the hits of one search, best first. A menu may have a
// single line: "did you mean …". Who names a matter and asks nothing gets a menu
// of what the library has about it, however unsure.
func Decide(hits []faq.Hit, t Thresholds) Decision {
	if len(hits) > 0 && hits[0].Confidence >= t.Answer {
		return Decision{Action: Answer, Hits: hits[:1:1]}
	}
	var lines []faq.Hit
	for _, h := range hits {
		if (h.Confidence >= t.Menu || h.Named) && len(lines) < max(t.MenuSize, 1) {
			lines = append(lines, h)
		}
	}
	if len(lines) == 0 {
		return Decision{Action: HandOver}
	}
	return Decision{Action: Menu, Hits: lines}
}
