package inboxtest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// ExerciseStore is the suite every inbox.Store must pass. open gives an empty
// database for one subtest.
func ExerciseStore(t *testing.T, open func(t *testing.T) Backend) {
	for name, exercise := range map[string]func(s *suite){
		"Atomic":      (*suite).atomicity,
		"Payloads":    (*suite).payloads,
		"Contacts":    (*suite).contacts,
		"Windows":     (*suite).windows,
		"Posts":       (*suite).posts,
		"Messages":    (*suite).messages,
		"Attachments": (*suite).attachments,
		"Tickets":     (*suite).tickets,
		"Constraints": (*suite).constraints,
		"Reading":     (*suite).reading,
		"People":      (*suite).people,
		"Departments": (*suite).departments,
		"Duties":      (*suite).duties,
		"Replies":     (*suite).replies,
		"Deliveries":  (*suite).deliveries,
		"Clocks":      (*suite).clocks,
		"Due clocks":  (*suite).dueClocks,
		"Policies":    (*suite).policies,
		"Calendars":   (*suite).calendars,
		"Erase":       (*suite).erase,
		"Lists":       (*suite).lists,
		"Search":      (*suite).search,
		"Search by":   (*suite).searchFilters,
		"Cursors":     (*suite).cursors,
		"Timeline":    (*suite).timeline,
		"Trouble":     (*suite).trouble,
		"Pruning":     (*suite).pruning,
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			exercise(&suite{T: t, Backend: b, store: b.Store()})
		})
	}
}

// suite is one part of the exercise with its database.
type suite struct {
	*testing.T
	Backend
	store inbox.Store
	count int
}

// errUndo ends a transaction that is to leave nothing.
var errUndo = errors.New("undo")

// write runs fn in a transaction that must commit.
func (s *suite) write(fn func(tx inbox.Tx) error) {
	s.Helper()
	if err := s.store.Atomic(s.Context(), fn); err != nil {
		s.Fatalf("transaction: %v", err)
	}
}

// read runs fn in a transaction that commits and returns its error.
func (s *suite) try(fn func(tx inbox.Tx) error) error {
	s.Helper()
	return s.store.Atomic(s.Context(), fn)
}

func (s *suite) code(what string, err error, want desk.Code) {
	s.Helper()
	if desk.CodeOf(err) != want {
		s.Errorf("%s: got %v, want code %q", what, err, want)
	}
}

func (s *suite) same(what string, got, want any) {
	s.Helper()
	if !reflect.DeepEqual(got, want) {
		s.Errorf("%s:\ngot  %+v\nwant %+v", what, got, want)
	}
}

// at is a moment so many seconds after Morning.
func at(seconds int) time.Time { return Morning.Add(time.Duration(seconds) * time.Second) }

// contact makes a contact of the account.
func (s *suite) contact(account int64, externalID string) (c inbox.Contact) {
	s.Helper()
	s.write(func(tx inbox.Tx) (err error) {
		c, err = tx.UpsertContact(s.Context(), account, externalID, "", Morning)
		return err
	})
	return c
}

// ticket makes a private ticket of a contact, changed by change.
func (s *suite) ticket(c inbox.Contact, change func(t *inbox.Ticket)) inbox.Ticket {
	s.Helper()
	t := s.newTicket(c)
	if change != nil {
		change(&t)
	}
	s.write(func(tx inbox.Tx) error {
		if err := tx.AddTicket(s.Context(), &t); err != nil {
			return err
		}
		return tx.SaveTicket(s.Context(), &t)
	})
	return t
}

// newTicket builds a ticket that is not stored yet.
func (s *suite) newTicket(c inbox.Contact) inbox.Ticket {
	s.count++
	return inbox.Ticket{
		Number: fmt.Sprintf("20261122-%04d", s.count), AccountID: c.AccountID, ContactID: c.ID, Kind: channel.Private, State: inbox.New,
		Subject: "问题", Preview: "问题", LastMessageAt: Morning, CreatedAt: Morning, UpdatedAt: Morning,
	}
}

// message adds a message to a ticket, received so many seconds after Morning.
func (s *suite) message(t inbox.Ticket, typ channel.Type, seconds int) inbox.Message {
	s.Helper()
	return s.messageBy(t.ContactID, t, typ, seconds)
}

func (s *suite) messageBy(c inbox.ContactID, t inbox.Ticket, typ channel.Type, seconds int) inbox.Message {
	s.Helper()
	s.count++
	m := inbox.Message{
		TicketID: t.ID, ContactID: c, Guest: c != t.ContactID, ExternalID: fmt.Sprintf("m%d", s.count), Type: typ, Text: "话", SentAt: at(seconds - 1), ReceivedAt: at(seconds),
	}
	s.write(func(tx inbox.Tx) (err error) {
		m.PayloadID, _, err = tx.AddPayload(s.Context(), inbox.Payload{AccountID: t.AccountID, ExternalID: m.ExternalID, ReceivedAt: m.ReceivedAt, Body: []byte("raw")})
		if err != nil {
			return err
		}
		return tx.AddMessage(s.Context(), &m)
	})
	return m
}

// locked reads a ticket as a transaction does.
func (s *suite) locked(find func(tx inbox.Tx) (*inbox.Ticket, error)) (t inbox.Ticket, err error) {
	s.Helper()
	err = s.try(func(tx inbox.Tx) error {
		found, err := find(tx)
		if err == nil {
			t = *found
		}
		return err
	})
	return t, err
}

func (s *suite) atomicity() {
	ctx := s.Context()
	account := s.AddAccount(s, "a")
	before := s.Dump(s)
	err := s.try(func(tx inbox.Tx) error {
		c, err := tx.UpsertContact(ctx, account, "x", "", Morning)
		if err != nil {
			return err
		}
		if _, err := tx.NextNumber(ctx, "20261122"); err != nil {
			return err
		}
		if err := tx.Enqueue(ctx, desk.Task{Kind: "k", Key: "1"}); err != nil {
			return err
		}
		if err := tx.Record(ctx, desk.NewEvent("e", Morning, map[string]any{"contact": c.ID})); err != nil {
			return err
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		s.Errorf("got %v, want the function's own error", err)
	}
	if !slices.Equal(before, s.Dump(s)) {
		s.Error("a transaction that failed left something behind")
	}
}

func (s *suite) payloads() {
	ctx := s.Context()
	a, b := s.AddAccount(s, "a"), s.AddAccount(s, "b")
	c := s.contact(a, "o")
	p := inbox.Payload{AccountID: a, ExternalID: "x", ContactID: c.ID, ReceivedAt: at(1), Error: "broken", Body: []byte{0, 255, 'a'}}
	s.write(func(tx inbox.Tx) (err error) {
		var fresh bool
		if p.ID, fresh, err = tx.AddPayload(ctx, p); err != nil || !fresh || p.ID == 0 {
			s.Errorf("first: id %d, fresh %v, %v", p.ID, fresh, err)
		}
		again := p
		again.Error, again.Body = "", []byte("other")
		if id, fresh, err := tx.AddPayload(ctx, again); err != nil || fresh || id != 0 {
			s.Errorf("again: id %d, fresh %v, %v", id, fresh, err)
		}
		again.AccountID = b
		if _, fresh, err := tx.AddPayload(ctx, again); err != nil || !fresh {
			s.Errorf("the same id of another account: fresh %v, %v", fresh, err)
		}
		got, err := tx.LockPayload(ctx, p.ID)
		s.same("locked payload", got, p)
		if err != nil {
			return err
		}
		_, missing := tx.LockPayload(ctx, p.ID+99)
		s.code("a payload that is not there", missing, desk.NotFound)
		return nil
	})
	got, err := s.store.Payload(ctx, p.ID)
	s.code("payload", err, "")
	s.same("payload", got, p)
	_, err = s.store.Payload(ctx, p.ID+99)
	s.code("a payload that is not there", err, desk.NotFound)

	other := s.contact(a, "o2")
	s.write(func(tx inbox.Tx) error { return tx.RevivePayload(ctx, p.ID, other.ID) })
	got, _ = s.store.Payload(ctx, p.ID)
	p.Error, p.ContactID = "", other.ID
	s.same("revived payload", got, p)
	s.code("a payload of no account", s.try(func(tx inbox.Tx) error {
		_, _, err := tx.AddPayload(ctx, inbox.Payload{AccountID: 99, ExternalID: "x", Body: []byte{}})
		return err
	}), desk.Internal)
}

func (s *suite) contacts() {
	ctx := s.Context()
	a, b := s.AddAccount(s, "a"), s.AddAccount(s, "b")
	upsert := func(account int64, id, name string) (c inbox.Contact) {
		s.Helper()
		s.write(func(tx inbox.Tx) (err error) {
			c, err = tx.UpsertContact(ctx, account, id, name, Morning)
			return err
		})
		return c
	}
	first := upsert(a, "o", "张")
	s.same("new contact", first, inbox.Contact{ID: first.ID, AccountID: a, ExternalID: "o", Name: "张", Subscribed: true})
	s.same("an empty name leaves a known one", upsert(a, "o", ""), first)
	if renamed := upsert(a, "o", "张三"); renamed.Name != "张三" || renamed.ID != first.ID {
		s.Errorf("renamed: %+v", renamed)
	}
	if other := upsert(b, "o", ""); other.ID == first.ID || other.Name != "" {
		s.Errorf("the same id on another account: %+v", other)
	}
	s.write(func(tx inbox.Tx) error { return tx.SetSubscribed(ctx, first.ID, false) })
	if got := upsert(a, "o", ""); got.Subscribed {
		s.Error("seeing somebody again does not subscribe them")
	}
}

func (s *suite) windows() {
	ctx := s.Context()
	c := s.contact(s.AddAccount(s, "a"), "o")
	open := func(ws ...channel.Window) {
		s.Helper()
		s.write(func(tx inbox.Tx) error {
			for _, w := range ws {
				if err := tx.OpenWindow(ctx, c.ID, w); err != nil {
					return err
				}
			}
			return nil
		})
	}
	draw := func(seconds int) {
		s.Helper()
		s.write(func(tx inbox.Tx) error { return tx.DrawWindow(ctx, c.ID, at(seconds)) })
	}
	left := func(seconds int) []channel.Window {
		s.Helper()
		got, err := s.store.Windows(ctx, c.ID, at(seconds))
		s.code("windows", err, "")
		return got
	}
	draw(0) // none is open: nothing to draw
	open(Window("long", 2, at(100)), Window("short", 1, at(10)))
	s.same("windows, the last to end first", left(0), []channel.Window{Window("long", 2, at(100)), Window("short", 1, at(10))})
	draw(0)
	s.same("the one that ends first is drawn", left(0), []channel.Window{Window("long", 2, at(100)), Window("short", 0, at(10))})
	draw(0)
	s.same("then the next", left(0)[0], Window("long", 1, at(100)))
	s.same("one that ended is not shown", left(10), []channel.Window{Window("long", 1, at(100))})
	draw(10)
	draw(10)
	s.same("none is drawn below zero", left(10), []channel.Window{Window("long", 0, at(100))})
	open(Window("long", 5, at(50)))
	s.same("a newer window replaces", left(10), []channel.Window{Window("long", 5, at(50))})
	draw(50)
	s.same("an ended one is not drawn", left(49), []channel.Window{Window("long", 5, at(50))})
}

func (s *suite) posts() {
	ctx := s.Context()
	account := s.AddAccount(s, "a")
	upsert := func(p channel.Post) (id int64) {
		s.Helper()
		s.write(func(tx inbox.Tx) (err error) {
			id, err = tx.UpsertPost(ctx, account, p)
			return err
		})
		return id
	}
	id := upsert(channel.Post{ExternalID: "p", Title: "标题", URL: "u"})
	s.same("the same post", upsert(channel.Post{ExternalID: "p"}), id)
	c := s.contact(account, "o")
	t := s.ticket(c, func(t *inbox.Ticket) { t.PostID = id })
	plain := s.ticket(s.contact(account, "o2"), nil)
	s.write(func(tx inbox.Tx) error {
		a, err := tx.Address(ctx, &t)
		s.same("address", a, inbox.Address{Contact: c, Post: &channel.Post{ExternalID: "p", Title: "标题", URL: "u"}})
		if err != nil {
			return err
		}
		a, err = tx.Address(ctx, &plain)
		if a.Post != nil {
			s.Errorf("a ticket without a post has %+v", a.Post)
		}
		return err
	})
	upsert(channel.Post{ExternalID: "p", Title: "新标题", URL: "v"})
	s.write(func(tx inbox.Tx) error {
		a, err := tx.Address(ctx, &t)
		s.same("renamed post", *a.Post, channel.Post{ExternalID: "p", Title: "新标题", URL: "v"})
		return err
	})
}
