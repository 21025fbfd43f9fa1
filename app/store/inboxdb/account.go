package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Sealer encrypts settings for the place they are stored at.
type Sealer interface {
	Seal(place string, plain []byte) []byte
	Open(place string, sealed []byte) ([]byte, error)
}

// Accounts implements inbox.AccountStore and channel.Accounts.
type Accounts struct {
	db  *store.DB
	box Sealer
}

var (
	_ inbox.AccountStore = (*Accounts)(nil)
	_ channel.Accounts   = (*Accounts)(nil)
)

// NewAccounts returns the account store on db.
func NewAccounts(db *store.DB, box Sealer) *Accounts { return &Accounts{db: db, box: box} }

// selectAccount reads an account with its newest message and its newest dead
// letter.
const selectAccount = `SELECT a.id, a.platform, a.name, a.group_name, a.settings, a.enabled, a.bot_enabled, a.bot, a.citizen, a.external_key, a.version,
	a.created_at, a.updated_at, coalesce((SELECT max(last_message_at) FROM tickets t WHERE t.account_id = a.id), 0),
	coalesce(p.received_at, 0), coalesce(p.error, '')
	FROM accounts a LEFT JOIN payloads p ON p.id = (SELECT max(d.id) FROM payloads d WHERE d.account_id = a.id AND d.error <> '')`

func (s *Accounts) scan(r row) (inbox.StoredAccount, error) {
	var a inbox.StoredAccount
	var sealed []byte
	var enabled, bot int
	var settings, citizen string
	var created, updated, received, died int64
	err := r.Scan(&a.ID, &a.Platform, &a.Name, &a.Group, &sealed, &enabled, &bot, &settings, &citizen, &a.Key, &a.Version, &created, &updated, &received,
		&died, &a.Unreadable.Reason)
	if err != nil {
		return a, err
	}
	a.Enabled, a.Bot, a.BotSettings = enabled != 0, bot != 0, json.RawMessage(settings)
	a.CreatedAt, a.UpdatedAt, a.LastReceivedAt = store.Time(created), store.Time(updated), store.Time(received)
	a.Unreadable.At = store.Time(died)
	if a.Citizen, err = inbox.ParseCitizenSettings(json.RawMessage(citizen)); err != nil {
		return a, fmt.Errorf("citizen settings of account %d: %w", a.ID, err)
	}
	if a.Settings, err = s.box.Open(place(a.ID), sealed); err != nil {
		return a, fmt.Errorf("settings of account %d: %w", a.ID, err)
	}
	return a, nil
}

func place(id int64) string { return "account/" + strconv.FormatInt(id, 10) }

// StoredAccounts implements inbox.AccountStore.
func (s *Accounts) StoredAccounts(ctx context.Context) ([]inbox.StoredAccount, error) {
	rows, err := s.db.Query(ctx, selectAccount+` ORDER BY a.id`)
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.StoredAccount, error) { return s.scan(r) })
}

// StoredAccount implements inbox.AccountStore.
func (s *Accounts) StoredAccount(ctx context.Context, id int64) (inbox.StoredAccount, error) {
	a, err := s.scan(s.db.QueryRow(ctx, selectAccount+` WHERE a.id = $1`, id))
	return a, store.Translate(err)
}

// ChannelAccount implements channel.Accounts. It is on the way of every
// webhook call, and reads one row.
func (s *Accounts) ChannelAccount(ctx context.Context, id int64) (channel.Account, error) {
	var a channel.Account
	var sealed []byte
	var bot int
	err := s.db.QueryRow(ctx, `SELECT id, platform, name, settings, bot_enabled, version FROM accounts WHERE id = $1 AND enabled = 1`, id).
		Scan(&a.ID, &a.Platform, &a.Name, &sealed, &bot, &a.Version)
	if err != nil {
		return a, store.Translate(err)
	}
	a.Bot = bot != 0
	a.Settings, err = s.box.Open(place(id), sealed)
	return a, err
}

// SaveAccount implements inbox.AccountStore.
func (s *Accounts) SaveAccount(ctx context.Context, a *inbox.StoredAccount, event func(inbox.StoredAccount) desk.Event) error {
	var saved inbox.StoredAccount
	err := s.db.Atomic(ctx, func(tx *store.Tx) error {
		saved = *a // a itself stays: the function may run again
		if saved.ID == 0 {
			err := tx.QueryRow(ctx, `INSERT INTO accounts (platform, name, settings, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) RETURNING id, version`,
				saved.Platform, saved.Name, []byte{}, store.Millis(saved.CreatedAt)).Scan(&saved.ID, &saved.Version)
			if err != nil {
				return store.Translate(err)
			}
		}
		citizen, err := json.Marshal(saved.Citizen)
		if err != nil {
			return err
		}
		err = tx.QueryRow(ctx, `
			UPDATE accounts SET name = $3, group_name = $4, settings = $5, enabled = $6, bot_enabled = $7, bot = $8, updated_at = $9, external_key = $10, citizen = $11, version = version + 1
			WHERE id = $1 AND version = $2 RETURNING version`,
			saved.ID, saved.Version, saved.Name, saved.Group, s.box.Seal(place(saved.ID), saved.Settings), store.Bool(saved.Enabled),
			store.Bool(saved.Bot), string(saved.BotSettings), store.Millis(saved.UpdatedAt), saved.Key, string(citizen)).Scan(&saved.Version)
		if errors.Is(err, sql.ErrNoRows) {
			return desk.Errorf(desk.Conflict, "账号刚被他人修改，请刷新后再试").WithReason("account_changed")
		}
		if err = store.Translate(err); desk.CodeOf(err) == desk.Conflict {
			return desk.Errorf(desk.Conflict, "这个账号已经接入: %w", err).WithReason("account_taken")
		}
		if err != nil {
			return err
		}
		return tx.Record(ctx, event(saved))
	})
	if err == nil {
		*a = saved
	}
	return err
}
