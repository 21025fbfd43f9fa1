package authdb

import (
	"context"
	"database/sql"
	"time"

	"replydesk/app/auth"
	"replydesk/app/store"
	"replydesk/inbox/desk"
)

// InsertUser implements auth.Tx.
func (tx *Tx) InsertUser(ctx context.Context, u *auth.User, hash string) error {
	id, err := tx.Insert(ctx, `
		INSERT INTO users (username, name, role, department_id, password_hash, all_accounts, active, created_at, updated_at, email, mobile, mention_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		u.Username, u.Name, string(u.Role), u.Department.ID, hash, store.Bool(u.AllAccounts), store.Bool(u.Active),
		millis(u.CreatedAt), millis(u.UpdatedAt), u.Email, u.Mobile, u.MentionID)
	if err != nil {
		return store.Translate(err)
	}
	u.ID = id
	return tx.addScope(ctx, *u)
}

func (tx *Tx) addScope(ctx context.Context, u auth.User) error {
	if u.AllAccounts {
		return nil
	}
	for _, account := range u.AccountIDs {
		if _, err := tx.Exec(ctx, `INSERT INTO user_accounts (user_id, account_id) VALUES ($1, $2)`, u.ID, account); err != nil {
			return store.Translate(err)
		}
	}
	return nil
}

// LockUser implements auth.Tx.
func (tx *Tx) LockUser(ctx context.Context, id int64) (auth.User, error) {
	if !tx.Alone() {
		if err := gone(tx.Exec(ctx, `UPDATE users SET id = id WHERE id = $1`, id)); err != nil {
			return auth.User{}, err
		}
	}
	return user(ctx, tx, id)
}

// UpdateUser implements auth.Tx.
func (tx *Tx) UpdateUser(ctx context.Context, u auth.User) error {
	err := gone(tx.Exec(ctx, `
		UPDATE users SET username = $2, name = $3, role = $4, department_id = $5, all_accounts = $6, active = $7, updated_at = $8,
			email = $9, mobile = $10, mention_id = $11
		WHERE id = $1`,
		u.ID, u.Username, u.Name, string(u.Role), u.Department.ID, store.Bool(u.AllAccounts), store.Bool(u.Active), millis(u.UpdatedAt),
		u.Email, u.Mobile, u.MentionID))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM user_accounts WHERE user_id = $1`, u.ID); err != nil {
		return err
	}
	return tx.addScope(ctx, u)
}

// PasswordHash implements auth.Tx.
func (tx *Tx) PasswordHash(ctx context.Context, id int64) (string, error) {
	var hash string
	err := tx.QueryRow(ctx, `SELECT password_hash FROM users WHERE id = $1`, id).Scan(&hash)
	return hash, store.Translate(err)
}

// SetPassword implements auth.Tx.
func (tx *Tx) SetPassword(ctx context.Context, id int64, hash string) error {
	return gone(tx.Exec(ctx, `UPDATE users SET password_hash = $2 WHERE id = $1`, id, hash))
}

// LockAdmins implements auth.Tx. Two nodes that each take away another's rights
// meet here: the second counts what the first has left.
func (tx *Tx) LockAdmins(ctx context.Context) (int, error) {
	const admins = ` WHERE role = 'admin' AND active = 1`
	if !tx.Alone() {
		if _, err := tx.Exec(ctx, `UPDATE users SET id = id`+admins); err != nil {
			return 0, err
		}
	}
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM users`+admins).Scan(&n)
	return n, err
}

// AddSession implements auth.Tx.
func (tx *Tx) AddSession(ctx context.Context, s auth.Session) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO sessions (id, user_id, csrf, created_at, seen_at, expires_at, address, agent, link_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		s.Key, s.UserID, s.CSRF, millis(s.CreatedAt), millis(s.SeenAt), millis(s.ExpiresAt), s.Address, s.Agent, s.LinkID)
	return store.Translate(err)
}

// SeeSession implements auth.Tx.
func (tx *Tx) SeeSession(ctx context.Context, key string, userID int64, at time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2`, key, millis(at)); err != nil {
		return err
	}
	return tx.seeUser(ctx, userID, at)
}

func (tx *Tx) seeUser(ctx context.Context, id int64, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE users SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2`, id, millis(at))
	return err
}

// EndSession implements auth.Tx.
func (tx *Tx) EndSession(ctx context.Context, key string) error {
	_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE id = $1`, key)
	return err
}

// EndSessions implements auth.Tx.
func (tx *Tx) EndSessions(ctx context.Context, userID int64) ([]string, error) {
	rows, err := tx.Query(ctx, `DELETE FROM sessions WHERE user_id = $1 RETURNING id`, userID)
	return store.Collect(rows, err, func(r *sql.Rows) (key string, err error) { return key, r.Scan(&key) })
}

// HasSession implements auth.Tx.
func (tx *Tx) HasSession(ctx context.Context, key string) (bool, error) {
	return exists(ctx, tx, `SELECT user_id FROM sessions WHERE id = $1`, key)
}

// PurgeSessions implements auth.Tx.
func (tx *Tx) PurgeSessions(ctx context.Context, expired, idle time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2`, millis(expired), millis(idle))
	return err
}

// CountTokens implements auth.Tx.
func (tx *Tx) CountTokens(ctx context.Context, userID int64) (int, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM api_tokens WHERE user_id = $1`, userID).Scan(&n)
	return n, err
}

// AddToken implements auth.Tx.
func (tx *Tx) AddToken(ctx context.Context, t *auth.Token, hash string) (err error) {
	t.ID, err = tx.Insert(ctx, `
		INSERT INTO api_tokens (user_id, name, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
		t.UserID, t.Name, hash, millis(t.CreatedAt), millis(t.ExpiresAt))
	return store.Translate(err)
}

// SeeToken implements auth.Tx.
func (tx *Tx) SeeToken(ctx context.Context, id, userID int64, at time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE api_tokens SET used_at = $2 WHERE id = $1 AND used_at < $2`, id, millis(at)); err != nil {
		return err
	}
	return tx.seeUser(ctx, userID, at)
}

// RemoveToken implements auth.Tx.
func (tx *Tx) RemoveToken(ctx context.Context, userID, id int64) error {
	n, err := tx.Exec(ctx, `DELETE FROM api_tokens WHERE id = $1 AND user_id = $2`, id, userID)
	if err == nil && n == 0 {
		return desk.Errorf(desk.NotFound, "没有这个访问令牌")
	}
	return err
}

// EndTokens implements auth.Tx.
func (tx *Tx) EndTokens(ctx context.Context, userID int64) ([]int64, error) {
	rows, err := tx.Query(ctx, `DELETE FROM api_tokens WHERE user_id = $1 RETURNING id`, userID)
	return store.Collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
}
