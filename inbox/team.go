package inbox

import (
	"cmp"
	"context"
	"slices"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// AssignMode is how a team's tickets find somebody.
type AssignMode string

// The modes of a team.
const (
	ByHand      AssignMode = "manual"       // only persons assign them
	RoundRobin  AssignMode = "round_robin"  // to who was given one longest ago
	LeastLoaded AssignMode = "least_loaded" // to who has the smallest share of their capacity open
)

// Bounds of teams.
const (
	maxTeams        = 200
	maxTeamName     = 40
	maxTeamMembers  = 200
	maxTeamAccounts = 1000
)

// Team is people whom tickets nobody has are given to.
type Team struct {
	ID         int64
	Name       string
	Mode       AssignMode
	Kind       channel.Kind // "": comments and private messages
	AccountIDs []int64      // sorted; none: all that its members see
	AnyHour    bool         // false: in the working hours of the desk's calendar
	Enabled    bool
	Members    []Member // by id of the user
	UpdatedBy  int64
	UpdatedAt  time.Time
}

// Member is a person of a team. Turn orders the members by when each was last
// given a ticket; 0 is never.
type Member struct {
	UserID int64
	Name   string
	Active bool
	Turn   int64
}

// TeamInput is what a manager enters; nil fields stay as they are.
type TeamInput struct {
	Name             *string
	Mode             *AssignMode
	Kind             *channel.Kind
	AccountIDs       *[]int64
	MemberIDs        *[]int64
	AnyHour, Enabled *bool
}

// teamTx is the part of a transaction about teams. Two teams with one name are a
// Conflict.
type teamTx interface {
	// LockTeams are all teams, by id; until the transaction ends no other changes
	// a team or a workload, or gives a ticket to anybody by itself.
	LockTeams(ctx context.Context) ([]Team, error)
	// AddTeam sets t.ID. As with SaveTeam an unknown account is NotFound; of its
	// members only the ids count.
	AddTeam(ctx context.Context, t *Team) error
	// SaveTeam leaves the members who stay their turns.
	SaveTeam(ctx context.Context, t *Team) error
	DeleteTeam(ctx context.Context, id int64) error
	// TakeTurn puts a member behind the others of the team.
	TakeTurn(ctx context.Context, teamID, userID int64) error
	// UserWorkloads are those of the active ones of these users, by id.
	UserWorkloads(ctx context.Context, users []int64) ([]Workload, error)
	SaveWorkload(ctx context.Context, w Workload) error
	// ForPerson reports whether the ticket is one of Reader.Unassigned.
	ForPerson(ctx context.Context, id TicketID, quiet time.Time) (bool, error)
	// TakenFrom is whom the ticket was last assigned away from, when it was to
	// nobody; else 0.
	TakenFrom(ctx context.Context, id TicketID) (int64, error)
}

// teamReader reads teams outside a transaction.
type teamReader interface {
	// Teams are all of them, by id.
	Teams(ctx context.Context) ([]Team, error)
	TeamNames(ctx context.Context) ([]TeamName, error)
	// Workloads are those of the active users who are no liaisons, by id.
	Workloads(ctx context.Context) ([]Workload, error)
	// Unassigned are up to w.Limit tickets that wait for a person, nobody has and
	// nobody put off, in the order of the queue.
	Unassigned(ctx context.Context, w Wanted) ([]InLine, error)
}

// Teams lists the teams by name.
func (s *Service) Teams(ctx context.Context, actor desk.Actor) ([]Team, error) {
	if err := actor.Require(desk.ManageTeams); err != nil {
		return nil, err
	}
	all, err := s.store.Teams(ctx)
	slices.SortFunc(all, func(a, b Team) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return all, err
}

// SaveTeam adds (id 0) or changes a team. Conflict "team_taken": there is one of
// that name.
func (s *Service) SaveTeam(ctx context.Context, actor desk.Actor, teamID int64, in TeamInput) (Team, error) {
	what := "changed"
	if teamID == 0 {
		what = "added"
	}
	var saved int64
	err := s.changeTeams(ctx, actor, what, func(tx Tx, all []Team, now time.Time) (Team, error) {
		t := Team{Mode: RoundRobin, Enabled: true}
		switch at := slices.IndexFunc(all, func(t Team) bool { return t.ID == teamID }); {
		case at >= 0:
			t = all[at]
		case teamID != 0:
			return t, noTeam()
		case len(all) >= maxTeams:
			return t, desk.Errorf(desk.Conflict, "小组最多 %d 个", maxTeams).WithReason("too_many_teams")
		}
		if err := t.lay(ctx, tx, in); err != nil {
			return t, err
		}
		if slices.ContainsFunc(all, func(other Team) bool { return other.ID != t.ID && other.Name == t.Name }) {
			return t, desk.Errorf(desk.Conflict, "已有名为“%s”的小组", t.Name).WithReason("team_taken")
		}
		t.UpdatedBy, t.UpdatedAt = actor.UserID, now
		save := tx.SaveTeam
		if t.ID == 0 {
			save = tx.AddTeam
		}
		err := save(ctx, &t)
		saved = t.ID
		if desk.CodeOf(err) == desk.NotFound {
			return t, desk.InvalidField("account_ids", "有账号不存在")
		}
		return t, err
	})
	if err != nil {
		return Team{}, err
	}
	return s.team(ctx, saved)
}

// TeamName is a team as a filter names it.
type TeamName struct {
	ID   int64
	Name string
}

// TeamNames lists the names of the teams, for who works on tickets.
func (s *Service) TeamNames(ctx context.Context, actor desk.Actor) ([]TeamName, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	all, err := s.store.TeamNames(ctx)
	slices.SortFunc(all, func(a, b TeamName) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return all, err
}

func (s *Service) team(ctx context.Context, teamID int64) (Team, error) {
	all, err := s.store.Teams(ctx)
	if err != nil {
		return Team{}, err
	}
	at := slices.IndexFunc(all, func(t Team) bool { return t.ID == teamID })
	if at < 0 {
		return Team{}, noTeam()
	}
	return all[at], nil
}

func noTeam() error { return desk.Errorf(desk.NotFound, "没有这个小组") }

// DeleteTeam removes a team; who has a ticket through it keeps it.
func (s *Service) DeleteTeam(ctx context.Context, actor desk.Actor, teamID int64) error {
	return s.changeTeams(ctx, actor, "deleted", func(tx Tx, all []Team, _ time.Time) (Team, error) {
		at := slices.IndexFunc(all, func(t Team) bool { return t.ID == teamID })
		if at < 0 {
			return Team{}, noTeam()
		}
		return all[at], tx.DeleteTeam(ctx, teamID)
	})
}

func (s *Service) changeTeams(ctx context.Context, actor desk.Actor, what string, change func(tx Tx, all []Team, now time.Time) (Team, error)) error {
	if err := actor.Require(desk.ManageTeams); err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		all, err := tx.LockTeams(ctx)
		if err != nil {
			return err
		}
		now := s.time()
		t, err := change(tx, all, now)
		if err != nil {
			return err
		}
		e := desk.NewEvent(TeamChanged, now, map[string]any{"team_id": id(t.ID), "name": t.Name, "change": what})
		e.ActorID, e.Audience = actor.UserID, desk.ManageTeams
		return tx.Record(ctx, e)
	})
}

// lay lays what was entered over a team, or says what is wrong with it.
func (t *Team) lay(ctx context.Context, tx Tx, in TeamInput) (err error) {
	if in.Name != nil {
		t.Name = *in.Name
	}
	if t.Name, err = text("name", t.Name, 1, maxTeamName); err != nil {
		return err
	}
	if in.Mode != nil {
		t.Mode = *in.Mode
	}
	if !slices.Contains([]AssignMode{ByHand, RoundRobin, LeastLoaded}, t.Mode) {
		return desk.InvalidField("mode", "没有这种分派方式")
	}
	if in.Kind != nil {
		t.Kind = *in.Kind
	}
	if t.Kind != "" && t.Kind != channel.Private && t.Kind != channel.Comment {
		return desk.InvalidField("kind", "没有这种消息")
	}
	if in.AnyHour != nil {
		t.AnyHour = *in.AnyHour
	}
	if in.Enabled != nil {
		t.Enabled = *in.Enabled
	}
	if in.AccountIDs != nil {
		if t.AccountIDs = inOrder(*in.AccountIDs); len(t.AccountIDs) > maxTeamAccounts {
			return desk.InvalidField("account_ids", "最多 %d 个账号", maxTeamAccounts)
		}
	}
	if in.MemberIDs == nil {
		return nil
	}
	return t.join(ctx, tx, inOrder(*in.MemberIDs))
}

// join makes these users the members. Who is new must be one who works on
// tickets; who is a member already may have stopped to.
func (t *Team) join(ctx context.Context, tx Tx, users []int64) error {
	if len(users) > maxTeamMembers {
		return desk.InvalidField("member_ids", "最多 %d 人", maxTeamMembers)
	}
	members := make([]Member, 0, len(users))
	for _, user := range users {
		m := Member{UserID: user}
		if at := slices.IndexFunc(t.Members, func(m Member) bool { return m.UserID == user }); at >= 0 {
			m = t.Members[at]
		} else if worker, err := tx.Worker(ctx, user); err != nil && desk.CodeOf(err) != desk.NotFound {
			return err
		} else if err != nil || !worker.Can(desk.WorkTickets) {
			return desk.InvalidField("member_ids", "有成员不能受理工单，或已停用")
		}
		members = append(members, m)
	}
	t.Members = members
	return nil
}

// inOrder are the ids, sorted and each once.
func inOrder(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return slices.Compact(ids)
}
