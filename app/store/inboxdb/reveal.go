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

// MessageTicket implements inbox.Store.
func (s *Store) MessageTicket(ctx context.Context, id inbox.MessageID) (inbox.TicketID, error) {
	var t inbox.TicketID
	err := s.db.QueryRow(ctx, `SELECT ticket_id FROM messages WHERE id = $1`, int64(id)).Scan(&t)
	if errors.Is(err, sql.ErrNoRows) {
		err = desk.Errorf(desk.NotFound, "没有找到这条消息")
	}
	return t, err
}

// Revealed implements inbox.Store.
func (s *Store) Revealed(ctx context.Context, userID int64, ticket inbox.TicketID, now time.Time) (map[inbox.MessageID]time.Time, error) {
	out := map[inbox.MessageID]time.Time{}
	rows, err := s.db.Query(ctx, `SELECT message_id, until FROM reveals WHERE user_id = $1 AND ticket_id = $2 AND until > $3`, userID, int64(ticket), store.Millis(now))
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id inbox.MessageID
		var until int64
		err := r.Scan(&id, &until)
		out[id] = store.Time(until)
		return struct{}{}, err
	})
	return out, err
}

// AddReveal implements inbox.Tx. What has run out goes with it.
func (tx *Tx) AddReveal(ctx context.Context, userID int64, ticket inbox.TicketID, message inbox.MessageID, now, until time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM reveals WHERE user_id = $1 AND until <= $2`, userID, store.Millis(now)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO reveals (user_id, message_id, ticket_id, until) VALUES ($1, $2, $3, $4)
		ON CONFLICT (user_id, message_id) DO UPDATE SET until = excluded.until`, userID, int64(message), int64(ticket), store.Millis(until))
	return store.Translate(err)
}
