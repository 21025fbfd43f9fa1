package inbox_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/sla"
)

// bureaus is a desk with two departments and their people.
type bureaus struct {
	*inboxtest.Desk
	account        int64
	staff, boss    desk.Actor
	police, tax    int64
	officer, taxer desk.Actor // the liaisons
	citizen        *inboxtest.Citizen
	ticket         inbox.TicketID
}

func withBureaus(t *testing.T, d *inboxtest.Desk) *bureaus {
	t.Helper()
	b := &bureaus{Desk: d, account: d.AddAccount(t, "市政务"), staff: d.Staff(t, "小王"), boss: d.Supervisor(t, "赵督办")}
	b.police, b.tax = d.Department(t, "公安"), d.Department(t, "税务")
	b.officer, b.taxer = d.Liaison(t, "公安联络员", b.police), d.Liaison(t, "税务联络员", b.tax)
	b.citizen = d.NewCitizen(b.account)
	b.ticket = b.citizen.Says(t, "居住证怎么办理")
	return b
}

// stands checks where the ticket and the escalation are.
func (b *bureaus) stands(t *testing.T, what string, id inbox.EscalationID, e inbox.EscalationState, s inbox.State) {
	t.Helper()
	if got, ticket := b.Escalation(t, id).State, b.Ticket(t, b.ticket).State; got != e || ticket != s {
		t.Errorf("%s: the escalation is %s, the ticket %s; want %s and %s", what, got, ticket, e, s)
	}
	inboxtest.CheckInvariants(t, b.Desk, b.account)
}

func TestTheWayThroughADepartment(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx := withBureaus(t, d), t.Context()
		head := d.Head(t)
		made, err := d.Service.Dispatch(ctx, b.staff, b.ticket, inbox.Dispatch{Lead: b.police, Co: []int64{b.tax}, Remark: " 请核实 "})
		must(t, err)
		happened(t, d, head, inbox.EscalationDispatched, inbox.EscalationDispatched)
		lead, co := made[0].ID, made[1].ID
		if !made[0].Lead || made[1].Lead || made[0].Remark != "请核实" || made[1].DepartmentID != b.tax || !made[0].DueAt.IsZero() {
			t.Errorf("made %+v", made)
		}
		b.stands(t, "dispatched", lead, inbox.Dispatched, inbox.WithDepartment)
		if row := d.Ticket(t, b.ticket); row.DepartmentID != b.police || !slices.Equal(row.Departments, []int64{b.police, b.tax}) || row.DueAt.IsZero() {
			t.Errorf("the ticket: %+v", row.Ticket)
		}
		if c := d.Escalation(t, lead).Clock; c == nil || c.Name != inbox.SignClock {
			t.Errorf("before it is signed: %+v", c)
		}
		d.Pass(time.Hour)
		must(t, d.Service.SignEscalation(ctx, b.officer, lead))
		refused(t, d.Service.SignEscalation(ctx, b.officer, lead), desk.Conflict, "escalation_state")
		b.stands(t, "signed", lead, inbox.Signed, inbox.WithDepartment)
		if e := d.Escalation(t, lead); e.Clock == nil || e.Clock.Name != inbox.DepartmentClock || !e.DueAt.Equal(e.Clock.DueAt) || e.Names[e.SignedBy] != "公安联络员" {
			t.Errorf("after it was signed: %+v, clock %+v", e.Escalation, e.Clock)
		}
		// The one that helps may answer at once.
		must(t, d.Service.AnswerEscalation(ctx, b.taxer, co, "无欠税"))
		b.stands(t, "the helper answered", co, inbox.Answered, inbox.WithDepartment)
		head = d.Head(t)
		must(t, d.Service.AnswerEscalation(ctx, b.officer, lead, "请携带身份证"))
		happened(t, d, head, inbox.EscalationAnswered, inbox.ClockMet)
		b.stands(t, "answered", lead, inbox.Answered, inbox.New)
		// What somebody wrote without having seen the answer does not leave.
		_, err = d.Service.Reply(ctx, b.staff, b.ticket, inbox.ReplyInput{Text: "请到窗口", SeenEvent: head})
		refused(t, err, desk.Conflict, "thread_moved")

		must(t, d.Service.ReworkEscalation(ctx, b.staff, lead, "请注明办理地点", d.Now().Add(5*time.Hour)))
		b.stands(t, "sent back", lead, inbox.Signed, inbox.WithDepartment)
		if e := d.Escalation(t, lead); e.Reworks != 1 || !e.DueAt.Equal(d.Now().Add(5*time.Hour)) || e.ReworkReason == "" {
			t.Errorf("sent back: %+v", e.Escalation)
		}
		reply := func(in inbox.ReplyInput) (inbox.Reply, error) {
			in.SeenEvent = d.Ticket(t, b.ticket).LastEvent
			return d.Service.Reply(ctx, b.staff, b.ticket, in)
		}
		_, err = reply(inbox.ReplyInput{Text: "请携带身份证", EscalationID: lead})
		refused(t, err, desk.Conflict, "escalation_state")
		_, err = reply(inbox.ReplyInput{Text: "请携带身份证", EscalationID: 999})
		refused(t, err, desk.Invalid, "")
		must(t, d.Service.AnswerEscalation(ctx, b.officer, lead, "请携带身份证到人民路 1 号"))
		r, err := reply(inbox.ReplyInput{Text: "您好，请携带身份证到人民路 1 号。", EscalationID: lead})
		must(t, err)
		if r.Origin != inbox.FromDepartment || d.ReplyOf(t, r).EscalationID != lead {
			t.Errorf("the reply: %+v", d.ReplyOf(t, r))
		}
		b.stands(t, "on its way", lead, inbox.Answered, inbox.Open)
		head = d.Head(t)
		d.Delivers(t, r, channel.Sent)
		if got := d.Happened(t, head); !slices.Contains(got, inbox.EscalationAccepted) {
			t.Errorf("delivered: %v", got)
		}
		b.stands(t, "delivered", lead, inbox.Accepted, inbox.Replied)
		b.stands(t, "delivered, the helper's", co, inbox.Accepted, inbox.Replied)
		for _, liaison := range []desk.Actor{b.officer, b.taxer} {
			if !d.Service.MaySee(ctx, liaison, b.ticket) {
				t.Errorf("%s sees what they answered no longer", liaison.Name)
			}
		}
	})
}

func TestReturns(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx := withBureaus(t, d), t.Context()
		e := d.Dispatches(t, b.staff, b.ticket, b.police).ID
		refused(t, d.Service.ReturnEscalation(ctx, b.officer, e, " "), desk.Invalid, "")
		refused(t, d.Service.DecideReturn(ctx, b.staff, e, true, ""), desk.Conflict, "escalation_state")
		must(t, d.Service.ReturnEscalation(ctx, b.officer, e, "不属于我局职责"))
		b.stands(t, "asked", e, inbox.Returning, inbox.WithDepartment)
		refused(t, d.Service.AnswerEscalation(ctx, b.officer, e, "答复"), desk.Conflict, "escalation_state")
		refused(t, d.Service.DecideReturn(ctx, b.staff, e, false, ""), desk.Invalid, "")
		must(t, d.Service.DecideReturn(ctx, b.staff, e, false, "按三定方案属于贵局"))
		b.stands(t, "refused", e, inbox.Dispatched, inbox.WithDepartment)
		if row := d.Escalation(t, e); row.ReturnRefused == "" {
			t.Errorf("refused: %+v", row.Escalation)
		}
		must(t, d.Service.SignEscalation(ctx, b.officer, e))
		must(t, d.Service.ReturnEscalation(ctx, b.officer, e, "确实不属于我局"))
		must(t, d.Service.DecideReturn(ctx, b.staff, e, false, "请再核实"))
		b.stands(t, "refused after it was signed", e, inbox.Signed, inbox.WithDepartment)
		must(t, d.Service.ReturnEscalation(ctx, b.officer, e, "确实不属于我局"))
		head := d.Head(t)
		must(t, d.Service.DecideReturn(ctx, b.staff, e, true, ""))
		happened(t, d, head, inbox.EscalationReturned)
		if told := d.Events(t, head)[0]; !b.officer.SeesEvent(told) || b.taxer.SeesEvent(told) {
			t.Error("who gave it back is not told that it may, or others are")
		}
		b.stands(t, "agreed", e, inbox.Returned, inbox.New)
		if d.Service.MaySee(ctx, b.officer, b.ticket) {
			t.Error("who gave it back sees it still")
		}
		refused(t, d.Service.SignEscalation(ctx, b.officer, e), desk.NotFound, "")
		d.Dispatches(t, b.staff, b.ticket, b.police) // it may be given there again
		if !d.Service.MaySee(ctx, b.officer, b.ticket) {
			t.Error("given again, and not seen")
		}
	})
}

func TestExtensions(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx := withBureaus(t, d), t.Context()
		e := d.Dispatches(t, b.staff, b.ticket, b.police).ID
		ask := func(until time.Time) error {
			return d.Service.AskExtension(ctx, b.officer, e, until, "需要现场核实")
		}
		refused(t, ask(d.Now().Add(48*time.Hour)), desk.Conflict, "escalation_state")
		must(t, d.Service.SignEscalation(ctx, b.officer, e))
		due := d.Escalation(t, e).DueAt
		for _, until := range []time.Time{{}, d.Now(), due, due.Add(-time.Hour), d.Now().Add(9000 * time.Hour)} {
			refused(t, ask(until), desk.Invalid, "")
		}
		refused(t, d.Service.DecideExtension(ctx, b.staff, e, true, time.Time{}, ""), desk.Conflict, "escalation_state")
		must(t, ask(due.Add(24*time.Hour)))
		refused(t, ask(due.Add(48*time.Hour)), desk.Conflict, "extension_asked")
		refused(t, d.Service.DecideExtension(ctx, b.staff, e, false, time.Time{}, ""), desk.Invalid, "")
		must(t, d.Service.DecideExtension(ctx, b.staff, e, false, time.Time{}, "市民已等待两天"))
		if row := d.Escalation(t, e); row.Extension != inbox.AskedRefused || !row.DueAt.Equal(due) || row.ExtensionNote == "" {
			t.Errorf("refused: %+v", row.Escalation)
		}
		must(t, ask(due.Add(24*time.Hour)))
		must(t, d.Service.DecideExtension(ctx, b.staff, e, true, due.Add(12*time.Hour), "给半天"))
		if row := d.Escalation(t, e); row.Extension != inbox.AskedGranted || !row.DueAt.Equal(due.Add(12*time.Hour)) || !row.Clock.DueAt.Equal(row.DueAt) {
			t.Errorf("granted: %+v, clock %+v", row.Escalation, row.Clock)
		}
		b.stands(t, "granted", e, inbox.Signed, inbox.WithDepartment)
		// After the deadline has passed the miss stays on record.
		must(t, ask(due.Add(72*time.Hour)))
		d.Pass(due.Add(13 * time.Hour).Sub(d.Now()))
		d.Sweep(t)
		must(t, d.Service.DecideExtension(ctx, b.staff, e, true, time.Time{}, ""))
		var states []sla.State
		for _, c := range d.Ticket(t, b.ticket).Clocks {
			if c.EscalationID == int64(e) && c.Name == inbox.DepartmentClock {
				states = append(states, c.State)
			}
		}
		if !slices.Equal(states, []sla.State{sla.Missed, sla.Running}) || !d.Escalation(t, e).DueAt.Equal(due.Add(72*time.Hour)) {
			t.Errorf("after the miss: clocks %v", states)
		}
		b.stands(t, "granted late", e, inbox.Signed, inbox.WithDepartment)
	})
}

func TestDispatchIsRefused(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx := withBureaus(t, d), t.Context()
		dispatch := func(in inbox.Dispatch) error { _, err := d.Service.Dispatch(ctx, b.staff, b.ticket, in); return err }
		unchanged(t, d, func() {
			for what, in := range map[string]inbox.Dispatch{
				"nobody": {}, "helpers alone": {Co: []int64{b.tax}}, "no such lead": {Lead: 999}, "no such helper": {Lead: b.police, Co: []int64{999}},
				"too long": {Lead: b.police, Remark: strings.Repeat("长", 2001)}, "too many": {Lead: b.police, Co: make([]int64, 11)},
				"a deadline that is over": {Lead: b.police, Deadline: d.Now()}, "a deadline in years": {Lead: b.police, Deadline: d.Now().Add(9000 * time.Hour)},
			} {
				if err := dispatch(in); desk.CodeOf(err) != desk.Invalid {
					t.Errorf("%s: %v", what, err)
				}
			}
			refused(t, dispatch(inbox.Dispatch{Lead: b.police, Co: []int64{b.police}}), desk.Conflict, "department_has_it")
		})
		must(t, dispatch(inbox.Dispatch{Lead: b.police, Deadline: d.Now().Add(30 * time.Hour)}))
		if e := d.Escalations(t, b.ticket)[0]; e.Clock == nil || e.Clock.Name != inbox.DepartmentClock || !e.Clock.DueAt.Equal(d.Now().Add(30*time.Hour)) {
			t.Errorf("with a deadline of its own: %+v", e.Clock)
		}
		unchanged(t, d, func() {
			refused(t, dispatch(inbox.Dispatch{Lead: b.tax}), desk.Conflict, "already_dispatched")
			refused(t, dispatch(inbox.Dispatch{Co: []int64{b.police}}), desk.Conflict, "department_has_it")
		})
		must(t, dispatch(inbox.Dispatch{Co: []int64{b.tax}}))
		inboxtest.CheckInvariants(t, d, b.account)
	})
}

func TestPassedOnToAnother(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx := withBureaus(t, d), t.Context()
		first := d.Dispatches(t, b.staff, b.ticket, b.police)
		head := d.Head(t)
		made, err := d.Service.Dispatch(ctx, b.staff, b.ticket, inbox.Dispatch{Lead: b.tax, Instead: true, Remark: "改由税务办理"})
		must(t, err)
		happened(t, d, head, inbox.EscalationWithdrawn, inbox.EscalationDispatched)
		events := d.Events(t, head)
		if !b.officer.SeesEvent(events[0]) || b.taxer.SeesEvent(events[0]) || b.officer.SeesEvent(events[1]) || !b.taxer.SeesEvent(events[1]) {
			t.Error("each department is to be told of its own part only")
		}
		if d.Service.MaySee(ctx, b.officer, b.ticket) || !d.Service.MaySee(ctx, b.taxer, b.ticket) {
			t.Error("passed on: the first department still sees it, or the second does not")
		}
		b.stands(t, "the first", first.ID, inbox.Withdrawn, inbox.WithDepartment)
		must(t, d.Service.WithdrawEscalation(ctx, b.staff, made[0].ID, "市民已撤回"))
		b.stands(t, "the second", made[0].ID, inbox.Withdrawn, inbox.New)
		refused(t, d.Service.WithdrawEscalation(ctx, b.staff, made[0].ID, "再撤一次"), desk.Conflict, "escalation_state")
		if row := d.Ticket(t, b.ticket); row.DepartmentID != 0 || row.Departments != nil {
			t.Errorf("with nobody: %+v", row.Ticket)
		}
	})
}

func TestUrgingAndSupervising(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx := withBureaus(t, d), t.Context()
		e := d.Dispatches(t, b.staff, b.ticket, b.police).ID
		head := d.Head(t)
		must(t, d.Service.UrgeEscalation(ctx, b.staff, e, "市民来电催问"))
		refused(t, d.Service.UrgeEscalation(ctx, b.staff, e, ""), desk.Conflict, "urged_just_now")
		d.Pass(10 * time.Minute)
		must(t, d.Service.UrgeEscalation(ctx, b.staff, e, ""))
		refused(t, d.Service.SuperviseEscalation(ctx, b.staff, e, "今日办结"), desk.Forbidden, "")
		refused(t, d.Service.SuperviseEscalation(ctx, b.boss, e, ""), desk.Invalid, "")
		must(t, d.Service.SuperviseEscalation(ctx, b.boss, e, "今日办结"))
		happened(t, d, head, inbox.EscalationUrged, inbox.EscalationUrged, inbox.EscalationSupervised)
		if row := d.Escalation(t, e); row.Urged != 2 || row.Supervised != "今日办结" || row.Names[row.SupervisedBy] != "赵督办" {
			t.Errorf("marks: %+v", row.Escalation)
		}
		must(t, d.Service.AnswerEscalation(ctx, b.officer, e, "答复"))
		d.Pass(time.Hour)
		refused(t, d.Service.UrgeEscalation(ctx, b.staff, e, ""), desk.Conflict, "escalation_state")
		must(t, d.Service.SuperviseEscalation(ctx, b.boss, e, "请补充依据"))
		must(t, d.Service.WithdrawEscalation(ctx, b.staff, e, "另行答复"))
		refused(t, d.Service.SuperviseEscalation(ctx, b.boss, e, "x"), desk.Conflict, "escalation_state")
	})
}

func TestEndingTakesBackWhatIsPending(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx := withBureaus(t, d), t.Context()
		made, err := d.Service.Dispatch(ctx, b.staff, b.ticket, inbox.Dispatch{Lead: b.police, Co: []int64{b.tax}})
		must(t, err)
		must(t, d.Service.AnswerEscalation(ctx, b.taxer, made[1].ID, "无欠税"))
		must(t, d.Service.Close(ctx, b.staff, b.ticket, "电话已答复"))
		b.stands(t, "closed", made[0].ID, inbox.Withdrawn, inbox.Closed)
		b.stands(t, "closed, what was answered", made[1].ID, inbox.Answered, inbox.Closed)
		refused(t, d.Service.ReworkEscalation(ctx, b.staff, made[1].ID, "再看", time.Time{}), desk.Conflict, "ticket_state")
		if d.Service.MaySee(ctx, b.officer, b.ticket) || !d.Service.MaySee(ctx, b.taxer, b.ticket) {
			t.Error("who sees a closed ticket: who answered, not who had it taken away")
		}
	})
}

// A clock of an escalation tells the department, not the others, and the one of
// the ticket no department at all.
func TestClocksTellTheirDepartment(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b := withBureaus(t, d)
		d.Dispatches(t, b.staff, b.ticket, b.police, b.tax)
		head := d.Head(t)
		d.Pass(200 * time.Hour)
		d.Sweep(t)
		told := map[string]int{}
		for _, e := range d.Events(t, head) {
			switch {
			case e.Name != inbox.ClockMissed:
			case b.officer.SeesEvent(e) && b.taxer.SeesEvent(e):
				told["both"]++
			case b.officer.SeesEvent(e):
				told["police"]++
			case b.taxer.SeesEvent(e):
				told["tax"]++
			default:
				told["desk"]++
			}
		}
		if told["both"] != 0 || told["police"] != 1 || told["tax"] != 1 || told["desk"] != 1 {
			t.Errorf("deadlines are told to: %v", told)
		}
	})
}

// Of two who dispatch at once, or answer and withdraw at once, one comes second
// and is told so.
func TestEscalationsAtTheSameTime(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx := withBureaus(t, d), t.Context()
		errs := atOnce(8, func(i int) error {
			_, err := d.Service.Dispatch(ctx, b.staff, b.ticket, inbox.Dispatch{Lead: []int64{b.police, b.tax}[i%2]})
			return err
		})
		oneOf(t, "dispatch", errs)
		e := d.Escalations(t, b.ticket)[0]
		liaison := b.officer
		if e.DepartmentID == b.tax {
			liaison = b.taxer
		}
		oneOf(t, "sign", atOnce(8, func(int) error { return d.Service.SignEscalation(ctx, liaison, e.ID) }))
		errs = atOnce(8, func(i int) error {
			if i%2 == 0 {
				return d.Service.AnswerEscalation(ctx, liaison, e.ID, "答复")
			}
			return d.Service.ReturnEscalation(ctx, liaison, e.ID, "不属于")
		})
		oneOf(t, "answer or return", errs)
		inboxtest.CheckInvariants(t, d, b.account)
	})
}

// atOnce runs n calls at the same time.
func atOnce(n int, call func(i int) error) []error {
	errs, done := make([]error, n), make(chan int)
	for i := range n {
		go func() { errs[i] = call(i); done <- i }()
	}
	for range n {
		<-done
	}
	return errs
}

// oneOf reports unless exactly one call succeeded and the others met a conflict.
func oneOf(t *testing.T, what string, errs []error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		switch desk.CodeOf(err) {
		case "":
			won++
		case desk.Conflict:
		default:
			t.Errorf("%s: %v", what, err)
		}
	}
	if won != 1 {
		t.Errorf("%s: %d succeeded: %v", what, won, errors.Join(errs...))
	}
}
