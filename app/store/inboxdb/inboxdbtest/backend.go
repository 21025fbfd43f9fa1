// Package inboxdbtest gives the inbox's tests a real database: inboxtest's
// Backend on an open store.DB.
package inboxdbtest

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/search"
)

// eventPage is how many events are read at once.
const eventPage = 1000

// Backend implements inboxtest.Backend.
type Backend struct{ db *store.DB }

var _ inboxtest.Backend = (*Backend)(nil)

// New returns the Backend on db.
func New(db *store.DB) *Backend { return &Backend{db} }

// Store implements inboxtest.Backend.
func (b *Backend) Store() inbox.Store { return inboxdb.New(b.db) }

// AddAccount implements inboxtest.Backend.
func (b *Backend) AddAccount(t inboxtest.T, name string) (id int64) {
	t.Helper()
	b.write(t, func(tx *store.Tx) error {
		return tx.QueryRow(t.Context(), `INSERT INTO accounts (platform, name, settings, created_at, updated_at)
			VALUES ('test', $1, $2, 1, 1) RETURNING id`, name, []byte{}).Scan(&id)
	})
	return id
}

// SetCitizen implements inboxtest.Backend.
func (b *Backend) SetCitizen(t inboxtest.T, account int64, settings string) {
	t.Helper()
	b.write(t, func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE accounts SET citizen = $2 WHERE id = $1`, account, settings)
		return err
	})
}

// AddUser implements inboxtest.Backend.
func (b *Backend) AddUser(t inboxtest.T, u desk.Actor) (id int64) {
	t.Helper()
	b.write(t, func(tx *store.Tx) error {
		err := tx.QueryRow(t.Context(), `INSERT INTO users (username, name, role, department_id, password_hash, all_accounts, created_at, updated_at)
			VALUES ($1 || (SELECT count(*) FROM users), $1, $2, $3, '', $4, 1, 1) RETURNING id`,
			u.Name, string(u.Role), u.DepartmentID, store.Bool(u.AllAccounts)).Scan(&id)
		for _, account := range u.AccountIDs {
			if err == nil {
				_, err = tx.Exec(t.Context(), `INSERT INTO user_accounts (user_id, account_id) VALUES ($1, $2)`, id, account)
			}
		}
		return err
	})
	return id
}

// SetUser implements inboxtest.Backend.
func (b *Backend) SetUser(t inboxtest.T, u desk.Actor) {
	t.Helper()
	b.write(t, func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE users SET role = $2, department_id = $3, all_accounts = $4 WHERE id = $1`,
			u.UserID, string(u.Role), u.DepartmentID, store.Bool(u.AllAccounts))
		if err == nil {
			_, err = tx.Exec(t.Context(), `DELETE FROM user_accounts WHERE user_id = $1`, u.UserID)
		}
		for _, account := range u.AccountIDs {
			if err == nil {
				_, err = tx.Exec(t.Context(), `INSERT INTO user_accounts (user_id, account_id) VALUES ($1, $2)`, u.UserID, account)
			}
		}
		return err
	})
}

// DisableUser implements inboxtest.Backend.
func (b *Backend) DisableUser(t inboxtest.T, id int64) {
	t.Helper()
	b.write(t, func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE users SET active = 0 WHERE id = $1`, id)
		return err
	})
}

func (b *Backend) write(t inboxtest.T, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := b.db.Atomic(t.Context(), fn); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// Head implements inboxtest.Backend.
func (b *Backend) Head(t inboxtest.T) int64 {
	t.Helper()
	head, err := b.db.Head(t.Context())
	if err != nil {
		t.Fatalf("head: %v", err)
	}
	return head
}

// Events implements inboxtest.Backend.
func (b *Backend) Events(t inboxtest.T, after int64) []desk.Event {
	t.Helper()
	var all []desk.Event
	for {
		page, err := b.db.EventsAfter(t.Context(), after, eventPage)
		if err != nil {
			t.Fatalf("events: %v", err)
		}
		all = append(all, page...)
		if len(page) < eventPage {
			return all
		}
		after = page[len(page)-1].ID
	}
}

// Tasks implements inboxtest.Backend.
func (b *Backend) Tasks(t inboxtest.T) []desk.Task {
	t.Helper()
	rows, err := b.db.Query(t.Context(), `SELECT kind, key, payload, run_at FROM jobs WHERE state = 'waiting' ORDER BY id`)
	tasks, err := store.Collect(rows, err, func(r *sql.Rows) (desk.Task, error) {
		var task desk.Task
		var payload string
		var at int64
		err := r.Scan(&task.Kind, &task.Key, &payload, &at)
		task.RunAt = store.Time(at)
		if payload != "" {
			task.Payload = json.RawMessage(payload)
		}
		return task, err
	})
	if err != nil {
		t.Fatalf("tasks: %v", err)
	}
	return tasks
}

// Index implements inboxtest.Backend.
func (b *Backend) Index(t inboxtest.T, words search.Words) {
	t.Helper()
	x := inboxdb.NewIndexer(inboxdb.New(b.db), words)
	for more := true; more; {
		var err error
		if more, err = x.Step(t.Context()); err != nil {
			t.Fatalf("index: %v", err)
		}
	}
}

// Dump implements inboxtest.Backend.
func (b *Backend) Dump(t inboxtest.T) []string {
	t.Helper()
	list := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`
	if b.db.Engine() == store.Postgres {
		list = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`
	}
	rows, err := b.db.Query(t.Context(), list)
	tables, err := store.Collect(rows, err, func(r *sql.Rows) (name string, err error) { return name, r.Scan(&name) })
	if err != nil || len(tables) < 10 {
		t.Fatalf("list tables: %v, %v", tables, err)
	}
	var dump []string
	for _, table := range tables {
		rows, err := b.db.Query(t.Context(), `SELECT * FROM `+table)
		lines, err := store.Collect(rows, err, func(r *sql.Rows) (string, error) { return line(table, r) })
		if err != nil {
			t.Fatalf("dump %s: %v", table, err)
		}
		dump = append(dump, lines...)
	}
	slices.Sort(dump)
	return dump
}

// line is one row as "table column=value …".
func line(table string, r *sql.Rows) (string, error) {
	columns, err := r.Columns()
	if err != nil {
		return "", err
	}
	values := make([]any, len(columns))
	targets := make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := r.Scan(targets...); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(table)
	for i, c := range columns {
		v := values[i]
		if bytes, ok := v.([]byte); ok {
			v = string(bytes)
		}
		fmt.Fprintf(&b, " %s=%v", c, v)
	}
	return b.String(), nil
}
