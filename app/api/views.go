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

// SavedView is a filter of the inbox with a name.
type SavedView struct {
	ID         ID         `json:"id"`
	Name       string     `json:"name"`
	Scope      string     `json:"scope" enum:"mine,role,all" doc:"who sees it: its owner, those of a role, everybody"`
	Role       string     `json:"role,omitempty" enum:"admin,supervisor,staff"`
	Owner      Ref        `json:"owner"`
	Changeable bool       `json:"changeable" doc:"whether who asks may change it"`
	Filter     ViewFilter `json:"filter"`
	UpdatedAt  time.Time  `json:"updated_at"`
}

// ViewFilter is what a view keeps of a filter, by the names of the list's query.
type ViewFilter struct {
	View         string `json:"view" enum:"open,mine,unassigned,due_soon,in_review,snoozed,all,closed"`
	State        string `json:"state,omitempty" enum:"new,open,with_department,in_review,replied,closed,ignored,merged"`
	AccountID    ID     `json:"account_id,omitzero"`
	AssigneeID   string `json:"assignee_id,omitempty" pattern:"^(me|none|[1-9][0-9]{0,17})$" doc:"an id, me (whoever looks) or none"`
	DepartmentID ID     `json:"department_id,omitzero"`
	TeamID       ID     `json:"team_id,omitzero"`
	Kind         string `json:"kind,omitempty" enum:"private,comment"`
	Query        string `json:"q,omitempty" maxLength:"100"`
	Tag          string `json:"tag,omitempty" maxLength:"100"`
	Category     string `json:"category,omitempty" maxLength:"100"`
	Priority     string `json:"priority,omitempty" enum:"low,normal,high,urgent"`
	Late         bool   `json:"late,omitempty"`
	From         string `json:"from,omitempty" format:"date"`
	To           string `json:"to,omitempty" format:"date"`
	Sort         string `json:"sort,omitempty" enum:"due,newest"`
}

// ViewCount is the figure beside a view.
type ViewCount struct {
	ID    ID   `json:"id"`
	Count int  `json:"count" doc:"at most 99"`
	More  bool `json:"more" doc:"there are more than are counted"`
}

type (
	viewFields struct {
		Name   *string     `json:"name,omitempty"`
		Scope  *string     `json:"scope,omitempty" enum:"mine,role,all"`
		Role   *string     `json:"role,omitempty" enum:"admin,supervisor,staff" doc:"with scope role; absent: one's own"`
		Filter *ViewFilter `json:"filter,omitempty"`
	}
	newViewInput    struct{ Body viewFields }
	changeViewInput struct {
		ByID
		Body viewFields
	}
	orderViewsInput struct {
		Body struct {
			IDs []ID `json:"ids" maxItems:"200" nullable:"false" doc:"in the order wanted; the others come behind"`
		}
	}
)

func savedViewOf(v inbox.SavedView, actor desk.Actor) SavedView {
	f := v.Filter
	out := SavedView{
		ID: idOf(v.ID), Name: v.Name, Scope: string(v.Scope), Role: string(v.Role), Owner: Ref{ID: idOf(v.OwnerID), Name: v.OwnerName},
		Changeable: v.MayChange(actor), UpdatedAt: utc(v.UpdatedAt),
		Filter: ViewFilter{
			View: string(f.View), State: string(f.State), AccountID: idOf(f.AccountID), AssigneeID: string(idOf(f.AssigneeID)),
			DepartmentID: idOf(f.DepartmentID), TeamID: idOf(f.TeamID), Kind: string(f.Kind), Query: f.Query, Tag: f.Tag, Category: f.Category, Late: f.Late,
			From: f.From, To: f.To, Sort: string(f.Sort),
		},
	}
	switch {
	case f.AssigneeMe:
		out.Filter.AssigneeID = "me"
	case f.Unassigned:
		out.Filter.AssigneeID = "none"
	}
	if f.Priority != nil {
		out.Filter.Priority = priorities[*f.Priority]
	}
	return out
}

func (f ViewFilter) filter() inbox.ViewFilter {
	out := inbox.ViewFilter{
		View: inbox.View(f.View), State: inbox.State(f.State), Kind: channel.Kind(f.Kind), AccountID: f.AccountID.number(),
		DepartmentID: f.DepartmentID.number(), TeamID: f.TeamID.number(), Query: f.Query, Tag: f.Tag, Category: f.Category, Priority: priorityWanted(f.Priority),
		Late: f.Late, From: f.From, To: f.To, Sort: inbox.Sort(f.Sort),
	}
	switch f.AssigneeID {
	case "none":
		out.Unassigned = true
	case "me":
		out.AssigneeMe = true
	default:
		out.AssigneeID = ID(f.AssigneeID).number()
	}
	return out
}

// priorityWanted is the priority a list is narrowed to, nil for any.
func priorityWanted(word string) *inbox.Priority {
	if word == "" {
		return nil
	}
	p := priorityOf(word)
	return &p
}

func (f viewFields) input() inbox.ViewInput {
	in := inbox.ViewInput{Name: f.Name, Scope: (*inbox.ViewScope)(f.Scope), Role: (*desk.Role)(f.Role)}
	if f.Filter != nil {
		filter := f.Filter.filter()
		in.Filter = &filter
	}
	return in
}

func (s *Server) viewRoutes() {
	views := s.deps.Inbox
	op := func(method, path, name, summary string) operationArgs {
		return operationArgs{method, "/views" + path, name, summary}
	}
	route(s, s.op(op(http.MethodGet, "", "listViews", "The saved views one sees, in one's own order")),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[SavedView], error) {
			all, err := views.SavedViews(ctx, who.Actor())
			return List[SavedView]{Items: each(all, func(v inbox.SavedView) SavedView { return savedViewOf(v, who.Actor()) })}, err
		})
	route(s, s.op(op(http.MethodGet, "/counts", "countViews", "How many tickets the views hold; those that search, or hold what is answered, are not counted")),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[ViewCount], error) {
			counts, err := views.ViewCounts(ctx, who.Actor())
			return List[ViewCount]{Items: each(counts, func(c inbox.ViewCount) ViewCount {
				return ViewCount{ID: idOf(c.ID), Count: c.Count, More: c.More}
			})}, err
		})
	save := func(ctx context.Context, who auth.Principal, id int64, f viewFields) (SavedView, error) {
		v, err := views.SaveView(ctx, who.Actor(), id, f.input())
		return savedViewOf(v, who.Actor()), err
	}
	route(s, created(s.op(op(http.MethodPost, "", "addView", "Save a filter of the inbox under a name"))),
		func(ctx context.Context, who auth.Principal, in *newViewInput) (SavedView, error) {
			return save(ctx, who, 0, in.Body)
		})
	route(s, s.op(op(http.MethodPatch, "/{id}", "changeView", "Change a saved view; those for all by supervisors and administrators")),
		func(ctx context.Context, who auth.Principal, in *changeViewInput) (SavedView, error) {
			return save(ctx, who, in.ID.number(), in.Body)
		})
	command(s, s.op(op(http.MethodDelete, "/{id}", "deleteView", "Remove a saved view")),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return views.DeleteView(ctx, who.Actor(), in.ID.number())
		})
	command(s, s.op(op(http.MethodPut, "/order", "orderViews", "Put one's own list of views in order")),
		func(ctx context.Context, who auth.Principal, in *orderViewsInput) error {
			return views.OrderViews(ctx, who.Actor(), each(in.Body.IDs, ID.number))
		})
}
