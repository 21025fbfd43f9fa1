package inbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// What a department reads of its ticket: the citizen's words, what was sent, its
// own remarks and what is about it.
func TestWhatADepartmentReads(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx := withBureaus(t, d), t.Context()
		_, err := d.Service.AddNote(ctx, b.staff, b.ticket, "内部：此人多次来电")
		must(t, err)
		_, err = d.Service.Reject(ctx, b.boss, d.Submits(t, b.staff, b.ticket, "未通过的答复").ID, "内部：语气不当")
		must(t, err)
		d.Answers(t, b.staff, b.ticket, "已收到，请稍候")
		must(t, d.Service.Prioritize(ctx, b.staff, b.ticket, inbox.High))
		made, err := d.Service.Dispatch(ctx, b.staff, b.ticket, inbox.Dispatch{Lead: b.police, Co: []int64{b.tax}, Remark: "请核实"})
		must(t, err)
		must(t, d.Service.AnswerEscalation(ctx, b.taxer, made[1].ID, "税务的答复"))
		head := d.Head(t)
		note, err := d.Service.AddNote(ctx, b.officer, b.ticket, "公安内部研究")
		must(t, err)
		_, err = d.Service.AddNote(ctx, b.taxer, b.ticket, "税务内部研究")
		must(t, err)
		for i, e := range d.Events(t, head) {
			if b.officer.SeesEvent(e) != (i == 0) || b.taxer.SeesEvent(e) != (i == 1) {
				t.Errorf("note %d is told to the wrong department", i)
			}
		}
		tl, err := d.Service.Timeline(ctx, b.officer, b.ticket)
		must(t, err)
		if len(tl.Messages) != 1 || len(tl.Replies) != 1 || tl.Replies[0].Text != "已收到，请稍候" || len(tl.Deliveries) != 1 ||
			len(tl.Notes) != 1 || tl.Notes[0].ID != note.ID {
			t.Errorf("what the department reads: %+v", tl)
		}
		for _, e := range tl.Events {
			if e.Name == inbox.ReplyWasRejected || e.Name == inbox.TicketPrioritized || !b.officer.SeesEvent(e) ||
				strings.HasPrefix(e.Name, "escalation.") && !strings.Contains(string(e.Data), fmt.Sprintf(`"department_id":"%d"`, b.police)) {
				t.Errorf("the department reads %s %s", e.Name, e.Data)
			}
		}
		rows, err := d.Service.TicketEscalations(ctx, b.officer, b.ticket)
		must(t, err)
		if len(rows) != 1 || rows[0].ID != made[0].ID {
			t.Errorf("the department's escalations: %+v", rows)
		}
		row, err := d.Service.Ticket(ctx, b.officer, b.ticket)
		must(t, err)
		for _, c := range row.Clocks {
			if c.EscalationID == int64(made[1].ID) {
				t.Errorf("the department is told another's clock: %+v", c)
			}
		}
		if full := d.Timeline(t, b.ticket); len(full.Notes) != 3 || len(full.Replies) != 2 {
			t.Errorf("the desk reads everything: %+v", full)
		}
	})
}

// A liaison reaches nothing of another department, by whatever method: neither
// what it has now, nor what it had, nor its part of a ticket both have.
func TestOtherDepartmentsDoNotExist(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Supervisor(t, "主任")
		police, tax := d.Department(t, "公安"), d.Department(t, "税务")
		officer := d.Liaison(t, "公安联络员", police)
		nobody := officer
		nobody.DepartmentID = 0
		theirs := subjectOf(t, d, account, staff, boss) // with department 1, the police
		stranger := d.Liaison(t, "税务联络员", tax)
		had := subjectOf(t, d, account, staff, boss)
		_, err := d.Service.Dispatch(t.Context(), staff, had.ticket, inbox.Dispatch{Lead: tax, Instead: true})
		must(t, err)
		must(t, d.Service.WithdrawEscalation(t.Context(), staff, d.Escalations(t, had.ticket)[1].ID, "有误"))
		head := d.Head(t)
		for name, use := range uses(d, t) {
			for _, actor := range []desk.Actor{stranger, nobody} {
				for what, x := range map[string]subject{"another's": theirs, "what it had": had} {
					unchanged(t, d, func() {
						if err := use(actor, x); desk.CodeOf(err) != desk.NotFound && desk.CodeOf(err) != desk.Forbidden {
							t.Errorf("%s of %s by %s: %v", name, what, actor.Name, err)
						}
					})
				}
			}
		}
		for name, f := range map[string]inbox.TicketFilter{
			"all": {View: inbox.ViewAll}, "open": {View: inbox.ViewOpen}, "of the department": {View: inbox.ViewAll, DepartmentID: police},
			"by number": {View: inbox.ViewAll, Query: d.Ticket(t, theirs.ticket).Number}, "by the day": {View: inbox.ViewAll, Query: d.Ticket(t, theirs.ticket).Number[:8]},
			"by words": {View: inbox.ViewAll, Query: "图"}, "newest": {View: inbox.ViewAll, Sort: inbox.SortNewest},
		} {
			for _, actor := range []desk.Actor{stranger, nobody} {
				f.Actor = actor
				page, err := d.Service.Tickets(t.Context(), f)
				if must(t, err); len(page.Items) != 0 {
					t.Errorf("%s: %s finds %d tickets", name, actor.Name, len(page.Items))
				}
			}
		}
		for _, view := range []inbox.EscalationView{inbox.EscalationsTodo, inbox.EscalationsDesk, inbox.EscalationsPending, inbox.EscalationsDone, inbox.EscalationsAll} {
			for _, department := range []int64{0, police} {
				page, err := d.Service.Escalations(t.Context(), inbox.EscalationFilter{Actor: stranger, View: view, DepartmentID: department})
				if must(t, err); len(page.Items) != 0 {
					t.Errorf("escalations %s: %d", view, len(page.Items))
				}
			}
		}
		counts, err := d.Service.Counts(t.Context(), stranger)
		if must(t, err); counts != (inbox.Counts{}) {
			t.Errorf("counts: %+v", counts)
		}
		// Nor is anything told of what happens there.
		must(t, d.Service.AnswerEscalation(t.Context(), officer, theirs.escalation, "答复"))
		d.Pass(200 * time.Hour)
		d.Sweep(t)
		for _, e := range d.Events(t, head) {
			if e.TicketID == int64(theirs.ticket) && stranger.SeesEvent(e) {
				t.Errorf("the stranger is told of %s", e.Name)
			}
		}
	})
}

func TestListsOfEscalations(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx := withBureaus(t, d), t.Context()
		var ids []inbox.EscalationID
		for i := range 5 {
			ticket := d.NewCitizen(b.account).Says(t, fmt.Sprint("问题", i))
			made, err := d.Service.Dispatch(ctx, b.staff, ticket, inbox.Dispatch{Lead: b.police, Deadline: d.Now().Add(time.Duration(50-10*i) * time.Hour)})
			must(t, err)
			ids = append(ids, made[0].ID)
		}
		must(t, d.Service.SignEscalation(ctx, b.officer, ids[1]))
		must(t, d.Service.AskExtension(ctx, b.officer, ids[1], d.Now().Add(100*time.Hour), "核实"))
		must(t, d.Service.AnswerEscalation(ctx, b.officer, ids[2], "答复"))
		must(t, d.Service.ReturnEscalation(ctx, b.officer, ids[3], "不属于"))
		must(t, d.Service.WithdrawEscalation(ctx, b.staff, ids[4], "有误"))
		list := func(a desk.Actor, view inbox.EscalationView) (found []int) {
			t.Helper()
			for cursor := ""; ; {
				page, err := d.Service.Escalations(ctx, inbox.EscalationFilter{Actor: a, View: view, Limit: 1, Cursor: cursor})
				must(t, err)
				for _, row := range page.Items {
					found = append(found, slices.Index(ids, row.ID))
					if row.DepartmentName != "公安" || row.Ticket.Subject == "" || row.TicketID != row.Ticket.ID || row.State.Pending() != (row.Clock != nil) {
						t.Errorf("row %+v", row)
					}
				}
				if cursor = page.Next; cursor == "" {
					return found
				}
			}
		}
		for _, tt := range []struct {
			who  desk.Actor
			view inbox.EscalationView
			want []int
		}{
			{b.staff, inbox.EscalationsTodo, []int{1, 0}}, {b.staff, inbox.EscalationsDesk, []int{2, 3, 1}}, {b.staff, inbox.EscalationsPending, []int{3, 1, 0}},
			{b.staff, inbox.EscalationsDone, []int{4, 2}}, {b.staff, inbox.EscalationsAll, []int{4, 3, 2, 1, 0}},
			{b.officer, inbox.EscalationsTodo, []int{1, 0}}, {b.officer, inbox.EscalationsAll, []int{3, 2, 1, 0}}, {b.taxer, inbox.EscalationsAll, nil},
		} {
			if got := list(tt.who, tt.view); !slices.Equal(got, tt.want) {
				t.Errorf("%s of %s: %v, want %v", tt.view, tt.who.Name, got, tt.want)
			}
		}
		_, err := d.Service.Escalations(ctx, inbox.EscalationFilter{Actor: b.staff, Cursor: "x"})
		refused(t, err, desk.Invalid, "")
		_, err = d.Service.Escalation(ctx, b.staff, 999)
		refused(t, err, desk.NotFound, "")
	})
}
