package inbox

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// SignEscalation notes that a department has taken an escalation up.
func (s *Service) SignEscalation(ctx context.Context, actor desk.Actor, escalationID EscalationID) error {
	return s.changeEscalation(ctx, actor, desk.AnswerEscalated, escalationID, func(x *escalating, e *Escalation) error {
		if e.State != Dispatched {
			return desk.Errorf(desk.Conflict, "已经签收，或不再需要签收").WithReason("escalation_state")
		}
		return s.sign(ctx, x, e)
	})
}

// sign meets the clock for signing and lets the department's run.
func (s *Service) sign(ctx context.Context, x *escalating, e *Escalation) error {
	if err := e.move(Signed, x.now); err != nil {
		return err
	}
	e.SignedBy, e.SignedAt = x.actor.UserID, x.now
	x.tell(EscalationSigned, e, nil)
	if !e.DueAt.IsZero() {
		return nil // the department's runs since the dispatch
	}
	if err := s.stopClock(ctx, x, e, true); err != nil {
		return err
	}
	return s.runClock(ctx, x, e)
}

// AnswerEscalation hands a department's answer to the desk, which makes the reply of it.
// One that was not signed is signed by it.
func (s *Service) AnswerEscalation(ctx context.Context, actor desk.Actor, escalationID EscalationID, answer string) error {
	answer, err := text("text", answer, 1, maxAnswerRunes)
	if err != nil {
		return err
	}
	return s.changeEscalation(ctx, actor, desk.AnswerEscalated, escalationID, func(x *escalating, e *Escalation) error {
		if e.State == Dispatched {
			if err := s.sign(ctx, x, e); err != nil {
				return err
			}
		}
		if err := e.move(Answered, x.now); err != nil {
			return err
		}
		e.Answer, e.AnsweredBy, e.AnsweredAt, e.QueueAt = answer, x.actor.UserID, x.now, x.now
		if e.Extension == AskedOpen {
			e.Extension = ""
		}
		x.tell(EscalationAnswered, e, nil)
		if err := s.stopClock(ctx, x, e, true); err != nil {
			return err
		}
		if err := x.store(ctx, e); err != nil {
			return err
		}
		return s.toDesk(ctx, x)
	})
}

// ReturnEscalation asks the desk to take an escalation back, for a reason.
func (s *Service) ReturnEscalation(ctx context.Context, actor desk.Actor, escalationID EscalationID, reason string) error {
	reason, err := text("reason", reason, 1, maxReasonRunes)
	if err != nil {
		return err
	}
	return s.changeEscalation(ctx, actor, desk.AnswerEscalated, escalationID, func(x *escalating, e *Escalation) error {
		if err := e.move(Returning, x.now); err != nil {
			return err
		}
		e.ReturnReason, e.ReturnBy, e.ReturnAt, e.ReturnRefused = reason, x.actor.UserID, x.now, ""
		x.tell(ReturnAsked, e, map[string]any{"reason": reason})
		return nil
	})
}

// AskExtension asks the desk for more time, until a time after the deadline.
func (s *Service) AskExtension(ctx context.Context, actor desk.Actor, escalationID EscalationID, until time.Time, reason string) error {
	reason, err := text("reason", reason, 1, maxReasonRunes)
	if err != nil {
		return err
	}
	if until.IsZero() {
		return desk.InvalidField("until", "不能为空")
	}
	if err := s.checkDeadline("until", until); err != nil {
		return err
	}
	return s.changeEscalation(ctx, actor, desk.AnswerEscalated, escalationID, func(x *escalating, e *Escalation) error {
		switch {
		case e.State != Signed:
			return desk.Errorf(desk.Conflict, "请先签收，再申请延期").WithReason("escalation_state")
		case e.Extension == AskedOpen:
			return desk.Errorf(desk.Conflict, "已经申请延期，请等待回复").WithReason("extension_asked")
		case !until.After(e.DueAt):
			return desk.InvalidField("until", "须晚于现在的办理期限")
		}
		e.Extension, e.ExtensionUntil, e.ExtensionReason, e.ExtensionNote = AskedOpen, until.UTC().Truncate(time.Millisecond), reason, ""
		x.tell(ExtensionAsked, e, map[string]any{"until": e.ExtensionUntil, "reason": reason})
		return nil
	})
}

// Escalation is one escalation with its ticket.
func (s *Service) Escalation(ctx context.Context, actor desk.Actor, escalationID EscalationID) (EscalationRow, error) {
	ticketID, err := s.store.EscalationTicket(ctx, escalationID)
	if err != nil {
		return EscalationRow{}, err
	}
	rows, err := s.TicketEscalations(ctx, actor, ticketID)
	if desk.CodeOf(err) == desk.NotFound {
		return EscalationRow{}, noEscalation()
	}
	if err != nil {
		return EscalationRow{}, err
	}
	i := slices.IndexFunc(rows, func(r EscalationRow) bool { return r.ID == escalationID })
	if i < 0 {
		return EscalationRow{}, noEscalation()
	}
	rows[i].Ticket, err = s.Ticket(ctx, actor, ticketID)
	return rows[i], err
}

// TicketEscalations are the escalations of a ticket that the actor may see, by
// id; of a liaison those of the own department.
func (s *Service) TicketEscalations(ctx context.Context, actor desk.Actor, ticketID TicketID) ([]EscalationRow, error) {
	if _, err := s.Ticket(ctx, actor, ticketID); err != nil {
		return nil, err
	}
	rows, err := s.store.TicketEscalations(ctx, ticketID)
	return slices.DeleteFunc(rows, func(r EscalationRow) bool { return !r.seenBy(actor) }), err
}

// Vouches reports whether the actor may let a liaison in to an escalation by
// telling them a code: who dispatched it, and who supervises; Forbidden with
// reason "not_dispatcher" for others.
func (s *Service) Vouches(ctx context.Context, actor desk.Actor, escalationID EscalationID) error {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return err
	}
	row, err := s.Escalation(ctx, actor, escalationID)
	if err != nil || row.By == actor.UserID || actor.Can(desk.SuperviseEscalated) {
		return err
	}
	return desk.Errorf(desk.Forbidden, "只有转办人或督办可以生成口头验证码").WithReason("not_dispatcher")
}

// departmentClocks are the ticket's own clocks and those of the escalations of
// the liaison's department.
func (s *Service) departmentClocks(ctx context.Context, actor desk.Actor, row TicketRow) ([]Clock, error) {
	all, err := s.store.TicketEscalations(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	own := map[int64]bool{0: true}
	sees := false
	for _, e := range all {
		own[int64(e.ID)] = e.seenBy(actor)
		sees = sees || e.seenBy(actor)
	}
	if actor.Part.Limits() && !sees {
		return nil, noTicket() // the department may have another part of it
	}
	return slices.DeleteFunc(row.Clocks, func(c Clock) bool { return !own[c.EscalationID] }), nil
}

// forDepartment leaves of a timeline what a department may read: what the
// citizen wrote and was answered, the notes that are shared with it, and the
// events that are told to it. What the desk says among itself stays there.
func (tl Timeline) forDepartment(department int64) Timeline {
	sent := map[ReplyID]bool{}
	var replies []Reply
	for _, r := range tl.Replies {
		if r.State == ReplySent {
			r.ReviewerID, r.ReviewReason, r.DraftID = 0, "", 0
			replies, sent[r.ID] = append(replies, r), true
		}
	}
	tl.Replies = replies
	tl.Deliveries = slices.DeleteFunc(tl.Deliveries, func(d Delivery) bool { return !sent[d.ReplyID] })
	tl.Notes = slices.DeleteFunc(tl.Notes, func(n Note) bool { return !slices.Contains(n.Departments, department) })
	for i := range tl.Notes {
		tl.Notes[i].Departments = []int64{department}
	}
	tl.Events = slices.DeleteFunc(tl.Events, func(e desk.Event) bool { return !slices.Contains(e.Departments, department) })
	return tl
}
