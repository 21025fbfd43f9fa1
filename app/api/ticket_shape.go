package api

import (
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// Ticket is one request. The last two parts are only told for a single ticket.
type Ticket struct {
	ID            ID             `json:"id"`
	Number        string         `json:"number" example:"20261122-0042"`
	State         string         `json:"state" enum:"new,open,with_department,in_review,replied,closed,ignored,merged"`
	Kind          string         `json:"kind" enum:"private,comment"`
	Priority      string         `json:"priority" enum:"low,normal,high,urgent"`
	Account       TicketAccount  `json:"account"`
	Contact       TicketContact  `json:"contact"`
	Post          Nullable[Post] `json:"post" doc:"the article of a comment"`
	Subject       string         `json:"subject"`
	Preview       string         `json:"preview"`
	LastMessageAt time.Time      `json:"last_message_at"`
	CreatedAt     time.Time      `json:"created_at"`
	UpdatedAt     time.Time      `json:"updated_at"`
	Assignee      Nullable[Ref]  `json:"assignee"`
	Department    Nullable[Ref]  `json:"department"`
	Category      string         `json:"category,omitempty"`
	Tags          []string       `json:"tags"`
	Clocks        []Clock        `json:"clocks" doc:"the open one in lists, all of them for a single ticket"`
	DueAt         time.Time      `json:"due_at,omitzero"`
	InFront       bool           `json:"in_front" doc:"the citizen was not helped by an answer, or wrote an urgent word: before all others until it is answered"`
	SnoozedUntil  time.Time      `json:"snoozed_until,omitzero" doc:"out of the lists of those who wait until then"`
	SnoozedBy     ID             `json:"snoozed_by,omitzero"`
	Unread        bool           `json:"unread"`
	MessageCount  int            `json:"message_count"`
	LastEvent     int64          `json:"last_event,omitempty" doc:"the newest event of a single ticket; absent in lists"`
	ClosingReason string         `json:"closing_reason,omitempty"`
	MergedInto    *MergedInto    `json:"merged_into,omitempty" doc:"the ticket that goes on with all this one had"`

	Window *Nullable[Window] `json:"window,omitempty" doc:"until when the platform lets us write; null where it has no such rule"`
	Limits *Limits           `json:"limits,omitempty"`
}

// MergedInto names the ticket that goes on for another.
type MergedInto struct {
	ID     ID     `json:"id"`
	Number string `json:"number"`
}

// TicketAccount is the account of a ticket.
type TicketAccount struct {
	ID       ID     `json:"id"`
	Name     string `json:"name"`
	Platform string `json:"platform"`
}

// TicketContact is the citizen of a ticket.
type TicketContact struct {
	ID    ID     `json:"id"`
	Label string `json:"label"`
}

// Post is the article comments hang on.
type Post struct {
	ID    ID     `json:"id"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Clock is one deadline.
type Clock struct {
	ID           ID        `json:"id"`
	Name         string    `json:"name" enum:"first_reply,next_reply,sign,department,review"`
	EscalationID ID        `json:"escalation_id,omitzero" doc:"whose clock it is; absent for the ticket's own"`
	State        string    `json:"state" enum:"running,paused,met,missed,cancelled"`
	StartedAt    time.Time `json:"started_at"`
	DueAt        time.Time `json:"due_at"`
	MetAt        time.Time `json:"met_at,omitzero"`
	PausedAt     time.Time `json:"paused_at,omitzero"`
	PausedUntil  time.Time `json:"paused_until,omitzero" doc:"when the pause ends by itself"`
	PauseReason  string    `json:"pause_reason,omitempty"`
	Warned       int       `json:"warned" doc:"the highest mark that has fired, in per cent; 0 for none"`
}

// Window is how long and how often the platform lets us write.
type Window struct {
	Until time.Time `json:"until,omitzero"`
	Left  int       `json:"left"`
	Open  bool      `json:"open"`
}

// Limits is what one text may hold; 0 means that no limit is known.
type Limits struct {
	MaxBytes int `json:"max_bytes"`
	MaxRunes int `json:"max_runes"`
}

// priorities are the words for priorities.
var priorities = map[inbox.Priority]string{
	inbox.Low: "low", inbox.Normal: "normal", inbox.High: "high", inbox.Urgent: "urgent",
}

func ticketOf(r reader, t inbox.TicketRow) Ticket {
	out := Ticket{
		ID: idOf(t.ID), Number: t.Number, State: string(t.State), Kind: string(t.Kind), Priority: priorities[t.Priority],
		Account: TicketAccount{ID: idOf(t.AccountID), Name: t.AccountName, Platform: t.Platform},
		Contact: TicketContact{ID: idOf(t.Contact.ID), Label: r.words(t.AssigneeID, t.Contact.Label())},
		Subject: r.words(t.AssigneeID, t.Subject), Preview: r.words(t.AssigneeID, t.Preview),
		LastMessageAt: utc(t.LastMessageAt), CreatedAt: utc(t.CreatedAt), UpdatedAt: utc(t.UpdatedAt),
		Assignee:   refOf(t.AssigneeID, t.AssigneeName),
		Department: refOf(t.DepartmentID, t.DepartmentName),
		Category:   t.Category,
		Tags:       append([]string{}, t.Tags...), Clocks: each(t.Clocks, clockOf), DueAt: utc(t.DueAt), InFront: t.InFront,
		SnoozedUntil: utc(t.SnoozedUntil), SnoozedBy: idOf(t.SnoozedBy),
		Unread: t.Unread, MessageCount: t.MessageCount, LastEvent: t.LastEvent, ClosingReason: t.ClosingReason,
	}
	if t.MergedInto != 0 {
		out.MergedInto = &MergedInto{ID: idOf(t.MergedInto), Number: t.MergedNumber}
	}
	if t.Post != nil {
		out.Post = some(Post{ID: idOf(t.PostID), Title: t.Post.Title, URL: t.Post.URL})
	}
	return out
}

func clockOf(c inbox.Clock) Clock {
	return Clock{
		ID: idOf(c.ID), Name: c.Name, EscalationID: idOf(c.EscalationID), State: string(c.State),
		StartedAt: utc(c.StartedAt), DueAt: utc(c.DueAt), MetAt: utc(c.MetAt),
		PausedAt: utc(c.Pause.At), PausedUntil: utc(c.Pause.Until), PauseReason: c.Pause.Reason, Warned: c.Warned,
	}
}

// windowOf is the one of the open windows that matters to who writes: of those
// with something left, the one that ends last, not the minute after a tap on a
// menu beside the two days after a message. open begins with the one that ends
// last. Comments have none.
func windowOf(kind channel.Kind, open []channel.Window) Nullable[Window] {
	if kind == channel.Comment {
		return Nullable[Window]{}
	}
	var w Window
	for i, o := range open {
		if i == 0 || !w.Open && o.Limit > 0 {
			w = Window{Until: utc(o.Until), Left: o.Limit, Open: o.Limit > 0}
		}
	}
	return some(w)
}
