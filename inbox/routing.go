package inbox

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// RoutingKind is the kind of the policies that propose departments.
const RoutingKind = "routing"

// Limits of routing: words of a rule and the length of one, the departments that
// are proposed for a ticket, and how much of what a citizen wrote is read.
const (
	maxRouteWords    = 50
	maxRouteWord     = 30
	maxRouteProposed = 3
	maxRouteText     = 20_000 // bytes, the newest
)

// RoutingRule proposes a department for the tickets it fits: all that is asked
// for must hold, of the words one. An area is asked for by its names as words.
// What is zero is not asked for; a rule asks for something.
type RoutingRule struct {
	Words        []string     `json:"words,omitempty"`
	Category     string       `json:"category,omitempty"`
	Group        string       `json:"account_group,omitempty"`
	AccountID    int64        `json:"account_id,omitempty"`
	Kind         channel.Kind `json:"kind,omitempty"`
	DepartmentID int64        `json:"department_id"`
}

// RoutingPolicy is a rule with what became of its proposals, counted from the
// tickets that were given to a department with the proposal in sight: how many,
// how many of them to the rule's department as it is now, and which other
// department most of the rest went to.
type RoutingPolicy struct {
	Policy
	Rule      RoutingRule
	Offered   int
	Taken     int
	Elsewhere int64 // 0: none
}

// RoutingInput is what a manager enters; nil fields stay as they are.
type RoutingInput struct {
	Name    *string
	Enabled *bool
	Rule    *RoutingRule
}

// RouteProposal is a department that a rule proposes for a ticket.
type RouteProposal struct {
	RuleID         int64
	RuleName       string
	DepartmentID   int64
	DepartmentName string
	Words          []string // those of the rule that the citizen used
	Offered, Taken int
	asks           int
}

type routingReader interface {
	// RoutingCounts says how often tickets were given to which lead while a rule
	// had proposed one, by rule and department.
	RoutingCounts(ctx context.Context) (map[int64]map[int64]int, error)
}

// RoutingPolicies lists the rules in the order in which they were made.
func (s *Service) RoutingPolicies(ctx context.Context, actor desk.Actor) ([]RoutingPolicy, error) {
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return nil, err
	}
	return s.routing(ctx)
}

func (s *Service) routing(ctx context.Context) ([]RoutingPolicy, error) {
	stored, err := s.store.Policies(ctx, RoutingKind)
	if err != nil || len(stored) == 0 {
		return nil, err
	}
	counts, err := s.store.RoutingCounts(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]RoutingPolicy, len(stored))
	for i, p := range stored {
		if all[i], err = p.routing(counts[p.ID]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (p Policy) routing(went map[int64]int) (RoutingPolicy, error) {
	r := RoutingPolicy{Policy: p}
	if err := json.Unmarshal(p.Body, &r.Rule); err != nil {
		return r, fmt.Errorf("policy %d: %w", p.ID, err)
	}
	most := 0
	for department, n := range went {
		r.Offered += n
		switch {
		case department == r.Rule.DepartmentID:
			r.Taken = n
		case n > most || n == most && department < r.Elsewhere:
			most, r.Elsewhere = n, department
		}
	}
	return r, nil
}

// SaveRoutingPolicy adds (id 0) or changes a rule.
func (s *Service) SaveRoutingPolicy(ctx context.Context, actor desk.Actor, policyID int64, in RoutingInput) (RoutingPolicy, error) {
	var saved Policy
	err := s.changePolicies(ctx, actor, RoutingKind, policyID, func(tx Tx, p *Policy, now time.Time) error {
		var rule any
		if in.Rule != nil {
			checked, err := in.Rule.checked(ctx, tx)
			if err != nil {
				return err
			}
			rule = checked
		}
		err := p.lay(ctx, tx, actor, in.Name, in.Enabled, rule, now)
		saved = *p
		return err
	})
	if err != nil {
		return RoutingPolicy{}, err
	}
	counts, err := s.store.RoutingCounts(ctx)
	if err != nil {
		return RoutingPolicy{}, err
	}
	return saved.routing(counts[saved.ID])
}

// DeleteRoutingPolicy removes a rule.
func (s *Service) DeleteRoutingPolicy(ctx context.Context, actor desk.Actor, policyID int64) error {
	return s.changePolicies(ctx, actor, RoutingKind, policyID, func(tx Tx, p *Policy, _ time.Time) error { return tx.DeletePolicy(ctx, p.ID) })
}

// checked is the rule with its words trimmed and without doubles.
func (r RoutingRule) checked(ctx context.Context, tx Tx) (RoutingRule, error) {
	var words []string
	for _, w := range r.Words {
		w, err := text("rule.words", w, 0, maxRouteWord)
		if err != nil {
			return r, err
		}
		if w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	if len(words) > maxRouteWords {
		return r, desk.InvalidField("rule.words", "最多 %d 个词", maxRouteWords)
	}
	r.Words = words
	var err error
	if r.Category, err = text("rule.category", r.Category, 0, maxTicketCategory); err != nil {
		return r, err
	}
	if r.Group, err = text("rule.account_group", r.Group, 0, maxAccountName); err != nil {
		return r, err
	}
	if r.Kind != "" && r.Kind != channel.Private && r.Kind != channel.Comment {
		return r, desk.InvalidField("rule.kind", "没有这种消息")
	}
	if len(r.Words) == 0 && r.Category == "" && r.Group == "" && r.AccountID == 0 && r.Kind == "" {
		return r, desk.InvalidField("rule.words", "至少要有一个条件")
	}
	d, err := tx.Department(ctx, r.DepartmentID)
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return r, err
	}
	if err != nil || !d.Active {
		return r, desk.InvalidField("rule.department_id", "没有这个承办单位，或已停用")
	}
	return r, nil
}

// ProposeDepartments are the departments that the rules propose for a ticket,
// each once, by the rule that fits best: the one that asks for more, then the one
// with more words found, then the one whose proposals were taken more often.
func (s *Service) ProposeDepartments(ctx context.Context, actor desk.Actor, ticketID TicketID) ([]RouteProposal, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	row, err := s.Ticket(ctx, actor, ticketID)
	if err != nil {
		return nil, err
	}
	rules, err := s.routing(ctx)
	if err != nil || len(rules) == 0 {
		return nil, err
	}
	tl, err := s.store.Timeline(ctx, ticketID)
	if err != nil {
		return nil, err
	}
	asked := s.rules.Folder.Key(newest(tl.Messages))
	departments, err := s.store.Departments(ctx)
	if err != nil {
		return nil, err
	}
	group := s.timetable.Load().groups[row.AccountID]
	var fits []RouteProposal
	for _, p := range rules {
		at := slices.IndexFunc(departments, func(d Department) bool { return d.ID == p.Rule.DepartmentID })
		if !p.Enabled || at < 0 || !departments[at].Active {
			continue
		}
		d := departments[at]
		if found, ok := s.routeFits(p.Rule, &row.Ticket, group, asked); ok {
			fits = append(fits, RouteProposal{
				RuleID: p.ID, RuleName: p.Name, DepartmentID: d.ID, DepartmentName: d.Name, Words: found,
				Offered: p.Offered, Taken: p.Taken, asks: p.Rule.asks(),
			})
		}
	}
	slices.SortStableFunc(fits, func(a, b RouteProposal) int {
		return cmp.Or(cmp.Compare(b.asks, a.asks), cmp.Compare(len(b.Words), len(a.Words)), cmp.Compare(b.share(), a.share()))
	})
	var out []RouteProposal
	for _, p := range fits {
		if len(out) < maxRouteProposed && !slices.ContainsFunc(out, func(q RouteProposal) bool { return q.DepartmentID == p.DepartmentID }) {
			out = append(out, p)
		}
	}
	return out, nil
}

// share is how often the proposal is taken; a rule that was never tried is as
// good as one that is taken half the time.
func (p RouteProposal) share() float64 { return float64(p.Taken+1) / float64(p.Offered+2) }

// newest is what the citizen wrote, the newest of it.
func newest(messages []Message) string {
	var b []string
	size := 0
	for _, m := range slices.Backward(messages) {
		if size += len(m.Text); size > maxRouteText {
			break
		}
		b = append(b, m.Text)
	}
	return strings.Join(b, "\n")
}

func (r RoutingRule) asks() (n int) {
	for _, asked := range []bool{len(r.Words) > 0, r.Category != "", r.Group != "", r.AccountID != 0, r.Kind != ""} {
		if asked {
			n++
		}
	}
	return n
}

// routeFits reports whether a rule fits, and by which of its words.
func (s *Service) routeFits(r RoutingRule, t *Ticket, group, asked string) (found []string, ok bool) {
	if r.Category != "" && r.Category != t.Category || r.Group != "" && r.Group != group ||
		r.AccountID != 0 && r.AccountID != t.AccountID || r.Kind != "" && r.Kind != t.Kind {
		return nil, false
	}
	for _, w := range r.Words {
		if key := s.rules.Folder.Key(w); key != "" && strings.Contains(asked, key) {
			found = append(found, w)
		}
	}
	return found, len(r.Words) == 0 || len(found) > 0
}

// ruleNamed is the rule a dispatch names, 0 for one that is there no longer.
func (s *Service) ruleNamed(ctx context.Context, rule int64) (int64, error) {
	if rule == 0 {
		return 0, nil
	}
	all, err := s.store.Policies(ctx, RoutingKind)
	if err != nil || !slices.ContainsFunc(all, func(p Policy) bool { return p.ID == rule }) {
		return 0, err
	}
	return rule, nil
}
