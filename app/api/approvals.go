package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// CheckedText is what a person is shown while they write.
type CheckedText struct {
	Findings []Finding `json:"findings"`
	Steps    int       `json:"steps" doc:"how many other people must approve the text; 0: none"`
}

// ApprovalStep is one person's word about a reply.
type ApprovalStep struct {
	Step     int       `json:"step" doc:"0: who took over a model's text"`
	Person   Ref       `json:"person"`
	Decision string    `json:"decision" enum:"adopt,approve,bypass"`
	Reason   string    `json:"reason,omitempty"`
	TextSHA  string    `json:"text_sha256" doc:"of exactly the text that was approved"`
	At       time.Time `json:"at"`
}

// ReplyReview is a reply that waits for approvals.
type ReplyReview struct {
	Reply     ReplyItem      `json:"reply"`
	Author    string         `json:"author"`
	Ticket    TicketRef      `json:"ticket"`
	Kind      string         `json:"kind" enum:"private,comment"`
	DueAt     *time.Time     `json:"due_at,omitempty"`
	Steps     int            `json:"steps" doc:"how many different people must approve it"`
	Approvals []ApprovalStep `json:"approvals"`
	MayReview bool           `json:"may_review" doc:"the reader may approve or reject it"`
	Base      *ReviewBase    `json:"base,omitempty" doc:"what to compare the text with"`
}

// ReviewBase is a text to compare with: the version that was rejected, or the
// department's answer or the standard answer it was made from.
type ReviewBase struct {
	Kind    string     `json:"kind" enum:"previous,department,entry"`
	Text    string     `json:"text"`
	Changes []DiffPart `json:"changes"`
}

// ApprovalPolicy says how many people approve which replies.
type ApprovalPolicy struct {
	ID        ID           `json:"id"`
	Name      string       `json:"name"`
	Enabled   bool         `json:"enabled"`
	Rule      ApprovalRule `json:"rule"`
	Revision  int64        `json:"revision"`
	UpdatedAt time.Time    `json:"updated_at"`
}

// ApprovalRule is what a reply must be, and how many people approve it. What is
// absent fits every reply; of several that fit the one that asks for most counts.
type ApprovalRule struct {
	Kind         string `json:"kind,omitempty" enum:"private,comment"`
	Origin       string `json:"origin,omitempty" enum:"staff,faq,llm,department"`
	AccountGroup string `json:"account_group,omitempty" maxLength:"60"`
	AccountID    ID     `json:"account_id,omitempty"`
	DepartmentID ID     `json:"department_id,omitempty"`
	Level        string `json:"level,omitempty" enum:"warn,approve" doc:"findings of this level or graver"`
	Steps        int    `json:"steps" minimum:"0" maximum:"3"`
}

// Decided is what became of one of several replies.
type Decided struct {
	ID     ID     `json:"id"`
	State  string `json:"state,omitempty" doc:"the reply's state, when it was done"`
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
	Detail string `json:"detail,omitempty" doc:"why it was not done"`
}

type (
	checkInput struct {
		ByID
		Body struct {
			Text    string `json:"text" maxLength:"20000"`
			EntryID ID     `json:"entry_id,omitempty"`
			DraftID ID     `json:"draft_id,omitempty"`
		}
	}
	approveManyInput struct {
		Body struct {
			IDs []ID `json:"ids" minItems:"1" maxItems:"100"`
		}
	}
	approvalPolicyFields struct {
		Name    *string       `json:"name,omitempty"`
		Enabled *bool         `json:"enabled,omitempty"`
		Rule    *ApprovalRule `json:"rule,omitempty"`
	}
	newApprovalPolicyInput    struct{ Body approvalPolicyFields }
	changeApprovalPolicyInput struct {
		ByID
		Body approvalPolicyFields
	}
	bypassInput struct {
		ByID
		Body struct {
			Reason string `json:"reason"`
		}
	}
)

func approvalPolicyOf(p inbox.Policy) (ApprovalPolicy, error) {
	var r inbox.ApprovalRule
	if err := json.Unmarshal(p.Body, &r); err != nil {
		return ApprovalPolicy{}, err
	}
	rule := ApprovalRule{Kind: string(r.Kind), Origin: string(r.Origin), AccountGroup: r.Group, AccountID: idOf(r.AccountID), DepartmentID: idOf(r.DepartmentID), Level: string(r.Level), Steps: r.Steps}
	return ApprovalPolicy{ID: idOf(p.ID), Name: p.Name, Enabled: p.Enabled, Rule: rule, Revision: p.Revision, UpdatedAt: utc(p.UpdatedAt)}, nil
}

func (f approvalPolicyFields) input() inbox.ApprovalPolicyInput {
	in := inbox.ApprovalPolicyInput{Name: f.Name, Enabled: f.Enabled}
	if r := f.Rule; r != nil {
		in.Rule = &inbox.ApprovalRule{
			Kind: channel.Kind(r.Kind), Origin: inbox.Origin(r.Origin), Group: r.AccountGroup, AccountID: r.AccountID.number(),
			DepartmentID: r.DepartmentID.number(), Level: check.Level(r.Level), Steps: r.Steps,
		}
	}
	return in
}

func (s *Server) approvalRoutes() {
	replies := s.deps.Inbox
	route(s, s.operation(http.MethodPost, "/tickets/{id}/check", "checkText", "What the checks find in a reply, and how many people must approve it"),
		func(ctx context.Context, who auth.Principal, in *checkInput) (CheckedText, error) {
			out, err := replies.CheckText(ctx, who.Actor(), inbox.TicketID(in.ID.number()), inbox.ReplyInput{
				Text: in.Body.Text, EntryID: in.Body.EntryID.number(), DraftID: in.Body.DraftID.number(),
			})
			return CheckedText{Findings: each(out.Findings, findingOf), Steps: out.Steps}, err
		})
	route(s, s.operation(http.MethodGet, "/approvals", "listApprovals", "Replies that wait for approvals, oldest first"), s.reviews)
	route(s, s.operation(http.MethodPost, "/approvals/approve", "approveMany", "Approve several replies, each for itself"),
		func(ctx context.Context, who auth.Principal, in *approveManyInput) (List[Decided], error) {
			if err := who.Actor().Require(desk.ApproveReplies); err != nil {
				return List[Decided]{}, err
			}
			return List[Decided]{Items: each(in.Body.IDs, func(id ID) Decided { return s.approveOne(ctx, who, id) })}, nil
		})
	route(s, s.operation(http.MethodPost, "/replies/{id}/bypass", "bypassApproval", "Let a reply out in an emergency without its approvals, for a reason on record"),
		func(ctx context.Context, who auth.Principal, in *bypassInput) (ReplyItem, error) {
			return s.replied(ctx, who)(replies.BypassApproval(ctx, who.Actor(), inbox.ReplyID(in.ID.number()), in.Body.Reason))
		})
	route(s, s.operation(http.MethodGet, "/approvals/policies", "listApprovalPolicies", "Who approves which replies"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[ApprovalPolicy], error) {
			all, err := replies.ApprovalPolicies(ctx, who.Actor())
			out := List[ApprovalPolicy]{Items: []ApprovalPolicy{}}
			for _, p := range all {
				item, err := approvalPolicyOf(p)
				if err != nil {
					return out, err
				}
				out.Items = append(out.Items, item)
			}
			return out, err
		})
	save := func(ctx context.Context, who auth.Principal, id int64, f approvalPolicyFields) (ApprovalPolicy, error) {
		p, err := replies.SaveApprovalPolicy(ctx, who.Actor(), id, f.input())
		if err != nil {
			return ApprovalPolicy{}, err
		}
		return approvalPolicyOf(p)
	}
	route(s, created(s.operation(http.MethodPost, "/approvals/policies", "addApprovalPolicy", "Add a policy about approvals")),
		func(ctx context.Context, who auth.Principal, in *newApprovalPolicyInput) (ApprovalPolicy, error) {
			return save(ctx, who, 0, in.Body)
		})
	route(s, s.operation(http.MethodPatch, "/approvals/policies/{id}", "changeApprovalPolicy", "Change a policy about approvals"),
		func(ctx context.Context, who auth.Principal, in *changeApprovalPolicyInput) (ApprovalPolicy, error) {
			return save(ctx, who, in.ID.number(), in.Body)
		})
	command(s, s.operation(http.MethodDelete, "/approvals/policies/{id}", "deleteApprovalPolicy", "Remove a policy about approvals"),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return replies.DeleteApprovalPolicy(ctx, who.Actor(), in.ID.number())
		})
}

// approveOne approves one of several; what fails is told, not passed on.
func (s *Server) approveOne(ctx context.Context, who auth.Principal, id ID) Decided {
	r, err := s.deps.Inbox.Approve(ctx, who.Actor(), inbox.ReplyID(id.number()), inbox.ApproveInput{})
	if err != nil {
		p := s.problem(ctx, err)
		return Decided{ID: id, Code: p.Code, Reason: p.Reason, Detail: p.Detail}
	}
	return Decided{ID: id, State: string(r.State)}
}

func (s *Server) reviews(ctx context.Context, who auth.Principal, in *Paging) (List[ReplyReview], error) {
	page, err := s.deps.Inbox.Reviews(ctx, inbox.ApprovalFilter{Actor: who.Actor(), Limit: in.Limit, Cursor: in.Cursor})
	if err != nil {
		return List[ReplyReview]{}, err
	}
	var people []int64
	for _, r := range page.Items {
		people = append(people, r.Reply.AuthorID, r.Reply.ReviewerID)
		for _, a := range r.Approvals {
			people = append(people, a.PersonID)
		}
	}
	names, err := s.names(ctx, people)
	if err != nil {
		return List[ReplyReview]{}, err
	}
	out := List[ReplyReview]{Items: []ReplyReview{}, NextCursor: page.Next}
	for _, r := range page.Items {
		item := ReplyReview{
			Reply: replyItem(r.Reply, nil, names), Author: r.Author, Ticket: ticketRef(s.reader(who), r.Ticket), Kind: string(r.Ticket.Kind), Steps: r.Reply.Steps,
			MayReview: r.MayReview, Approvals: each(r.Approvals, func(a inbox.Approval) ApprovalStep {
				return ApprovalStep{Step: a.Step, Person: Ref{ID: idOf(a.PersonID), Name: names[a.PersonID]}, Decision: string(a.Decision), Reason: a.Reason, TextSHA: a.TextSHA, At: utc(a.At)}
			}),
		}
		if !r.Ticket.DueAt.IsZero() {
			due := utc(r.Ticket.DueAt)
			item.DueAt = &due
		}
		if item.Base, err = s.reviewBase(ctx, who, r); err != nil {
			return out, err
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// reviewBase is what a reviewer compares a text with, nil for nothing.
func (s *Server) reviewBase(ctx context.Context, who auth.Principal, r inbox.ApprovalRow) (*ReviewBase, error) {
	kind, text := "previous", r.Previous
	if text == "" {
		kind, text = "department", r.Answer
	}
	if text == "" && r.Reply.EntryID != 0 {
		entry, err := s.deps.Library.Entry(ctx, who.Actor(), faq.EntryID(r.Reply.EntryID))
		if err != nil && desk.CodeOf(err) != desk.NotFound {
			return nil, err
		}
		kind, text = "entry", entry.Answer
	}
	if text == "" {
		return nil, nil
	}
	return &ReviewBase{Kind: kind, Text: text, Changes: each(faq.DiffText(text, r.Reply.Text), diffPart)}, nil
}
