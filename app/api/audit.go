package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"replydesk/app/audit"
	"replydesk/app/auth"
)

// AuditRow tells who did what, when and from where.
type AuditRow struct {
	Number     ID             `json:"number" doc:"rows are numbered without a gap"`
	At         time.Time      `json:"at"`
	Actor      Nullable[Ref]  `json:"actor" doc:"null: the desk itself, or nobody who is known"`
	Action     string         `json:"action" doc:"the name of the event, or ticket.seen, data.exported, session.opened …"`
	Object     string         `json:"object" doc:"what it was done to, as kind:id; empty when the ticket says it all"`
	Ticket     Nullable[Ref]  `json:"ticket" doc:"by its number"`
	Account    Nullable[Ref]  `json:"account"`
	Department Nullable[Ref]  `json:"department" doc:"where the ticket was"`
	Reason     string         `json:"reason"`
	Address    string         `json:"address" doc:"the network address it was done from"`
	Data       map[string]any `json:"data" doc:"ids, states and figures; never a citizen's words"`
	Code       string         `json:"code" doc:"chains the row to the one before"`
}

type auditInput struct {
	Actor  ID        `query:"actor_id"`
	Ticket ID        `query:"ticket_id"`
	Action string    `query:"action" maxLength:"60" doc:"a name, or a family with its dot: reply."`
	From   time.Time `query:"from" doc:"from this time"`
	To     time.Time `query:"to" doc:"before this time"`
	Limit  int       `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string    `query:"cursor" maxLength:"20"`
}

func (s *Server) auditRoutes() {
	route(s, s.operation(http.MethodGet, "/audit", "listAudit", "Who did what, newest first"), s.listAudit)
}

func (s *Server) listAudit(ctx context.Context, who auth.Principal, in *auditInput) (List[AuditRow], error) {
	page, err := s.deps.Audit.Rows(ctx, audit.Filter{
		Actor: who.Actor(), ActorID: in.Actor.number(), TicketID: in.Ticket.number(), Action: in.Action, From: in.From, To: in.To, Limit: in.Limit,
	}, in.Cursor)
	if err != nil {
		return List[AuditRow]{}, err
	}
	list := listOf(page.Items, func(a audit.Row) AuditRow {
		row := AuditRow{
			Number: idOf(a.Seq), At: utc(a.At), Actor: refOf(a.ActorID, a.ActorName), Action: a.Action, Object: a.Object,
			Ticket: refOf(a.TicketID, a.TicketNumber), Account: refOf(a.AccountID, a.AccountName), Department: refOf(a.DepartmentID, a.DepartmentName),
			Reason: a.Reason, Address: a.Address, Data: map[string]any{}, Code: a.MAC,
		}
		_ = json.Unmarshal(a.Data, &row.Data) // ours, or none
		return row
	})
	list.NextCursor = page.Next
	return list, nil
}
