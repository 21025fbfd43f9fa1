package authdb

import (
	"context"
	"database/sql"
	"time"

	"replydesk/app/auth"
	"replydesk/app/store"
)

// linkColumns end with what the link leads to, as it stands now: over when the
// escalation has left the department of the link's person.
const (
	linkColumns = `l.id, l.name, l.token_hash, l.user_id, l.escalation_id, l.notice_id, l.created_at, l.expires_at, l.revoked_at, l.used_at,
		l.code_nonce, l.code_until, l.code_tries, l.failed, e.ticket_id, t.account_id,
		CASE WHEN e.department_id <> u.department_id OR e.state IN ('returned', 'withdrawn') THEN 1 ELSE 0 END`
	linkTables = ` FROM links l JOIN users u ON u.id = l.user_id JOIN escalations e ON e.id = l.escalation_id JOIN tickets t ON t.id = e.ticket_id`
)

// linkRow receives linkColumns.
type linkRow struct {
	auth.Link
	created, expires, revoked, used, until int64
	over                                   int
}

func (r *linkRow) fields() []any {
	return []any{
		&r.ID, &r.Name, &r.Hash, &r.UserID, &r.EscalationID, &r.NoticeID, &r.created, &r.expires, &r.revoked, &r.used,
		&r.Nonce, &r.until, &r.Tries, &r.Failed, &r.TicketID, &r.AccountID, &r.over,
	}
}

func (r *linkRow) link() auth.Link {
	l := r.Link
	l.CreatedAt, l.ExpiresAt, l.RevokedAt = store.Time(r.created), store.Time(r.expires), store.Time(r.revoked)
	l.UsedAt, l.Until, l.Over = store.Time(r.used), store.Time(r.until), r.over != 0
	return l
}

// Link implements auth.Store.
func (s *Store) Link(ctx context.Context, name string) (auth.Link, auth.User, error) {
	return link(ctx, s.db, `l.name = $1`, name)
}

func link(ctx context.Context, q store.Querier, cond string, arg any) (auth.Link, auth.User, error) {
	var r linkRow
	rows, err := q.Query(ctx, `SELECT `+linkColumns+`, `+userColumns+linkTables+userTables+` WHERE `+cond+` ORDER BY a.account_id`, arg)
	u, err := scanUser(rows, err, r.fields()...)
	return r.link(), u, err
}

// Links implements auth.Store.
func (s *Store) Links(ctx context.Context, escalationID int64, limit int) ([]auth.NamedLink, error) {
	rows, err := s.db.Query(ctx, `SELECT `+linkColumns+`, u.name`+linkTables+` WHERE l.escalation_id = $1 ORDER BY l.id DESC LIMIT $2`, escalationID, limit)
	return store.Collect(rows, err, func(r *sql.Rows) (auth.NamedLink, error) {
		var row linkRow
		var person string
		err := r.Scan(append(row.fields(), &person)...)
		return auth.NamedLink{Link: row.link(), Person: person}, err
	})
}

// AddLink implements auth.Tx.
func (tx *Tx) AddLink(ctx context.Context, l auth.Link) (auth.Link, auth.User, error) {
	_, err := tx.Exec(ctx, `INSERT INTO links (name, token_hash, user_id, escalation_id, notice_id, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (notice_id) DO NOTHING`,
		l.Name, l.Hash, l.UserID, l.EscalationID, l.NoticeID, millis(l.CreatedAt), millis(l.ExpiresAt))
	if err != nil {
		return auth.Link{}, auth.User{}, store.Translate(err)
	}
	return link(ctx, tx, `l.notice_id = $1`, l.NoticeID)
}

// LockLink implements auth.Tx.
func (tx *Tx) LockLink(ctx context.Context, name string) (auth.Link, auth.User, error) {
	if !tx.Alone() {
		if err := gone(tx.Exec(ctx, `UPDATE links SET id = id WHERE name = $1`, name)); err != nil {
			return auth.Link{}, auth.User{}, err
		}
	}
	return link(ctx, tx, `l.name = $1`, name)
}

// SaveLink implements auth.Tx.
func (tx *Tx) SaveLink(ctx context.Context, l auth.Link) error {
	return gone(tx.Exec(ctx, `UPDATE links SET revoked_at = $2, used_at = $3, code_nonce = $4, code_until = $5, code_tries = $6, failed = $7 WHERE id = $1`,
		l.ID, millis(l.RevokedAt), millis(l.UsedAt), l.Nonce, millis(l.Until), l.Tries, l.Failed))
}

// RevokeLinks implements auth.Tx.
func (tx *Tx) RevokeLinks(ctx context.Context, userID, escalationID int64, at time.Time) (int64, []string, error) {
	n, err := tx.Exec(ctx, `UPDATE links SET revoked_at = $3, code_nonce = '', code_until = 0 WHERE revoked_at = 0 AND (user_id = $1 OR escalation_id = $2)`,
		userID, escalationID, millis(at))
	if err != nil {
		return 0, nil, err
	}
	rows, err := tx.Query(ctx, `DELETE FROM sessions WHERE link_id <> 0 AND link_id IN (SELECT id FROM links WHERE user_id = $1 OR escalation_id = $2)
		RETURNING id`, userID, escalationID)
	keys, err := store.Collect(rows, err, func(r *sql.Rows) (key string, err error) { return key, r.Scan(&key) })
	return n, keys, err
}

// PurgeLinks implements auth.Tx.
func (tx *Tx) PurgeLinks(ctx context.Context, expired time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM links WHERE expires_at <= $1`, millis(expired))
	return err
}
