package api

import (
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Timeline is everything of a ticket, oldest first.
type Timeline struct {
	Items     []TimelineItem `json:"items"`
	LastEvent int64          `json:"last_event" doc:"the newest event that is in it; send it back as seen_event"`
}

// TimelineItem is one of four things, told apart by type.
type TimelineItem struct {
	at   time.Time
	rank int // puts what happened in the same millisecond in order
	item any
}

// Schema implements huma.SchemaProvider.
func (TimelineItem) Schema(r huma.Registry) *huma.Schema {
	kinds := []*huma.Schema{schemaFor[MessageItem](r), schemaFor[ReplyItem](r), schemaFor[NoteItem](r), schemaFor[EventItem](r)}
	return &huma.Schema{
		OneOf: kinds,
		Discriminator: &huma.Discriminator{PropertyName: "type", Mapping: map[string]string{
			"message": kinds[0].Ref, "reply": kinds[1].Ref, "note": kinds[2].Ref, "event": kinds[3].Ref,
		}},
	}
}

// MarshalJSON implements json.Marshaler.
func (i TimelineItem) MarshalJSON() ([]byte, error) { return json.Marshal(i.item) }

// MessageItem is what a citizen wrote.
type MessageItem struct {
	Type        string       `json:"type" enum:"message"`
	ID          ID           `json:"id"`
	At          time.Time    `json:"at"`
	MessageType string       `json:"message_type" enum:"text,image,voice,video,location,link,event,unknown"`
	Text        string       `json:"text"`
	Data        Object       `json:"data" doc:"what the type adds: a location, a link …"`
	Attachments []Attachment `json:"attachments"`

	Veiled        bool      `json:"veiled,omitempty" doc:"personal data in it are hidden from the reader, who may reveal them"`
	RevealedUntil time.Time `json:"revealed_until,omitzero" doc:"the reader has revealed it"`
}

// Attachment is a file of a message; it has a url once it is stored.
type Attachment struct {
	ID          ID     `json:"id"`
	Kind        string `json:"kind" enum:"image,voice,video,unknown"`
	State       string `json:"state" enum:"pending,stored,failed"`
	URL         string `json:"url,omitempty"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
}

// ReplyItem is an answer on its way.
type ReplyItem struct {
	Type         string               `json:"type" enum:"reply"`
	ID           ID                   `json:"id"`
	At           time.Time            `json:"at"`
	Text         string               `json:"text"`
	State        string               `json:"state" enum:"draft,in_review,approved,sending,sent,rejected,failed,unknown,cancelled"`
	Origin       string               `json:"origin" enum:"staff,faq,llm,department,bot"`
	Author       Nullable[Ref]        `json:"author"`
	EntryID      ID                   `json:"entry_id,omitempty" doc:"the library's entry it was made from"`
	DraftID      ID                   `json:"draft_id,omitempty" doc:"the model's draft it was made from"`
	EscalationID ID                   `json:"escalation_id,omitempty" doc:"the department's answer it was made of"`
	SentAt       time.Time            `json:"sent_at,omitzero"`
	Error        Nullable[ReplyError] `json:"error" doc:"why the last attempt did not succeed"`
	Deliveries   []Delivery           `json:"deliveries"`
	Reviewer     Nullable[Ref]        `json:"reviewer"`
	ReviewReason string               `json:"review_reason,omitempty"`
}

// ReplyError is why a reply did not arrive, or may not have.
type ReplyError struct {
	Code    string `json:"code" doc:"the platform's, or a word for what happened on the way"`
	Message string `json:"message" doc:"a sentence for staff; the deliveries hold the platform's own words"`
}

// Delivery is one attempt to send.
type Delivery struct {
	Attempt    int       `json:"attempt"`
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	Outcome    string    `json:"outcome,omitempty" enum:"sent,again,never,window_closed,quota_used,credentials,unknown"`
	Code       string    `json:"code,omitempty"`
	Message    string    `json:"message,omitempty"`
}

// NoteItem is an internal remark.
type NoteItem struct {
	Type   string        `json:"type" enum:"note"`
	ID     ID            `json:"id"`
	At     time.Time     `json:"at"`
	Text   string        `json:"text"`
	Author Nullable[Ref] `json:"author"`

	Mentions    []Mention `json:"mentions" doc:"in order of place"`
	Departments []ID      `json:"departments" doc:"whose liaisons read it; empty for what stays in the desk"`
}

// Mention is a place of a note that calls a person or a department.
type Mention struct {
	UserID       ID  `json:"user_id,omitzero"`
	DepartmentID ID  `json:"department_id,omitzero"`
	From         int `json:"from" minimum:"0" doc:"where it begins, in characters (code points); the name stands there behind an @"`
	To           int `json:"to" minimum:"1" doc:"where it ends"`
}

// Mentionable is whom a note of a ticket may call: a person, or a department.
type Mentionable struct {
	User       *Ref   `json:"user,omitempty"`
	Role       string `json:"role,omitempty" enum:"admin,supervisor,staff,liaison"`
	Department *Ref   `json:"department,omitempty" doc:"that is meant, or that the person answers for"`
}

// EventItem is something that happened to the ticket.
type EventItem struct {
	Type  string        `json:"type" enum:"event"`
	ID    ID            `json:"id"`
	At    time.Time     `json:"at"`
	Name  string        `json:"name" example:"ticket.assigned"`
	Actor Nullable[Ref] `json:"actor" doc:"null: the desk itself or the citizen"`
	Data  Object        `json:"data"`
}

func messageItem(m inbox.Message) MessageItem {
	return MessageItem{
		Type: "message", ID: idOf(m.ID), At: utc(m.ReceivedAt), MessageType: string(m.Type), Text: m.Text,
		Data: Object(m.Data), Attachments: each(m.Attachments, attachmentOf),
	}
}

func attachmentOf(a inbox.Attachment) Attachment {
	out := Attachment{
		ID: idOf(a.ID), Kind: string(a.Kind), State: string(a.State), Name: inbox.Undirected(a.Name), ContentType: a.ContentType, Size: a.Size,
	}
	if a.State == inbox.AttachmentStored {
		out.URL = prefix + "/media/" + string(out.ID)
	}
	return out
}

func replyItem(r inbox.Reply, deliveries []inbox.Delivery, names map[int64]string) ReplyItem {
	out := ReplyItem{
		Type: "reply", ID: idOf(r.ID), At: utc(r.CreatedAt), Text: r.Text, State: string(r.State), Origin: string(r.Origin),
		Author: refOf(r.AuthorID, names[r.AuthorID]), EntryID: idOf(r.EntryID), DraftID: idOf(r.DraftID), EscalationID: idOf(r.EscalationID), SentAt: utc(r.SentAt),
		Reviewer: refOf(r.ReviewerID, names[r.ReviewerID]), ReviewReason: r.ReviewReason, Deliveries: []Delivery{},
	}
	if r.ErrorCode != "" || r.ErrorMessage != "" {
		out.Error = some(ReplyError{Code: r.ErrorCode, Message: r.ErrorMessage})
	}
	for _, d := range deliveries {
		if d.ReplyID == r.ID {
			out.Deliveries = append(out.Deliveries, Delivery{
				Attempt: d.Attempt, StartedAt: utc(d.StartedAt), FinishedAt: utc(d.FinishedAt),
				Outcome: string(d.Outcome), Code: d.Code, Message: d.Message,
			})
		}
	}
	return out
}

func noteItem(n inbox.Note, author string) NoteItem {
	return NoteItem{
		Type: "note", ID: idOf(n.ID), At: utc(n.CreatedAt), Text: n.Text, Author: refOf(n.AuthorID, author),
		Mentions: each(n.Mentions, func(m inbox.Mention) Mention {
			return Mention{UserID: idOf(m.UserID), DepartmentID: idOf(m.DepartmentID), From: m.From, To: m.To}
		}),
		Departments: each(n.Departments, idOf[int64]),
	}
}

func eventItem(e desk.Event, names map[int64]string) EventItem {
	return EventItem{
		Type: "event", ID: idOf(e.ID), At: utc(e.At), Name: e.Name, Actor: refOf(e.ActorID, names[e.ActorID]), Data: Object(e.Data),
	}
}
