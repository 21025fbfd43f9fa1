package inboxtest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/search"
)

// told records that something happened to the tickets, as every use case does,
// and brings the index up to date.
func (s *suite) told(tickets ...inbox.TicketID) {
	s.Helper()
	s.write(func(tx inbox.Tx) error {
		for _, id := range tickets {
			e := desk.NewEvent(inbox.MessageReceived, Morning, struct{}{})
			e.TicketID = int64(id)
			if err := tx.Record(s.Context(), e); err != nil {
				return err
			}
		}
		return nil
	})
	s.Index(s, search.Words{})
}

// found reads all pages of a search, each of which must be full but the last.
func (s *suite) found(f inbox.SearchFilter) (ids []inbox.TicketID) {
	s.Helper()
	f.Words = search.Words{}.Parse(f.Query)
	for range 100 {
		page, err := s.store.Search(s.Context(), f)
		if err != nil {
			s.Fatalf("search %+v: %v", f.TicketFilter, err)
		}
		if len(page.Items) > f.Limit || len(page.Items) < f.Limit && page.Next != "" {
			s.Fatalf("a page of %d with next %q for a limit of %d", len(page.Items), page.Next, f.Limit)
		}
		for _, hit := range page.Items {
			ids = append(ids, hit.ID)
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return ids
		}
	}
	s.Fatalf("search %+v does not end", f.TicketFilter)
	return nil
}

// search finds words as they are typed: what means something to SQL does not.
func (s *suite) search() {
	account := s.AddAccount(s, "a")
	subjects := map[string]inbox.TicketID{}
	var all []inbox.TicketID
	for i, subject := range []string{"100%退款", "100元退款", "a_b", "axb", `c\d`, "cd", "it's", "居住证Hukou"} {
		t := s.ticket(s.contact(account, fmt.Sprint(i)), func(t *inbox.Ticket) { t.Subject = subject })
		subjects[subject] = t.ID
		all = append(all, t.ID)
	}
	day := s.ticket(s.contact(account, "day"), func(t *inbox.Ticket) { t.Number = "20261123-0001" })
	many := s.ticket(s.contact(account, "many"), func(t *inbox.Ticket) { t.Number = "20261122-10000" })
	s.told(append(all, day.ID, many.ID)...)
	find := func(q string) []inbox.TicketID {
		s.Helper()
		ids := s.found(inbox.SearchFilter{TicketFilter: inbox.TicketFilter{Actor: desk.System(), Query: q, Limit: 50}})
		if !slices.IsSortedFunc(ids, func(a, b inbox.TicketID) int { return cmp.Compare(b, a) }) {
			s.Errorf("search %q is not newest first: %v", q, ids)
		}
		slices.Sort(ids)
		return ids
	}
	for q, want := range map[string][]string{
		"100%": {"100%退款"}, "a_b": {"a_b"}, `c\d`: {`c\d`}, "it's": {"it's"}, "退款": {"100%退款", "100元退款"},
		"款": {"100%退款", "100元退款"}, "退款 100元": {"100元退款"}, "hukou": {"居住证Hukou"}, "HUK": {"居住证Hukou"}, "ukou": nil,
		" 居住证 ": {"居住证Hukou"}, "没有这个": nil, "住居": nil, `";-- drop`: nil, "c": {`c\d`, "cd"},
	} {
		var ids []inbox.TicketID
		for _, subject := range want {
			ids = append(ids, subjects[subject])
		}
		slices.Sort(ids)
		if got := find(q); !slices.Equal(got, ids) {
			s.Errorf("search %q found %v, want %v (%v)", q, got, ids, want)
		}
	}
	for q, want := range map[string]int{"20": 10, "2026": 10, "202611": 10, "20261122": 9, "20261123": 1, "20261122-": 9, "20261122-000": 8,
		"20261122-1": 1, "20261122-10000": 1, "20261124": 0, "20261122-00011": 0, "1123-0001": 1} {
		if got := find(q); len(got) != want {
			s.Errorf("search for number %q found %d, want %d", q, len(got), want)
		}
	}
	s.same("the day after", find("20261123"), []inbox.TicketID{day.ID})
	s.same("a busy day", find("20261122-1"), []inbox.TicketID{many.ID})
	for _, cursor := range []string{"x", "!!", base64.RawURLEncoding.EncodeToString([]byte("f-1")), base64.RawURLEncoding.EncodeToString([]byte("n1.1")), strings.Repeat("A", 4000)} {
		_, err := s.store.Search(s.Context(), inbox.SearchFilter{TicketFilter: inbox.TicketFilter{Actor: desk.System(), Limit: 5, Cursor: cursor}, Words: search.Words{}.Parse("退款")})
		s.code("cursor "+cursor[:min(len(cursor), 9)], err, desk.Invalid)
	}
}

// searchFilters compares every kind of search with what it must find, for
// everybody, page by page.
func (s *suite) searchFilters() {
	w := s.world()
	random := rand.New(rand.NewPCG(5, 6))
	ids := make([]inbox.TicketID, len(w.all))
	for i := range w.all {
		t := &w.all[i]
		t.Tags = [][]string{nil, {"噪音"}, {"噪音扰民", "50%"}}[random.IntN(3)]
		ids[i] = t.ID
		s.write(func(tx inbox.Tx) error { return tx.SaveTicket(s.Context(), t) })
	}
	s.told(ids...)
	filters := []func(f *inbox.SearchFilter){
		func(*inbox.SearchFilter) {},
		func(f *inbox.SearchFilter) {
			f.State = []inbox.State{inbox.Open, inbox.WithDepartment, inbox.Closed}[random.IntN(3)]
		},
		func(f *inbox.SearchFilter) { f.Kind = channel.Comment },
		func(f *inbox.SearchFilter) { f.AccountID = w.accounts[random.IntN(3)] },
		func(f *inbox.SearchFilter) { f.AssigneeID = w.users[random.IntN(3)] },
		func(f *inbox.SearchFilter) { f.Unassigned = true },
		func(f *inbox.SearchFilter) { f.DepartmentID = w.departments[random.IntN(3)] },
		func(f *inbox.SearchFilter) { f.Tag = []string{"噪音", "噪音扰民", "50%", "噪"}[random.IntN(4)] },
		func(f *inbox.SearchFilter) { f.From, f.To = Morning, Morning.Add(time.Millisecond) },
		func(f *inbox.SearchFilter) { f.From = Morning.Add(time.Millisecond) },
		func(f *inbox.SearchFilter) { f.To = Morning },
		func(f *inbox.SearchFilter) { f.State, f.Kind, f.AccountID = inbox.Open, channel.Private, w.accounts[0] },
	}
	views := []inbox.View{"", inbox.ViewOpen, inbox.ViewMine, inbox.ViewUnassigned, inbox.ViewDueSoon, inbox.ViewReview, inbox.ViewAll, inbox.ViewClosed}
	for name, actor := range w.actors {
		for _, view := range views {
			for i, filter := range filters {
				if actor.Role != desk.Admin && (i+len(view)+len(name))%3 != 0 {
					continue // every third is enough for the others
				}
				f := inbox.SearchFilter{TicketFilter: inbox.TicketFilter{Actor: actor, View: view, DueBefore: dueSoon, Limit: 1 + random.IntN(9)}}
				f.Query = []string{"公积", "hello", "WORLD", "居住证", "证", "2026", "没有"}[random.IntN(7)]
				filter(&f)
				if got, want := s.found(f), w.sought(f); !slices.Equal(got, want) {
					s.Errorf("%s, view %q, %q, filter %d:\ngot  %v\nwant %v", name, view, f.Query, i, got, want)
				}
			}
		}
	}
}

// sought are the ids of the tickets a search must find, the newest first.
func (w *world) sought(f inbox.SearchFilter) (ids []inbox.TicketID) {
	for _, t := range slices.Backward(w.all) {
		if chosen(f.TicketFilter, t) && strings.Contains(strings.ToLower(t.Subject+t.Number), strings.ToLower(f.Query)) &&
			(f.Tag == "" || slices.Contains(t.Tags, f.Tag)) && !t.CreatedAt.Before(f.From) && (f.To.IsZero() || t.CreatedAt.Before(f.To)) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}
