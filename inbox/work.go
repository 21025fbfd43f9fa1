package inbox

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// Limits of what people type.
const (
	maxNoteRunes   = 4000
	maxReasonRunes = 500
	maxTags        = 20
	maxTagRunes    = 30
)

// edit alters a locked ticket and returns what happened to it.
type edit func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error)

// change locks the ticket, lets alter change it, stores it and records the
// events alter returns. No events: nothing changed, nothing is stored.
func (s *Service) change(ctx context.Context, actor desk.Actor, p desk.Permission, ticketID TicketID, alter edit) error {
	if err := actor.Require(p); err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		t, err := lockTicket(ctx, tx, actor, ticketID)
		if err != nil {
			return err
		}
		if actor.UserID != 0 {
			if err := unmerged(ctx, tx, t); err != nil {
				return err
			}
		}
		now := s.time()
		events, err := alter(tx, t, now)
		if err != nil || len(events) == 0 {
			return err
		}
		t.UpdatedAt = now
		if err := tx.SaveTicket(ctx, t); err != nil {
			return err
		}
		if err := acted(ctx, tx, actor, t, events); err != nil {
			return err
		}
		return tx.Record(ctx, events...)
	})
}

// Assign gives the ticket to a user who may work on it, or to nobody (0).
func (s *Service) Assign(ctx context.Context, actor desk.Actor, ticketID TicketID, userID int64) error {
	return s.change(ctx, actor, desk.WorkTickets, ticketID, s.assigning(ctx, actor, userID))
}

// assigning is the edit of Assign.
func (s *Service) assigning(ctx context.Context, actor desk.Actor, userID int64) edit {
	return func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if t.AssigneeID == userID {
			return nil, nil
		}
		if userID != 0 {
			worker, err := tx.Worker(ctx, userID)
			if err != nil && desk.CodeOf(err) != desk.NotFound {
				return nil, err
			}
			if err != nil || !worker.Can(desk.WorkTickets) || !worker.SeesAccount(t.AccountID) {
				return nil, desk.InvalidField("assignee_id", "此人不能受理该账号的工单")
			}
		}
		before := t.AssigneeID
		t.AssigneeID = userID
		woken := t.wake(actor, wokenByAssign, now)
		if t.State == New || t.State == Open {
			if err := t.move(t.working(), now); err != nil {
				return nil, err
			}
		}
		return append(woken, fact(TicketAssigned, t, actor, now, map[string]any{"from": id(before), "to": id(userID)})), nil
	}
}

// Close ends an answered ticket; one that was never answered needs a reason.
// While a reply is on its way it is a Conflict.
func (s *Service) Close(ctx context.Context, actor desk.Actor, ticketID TicketID, reason string) error {
	reason, err := text("reason", reason, 0, maxReasonRunes)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, desk.WorkTickets, ticketID, s.closing(ctx, actor, reason))
}

// closing is the edit of Close, for a reason that was read.
func (s *Service) closing(ctx context.Context, actor desk.Actor, reason string) edit {
	return s.undoable(ctx, actor, TicketClosed, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if t.State == Closed {
			return nil, nil
		}
		if t.State != Replied && reason == "" {
			return nil, desk.InvalidField("reason", "尚未答复的工单办结时须说明原因")
		}
		events, err := s.finish(ctx, tx, t, Closed, reason, now)
		if err != nil {
			return nil, err
		}
		return append(events, fact(TicketClosed, t, actor, now, map[string]any{"reason": reason})), s.askLater(ctx, tx, t, now)
	})
}

// Ignore ends a ticket that needs no answer, for a reason.
func (s *Service) Ignore(ctx context.Context, actor desk.Actor, ticketID TicketID, reason string) error {
	reason, err := text("reason", reason, 1, maxReasonRunes)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, desk.WorkTickets, ticketID, s.ignoring(ctx, actor, reason))
}

// ignoring is the edit of Ignore, for a reason that was read.
func (s *Service) ignoring(ctx context.Context, actor desk.Actor, reason string) edit {
	return s.undoable(ctx, actor, TicketIgnored, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if t.State == Ignored {
			return nil, nil
		}
		events, err := s.finish(ctx, tx, t, Ignored, reason, now)
		return append(events, fact(TicketIgnored, t, actor, now, map[string]any{"reason": reason})), err
	})
}

// finish ends a ticket for a person, who must first deal with replies that are
// under way.
func (s *Service) finish(ctx context.Context, tx Tx, t *Ticket, to State, reason string, now time.Time) ([]desk.Event, error) {
	if err := idle(ctx, tx, t, now); err != nil {
		return nil, err
	}
	return s.end(ctx, tx, t, to, reason, now)
}

// idle is nil when no reply is under way. What a model proposed binds nobody: it
// is dropped.
func idle(ctx context.Context, tx Tx, t *Ticket, now time.Time) error {
	if err := tx.DropProposals(ctx, t.ID, now); err != nil {
		return err
	}
	busy, err := tx.CountReplies(ctx, t.ID, ReplyInReview, ReplyApproved, ReplySending)
	if err == nil && busy > 0 {
		err = desk.Errorf(desk.Conflict, "还有答复正在审核或发送，请先处理").WithReason("reply_under_way")
	}
	return err
}

// endReasons are what a department is told of a ticket that ends while it has
// it.
var endReasons = map[State]string{Closed: "工单已办结", Ignored: "工单无需答复"}

// end moves the ticket to an ended state, takes it back from departments and
// stops its clock. The caller stores the ticket and records the returned events and its own.
func (s *Service) end(ctx context.Context, tx Tx, t *Ticket, to State, reason string, now time.Time) ([]desk.Event, error) {
	if err := t.move(to, now); err != nil {
		return nil, err
	}
	t.ClosingReason = reason
	events, err := s.dropEscalations(ctx, tx, t, endReasons[to], now)
	if err != nil {
		return nil, err
	}
	c, err := openClock(ctx, tx, t)
	if err != nil || c == nil {
		return events, err
	}
	told, err := s.endClock(ctx, tx, t, c, now, func(c sla.Clock) sla.Clock { return c.Cancel(now) })
	return append(events, told...), err
}

// Reopen takes an ended ticket up again; its next clock starts now.
func (s *Service) Reopen(ctx context.Context, actor desk.Actor, ticketID TicketID) error {
	return s.change(ctx, actor, desk.WorkTickets, ticketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if !t.State.Ended() && t.State != Replied {
			return nil, desk.Errorf(desk.Conflict, "工单没有办结").WithReason("ticket_state")
		}
		if err := mayReopen(ctx, tx, t); err != nil {
			return nil, err
		}
		if err := t.move(t.working(), now); err != nil {
			return nil, err
		}
		if err := s.startClock(ctx, tx, t, 0, now); err != nil {
			return nil, err
		}
		return []desk.Event{fact(TicketReopened, t, actor, now, nil)}, nil
	})
}

// mayReopen says why an ended private ticket cannot be taken up again: there is
// nobody to answer any more, or a newer ticket of the same person.
func mayReopen(ctx context.Context, tx Tx, t *Ticket) error {
	if !t.State.Ended() || t.Kind != channel.Private {
		return nil
	}
	to, err := tx.Address(ctx, t)
	if err != nil {
		return err
	}
	if to.Contact.Erased {
		return desk.Errorf(desk.Conflict, "市民资料已删除，工单不能重新打开").WithReason("contact_erased")
	}
	if t.Apart {
		return nil
	}
	other, err := tx.LockActiveTicket(ctx, t.ContactID)
	if err == nil {
		return desk.Errorf(desk.Conflict, "该市民已有新的工单 %s", other.Number).WithReason("newer_ticket")
	}
	if desk.CodeOf(err) != desk.NotFound {
		return err
	}
	return nil
}

// Prioritize sets the priority.
func (s *Service) Prioritize(ctx context.Context, actor desk.Actor, ticketID TicketID, p Priority) error {
	if err := p.check(); err != nil {
		return err
	}
	return s.change(ctx, actor, desk.WorkTickets, ticketID, prioritizing(actor, p))
}

func (p Priority) check() error {
	if p < Low || p > Urgent {
		return desk.InvalidField("priority", "没有这个优先级")
	}
	return nil
}

// prioritizing is the edit of Prioritize.
func prioritizing(actor desk.Actor, p Priority) edit {
	return func(_ Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if t.Priority == p {
			return nil, nil
		}
		t.Priority = p
		return []desk.Event{fact(TicketPrioritized, t, actor, now, map[string]any{"priority": int(p)})}, nil
	}
}

// Tag replaces the tags.
func (s *Service) Tag(ctx context.Context, actor desk.Actor, ticketID TicketID, tags []string) error {
	clean, err := cleanTags("tags", tags)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, desk.WorkTickets, ticketID, func(_ Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		return t.retag(actor, clean, now)
	})
}

// cleanTags are the tags as they are stored, each once.
func cleanTags(field string, tags []string) ([]string, error) {
	clean := make([]string, 0, len(tags))
	for _, tag := range tags {
		tag, err := text(field, tag, 1, maxTagRunes)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(clean, tag) {
			clean = append(clean, tag)
		}
	}
	return clean, nil
}

// retag replaces the tags by clean ones.
func (t *Ticket) retag(actor desk.Actor, tags []string, now time.Time) ([]desk.Event, error) {
	if len(tags) > maxTags {
		return nil, desk.InvalidField("tags", "最多 %d 个标签", maxTags)
	}
	if slices.Equal(t.Tags, tags) {
		return nil, nil
	}
	t.Tags = tags
	return []desk.Event{fact(TicketTagged, t, actor, now, map[string]any{"tags": tags})}, nil
}

// MarkRead notes that the actor has seen the ticket up to the numbered event.
func (s *Service) MarkRead(ctx context.Context, actor desk.Actor, ticketID TicketID, event int64) error {
	if _, err := s.Ticket(ctx, actor, ticketID); err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error { return tx.MarkRead(ctx, actor.UserID, ticketID, event) })
}

// text trims what a person typed and holds it to its limits.
func text(field, s string, least, most int) (string, error) {
	s = strings.TrimSpace(s)
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", desk.InvalidField(field, "含有无法识别的字符")
	}
	switch n := utf8.RuneCountInString(s); {
	case n < least:
		return "", desk.InvalidField(field, "不能为空")
	case n > most:
		return "", desk.InvalidField(field, "最多 %d 个字，现在是 %d 个", most, n)
	}
	return s, nil
}
