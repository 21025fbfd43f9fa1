package inboxdb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

// Round implements inbox.Store.
func (s *Store) Round(ctx context.Context, id inbox.TicketID) (inbox.Round, error) {
	return round(ctx, s.db, id)
}

// Round implements inbox.Tx.
func (tx *Tx) Round(ctx context.Context, id inbox.TicketID) (inbox.Round, error) {
	return round(ctx, tx, id)
}

func round(ctx context.Context, q querier, id inbox.TicketID) (r inbox.Round, err error) {
	var answered int64
	err = q.QueryRow(ctx, `SELECT coalesce(max(sent_at), 0) FROM replies WHERE ticket_id = $1 AND state = 'sent' AND answers = 1`, int64(id)).Scan(&answered)
	if err != nil || answered == 0 {
		return r, err
	}
	r.AnsweredAt = store.Time(answered)
	err = q.QueryRow(ctx, `SELECT count(*) + 1 FROM events WHERE ticket_id = $1 AND ticket_id <> 0 AND name = $2 AND at <= $3`,
		int64(id), inbox.TicketReopened, answered).Scan(&r.Number)
	return r, err
}

// Rating implements inbox.Store.
func (s *Store) Rating(ctx context.Context, id inbox.TicketID, round int) (inbox.Rating, error) {
	return rating(ctx, s.db, id, round)
}

// Rating implements inbox.Tx.
func (tx *Tx) Rating(ctx context.Context, id inbox.TicketID, round int) (inbox.Rating, error) {
	return rating(ctx, tx, id, round)
}

func rating(ctx context.Context, q querier, id inbox.TicketID, round int) (r inbox.Rating, err error) {
	var created, updated int64
	err = q.QueryRow(ctx, `SELECT id, ticket_id, round, mark, words, via, message_id, changes, created_at, updated_at FROM ratings
		WHERE ticket_id = $1 AND round = $2`, int64(id), round).
		Scan(&r.ID, &r.TicketID, &r.Round, &r.Mark, &r.Words, &r.Via, &r.MessageID, &r.Changes, &created, &updated)
	r.CreatedAt, r.UpdatedAt = store.Time(created), store.Time(updated)
	return r, store.Translate(err)
}

// AddRating implements inbox.Tx.
func (tx *Tx) AddRating(ctx context.Context, r *inbox.Rating) (err error) {
	r.ID, err = tx.Insert(ctx, `INSERT INTO ratings (ticket_id, round, mark, words, via, message_id, changes, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)`,
		int64(r.TicketID), r.Round, int(r.Mark), r.Words, r.Via, int64(r.MessageID), store.Millis(r.CreatedAt), store.Millis(r.UpdatedAt))
	return store.Translate(err)
}

// SaveRating implements inbox.Tx.
func (tx *Tx) SaveRating(ctx context.Context, r inbox.Rating) error {
	_, err := tx.Exec(ctx, `UPDATE ratings SET mark = $2, words = $3, via = $4, message_id = $5, changes = $6, updated_at = $7 WHERE id = $1`,
		r.ID, int(r.Mark), r.Words, r.Via, int64(r.MessageID), r.Changes, store.Millis(r.UpdatedAt))
	return err
}

// MessageRating implements inbox.Tx.
func (tx *Tx) MessageRating(ctx context.Context, id inbox.MessageID) (m inbox.Mark, err error) {
	err = tx.QueryRow(ctx, `SELECT mark FROM ratings WHERE message_id = $1 AND message_id > 0`, int64(id)).Scan(&m)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return m, err
}

// AddSurvey implements inbox.Tx.
func (tx *Tx) AddSurvey(ctx context.Context, s inbox.Survey) error {
	_, err := tx.Exec(ctx, `INSERT INTO surveys (ticket_id, round, reply_id, contact_id, created_at) VALUES ($1, $2, $3, $4, $5)`,
		int64(s.TicketID), s.Round, int64(s.ReplyID), int64(s.ContactID), store.Millis(s.CreatedAt))
	return store.Translate(err)
}

// Asked implements inbox.Tx.
func (tx *Tx) Asked(ctx context.Context, id inbox.TicketID, round int) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM surveys WHERE ticket_id = $1 AND round = $2`, int64(id), round).Scan(&n)
	return n > 0, err
}

const surveyColumns = `v.ticket_id, v.round, v.reply_id, v.contact_id, v.created_at`

func scanSurvey(r row) (v inbox.Survey, err error) {
	var created int64
	err = r.Scan(&v.TicketID, &v.Round, &v.ReplyID, &v.ContactID, &created)
	v.CreatedAt = store.Time(created)
	return v, store.Translate(err)
}

// Survey implements inbox.Tx.
func (tx *Tx) Survey(ctx context.Context, reply inbox.ReplyID) (inbox.Survey, error) {
	return scanSurvey(tx.QueryRow(ctx, `SELECT `+surveyColumns+` FROM surveys v WHERE v.reply_id = $1`, int64(reply)))
}

// LastSurvey implements inbox.Tx.
func (tx *Tx) LastSurvey(ctx context.Context, c inbox.ContactID) (inbox.Survey, error) {
	return scanSurvey(tx.QueryRow(ctx, `SELECT `+surveyColumns+` FROM surveys v JOIN replies r ON r.id = v.reply_id AND r.state = 'sent'
		WHERE v.contact_id = $1 ORDER BY v.reply_id DESC LIMIT 1`, int64(c)))
}

// WindowOpen implements inbox.Tx.
func (tx *Tx) WindowOpen(ctx context.Context, c inbox.ContactID, now time.Time) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM windows WHERE contact_id = $1 AND remaining > 0 AND until > $2`, int64(c), store.Millis(now)).Scan(&n)
	return n > 0, err
}
