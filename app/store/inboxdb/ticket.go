package inboxdb

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// NextNumber implements inbox.Tx.
func (tx *Tx) NextNumber(ctx context.Context, day string) (int64, error) {
	var n int64
	err := tx.QueryRow(ctx, `INSERT INTO counters (name, value) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`, "ticket:"+day).Scan(&n)
	return n, err
}

// AddTicket implements inbox.Tx.
func (tx *Tx) AddTicket(ctx context.Context, t *inbox.Ticket) error {
	id, err := tx.Insert(ctx, `
		INSERT INTO tickets (number, account_id, contact_id, kind, post_id, comment_id, state, active, priority, subject, preview,
			assignee_id, department_id, departments, category, tags, due_at, queue_at, last_message_at, created_at, updated_at, snoozed_until, snoozed_by, apart, answered_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`,
		t.Number, t.AccountID, int64(t.ContactID), string(t.Kind), t.PostID, t.CommentID, string(t.State), active(t),
		int(t.Priority), t.Subject, t.Preview, t.AssigneeID, t.DepartmentID, store.DepartmentList(t.Departments), t.Category, tagsText(t.Tags), due(t), queuedAt(t),
		store.Millis(t.LastMessageAt), store.Millis(t.CreatedAt), store.Millis(t.UpdatedAt), store.Millis(t.SnoozedUntil), t.SnoozedBy,
		store.Bool(t.Apart), int64(t.AnsweredBy))
	t.ID = inbox.TicketID(id)
	return store.Translate(err)
}

// SaveTicket implements inbox.Tx. Lists are found by a dozen indexes over a few
// columns; a statement that names such a column rewrites its indexes even when
// the value stays. So what did not change is not named: an ordinary message
// moves the ticket in the newest-first lists only.
func (tx *Tx) SaveTicket(ctx context.Context, t *inbox.Ticket) error {
	query, args := saveTicket, []any{
		int64(t.ID), int(t.Priority), t.Preview, tagsText(t.Tags), t.ClosingReason, t.MessageCount, store.Bool(t.Answered),
		store.Millis(t.UpdatedAt), store.Millis(t.ClosedAt), t.Category, store.Bool(t.InFront),
	}
	was := tx.locked
	switch {
	case was.ID != t.ID || was.State != t.State || was.AssigneeID != t.AssigneeID || was.DepartmentID != t.DepartmentID || !slices.Equal(was.Departments, t.Departments) || queuedAt(&was) != queuedAt(t) ||
		!was.SnoozedUntil.Equal(t.SnoozedUntil) || was.SnoozedBy != t.SnoozedBy ||
		was.MergedInto != t.MergedInto || was.Apart != t.Apart || was.AnsweredBy != t.AnsweredBy:
		query = saveTicketMoved
		args = append(args, store.Millis(t.LastMessageAt), string(t.State), active(t), t.AssigneeID, t.DepartmentID, due(t), store.DepartmentList(t.Departments), queuedAt(t),
			store.Millis(t.SnoozedUntil), t.SnoozedBy, int64(t.MergedInto), store.Bool(t.Apart), int64(t.AnsweredBy))
	case !was.LastMessageAt.Equal(t.LastMessageAt):
		query = saveTicketNewest
		args = append(args, store.Millis(t.LastMessageAt))
	}
	n, err := tx.Exec(ctx, query, args...)
	if err == nil && n == 0 {
		err = desk.Errorf(desk.NotFound, "没有找到工单")
	}
	if err == nil {
		tx.locked = *t
	}
	return store.Translate(err)
}

// ExtendTicket implements inbox.Tx.
func (tx *Tx) ExtendTicket(ctx context.Context, c inbox.ContactID, preview string, at time.Time) (inbox.Ticket, error) {
	t := inbox.Ticket{ContactID: c, Kind: channel.Private}
	var departments string
	err := tx.QueryRow(ctx, `UPDATE tickets SET message_count = message_count + 1, preview = $2, last_message_at = $3, updated_at = $3
		WHERE contact_id = $1 AND kind = 'private' AND active = 2 AND active > 0 AND apart = 0 AND due_at < $4
		RETURNING id, number, account_id, state, assignee_id, department_id, departments`,
		int64(c), preview, store.Millis(at), paused).Scan(&t.ID, &t.Number, &t.AccountID, &t.State, &t.AssigneeID, &t.DepartmentID, &departments)
	t.Departments = store.Departments(departments)
	return t, store.Translate(err)
}

// The three statements of SaveTicket: what no list is sorted or chosen by, and
// that with the time of the last message, and that with everything.
const (
	saveTicketSet    = `UPDATE tickets SET priority = $2, preview = $3, tags = $4, closing_reason = $5, message_count = $6, answered = $7, updated_at = $8, closed_at = $9, category = $10, in_front = $11`
	saveTicket       = saveTicketSet + ` WHERE id = $1`
	saveTicketNewest = saveTicketSet + `, last_message_at = $12 WHERE id = $1`
	saveTicketMoved  = saveTicketSet + `, last_message_at = $12, state = $13, active = $14, assignee_id = $15, department_id = $16, due_at = $17, departments = $18, queue_at = $19, snoozed_until = $20, snoozed_by = $21, merged_into = $22, apart = $23, answered_by = $24 WHERE id = $1`
)

// lock returns the ticket the condition finds. The update that changes nothing
// takes the row's lock on PostgreSQL; on SQLite the transaction is alone.
func (tx *Tx) lock(ctx context.Context, where string, args ...any) (*inbox.Ticket, error) {
	var t inbox.Ticket
	var err error
	if tx.Alone() {
		t, err = scanTicket(tx.QueryRow(ctx, `SELECT `+ticketColumns+` FROM tickets t WHERE `+where, args...))
	} else {
		t, err = scanTicket(tx.QueryRow(ctx, `UPDATE tickets AS t SET updated_at = t.updated_at WHERE `+where+` RETURNING `+ticketColumns, args...))
	}
	if err != nil {
		return nil, store.Translate(err)
	}
	tx.locked = t
	return &t, nil
}

// goesOn is the ticket that stands for one named "o".
const goesOn = `CASE WHEN o.merged_into <> 0 THEN o.merged_into ELSE o.id END`

// LockTicket implements inbox.Tx.
func (tx *Tx) LockTicket(ctx context.Context, id inbox.TicketID) (*inbox.Ticket, error) {
	return tx.lock(ctx, `t.id = $1`, int64(id))
}

// LockActiveTicket implements inbox.Tx.
func (tx *Tx) LockActiveTicket(ctx context.Context, c inbox.ContactID) (*inbox.Ticket, error) {
	return tx.lock(ctx, `t.contact_id = $1 AND t.kind = 'private' AND t.active > 0 AND t.apart = 0`, int64(c))
}

// LockLatestTicket implements inbox.Tx.
func (tx *Tx) LockLatestTicket(ctx context.Context, c inbox.ContactID) (*inbox.Ticket, error) {
	return tx.lock(ctx, `t.id = (SELECT `+goesOn+` FROM tickets o WHERE contact_id = $1 AND kind = 'private' AND apart = 0 ORDER BY id DESC LIMIT 1)`, int64(c))
}

// LockCommentTicket implements inbox.Tx.
func (tx *Tx) LockCommentTicket(ctx context.Context, accountID int64, commentID string) (*inbox.Ticket, error) {
	return tx.lock(ctx, `t.id = (SELECT `+goesOn+` FROM tickets o WHERE account_id = $1 AND comment_id = $2 AND comment_id <> '')`, accountID, commentID)
}

// LockThread implements inbox.Tx.
func (tx *Tx) LockThread(ctx context.Context, accountID int64, externalID string) (*inbox.Ticket, error) {
	return tx.lock(ctx, `t.comment_id <> '' AND t.id = (SELECT m.ticket_id FROM payloads p JOIN messages m ON m.payload_id = p.id
		WHERE p.account_id = $1 AND p.external_id = $2)`, accountID, externalID)
}

// ActiveTickets implements inbox.Tx.
func (tx *Tx) ActiveTickets(ctx context.Context, c inbox.ContactID) ([]inbox.TicketID, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM tickets WHERE contact_id = $1 AND active > 0 ORDER BY id`, int64(c))
	return store.Collect(rows, err, func(r *sql.Rows) (id inbox.TicketID, err error) { return id, r.Scan(&id) })
}

// AddNote implements inbox.Tx.
func (tx *Tx) AddNote(ctx context.Context, n *inbox.Note) (err error) {
	n.ID, err = tx.Insert(ctx, `INSERT INTO notes (ticket_id, author_id, text, departments, mentions, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		int64(n.TicketID), n.AuthorID, n.Text, store.DepartmentList(n.Departments), mentionsText(n.Mentions), store.Millis(n.CreatedAt))
	return err
}

// LastMessage implements inbox.Tx.
func (tx *Tx) LastMessage(ctx context.Context, id inbox.TicketID) (inbox.MessageID, error) {
	var last inbox.MessageID
	err := tx.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM messages WHERE ticket_id = $1 AND type <> 'event'`, int64(id)).Scan(&last)
	return last, err
}

// FirstMessageAfter implements inbox.Tx.
func (tx *Tx) FirstMessageAfter(ctx context.Context, id inbox.TicketID, after inbox.MessageID) (inbox.Message, error) {
	m := inbox.Message{TicketID: id}
	var sent, received int64
	err := tx.QueryRow(ctx, `SELECT id, sent_at, received_at FROM messages WHERE ticket_id = $1 AND id > $2 AND type <> 'event' ORDER BY id LIMIT 1`,
		int64(id), int64(after)).Scan(&m.ID, &sent, &received)
	if errors.Is(err, sql.ErrNoRows) {
		return inbox.Message{}, nil
	}
	m.SentAt, m.ReceivedAt = store.Time(sent), store.Time(received)
	return m, err
}

// MovedSince implements inbox.Tx.
func (tx *Tx) MovedSince(ctx context.Context, id inbox.TicketID, event int64, names []string) (bool, error) {
	args := []any{int64(id), event}
	var in []string
	for _, name := range names {
		args = append(args, name)
		in = append(in, "$"+strconv.Itoa(len(args)))
	}
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM events WHERE ticket_id = $1 AND ticket_id <> 0 AND id > $2 AND name IN (`+
		strings.Join(in, ", ")+`)`, args...).Scan(&n)
	return n > 0, err
}

// Head implements inbox.Tx.
func (tx *Tx) Head(ctx context.Context) (head int64, err error) {
	err = tx.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM events`).Scan(&head)
	return head, err
}

// MarkRead implements inbox.Tx.
func (tx *Tx) MarkRead(ctx context.Context, userID int64, id inbox.TicketID, event int64) error {
	// Counted back from all of them: old events are deleted.
	var messages int
	err := tx.QueryRow(ctx, `SELECT message_count - (SELECT count(*) FROM events
		WHERE ticket_id = $1 AND ticket_id <> 0 AND id > $2 AND name = $3) FROM tickets WHERE id = $1`,
		int64(id), event, inbox.MessageReceived).Scan(&messages)
	if err != nil {
		return store.Translate(err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO ticket_reads (user_id, ticket_id, messages) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, ticket_id) DO UPDATE SET messages = excluded.messages WHERE ticket_reads.messages < excluded.messages`,
		userID, int64(id), messages)
	return err
}

// Worker implements inbox.Tx.
func (tx *Tx) Worker(ctx context.Context, userID int64) (desk.Actor, error) {
	a := desk.Actor{UserID: userID}
	var all int
	err := tx.QueryRow(ctx, `SELECT name, role, department_id, all_accounts FROM users WHERE id = $1 AND active = 1`, userID).
		Scan(&a.Name, &a.Role, &a.DepartmentID, &all)
	if err != nil {
		return a, store.Translate(err)
	}
	a.AllAccounts = all != 0
	rows, err := tx.Query(ctx, `SELECT account_id FROM user_accounts WHERE user_id = $1 ORDER BY account_id`, userID)
	a.AccountIDs, err = store.Collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
	return a, err
}
