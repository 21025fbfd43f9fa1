package inbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// Policy is a rule of the desk that managers set; Body is what its kind says:
// an ApprovalRule, a RoutingRule.
type Policy struct {
	ID        int64
	Kind      string
	Name      string
	Enabled   bool
	Body      json.RawMessage
	Revision  int64
	UpdatedBy int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ApprovalKind is the kind of the policies that say who approves replies.
const ApprovalKind = "approval"

// maxPoliciesOfKind bounds the policies of one kind, maxSteps the people who approve.
const (
	maxPoliciesOfKind = 200
	maxSteps          = 3
)

// ApprovalRule says how many different people approve the replies it fits. Of
// several that fit the one that asks for most counts, then the strictest. What
// is zero fits every reply.
type ApprovalRule struct {
	Kind         channel.Kind `json:"kind,omitempty"`
	Origin       Origin       `json:"origin,omitempty"`
	Group        string       `json:"account_group,omitempty"`
	AccountID    int64        `json:"account_id,omitempty"`
	DepartmentID int64        `json:"department_id,omitempty"`
	Level        check.Level  `json:"level,omitempty"` // findings of this level or graver
	Steps        int          `json:"steps"`
}

// ApprovalCase is a reply as policies see it.
type ApprovalCase struct {
	Kind         channel.Kind
	Origin       Origin
	Group        string
	AccountID    int64
	DepartmentID int64
	Level        check.Level // the gravest finding, "" for none
}

// fits reports whether the rule fits, and how much it asks for.
func (r ApprovalRule) fits(c ApprovalCase) (asks int, ok bool) {
	for _, cond := range []struct{ asked, met bool }{
		{r.Kind != "", r.Kind == c.Kind}, {r.Origin != "", r.Origin == c.Origin}, {r.Group != "", r.Group == c.Group},
		{r.AccountID != 0, r.AccountID == c.AccountID}, {r.DepartmentID != 0, r.DepartmentID == c.DepartmentID},
		{r.Level != "", c.Level == r.Level || c.Level == check.Approve && r.Level == check.Warn},
	} {
		if !cond.asked {
			continue
		}
		if !cond.met {
			return 0, false
		}
		asks++
	}
	return asks, true
}

// stepsOf chooses among the policies. A finding that wants approval has at least
// one person, whatever they say.
func stepsOf(policies []Policy, c ApprovalCase) (steps int, id int64, err error) {
	best := -1
	for _, p := range policies {
		if !p.Enabled {
			continue
		}
		var rule ApprovalRule
		if err := json.Unmarshal(p.Body, &rule); err != nil {
			return 0, 0, fmt.Errorf("policy %d: %w", p.ID, err)
		}
		asks, ok := rule.fits(c)
		if ok && (asks > best || asks == best && rule.Steps > steps) {
			best, steps, id = asks, rule.Steps, p.ID
		}
	}
	if c.Level == check.Approve {
		steps = max(steps, 1)
	}
	return steps, id, nil
}

// ApprovalPolicyInput is what a manager enters; nil fields stay as they are.
type ApprovalPolicyInput struct {
	Name    *string
	Enabled *bool
	Rule    *ApprovalRule
}

// Approval is one person's word about a reply, and which text it is about.
type Approval struct {
	ReplyID  ReplyID
	Step     int // 0: who took over a model's text
	PersonID int64
	Decision ApprovalDecision
	Reason   string
	TextSHA  string
	At       time.Time
}

// ApprovalDecision is what a person did.
type ApprovalDecision string

// Decisions.
const (
	Adopted  ApprovalDecision = "adopt"
	Approved ApprovalDecision = "approve"
	Bypassed ApprovalDecision = "bypass"
)

// ApprovalFilter chooses replies in review; Actor always narrows.
type ApprovalFilter struct {
	Actor  desk.Actor
	Limit  int
	Cursor string
}

// ApprovalRow is a reply that waits for approvals.
type ApprovalRow struct {
	Reply     Reply
	Author    string
	Ticket    TicketRow
	Approvals []Approval
	Previous  string // the version before that was rejected, "" for none
	Answer    string // the department's, that the reply was made from
	MayReview bool   // the reader may approve or reject it
}

type approvalTx interface {
	AddApproval(ctx context.Context, a Approval) error
	Approvals(ctx context.Context, id ReplyID) ([]Approval, error)
	LockPolicy(ctx context.Context, id int64) (*Policy, error)
	AddPolicy(ctx context.Context, p *Policy) error // sets p.ID
	SavePolicy(ctx context.Context, p *Policy) error
	DeletePolicy(ctx context.Context, id int64) error
}

type approvalReader interface {
	Policies(ctx context.Context, kind string) ([]Policy, error)
	// Reviews are replies in review, oldest first: what people wrote or took
	// over, not what a model only proposed.
	Reviews(ctx context.Context, f ApprovalFilter) (desk.Page[ApprovalRow], error)
	Reply(ctx context.Context, id ReplyID) (Reply, error)
}

// ApprovalPolicies lists the policies about approvals.
func (s *Service) ApprovalPolicies(ctx context.Context, actor desk.Actor) ([]Policy, error) {
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return nil, err
	}
	return s.store.Policies(ctx, ApprovalKind)
}

// SaveApprovalPolicy adds (id 0) or changes a policy about approvals. It counts
// for replies written from now on.
func (s *Service) SaveApprovalPolicy(ctx context.Context, actor desk.Actor, policyID int64, in ApprovalPolicyInput) (Policy, error) {
	var out Policy
	err := s.changePolicies(ctx, actor, ApprovalKind, policyID, func(tx Tx, p *Policy, now time.Time) error {
		var rule any
		if in.Rule != nil {
			if err := in.Rule.validate(); err != nil {
				return err
			}
			rule = in.Rule
		}
		err := p.lay(ctx, tx, actor, in.Name, in.Enabled, rule, now)
		out = *p
		return err
	})
	return out, err
}

// DeleteApprovalPolicy removes a policy; replies in review keep their steps.
func (s *Service) DeleteApprovalPolicy(ctx context.Context, actor desk.Actor, policyID int64) error {
	return s.changePolicies(ctx, actor, ApprovalKind, policyID, func(tx Tx, p *Policy, _ time.Time) error { return tx.DeletePolicy(ctx, p.ID) })
}

// changePolicies adds (id 0) or changes a policy of a kind, and tells those who
// manage them.
func (s *Service) changePolicies(ctx context.Context, actor desk.Actor, kind string, policyID int64, change func(tx Tx, p *Policy, now time.Time) error) error {
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return err
	}
	all, err := s.store.Policies(ctx, kind)
	if err != nil {
		return err
	}
	if policyID == 0 && len(all) >= maxPoliciesOfKind {
		return desk.Errorf(desk.Conflict, "这类规则最多 %d 条", maxPoliciesOfKind).WithReason("too_many_policies")
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		p := &Policy{Kind: kind, Enabled: true}
		if policyID != 0 {
			var err error
			if p, err = tx.LockPolicy(ctx, policyID); err != nil {
				return err
			}
			if p.Kind != kind {
				return desk.Errorf(desk.NotFound, "没有这条规则")
			}
		}
		now := s.time()
		if err := change(tx, p, now); err != nil {
			return err
		}
		e := desk.NewEvent(PolicyChanged, now, map[string]any{"policy_id": id(p.ID), "kind": p.Kind})
		e.ActorID, e.Audience = actor.UserID, desk.ManagePolicies
		return tx.Record(ctx, e)
	})
}

// lay puts what a person entered over a policy and stores it; rule is its new
// body, nil to leave it.
func (p *Policy) lay(ctx context.Context, tx Tx, actor desk.Actor, name *string, enabled *bool, rule any, now time.Time) error {
	if name != nil {
		trimmed, err := text("name", *name, 1, maxAccountName)
		if err != nil {
			return err
		}
		p.Name = trimmed
	}
	if enabled != nil {
		p.Enabled = *enabled
	}
	if rule != nil {
		body, err := json.Marshal(rule)
		if err != nil {
			return err
		}
		p.Body = body
	}
	if p.Name == "" || p.Body == nil {
		return desk.InvalidField("name", "名称和规则都要填写")
	}
	p.Revision, p.UpdatedBy, p.UpdatedAt = p.Revision+1, actor.UserID, now
	if p.ID == 0 {
		p.CreatedAt = now
		return tx.AddPolicy(ctx, p)
	}
	return tx.SavePolicy(ctx, p)
}

func (r ApprovalRule) validate() error {
	switch {
	case r.Steps < 0 || r.Steps > maxSteps:
		return desk.InvalidField("steps", "须为 0 到 %d 人", maxSteps)
	case r.Kind != "" && r.Kind != channel.Private && r.Kind != channel.Comment:
		return desk.InvalidField("kind", "没有这种消息")
	case r.Origin != "" && r.Origin != FromStaff && r.Origin != FromFAQ && r.Origin != FromLLM && r.Origin != FromDepartment:
		return desk.InvalidField("origin", "没有这种来源")
	case r.Level != "" && r.Level != check.Warn && r.Level != check.Approve:
		return desk.InvalidField("level", "须为 warn 或 approve")
	}
	return nil
}

// Reviews lists the replies that wait for approvals.
func (s *Service) Reviews(ctx context.Context, f ApprovalFilter) (desk.Page[ApprovalRow], error) {
	if err := f.Actor.Require(desk.ApproveReplies); err != nil {
		return desk.Page[ApprovalRow]{}, err
	}
	f.Limit = desk.PageLimit(f.Limit)
	page, err := s.store.Reviews(ctx, f)
	for i := range page.Items {
		row := &page.Items[i]
		row.MayReview = row.Reply.mayReview(f.Actor, row.Approvals) == nil
	}
	return page, err
}

// proposed reports whether the reply is what a model wrote and no person has
// taken over.
func (r *Reply) proposed() bool { return r.Origin == FromLLM && r.AuthorID == 0 && r.ReviewerID == 0 }

// mayReview says why somebody may not approve or reject the reply: four eyes,
// and each step another person.
func (r *Reply) mayReview(actor desk.Actor, given []Approval) error {
	if err := actor.Require(desk.ApproveReplies); err != nil {
		return err
	}
	if r.AuthorID == actor.UserID {
		return desk.Errorf(desk.Forbidden, "不能审核自己撰写的答复").WithReason("own_reply")
	}
	if r.State != ReplyInReview {
		return desk.Errorf(desk.Conflict, "答复不在审核中").WithReason("reply_state")
	}
	for _, a := range given {
		if a.PersonID == actor.UserID && a.Decision == Adopted {
			return desk.Errorf(desk.Forbidden, "不能审核自己采用的答复").WithReason("own_reply")
		}
		if a.PersonID == actor.UserID {
			return desk.Errorf(desk.Forbidden, "您已审核过，须由另一人继续审核").WithReason("approved_already")
		}
	}
	return nil
}

// word is a person's word about the reply's text as it is.
func (r *Reply) word(actor desk.Actor, step int, d ApprovalDecision, reason string, now time.Time) Approval {
	sum := sha256.Sum256([]byte(r.Text))
	return Approval{ReplyID: r.ID, Step: step, PersonID: actor.UserID, Decision: d, Reason: reason, TextSHA: hex.EncodeToString(sum[:]), At: now}
}

// approve gives one approval; with the last the reply leaves.
func (s *Service) approve(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
	given, err := tx.Approvals(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := r.mayReview(actor, given); err != nil {
		return nil, err
	}
	if err := s.grounded(ctx, tx, r, now); err != nil {
		return nil, err
	}
	step := 1
	for _, a := range given {
		if a.Decision == Approved {
			step++
		}
	}
	if err := tx.AddApproval(ctx, r.word(actor, step, Approved, "", now)); err != nil {
		return nil, err
	}
	if step < r.Steps {
		r.UpdatedAt = now
		return []desk.Event{fact(ReplyStepApproved, t, actor, now, map[string]any{"reply_id": id(r.ID), "step": step, "steps": r.Steps})}, nil
	}
	if err := tx.DecideHits(ctx, r.ID, HitApproved, actor.UserID, now); err != nil {
		return nil, err
	}
	return s.release(ctx, tx, actor, t, r, fact(ReplyWasApproved, t, actor, now, map[string]any{"reply_id": id(r.ID)}), now)
}

// release lets a reply out of its review.
func (s *Service) release(ctx context.Context, tx Tx, actor desk.Actor, t *Ticket, r *Reply, told desk.Event, now time.Time) ([]desk.Event, error) {
	r.ReviewerID, r.ReviewReason = actor.UserID, ""
	if err := r.move(ReplyApproved, now); err != nil {
		return nil, err
	}
	if err := s.leaveReview(ctx, tx, t, now); err != nil {
		return nil, err
	}
	return []desk.Event{told}, s.queue(ctx, tx, r.ID)
}

// BypassApproval lets a reply out in an emergency without the approvals it
// lacks, for a reason that stays on record. What a model wrote still needs a
// person who takes it over.
func (s *Service) BypassApproval(ctx context.Context, actor desk.Actor, replyID ReplyID, reason string) (Reply, error) {
	reason, err := text("reason", reason, 1, maxReasonRunes)
	if err != nil {
		return Reply{}, err
	}
	return s.changeReply(ctx, actor, desk.BypassApproval, replyID, func(tx Tx, t *Ticket, r *Reply, now time.Time) ([]desk.Event, error) {
		if r.State != ReplyInReview || r.proposed() {
			return nil, desk.Errorf(desk.Conflict, "答复不在审核中").WithReason("reply_state")
		}
		given, err := tx.Approvals(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		for _, a := range given {
			if a.PersonID == actor.UserID {
				return nil, desk.Errorf(desk.Forbidden, "您已审核过，须由另一人处理").WithReason("approved_already")
			}
		}
		if err := s.grounded(ctx, tx, r, now); err != nil {
			return nil, err
		}
		if err := tx.AddApproval(ctx, r.word(actor, maxSteps+1, Bypassed, reason, now)); err != nil {
			return nil, err
		}
		if err := tx.DecideHits(ctx, r.ID, HitBypassed, actor.UserID, now); err != nil {
			return nil, err
		}
		told := fact(ReplyBypassed, t, actor, now, map[string]any{"reply_id": id(r.ID), "reason": reason})
		return s.release(ctx, tx, actor, t, r, told, now)
	})
}
