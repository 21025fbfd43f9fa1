package notice

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"replydesk/inbox/desk"
)

// Sizes of what is sent.
const (
	maxSubject = 40 // characters of a ticket's subject
	maxLines   = 20 // notices listed in one digest
)

// Item is a notice as it is shown or sent, with what it is about.
type Item struct {
	Notice
	Ticket  Ticket // ID 0: about none, or no longer the reader's to see
	Account string // the name of the account it is about; "" likewise

	own []ownLink // instead of Link, in a message to these people
}

// ownLink is a link that helps one person only.
type ownLink struct{ name, path string }

// forEyes leaves out what a reader may not see, or no longer.
func (i Item) forEyes(a desk.Actor) Item {
	if i.Ticket.ID != 0 && !a.SeesTicket(i.Ticket.ID, i.Ticket.AccountID, i.Ticket.Departments) {
		i.Ticket, i.Account = Ticket{}, ""
	}
	if !a.SeesAccount(i.AccountID) {
		i.Account = ""
	}
	return i
}

// Message is what a sender sends: a subject for an e-mail, a text for both, and
// whom it is for.
type Message struct {
	Subject string
	Text    string
	To      []Recipient
}

// Recipient is a person a message is for.
type Recipient struct {
	Name string
	Contact
}

// writer puts notices into words.
type writer struct {
	lang Lang
	base string // address of the desk, without a final slash
	zone *time.Location
	mask func(string) string
}

// states are the words for a ticket's state.
var states = map[string][2]string{
	"new": {"待受理", "new"}, "open": {"受理中", "open"}, "with_department": {"转办中", "with a department"},
	"in_review": {"待审核", "in review"}, "replied": {"已答复", "answered"}, "closed": {"办结", "closed"}, "ignored": {"无需答复", "needs no answer"}, "merged": {"已并入", "merged"},
}

func (w writer) say(zh, en string) string {
	if w.lang == En {
		return en
	}
	return zh
}

// title is the first line of a notice.
func (w writer) title(n Notice) string {
	for _, r := range rules {
		if r.Event == n.Event {
			return fill(w.say(r.Zh, r.En), n.Facts)
		}
	}
	return n.Event
}

// headline is a notice in one line: title, number and masked subject.
func (w writer) headline(i Item) string {
	line := w.say("【"+w.title(i.Notice)+"】", w.title(i.Notice)+": ")
	if i.Ticket.ID != 0 {
		line += i.Ticket.Number + " " + w.subject(i.Ticket.Subject)
	} else {
		line += i.Account
	}
	return strings.TrimSuffix(strings.TrimSpace(line), ":")
}

// subject is a ticket's subject without personal data, in one line.
func (w writer) subject(s string) string {
	s = strings.Join(strings.Fields(w.mask(s)), " ")
	if utf8.RuneCountInString(s) > maxSubject {
		s = string([]rune(s)[:maxSubject]) + "…"
	}
	return s
}

// status is a ticket's state and deadline; "" when it is about none.
func (w writer) status(i Item) string {
	if i.Ticket.ID == 0 {
		return ""
	}
	words := states[i.Ticket.State]
	line := w.say("状态：", "State: ") + w.say(words[0], words[1])
	due := i.Ticket.DueAt
	if t, err := time.Parse(time.RFC3339, i.Facts["due_at"]); err == nil {
		due = t
	}
	if !due.IsZero() {
		line += w.say("　时限：", ", due ") + due.In(w.zone).Format("2006-01-02 15:04")
	}
	return line
}

func (w writer) lines(i Item) string {
	parts := []string{w.headline(i), w.status(i), w.links(i)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n")
}

// links are the addresses under a notice: where each person has an own one, of
// each.
func (w writer) links(i Item) string {
	if len(i.own) == 1 {
		return w.base + i.own[0].path
	}
	lines := make([]string, 0, len(i.own)+1)
	for _, o := range i.own {
		lines = append(lines, o.name+w.say("：", ": ")+w.base+o.path)
	}
	if len(lines) == 0 {
		lines = append(lines, w.base+i.Link)
	}
	return strings.Join(lines, "\n")
}

// one is the message of a single notice.
func (w writer) one(i Item) Message {
	return Message{Subject: w.headline(i), Text: w.lines(i)}
}

// digest is the message of several notices, the urgent and the oldest first.
func (w writer) digest(items []Item) Message {
	subject := fmt.Sprintf(w.say("您有 %d 条通知", "You have %d notices"), len(items))
	parts := []string{subject}
	for _, i := range items[:min(len(items), maxLines)] {
		parts = append(parts, w.lines(i))
	}
	if more := len(items) - maxLines; more > 0 {
		parts = append(parts, fmt.Sprintf(w.say("另有 %d 条，请在平台查看", "%d more on the desk"), more))
	}
	return Message{Subject: subject, Text: strings.Join(parts, "\n\n")}
}
