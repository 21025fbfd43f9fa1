package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// marked narrows to what people, or the time, made of a ticket. Answered and
// ended tickets have indexes for a category and for a priority that is not the
// usual one.
func (w *where) marked(f inbox.TicketFilter) {
	if f.Tag != "" {
		// As it is stored, in quotes; LIKE would be blind to case on one engine.
		w.add(`replace(t.tags, ?, '') <> t.tags`, strings.Trim(tagsText([]string{f.Tag}), "[]"))
	}
	if f.PostID != 0 {
		w.add(`t.post_id = ?`, f.PostID)
	}
	if f.Category != "" {
		w.add(w.plus+`t.category = ? AND t.category <> ''`, f.Category)
	}
	switch {
	case f.Priority == nil:
	case *f.Priority == inbox.Normal:
		w.add(`t.priority = 0`)
	default:
		w.add(w.plus+`t.priority = ? AND t.priority <> 0`, int(*f.Priority))
	}
	if f.Late {
		w.add(`t.due_at <= ?`, store.Millis(f.Now))
	}
}

// viewFilter is how a filter is stored.
type viewFilter struct {
	View         inbox.View      `json:"view"`
	State        inbox.State     `json:"state,omitempty"`
	Kind         channel.Kind    `json:"kind,omitempty"`
	AccountID    int64           `json:"account_id,omitempty"`
	AssigneeID   int64           `json:"assignee_id,omitempty"`
	AssigneeMe   bool            `json:"assignee_me,omitempty"`
	Unassigned   bool            `json:"unassigned,omitempty"`
	DepartmentID int64           `json:"department_id,omitempty"`
	TeamID       int64           `json:"team_id,omitempty"`
	Query        string          `json:"q,omitempty"`
	Tag          string          `json:"tag,omitempty"`
	Category     string          `json:"category,omitempty"`
	Priority     *inbox.Priority `json:"priority,omitempty"`
	Late         bool            `json:"late,omitempty"`
	From         string          `json:"from,omitempty"`
	To           string          `json:"to,omitempty"`
	Sort         inbox.Sort      `json:"sort,omitempty"`
}

func viewText(f inbox.ViewFilter) string {
	b, err := json.Marshal(viewFilter(f))
	if err != nil {
		panic(err) // words and numbers
	}
	return string(b)
}

const viewColumns = `v.id, v.name, v.owner_id, coalesce(u.name, ''), v.scope, v.role, v.filter, v.updated_at`

const viewTables = ` FROM saved_views v LEFT JOIN users u ON u.id = v.owner_id`

func scanView(r row) (v inbox.SavedView, err error) {
	var filter string
	var updated int64
	if err = r.Scan(&v.ID, &v.Name, &v.OwnerID, &v.OwnerName, &v.Scope, &v.Role, &filter, &updated); err != nil {
		return v, err
	}
	var f viewFilter
	if err = json.Unmarshal([]byte(filter), &f); err != nil {
		return v, fmt.Errorf("filter of view %d: %w", v.ID, err)
	}
	v.Filter, v.UpdatedAt = inbox.ViewFilter(f), store.Time(updated)
	return v, nil
}

// SavedViews implements inbox.Store.
func (s *Store) SavedViews(ctx context.Context, userID int64, role desk.Role) ([]inbox.SavedView, error) {
	rows, err := s.db.Query(ctx, `SELECT `+viewColumns+viewTables+`
		LEFT JOIN saved_view_places p ON p.view_id = v.id AND p.user_id = $1
		WHERE v.owner_id = $1 OR v.scope = 'all' OR v.scope = 'role' AND v.role = $2
		ORDER BY CASE WHEN p.place IS NULL THEN 1 ELSE 0 END, p.place, v.id`, userID, string(role))
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.SavedView, error) { return scanView(r) })
}

// CountUpTo implements inbox.Store.
func (s *Store) CountUpTo(ctx context.Context, filters []inbox.TicketFilter, most int) ([]int, error) {
	counts := make([]int, len(filters))
	if len(filters) == 0 {
		return counts, nil
	}
	query, args := countUpToQuery(filters, most, s.db.Engine())
	rows, err := s.db.Query(ctx, query, args...)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var at, n int
		err := r.Scan(&at, &n)
		counts[at] = n
		return struct{}{}, err
	})
	if err != nil {
		return nil, fmt.Errorf("count views: %w", err)
	}
	return counts, nil
}

// countUpToQuery goes, for each filter, through those who wait as a list does,
// and stops when it has enough.
func countUpToQuery(filters []inbox.TicketFilter, most int, engine store.Engine) (string, []any) {
	args := []any{most}
	parts := make([]string, len(filters))
	for i, f := range filters {
		w := where{args: args, plus: plus(engine), from: everyTicket}
		w.add(string(waits))
		w.given(f.Actor)
		w.view(f, inbox.SortDue)
		w.visible(f.Actor)
		w.filter(f, inbox.SortDue)
		args = w.args
		parts[i] = `SELECT ` + strconv.Itoa(i) + `, count(*) FROM (SELECT 1 FROM ` + w.from + w.String() + ` LIMIT $1) n`
	}
	return strings.Join(parts, ` UNION ALL `), args
}

// LockView implements inbox.Tx.
func (tx *Tx) LockView(ctx context.Context, id int64) (*inbox.SavedView, error) {
	query := `SELECT ` + viewColumns + viewTables + ` WHERE v.id = $1`
	if !tx.Alone() {
		query += ` FOR UPDATE OF v`
	}
	v, err := scanView(tx.QueryRow(ctx, query, id))
	if err != nil {
		return nil, store.Translate(err)
	}
	return &v, nil
}

// AddView implements inbox.Tx.
func (tx *Tx) AddView(ctx context.Context, v *inbox.SavedView) (err error) {
	v.ID, err = tx.Insert(ctx, `INSERT INTO saved_views (name, owner_id, scope, role, filter, updated_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		v.Name, v.OwnerID, string(v.Scope), string(v.Role), viewText(v.Filter), store.Millis(v.UpdatedAt))
	return store.Translate(err)
}

// SaveView implements inbox.Tx.
func (tx *Tx) SaveView(ctx context.Context, v *inbox.SavedView) error {
	_, err := tx.Exec(ctx, `UPDATE saved_views SET name = $2, scope = $3, role = $4, filter = $5, updated_at = $6 WHERE id = $1`,
		v.ID, v.Name, string(v.Scope), string(v.Role), viewText(v.Filter), store.Millis(v.UpdatedAt))
	return err
}

// DeleteView implements inbox.Tx.
func (tx *Tx) DeleteView(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM saved_views WHERE id = $1`, id)
	return err
}

// CountViews implements inbox.Tx.
func (tx *Tx) CountViews(ctx context.Context, userID int64) (own, shared int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FILTER (WHERE owner_id = $1), count(*) FILTER (WHERE scope <> 'mine') FROM saved_views`, userID).
		Scan(&own, &shared)
	return own, shared, err
}

// PlaceViews implements inbox.Tx.
func (tx *Tx) PlaceViews(ctx context.Context, userID int64, ids []int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM saved_view_places WHERE user_id = $1`, userID); err != nil {
		return err
	}
	for place, id := range ids {
		_, err := tx.Exec(ctx, `INSERT INTO saved_view_places (user_id, view_id, place) VALUES ($1, $2, $3)`, userID, id, place)
		if err != nil {
			return store.Translate(err)
		}
	}
	return nil
}
