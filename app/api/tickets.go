package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// ticketsInput chooses tickets.
type ticketsInput struct {
	Paging
	View         string `query:"view" enum:"open,mine,unassigned,due_soon,in_review,snoozed,all,closed" default:"open"`
	State        string `query:"state" enum:"new,open,with_department,in_review,replied,closed,ignored,merged"`
	AccountID    ID     `query:"account_id"`
	AssigneeID   string `query:"assignee_id" pattern:"^(me|none|[1-9][0-9]{0,17})$" doc:"an id, me or none"`
	DepartmentID ID     `query:"department_id"`
	TeamID       ID     `query:"team_id" doc:"what members of the team have, and what nobody has of the accounts and kind it serves; of what waits or is snoozed, with q of all"`
	Kind         string `query:"kind" enum:"private,comment"`
	Tag          string `query:"tag" maxLength:"100" doc:"of what waits; with q of all"`
	PostID       ID     `query:"post_id" doc:"comments under it, of what waits"`
	Category     string `query:"category" maxLength:"100"`
	Priority     string `query:"priority" enum:"low,normal,high,urgent"`
	Late         bool   `query:"late" doc:"waiting, and past its deadline"`
	Query        string `query:"q" maxLength:"100" doc:"what /search looks for; the newest ticket is first then, and a page has 50 at most"`
	Sort         string `query:"sort" enum:"due,newest" doc:"most urgent first (those in_front, the urgent among them first, then urgent ones, then the rest, each by deadline; then those who wait for nothing, newest first), or newest message first; the view decides when not told"`
}

func (in ticketsInput) filter(actor desk.Actor) inbox.TicketFilter {
	f := inbox.TicketFilter{
		Actor: actor, View: inbox.View(in.View), State: inbox.State(in.State), Kind: channel.Kind(in.Kind),
		AccountID: in.AccountID.number(), DepartmentID: in.DepartmentID.number(), TeamID: in.TeamID.number(),
		Tag: in.Tag, PostID: in.PostID.number(), Category: in.Category, Priority: priorityWanted(in.Priority), Late: in.Late,
		Query: in.Query, Sort: inbox.Sort(in.Sort), Limit: in.Limit, Cursor: in.Cursor,
	}
	setAssignee(&f, in.AssigneeID)
	return f
}

// setAssignee narrows to one's tickets: an id, me, none, or "" for everybody's.
func setAssignee(f *inbox.TicketFilter, assignee string) {
	switch assignee {
	case "none":
		f.Unassigned = true
	case "me":
		f.AssigneeID = f.Actor.UserID
	default:
		f.AssigneeID = ID(assignee).number()
	}
}

// SnoozeTime is a time that people put tickets off to.
type SnoozeTime struct {
	Name string    `json:"name" enum:"today,tomorrow,workday,week" doc:"the end of today's working hours, tomorrow at nine, the next working day, next week"`
	At   time.Time `json:"at"`
}

// Counts are the figures beside the views.
type Counts struct {
	Open       int `json:"open"`
	Mine       int `json:"mine"`
	Unassigned int `json:"unassigned"`
	DueSoon    int `json:"due_soon"`
	Overdue    int `json:"overdue"`
	InReview   int `json:"in_review"`
	Snoozed    int `json:"snoozed" doc:"put off; in none of the figures before"`
	Failed     int `json:"failed" doc:"replies that did not get through"`
	DeadWork   int `json:"dead_work" doc:"messages nobody could read and, for who may retry them, tasks that failed for good; large numbers are not counted to their end"`
}

func (s *Server) ticketRoutes() {
	get := func(path, name, summary string) operationArgs {
		return operationArgs{http.MethodGet, "/tickets" + path, name, summary}
	}
	route(s, s.op(get("", "listTickets", "Tickets of a view")), s.listTickets)
	route(s, s.op(get("/categories", "listTicketCategories", "Categories that tickets and the library use, those of tickets first, the most used before")), s.ticketCategories)
	route(s, s.op(get("/counts", "countTickets", "How many tickets each view has")), s.countTickets)
	route(s, s.operation(http.MethodGet, "/snooze-times", "listSnoozeTimes", "The times tickets are usually put off to, by the desk's calendar"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[SnoozeTime], error) {
			times, err := s.deps.Inbox.SnoozeTimes(ctx, who.Actor())
			return List[SnoozeTime]{Items: each(times, func(t inbox.SnoozeTime) SnoozeTime { return SnoozeTime{t.Name, utc(t.At)} })}, err
		})
	route(s, s.op(get("/{id}", "getTicket", "One ticket")), s.getTicket)
	route(s, s.op(get("/{id}/history", "listTicketHistory", "Other tickets of the same citizen, newest first")), s.ticketHistory)
	route(s, s.op(get("/{id}/timeline", "getTimeline", "Messages, replies, notes and events of a ticket")), s.timeline)
	route(s, s.op(get("/{id}/suggestions", "suggestAnswers", "Standard answers to the latest message")), s.suggestions)
	route(s, s.operation(http.MethodPost, "/tickets/bulk", "bulkTickets", "One action on up to 500 tickets, each by its own rules"), s.bulkTickets)
	s.ticketActions()
	s.ticketRelations()
}

func (s *Server) listTickets(ctx context.Context, who auth.Principal, in *ticketsInput) (List[Ticket], error) {
	page, err := s.deps.Inbox.Tickets(ctx, in.filter(who.Actor()))
	if err != nil {
		return List[Ticket]{}, err
	}
	r := s.reader(who)
	list := listOf(page.Items, func(t inbox.TicketRow) Ticket { return ticketOf(r, t) })
	list.NextCursor = page.Next
	return list, nil
}

func (s *Server) countTickets(ctx context.Context, who auth.Principal, _ *nothing) (Counts, error) {
	actor := who.Actor()
	c, err := s.deps.Inbox.Counts(ctx, actor)
	if err != nil {
		return Counts{}, err
	}
	dead := c.Dead
	if actor.Can(desk.ManageDeadWork) {
		tasks, err := s.deps.Tasks.Dead(ctx, maxDeadTasks)
		if err != nil {
			return Counts{}, err
		}
		dead += len(tasks)
	}
	return Counts{
		Open: c.Open, Mine: c.Mine, Unassigned: c.Unassigned, DueSoon: c.DueSoon, Overdue: c.Overdue, InReview: c.InReview, Snoozed: c.Snoozed,
		Failed: c.Failed, DeadWork: dead,
	}, nil
}

func (s *Server) getTicket(ctx context.Context, who auth.Principal, in *ByID) (Ticket, error) {
	return s.ticket(ctx, who, inbox.TicketID(in.ID.number()))
}

// ticket reads one ticket with what only a single one is told with.
func (s *Server) ticket(ctx context.Context, who auth.Principal, id inbox.TicketID) (Ticket, error) {
	row, err := s.deps.Inbox.Ticket(ctx, who.Actor(), id)
	if err != nil {
		return Ticket{}, err
	}
	windows, err := s.deps.Inbox.Windows(ctx, row)
	if err != nil {
		return Ticket{}, err
	}
	limits, err := s.deps.Inbox.ChannelLimits(ctx, row)
	if code := desk.CodeOf(err); err != nil && (code == desk.Internal || code == desk.Unavailable) {
		return Ticket{}, err
	}
	// An account that cannot be opened (broken settings, switched off) still
	// has tickets to read.
	out := ticketOf(s.reader(who), row)
	window := windowOf(row.Kind, windows)
	out.Window, out.Limits = &window, &Limits{MaxBytes: limits.MaxBytes, MaxRunes: limits.MaxRunes}
	return out, nil
}

func (s *Server) ticketHistory(ctx context.Context, who auth.Principal, in *ByID) (List[Ticket], error) {
	rows, err := s.deps.Inbox.History(ctx, who.Actor(), inbox.TicketID(in.ID.number()))
	r := s.reader(who)
	return listOf(rows, func(t inbox.TicketRow) Ticket { return ticketOf(r, t) }), err
}
