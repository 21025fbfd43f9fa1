// Package botdb is the bot's Store on the desk's database: all SQL about what
// the bot decided and where it stands with a citizen. A transaction of it is
// one of the inbox too, so that a decision and what follows from it in a ticket
// are stored together.
package botdb

import (
	"context"
	"database/sql"
	"encoding/json"

	"replydesk/app/store"
	"replydesk/app/store/faqdb"
	"replydesk/app/store/inboxdb"
	"replydesk/bot"
	"replydesk/faq"
	"replydesk/inbox"
)

// Store implements bot.Store.
type Store struct {
	db      *store.DB
	library *faqdb.Store
}

var (
	_ bot.Store     = (*Store)(nil)
	_ bot.Directory = (*Store)(nil)
)

// New returns the Store on db.
func New(db *store.DB) *Store { return &Store{db: db, library: faqdb.New(db)} }

// Atomic implements bot.Store.
func (s *Store) Atomic(ctx context.Context, fn func(tx bot.Tx) error) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error { return fn(&Tx{Tx: inboxdb.Join(tx)}) })
}

// Account implements bot.Store.
func (s *Store) Account(ctx context.Context, id int64) (bot.Account, error) {
	a := bot.Account{ID: id}
	var enabled int
	var settings string
	err := s.db.QueryRow(ctx, `SELECT bot_enabled * enabled, bot FROM accounts WHERE id = $1`, id).Scan(&enabled, &settings)
	a.Enabled, a.Settings = enabled != 0, json.RawMessage(settings)
	return a, store.Translate(err)
}

const messageColumns = `SELECT t.account_id, m.external_id, m.contact_id, m.ticket_id, m.id, m.text FROM messages m JOIN tickets t ON t.id = m.ticket_id`

func (s *Store) message(ctx context.Context, where string, args ...any) (m bot.Message, err error) {
	err = s.db.QueryRow(ctx, messageColumns+where, args...).
		Scan(&m.AccountID, &m.ExternalID, &m.ContactID, &m.TicketID, &m.MessageID, &m.Text)
	return m, store.Translate(err)
}

// Message implements bot.Store. A message is found through its contact's
// tickets: no index leads from a payload to it.
func (s *Store) Message(ctx context.Context, accountID int64, contact, externalID string) (bot.Message, error) {
	return s.message(ctx, ` JOIN contacts c ON c.id = t.contact_id
		WHERE c.account_id = $1 AND c.external_id = $2 AND m.external_id = $3 AND m.contact_id = c.id AND t.kind = 'private'`, accountID, contact, externalID)
}

// MessageByID implements bot.Store.
func (s *Store) MessageByID(ctx context.Context, id inbox.MessageID) (bot.Message, error) {
	return s.message(ctx, ` WHERE m.id = $1 AND m.contact_id = t.contact_id AND t.kind = 'private'`, int64(id))
}

// ActiveTicket implements bot.Store.
func (s *Store) ActiveTicket(ctx context.Context, accountID int64, contact string) (inbox.ContactID, inbox.TicketID, error) {
	var c inbox.ContactID
	var t inbox.TicketID
	err := s.db.QueryRow(ctx, `SELECT c.id, coalesce((SELECT t.id FROM tickets t WHERE t.contact_id = c.id AND t.kind = 'private' AND t.active > 0), 0)
		FROM contacts c WHERE c.account_id = $1 AND c.external_id = $2`, accountID, contact).Scan(&c, &t)
	return c, t, store.Translate(err)
}

// DepartmentNames implements bot.Directory.
func (s *Store) DepartmentNames(ctx context.Context) ([]string, error) {
	rows, err := s.db.Query(ctx, `SELECT name FROM departments UNION SELECT department FROM entries WHERE department <> '' AND state = 'published'`)
	return store.Collect(rows, err, func(r *sql.Rows) (name string, err error) { return name, r.Scan(&name) })
}

// EntryByCode implements bot.Store and bot.Directory.
func (s *Store) EntryByCode(ctx context.Context, code string) (faq.Entry, error) {
	return s.library.EntryByCode(ctx, code)
}
