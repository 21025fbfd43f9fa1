package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Escalation is a ticket at a department.
type Escalation struct {
	ID           ID                  `json:"id"`
	TicketID     ID                  `json:"ticket_id"`
	Department   Ref                 `json:"department"`
	Lead         bool                `json:"lead" doc:"leads; otherwise helps"`
	State        string              `json:"state" enum:"dispatched,signed,answered,returning,returned,withdrawn,accepted"`
	Remark       string              `json:"remark" doc:"the desk's, for the department"`
	By           Nullable[Ref]       `json:"by"`
	At           time.Time           `json:"at"`
	DueAt        time.Time           `json:"due_at,omitzero" doc:"when the answer is due"`
	Clock        Nullable[Clock]     `json:"clock" doc:"the open one: for signing, or for the answer"`
	SignedBy     Nullable[Ref]       `json:"signed_by"`
	SignedAt     time.Time           `json:"signed_at,omitzero"`
	Answer       string              `json:"answer"`
	AnsweredBy   Nullable[Ref]       `json:"answered_by"`
	AnsweredAt   time.Time           `json:"answered_at,omitzero"`
	Return       Nullable[Return]    `json:"return" doc:"the last time the department asked to give it back"`
	Extension    Nullable[Extension] `json:"extension" doc:"the last time the department asked for more time"`
	Urged        int                 `json:"urged"`
	UrgedAt      time.Time           `json:"urged_at,omitzero"`
	Supervision  Nullable[Demand]    `json:"supervision"`
	Reworks      int                 `json:"reworks"`
	ReworkReason string              `json:"rework_reason"`
	EndReason    string              `json:"end_reason"`
	EndedAt      time.Time           `json:"ended_at,omitzero"`
	Ticket       *Ticket             `json:"ticket,omitempty" doc:"in lists of escalations, and of a single one"`
}

// Return is a department's wish to give an escalation back.
type Return struct {
	Reason  string        `json:"reason"`
	By      Nullable[Ref] `json:"by"`
	At      time.Time     `json:"at"`
	Refused string        `json:"refused" doc:"why the desk did not agree; empty when it did, or has not decided"`
}

// Extension is a department's wish for more time.
type Extension struct {
	State  string    `json:"state" enum:"asked,granted,refused"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
	Note   string    `json:"note" doc:"the desk's word on it"`
}

// Demand is what a supervisor demands.
type Demand struct {
	Text string        `json:"text"`
	By   Nullable[Ref] `json:"by"`
	At   time.Time     `json:"at"`
}

type (
	dispatchInput struct {
		ByID
		Body struct {
			DepartmentID    Clearable `json:"department_id,omitempty" doc:"who leads; absent: only add who helps"`
			CoDepartmentIDs []ID      `json:"co_department_ids,omitempty" doc:"who helps"`
			Remark          string    `json:"remark,omitempty"`
			Deadline        time.Time `json:"deadline,omitempty" doc:"absent: by the policies"`
			Instead         bool      `json:"instead,omitempty" doc:"take back first what departments have"`
			RuleID          ID        `json:"rule_id,omitempty" doc:"of the routing rule whose proposal the person had in sight"`
		}
	}
	textInput struct {
		ByID
		Body struct {
			Text string `json:"text"`
		}
	}
	reasonInput struct {
		ByID
		Body struct {
			Reason string `json:"reason"`
		}
	}
	optionalTextInput struct {
		ByID
		Body *struct {
			Text string `json:"text,omitempty"`
		}
	}
	optionalReasonInput struct {
		ByID
		Body *struct {
			Reason string `json:"reason,omitempty"`
		}
	}
	extendInput struct {
		ByID
		Body struct {
			Until  time.Time `json:"until"`
			Reason string    `json:"reason"`
		}
	}
	grantInput struct {
		ByID
		Body *struct {
			Until  time.Time `json:"until,omitempty" doc:"another time than the one that was asked for"`
			Reason string    `json:"reason,omitempty"`
		}
	}
	reworkInput struct {
		ByID
		Body struct {
			Reason   string    `json:"reason"`
			Deadline time.Time `json:"deadline,omitempty" doc:"absent: by the policies"`
		}
	}
)

// escalationAct registers an action on an escalation that answers with it.
func escalationAct[I any](s *Server, what, name, summary string, id func(in *I) PathID,
	do func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, in *I) error) {
	route(s, s.operation(http.MethodPost, "/escalations/{id}/"+what, name, summary),
		func(ctx context.Context, who auth.Principal, in *I) (Escalation, error) {
			escalation := inbox.EscalationID(id(in).number())
			if err := do(ctx, who.Actor(), escalation, in); err != nil {
				return Escalation{}, err
			}
			row, err := s.deps.Inbox.Escalation(ctx, desk.System(), escalation)
			return escalationOf(s.reader(who), row, true), err
		})
}

func (s *Server) escalationRoutes() {
	in := s.deps.Inbox
	act(s, "escalations", "dispatchTicket", "Give the ticket to departments: one leads, others help", func(in *dispatchInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.TicketID, input *dispatchInput) error {
			b := input.Body
			_, err := in.Dispatch(ctx, actor, id, inbox.Dispatch{
				Lead: b.DepartmentID.id, Co: each(b.CoDepartmentIDs, ID.number), Remark: b.Remark, Deadline: b.Deadline, Instead: b.Instead,
				RuleID: b.RuleID.number(),
			})
			return err
		})
	route(s, s.operation(http.MethodGet, "/tickets/{id}/escalations", "listTicketEscalations", "The departments a ticket was given to"),
		func(ctx context.Context, who auth.Principal, input *ByID) (List[Escalation], error) {
			rows, err := in.TicketEscalations(ctx, who.Actor(), inbox.TicketID(input.ID.number()))
			return listOf(rows, func(e inbox.EscalationRow) Escalation { return escalationOf(s.reader(who), e, false) }), err
		})
	s.escalationLists()
	route(s, s.operation(http.MethodGet, "/escalations/{id}", "getEscalation", "One escalation with its ticket"),
		func(ctx context.Context, who auth.Principal, input *ByID) (Escalation, error) {
			row, err := in.Escalation(ctx, who.Actor(), inbox.EscalationID(input.ID.number()))
			return escalationOf(s.reader(who), row, true), err
		})
	s.departmentActions()
	s.deskDecisions()
}

// departmentActions are what a department does with what it was given.
func (s *Server) departmentActions() {
	in := s.deps.Inbox
	escalationAct(s, "sign", "signEscalation", "Take it up, for the department", func(in *ByID) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, _ *ByID) error {
			return in.SignEscalation(ctx, actor, id)
		})
	escalationAct(s, "answer", "answerEscalation", "Hand the department's answer to the desk", func(in *textInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *textInput) error {
			return in.AnswerEscalation(ctx, actor, id, input.Body.Text)
		})
	escalationAct(s, "return", "returnEscalation", "Ask the desk to take it back", func(in *reasonInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *reasonInput) error {
			return in.ReturnEscalation(ctx, actor, id, input.Body.Reason)
		})
	escalationAct(s, "extend", "extendEscalation", "Ask the desk for more time", func(in *extendInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *extendInput) error {
			return in.AskExtension(ctx, actor, id, input.Body.Until, input.Body.Reason)
		})
}

// deskDecisions are what the desk does with what a department has.
func (s *Server) deskDecisions() {
	in := s.deps.Inbox
	escalationAct(s, "agree", "agreeToReturn", "Agree that the department gives it back", func(in *optionalReasonInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *optionalReasonInput) error {
			reason := ""
			if input.Body != nil {
				reason = input.Body.Reason
			}
			return in.DecideReturn(ctx, actor, id, true, reason)
		})
	escalationAct(s, "refuse", "refuseReturn", "Leave it with the department, for a reason", func(in *reasonInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *reasonInput) error {
			return in.DecideReturn(ctx, actor, id, false, input.Body.Reason)
		})
	escalationAct(s, "grant", "grantExtension", "Give the department more time", func(in *grantInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *grantInput) error {
			if input.Body == nil {
				return in.DecideExtension(ctx, actor, id, true, time.Time{}, "")
			}
			return in.DecideExtension(ctx, actor, id, true, input.Body.Until, input.Body.Reason)
		})
	escalationAct(s, "decline", "declineExtension", "Give the department no more time, for a reason", func(in *reasonInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *reasonInput) error {
			return in.DecideExtension(ctx, actor, id, false, time.Time{}, input.Body.Reason)
		})
	escalationAct(s, "rework", "reworkEscalation", "Send the answer back, for a reason", func(in *reworkInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *reworkInput) error {
			return in.ReworkEscalation(ctx, actor, id, input.Body.Reason, input.Body.Deadline)
		})
	escalationAct(s, "withdraw", "withdrawEscalation", "Take it back from the department, for a reason", func(in *reasonInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *reasonInput) error {
			return in.WithdrawEscalation(ctx, actor, id, input.Body.Reason)
		})
	escalationAct(s, "urge", "urgeEscalation", "Remind the department", func(in *optionalTextInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *optionalTextInput) error {
			remark := ""
			if input.Body != nil {
				remark = input.Body.Text
			}
			return in.UrgeEscalation(ctx, actor, id, remark)
		})
	escalationAct(s, "supervise", "superviseEscalation", "Put it under supervision", func(in *textInput) PathID { return in.ID },
		func(ctx context.Context, actor desk.Actor, id inbox.EscalationID, input *textInput) error {
			return in.SuperviseEscalation(ctx, actor, id, input.Body.Text)
		})
}

func escalationOf(r reader, e inbox.EscalationRow, withTicket bool) Escalation {
	person := func(id int64) Nullable[Ref] { return refOf(id, e.Names[id]) }
	out := Escalation{
		ID: idOf(e.ID), TicketID: idOf(e.TicketID), Department: Ref{ID: idOf(e.DepartmentID), Name: e.DepartmentName}, Lead: e.Lead,
		State: string(e.State), Remark: e.Remark, By: person(e.By), At: utc(e.At), DueAt: utc(e.DueAt),
		SignedBy: person(e.SignedBy), SignedAt: utc(e.SignedAt), Answer: e.Answer, AnsweredBy: person(e.AnsweredBy), AnsweredAt: utc(e.AnsweredAt),
		Urged: e.Urged, UrgedAt: utc(e.UrgedAt), Reworks: e.Reworks, ReworkReason: e.ReworkReason, EndReason: e.EndReason, EndedAt: utc(e.EndedAt),
	}
	if e.Clock != nil {
		out.Clock = some(clockOf(*e.Clock))
	}
	if !e.ReturnAt.IsZero() {
		out.Return = some(Return{Reason: e.ReturnReason, By: person(e.ReturnBy), At: utc(e.ReturnAt), Refused: e.ReturnRefused})
	}
	if e.Extension != "" {
		out.Extension = some(Extension{State: string(e.Extension), Until: utc(e.ExtensionUntil), Reason: e.ExtensionReason, Note: e.ExtensionNote})
	}
	if e.Supervised != "" {
		out.Supervision = some(Demand{Text: e.Supervised, By: person(e.SupervisedBy), At: utc(e.SupervisedAt)})
	}
	if withTicket {
		t := ticketOf(r, e.Ticket)
		out.Ticket = &t
	}
	return out
}
