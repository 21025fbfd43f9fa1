package inbox

import (
	"context"
	"slices"
	"strings"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// SavedView is a filter of the inbox that somebody gave a name.
type SavedView struct {
	ID        int64
	Name      string
	OwnerID   int64
	OwnerName string // not stored
	Scope     ViewScope
	Role      desk.Role // whose it is with SharedWithRole, else ""
	Filter    ViewFilter
	UpdatedAt time.Time
}

// ViewScope is who sees a saved view beside its owner.
type ViewScope string

// Scopes. A view for a role may be changed by its owner and by who manages
// views, one for all by the latter only.
const (
	NotShared      ViewScope = "mine"
	SharedWithRole ViewScope = "role"
	SharedWithAll  ViewScope = "all"
)

// ViewFilter is what a saved view keeps of a filter; zero fields do not narrow.
// "Mine" is whoever looks, not who saved it.
type ViewFilter struct {
	View         View
	State        State
	Kind         channel.Kind
	AccountID    int64
	AssigneeID   int64
	AssigneeMe   bool
	Unassigned   bool
	DepartmentID int64
	TeamID       int64
	Query        string
	Tag          string
	Category     string
	Priority     *Priority
	Late         bool
	From, To     string // days as 2026-11-22, with a Query only
	Sort         Sort
}

// ViewInput is what a person enters; nil fields stay as they are.
type ViewInput struct {
	Name   *string
	Scope  *ViewScope
	Role   *desk.Role // of SharedWithRole; "" is the own one
	Filter *ViewFilter
}

// ViewCount is how many tickets a saved view holds for who asks: at most
// MaxViewCount, More when there are more.
type ViewCount struct {
	ID    int64
	Count int
	More  bool
}

// Bounds of the saved views.
const (
	MaxViewCount   = 99 // further is not counted
	maxOwnViews    = 30
	maxSharedViews = 60
	maxViewName    = 30
	maxViewQuery   = 100
	mostCounted    = 40 // views, the first in the person's order
)

// viewTx is the part of a transaction about saved views.
type viewTx interface {
	LockView(ctx context.Context, id int64) (*SavedView, error)
	AddView(ctx context.Context, v *SavedView) error // sets v.ID
	SaveView(ctx context.Context, v *SavedView) error
	DeleteView(ctx context.Context, id int64) error
	// CountViews counts the user's own views and those of all that are shared.
	CountViews(ctx context.Context, userID int64) (own, shared int, err error)
	// PlaceViews stores the order in which a user has the views.
	PlaceViews(ctx context.Context, userID int64, ids []int64) error
}

// viewReader reads saved views outside a transaction.
type viewReader interface {
	// SavedViews are those the user sees in that role, in the user's order and
	// those without a place last, by id.
	SavedViews(ctx context.Context, userID int64, role desk.Role) ([]SavedView, error)
	// CountUpTo counts what each filter chooses, which must be waiting tickets, and
	// stops at most.
	CountUpTo(ctx context.Context, filters []TicketFilter, most int) ([]int, error)
}

// sees reports whether the actor has the view in the list.
func (v *SavedView) sees(a desk.Actor) bool {
	return v.OwnerID == a.UserID || v.Scope == SharedWithAll || v.Scope == SharedWithRole && v.Role == a.Role
}

// MayChange reports whether the actor may change or delete the view.
func (v *SavedView) MayChange(a desk.Actor) bool {
	if v.Scope == NotShared {
		return v.OwnerID == a.UserID
	}
	return a.Can(desk.ManageViews) || v.Scope == SharedWithRole && v.OwnerID == a.UserID
}

// SavedViews lists the views the actor sees, in the actor's order.
func (s *Service) SavedViews(ctx context.Context, actor desk.Actor) ([]SavedView, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	return s.store.SavedViews(ctx, actor.UserID, actor.Role)
}

// ViewCounts counts, with a bounded look for each, what the actor's views hold.
// Only what waits is counted: views of answered or ended tickets, and those that
// search, have no figure.
func (s *Service) ViewCounts(ctx context.Context, actor desk.Actor) ([]ViewCount, error) {
	views, err := s.SavedViews(ctx, actor)
	if err != nil {
		return nil, err
	}
	var counts []ViewCount
	var filters []TicketFilter
	for _, v := range views {
		f := v.Filter.of(actor)
		if f.Query != "" || !f.Waits() {
			continue
		}
		f.Now, f.DueBefore = s.time(), s.soon()
		counts, filters = append(counts, ViewCount{ID: v.ID}), append(filters, f)
		if len(filters) == mostCounted {
			break
		}
	}
	found, err := s.store.CountUpTo(ctx, filters, MaxViewCount+1)
	for i, n := range found {
		counts[i].Count, counts[i].More = min(n, MaxViewCount), n > MaxViewCount
	}
	return counts, err
}

// of is the filter as it is for an actor.
func (v ViewFilter) of(actor desk.Actor) TicketFilter {
	f := TicketFilter{
		Actor: actor, View: v.View, State: v.State, Kind: v.Kind, AccountID: v.AccountID, AssigneeID: v.AssigneeID, Unassigned: v.Unassigned,
		DepartmentID: v.DepartmentID, TeamID: v.TeamID, Query: v.Query, Tag: v.Tag, Category: v.Category, Priority: v.Priority, Late: v.Late, Sort: v.Sort,
	}
	if v.AssigneeMe {
		f.AssigneeID = actor.UserID
	}
	return f
}

// SaveView adds (id 0) or changes a view. Conflict "too_many_views".
func (s *Service) SaveView(ctx context.Context, actor desk.Actor, viewID int64, in ViewInput) (SavedView, error) {
	var out SavedView
	what := "changed"
	if viewID == 0 {
		what = "added"
	}
	err := s.changeViews(ctx, actor, what, func(tx Tx, now time.Time) (*SavedView, bool, error) {
		v := &SavedView{OwnerID: actor.UserID, OwnerName: actor.Name, Scope: NotShared}
		if viewID != 0 {
			found, err := ownView(ctx, tx, actor, viewID)
			if err != nil {
				return nil, false, err
			}
			v = found
		}
		was := *v
		if err := s.layView(v, actor, in); err != nil {
			return nil, false, err
		}
		if err := roomForView(ctx, tx, actor, &was, v); err != nil {
			return nil, false, err
		}
		v.UpdatedAt = now
		save := tx.SaveView
		if v.ID == 0 {
			save = tx.AddView
		}
		err := save(ctx, v)
		out = *v
		return v, was.Scope != NotShared, err
	})
	return out, err
}

// DeleteView removes a view.
func (s *Service) DeleteView(ctx context.Context, actor desk.Actor, viewID int64) error {
	return s.changeViews(ctx, actor, "deleted", func(tx Tx, _ time.Time) (*SavedView, bool, error) {
		v, err := ownView(ctx, tx, actor, viewID)
		if err != nil {
			return nil, false, err
		}
		return v, false, tx.DeleteView(ctx, v.ID)
	})
}

// OrderViews puts the actor's list of views in the order of the ids; those not
// named come behind. It changes nobody else's list.
func (s *Service) OrderViews(ctx context.Context, actor desk.Actor, ids []int64) error {
	seen, err := s.SavedViews(ctx, actor)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if slices.Contains(ids[:i], id) || !slices.ContainsFunc(seen, func(v SavedView) bool { return v.ID == id }) {
			return desk.InvalidField("ids", "视图重复，或已不存在")
		}
	}
	return s.store.Atomic(ctx, func(tx Tx) error { return tx.PlaceViews(ctx, actor.UserID, ids) })
}

// ownView locks a view the actor may change. One that is not the actor's to see
// is not found.
func ownView(ctx context.Context, tx Tx, actor desk.Actor, id int64) (*SavedView, error) {
	v, err := tx.LockView(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case v.MayChange(actor):
		return v, nil
	case v.sees(actor):
		return nil, desk.Errorf(desk.Forbidden, "这是共享的视图，只有主管或管理员可以修改")
	default:
		return nil, desk.Errorf(desk.NotFound, "没有找到视图")
	}
}

// changeViews runs a change of a view, which tells whether others saw it before.
func (s *Service) changeViews(ctx context.Context, actor desk.Actor, what string, change func(tx Tx, now time.Time) (*SavedView, bool, error)) error {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		now := s.time()
		v, shared, err := change(tx, now)
		if err != nil {
			return err
		}
		e := desk.NewEvent(ViewChanged, now, map[string]any{"view_id": id(v.ID), "name": v.Name, "scope": v.Scope, "change": what})
		e.ActorID, e.Audience = actor.UserID, desk.OnlyFor(actor.UserID)
		if shared || v.Scope != NotShared {
			e.Audience = desk.WorkTickets
		}
		return tx.Record(ctx, e)
	})
}

// roomForView refuses a view more than a person, or all, may have.
func roomForView(ctx context.Context, tx Tx, actor desk.Actor, was, v *SavedView) error {
	own, shared, err := tx.CountViews(ctx, actor.UserID)
	switch {
	case err != nil:
		return err
	case v.ID == 0 && own >= maxOwnViews:
		return desk.Errorf(desk.Conflict, "每人最多保存 %d 个视图", maxOwnViews).WithReason("too_many_views")
	case v.Scope != NotShared && was.Scope == NotShared && shared >= maxSharedViews:
		return desk.Errorf(desk.Conflict, "共享的视图最多 %d 个", maxSharedViews).WithReason("too_many_views")
	}
	return nil
}

// layView lays what was entered over a view, or says what is wrong with it.
func (s *Service) layView(v *SavedView, actor desk.Actor, in ViewInput) (err error) {
	if in.Name != nil {
		v.Name = *in.Name
	}
	if v.Name, err = text("name", v.Name, 1, maxViewName); err != nil {
		return err
	}
	if in.Filter != nil {
		v.Filter = *in.Filter
	}
	if v.Filter, err = s.cleanView(v.Filter); err != nil {
		return err
	}
	if in.Scope != nil {
		v.Scope = *in.Scope
	}
	switch v.Scope {
	case NotShared, SharedWithAll:
		v.Role = ""
	case SharedWithRole:
		if in.Role != nil {
			v.Role = *in.Role
		}
		if v.Role == "" {
			v.Role = actor.Role
		}
		if !(desk.Actor{Role: v.Role}).Can(desk.WorkTickets) {
			return desk.InvalidField("role", "没有这个角色，或它不处理工单")
		}
	default:
		return desk.InvalidField("scope", "没有这种范围")
	}
	if manages := actor.Can(desk.ManageViews); !manages && (v.Scope == SharedWithAll || v.Scope == SharedWithRole && v.Role != actor.Role) {
		return desk.Errorf(desk.Forbidden, "只有主管或管理员可以为其他人设置视图")
	}
	return nil
}

// cleanView is a filter as it is stored.
func (s *Service) cleanView(f ViewFilter) (ViewFilter, error) {
	if f.View == "" {
		f.View = ViewOpen
	}
	if !slices.Contains(builtIn, f.View) {
		return f, desk.InvalidField("view", "没有这个视图")
	}
	if f.Sort != "" && f.Sort != SortDue && f.Sort != SortNewest {
		return f, desk.InvalidField("sort", "没有这种排序")
	}
	if f.Kind != "" && f.Kind != channel.Private && f.Kind != channel.Comment {
		return f, desk.InvalidField("kind", "没有这种类型")
	}
	var err error
	for _, field := range []struct {
		name string
		to   *string
		most int
	}{{"q", &f.Query, maxViewQuery}, {"tag", &f.Tag, maxTagRunes}, {"category", &f.Category, maxTicketCategory}} {
		if *field.to, err = text(field.name, *field.to, 0, field.most); err != nil {
			return f, err
		}
	}
	for _, day := range []struct{ name, date string }{{"from", f.From}, {"to", f.To}} {
		if day.date == "" {
			continue
		}
		if _, _, err := s.Day(day.date); err != nil || f.Query == "" {
			return f, desk.InvalidField(day.name, "日期只用于搜索，写作 2026-11-22")
		}
	}
	if f.Priority != nil {
		if err := f.Priority.check(); err != nil {
			return f, err
		}
	}
	return f, f.of(desk.Actor{}).valid()
}

// builtIn are the inbox's own lists.
var builtIn = []View{ViewOpen, ViewMine, ViewUnassigned, ViewDueSoon, ViewReview, ViewSnoozed, ViewAll, ViewClosed}

// Waits reports whether the filter chooses only tickets somebody has to act on;
// those that are snoozed are not among them.
func (f TicketFilter) Waits() bool {
	return f.View != ViewSnoozed && f.View != ViewAll && f.View != ViewClosed && f.View != "" || f.View != ViewClosed && (f.State.Waits() || f.Late)
}

// valid reports what no ticket can have, and what no list is made for: tags and
// teams are read ticket by ticket, which all that ever were are too many for.
func (f TicketFilter) valid() error {
	if f.State != "" && !f.State.Valid() {
		return desk.InvalidField("state", "没有这个状态")
	}
	few := f.Waits() || strings.TrimSpace(f.Query) != ""
	if f.Tag != "" && !few {
		return desk.InvalidField("tag", "已答复和已办结的工单按标签查找时，请同时输入搜索内容")
	}
	if f.TeamID != 0 && !few && f.View != ViewSnoozed {
		return desk.InvalidField("team_id", "已答复和已办结的工单按小组查找时，请同时输入搜索内容")
	}
	return nil
}
