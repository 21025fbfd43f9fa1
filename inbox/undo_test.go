package inbox_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// rowsOf are the rows of some tables.
func rowsOf(t *testing.T, d *inboxtest.Desk, tables ...string) []string {
	t.Helper()
	return slices.DeleteFunc(d.Dump(t), func(line string) bool {
		return !slices.ContainsFunc(tables, func(table string) bool { return strings.HasPrefix(line, table+" ") })
	})
}

// standing is what an undone ending must leave as it was: the ticket but for
// when it was changed last, and its clocks to the last mark.
func standing(t *testing.T, d *inboxtest.Desk, ticket inbox.TicketID) (inbox.Ticket, []string) {
	t.Helper()
	row := d.Ticket(t, ticket).Ticket
	row.UpdatedAt = time.Time{}
	return row, rowsOf(t, d, "clocks", "clock_pauses")
}

// escalationRows are all escalations but for when they were changed last.
func escalationRows(t *testing.T, d *inboxtest.Desk) []string {
	t.Helper()
	rows := rowsOf(t, d, "escalations")
	for i := range rows {
		rows[i] = regexp.MustCompile(`updated_at=\S*`).ReplaceAllString(rows[i], "")
	}
	return rows
}

func TestUndoPutsATicketBack(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li")
		department := d.Department(t, "城管局")
		closes := func(ticket inbox.TicketID) error { return s.Close(t.Context(), li, ticket, "电话已答复") }
		for name, c := range map[string]struct {
			before func(c *inboxtest.Citizen, ticket inbox.TicketID)
			end    func(ticket inbox.TicketID) error
		}{
			"a new one, closed":  {func(*inboxtest.Citizen, inbox.TicketID) {}, closes},
			"a new one, ignored": {func(*inboxtest.Citizen, inbox.TicketID) {}, func(ticket inbox.TicketID) error { return s.Ignore(t.Context(), li, ticket, "广告") }},
			"somebody's": {func(_ *inboxtest.Citizen, ticket inbox.TicketID) {
				must(t, s.Assign(t.Context(), li, ticket, li.UserID))
			}, closes},
			"one that was warned":  {func(*inboxtest.Citizen, inbox.TicketID) { d.Pass(13 * time.Hour); d.Sweep(t) }, closes},
			"one nobody has swept": {func(*inboxtest.Citizen, inbox.TicketID) { d.Pass(13 * time.Hour) }, closes},
			"a late one":           {func(*inboxtest.Citizen, inbox.TicketID) { d.Pass(25 * time.Hour) }, closes},
			"a paused one": {func(_ *inboxtest.Citizen, ticket inbox.TicketID) {
				must(t, s.Pause(t.Context(), li, ticket, "等材料", time.Time{}))
			}, closes},
			"one paused for a time": {func(_ *inboxtest.Citizen, ticket inbox.TicketID) {
				must(t, s.Pause(t.Context(), li, ticket, "等材料", d.Now().Add(time.Hour)))
			}, closes},
			"a snoozed one": {func(_ *inboxtest.Citizen, ticket inbox.TicketID) {
				must(t, s.Snooze(t.Context(), li, ticket, d.Now().Add(time.Hour)))
			}, closes},
			"an urgent one": {func(_ *inboxtest.Citizen, ticket inbox.TicketID) {
				must(t, s.Prioritize(t.Context(), li, ticket, inbox.Urgent))
			}, closes},
			"an answered one":       {func(_ *inboxtest.Citizen, ticket inbox.TicketID) { d.Answers(t, li, ticket, "已修好") }, closes},
			"one with a department": {func(_ *inboxtest.Citizen, ticket inbox.TicketID) { d.Dispatches(t, li, ticket, department) }, closes},
			"thanks": {func(c *inboxtest.Citizen, ticket inbox.TicketID) {
				d.Answers(t, li, ticket, "已修好")
				c.Says(t, "好的谢谢你们")
			}, func(ticket inbox.TicketID) error { return s.Thanked(t.Context(), li, ticket) }},
		} {
			t.Run(name, func(t *testing.T) {
				citizen := d.NewCitizen(account)
				ticket := citizen.Says(t, "路灯不亮")
				c.before(citizen, ticket)
				d.Sweep(t)
				was, clocks := standing(t, d, ticket)
				escalations := escalationRows(t, d)
				head := d.Head(t)
				must(t, c.end(ticket))
				d.Pass(5 * time.Second)
				must(t, s.Undo(t.Context(), li, ticket))
				if got := d.Happened(t, head); !slices.Contains(got, inbox.TicketRestored) || slices.Contains(got, inbox.ClockStarted) {
					t.Errorf("events %v", got)
				}
				is, now := standing(t, d, ticket)
				if !reflect.DeepEqual(is, was) {
					t.Errorf("is  %+v\nwas %+v", is, was)
				}
				if !slices.Equal(now, clocks) {
					t.Errorf("clocks\nare  %s\nwere %s", now, clocks)
				}
				if got := escalationRows(t, d); !slices.Equal(got, escalations) {
					t.Errorf("escalations\nare  %s\nwere %s", got, escalations)
				}
				refused(t, s.Undo(t.Context(), li, ticket), desk.Conflict, "undo_none")
			})
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// What happened since the ending is not passed over, and an ending is undone by
// who made it, soon, and once.
func TestUndoRefused(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li, chen := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li"), d.Staff(t, "chen")
		for name, c := range map[string]struct {
			since  func(c *inboxtest.Citizen, ticket inbox.TicketID)
			by     desk.Actor
			reason string
		}{
			"another person": {func(*inboxtest.Citizen, inbox.TicketID) {}, chen, "undo_none"},
			"too late":       {func(*inboxtest.Citizen, inbox.TicketID) { d.Pass(15 * time.Second) }, li, "undo_over"},
			"a message":      {func(c *inboxtest.Citizen, _ inbox.TicketID) { c.Says(t, "还有一件事") }, li, "undo_moved"},
			"an assignment": {func(_ *inboxtest.Citizen, ticket inbox.TicketID) {
				must(t, s.Assign(t.Context(), chen, ticket, chen.UserID))
			}, li, "undo_moved"},
			"tags": {func(_ *inboxtest.Citizen, ticket inbox.TicketID) {
				must(t, s.Tag(t.Context(), chen, ticket, []string{"户籍"}))
			}, li, "undo_moved"},
			"taken up again": {func(_ *inboxtest.Citizen, ticket inbox.TicketID) { must(t, s.Reopen(t.Context(), chen, ticket)) }, li, "undo_moved"},
			"ended once more": {func(_ *inboxtest.Citizen, ticket inbox.TicketID) {
				must(t, s.Reopen(t.Context(), chen, ticket))
				must(t, s.Close(t.Context(), chen, ticket, "重复"))
			}, li, "undo_none"},
			"the citizen erased": {func(c *inboxtest.Citizen, _ inbox.TicketID) { d.Receives(t, account, c.Leave()) }, li, "undo_none"},
		} {
			t.Run(name, func(t *testing.T) {
				citizen := d.NewCitizen(account)
				ticket := citizen.Says(t, "路灯不亮")
				must(t, s.Close(t.Context(), li, ticket, "电话已答复"))
				c.since(citizen, ticket)
				unchanged(t, d, func() { refused(t, s.Undo(t.Context(), c.by, ticket), desk.Conflict, c.reason) })
			})
		}
		ticket := d.NewCitizen(account).Says(t, "一")
		must(t, s.Close(t.Context(), li, ticket, "电话已答复"))
		if _, err := s.AddNote(t.Context(), chen, ticket, "已电话联系"); err != nil || s.Undo(t.Context(), li, ticket) != nil {
			t.Errorf("a remark keeps an ending: %v", err)
		}
		hidden := d.NewCitizen(d.AddAccount(t, "区政务")).Says(t, "二")
		must(t, s.Close(t.Context(), li, hidden, "电话已答复"))
		elsewhere := d.Staff(t, "zhao", account)
		refused(t, s.Undo(t.Context(), elsewhere, hidden), desk.NotFound, "")
		refused(t, s.Undo(t.Context(), d.Liaison(t, "liaison", d.Department(t, "户籍")), ticket), desk.Forbidden, "")
	})
}

// A bulk ending is undone ticket by ticket: one that has moved stays ended.
func TestUndoOfABulkEnding(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li")
		one, other := d.NewCitizen(account), d.NewCitizen(account)
		first, second := one.Says(t, "一"), other.Says(t, "二")
		was, _ := standing(t, d, first)
		out, err := s.Bulk(t.Context(), li, inbox.Bulk{Action: inbox.BulkIgnore, Reason: "广告", Tickets: chosen(first, second)})
		if must(t, err); out[0].Err != nil || out[1].Err != nil {
			t.Fatal(out)
		}
		other.Says(t, "不是广告")
		out, err = s.Bulk(t.Context(), li, inbox.Bulk{Action: inbox.BulkUndo, Tickets: chosen(first, second)})
		must(t, err)
		refused(t, out[1].Err, desk.Conflict, "undo_moved")
		if is, _ := standing(t, d, first); out[0].Err != nil || !reflect.DeepEqual(is, was) {
			t.Errorf("%v: %+v, was %+v", out[0].Err, is, was)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// Nobody is asked about a closing that was undone; about the next one they are.
func TestUndoneClosingAsksNobody(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li")
		d.SetCitizen(t, account, `{"survey":"close"}`)
		ticket := writes(t, d, d.NewCitizen(account), "路灯不亮")
		d.Answers(t, li, ticket, "已修好")
		must(t, s.Close(t.Context(), li, ticket, ""))
		task := d.Tasks(t)[len(d.Tasks(t))-1]
		if task.Kind != inbox.TaskAskRating || !task.RunAt.Equal(d.Now().Add(d.Rules.UndoWithin)) {
			t.Errorf("to come: %+v", task)
		}
		must(t, s.Undo(t.Context(), li, ticket))
		if _, n := survey(t, d, ticket); n != 0 || d.Ticket(t, ticket).State != inbox.Replied {
			t.Errorf("asked %d times", n)
		}
		d.Pass(time.Second)
		must(t, s.Close(t.Context(), li, ticket, ""))
		if _, n := survey(t, d, ticket); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}
