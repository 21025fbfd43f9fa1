package desk

import (
	"encoding/json"
	"time"
)

// Event is a fact that happened, named thing.happened. The store numbers it
// when its transaction commits: whoever has seen number N has seen, or may
// read, everything numbered up to N. Numbers rise; they may have gaps.
type Event struct {
	ID          int64
	Name        string
	TicketID    int64 // 0: not about a ticket
	AccountID   int64
	Departments []int64 // whose liaisons are told, of an event about a ticket; sorted
	ActorID     int64   // 0: the desk itself or the citizen
	At          time.Time
	Data        json.RawMessage // a JSON object of ids and short facts; never secrets
	Audience    Permission      // for events without a ticket: who may see it; "" everyone
	Audited     bool            // is in the audit even when nobody did it
}

// NewEvent builds an event whose data is v as JSON. v must be marshallable
// (a struct or map of plain values); anything else is a programming mistake.
func NewEvent(name string, at time.Time, v any) Event {
	data, err := json.Marshal(v)
	if err != nil {
		panic("desk: event data of " + name + ": " + err.Error())
	}
	return Event{Name: name, At: at, Data: data}
}
