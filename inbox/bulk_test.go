package inbox_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

func chosen(ids ...inbox.TicketID) (out []inbox.BulkTicket) {
	for _, id := range ids {
		out = append(out, inbox.BulkTicket{ID: id})
	}
	return out
}

func TestBulkDoesWhatEachTicketAllows(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		a, b := d.AddAccount(t, "市政务"), d.AddAccount(t, "区政务")
		staff := d.Staff(t, "小王", a)
		answered := d.Receives(t, a, d.NewCitizen(a).Message("一"))
		waiting := d.Receives(t, a, d.NewCitizen(a).Message("二"))
		sending := d.Receives(t, a, d.NewCitizen(a).Message("三"))
		hidden := d.Receives(t, b, d.NewCitizen(b).Message("四"))
		d.Answers(t, staff, answered, "答")
		d.Begins(t, d.Writes(t, staff, sending, "答"))
		all := chosen(answered, waiting, sending, hidden, 9999)
		before := d.Head(t)

		out, err := d.Service.Bulk(t.Context(), staff, inbox.Bulk{Action: inbox.BulkClose, Tickets: all})
		must(t, err)
		for i, want := range []struct {
			code   desk.Code
			reason string
		}{{}, {code: desk.Invalid}, {code: desk.Invalid}, {code: desk.NotFound}, {code: desk.NotFound}} {
			if out[i].ID != all[i].ID {
				t.Errorf("outcome %d is of ticket %d", i, out[i].ID)
			}
			refused(t, out[i].Err, want.code, want.reason)
		}
		happened(t, d, before, inbox.TicketClosed)

		out, err = d.Service.Bulk(t.Context(), staff, inbox.Bulk{Action: inbox.BulkIgnore, Reason: " 广告 ", Tickets: chosen(waiting, sending)})
		must(t, err)
		refused(t, out[1].Err, desk.Conflict, "reply_under_way")
		if row := d.Ticket(t, waiting); out[0].Err != nil || row.State != inbox.Ignored || row.ClosingReason != "广告" {
			t.Errorf("%v; %s because of %q", out[0].Err, row.State, row.ClosingReason)
		}
		if row := d.Ticket(t, hidden); row.State != inbox.New {
			t.Errorf("the hidden ticket is %s", row.State)
		}
		inboxtest.CheckInvariants(t, d, a)
	})
}

func TestBulkLeavesOpenWhatMovedSinceItWasChosen(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		staff, citizen := d.Staff(t, "小王"), d.NewCitizen(account)
		ticket := d.Receives(t, account, citizen.Message("一"))
		seen := []inbox.BulkTicket{{ID: ticket, Messages: 1}}
		d.Receives(t, account, citizen.Message("还有一件事"))
		for _, action := range []inbox.BulkAction{inbox.BulkClose, inbox.BulkIgnore} {
			out, err := d.Service.Bulk(t.Context(), staff, inbox.Bulk{Action: action, Reason: "电话已答复", Tickets: seen})
			must(t, err)
			refused(t, out[0].Err, desk.Conflict, "thread_moved")
		}
		// What ends nothing is done all the same.
		out, err := d.Service.Bulk(t.Context(), staff, inbox.Bulk{Action: inbox.BulkAssign, AssigneeID: staff.UserID, Tickets: seen})
		if must(t, err); out[0].Err != nil || d.Ticket(t, ticket).AssigneeID != staff.UserID {
			t.Errorf("assign: %v", out[0].Err)
		}
	})
}

func TestBulkTagsKeepTheOthers(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		one, two, full := d.Receives(t, account, d.NewCitizen(account).Message("一")),
			d.Receives(t, account, d.NewCitizen(account).Message("二")), d.Receives(t, account, d.NewCitizen(account).Message("三"))
		must(t, d.Service.Tag(t.Context(), staff, one, []string{"户籍", "旧"}))
		must(t, d.Service.Tag(t.Context(), staff, two, []string{"热点"}))
		var twenty []string
		for i := range 20 {
			twenty = append(twenty, fmt.Sprint("标签", i))
		}
		must(t, d.Service.Tag(t.Context(), staff, full, twenty))
		out, err := d.Service.Bulk(t.Context(), staff, inbox.Bulk{
			Action: inbox.BulkTag, AddTags: []string{"热点", " 热点 "}, RemoveTags: []string{"旧"}, Tickets: chosen(one, two, full),
		})
		must(t, err)
		if got := d.Ticket(t, one).Tags; out[0].Err != nil || !slices.Equal(got, []string{"户籍", "热点"}) {
			t.Errorf("first: %v, tags %v", out[0].Err, got)
		}
		if got := d.Ticket(t, two).Tags; out[1].Err != nil || !slices.Equal(got, []string{"热点"}) {
			t.Errorf("second: %v, tags %v", out[1].Err, got)
		}
		refused(t, out[2].Err, desk.Invalid, "")
		if got := d.Ticket(t, full).Tags; !slices.Equal(got, twenty) {
			t.Errorf("the full one has tags %v", got)
		}
	})
}

func TestBulkRefusesWhatNamesNothingOrTooMuch(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		ticket := d.Receives(t, account, d.NewCitizen(account).Message("一"))
		var many []inbox.BulkTicket
		for i := range inbox.MaxBulk + 1 {
			many = append(many, inbox.BulkTicket{ID: inbox.TicketID(i + 1)})
		}
		long := slices.Repeat([]string{"字"}, 31)
		for name, b := range map[string]inbox.Bulk{
			"no ticket":      {Action: inbox.BulkAssign},
			"too many":       {Action: inbox.BulkAssign, Tickets: many},
			"twice":          {Action: inbox.BulkAssign, Tickets: chosen(ticket, ticket)},
			"no action":      {Tickets: chosen(ticket)},
			"no tag":         {Action: inbox.BulkTag, Tickets: chosen(ticket)},
			"blank tag":      {Action: inbox.BulkTag, AddTags: []string{" "}, Tickets: chosen(ticket)},
			"long tag":       {Action: inbox.BulkTag, RemoveTags: []string{fmt.Sprint(long)}, Tickets: chosen(ticket)},
			"no priority":    {Action: inbox.BulkPrioritize, Priority: 7, Tickets: chosen(ticket)},
			"without reason": {Action: inbox.BulkIgnore, Reason: " ", Tickets: chosen(ticket)},
		} {
			unchanged(t, d, func() {
				if out, err := d.Service.Bulk(t.Context(), staff, b); desk.CodeOf(err) != desk.Invalid || out != nil {
					t.Errorf("%s: %v, %v", name, out, err)
				}
			})
		}
		if _, err := d.Service.Bulk(t.Context(), staff, inbox.Bulk{Action: inbox.BulkAssign, Tickets: many[:inbox.MaxBulk]}); err != nil {
			t.Errorf("exactly as many as may be: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		out, err := d.Service.Bulk(ctx, staff, inbox.Bulk{Action: inbox.BulkPrioritize, Priority: inbox.High, Tickets: chosen(ticket)})
		must(t, err)
		refused(t, out[0].Err, desk.Unavailable, "")
	})
}
