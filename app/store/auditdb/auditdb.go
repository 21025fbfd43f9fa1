// Package auditdb holds the SQL that reads the audit. Its rows are written by
// app/store, in the transactions of what they tell.
package auditdb

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"replydesk/app/audit"
	"replydesk/app/store"
	"replydesk/inbox/desk"
)

// Store implements audit.Store.
type Store struct{ db *store.DB }

var _ audit.Store = (*Store)(nil)

// New returns a Store over db.
func New(db *store.DB) *Store { return &Store{db} }

// Append implements audit.Store.
func (s *Store) Append(ctx context.Context, rows ...desk.Audit) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error { return tx.Audit(ctx, rows...) })
}

// Rows implements audit.Store.
func (s *Store) Rows(ctx context.Context, f audit.Filter) ([]audit.Row, error) {
	var conds []string
	var args []any
	add := func(cond string, v any) {
		args = append(args, v)
		conds = append(conds, strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(args))))
	}
	if f.ActorID != 0 {
		add(`a.actor_id = ?`, f.ActorID)
	}
	if f.TicketID != 0 {
		add(`a.ticket_id = ? AND a.ticket_id <> 0`, f.TicketID)
	}
	if family, ok := strings.CutSuffix(f.Action, "."); ok {
		add(`a.action >= ?`, family+".")
		add(`a.action < ?`, family+"/") // the character after "."
	} else if f.Action != "" {
		add(`a.action = ?`, f.Action)
	}
	if !f.From.IsZero() {
		add(`a.at >= ?`, store.Millis(f.From))
	}
	if !f.To.IsZero() {
		add(`a.at < ?`, store.Millis(f.To))
	}
	if f.After != 0 {
		add(`a.seq < ?`, f.After)
	}
	if a := f.Actor; !a.AllAccounts {
		marks := make([]string, len(a.AccountIDs))
		for i, id := range a.AccountIDs {
			args = append(args, id)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		conds = append(conds, `a.account_id IN (`+strings.Join(append(marks, "-1"), ", ")+`)`)
	}
	where := ""
	if len(conds) > 0 {
		where = ` WHERE ` + strings.Join(conds, " AND ")
	}
	args = append(args, f.Limit)
	rows, err := s.db.Query(ctx, `SELECT `+store.AuditColumns+`, coalesce(u.name, ''), coalesce(t.number, ''), coalesce(c.name, ''), coalesce(d.name, '')
		FROM audit a LEFT JOIN users u ON u.id = a.actor_id LEFT JOIN tickets t ON t.id = a.ticket_id
		LEFT JOIN accounts c ON c.id = a.account_id LEFT JOIN departments d ON d.id = a.department_id`+where+`
		ORDER BY a.seq DESC LIMIT $`+strconv.Itoa(len(args)), args...)
	return store.Collect(rows, err, func(r *sql.Rows) (audit.Row, error) {
		var row audit.Row
		var err error
		row.Audit, err = store.ScanAudit(r, &row.ActorName, &row.TicketNumber, &row.AccountName, &row.DepartmentName)
		return row, err
	})
}
