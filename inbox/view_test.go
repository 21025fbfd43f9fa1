package inbox_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// keepsView saves a view.
func keepsView(t *testing.T, d *inboxtest.Desk, by desk.Actor, name string, scope inbox.ViewScope, f inbox.ViewFilter) inbox.SavedView {
	t.Helper()
	v, err := d.Service.SaveView(t.Context(), by, 0, inbox.ViewInput{Name: &name, Scope: &scope, Filter: &f})
	must(t, err)
	return v
}

// viewsOf are the names of somebody's views, in order.
func viewsOf(t *testing.T, d *inboxtest.Desk, by desk.Actor) (names []string) {
	t.Helper()
	views, err := d.Service.SavedViews(t.Context(), by)
	must(t, err)
	for _, v := range views {
		names = append(names, v.Name)
	}
	return names
}

func sees(t *testing.T, d *inboxtest.Desk, by desk.Actor, want ...string) {
	t.Helper()
	if got := viewsOf(t, d, by); !slices.Equal(got, want) {
		t.Errorf("%s sees %v, want %v", by.Name, got, want)
	}
}

// Who sees a view, and who may change it.
func TestViewsAreShared(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s := d.Service
		li, wang, boss, liaison := d.Staff(t, "li"), d.Staff(t, "wang"), d.Supervisor(t, "boss"), d.Liaison(t, "liaison", 1)
		before := d.Head(t)
		mine := keepsView(t, d, li, "我的投诉", inbox.NotShared, inbox.ViewFilter{View: inbox.ViewMine, Category: "投诉"})
		happened(t, d, before, inbox.ViewChanged)
		team := keepsView(t, d, li, "评论", inbox.SharedWithRole, inbox.ViewFilter{Kind: "comment"})
		all := keepsView(t, d, boss, "紧急", inbox.SharedWithAll, inbox.ViewFilter{Priority: ptr(inbox.Urgent)})
		sees(t, d, li, "我的投诉", "评论", "紧急")
		sees(t, d, wang, "评论", "紧急")
		sees(t, d, boss, "紧急")
		if team.Role != desk.Staff || team.Filter.View != inbox.ViewOpen {
			t.Errorf("stored %+v", team)
		}
		change := func(by desk.Actor, id int64, in inbox.ViewInput) error {
			_, err := s.SaveView(t.Context(), by, id, in)
			return err
		}
		name, scope := ptr("另一个"), ptr(inbox.SharedWithAll)
		unchanged(t, d, func() {
			refused(t, change(wang, mine.ID, inbox.ViewInput{Name: name}), desk.NotFound, "")
			refused(t, change(boss, mine.ID, inbox.ViewInput{Name: name}), desk.NotFound, "")
			refused(t, s.DeleteView(t.Context(), wang, mine.ID), desk.NotFound, "")
			refused(t, change(wang, team.ID, inbox.ViewInput{Name: name}), desk.Forbidden, "")
			refused(t, change(li, all.ID, inbox.ViewInput{Name: name}), desk.Forbidden, "")
			refused(t, s.DeleteView(t.Context(), li, all.ID), desk.Forbidden, "")
			refused(t, change(li, mine.ID, inbox.ViewInput{Scope: scope}), desk.Forbidden, "")
			refused(t, change(li, 0, inbox.ViewInput{Name: name, Scope: ptr(inbox.SharedWithRole), Role: ptr(desk.Supervisor)}), desk.Forbidden, "")
			refused(t, change(boss, 0, inbox.ViewInput{Name: name, Scope: ptr(inbox.SharedWithRole), Role: ptr(desk.Liaison)}), desk.Invalid, "")
			refused(t, change(boss, 99, inbox.ViewInput{Name: name}), desk.NotFound, "")
			_, err := s.SavedViews(t.Context(), liaison)
			refused(t, err, desk.Forbidden, "")
			refused(t, change(liaison, 0, inbox.ViewInput{Name: name}), desk.Forbidden, "")
			refused(t, s.OrderViews(t.Context(), wang, []int64{mine.ID}), desk.Invalid, "")
			refused(t, s.OrderViews(t.Context(), wang, []int64{all.ID, all.ID}), desk.Invalid, "")
			for _, f := range []inbox.ViewFilter{{View: "x"}, {State: "x"}, {Kind: "x"}, {Sort: "x"}, {Priority: ptr(inbox.Priority(9))}, {From: "2026-11-01"}, {Query: "x", To: "gestern"}, {View: inbox.ViewAll, Tag: "急"}} {
				refused(t, change(li, 0, inbox.ViewInput{Name: name, Filter: &f}), desk.Invalid, "")
			}
		})
		// Somebody's order is nobody else's.
		must(t, s.OrderViews(t.Context(), li, []int64{all.ID, mine.ID}))
		sees(t, d, li, "紧急", "我的投诉", "评论")
		sees(t, d, wang, "评论", "紧急")
		must(t, change(boss, team.ID, inbox.ViewInput{Role: ptr(desk.Supervisor), Name: ptr("主管的评论")}))
		sees(t, d, boss, "主管的评论", "紧急")
		sees(t, d, wang, "紧急")
		must(t, change(boss, all.ID, inbox.ViewInput{Scope: ptr(inbox.NotShared)}))
		sees(t, d, wang)
		must(t, s.DeleteView(t.Context(), li, mine.ID))
		sees(t, d, li, "主管的评论") // it is li's, whoever else has it
	})
}

// The figures are of what each person sees, and end where nobody counts on.
func TestViewCounts(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, other := d.Service, d.AddAccount(t, "a"), d.AddAccount(t, "b")
		li, boss := d.Staff(t, "li"), d.Supervisor(t, "boss")
		narrow := d.Staff(t, "narrow", other)
		keepsView(t, d, boss, "全部待办", inbox.SharedWithAll, inbox.ViewFilter{})
		keepsView(t, d, boss, "我的", inbox.SharedWithAll, inbox.ViewFilter{AssigneeMe: true})
		keepsView(t, d, boss, "紧急", inbox.SharedWithAll, inbox.ViewFilter{Priority: ptr(inbox.Urgent)})
		keepsView(t, d, boss, "超时", inbox.SharedWithAll, inbox.ViewFilter{View: inbox.ViewAll, Late: true})
		keepsView(t, d, boss, "已办结", inbox.SharedWithAll, inbox.ViewFilter{View: inbox.ViewClosed})
		keepsView(t, d, boss, "搜索", inbox.SharedWithAll, inbox.ViewFilter{View: inbox.ViewAll, Query: "居住证"})
		says := func(account int64, n int) (last inbox.TicketID) {
			for range n {
				last = d.NewCitizen(account).Says(t, "居住证怎么办理")
			}
			return last
		}
		first := says(account, 3)
		says(other, 2)
		must(t, s.Assign(t.Context(), boss, first, li.UserID))
		must(t, s.Prioritize(t.Context(), boss, first, inbox.Urgent))
		counts := func(by desk.Actor, want ...inbox.ViewCount) {
			t.Helper()
			got, err := s.ViewCounts(t.Context(), by)
			must(t, err)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s counts %v, want %v", by.Name, got, want)
			}
		}
		counts(li, inbox.ViewCount{ID: 1, Count: 5}, inbox.ViewCount{ID: 2, Count: 1}, inbox.ViewCount{ID: 3, Count: 1}, inbox.ViewCount{ID: 4})
		counts(boss, inbox.ViewCount{ID: 1, Count: 5}, inbox.ViewCount{ID: 2}, inbox.ViewCount{ID: 3, Count: 1}, inbox.ViewCount{ID: 4})
		counts(narrow, inbox.ViewCount{ID: 1, Count: 2}, inbox.ViewCount{ID: 2}, inbox.ViewCount{ID: 3}, inbox.ViewCount{ID: 4})
		d.Pass(25 * time.Hour)
		says(account, 97)
		counts(li, inbox.ViewCount{ID: 1, Count: 99, More: true}, inbox.ViewCount{ID: 2, Count: 1}, inbox.ViewCount{ID: 3, Count: 1}, inbox.ViewCount{ID: 4, Count: 5})
	})
}

// A list by team has what the members have and what nobody has and the team
// serves, as far as its reader sees it.
func TestByTeam(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, other := d.Service, d.AddAccount(t, "a"), d.AddAccount(t, "b")
		boss, a, b, narrow := d.Supervisor(t, "boss"), d.Staff(t, "a"), d.Staff(t, "b"), d.Staff(t, "narrow", other)
		of := func(name string, accounts []int64, kind channel.Kind, members ...desk.Actor) int64 {
			return teams(t, d, name, inbox.ByHand, members, func(in *inbox.TeamInput) { in.AccountIDs, in.Kind = &accounts, &kind }).ID
		}
		first, second := of("一组", []int64{account}, channel.Private, a), of("二组", []int64{}, "", b)
		mine, others, free, elsewhere := lots(t, d, account, 1)[0], lots(t, d, account, 1)[0], lots(t, d, account, 1)[0], lots(t, d, other, 1)[0]
		hers := lots(t, d, other, 1)[0]
		must(t, s.Assign(t.Context(), boss, mine, a.UserID))
		must(t, s.Assign(t.Context(), boss, others, b.UserID))
		must(t, s.Assign(t.Context(), boss, hers, a.UserID))
		list := func(by desk.Actor, team int64, change ...func(*inbox.TicketFilter)) []inbox.TicketID {
			t.Helper()
			f := inbox.TicketFilter{Actor: by, View: inbox.ViewOpen, TeamID: team, Limit: 50}
			for _, c := range change {
				c(&f)
			}
			page, err := s.Tickets(t.Context(), f)
			must(t, err)
			var ids []inbox.TicketID
			for _, row := range page.Items {
				ids = append(ids, row.ID)
			}
			slices.Sort(ids)
			return ids
		}
		check := func(what string, got []inbox.TicketID, want ...inbox.TicketID) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		check("one account", list(boss, first), mine, free, hers)
		check("all accounts", list(boss, second), others, free, elsewhere)
		check("as far as it is seen", list(narrow, first), hers)
		check("with more", list(boss, first, func(f *inbox.TicketFilter) { f.Unassigned = true }), free)
		check("no team", list(boss, 99))
		must(t, s.Snooze(t.Context(), a, mine, d.Now().Add(time.Hour)))
		check("put off", list(boss, first, func(f *inbox.TicketFilter) { f.View = inbox.ViewSnoozed }), mine)

		keepsView(t, d, narrow, "一组的", inbox.NotShared, inbox.ViewFilter{TeamID: first})
		views, err := s.SavedViews(t.Context(), narrow)
		must(t, err)
		counts, err := s.ViewCounts(t.Context(), narrow)
		must(t, err)
		if views[0].Filter.TeamID != first || len(counts) != 1 || counts[0].Count != 1 {
			t.Errorf("stored %+v, counted %+v", views[0].Filter, counts)
		}
		_, err = s.SaveTeam(t.Context(), boss, first, inbox.TeamInput{Enabled: ptr(false)})
		must(t, err)
		check("switched off", list(boss, first), hers)
		must(t, s.DeleteTeam(t.Context(), boss, first))
		check("gone", list(boss, first))
		_, err = s.Tickets(t.Context(), inbox.TicketFilter{Actor: boss, View: inbox.ViewClosed, TeamID: second})
		refused(t, err, desk.Invalid, "")
		names, err := s.TeamNames(t.Context(), narrow)
		must(t, err)
		if len(names) != 1 || names[0].Name != "二组" {
			t.Errorf("names %v", names)
		}
		_, err = s.TeamNames(t.Context(), d.Liaison(t, "liaison", 1))
		refused(t, err, desk.Forbidden, "")
	})
}
