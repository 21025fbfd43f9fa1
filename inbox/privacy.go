package inbox

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/mask"
)

// Privacy says who reads the personal data in a citizen's words. To everybody
// else they are shown veiled, wherever the words are shown, until a person says
// why a message has to be read. What the desk says itself, in replies, notes and
// remarks to departments, is shown as it is.
type Privacy struct {
	Roles     []desk.Role   // who reads them
	Assignee  bool          // and who works on the ticket
	RevealFor time.Duration // how long a message that was revealed stays so
}

// DefaultPrivacy is what a desk begins with: who works on a ticket, and who leads.
func DefaultPrivacy() Privacy {
	return Privacy{Roles: []desk.Role{desk.Supervisor, desk.Admin}, Assignee: true, RevealFor: 10 * time.Minute}
}

// Reads reports whether the actor reads the words of a ticket with this assignee
// as they were written.
func (p Privacy) Reads(a desk.Actor, assignee int64) bool {
	return slices.Contains(p.Roles, a.Role) || p.Assignee && assignee != 0 && assignee == a.UserID
}

// Words are a citizen's words as the actor may read them.
func (p Privacy) Words(a desk.Actor, assignee int64, words string) string {
	if p.Reads(a, assignee) {
		return words
	}
	return mask.Veil(words)
}

// Privacy is who reads what.
func (s *Service) Privacy() Privacy { return s.rules.Privacy }

// Veiled returns a message without personal data, and whether there were any.
func (m Message) Veiled() (Message, bool) {
	if m.Type == channel.Location {
		// A place is one as a whole.
		m.Text, m.Data = placeholders[channel.Location], nil
		return m, true
	}
	hidden := false
	veil := func(s string) string {
		veiled := mask.Veil(s)
		hidden = hidden || veiled != s
		return veiled
	}
	m.Text, m.Data = veil(m.Text), veilData(m.Data, veil)
	m.Attachments = slices.Clone(m.Attachments)
	for i := range m.Attachments {
		m.Attachments[i].Name = veil(m.Attachments[i].Name)
	}
	return m, hidden
}

// veilData veils the texts in a JSON object; what is none stays.
func veilData(data []byte, veil func(string) string) []byte {
	var v any
	if len(data) == 0 || json.Unmarshal(data, &v) != nil {
		return data
	}
	changed := false
	v = eachText(v, func(s string) string {
		veiled := veil(s)
		changed = changed || veiled != s
		return veiled
	})
	if !changed {
		return data
	}
	out, err := json.Marshal(v)
	if err != nil { // what was decoded can be encoded
		return nil
	}
	return out
}

func eachText(v any, f func(string) string) any {
	switch v := v.(type) {
	case string:
		return f(v)
	case []any:
		for i := range v {
			v[i] = eachText(v[i], f)
		}
	case map[string]any:
		for k := range v {
			v[k] = eachText(v[k], f)
		}
	}
	return v
}

// Bounds of the reason to reveal a message, in characters.
const (
	minRevealRunes = 3
	maxRevealRunes = 200
)

// Reveal lets the actor read a message as it was written, for a reason and for a
// while, and puts it on record. It returns until when. A message of a ticket that
// the actor may not see is not found.
func (s *Service) Reveal(ctx context.Context, actor desk.Actor, messageID MessageID, reason string) (time.Time, error) {
	reason, err := text("reason", reason, minRevealRunes, maxRevealRunes)
	if err != nil {
		return time.Time{}, err
	}
	ticketID, err := s.store.MessageTicket(ctx, messageID)
	if err != nil {
		return time.Time{}, err
	}
	row, err := s.Ticket(ctx, actor, ticketID)
	if desk.CodeOf(err) == desk.NotFound {
		err = desk.Errorf(desk.NotFound, "没有找到这条消息")
	}
	if err != nil {
		return time.Time{}, err
	}
	now := s.time()
	until := now.Add(s.rules.Privacy.RevealFor)
	a := desk.NewAudit(desk.AuditRevealed, "message:"+id(messageID), actor, now, map[string]any{"until": until.Format(time.RFC3339)})
	a.TicketID, a.AccountID, a.DepartmentID, a.Reason, a.Address = int64(ticketID), row.AccountID, row.DepartmentID, reason, desk.AddressOf(ctx)
	return until, s.store.Atomic(ctx, func(tx Tx) error {
		if err := tx.AddReveal(ctx, actor.UserID, ticketID, messageID, now, until); err != nil {
			return err
		}
		return tx.Audit(ctx, a)
	})
}
