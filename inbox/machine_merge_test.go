package inbox_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// merge merges a ticket into another, which may be refused, and sometimes takes
// that back.
func (m *machine) merge(t *rapid.T) {
	from, into := m.ticket(t), m.ticket(t)
	others := m.of(t, from.Contact.ID)
	if rapid.IntRange(0, 3).Draw(t, "stranger") != 0 {
		into = m.d.Ticket(t, pick(t, others, "into").ID)
	}
	by := pick(t, m.staff, "by")
	messages, due, runs := m.messages(t, others), earliest(from, into), running(from) || running(into)
	if err := m.d.Service.Merge(t.Context(), by, from.ID, into.ID); !decided(t, "merge", err) {
		return
	}
	if from.Contact.ID != into.Contact.ID {
		t.Fatalf("%s was merged into %s of another citizen", from.Number, into.Number)
	}
	now := m.d.Ticket(t, into.ID)
	if got := m.messages(t, others); got != messages || now.MessageCount != from.MessageCount+into.MessageCount {
		t.Errorf("%d messages of %d, %d in the ticket", got, messages, now.MessageCount)
	}
	if runs && now.DueAt.IsZero() || !due.IsZero() && now.DueAt.After(due) {
		t.Errorf("%s into %s: due at %v, was %v", from.Number, into.Number, now.DueAt, due)
	}
	if rapid.Bool().Draw(t, "take back") {
		return
	}
	if err := m.d.Service.Undo(t.Context(), by, from.ID); err != nil {
		t.Fatalf("undo a merge at once: %v", err)
	}
	for _, was := range []inbox.TicketRow{from, into} {
		is := m.d.Ticket(t, was.ID)
		if is.State != was.State || is.MessageCount != was.MessageCount || !is.DueAt.Equal(was.DueAt) || is.Paused != was.Paused || is.AssigneeID != was.AssigneeID ||
			is.InFront != was.InFront || is.Priority != was.Priority || !is.ClosedAt.Equal(was.ClosedAt) || len(is.Clocks) != len(was.Clocks) || !slices.Equal(is.Tags, was.Tags) {
			t.Errorf("after undoing a merge\n%+v, was\n%+v", is.Ticket, was.Ticket)
		}
	}
}

// split makes a ticket of one or more messages of another.
func (m *machine) split(t *rapid.T) {
	from := m.ticket(t)
	all := m.d.Timeline(t, from.ID).Messages
	if len(all) == 0 {
		t.Skip("no message")
	}
	var chosen []inbox.MessageID
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(all)-1), 1, min(3, len(all)), rapid.ID).Draw(t, "messages") {
		chosen = append(chosen, all[i].ID)
	}
	made, err := m.d.Service.Split(t.Context(), pick(t, m.staff, "by"), from.ID, inbox.SplitInput{Messages: chosen, Answered: rapid.Bool().Draw(t, "answered")})
	if !decided(t, "split", err) {
		return
	}
	now, source := m.d.Ticket(t, made), m.d.Ticket(t, from.ID)
	if now.MessageCount != len(chosen) || source.MessageCount != from.MessageCount-len(chosen) || source.MessageCount == 0 {
		t.Errorf("%d of %d messages left %d", now.MessageCount, from.MessageCount, source.MessageCount)
	}
	if (now.State == inbox.New) == (now.DueAt.IsZero()) {
		t.Errorf("what was split is %s and due at %v", now.State, now.DueAt)
	}
	if running(from) && source.State.Waits() && !source.DueAt.Equal(from.DueAt) {
		t.Errorf("the source was due at %v, is at %v", from.DueAt, source.DueAt)
	}
}

// of are the tickets of one citizen.
func (m *machine) of(t *rapid.T, c inbox.ContactID) (out []inbox.TicketRow) {
	page, err := m.d.Service.Tickets(t.Context(), inbox.TicketFilter{Actor: m.boss, View: inbox.ViewAll, AccountID: m.account, Limit: desk.MaxPage})
	if err != nil {
		t.Fatalf("tickets: %v", err)
	}
	return slices.DeleteFunc(page.Items, func(r inbox.TicketRow) bool { return r.ContactID != c })
}

// messages counts what is in the threads of some tickets.
func (m *machine) messages(t *rapid.T, of []inbox.TicketRow) (n int) {
	for _, row := range of {
		n += len(m.d.Timeline(t, row.ID).Messages)
	}
	return n
}

func running(t inbox.TicketRow) bool { return !t.DueAt.IsZero() }

// earliest is the first deadline of two tickets' own clocks that run.
func earliest(a, b inbox.TicketRow) time.Time {
	var out time.Time
	for _, row := range []inbox.TicketRow{a, b} {
		for _, c := range row.Clocks {
			if c.EscalationID == 0 && c.Open() && c.State != sla.Paused && (out.IsZero() || c.DueAt.Before(out)) {
				out = c.DueAt
			}
		}
	}
	return out
}
