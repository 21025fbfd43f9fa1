// Package noticedb is notice's Store on the desk's database: notices, their
// sends, the senders with their sealed setups and people's settings. Whom and
// what events are about it reads in other trees' tables (read.go).
package noticedb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// Sealer encrypts setups for the place they are stored at.
type Sealer interface {
	Seal(place string, plain []byte) []byte
	Open(place string, sealed []byte) ([]byte, error)
}

// Store implements notice.Store.
type Store struct {
	db  *store.DB
	box Sealer
}

var (
	_ notice.Store = (*Store)(nil)
	_ notice.Tx    = (*Tx)(nil)
)

// New returns the Store on db.
func New(db *store.DB, box Sealer) *Store { return &Store{db: db, box: box} }

// Tx implements notice.Tx; Record and Enqueue are the store's own.
type Tx struct {
	*store.Tx
	box Sealer
}

// Atomic implements notice.Store.
func (s *Store) Atomic(ctx context.Context, fn func(tx notice.Tx) error) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error { return fn(&Tx{tx, s.box}) })
}

// cursor is the counter that says up to which event was followed.
const cursor = "notice.event"

// Cursor implements notice.Store.
func (s *Store) Cursor(ctx context.Context) (int64, error) { return readCursor(ctx, s.db) }

func readCursor(ctx context.Context, q store.Querier) (int64, error) {
	var at int64
	err := q.QueryRow(ctx, `SELECT coalesce(max(value), 0) FROM counters WHERE name = $1`, cursor).Scan(&at)
	return at, err
}

// LockCursor implements notice.Tx.
func (tx *Tx) LockCursor(ctx context.Context) (int64, error) {
	if !tx.Alone() {
		// The first of all makes the row, so that there is one to lock.
		_, err := tx.Exec(ctx, `INSERT INTO counters (name, value) VALUES ($1, 0) ON CONFLICT (name) DO UPDATE SET value = counters.value`, cursor)
		if err != nil {
			return 0, err
		}
	}
	return readCursor(ctx, tx)
}

// SaveCursor implements notice.Tx.
func (tx *Tx) SaveCursor(ctx context.Context, event int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, cursor, event)
	return err
}

// AddNotice implements notice.Tx.
func (tx *Tx) AddNotice(ctx context.Context, n *notice.Notice) (bool, error) {
	facts, err := json.Marshal(n.Facts)
	if err != nil {
		return false, err
	}
	n.ID, err = tx.Insert(ctx, `INSERT INTO notices (user_id, event_id, event, topic, urgent, ticket_id, account_id, link, facts, listed, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (event_id, user_id) DO NOTHING`,
		n.UserID, n.EventID, n.Event, string(n.Topic), store.Bool(n.Urgent), n.TicketID, n.AccountID, n.Link, string(facts),
		store.Bool(n.Listed), store.Millis(n.CreatedAt))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// AddSend implements notice.Tx.
func (tx *Tx) AddSend(ctx context.Context, s notice.Send) error {
	_, err := tx.Exec(ctx, `INSERT INTO notice_sends (notice_id, user_id, medium, sender_id, urgent, state, not_before, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
		s.NoticeID, s.UserID, string(s.Medium), s.SenderID, store.Bool(s.Urgent), string(s.State), store.Millis(s.NotBefore), store.Millis(s.CreatedAt))
	return err
}

// MarkRead implements notice.Tx.
func (tx *Tx) MarkRead(ctx context.Context, user int64, ids []int64, upTo int64, at time.Time) (int64, error) {
	args := []any{user, store.Millis(at), upTo}
	which := `id <= $3`
	if len(ids) > 0 {
		marks := make([]string, len(ids))
		for i, id := range ids {
			args = append(args, id)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		which += ` OR id IN (` + strings.Join(marks, ", ") + `)`
	}
	return tx.Exec(ctx, `UPDATE notices SET read_at = $2 WHERE user_id = $1 AND listed = 1 AND read_at = 0 AND (`+which+`)`, args...)
}

// SaveSettings implements notice.Tx.
func (tx *Tx) SaveSettings(ctx context.Context, user int64, s notice.Settings) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO notice_settings (user_id, settings) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET settings = excluded.settings`,
		user, string(text))
	return err
}

// Claim implements notice.Tx. Which are claimed is one statement, so that two
// tasks of a target never have the same.
func (tx *Tx) Claim(ctx context.Context, t notice.Target, now, until time.Time, limit int) ([]notice.Send, error) {
	rows, err := tx.Query(ctx, `UPDATE notice_sends SET state = 'sending', claimed_until = $3
		WHERE id IN (SELECT id FROM notice_sends WHERE sender_id = $1 AND (CAST($4 AS BIGINT) = 0 OR user_id = $4) AND medium = $6
			AND state IN ('waiting', 'sending') AND not_before <= $2 AND claimed_until <= $2 ORDER BY urgent DESC, id LIMIT $5)
			AND state IN ('waiting', 'sending') AND not_before <= $2 AND claimed_until <= $2
		RETURNING `+sendColumns, t.SenderID, store.Millis(now), store.Millis(until), t.UserID, limit, string(t.Medium))
	sends, err := store.Collect(rows, err, func(r *sql.Rows) (notice.Send, error) { return scanSend(r) })
	sortSends(sends)
	return sends, err
}

// Settle implements notice.Tx.
func (tx *Tx) Settle(ctx context.Context, s notice.Send, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE notice_sends SET state = $2, attempts = $3, not_before = $4, error = $5, claimed_until = 0, updated_at = $6 WHERE id = $1`,
		s.ID, string(s.State), s.Attempts, store.Millis(s.NotBefore), s.Error, store.Millis(at))
	return err
}

func place(id int64) string { return "notice_sender/" + strconv.FormatInt(id, 10) }

// SaveSender implements notice.Tx.
func (tx *Tx) SaveSender(ctx context.Context, s *notice.StoredSender) error {
	plain, err := json.Marshal(s.Setup)
	if err != nil {
		return err
	}
	if s.DepartmentID != 0 {
		var id int64
		err := tx.QueryRow(ctx, `SELECT id FROM departments WHERE id = $1`, s.DepartmentID).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return desk.InvalidField("department_id", "没有这个承办单位")
		}
		if err != nil {
			return err
		}
	}
	id := s.ID
	if id == 0 {
		id, err = tx.Insert(ctx, `INSERT INTO notice_senders (kind, name, setup, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)`,
			string(s.Kind), s.Name, []byte{}, store.Millis(s.CreatedAt))
		if err != nil {
			return store.Translate(err)
		}
	}
	n, err := tx.Exec(ctx, `UPDATE notice_senders SET name = $2, setup = $3, enabled = $4, department_id = $5, updated_at = $6 WHERE id = $1`,
		id, s.Name, tx.box.Seal(place(id), plain), store.Bool(s.Enabled), s.DepartmentID, store.Millis(s.UpdatedAt))
	if err == nil && n == 0 {
		return noSender()
	}
	s.ID = id
	return err
}

func noSender() error { return desk.Errorf(desk.NotFound, "没有找到这个发送通道") }

// RemoveSender implements notice.Tx.
func (tx *Tx) RemoveSender(ctx context.Context, id int64, now time.Time) error {
	n, err := tx.Exec(ctx, `DELETE FROM notice_senders WHERE id = $1`, id)
	if err == nil && n == 0 {
		return noSender()
	}
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE notice_sends SET state = 'failed', error = 'the sender was removed', updated_at = $2
			WHERE sender_id = $1 AND state = 'waiting'`, id, store.Millis(now))
	}
	return err
}

// Purge implements notice.Store.
func (s *Store) Purge(ctx context.Context, before time.Time, limit int) (int, error) {
	var n int64
	err := s.db.Atomic(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.Exec(ctx, `DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE created_at < $1 ORDER BY created_at LIMIT $2)`,
			store.Millis(before), limit)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("purge notices: %w", err)
	}
	return int(n), nil
}
