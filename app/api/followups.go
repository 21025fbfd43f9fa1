package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
)

// FollowUp is a citizen's bad mark that somebody looks after.
type FollowUp struct {
	ID         ID        `json:"id"`
	Ticket     TicketRef `json:"ticket"`
	State      string    `json:"ticket_state" enum:"new,open,with_department,in_review,replied,closed,ignored,merged" doc:"of the ticket, now"`
	Kind       string    `json:"kind" enum:"private,comment"`
	OpenedMark int       `json:"opened_mark" doc:"the bad mark, 1 to 5"`
	Mark       int       `json:"mark" doc:"what the citizen says now; they may have thought better of it"`
	Words      string    `json:"words" doc:"the citizen's, with the mark of now"`
	Round      int       `json:"round" doc:"which round of the ticket's answers was rated, from 1"`
	RatedAt    time.Time `json:"rated_at" doc:"when the mark of now was given"`
	OpenedAt   time.Time `json:"opened_at"`
	Origin     string    `json:"origin" enum:"staff,faq,llm,department,bot,desk" doc:"of the answer that was rated"`
	Author     *Ref      `json:"author,omitempty" doc:"who sent it; absent: the bot"`
	Department *Ref      `json:"department,omitempty" doc:"that led the ticket then"`

	Outcome  string    `json:"outcome" enum:"satisfied,dissatisfied,unreachable,not_needed," doc:"empty: still open"`
	Remark   string    `json:"remark"`
	ClosedBy *Ref      `json:"closed_by,omitempty"`
	ClosedAt time.Time `json:"closed_at,omitzero"`
}

type (
	followUpsInput struct {
		Paging
		State     string `query:"state" enum:"open,closed" default:"open"`
		AccountID ID     `query:"account_id"`
		Mine      bool   `query:"mine" doc:"only of answers I gave and tickets I have; for who does not lead always so"`
	}
	closeFollowUpInput struct {
		ByID
		Body struct {
			Outcome string `json:"outcome" enum:"satisfied,dissatisfied,unreachable,not_needed"`
			Remark  string `json:"remark,omitempty" doc:"what was done, up to 1000 characters; required when still dissatisfied or not needed"`
		}
	}
)

func followUpOf(r reader, f inbox.FollowUpRow) FollowUp {
	out := FollowUp{
		ID: idOf(f.ID), State: string(f.Ticket.State), Kind: string(f.Ticket.Kind), OpenedMark: int(f.Mark), Mark: int(f.Rating.Mark),
		Words: r.words(f.Ticket.AssigneeID, f.Rating.Words), Round: f.Rating.Round, RatedAt: utc(f.Rating.UpdatedAt), OpenedAt: utc(f.OpenedAt),
		Origin: string(f.Origin), Outcome: string(f.Outcome), Remark: f.Remark,
		Ticket: TicketRef{
			ID: idOf(f.TicketID), Number: f.Ticket.Number, Subject: r.words(f.Ticket.AssigneeID, f.Ticket.Subject), Account: Ref{idOf(f.AccountID), f.Account},
		},
	}
	named := func(id int64, name string) *Ref {
		if id == 0 {
			return nil
		}
		return &Ref{idOf(id), name}
	}
	out.Author, out.Department, out.ClosedBy = named(f.AuthorID, f.Author), named(f.DepartmentID, f.Department), named(f.ClosedBy, f.Closer)
	if !f.ClosedAt.IsZero() {
		out.ClosedAt = utc(f.ClosedAt)
	}
	return out
}

func (s *Server) followUpRoutes() {
	desk := s.deps.Inbox
	route(s, s.operation(http.MethodGet, "/follow-ups", "listFollowUps", "Bad marks to look after, the oldest first; those that were, the newest first"),
		func(ctx context.Context, who auth.Principal, in *followUpsInput) (List[FollowUp], error) {
			page, err := desk.FollowUps(ctx, inbox.FollowUpFilter{
				Actor: who.Actor(), Own: in.Mine, Closed: in.State == "closed", AccountID: in.AccountID.number(), Limit: in.Limit, Cursor: in.Cursor,
			})
			r := s.reader(who)
			return List[FollowUp]{Items: each(page.Items, func(f inbox.FollowUpRow) FollowUp { return followUpOf(r, f) }), NextCursor: page.Next}, err
		})
	command(s, s.operation(http.MethodPost, "/follow-ups/{id}/close", "closeFollowUp", "Note what was done about a bad mark"),
		func(ctx context.Context, who auth.Principal, in *closeFollowUpInput) error {
			return desk.CloseFollowUp(ctx, who.Actor(), in.ID.number(), inbox.FollowUpInput{Outcome: inbox.Outcome(in.Body.Outcome), Remark: in.Body.Remark})
		})
}
