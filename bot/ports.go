package bot

import (
	"context"
	"encoding/json"
	"time"

	"replydesk/faq"
	"replydesk/inbox"
)

// Store is what the bot needs of a database. Look-ups that find nothing return
// desk NotFound.
type Store interface {
	// Atomic runs fn in one transaction; fn may run again.
	Atomic(ctx context.Context, fn func(tx Tx) error) error
	Account(ctx context.Context, id int64) (Account, error)
	// Message finds the private message of a payload.
	Message(ctx context.Context, accountID int64, contact, externalID string) (Message, error)
	MessageByID(ctx context.Context, id inbox.MessageID) (Message, error)
	// ActiveTicket is the contact's private ticket that has not ended.
	ActiveTicket(ctx context.Context, accountID int64, contact string) (inbox.ContactID, inbox.TicketID, error)
	// EntryByCode finds an entry in whatever state.
	EntryByCode(ctx context.Context, code string) (faq.Entry, error)
}

// Directory knows what settings may name.
type Directory interface {
	// EntryByCode finds an entry in whatever state, or is NotFound.
	EntryByCode(ctx context.Context, code string) (faq.Entry, error)
	// DepartmentNames are the names of the departments, and those published entries
	// bear.
	DepartmentNames(ctx context.Context) ([]string, error)
}

// Tx is a transaction of the inbox that can also do what is the bot's.
type Tx interface {
	inbox.Tx
	// Response is what the bot did about a payload.
	Response(ctx context.Context, accountID int64, externalID string) (Response, error)
	// AddResponse stores a response and sets its ID. One for the same payload
	// or message is a Conflict.
	AddResponse(ctx context.Context, r *Response) error
	// CountVote notes a vote on a response.
	CountVote(ctx context.Context, response int64, vote int, now time.Time) error
	ResponseByID(ctx context.Context, id int64) (Response, error)
	// Thread is where the bot stands with a contact; an unknown one stands at
	// the beginning.
	Thread(ctx context.Context, c inbox.ContactID) (Thread, error)
	SaveThread(ctx context.Context, t Thread) error
	// Menu is the id of the first of the last n menus the contact was shown (at least
	// one), of those that were not for a Topic if there is one.
	Menu(ctx context.Context, c inbox.ContactID, n int) (int64, error)
	// ToldNumbers reports whether the contact was told, after their last menu,
	// which numbers it has.
	ToldNumbers(ctx context.Context, c inbox.ContactID) (bool, error)
	Entry(ctx context.Context, id faq.EntryID) (faq.Entry, error)
	// Waits reports whether a message of the ticket between two others waits for
	// a person: no bot answered it, or it was handed over.
	Waits(ctx context.Context, ticket inbox.TicketID, after, before inbox.MessageID) (bool, error)
	// HandedOver reports whether the bot handed over a message after the given one.
	HandedOver(ctx context.Context, ticket inbox.TicketID, after inbox.MessageID) (bool, error)
}

// Account is what the bot must know of an account.
type Account struct {
	ID       int64
	Enabled  bool            // both the account and the bot on it are
	Settings json.RawMessage // as Laid lays them
}

// Message is what a citizen wrote.
type Message struct {
	AccountID  int64
	ExternalID string
	ContactID  inbox.ContactID
	TicketID   inbox.TicketID
	MessageID  inbox.MessageID // 0: a menu click or a subscription
	Text       string
}
