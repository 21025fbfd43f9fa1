package inbox

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
	"replydesk/inbox/search"
	"replydesk/inbox/sla"
)

// Task kinds this tree enqueues. Key is the id of what they act on.
const (
	TaskSendReply  = "reply.send"
	TaskFetchMedia = "media.fetch"
	TaskEraseFile  = "media.erase" // payload: the path
	TaskEntryUsed  = "faq.used"    // key: reply id, payload: {"entry_id"}
	TaskBotAnswer  = "bot.answer"  // key: message id
	TaskAskRating  = "rating.ask"  // payload: the ticket and when it was closed
)

// Rules are the settings of the inbox.
type Rules struct {
	FirstReply   sla.Plan // of a ticket that no policy fits
	NextReply    sla.Plan
	Holidays     map[int][]sla.Day // the years that come with the desk
	ReopenWithin time.Duration     // a message this long after the end reopens the ticket
	UndoWithin   time.Duration     // so long whoever ended a ticket may undo that
	Location     *time.Location
	SendTries    int          // delivery attempts of one approval or resending
	Words        search.Words // how search reads what people write

	Folder        check.Folder
	EmptyPhrases  *check.List     // nil: none
	CodeKey       []byte          // from which tickets' codes follow
	MarkKey       []byte          // without it the marks of models' drafts tell nothing
	Progress      map[string]bool // messages, folded, that ask how far a ticket is; none: nothing
	Thanks        *check.Thanks   // what a message after the answer may say without asking for another; nil: nothing
	Hosts         []string        // where links of replies may lead, beside the library's; none: anywhere
	SpikeMessages int             // so many people who write the same raise an alert; below 2: never
	SpikeWithin   time.Duration   // within so long

	KeepEvents time.Duration // events nothing reads any more are deleted after it; 0: never
	KeepNewest int64         // so many of the newest numbers stay, for sockets that resume

	Privacy Privacy // the zero value veils everything from everybody
}

// Limits tells what an account's platform takes; unknown accounts have none.
type Limits interface {
	Limits(ctx context.Context, accountID int64) (channel.Limits, error)
}

// Service has the use cases of the inbox. Every method checks what the actor
// may do and is safe for concurrent use.
type Service struct {
	store     Store
	limits    Limits
	rules     Rules
	now       func() time.Time
	words     words
	spiked    atomic.Int64 // the newest message the last search for spikes saw
	timetable atomic.Pointer[timetable]
}

// NewService returns a Service. The rules must be valid.
func NewService(store Store, limits Limits, rules Rules, now func() time.Time) (*Service, error) {
	rules.FirstReply, rules.NextReply = rules.FirstReply.Ordered(), rules.NextReply.Ordered()
	if err := errors.Join(rules.FirstReply.Validate(), rules.NextReply.Validate()); err != nil {
		return nil, err
	}
	if rules.Location == nil || rules.SendTries < 1 || rules.ReopenWithin < 0 || rules.UndoWithin < 0 {
		return nil, errors.New("inbox rules: location, at least one send try and times for reopening and undoing of 0 or more are needed")
	}
	s := &Service{store: store, limits: limits, rules: rules, now: now}
	s.timetable.Store(emptyTimetable(rules.Holidays, rules.Location))
	return s, nil
}

// Zone is where the desk's days begin.
func (s *Service) Zone() *time.Location { return s.rules.Location }

// time returns now in the precision the store keeps.
func (s *Service) time() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// lockTicket locks a ticket the actor may see; one they may not is not found,
// so that numbers cannot be guessed.
func lockTicket(ctx context.Context, tx Tx, actor desk.Actor, id TicketID) (*Ticket, error) {
	t, err := tx.LockTicket(ctx, id)
	if err != nil {
		return nil, err
	}
	if !actor.SeesTicket(int64(t.ID), t.AccountID, t.Departments) {
		return nil, noTicket()
	}
	return t, nil
}

func noTicket() error { return desk.Errorf(desk.NotFound, "没有找到工单") }
