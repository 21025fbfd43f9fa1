package inbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// A citizen asks another thing in the same conversation: what asks it becomes a
// ticket of its own, with a number, in the same place, and the two are related.
//
// The new ticket counts as received when the first of its messages was, and its
// clock starts at that message's own time by the policy that fits it, as if it
// had come alone: it may be late at once. An answer that reached the citizen after
// them was about something else, unless who splits says that it answers them too:
// then the new ticket's clock was met by then, in time or late, and it is answered;
// the answer itself stays to be read where it was given.
//
// The ticket it came from keeps everything else, its deadline too, and at least
// one message. When nothing that is left waits for an answer its clock ends.
//
// The citizen does not know of two tickets: what they write next goes where it
// would have gone without the split, to the ticket the messages came from, until
// that one was closed so long ago that a message makes a new one. The new ticket
// is found by people only. Merging it again takes the split back.

// maxSplit is how many messages one split takes.
const maxSplit = 100

type splitTx interface {
	// Messages are those with these ids that are in the ticket, by id, without
	// their files, and how many others its contact has written there.
	Messages(ctx context.Context, id TicketID, ids []MessageID) (chosen []Message, others int, err error)
	// MoveMessages gives messages with their files and findings to another ticket.
	MoveMessages(ctx context.Context, from TicketID, ids []MessageID, to TicketID) error
	// FirstAnswer is the first answer that reached the citizen and covers the
	// message, with its id, origin and time; NotFound when there is none.
	FirstAnswer(ctx context.Context, id TicketID, message MessageID) (Reply, error)
}

// SplitInput is what a split takes: messages of the citizen, 1 to 100, and whether
// an answer that they got in the ticket they leave answers them.
type SplitInput struct {
	Messages []MessageID
	Answered bool
}

// Split makes a ticket of its own of messages that the citizen wrote in another,
// and returns it. Invalid "messages": none, too many, or others than the
// citizen's there; "answered": no answer came after them. Conflict "last_message": one must stay; "comment_thread": what
// is answered under a comment is in one place; "contact_erased";
// "reply_under_way"; "too_many_relations"; "ticket_merged".
func (s *Service) Split(ctx context.Context, actor desk.Actor, ticketID TicketID, in SplitInput) (TicketID, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return 0, err
	}
	ids := slices.Compact(slices.Sorted(slices.Values(in.Messages)))
	if len(ids) == 0 || len(ids) > maxSplit {
		return 0, desk.InvalidField("messages", "请选择 1 到 %d 条市民来信", maxSplit)
	}
	var made TicketID
	err := s.change(ctx, actor, desk.WorkTickets, ticketID, func(tx Tx, from *Ticket, now time.Time) ([]desk.Event, error) {
		chosen, err := s.splittable(ctx, tx, from, ids, now)
		if err != nil {
			return nil, err
		}
		t, events, err := s.apart(ctx, tx, actor, from, chosen, in.Answered, now)
		if err != nil {
			return nil, err
		}
		made = t.ID
		left, err := s.without(ctx, tx, from, len(chosen), now)
		if err != nil {
			return nil, err
		}
		events = append(events, left...)
		data := map[string]any{"kind": Related}
		return append(events,
			fact(TicketSplit, t, actor, now, map[string]any{"from_id": id(from.ID), "from_number": from.Number, "messages": len(chosen)}),
			fact(TicketSplit, from, actor, now, map[string]any{"into_id": id(t.ID), "into_number": t.Number, "messages": len(chosen)}),
			fact(TicketRelated, t, actor, now, data),
		), tx.SaveRelation(ctx, Relation{TicketID: from.ID, OtherID: t.ID, Kind: Related, By: actor.UserID, At: now})
	})
	return made, err
}

// splittable are the chosen messages, or why they cannot leave.
func (s *Service) splittable(ctx context.Context, tx Tx, from *Ticket, ids []MessageID, now time.Time) ([]Message, error) {
	no := func(reason, format string, args ...any) error {
		return desk.Errorf(desk.Conflict, format, args...).WithReason(reason)
	}
	if from.Kind == channel.Comment {
		return nil, no("comment_thread", "一条评论下的往来在平台上是一处，不能拆分")
	}
	to, err := tx.Address(ctx, from)
	if err != nil {
		return nil, err
	}
	if to.Contact.Erased {
		return nil, no("contact_erased", "市民资料已删除，工单不能拆分")
	}
	chosen, others, err := tx.Messages(ctx, from.ID, ids)
	if err != nil {
		return nil, err
	}
	if len(chosen) != len(ids) || slices.ContainsFunc(chosen, func(m Message) bool { return m.Type == channel.Notice || m.ContactID != from.ContactID }) {
		return nil, desk.InvalidField("messages", "只能拆分这位市民在本工单中的来信")
	}
	if others == 0 {
		return nil, no("last_message", "原工单至少要留一条市民来信")
	}
	relations, err := tx.Relations(ctx, from.ID)
	if err != nil {
		return nil, err
	}
	if len(relations) >= maxRelations {
		return nil, no("too_many_relations", "一个工单最多关联 %d 个工单", maxRelations)
	}
	return chosen, idle(ctx, tx, from, now)
}

// apart makes the ticket of the messages.
func (s *Service) apart(ctx context.Context, tx Tx, actor desk.Actor, from *Ticket, chosen []Message, answered bool, now time.Time) (*Ticket, []desk.Event, error) {
	first, last := chosen[0], chosen[len(chosen)-1]
	day := now.In(s.rules.Location).Format("20060102")
	n, err := tx.NextNumber(ctx, day)
	if err != nil {
		return nil, nil, err
	}
	t := &Ticket{
		Number: fmt.Sprintf("%s-%04d", day, n), AccountID: from.AccountID, ContactID: from.ContactID, Kind: from.Kind, State: New, Priority: from.Priority,
		Apart: true, Subject: summary(first.Type, first.Text), Preview: summary(last.Type, last.Text), LastMessageAt: last.ReceivedAt,
		CreatedAt: first.ReceivedAt, UpdatedAt: now,
	}
	var answer Reply
	if answered {
		if answer, err = tx.FirstAnswer(ctx, from.ID, last.ID); desk.CodeOf(err) == desk.NotFound {
			return nil, nil, desk.InvalidField("answered", "这些来信之后还没有答复送达市民")
		}
		if err != nil {
			return nil, nil, err
		}
		t.AnsweredBy, t.Answered = answer.ID, true
	}
	if err := tx.AddTicket(ctx, t); err != nil {
		return nil, nil, err
	}
	ids := make([]MessageID, len(chosen))
	for i, m := range chosen {
		ids[i] = m.ID
	}
	if err := tx.MoveMessages(ctx, from.ID, ids, t.ID); err != nil {
		return nil, nil, err
	}
	t.MessageCount = len(chosen)
	events := []desk.Event{fact(TicketCreated, t, actor, now, nil)}
	c, err := s.addClock(ctx, tx, t, clockStart{Name: FirstReply, Message: first.ID}, first.believed())
	if err != nil {
		return nil, nil, err
	}
	told, err := s.told(ctx, tx, t, c, answer, answered, now)
	if err != nil {
		return nil, nil, err
	}
	if answered {
		if err := t.move(Replied, now); err != nil {
			return nil, nil, err
		}
	}
	return t, append(events, told...), tx.SaveTicket(ctx, t)
}

// told brings the new clock to now, or to when its messages were answered.
func (s *Service) told(ctx context.Context, tx Tx, t *Ticket, c *Clock, answer Reply, answered bool, now time.Time) ([]desk.Event, error) {
	if !answered {
		told, err := s.advance(t, c, now)
		if err != nil {
			return nil, err
		}
		return told, tx.SaveClock(ctx, c)
	}
	told, err := s.endClock(ctx, tx, t, c, answer.SentAt, func(c sla.Clock) sla.Clock { return c.Meet(answer.SentAt) })
	return append(told, fact(ClockMet, t, desk.System(), answer.SentAt, map[string]any{
		"clock_id": id(c.ID), "name": c.Name, "late": c.State == sla.Missed,
	})), err
}

// without is what the source is after messages have left. Its clock ends when
// nothing waits any more.
func (s *Service) without(ctx context.Context, tx Tx, from *Ticket, gone int, now time.Time) ([]desk.Event, error) {
	from.MessageCount -= gone
	if from.State != New && from.State != Open || !from.Answered {
		return nil, nil
	}
	until, err := tx.AnsweredUntil(ctx, from.ID)
	if err != nil {
		return nil, err
	}
	waiting, err := tx.FirstMessageAfter(ctx, from.ID, until)
	if err != nil || waiting.ID != 0 {
		return nil, err
	}
	c, err := openClock(ctx, tx, from)
	if err != nil || c == nil || c.MessageID == 0 { // a person took it up again
		return nil, err
	}
	events, err := s.endClock(ctx, tx, from, c, now, func(c sla.Clock) sla.Clock { return c.Cancel(now) })
	if err != nil {
		return nil, err
	}
	return events, from.move(Replied, now)
}
