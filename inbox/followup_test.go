package inbox_test

import (
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// followUps are what an actor's list has.
func followUps(t *testing.T, d *inboxtest.Desk, actor desk.Actor, closed bool) []inbox.FollowUpRow {
	t.Helper()
	var all []inbox.FollowUpRow
	for f := (inbox.FollowUpFilter{Actor: actor, Closed: closed, Limit: 1}); ; {
		page, err := d.Service.FollowUps(t.Context(), f)
		must(t, err)
		all = append(all, page.Items...)
		if f.Cursor = page.Next; f.Cursor == "" {
			return all
		}
	}
}

// A bad mark is somebody's to look after: once, whatever the citizen says next,
// and again when it gets worse after that.
func TestFollowUp(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account := d.Service, d.AddAccount(t, "市政务")
		d.SetCitizen(t, account, `{"bad_mark":3}`)
		staff, chief, citizen := d.Staff(t, "小王"), d.Supervisor(t, "赵督办"), d.NewCitizen(account)
		ticket := citizen.Says(t, "路灯不亮")
		code, err := s.ShowCode(t.Context(), staff, ticket)
		must(t, err)
		rate := func(m inbox.Mark, words string) {
			t.Helper()
			_, err := s.Rate(t.Context(), code.Number, code.Code, inbox.RatingInput{Mark: m, Words: words})
			must(t, err)
		}
		d.Answers(t, staff, ticket, "已报修")
		rate(4, "")
		if n := len(followUps(t, d, chief, false)); n != 0 {
			t.Errorf("%d for a good mark", n)
		}
		before := d.Head(t)
		rate(3, "等了三天")
		happened(t, d, before, inbox.TicketRated, inbox.RatingBad)
		before = d.Head(t)
		rate(1, "还是不亮")
		rate(5, "修好了")
		happened(t, d, before, inbox.TicketRated, inbox.TicketRated)
		open := followUps(t, d, chief, false)
		if len(open) != 1 {
			t.Fatalf("%d are open", len(open))
		}
		f := open[0]
		if f.Mark != 3 || f.Rating.Mark != 5 || f.Rating.Words != "修好了" || f.Rating.Changes != 3 || f.AuthorID != staff.UserID || f.Author != "小王" || f.Origin != inbox.FromStaff ||
			f.Ticket.Number != code.Number || f.Account != "市政务" || f.Closer != "" || !f.Open() {
			t.Errorf("the follow-up is %+v", f)
		}
		closing := func(actor desk.Actor, o inbox.Outcome, remark string) error {
			return s.CloseFollowUp(t.Context(), actor, f.ID, inbox.FollowUpInput{Outcome: o, Remark: remark})
		}
		elsewhere := d.Supervisor(t, "别处", d.AddAccount(t, "区政务"))
		unchanged(t, d, func() {
			refused(t, closing(staff, inbox.NowSatisfied, ""), desk.Forbidden, "")
			refused(t, closing(elsewhere, inbox.NowSatisfied, ""), desk.NotFound, "")
			refused(t, closing(chief, "happy", ""), desk.Invalid, "")
			refused(t, closing(chief, inbox.StillDissatisfied, " "), desk.Invalid, "")
			refused(t, closing(chief, inbox.NowSatisfied, strings.Repeat("长", 1001)), desk.Invalid, "")
			refused(t, s.CloseFollowUp(t.Context(), chief, 99, inbox.FollowUpInput{Outcome: inbox.NowSatisfied}), desk.NotFound, "")
		})
		before = d.Head(t)
		must(t, closing(chief, inbox.Unreachable, "打了两次电话"))
		happened(t, d, before, inbox.RatingFollowedUp)
		refused(t, closing(chief, inbox.NowSatisfied, ""), desk.Conflict, "follow_up_closed")
		done := followUps(t, d, chief, true)
		if len(done) != 1 || done[0].Outcome != inbox.Unreachable || done[0].Remark != "打了两次电话" || done[0].Closer != "赵督办" || len(followUps(t, d, chief, false)) != 0 {
			t.Errorf("closed: %+v", done)
		}
		rate(4, "")
		rate(2, "又坏了")
		if open = followUps(t, d, chief, false); len(open) != 1 || open[0].Mark != 2 || open[0].Remark != "打了两次电话" {
			t.Errorf("after a worse mark: %+v", open)
		}
		inboxtest.CheckInvariants(t, d, account)
		d.Receives(t, account, citizen.Leave())
		for _, line := range d.Dump(t) {
			if strings.Contains(line, "又坏了") || strings.Contains(line, "打了两次电话") {
				t.Errorf("still there: %s", line)
			}
		}
	})
}

// Who answered sees what was said of it, and of what they have; a round is that
// of its own answer.
func TestFollowUpsOfOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, other := d.Service, d.AddAccount(t, "市政务"), d.AddAccount(t, "区政务")
		wang, li, chief := d.Staff(t, "小王"), d.Staff(t, "小李"), d.Supervisor(t, "赵督办")
		bad := func(account int64, by desk.Actor) (inbox.TicketID, *inboxtest.Citizen) {
			t.Helper()
			c := d.NewCitizen(account)
			ticket := c.Says(t, "路灯不亮")
			d.Answers(t, by, ticket, "已报修")
			d.Pass(time.Minute)
			code, err := s.ShowCode(t.Context(), by, ticket)
			must(t, err)
			_, err = s.Rate(t.Context(), code.Number, code.Code, inbox.RatingInput{Mark: 1})
			must(t, err)
			return ticket, c
		}
		first, c := bad(account, wang)
		second, _ := bad(other, li)
		c.Says(t, "又不亮了")
		d.Pass(time.Minute)
		d.Answers(t, li, first, "又报修了")
		code, err := s.ShowCode(t.Context(), li, first)
		must(t, err)
		_, err = s.Rate(t.Context(), code.Number, code.Code, inbox.RatingInput{Mark: 2})
		must(t, err)
		sees := func(actor desk.Actor, want ...inbox.TicketID) {
			t.Helper()
			got := []inbox.TicketID{}
			for _, f := range followUps(t, d, actor, false) {
				got = append(got, f.TicketID)
			}
			if len(got) != len(want) {
				t.Fatalf("sees %v, want %v", got, want)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("sees %v, want %v", got, want)
				}
			}
		}
		sees(chief, first, second, first)
		sees(wang, first, first) // who has the ticket
		sees(li, second, first)
		sees(d.Supervisor(t, "市督办", account), first, first)
		sees(d.Staff(t, "新来的"))
		must(t, s.Assign(t.Context(), chief, second, wang.UserID))
		sees(wang, first, second, first)
		_, err = s.FollowUps(t.Context(), inbox.FollowUpFilter{Actor: d.Liaison(t, "联络员", d.Department(t, "路灯所"))})
		refused(t, err, desk.Forbidden, "")
	})
}
