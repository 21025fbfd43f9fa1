package inboxdb

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// where composes conditions from fixed fragments; values only ever become
// numbered parameters.
type where struct {
	conds []string
	args  []any
}

// add appends a condition whose ? stand for the values in order.
func (w *where) add(cond string, values ...any) {
	for _, v := range values {
		w.args = append(w.args, v)
		cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.conds = append(w.conds, cond)
}

func (w *where) String() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conds, " AND ")
}

// visible narrows to what the actor may see; the same rule as
// desk.Actor.SeesTicket.
func (w *where) visible(a desk.Actor) {
	switch {
	case a.Role == desk.Liaison && a.DepartmentID == 0:
		w.add(`1 = 0`)
	case a.Role == desk.Liaison:
		w.add(`t.department_id = ? AND t.department_id <> 0`, a.DepartmentID)
	default:
		w.accounts(a, "t.account_id")
	}
}

// accounts narrows to the actor's account groups.
func (w *where) accounts(a desk.Actor, column string) {
	if a.AllAccounts {
		return
	}
	if len(a.AccountIDs) == 0 {
		w.add(`1 = 0`)
		return
	}
	marks := make([]string, len(a.AccountIDs))
	values := make([]any, len(a.AccountIDs))
	for i, id := range a.AccountIDs {
		marks[i], values[i] = "?", id
	}
	w.add(column+` IN (`+strings.Join(marks, ", ")+`)`, values...)
}

func (w *where) view(f inbox.TicketFilter) {
	switch f.View {
	case inbox.ViewOpen:
		w.add(`t.active = 2`)
	case inbox.ViewMine:
		w.add(`t.active = 2 AND t.assignee_id = ?`, f.Actor.UserID)
	case inbox.ViewUnassigned:
		w.add(`t.active = 2 AND t.assignee_id = 0`)
	case inbox.ViewDueSoon:
		w.add(`t.active = 2 AND t.due_at <= ?`, store.Millis(f.DueBefore))
	case inbox.ViewReview:
		w.add(`t.state = 'in_review'`)
	case inbox.ViewClosed:
		w.add(`t.active = 0`)
	}
}

func (w *where) filter(f inbox.TicketFilter) {
	if f.State != "" {
		w.add(`t.state = ?`, string(f.State))
	}
	if f.Kind != "" {
		w.add(`t.kind = ?`, string(f.Kind))
	}
	if f.AccountID != 0 {
		w.add(`t.account_id = ?`, f.AccountID)
	}
	if f.AssigneeID != 0 {
		w.add(`t.assignee_id = ?`, f.AssigneeID)
	}
	if f.Unassigned {
		w.add(`t.assignee_id = 0`)
	}
	if f.DepartmentID != 0 {
		w.add(`t.department_id = ? AND t.department_id <> 0`, f.DepartmentID)
	}
	if q := strings.TrimSpace(f.Query); q != "" {
		w.search(q)
	}
}

// search finds a ticket by the beginning of its number, or by words of its
// subject.
func (w *where) search(q string) {
	if strings.Trim(q, "0123456789-") == "" {
		// The numbers that begin with q lie between q and q followed by the
		// character after "9".
		w.add(`t.number >= ? AND t.number < ?`, q, q+":")
		return
	}
	escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q)
	w.add(`t.subject LIKE ? ESCAPE '\'`, "%"+escaped+"%")
}

// order is the allowed sort orders: the column, and how to continue after a
// row.
var order = map[inbox.Sort]struct{ by, after string }{
	inbox.SortDue:    {`t.due_at, t.id`, `(t.due_at, t.id) > (?, ?)`},
	inbox.SortNewest: {`t.last_message_at DESC, t.id DESC`, `(t.last_message_at, t.id) < (?, ?)`},
}

func sortOf(f inbox.TicketFilter) inbox.Sort {
	if _, ok := order[f.Sort]; ok {
		return f.Sort
	}
	if f.View == inbox.ViewAll || f.View == inbox.ViewClosed || f.View == "" {
		return inbox.SortNewest
	}
	return inbox.SortDue
}

// rowColumns is what scanRow reads.
const rowColumns = ticketColumns + `, ac.name, ac.platform, co.external_id, co.name, co.subscribed,
	coalesce(p.external_id, ''), coalesce(p.title, ''), coalesce(p.url, ''), coalesce(u.name, ''), coalesce(d.name, ''),
	coalesce(r.messages, 0)`

// rowTables joins what rowColumns needs to tickets, a table or a choice of it
// named "t".
func rowTables(tickets, reader string) string {
	return ` FROM ` + tickets + `
	JOIN accounts ac ON ac.id = t.account_id
	JOIN contacts co ON co.id = t.contact_id
	LEFT JOIN posts p ON p.id = t.post_id
	LEFT JOIN users u ON u.id = t.assignee_id
	LEFT JOIN departments d ON d.id = t.department_id
	LEFT JOIN ticket_reads r ON r.ticket_id = t.id AND r.user_id = ` + reader
}

func scanRow(r row) (inbox.TicketRow, error) {
	var v inbox.TicketRow
	var post channel.Post
	var subscribed, read int
	t, err := scanTicket(r, &v.AccountName, &v.Platform, &v.Contact.ExternalID, &v.Contact.Name, &subscribed,
		&post.ExternalID, &post.Title, &post.URL, &v.AssigneeName, &v.DepartmentName, &read)
	if err != nil {
		return v, err
	}
	v.Ticket = t
	v.Contact.ID, v.Contact.AccountID, v.Contact.Subscribed = t.ContactID, t.AccountID, subscribed != 0
	if t.PostID != 0 {
		v.Post = &post
	}
	v.Unread = t.MessageCount > read
	return v, nil
}

// Tickets implements inbox.Store.
func (s *Store) Tickets(ctx context.Context, f inbox.TicketFilter) (desk.Page[inbox.TicketRow], error) {
	var page desk.Page[inbox.TicketRow]
	query, args, err := ticketsQuery(f)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, query, args...)
	page.Items, err = store.Collect(rows, err, func(r *sql.Rows) (inbox.TicketRow, error) { return scanRow(r) })
	if err != nil {
		return page, fmt.Errorf("list tickets: %w", err)
	}
	if len(page.Items) > f.Limit {
		page.Items = page.Items[:f.Limit]
		page.Next = cursorAfter(sortOf(f), page.Items[f.Limit-1].Ticket)
	}
	return page, s.addClocks(ctx, page.Items)
}

// ticketsQuery asks for one row more than the page has. The page is chosen from
// the tickets alone, so that its cost is that of an index range however many
// there are; names are looked up for its rows only.
func ticketsQuery(f inbox.TicketFilter) (query string, args []any, err error) {
	var w where
	w.view(f)
	w.visible(f.Actor)
	w.filter(f)
	by := sortOf(f)
	if f.Cursor != "" {
		key, id, err := parseCursor(f.Cursor)
		if err != nil {
			return "", nil, err
		}
		w.add(order[by].after, key, id)
	}
	w.args = append(w.args, f.Limit+1, f.Actor.UserID)
	limit, reader := "$"+strconv.Itoa(len(w.args)-1), "$"+strconv.Itoa(len(w.args))
	page := `(SELECT t.* FROM tickets t` + w.String() + ` ORDER BY ` + order[by].by + ` LIMIT ` + limit + `) t`
	return `SELECT ` + rowColumns + rowTables(page, reader) + ` ORDER BY ` + order[by].by, w.args, nil
}

func cursorAfter(by inbox.Sort, t inbox.Ticket) string {
	key := due(t.DueAt)
	if by == inbox.SortNewest {
		key = store.Millis(t.LastMessageAt)
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", key, t.ID))
}

func parseCursor(cursor string) (key, id int64, err error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		left, right, _ := strings.Cut(string(b), ".")
		if key, err = strconv.ParseInt(left, 10, 64); err == nil {
			id, err = strconv.ParseInt(right, 10, 64)
		}
	}
	if err != nil {
		return 0, 0, desk.InvalidField("cursor", "不是有效的翻页标记")
	}
	return key, id, nil
}

// addClocks gives each row its open clock.
func (s *Store) addClocks(ctx context.Context, items []inbox.TicketRow) error {
	at := make(map[inbox.TicketID]int, len(items))
	var w where
	var marks []string
	var values []any
	for i, item := range items {
		if !item.DueAt.IsZero() {
			at[item.ID] = i
			marks, values = append(marks, "?"), append(values, int64(item.ID))
		}
	}
	if len(marks) == 0 {
		return nil
	}
	w.add(`met_at = 0 AND state IN ('running', 'missed') AND ticket_id IN (`+strings.Join(marks, ", ")+`)`, values...)
	rows, err := s.db.Query(ctx, `SELECT `+clockColumns+` FROM clocks c`+w.String(), w.args...)
	clocks, err := store.Collect(rows, err, func(r *sql.Rows) (inbox.Clock, error) { return scanClock(r) })
	for _, c := range clocks {
		i := at[c.TicketID]
		items[i].Clocks = append(items[i].Clocks, c)
	}
	return err
}

// TicketRow implements inbox.Store.
func (s *Store) TicketRow(ctx context.Context, actor desk.Actor, id inbox.TicketID) (inbox.TicketRow, error) {
	v, err := scanRow(s.db.QueryRow(ctx, `SELECT `+rowColumns+rowTables("tickets t", "$2")+` WHERE t.id = $1`, int64(id), actor.UserID))
	if err != nil {
		return v, store.Translate(err)
	}
	rows, err := s.db.Query(ctx, `SELECT `+clockColumns+` FROM clocks c WHERE ticket_id = $1 ORDER BY id`, int64(id))
	if v.Clocks, err = store.Collect(rows, err, func(r *sql.Rows) (inbox.Clock, error) { return scanClock(r) }); err != nil {
		return v, err
	}
	v.LastEvent, err = s.lastEvent(ctx, id)
	return v, err
}

func (s *Store) lastEvent(ctx context.Context, id inbox.TicketID) (int64, error) {
	var last int64
	err := s.db.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM events WHERE ticket_id = $1 AND ticket_id <> 0`, int64(id)).Scan(&last)
	return last, err
}

// ContactTickets implements inbox.Store.
func (s *Store) ContactTickets(ctx context.Context, actor desk.Actor, id inbox.TicketID) ([]inbox.TicketRow, error) {
	var w where
	w.add(`t.contact_id = (SELECT contact_id FROM tickets WHERE id = ?) AND t.id <> ?`, int64(id), int64(id))
	w.visible(actor)
	w.args = append(w.args, actor.UserID)
	rows, err := s.db.Query(ctx, `SELECT `+rowColumns+rowTables("tickets t", "$"+strconv.Itoa(len(w.args)))+w.String()+` ORDER BY t.id DESC LIMIT 50`, w.args...)
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.TicketRow, error) { return scanRow(r) })
}

// TicketCounts implements inbox.Store.
func (s *Store) TicketCounts(ctx context.Context, actor desk.Actor, now, soon time.Time) (inbox.Counts, error) {
	var c inbox.Counts
	var w where
	w.args = []any{actor.UserID, store.Millis(soon), store.Millis(now)}
	w.conds = []string{`t.active = 2`}
	w.visible(actor)
	err := s.db.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE t.assignee_id = $1), count(*) FILTER (WHERE t.assignee_id = 0),
		count(*) FILTER (WHERE t.due_at <= $2), count(*) FILTER (WHERE t.due_at <= $3), count(*) FILTER (WHERE t.state = 'in_review')
		FROM tickets t`+w.String(), w.args...).
		Scan(&c.Open, &c.Mine, &c.Unassigned, &c.DueSoon, &c.Overdue, &c.InReview)
	if err != nil {
		return c, fmt.Errorf("count tickets: %w", err)
	}
	w = where{}
	w.visible(actor)
	w.add(`r.state IN ('failed', 'unknown')`)
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM replies r JOIN tickets t ON t.id = r.ticket_id`+w.String(), w.args...).Scan(&c.Failed)
	return c, err
}
