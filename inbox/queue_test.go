package inbox_test

import (
	"slices"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// notHelped has the citizen of a ticket say that an answer did not help.
func notHelped(t *testing.T, d *inboxtest.Desk, ticket inbox.TicketID) {
	t.Helper()
	must(t, d.Store().Atomic(t.Context(), func(tx inbox.Tx) error {
		return d.Service.Automatic(t.Context(), tx, ticket, func(a *inbox.Automatic) error {
			a.ToFront()
			a.Tell(inbox.BotVoted, map[string]any{"helpful": false})
			return nil
		})
	}))
}

// The place in the queue: those whose citizen was not helped or wrote an urgent
// word stand before all others, overdue or not, until they are answered; then
// come urgent tickets, then the rest. Deadlines stay what they are.
func TestQueue(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		lists(t, d, "自杀", check.Urgent, check.In)
		account := d.AddAccount(t, "市政务")
		supervisor := d.Supervisor(t, "督办")
		names := map[inbox.TicketID]string{}
		ids := map[string]inbox.TicketID{}
		citizens := map[string]*inboxtest.Citizen{}
		asks := func(name, text string) {
			t.Helper()
			if citizens[name] == nil {
				citizens[name] = d.NewCitizen(account)
			}
			ids[name] = d.Receives(t, account, citizens[name].Message(text))
			names[ids[name]] = name
			d.Pass(time.Minute)
		}
		is := func(what string, want ...string) {
			t.Helper()
			for _, limit := range []int{1, 50} {
				var got []string
				for f := (inbox.TicketFilter{Actor: supervisor, View: inbox.ViewOpen, Sort: inbox.SortDue, Limit: limit}); ; {
					page, err := d.Service.Tickets(t.Context(), f)
					must(t, err)
					for _, row := range page.Items {
						got = append(got, names[row.ID])
					}
					if f.Cursor = page.Next; f.Cursor == "" {
						break
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s, %d a page: %v, want %v", what, limit, got, want)
				}
			}
		}
		asks("overdue", "居住证怎么办")
		d.Pass(25 * time.Hour)
		d.Sweep(t)
		asks("answered", "公积金怎么提取")
		asks("ordinary", "社保断缴怎么办")
		asks("pressing", "学位怎么申请")
		is("by deadline", "overdue", "answered", "ordinary", "pressing")

		due := d.Ticket(t, ids["ordinary"]).DueAt
		notHelped(t, d, ids["ordinary"])
		is("one was not helped", "ordinary", "overdue", "answered", "pressing")
		if row := d.Ticket(t, ids["ordinary"]); !row.DueAt.Equal(due) || !row.InFront {
			t.Errorf("not helped: in front %v, due %v, want %v", row.InFront, row.DueAt, due)
		}
		asks("pressing", "再不办我就自杀")
		is("an urgent word", "pressing", "ordinary", "overdue", "answered")
		must(t, d.Service.Prioritize(t.Context(), supervisor, ids["overdue"], inbox.High))
		must(t, d.Service.Prioritize(t.Context(), supervisor, ids["answered"], inbox.Urgent))
		is("of the priorities only urgent has a lane", "pressing", "ordinary", "answered", "overdue")
		must(t, d.Service.Prioritize(t.Context(), supervisor, ids["answered"], inbox.High))
		is("no longer urgent", "pressing", "ordinary", "overdue", "answered")

		// While its clock stands still there is nothing to do.
		must(t, d.Service.Pause(t.Context(), supervisor, ids["ordinary"], "等市民补充", time.Time{}))
		is("paused", "pressing", "overdue", "answered", "ordinary")
		must(t, d.Service.Resume(t.Context(), supervisor, ids["ordinary"]))
		is("resumed", "pressing", "ordinary", "overdue", "answered")
		inboxtest.CheckInvariants(t, d, account)

		// The answer ends it; what the citizen asks next waits like any other.
		d.Answers(t, supervisor, ids["ordinary"], "请到社保大厅办理。")
		if row := d.Ticket(t, ids["ordinary"]); row.InFront || row.State != inbox.Replied {
			t.Errorf("answered: %s, in front %v", row.State, row.InFront)
		}
		is("answered", "pressing", "overdue", "answered")
		asks("ordinary", "还要带什么材料")
		is("asked again", "pressing", "overdue", "ordinary", "answered") // its next answer is due within half the time
		inboxtest.CheckInvariants(t, d, account)

		// One that waits for nothing has no place to go to.
		d.Answers(t, supervisor, ids["ordinary"], "身份证。")
		notHelped(t, d, ids["ordinary"])
		if d.Ticket(t, ids["ordinary"]).InFront {
			t.Error("an answered ticket is in front")
		}
		must(t, d.Service.Close(t.Context(), supervisor, ids["pressing"], "重复"))
		must(t, d.Service.Reopen(t.Context(), supervisor, ids["pressing"]))
		if row := d.Ticket(t, ids["pressing"]); row.InFront || row.Lane() != inbox.UrgentLane {
			t.Errorf("closed and reopened, it is not just urgent: %+v", row.Ticket)
		}
		page, err := d.Service.Tickets(t.Context(), inbox.TicketFilter{Actor: desk.System(), View: inbox.ViewAll, Sort: inbox.SortDue, Limit: 50})
		must(t, err)
		if len(page.Items) != 4 || page.Items[0].ID != ids["pressing"] || page.Items[3].ID != ids["ordinary"] {
			t.Errorf("all by urgency: %d, first %s", len(page.Items), names[page.Items[0].ID])
		}
	})
}
