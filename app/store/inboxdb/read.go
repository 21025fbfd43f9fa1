package inboxdb

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Timeline implements inbox.Store. The number is read first: whatever happens
// while the rest is read is newer than it.
func (s *Store) Timeline(ctx context.Context, id inbox.TicketID) (inbox.Timeline, error) {
	var tl inbox.Timeline
	var err error
	if tl.LastEvent, err = s.lastEvent(ctx, id); err != nil {
		return tl, err
	}
	for _, read := range []func(context.Context, inbox.TicketID, *inbox.Timeline) error{
		s.messages, s.replies, s.notes, s.story, s.names,
	} {
		if err := read(ctx, id, &tl); err != nil {
			return tl, err
		}
	}
	return tl, nil
}

func (s *Store) messages(ctx context.Context, id inbox.TicketID, tl *inbox.Timeline) error {
	rows, err := s.db.Query(ctx, `SELECT id, ticket_id, payload_id, contact_id, external_id, type, text, data, sent_at, received_at
		FROM messages WHERE ticket_id = $1 ORDER BY id`, int64(id))
	tl.Messages, err = store.Collect(rows, err, func(r *sql.Rows) (inbox.Message, error) {
		var m inbox.Message
		var data string
		var sent, received int64
		err := r.Scan(&m.ID, &m.TicketID, &m.PayloadID, &m.ContactID, &m.ExternalID, &m.Type, &m.Text, &data, &sent, &received)
		m.Data, m.SentAt, m.ReceivedAt = []byte(data), store.Time(sent), store.Time(received)
		return m, err
	})
	if err != nil {
		return err
	}
	at := make(map[inbox.MessageID]int, len(tl.Messages))
	for i, m := range tl.Messages {
		at[m.ID] = i
	}
	rows, err = s.db.Query(ctx, `SELECT `+attachmentColumns+` FROM attachments a WHERE a.ticket_id = $1 ORDER BY a.id`, int64(id))
	files, err := store.Collect(rows, err, func(r *sql.Rows) (inbox.Attachment, error) { return scanAttachment(r) })
	for _, f := range files {
		if i, ok := at[f.MessageID]; ok {
			tl.Messages[i].Attachments = append(tl.Messages[i].Attachments, f)
		}
	}
	return err
}

func (s *Store) replies(ctx context.Context, id inbox.TicketID, tl *inbox.Timeline) error {
	rows, err := s.db.Query(ctx, `SELECT `+replyColumns+` FROM replies q WHERE ticket_id = $1 ORDER BY id`, int64(id))
	tl.Replies, err = store.Collect(rows, err, func(r *sql.Rows) (inbox.Reply, error) { return scanReply(r) })
	if err != nil {
		return err
	}
	rows, err = s.db.Query(ctx, `SELECT d.reply_id, d.attempt, d.started_at, d.finished_at, d.outcome, d.code, d.message, d.external_id
		FROM deliveries d JOIN replies r ON r.id = d.reply_id WHERE r.ticket_id = $1 ORDER BY d.reply_id, d.attempt`, int64(id))
	tl.Deliveries, err = store.Collect(rows, err, func(r *sql.Rows) (inbox.Delivery, error) {
		var d inbox.Delivery
		var started, finished int64
		err := r.Scan(&d.ReplyID, &d.Attempt, &started, &finished, &d.Outcome, &d.Code, &d.Message, &d.ExternalID)
		d.StartedAt, d.FinishedAt = store.Time(started), store.Time(finished)
		return d, err
	})
	return err
}

func (s *Store) notes(ctx context.Context, id inbox.TicketID, tl *inbox.Timeline) error {
	rows, err := s.db.Query(ctx, `SELECT id, ticket_id, author_id, text, departments, mentions, created_at FROM notes WHERE ticket_id = $1 ORDER BY id`, int64(id))
	tl.Notes, err = store.Collect(rows, err, func(r *sql.Rows) (inbox.Note, error) {
		var n inbox.Note
		var created int64
		var departments, mentions string
		err := r.Scan(&n.ID, &n.TicketID, &n.AuthorID, &n.Text, &departments, &mentions, &created)
		n.Departments = store.Departments(departments)
		n.CreatedAt = store.Time(created)
		if err == nil {
			n.Mentions, err = readMentions(mentions)
		}
		return n, err
	})
	return err
}

func (s *Store) story(ctx context.Context, id inbox.TicketID, tl *inbox.Timeline) error {
	var w where
	w.add(`ticket_id = ? AND ticket_id <> 0`, int64(id))
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(inbox.StoryEvents)), ", ")
	values := make([]any, len(inbox.StoryEvents))
	for i, name := range inbox.StoryEvents {
		values[i] = name
	}
	w.add(`name IN (`+marks+`)`, values...)
	rows, err := s.db.Query(ctx, `SELECT `+store.EventColumns+` FROM events`+w.String()+` ORDER BY id`, w.args...)
	tl.Events, err = store.Collect(rows, err, store.ScanEvent)
	return err
}

// names looks up who appears in the timeline.
func (s *Store) names(ctx context.Context, _ inbox.TicketID, tl *inbox.Timeline) error {
	seen := map[int64]bool{}
	for _, r := range tl.Replies {
		seen[r.AuthorID], seen[r.ReviewerID] = true, true
	}
	for _, n := range tl.Notes {
		seen[n.AuthorID] = true
	}
	for _, e := range tl.Events {
		seen[e.ActorID] = true
	}
	var err error
	tl.Names, err = s.userNames(ctx, seen)
	return err
}

// Windows implements inbox.Store.
func (s *Store) Windows(ctx context.Context, c inbox.ContactID, now time.Time) ([]channel.Window, error) {
	rows, err := s.db.Query(ctx, `SELECT name, remaining, until FROM windows WHERE contact_id = $1 AND until > $2 ORDER BY until DESC`,
		int64(c), store.Millis(now))
	return store.Collect(rows, err, scanWindow)
}

// Attachment implements inbox.Store.
func (s *Store) Attachment(ctx context.Context, id int64) (inbox.Attachment, error) {
	var account int64
	a, err := scanAttachment(s.db.QueryRow(ctx, `SELECT `+attachmentColumns+`, t.account_id FROM attachments a
		JOIN tickets t ON t.id = a.ticket_id WHERE a.id = $1`, id), &account)
	a.AccountID = account
	return a, store.Translate(err)
}

// Payload implements inbox.Store.
func (s *Store) Payload(ctx context.Context, id int64) (inbox.Payload, error) {
	return scanPayload(s.db.QueryRow(ctx, `SELECT `+payloadColumns+` FROM payloads WHERE id = $1`, id))
}

// Trouble implements inbox.Store.
func (s *Store) Trouble(ctx context.Context, actor desk.Actor, limit int) (inbox.Trouble, error) {
	replies, err := s.troubledReplies(ctx, actor, limit)
	if err != nil {
		return inbox.Trouble{}, err
	}
	payloads, err := s.deadPayloads(ctx, actor, limit)
	return inbox.Trouble{Replies: replies, Payloads: payloads}, err
}

func (s *Store) troubledReplies(ctx context.Context, actor desk.Actor, limit int) ([]inbox.TroubledReply, error) {
	var w where
	w.troubled(actor)
	w.args = append(w.args, limit, actor.UserID)
	n := len(w.args)
	page := `(SELECT q.id AS troubled, t.* FROM replies q CROSS JOIN tickets t` + w.String() + ` ORDER BY q.id DESC LIMIT $` + strconv.Itoa(n-1) + `) t`
	rows, err := s.db.Query(ctx, `SELECT `+rowColumns+`, `+replyColumns+rowTables(page, "$"+strconv.Itoa(n))+
		` JOIN replies q ON q.id = t.troubled ORDER BY q.id DESC`, w.args...)
	return store.Collect(rows, err, func(r *sql.Rows) (v inbox.TroubledReply, err error) {
		var q replyRow
		v.Ticket, err = scanRow(r, q.targets()...)
		v.Reply = q.reply()
		return v, err
	})
}

// dead chooses the letters nobody could read.
func (w *where) dead(actor desk.Actor) {
	w.add(`error <> ''`)
	w.accounts(actor, "+account_id") // the few dead ones, not all of an account
}

func (s *Store) deadPayloads(ctx context.Context, actor desk.Actor, limit int) ([]inbox.Payload, error) {
	var w where
	w.dead(actor)
	w.args = append(w.args, limit)
	rows, err := s.db.Query(ctx, `SELECT id, account_id, external_id, received_at, error FROM payloads`+w.String()+
		` ORDER BY id DESC LIMIT $`+strconv.Itoa(len(w.args)), w.args...)
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.Payload, error) {
		var p inbox.Payload
		var received int64
		err := r.Scan(&p.ID, &p.AccountID, &p.ExternalID, &received, &p.Error)
		p.ReceivedAt = store.Time(received)
		return p, err
	})
}
