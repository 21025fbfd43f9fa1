package inboxdb

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// notOver is the condition on which the indexes of the open ones stand; it is
// said beside states from which it follows, for SQLite to see that they fit.
const notOver = `e.stage <> 'over'`

// escalationViews are the conditions of the views; none: all. What a department
// reads goes by states.
var escalationViews = map[inbox.EscalationView]string{
	inbox.EscalationsTodo:     `e.state IN ('dispatched', 'signed') AND ` + notOver,
	inbox.EscalationsPending:  `e.state IN ('dispatched', 'signed', 'returning') AND ` + notOver,
	inbox.EscalationsDone:     `e.state IN ('answered', 'accepted', 'returned', 'withdrawn')`,
	inbox.EscalationsDesk:     `e.stage = 'desk'`,
	inbox.EscalationsUnsigned: `e.stage = 'unsigned'`,
	inbox.EscalationsWorking:  `e.stage = 'working'`,
	inbox.EscalationsOpen:     notOver,
	inbox.EscalationsOver:     `e.stage = 'over'`,
}

// escalationOrder is how a list goes on after a row, which place tells; newest
// stands for views that are not in the map.
type escalationOrder struct {
	by, after string
	place     func(e inbox.Escalation) []any
}

var (
	byQueue = escalationOrder{`e.queue_at, e.id`, `(e.queue_at, e.id) > (?, ?)`,
		func(e inbox.Escalation) []any { return []any{deadline(e.QueueAt), int64(e.ID)} }}
	byEnd = escalationOrder{`e.ended_at DESC, e.id DESC`, `(e.ended_at, e.id) < (?, ?)`,
		func(e inbox.Escalation) []any { return []any{store.Millis(e.EndedAt), int64(e.ID)} }}
	newest = escalationOrder{`e.id DESC`, `e.id < ?`, func(e inbox.Escalation) []any { return []any{int64(e.ID)} }}
)

func orderOf(view inbox.EscalationView) escalationOrder {
	switch view {
	case inbox.EscalationsDone, inbox.EscalationsAll:
		return newest
	case inbox.EscalationsOver:
		return byEnd
	default:
		return byQueue
	}
}

// EscalationRows implements inbox.Store.
func (s *Store) EscalationRows(ctx context.Context, f inbox.EscalationFilter) (desk.Page[inbox.EscalationRow], error) {
	var page desk.Page[inbox.EscalationRow]
	query, args, err := escalationsQuery(f, s.db.Engine())
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, query, args...)
	page.Items, err = store.Collect(rows, err, func(r *sql.Rows) (v inbox.EscalationRow, err error) {
		var e escalationRow
		v.Ticket, err = scanRow(r, append(e.targets(), &v.DepartmentName)...)
		v.Escalation, v.Ticket.Clocks = e.escalation(), nil
		return v, err
	})
	if err != nil {
		return page, fmt.Errorf("list escalations: %w", err)
	}
	if len(page.Items) > f.Limit {
		page.Items = page.Items[:f.Limit]
		page.Next = escalationCursor(orderOf(f.View).place(page.Items[f.Limit-1].Escalation))
	}
	return page, s.around(ctx, page.Items)
}

func escalationCursor(place []any) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Trim(strings.ReplaceAll(fmt.Sprint(place), " ", "."), "[]")))
}

// afterPlace reads a cursor of an order with so many columns.
func afterPlace(cursor string, columns int) ([]any, error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	parts := strings.Split(string(b), ".")
	place := make([]any, len(parts))
	for i, part := range parts {
		n, bad := strconv.ParseInt(part, 10, 64)
		if place[i] = n; bad != nil {
			err = bad
		}
	}
	if err != nil || len(place) != columns {
		return nil, desk.InvalidField("cursor", "不是有效的翻页标记")
	}
	return place, nil
}

// escalationsQuery asks for one row more than the page has. The page is chosen
// first, in the order of an index; names are looked up for its rows only.
func escalationsQuery(f inbox.EscalationFilter, engine store.Engine) (string, []any, error) {
	w := where{args: []any{f.Limit + 1, f.Actor.UserID}, plus: plus(engine)}
	w.chosenEscalations(f)
	if view, ok := escalationViews[f.View]; ok {
		w.add(view)
	}
	order := orderOf(f.View)
	if f.Cursor != "" {
		place, err := afterPlace(f.Cursor, strings.Count(order.after, "?"))
		if err != nil {
			return "", nil, err
		}
		w.add(order.after, place...)
	}
	chosen := `(SELECT e.* FROM escalations e CROSS JOIN tickets t` + w.String() + ` ORDER BY ` + order.by + ` LIMIT $1) e JOIN tickets t ON t.id = e.ticket_id`
	return `SELECT ` + strings.ReplaceAll(rowColumns, "d.name", "ld.name") + `, ` + escalationColumns + `, coalesce(d.name, '')` +
		strings.ReplaceAll(rowTables(chosen, "$2"), "departments d ON d.id", "departments ld ON ld.id") +
		` LEFT JOIN departments d ON d.id = e.department_id ORDER BY ` + order.by, w.args, nil
}

// chosenEscalations narrows escalations and their tickets to what the actor may
// see and the filter, without its view, lets through.
func (w *where) chosenEscalations(f inbox.EscalationFilter) {
	w.add(`t.id = e.ticket_id`)
	w.escalations(f.Actor)
	now := store.Millis(f.Now)
	if f.DepartmentID != 0 {
		w.add(w.plus+`e.department_id IN (WITH RECURSIVE below(id) AS (SELECT CAST(? AS BIGINT) UNION SELECT d.id FROM departments d
			JOIN below b ON d.parent_id = b.id) SELECT id FROM below)`, f.DepartmentID)
	}
	if f.Overdue {
		w.add(`e.state <> 'answered' AND e.queue_at <= ? AND `+notOver, now)
	}
	if f.DueWithin > 0 {
		w.add(`e.state <> 'answered' AND e.queue_at > ? AND e.queue_at <= ? AND `+notOver, now, now+f.DueWithin.Milliseconds())
	}
	if f.Supervised {
		w.add(`e.supervised <> ''`)
	}
	if f.Mine {
		w.add(`(e.dispatched_by = ? OR t.assignee_id = ?)`, f.Actor.UserID, f.Actor.UserID)
	}
	for _, word := range f.SearchWords() {
		like := "%" + escapeLike(strings.ToLower(word)) + "%"
		w.add(`(t.number LIKE ? ESCAPE '\' OR lower(t.subject) LIKE ? ESCAPE '\' OR lower(e.remark) LIKE ? ESCAPE '\' OR lower(e.answer) LIKE ? ESCAPE '\')`,
			like, like, like, like)
	}
}

// escalations narrows to the escalations the actor may see: of the tickets the
// actor may see, and of a liaison those the own department has.
func (w *where) escalations(a desk.Actor) {
	w.visible(a)
	if a.Role == desk.Liaison {
		w.add(`e.department_id = ? AND e.state NOT IN ('returned', 'withdrawn')`, a.DepartmentID)
	}
	if a.Part.Limits() {
		w.add(`e.id = ?`, a.Part.EscalationID)
	}
}

// EscalationCounts implements inbox.Store.
func (s *Store) EscalationCounts(ctx context.Context, f inbox.EscalationFilter) (c inbox.EscalationCounts, err error) {
	query, args := escalationCountsQuery(f, s.db.Engine())
	return c, s.db.QueryRow(ctx, query, args...).Scan(&c.Desk, &c.Unsigned, &c.Working, &c.Overdue)
}

// escalationCountsQuery counts each as far as is told.
func escalationCountsQuery(f inbox.EscalationFilter, engine store.Engine) (string, []any) {
	late := f
	late.Overdue, late.DueWithin = true, 0
	args := []any{inbox.MaxEscalationCount + 1}
	var counts []string
	for _, c := range []struct {
		inbox.EscalationFilter
		view inbox.EscalationView
	}{{f, inbox.EscalationsDesk}, {f, inbox.EscalationsUnsigned}, {f, inbox.EscalationsWorking}, {late, inbox.EscalationsOpen}} {
		w := where{args: args, plus: plus(engine)}
		w.chosenEscalations(c.EscalationFilter)
		w.add(escalationViews[c.view])
		args = w.args
		counts = append(counts, `(SELECT count(*) FROM (SELECT e.id FROM escalations e CROSS JOIN tickets t`+w.String()+` LIMIT $1) n)`)
	}
	return `SELECT ` + strings.Join(counts, ", "), args
}
