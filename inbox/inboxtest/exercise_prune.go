package inboxtest

import (
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// pruning: what is old goes unless somebody reads it.
func (s *suite) pruning() {
	ctx := s.Context()
	account := s.AddAccount(s, "a")
	open := s.ticket(s.contact(account, "open"), nil)
	ended := s.ticket(s.contact(account, "ended"), func(t *inbox.Ticket) { t.State = inbox.Closed })
	record := func(name string, ticket inbox.TicketID, age time.Duration) int64 {
		s.write(func(tx inbox.Tx) error {
			e := desk.NewEvent(name, Morning.Add(-age), struct{}{})
			e.TicketID = int64(ticket)
			return tx.Record(ctx, e)
		})
		return s.Head(s)
	}
	day := 24 * time.Hour
	var keep []int64
	first := s.Head(s)
	record("user.changed", 0, 91*day)
	record(inbox.MessageReceived, ended.ID, 91*day)
	keep = append(keep,
		record(inbox.TicketClosed, ended.ID, 91*day),   // the thread shows it
		record(inbox.MessageReceived, open.ID, 91*day), // replies are checked against it
		record("user.changed", 0, 89*day),
		record(inbox.MessageReceived, ended.ID, 89*day),
	)
	record(inbox.NoteAdded, ended.ID, 100*day)
	newest := record("user.changed", 0, 100*day) // of the newest numbers
	keep = append(keep, newest)

	before, rounds := Morning.Add(-90*day), 0
	for after := int64(0); ; rounds++ {
		next, err := s.store.PruneEvents(ctx, before, 1, after)
		s.code("prune", err, "")
		if next == 0 {
			break
		}
		if next <= after {
			s.Fatalf("pruning goes on after %d, it was at %d", next, after)
		}
		after = next
	}
	var got []int64
	for _, e := range s.Events(s, first) {
		got = append(got, e.ID)
	}
	s.same("events that are left", got, keep)
	if rounds == 0 {
		s.Error("pruning never had to go on")
	}
	next, err := s.store.PruneEvents(ctx, Morning.Add(-200*day), 0, 0)
	s.code("nothing is that old", err, "")
	s.same("where to go on", next, int64(0))
}
