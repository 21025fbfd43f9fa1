package inbox_test

import (
	"strings"
	"testing"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// related are the numbers of the tickets somebody is shown beside one.
func related(t *testing.T, d *inboxtest.Desk, who desk.Actor, ticket inbox.TicketID) string {
	t.Helper()
	found, err := d.Service.RelatedTickets(t.Context(), who, ticket)
	must(t, err)
	var out []string
	for _, r := range found {
		out = append(out, string(r.Relation)+" "+r.Number)
	}
	return strings.Join(out, ", ")
}

func TestRelationsShowOnBothSidesToWhoSeesBoth(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, city, district := d.Service, d.AddAccount(t, "市政务"), d.AddAccount(t, "区政务")
		li, zhao, liaison := d.Staff(t, "li"), d.Staff(t, "zhao", district), d.Liaison(t, "liaison", d.Department(t, "户籍"))
		one, two, third := d.NewCitizen(city).Says(t, "路灯不亮"), d.NewCitizen(district).Says(t, "路灯坏了"), d.NewCitizen(district).Says(t, "停电")
		number := func(id inbox.TicketID) string { return d.Ticket(t, id).Number }
		was := []inbox.Ticket{d.Ticket(t, one).Ticket, d.Ticket(t, two).Ticket}
		head := d.Head(t)
		must(t, s.Relate(t.Context(), li, two, one, inbox.SameMatter))
		happened(t, d, head, inbox.TicketRelated, inbox.TicketRelated)
		for _, e := range d.Events(t, head) {
			for i, id := range []inbox.TicketID{one, two} {
				if other := []inbox.TicketID{two, one}[i]; e.TicketID == int64(id) && strings.Contains(string(e.Data), number(other)) {
					t.Errorf("the event on one ticket names the other: %s", e.Data)
				}
			}
		}
		if a, b := related(t, d, li, one), related(t, d, li, two); a != "same_matter "+number(two) || b != "same_matter "+number(one) {
			t.Errorf("one is shown %q, the other %q", a, b)
		}
		if got := related(t, d, zhao, two); got != "" {
			t.Errorf("who does not see the other is told %q", got)
		}
		for i, id := range []inbox.TicketID{one, two} {
			if is := d.Ticket(t, id); is.State != was[i].State || !is.UpdatedAt.Equal(was[i].UpdatedAt) || !is.DueAt.Equal(was[i].DueAt) {
				t.Errorf("a relation changed the ticket: %+v", is.Ticket)
			}
		}
		unchanged(t, d, func() {
			must(t, s.Relate(t.Context(), li, one, two, inbox.SameMatter))
			must(t, s.Unrelate(t.Context(), li, one, third))
			refused(t, s.Relate(t.Context(), zhao, two, one, inbox.Related), desk.NotFound, "")
			refused(t, s.Unrelate(t.Context(), zhao, two, one), desk.NotFound, "")
			refused(t, s.Relate(t.Context(), li, one, one, inbox.Related), desk.Invalid, "")
			refused(t, s.Relate(t.Context(), li, one, two, "cousin"), desk.Invalid, "")
			refused(t, s.Relate(t.Context(), liaison, one, two, inbox.Related), desk.Forbidden, "")
		})
		must(t, s.Relate(t.Context(), zhao, two, third, inbox.Related))
		must(t, s.Relate(t.Context(), li, one, two, inbox.Related))
		if got := related(t, d, zhao, two); got != "related "+number(third) {
			t.Errorf("shown %q", got)
		}
		head = d.Head(t)
		must(t, s.Unrelate(t.Context(), li, two, one))
		happened(t, d, head, inbox.TicketUnrelated, inbox.TicketUnrelated)
		if got := related(t, d, li, one); got != "" {
			t.Errorf("after it was taken away: %q", got)
		}
	})
}
