package inbox_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// said are the citizens' words of a ticket in their order.
func said(t *testing.T, d *inboxtest.Desk, ticket inbox.TicketID) string {
	t.Helper()
	var out []string
	for _, m := range d.Timeline(t, ticket).Messages {
		out = append(out, m.Text)
	}
	return strings.Join(out, " / ")
}

// wroteTwice is a citizen whose first ticket was answered and closed, and who has
// written again so much later that it is another.
func wroteTwice(t *testing.T, d *inboxtest.Desk, account int64, by desk.Actor) (c *inboxtest.Citizen, first, second inbox.TicketID) {
	t.Helper()
	c = d.NewCitizen(account)
	first = c.Says(t, "路灯不亮")
	d.Answers(t, by, first, "已派人维修")
	must(t, d.Service.Close(t.Context(), by, first, ""))
	d.Pass(30 * 24 * time.Hour)
	if second = c.Says(t, "路灯还是不亮"); second == first {
		t.Fatal("no other ticket")
	}
	return c, first, second
}

func TestMergeGoesOnAsOneTicket(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li")
		c, first, second := wroteTwice(t, d, account, li)
		_, err := s.AddNote(t.Context(), li, second, "灯杆 12 号")
		must(t, err)
		must(t, s.Tag(t.Context(), li, first, []string{"路灯"}))
		must(t, s.Tag(t.Context(), li, second, []string{"路灯", "重复"}))
		must(t, s.Prioritize(t.Context(), li, second, inbox.High))
		must(t, s.Assign(t.Context(), li, second, li.UserID))
		other := d.NewCitizen(account).Says(t, "我这里路灯也不亮")
		must(t, s.Relate(t.Context(), li, second, other, inbox.SameMatter))
		code, err := s.ShowCode(t.Context(), li, second)
		must(t, err)
		due, head := d.Ticket(t, second).DueAt, d.Head(t)
		must(t, s.Merge(t.Context(), li, second, first))
		happened(t, d, head, inbox.TicketReopened, inbox.TicketMerged, inbox.TicketMerged)
		inboxtest.CheckInvariants(t, d, account)

		into, from := d.Ticket(t, first), d.Ticket(t, second)
		if into.State != inbox.Open || !into.DueAt.Equal(due) || into.AssigneeID != li.UserID || into.Priority != inbox.High || into.MessageCount != 2 ||
			!slices.Equal(into.Tags, []string{"路灯", "重复"}) || into.Preview != "路灯还是不亮" || into.Subject != "路灯不亮" || !into.ClosedAt.IsZero() {
			t.Errorf("what goes on is %+v", into.Ticket)
		}
		if from.State != inbox.Merged || from.MergedInto != first || from.MergedNumber != into.Number || from.MessageCount != 0 || !from.DueAt.IsZero() {
			t.Errorf("what ended is %+v", from)
		}
		if got := said(t, d, first); got != "路灯不亮 / 路灯还是不亮" {
			t.Errorf("the citizen said %s", got)
		}
		if tl := d.Timeline(t, first); len(tl.Notes) != 1 || len(tl.Replies) != 1 {
			t.Errorf("%d notes and %d replies", len(tl.Notes), len(tl.Replies))
		}
		if got, want := related(t, d, li, first), "same_matter "+d.Ticket(t, other).Number; got != want {
			t.Errorf("related to %s, want %s", got, want)
		}
		// Its number, its code and what the citizen writes next lead to the other.
		p, err := s.Progress(t.Context(), code.Number, code.Code)
		if err != nil || p.Number != into.Number || len(p.Answers) != 1 || !p.ReceivedAt.Equal(into.CreatedAt) {
			t.Errorf("the code of what was merged opens %+v, %v", p, err)
		}
		if next := c.Says(t, "已经三天了"); next != first {
			t.Errorf("the next message went to ticket %d", next)
		}
		for what, err := range map[string]error{
			"reopen": s.Reopen(t.Context(), li, second), "assign": s.Assign(t.Context(), li, second, 0), "relate": s.Relate(t.Context(), li, other, second, inbox.Related),
			"merge again": s.Merge(t.Context(), li, second, first), "merge into it": s.Merge(t.Context(), li, first, second), "code": errOf(s.RenewCode(t.Context(), li, second)),
		} {
			if refused(t, err, desk.Conflict, "ticket_merged"); err != nil && !strings.Contains(err.Error(), into.Number) {
				t.Errorf("%s: %v", what, err)
			}
		}
		d.Answers(t, li, first, "今晚修好")
		must(t, s.Close(t.Context(), li, first, ""))
		d.Pass(time.Hour)
		if next := c.Says(t, "又不亮了"); next != first {
			t.Errorf("after the end the next message went to ticket %d", next)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func errOf[T any](_ T, err error) error { return err }

// Whatever the two had, the deadline that comes first is the one that stands,
// and what was missed stays missed.
func TestMergeKeepsTheFirstDeadline(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, li := d.Service, d.Staff(t, "li")
		comments := func(account int64) (*inboxtest.Citizen, inbox.TicketID, inbox.TicketID, func()) {
			c := d.NewCitizen(account)
			one := d.Receives(t, account, c.Comment("post", "", "几点开门"))
			d.Pass(2 * time.Hour)
			two := c.Comment("post", "", "周末开门吗")
			later := d.Receives(t, account, two)
			return c, one, later, func() {
				if next := d.Receives(t, account, c.Comment("post", two.ExternalID, "还有人吗")); next != one {
					t.Errorf("what was written under the merged comment went to ticket %d", next)
				}
			}
		}
		for name, before := range map[string]func(one, later inbox.TicketID){
			"both run":         func(inbox.TicketID, inbox.TicketID) {},
			"the first paused": func(one, _ inbox.TicketID) { must(t, s.Pause(t.Context(), li, one, "等材料", time.Time{})) },
			"the other paused": func(_, later inbox.TicketID) { must(t, s.Pause(t.Context(), li, later, "等材料", time.Time{})) },
			"both paused": func(one, later inbox.TicketID) {
				must(t, s.Pause(t.Context(), li, one, "等材料", time.Time{}))
				must(t, s.Pause(t.Context(), li, later, "等材料", time.Time{}))
			},
			"one is late": func(inbox.TicketID, inbox.TicketID) { d.Pass(23 * time.Hour) },
		} {
			account := d.AddAccount(t, name)
			_, one, later, next := comments(account)
			before(one, later)
			a, b := d.Ticket(t, one), d.Ticket(t, later)
			must(t, s.Merge(t.Context(), li, later, one))
			got := d.Ticket(t, one)
			switch want := earliest(a, b); {
			case name == "both paused" && (!got.Paused || !got.Clocks[0].Open()):
				t.Errorf("%s: %+v", name, got.Ticket)
			case name != "both paused" && !got.DueAt.Equal(want):
				t.Errorf("%s: due at %v, want %v", name, got.DueAt, want)
			}
			inboxtest.CheckInvariants(t, d, account)
			next()
			d.Pass(48 * time.Hour)
			d.Sweep(t)
			inboxtest.CheckSwept(t, d, account)
			inboxtest.CheckInvariants(t, d, account)
		}
	})
}

func TestMergeRefusesWhatCannotWalk(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li, boss := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li"), d.Supervisor(t, "boss")
		department := d.Department(t, "城管局")
		zhao, liaison := d.Staff(t, "zhao", d.AddAccount(t, "区")), d.Liaison(t, "liaison", department)
		c, first, second := wroteTwice(t, d, account, li)
		comment := d.Receives(t, account, c.Comment("post", "", "几点开门"))
		there := d.Receives(t, account, c.Comment("post-2", "", "几点关门"))
		open := c.Comment("post", "", "周末呢")
		crowded := d.Receives(t, account, open)
		d.Receives(t, account, d.NewCitizen(account).Comment("post", open.ExternalID, "同问"))
		stranger := d.NewCitizen(account).Says(t, "路灯不亮")
		merge := func(from, into inbox.TicketID) func() error {
			return func() error { return s.Merge(t.Context(), li, from, into) }
		}
		for reason, do := range map[string]func() error{
			"other_contact": merge(second, stranger), "other_conversation": merge(second, comment), "other_people": merge(crowded, comment),
		} {
			unchanged(t, d, func() { refused(t, do(), desk.Conflict, reason) })
		}
		unchanged(t, d, func() {
			refused(t, merge(comment, there)(), desk.Conflict, "other_conversation")
			refused(t, merge(second, second)(), desk.Invalid, "")
			refused(t, s.Merge(t.Context(), zhao, second, first), desk.NotFound, "")
			refused(t, s.Merge(t.Context(), liaison, second, first), desk.Forbidden, "")
		})
		review := d.Submits(t, li, second, "请到窗口")
		unchanged(t, d, func() { refused(t, merge(second, first)(), desk.Conflict, "reply_under_way") })
		_, err := s.Reject(t.Context(), boss, review.ID, "再核实")
		must(t, err)
		d.Dispatches(t, li, second, department)
		unchanged(t, d, func() { refused(t, merge(second, first)(), desk.Conflict, "escalated") })
		must(t, merge(first, second)()) // the other way round
		if got := said(t, d, second); got != "路灯不亮 / 路灯还是不亮" || d.Ticket(t, second).State != inbox.WithDepartment {
			t.Errorf("%s in a ticket that is %s", got, d.Ticket(t, second).State)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// rowsWithout are all rows but events, the audit, what only counts up, and when
// something was changed last.
func rowsWithout(t *testing.T, d *inboxtest.Desk) []string {
	t.Helper()
	rows := slices.DeleteFunc(d.Dump(t), func(line string) bool {
		return slices.ContainsFunc([]string{"events ", "audit ", "undos ", "counters ", "sqlite_sequence "}, func(table string) bool { return strings.HasPrefix(line, table) })
	})
	for i := range rows {
		rows[i] = regexp.MustCompile(`updated_at=\S*`).ReplaceAllString(rows[i], "")
	}
	return rows
}

func TestUndoOfAMerge(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li, zhao := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li"), d.Staff(t, "zhao")
		_, first, second := wroteTwice(t, d, account, li)
		other := d.NewCitizen(account).Says(t, "别处也不亮")
		must(t, s.Relate(t.Context(), li, second, other, inbox.Related))
		must(t, s.Relate(t.Context(), li, second, first, inbox.Related))
		must(t, s.Pause(t.Context(), li, second, "等材料", time.Time{}))
		for _, pair := range [][2]inbox.TicketID{{second, first}, {first, second}} {
			was := rowsWithout(t, d)
			must(t, s.Merge(t.Context(), li, pair[0], pair[1]))
			refused(t, s.Undo(t.Context(), zhao, pair[0]), desk.Conflict, "undo_none")
			d.Pass(10 * time.Second)
			head := d.Head(t)
			must(t, s.Undo(t.Context(), li, pair[0]))
			happened(t, d, head, inbox.TicketUnmerged, inbox.TicketUnmerged)
			for _, line := range rowsWithout(t, d) {
				if !slices.Contains(was, line) {
					t.Errorf("other than before: %s", line)
				}
			}
		}
		inboxtest.CheckInvariants(t, d, account)
		for name, then := range map[string]func(c *inboxtest.Citizen, ticket inbox.TicketID){
			"undo_over":             func(*inboxtest.Citizen, inbox.TicketID) { d.Pass(time.Minute) },
			"undo_moved by message": func(c *inboxtest.Citizen, _ inbox.TicketID) { c.Says(t, "还在等") },
			"undo_moved by reply":   func(_ *inboxtest.Citizen, ticket inbox.TicketID) { d.Writes(t, li, ticket, "今晚修好") },
			"undo_moved by tags": func(_ *inboxtest.Citizen, ticket inbox.TicketID) {
				must(t, s.Tag(t.Context(), zhao, ticket, []string{"x"}))
			},
			"undo_moved by note": func(_ *inboxtest.Citizen, ticket inbox.TicketID) {
				_, err := s.AddNote(t.Context(), li, ticket, "已电话联系")
				must(t, err)
			},
		} {
			c, one, two := wroteTwice(t, d, account, li)
			must(t, s.Merge(t.Context(), li, two, one))
			then(c, one)
			reason, _, _ := strings.Cut(name, " ")
			refused(t, s.Undo(t.Context(), li, two), desk.Conflict, reason)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// Who is erased is erased in both.
func TestEraseOfAMerge(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li")
		c, first, second := wroteTwice(t, d, account, li)
		_, err := s.AddNote(t.Context(), li, second, "灯杆 12 号")
		must(t, err)
		must(t, s.Merge(t.Context(), li, second, first))
		d.Receives(t, account, c.Leave())
		for _, line := range d.Dump(t) {
			for _, word := range []string{"路灯", "灯杆", "已派人维修"} {
				if strings.Contains(line, word) {
					t.Errorf("left of who was erased: %s", line)
				}
			}
		}
		refused(t, s.Undo(t.Context(), li, second), desk.Conflict, "undo_none")
		inboxtest.CheckInvariants(t, d, account)
	})
}
