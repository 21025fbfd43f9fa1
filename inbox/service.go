package inbox

import (
	"context"
	"errors"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// Task kinds this tree enqueues. Key is the id of what they act on.
const (
	TaskSendReply  = "reply.send"
	TaskFetchMedia = "media.fetch"
	TaskEraseFile  = "media.erase" // payload: the path
	TaskEntryUsed  = "faq.used"    // key: reply id, payload: {"entry_id"}
	TaskBotAnswer  = "bot.answer"  // key: message id
)

// Rules are the settings of the inbox.
type Rules struct {
	FirstReply   sla.Policy
	NextReply    sla.Policy
	ReopenWithin time.Duration // a message this long after the end reopens the ticket
	Location     *time.Location
	SendTries    int // delivery attempts of one approval or resending

	KeepEvents time.Duration // events nothing reads any more are deleted after it; 0: never
	KeepNewest int64         // so many of the newest numbers stay, for sockets that resume
}

// Limits tells what an account's platform takes; unknown accounts have none.
type Limits interface {
	Limits(ctx context.Context, accountID int64) (channel.Limits, error)
}

// Service has the use cases of the inbox. Every method checks what the actor
// may do and is safe for concurrent use.
type Service struct {
	store  Store
	limits Limits
	rules  Rules
	now    func() time.Time
}

// NewService returns a Service. The rules must be valid.
func NewService(store Store, limits Limits, rules Rules, now func() time.Time) (*Service, error) {
	if err := errors.Join(rules.FirstReply.Validate(), rules.NextReply.Validate()); err != nil {
		return nil, err
	}
	if rules.Location == nil || rules.SendTries < 1 || rules.ReopenWithin < 0 {
		return nil, errors.New("inbox rules: location, at least one send try and a reopening time of 0 or more are needed")
	}
	return &Service{store: store, limits: limits, rules: rules, now: now}, nil
}

// time returns now in the precision the store keeps.
func (s *Service) time() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// policy is the rule of a clock by its name.
func (s *Service) policy(name string) sla.Policy {
	if name == FirstReply {
		return s.rules.FirstReply
	}
	return s.rules.NextReply
}

// lockTicket locks a ticket the actor may see; one they may not is not found,
// so that numbers cannot be guessed.
func lockTicket(ctx context.Context, tx Tx, actor desk.Actor, id TicketID) (*Ticket, error) {
	t, err := tx.LockTicket(ctx, id)
	if err != nil {
		return nil, err
	}
	if !actor.SeesTicket(t.AccountID, t.DepartmentID) {
		return nil, desk.Errorf(desk.NotFound, "没有找到工单")
	}
	return t, nil
}

// startClock starts the ticket's next clock at the given time unless one is
// open. It asks for an answer to the message, or to a person's reopening (0).
func (s *Service) startClock(ctx context.Context, tx Tx, t *Ticket, message MessageID, at time.Time) error {
	if !t.DueAt.IsZero() {
		return nil
	}
	name := FirstReply
	if t.Answered {
		name = NextReply
	}
	c := &Clock{TicketID: t.ID, MessageID: message, Name: name, Clock: sla.Start(s.policy(name), at)}
	if err := tx.AddClock(ctx, c); err != nil {
		return err
	}
	t.DueAt = c.DueAt
	return nil
}

// openClock returns the ticket's open clock, nil when there is none.
func openClock(ctx context.Context, tx Tx, t *Ticket) (*Clock, error) {
	if t.DueAt.IsZero() {
		return nil, nil
	}
	return tx.OpenClock(ctx, t.ID)
}

// endClock ends an open clock by end and forgets the ticket's deadline. It
// returns what the clock had to tell until now: a deadline that has passed was
// missed, even when its end comes before the next sweep.
func (s *Service) endClock(ctx context.Context, tx Tx, t *Ticket, c *Clock, now time.Time, end func(sla.Clock) sla.Clock) ([]desk.Event, error) {
	told := marks(t, c, s.advance(c, now), now)
	c.Clock, t.DueAt = end(c.Clock), time.Time{}
	return told, tx.SaveClock(ctx, c)
}
