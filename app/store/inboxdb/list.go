package inboxdb

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"math"
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
	from  string // what stands for tickets, where that is not all of them
	// plus stands before a column whose own index must not be used: "+" on
	// SQLite, which has no figures to choose by. There a list is then read in
	// its order, and what does not fit is passed over.
	plus string
}

func plus(engine store.Engine) string {
	if engine == store.SQLite {
		return "+"
	}
	return ""
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
	if !a.Can(desk.ReadTickets) || a.Role == desk.Liaison && a.DepartmentID == 0 {
		w.add(`1 = 0`)
		return
	}
	if a.Part.Limits() {
		w.add(`t.id = ?`, a.Part.TicketID)
	}
	if a.Role == desk.Liaison {
		w.add(`t.departments LIKE ?`, "%,"+strconv.FormatInt(a.DepartmentID, 10)+",%")
	}
	w.accounts(a, w.plus+"t.account_id")
}

// given is the way to what a liaison sees that does not pass over what others
// have: by the escalations of the department. It only finds; visible decides.
func (w *where) given(a desk.Actor) {
	if a.Role != desk.Liaison {
		return
	}
	w.args = append(w.args, a.DepartmentID)
	w.from = `(SELECT DISTINCT ticket_id FROM escalations WHERE department_id = ` + param(len(w.args)) + `) given CROSS JOIN tickets t`
	w.add(`t.id = given.ticket_id`)
}

func (w *where) department(id int64) {
	w.add(w.plus+`t.department_id = ? AND t.department_id <> 0`, id)
}

// team narrows to what the members have, and to what nobody has and the team
// serves; inbox.Team says what that is.
func (w *where) team(id int64) {
	w.add(`(`+w.plus+`t.assignee_id IN (SELECT m.user_id FROM team_members m WHERE m.team_id = ?) OR `+w.plus+`t.assignee_id = 0 AND EXISTS (
		SELECT 1 FROM teams g WHERE g.id = ? AND g.enabled = 1 AND (g.kind = '' OR g.kind = t.kind) AND (
			EXISTS (SELECT 1 FROM team_accounts x WHERE x.team_id = g.id AND x.account_id = t.account_id) OR
			NOT EXISTS (SELECT 1 FROM team_accounts x WHERE x.team_id = g.id))))`, id, id)
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

// assignee has an index of its own for the order of the queue.
func (w *where) assignee(id int64, by inbox.Sort) {
	plus := w.plus
	if by == inbox.SortDue {
		plus = ""
	}
	w.add(plus+`t.assignee_id = ?`, id)
}

func (w *where) view(f inbox.TicketFilter, by inbox.Sort) {
	switch f.View {
	case inbox.ViewClosed:
		w.add(`t.active = 0`)
	case inbox.ViewSnoozed:
		w.add(`t.snoozed_until > 0`)
	case inbox.ViewMine:
		w.assignee(f.Actor.UserID, by)
	case inbox.ViewUnassigned:
		w.assignee(0, by)
	case inbox.ViewDueSoon:
		before := store.Millis(f.DueBefore)
		w.add(`t.queue_at <= ?`, before) // nobody stands behind their deadline
		w.add(`t.due_at <= ?`, before)
	case inbox.ViewReview:
		w.add(w.plus+`t.state = ?`, string(inbox.InReview))
	}
}

// waiting reports whether a list has only tickets somebody has to act on.
func waiting(f inbox.TicketFilter) bool {
	parts := partsOf(f)
	return len(parts) == 1 && parts[0] == waits
}

// sortWake is the order of the snoozed ones: the first to come back before.
const sortWake inbox.Sort = "wake"

func (w *where) filter(f inbox.TicketFilter, by inbox.Sort) {
	if f.State != "" {
		w.add(w.plus+`t.state = ?`, string(f.State))
	}
	if f.Kind != "" {
		w.add(`t.kind = ?`, string(f.Kind))
	}
	if f.AccountID != 0 {
		w.add(w.plus+`t.account_id = ?`, f.AccountID)
	}
	if f.AssigneeID != 0 {
		w.assignee(f.AssigneeID, by)
	}
	if f.Unassigned {
		w.assignee(0, by)
	}
	if f.DepartmentID != 0 {
		w.department(f.DepartmentID)
	}
	if f.TeamID != 0 {
		w.team(f.TeamID)
	}
	w.marked(f)
}

// everyTicket is where tickets come from unless there is a shorter way.
const everyTicket = "tickets t"

// order is the allowed sort orders of one part: the columns, how to continue
// after a row, and the place before the first one. A first page asks like any
// other, so that it is found in the same way.
var order = map[inbox.Sort]struct {
	by, after string
	first     [2]int64
}{
	inbox.SortDue:    {`t.queue_at, t.id`, `(t.queue_at, t.id) > (?, ?)`, [2]int64{math.MinInt64, 0}},
	sortWake:         {`t.snoozed_until, t.id`, `(t.snoozed_until, t.id) > (?, ?)`, [2]int64{0, 0}},
	inbox.SortNewest: {`t.last_message_at DESC, t.id DESC`, `(t.last_message_at, t.id) < (?, ?)`, [2]int64{math.MaxInt64, 0}},
}

// urgentFirst is the order of both parts together by urgency: those who wait
// by their place in the queue, then the others, who have none, by their newest message.
const urgentFirst = `CASE WHEN t.active = 2 THEN 0 ELSE 1 END,
	CASE WHEN t.active = 2 THEN t.queue_at ELSE -t.last_message_at END, CASE WHEN t.active = 2 THEN t.id ELSE -t.id END`

// sortOf is the order of a list. Lists of those who wait begin with the most
// urgent one unless told otherwise, every other with the newest message.
func sortOf(f inbox.TicketFilter) inbox.Sort {
	switch {
	case f.View == inbox.ViewSnoozed:
		return sortWake
	case f.Sort != "":
		return f.Sort
	case f.Waits():
		return inbox.SortDue
	default:
		return inbox.SortNewest
	}
}

// sort is the order of the part in a list by that order.
func (p part) sort(by inbox.Sort) inbox.Sort {
	if p == rests {
		return inbox.SortNewest
	}
	return by
}

// rowColumns is what scanRow reads: a ticket with its names and its open clock.
const rowColumns = ticketColumns + `, ac.name, ac.platform, co.external_id, co.name, co.subscribed, co.erased_at,
	coalesce(p.external_id, ''), coalesce(p.title, ''), coalesce(p.url, ''), coalesce(u.name, ''), coalesce(d.name, ''), coalesce(mt.number, ''),
	coalesce(r.messages, 0), coalesce(c.id, 0), t.id, 0, coalesce(c.message_id, 0), coalesce(c.name, ''), coalesce(c.state, ''),
	coalesce(c.started_at, 0), coalesce(c.due_at, 0), coalesce(c.fired, 0), coalesce(c.warned, 0), coalesce(c.next_at, 0), coalesce(c.met_at, 0),
	coalesce(c.paused_at, 0), coalesce(c.pause_until, 0), coalesce(c.pause_reason, '')`

// rowTables joins what rowColumns needs to tickets, a table or a choice of it
// named "t".
func rowTables(tickets, reader string) string {
	return ` FROM ` + tickets + `
	JOIN accounts ac ON ac.id = t.account_id
	JOIN contacts co ON co.id = t.contact_id
	LEFT JOIN posts p ON p.id = t.post_id
	LEFT JOIN users u ON u.id = t.assignee_id
	LEFT JOIN departments d ON d.id = t.department_id
	LEFT JOIN tickets mt ON mt.id = t.merged_into AND t.merged_into <> 0
	LEFT JOIN clocks c ON c.ticket_id = t.id AND c.escalation_id = 0 AND ` + openState + `
	LEFT JOIN ticket_reads r ON r.ticket_id = t.id AND r.user_id = ` + reader
}

// scanRow reads rowColumns, then more.
func scanRow(r row, more ...any) (inbox.TicketRow, error) {
	var v inbox.TicketRow
	var post channel.Post
	var clock clockRow
	var subscribed, read int
	var erased int64
	targets := append([]any{&v.AccountName, &v.Platform, &v.Contact.ExternalID, &v.Contact.Name, &subscribed, &erased,
		&post.ExternalID, &post.Title, &post.URL, &v.AssigneeName, &v.DepartmentName, &v.MergedNumber, &read}, clock.facts()...)
	t, err := scanTicket(r, append(targets, more...)...)
	if err != nil {
		return v, err
	}
	v.Ticket = t
	v.Contact.ID, v.Contact.AccountID, v.Contact.Subscribed, v.Contact.Erased = t.ContactID, t.AccountID, subscribed != 0, erased != 0
	if t.PostID != 0 {
		v.Post = &post
	}
	if clock.ID != 0 {
		v.Clocks = []inbox.Clock{clock.clock()}
	}
	v.Unread = t.MessageCount > read
	return v, nil
}

func readRow(rows *sql.Rows) (inbox.TicketRow, error) { return scanRow(rows) }

// Tickets implements inbox.Store.
func (s *Store) Tickets(ctx context.Context, f inbox.TicketFilter) (desk.Page[inbox.TicketRow], error) {
	var page desk.Page[inbox.TicketRow]
	query, args, err := ticketsQuery(f, s.db.Engine())
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, query, args...)
	page.Items, err = store.Collect(rows, err, readRow)
	if err != nil {
		return page, fmt.Errorf("list tickets: %w", err)
	}
	if len(page.Items) > f.Limit {
		page.Items = page.Items[:f.Limit]
		page.Next = cursorAfter(sortOf(f), page.Items[f.Limit-1].Ticket)
	}
	return page, nil
}

// ticketsQuery asks for one row more than the page has. The page is chosen from
// the tickets alone, so that its cost is that of an index range however many
// there are; names are looked up for its rows only.
func ticketsQuery(f inbox.TicketFilter, engine store.Engine) (query string, args []any, err error) {
	by, from := sortOf(f), cursor{}
	if f.Cursor != "" {
		if from, err = parseCursor(f.Cursor); err != nil {
			return "", nil, err
		}
	}
	args = []any{f.Limit + 1, f.Actor.UserID}
	var parts []string
	all := partsOf(f)
	for _, part := range all {
		sort := part.sort(by)
		place := order[sort].first
		switch {
		case from.sort == sort:
			place = from.place
		case from.sort == inbox.SortNewest && len(all) > 1:
			continue // those who wait came before
		}
		w := where{from: everyTicket, args: args}
		w.add(string(part))
		if part != rests {
			w.plus = plus(engine)
		}
		w.given(f.Actor)
		w.view(f, sort)
		w.visible(f.Actor)
		w.filter(f, sort)
		w.add(order[sort].after, place[0], place[1])
		args = w.args
		parts = append(parts, `SELECT t.* FROM `+w.from+w.String()+` ORDER BY `+order[sort].by+` LIMIT $1`)
	}
	page, columns := parts[0], order[all[len(all)-len(parts)].sort(by)].by
	if len(parts) > 1 {
		if by == inbox.SortDue {
			columns = urgentFirst
		}
		page = `SELECT t.* FROM (SELECT * FROM (` + strings.Join(parts, `) a UNION ALL SELECT * FROM (`) + `) b) t ORDER BY ` + columns + ` LIMIT $1`
	}
	return `SELECT ` + rowColumns + rowTables(`(`+page+`) t`, "$2") + ` ORDER BY ` + columns, args, nil
}

// part is the condition of a part of the tickets that has its own indexes.
type part string

const (
	waits   part = `t.active = 2`                         // somebody has to act
	rests   part = `t.active < 2`                         // answered, ended or snoozed
	snoozed part = `t.active < 2 AND t.snoozed_until > 0` // the last of these
)

// partsOf names the parts a list draws from.
func partsOf(f inbox.TicketFilter) []part {
	switch {
	case f.View == inbox.ViewSnoozed:
		return []part{snoozed}
	case f.View != inbox.ViewAll && f.View != inbox.ViewClosed && f.View != "" || f.View != inbox.ViewClosed && f.Late:
		return []part{waits}
	case f.View == inbox.ViewClosed || f.State != "" && !f.State.Waits():
		return []part{rests}
	default:
		return []part{waits, rests}
	}
}

// cursor is the place of a row in the order of its part.
type cursor struct {
	sort  inbox.Sort
	place [2]int64
}

// cursorMarks begin a cursor, by its order.
var cursorMarks = map[inbox.Sort]string{inbox.SortDue: "d", inbox.SortNewest: "n", sortWake: "w"}

func cursorAfter(by inbox.Sort, t inbox.Ticket) string {
	part, key := waits, queuedAt(&t)
	if active(&t) < 2 {
		part = rests
	}
	if by == sortWake {
		part, key = snoozed, store.Millis(t.SnoozedUntil)
	}
	by = part.sort(by)
	if by == inbox.SortNewest {
		key = store.Millis(t.LastMessageAt)
	}
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s%d.%d", cursorMarks[by], key, t.ID))
}

func parseCursor(text string) (c cursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		key, id, _ := strings.Cut(string(b), ".")
		for by, mark := range cursorMarks {
			if rest, ok := strings.CutPrefix(key, mark); ok {
				c.sort, key = by, rest
				break
			}
		}
		if c.place[0], err = strconv.ParseInt(key, 10, 64); err == nil {
			c.place[1], err = strconv.ParseInt(id, 10, 64)
		}
	}
	if err != nil || c.sort == "" {
		return c, desk.InvalidField("cursor", "不是有效的翻页标记")
	}
	return c, nil
}

// TicketRow implements inbox.Store. The number of the last event is read
// first: whoever has this row has at least seen up to there.
func (s *Store) TicketRow(ctx context.Context, actor desk.Actor, id inbox.TicketID) (inbox.TicketRow, error) {
	last, err := s.lastEvent(ctx, id)
	if err != nil {
		return inbox.TicketRow{}, err
	}
	v, err := scanRow(s.db.QueryRow(ctx, `SELECT `+rowColumns+rowTables("tickets t", "$2")+` WHERE t.id = $1`, int64(id), actor.UserID))
	if err != nil {
		return v, store.Translate(err)
	}
	v.LastEvent = last
	rows, err := s.db.Query(ctx, `SELECT `+planned+` FROM clocks c WHERE ticket_id = $1 ORDER BY id`, int64(id))
	v.Clocks, err = store.Collect(rows, err, func(r *sql.Rows) (inbox.Clock, error) { return scanClock(r) })
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
	return store.Collect(rows, err, readRow)
}

// TicketCounts implements inbox.Store.
func (s *Store) TicketCounts(ctx context.Context, actor desk.Actor, now, soon time.Time) (inbox.Counts, error) {
	var c inbox.Counts
	query, args := countsQuery(actor, now, soon, s.db.Engine())
	err := s.db.QueryRow(ctx, query, args...).Scan(&c.Open, &c.Mine, &c.Unassigned, &c.DueSoon, &c.Overdue, &c.InReview)
	if err != nil {
		return c, fmt.Errorf("count tickets: %w", err)
	}
	query, args = snoozedQuery(actor, s.db.Engine())
	if err := s.db.QueryRow(ctx, query, args...).Scan(&c.Snoozed); err != nil {
		return c, fmt.Errorf("count snoozed tickets: %w", err)
	}
	if !actor.Can(desk.WorkTickets) {
		return c, nil
	}
	query, args = failedQuery(actor)
	if err := s.db.QueryRow(ctx, query, args...).Scan(&c.Failed); err != nil {
		return c, err
	}
	var w where
	w.dead(actor)
	w.args = append(w.args, inbox.MaxDead)
	return c, s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT id FROM payloads`+w.String()+` LIMIT $`+strconv.Itoa(len(w.args))+`) d`,
		w.args...).Scan(&c.Dead)
}

func countsQuery(actor desk.Actor, now, soon time.Time, engine store.Engine) (string, []any) {
	w := where{args: []any{actor.UserID, store.Millis(soon), store.Millis(now)}, plus: plus(engine), from: everyTicket}
	w.add(`t.active = 2`)
	w.given(actor)
	w.visible(actor)
	return `SELECT count(*), count(*) FILTER (WHERE t.assignee_id = $1), count(*) FILTER (WHERE t.assignee_id = 0),
		count(*) FILTER (WHERE t.due_at <= $2), count(*) FILTER (WHERE t.due_at <= $3), count(*) FILTER (WHERE t.state = 'in_review')
		FROM ` + w.from + w.String(), w.args
}

func failedQuery(actor desk.Actor) (string, []any) {
	var w where
	w.troubled(actor)
	return `SELECT count(*) FROM replies q CROSS JOIN tickets t` + w.String(), w.args
}

// troubled chooses the replies people have to look after. They are few: a CROSS
// JOIN with the replies first keeps SQLite from walking the tickets instead.
func (w *where) troubled(actor desk.Actor) {
	w.add(`q.state IN ('failed', 'unknown') AND t.id = q.ticket_id`)
	w.visible(actor)
}
