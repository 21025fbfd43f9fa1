package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// AddReply implements inbox.Tx. It notes for the library's figures whether a
// person changed the answer of the entry.
func (tx *Tx) AddReply(ctx context.Context, r *inbox.Reply) error {
	edited, err := tx.edited(ctx, r)
	if err != nil {
		return err
	}
	id, err := tx.Insert(ctx, `
		INSERT INTO replies (ticket_id, text, state, origin, author_id, reviewer_id, review_reason, entry_id, entry_revision,
			entry_edited, draft_id, escalation_id, answers_until, answers, created_at, updated_at,
			steps, policy_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		int64(r.TicketID), r.Text, string(r.State), string(r.Origin), r.AuthorID, r.ReviewerID, r.ReviewReason, r.EntryID,
		r.EntryRevision, store.Bool(edited), r.DraftID, int64(r.EscalationID), int64(r.AnswersUntil), store.Bool(r.Answers),
		store.Millis(r.CreatedAt), store.Millis(r.UpdatedAt), r.Steps, r.PolicyID)
	r.ID = inbox.ReplyID(id)
	return err
}

// edited reports whether a person's reply from an entry says something else than
// the entry did. Where the revision is not kept that cannot be told.
func (tx *Tx) edited(ctx context.Context, r *inbox.Reply) (bool, error) {
	if r.EntryID == 0 || r.Origin == inbox.FromBot || r.Origin == inbox.FromDesk {
		return false, nil
	}
	var content string
	err := tx.QueryRow(ctx, `SELECT content FROM entry_revisions WHERE entry_id = $1 AND revision = $2`, r.EntryID, r.EntryRevision).Scan(&content)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var entry faq.Content
	if err := json.Unmarshal([]byte(content), &entry); err != nil {
		return false, fmt.Errorf("revision %d of entry %d: %w", r.EntryRevision, r.EntryID, err)
	}
	return !entry.Gives(r.Text), nil
}

// LockReply implements inbox.Tx.
func (tx *Tx) LockReply(ctx context.Context, id inbox.ReplyID) (*inbox.Reply, error) {
	query := `UPDATE replies AS q SET updated_at = q.updated_at WHERE q.id = $1 RETURNING ` + replyColumns
	if tx.Alone() {
		query = `SELECT ` + replyColumns + ` FROM replies q WHERE q.id = $1`
	}
	r, err := scanReply(tx.QueryRow(ctx, query, int64(id)))
	if err != nil {
		return nil, store.Translate(err)
	}
	return &r, nil
}

// SaveReply implements inbox.Tx. The text of a reply is never changed.
func (tx *Tx) SaveReply(ctx context.Context, r *inbox.Reply) error {
	_, err := tx.Exec(ctx, `
		UPDATE replies SET state = $2, reviewer_id = $3, review_reason = $4, attempts = $5, tries = $6, error_code = $7,
			error_message = $8, updated_at = $9, sent_at = $10, steps = $11, policy_id = $12
		WHERE id = $1`,
		int64(r.ID), string(r.State), r.ReviewerID, r.ReviewReason, r.Attempts, r.Tries, r.ErrorCode, r.ErrorMessage,
		store.Millis(r.UpdatedAt), store.Millis(r.SentAt), r.Steps, r.PolicyID)
	return err
}

// CountReplies implements inbox.Tx.
func (tx *Tx) CountReplies(ctx context.Context, id inbox.TicketID, states ...inbox.ReplyState) (int, error) {
	args := []any{int64(id)}
	var in []string
	for _, s := range states {
		args = append(args, string(s))
		in = append(in, "$"+strconv.Itoa(len(args)))
	}
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM replies WHERE ticket_id = $1 AND state IN (`+strings.Join(in, ", ")+`)`, args...).Scan(&n)
	return n, err
}

// proposed is what a model wrote and no person has taken over.
const proposed = `(origin = 'llm' AND author_id = 0 AND reviewer_id = 0)`

// CountReviews implements inbox.Tx.
func (tx *Tx) CountReviews(ctx context.Context, id inbox.TicketID) (int, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM replies WHERE ticket_id = $1 AND state = 'in_review' AND NOT `+proposed, int64(id)).Scan(&n)
	return n, err
}

// DropProposals implements inbox.Tx.
func (tx *Tx) DropProposals(ctx context.Context, id inbox.TicketID, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE replies SET state = 'cancelled', updated_at = $2 WHERE ticket_id = $1 AND state = 'in_review' AND `+proposed,
		int64(id), store.Millis(now))
	return err
}

// AnsweredUntil implements inbox.Tx.
func (tx *Tx) AnsweredUntil(ctx context.Context, id inbox.TicketID) (inbox.MessageID, error) {
	var until inbox.MessageID
	err := tx.QueryRow(ctx, `SELECT coalesce(max(answers_until), 0) FROM replies WHERE ticket_id = $1 AND state = 'sent' AND answers = 1`, int64(id)).Scan(&until)
	return until, err
}

// AddDelivery implements inbox.Tx.
func (tx *Tx) AddDelivery(ctx context.Context, d inbox.Delivery) error {
	_, err := tx.Exec(ctx, `INSERT INTO deliveries (reply_id, attempt, started_at) VALUES ($1, $2, $3)`,
		int64(d.ReplyID), d.Attempt, store.Millis(d.StartedAt))
	return store.Translate(err)
}

// FinishDelivery implements inbox.Tx.
func (tx *Tx) FinishDelivery(ctx context.Context, d inbox.Delivery) error {
	n, err := tx.Exec(ctx, `
		UPDATE deliveries SET finished_at = $3, outcome = $4, code = $5, message = $6, external_id = $7
		WHERE reply_id = $1 AND attempt = $2`,
		int64(d.ReplyID), d.Attempt, store.Millis(d.FinishedAt), string(d.Outcome), d.Code, d.Message, d.ExternalID)
	if err == nil && n == 0 {
		err = desk.Errorf(desk.NotFound, "没有找到这次发送")
	}
	return err
}

// Address implements inbox.Tx.
func (tx *Tx) Address(ctx context.Context, t *inbox.Ticket) (inbox.Address, error) {
	a := inbox.Address{Contact: inbox.Contact{ID: t.ContactID, AccountID: t.AccountID}}
	var subscribed int
	var erased int64
	err := tx.QueryRow(ctx, `SELECT external_id, name, subscribed, erased_at FROM contacts WHERE id = $1`, int64(t.ContactID)).
		Scan(&a.Contact.ExternalID, &a.Contact.Name, &subscribed, &erased)
	if err != nil {
		return a, store.Translate(err)
	}
	a.Contact.Subscribed, a.Contact.Erased = subscribed != 0, erased != 0
	if t.PostID == 0 {
		return a, nil
	}
	a.Post = new(channel.Post)
	err = tx.QueryRow(ctx, `SELECT external_id, title, url FROM posts WHERE id = $1`, t.PostID).
		Scan(&a.Post.ExternalID, &a.Post.Title, &a.Post.URL)
	return a, store.Translate(err)
}

// ReplyTicket implements inbox.Store.
func (s *Store) ReplyTicket(ctx context.Context, id inbox.ReplyID) (inbox.TicketID, error) {
	var t inbox.TicketID
	err := s.db.QueryRow(ctx, `SELECT ticket_id FROM replies WHERE id = $1`, int64(id)).Scan(&t)
	return t, store.Translate(err)
}

// DraftReply implements inbox.Store.
func (s *Store) DraftReply(ctx context.Context, ticket inbox.TicketID, draft int64) (inbox.Reply, error) {
	r, err := scanReply(s.db.QueryRow(ctx, `SELECT `+replyColumns+` FROM replies q
		WHERE q.draft_id = $1 AND q.draft_id <> 0 AND q.ticket_id = $2 ORDER BY q.id DESC LIMIT 1`, draft, int64(ticket)))
	return r, store.Translate(err)
}

// PersonReplied implements inbox.Tx.
func (tx *Tx) PersonReplied(ctx context.Context, id inbox.TicketID) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM replies WHERE ticket_id = $1 AND origin NOT IN ('bot', 'desk') AND state <> 'cancelled'`, int64(id)).Scan(&n)
	return n > 0, err
}

// DraftDoubts implements inbox.Store.
func (s *Store) DraftDoubts(ctx context.Context, draft int64) (doubts []string, err error) {
	var stored string
	err = s.db.QueryRow(ctx, `SELECT doubts FROM drafts WHERE id = $1`, draft).Scan(&stored)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(stored), &doubts)
	}
	if err != nil {
		return nil, fmt.Errorf("doubts of draft %d: %w", draft, err)
	}
	return doubts, nil
}

// MayAnswer implements inbox.Tx. On PostgreSQL both rows are held, so that what
// is taken back meanwhile is taken back after this transaction.
func (tx *Tx) MayAnswer(ctx context.Context, accountID, entryID, revision int64, now time.Time) (bool, error) {
	query := `SELECT e.department, a.bot FROM entries e JOIN accounts a ON a.id = $1
		WHERE e.id = $2 AND e.revision = $3 AND e.state = 'published'
		AND (e.valid_from = '' OR e.valid_from <= $4) AND (e.valid_to = '' OR e.valid_to >= $4)`
	if !tx.Alone() {
		query += ` FOR SHARE`
	}
	var department, settings string
	err := tx.QueryRow(ctx, query, accountID, entryID, revision, string(faq.DayOf(now))).Scan(&department, &settings)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var bot struct {
		Departments []string `json:"departments"`
	}
	if err := json.Unmarshal([]byte(settings), &bot); err != nil {
		return false, fmt.Errorf("bot settings of account %d: %w", accountID, err)
	}
	return len(bot.Departments) == 0 || slices.Contains(bot.Departments, department), nil
}
