package inboxdb

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Board implements inbox.ReportStore.
func (s *Store) Board(ctx context.Context, actor desk.Actor, bounds []time.Time) (people, departments []inbox.BoardCount, err error) {
	err = s.db.Snapshot(ctx, func(q store.Querier) error {
		query, args := boardQuery(actor, bounds, s.db.Engine())
		if people, err = boardCounts(ctx, q, query, args); err != nil {
			return fmt.Errorf("count who has what: %w", err)
		}
		query, args = boardDepartmentsQuery(actor, bounds, s.db.Engine())
		if departments, err = boardCounts(ctx, q, query, args); err != nil {
			return fmt.Errorf("count which department has what: %w", err)
		}
		return nil
	})
	return people, departments, err
}

// boardQuery counts in the index of those that wait.
func boardQuery(actor desk.Actor, bounds []time.Time, engine store.Engine) (string, []any) {
	w := where{plus: plus(engine)}
	span := w.span(`t.due_at`, bounds)
	w.add(string(waits))
	w.visible(actor)
	return `SELECT t.assignee_id, ` + span + ` AS span, count(*), min(t.due_at) FROM tickets t` + w.String() + ` GROUP BY 1, 2`, w.args
}

// boardDepartmentsQuery begins with the escalations, which are fewer than the
// tickets.
func boardDepartmentsQuery(actor desk.Actor, bounds []time.Time, engine store.Engine) (string, []any) {
	w := where{plus: plus(engine)}
	span := w.span(`e.due_at`, bounds)
	w.add(`e.state IN ('dispatched', 'signed', 'returning') AND t.id = e.ticket_id`)
	w.visible(actor)
	return `SELECT e.department_id, ` + span + ` AS span, count(*), min(e.due_at) FROM escalations e CROSS JOIN tickets t` +
		w.String() + ` GROUP BY 1, 2`, w.args
}

// span is the number of bounds that lie before a time.
func (w *where) span(column string, bounds []time.Time) string {
	var b strings.Builder
	b.WriteString(`CASE`)
	for i, bound := range bounds {
		w.args = append(w.args, store.Millis(bound))
		b.WriteString(` WHEN ` + column + ` <= ` + param(len(w.args)) + ` THEN ` + strconv.Itoa(i))
	}
	return b.String() + ` ELSE ` + strconv.Itoa(len(bounds)) + ` END`
}

func boardCounts(ctx context.Context, q store.Querier, query string, args []any) ([]inbox.BoardCount, error) {
	rows, err := q.Query(ctx, query, args...)
	return store.Collect(rows, err, func(r *sql.Rows) (c inbox.BoardCount, err error) {
		var next int64
		err = r.Scan(&c.Holder, &c.Span, &c.Waiting, &next)
		c.NextDue = dueTime(next)
		return c, err
	})
}
