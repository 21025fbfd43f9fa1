// Package inboxdb is the inbox's Store on the desk's database: all SQL about
// contacts, messages, tickets, replies, deliveries and clocks.
package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// noDue stands for "no deadline" where a column must sort after every other,
// paused for one that stands still.
const (
	noDue  = int64(1) << 52
	paused = noDue - 1
)

// Store implements inbox.Store.
type Store struct{ db *store.DB }

var _ inbox.Store = (*Store)(nil)

// New returns the Store on db.
func New(db *store.DB) *Store { return &Store{db: db} }

// Atomic implements inbox.Store.
func (s *Store) Atomic(ctx context.Context, fn func(tx inbox.Tx) error) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error { return fn(&Tx{Tx: tx}) })
}

// Tx implements inbox.Tx; Enqueue and Record are the store's own.
type Tx struct {
	*store.Tx
	// locked is the ticket that was locked last, as it is stored: SaveTicket
	// leaves alone what did not change.
	locked inbox.Ticket
}

var _ inbox.Tx = (*Tx)(nil)

// Join makes a transaction one of the inbox, for trees whose changes must
// become true together with the inbox's.
func Join(tx *store.Tx) *Tx { return &Tx{Tx: tx} }

// due is the deadline of a ticket as it is stored.
func due(t *inbox.Ticket) int64 {
	if t.Paused {
		return paused
	}
	return deadline(t.DueAt)
}

// lane is how far the lanes of the queue are apart: more than any deadline is.
const lane = int64(1) << 53

// queuedAt is where a ticket stands in the queue of those who wait: by its
// deadline, before it by as many lanes as its own is before the last.
func queuedAt(t *inbox.Ticket) int64 {
	return due(t) - int64(inbox.DueLane-t.Lane())*lane
}

func deadline(at time.Time) int64 {
	if at.IsZero() {
		return noDue
	}
	return store.Millis(at)
}

func dueTime(ms int64) time.Time {
	if ms >= paused {
		return time.Time{}
	}
	return store.Time(ms)
}

// active is the column that lists sort and the one-open index stands on. A
// snoozed ticket is not among those who wait.
func active(t *inbox.Ticket) int {
	switch {
	case t.State.Waits() && t.SnoozedUntil.IsZero():
		return 2
	case t.State.Ended():
		return 0
	default:
		return 1
	}
}

func tagsText(tags []string) string {
	if len(tags) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(tags) // strings always marshal
	return string(b)
}

// ticketColumns is what scanTicket reads, with the table named "t".
const ticketColumns = `t.id, t.number, t.account_id, t.contact_id, t.kind, t.post_id, t.comment_id, t.state, t.priority,
	t.subject, t.preview, t.assignee_id, t.department_id, t.departments, t.category, t.tags, t.closing_reason, t.message_count, t.answered,
	t.due_at, t.in_front, t.last_message_at, t.created_at, t.updated_at, t.closed_at, t.snoozed_until, t.snoozed_by, t.merged_into, t.apart, t.answered_by`

// row is a *sql.Row or *sql.Rows.
type row interface{ Scan(dest ...any) error }

// scanTicket reads ticketColumns, then more.
func scanTicket(r row, more ...any) (inbox.Ticket, error) {
	var t inbox.Ticket
	var tags, departments string
	var answered, inFront, apart int
	var dueAt, last, created, updated, closed, snoozed int64
	err := r.Scan(append([]any{
		&t.ID, &t.Number, &t.AccountID, &t.ContactID, &t.Kind, &t.PostID, &t.CommentID, &t.State, &t.Priority,
		&t.Subject, &t.Preview, &t.AssigneeID, &t.DepartmentID, &departments, &t.Category, &tags, &t.ClosingReason, &t.MessageCount, &answered,
		&dueAt, &inFront, &last, &created, &updated, &closed, &snoozed, &t.SnoozedBy, &t.MergedInto, &apart, &t.AnsweredBy,
	}, more...)...)
	if err != nil {
		return t, err
	}
	t.Departments = store.Departments(departments)
	t.Answered, t.DueAt, t.Paused, t.LastMessageAt = answered != 0, dueTime(dueAt), dueAt == paused, store.Time(last)
	t.InFront, t.Apart = inFront != 0, apart != 0
	t.SnoozedUntil = store.Time(snoozed)
	t.CreatedAt, t.UpdatedAt, t.ClosedAt = store.Time(created), store.Time(updated), store.Time(closed)
	if tags != "[]" {
		err = json.Unmarshal([]byte(tags), &t.Tags)
	}
	return t, err
}

const replyColumns = `q.id, q.ticket_id, q.text, q.state, q.origin, q.author_id, q.reviewer_id, q.review_reason, q.entry_id,
	q.entry_revision, q.draft_id, q.steps, q.policy_id, q.escalation_id, q.answers_until, q.answers, q.attempts, q.tries, q.error_code, q.error_message, q.created_at, q.updated_at, q.sent_at`

// replyRow is a row of replyColumns.
type replyRow struct {
	inbox.Reply
	answers                int
	created, updated, sent int64
}

func (q *replyRow) targets() []any {
	return []any{&q.ID, &q.TicketID, &q.Text, &q.State, &q.Origin, &q.AuthorID, &q.ReviewerID, &q.ReviewReason, &q.EntryID,
		&q.EntryRevision, &q.DraftID, &q.Steps, &q.PolicyID, &q.EscalationID, &q.AnswersUntil, &q.answers, &q.Attempts, &q.Tries, &q.ErrorCode, &q.ErrorMessage, &q.created, &q.updated, &q.sent}
}

func (q *replyRow) reply() inbox.Reply {
	q.Answers = q.answers != 0
	q.CreatedAt, q.UpdatedAt, q.SentAt = store.Time(q.created), store.Time(q.updated), store.Time(q.sent)
	return q.Reply
}

func scanReply(r row) (inbox.Reply, error) {
	var q replyRow
	err := r.Scan(q.targets()...)
	return q.reply(), err
}

const attachmentColumns = `a.id, a.message_id, a.ticket_id, a.kind, a.external_id, a.url, a.format, a.state, a.name,
	a.content_type, a.size, a.path, a.error`

func scanAttachment(r row, more ...any) (inbox.Attachment, error) {
	var a inbox.Attachment
	err := r.Scan(append([]any{&a.ID, &a.MessageID, &a.TicketID, &a.Kind, &a.ExternalID, &a.URL, &a.Format, &a.State, &a.Name,
		&a.ContentType, &a.Size, &a.Path, &a.Error}, more...)...)
	return a, err
}

func scanWindow(rows *sql.Rows) (channel.Window, error) {
	var w channel.Window
	var until int64
	err := rows.Scan(&w.Name, &w.Limit, &until)
	w.Until = store.Time(until)
	return w, err
}
