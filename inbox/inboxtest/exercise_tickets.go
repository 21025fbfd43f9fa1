package inboxtest

import (
	"fmt"
	"slices"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

func (s *suite) tickets() {
	ctx := s.Context()
	account := s.AddAccount(s, "a")
	c := s.contact(account, "o")
	s.write(func(tx inbox.Tx) error {
		for _, want := range []struct {
			day string
			n   int64
		}{{"20261122", 1}, {"20261122", 2}, {"20261123", 1}, {"20261122", 3}} {
			if n, err := tx.NextNumber(ctx, want.day); err != nil || n != want.n {
				s.Errorf("number of %s: %d, %v; want %d", want.day, n, err, want.n)
			}
		}
		return nil
	})
	t := inbox.Ticket{
		Number: "20261121-0001", AccountID: account, ContactID: c.ID, Kind: channel.Comment, PostID: 5, CommentID: "c1", State: inbox.New,
		Priority: inbox.High, Subject: "主题", Preview: "预览", AssigneeID: 3, DepartmentID: 4, Departments: []int64{4, 11}, Tags: []string{"一", `"二"`}, DueAt: at(9),
		LastMessageAt: at(1), CreatedAt: at(2), UpdatedAt: at(3),
	}
	s.write(func(tx inbox.Tx) error { return tx.AddTicket(ctx, &t) })
	byID := func(tx inbox.Tx) (*inbox.Ticket, error) { return tx.LockTicket(ctx, t.ID) }
	got, err := s.locked(byID)
	s.code("lock ticket", err, "")
	s.same("added ticket", got, t)
	t.State, t.Priority, t.Preview, t.AssigneeID, t.DepartmentID, t.Departments, t.Tags = inbox.Closed, inbox.Low, "新", 0, 0, nil, nil
	t.ClosingReason, t.MessageCount, t.Answered, t.DueAt, t.LastMessageAt, t.UpdatedAt, t.ClosedAt = "理由", 7, true, time.Time{}, at(11), at(12), at(13)
	s.write(func(tx inbox.Tx) error { return tx.SaveTicket(ctx, &t) })
	got, _ = s.locked(byID)
	s.same("saved ticket", got, t)
	s.code("saving a ticket that is not there", s.try(func(tx inbox.Tx) error { return tx.SaveTicket(ctx, &inbox.Ticket{ID: 99, State: inbox.New}) }), desk.NotFound)
	_, err = s.locked(func(tx inbox.Tx) (*inbox.Ticket, error) { return tx.LockTicket(ctx, 99) })
	s.code("a ticket that is not there", err, desk.NotFound)
	_, err = s.store.TicketRow(ctx, desk.System(), 99)
	s.code("a row that is not there", err, desk.NotFound)
	s.finding(account, t)
	s.extending(account)
}

// extending: only a private ticket that waits with its clock open takes a
// message in this short way.
func (s *suite) extending(account int64) {
	ctx := s.Context()
	extend := func(c inbox.ContactID) (t inbox.Ticket, err error) {
		return t, s.try(func(tx inbox.Tx) (err error) {
			t, err = tx.ExtendTicket(ctx, c, "新的预览", at(20))
			return err
		})
	}
	for name, change := range map[string]func(*inbox.Ticket){
		"answered":      func(t *inbox.Ticket) { t.State, t.DueAt = inbox.Replied, at(90) },
		"ended":         func(t *inbox.Ticket) { t.State = inbox.Closed },
		"without clock": func(t *inbox.Ticket) { t.State, t.DueAt = inbox.Open, time.Time{} },
		"comment":       func(t *inbox.Ticket) { t.Kind, t.CommentID, t.DueAt = channel.Comment, "c9", at(90) },
	} {
		c := s.contact(account, "extend "+name)
		s.ticket(c, change)
		_, err := extend(c.ID)
		s.code(name, err, desk.NotFound)
	}
	c := s.contact(account, "extend")
	was := s.ticket(c, func(t *inbox.Ticket) {
		t.State, t.DueAt, t.AssigneeID, t.DepartmentID, t.Departments, t.Tags = inbox.WithDepartment, at(90), 3, 4, []int64{2, 4}, []string{"一"}
	})
	t, err := extend(c.ID)
	s.code("extend", err, "")
	s.same("what it tells", t, inbox.Ticket{
		ID: was.ID, Number: was.Number, AccountID: account, ContactID: c.ID, Kind: channel.Private, State: inbox.WithDepartment, AssigneeID: 3, DepartmentID: 4, Departments: []int64{2, 4},
	})
	stored, err := s.locked(func(tx inbox.Tx) (*inbox.Ticket, error) { return tx.LockTicket(ctx, was.ID) })
	s.code("lock", err, "")
	was.MessageCount, was.Preview, was.LastMessageAt, was.UpdatedAt = was.MessageCount+1, "新的预览", at(20), at(20)
	s.same("what it changes", stored, was)
}

// finding exercises the ways from a contact or a comment to a ticket.
func (s *suite) finding(account int64, comment inbox.Ticket) {
	ctx := s.Context()
	c := s.contact(account, "finder")
	active := func(tx inbox.Tx) (*inbox.Ticket, error) { return tx.LockActiveTicket(ctx, c.ID) }
	latest := func(tx inbox.Tx) (*inbox.Ticket, error) { return tx.LockLatestTicket(ctx, c.ID) }
	for name, find := range map[string]func(tx inbox.Tx) (*inbox.Ticket, error){
		"active": active, "latest": latest,
		"comment":    func(tx inbox.Tx) (*inbox.Ticket, error) { return tx.LockCommentTicket(ctx, account, "nothing") },
		"no comment": func(tx inbox.Tx) (*inbox.Ticket, error) { return tx.LockCommentTicket(ctx, account, "") },
		"another account's": func(tx inbox.Tx) (*inbox.Ticket, error) {
			return tx.LockCommentTicket(ctx, account+1, comment.CommentID)
		},
	} {
		_, err := s.locked(find)
		s.code("no ticket, "+name, err, desk.NotFound)
	}
	got, err := s.locked(func(tx inbox.Tx) (*inbox.Ticket, error) { return tx.LockCommentTicket(ctx, account, comment.CommentID) })
	if err != nil || got.ID != comment.ID {
		s.Errorf("comment's ticket: %d, %v", got.ID, err)
	}
	oldest := s.ticket(c, func(t *inbox.Ticket) { t.State, t.ClosedAt = inbox.Closed, at(1) })
	newer := s.ticket(c, func(t *inbox.Ticket) { t.State, t.ClosedAt = inbox.Ignored, at(2) })
	theirs := s.ticket(c, func(t *inbox.Ticket) { t.Kind, t.CommentID = channel.Comment, "theirs" })
	_, err = s.locked(active)
	s.code("active of ended ones and a comment", err, desk.NotFound)
	if got, err := s.locked(latest); err != nil || got.ID != newer.ID {
		s.Errorf("latest: %d, %v; want %d", got.ID, err, newer.ID)
	}
	open := s.ticket(c, func(t *inbox.Ticket) { t.State = inbox.Replied })
	if got, err := s.locked(active); err != nil || got.ID != open.ID {
		s.Errorf("active: %d, %v; want the answered one, %d", got.ID, err, open.ID)
	}
	s.write(func(tx inbox.Tx) error {
		ids, err := tx.ActiveTickets(ctx, c.ID)
		s.same("active tickets", ids, []inbox.TicketID{theirs.ID, open.ID})
		return err
	})
	for name, tt := range map[string]struct {
		actor desk.Actor
		want  []inbox.TicketID
	}{
		"all": {desk.System(), []inbox.TicketID{open.ID, theirs.ID, oldest.ID}}, "nothing": {desk.Actor{Role: desk.Staff, AccountIDs: []int64{account + 1}}, nil},
	} {
		rows, err := s.store.ContactTickets(ctx, tt.actor, newer.ID)
		s.code("history", err, "")
		var ids []inbox.TicketID
		for _, row := range rows {
			ids = append(ids, row.ID)
		}
		s.same("other tickets of the contact, for who sees "+name, ids, tt.want)
	}
}

func (s *suite) constraints() {
	ctx := s.Context()
	account, other := s.AddAccount(s, "a"), s.AddAccount(s, "b")
	c := s.contact(account, "o")
	closed := s.ticket(c, func(t *inbox.Ticket) { t.State = inbox.Closed })
	first := s.ticket(c, nil)
	add := func(change func(t *inbox.Ticket)) error {
		t := s.newTicket(c)
		change(&t)
		return s.try(func(tx inbox.Tx) error { return tx.AddTicket(ctx, &t) })
	}
	for _, state := range []inbox.State{inbox.New, inbox.Open, inbox.WithDepartment, inbox.InReview, inbox.Replied} {
		s.code(fmt.Sprintf("a second private ticket that is %s", state), add(func(t *inbox.Ticket) { t.State = state }), desk.Conflict)
	}
	s.code("an ended one beside it", add(func(t *inbox.Ticket) { t.State = inbox.Closed }), "")
	s.code("reopening another", s.try(func(tx inbox.Tx) error {
		t, err := tx.LockTicket(ctx, closed.ID)
		if err != nil {
			return err
		}
		t.State = inbox.Open
		return tx.SaveTicket(ctx, t)
	}), desk.Conflict)
	comment := func(id string) func(t *inbox.Ticket) {
		return func(t *inbox.Ticket) { t.Kind, t.CommentID = channel.Comment, id }
	}
	s.code("a comment's ticket", add(comment("x")), "")
	s.code("the same comment again", add(comment("x")), desk.Conflict)
	s.code("another comment", add(comment("y")), "")
	elsewhere := s.contact(other, "o")
	s.code("the same comment id on another account", s.try(func(tx inbox.Tx) error {
		t := s.newTicket(elsewhere)
		t.Kind, t.CommentID = channel.Comment, "x"
		return tx.AddTicket(ctx, &t)
	}), "")
	s.code("a number twice", add(func(t *inbox.Ticket) { t.Number, t.State = first.Number, inbox.Closed }), desk.Conflict)
}

// read marks and what moved.
func (s *suite) reading() {
	ctx := s.Context()
	account := s.AddAccount(s, "a")
	user, colleague := desk.Actor{Name: "u", Role: desk.Staff, AllAccounts: true}, desk.Actor{Name: "v", Role: desk.Staff, AllAccounts: true}
	user.UserID, colleague.UserID = s.AddUser(s, user), s.AddUser(s, colleague)
	t := s.ticket(s.contact(account, "o"), func(t *inbox.Ticket) { t.MessageCount = 2 })
	var numbers []int64
	for _, name := range []string{inbox.TicketCreated, inbox.MessageReceived, inbox.NoteAdded, inbox.MessageReceived} {
		s.write(func(tx inbox.Tx) error {
			e := desk.NewEvent(name, Morning, struct{}{})
			e.TicketID = int64(t.ID)
			return tx.Record(ctx, e, desk.NewEvent(name, Morning, struct{}{})) // and one about no ticket
		})
		numbers = append(numbers, s.Head(s)-1)
	}
	moved := func(after int64, names ...string) (moved bool) {
		s.Helper()
		s.write(func(tx inbox.Tx) (err error) {
			moved, err = tx.MovedSince(ctx, t.ID, after, names)
			return err
		})
		return moved
	}
	for _, tt := range []struct {
		after int64
		names []string
		want  bool
	}{
		{0, []string{inbox.TicketCreated}, true}, {numbers[0], []string{inbox.TicketCreated}, false}, {numbers[0], []string{inbox.MessageReceived, "x"}, true},
		{numbers[2], []string{inbox.MessageReceived}, true}, {numbers[2], []string{inbox.NoteAdded}, false}, {numbers[3], inbox.Moving, false},
	} {
		if got := moved(tt.after, tt.names...); got != tt.want {
			s.Errorf("moved since %d by %v: %v, want %v", tt.after, tt.names, got, tt.want)
		}
	}
	row := func(a desk.Actor) inbox.TicketRow {
		s.Helper()
		r, err := s.store.TicketRow(ctx, a, t.ID)
		s.code("row", err, "")
		return r
	}
	if got := row(user); got.LastEvent != numbers[3] || !got.Unread {
		s.Errorf("unread row: last event %d (want %d), unread %v", got.LastEvent, numbers[3], got.Unread)
	}
	for _, step := range []struct {
		event  int64
		unread bool
	}{{0, true}, {numbers[1], true}, {numbers[2], true}, {numbers[3], false}, {numbers[1], false}, {numbers[3] + 100, false}} {
		s.write(func(tx inbox.Tx) error { return tx.MarkRead(ctx, user.UserID, t.ID, step.event) })
		if got := row(user).Unread; got != step.unread {
			s.Errorf("read up to %d: unread %v, want %v", step.event, got, step.unread)
		}
	}
	if !row(colleague).Unread {
		s.Error("what one has read is unread for the other")
	}
	page, err := s.store.Tickets(ctx, inbox.TicketFilter{Actor: colleague, View: inbox.ViewAll, Limit: 5})
	if err != nil || len(page.Items) != 1 || !page.Items[0].Unread {
		s.Errorf("the colleague's list: %+v, %v", page.Items, err)
	}
	t.MessageCount = 3
	s.write(func(tx inbox.Tx) error { return tx.SaveTicket(ctx, &t) })
	if !row(user).Unread {
		s.Error("a new message makes the ticket unread")
	}
}

func (s *suite) people() {
	ctx := s.Context()
	a, b, c := s.AddAccount(s, "a"), s.AddAccount(s, "b"), s.AddAccount(s, "c")
	department := s.department(inbox.Department{Code: "gaj", Name: "市公安局", Active: true})
	users := []desk.Actor{
		{Name: "全部", Role: desk.Supervisor, AllAccounts: true},
		{Name: "两个", Role: desk.Staff, AccountIDs: []int64{c, a}},
		{Name: "没有", Role: desk.Staff},
		{Name: "联络员", Role: desk.Liaison, DepartmentID: department, AllAccounts: true},
	}
	for _, u := range users {
		u.UserID = s.AddUser(s, u)
		slices.Sort(u.AccountIDs)
		s.write(func(tx inbox.Tx) error {
			got, err := tx.Worker(ctx, u.UserID)
			s.same("worker "+u.Name, got, u)
			return err
		})
		if u.Name == "两个" && (u.SeesAccount(b) || !u.SeesAccount(c)) {
			s.Error("the account list of a worker is wrong")
		}
		s.DisableUser(s, u.UserID)
		s.code("a worker who left", s.try(func(tx inbox.Tx) error { _, err := tx.Worker(ctx, u.UserID); return err }), desk.NotFound)
	}
}
