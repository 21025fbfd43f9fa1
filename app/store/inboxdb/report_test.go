package inboxdb_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// asked is a ticket of a history, answer one of its replies that arrived.
type (
	asked struct {
		id, account, department, person int64
		kind                            channel.Kind
		category                        string
		state                           inbox.State
		received, closed                time.Time
		answers                         []answer
		clocks                          []deadline
		marks                           []given // of each round
		passed                          []*passed
		merged                          bool
		tags                            []string
		post                            int64
	}
	given struct {
		at   time.Time
		mark inbox.Mark
	}
	answer struct {
		at     time.Time
		origin inbox.Origin
	}
	deadline struct {
		id           int64
		open, missed bool
	}
)

// history is what became of the tickets of a desk with three accounts, three
// departments and three people, made up at random: rows, with an event for each
// change of them.
type history struct {
	t       *testing.T
	db      *store.DB
	r       *rand.Rand
	from    time.Time
	days    int
	tickets []*asked
}

func newHistory(t *testing.T, db *store.DB, seed uint64) *history {
	t.Helper()
	h := &history{t: t, db: db, r: rand.New(rand.NewPCG(seed, 2)), from: time.Date(2026, 9, 10, 0, 0, 0, 0, time.UTC), days: 70}
	h.write(func(tx *store.Tx) {
		for i := range 3 {
			h.exec(tx, `INSERT INTO accounts (platform, name, settings, created_at, updated_at) VALUES ('test', $1, $2, 1, 1)`, fmt.Sprintf("账号%d", i+1), []byte("{}"))
			h.exec(tx, `INSERT INTO departments (code, name) VALUES ($1, $2)`, fmt.Sprintf("d%d", i+1), fmt.Sprintf("单位%d", i+1))
			h.exec(tx, `INSERT INTO users (username, name, role, password_hash, created_at, updated_at) VALUES ($1, $2, 'staff', '', 1, 1)`,
				fmt.Sprintf("u%d", i+1), fmt.Sprintf("人%d", i+1))
		}
	})
	return h
}

func (h *history) write(fn func(tx *store.Tx)) {
	h.t.Helper()
	must(h.t, h.db.Atomic(h.t.Context(), func(tx *store.Tx) error { fn(tx); return nil }))
}

func (h *history) exec(tx *store.Tx, query string, args ...any) {
	h.t.Helper()
	if _, err := tx.Exec(h.t.Context(), query, args...); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) at(after time.Time) time.Time {
	if after.IsZero() {
		return h.from.Add(time.Duration(h.r.Int64N(int64(h.days)*24*3600*1000)) * time.Millisecond)
	}
	return after.Add(time.Duration(math.Exp(h.r.Float64()*14)*1000) * time.Millisecond)
}

// happens makes n things happen.
func (h *history) happens(n int) {
	h.t.Helper()
	h.write(func(tx *store.Tx) {
		for range n {
			if len(h.tickets) < 20 || h.r.IntN(6) == 0 {
				h.ask(tx)
				continue
			}
			t := h.tickets[h.r.IntN(len(h.tickets))]
			if t.merged {
				continue
			}
			if h.r.IntN(12) == 0 {
				h.merge(tx, t, h.tickets[h.r.IntN(len(h.tickets))])
				continue
			}
			h.change(tx, t)
			h.exec(tx, `UPDATE tickets SET department_id = $2, assignee_id = $3, category = $4, state = $5, closed_at = $6 WHERE id = $1`,
				t.id, t.department, t.person, t.category, string(t.state), store.Millis(t.closed))
			h.tell(tx, t)
		}
	})
}

func (h *history) tell(tx *store.Tx, t *asked) {
	e := desk.NewEvent(inbox.TicketTagged, h.from, nil)
	e.TicketID = t.id
	must(h.t, tx.Record(h.t.Context(), e))
}

func (h *history) ask(tx *store.Tx) {
	n := len(h.tickets) + 1
	t := &asked{id: int64(n), account: h.r.Int64N(3) + 1, kind: []channel.Kind{channel.Private, channel.Comment}[h.r.IntN(2)], state: inbox.New, received: h.at(time.Time{})}
	h.exec(tx, `INSERT INTO contacts (account_id, external_id, created_at) VALUES ($1, $2, 1)`, t.account, fmt.Sprintf("o-%d", n))
	h.exec(tx, `INSERT INTO tickets (number, account_id, contact_id, kind, state, active, due_at, last_message_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, 'new', 2, 1, 1, $5, 1)`, fmt.Sprintf("T%d", n), t.account, n, string(t.kind), store.Millis(t.received))
	h.tickets = append(h.tickets, t)
	h.clock(tx, t, inbox.FirstReply)
	h.tell(tx, t)
}

// merge gives what a ticket has to another of its account; its marks stay.
func (h *history) merge(tx *store.Tx, from, into *asked) {
	if from == into || into.merged || from.account != into.account {
		return
	}
	for i := range from.clocks {
		if d := &from.clocks[i]; d.open && into.clocks[len(into.clocks)-1].open {
			d.open = false
			h.end(tx, *d)
		}
	}
	// The last of them is the one that may be open.
	if last := len(from.clocks) - 1; from.clocks[last].open {
		into.clocks = append(into.clocks, from.clocks...)
	} else {
		into.clocks = append(slices.Clone(from.clocks), into.clocks...)
	}
	h.exec(tx, `UPDATE clocks SET ticket_id = $2 WHERE ticket_id = $1 AND escalation_id = 0`, from.id, into.id)
	h.exec(tx, `UPDATE replies SET ticket_id = $2 WHERE ticket_id = $1`, from.id, into.id)
	h.exec(tx, `UPDATE tickets SET merged_into = $2, state = 'merged' WHERE id = $1`, from.id, into.id)
	h.exec(tx, `UPDATE tickets SET merged_into = $2 WHERE merged_into = $1`, from.id, into.id)
	if from.received.Before(into.received) {
		into.received = from.received
	}
	into.answers = append(into.answers, from.answers...)
	from.merged, from.state, from.answers, from.clocks = true, inbox.Merged, nil, nil
	h.tell(tx, from)
	h.tell(tx, into)
}

func (h *history) clock(tx *store.Tx, t *asked, name string) {
	id, err := tx.Insert(h.t.Context(), `INSERT INTO clocks (ticket_id, name, state, started_at, due_at, next_at) VALUES ($1, $2, 'running', 1, 2, 2)`, t.id, name)
	must(h.t, err)
	t.clocks = append(t.clocks, deadline{id: id, open: true})
}

// change is one thing that may become of a ticket.
func (h *history) change(tx *store.Tx, t *asked) {
	last := &t.clocks[len(t.clocks)-1]
	switch h.r.IntN(11) {
	case 0:
		t.person = h.r.Int64N(4)
	case 1:
		t.department = h.r.Int64N(4)
	case 2:
		t.category = []string{"", "社保", "户\t籍\\t", "道路\n一"}[h.r.IntN(4)]
	case 3, 4:
		a := answer{h.at(t.received), []inbox.Origin{inbox.FromBot, inbox.FromStaff, inbox.FromDepartment}[h.r.IntN(3)]}
		answers := h.r.IntN(4) > 0
		h.exec(tx, `INSERT INTO replies (ticket_id, text, state, origin, author_id, answers_until, answers, created_at, updated_at, sent_at)
			VALUES ($1, '', 'sent', $2, 0, 1, $3, 1, 1, $4)`, t.id, string(a.origin), store.Bool(answers), store.Millis(a.at))
		h.exec(tx, `INSERT INTO replies (ticket_id, text, state, origin, author_id, answers_until, created_at, updated_at) VALUES ($1, '', 'failed', 'staff', 0, 1, 1, 1)`, t.id)
		if answers {
			t.answers, last.open = append(t.answers, a), false
		}
		h.end(tx, *last)
	case 5:
		last.missed = last.missed || last.open
		h.end(tx, *last)
	case 6, 7:
		t.state, t.closed, last.open = []inbox.State{inbox.Closed, inbox.Closed, inbox.Ignored}[h.r.IntN(3)], h.at(t.received), false
		h.end(tx, *last)
	case 9:
		g := given{h.at(t.received), inbox.Mark(h.r.IntN(5) + 1)}
		t.marks = append(t.marks, g)
		h.exec(tx, `INSERT INTO ratings (ticket_id, round, mark, words, via, message_id, changes, created_at, updated_at) VALUES ($1, $2, $3, '', 'page', 0, 0, $4, $4)`,
			t.id, len(t.marks), int(g.mark), store.Millis(g.at))
	case 10:
		if n := len(t.marks); n > 0 { // thinks otherwise, some time later
			t.marks[n-1].mark = inbox.Mark(h.r.IntN(5) + 1)
			h.exec(tx, `UPDATE ratings SET mark = $3, changes = changes + 1, updated_at = $4 WHERE ticket_id = $1 AND round = $2`,
				t.id, n, int(t.marks[n-1].mark), store.Millis(h.at(t.marks[n-1].at)))
		}
	case 8:
		t.state, t.closed = inbox.Open, time.Time{}
		if !last.open {
			h.clock(tx, t, inbox.NextReply)
		}
	}
}

func (h *history) end(tx *store.Tx, d deadline) {
	state := map[[2]bool]string{{true, false}: "running", {true, true}: "missed", {false, true}: "missed", {false, false}: "met"}[[2]bool{d.open, d.missed}]
	h.exec(tx, `UPDATE clocks SET state = $2, met_at = $3 WHERE id = $1`, d.id, state, 1-store.Bool(d.open))
}

// first is the first answer; nil when there is none.
func (t *asked) first() *answer {
	if len(t.answers) == 0 {
		return nil
	}
	first := slices.MinFunc(t.answers, func(a, b answer) int { return a.at.Compare(b.at) })
	return &first
}

// key is what the ticket is under when something of it happened at a time.
func (t *asked) key(by inbox.Dimension, at time.Time) string {
	return map[inbox.Dimension]string{
		inbox.PerAccount: fmt.Sprint(t.account), inbox.PerKind: string(t.kind), inbox.PerDepartment: fmt.Sprint(t.department),
		inbox.PerPerson: fmt.Sprint(t.person), inbox.PerCategory: t.category, inbox.PerHour: at.Format("15"),
	}[by]
}

// counts are the sums of some tickets, and how long their answers took.
type counts struct {
	inbox.Sums
	took []time.Duration
}

// count says what the tickets are in a range of days, by the definitions of the
// figures, one ticket after the other.
func (h *history) count(days inbox.DayRange, zone *time.Location, accounts []int64, by inbox.Dimension) map[string]*counts {
	out := map[string]*counts{}
	in := func(t *asked, at time.Time) (*counts, bool) {
		at = at.In(zone)
		day, key := at.Format(time.DateOnly), t.key(by, at)
		if by == inbox.PerDay {
			key = day
		}
		if day < days.From || day > days.To {
			return nil, false
		}
		if out[key] == nil {
			out[key] = &counts{}
		}
		return out[key], true
	}
	for _, t := range h.tickets {
		if !slices.Contains(accounts, t.account) {
			continue
		}
		first := t.first()
		late := slices.ContainsFunc(t.clocks, func(d deadline) bool { return d.missed })
		open := slices.ContainsFunc(t.clocks, func(d deadline) bool { return d.open })
		for _, g := range t.marks {
			if c, ok := in(t, g.at); ok {
				c.Marks[g.mark-1]++
			}
		}
		if t.merged {
			continue
		}
		if c, ok := in(t, t.received); ok {
			c.Received++
			c.Needed += int(store.Bool(first != nil || t.state != inbox.Ignored))
			c.Replied += int(store.Bool(first != nil))
			c.Late += int(store.Bool(late))
			c.OnTime += int(store.Bool(!late && !open && (first != nil || t.state == inbox.Closed)))
		}
		if first != nil {
			if c, ok := in(t, first.at); ok {
				c.Answered++
				c.Bot += int(store.Bool(first.origin == inbox.FromBot))
				c.took = append(c.took, first.at.Sub(t.received))
			}
		}
		if t.state == inbox.Closed {
			if c, ok := in(t, t.closed); ok {
				c.Closed++
			}
		}
	}
	return out
}

// same compares sums with a plain count of the rows.
func (h *history) same(at string, got inbox.Sums, want *counts) {
	h.t.Helper()
	if want == nil {
		want = &counts{}
	}
	waits := got.Waits
	if got.Waits = nil; !reflect.DeepEqual(got, want.Sums) {
		h.t.Errorf("%s: %+v, want %+v", at, got, want.Sums)
	}
	slices.Sort(want.took)
	for _, share := range []float64{0.5, 0.9} {
		took, some := waits.Quantile(share)
		if some != (len(want.took) > 0) {
			h.t.Errorf("%s: answers %v, want %d", at, some, len(want.took))
		}
		if !some {
			continue
		}
		exact := want.took[int(math.Ceil(share*float64(len(want.took))))-1]
		if off := (took - exact).Abs(); off > time.Duration(inbox.WaitError*float64(exact)) && off > time.Second/2 {
			h.t.Errorf("%s: %v of the answers took %v, want %v", at, share, took, exact)
		}
	}
}

func (h *history) compare(r *inbox.Reports, f inbox.ReportFilter, accounts []int64) {
	h.t.Helper()
	got, err := r.Report(h.t.Context(), f)
	must(h.t, err)
	at := fmt.Sprintf("%v, %+v", r.Zone, f)
	if got.Counted != 1 {
		h.t.Errorf("%s: %v is counted", at, got.Counted)
	}
	now, before := h.count(got.Range, r.Zone, accounts, f.By), h.count(got.Earlier, r.Zone, accounts, f.By)
	for _, row := range got.Rows {
		h.same(at+" key "+row.Key, row.Now, now[row.Key])
		h.same(at+" earlier key "+row.Key, row.Before, before[row.Key])
		delete(now, row.Key)
		delete(before, row.Key)
		if want := map[inbox.Dimension]string{inbox.PerAccount: "账号", inbox.PerDepartment: "单位", inbox.PerPerson: "人"}[f.By]; want != "" && row.Key != "0" && row.Name != want+row.Key {
			h.t.Errorf("%s: %s is named %q", at, row.Key, row.Name)
		}
	}
	if len(now)+len(before) > 0 {
		h.t.Errorf("%s: without %v, %v", at, now, before)
	}
	days, total := h.count(got.Range, r.Zone, accounts, inbox.PerDay), inbox.Sums{}
	for _, d := range got.Days {
		h.same(at+" day "+d.Day, d.Sums, days[d.Day])
		total.Add(d.Sums, 1)
		delete(days, d.Day)
	}
	if len(days) > 0 || !reflect.DeepEqual(total, got.Total.Now) || got.Days[0].Day != got.Range.From || got.Days[len(got.Days)-1].Day != got.Range.To {
		h.t.Errorf("%s: days %+v without %v", at, got.Range, days)
	}
}

var people = map[string]desk.Actor{
	"all":  {Role: desk.Supervisor, AllAccounts: true},
	"two":  {Role: desk.Admin, AccountIDs: []int64{1, 3}},
	"none": {Role: desk.Supervisor},
}

// Whatever happened in whatever order, and wherever the counting stopped in
// between, what a report says is what a plain count of the rows says.
func TestReportIsTheCountOfItsRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHistory(t, db, 5)
		s := inboxdb.New(db)
		for _, name := range []string{"Asia/Shanghai", "America/New_York", "Asia/Kolkata"} { // a change of the zone is a new count
			zone, err := time.LoadLocation(name)
			must(t, err)
			first, second := inboxdb.NewRoller(s, zone), inboxdb.NewRoller(s, zone)
			reports := &inbox.Reports{Store: s, Zone: zone, Now: func() time.Time { return h.from.AddDate(0, 0, h.days) }}
			for range 6 {
				h.happens(25)
				for range h.r.IntN(4) {
					_, err := []*inboxdb.Roller{first, second}[h.r.IntN(2)].Step(t.Context())
					must(t, err)
				}
			}
			rolled(t, first)
			h.compareAll(reports)
		}
	})
}

func (h *history) compareAll(r *inbox.Reports) {
	h.t.Helper()
	spans := []inbox.ReportFilter{
		{}, {From: "2026-10-01", To: "2026-10-31"}, {From: "2026-09-20", To: "2026-11-12"}, {From: "2026-10-25", To: "2026-11-05"}, {From: "2026-11-01", To: "2026-11-01"},
	}
	for _, actor := range people {
		for i, f := range spans {
			f.Actor, f.AccountID = actor, []int64{0, 0, 3, 0, 2}[i]
			accounts := slices.DeleteFunc([]int64{1, 2, 3}, func(id int64) bool { return !actor.SeesAccount(id) || f.AccountID != 0 && id != f.AccountID })
			for _, f.By = range inbox.Dimensions() {
				h.compare(r, f, accounts)
			}
		}
	}
}

// rolled brings the roll-ups up to date.
func rolled(t *testing.T, x *inboxdb.Roller) {
	t.Helper()
	for more := true; more; {
		var err error
		more, err = x.Step(t.Context())
		must(t, err)
	}
}

// A key narrows the figures and the days, and leaves the rows alone.
func TestReportOfOneKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHistory(t, db, 6)
		h.happens(120)
		s := inboxdb.New(db)
		rolled(t, inboxdb.NewRoller(s, time.UTC))
		r := &inbox.Reports{Store: s, Zone: time.UTC, Now: time.Now}
		for _, by := range inbox.Dimensions() {
			f := inbox.ReportFilter{Actor: people["two"], From: "2026-09-10", To: "2026-11-20", By: by}
			all, err := r.Report(t.Context(), f)
			must(t, err)
			for _, row := range all.Rows {
				f.Key = &row.Key
				one, err := r.Report(t.Context(), f)
				must(t, err)
				if !reflect.DeepEqual(one.Total, row.Compared) || len(one.Rows) != len(all.Rows) {
					t.Errorf("%s %s: %+v, want %+v", by, row.Key, one.Total, row.Compared)
				}
			}
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
