package noticedb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// never is the deadline of a ticket no clock of which runs.
const never = int64(1) << 52

// EventsAfter implements notice.Store.
func (s *Store) EventsAfter(ctx context.Context, after int64, names []string, limit int) ([]desk.Event, int64, error) {
	// The head comes first: what is recorded meanwhile is for the next look.
	head, err := s.db.Head(ctx)
	if err != nil || head <= after {
		return nil, after, err
	}
	args := []any{after, head, limit}
	for _, n := range names {
		args = append(args, n)
	}
	rows, err := s.db.Query(ctx, `SELECT `+store.EventColumns+` FROM events WHERE id > $1 AND id <= $2 AND name IN (`+store.Params(4, len(names))+`)
		ORDER BY id LIMIT $3`, args...)
	events, err := store.Collect(rows, err, store.ScanEvent)
	if err == nil && len(events) == limit {
		head = events[limit-1].ID
	}
	return events, head, err
}

const ticketColumns = `coalesce(t.id, 0), coalesce(t.number, ''), coalesce(t.subject, ''), coalesce(t.state, ''), coalesce(t.assignee_id, 0),
	coalesce(t.account_id, 0), coalesce(t.departments, ''), coalesce(t.due_at, 0), coalesce(a.name, '')`

// ticketRow receives ticketColumns.
type ticketRow struct {
	notice.Ticket
	account     string
	departments string
	due         int64
}

func (t *ticketRow) fields() []any {
	return []any{&t.ID, &t.Number, &t.Subject, &t.State, &t.AssigneeID, &t.AccountID, &t.departments, &t.due, &t.account}
}

func (t *ticketRow) ticket() notice.Ticket {
	if t.due > 0 && t.due < never {
		t.DueAt = store.Time(t.due)
	}
	t.Departments = store.Departments(t.departments)
	return t.Ticket
}

// About implements notice.Store.
func (s *Store) About(ctx context.Context, ticket, reply int64) (notice.About, error) {
	var about notice.About
	if ticket != 0 {
		var t ticketRow
		err := s.db.QueryRow(ctx, `SELECT `+ticketColumns+` FROM tickets t LEFT JOIN accounts a ON a.id = t.account_id WHERE t.id = $1`, ticket).Scan(t.fields()...)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return about, fmt.Errorf("ticket %d: %w", ticket, err)
		}
		about.Ticket = t.ticket()
	}
	if reply != 0 {
		err := s.db.QueryRow(ctx, `SELECT author_id FROM replies WHERE id = $1`, reply).Scan(&about.AuthorID)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return about, fmt.Errorf("reply %d: %w", reply, err)
		}
	}
	return about, nil
}

// Roster implements notice.Store.
func (s *Store) Roster(ctx context.Context, at time.Time) (notice.Roster, error) {
	out := notice.Roster{OnDuty: map[int64][]int64{}}
	duties, err := s.duties(ctx, at)
	if err != nil {
		return out, err
	}
	for department, all := range duties {
		out.OnDuty[department] = inbox.OnDuty(all, at)
	}
	rows, err := s.db.Query(ctx, `SELECT u.id, u.name, u.role, u.department_id, coalesce(d.name, ''), u.all_accounts, u.email, u.mobile, u.mention_id,
			(SELECT count(*) FROM department_heads h WHERE h.department_id = u.department_id AND h.user_id = u.id), coalesce(n.settings, ''), coalesce(a.account_id, 0)
		FROM users u LEFT JOIN departments d ON d.id = u.department_id LEFT JOIN notice_settings n ON n.user_id = u.id
		LEFT JOIN user_accounts a ON a.user_id = u.id AND u.all_accounts = 0
		WHERE u.active = 1 ORDER BY u.id, a.account_id`)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var p notice.Person
		var all, heads int
		var settings string
		var account int64
		err := r.Scan(&p.UserID, &p.Name, (*string)(&p.Role), &p.DepartmentID, &p.Department, &all, &p.Email, &p.Mobile, &p.MentionID, &heads, &settings, &account)
		if err != nil {
			return struct{}{}, err
		}
		if n := len(out.People); n == 0 || out.People[n-1].UserID != p.UserID {
			p.AllAccounts, p.Head = all != 0, heads != 0
			if p.Settings, err = settingsOf(settings); err != nil {
				return struct{}{}, fmt.Errorf("settings of user %d: %w", p.UserID, err)
			}
			out.People = append(out.People, p)
		}
		if last := &out.People[len(out.People)-1]; account != 0 {
			last.AccountIDs = append(last.AccountIDs, account)
		}
		return struct{}{}, nil
	})
	return out, err
}

// duties are the turns at a time, by department.
func (s *Store) duties(ctx context.Context, at time.Time) (map[int64][]inbox.Duty, error) {
	out := map[int64][]inbox.Duty{}
	rows, err := s.db.Query(ctx, `SELECT d.department_id, d.user_id, d.stands_in_for, d.from_at, d.to_at, `+store.DutyGone+`
		FROM duties d JOIN users u ON u.id = d.user_id WHERE d.from_at <= $1 AND d.to_at > $1 ORDER BY d.id`, store.Millis(at))
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var d inbox.Duty
		var from, to int64
		var gone int
		err := r.Scan(&d.DepartmentID, &d.UserID, &d.StandsInFor, &from, &to, &gone)
		d.From, d.To, d.Gone = store.Time(from), store.Time(to), gone != 0
		out[d.DepartmentID] = append(out[d.DepartmentID], d)
		return struct{}{}, err
	})
	return out, err
}

func settingsOf(text string) (v notice.Settings, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &v)
	}
	return v, err
}

// SettingsOf implements notice.Store.
func (s *Store) SettingsOf(ctx context.Context, user int64) (notice.Settings, error) {
	var text string
	err := s.db.QueryRow(ctx, `SELECT settings FROM notice_settings WHERE user_id = $1`, user).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return notice.Settings{}, nil
	}
	if err != nil {
		return notice.Settings{}, err
	}
	return settingsOf(text)
}

const itemColumns = `n.id, n.user_id, n.event_id, n.event, n.topic, n.urgent, n.ticket_id, n.account_id, n.link, n.facts, n.listed, n.created_at, n.read_at, ` +
	ticketColumns

const itemTables = ` FROM notices n LEFT JOIN tickets t ON t.id = n.ticket_id
	LEFT JOIN accounts a ON a.id = CASE WHEN n.account_id <> 0 THEN n.account_id ELSE t.account_id END`

func scanItem(r *sql.Rows, before ...any) (notice.Item, error) {
	var i notice.Item
	var t ticketRow
	var urgent, listed int
	var created, read int64
	var facts string
	to := append(before, &i.ID, &i.UserID, &i.EventID, &i.Event, (*string)(&i.Topic), &urgent, &i.TicketID, &i.AccountID, &i.Link, &facts, &listed,
		&created, &read)
	if err := r.Scan(append(to, t.fields()...)...); err != nil {
		return i, err
	}
	i.Urgent, i.Listed, i.CreatedAt, i.ReadAt, i.Ticket = urgent != 0, listed != 0, store.Time(created), store.Time(read), t.ticket()
	i.Account = t.account
	return i, json.Unmarshal([]byte(facts), &i.Facts)
}

// Notices implements notice.Store.
func (s *Store) Notices(ctx context.Context, user int64, unread bool, before int64, limit int) ([]notice.Item, error) {
	rows, err := s.db.Query(ctx, `SELECT `+itemColumns+itemTables+` WHERE n.user_id = $1 AND n.listed = 1 AND (CAST($2 AS BIGINT) = 0 OR n.id < $2) AND ($3 = 0 OR n.read_at = 0)
		ORDER BY n.id DESC LIMIT $4`, user, before, store.Bool(unread), limit)
	return store.Collect(rows, err, func(r *sql.Rows) (notice.Item, error) { return scanItem(r) })
}

// Unread implements notice.Store.
func (s *Store) Unread(ctx context.Context, user int64) (int, error) {
	var n int
	err := s.db.QueryRow(ctx, `SELECT count(*) FROM notices WHERE user_id = $1 AND listed = 1 AND read_at = 0`, user).Scan(&n)
	return n, err
}

// Items implements notice.Store.
func (s *Store) Items(ctx context.Context, sends []notice.Send) ([]notice.Item, error) {
	if len(sends) == 0 {
		return nil, nil
	}
	args := make([]any, len(sends))
	for i, v := range sends {
		args[i] = v.NoticeID
	}
	rows, err := s.db.Query(ctx, `SELECT `+itemColumns+itemTables+` WHERE n.id IN (`+store.Params(1, len(sends))+`)`, args...)
	items, err := store.Collect(rows, err, func(r *sql.Rows) (notice.Item, error) { return scanItem(r) })
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]notice.Item, len(items))
	for _, i := range items {
		byID[i.ID] = i
	}
	out := make([]notice.Item, len(sends))
	for i, v := range sends {
		out[i] = byID[v.NoticeID]
	}
	return out, nil
}

const sendColumns = `id, notice_id, user_id, medium, sender_id, urgent, state, attempts, not_before, error, created_at`

func scanSend(r *sql.Rows, after ...any) (notice.Send, error) {
	var v notice.Send
	var urgent int
	var notBefore, created int64
	err := r.Scan(append([]any{&v.ID, &v.NoticeID, &v.UserID, (*string)(&v.Medium), &v.SenderID, &urgent, (*string)(&v.State), &v.Attempts,
		&notBefore, &v.Error, &created}, after...)...)
	v.Urgent, v.NotBefore, v.CreatedAt = urgent != 0, store.Time(notBefore), store.Time(created)
	return v, err
}

// sortSends puts what UPDATE … RETURNING gave into the order it was asked for.
func sortSends(sends []notice.Send) {
	slices.SortFunc(sends, func(a, b notice.Send) int {
		if a.Urgent != b.Urgent {
			return int(store.Bool(b.Urgent) - store.Bool(a.Urgent))
		}
		return int(a.ID - b.ID)
	})
}

// Sends implements notice.Store.
func (s *Store) Sends(ctx context.Context, state notice.SendState, before int64, limit int) ([]notice.LoggedSend, error) {
	rows, err := s.db.Query(ctx, `SELECT v.id, v.notice_id, v.user_id, v.medium, v.sender_id, v.urgent, v.state, v.attempts, v.not_before, v.error, v.created_at,
			v.updated_at, n.topic, coalesce(u.name, ''), coalesce(x.name, '')
		FROM notice_sends v JOIN notices n ON n.id = v.notice_id LEFT JOIN users u ON u.id = v.user_id LEFT JOIN notice_senders x ON x.id = v.sender_id
		WHERE (CAST($1 AS TEXT) = '' OR v.state = $1) AND (CAST($2 AS BIGINT) = 0 OR v.id < $2) ORDER BY v.id DESC LIMIT $3`, string(state), before, limit)
	return store.Collect(rows, err, func(r *sql.Rows) (v notice.LoggedSend, err error) {
		var updated int64
		v.Send, err = scanSend(r, &updated, (*string)(&v.Topic), &v.User, &v.Sender)
		v.UpdatedAt = store.Time(updated)
		return v, err
	})
}

// Held implements notice.Store.
func (s *Store) Held(ctx context.Context, t notice.Target) (time.Time, error) {
	var at int64
	err := s.db.QueryRow(ctx, `SELECT coalesce(min(CASE WHEN not_before > claimed_until THEN not_before ELSE claimed_until END), 0) FROM notice_sends
		WHERE sender_id = $1 AND (CAST($2 AS BIGINT) = 0 OR user_id = $2) AND medium = $3 AND (state = 'sending' OR state = 'waiting' AND error <> '')`,
		t.SenderID, t.UserID, string(t.Medium)).Scan(&at)
	return store.Time(at), err
}

const senderColumns = `SELECT id, kind, name, setup, enabled, department_id, created_at, updated_at FROM notice_senders`

func (s *Store) scanSender(r interface{ Scan(...any) error }) (notice.StoredSender, error) {
	var v notice.StoredSender
	var sealed []byte
	var enabled int
	var created, updated int64
	if err := r.Scan(&v.ID, (*string)(&v.Kind), &v.Name, &sealed, &enabled, &v.DepartmentID, &created, &updated); err != nil {
		return v, err
	}
	v.Enabled, v.CreatedAt, v.UpdatedAt = enabled != 0, store.Time(created), store.Time(updated)
	plain, err := s.box.Open(place(v.ID), sealed)
	if err != nil {
		return v, fmt.Errorf("setup of sender %d: %w", v.ID, err)
	}
	return v, json.Unmarshal(plain, &v.Setup)
}

// Senders implements notice.Store.
func (s *Store) Senders(ctx context.Context) ([]notice.StoredSender, error) {
	rows, err := s.db.Query(ctx, senderColumns+` ORDER BY id`)
	return store.Collect(rows, err, func(r *sql.Rows) (notice.StoredSender, error) { return s.scanSender(r) })
}

// Sender implements notice.Store.
func (s *Store) Sender(ctx context.Context, id int64) (notice.StoredSender, error) {
	v, err := s.scanSender(s.db.QueryRow(ctx, senderColumns+` WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return v, noSender()
	}
	return v, err
}
