package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// Alert is many messages that say the same within a short time. It is told as
// far as the reader may see its tickets.
type Alert struct {
	ID       ID         `json:"id"`
	Sample   string     `json:"sample" doc:"the first of the messages"`
	Messages int        `json:"messages"`
	Tickets  int        `json:"tickets"`
	OpenedAt time.Time  `json:"opened_at"`
	LastAt   time.Time  `json:"last_at"`
	ClosedAt *time.Time `json:"closed_at,omitempty"`
	ClosedBy *Ref       `json:"closed_by,omitempty"`
	Reason   string     `json:"reason,omitempty"`
}

// AlertDetail is an alert with its newest tickets.
type AlertDetail struct {
	Alert
	Items    []TicketRef `json:"items"`
	Hotspots []Hotspot   `json:"hotspots" doc:"the tags and posts of those tickets, for who reads reports"`
}

func alertOf(r reader, a inbox.Alert) Alert {
	out := Alert{
		ID: idOf(a.ID), Sample: r.words(0, a.Sample), Messages: a.Count, Tickets: a.Tickets, OpenedAt: utc(a.OpenedAt), LastAt: utc(a.LastAt), Reason: a.Reason,
	}
	if !a.ClosedAt.IsZero() {
		at := utc(a.ClosedAt)
		out.ClosedAt, out.ClosedBy = &at, &Ref{ID: idOf(a.ClosedBy), Name: a.Closer}
	}
	return out
}

// CheckHit is one thing a check found, and who decided what about it.
type CheckHit struct {
	ID        ID         `json:"id"`
	At        time.Time  `json:"at"`
	Ticket    TicketRef  `json:"ticket"`
	Rule      string     `json:"rule" enum:"word,personal,empty_phrase,link,account,length,blank,claim"`
	Kind      string     `json:"kind"`
	Word      string     `json:"word"`
	Level     string     `json:"level" enum:"block,approve,warn,urgent"`
	Direction string     `json:"direction" enum:"in,out"`
	Decision  string     `json:"decision" enum:"raised,noted,blocked,confirmed,in_review,approved,rejected,withdrawn,bypassed"`
	Author    *Ref       `json:"author,omitempty" doc:"who wrote what was to go out"`
	Decider   *Ref       `json:"decider,omitempty"`
	DecidedAt *time.Time `json:"decided_at,omitempty"`
}

func hitOf(r reader, h inbox.HitRow) CheckHit {
	out := CheckHit{
		ID: idOf(h.ID), At: utc(h.At), Rule: string(h.Rule), Kind: h.Kind, Word: h.Word, Level: string(h.Level), Direction: string(h.Direction),
		Decision: string(h.Decision),
		Ticket:   TicketRef{ID: idOf(h.TicketID), Number: h.Number, Subject: r.words(0, h.Subject), Account: Ref{ID: idOf(h.AccountID), Name: h.AccountName}},
	}
	if h.ActorID != 0 {
		out.Author = &Ref{ID: idOf(h.ActorID), Name: h.Actor}
	}
	if h.DecidedBy != 0 {
		out.Decider = &Ref{ID: idOf(h.DecidedBy), Name: h.Decider}
	}
	if !h.DecidedAt.IsZero() {
		at := utc(h.DecidedAt)
		out.DecidedAt = &at
	}
	return out
}

type (
	alertsInput struct {
		Paging
		State string `query:"state" enum:"open,closed" default:"open"`
	}
	closeAlertInput struct {
		ByID
		Body struct {
			Reason string `json:"reason"`
		}
	}
	hitsInput struct {
		Paging
		TicketID  ID        `query:"ticket_id"`
		Direction string    `query:"direction" enum:"in,out"`
		Level     string    `query:"level" enum:"block,approve,warn,urgent"`
		Word      string    `query:"word" maxLength:"40" doc:"a part of the word or phrase that was found"`
		From      time.Time `query:"from" doc:"found from this time on"`
		To        time.Time `query:"to" doc:"found before this time"`
		Decision  string    `query:"decision" enum:"raised,noted,blocked,confirmed,in_review,approved,rejected,withdrawn,bypassed"`
	}
)

func (s *Server) alertRoutes() {
	service := s.deps.Inbox
	route(s, s.operation(http.MethodGet, "/alerts", "listAlerts", "Many messages that say the same, newest first"),
		func(ctx context.Context, who auth.Principal, in *alertsInput) (List[Alert], error) {
			page, err := service.Alerts(ctx, inbox.AlertFilter{Actor: who.Actor(), Closed: in.State == "closed", Limit: in.Limit, Cursor: in.Cursor})
			return List[Alert]{Items: each(page.Items, func(a inbox.Alert) Alert { return alertOf(s.reader(who), a) }), NextCursor: page.Next}, err
		})
	route(s, s.operation(http.MethodGet, "/alerts/{id}", "getAlert", "One alert with its newest tickets"),
		func(ctx context.Context, who auth.Principal, in *ByID) (AlertDetail, error) {
			a, tickets, err := service.Alert(ctx, who.Actor(), in.ID.number())
			r := s.reader(who)
			out := AlertDetail{Alert: alertOf(r, a), Items: each(tickets, func(t inbox.TicketRow) TicketRef { return ticketRef(r, t) }), Hotspots: []Hotspot{}}
			if who.Actor().Can(desk.ReadReports) {
				out.Hotspots = hotspotsAmong(tickets)
			}
			return out, err
		})
	command(s, s.operation(http.MethodPost, "/alerts/{id}/close", "closeAlert", "End an alert, for a reason"),
		func(ctx context.Context, who auth.Principal, in *closeAlertInput) error {
			return service.CloseAlert(ctx, who.Actor(), in.ID.number(), in.Body.Reason)
		})
	route(s, s.operation(http.MethodGet, "/checks/hits", "listCheckHits", "What the checks found and who decided what, newest first"),
		func(ctx context.Context, who auth.Principal, in *hitsInput) (List[CheckHit], error) {
			page, err := service.CheckHits(ctx, inbox.HitFilter{
				Actor: who.Actor(), TicketID: inbox.TicketID(in.TicketID.number()), Direction: check.Direction(in.Direction), Level: check.Level(in.Level),
				Decision: inbox.Decision(in.Decision), Word: in.Word, From: in.From, To: in.To, Limit: in.Limit, Cursor: in.Cursor,
			})
			return List[CheckHit]{Items: each(page.Items, func(h inbox.HitRow) CheckHit { return hitOf(s.reader(who), h) }), NextCursor: page.Next}, err
		})
}
