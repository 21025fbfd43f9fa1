package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
)

// Board is how the desk stands now, on the accounts who asks may see.
type Board struct {
	At          time.Time     `json:"at"`
	Waiting     int           `json:"waiting" doc:"tickets somebody has to act on"`
	Overdue     int           `json:"overdue" doc:"of those, with the deadline behind them"`
	Unassigned  int           `json:"unassigned"`
	Hours       []BoardHour   `json:"hours" doc:"the rest of this hour and the 24 after it"`
	Later       int           `json:"later" doc:"due after those hours, or without a deadline"`
	People      []BoardHolder `json:"people" doc:"who has tickets that wait, at most 50, the most overdue first"`
	Departments []BoardHolder `json:"departments" doc:"with escalations they have not answered yet, in the same order"`
	Today       DeskCompared  `json:"today" doc:"today so far, beside yesterday"`
}

// BoardHour is how many tickets must be answered within one hour.
type BoardHour struct {
	From    time.Time `json:"from"`
	Waiting int       `json:"waiting"`
}

// BoardHolder is a person or a department and what lies with them.
type BoardHolder struct {
	Holder  Nullable[Ref] `json:"holder" doc:"null: nobody"`
	Waiting int           `json:"waiting"`
	Overdue int           `json:"overdue"`
	Soon    int           `json:"soon" doc:"due within the hours above"`
	NextDue time.Time     `json:"next_due_at,omitzero" doc:"the next deadline that has not passed"`
}

func (s *Server) boardRoutes() {
	route(s, s.operation(http.MethodGet, "/reports/board", "reportBoard", "How the desk stands now: what waits, when it will be late, who has it"), s.board)
}

func (s *Server) board(ctx context.Context, who auth.Principal, _ *struct{}) (Board, error) {
	b, err := s.deps.Desk.Board(ctx, who.Actor())
	if err != nil {
		return Board{}, err
	}
	return Board{
		At: b.At, Waiting: b.Waiting, Overdue: b.Overdue, Unassigned: b.Unassigned, Later: b.Later,
		Hours:  each(b.Hours, func(h inbox.HourDue) BoardHour { return BoardHour{h.From, h.Waiting} }),
		People: each(b.People, holderOf), Departments: each(b.Departments, holderOf), Today: comparedOf(b.Today),
	}, nil
}

func holderOf(h inbox.Holder) BoardHolder {
	return BoardHolder{Holder: refOf(h.ID, h.Name), Waiting: h.Waiting, Overdue: h.Overdue, Soon: h.Soon, NextDue: utc(h.NextDue)}
}
