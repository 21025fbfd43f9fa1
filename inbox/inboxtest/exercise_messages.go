package inboxtest

import (
	"fmt"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

func (s *suite) messages() {
	ctx := s.Context()
	account := s.AddAccount(s, "a")
	t, other := s.ticket(s.contact(account, "o"), nil), s.ticket(s.contact(account, "o2"), nil)
	last := func() (id inbox.MessageID) {
		s.Helper()
		s.write(func(tx inbox.Tx) (err error) {
			id, err = tx.LastMessage(ctx, t.ID)
			return err
		})
		return id
	}
	after := func(id inbox.MessageID) (m inbox.Message) {
		s.Helper()
		s.write(func(tx inbox.Tx) (err error) {
			m, err = tx.FirstMessageAfter(ctx, t.ID, id)
			return err
		})
		return m
	}
	s.same("last of none", last(), inbox.MessageID(0))
	s.same("first of none", after(0), inbox.Message{})
	first := s.message(t, channel.Text, 1)
	s.message(t, channel.Notice, 2)
	second := s.message(t, channel.Image, 3)
	s.message(other, channel.Text, 4)
	s.message(t, channel.Notice, 5)
	s.same("last message, notices left out", last(), second.ID)
	s.same("first message", after(0), inbox.Message{ID: first.ID, TicketID: t.ID, SentAt: first.SentAt, ReceivedAt: first.ReceivedAt})
	s.same("first after the first", after(first.ID).ID, second.ID)
	s.same("first after the last", after(second.ID), inbox.Message{})
}

func (s *suite) attachments() {
	ctx := s.Context()
	account := s.AddAccount(s, "a")
	t := s.ticket(s.contact(account, "o"), nil)
	m := inbox.Message{TicketID: t.ID, ContactID: t.ContactID, ExternalID: "m", Type: channel.Image, Data: []byte(`{"a":1}`), SentAt: at(1), ReceivedAt: at(2),
		Attachments: []inbox.Attachment{
			{Kind: channel.Image, ExternalID: "media", URL: "u", Format: "jpg", State: inbox.AttachmentPending},
			{Kind: channel.Voice, ExternalID: "voice", State: inbox.AttachmentPending},
		}}
	s.write(func(tx inbox.Tx) (err error) {
		if m.PayloadID, _, err = tx.AddPayload(ctx, inbox.Payload{AccountID: account, ExternalID: "m", Body: []byte{}}); err != nil {
			return err
		}
		return tx.AddMessage(ctx, &m)
	})
	a := m.Attachments[0]
	if a.ID == 0 || a.MessageID != m.ID || a.TicketID != t.ID {
		s.Fatalf("attachment after adding: %+v", a)
	}
	a.AccountID = account
	got, err := s.store.Attachment(ctx, a.ID)
	s.code("attachment", err, "")
	s.same("attachment", got, a)
	a.State, a.Name, a.ContentType, a.Size, a.Path, a.Error = inbox.AttachmentStored, "n", "image/jpeg", 7, "p", "e"
	s.write(func(tx inbox.Tx) error {
		if err := tx.SaveAttachment(ctx, a); err != nil {
			return err
		}
		got, err := tx.LockAttachment(ctx, a.ID)
		s.same("saved attachment", got, a)
		return err
	})
	_, err = s.store.Attachment(ctx, a.ID+99)
	s.code("an attachment that is not there", err, desk.NotFound)
	s.code("saving one that is not there", s.try(func(tx inbox.Tx) error { return tx.SaveAttachment(ctx, inbox.Attachment{ID: a.ID + 99}) }), desk.NotFound)
	s.code("locking one that is not there", s.try(func(tx inbox.Tx) error { _, err := tx.LockAttachment(ctx, a.ID+99); return err }), desk.NotFound)
	tl, err := s.store.Timeline(ctx, t.ID)
	s.code("timeline", err, "")
	voice := m.Attachments[1]
	a.AccountID = 0
	s.same("attachments in the timeline", tl.Messages[0].Attachments, []inbox.Attachment{a, voice})
	s.same("data in the timeline", string(tl.Messages[0].Data), `{"a":1}`)
}

func (s *suite) clocks() {
	ctx := s.Context()
	account := s.AddAccount(s, "a")
	t := s.ticket(s.contact(account, "o"), nil)
	plan := sla.Plan{
		Policy: 5, Revision: 2, Target: 100 * time.Second, Calendar: "cn", Repeat: sla.Repeat{Every: time.Hour, Times: 3, Roles: []sla.Role{sla.Duty}},
		Steps: []sla.Step{{Percent: 50, Roles: []sla.Role{sla.Assignee, sla.Supervisor}}, {Percent: 100}, {Minutes: 30}},
	}
	c := inbox.Clock{TicketID: t.ID, MessageID: 7, Name: inbox.FirstReply, Clock: sla.Clock{
		State: sla.Running, StartedAt: at(0), DueAt: at(100), NextAt: at(50), Plan: plan, Marks: []time.Time{at(50), at(100), at(1900)}}}
	s.code("a ticket without a clock", s.try(func(tx inbox.Tx) error { _, err := tx.OpenClock(ctx, t.ID, 0); return err }), desk.NotFound)
	s.write(func(tx inbox.Tx) error {
		if err := tx.AddClock(ctx, &c); err != nil {
			return err
		}
		got, err := tx.OpenClock(ctx, t.ID, 0)
		s.same("open clock", *got, c)
		return err
	})
	second := c
	s.code("a second open clock", s.try(func(tx inbox.Tx) error { return tx.AddClock(ctx, &second) }), desk.Conflict)
	escalated := c
	escalated.EscalationID, escalated.Name, escalated.State, escalated.NextAt = 9, inbox.DepartmentClock, sla.Running, at(60)
	s.code("an escalation without a clock", s.try(func(tx inbox.Tx) error { _, err := tx.OpenClock(ctx, t.ID, 9); return err }), desk.NotFound)
	s.write(func(tx inbox.Tx) error {
		if err := tx.AddClock(ctx, &escalated); err != nil {
			return err
		}
		got, err := tx.OpenClock(ctx, t.ID, 9)
		s.same("open clock of an escalation", *got, escalated)
		return err
	})
	second.EscalationID = 9
	s.code("a second one of the escalation", s.try(func(tx inbox.Tx) error { return tx.AddClock(ctx, &second) }), desk.Conflict)
	second.EscalationID = 0
	paused := c
	paused.State, paused.NextAt = sla.Paused, at(70)
	paused.Pause = sla.Pause{At: at(20), Until: at(70), Reason: "等市民补充材料"}
	s.write(func(tx inbox.Tx) error {
		if err := tx.SaveClock(ctx, &paused); err != nil {
			return err
		}
		got, err := tx.OpenClock(ctx, t.ID, 0)
		s.same("a paused clock is still open", *got, paused)
		return err
	})
	s.code("a second beside a paused one", s.try(func(tx inbox.Tx) error { return tx.AddClock(ctx, &second) }), desk.Conflict)
	c.State, c.Fired, c.Warned, c.NextAt, c.DueAt = sla.Missed, 2, 100, at(1900), at(101)
	s.write(func(tx inbox.Tx) error {
		if err := tx.SaveClock(ctx, &c); err != nil {
			return err
		}
		got, err := tx.OpenClock(ctx, t.ID, 0)
		s.same("a missed clock is still open", *got, c)
		return err
	})
	s.code("a second beside a missed one", s.try(func(tx inbox.Tx) error { return tx.AddClock(ctx, &second) }), desk.Conflict)
	c.MetAt = at(200)
	s.write(func(tx inbox.Tx) error { return tx.SaveClock(ctx, &c) })
	s.code("an ended clock", s.try(func(tx inbox.Tx) error { _, err := tx.OpenClock(ctx, t.ID, 0); return err }), desk.NotFound)
	s.write(func(tx inbox.Tx) error { return tx.AddClock(ctx, &second) })
	row, err := s.store.TicketRow(ctx, desk.System(), t.ID)
	s.code("ticket", err, "")
	s.same("all clocks of a ticket, in order", row.Clocks, []inbox.Clock{c, escalated, second})
}

func (s *suite) dueClocks() {
	ctx := s.Context()
	account := s.AddAccount(s, "a")
	next := func() time.Time {
		s.Helper()
		at, err := s.store.NextClock(ctx)
		s.code("next clock", err, "")
		return at
	}
	if got := next(); !got.IsZero() {
		s.Errorf("next of no clock: %v", got)
	}
	var all []inbox.Clock
	for i, seconds := range []int{30, 10, 20, 20, 40} {
		t := s.ticket(s.contact(account, fmt.Sprint("o", i)), nil)
		c := inbox.Clock{TicketID: t.ID, Name: inbox.FirstReply, Clock: sla.Clock{
			State: sla.Running, StartedAt: at(0), DueAt: at(100), NextAt: at(seconds),
			Plan: sla.Plan{Target: 100 * time.Second, Steps: []sla.Step{{Percent: 100}}}, Marks: []time.Time{at(100)},
		}}
		s.write(func(tx inbox.Tx) error { return tx.AddClock(ctx, &c) })
		all = append(all, c)
	}
	ended := all[4]
	ended.State, ended.NextAt = sla.Cancelled, time.Time{}
	s.write(func(tx inbox.Tx) error { return tx.SaveClock(ctx, &ended) })
	s.same("next clock", next(), at(10))
	for _, tt := range []struct {
		now, limit int
		want       []inbox.Clock
		more       bool
	}{
		{9, 10, nil, false},
		{10, 10, []inbox.Clock{all[1]}, false},
		{20, 2, []inbox.Clock{all[1], all[2]}, true},
		{1000, 10, []inbox.Clock{all[1], all[2], all[3], all[0]}, false},
		{1000, 4, []inbox.Clock{all[1], all[2], all[3], all[0]}, true},
	} {
		var due []inbox.DueClock
		var more bool
		s.write(func(tx inbox.Tx) (err error) {
			due, more, err = tx.LockDueClocks(ctx, at(tt.now), tt.limit)
			return err
		})
		var got []inbox.Clock
		for _, d := range due {
			got = append(got, d.Clock)
			if d.Ticket.ID != d.Clock.TicketID || d.Ticket.AccountID != account {
				s.Errorf("due clock %d with ticket %+v", d.Clock.ID, d.Ticket)
			}
		}
		s.same(fmt.Sprintf("due at %d, at most %d", tt.now, tt.limit), got, tt.want)
		s.same("more", more, tt.more)
	}
}
