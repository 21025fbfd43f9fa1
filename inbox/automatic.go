package inbox

import (
	"context"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// botAfter is how long the bot has to answer in the answer to the platform's
// call; the task that does it otherwise runs no sooner.
const botAfter = 3 * time.Second

// Answerable reports whether the bot may answer an item: a private message with
// words.
func Answerable(in channel.Inbound) bool {
	return in.Kind == channel.Private && in.Text != "" && !in.Effects.EraseContact &&
		(in.Type == channel.Text || in.Type == channel.Voice)
}

func (s *Service) toBot(ctx context.Context, tx Tx, m MessageID, now time.Time) error {
	return tx.Enqueue(ctx, desk.Task{Kind: TaskBotAnswer, Key: id(m), RunAt: now.Add(botAfter)})
}

// Automatic is the desk at work on one ticket by itself, in a transaction of
// the caller's. What its methods change is stored when the caller's function
// returns nil.
type Automatic struct {
	Ticket *Ticket
	Now    time.Time

	s      *Service
	tx     Tx
	events []desk.Event
}

// Automatic locks the ticket and lets act work on it. It is part of the
// caller's transaction tx: an error of act must end that too.
func (s *Service) Automatic(ctx context.Context, tx Tx, ticketID TicketID, act func(a *Automatic) error) error {
	t, err := tx.LockTicket(ctx, ticketID)
	if err != nil {
		return err
	}
	a := &Automatic{Ticket: t, Now: s.time(), s: s, tx: tx}
	if err := act(a); err != nil || len(a.events) == 0 {
		return err
	}
	t.UpdatedAt = a.Now
	if err := tx.SaveTicket(ctx, t); err != nil {
		return err
	}
	return tx.Record(ctx, a.events...)
}

// Tell records an event about the ticket.
func (a *Automatic) Tell(name string, data map[string]any) {
	a.events = append(a.events, fact(name, a.Ticket, desk.System(), a.Now, data))
}

// AutoReply is a text of the bot.
type AutoReply struct {
	Text          string
	EntryID       int64
	EntryRevision int64
	Message       MessageID // up to which the citizen's messages are answered
	Answers       bool      // false: a menu, a greeting, a hand-over
	Passive       bool      // it goes out in the answer to the platform's call
	Desk          bool      // about the ticket itself: whatever its state is, whoever works on it
}

// Reply stores a text of the bot: queued for delivery, or, when it is passive,
// as sent. A passive reply draws on no send window. It is a Conflict on an
// ended ticket unless it is passive and answers nothing.
func (a *Automatic) Reply(ctx context.Context, in AutoReply) (Reply, error) {
	if a.Ticket.State.Ended() && (in.Answers || !in.Passive && !in.Desk) {
		return Reply{}, desk.Errorf(desk.Conflict, "工单已办结，请先重新打开").WithReason("ticket_state")
	}
	r := Reply{
		TicketID: a.Ticket.ID, Text: in.Text, State: ReplyApproved, Origin: FromBot, EntryID: in.EntryID, EntryRevision: in.EntryRevision,
		AnswersUntil: in.Message, Answers: in.Answers, CreatedAt: a.Now, UpdatedAt: a.Now,
	}
	if in.Desk {
		r.Origin = FromDesk
	}
	if in.Passive {
		r.State = ReplySending
	}
	if err := a.tx.AddReply(ctx, &r); err != nil {
		return r, err
	}
	if !in.Passive {
		a.Tell(ReplyCreated, map[string]any{"reply_id": id(r.ID)})
		return r, a.s.queue(ctx, a.tx, r.ID)
	}
	r.Attempts, r.Tries = 1, 1
	d := Delivery{ReplyID: r.ID, Attempt: 1, StartedAt: a.Now, FinishedAt: a.Now, Outcome: channel.Sent, Code: "passive"}
	if err := a.tx.AddDelivery(ctx, d); err != nil {
		return r, err
	}
	if err := a.tx.FinishDelivery(ctx, d); err != nil {
		return r, err
	}
	events, err := a.s.delivered(ctx, a.tx, a.Ticket, &r, desk.System(), a.Now)
	if err != nil {
		return r, err
	}
	a.events = append(a.events, events...)
	return r, a.tx.SaveReply(ctx, &r)
}

// Close ends the ticket. One that has ended, or that has a reply under way,
// stays as it is; closed tells which.
func (a *Automatic) Close(ctx context.Context, reason string) (closed bool, err error) {
	if a.Ticket.State.Ended() {
		return false, nil
	}
	events, err := a.s.finish(ctx, a.tx, a.Ticket, Closed, reason, a.Now)
	if desk.CodeOf(err) == desk.Conflict {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	a.events = append(a.events, events...)
	a.Tell(TicketClosed, map[string]any{"reason": reason})
	return true, nil
}

// Gone reports whether the data of the ticket's citizen were deleted.
func (a *Automatic) Gone(ctx context.Context) (bool, error) {
	if !a.Ticket.State.Ended() {
		return false, nil
	}
	to, err := a.tx.Address(ctx, a.Ticket)
	return to.Contact.Erased, err
}

// Standing is how far the ticket is, as its citizen may know it.
func (a *Automatic) Standing(ctx context.Context) (Standing, error) {
	p, err := a.tx.Standing(ctx, a.Ticket.ID)
	return p.shown(), err
}

// Raise gives the ticket at least the priority.
func (a *Automatic) Raise(p Priority) {
	if a.Ticket.Priority >= p {
		return
	}
	a.Ticket.Priority = p
	a.Tell(TicketPrioritized, map[string]any{"priority": int(p)})
}

// ToFront puts the ticket before all others until it is answered: the citizen
// was not helped and waits for a person. Its deadline stays what it is.
func (a *Automatic) ToFront() { a.Ticket.InFront = a.Ticket.clocked() }

// Worked reports whether a person works on the ticket: the bot is silent then.
func (a *Automatic) Worked(ctx context.Context) (bool, error) { return worked(ctx, a.tx, a.Ticket) }

func worked(ctx context.Context, tx Tx, t *Ticket) (bool, error) {
	if t.AssigneeID != 0 || t.State == WithDepartment || t.State == InReview {
		return true, nil
	}
	return tx.PersonReplied(ctx, t.ID)
}

// outdated says why a text of the bot may no longer leave, "" when it may.
func (s *Service) outdated(ctx context.Context, tx Tx, t *Ticket, r *Reply, now time.Time) (string, error) {
	if t.State.Ended() {
		return "工单已办结", nil
	}
	taken, err := worked(ctx, tx, t)
	if err != nil {
		return "", err
	}
	if taken {
		return "工作人员已接手", nil
	}
	if r.EntryID == 0 {
		return "", nil
	}
	ok, err := tx.MayAnswer(ctx, t.AccountID, r.EntryID, r.EntryRevision, now)
	if err != nil || ok {
		return "", err
	}
	return "知识条目已变更或不再有效", nil
}

// withdrawn cancels a text of the bot that has not left.
func withdrawn(t *Ticket, r *Reply, reason string, now time.Time) ([]desk.Event, error) {
	if err := r.move(ReplyCancelled, now); err != nil {
		return nil, err
	}
	r.ErrorCode, r.ErrorMessage = "outdated", reason
	return []desk.Event{fact(ReplyWasCancelled, t, desk.System(), now, map[string]any{"reply_id": id(r.ID), "reason": reason})}, nil
}
