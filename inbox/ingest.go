package inbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// errDuplicate ends a transaction that met a payload it has already; it never
// leaves this file.
var errDuplicate = errors.New("payload is stored already")

// maxClockSkew is how far back a platform's own time is believed when a clock
// starts; the future never is.
const maxClockSkew = 48 * time.Hour

// Ingest stores what one webhook call delivered, with all that follows from
// it, in one transaction. When it returns nil everything is on disk and the
// platform may be answered; an item that is stored already changes nothing.
func (s *Service) Ingest(ctx context.Context, accountID int64, items []channel.Inbound) error {
	return s.ingestAll(ctx, accountID, items, false)
}

// IngestForBot is Ingest on an account where the bot answers: what it may
// answer brings, in the same transaction, the task TaskBotAnswer.
func (s *Service) IngestForBot(ctx context.Context, accountID int64, items []channel.Inbound) error {
	return s.ingestAll(ctx, accountID, items, true)
}

func (s *Service) ingestAll(ctx context.Context, accountID int64, items []channel.Inbound, bot bool) error {
	if len(items) == 1 {
		return s.ingest(ctx, accountID, items[0], bot)
	}
	// The item is the unit of idempotency: a repeated one must not undo the
	// fresh ones beside it. The platform sends all of them again if one fails.
	for _, item := range items {
		if err := s.ingest(ctx, accountID, item, bot); err != nil {
			return err
		}
	}
	return nil
}

// ingestTries is how often an item is taken in that lost a race: two citizens
// answer a comment nobody has told us of, a ticket is reopened by hand while a
// message makes a new one. The loser finds the winner's ticket the next time.
const ingestTries = 3

func (s *Service) ingest(ctx context.Context, accountID int64, in channel.Inbound, bot bool) error {
	var err error
	for range ingestTries {
		if err = s.ingestOnce(ctx, accountID, in, bot); desk.CodeOf(err) != desk.Conflict {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("ingest for account %d: %w", accountID, err)
	}
	return nil
}

func (s *Service) ingestOnce(ctx context.Context, accountID int64, in channel.Inbound, bot bool) error {
	in.Text, in.Name = storable(in.Text), storable(in.Name)
	found, err := s.inbound(ctx, in)
	if err != nil {
		return err
	}
	err = s.store.Atomic(ctx, func(tx Tx) error {
		now := s.time()
		contact, err := s.meet(ctx, tx, accountID, in, now)
		if err != nil {
			return err
		}
		payload := Payload{AccountID: accountID, ExternalID: in.ExternalID, ContactID: owner(contact, in), ReceivedAt: now, Body: in.Raw}
		id, fresh, err := tx.AddPayload(ctx, payload)
		if err != nil {
			return err
		}
		if !fresh {
			return errDuplicate
		}
		message, err := s.take(ctx, tx, arrival{accountID, id, contact, in, found, bot}, now)
		if err != nil || !bot || !Answerable(in) {
			return err
		}
		return s.toBot(ctx, tx, message, now)
	})
	if errors.Is(err, errDuplicate) {
		return nil
	}
	return err
}

// storable takes out of a stranger's text what PostgreSQL refuses: one such
// character must not keep a message out.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// IngestDead stores a genuine payload nobody could read, for a person to look
// at and replay.
func (s *Service) IngestDead(ctx context.Context, accountID int64, d channel.DeadLetter) error {
	return s.store.Atomic(ctx, func(tx Tx) error {
		now := s.time()
		id, fresh, err := tx.AddPayload(ctx, Payload{
			AccountID: accountID, ExternalID: d.ExternalID, ReceivedAt: now, Body: d.Raw, Error: storable(d.Reason),
		})
		if err != nil || !fresh {
			return err
		}
		e := desk.NewEvent(PayloadDied, now, map[string]any{"payload_id": fmt.Sprint(id)})
		e.AccountID, e.Audience = accountID, desk.ManageDeadWork
		return tx.Record(ctx, e)
	})
}

// Replay takes a dead payload in again after parse has read it. A payload that
// is not dead is a Conflict.
func (s *Service) Replay(ctx context.Context, actor desk.Actor, payloadID int64, parse func(p Payload) (channel.Inbound, error)) error {
	if err := actor.Require(desk.ManageDeadWork); err != nil {
		return err
	}
	p, err := s.store.Payload(ctx, payloadID)
	if err != nil {
		return err
	}
	if !actor.SeesAccount(p.AccountID) {
		return desk.Errorf(desk.NotFound, "没有找到原始消息")
	}
	if err := p.dead(); err != nil {
		return err
	}
	// Parsing may have to open the account: not inside a transaction.
	in, err := parse(p)
	if err != nil {
		return err
	}
	found, err := s.inbound(ctx, in)
	if err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		p, err := tx.LockPayload(ctx, payloadID)
		if err != nil {
			return err
		}
		if err := p.dead(); err != nil {
			return err
		}
		now := s.time()
		contact, err := s.meet(ctx, tx, p.AccountID, in, now)
		if err != nil {
			return err
		}
		if err := tx.RevivePayload(ctx, p.ID, owner(contact, in)); err != nil {
			return err
		}
		_, err = s.take(ctx, tx, arrival{p.AccountID, p.ID, contact, in, found, false}, now)
		return err
	})
}

// dead is nil for a dead letter.
func (p Payload) dead() error {
	if p.Error == "" {
		return desk.Errorf(desk.Conflict, "这条原始消息已经处理").WithReason("payload_taken")
	}
	return nil
}

// meet finds or makes the contact of an item; items without one (an article's
// publication) have none.
func (s *Service) meet(ctx context.Context, tx Tx, accountID int64, in channel.Inbound, now time.Time) (Contact, error) {
	if in.ContactID == "" {
		return Contact{}, nil
	}
	return tx.UpsertContact(ctx, accountID, in.ContactID, in.Name, now)
}

// owner is the contact a payload has to name, so that erasing a person finds
// it: one that leaves a message is found through that.
func owner(c Contact, in channel.Inbound) ContactID {
	if in.Type == channel.Notice || in.Effects.EraseContact {
		return c.ID
	}
	return 0
}

// arrival is an item that came, with its stored payload, its contact and the
// words found in it.
type arrival struct {
	account int64
	payload int64
	contact Contact
	in      channel.Inbound
	found   []check.Finding
	bot     bool // answers on the account
}

// take does what follows from a stored payload. The ticket comes before the
// send windows, as in a delivery: each waits for the other in one order only. It
// returns the message that was stored, 0 for none.
func (s *Service) take(ctx context.Context, tx Tx, a arrival, now time.Time) (id MessageID, err error) {
	if a.contact.ID != 0 && !a.in.Effects.EraseContact {
		if id, err = s.add(ctx, tx, a, now); err != nil {
			return 0, err
		}
	}
	return id, s.applyEffects(ctx, tx, a.account, a.contact, a.in.Effects, now)
}

// add stores what a person wrote or did in the thread it belongs to.
func (s *Service) add(ctx context.Context, tx Tx, a arrival, now time.Time) (MessageID, error) {
	c, in := a.contact, a.in
	m := &Message{
		PayloadID: a.payload, ContactID: c.ID, ExternalID: in.ExternalID, Type: in.Type,
		Text: in.Text, Data: in.Data, SentAt: in.SentAt, ReceivedAt: now, found: a.found,
		asking: a.bot && in.Kind == channel.Private && in.Type == channel.Text && s.AsksProgress(in.Text),
	}
	for _, media := range in.Media {
		m.Attachments = append(m.Attachments, Attachment{
			Kind: media.Kind, ExternalID: media.ExternalID, URL: media.URL, Format: media.Format, State: AttachmentPending,
		})
	}
	var err error
	if in.Type == channel.Notice {
		err = s.addNotice(ctx, tx, c, m)
	} else {
		err = s.addMessage(ctx, tx, a.account, c, m, in)
	}
	return m.ID, err
}

// addNotice shows a platform event in the thread of an open ticket; it asks
// for no answer and so starts nothing.
func (s *Service) addNotice(ctx context.Context, tx Tx, c Contact, m *Message) error {
	t, err := tx.LockActiveTicket(ctx, c.ID)
	if desk.CodeOf(err) == desk.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	m.TicketID = t.ID
	return tx.AddMessage(ctx, m)
}

func (s *Service) addMessage(ctx context.Context, tx Tx, accountID int64, c Contact, m *Message, in channel.Inbound) error {
	if t, r, err := s.surveyed(ctx, tx, c, m, in); err != nil || t != nil {
		if err != nil {
			return err
		}
		return s.addRating(ctx, tx, t, m, r)
	}
	if in.Kind == channel.Private && !urgent(m.found) {
		// Most messages come to a ticket that waits already: one statement.
		t, err := tx.ExtendTicket(ctx, c.ID, summary(in.Type, in.Text), m.ReceivedAt)
		if err == nil {
			return s.addTo(ctx, tx, &t, m, nil, nil)
		}
		if desk.CodeOf(err) != desk.NotFound {
			return err
		}
	}
	t, events, err := s.ticketFor(ctx, tx, accountID, c, m, in)
	if err != nil {
		return err
	}
	if t.Paused && !m.asking { // what we waited for may be here
		resumed, err := s.resume(ctx, tx, desk.Actor{}, t, m.ReceivedAt)
		if err != nil {
			return err
		}
		events = append(events, resumed...)
	}
	events = append(events, t.wake(desk.Actor{}, wokenByMessage, m.ReceivedAt)...)
	m.Guest = t.ContactID != c.ID
	return s.addTo(ctx, tx, t, m, events, func() error {
		if !m.thanks {
			if err := s.startClock(ctx, tx, t, m.ID, m.believed()); err != nil {
				return err
			}
		}
		t.MessageCount++
		if urgent(m.found) && t.Priority < Urgent {
			t.Priority, m.raised = Urgent, true
		}
		t.InFront = t.clocked() && (t.InFront || urgent(m.found))
		t.Preview = summary(in.Type, in.Text)
		t.LastMessageAt, t.UpdatedAt = m.ReceivedAt, m.ReceivedAt
		return tx.SaveTicket(ctx, t)
	})
}

// addTo stores the message in the ticket. save, if given, stores what it changes
// there; otherwise that is done. events are told before the message's own.
func (s *Service) addTo(ctx context.Context, tx Tx, t *Ticket, m *Message, events []desk.Event, save func() error) error {
	m.TicketID = t.ID
	if err := tx.AddMessage(ctx, m); err != nil {
		return err
	}
	for _, a := range m.Attachments {
		if err := tx.Enqueue(ctx, desk.Task{Kind: TaskFetchMedia, Key: id(a.ID)}); err != nil {
			return err
		}
	}
	data := map[string]any{"message_id": id(m.ID), "type": m.Type, "kind": t.Kind}
	if save != nil {
		waited := t.clocked()
		if err := save(); err != nil {
			return err
		}
		if !waited && t.clocked() {
			data["due_at"] = t.DueAt
		}
	}
	if m.thanks {
		data["thanks"] = true
	}
	found, err := s.wordsFound(ctx, tx, t, m)
	if err != nil {
		return err
	}
	return tx.Record(ctx, append(append(events, fact(MessageReceived, t, desk.Actor{}, m.ReceivedAt, data)), found...)...)
}

// believed is when a citizen's message counts as written: the platform's time
// if it is plausible, otherwise when we received it.
func (m *Message) believed() time.Time {
	if m.SentAt.IsZero() || m.SentAt.After(m.ReceivedAt) || m.ReceivedAt.Sub(m.SentAt) > maxClockSkew {
		return m.ReceivedAt
	}
	return m.SentAt
}

// ticketFor finds the ticket a message belongs to, reopens an ended one that
// is recent enough, or makes a new one.
func (s *Service) ticketFor(ctx context.Context, tx Tx, accountID int64, c Contact, m *Message, in channel.Inbound) (*Ticket, []desk.Event, error) {
	t, err := s.findTicket(ctx, tx, accountID, c, in)
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return nil, nil, err
	}
	if t != nil && t.State == Merged { // while we waited for it
		return nil, nil, desk.Errorf(desk.Conflict, "ticket %d was merged", t.ID)
	}
	now := m.ReceivedAt
	if t == nil || t.State.Ended() && t.Kind == channel.Private && now.Sub(t.ClosedAt) > s.rules.ReopenWithin && !m.asking {
		return s.newTicket(ctx, tx, accountID, c, m, in)
	}
	if t.State != Replied && !t.State.Ended() {
		return t, nil, nil
	}
	if m.thanks = m.asking || s.thanked(t, m); m.thanks {
		return t, nil, nil
	}
	if err := t.move(t.working(), now); err != nil {
		return nil, nil, err
	}
	return t, []desk.Event{fact(TicketReopened, t, desk.Actor{}, now, nil)}, nil
}

func (s *Service) findTicket(ctx context.Context, tx Tx, accountID int64, c Contact, in channel.Inbound) (*Ticket, error) {
	if in.Kind == channel.Comment {
		top := in.ExternalID
		if in.ParentID != "" {
			top = in.ParentID
		}
		t, err := tx.LockCommentTicket(ctx, accountID, top)
		if in.ParentID == "" || desk.CodeOf(err) != desk.NotFound {
			return t, err
		}
		// What is answered may itself be an answer in somebody's thread.
		return tx.LockThread(ctx, accountID, in.ParentID)
	}
	t, err := tx.LockActiveTicket(ctx, c.ID)
	if desk.CodeOf(err) != desk.NotFound {
		return t, err
	}
	return tx.LockLatestTicket(ctx, c.ID)
}

func (s *Service) newTicket(ctx context.Context, tx Tx, accountID int64, c Contact, m *Message, in channel.Inbound) (*Ticket, []desk.Event, error) {
	now := m.ReceivedAt
	day := now.In(s.rules.Location).Format("20060102")
	n, err := tx.NextNumber(ctx, day)
	if err != nil {
		return nil, nil, err
	}
	t := &Ticket{
		Number: fmt.Sprintf("%s-%04d", day, n), AccountID: accountID, ContactID: c.ID, Kind: in.Kind, State: New,
		Subject: summary(in.Type, in.Text), CreatedAt: now, UpdatedAt: now, LastMessageAt: now,
	}
	if in.Kind == channel.Comment {
		t.CommentID = in.ExternalID
		if in.ParentID != "" {
			t.CommentID = in.ParentID
		}
	}
	if in.Post != nil {
		if t.PostID, err = tx.UpsertPost(ctx, accountID, *in.Post); err != nil {
			return nil, nil, err
		}
	}
	if err := tx.AddTicket(ctx, t); err != nil {
		return nil, nil, err
	}
	return t, []desk.Event{fact(TicketCreated, t, desk.Actor{}, now, nil)}, nil
}

// applyEffects does what an item means beside its text.
func (s *Service) applyEffects(ctx context.Context, tx Tx, accountID int64, c Contact, e channel.Effects, now time.Time) error {
	if e.Alert != "" {
		event := desk.NewEvent(AccountAlerted, now, map[string]any{"account_id": id(accountID), "message": e.Alert})
		event.AccountID, event.Audience = accountID, desk.ReadAccounts
		if err := tx.Record(ctx, event); err != nil {
			return err
		}
	}
	if c.ID == 0 {
		return nil
	}
	if e.Subscribed != nil { // before the windows: it locks a ticket
		if err := s.follows(ctx, tx, accountID, c, *e.Subscribed, now); err != nil {
			return err
		}
	}
	for _, w := range e.Windows {
		if err := tx.OpenWindow(ctx, c.ID, w); err != nil {
			return err
		}
	}
	if e.EraseContact {
		return s.erase(ctx, tx, c, now)
	}
	return nil
}

// follows notes that a contact follows the account or has left it, in the
// thread of their open ticket if there is one.
func (s *Service) follows(ctx context.Context, tx Tx, accountID int64, c Contact, subscribed bool, now time.Time) error {
	if subscribed != c.Subscribed {
		if err := tx.SetSubscribed(ctx, c.ID, subscribed); err != nil {
			return err
		}
	}
	name, data := ContactLeft, map[string]any{"contact_id": id(c.ID)}
	if subscribed {
		name = ContactSubscribed
	}
	t, err := tx.LockActiveTicket(ctx, c.ID)
	if err == nil {
		return tx.Record(ctx, fact(name, t, desk.Actor{}, now, data))
	}
	if desk.CodeOf(err) != desk.NotFound {
		return err
	}
	e := desk.NewEvent(name, now, data)
	e.AccountID, e.Audience = accountID, desk.WorkTickets
	return tx.Record(ctx, e)
}
