package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/sla"
)

// Policy says how long the clocks of a name run on the tickets it fits.
type Policy struct {
	ID        ID          `json:"id"`
	Kind      string      `json:"kind" enum:"clock"`
	Name      string      `json:"name"`
	Clock     string      `json:"clock" enum:"first_reply,next_reply,sign,department,review"`
	Enabled   bool        `json:"enabled"`
	Match     PolicyMatch `json:"match"`
	Plan      Plan        `json:"plan"`
	Revision  int64       `json:"revision" doc:"counts its changes"`
	UpdatedAt time.Time   `json:"updated_at"`
}

// PolicyMatch is what a ticket must be; what is absent fits every ticket.
type PolicyMatch struct {
	AccountGroup string `json:"account_group,omitempty"`
	Kind         string `json:"kind,omitempty" enum:"private,comment"`
	Category     string `json:"category,omitempty"`
	Priority     string `json:"priority,omitempty" enum:"low,normal,high,urgent"`
	DepartmentID ID     `json:"department_id,omitempty"`
}

// Plan is how long a clock runs and who is told when.
type Plan struct {
	TargetSeconds int64        `json:"target_seconds" minimum:"1" maximum:"31622400"`
	Calendar      string       `json:"calendar,omitempty" doc:"the code of the calendar whose working time counts; absent: all time does"`
	Steps         []PlanStep   `json:"steps" maxItems:"12" doc:"in order of time; the deadline is added when no step is it"`
	Repeat        *PlanRepeats `json:"repeat,omitempty" doc:"after the last step, until somebody acts"`
}

// PlanStep is a moment at which somebody is told.
type PlanStep struct {
	Percent int      `json:"percent,omitempty" minimum:"0" maximum:"1000" doc:"of the target; 100 is the deadline"`
	Minutes int      `json:"minutes,omitempty" doc:"after the deadline, negative for before; when there is no percent"`
	Roles   []string `json:"roles" enum:"assignee,supervisor,department,department_head,duty"`
}

// PlanRepeats tells roles again and again.
type PlanRepeats struct {
	EveryMinutes int64    `json:"every_minutes" minimum:"1" maximum:"527040"`
	Times        int      `json:"times" minimum:"1" maximum:"50"`
	Roles        []string `json:"roles" enum:"assignee,supervisor,department,department_head,duty"`
}

// PolicyExplanation says which policy a clock would get, why, and when it would
// be due.
type PolicyExplanation struct {
	Policy     Nullable[Ref]      `json:"policy" doc:"null: the settings, because no policy fits"`
	Considered []PolicyConsidered `json:"considered" doc:"the most specific first"`
	Plan       Plan               `json:"plan"`
	StartedAt  time.Time          `json:"started_at"`
	DueAt      time.Time          `json:"due_at"`
	Marks      []PolicyMark       `json:"marks"`
	Days       []PolicyDay        `json:"days" doc:"what each day counts, at most 62 of them; empty when all time counts"`
	Known      bool               `json:"known" doc:"the holidays of the deadline's year are"`
}

// PolicyConsidered is a policy that was looked at.
type PolicyConsidered struct {
	Policy Ref      `json:"policy"`
	Asks   []string `json:"asks" enum:"department,category,account_group,priority,kind"`
	Fails  []string `json:"fails" enum:"department,category,account_group,priority,kind" doc:"empty: it fits"`
	Chosen bool     `json:"chosen"`
}

// PolicyMark is when a step falls.
type PolicyMark struct {
	At    time.Time `json:"at"`
	Step  PlanStep  `json:"step"`
	Final bool      `json:"final" doc:"it is the deadline"`
}

// PolicyDay is what one day counts.
type PolicyDay struct {
	Date        string `json:"date" format:"date"`
	Kind        string `json:"kind" enum:"workday,weekend,holiday,make_up"`
	Name        string `json:"name,omitempty"`
	Known       bool   `json:"known"`
	OpenMinutes int    `json:"open_minutes"`
}

type (
	policyBody struct {
		Kind    string       `json:"kind,omitempty" enum:"clock"`
		Name    *string      `json:"name,omitempty"`
		Clock   *string      `json:"clock,omitempty" enum:"first_reply,next_reply,sign,department,review"`
		Enabled *bool        `json:"enabled,omitempty"`
		Match   *PolicyMatch `json:"match,omitempty"`
		Plan    *Plan        `json:"plan,omitempty"`
	}
	createPolicyInput struct{ Body policyBody }
	updatePolicyInput struct {
		ByID
		Body policyBody
	}
	explainInput struct {
		Body struct {
			PolicyMatch
			Clock string    `json:"clock" enum:"first_reply,next_reply,sign,department,review"`
			At    time.Time `json:"at,omitempty" doc:"when it starts; now when absent"`
		}
	}
)

func (s *Server) policies() {
	desk := s.deps.Inbox
	route(s, s.operation(http.MethodGet, "/policies", "listPolicies", "Which clock runs how long where, the most specific first"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[Policy], error) {
			all, err := desk.Policies(ctx, who.Actor())
			return listOf(all, policyOf), err
		})
	route(s, created(s.operation(http.MethodPost, "/policies", "createPolicy", "Add a policy")),
		func(ctx context.Context, who auth.Principal, in *createPolicyInput) (Policy, error) {
			p, err := desk.AddPolicy(ctx, who.Actor(), in.Body.input())
			return policyOf(p), err
		})
	route(s, s.operation(http.MethodPatch, "/policies/{id}", "updatePolicy", "Change a policy for the clocks that start from now on"),
		func(ctx context.Context, who auth.Principal, in *updatePolicyInput) (Policy, error) {
			p, err := desk.ChangePolicy(ctx, who.Actor(), in.ID.number(), in.Body.input())
			return policyOf(p), err
		})
	command(s, s.operation(http.MethodDelete, "/policies/{id}", "deletePolicy", "Delete a policy; its running clocks run on"),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return desk.DeletePolicy(ctx, who.Actor(), in.ID.number())
		})
	route(s, s.operation(http.MethodPost, "/policies/explain", "explainPolicy", "Which policy a clock would get, why, and when it would be due"),
		func(ctx context.Context, who auth.Principal, in *explainInput) (PolicyExplanation, error) {
			b := in.Body
			e, err := desk.ExplainPolicy(ctx, who.Actor(), inbox.Case{
				Clock: b.Clock, Group: b.AccountGroup, Kind: channel.Kind(b.Kind), Category: b.Category, Priority: priorityOf(b.Priority),
				Department: b.DepartmentID.number(),
			}, b.At)
			return explanationOf(e), err
		})
}

func (b policyBody) input() inbox.PolicyInput {
	in := inbox.PolicyInput{Name: b.Name, Clock: b.Clock, Enabled: b.Enabled}
	if m := b.Match; m != nil {
		in.Match = &inbox.Match{Group: m.AccountGroup, Kind: channel.Kind(m.Kind), Category: m.Category, Department: m.DepartmentID.number()}
		if m.Priority != "" {
			p := priorityOf(m.Priority)
			in.Match.Priority = &p
		}
	}
	if p := b.Plan; p != nil {
		in.Plan = &sla.Plan{Target: time.Duration(p.TargetSeconds) * time.Second, Calendar: p.Calendar, Steps: each(p.Steps, func(s PlanStep) sla.Step {
			return sla.Step{Percent: s.Percent, Minutes: s.Minutes, Roles: each(s.Roles, func(r string) sla.Role { return sla.Role(r) })}
		})}
		if r := p.Repeat; r != nil {
			in.Plan.Repeat = sla.Repeat{
				Every: time.Duration(r.EveryMinutes) * time.Minute, Times: r.Times, Roles: each(r.Roles, func(r string) sla.Role { return sla.Role(r) }),
			}
		}
	}
	return in
}

func policyOf(p inbox.ClockPolicy) Policy {
	out := Policy{
		ID: idOf(p.ID), Kind: "clock", Name: p.Name, Clock: p.Clock, Enabled: p.Enabled, Plan: planOf(p.Plan), Revision: p.Revision,
		UpdatedAt: utc(p.UpdatedAt),
		Match:     PolicyMatch{AccountGroup: p.Match.Group, Kind: string(p.Match.Kind), Category: p.Match.Category, DepartmentID: idOf(p.Match.Department)},
	}
	if p.Match.Priority != nil {
		out.Match.Priority = priorities[*p.Match.Priority]
	}
	return out
}

func planOf(p sla.Plan) Plan {
	out := Plan{TargetSeconds: int64(p.Target / time.Second), Calendar: p.Calendar, Steps: each(p.Steps, stepOf)}
	if r := p.Repeat; r.Times > 0 {
		out.Repeat = &PlanRepeats{EveryMinutes: int64(r.Every / time.Minute), Times: r.Times, Roles: each(r.Roles, roleName)}
	}
	return out
}

func stepOf(s sla.Step) PlanStep {
	return PlanStep{Percent: s.Percent, Minutes: s.Minutes, Roles: each(s.Roles, roleName)}
}

func roleName(r sla.Role) string { return string(r) }

func explanationOf(e inbox.Explanation) PolicyExplanation {
	word := func(c inbox.Condition) string { return string(c) }
	out := PolicyExplanation{
		Plan: planOf(e.Plan), StartedAt: utc(e.StartedAt), DueAt: utc(e.DueAt), Known: e.Known, Marks: []PolicyMark{},
		Considered: each(e.Considered, func(c inbox.Considered) PolicyConsidered {
			return PolicyConsidered{Policy: Ref{idOf(c.Policy.ID), c.Policy.Name}, Asks: each(c.Asks, word), Fails: each(c.Fails, word), Chosen: c.Chosen}
		}),
		Days: each(e.Days, func(d sla.Span) PolicyDay {
			return PolicyDay{Date: string(d.Date), Kind: string(d.Kind), Name: d.Name, Known: d.Known, OpenMinutes: int(d.Open / time.Minute)}
		}),
	}
	if e.Policy != nil {
		out.Policy = refOf(e.Policy.ID, e.Policy.Name)
	}
	for i, at := range e.Marks {
		out.Marks = append(out.Marks, PolicyMark{At: utc(at), Step: stepOf(e.Plan.Steps[i]), Final: e.Plan.Steps[i].Deadline()})
	}
	return out
}
