package notice

import (
	"context"
	"time"

	"replydesk/inbox/desk"
)

// Deps are the parts of a Service; all are needed but Links.
type Deps struct {
	Store Store
	// Senders talk to what each kind of sender is.
	Senders map[Kind]Sender
	// Limits holds robots to what their platform takes.
	Limits Limits
	// Links lead liaisons from what is sent to them to the escalation; nil: there
	// are none, they sign in.
	Links Links
	// Mask takes personal data out of a ticket's subject.
	Mask func(string) string
	Now  func() time.Time

	BaseURL   string         // of the links, without a final slash
	Zone      *time.Location // of quiet hours, digests and what is written
	PerMinute int            // messages to one robot
	Timeout   time.Duration  // of one message
	KeepFor   time.Duration  // how long notices are kept
}

// Links makes the links of liaisons; *auth.Service is one. The path of a notice
// is the same however often it is asked for, and "" where there is none to give.
type Links interface {
	MakeLink(ctx context.Context, userID, escalationID, noticeID int64) (string, error)
}

// Limits counts over all processes; kv.Store is one.
type Limits interface {
	Take(ctx context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error)
}

// Service has the use cases of notices. It is safe for concurrent use.
type Service struct {
	Deps
	seen position
}

// NewService returns a Service.
func NewService(d Deps) *Service { return &Service{Deps: d} }

// time returns now in the precision the store keeps.
func (s *Service) time() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

func (s *Service) writer(lang Lang) writer {
	return writer{lang: lang, base: s.BaseURL, zone: s.Zone, mask: s.Mask}
}

// Names of the facts of notices. Each is one person's alone.
const (
	Written = "notice.written"
	Read    = "notice.read"
)

// SenderChanged is the event of every change of a sender.
const SenderChanged = "sender.changed"

// Notice is one event told to one person.
type Notice struct {
	ID        int64
	UserID    int64
	EventID   int64
	Event     string
	Topic     Topic
	Urgent    bool
	TicketID  int64 // 0: about none
	AccountID int64 // 0: about none
	Link      string
	Facts     map[string]string
	Listed    bool // shown in the app
	Browser   bool // the browser is to show it
	CreatedAt time.Time
	ReadAt    time.Time // zero: unread
}

// personal is an event that only one person is told of.
func personal(name string, user int64, at time.Time, data map[string]any) desk.Event {
	e := desk.NewEvent(name, at, data)
	e.Audience = desk.OnlyFor(user)
	return e
}

// List is a page of somebody's own notices with how many are unread.
type List struct {
	desk.Page[Item]
	Unread int
}

// Filter chooses notices of a list.
type Filter struct {
	Unread bool
	Limit  int
	Cursor string
}

// Notices returns the actor's own notices, newest first. Of tickets that the
// actor may no longer see it tells nothing.
func (s *Service) Notices(ctx context.Context, actor desk.Actor, f Filter) (List, error) {
	before, err := cursorID(f.Cursor)
	if err != nil {
		return List{}, err
	}
	limit := desk.PageLimit(f.Limit)
	items, err := s.Store.Notices(ctx, actor.UserID, f.Unread, before, limit+1)
	if err != nil {
		return List{}, err
	}
	var out List
	out.Items, out.Next = page(items, limit, func(i Item) int64 { return i.ID })
	mask := s.writer(Zh)
	for i, item := range out.Items {
		item = item.forEyes(actor)
		item.Ticket.Subject = mask.subject(item.Ticket.Subject)
		out.Items[i] = item
	}
	out.Unread, err = s.Store.Unread(ctx, actor.UserID)
	return out, err
}

// MarkRead marks the actor's own notices as read: those with the ids, and all
// up to upTo. Others' ids are passed over.
func (s *Service) MarkRead(ctx context.Context, actor desk.Actor, ids []int64, upTo int64) error {
	if len(ids) > desk.MaxPage {
		return desk.InvalidField("ids", "一次最多 %d 条", desk.MaxPage)
	}
	if len(ids) == 0 && upTo <= 0 {
		return desk.InvalidField("ids", "请给出要标为已读的通知")
	}
	now := s.time()
	return s.Store.Atomic(ctx, func(tx Tx) error {
		n, err := tx.MarkRead(ctx, actor.UserID, ids, upTo, now)
		if err != nil || n == 0 {
			return err
		}
		return tx.Record(ctx, personal(Read, actor.UserID, now, map[string]any{"count": n}))
	})
}

// Settings returns the actor's own settings.
func (s *Service) Settings(ctx context.Context, actor desk.Actor) (Settings, error) {
	return s.Store.SettingsOf(ctx, actor.UserID)
}

// SaveSettings stores the actor's own settings. Only a person has some.
func (s *Service) SaveSettings(ctx context.Context, actor desk.Actor, in Settings) error {
	in, err := in.Clean()
	if err != nil {
		return err
	}
	return s.Store.Atomic(ctx, func(tx Tx) error { return tx.SaveSettings(ctx, actor.UserID, in) })
}

// purgeBatch is how many notices one transaction deletes.
const purgeBatch = 1000

// Purge deletes notices older than Deps.KeepFor. It returns the zero time.
func (s *Service) Purge(ctx context.Context, now time.Time) (time.Time, error) {
	for {
		n, err := s.Store.Purge(ctx, now.Add(-s.KeepFor), purgeBatch)
		if err != nil || n < purgeBatch {
			return time.Time{}, err
		}
	}
}
