package inboxtest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// Beijing is the desk's time zone in tests.
var Beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// Morning is when every test's clock starts: 9:00 in Beijing.
var Morning = time.Date(2026, 11, 22, 9, 0, 0, 0, Beijing).UTC()

// Rules are what a Desk runs by unless a test changes them. The two targets
// differ so that a clock of the wrong kind shows.
func Rules() inbox.Rules {
	return inbox.Rules{
		FirstReply:   sla.DefaultPlan(24*time.Hour, 50, 80),
		NextReply:    sla.DefaultPlan(12*time.Hour, 50, 80),
		ReopenWithin: 72 * time.Hour,
		UndoWithin:   15 * time.Second,
		Location:     Beijing,
		SendTries:    3,
	}
}

// Desk is a Service on a Backend with a clock of its own.
type Desk struct {
	Backend
	Service *inbox.Service
	Rules   inbox.Rules

	mu     sync.Mutex
	now    time.Time
	limits channel.Limits
	count  int
}

// New returns a desk at nine in the morning.
func New(t T, b Backend, change ...func(*inbox.Rules)) *Desk {
	t.Helper()
	d := &Desk{Backend: b, Rules: Rules(), now: Morning}
	for _, f := range change {
		f(&d.Rules)
	}
	d.Service = d.Again(t)
	return d
}

// Again returns another process's Service on the same database and clock.
func (d *Desk) Again(t T) *inbox.Service {
	t.Helper()
	service, err := inbox.NewService(d.Store(), limits{d}, d.Rules, d.Now)
	if err != nil {
		t.Fatalf("new service: %v", err)
	}
	if err := service.LoadPolicies(t.Context()); err != nil {
		t.Fatalf("load policies: %v", err)
	}
	return service
}

// limits are those of every account of the desk.
type limits struct{ d *Desk }

// Limits implements inbox.Limits.
func (l limits) Limits(context.Context, int64) (channel.Limits, error) {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	return l.d.limits, nil
}

// Limit sets what the platforms take.
func (d *Desk) Limit(l channel.Limits) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limits = l
}

// Now is the desk's time.
func (d *Desk) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// Pass lets time go by; clocks fire at the next Sweep.
func (d *Desk) Pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// Sweep fires what is due now and returns when the next mark is.
func (d *Desk) Sweep(t T) time.Time {
	t.Helper()
	next, err := d.Service.SweepClocks(t.Context(), d.Now())
	if err != nil {
		t.Fatalf("sweep clocks: %v", err)
	}
	return next
}

// unique returns a number no other call of this desk returned.
func (d *Desk) unique() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count++
	return d.count
}

// User adds a user who sees the given accounts, all when none is named.
func (d *Desk) User(t T, role desk.Role, name string, accounts ...int64) desk.Actor {
	t.Helper()
	slices.Sort(accounts)
	u := desk.Actor{Name: name, Role: role, AllAccounts: len(accounts) == 0, AccountIDs: accounts}
	u.UserID = d.AddUser(t, u)
	return u
}

// Staff adds a member of the reply staff.
func (d *Desk) Staff(t T, name string, accounts ...int64) desk.Actor {
	t.Helper()
	return d.User(t, desk.Staff, name, accounts...)
}

// Supervisor adds a supervisor.
func (d *Desk) Supervisor(t T, name string, accounts ...int64) desk.Actor {
	t.Helper()
	return d.User(t, desk.Supervisor, name, accounts...)
}

// Liaison adds the liaison of a department.
func (d *Desk) Liaison(t T, name string, department int64) desk.Actor {
	t.Helper()
	u := desk.Actor{Name: name, Role: desk.Liaison, DepartmentID: department, AllAccounts: true}
	u.UserID = d.AddUser(t, u)
	return u
}

// Department adds a department.
func (d *Desk) Department(t T, name string) int64 {
	t.Helper()
	var id int64
	err := d.Store().Atomic(t.Context(), func(tx inbox.Tx) (err error) {
		id, err = tx.AddDepartment(t.Context(), inbox.Department{Code: fmt.Sprintf("d%d", d.unique()), Name: name, ShortName: name, Active: true})
		return err
	})
	if err != nil {
		t.Fatalf("department %s: %v", name, err)
	}
	return id
}

// Dispatches gives a ticket to a department that leads, and to others that help,
// and returns what the department got.
func (d *Desk) Dispatches(t T, by desk.Actor, ticket inbox.TicketID, lead int64, co ...int64) inbox.Escalation {
	t.Helper()
	made, err := d.Service.Dispatch(t.Context(), by, ticket, inbox.Dispatch{Lead: lead, Co: co, Remark: "请核实"})
	if err != nil {
		t.Fatalf("dispatch ticket %d: %v", ticket, err)
	}
	return made[0]
}

// Escalation returns an escalation as the desk itself sees it.
func (d *Desk) Escalation(t T, id inbox.EscalationID) inbox.EscalationRow {
	t.Helper()
	row, err := d.Service.Escalation(t.Context(), desk.System(), id)
	if err != nil {
		t.Fatalf("escalation %d: %v", id, err)
	}
	return row
}

// Escalations are all escalations of a ticket.
func (d *Desk) Escalations(t T, ticket inbox.TicketID) []inbox.EscalationRow {
	t.Helper()
	rows, err := d.Service.TicketEscalations(t.Context(), desk.System(), ticket)
	if err != nil {
		t.Fatalf("escalations of ticket %d: %v", ticket, err)
	}
	return rows
}

// Ticket returns a ticket as the desk itself sees it.
func (d *Desk) Ticket(t T, id inbox.TicketID) inbox.TicketRow {
	t.Helper()
	row, err := d.Service.Ticket(t.Context(), desk.System(), id)
	if err != nil {
		t.Fatalf("ticket %d: %v", id, err)
	}
	return row
}

// Timeline returns everything of a ticket.
func (d *Desk) Timeline(t T, id inbox.TicketID) inbox.Timeline {
	t.Helper()
	tl, err := d.Service.Timeline(t.Context(), desk.System(), id)
	if err != nil {
		t.Fatalf("timeline of ticket %d: %v", id, err)
	}
	return tl
}

// ReplyOf returns a reply with all its facts.
func (d *Desk) ReplyOf(t T, r inbox.Reply) inbox.Reply {
	t.Helper()
	for _, found := range d.Timeline(t, r.TicketID).Replies {
		if found.ID == r.ID {
			return found
		}
	}
	t.Fatalf("reply %d is not in the timeline of ticket %d", r.ID, r.TicketID)
	return inbox.Reply{}
}

// Writes lets a person reply who has seen everything that happened so far.
func (d *Desk) Writes(t T, by desk.Actor, ticket inbox.TicketID, text string) inbox.Reply {
	t.Helper()
	return d.reply(t, by, ticket, inbox.ReplyInput{Text: text})
}

// Submits hands a reply in for review.
func (d *Desk) Submits(t T, by desk.Actor, ticket inbox.TicketID, text string) inbox.Reply {
	t.Helper()
	return d.reply(t, by, ticket, inbox.ReplyInput{Text: text, Review: true})
}

// Proposes stores what a model wrote about all the ticket's messages.
func (d *Desk) Proposes(t T, by desk.Actor, ticket inbox.TicketID, text string) inbox.Reply {
	t.Helper()
	messages := d.Timeline(t, ticket).Messages
	r, err := d.Service.Propose(t.Context(), by, ticket, inbox.Proposal{Text: text, DraftID: 7, AnswersUntil: messages[len(messages)-1].ID})
	if err != nil {
		t.Fatalf("propose: %v", err)
	}
	return r
}

func (d *Desk) reply(t T, by desk.Actor, ticket inbox.TicketID, in inbox.ReplyInput) inbox.Reply {
	t.Helper()
	in.SeenEvent = d.Ticket(t, ticket).LastEvent
	r, err := d.Service.Reply(t.Context(), by, ticket, in)
	if err != nil {
		t.Fatalf("%s replies to ticket %d: %v", by.Name, ticket, err)
	}
	return r
}

// Begins starts a delivery that must start.
func (d *Desk) Begins(t T, r inbox.Reply) inbox.Attempt {
	t.Helper()
	a, ok, err := d.Service.BeginDelivery(t.Context(), r.ID)
	if err != nil || !ok {
		t.Fatalf("begin delivery of reply %d: %v, %v; want it to start", r.ID, ok, err)
	}
	return a
}

// Ends finishes a delivery with an outcome.
func (d *Desk) Ends(t T, a inbox.Attempt, o channel.Outcome) inbox.Verdict {
	t.Helper()
	v, err := d.Service.FinishDelivery(t.Context(), a, channel.Result{Outcome: o, Code: "code-" + string(o), Message: "message"})
	if err != nil {
		t.Fatalf("finish delivery of reply %d: %v", a.ReplyID, err)
	}
	return v
}

// Delivers makes one attempt that ends with the outcome.
func (d *Desk) Delivers(t T, r inbox.Reply, o channel.Outcome) inbox.Verdict {
	t.Helper()
	return d.Ends(t, d.Begins(t, r), o)
}

// Answers replies and delivers.
func (d *Desk) Answers(t T, by desk.Actor, ticket inbox.TicketID, text string) inbox.Reply {
	t.Helper()
	r := d.Writes(t, by, ticket, text)
	d.Delivers(t, r, channel.Sent)
	return d.ReplyOf(t, r)
}

// Happened returns the names of the events above after, in order.
func (d *Desk) Happened(t T, after int64) []string {
	t.Helper()
	var names []string
	for _, e := range d.Events(t, after) {
		names = append(names, e.Name)
	}
	return names
}
