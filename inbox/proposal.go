package inbox

import (
	"context"
	"time"

	"replydesk/inbox/desk"
)

// Proposal is a text that a model wrote for a ticket.
type Proposal struct {
	Text         string
	DraftID      int64     // what it was made from, as package bot keeps it
	AnswersUntil MessageID // the newest message the model was shown
}

// Propose stores a model's text as a reply in review. It leaves only when a
// person approves it; the ticket stays where it is, because a person who writes
// meanwhile needs no leave. A proposal before it is cancelled. Conflict
// "draft_stale": the citizen has written since the model was asked, or somebody
// has answered.
func (s *Service) Propose(ctx context.Context, actor desk.Actor, ticketID TicketID, in Proposal) (Reply, error) {
	words, err := text("text", in.Text, 1, maxReplyRunes)
	if err != nil {
		return Reply{}, err
	}
	var reply Reply
	err = s.change(ctx, actor, desk.WorkTickets, ticketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if t.State.Ended() {
			return nil, desk.Errorf(desk.Conflict, "工单已办结，请先重新打开").WithReason("ticket_state")
		}
		if err := current(ctx, tx, t.ID, in.AnswersUntil); err != nil {
			return nil, err
		}
		if err := tx.DropProposals(ctx, t.ID, now); err != nil {
			return nil, err
		}
		reply = Reply{
			TicketID: t.ID, Text: words, State: ReplyInReview, Origin: FromLLM, DraftID: in.DraftID,
			AnswersUntil: in.AnswersUntil, Answers: true, CreatedAt: now, UpdatedAt: now,
		}
		if err := tx.AddReply(ctx, &reply); err != nil {
			return nil, err
		}
		return []desk.Event{fact(ReplyProposed, t, actor, now, map[string]any{"reply_id": id(reply.ID)})}, nil
	})
	return reply, err
}

// Proposed is the reply in review that was made from a draft of the ticket.
// Conflict "draft_stale": there is none, or none any more.
func (s *Service) Proposed(ctx context.Context, actor desk.Actor, ticketID TicketID, draft int64) (Reply, error) {
	if _, err := s.Ticket(ctx, actor, ticketID); err != nil {
		return Reply{}, err
	}
	r, err := s.store.DraftReply(ctx, ticketID, draft)
	if desk.CodeOf(err) == desk.NotFound || err == nil && r.State != ReplyInReview {
		err = desk.Errorf(desk.Conflict, "这份草稿已过时").WithReason("draft_stale")
	}
	return r, err
}

// Withdraw cancels what was proposed from a draft that its asker stopped. What a
// person has decided about, or was never proposed, stays as it is.
func (s *Service) Withdraw(ctx context.Context, actor desk.Actor, ticketID TicketID, draft int64) error {
	r, err := s.store.DraftReply(ctx, ticketID, draft)
	if desk.CodeOf(err) == desk.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.changeReply(ctx, actor, desk.WorkTickets, r.ID, func(_ Tx, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
		if r.State != ReplyInReview {
			return nil, nil
		}
		return []desk.Event{fact(ReplyWasCancelled, t, actor, now, map[string]any{"reply_id": id(r.ID)})}, r.move(ReplyCancelled, now)
	})
	return err
}

// current is nil when the message is still the one to answer: the citizen has
// written nothing after it, and nobody has answered it or is about to.
func current(ctx context.Context, tx Tx, ticket TicketID, until MessageID) error {
	last, err := tx.LastMessage(ctx, ticket)
	if err != nil {
		return err
	}
	if last > until {
		return desk.Errorf(desk.Conflict, "市民又发来了新的消息，这份草稿已过时").WithReason("draft_stale")
	}
	answered, err := tx.AnsweredUntil(ctx, ticket)
	if err != nil {
		return err
	}
	under, err := tx.CountReplies(ctx, ticket, ReplyApproved, ReplySending)
	if err != nil {
		return err
	}
	if answered >= until || under > 0 {
		return desk.Errorf(desk.Conflict, "这条留言已有答复，这份草稿已过时").WithReason("draft_stale")
	}
	return nil
}

// grounded is nil while every entry that a model's draft rests on is still what
// the model was given. What a person wrote of it themselves is theirs to answer
// for.
func (s *Service) grounded(ctx context.Context, tx Tx, r *Reply, now time.Time) error {
	if r.DraftID == 0 {
		return nil
	}
	if r.AuthorID != 0 {
		c, err := s.credit(ctx, tx, r.TicketID, r.Text, r.DraftID, 0)
		if err != nil || !c.verbatim {
			return err
		}
	}
	question, err := tx.ChangedGround(ctx, r.DraftID, now)
	if err != nil || question == "" {
		return err
	}
	return desk.Errorf(desk.Conflict, "这份草稿依据的知识条目“%s”已修改、停用或过期，草稿已过时", question).WithReason("draft_stale")
}

// othersWords refuses to let a text out as a changed form of a proposal that is in
// truth another draft's, which may not leave.
func (s *Service) othersWords(ctx context.Context, tx Tx, r *Reply, words string, steps int, now time.Time) error {
	if words == r.Text {
		return nil
	}
	c, err := s.credit(ctx, tx, r.TicketID, words, r.DraftID, 0)
	if err != nil || c.draft == r.DraftID {
		return err
	}
	if err := c.stands(ctx, tx, now); err != nil {
		return err
	}
	return c.judged(steps)
}

// adopt lets a model's text out in the name of a person: as it is, or as they
// changed it. What was approved is a text of its own that never changes again;
// the model's stays beside it.
func (s *Service) adopt(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, r *Reply, words string, w weighed, now time.Time) (*Reply, []desk.Event, error) {
	if actor.UserID == 0 {
		return nil, nil, needsPerson()
	}
	if t.State.Ended() {
		return nil, nil, desk.Errorf(desk.Conflict, "工单已办结，请先重新打开").WithReason("ticket_state")
	}
	if r.State != ReplyInReview {
		return nil, nil, desk.Errorf(desk.Conflict, "答复不在审核中").WithReason("reply_state")
	}
	if err := current(ctx, tx, t.ID, r.AnswersUntil); err != nil {
		return nil, nil, err
	}
	if err := s.grounded(ctx, tx, r, now); err != nil {
		return nil, nil, err
	}
	out := r
	if words != r.Text {
		if err := r.move(ReplyCancelled, now); err != nil {
			return nil, nil, err
		}
		r.ReviewerID = actor.UserID
		out = &Reply{
			TicketID: t.ID, Text: words, State: ReplyApproved, Origin: FromLLM, DraftID: r.DraftID, ReviewerID: actor.UserID,
			Steps: w.steps, PolicyID: w.policyID, AnswersUntil: r.AnswersUntil, Answers: true, CreatedAt: now, UpdatedAt: now,
		}
		if w.steps > 0 {
			out.State = ReplyInReview
		}
		if err := tx.AddReply(ctx, out); err != nil {
			return nil, nil, err
		}
	} else {
		r.ReviewerID, r.Steps, r.PolicyID, r.UpdatedAt = actor.UserID, w.steps, w.policyID, now
		if w.steps == 0 {
			if err := r.move(ReplyApproved, now); err != nil {
				return nil, nil, err
			}
		}
	}
	if err := tx.AddApproval(ctx, out.word(actor, 0, Adopted, "", now)); err != nil {
		return nil, nil, err
	}
	if err := w.keep(ctx, tx, out, actor.UserID, now); err != nil {
		return nil, nil, err
	}
	if out.State == ReplyInReview {
		events := own(t, actor, now)
		if err := t.move(InReview, now); err != nil {
			return nil, nil, err
		}
		return out, append(events, fact(ReplySubmitted, t, actor, now, map[string]any{"reply_id": id(out.ID)})), nil
	}
	events, err := s.takeUp(t, actor, now)
	if err != nil {
		return nil, nil, err
	}
	data := map[string]any{"reply_id": id(out.ID), "edited": out != r}
	return out, append(events, fact(ReplyWasApproved, t, actor, now, data)), s.queue(ctx, tx, out.ID)
}
