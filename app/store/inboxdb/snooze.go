package inboxdb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// DueSnoozes implements inbox.Store.
func (s *Store) DueSnoozes(ctx context.Context, now time.Time, limit int) ([]inbox.TicketID, error) {
	rows, err := s.db.Query(ctx, `SELECT id FROM tickets WHERE snoozed_until > 0 AND snoozed_until <= $1 ORDER BY snoozed_until, id LIMIT $2`,
		store.Millis(now), limit)
	return store.Collect(rows, err, func(r *sql.Rows) (id inbox.TicketID, err error) { return id, r.Scan(&id) })
}

// NextSnooze implements inbox.Store.
func (s *Store) NextSnooze(ctx context.Context) (time.Time, error) {
	var next int64
	err := s.db.QueryRow(ctx, `SELECT snoozed_until FROM tickets WHERE snoozed_until > 0 ORDER BY snoozed_until LIMIT 1`).Scan(&next)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return store.Time(next), err
}

// snoozedQuery counts the snoozed tickets an actor sees.
func snoozedQuery(actor desk.Actor, engine store.Engine) (string, []any) {
	w := where{plus: plus(engine), from: everyTicket}
	w.add(string(snoozed))
	w.given(actor)
	w.visible(actor)
	return `SELECT count(*) FROM ` + w.from + w.String(), w.args
}
