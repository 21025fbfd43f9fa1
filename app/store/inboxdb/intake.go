package inboxdb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// AddPayload implements inbox.Tx.
func (tx *Tx) AddPayload(ctx context.Context, p inbox.Payload) (int64, bool, error) {
	id, err := tx.Insert(ctx, `
		INSERT INTO payloads (account_id, external_id, contact_id, received_at, error, body)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account_id, external_id) DO NOTHING`,
		p.AccountID, p.ExternalID, int64(p.ContactID), store.Millis(p.ReceivedAt), p.Error, p.Body)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return id, err == nil, err
}

const payloadColumns = `id, account_id, external_id, contact_id, received_at, error, body`

func scanPayload(r row) (inbox.Payload, error) {
	var p inbox.Payload
	var received int64
	err := r.Scan(&p.ID, &p.AccountID, &p.ExternalID, &p.ContactID, &received, &p.Error, &p.Body)
	p.ReceivedAt = store.Time(received)
	return p, store.Translate(err)
}

// LockPayload implements inbox.Tx. The write puts a second replay of the same
// payload in line.
func (tx *Tx) LockPayload(ctx context.Context, id int64) (inbox.Payload, error) {
	return scanPayload(tx.QueryRow(ctx, `UPDATE payloads SET error = error WHERE id = $1 RETURNING `+payloadColumns, id))
}

// RevivePayload implements inbox.Tx.
func (tx *Tx) RevivePayload(ctx context.Context, id int64, contact inbox.ContactID) error {
	_, err := tx.Exec(ctx, `UPDATE payloads SET error = '', contact_id = $2 WHERE id = $1`, id, int64(contact))
	return err
}

// UpsertContact implements inbox.Tx. On PostgreSQL the write puts two messages
// of one contact in line; where the transaction is alone it is left out when
// nothing changes, which is nearly always.
func (tx *Tx) UpsertContact(ctx context.Context, accountID int64, externalID, name string, now time.Time) (inbox.Contact, error) {
	c := inbox.Contact{AccountID: accountID, ExternalID: externalID}
	var subscribed int
	if tx.Alone() {
		err := tx.QueryRow(ctx, `SELECT id, name, subscribed FROM contacts WHERE account_id = $1 AND external_id = $2`,
			accountID, externalID).Scan(&c.ID, &c.Name, &subscribed)
		if c.Subscribed = subscribed != 0; err == nil && (name == "" || name == c.Name) || err != nil && !errors.Is(err, sql.ErrNoRows) {
			return c, err
		}
	}
	err := tx.QueryRow(ctx, `
		INSERT INTO contacts (account_id, external_id, name, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account_id, external_id) DO UPDATE
		SET name = CASE WHEN excluded.name = '' THEN contacts.name ELSE excluded.name END
		RETURNING id, name, subscribed`,
		accountID, externalID, name, store.Millis(now)).Scan(&c.ID, &c.Name, &subscribed)
	c.Subscribed = subscribed != 0
	return c, err
}

// SetSubscribed implements inbox.Tx.
func (tx *Tx) SetSubscribed(ctx context.Context, c inbox.ContactID, subscribed bool) error {
	_, err := tx.Exec(ctx, `UPDATE contacts SET subscribed = $2 WHERE id = $1`, int64(c), store.Bool(subscribed))
	return err
}

// OpenWindow implements inbox.Tx.
func (tx *Tx) OpenWindow(ctx context.Context, c inbox.ContactID, w channel.Window) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO windows (contact_id, name, remaining, until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (contact_id, name) DO UPDATE SET remaining = excluded.remaining, until = excluded.until`,
		int64(c), w.Name, w.Limit, store.Millis(w.Until))
	return err
}

// DrawWindow implements inbox.Tx.
func (tx *Tx) DrawWindow(ctx context.Context, c inbox.ContactID, now time.Time) error {
	_, err := tx.Exec(ctx, `
		UPDATE windows SET remaining = remaining - 1 WHERE contact_id = $1 AND name =
			(SELECT name FROM windows WHERE contact_id = $1 AND remaining > 0 AND until > $2 ORDER BY until LIMIT 1)`,
		int64(c), store.Millis(now))
	return err
}

// UpsertPost implements inbox.Tx.
func (tx *Tx) UpsertPost(ctx context.Context, accountID int64, p channel.Post) (int64, error) {
	var id int64
	err := tx.QueryRow(ctx, `
		INSERT INTO posts (account_id, external_id, title, url) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account_id, external_id) DO UPDATE
		SET title = CASE WHEN excluded.title = '' THEN posts.title ELSE excluded.title END,
			url = CASE WHEN excluded.url = '' THEN posts.url ELSE excluded.url END
		RETURNING id`, accountID, p.ExternalID, p.Title, p.URL).Scan(&id)
	return id, err
}

// AddMessage implements inbox.Tx.
func (tx *Tx) AddMessage(ctx context.Context, m *inbox.Message) error {
	id, err := tx.Insert(ctx, `
		INSERT INTO messages (ticket_id, payload_id, contact_id, guest, external_id, type, text, data, sent_at, received_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		int64(m.TicketID), m.PayloadID, int64(m.ContactID), store.Bool(m.Guest), m.ExternalID, string(m.Type), m.Text, string(m.Data),
		store.Millis(m.SentAt), store.Millis(m.ReceivedAt))
	if err != nil {
		return err
	}
	m.ID = inbox.MessageID(id)
	for i := range m.Attachments {
		a := &m.Attachments[i]
		a.MessageID, a.TicketID = m.ID, m.TicketID
		a.ID, err = tx.Insert(ctx, `
			INSERT INTO attachments (message_id, ticket_id, kind, external_id, url, format, state)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			int64(a.MessageID), int64(a.TicketID), string(a.Kind), a.ExternalID, a.URL, a.Format, string(a.State))
		if err != nil {
			return err
		}
	}
	return nil
}

// LockAttachment implements inbox.Tx.
func (tx *Tx) LockAttachment(ctx context.Context, id int64) (inbox.Attachment, error) {
	row := tx.QueryRow(ctx, `SELECT `+attachmentColumns+`, t.account_id FROM attachments a JOIN tickets t ON t.id = a.ticket_id WHERE a.id = $1`, id)
	var account int64
	a, err := scanAttachment(row, &account)
	a.AccountID = account
	return a, store.Translate(err)
}

// SaveAttachment implements inbox.Tx.
func (tx *Tx) SaveAttachment(ctx context.Context, a inbox.Attachment) error {
	n, err := tx.Exec(ctx, `UPDATE attachments SET state = $2, name = $3, content_type = $4, size = $5, path = $6, error = $7 WHERE id = $1`,
		a.ID, string(a.State), a.Name, a.ContentType, a.Size, a.Path, a.Error)
	if err == nil && n == 0 {
		err = desk.Errorf(desk.NotFound, "没有找到附件")
	}
	return err
}
