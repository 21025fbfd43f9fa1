package inbox

import (
	"context"
	"encoding/json"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// Attempt is one delivery that has begun: what to send, for which account.
type Attempt struct {
	ReplyID   ReplyID
	Number    int // of all attempts of the reply, from 1
	AccountID int64
	Outbound  channel.Outbound
}

// Verdict is what follows from a finished attempt.
type Verdict struct {
	Outcome channel.Outcome
	Tries   int  // attempts since the reply was approved or sent again by a person
	Again   bool // try again, After from now (0: the caller's back-off)
	After   time.Duration
}

// BeginDelivery takes an approved reply for one attempt; from here on until
// FinishDelivery it is "sending". ok is false when there is nothing to send.
//
// A reply found "sending" was being sent when the desk died: nobody knows
// whether it arrived. It becomes unknown and waits for a person; it is never
// sent again by itself.
func (s *Service) BeginDelivery(ctx context.Context, replyID ReplyID) (attempt Attempt, ok bool, err error) {
	_, err = s.changeReply(ctx, desk.System(), desk.WorkTickets, replyID, func(tx Tx, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
		attempt, ok = Attempt{}, false
		switch r.State {
		case ReplySending:
			return s.lost(ctx, tx, t, r, now)
		case ReplyApproved:
		default:
			return nil, nil
		}
		if r.Origin == FromBot {
			reason, err := s.outdated(ctx, tx, t, r, now)
			if err != nil {
				return nil, err
			}
			if reason != "" {
				return withdrawn(t, r, reason, now)
			}
		}
		if r.Text == ErasedText {
			// It was on its way when its person was erased, and came back.
			return []desk.Event{fact(ReplyWasCancelled, t, desk.System(), now, map[string]any{"reply_id": id(r.ID)})}, r.move(ReplyCancelled, now)
		}
		to, err := tx.Address(ctx, t)
		if err != nil {
			return nil, err
		}
		menu, late, err := s.menuOf(ctx, tx, t, r)
		if err != nil {
			return nil, err
		}
		if late {
			return withdrawn(t, r, "工单已重新打开", now)
		}
		words := r.Text
		if r.own() {
			if words, err = s.withCode(ctx, tx, t.ID, words); err != nil {
				return nil, err
			}
		}
		if err := r.move(ReplySending, now); err != nil {
			return nil, err
		}
		r.Attempts, r.Tries = r.Attempts+1, r.Tries+1
		if err := tx.AddDelivery(ctx, Delivery{ReplyID: r.ID, Attempt: r.Attempts, StartedAt: now}); err != nil {
			return nil, err
		}
		attempt, ok = Attempt{
			ReplyID: r.ID, Number: r.Attempts, AccountID: t.AccountID,
			Outbound: channel.Outbound{
				ReplyID: int64(r.ID), Kind: t.Kind, ContactID: to.Contact.ExternalID, Text: words,
				Post: to.Post, CommentID: t.CommentID, AIMade: r.Origin == FromLLM, Menu: menu,
			},
		}, true
		return []desk.Event{fact(DeliveryStarted, t, desk.System(), now, map[string]any{"reply_id": id(r.ID), "attempt": r.Attempts})}, nil
	})
	return attempt, ok, err
}

// lost ends an attempt nobody finished.
func (s *Service) lost(ctx context.Context, tx Tx, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
	res := channel.Result{Outcome: channel.NotKnown, Code: "interrupted", Message: "发送过程中系统中断，无法确认是否送达"}
	return s.settle(ctx, tx, t, r, res, now)
}

// FinishDelivery stores how an attempt ended and says what follows.
func (s *Service) FinishDelivery(ctx context.Context, a Attempt, res channel.Result) (Verdict, error) {
	var verdict Verdict
	_, err := s.changeReply(ctx, desk.System(), desk.WorkTickets, a.ReplyID, func(tx Tx, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
		verdict = Verdict{Outcome: res.Outcome}
		if r.State != ReplySending || r.Attempts != a.Number {
			return nil, nil // settled meanwhile, by a second FinishDelivery
		}
		events, err := s.settle(ctx, tx, t, r, res, now)
		verdict.Tries, verdict.Again, verdict.After = r.Tries, r.State == ReplyApproved, res.RetryAfter
		return events, err
	})
	return verdict, err
}

// settle writes one attempt's result to the delivery, the reply and the ticket.
func (s *Service) settle(ctx context.Context, tx Tx, t *Ticket, r *Reply, res channel.Result, now time.Time) ([]desk.Event, error) {
	if err := tx.FinishDelivery(ctx, Delivery{
		ReplyID: r.ID, Attempt: r.Attempts, FinishedAt: now, Outcome: res.Outcome,
		Code: res.Code, Message: told(res), ExternalID: res.ExternalID,
	}); err != nil {
		return nil, err
	}
	if res.Outcome == channel.Sent {
		if t.Kind == channel.Private { // comments are answered without a window
			if err := tx.DrawWindow(ctx, t.ContactID, now); err != nil {
				return nil, err
			}
		}
		return s.delivered(ctx, tx, t, r, desk.System(), now)
	}
	state, name := s.after(res.Outcome, t, r)
	if err := r.move(state, now); err != nil {
		return nil, err
	}
	if r.Origin == FromDesk && state != ReplyApproved { // nobody waits for it, and nobody has to look after it
		name = ReplyWasCancelled
		if err := r.move(ReplyCancelled, now); err != nil {
			return nil, err
		}
	}
	r.ErrorCode, r.ErrorMessage = res.Code, res.Message
	return []desk.Event{fact(name, t, desk.System(), now, map[string]any{
		"reply_id": id(r.ID), "attempt": r.Attempts, "outcome": res.Outcome, "code": res.Code,
	})}, nil
}

// told is what an attempt keeps: the sentence for staff and the platform's own words.
func told(res channel.Result) string {
	if res.Detail == "" {
		return res.Message
	}
	return res.Message + "（" + res.Detail + "）"
}

// after is where a reply goes when an attempt did not succeed. On a ticket that
// ended meanwhile (its citizen is gone) nothing is tried again. An outcome
// nobody knows is unknown too: only a person may send such a reply again.
func (s *Service) after(o channel.Outcome, t *Ticket, r *Reply) (ReplyState, string) {
	switch o {
	case channel.Again:
		if r.Tries < s.rules.SendTries && (!t.State.Ended() || r.Origin == FromDesk) {
			return ReplyApproved, DeliveryRetried
		}
	case channel.Never, channel.WindowClosed, channel.QuotaUsed, channel.Credentials:
	default:
		return ReplyUnknown, DeliveryUnknown
	}
	return ReplyFailed, DeliveryFailed
}

// delivered notes that a reply reached the citizen: the clock of what it
// answers is met, and the ticket is answered unless something newer waits. One
// that answers nothing leaves both as they are.
func (s *Service) delivered(ctx context.Context, tx Tx, t *Ticket, r *Reply, actor desk.Actor, now time.Time) ([]desk.Event, error) {
	before, err := tx.AnsweredUntil(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	if err := r.move(ReplySent, now); err != nil {
		return nil, err
	}
	r.SentAt, r.ErrorCode, r.ErrorMessage = now, "", ""
	if !r.Answers {
		return s.arrived(ctx, tx, t, r, actor, now, nil)
	}
	t.Answered = true
	events, err := s.meetClock(ctx, tx, t, r, actor, now)
	if err != nil {
		return nil, err
	}
	accepted, err := s.accept(ctx, tx, t, r, actor, now)
	if err != nil {
		return nil, err
	}
	events = append(events, accepted...)
	if err := s.answered(ctx, tx, t, max(before, r.AnswersUntil), now); err != nil {
		return nil, err
	}
	return s.arrived(ctx, tx, t, r, actor, now, events)
}

// arrived tells that a reply reached the citizen, after events, and counts the
// use of the entry it was made from.
func (s *Service) arrived(ctx context.Context, tx Tx, t *Ticket, r *Reply, actor desk.Actor, now time.Time, events []desk.Event) ([]desk.Event, error) {
	events = append(events, fact(DeliverySent, t, actor, now, map[string]any{"reply_id": id(r.ID)}))
	if r.EntryID == 0 {
		return events, nil
	}
	payload, err := json.Marshal(map[string]int64{"entry_id": r.EntryID})
	if err != nil {
		return nil, err
	}
	return events, tx.Enqueue(ctx, desk.Task{Kind: TaskEntryUsed, Key: id(r.ID), Payload: payload})
}

// meetClock ends the open clock unless it asks for an answer to a message the
// reply's author had not seen: a reply may arrive after a newer one, when it
// was sent again or a person confirms that it came.
func (s *Service) meetClock(ctx context.Context, tx Tx, t *Ticket, r *Reply, actor desk.Actor, now time.Time) ([]desk.Event, error) {
	c, err := openClock(ctx, tx, t)
	if err != nil || c == nil || c.MessageID > r.AnswersUntil {
		return nil, err
	}
	events, err := s.endClock(ctx, tx, t, c, now, func(c sla.Clock) sla.Clock { return c.Meet(now) })
	return append(events, fact(ClockMet, t, actor, now, map[string]any{
		"clock_id": id(c.ID), "name": c.Name, "late": c.State == sla.Missed,
	})), err
}

// answered moves the ticket on after everything up to a message is answered:
// to replied, or, when something came later, it stays in work and its next
// clock runs from there. What a department still has stays with it: a word in
// between is not the answer.
func (s *Service) answered(ctx context.Context, tx Tx, t *Ticket, until MessageID, now time.Time) error {
	if t.State.Ended() || t.State == Replied { // what came after an answer has only thanked, or it would wait
		return nil
	}
	waiting, err := tx.FirstMessageAfter(ctx, t.ID, until)
	if err != nil {
		return err
	}
	if waiting.ID != 0 {
		return s.startClock(ctx, tx, t, waiting.ID, waiting.believed())
	}
	if len(t.Departments) > 0 {
		all, err := tx.Escalations(ctx, t.ID)
		if err != nil {
			return err
		}
		if pendingLead(all) != nil {
			return t.move(WithDepartment, now)
		}
	}
	return t.move(Replied, now)
}
