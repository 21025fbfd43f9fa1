package inboxdb

import (
	"context"
	"database/sql"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

const templateColumns = `m.id, m.name, m.text, m.category, m.department_id, m.enabled, m.uses, m.used_at, m.updated_by, m.updated_at`

func scanTemplate(r row) (t inbox.Template, err error) {
	var enabled int
	var used, updated int64
	err = r.Scan(&t.ID, &t.Name, &t.Text, &t.Category, &t.DepartmentID, &enabled, &t.Uses, &used, &t.UpdatedBy, &updated)
	t.Enabled, t.UsedAt, t.UpdatedAt = enabled != 0, store.Time(used), store.Time(updated)
	return t, err
}

// Templates implements inbox.Store.
func (s *Store) Templates(ctx context.Context) ([]inbox.Template, error) {
	return templates(ctx, s.db)
}

func templates(ctx context.Context, q querier) ([]inbox.Template, error) {
	rows, err := q.Query(ctx, `SELECT `+templateColumns+` FROM reply_templates m ORDER BY m.uses DESC, m.id`)
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.Template, error) { return scanTemplate(r) })
}

// LockTemplate implements inbox.Tx.
func (tx *Tx) LockTemplate(ctx context.Context, id int64) (*inbox.Template, error) {
	query := `SELECT ` + templateColumns + ` FROM reply_templates m WHERE m.id = $1`
	if !tx.Alone() {
		query += ` FOR UPDATE`
	}
	t, err := scanTemplate(tx.QueryRow(ctx, query, id))
	if err != nil {
		return nil, store.Translate(err)
	}
	return &t, nil
}

// AddTemplate implements inbox.Tx.
func (tx *Tx) AddTemplate(ctx context.Context, t *inbox.Template) (err error) {
	t.ID, err = tx.Insert(ctx, `INSERT INTO reply_templates (name, text, category, department_id, enabled, updated_by, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, t.Name, t.Text, t.Category, t.DepartmentID, store.Bool(t.Enabled), t.UpdatedBy, store.Millis(t.UpdatedAt))
	return store.Translate(err)
}

// SaveTemplate implements inbox.Tx.
func (tx *Tx) SaveTemplate(ctx context.Context, t *inbox.Template) error {
	_, err := tx.Exec(ctx, `UPDATE reply_templates SET name = $2, text = $3, category = $4, department_id = $5, enabled = $6, updated_by = $7,
		updated_at = $8 WHERE id = $1`, t.ID, t.Name, t.Text, t.Category, t.DepartmentID, store.Bool(t.Enabled), t.UpdatedBy, store.Millis(t.UpdatedAt))
	return store.Translate(err)
}

// DeleteTemplate implements inbox.Tx.
func (tx *Tx) DeleteTemplate(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM reply_templates WHERE id = $1`, id)
	return err
}

// CountTemplates implements inbox.Tx.
func (tx *Tx) CountTemplates(ctx context.Context) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM reply_templates`).Scan(&n)
	return n, err
}

// CountTemplateUse implements inbox.Tx.
func (tx *Tx) CountTemplateUse(ctx context.Context, id int64, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE reply_templates SET uses = uses + 1, used_at = $2 WHERE id = $1`, id, store.Millis(at))
	return err
}
