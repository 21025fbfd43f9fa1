package inbox_test

import (
	"slices"
	"strings"
	"testing"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// What is offered is what tickets have now, on the accounts one sees.
func TestCategoriesInUse(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, city, district := d.Service, d.AddAccount(t, "市政务"), d.AddAccount(t, "区政务")
		li, zhao := d.Staff(t, "li"), d.Staff(t, "zhao", district)
		one, two, three := d.NewCitizen(city).Says(t, "一"), d.NewCitizen(city).Says(t, "二"), d.NewCitizen(district).Says(t, "三")
		offers := func(who desk.Actor, want ...string) {
			t.Helper()
			if got, err := s.Categories(t.Context(), who); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s is offered %q, %v; want %q", who.Name, got, err, want)
			}
		}
		before := d.Head(t)
		must(t, s.Categorize(t.Context(), li, one, " 户籍 "))
		happened(t, d, before, inbox.TicketCategorized)
		unchanged(t, d, func() { must(t, s.Categorize(t.Context(), li, one, "户籍")) })
		must(t, s.Categorize(t.Context(), li, three, "市政"))
		out, err := s.Bulk(t.Context(), li, inbox.Bulk{Action: inbox.BulkCategorize, Category: "市政", Tickets: chosen(two)})
		if must(t, err); out[0].Err != nil || d.Ticket(t, two).Category != "市政" {
			t.Errorf("in bulk: %v", out[0].Err)
		}
		offers(li, "市政", "户籍")
		offers(zhao, "市政")
		// A word nobody uses any more is offered no more.
		must(t, s.Categorize(t.Context(), li, two, "户籍"))
		must(t, s.Categorize(t.Context(), zhao, three, ""))
		offers(li, "户籍")
		offers(zhao)
		refused(t, s.Categorize(t.Context(), zhao, one, "市政"), desk.NotFound, "")
		refused(t, s.Categorize(t.Context(), li, one, strings.Repeat("字", 61)), desk.Invalid, "")
		if _, err := s.Categories(t.Context(), d.Liaison(t, "liaison", d.Department(t, "户籍"))); desk.CodeOf(err) != desk.Forbidden {
			t.Errorf("a liaison is offered categories: %v", err)
		}
	})
}
