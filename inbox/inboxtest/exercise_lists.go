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
)

// world is what the lists are exercised on: tickets of every kind, many of
// which share their deadline and the time of their last message.
type world struct {
	accounts, users, departments []int64
	all                          []inbox.Ticket
	actors                       map[string]desk.Actor
}

// dueSoon parts the deadlines of the world.
var dueSoon = at(1003)

func (s *suite) world() *world {
	ctx := s.Context()
	w := &world{}
	for i := range 3 {
		w.accounts = append(w.accounts, s.AddAccount(s, fmt.Sprint("account ", i)))
		w.users = append(w.users, s.AddUser(s, desk.Actor{Name: fmt.Sprint("user ", i), Role: desk.Staff, AllAccounts: true}))
		s.write(func(tx inbox.Tx) error {
			id, err := tx.AddDepartment(ctx, inbox.Department{Code: fmt.Sprint(i), Name: fmt.Sprint("department ", i)})
			w.departments = append(w.departments, id)
			return err
		})
	}
	states := []inbox.State{inbox.New, inbox.Open, inbox.WithDepartment, inbox.InReview, inbox.Replied, inbox.Closed, inbox.Ignored}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 70 {
		c := s.contact(w.accounts[random.IntN(3)], fmt.Sprint("contact ", i))
		w.all = append(w.all, s.ticket(c, func(t *inbox.Ticket) {
			t.State = states[i%len(states)]
			if t.State.Waits() && random.IntN(4) > 0 {
				t.DueAt = at(1000 + random.IntN(6))
			}
			if random.IntN(3) == 0 {
				t.Kind, t.CommentID = channel.Comment, fmt.Sprint("comment ", i)
			}
			t.Priority = inbox.Priority(random.IntN(4) - 1)
			t.InFront = random.IntN(6) == 0
			t.LastMessageAt = at(random.IntN(8))
			if t.State.Waits() && random.IntN(5) == 0 {
				t.SnoozedUntil, t.SnoozedBy = at(2000+random.IntN(3)), w.users[0]
			}
			t.AssigneeID = []int64{0, w.users[0], w.users[1]}[random.IntN(3)]
			if t.DepartmentID = []int64{0, w.departments[0], w.departments[1]}[random.IntN(3)]; t.DepartmentID != 0 {
				t.Departments = []int64{t.DepartmentID}
			}
			if i%5 == 0 { // one helps
				t.Departments = w.departments[:2]
			}
			t.Tags = [][]string{nil, {"急"}, {"急", "户籍"}, {"急件"}}[random.IntN(4)]
			t.Category = []string{"", "投诉", "咨询"}[random.IntN(3)]
			t.Priority = []inbox.Priority{inbox.Normal, inbox.Normal, inbox.Urgent, inbox.Low}[random.IntN(4)]
			t.Subject = []string{"居住证怎么办理", "公积金", "Hello World"}[random.IntN(3)]
		}))
	}
	for i, t := range w.all {
		for _, department := range t.Departments {
			for range 1 + i%2 { // some were given there twice
				s.write(func(tx inbox.Tx) error {
					return tx.AddEscalation(ctx, &inbox.Escalation{TicketID: t.ID, DepartmentID: department, State: inbox.Accepted, At: at(1), UpdatedAt: at(1)})
				})
			}
		}
	}
	w.actors = map[string]desk.Actor{
		"admin":                          {UserID: w.users[0], Role: desk.Admin, AllAccounts: true},
		"supervisor":                     {UserID: w.users[0], Role: desk.Supervisor, AllAccounts: true},
		"staff":                          {UserID: w.users[1], Role: desk.Staff, AllAccounts: true},
		"staff of one account":           {UserID: w.users[1], Role: desk.Staff, AccountIDs: w.accounts[:1]},
		"staff of two accounts":          {UserID: w.users[0], Role: desk.Staff, AccountIDs: w.accounts[1:]},
		"staff of no account":            {UserID: w.users[0], Role: desk.Staff},
		"liaison":                        {UserID: w.users[2], Role: desk.Liaison, DepartmentID: w.departments[0], AllAccounts: true},
		"liaison of one account":         {UserID: w.users[2], Role: desk.Liaison, DepartmentID: w.departments[1], AccountIDs: w.accounts[:1]},
		"liaison of a department unused": {UserID: w.users[2], Role: desk.Liaison, DepartmentID: w.departments[2], AllAccounts: true},
		"liaison by a link":              {UserID: w.users[2], Role: desk.Liaison, DepartmentID: w.departments[0], AllAccounts: true, Part: desk.Part{EscalationID: 1, TicketID: int64(w.all[3].ID)}},
		"liaison of no department":       {UserID: w.users[2], Role: desk.Liaison, AllAccounts: true},
		"somebody without a role":        {UserID: w.users[2], AllAccounts: true},
	}
	return w
}

// chosen says whether the filter chooses a ticket, by the words of the ports.
func chosen(f inbox.TicketFilter, t inbox.Ticket) bool {
	waits := t.State.Waits() && t.SnoozedUntil.IsZero()
	view := map[inbox.View]bool{
		"": true, inbox.ViewAll: true, inbox.ViewOpen: waits, inbox.ViewMine: waits && t.AssigneeID == f.Actor.UserID,
		inbox.ViewUnassigned: waits && t.AssigneeID == 0, inbox.ViewDueSoon: waits && !t.DueAt.IsZero() && !t.DueAt.After(f.DueBefore),
		inbox.ViewReview: waits && t.State == inbox.InReview, inbox.ViewSnoozed: !t.SnoozedUntil.IsZero(), inbox.ViewClosed: t.State.Ended(),
	}
	return view[f.View] && f.Actor.SeesTicket(int64(t.ID), t.AccountID, t.Departments) &&
		(f.State == "" || f.State == t.State) && (f.Kind == "" || f.Kind == t.Kind) &&
		(f.AccountID == 0 || f.AccountID == t.AccountID) && (f.AssigneeID == 0 || f.AssigneeID == t.AssigneeID) &&
		(f.Tag == "" || slices.Contains(t.Tags, f.Tag)) && (f.Category == "" || f.Category == t.Category) &&
		(f.Priority == nil || *f.Priority == t.Priority) && (!f.Late || (waits || f.View == inbox.ViewSnoozed) && !t.DueAt.IsZero() && !t.DueAt.After(f.Now)) &&
		(!f.Unassigned || t.AssigneeID == 0) && (f.DepartmentID == 0 || f.DepartmentID == t.DepartmentID)
}

// want are the ids of the chosen tickets in order: those who wait by urgency,
// lane by lane and there by deadline, and after them the others by
// their newest message; or all by their newest message. Lists of those who wait
// are by urgency unless told otherwise.
func (w *world) want(f inbox.TicketFilter) (ids []inbox.TicketID) {
	var list []inbox.Ticket
	for _, t := range w.all {
		if chosen(f, t) {
			list = append(list, t)
		}
	}
	waits := func(t inbox.Ticket) bool { return t.State.Waits() && t.SnoozedUntil.IsZero() }
	waiting := f.View != "" && f.View != inbox.ViewAll && f.View != inbox.ViewClosed || f.View != inbox.ViewClosed && (f.State.Waits() || f.Late)
	byDue := f.Sort == inbox.SortDue || waiting && f.Sort == ""
	slices.SortFunc(list, func(a, b inbox.Ticket) int {
		if f.View == inbox.ViewSnoozed {
			return cmp.Or(a.SnoozedUntil.Compare(b.SnoozedUntil), cmp.Compare(a.ID, b.ID))
		}
		if byDue && waits(a) != waits(b) {
			return map[bool]int{true: -1, false: 1}[waits(a)]
		}
		if !byDue || !waits(a) {
			return cmp.Or(b.LastMessageAt.Compare(a.LastMessageAt), cmp.Compare(b.ID, a.ID))
		}
		if a.Lane() != b.Lane() {
			return int(a.Lane() - b.Lane())
		}
		if a.DueAt.IsZero() != b.DueAt.IsZero() {
			return map[bool]int{true: 1, false: -1}[a.DueAt.IsZero()]
		}
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	for _, t := range list {
		ids = append(ids, t.ID)
	}
	return ids
}

func (w *world) snoozed(id inbox.TicketID) bool {
	return slices.ContainsFunc(w.all, func(t inbox.Ticket) bool { return t.ID == id && !t.SnoozedUntil.IsZero() })
}

// pages reads all pages of a list.
func (s *suite) pages(f inbox.TicketFilter) (ids []inbox.TicketID) {
	s.Helper()
	for range 100 {
		page, err := s.store.Tickets(s.Context(), f)
		if err != nil {
			s.Fatalf("list %+v: %v", f, err)
		}
		if len(page.Items) > f.Limit || len(page.Items) < f.Limit && page.Next != "" {
			s.Fatalf("a page of %d with next %q for a limit of %d", len(page.Items), page.Next, f.Limit)
		}
		for _, row := range page.Items {
			ids = append(ids, row.ID)
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return ids
		}
	}
	s.Fatalf("list %+v does not end", f)
	return nil
}

// lists compares every kind of list with what it must hold, page by page.
func (s *suite) lists() {
	w := s.world()
	random := rand.New(rand.NewPCG(3, 4))
	views := []inbox.View{"", inbox.ViewOpen, inbox.ViewMine, inbox.ViewUnassigned, inbox.ViewDueSoon, inbox.ViewReview, inbox.ViewSnoozed, inbox.ViewAll, inbox.ViewClosed}
	filters := []func(f *inbox.TicketFilter){
		func(*inbox.TicketFilter) {},
		func(f *inbox.TicketFilter) {
			f.State = []inbox.State{inbox.Open, inbox.WithDepartment, inbox.Closed}[random.IntN(3)]
		},
		func(f *inbox.TicketFilter) { f.Kind = channel.Comment },
		func(f *inbox.TicketFilter) { f.AccountID = w.accounts[random.IntN(3)] },
		func(f *inbox.TicketFilter) { f.AssigneeID = w.users[random.IntN(3)] },
		func(f *inbox.TicketFilter) { f.Unassigned = true },
		func(f *inbox.TicketFilter) { f.DepartmentID = w.departments[random.IntN(3)] },
		func(f *inbox.TicketFilter) { f.State, f.Kind, f.AccountID = inbox.Open, channel.Private, w.accounts[0] },
		func(f *inbox.TicketFilter) { f.Tag = []string{"急", "户籍", "没有"}[random.IntN(3)] },
		func(f *inbox.TicketFilter) { f.Category = []string{"投诉", "咨询"}[random.IntN(2)] },
		func(f *inbox.TicketFilter) {
			f.Priority = &[]inbox.Priority{inbox.Low, inbox.Normal, inbox.Urgent}[random.IntN(3)]
		},
		func(f *inbox.TicketFilter) { f.Late, f.Now = true, at(1002) },
		func(f *inbox.TicketFilter) { f.Late, f.Now, f.Category = true, at(1004), "投诉" },
	}
	for name, actor := range w.actors {
		for _, view := range views {
			for i, filter := range filters {
				if actor.Role != desk.Admin && (i+len(view)+len(name))%3 != 0 {
					continue // every third is enough for the others
				}
				f := inbox.TicketFilter{Actor: actor, View: view, DueBefore: dueSoon, Limit: 1 + random.IntN(9), Sort: []inbox.Sort{"", inbox.SortDue, inbox.SortNewest}[random.IntN(3)]}
				filter(&f)
				want := w.want(f)
				if got := s.pages(f); !slices.Equal(got, want) {
					s.Errorf("%s, view %q by %q, filter %d %+v:\ngot  %v\nwant %v", name, view, f.Sort, i, f, got, want)
				}
				if !f.Waits() {
					continue
				}
				want = slices.DeleteFunc(want, w.snoozed)
				for _, most := range []int{1, 4, 100} {
					if n, err := s.store.CountUpTo(s.Context(), []inbox.TicketFilter{f, f}, most); err != nil || !slices.Equal(n, []int{min(most, len(want)), min(most, len(want))}) {
						s.Errorf("%s, view %q, filter %d: counted %d up to %d, %v, want %d", name, view, i, n, most, err, len(want))
					}
				}
			}
		}
		s.counted(w, name, actor)
		s.rows(w, name, actor)
	}
}

// counted: the figures beside the views are the lengths of their lists.
func (s *suite) counted(w *world, name string, actor desk.Actor) {
	s.Helper()
	count := func(v inbox.View, dueBefore time.Time) int {
		return len(w.want(inbox.TicketFilter{Actor: actor, View: v, DueBefore: dueBefore}))
	}
	want := inbox.Counts{
		Open: count(inbox.ViewOpen, dueSoon), Mine: count(inbox.ViewMine, dueSoon), Unassigned: count(inbox.ViewUnassigned, dueSoon),
		Snoozed: count(inbox.ViewSnoozed, dueSoon),
		DueSoon: count(inbox.ViewDueSoon, dueSoon), Overdue: count(inbox.ViewDueSoon, at(1001)), InReview: count(inbox.ViewReview, dueSoon),
	}
	got, err := s.store.TicketCounts(s.Context(), actor, at(1001), dueSoon)
	s.code("counts", err, "")
	s.same("counts of "+name, got, want)
}

// rows: a row carries the names of what its ticket points at.
func (s *suite) rows(w *world, name string, actor desk.Actor) {
	s.Helper()
	page, err := s.store.Tickets(s.Context(), inbox.TicketFilter{Actor: actor, View: inbox.ViewAll, Limit: 100})
	s.code("rows", err, "")
	for _, row := range page.Items {
		i := slices.IndexFunc(w.all, func(t inbox.Ticket) bool { return t.ID == row.ID })
		s.same("ticket in a list of "+name, row.Ticket, w.all[i])
		if row.AccountName != fmt.Sprint("account ", slices.Index(w.accounts, row.AccountID)) || row.Contact.ExternalID != fmt.Sprint("contact ", i) ||
			row.AssigneeName != nameOf("user ", w.users, row.AssigneeID) || row.DepartmentName != nameOf("department ", w.departments, row.DepartmentID) ||
			row.Platform != "test" || len(row.Clocks) != 0 || row.Post != nil {
			s.Errorf("row of ticket %d for %s: %+v", row.ID, name, row)
		}
	}
}

func nameOf(what string, ids []int64, id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprint(what, slices.Index(ids, id))
}

// cursors that are not ours are refused; they never reach the database.
func (s *suite) cursors() {
	for _, cursor := range []string{"x", "!!", "MTIz", base64.RawURLEncoding.EncodeToString([]byte("1.2.3")), base64.RawURLEncoding.EncodeToString([]byte("1.x")),
		base64.RawURLEncoding.EncodeToString([]byte("99999999999999999999.1")), strings.Repeat("A", 4000)} {
		for _, view := range []inbox.View{inbox.ViewOpen, inbox.ViewAll} {
			_, err := s.store.Tickets(s.Context(), inbox.TicketFilter{Actor: desk.System(), View: view, Limit: 5, Cursor: cursor})
			s.code("cursor "+cursor[:min(len(cursor), 9)], err, desk.Invalid)
		}
	}
}

func (s *suite) timeline() {
	ctx := s.Context()
	author := s.AddUser(s, desk.Actor{Name: "作者", Role: desk.Staff})
	reviewer := s.AddUser(s, desk.Actor{Name: "审核", Role: desk.Supervisor})
	noted := s.AddUser(s, desk.Actor{Name: "备注", Role: desk.Staff})
	c := s.contact(s.AddAccount(s, "a"), "o")
	t := s.ticket(c, nil)
	empty, err := s.store.Timeline(ctx, s.ticket(s.contact(c.AccountID, "o2"), nil).ID)
	if err != nil || len(empty.Messages)+len(empty.Replies)+len(empty.Notes)+len(empty.Events) != 0 || empty.LastEvent != 0 {
		s.Errorf("timeline of nothing: %+v, %v", empty, err)
	}
	first, second := s.message(t, channel.Text, 1), s.message(t, channel.Notice, 2)
	r := s.reply(t, func(r *inbox.Reply) { r.AuthorID, r.ReviewerID = author, reviewer })
	notes := []inbox.Note{{TicketID: t.ID, AuthorID: noted, Text: "一", CreatedAt: at(3)}, {TicketID: t.ID, AuthorID: noted, Text: "二 @市局", Departments: []int64{3}, CreatedAt: at(4),
		Mentions: []inbox.Mention{{DepartmentID: 3, From: 2, To: 5}}}}
	for i := range notes {
		s.write(func(tx inbox.Tx) error { return tx.AddNote(ctx, &notes[i]) })
	}
	e := desk.NewEvent(inbox.TicketAssigned, at(5), map[string]string{"to": "1"})
	e.TicketID, e.AccountID, e.Departments, e.ActorID = int64(t.ID), c.AccountID, []int64{3, 12}, author
	hidden := desk.NewEvent(inbox.MessageReceived, at(6), struct{}{}) // the message itself is shown
	hidden.TicketID = int64(t.ID)
	s.write(func(tx inbox.Tx) error { return tx.Record(ctx, e, hidden) })
	e.ID = s.Head(s) - 1
	tl, err := s.store.Timeline(ctx, t.ID)
	s.code("timeline", err, "")
	if len(tl.Messages) != 2 || tl.Messages[0].ID != first.ID || tl.Messages[1].ID != second.ID || tl.Messages[1].Type != channel.Notice {
		s.Errorf("messages: %+v", tl.Messages)
	}
	s.same("replies", tl.Replies, []inbox.Reply{r})
	s.same("notes", tl.Notes, notes)
	s.same("events", tl.Events, []desk.Event{e})
	s.same("last event", tl.LastEvent, s.Head(s))
	s.same("names", tl.Names, map[int64]string{author: "作者", reviewer: "审核", noted: "备注"})
}

func (s *suite) trouble() {
	ctx := s.Context()
	a, b := s.AddAccount(s, "a"), s.AddAccount(s, "b")
	mine, other := s.ticket(s.contact(a, "o"), func(t *inbox.Ticket) { t.DepartmentID = 5 }), s.ticket(s.contact(b, "o"), nil)
	for _, state := range []inbox.ReplyState{inbox.ReplySent, inbox.ReplyApproved, inbox.ReplySending, inbox.ReplyInReview, inbox.ReplyCancelled} {
		s.reply(mine, func(r *inbox.Reply) { r.State = state })
	}
	failed := s.reply(mine, func(r *inbox.Reply) { r.State, r.ErrorCode = inbox.ReplyFailed, "45015" })
	unknown := s.reply(other, func(r *inbox.Reply) { r.State = inbox.ReplyUnknown })
	s.write(func(tx inbox.Tx) error {
		for i, account := range []int64{a, b, b} {
			p := inbox.Payload{AccountID: account, ExternalID: fmt.Sprint(i), ReceivedAt: at(i), Error: "broken", Body: []byte("x")}
			if i == 2 {
				p.Error = ""
			}
			if _, _, err := tx.AddPayload(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
	for name, tt := range map[string]struct {
		actor    desk.Actor
		limit    int
		replies  []inbox.ReplyID
		payloads []string
	}{
		"all":         {desk.System(), 10, []inbox.ReplyID{unknown.ID, failed.ID}, []string{"1", "0"}},
		"one of each": {desk.System(), 1, []inbox.ReplyID{unknown.ID}, []string{"1"}},
		"one account": {desk.Actor{Role: desk.Staff, AccountIDs: []int64{a}}, 10, []inbox.ReplyID{failed.ID}, []string{"0"}},
		"no account":  {desk.Actor{Role: desk.Staff}, 10, nil, nil},
	} {
		got, err := s.store.Trouble(ctx, tt.actor, tt.limit)
		s.code(name, err, "")
		var replies []inbox.ReplyID
		for _, r := range got.Replies {
			replies = append(replies, r.Reply.ID)
			if r.Ticket.ID != r.Reply.TicketID || r.Ticket.Number == "" || r.Ticket.AccountName == "" {
				s.Errorf("%s: reply with ticket %+v", name, r.Ticket)
			}
		}
		var payloads []string
		for _, p := range got.Payloads {
			payloads = append(payloads, p.ExternalID)
			if p.Error != "broken" || p.Body != nil || p.ID == 0 {
				s.Errorf("%s: payload %+v", name, p)
			}
		}
		s.same(name+": replies", replies, tt.replies)
		s.same(name+": payloads", payloads, tt.payloads)
		counts, err := s.store.TicketCounts(ctx, tt.actor, at(0), at(0))
		if err != nil || tt.limit > 1 && counts.Failed != len(tt.replies) {
			s.Errorf("%s: counts %d failed, %v; want %d", name, counts.Failed, err, len(tt.replies))
		}
	}
	whole := s.reply(mine, func(r *inbox.Reply) { r.State, r.ErrorCode = inbox.ReplyFailed, "45047" })
	got, err := s.store.Trouble(ctx, desk.System(), 10)
	s.code("trouble", err, "")
	s.same("a troubled reply", got.Replies[0].Reply.CreatedAt, whole.CreatedAt)
}
