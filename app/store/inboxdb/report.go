package inboxdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

var _ inbox.ReportStore = (*Store)(nil)

// Cells implements inbox.ReportStore.
func (s *Store) Cells(ctx context.Context, queries []inbox.CellQuery, take func(of int, key inbox.CellKey, sums inbox.Sums)) error {
	return s.db.Snapshot(ctx, func(q store.Querier) error {
		for i, query := range queries {
			text, args := cellsQuery(query)
			rows, err := q.Query(ctx, text, args...)
			_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
				group, packed, err := scanGroup(r)
				if err == nil {
					err = unpack(packed, func(key string) bool { return chosen(query, key) }, func(key string, sums inbox.Sums) {
						take(i, inbox.CellKey{By: group.by, AccountID: group.account, Period: group.period, Key: key}, sums)
					})
				}
				return struct{}{}, err
			})
			if err != nil {
				return fmt.Errorf("read the roll-ups: %w", err)
			}
		}
		return nil
	})
}

// cellsQuery reads a range of the primary key, of each account.
func cellsQuery(q inbox.CellQuery) (string, []any) {
	var w where
	w.add(`g.dimension = ?`, string(q.By))
	if q.AllAccounts || q.By == inbox.PerAccount {
		w.add(`g.account_id = 0`)
	} else {
		among(&w, `g.account_id`, q.AccountIDs)
	}
	w.add(`g.period >= ? AND g.period <= ?`, int64(q.From), int64(q.To))
	return `SELECT ` + groupColumns + ` FROM report_sums g` + w.String(), w.args
}

// chosen reports whether a query asks for a key: accounts are keys of one row.
func chosen(q inbox.CellQuery, key string) bool {
	if q.Key != nil && *q.Key != key {
		return false
	}
	if q.AllAccounts || q.By != inbox.PerAccount {
		return true
	}
	id, err := strconv.ParseInt(key, 10, 64)
	return err == nil && slices.Contains(q.AccountIDs, id)
}

// among narrows a column to some values; none are among no values.
func among[T any](w *where, column string, values []T) {
	if len(values) == 0 {
		w.add(`1 = 0`)
		return
	}
	marks := make([]any, len(values))
	for i, v := range values {
		marks[i] = v
	}
	w.add(column+` IN (?`+strings.Repeat(`, ?`, len(values)-1)+`)`, marks...)
}

// named says where the names of the keys of a dimension are.
var named = map[inbox.Dimension]string{
	inbox.PerAccount:    `SELECT id, name FROM accounts WHERE `,
	inbox.PerDepartment: `SELECT id, name FROM departments WHERE `,
	inbox.PerPerson:     `SELECT id, name FROM users WHERE `,
}

// KeyNames implements inbox.ReportStore.
func (s *Store) KeyNames(ctx context.Context, by inbox.Dimension, keys []string) (map[string]string, error) {
	out := make(map[string]string, len(keys))
	query, ok := named[by]
	if !ok {
		return out, nil
	}
	ids := make([]int64, 0, len(keys))
	for _, key := range keys {
		if id, err := strconv.ParseInt(key, 10, 64); err == nil && id != 0 {
			ids = append(ids, id)
		}
	}
	rows, err := s.db.Query(ctx, query+inIDs(s.db.Engine(), "id", "$1"), idList(ids))
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id int64
		var name string
		err := r.Scan(&id, &name)
		out[strconv.FormatInt(id, 10)] = name
		return struct{}{}, err
	})
	return out, err
}

// ReportProgress implements inbox.ReportStore.
func (s *Store) ReportProgress(ctx context.Context) (float64, error) {
	var rest, last, below int64
	var version string
	err := s.db.QueryRow(ctx, `SELECT version, rest, (SELECT coalesce(max(id), 0) FROM tickets), (SELECT coalesce(max(id), 0) FROM tickets WHERE id < rest)
		FROM report_progress WHERE id = 1`).Scan(&version, &rest, &last, &below)
	switch {
	case err != nil:
		return 0, fmt.Errorf("read how far the roll-ups are: %w", err)
	case version != "" && rest > 0 && below == 0, last == 0:
		return 1, nil
	case version == "" || rest == 0:
		return 0, nil
	default:
		return 1 - float64(below)/float64(max(last, below)), nil
	}
}

// Overdue implements inbox.ReportStore.
func (s *Store) Overdue(ctx context.Context, f inbox.TicketFilter) (desk.Page[inbox.TicketRow], int, error) {
	page, err := s.Tickets(ctx, f)
	if err != nil {
		return page, 0, err
	}
	n := 0
	query, args := overdueQuery(f, s.db.Engine())
	if err := s.db.QueryRow(ctx, query, args...).Scan(&n); err != nil {
		return page, 0, fmt.Errorf("count what is overdue: %w", err)
	}
	return page, n, nil
}

// overdueQuery counts in the index of those that wait.
func overdueQuery(f inbox.TicketFilter, engine store.Engine) (string, []any) {
	w := where{plus: plus(engine)}
	w.add(string(waits))
	w.view(f, inbox.SortDue)
	w.visible(f.Actor)
	w.filter(f, inbox.SortDue)
	return `SELECT count(*) FROM tickets t` + w.String(), w.args
}

// reportTickets reads the rows of the tickets as they are. A ticket that is not
// there has none.
func (s *Store) reportTickets(ctx context.Context, ids []int64) (map[int64]inbox.ReportTicket, error) {
	out := make(map[int64]inbox.ReportTicket, len(ids))
	list, engine := idList(ids), s.db.Engine()
	err := s.db.Snapshot(ctx, func(q store.Querier) error {
		rows, err := q.Query(ctx, `SELECT t.id, t.account_id, t.kind, t.department_id, t.assignee_id, t.category, t.state, `+receivedAt+`, t.closed_at, t.tags, t.post_id
			FROM tickets t WHERE `+inIDs(engine, "t.id", "$1"), list)
		_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
			var t inbox.ReportTicket
			var received, closed, post int64
			var tags string
			err := r.Scan(&t.ID, &t.AccountID, &t.Kind, &t.DepartmentID, &t.AssigneeID, &t.Category, &t.State, &received, &closed, &tags, &post)
			t.Hotspots = hotspotsOf(tags, post)
			t.ReceivedAt, t.ClosedAt = store.Time(received), store.Time(closed)
			if !t.State.Ended() {
				t.State = ""
			}
			out[int64(t.ID)] = t
			return struct{}{}, err
		})
		if err != nil {
			return err
		}
		if err := firstAnswers(ctx, q, inIDs(engine, "ticket_id", "$1"), list, out); err != nil {
			return err
		}
		if err := deadlines(ctx, q, inIDs(engine, "c.ticket_id", "$1"), list, out); err != nil {
			return err
		}
		if err := givenMarks(ctx, q, inIDs(engine, "ticket_id", "$1"), list, out); err != nil {
			return err
		}
		return givenAway(ctx, q, engine, list, out)
	})
	if err != nil {
		return nil, fmt.Errorf("read tickets to count: %w", err)
	}
	return out, nil
}

// receivedAt is when the first message of ticket "t", or of one that was merged
// into it, came.
const receivedAt = `CASE WHEN t.created_at <= coalesce((SELECT min(o.created_at) FROM tickets o WHERE o.merged_into = t.id AND o.merged_into <> 0), t.created_at)
	THEN t.created_at ELSE (SELECT min(o.created_at) FROM tickets o WHERE o.merged_into = t.id AND o.merged_into <> 0) END`

// firstAnswers adds when each ticket was first answered, and by whom.
func firstAnswers(ctx context.Context, q store.Querier, among, list string, tickets map[int64]inbox.ReportTicket) error {
	rows, err := q.Query(ctx, `SELECT ticket_id, sent_at, origin, id FROM replies WHERE `+among+` AND state = 'sent' AND answers = 1
		UNION ALL SELECT a.ticket_id, r.sent_at, r.origin, r.id FROM (SELECT id AS ticket_id, answered_by FROM tickets WHERE answered_by <> 0) a
		JOIN replies r ON r.id = a.answered_by WHERE a.`+among+` AND r.state = 'sent' AND r.answers = 1 ORDER BY 4`, list)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id, sent, reply int64
		var origin inbox.Origin
		err := r.Scan(&id, &sent, &origin, &reply)
		t, ok := tickets[id]
		if at := store.Time(sent); ok && (t.AnsweredAt.IsZero() || at.Before(t.AnsweredAt)) {
			t.AnsweredAt, t.ByBot = at, origin == inbox.FromBot
			tickets[id] = t
		}
		return struct{}{}, err
	})
	return err
}

// deadlines adds how the tickets' own clocks stand.
func deadlines(ctx context.Context, q store.Querier, among, list string, tickets map[int64]inbox.ReportTicket) error {
	rows, err := q.Query(ctx, `SELECT c.ticket_id, max(CASE WHEN c.state = 'missed' THEN 1 ELSE 0 END), max(CASE WHEN `+openState+` THEN 1 ELSE 0 END)
		FROM clocks c WHERE `+among+` AND c.escalation_id = 0 AND c.name IN ('first_reply', 'next_reply') GROUP BY c.ticket_id`, list)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id, missed, open int64
		err := r.Scan(&id, &missed, &open)
		if t, ok := tickets[id]; ok {
			t.Missed, t.Open = missed != 0, open != 0
			tickets[id] = t
		}
		return struct{}{}, err
	})
	return err
}

// givenMarks adds what the tickets' citizens said of their answers.
func givenMarks(ctx context.Context, q store.Querier, among, list string, tickets map[int64]inbox.ReportTicket) error {
	rows, err := q.Query(ctx, `SELECT ticket_id, created_at, mark FROM ratings WHERE `+among+` ORDER BY ticket_id, round`, list)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id, given int64
		var mark inbox.Mark
		err := r.Scan(&id, &given, &mark)
		if t, ok := tickets[id]; ok {
			t.Marks.Add(store.Time(given), mark)
			tickets[id] = t
		}
		return struct{}{}, err
	})
	return err
}

// counted reads what of the tickets is in the roll-ups.
func (s *Store) counted(ctx context.Context, ids []int64) (map[int64]inbox.ReportTicket, error) {
	out := make(map[int64]inbox.ReportTicket, len(ids))
	rows, err := s.db.Query(ctx, `SELECT `+countedColumns+` FROM report_tickets WHERE `+inIDs(s.db.Engine(), "ticket_id", "$1"), idList(ids))
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var t inbox.ReportTicket
		var received, answered, closed int64
		var bot, missed, open int
		err := r.Scan(&t.ID, &t.AccountID, &t.Kind, &t.DepartmentID, &t.AssigneeID, &t.Category, &t.State, &received, &answered, &bot, &closed, &missed, &open, &t.Marks, &t.GivenAway, &t.Hotspots)
		t.ReceivedAt, t.AnsweredAt, t.ClosedAt = store.Time(received), store.Time(answered), store.Time(closed)
		t.ByBot, t.Missed, t.Open = bot != 0, missed != 0, open != 0
		out[int64(t.ID)] = t
		return struct{}{}, err
	})
	if err != nil {
		return nil, fmt.Errorf("read what was counted: %w", err)
	}
	return out, nil
}

const countedColumns = `ticket_id, account_id, kind, department_id, assignee_id, category, state, received_at, answered_at, by_bot,
	closed_at, missed, open, marks, given_away, hotspots`

// countedValues are countedColumns of a ticket.
func countedValues(t inbox.ReportTicket) []any {
	return []any{
		int64(t.ID), t.AccountID, string(t.Kind), t.DepartmentID, t.AssigneeID, t.Category, string(t.State), store.Millis(t.ReceivedAt),
		store.Millis(t.AnsweredAt), store.Bool(t.ByBot), store.Millis(t.ClosedAt), store.Bool(t.Missed), store.Bool(t.Open), string(t.Marks), string(t.GivenAway), string(t.Hotspots),
	}
}

// update is the end of an INSERT that sets all of a row that is there already.
func update(key string, columns string) string {
	var sets []string
	keys := strings.Split(key, ", ")
	for column := range strings.SplitSeq(columns, ",") {
		if column = strings.TrimSpace(column); !slices.Contains(keys, column) {
			sets = append(sets, column+` = excluded.`+column)
		}
	}
	return ` ON CONFLICT (` + key + `) DO UPDATE SET ` + strings.Join(sets, ", ")
}
