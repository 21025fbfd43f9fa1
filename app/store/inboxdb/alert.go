package inboxdb

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// alertsLock is the counter by which searches for spikes wait for each other.
const alertsLock = "alerts"

// LockAlerts implements inbox.Tx.
func (tx *Tx) LockAlerts(ctx context.Context) error {
	_, err := tx.Exec(ctx, `INSERT INTO counters (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1`, alertsLock)
	return err
}

// FreshMessages implements inbox.Tx. Messages come in the order of their ids, so
// the newest are found from the end.
func (tx *Tx) FreshMessages(ctx context.Context, since time.Time, limit int) ([]inbox.FreshMessage, error) {
	rows, err := tx.Query(ctx, `SELECT f.id, f.ticket_id, f.contact_id, f.text, f.received_at, coalesce(am.alert_id, 0) FROM
		(SELECT id, ticket_id, contact_id, text, received_at, type FROM messages ORDER BY id DESC LIMIT $2) f
		LEFT JOIN alert_messages am ON am.message_id = f.id
		WHERE f.received_at >= $1 AND f.type <> 'event' AND f.text <> '' AND f.text <> $3 ORDER BY f.id`, store.Millis(since), limit, inbox.ErasedText)
	return store.Collect(rows, err, func(r *sql.Rows) (m inbox.FreshMessage, err error) {
		var at int64
		err = r.Scan(&m.ID, &m.TicketID, &m.ContactID, &m.Text, &at, &m.AlertID)
		m.At = store.Time(at)
		return m, err
	})
}

const alertColumns = `a.id, a.sample_id, a.messages, a.opened_at, a.last_at, a.closed_at, a.closed_by, a.reason`

func scanAlert(r row, more ...any) (inbox.Alert, error) {
	var a inbox.Alert
	var opened, last, closed int64
	err := r.Scan(append([]any{&a.ID, &a.SampleID, &a.Count, &opened, &last, &closed, &a.ClosedBy, &a.Reason}, more...)...)
	a.OpenedAt, a.LastAt, a.ClosedAt = store.Time(opened), store.Time(last), store.Time(closed)
	return a, err
}

// OpenAlerts implements inbox.Tx.
func (tx *Tx) OpenAlerts(ctx context.Context) ([]inbox.Alert, error) {
	rows, err := tx.Query(ctx, `SELECT `+alertColumns+`, coalesce(m.text, '') FROM alerts a LEFT JOIN messages m ON m.id = a.sample_id
		WHERE a.closed_at = 0 ORDER BY a.id`)
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.Alert, error) {
		var sample string
		a, err := scanAlert(r, &sample)
		a.Sample = sample
		return a, err
	})
}

// AddAlert implements inbox.Tx.
func (tx *Tx) AddAlert(ctx context.Context, a *inbox.Alert) (err error) {
	a.ID, err = tx.Insert(ctx, `INSERT INTO alerts (sample_id, messages, opened_at, last_at) VALUES ($1, $2, $3, $4)`,
		int64(a.SampleID), a.Count, store.Millis(a.OpenedAt), store.Millis(a.LastAt))
	return err
}

// LockAlert implements inbox.Tx.
func (tx *Tx) LockAlert(ctx context.Context, id int64) (*inbox.Alert, error) {
	query := `SELECT ` + alertColumns + ` FROM alerts a WHERE a.id = $1`
	if !tx.Alone() {
		query += ` FOR UPDATE`
	}
	a, err := scanAlert(tx.QueryRow(ctx, query, id))
	if err != nil {
		return nil, store.Translate(err)
	}
	return &a, nil
}

// SaveAlert implements inbox.Tx.
func (tx *Tx) SaveAlert(ctx context.Context, a *inbox.Alert) error {
	_, err := tx.Exec(ctx, `UPDATE alerts SET messages = $2, last_at = $3, closed_at = $4, closed_by = $5, reason = $6 WHERE id = $1`,
		a.ID, a.Count, store.Millis(a.LastAt), store.Millis(a.ClosedAt), a.ClosedBy, a.Reason)
	return err
}

// AddToAlert implements inbox.Tx.
func (tx *Tx) AddToAlert(ctx context.Context, alert int64, messages []inbox.FreshMessage) error {
	for _, m := range messages {
		if _, err := tx.Exec(ctx, `INSERT INTO alert_messages (message_id, alert_id, ticket_id) VALUES ($1, $2, $3)`,
			int64(m.ID), alert, int64(m.TicketID)); err != nil {
			return store.Translate(err)
		}
	}
	return nil
}

// LastMessageID implements inbox.Store.
func (s *Store) LastMessageID(ctx context.Context) (id inbox.MessageID, err error) {
	err = s.db.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM messages`).Scan(&id)
	return id, err
}

// Alerts implements inbox.Store.
func (s *Store) Alerts(ctx context.Context, f inbox.AlertFilter) (desk.Page[inbox.Alert], error) {
	var page desk.Page[inbox.Alert]
	before, err := idCursor(f.Cursor)
	if err != nil {
		return page, err
	}
	var w where
	w.add(`a.closed_at = 0`)
	if f.Closed {
		w.conds[0] = `a.closed_at <> 0`
	}
	if before != 0 {
		w.add(`a.id < ?`, before)
	}
	page.Items, err = s.alerts(ctx, f.Actor, w, f.Limit+1)
	if err == nil && len(page.Items) > f.Limit {
		page.Items = page.Items[:f.Limit]
		page.Next = strconv.FormatInt(page.Items[f.Limit-1].ID, 10)
	}
	return page, err
}

// Alert implements inbox.Store.
func (s *Store) Alert(ctx context.Context, actor desk.Actor, id int64) (inbox.Alert, error) {
	var w where
	w.add(`a.id = ?`, id)
	found, err := s.alerts(ctx, actor, w, 1)
	if err == nil && len(found) == 0 {
		err = desk.Errorf(desk.NotFound, "没有找到预警")
	}
	if err != nil {
		return inbox.Alert{}, err
	}
	return found[0], nil
}

// alerts counts of each alert what the actor may see; their sample is the first
// message of it.
func (s *Store) alerts(ctx context.Context, actor desk.Actor, w where, limit int) ([]inbox.Alert, error) {
	w.visible(actor)
	w.args = append(w.args, limit)
	rows, err := s.db.Query(ctx, `SELECT `+alertColumns+`, v.messages, v.tickets, m.text, coalesce(u.name, '') FROM
		(SELECT a.id, count(*) AS messages, count(DISTINCT am.ticket_id) AS tickets, min(am.message_id) AS first
			FROM alerts a JOIN alert_messages am ON am.alert_id = a.id JOIN tickets t ON t.id = am.ticket_id`+w.String()+`
			GROUP BY a.id ORDER BY a.id DESC LIMIT $`+strconv.Itoa(len(w.args))+`) v
		JOIN alerts a ON a.id = v.id JOIN messages m ON m.id = v.first LEFT JOIN users u ON u.id = a.closed_by ORDER BY a.id DESC`, w.args...)
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.Alert, error) {
		var seen, tickets int
		var sample, closer string
		a, err := scanAlert(r, &seen, &tickets, &sample, &closer)
		a.Count, a.Tickets, a.Sample, a.Closer = seen, tickets, sample, closer
		return a, err
	})
}

// AlertTickets implements inbox.Store.
func (s *Store) AlertTickets(ctx context.Context, actor desk.Actor, id int64, limit int) ([]inbox.TicketRow, error) {
	var w where
	w.add(`t.id IN (SELECT ticket_id FROM alert_messages WHERE alert_id = ?)`, id)
	w.visible(actor)
	w.args = append(w.args, actor.UserID, limit)
	n := len(w.args)
	rows, err := s.db.Query(ctx, `SELECT `+rowColumns+rowTables("tickets t", "$"+strconv.Itoa(n-1))+w.String()+` ORDER BY t.id DESC LIMIT $`+strconv.Itoa(n), w.args...)
	return store.Collect(rows, err, readRow)
}
