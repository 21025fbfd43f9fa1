package inbox

import (
	"context"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// OnlyThanks reports whether a text thanks and asks for nothing.
func (s *Service) OnlyThanks(text string) bool { return s.rules.Thanks.Only(text) }

// thanked reports whether a message to a ticket that does not wait is thanks for
// its answer: the ticket stays as it is, and no clock starts.
func (s *Service) thanked(t *Ticket, m *Message) bool {
	return t.Answered && (t.State == Replied || t.State == Closed) && m.Type == channel.Text && !urgent(m.found) && s.OnlyThanks(m.Text)
}

// Thanked says that what a citizen wrote after the answer is thanks: the
// ticket's own clock ends and the ticket is answered again. Conflict
// "clock_state": no clock runs; "ticket_state": there was no answer, or others
// are at it; "reply_under_way".
func (s *Service) Thanked(ctx context.Context, actor desk.Actor, ticketID TicketID) error {
	return s.change(ctx, actor, desk.WorkTickets, ticketID, s.undoable(ctx, actor, ClockDropped, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if !t.Answered || t.State != New && t.State != Open {
			return nil, desk.Errorf(desk.Conflict, "工单尚未答复，或正由他人处理").WithReason("ticket_state")
		}
		c, err := openClock(ctx, tx, t)
		if err != nil {
			return nil, err
		}
		if c == nil {
			return nil, desk.Errorf(desk.Conflict, "没有正在计时的时限").WithReason("clock_state")
		}
		if err := idle(ctx, tx, t, now); err != nil {
			return nil, err
		}
		events, err := s.endClock(ctx, tx, t, c, now, func(c sla.Clock) sla.Clock { return c.Cancel(now) })
		if err != nil {
			return nil, err
		}
		if err := t.move(Replied, now); err != nil {
			return nil, err
		}
		return append(events, fact(ClockDropped, t, actor, now, map[string]any{"clock_id": id(c.ID), "name": c.Name, "cause": "thanks"})), nil
	}))
}
