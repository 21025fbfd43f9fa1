package inbox

import (
	"context"
	"time"

	"replydesk/inbox/desk"
	"replydesk/inbox/search"
)

// MaxFound is the most tickets one page of a search has.
const MaxFound = 50

// SearchFilter chooses tickets that hold what somebody looks for: in their
// number, subject, messages, replies or notes, in the contact's name or in the
// post's title. A liaison finds nothing in notes. Zero fields do not narrow.
type SearchFilter struct {
	TicketFilter           // without Sort: what is found begins with the newest ticket
	From, To     time.Time // when the ticket was made; To is not part of it
	Words        search.Query
	Privacy      Privacy // of what is shown; Search sets it
}

// Found is a ticket with the text that shows best why.
type Found struct {
	TicketRow
	Source  Source
	At      time.Time // when it was written; zero for a Source that is no text of the thread
	Excerpt search.Excerpt
}

// Source is where something was found.
type Source string

// Sources.
const (
	InNumber  Source = "number"
	InSubject Source = "subject"
	InContact Source = "contact"
	InPost    Source = "post"
	InMessage Source = "message"
	InReply   Source = "reply"
	InNote    Source = "note"
)

// Finder searches the tickets' texts. What was written is found within a
// second, as a rule; what is no longer there, or no longer the actor's to see,
// is not found from that moment on.
type Finder interface {
	Search(ctx context.Context, f SearchFilter) (desk.Page[Found], error)
}

// Search returns one page, at most MaxFound, of the tickets that hold
// f.Query, the newest ticket first.
func (s *Service) Search(ctx context.Context, f SearchFilter) (desk.Page[Found], error) {
	if err := f.Actor.Require(desk.ReadTickets); err != nil {
		return desk.Page[Found]{}, err
	}
	if err := f.valid(); err != nil {
		return desk.Page[Found]{}, err
	}
	if f.Words = s.rules.Words.Parse(f.Query); f.Words.Empty() {
		return desk.Page[Found]{}, nil
	}
	f.Privacy = s.rules.Privacy
	f.Limit, f.DueBefore, f.Now = min(desk.PageLimit(f.Limit), MaxFound), s.soon(), s.time()
	return s.store.Search(ctx, f)
}

// Day is when a day, as "2026-11-22", begins and ends at the desk.
func (s *Service) Day(date string) (from, to time.Time, err error) {
	from, err = time.ParseInLocation(time.DateOnly, date, s.rules.Location)
	if err != nil {
		return from, to, desk.Errorf(desk.Invalid, "%q 不是日期", date)
	}
	return from.UTC(), from.AddDate(0, 0, 1).UTC(), nil
}
