package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

type (
	relateInput struct {
		ByID
		Body struct {
			TicketID ID     `json:"ticket_id" doc:"the other ticket"`
			Kind     string `json:"kind" enum:"related,same_matter"`
		}
	}
	mergeInput struct {
		ByID
		Body struct {
			IntoID ID `json:"into_id" doc:"the ticket that goes on, of the same citizen in the same conversation"`
		}
	}
	splitInput struct {
		ByID
		Body struct {
			MessageIDs []ID `json:"message_ids" minItems:"1" maxItems:"100" doc:"the citizen's; at least one of theirs must stay"`
			Answered   bool `json:"answered,omitempty" doc:"the first answer after them answers them too; otherwise the new ticket waits for one"`
		}
	}
	unrelateInput struct {
		ByID
		Body struct {
			TicketID ID `json:"ticket_id" doc:"the other ticket"`
		}
	}
)

// RelatedTicket is a ticket that another has a relation with.
type RelatedTicket struct {
	Ticket Ticket    `json:"ticket"`
	Kind   string    `json:"kind" enum:"related,same_matter"`
	At     time.Time `json:"at"`
}

func (s *Server) ticketRelations() {
	tickets := s.deps.Inbox
	related := func(ctx context.Context, who auth.Principal, id inbox.TicketID) (List[RelatedTicket], error) {
		found, err := tickets.RelatedTickets(ctx, who.Actor(), id)
		r := s.reader(who)
		return List[RelatedTicket]{Items: each(found, func(t inbox.RelatedTicket) RelatedTicket {
			return RelatedTicket{Ticket: ticketOf(r, t.TicketRow), Kind: string(t.Relation), At: utc(t.At)}
		})}, err
	}
	route(s, s.operation(http.MethodGet, "/tickets/{id}/relations", "listRelations", "The tickets that one has a relation with, those one sees"),
		func(ctx context.Context, who auth.Principal, in *ByID) (List[RelatedTicket], error) {
			return related(ctx, who, inbox.TicketID(in.ID.number()))
		})
	route(s, s.operation(http.MethodPost, "/tickets/{id}/relations", "relateTickets", "Say what two tickets have to do with each other"),
		func(ctx context.Context, who auth.Principal, in *relateInput) (List[RelatedTicket], error) {
			id := inbox.TicketID(in.ID.number())
			if err := tickets.Relate(ctx, who.Actor(), id, inbox.TicketID(in.Body.TicketID.number()), inbox.RelationKind(in.Body.Kind)); err != nil {
				return List[RelatedTicket]{}, err
			}
			return related(ctx, who, id)
		})
	act(s, "merge", "mergeTicket", "Merge the ticket into another of its citizen, which goes on with all it had; undo takes it back", func(in *mergeInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, in *mergeInput) error {
			return tickets.Merge(ctx, actor, id, inbox.TicketID(in.Body.IntoID.number()))
		})
	route(s, created(s.operation(http.MethodPost, "/tickets/{id}/split", "splitTicket", "Make a ticket of its own of messages that ask another thing; answers with it")),
		func(ctx context.Context, who auth.Principal, in *splitInput) (Ticket, error) {
			messages := each(in.Body.MessageIDs, func(id ID) inbox.MessageID { return inbox.MessageID(id.number()) })
			made, err := tickets.Split(ctx, who.Actor(), inbox.TicketID(in.ID.number()), inbox.SplitInput{Messages: messages, Answered: in.Body.Answered})
			if err != nil {
				return Ticket{}, err
			}
			return s.ticket(ctx, who, made)
		})
	route(s, s.operation(http.MethodPost, "/tickets/{id}/relations/remove", "unrelateTickets", "Take the relation of two tickets away"),
		func(ctx context.Context, who auth.Principal, in *unrelateInput) (List[RelatedTicket], error) {
			id := inbox.TicketID(in.ID.number())
			if err := tickets.Unrelate(ctx, who.Actor(), id, inbox.TicketID(in.Body.TicketID.number())); err != nil {
				return List[RelatedTicket]{}, err
			}
			return related(ctx, who, id)
		})
}
