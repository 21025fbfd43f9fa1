package inbox

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// maxReplyRunes bounds a reply where the platform names no limit.
const maxReplyRunes = 5000

// ReplyInput is what a person sends. SeenEvent is the number of the newest
// event of the ticket they had before them.
type ReplyInput struct {
	Text          string
	EntryID       int64
	EntryRevision int64
	DraftID       int64 // of a model's draft that the text goes back to
	SeenEvent     int64
	Review        bool         // hand in for review, also where no policy asks for it
	EscalationID  EscalationID // whose answer it was made of

	// ConfirmFindings: its author has seen what the checks found. Without it
	// such a text is a Conflict "confirm_findings".
	ConfirmFindings bool
}

// Reply stores a reply and, unless it is to be reviewed, queues its delivery
// in the same transaction. Conflict "thread_moved": something the author had
// not seen happened meanwhile; nothing was stored. Invalid "seen_event": no
// event has that number yet.
//
// With a DraftID the text goes back to a draft: it leaves as its author wrote it,
// who answers for it as the one who approved it, and keeps the mark of a model's
// words. The draft must have been proposed for this ticket (Invalid "draft_id").
//
// A text that is what a model wrote for this ticket or another, or nearly, goes back
// to that draft also without its id, unless the library gives it; see elsewhere. One
// that is as the model wrote it is refused when a person has rejected it (Conflict
// "draft_rejected"), when an entry it rests on has changed (Conflict
// "draft_ground_changed") and, unless somebody else has to approve it, when it was
// set aside or is out of date and nobody ever approved it (Conflict
// "draft_set_aside"). A draft of the ticket that may still be approved is approved
// thereby.
func (s *Service) Reply(ctx context.Context, actor desk.Actor, ticketID TicketID, in ReplyInput) (Reply, error) {
	words, err := text("text", in.Text, 1, maxReplyRunes)
	if err != nil {
		return Reply{}, err
	}
	row, err := s.Ticket(ctx, actor, ticketID)
	if err != nil {
		return Reply{}, err
	}
	if err := s.checkLength(ctx, row.AccountID, words); err != nil {
		return Reply{}, err
	}
	if err := s.checkDraft(ctx, actor, ticketID, in); err != nil {
		return Reply{}, err
	}
	var reply Reply
	err = weighAgain(func() error {
		c, err := s.credit(ctx, s.store, ticketID, words, in.DraftID, in.EntryID)
		if err != nil {
			return err
		}
		entry, in := in.EntryID, in.of(c)
		if c.draft != 0 && actor.UserID == 0 {
			return needsPerson()
		}
		w, err := s.checkOutbound(ctx, actor, row, outgoing{words, in.origin(), in.DraftID}, in.ConfirmFindings)
		if err != nil {
			return err
		}
		if in.Review {
			w.steps = max(w.steps, 1)
		}
		return s.change(ctx, actor, desk.WorkTickets, ticketID, func(tx Tx, t *Ticket, now time.Time) (events []desk.Event, err error) {
			if err := unmoved(ctx, tx, t.ID, in.SeenEvent); err != nil {
				return nil, err
			}
			if t.State.Ended() {
				return nil, desk.Errorf(desk.Conflict, "工单已办结，请先重新打开").WithReason("ticket_state")
			}
			still, err := s.credit(ctx, tx, t.ID, words, c.draft, entry)
			switch {
			case err != nil:
				return nil, err
			case still != c:
				return nil, errNewDraft
			}
			if err := c.stands(ctx, tx, now); err != nil {
				return nil, err
			}
			reply, events, err = s.replying(ctx, tx, actor, t, in, c, words, w, now)
			return events, err
		})
	})
	return reply, err
}

// replying stores the reply: of a draft that may still be approved by approving
// it.
func (s *Service) replying(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, in ReplyInput, c credit, words string, w weighed, now time.Time) (Reply, []desk.Event, error) {
	if c.proposal != 0 && in.EscalationID == 0 {
		proposal, err := tx.LockReply(ctx, c.proposal)
		if err != nil {
			return Reply{}, nil, err
		}
		out, events, err := s.adopt(ctx, tx, actor, t, proposal, words, w, now)
		if err == nil {
			return *out, events, tx.SaveReply(ctx, proposal)
		}
		if desk.ReasonOf(err) != "draft_stale" {
			return Reply{}, nil, err
		}
	}
	if err := c.judged(w.steps); err != nil {
		return Reply{}, nil, err
	}
	if in.DraftID != 0 { // its words leave with this reply
		if err := tx.DropProposals(ctx, t.ID, now); err != nil {
			return Reply{}, nil, err
		}
	}
	reply, err := s.newReply(ctx, tx, actor, t, in, words, w, now)
	if err != nil {
		return Reply{}, nil, err
	}
	events, err := s.afterReply(ctx, tx, actor, t, &reply, now)
	return reply, events, err
}

func needsPerson() error {
	return desk.Errorf(desk.Forbidden, "模型撰写的答复必须由工作人员审核").WithReason("needs_person")
}

func (s *Service) checkDraft(ctx context.Context, actor desk.Actor, ticketID TicketID, in ReplyInput) error {
	switch {
	case in.DraftID == 0:
		return nil
	case actor.UserID == 0:
		return needsPerson()
	}
	_, err := s.store.DraftReply(ctx, ticketID, in.DraftID)
	if desk.CodeOf(err) == desk.NotFound {
		return desk.InvalidField("draft_id", "这个工单没有这份草稿")
	}
	return err
}

// unmoved is nil when nothing happened to the ticket after the event its reader
// has seen. A number that no event has yet is not believed: it would pass over
// all that is to come.
func unmoved(ctx context.Context, tx Tx, ticketID TicketID, seen int64) error {
	head, err := tx.Head(ctx)
	if err != nil {
		return err
	}
	if seen > head {
		return desk.InvalidField("seen_event", "没有这个事件，请刷新后再发送")
	}
	moved, err := tx.MovedSince(ctx, ticketID, seen, Moving)
	if err != nil {
		return err
	}
	if moved {
		return desk.Errorf(desk.Conflict, "工单有新的内容，请阅读后再发送").WithReason("thread_moved")
	}
	return nil
}

// checkLength holds a text to what the account's platform takes.
func (s *Service) checkLength(ctx context.Context, accountID int64, words string) error {
	limits, err := s.limits.Limits(ctx, accountID)
	if err != nil {
		return err
	}
	if limits.MaxBytes > 0 && len(words) > limits.MaxBytes {
		return desk.InvalidField("text", "超过平台上限：最多 %d 字节，现在是 %d 字节", limits.MaxBytes, len(words))
	}
	if n := len([]rune(words)); limits.MaxRunes > 0 && n > limits.MaxRunes {
		return desk.InvalidField("text", "超过平台上限：最多 %d 字，现在是 %d 字", limits.MaxRunes, n)
	}
	return nil
}

func (s *Service) newReply(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, in ReplyInput, words string, w weighed, now time.Time) (Reply, error) {
	last, err := tx.LastMessage(ctx, t.ID)
	if err != nil {
		return Reply{}, err
	}
	r := Reply{
		TicketID: t.ID, Text: words, State: ReplyApproved, Origin: in.origin(), AuthorID: actor.UserID, Steps: w.steps, PolicyID: w.policyID,
		EntryID: in.EntryID, EntryRevision: in.EntryRevision, AnswersUntil: last, Answers: true, CreatedAt: now, UpdatedAt: now,
	}
	if in.DraftID != 0 {
		r.DraftID, r.ReviewerID = in.DraftID, actor.UserID
	}
	if in.EscalationID != 0 {
		r.EscalationID = in.EscalationID
		if err := answeredBy(ctx, tx, t, in.EscalationID); err != nil {
			return Reply{}, err
		}
	}
	if r.Steps > 0 {
		r.State = ReplyInReview
	}
	if err := tx.AddReply(ctx, &r); err != nil {
		return r, err
	}
	return r, w.keep(ctx, tx, &r, actor.UserID, now)
}

// origin is where the text comes from.
func (in ReplyInput) origin() Origin {
	switch {
	case in.DraftID != 0:
		return FromLLM
	case in.EscalationID != 0:
		return FromDepartment
	case in.EntryID != 0:
		return FromFAQ
	}
	return FromStaff
}

// answeredBy refuses a reply that says it was made of an answer that the ticket
// does not have.
func answeredBy(ctx context.Context, tx Tx, t *Ticket, escalationID EscalationID) error {
	all, err := tx.Escalations(ctx, t.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(e Escalation) bool { return e.ID == escalationID })
	if i < 0 {
		return desk.InvalidField("escalation_id", "没有找到这次转办")
	}
	if s := all[i].State; s != Answered && s != Accepted {
		return desk.Errorf(desk.Conflict, "承办单位还没有答复").WithReason("escalation_state")
	}
	return nil
}

// afterReply takes the ticket up for the author and queues or hands in.
func (s *Service) afterReply(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
	data := map[string]any{"reply_id": id(r.ID)}
	if r.State == ReplyInReview {
		events := own(t, actor, now)
		if err := t.move(InReview, now); err != nil {
			return nil, err
		}
		return append(events, fact(ReplySubmitted, t, actor, now, data)), nil
	}
	events, err := s.takeUp(t, actor, now)
	if err != nil {
		return nil, err
	}
	return append(events, fact(ReplyCreated, t, actor, now, data)), s.queue(ctx, tx, r.ID)
}

// own makes the actor the assignee of a ticket nobody has.
func own(t *Ticket, actor desk.Actor, now time.Time) []desk.Event {
	if t.AssigneeID != 0 {
		return nil
	}
	t.AssigneeID = actor.UserID
	return []desk.Event{fact(TicketAssigned, t, actor, now, map[string]any{"from": "0", "to": id(actor.UserID)})}
}

// takeUp makes the ticket the actor's, unless it is somebody's, and opens a new
// one.
func (s *Service) takeUp(t *Ticket, actor desk.Actor, now time.Time) ([]desk.Event, error) {
	events := own(t, actor, now)
	if t.State == New {
		return events, t.move(Open, now)
	}
	return events, nil
}

func (s *Service) queue(ctx context.Context, tx Tx, reply ReplyID) error {
	return tx.Enqueue(ctx, desk.Task{Kind: TaskSendReply, Key: id(reply)})
}

// changeReply locks a reply and its ticket, lets edit alter both, stores them
// and records the events. The ticket is locked first, as everywhere.
func (s *Service) changeReply(ctx context.Context, actor desk.Actor, p desk.Permission, replyID ReplyID,
	edit func(tx Tx, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error)) (Reply, error) {
	ticketID, err := s.store.ReplyTicket(ctx, replyID)
	if err != nil {
		return Reply{}, err
	}
	var reply Reply
	err = s.change(ctx, actor, p, ticketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		r, err := tx.LockReply(ctx, replyID)
		if err != nil {
			return nil, err
		}
		events, err := edit(tx, t, r, now)
		if err != nil {
			return nil, err
		}
		reply = *r
		return events, tx.SaveReply(ctx, r)
	})
	return reply, err
}

// ApproveInput is what an approver adds. Text: a model's proposal as the
// approver changed it, "" for as it is.
type ApproveInput struct {
	Text            string
	ConfirmFindings bool // of a model's proposal, as for ReplyInput
}

// Approve gives one approval of a reply in review; with the last it leaves. The
// approver is never its author, and each step another person. What a model
// proposed anybody may take over who works on tickets, as long as the citizen
// has written nothing since and every entry it rests on is still what the model
// was given (Conflict "draft_stale"); where a policy asks for
// it others approve it then. Other people's words are not changed but rejected
// (Conflict "not_a_proposal"). It returns the reply that goes out.
func (s *Service) Approve(ctx context.Context, actor desk.Actor, replyID ReplyID, in ApproveInput) (Reply, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return Reply{}, err
	}
	r, err := s.store.Reply(ctx, replyID)
	if err != nil {
		return Reply{}, err
	}
	row, err := s.Ticket(ctx, actor, r.TicketID)
	if err != nil {
		return Reply{}, err
	}
	words := r.Text
	if in.Text != "" {
		if words, err = text("text", in.Text, 1, maxReplyRunes); err != nil {
			return Reply{}, err
		}
		if err := s.checkLength(ctx, row.AccountID, words); err != nil {
			return Reply{}, err
		}
	}
	// An approver has the findings before them; a block holds for everybody.
	w, err := s.checkOutbound(ctx, actor, row, outgoing{words, r.Origin, r.DraftID}, in.ConfirmFindings || !r.proposed())
	if err != nil {
		return Reply{}, err
	}
	var out *Reply
	_, err = s.changeReply(ctx, actor, desk.WorkTickets, replyID, func(tx Tx, t *Ticket, r *Reply, now time.Time) (events []desk.Event, err error) {
		if r.proposed() {
			if err := s.othersWords(ctx, tx, r, words, w.steps, now); err != nil {
				return nil, err
			}
			out, events, err = s.adopt(ctx, tx, actor, t, r, words, w, now)
			return events, err
		}
		out = r
		if r.Origin == FromLLM && r.State != ReplyInReview {
			return nil, desk.Errorf(desk.Conflict, "答复不在审核中").WithReason("reply_state")
		}
		if words != r.Text {
			return nil, desk.Errorf(desk.Conflict, "只有模型撰写的草稿可以修改后采用").WithReason("not_a_proposal")
		}
		return s.approve(ctx, tx, actor, t, r, now)
	})
	if err != nil {
		return Reply{}, err
	}
	return *out, nil
}

// Reject sends a reply in review back with a reason.
func (s *Service) Reject(ctx context.Context, actor desk.Actor, replyID ReplyID, reason string) (Reply, error) {
	reason, err := text("reason", reason, 1, maxReasonRunes)
	if err != nil {
		return Reply{}, err
	}
	return s.changeReply(ctx, actor, desk.WorkTickets, replyID, func(tx Tx, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
		proposed := r.proposed()
		if !proposed {
			if err := r.mayReview(actor, nil); err != nil {
				return nil, err
			}
		}
		r.ReviewerID, r.ReviewReason = actor.UserID, reason
		if r.State != ReplyInReview {
			return nil, desk.Errorf(desk.Conflict, "答复不在审核中").WithReason("reply_state")
		}
		if err := r.move(ReplyRejected, now); err != nil {
			return nil, err
		}
		if err := tx.DecideHits(ctx, r.ID, HitRejected, actor.UserID, now); err != nil {
			return nil, err
		}
		if !proposed { // a proposal did not hold the ticket
			if err := s.leaveReview(ctx, tx, t, now); err != nil {
				return nil, err
			}
		}
		return []desk.Event{fact(ReplyWasRejected, t, actor, now, map[string]any{"reply_id": id(r.ID), "reason": reason})}, nil
	})
}

// leaveReview takes the ticket out of review unless another reply still is:
// back to the department that has it, to open, or back to replied when nothing
// waits for an answer.
func (s *Service) leaveReview(ctx context.Context, tx Tx, t *Ticket, now time.Time) error {
	if t.State != InReview {
		return nil
	}
	n, err := tx.CountReviews(ctx, t.ID)
	if err != nil || n > 1 { // the one that leaves is still counted
		return err
	}
	all, err := tx.Escalations(ctx, t.ID)
	if err != nil {
		return err
	}
	switch {
	case pendingLead(all) != nil:
		return t.move(WithDepartment, now)
	case !t.clocked():
		return t.move(Replied, now)
	default:
		return t.move(Open, now)
	}
}

// Resend queues a failed reply again. One whose delivery is unknown may have
// arrived: it goes out again only when the person confirms to have looked.
func (s *Service) Resend(ctx context.Context, actor desk.Actor, replyID ReplyID, confirmUnknown bool) (Reply, error) {
	return s.changeReply(ctx, actor, desk.WorkTickets, replyID, func(tx Tx, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
		if r.State == ReplyUnknown && !confirmUnknown {
			return nil, desk.Errorf(desk.Conflict, "这条答复可能已经送达，请核实后再重发").WithReason("delivery_unknown")
		}
		if !slices.Contains([]ReplyState{ReplyFailed, ReplyUnknown}, r.State) {
			return nil, desk.Errorf(desk.Conflict, "只有发送失败或结果未知的答复可以重发").WithReason("reply_state")
		}
		if t.State.Ended() {
			return nil, desk.Errorf(desk.Conflict, "工单已办结，请先重新打开").WithReason("ticket_state")
		}
		if err := r.move(ReplyApproved, now); err != nil {
			return nil, err
		}
		r.Tries, r.ErrorCode, r.ErrorMessage = 0, "", ""
		return []desk.Event{fact(ReplyRequeued, t, actor, now, map[string]any{"reply_id": id(r.ID)})}, s.queue(ctx, tx, r.ID)
	})
}

// ConfirmSent settles a reply whose delivery was unknown: a person has seen
// that it arrived.
func (s *Service) ConfirmSent(ctx context.Context, actor desk.Actor, replyID ReplyID) (Reply, error) {
	return s.changeReply(ctx, actor, desk.WorkTickets, replyID, func(tx Tx, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
		if r.State != ReplyUnknown {
			return nil, desk.Errorf(desk.Conflict, "只有结果未知的答复需要核实").WithReason("reply_state")
		}
		return s.delivered(ctx, tx, t, r, actor, now)
	})
}

// CancelReply takes back a reply that has not left.
func (s *Service) CancelReply(ctx context.Context, actor desk.Actor, replyID ReplyID) (Reply, error) {
	return s.changeReply(ctx, actor, desk.WorkTickets, replyID, func(tx Tx, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
		reviewed := r.State == ReplyInReview && !r.proposed()
		if err := r.move(ReplyCancelled, now); err != nil {
			return nil, err
		}
		if err := tx.DecideHits(ctx, r.ID, HitWithdrawn, actor.UserID, now); err != nil {
			return nil, err
		}
		if reviewed {
			if err := s.leaveReview(ctx, tx, t, now); err != nil {
				return nil, err
			}
		}
		return []desk.Event{fact(ReplyWasCancelled, t, actor, now, map[string]any{"reply_id": id(r.ID)})}, nil
	})
}
