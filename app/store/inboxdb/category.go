package inboxdb

import (
	"context"
	"database/sql"

	"replydesk/app/store"
	"replydesk/inbox/desk"
)

// CountCategory implements inbox.Tx.
func (tx *Tx) CountCategory(ctx context.Context, accountID int64, category string, by int) error {
	_, err := tx.Exec(ctx, `INSERT INTO ticket_categories (account_id, category, tickets) VALUES ($1, $2, $3)
		ON CONFLICT (account_id, category) DO UPDATE SET tickets = ticket_categories.tickets + excluded.tickets`, accountID, category, by)
	if err != nil || by > 0 {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM ticket_categories WHERE account_id = $1 AND category = $2 AND tickets <= 0`, accountID, category)
	return err
}

// TicketCategories implements inbox.Reader.
func (s *Store) TicketCategories(ctx context.Context, actor desk.Actor, limit int) ([]string, error) {
	var w where
	if !actor.AllAccounts {
		among(&w, `account_id`, actor.AccountIDs)
	}
	rows, err := s.db.Query(ctx, `SELECT category FROM ticket_categories`+w.String()+` GROUP BY category ORDER BY sum(tickets) DESC, category LIMIT `+
		param(len(w.args)+1), append(w.args, limit)...)
	return store.Collect(rows, err, func(r *sql.Rows) (name string, err error) { return name, r.Scan(&name) })
}
