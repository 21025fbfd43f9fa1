package desk

import (
	"context"
	"encoding/json"
	"time"
)

// Audit is one row of the audit: who did what to what, when and from where.
// The store numbers the rows without a gap and chains each to the one before,
// in the transaction of the change itself; a row is never altered or removed.
// It holds ids and short codes, never what a citizen wrote.
type Audit struct {
	Seq          int64
	At           time.Time
	ActorID      int64           // 0: the desk itself
	Action       string          // what happened: an event's name, or one of the Audit… names
	Object       string          // what it was done to, as kind:id; "" when the ticket says it all
	TicketID     int64           // 0: not about a ticket
	AccountID    int64           // 0: not about one account
	DepartmentID int64           // where the ticket was
	Reason       string          // the words of who did it, where a reason is asked for
	Address      string          // the network address it was done from; "" for the desk itself
	Data         json.RawMessage // a JSON object of ids, states and figures
	MAC          string          // chains the row to the one before
}

// Names of what is audited though it changes nothing, and so is no event.
const (
	AuditSeen     = "ticket.seen"
	AuditExported = "data.exported"
	AuditRevealed = "message.revealed"
)

// NewAudit is what the actor did to an object; data is ids and figures, or nil.
func NewAudit(action, object string, actor Actor, at time.Time, data map[string]any) Audit {
	a := Audit{Action: action, Object: object, ActorID: actor.UserID, At: at}
	if len(data) > 0 {
		text, err := json.Marshal(data)
		if err != nil {
			panic("desk: audit data of " + action + ": " + err.Error())
		}
		a.Data = text
	}
	return a
}

type addressKey struct{}

// WithAddress returns a context that tells the network address its work is done
// from, for the audit.
func WithAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// AddressOf is the address that WithAddress told, "" when it was not.
func AddressOf(ctx context.Context) string {
	address, _ := ctx.Value(addressKey{}).(string)
	return address
}
