package notice

import (
	"context"
	"time"

	"replydesk/inbox/desk"
)

// Store is what the service needs of a database. Look-ups that find nothing
// return desk NotFound.
type Store interface {
	// Atomic runs fn in one transaction; see app/store for the rules.
	Atomic(ctx context.Context, fn func(tx Tx) error) error

	// Cursor is the number of the last event that was followed.
	Cursor(ctx context.Context) (int64, error)
	// EventsAfter returns at most limit events with one of the names above
	// after, in order, and the number up to which it looked.
	EventsAfter(ctx context.Context, after int64, names []string, limit int) (events []desk.Event, upTo int64, err error)
	// About returns what an event is about; reply is the id it names, or 0.
	About(ctx context.Context, ticket, reply int64) (About, error)
	// Roster returns all active users, and who is on duty at a time.
	Roster(ctx context.Context, at time.Time) (Roster, error)

	// Notices returns at most limit listed notices of a user with an id below
	// before (0: the newest), newest first.
	Notices(ctx context.Context, user int64, unread bool, before int64, limit int) ([]Item, error)
	Unread(ctx context.Context, user int64) (int, error)
	// SettingsOf returns a user's settings, the zero value when none are kept.
	SettingsOf(ctx context.Context, user int64) (Settings, error)

	// Senders returns all senders by id, with their setups.
	Senders(ctx context.Context) ([]StoredSender, error)
	Sender(ctx context.Context, id int64) (StoredSender, error)
	// Sends returns at most limit sends with an id below before (0: the
	// newest), newest first; state "" for all.
	Sends(ctx context.Context, state SendState, before int64, limit int) ([]LoggedSend, error)
	// Held is when the first of the target's sends is free again that another
	// task had claimed, or that waits after a failure; zero: there is none.
	Held(ctx context.Context, t Target) (time.Time, error)
	// Items returns what the sends tell, in the order of the sends.
	Items(ctx context.Context, sends []Send) ([]Item, error)
	// Purge deletes notices written before a time, with their sends; at most
	// limit, and tells how many.
	Purge(ctx context.Context, before time.Time, limit int) (int, error)
}

// Tx changes notices, sends, settings and senders.
type Tx interface {
	Record(ctx context.Context, events ...desk.Event) error
	Enqueue(ctx context.Context, t desk.Task) error

	// LockCursor makes the cursor the caller's until the transaction ends.
	LockCursor(ctx context.Context) (int64, error)
	SaveCursor(ctx context.Context, event int64) error
	// AddNotice sets n.ID and reports whether it is the first of its event and
	// user.
	AddNotice(ctx context.Context, n *Notice) (bool, error)
	AddSend(ctx context.Context, s Send) error

	// MarkRead marks the user's unread notices with these ids, or all up to
	// upTo, and tells how many there were.
	MarkRead(ctx context.Context, user int64, ids []int64, upTo int64, at time.Time) (int64, error)
	SaveSettings(ctx context.Context, user int64, s Settings) error

	// SaveSender stores a sender; with ID 0 it makes one and sets the ID. A
	// second e-mail sender is a Conflict.
	SaveSender(ctx context.Context, s *StoredSender) error
	// RemoveSender removes a sender; what waits for it fails.
	RemoveSender(ctx context.Context, id int64, now time.Time) error

	// Claim takes at most limit sends of the target that are due, urgent and
	// oldest first, for the caller until a time; what another has is passed
	// over until its time is up.
	Claim(ctx context.Context, t Target, now, until time.Time, limit int) ([]Send, error)
	// Settle stores what became of a claimed send.
	Settle(ctx context.Context, s Send, at time.Time) error
}
