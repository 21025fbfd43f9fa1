package inboxdb_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// passed is an escalation of a history, with a clock for signing and one for the
// answer: "" before it began.
type passed struct {
	id, department           int64
	lead                     bool
	state                    inbox.EscalationState
	at, signed, answered     time.Time
	sign, answer             string // states of its clocks
	extensions, reworks, urg int
	supervised               bool
}

// gives makes n things happen between the desk and its departments.
func (h *history) gives(n int) {
	h.t.Helper()
	h.write(func(tx *store.Tx) {
		for range n {
			t := h.tickets[h.r.IntN(len(h.tickets))]
			if len(t.passed) == 0 || h.r.IntN(8) == 0 {
				h.pass(tx, t)
			} else {
				p := t.passed[h.r.IntN(len(t.passed))]
				h.treat(p)
				h.keep(tx, t, p)
			}
			h.tell(tx, t)
		}
	})
}

// pass gives a ticket away; one that leads does so only when none is pending.
func (h *history) pass(tx *store.Tx, t *asked) {
	p := &passed{department: h.r.Int64N(3) + 1, state: inbox.Dispatched, at: h.at(t.received)}
	p.lead = h.r.IntN(2) == 0 && !slices.ContainsFunc(t.passed, func(o *passed) bool { return o.lead })
	if h.r.IntN(4) > 0 {
		p.sign = "running"
	} else {
		p.answer = "running" // a deadline of its own
	}
	id, err := tx.Insert(h.t.Context(), `INSERT INTO escalations (ticket_id, department_id, lead, state, dispatched_at, due_at, updated_at)
		VALUES ($1, $2, $3, 'dispatched', $4, 1, 1)`, t.id, p.department, store.Bool(p.lead), store.Millis(p.at))
	must(h.t, err)
	p.id = id
	t.passed = append(t.passed, p)
	h.keep(tx, t, p)
}

// treat is one thing that may become of an escalation.
func (h *history) treat(p *passed) {
	end := func(clock *string, state string) {
		if *clock == "running" {
			*clock = state
		}
	}
	switch h.r.IntN(9) {
	case 0, 1:
		p.state, p.signed = inbox.Signed, h.at(p.at)
		end(&p.sign, []string{"met", "missed"}[h.r.IntN(2)])
		if p.answer == "" {
			p.answer = "running"
		}
	case 2, 3:
		p.state, p.answered = []inbox.EscalationState{inbox.Answered, inbox.Accepted}[h.r.IntN(2)], h.at(p.at)
		if p.signed.IsZero() {
			p.signed = p.answered
		}
		end(&p.sign, "met")
		end(&p.answer, []string{"met", "missed"}[h.r.IntN(2)])
	case 4:
		p.state = inbox.Returned
		end(&p.answer, "cancelled")
	case 5:
		p.state = inbox.Withdrawn
		end(&p.sign, "cancelled")
	case 6:
		p.state, p.reworks = inbox.Signed, p.reworks+1
		if p.answer != "missed" {
			p.answer = "running"
		}
	case 7:
		p.extensions, p.urg = p.extensions+h.r.IntN(2), p.urg+h.r.IntN(3)
	case 8:
		p.supervised = true
	}
}

// keep writes an escalation and its clocks, each anew.
func (h *history) keep(tx *store.Tx, t *asked, p *passed) {
	h.exec(tx, `UPDATE escalations SET state = $2, signed_at = $3, answered_at = $4, extensions = $5, reworks = $6, urged = $7, supervised_at = $8 WHERE id = $1`,
		p.id, string(p.state), store.Millis(p.signed), store.Millis(p.answered), p.extensions, p.reworks, p.urg, store.Bool(p.supervised))
	h.exec(tx, `DELETE FROM clocks WHERE escalation_id = $1`, p.id)
	for name, state := range map[string]string{inbox.SignClock: p.sign, inbox.DepartmentClock: p.answer} {
		if state == "" {
			continue
		}
		h.exec(tx, `INSERT INTO clocks (ticket_id, escalation_id, name, state, started_at, due_at, next_at, met_at) VALUES ($1, $2, $3, $4, 1, 2, 0, $5)`,
			t.id, p.id, name, state, 1-store.Bool(state == "running" && (name == inbox.DepartmentClock || p.answer == "")))
	}
}

// passing are the figures of some escalations, and how long they took.
type passing struct {
	inbox.EscalationSums
	signs, answers []time.Duration
	open           int
}

func (c *passing) count(p *passed, within bool) {
	if p.state.Pending() {
		c.open++
	}
	if !within {
		return
	}
	is := func(b bool) int { return int(store.Bool(b)) }
	done := !p.answered.IsZero() && !p.state.Pending() && p.state != inbox.Returned
	c.Dispatched++
	if !p.signed.IsZero() {
		c.Signed++
		c.signs = append(c.signs, p.signed.Sub(p.at))
	}
	if done {
		c.Answered++
		c.answers = append(c.answers, p.answered.Sub(p.at))
	}
	c.SignedOnTime, c.SignedLate = c.SignedOnTime+is(p.sign == "met"), c.SignedLate+is(p.sign == "missed")
	c.OnTime, c.Late = c.OnTime+is(p.answer == "met" && done), c.Late+is(p.answer == "missed")
	c.Returned, c.Withdrawn = c.Returned+is(p.state == inbox.Returned), c.Withdrawn+is(p.state == inbox.Withdrawn)
	c.Extended, c.Reworked = c.Extended+is(p.extensions > 0), c.Reworked+is(p.reworks > 0)
	c.Urged, c.Supervised = c.Urged+is(p.urg > 0), c.Supervised+is(p.supervised)
}

// plain counts the escalations of some departments one after the other.
func (h *history) plain(f inbox.DepartmentFilter, days inbox.DayRange, zone *time.Location, departments ...int64) *passing {
	c := &passing{}
	for _, t := range h.tickets {
		if !f.Actor.SeesAccount(t.account) || f.AccountID != 0 && t.account != f.AccountID {
			continue
		}
		for _, p := range t.passed {
			part := map[bool]inbox.Part{true: inbox.LeadPart, false: inbox.HelperPart}[p.lead]
			if day := p.at.In(zone).Format(time.DateOnly); slices.Contains(departments, p.department) && (f.Part == inbox.AnyPart || f.Part == part) {
				c.count(p, day >= days.From && day <= days.To)
			}
		}
	}
	return c
}

// equal compares sums with a plain count.
func (h *history) equal(at string, got inbox.EscalationSums, want *passing) {
	h.t.Helper()
	for _, took := range []struct {
		waits inbox.Waits
		exact []time.Duration
	}{{got.SignWaits, want.signs}, {got.AnswerWaits, want.answers}} {
		slices.Sort(took.exact)
		for _, share := range []float64{0.5, 0.9} {
			about, some := took.waits.Quantile(share)
			if some != (len(took.exact) > 0) {
				h.t.Errorf("%s: took %v, want %d", at, some, len(took.exact))
			}
			if !some {
				continue
			}
			exact := took.exact[int(math.Ceil(share*float64(len(took.exact))))-1]
			if off := (about - exact).Abs(); off > time.Duration(inbox.WaitError*float64(exact)) && off > time.Second/2 {
				h.t.Errorf("%s: %v took %v, want %v", at, share, about, exact)
			}
		}
	}
	if got.SignWaits, got.AnswerWaits = nil, nil; !reflect.DeepEqual(got, want.EscalationSums) {
		h.t.Errorf("%s: %+v, want %+v", at, got, want.EscalationSums)
	}
}

// The departments' figures are a plain count of their escalations, in every range,
// part and tree; a bureau has what is under it, and the total each once.
func TestDepartmentsAreTheCountOfTheirEscalations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHistory(t, db, 9)
		h.write(func(tx *store.Tx) { h.exec(tx, `UPDATE departments SET parent_id = 1 WHERE id = 2`) })
		s := inboxdb.New(db)
		for _, name := range []string{"Asia/Shanghai", "America/New_York"} {
			zone, err := time.LoadLocation(name)
			must(t, err)
			roller := inboxdb.NewRoller(s, zone)
			for range 5 {
				h.happens(20)
				h.gives(40)
				for range h.r.IntN(4) {
					_, err := roller.Step(t.Context())
					must(t, err)
				}
			}
			rolled(t, roller)
			r := &inbox.Reports{Store: s, Zone: zone, Now: func() time.Time { return h.from.AddDate(0, 0, h.days) }}
			for _, actor := range people {
				for i, part := range []inbox.Part{inbox.AnyPart, inbox.LeadPart, inbox.HelperPart, inbox.AnyPart, inbox.AnyPart} {
					f := inbox.DepartmentFilter{Actor: actor, Part: part, Own: i == 3, AccountID: []int64{0, 0, 0, 0, 3}[i],
						From: []string{"", "2026-10-01", "2026-09-20", "2026-09-10", "2026-09-01"}[i], To: []string{"", "2026-10-31", "2026-11-12", "2026-11-05", "2026-11-30"}[i]}
					h.compareDepartments(r, f)
				}
			}
		}
	})
}

func (h *history) compareDepartments(r *inbox.Reports, f inbox.DepartmentFilter) {
	h.t.Helper()
	got, err := r.Departments(h.t.Context(), f)
	must(h.t, err)
	at := fmt.Sprintf("%v, %+v", r.Zone, f)
	h.equal(at+" total", got.Total.Now, h.plain(f, got.Range, r.Zone, 1, 2, 3))
	h.equal(at+" total before", got.Total.Before, h.plain(f, got.Earlier, r.Zone, 1, 2, 3))
	var names []string
	for _, row := range got.Rows {
		departments := []int64{row.ID}
		if row.ID == 1 && !f.Own {
			departments = append(departments, 2)
		}
		want := h.plain(f, got.Range, r.Zone, departments...)
		h.equal(at+" "+row.Name, row.Now, want)
		h.equal(at+" before "+row.Name, row.Before, h.plain(f, got.Earlier, r.Zone, departments...))
		if row.Open != want.open {
			h.t.Errorf("%s %s: %d are open, want %d", at, row.Name, row.Open, want.open)
		}
		names = append(names, strings.Repeat(" ", row.Depth)+row.Name)
	}
	if f.Actor.AllAccounts && f.Part == inbox.AnyPart && f.AccountID == 0 {
		if tree := strings.Join(names, ","); tree != "单位1, 单位2,单位3" && tree != "单位3,单位1, 单位2" {
			h.t.Errorf("%s: the tree is %q", at, tree)
		}
	}
}

// What is open is overdue once its running deadline is over.
func TestOpenAndOverdue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHistory(t, db, 10)
		h.happens(25)
		now := h.from.AddDate(0, 0, 30)
		h.write(func(tx *store.Tx) {
			for i, clock := range []struct {
				state string
				due   time.Duration
			}{{"running", -time.Minute}, {"running", time.Minute}, {"missed", -time.Hour}, {"paused", -time.Hour}, {"met", -time.Hour}} {
				ticket := h.tickets[i]
				h.pass(tx, ticket)
				p := ticket.passed[0]
				h.exec(tx, `UPDATE escalations SET department_id = 1 WHERE id = $1`, p.id)
				h.exec(tx, `DELETE FROM clocks WHERE escalation_id = $1`, p.id)
				h.exec(tx, `INSERT INTO clocks (ticket_id, escalation_id, name, state, started_at, due_at, next_at, met_at) VALUES ($1, $2, 'sign', $3, 1, $4, 0, $5)`,
					ticket.id, p.id, clock.state, store.Millis(now.Add(clock.due)), store.Bool(clock.state == "met"))
			}
		})
		r := &inbox.Reports{Store: inboxdb.New(db), Zone: time.UTC, Now: func() time.Time { return now }}
		got, err := r.Departments(t.Context(), inbox.DepartmentFilter{Actor: people["all"]})
		must(t, err)
		if len(got.Rows) != 1 || got.Rows[0].Open != 5 || got.Rows[0].Overdue != 2 || got.Total.Overdue != 2 {
			t.Errorf("open and overdue: %+v", got.Rows)
		}
		for _, role := range []desk.Role{desk.Staff, desk.Liaison} {
			if _, err := r.Departments(t.Context(), inbox.DepartmentFilter{Actor: desk.Actor{Role: role, AllAccounts: true}}); desk.CodeOf(err) != desk.Forbidden {
				t.Errorf("departments for %s: %v", role, err)
			}
		}
	})
}
