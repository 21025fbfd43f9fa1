package inbox

import (
	"cmp"
	"context"
	"slices"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// Limits of policies.
const (
	maxPolicies   = 200
	maxPolicyName = 60
	maxMatchRunes = 60
)

// Match says which tickets a policy fits; zero fields fit all.
type Match struct {
	Group      string // of the account
	Kind       channel.Kind
	Category   string
	Priority   *Priority
	Department int64 // that the clock is of, or that has the ticket
}

// ClockPolicy says how long the clocks of a name run on the tickets it fits.
// The revision counts its changes; a clock keeps the one it was started with.
type ClockPolicy struct {
	ID        int64
	Name      string
	Clock     string // FirstReply …
	Enabled   bool
	Match     Match
	Plan      sla.Plan
	Revision  int64
	UpdatedAt time.Time
}

// PolicyInput is what a person enters; nil fields stay as they are.
type PolicyInput struct {
	Name, Clock *string
	Enabled     *bool
	Match       *Match
	Plan        *sla.Plan
}

// Condition is one thing a policy asks of a ticket.
type Condition string

// Conditions, the weightiest first: where two policies ask equally many, the
// one that asks the weightier wins.
const (
	ByDepartment Condition = "department"
	ByCategory   Condition = "category"
	ByGroup      Condition = "account_group"
	ByPriority   Condition = "priority"
	ByKind       Condition = "kind"
)

// Case is what decides which policy a clock gets.
type Case struct {
	Clock      string
	Group      string
	Kind       channel.Kind
	Category   string
	Priority   Priority
	Department int64
}

// asks lists the conditions of a match.
func (m Match) asks() (out []Condition) {
	for _, c := range []struct {
		name Condition
		set  bool
	}{{ByDepartment, m.Department != 0}, {ByCategory, m.Category != ""}, {ByGroup, m.Group != ""}, {ByPriority, m.Priority != nil}, {ByKind, m.Kind != ""}} {
		if c.set {
			out = append(out, c.name)
		}
	}
	return out
}

// fails lists the conditions that do not hold.
func (m Match) fails(c Case) (out []Condition) {
	holds := map[Condition]bool{
		ByDepartment: m.Department == c.Department, ByCategory: m.Category == c.Category, ByGroup: m.Group == c.Group,
		ByPriority: m.Priority != nil && *m.Priority == c.Priority, ByKind: m.Kind == c.Kind,
	}
	for _, name := range m.asks() {
		if !holds[name] {
			out = append(out, name)
		}
	}
	return out
}

// weights order matches that ask equally many.
var weights = map[Condition]int{ByDepartment: 16, ByCategory: 8, ByGroup: 4, ByPriority: 2, ByKind: 1}

// specific orders policies: who asks more comes first, then who asks the
// weightier, then the older.
func specific(a, b ClockPolicy) int {
	weight := func(p ClockPolicy) (sum int) {
		for _, c := range p.Match.asks() {
			sum += weights[c]
		}
		return sum
	}
	return cmp.Or(-cmp.Compare(len(a.Match.asks()), len(b.Match.asks())), -cmp.Compare(weight(a), weight(b)), cmp.Compare(a.ID, b.ID))
}

// Policies returns the clock policies, the most specific first.
func (s *Service) Policies(ctx context.Context, actor desk.Actor) ([]ClockPolicy, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	all, err := s.store.ClockPolicies(ctx)
	slices.SortFunc(all, specific)
	return all, err
}

// AddPolicy makes a policy; Name, Clock and Plan are needed.
func (s *Service) AddPolicy(ctx context.Context, actor desk.Actor, in PolicyInput) (ClockPolicy, error) {
	var p ClockPolicy
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return p, err
	}
	err := s.changeTimes(ctx, actor, PolicyChanged, func(tx Tx, now time.Time) (map[string]any, error) {
		all, err := s.store.ClockPolicies(ctx)
		if err != nil {
			return nil, err
		}
		if len(all) >= maxPolicies {
			return nil, desk.InvalidField("name", "最多 %d 条时限策略", maxPolicies)
		}
		p = ClockPolicy{Enabled: true}
		if err := s.layPolicy(ctx, tx, &p, in, now); err != nil {
			return nil, err
		}
		err = tx.AddClockPolicy(ctx, &p)
		return p.told("added"), err
	})
	return p, err
}

// ChangePolicy changes a policy for the clocks that start from now on.
func (s *Service) ChangePolicy(ctx context.Context, actor desk.Actor, policyID int64, in PolicyInput) (ClockPolicy, error) {
	var p ClockPolicy
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return p, err
	}
	err := s.changeTimes(ctx, actor, PolicyChanged, func(tx Tx, now time.Time) (map[string]any, error) {
		var err error
		if p, err = tx.LockClockPolicy(ctx, policyID); err != nil {
			return nil, err
		}
		if err := s.layPolicy(ctx, tx, &p, in, now); err != nil {
			return nil, err
		}
		return p.told("changed"), tx.SaveClockPolicy(ctx, p)
	})
	return p, err
}

// DeletePolicy deletes a policy; clocks that were started by it run on.
func (s *Service) DeletePolicy(ctx context.Context, actor desk.Actor, policyID int64) error {
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return err
	}
	return s.changeTimes(ctx, actor, PolicyChanged, func(tx Tx, _ time.Time) (map[string]any, error) {
		p, err := tx.LockClockPolicy(ctx, policyID)
		if err != nil {
			return nil, err
		}
		return p.told("deleted"), tx.DeleteClockPolicy(ctx, policyID)
	})
}

func (p ClockPolicy) told(what string) map[string]any {
	return map[string]any{"policy_id": id(p.ID), "name": p.Name, "revision": p.Revision, "what": what}
}

// layPolicy puts what a person entered over the policy and counts the revision.
func (s *Service) layPolicy(ctx context.Context, tx Tx, p *ClockPolicy, in PolicyInput, now time.Time) (err error) {
	if in.Name != nil {
		p.Name = *in.Name
	}
	if p.Name, err = text("name", p.Name, 1, maxPolicyName); err != nil {
		return err
	}
	if in.Clock != nil {
		p.Clock = *in.Clock
	}
	if !slices.Contains(ClockNames(), p.Clock) {
		return desk.InvalidField("clock", "没有这种时限")
	}
	if in.Enabled != nil {
		p.Enabled = *in.Enabled
	}
	if in.Match != nil {
		p.Match = *in.Match
	}
	if err := s.checkMatch(ctx, tx, &p.Match); err != nil {
		return err
	}
	if in.Plan != nil {
		p.Plan = *in.Plan
	}
	p.Revision++
	p.UpdatedAt = now
	p.Plan = p.Plan.Ordered()
	p.Plan.Policy, p.Plan.Revision = 0, 0
	if err := p.Plan.Validate(); err != nil {
		return desk.InvalidField("plan", "时限设置有误：%v", err)
	}
	if _, err := s.hours(p.Plan.Calendar); err != nil {
		return desk.InvalidField("calendar", "没有这个日历")
	}
	return nil
}

func (s *Service) checkMatch(ctx context.Context, tx Tx, m *Match) (err error) {
	if m.Group, err = text("account_group", m.Group, 0, maxMatchRunes); err != nil {
		return err
	}
	if m.Category, err = text("category", m.Category, 0, maxMatchRunes); err != nil {
		return err
	}
	if m.Kind != "" && m.Kind != channel.Private && m.Kind != channel.Comment {
		return desk.InvalidField("kind", "没有这种消息")
	}
	if m.Priority != nil && (*m.Priority < Low || *m.Priority > Urgent) {
		return desk.InvalidField("priority", "没有这个优先级")
	}
	if m.Department == 0 {
		return nil
	}
	if _, err = tx.Department(ctx, m.Department); desk.CodeOf(err) == desk.NotFound {
		err = desk.InvalidField("department_id", "没有这个承办单位")
	}
	return err
}
