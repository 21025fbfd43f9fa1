package inbox_test

import (
	"flag"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// Whatever citizens, staff, platforms and crashes do in whatever order, the
// rules of inboxtest.CheckInvariants hold after every step, and no reply
// reaches a citizen more often than people allowed it to leave.
func TestNothingBreaksTheRules(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		checks(t, map[store.Engine]string{store.SQLite: "50", store.Postgres: "20"}[db.Engine()])
		roller := inboxdb.NewRoller(inboxdb.New(db), time.UTC)
		d := inboxtest.New(t, inboxdbtest.New(db), func(r *inbox.Rules) { r.ReopenWithin = 8 * time.Hour })
		crew := crew{
			staff: []desk.Actor{d.Staff(t, "staff-a"), d.Staff(t, "staff-b")}, boss: d.Supervisor(t, "boss"), bossToo: d.Supervisor(t, "boss-too"),
			departments: []int64{d.Department(t, "户籍"), d.Department(t, "交警"), d.Department(t, "税务")},
		}
		for _, department := range crew.departments {
			crew.liaisons = append(crew.liaisons, d.Liaison(t, "liaison", department))
		}
		_, err := d.Service.SaveApprovalPolicy(t.Context(), crew.boss, 0, inbox.ApprovalPolicyInput{Name: ptr("公开两审"), Rule: &inbox.ApprovalRule{Kind: channel.Comment, Steps: 2}})
		must(t, err)
		rapid.Check(t, func(t *rapid.T) {
			m := newMachine(t, d, crew)
			t.Repeat(map[string]func(*rapid.T){
				"":               m.check,
				"message":        m.message,
				"duplicate":      m.duplicate,
				"comment":        m.comment,
				"notice":         m.notice,
				"leave":          m.leave,
				"reply":          m.reply,
				"review":         m.review,
				"bypass":         m.bypass,
				"resend":         m.resend,
				"confirm sent":   m.confirmSent,
				"cancel":         m.cancel,
				"begin delivery": m.begin,
				"end delivery":   m.end,
				"deliver":        func(t *rapid.T) { m.begin(t); m.end(t) },
				"crash":          m.crash,
				"work":           m.work,
				"escalate":       m.escalate,
				"department":     m.departmentActs,
				"desk decides":   m.deskDecides,
				"bulk":           m.bulk,
				"merge":          m.merge,
				"split":          m.split,
				"time passes":    m.pass,
				"sweep":          m.sweep,
				"count":          func(t *rapid.T) { countSome(t, roller) },
			})
		})
		countsTheSame(t, db, roller)
	})
}

// countSome lets the reports count what has happened so far, or some of it.
func countSome(t *rapid.T, x *inboxdb.Roller) {
	if _, err := x.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// countsTheSame checks that no change of a ticket that the reports count goes by
// without an event: what was counted event by event is what is counted when
// everything is counted anew.
func countsTheSame(t *testing.T, db *store.DB, x *inboxdb.Roller) {
	t.Helper()
	reports := &inbox.Reports{Store: inboxdb.New(db), Zone: time.UTC, Now: time.Now}
	count := func() (out []inbox.Report) {
		for more := true; more; {
			var err error
			more, err = x.Step(t.Context())
			must(t, err)
		}
		for _, by := range inbox.Dimensions() {
			r, err := reports.Report(t.Context(), inbox.ReportFilter{Actor: desk.System(), From: "2026-06-01", To: "2027-05-31", By: by})
			must(t, err)
			out = append(out, r)
		}
		return out
	}
	stepwise := count()
	must(t, x.Rebuild(t.Context()))
	for i, anew := range count() {
		if !reflect.DeepEqual(stepwise[i], anew) || anew.Total.Now.Received == 0 {
			t.Errorf("by %s: event by event\n%+v\nanew\n%+v", anew.By, stepwise[i].Total, anew.Total)
		}
	}
}

// checks makes rapid run so many checks until t ends; each takes a second or more.
func checks(t *testing.T, n string) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	if err := checks.Value.Set(n); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Value.Set(before) })
}

type crew struct {
	staff       []desk.Actor
	boss        desk.Actor
	bossToo     desk.Actor
	departments []int64
	liaisons    []desk.Actor // one of each
}

// machine is one account's world. Each check has its own account, so that all
// of them share a database.
type machine struct {
	crew
	d        *inboxtest.Desk
	account  int64
	citizens []*inboxtest.Citizen
	received []channel.Inbound
	comments []string
	flying   []flight
	arrived  map[inbox.ReplyID]int // how often the citizen got it
	allowed  map[inbox.ReplyID]int // how often people let it leave
}

// flight is an attempt the platform has, with the result it will tell.
type flight struct {
	attempt inbox.Attempt
	outcome channel.Outcome
}

func newMachine(t *rapid.T, d *inboxtest.Desk, c crew) *machine {
	account := d.AddAccount(t, "machine")
	m := &machine{crew: c, d: d, account: account, arrived: map[inbox.ReplyID]int{}, allowed: map[inbox.ReplyID]int{}}
	for range 2 {
		m.citizens = append(m.citizens, d.NewCitizen(account))
	}
	return m
}

func (m *machine) check(t *rapid.T) {
	inboxtest.CheckInvariants(t, m.d, m.account)
	for reply, n := range m.arrived {
		if n > m.allowed[reply] {
			t.Errorf("reply %d reached the citizen %d times, people let it leave %d times", reply, n, m.allowed[reply])
		}
	}
}

// pick chooses one of items, or skips the step when there is none.
func pick[E any](t *rapid.T, items []E, label string) E {
	if len(items) == 0 {
		t.Skip("no " + label)
	}
	return items[rapid.IntRange(0, len(items)-1).Draw(t, label)]
}

func (m *machine) receive(t *rapid.T, in channel.Inbound) {
	late := rapid.SampledFrom([]time.Duration{0, 0, time.Second, 3 * time.Hour, 60 * time.Hour, -time.Hour}).Draw(t, "late")
	in.SentAt = m.d.Now().Add(-late)
	m.d.Receives(t, m.account, in)
	m.received = append(m.received, in)
}

func (m *machine) message(t *rapid.T) {
	m.receive(t, pick(t, m.citizens, "citizen").Message("请问怎么办理"))
}

func (m *machine) comment(t *rapid.T) {
	parent := ""
	if len(m.comments) > 0 && rapid.Bool().Draw(t, "child") {
		parent = pick(t, m.comments, "parent")
	}
	in := pick(t, m.citizens, "citizen").Comment("post", parent, "评论")
	m.receive(t, in)
	if parent == "" {
		m.comments = append(m.comments, in.ExternalID)
	}
}

func (m *machine) notice(t *rapid.T) {
	window := inboxtest.Window("menu", 3, m.d.Now().Add(time.Hour))
	m.receive(t, pick(t, m.citizens, "citizen").Event("click", channel.Effects{Windows: []channel.Window{window}}))
}

func (m *machine) leave(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "really") != 0 {
		t.Skip("stays")
	}
	m.receive(t, pick(t, m.citizens, "citizen").Leave())
}

func (m *machine) duplicate(t *rapid.T) {
	in := pick(t, m.received, "received")
	before := m.d.Head(t)
	m.d.Receives(t, m.account, in)
	if after := m.d.Head(t); after != before {
		t.Errorf("a duplicate recorded events %v", m.d.Happened(t, before))
	}
}

// ticket chooses one of the account's tickets.
func (m *machine) ticket(t *rapid.T) inbox.TicketRow {
	page, err := m.d.Service.Tickets(t.Context(), inbox.TicketFilter{Actor: m.boss, View: inbox.ViewAll, AccountID: m.account, Limit: desk.MaxPage})
	if err != nil {
		t.Fatalf("tickets: %v", err)
	}
	return m.d.Ticket(t, pick(t, page.Items, "ticket").ID)
}

// someReply chooses a reply of the account in one of the states.
func (m *machine) someReply(t *rapid.T, states ...inbox.ReplyState) inbox.Reply {
	page, err := m.d.Service.Tickets(t.Context(), inbox.TicketFilter{Actor: m.boss, View: inbox.ViewAll, AccountID: m.account, Limit: desk.MaxPage})
	if err != nil {
		t.Fatalf("tickets: %v", err)
	}
	var all []inbox.Reply
	for _, row := range page.Items {
		for _, r := range m.d.Timeline(t, row.ID).Replies {
			if len(states) == 0 || slices.Contains(states, r.State) {
				all = append(all, r)
			}
		}
	}
	return pick(t, all, "reply")
}

// decided fails unless err is a decision of the desk.
func decided(t *rapid.T, what string, err error) bool {
	switch desk.CodeOf(err) {
	case "":
		return true
	case desk.Conflict, desk.Invalid, desk.Forbidden:
		return false
	default:
		t.Fatalf("%s: %v", what, err)
		return false
	}
}

func (m *machine) reply(t *rapid.T) {
	ticket := m.ticket(t)
	in := inbox.ReplyInput{Text: "请携带身份证到窗口办理", SeenEvent: ticket.LastEvent, Review: rapid.IntRange(0, 3).Draw(t, "review") == 0}
	r, err := m.d.Service.Reply(t.Context(), pick(t, m.staff, "author"), ticket.ID, in)
	if decided(t, "reply", err) && r.State == inbox.ReplyApproved {
		m.allowed[r.ID]++
	} else if err != nil && !ticket.State.Ended() {
		t.Errorf("reply to a %s ticket with everything seen: %v", ticket.State, err)
	}
}

func (m *machine) review(t *rapid.T) {
	r := m.someReply(t, inbox.ReplyInReview)
	by := pick(t, append([]desk.Actor{m.boss, m.bossToo}, m.staff...), "reviewer")
	if rapid.Bool().Draw(t, "approve") {
		if _, err := m.d.Service.Approve(t.Context(), by, r.ID, inbox.ApproveInput{}); decided(t, "approve", err) && m.d.ReplyOf(t, r).State == inbox.ReplyApproved {
			m.allowed[r.ID]++
		}
		return
	}
	_, err := m.d.Service.Reject(t.Context(), by, r.ID, "请补充依据")
	decided(t, "reject", err)
}

func (m *machine) bypass(t *rapid.T) {
	r := m.someReply(t, inbox.ReplyInReview)
	if _, err := m.d.Service.BypassApproval(t.Context(), pick(t, []desk.Actor{m.boss, m.staff[0]}, "by"), r.ID, "急"); decided(t, "bypass", err) {
		m.allowed[r.ID]++
	}
}

func (m *machine) resend(t *rapid.T) {
	r := m.someReply(t)
	_, err := m.d.Service.Resend(t.Context(), pick(t, m.staff, "by"), r.ID, rapid.Bool().Draw(t, "confirmed"))
	if decided(t, "resend", err) && r.State == inbox.ReplyUnknown {
		m.allowed[r.ID]++
	}
}

func (m *machine) confirmSent(t *rapid.T) {
	_, err := m.d.Service.ConfirmSent(t.Context(), pick(t, m.staff, "by"), m.someReply(t, inbox.ReplyUnknown, inbox.ReplySending).ID)
	decided(t, "confirm sent", err)
}

func (m *machine) cancel(t *rapid.T) {
	_, err := m.d.Service.CancelReply(t.Context(), pick(t, m.staff, "by"), m.someReply(t).ID)
	decided(t, "cancel", err)
}

// begin starts a delivery; what starts is on the platform's side of the wire,
// and whether it arrives is decided there and then.
func (m *machine) begin(t *rapid.T) {
	r := m.someReply(t)
	a, ok, err := m.d.Service.BeginDelivery(t.Context(), r.ID)
	if err != nil {
		t.Fatalf("begin delivery: %v", err)
	}
	if ok != (r.State == inbox.ReplyApproved) {
		t.Fatalf("a %s reply: delivery began = %v", r.State, ok)
	}
	if !ok {
		return
	}
	o := rapid.SampledFrom([]channel.Outcome{channel.Sent, channel.Sent, channel.Sent, channel.Again, channel.Again, channel.Never,
		channel.WindowClosed, channel.QuotaUsed, channel.Credentials, channel.NotKnown}).Draw(t, "outcome")
	if o == channel.Sent || o == channel.NotKnown && rapid.Bool().Draw(t, "arrives") {
		m.arrived[r.ID]++
	}
	m.flying = append(m.flying, flight{a, o})
}

func (m *machine) end(t *rapid.T) {
	f := pick(t, m.flying, "flight")
	if _, err := m.d.Service.FinishDelivery(t.Context(), f.attempt, channel.Result{Outcome: f.outcome, Code: "c"}); err != nil {
		t.Fatalf("finish delivery: %v", err)
	}
	if rapid.IntRange(0, 4).Draw(t, "again") != 0 { // sometimes the result is told twice
		m.flying = slices.DeleteFunc(m.flying, func(g flight) bool { return g == f })
	}
}

// crash loses what was under way: nobody will finish it.
func (m *machine) crash(*rapid.T) { m.flying = nil }

func (m *machine) work(t *rapid.T) {
	ticket, by, ctx, s := m.ticket(t), pick(t, m.staff, "by"), t.Context(), m.d.Service
	var err error
	what := rapid.SampledFrom([]string{"assign", "drop", "close", "ignore", "reopen", "undo", "undo", "prioritize", "note", "pause", "pause a while", "resume"}).Draw(t, "what")
	switch what {
	case "assign":
		err = s.Assign(ctx, by, ticket.ID, by.UserID)
	case "drop":
		err = s.Assign(ctx, by, ticket.ID, 0)
	case "close":
		err = s.Close(ctx, by, ticket.ID, rapid.SampledFrom([]string{"", "电话已答复"}).Draw(t, "reason"))
	case "ignore":
		err = s.Ignore(ctx, by, ticket.ID, "广告")
	case "reopen":
		err = s.Reopen(ctx, by, ticket.ID)
	case "undo":
		err = s.Undo(ctx, by, ticket.ID)
	case "prioritize":
		err = s.Prioritize(ctx, by, ticket.ID, inbox.High)
	case "pause":
		err = s.Pause(ctx, by, ticket.ID, "等材料", time.Time{})
	case "pause a while":
		err = s.Pause(ctx, by, ticket.ID, "等材料", m.d.Now().Add(3*time.Hour))
	case "resume":
		err = s.Resume(ctx, by, ticket.ID)
	case "note":
		_, err = s.AddNote(ctx, by, ticket.ID, "已电话联系")
	}
	decided(t, what, err)
}

// bulk does one thing to all tickets of the account.
func (m *machine) bulk(t *rapid.T) {
	page, err := m.d.Service.Tickets(t.Context(), inbox.TicketFilter{Actor: m.boss, View: inbox.ViewAll, AccountID: m.account, Limit: desk.MaxPage})
	if err != nil || len(page.Items) == 0 {
		t.Skip("no ticket")
	}
	by := pick(t, m.staff, "by")
	b := rapid.SampledFrom([]inbox.Bulk{
		{Action: inbox.BulkAssign, AssigneeID: by.UserID}, {Action: inbox.BulkAssign}, {Action: inbox.BulkTag, AddTags: []string{"批量"}},
		{Action: inbox.BulkPrioritize, Priority: inbox.High}, {Action: inbox.BulkClose, Reason: "批量办结"}, {Action: inbox.BulkIgnore, Reason: "批量忽略"}, {Action: inbox.BulkUndo},
	}).Draw(t, "what")
	for _, row := range page.Items {
		b.Tickets = append(b.Tickets, inbox.BulkTicket{ID: row.ID, Messages: row.MessageCount})
	}
	outcomes, err := m.d.Service.Bulk(t.Context(), by, b)
	if err != nil {
		t.Fatalf("bulk: %v", err)
	}
	for _, o := range outcomes {
		decided(t, "bulk "+string(b.Action), o.Err)
	}
}

func (m *machine) pass(t *rapid.T) {
	m.d.Pass(rapid.SampledFrom([]time.Duration{time.Millisecond, time.Second, 20 * time.Minute, 5 * time.Hour, 13 * time.Hour, 40 * time.Hour}).Draw(t, "for"))
}

func (m *machine) sweep(t *rapid.T) {
	m.d.Sweep(t)
	inboxtest.CheckSwept(t, m.d, m.account)
}

// escalate gives a ticket to departments, or takes it from one to another.
func (m *machine) escalate(t *rapid.T) {
	in := inbox.Dispatch{
		Lead: pick(t, m.departments, "lead"), Instead: rapid.Bool().Draw(t, "instead"),
		Co: rapid.SliceOfNDistinct(rapid.SampledFrom(m.departments), 0, 2, rapid.ID).Draw(t, "co"),
	}
	if rapid.IntRange(0, 3).Draw(t, "only helpers") == 0 {
		in.Lead = 0
	}
	if rapid.Bool().Draw(t, "deadline") {
		in.Deadline = m.d.Now().Add(30 * time.Hour)
	}
	_, err := m.d.Service.Dispatch(t.Context(), pick(t, m.staff, "by"), m.ticket(t).ID, in)
	decided(t, "dispatch", err)
}

// someEscalation chooses one of the account's.
func (m *machine) someEscalation(t *rapid.T) inbox.EscalationRow {
	return pick(t, m.d.Escalations(t, m.ticket(t).ID), "escalation")
}

// departmentActs lets a department do something with its own or, in vain, with
// another's escalation. The reach of a liaison ends there.
func (m *machine) departmentActs(t *rapid.T) {
	e, by, s := m.someEscalation(t), pick(t, m.liaisons, "liaison"), m.d.Service
	var err error
	what := rapid.SampledFrom([]string{"sign", "answer", "answer", "return", "extend"}).Draw(t, "what")
	switch what {
	case "sign":
		err = s.SignEscalation(t.Context(), by, e.ID)
	case "answer":
		err = s.AnswerEscalation(t.Context(), by, e.ID, "请携带身份证")
	case "return":
		err = s.ReturnEscalation(t.Context(), by, e.ID, "不属于我局职责")
	case "extend":
		err = s.AskExtension(t.Context(), by, e.ID, m.d.Now().Add(60*time.Hour), "需要现场核实")
	}
	if by.DepartmentID != e.DepartmentID || !e.State.Shows() {
		if code := desk.CodeOf(err); code != desk.NotFound {
			t.Errorf("%s of an escalation that is not theirs: %v", what, err)
		}
		return
	}
	decided(t, what, err)
}

func (m *machine) deskDecides(t *rapid.T) {
	e, by, s := m.someEscalation(t), pick(t, m.staff, "by"), m.d.Service
	var err error
	yes := rapid.Bool().Draw(t, "yes")
	what := rapid.SampledFrom([]string{"withdraw", "return", "return", "extension", "extension", "rework", "urge", "supervise", "reply", "reply"}).Draw(t, "what")
	switch what {
	case "withdraw":
		err = s.WithdrawEscalation(t.Context(), by, e.ID, "转办有误")
	case "return":
		err = s.DecideReturn(t.Context(), by, e.ID, yes, "理由")
	case "extension":
		err = s.DecideExtension(t.Context(), by, e.ID, yes, time.Time{}, "理由")
	case "rework":
		err = s.ReworkEscalation(t.Context(), by, e.ID, "不完整", time.Time{})
	case "urge":
		err = s.UrgeEscalation(t.Context(), by, e.ID, "")
	case "supervise":
		err = s.SuperviseEscalation(t.Context(), m.boss, e.ID, "今日办结")
	case "reply":
		var r inbox.Reply
		ticket := m.d.Ticket(t, e.TicketID)
		r, err = s.Reply(t.Context(), by, ticket.ID, inbox.ReplyInput{Text: "答复", SeenEvent: ticket.LastEvent, EscalationID: e.ID})
		if err == nil {
			m.allowed[r.ID]++
		}
	}
	decided(t, what, err)
}
