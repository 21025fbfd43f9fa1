package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// reader is who an answer is for. All that shows a citizen's words is made with
// one, which is where personal data are veiled.
type reader struct {
	actor   desk.Actor
	privacy inbox.Privacy
}

func (s *Server) reader(who auth.Principal) reader {
	return reader{who.Actor(), s.deps.Inbox.Privacy()}
}

// words are a citizen's, of a ticket with this assignee; 0 where it is none's.
func (r reader) words(assignee int64, words string) string {
	return r.privacy.Words(r.actor, assignee, words)
}

// message is a message of the timeline's ticket.
func (r reader) message(tl inbox.Timeline, m inbox.Message) MessageItem {
	if r.privacy.Reads(r.actor, tl.Ticket.AssigneeID) {
		return messageItem(m)
	}
	veiled, hidden := m.Veiled()
	until, revealed := tl.Revealed[m.ID]
	switch {
	case !hidden:
		return messageItem(m)
	case revealed:
		item := messageItem(m)
		item.RevealedUntil = utc(until)
		return item
	}
	item := messageItem(veiled)
	item.Veiled = true
	return item
}

// Revealed tells until when a message may be read as it was written.
type Revealed struct {
	Until time.Time `json:"until"`
}

type revealInput struct {
	ByID
	Body struct {
		Reason string `json:"reason" doc:"3 to 200 characters; goes on record"`
	}
}

func (s *Server) revealRoutes() {
	route(s, s.operation(http.MethodPost, "/messages/{id}/reveal", "revealMessage", "Read a veiled message as it was written, for a while and for a reason on record"),
		func(ctx context.Context, who auth.Principal, in *revealInput) (Revealed, error) {
			until, err := s.deps.Inbox.Reveal(ctx, who.Actor(), inbox.MessageID(in.ID.number()), in.Body.Reason)
			return Revealed{Until: utc(until)}, err
		})
}
