package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

type (
	assignInput struct {
		ByID
		Body struct {
			AssigneeID Clearable `json:"assignee_id" doc:"null or empty: nobody"`
		}
	}
	closeInput struct {
		ByID
		Body *struct { // a pointer: the body may be left out
			Reason string `json:"reason,omitempty"`
		}
	}
	ignoreInput struct {
		ByID
		Body struct {
			Reason string `json:"reason"`
		}
	}
	priorityInput struct {
		ByID
		Body struct {
			Priority string `json:"priority" enum:"low,normal,high,urgent"`
		}
	}
	tagsInput struct {
		ByID
		Body struct {
			Tags []string `json:"tags"`
		}
	}
	pauseInput struct {
		ByID
		Body struct {
			Reason string    `json:"reason"`
			Until  time.Time `json:"until,omitempty" doc:"when it goes on by itself"`
		}
	}
	postponeInput struct {
		ByID
		Body struct {
			Until  time.Time `json:"until,omitempty" doc:"the new deadline; or hours"`
			Hours  float64   `json:"hours,omitempty" minimum:"0" maximum:"8784" doc:"so much later, of the time the clock counts"`
			Reason string    `json:"reason"`
		}
	}
	snoozeInput struct {
		ByID
		Body struct {
			Until time.Time `json:"until" doc:"before the deadline: the clock runs on"`
		}
	}
	categoryInput struct {
		ByID
		Body struct {
			Category string `json:"category"`
		}
	}
	readInput struct {
		ByID
		Body struct {
			Event int64 `json:"event" minimum:"0"`
		}
	}
	noteInput struct {
		ByID
		Body struct {
			Text     string    `json:"text"`
			Mentions []Mention `json:"mentions,omitempty" maxItems:"20" doc:"places of the text, without spaces around it, that call somebody"`
		}
	}
	mentionableInput struct {
		ByID
		Query string `query:"q" maxLength:"40" doc:"part of the name"`
	}
)

// act registers an action on a ticket that answers with the ticket.
func act[I any](s *Server, what, name, summary string, id func(in *I) PathID,
	do func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *I) error) {
	op := s.operation(http.MethodPost, "/tickets/{id}/"+what, name, summary)
	route(s, op, func(ctx context.Context, who auth.Principal, in *I) (Ticket, error) {
		ticket := inbox.TicketID(id(in).number())
		if err := do(ctx, who.Actor(), ticket, in); err != nil {
			return Ticket{}, err
		}
		return s.ticket(ctx, who, ticket)
	})
}

func (s *Server) ticketActions() {
	tickets := s.deps.Inbox
	act(s, "assign", "assignTicket", "Give the ticket to somebody, or to nobody", func(in *assignInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *assignInput) error {
			return tickets.Assign(ctx, actor, id, in.Body.AssigneeID.id)
		})
	act(s, "close", "closeTicket", "End an answered ticket; one without an answer needs a reason", func(in *closeInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *closeInput) error {
			if in.Body == nil {
				return tickets.Close(ctx, actor, id, "")
			}
			return tickets.Close(ctx, actor, id, in.Body.Reason)
		})
	act(s, "ignore", "ignoreTicket", "End a ticket that needs no answer, for a reason", func(in *ignoreInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *ignoreInput) error {
			return tickets.Ignore(ctx, actor, id, in.Body.Reason)
		})
	act(s, "reopen", "reopenTicket", "Take an ended ticket up again", func(in *ByID) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, _ *ByID) error {
			return tickets.Reopen(ctx, actor, id)
		})
	act(s, "undo", "undoTicket", "Take back that one has just closed, ignored or merged the ticket: all is as it was", func(in *ByID) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, _ *ByID) error {
			return tickets.Undo(ctx, actor, id)
		})
	act(s, "priority", "prioritizeTicket", "Set the priority", func(in *priorityInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *priorityInput) error {
			return tickets.Prioritize(ctx, actor, id, priorityOf(in.Body.Priority))
		})
	act(s, "tags", "tagTicket", "Replace the tags", func(in *tagsInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *tagsInput) error {
			return tickets.Tag(ctx, actor, id, in.Body.Tags)
		})
	act(s, "pause", "pauseTicket", "Stop the ticket's clock, for a reason", func(in *pauseInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *pauseInput) error {
			return tickets.Pause(ctx, actor, id, in.Body.Reason, in.Body.Until)
		})
	act(s, "resume", "resumeTicket", "Let the ticket's clock run on", func(in *ByID) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, _ *ByID) error {
			return tickets.Resume(ctx, actor, id)
		})
	act(s, "postpone", "postponeTicket", "Put off the deadline of the ticket's clock, for a reason", func(in *postponeInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *postponeInput) error {
			b := in.Body
			return tickets.Postpone(ctx, actor, id, inbox.Postponement{Until: b.Until, By: time.Duration(b.Hours * float64(time.Hour)), Reason: b.Reason})
		})
	act(s, "snooze", "snoozeTicket", "Put the ticket off: out of the lists until a time, or until the citizen writes", func(in *snoozeInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *snoozeInput) error {
			return tickets.Snooze(ctx, actor, id, in.Body.Until)
		})
	act(s, "wake", "wakeTicket", "Bring a ticket back that was put off", func(in *ByID) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, _ *ByID) error {
			return tickets.Wake(ctx, actor, id)
		})
	act(s, "thanks", "thankedTicket", "The citizen only thanks: end the clock without another answer", func(in *ByID) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, _ *ByID) error {
			return tickets.Thanked(ctx, actor, id)
		})
	act(s, "category", "categorizeTicket", "Set the category", func(in *categoryInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *categoryInput) error {
			return tickets.Categorize(ctx, actor, id, in.Body.Category)
		})
	command(s, s.operation(http.MethodPost, "/tickets/{id}/read", "readTicket", "Note that the ticket was read up to an event"),
		func(ctx context.Context, who auth.Principal, in *readInput) error {
			return tickets.MarkRead(ctx, who.Actor(), inbox.TicketID(in.ID.number()), in.Body.Event)
		})
	route(s, created(s.operation(http.MethodPost, "/tickets/{id}/notes", "addNote", "Add an internal remark")),
		func(ctx context.Context, who auth.Principal, in *noteInput) (NoteItem, error) {
			mentions := make([]inbox.Mention, len(in.Body.Mentions))
			for i, m := range in.Body.Mentions {
				mentions[i] = inbox.Mention{UserID: m.UserID.number(), DepartmentID: m.DepartmentID.number(), From: m.From, To: m.To}
			}
			note, err := tickets.AddNote(ctx, who.Actor(), inbox.TicketID(in.ID.number()), in.Body.Text, mentions...)
			return noteItem(note, who.User.Name), err
		})
	route(s, s.operation(http.MethodGet, "/tickets/{id}/mentionable", "listMentionable", "Whom a note of the ticket may call: departments that have it, and people who see it"),
		func(ctx context.Context, who auth.Principal, in *mentionableInput) (List[Mentionable], error) {
			found, err := tickets.Mentionable(ctx, who.Actor(), inbox.TicketID(in.ID.number()), in.Query)
			return List[Mentionable]{Items: each(found, mentionableOf)}, err
		})
}

func mentionableOf(m inbox.Mentionable) Mentionable {
	out := Mentionable{Role: string(m.Role)}
	if m.ID != 0 {
		out.User = &Ref{ID: idOf(m.ID), Name: m.Name}
	}
	if m.DepartmentID != 0 {
		out.Department = &Ref{ID: idOf(m.DepartmentID), Name: m.Department}
	}
	return out
}

func priorityOf(word string) inbox.Priority {
	for p, w := range priorities {
		if w == word {
			return p
		}
	}
	return inbox.Normal // huma has checked the word
}

// ticketCategories are the categories one may choose from: another may be typed.
func (s *Server) ticketCategories(ctx context.Context, who auth.Principal, _ *nothing) (List[string], error) {
	used, err := s.deps.Inbox.Categories(ctx, who.Actor())
	if err != nil {
		return List[string]{}, err
	}
	library, err := s.deps.Library.Facets(ctx, who.Actor())
	if err != nil {
		return List[string]{}, err
	}
	for _, name := range library.Categories {
		if !slices.Contains(used, name) {
			used = append(used, name)
		}
	}
	return List[string]{Items: append([]string{}, used...)}, nil
}
