package inbox

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// Bounds of an escalation's texts and times.
const (
	maxRemarkRunes   = 2000
	maxAnswerRunes   = 5000
	maxCoHandlers    = 10
	longestDeadline  = 366 * 24 * time.Hour
	urgeNoSoonerThan = 10 * time.Minute
)

// Dispatch is how a ticket is given to departments.
type Dispatch struct {
	Lead     int64   // 主办; 0 only to add co-handlers to one that is pending
	Co       []int64 // 协办
	Remark   string
	Deadline time.Time // zero: by the policies
	Instead  bool      // 改派: what departments have is taken back first, with Remark as the reason
	RuleID   int64     // whose proposal the desk had before it
}

// Dispatch gives a ticket to departments: one leads, others help, each with an
// escalation of its own. Conflict "already_dispatched": one leads already, and
// Instead was not said; "department_has_it": the department has it already.
func (s *Service) Dispatch(ctx context.Context, actor desk.Actor, ticketID TicketID, in Dispatch) ([]Escalation, error) {
	var err error
	if in.Remark, err = text("remark", in.Remark, 0, maxRemarkRunes); err != nil {
		return nil, err
	}
	if err := s.checkDeadline("deadline", in.Deadline); err != nil {
		return nil, err
	}
	if len(in.Co) > maxCoHandlers {
		return nil, desk.InvalidField("co_department_ids", "最多 %d 个协办单位", maxCoHandlers)
	}
	if in.RuleID, err = s.ruleNamed(ctx, in.RuleID); err != nil {
		return nil, err
	}
	var made []Escalation
	err = s.change(ctx, actor, desk.WorkTickets, ticketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		x, err := begin(ctx, tx, t, actor, now)
		if err != nil {
			return nil, err
		}
		if made, err = s.dispatch(ctx, x, in); err != nil {
			return nil, err
		}
		return x.events, nil
	})
	return made, err
}

// checkDeadline refuses a time that is over or years away.
func (s *Service) checkDeadline(field string, at time.Time) error {
	now := s.time()
	if !at.IsZero() && (!at.After(now) || at.Sub(now) > longestDeadline) {
		return desk.InvalidField(field, "须是一年以内、尚未到的时间")
	}
	return nil
}

func (s *Service) dispatch(ctx context.Context, x *escalating, in Dispatch) ([]Escalation, error) {
	if x.ticket.State.Ended() {
		return nil, desk.Errorf(desk.Conflict, "工单已办结，请先重新打开").WithReason("ticket_state")
	}
	if in.Instead {
		for _, e := range slices.Clone(x.all) {
			if e.State.Pending() {
				if err := s.takeBack(ctx, x, &e, in.Remark); err != nil {
					return nil, err
				}
			}
		}
	}
	lead := pendingLead(x.all)
	switch {
	case in.Lead == 0 && (lead == nil || len(in.Co) == 0):
		return nil, desk.InvalidField("department_id", "请选择主办单位")
	case in.Lead != 0 && lead != nil:
		return nil, desk.Errorf(desk.Conflict, "工单已在承办单位办理，如需更换请改派").WithReason("already_dispatched")
	}
	var made []Escalation
	for i, department := range append([]int64{in.Lead}, in.Co...) {
		if i == 0 && department == 0 {
			continue
		}
		e, err := s.give(ctx, x, in, department, i == 0)
		if err != nil {
			return nil, err
		}
		made = append(made, e)
	}
	return made, x.ticket.move(WithDepartment, x.now)
}

// give makes one escalation.
func (s *Service) give(ctx context.Context, x *escalating, in Dispatch, department int64, lead bool) (Escalation, error) {
	field := "co_department_ids"
	if lead {
		field = "department_id"
	}
	d, err := x.tx.Department(ctx, department)
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return Escalation{}, err
	}
	if err != nil || !d.Active {
		return Escalation{}, desk.InvalidField(field, "没有这个承办单位，或已停用")
	}
	if slices.ContainsFunc(x.all, func(e Escalation) bool { return e.DepartmentID == department && e.State.Pending() }) {
		return Escalation{}, desk.Errorf(desk.Conflict, "%s已在办理这个工单", d.Name).WithReason("department_has_it")
	}
	e := Escalation{
		TicketID: x.ticket.ID, DepartmentID: department, Lead: lead, State: Dispatched, Remark: in.Remark,
		By: x.actor.UserID, At: x.now, DueAt: in.Deadline.UTC().Truncate(time.Millisecond),
	}
	if in.Deadline.IsZero() {
		e.DueAt = time.Time{}
	}
	if lead {
		e.RuleID = in.RuleID
	}
	if err := x.store(ctx, &e); err != nil {
		return e, err
	}
	x.tell(EscalationDispatched, &e, map[string]any{"remark": in.Remark})
	return e, s.runClock(ctx, x, &e)
}

// WithdrawEscalation takes an escalation back, with a reason. The department sees the
// ticket no longer.
func (s *Service) WithdrawEscalation(ctx context.Context, actor desk.Actor, escalationID EscalationID, reason string) error {
	reason, err := text("reason", reason, 1, maxReasonRunes)
	if err != nil {
		return err
	}
	return s.changeEscalation(ctx, actor, desk.WorkTickets, escalationID, func(x *escalating, e *Escalation) error {
		if err := s.takeBack(ctx, x, e, reason); err != nil {
			return err
		}
		return s.toDesk(ctx, x)
	})
}

// DecideReturn agrees that a department gives an escalation back, or refuses
// with a reason.
func (s *Service) DecideReturn(ctx context.Context, actor desk.Actor, escalationID EscalationID, agree bool, reason string) error {
	least := 1
	if agree {
		least = 0
	}
	reason, err := text("reason", reason, least, maxReasonRunes)
	if err != nil {
		return err
	}
	return s.changeEscalation(ctx, actor, desk.WorkTickets, escalationID, func(x *escalating, e *Escalation) error {
		if e.State != Returning {
			return desk.Errorf(desk.Conflict, "承办单位没有申请退回").WithReason("escalation_state")
		}
		if agree {
			if err := e.move(Returned, x.now); err != nil {
				return err
			}
			e.EndReason = e.ReturnReason
			x.tell(EscalationReturned, e, map[string]any{"reason": reason})
			if err := s.stopClock(ctx, x, e, false); err != nil {
				return err
			}
			if err := x.store(ctx, e); err != nil {
				return err
			}
			return s.toDesk(ctx, x)
		}
		back := Dispatched
		if !e.SignedAt.IsZero() {
			back = Signed
		}
		e.ReturnRefused = reason
		x.tell(ReturnRefused, e, map[string]any{"reason": reason})
		return e.move(back, x.now)
	})
}

// ReworkEscalation sends an answer back to its department, with a reason, and a new
// deadline unless that is left to the policies.
func (s *Service) ReworkEscalation(ctx context.Context, actor desk.Actor, escalationID EscalationID, reason string, deadline time.Time) error {
	reason, err := text("reason", reason, 1, maxReasonRunes)
	if err != nil {
		return err
	}
	if err := s.checkDeadline("deadline", deadline); err != nil {
		return err
	}
	return s.changeEscalation(ctx, actor, desk.WorkTickets, escalationID, func(x *escalating, e *Escalation) error {
		switch {
		case x.ticket.State.Ended():
			return desk.Errorf(desk.Conflict, "工单已办结，请先重新打开").WithReason("ticket_state")
		case e.Lead && pendingLead(x.all) != nil:
			return desk.Errorf(desk.Conflict, "工单已在另一单位主办").WithReason("already_dispatched")
		}
		if err := e.move(Signed, x.now); err != nil {
			return err
		}
		e.Reworks++
		e.ReworkReason, e.Extension, e.DueAt = reason, "", deadline.UTC().Truncate(time.Millisecond)
		if deadline.IsZero() {
			e.DueAt = time.Time{}
		}
		x.tell(EscalationReworked, e, map[string]any{"reason": reason})
		if err := s.runClock(ctx, x, e); err != nil || !e.Lead {
			return err
		}
		return x.ticket.move(WithDepartment, x.now)
	})
}

// DecideExtension grants a department more time, until the time it asked for or
// another, or refuses with a note.
func (s *Service) DecideExtension(ctx context.Context, actor desk.Actor, escalationID EscalationID, grant bool, until time.Time, note string) error {
	least := 1
	if grant {
		least = 0
	}
	note, err := text("reason", note, least, maxReasonRunes)
	if err != nil {
		return err
	}
	if err := s.checkDeadline("until", until); err != nil {
		return err
	}
	return s.changeEscalation(ctx, actor, desk.WorkTickets, escalationID, func(x *escalating, e *Escalation) error {
		if e.Extension != AskedOpen || e.State != Signed {
			return desk.Errorf(desk.Conflict, "承办单位没有申请延期").WithReason("escalation_state")
		}
		e.ExtensionNote = note
		if !grant {
			e.Extension = AskedRefused
			x.tell(ExtensionRefused, e, map[string]any{"reason": note})
			return nil
		}
		e.Extension = AskedGranted
		e.Extensions++
		if !until.IsZero() {
			e.ExtensionUntil = until.UTC().Truncate(time.Millisecond)
		}
		x.tell(ExtensionGranted, e, map[string]any{"until": e.ExtensionUntil, "reason": note})
		return s.postpone(ctx, x, e)
	})
}

// UrgeEscalation reminds a department, not more often than every ten minutes (Conflict
// "urged_just_now").
func (s *Service) UrgeEscalation(ctx context.Context, actor desk.Actor, escalationID EscalationID, remark string) error {
	remark, err := text("text", remark, 0, maxReasonRunes)
	if err != nil {
		return err
	}
	return s.changeEscalation(ctx, actor, desk.WorkTickets, escalationID, func(x *escalating, e *Escalation) error {
		switch {
		case !e.State.Pending():
			return desk.Errorf(desk.Conflict, "承办单位已经办理").WithReason("escalation_state")
		case x.now.Sub(e.UrgedAt) < urgeNoSoonerThan:
			return desk.Errorf(desk.Conflict, "刚刚催办过，请稍后再试").WithReason("urged_just_now")
		}
		e.Urged++
		e.UrgedAt = x.now
		x.tell(EscalationUrged, e, map[string]any{"remark": remark})
		return nil
	})
}

// SuperviseEscalation puts an escalation under supervision, with what is demanded. The
// mark stays for as long as the escalation does.
func (s *Service) SuperviseEscalation(ctx context.Context, actor desk.Actor, escalationID EscalationID, demand string) error {
	demand, err := text("text", demand, 1, maxReasonRunes)
	if err != nil {
		return err
	}
	return s.changeEscalation(ctx, actor, desk.SuperviseEscalated, escalationID, func(x *escalating, e *Escalation) error {
		if e.State.Ended() {
			return desk.Errorf(desk.Conflict, "这次转办已经结束").WithReason("escalation_state")
		}
		e.Supervised, e.SupervisedBy, e.SupervisedAt = demand, x.actor.UserID, x.now
		x.tell(EscalationSupervised, e, map[string]any{"remark": demand})
		return nil
	})
}
