package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// Team is people whom tickets nobody has are given to.
type Team struct {
	ID         ID           `json:"id"`
	Name       string       `json:"name"`
	Mode       string       `json:"mode" enum:"manual,round_robin,least_loaded" doc:"manual: only persons assign its tickets; round_robin: to who was given one longest ago; least_loaded: to who has the smallest share of their capacity open"`
	Kind       string       `json:"kind,omitempty" enum:"private,comment" doc:"absent: both"`
	AccountIDs []ID         `json:"account_ids" doc:"whose tickets they are given; empty: of all accounts each of them sees"`
	AnyHour    bool         `json:"any_hour" doc:"false: in the working hours of the desk's calendar only"`
	Enabled    bool         `json:"enabled"`
	Members    []TeamMember `json:"members"`
	UpdatedAt  time.Time    `json:"updated_at"`
}

// TeamMember is a person of a team.
type TeamMember struct {
	ID     ID     `json:"id"`
	Name   string `json:"name"`
	Active bool   `json:"active"`
}

// Workload is how much a person is given by the desk itself.
type Workload struct {
	User     Ref  `json:"user"`
	Capacity int  `json:"capacity" doc:"open tickets up to which more are given; 0: none is given"`
	Taking   bool `json:"taking" doc:"the person is given tickets now"`
	InHand   int  `json:"in_hand" doc:"open tickets: not those at departments, in review or put off"`
}

type (
	teamFields struct {
		Name       *string `json:"name,omitempty"`
		Mode       *string `json:"mode,omitempty" enum:"manual,round_robin,least_loaded"`
		Kind       *string `json:"kind,omitempty" enum:",private,comment" doc:"empty: both"`
		AccountIDs []ID    `json:"account_ids,omitempty" maxItems:"1000"`
		MemberIDs  []ID    `json:"member_ids,omitempty" maxItems:"200"`
		AnyHour    *bool   `json:"any_hour,omitempty"`
		Enabled    *bool   `json:"enabled,omitempty"`
	}
	newTeamInput    struct{ Body teamFields }
	changeTeamInput struct {
		ByID
		Body teamFields
	}
	changeWorkloadInput struct {
		ByID
		Body struct {
			Capacity *int  `json:"capacity,omitempty" minimum:"0" maximum:"1000"`
			Taking   *bool `json:"taking,omitempty"`
		}
	}
	takeWorkInput struct {
		Body struct {
			Taking bool `json:"taking"`
		}
	}
)

func (f teamFields) input() inbox.TeamInput {
	in := inbox.TeamInput{Name: f.Name, AnyHour: f.AnyHour, Enabled: f.Enabled}
	if f.Mode != nil {
		mode := inbox.AssignMode(*f.Mode)
		in.Mode = &mode
	}
	if f.Kind != nil {
		kind := channel.Kind(*f.Kind)
		in.Kind = &kind
	}
	ids := func(given []ID) *[]int64 {
		if given == nil {
			return nil
		}
		out := each(given, ID.number)
		return &out
	}
	in.AccountIDs, in.MemberIDs = ids(f.AccountIDs), ids(f.MemberIDs)
	return in
}

func teamOf(t inbox.Team) Team {
	return Team{
		ID: idOf(t.ID), Name: t.Name, Mode: string(t.Mode), Kind: string(t.Kind), AccountIDs: idsOf(t.AccountIDs), AnyHour: t.AnyHour,
		Enabled: t.Enabled, UpdatedAt: utc(t.UpdatedAt),
		Members: each(t.Members, func(m inbox.Member) TeamMember { return TeamMember{idOf(m.UserID), m.Name, m.Active} }),
	}
}

func workloadOf(w inbox.Workload) Workload {
	return Workload{User: Ref{ID: idOf(w.UserID), Name: w.Name}, Capacity: w.Capacity, Taking: w.Taking, InHand: w.InHand}
}

func (s *Server) teamRoutes() {
	in := s.deps.Inbox
	route(s, s.operation(http.MethodGet, "/teams", "listTeams", "The teams that tickets are given to, by name"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[Team], error) {
			all, err := in.Teams(ctx, who.Actor())
			return listOf(all, teamOf), err
		})
	route(s, s.operation(http.MethodGet, "/teams/names", "listTeamNames", "The names of the teams, that lists of tickets are narrowed to"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[Ref], error) {
			all, err := in.TeamNames(ctx, who.Actor())
			return listOf(all, func(t inbox.TeamName) Ref { return Ref{ID: idOf(t.ID), Name: t.Name} }), err
		})
	save := func(ctx context.Context, who auth.Principal, id int64, f teamFields) (Team, error) {
		t, err := in.SaveTeam(ctx, who.Actor(), id, f.input())
		return teamOf(t), err
	}
	route(s, created(s.operation(http.MethodPost, "/teams", "addTeam", "Add a team")),
		func(ctx context.Context, who auth.Principal, input *newTeamInput) (Team, error) {
			return save(ctx, who, 0, input.Body)
		})
	route(s, s.operation(http.MethodPatch, "/teams/{id}", "changeTeam", "Change a team"),
		func(ctx context.Context, who auth.Principal, input *changeTeamInput) (Team, error) {
			return save(ctx, who, input.ID.number(), input.Body)
		})
	command(s, s.operation(http.MethodDelete, "/teams/{id}", "deleteTeam", "Remove a team; who was given tickets keeps them"),
		func(ctx context.Context, who auth.Principal, input *ByID) error {
			return in.DeleteTeam(ctx, who.Actor(), input.ID.number())
		})
	s.workloadRoutes()
}

func (s *Server) workloadRoutes() {
	in := s.deps.Inbox
	route(s, s.operation(http.MethodGet, "/workloads", "listWorkloads", "How much each person is given, and has"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[Workload], error) {
			all, err := in.Workloads(ctx, who.Actor())
			return listOf(all, workloadOf), err
		})
	route(s, s.operation(http.MethodPatch, "/workloads/{id}", "changeWorkload", "Say how much a user is given, and whether any"),
		func(ctx context.Context, who auth.Principal, input *changeWorkloadInput) (Workload, error) {
			w, err := in.ChangeWorkload(ctx, who.Actor(), input.ID.number(), inbox.WorkloadInput{Capacity: input.Body.Capacity, Taking: input.Body.Taking})
			return workloadOf(w), err
		})
	route(s, s.operation(http.MethodGet, "/workload", "ownWorkload", "How much the one who asks is given, and has"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (Workload, error) {
			w, err := in.OwnWorkload(ctx, who.Actor())
			return workloadOf(w), err
		})
	route(s, s.operation(http.MethodPatch, "/workload", "takeWork", "Be given tickets from now on, or no more"),
		func(ctx context.Context, who auth.Principal, input *takeWorkInput) (Workload, error) {
			w, err := in.TakeWork(ctx, who.Actor(), input.Body.Taking)
			return workloadOf(w), err
		})
}
