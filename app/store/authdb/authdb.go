// Package authdb is auth's Store on the desk's database: all SQL about users,
// sessions, tokens and links.
package authdb

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"replydesk/app/auth"
	"replydesk/app/store"
	"replydesk/inbox/desk"
)

// Store implements auth.Store.
type Store struct{ db *store.DB }

var _ auth.Store = (*Store)(nil)

// New returns the Store on db.
func New(db *store.DB) *Store { return &Store{db: db} }

// Atomic implements auth.Store.
func (s *Store) Atomic(ctx context.Context, fn func(tx auth.Tx) error) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error { return fn(&Tx{Tx: tx}) })
}

// Tx implements auth.Tx; Record is the store's own.
type Tx struct{ *store.Tx }

var _ auth.Tx = (*Tx)(nil)

// userColumns and userTables read a user with one row for each account in
// scope; scanUsers folds them.
const (
	userColumns = `u.id, u.username, u.name, u.role, u.department_id, coalesce(d.name, ''), u.all_accounts, u.active,
		u.created_at, u.updated_at, u.last_seen_at, u.email, u.mobile, u.mention_id, coalesce(a.account_id, 0)`
	userTables = ` LEFT JOIN departments d ON d.id = u.department_id
		LEFT JOIN user_accounts a ON a.user_id = u.id AND u.all_accounts = 0`
)

// scanUsers reads rows that are ordered so that those of one user follow each
// other by account id. before are the columns that stand before the user's.
func scanUsers(rows *sql.Rows, err error, before ...any) ([]auth.User, error) {
	if err != nil {
		return nil, store.Translate(err)
	}
	defer rows.Close()
	var out []auth.User
	for rows.Next() {
		var u auth.User
		var allAccounts, active int
		var created, updated, seen, account int64
		err := rows.Scan(append(before, &u.ID, &u.Username, &u.Name, (*string)(&u.Role), &u.Department.ID, &u.Department.Name,
			&allAccounts, &active, &created, &updated, &seen, &u.Email, &u.Mobile, &u.MentionID, &account)...)
		if err != nil {
			return nil, store.Translate(err)
		}
		u.AllAccounts, u.Active = allAccounts != 0, active != 0
		u.CreatedAt, u.UpdatedAt, u.LastSeenAt = store.Time(created), store.Time(updated), store.Time(seen)
		if n := len(out); n == 0 || out[n-1].ID != u.ID {
			out = append(out, u)
		}
		if account != 0 {
			last := &out[len(out)-1]
			last.AccountIDs = append(last.AccountIDs, account)
		}
	}
	return out, store.Translate(rows.Err())
}

func scanUser(rows *sql.Rows, err error, before ...any) (auth.User, error) {
	users, err := scanUsers(rows, err, before...)
	if err != nil {
		return auth.User{}, err
	}
	if len(users) == 0 {
		return auth.User{}, store.Translate(sql.ErrNoRows)
	}
	return users[0], nil
}

// Password implements auth.Store.
func (s *Store) Password(ctx context.Context, username string) (auth.User, string, error) {
	var hash string
	rows, err := s.db.Query(ctx, `SELECT u.password_hash, `+userColumns+` FROM users u`+userTables+`
		WHERE u.username = $1 ORDER BY a.account_id`, username)
	u, err := scanUser(rows, err, &hash)
	return u, hash, err
}

// Users implements auth.Store.
func (s *Store) Users(ctx context.Context, after int64, limit int) ([]auth.User, error) {
	rows, err := s.db.Query(ctx, `SELECT `+userColumns+` FROM (SELECT * FROM users WHERE id > $1 ORDER BY id LIMIT $2) u`+userTables+`
		ORDER BY u.id, a.account_id`, after, limit)
	return scanUsers(rows, err)
}

// User implements auth.Store.
func (s *Store) User(ctx context.Context, id int64) (auth.User, error) { return user(ctx, s.db, id) }

func user(ctx context.Context, q store.Querier, id int64) (auth.User, error) {
	rows, err := q.Query(ctx, `SELECT `+userColumns+` FROM users u`+userTables+` WHERE u.id = $1 ORDER BY a.account_id`, id)
	return scanUser(rows, err)
}

// Names implements auth.Store.
func (s *Store) Names(ctx context.Context, ids []int64) (map[int64]string, error) {
	names := make(map[int64]string, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	marks, args := make([]string, len(ids)), make([]any, len(ids))
	for i, id := range ids {
		marks[i], args[i] = "$"+strconv.Itoa(i+1), id
	}
	rows, err := s.db.Query(ctx, `SELECT id, name FROM users WHERE id IN (`+strings.Join(marks, ", ")+`)`, args...)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id int64
		var name string
		err := r.Scan(&id, &name)
		names[id] = name
		return struct{}{}, err
	})
	return names, err
}

// Session implements auth.Store, in one read.
func (s *Store) Session(ctx context.Context, key string) (auth.Session, auth.User, error) {
	v := auth.Session{Key: key}
	var created, seen, expires int64
	rows, err := s.db.Query(ctx, `SELECT s.user_id, s.csrf, s.created_at, s.seen_at, s.expires_at, s.address, s.agent, s.link_id,
			coalesce(e.id, 0), coalesce(e.ticket_id, 0), `+userColumns+`
		FROM sessions s JOIN users u ON u.id = s.user_id LEFT JOIN links l ON l.id = s.link_id AND l.revoked_at = 0
		LEFT JOIN escalations e ON e.id = l.escalation_id`+userTables+` WHERE s.id = $1 ORDER BY a.account_id`, key)
	u, err := scanUser(rows, err, &v.UserID, &v.CSRF, &created, &seen, &expires, &v.Address, &v.Agent, &v.LinkID, &v.Part.EscalationID, &v.Part.TicketID)
	v.CreatedAt, v.SeenAt, v.ExpiresAt = store.Time(created), store.Time(seen), store.Time(expires)
	return v, u, err
}

const tokenColumns = `t.id, t.user_id, t.name, t.created_at, t.expires_at, t.used_at`

// Token implements auth.Store, in one read.
func (s *Store) Token(ctx context.Context, hash string) (auth.Token, auth.User, error) {
	return s.token(ctx, `t.token_hash = $1`, hash)
}

// TokenByID implements auth.Store.
func (s *Store) TokenByID(ctx context.Context, id int64) (auth.Token, auth.User, error) {
	return s.token(ctx, `t.id = $1`, id)
}

func (s *Store) token(ctx context.Context, cond string, arg any) (auth.Token, auth.User, error) {
	var v auth.Token
	var created, expires, used int64
	rows, err := s.db.Query(ctx, `SELECT `+tokenColumns+`, `+userColumns+`
		FROM api_tokens t JOIN users u ON u.id = t.user_id`+userTables+` WHERE `+cond+` ORDER BY a.account_id`, arg)
	u, err := scanUser(rows, err, &v.ID, &v.UserID, &v.Name, &created, &expires, &used)
	v.CreatedAt, v.ExpiresAt, v.UsedAt = store.Time(created), store.Time(expires), store.Time(used)
	return v, u, err
}

// Tokens implements auth.Store.
func (s *Store) Tokens(ctx context.Context, userID int64) ([]auth.Token, error) {
	rows, err := s.db.Query(ctx, `SELECT `+tokenColumns+` FROM api_tokens t WHERE t.user_id = $1 ORDER BY t.id DESC`, userID)
	return store.Collect(rows, err, func(r *sql.Rows) (auth.Token, error) {
		var v auth.Token
		var created, expires, used int64
		err := r.Scan(&v.ID, &v.UserID, &v.Name, &created, &expires, &used)
		v.CreatedAt, v.ExpiresAt, v.UsedAt = store.Time(created), store.Time(expires), store.Time(used)
		return v, err
	})
}

// exists reports whether a query of one column finds a row.
func exists(ctx context.Context, q store.Querier, query string, args ...any) (bool, error) {
	var one int64
	err := q.QueryRow(ctx, query, args...).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// AnyUser implements auth.Tx.
func (tx *Tx) AnyUser(ctx context.Context) (bool, error) {
	return exists(ctx, tx, `SELECT id FROM users LIMIT 1`)
}

// DepartmentExists implements auth.Tx.
func (tx *Tx) DepartmentExists(ctx context.Context, id int64) (bool, error) {
	return exists(ctx, tx, `SELECT id FROM departments WHERE id = $1`, id)
}

// AccountExists implements auth.Tx.
func (tx *Tx) AccountExists(ctx context.Context, id int64) (bool, error) {
	return exists(ctx, tx, `SELECT id FROM accounts WHERE id = $1`, id)
}

// gone is a write that met no row.
func gone(n int64, err error) error {
	if err == nil && n == 0 {
		return desk.Errorf(desk.NotFound, "没有找到")
	}
	return store.Translate(err)
}

func millis(t time.Time) int64 { return store.Millis(t) }
