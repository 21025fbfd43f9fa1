package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/search"
)

// findInput is what somebody looks for, and where.
type findInput struct {
	Query        string `query:"q" required:"true" minLength:"1" maxLength:"100" doc:"words apart by space, each found anywhere: in messages, replies, notes, the citizen's name, the post's title, the number; any part of a Chinese phrase or of a number"`
	View         string `query:"view" enum:"open,mine,unassigned,due_soon,in_review,snoozed,all,closed" default:"all"`
	State        string `query:"state" enum:"new,open,with_department,in_review,replied,closed,ignored,merged"`
	AccountID    ID     `query:"account_id"`
	AssigneeID   string `query:"assignee_id" pattern:"^(me|none|[1-9][0-9]{0,17})$" doc:"an id, me or none"`
	DepartmentID ID     `query:"department_id"`
	TeamID       ID     `query:"team_id"`
	Kind         string `query:"kind" enum:"private,comment"`
	Tag          string `query:"tag" maxLength:"100"`
	Category     string `query:"category" maxLength:"100"`
	Priority     string `query:"priority" enum:"low,normal,high,urgent"`
	Late         bool   `query:"late" doc:"waiting, and past its deadline"`
	From         string `query:"from" format:"date" doc:"the first day the ticket may have been made on"`
	To           string `query:"to" format:"date" doc:"the last day"`
	Limit        int    `query:"limit" minimum:"1" maximum:"50" default:"20"`
	Cursor       string `query:"cursor" maxLength:"200"`
}

// FoundTicket is a ticket with the text that shows why it was found.
type FoundTicket struct {
	Ticket  Ticket  `json:"ticket"`
	Excerpt Excerpt `json:"excerpt"`
}

// Excerpt is the part of a text around what was found.
type Excerpt struct {
	Source  string    `json:"source" enum:"number,subject,contact,post,message,reply,note"`
	At      time.Time `json:"at,omitzero" doc:"when it was written"`
	Text    string    `json:"text"`
	Matches []Stretch `json:"matches"`
}

// Stretch is a part of a text in characters, the end exclusive.
type Stretch struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

func (s *Server) searchRoutes() {
	route(s, s.operation(http.MethodGet, "/search", "searchTickets", "Tickets that hold what is looked for, newest first"), s.searchTickets)
}

func (s *Server) searchTickets(ctx context.Context, who auth.Principal, in *findInput) (List[FoundTicket], error) {
	f, err := s.searchFilter(who.Actor(), in)
	if err != nil {
		return List[FoundTicket]{}, err
	}
	page, err := s.deps.Inbox.Search(ctx, f)
	if err != nil {
		return List[FoundTicket]{}, err
	}
	r := s.reader(who)
	list := listOf(page.Items, func(f inbox.Found) FoundTicket { return foundOf(r, f) })
	list.NextCursor = page.Next
	return list, nil
}

func (s *Server) searchFilter(actor desk.Actor, in *findInput) (f inbox.SearchFilter, err error) {
	f.TicketFilter = inbox.TicketFilter{
		Actor: actor, View: inbox.View(in.View), State: inbox.State(in.State), Kind: channel.Kind(in.Kind),
		AccountID: in.AccountID.number(), DepartmentID: in.DepartmentID.number(), TeamID: in.TeamID.number(), Query: in.Query,
		Tag: in.Tag, Category: in.Category, Priority: priorityWanted(in.Priority), Late: in.Late, Limit: in.Limit, Cursor: in.Cursor,
	}
	setAssignee(&f.TicketFilter, in.AssigneeID)
	if in.From != "" {
		if f.From, _, err = s.deps.Inbox.Day(in.From); err != nil {
			return f, err
		}
	}
	if in.To != "" {
		_, f.To, err = s.deps.Inbox.Day(in.To)
	}
	return f, err
}

// foundOf shows what was found; the excerpt was veiled before it was cut.
func foundOf(r reader, f inbox.Found) FoundTicket {
	return FoundTicket{Ticket: ticketOf(r, f.TicketRow), Excerpt: Excerpt{
		Source: string(f.Source), At: utc(f.At), Text: f.Excerpt.Text,
		Matches: each(f.Excerpt.Marks, func(m search.Mark) Stretch { return Stretch{m.Start, m.End} }),
	}}
}
