package inboxdb

import (
	"context"
	"database/sql"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

// Stranded implements inbox.Store.
func (s *Store) Stranded(ctx context.Context, userID int64, limit int) ([]inbox.TicketID, error) {
	query, args := strandedQuery(userID, limit)
	rows, err := s.db.Query(ctx, query, args...)
	return store.Collect(rows, err, func(r *sql.Rows) (id inbox.TicketID, err error) { return id, r.Scan(&id) })
}

// strandedQuery goes from the people, few of whom are not simply everywhere, to
// what waits with them, and through the few tickets that are put off.
func strandedQuery(userID int64, limit int) (string, []any) {
	args := []any{limit}
	one := ""
	if userID != 0 {
		args, one = append(args, userID), ` AND u.id = $2`
	}
	const gone = `(u.active = 0 OR u.role = 'liaison' OR u.all_accounts = 0)`
	const blind = `(u.active = 0 OR u.role = 'liaison' OR NOT EXISTS (SELECT 1 FROM user_accounts a WHERE a.user_id = u.id AND a.account_id = t.account_id))`
	return `SELECT id FROM (
		SELECT t.id FROM users u CROSS JOIN tickets t WHERE ` + gone + one + ` AND t.assignee_id = u.id AND t.active = 2 AND ` + blind + `
		UNION ALL
		SELECT t.id FROM tickets t CROSS JOIN users u WHERE t.snoozed_until > 0 AND u.id = t.assignee_id AND ` + gone + one + ` AND ` + blind + `
	) s LIMIT $1`, args
}

// Holding implements inbox.Store.
func (s *Store) Holding(ctx context.Context, userID int64, now time.Time) (h inbox.Holding, err error) {
	err = s.db.QueryRow(ctx, `SELECT
		(SELECT count(*) FROM tickets t WHERE t.assignee_id = u.id AND t.active = 2) +
		(SELECT count(*) FROM tickets t WHERE t.assignee_id = u.id AND t.snoozed_until > 0),
		(SELECT count(*) FROM escalations e WHERE u.active = 1 AND u.role = 'liaison' AND e.department_id = u.department_id
			AND e.state IN ('dispatched', 'signed', 'returning') AND NOT EXISTS (SELECT 1 FROM users o
				WHERE o.id <> u.id AND o.active = 1 AND o.role = 'liaison' AND o.department_id = u.department_id)),
		(SELECT count(*) FROM duties d WHERE d.user_id = u.id AND d.to_at > $2)
		FROM users u WHERE u.id = $1`, userID, store.Millis(now)).Scan(&h.Tickets, &h.Escalations, &h.Duties)
	return h, store.Translate(err)
}
