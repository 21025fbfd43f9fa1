package inbox

import (
	"context"
	"strings"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// maxTrouble is how many troubled items one list shows.
const maxTrouble = 200

// Tickets returns one page of what the filter chooses and its actor may see;
// with a Query what Search finds, at most MaxFound and the newest ticket first.
func (s *Service) Tickets(ctx context.Context, f TicketFilter) (desk.Page[TicketRow], error) {
	if err := f.Actor.Require(desk.ReadTickets); err != nil {
		return desk.Page[TicketRow]{}, err
	}
	if err := f.valid(); err != nil {
		return desk.Page[TicketRow]{}, err
	}
	if strings.TrimSpace(f.Query) != "" {
		found, err := s.Search(ctx, SearchFilter{TicketFilter: f})
		page := desk.Page[TicketRow]{Next: found.Next}
		for _, hit := range found.Items {
			page.Items = append(page.Items, hit.TicketRow)
		}
		return page, err
	}
	f.Limit = desk.PageLimit(f.Limit)
	f.DueBefore, f.Now = s.soon(), s.time()
	return s.store.Tickets(ctx, f)
}

// soonFrom is the share of its time, in per cent, from which a ticket is "due
// soon" where no warning says so.
const soonFrom = 80

// soon is the deadline before which a ticket counts as "due soon": what its
// last warning leaves of the first-reply target.
func (s *Service) soon() time.Time {
	p := s.rules.FirstReply
	last := p.LastWarning()
	if last == sla.Breach {
		last = soonFrom
	}
	return s.time().Add(p.Target * time.Duration(sla.Breach-last) / sla.Breach)
}

// Ticket returns one ticket with all its clocks; of departments a liaison is told
// the own one's.
func (s *Service) Ticket(ctx context.Context, actor desk.Actor, ticketID TicketID) (TicketRow, error) {
	if err := actor.Require(desk.ReadTickets); err != nil {
		return TicketRow{}, err
	}
	row, err := s.store.TicketRow(ctx, actor, ticketID)
	if err != nil {
		return TicketRow{}, err
	}
	if !actor.SeesTicket(int64(row.ID), row.AccountID, row.Departments) {
		return TicketRow{}, noTicket()
	}
	if actor.Role == desk.Liaison {
		if row.Clocks, err = s.departmentClocks(ctx, actor, row); err != nil {
			return TicketRow{}, err
		}
	}
	return row, nil
}

// MaySee reports whether the actor may see the ticket.
func (s *Service) MaySee(ctx context.Context, actor desk.Actor, ticketID TicketID) bool {
	_, err := s.Ticket(ctx, actor, ticketID)
	return err == nil
}

// Timeline returns everything of one ticket that the actor may read: to a
// liaison not what the desk says among itself.
func (s *Service) Timeline(ctx context.Context, actor desk.Actor, ticketID TicketID) (Timeline, error) {
	row, err := s.Ticket(ctx, actor, ticketID)
	if err != nil {
		return Timeline{}, err
	}
	tl, err := s.store.Timeline(ctx, ticketID)
	tl.Ticket = row
	for i := range tl.Replies {
		if r := &tl.Replies[i]; r.own() {
			r.Text = strings.ReplaceAll(r.Text, CodeMark, hiddenCode)
		}
	}
	if actor.Role == desk.Liaison {
		tl = tl.forDepartment(actor.DepartmentID)
	}
	if err == nil && !s.rules.Privacy.Reads(actor, row.AssigneeID) {
		tl.Revealed, err = s.store.Revealed(ctx, actor.UserID, ticketID, s.time())
	}
	return tl, err
}

// History returns the other tickets of the ticket's contact.
func (s *Service) History(ctx context.Context, actor desk.Actor, ticketID TicketID) ([]TicketRow, error) {
	if _, err := s.Ticket(ctx, actor, ticketID); err != nil {
		return nil, err
	}
	return s.store.ContactTickets(ctx, actor, ticketID)
}

// Windows are the ticket's open send windows, the one that ends last first.
func (s *Service) Windows(ctx context.Context, t TicketRow) ([]channel.Window, error) {
	return s.store.Windows(ctx, t.ContactID, s.time())
}

// ChannelLimits are what the ticket's platform takes.
func (s *Service) ChannelLimits(ctx context.Context, t TicketRow) (channel.Limits, error) {
	return s.limits.Limits(ctx, t.AccountID)
}

// Counts returns the figures beside the views.
func (s *Service) Counts(ctx context.Context, actor desk.Actor) (Counts, error) {
	if err := actor.Require(desk.ReadTickets); err != nil {
		return Counts{}, err
	}
	return s.store.TicketCounts(ctx, actor, s.time(), s.soon())
}

// Attachment returns a file's facts if the actor may see its ticket.
func (s *Service) Attachment(ctx context.Context, actor desk.Actor, attachmentID int64) (Attachment, error) {
	a, err := s.store.Attachment(ctx, attachmentID)
	if err != nil {
		return Attachment{}, err
	}
	if _, err := s.Ticket(ctx, actor, a.TicketID); err != nil {
		return Attachment{}, err
	}
	return a, nil
}

// Trouble returns the replies and payloads people have to look after.
func (s *Service) Trouble(ctx context.Context, actor desk.Actor) (Trouble, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return Trouble{}, err
	}
	return s.store.Trouble(ctx, actor, maxTrouble)
}
