package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// RoutingPolicy proposes a department for the tickets it fits.
type RoutingPolicy struct {
	ID        ID            `json:"id"`
	Name      string        `json:"name"`
	Enabled   bool          `json:"enabled"`
	Rule      RoutingRule   `json:"rule"`
	Offered   int           `json:"offered" doc:"tickets given to a department with this proposal in sight"`
	Taken     int           `json:"taken" doc:"how many of them to the department the rule names now"`
	Elsewhere Nullable[Ref] `json:"elsewhere" doc:"the department that most of the rest were given to"`
	Revision  int64         `json:"revision"`
	UpdatedAt time.Time     `json:"updated_at"`
}

// RoutingRule is what a ticket must be, all of it; of the words one. What is
// absent is not asked for.
type RoutingRule struct {
	Words        []string `json:"words,omitempty" maxItems:"200" doc:"in what the citizen wrote, in any writing; names of areas too"`
	Category     string   `json:"category,omitempty"`
	AccountGroup string   `json:"account_group,omitempty"`
	AccountID    ID       `json:"account_id,omitempty"`
	Kind         string   `json:"kind,omitempty" enum:"private,comment"`
	DepartmentID ID       `json:"department_id"`
}

// RouteProposal is a department that a rule proposes for a ticket.
type RouteProposal struct {
	Rule       Ref      `json:"rule"`
	Department Ref      `json:"department"`
	Words      []string `json:"words" doc:"those of the rule that the citizen used"`
	Offered    int      `json:"offered"`
	Taken      int      `json:"taken"`
}

type (
	routingFields struct {
		Name    *string      `json:"name,omitempty"`
		Enabled *bool        `json:"enabled,omitempty"`
		Rule    *RoutingRule `json:"rule,omitempty"`
	}
	newRoutingInput    struct{ Body routingFields }
	changeRoutingInput struct {
		ByID
		Body routingFields
	}
)

func (f routingFields) input() inbox.RoutingInput {
	in := inbox.RoutingInput{Name: f.Name, Enabled: f.Enabled}
	if r := f.Rule; r != nil {
		in.Rule = &inbox.RoutingRule{
			Words: r.Words, Category: r.Category, Group: r.AccountGroup, AccountID: r.AccountID.number(), Kind: channel.Kind(r.Kind), DepartmentID: r.DepartmentID.number(),
		}
	}
	return in
}

func routingPolicyOf(p inbox.RoutingPolicy, departments map[int64]string) RoutingPolicy {
	return RoutingPolicy{
		Elsewhere: refOf(p.Elsewhere, departments[p.Elsewhere]),
		ID:        idOf(p.ID), Name: p.Name, Enabled: p.Enabled, Offered: p.Offered, Taken: p.Taken, Revision: p.Revision, UpdatedAt: utc(p.UpdatedAt),
		Rule: RoutingRule{
			Words: p.Rule.Words, Category: p.Rule.Category, AccountGroup: p.Rule.Group, AccountID: idOf(p.Rule.AccountID), Kind: string(p.Rule.Kind),
			DepartmentID: idOf(p.Rule.DepartmentID),
		},
	}
}

func (s *Server) routingRoutes() {
	in := s.deps.Inbox
	route(s, s.operation(http.MethodGet, "/routing", "listRoutingPolicies", "Which departments are proposed for which tickets"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[RoutingPolicy], error) {
			all, err := in.RoutingPolicies(ctx, who.Actor())
			if err != nil {
				return List[RoutingPolicy]{}, err
			}
			names, err := s.departmentNames(ctx, who.Actor())
			return listOf(all, func(p inbox.RoutingPolicy) RoutingPolicy { return routingPolicyOf(p, names) }), err
		})
	save := func(ctx context.Context, who auth.Principal, id int64, f routingFields) (RoutingPolicy, error) {
		p, err := in.SaveRoutingPolicy(ctx, who.Actor(), id, f.input())
		if err != nil {
			return RoutingPolicy{}, err
		}
		names, err := s.departmentNames(ctx, who.Actor())
		return routingPolicyOf(p, names), err
	}
	route(s, created(s.operation(http.MethodPost, "/routing", "addRoutingPolicy", "Add a rule that proposes a department")),
		func(ctx context.Context, who auth.Principal, input *newRoutingInput) (RoutingPolicy, error) {
			return save(ctx, who, 0, input.Body)
		})
	route(s, s.operation(http.MethodPatch, "/routing/{id}", "changeRoutingPolicy", "Change a rule that proposes a department"),
		func(ctx context.Context, who auth.Principal, input *changeRoutingInput) (RoutingPolicy, error) {
			return save(ctx, who, input.ID.number(), input.Body)
		})
	command(s, s.operation(http.MethodDelete, "/routing/{id}", "deleteRoutingPolicy", "Remove a rule that proposes a department"),
		func(ctx context.Context, who auth.Principal, input *ByID) error {
			return in.DeleteRoutingPolicy(ctx, who.Actor(), input.ID.number())
		})
	route(s, s.operation(http.MethodGet, "/tickets/{id}/routing", "proposeDepartments", "The departments that the rules propose for the ticket, best first"),
		func(ctx context.Context, who auth.Principal, input *ByID) (List[RouteProposal], error) {
			all, err := in.ProposeDepartments(ctx, who.Actor(), inbox.TicketID(input.ID.number()))
			return listOf(all, func(p inbox.RouteProposal) RouteProposal {
				words := p.Words
				if words == nil {
					words = []string{}
				}
				return RouteProposal{
					Rule: Ref{ID: idOf(p.RuleID), Name: p.RuleName}, Department: Ref{ID: idOf(p.DepartmentID), Name: p.DepartmentName},
					Words: words, Offered: p.Offered, Taken: p.Taken,
				}
			}), err
		})
}
