package inbox

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// EscalationID names an Escalation.
type EscalationID int64

// EscalationState is where an escalation stands.
type EscalationState string

// Escalation states.
const (
	Dispatched EscalationState = "dispatched" // 待签收
	Signed     EscalationState = "signed"     // 办理中
	Answered   EscalationState = "answered"   // 已答复, the desk has the next step
	Returning  EscalationState = "returning"  // 申请退回, the desk has to agree
	Returned   EscalationState = "returned"   // 已退回
	Withdrawn  EscalationState = "withdrawn"  // 已撤回
	Accepted   EscalationState = "accepted"   // 已采用: the reply was sent
)

// escalationMoves lists where each state may go.
var escalationMoves = map[EscalationState][]EscalationState{
	Dispatched: {Signed, Answered, Returning, Withdrawn},
	Signed:     {Answered, Returning, Withdrawn},
	Answered:   {Signed, Accepted, Withdrawn},
	Returning:  {Dispatched, Signed, Returned, Withdrawn},
	Returned:   {},
	Withdrawn:  {},
	Accepted:   {},
}

// MayBecome reports whether an escalation in s may go to the state to.
func (s EscalationState) MayBecome(to EscalationState) bool {
	return slices.Contains(escalationMoves[s], to)
}

// Valid reports whether s is an escalation state.
func (s EscalationState) Valid() bool { _, ok := escalationMoves[s]; return ok }

// Pending reports whether the department still owes an answer.
func (s EscalationState) Pending() bool { return s == Dispatched || s == Signed || s == Returning }

// Ended reports whether nothing can happen any more.
func (s EscalationState) Ended() bool { return len(escalationMoves[s]) == 0 }

// Shows reports whether the department sees the ticket: as long as it was not
// taken back from it and it has not given it back.
func (s EscalationState) Shows() bool { return s != Returned && s != Withdrawn }

// Asked is how a request of a department stands: "" when there is none.
type Asked string

// How a request stands.
const (
	AskedOpen    Asked = "asked"
	AskedGranted Asked = "granted"
	AskedRefused Asked = "refused"
)

// Escalation is a ticket at a department. Of those of one ticket at most one
// lead is pending. Zero times and ids mean "not yet".
type Escalation struct {
	ID           EscalationID
	TicketID     TicketID
	DepartmentID int64
	Lead         bool // 主办; otherwise 协办
	State        EscalationState
	Remark       string // 转办意见, for the department
	By           int64
	At           time.Time
	DueAt        time.Time // when the department has to answer; zero: no deadline
	RuleID       int64     // of the routing rule whose proposal it was, or was instead of

	SignedBy   int64
	SignedAt   time.Time
	Answer     string // for the desk, which makes the reply of it
	AnsweredBy int64
	AnsweredAt time.Time

	ReturnReason  string
	ReturnBy      int64
	ReturnAt      time.Time
	ReturnRefused string // why the desk did not agree the last time

	Extension       Asked
	ExtensionUntil  time.Time
	ExtensionReason string
	ExtensionNote   string // the desk's word on it
	Extensions      int    // how often it was given more time

	Urged        int // 催办, how often
	UrgedAt      time.Time
	Supervised   string // 督办, what the supervisor demands; "" when it is not
	SupervisedBy int64
	SupervisedAt time.Time
	Reworks      int // 重办, how often
	ReworkReason string

	EndReason string
	EndedAt   time.Time
	UpdatedAt time.Time

	// QueueAt is the place among those that are open: when the clock is due, of
	// an answer since when it waits; zero: behind all others.
	QueueAt time.Time
}

// Stage is who has the next step in an escalation.
type Stage string

// Stages.
const (
	Unsigned Stage = "unsigned" // the department has to sign
	Working  Stage = "working"  // the department has to answer
	AtDesk   Stage = "desk"     // the desk has to make a reply of the answer, or to decide what was asked for
	Over     Stage = "over"
)

// Stage is where the escalation stands, to who looks at many.
func (e Escalation) Stage() Stage {
	switch {
	case e.State.Ended():
		return Over
	case e.State == Answered || e.State == Returning || e.State == Signed && e.Extension == AskedOpen:
		return AtDesk
	case e.State == Dispatched:
		return Unsigned
	}
	return Working
}

// move changes the state or says why it cannot.
func (e *Escalation) move(to EscalationState, now time.Time) error {
	if !e.State.MayBecome(to) {
		return desk.Errorf(desk.Conflict, "转办当前状态不允许此操作").WithReason("escalation_state")
	}
	e.State = to
	if to.Ended() {
		e.EndedAt = now
	}
	return nil
}

// EscalationRow is an escalation with the names a list shows.
type EscalationRow struct {
	Escalation
	DepartmentName string
	Names          map[int64]string // of the people in it
	Clock          *Clock           // its open one
	Ticket         TicketRow        // without clocks; only in lists of escalations
}

// pendingLead is the escalation that keeps a ticket with a department, nil when
// there is none.
func pendingLead(all []Escalation) *Escalation {
	for i := range all {
		if all[i].Lead && all[i].State.Pending() {
			return &all[i]
		}
	}
	return nil
}

// seenBy sets who sees the ticket by its escalations: the departments of those
// that show, and as its department that of the last lead among them.
func (t *Ticket) seenBy(all []Escalation) {
	t.DepartmentID, t.Departments = 0, nil
	for _, e := range all {
		if !e.State.Shows() {
			continue
		}
		if e.Lead {
			t.DepartmentID = e.DepartmentID
		}
		t.Departments = append(t.Departments, e.DepartmentID)
	}
	slices.Sort(t.Departments)
	t.Departments = slices.Compact(t.Departments)
}

// escalating is a change of the escalations of one locked ticket.
type escalating struct {
	tx     Tx
	ticket *Ticket
	all    []Escalation // of the ticket, by id
	actor  desk.Actor
	now    time.Time
	events []desk.Event
}

// tell adds an event about an escalation, for the desk and its department only.
func (x *escalating) tell(name string, e *Escalation, data map[string]any) {
	if data == nil {
		data = map[string]any{}
	}
	data["escalation_id"], data["department_id"], data["lead"] = id(e.ID), id(e.DepartmentID), e.Lead
	f := fact(name, x.ticket, x.actor, x.now, data)
	f.Departments = []int64{e.DepartmentID}
	x.events = append(x.events, f)
}

// store saves the escalation, and what follows for the ticket.
func (x *escalating) store(ctx context.Context, e *Escalation) error {
	e.UpdatedAt = x.now
	if e.ID == 0 {
		if err := x.tx.AddEscalation(ctx, e); err != nil {
			return err
		}
		x.all = append(x.all, *e)
	} else {
		if err := x.tx.SaveEscalation(ctx, e); err != nil {
			return err
		}
		i := slices.IndexFunc(x.all, func(o Escalation) bool { return o.ID == e.ID })
		x.all[i] = *e
	}
	x.ticket.seenBy(x.all)
	return nil
}

// begin reads the escalations of a locked ticket.
func begin(ctx context.Context, tx Tx, t *Ticket, actor desk.Actor, now time.Time) (*escalating, error) {
	all, err := tx.Escalations(ctx, t.ID)
	return &escalating{tx: tx, ticket: t, all: all, actor: actor, now: now}, err
}

// changeEscalation locks an escalation's ticket, lets edit alter the
// escalation, and stores both with the events. An escalation the actor may not
// see is not found: a liaison's are those of the own department.
func (s *Service) changeEscalation(ctx context.Context, actor desk.Actor, p desk.Permission, escalationID EscalationID,
	edit func(x *escalating, e *Escalation) error) error {
	if err := actor.Require(p); err != nil {
		return err
	}
	ticketID, err := s.store.EscalationTicket(ctx, escalationID)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, p, ticketID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		x, err := begin(ctx, tx, t, actor, now)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(x.all, func(o Escalation) bool { return o.ID == escalationID })
		if i < 0 || !x.all[i].seenBy(actor) {
			return nil, noEscalation()
		}
		e := x.all[i]
		if err := edit(x, &e); err != nil {
			return nil, err
		}
		return x.events, x.store(ctx, &e)
	})
}

// seenBy reports whether somebody who sees the ticket sees this escalation.
func (e Escalation) seenBy(actor desk.Actor) bool {
	if actor.Part.Limits() && int64(e.ID) != actor.Part.EscalationID {
		return false
	}
	return actor.Role != desk.Liaison || e.State.Shows() && e.DepartmentID == actor.DepartmentID
}

func noEscalation() error { return desk.Errorf(desk.NotFound, "没有找到这次转办") }

// toDesk gives a ticket that no department holds any more back to the desk. Its
// next clock runs from now when none does: somebody has to go on.
func (s *Service) toDesk(ctx context.Context, x *escalating) error {
	t := x.ticket
	if pendingLead(x.all) != nil || t.State != WithDepartment && t.State != InReview {
		return nil
	}
	if t.State == WithDepartment {
		if err := t.move(t.working(), x.now); err != nil {
			return err
		}
	}
	return s.startClock(ctx, x.tx, t, 0, x.now)
}

// dropEscalations takes back what departments still have of a ticket that ends.
func (s *Service) dropEscalations(ctx context.Context, tx Tx, t *Ticket, reason string, now time.Time) ([]desk.Event, error) {
	if len(t.Departments) == 0 {
		return nil, nil
	}
	x, err := begin(ctx, tx, t, desk.System(), now)
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Clone(x.all) {
		if e.State.Pending() {
			if err := s.takeBack(ctx, x, &e, reason); err != nil {
				return nil, err
			}
		}
	}
	return x.events, nil
}

// takeBack ends an escalation that the desk wants no more.
func (s *Service) takeBack(ctx context.Context, x *escalating, e *Escalation, reason string) error {
	if err := e.move(Withdrawn, x.now); err != nil {
		return err
	}
	e.EndReason = reason
	if err := s.stopClock(ctx, x, e, false); err != nil {
		return err
	}
	x.tell(EscalationWithdrawn, e, map[string]any{"reason": reason})
	return x.store(ctx, e)
}

// accept notes that answers of departments have become a reply that reached the
// citizen: the one it was made of, and those that stood beside it.
func (s *Service) accept(ctx context.Context, tx Tx, t *Ticket, r *Reply, actor desk.Actor, now time.Time) ([]desk.Event, error) {
	if r.EscalationID == 0 {
		return nil, nil
	}
	x, err := begin(ctx, tx, t, actor, now)
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Clone(x.all) {
		if e.State != Answered {
			continue
		}
		if err := e.move(Accepted, now); err != nil {
			return nil, err
		}
		x.tell(EscalationAccepted, &e, map[string]any{"reply_id": id(r.ID)})
		if err := x.store(ctx, &e); err != nil {
			return nil, err
		}
	}
	return x.events, nil
}
