package botdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/faqdb"
	"replydesk/app/store/inboxdb"
	"replydesk/bot"
	"replydesk/faq"
	"replydesk/inbox"
)

// Tx implements bot.Tx.
type Tx struct{ *inboxdb.Tx }

var _ bot.Tx = (*Tx)(nil)

const responseColumns = `SELECT id, account_id, external_id, contact_id, ticket_id, message_id, question, action, reason, entry_id, revision,
	confidence, details, text, passive, reply_id, vote, created_at, voted_at FROM bot_answers`

func (tx *Tx) response(ctx context.Context, where string, args ...any) (bot.Response, error) {
	var r bot.Response
	var details string
	var passive int
	var created, voted int64
	err := tx.QueryRow(ctx, responseColumns+where, args...).Scan(&r.ID, &r.AccountID, &r.ExternalID, &r.ContactID, &r.TicketID,
		&r.MessageID, &r.Question, &r.Action, &r.Reason, &r.EntryID, &r.Revision, &r.Confidence, &details, &r.Text, &passive,
		&r.ReplyID, &r.Vote, &created, &voted)
	if err != nil {
		return r, store.Translate(err)
	}
	r.Passive, r.CreatedAt, r.VotedAt = passive != 0, store.Time(created), store.Time(voted)
	return r, json.Unmarshal([]byte(details), &r.Details)
}

// Response implements bot.Tx.
func (tx *Tx) Response(ctx context.Context, accountID int64, externalID string) (bot.Response, error) {
	return tx.response(ctx, ` WHERE account_id = $1 AND external_id = $2`, accountID, externalID)
}

// ResponseByID implements bot.Tx.
func (tx *Tx) ResponseByID(ctx context.Context, id int64) (bot.Response, error) {
	return tx.response(ctx, ` WHERE id = $1`, id)
}

// AddResponse implements bot.Tx.
func (tx *Tx) AddResponse(ctx context.Context, r *bot.Response) error {
	details, err := json.Marshal(r.Details)
	if err != nil {
		return err
	}
	r.ID, err = tx.Insert(ctx, `
		INSERT INTO bot_answers (account_id, external_id, contact_id, ticket_id, message_id, question, action, reason, entry_id, revision,
			confidence, details, text, passive, reply_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		r.AccountID, r.ExternalID, int64(r.ContactID), int64(r.TicketID), int64(r.MessageID), r.Question, string(r.Action), string(r.Reason),
		int64(r.EntryID), r.Revision, r.Confidence, string(details), r.Text, store.Bool(r.Passive), int64(r.ReplyID), store.Millis(r.CreatedAt))
	return store.Translate(err)
}

// CountVote implements bot.Tx.
func (tx *Tx) CountVote(ctx context.Context, response int64, vote int, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE bot_answers SET vote = $2, voted_at = $3 WHERE id = $1`, response, vote, store.Millis(now))
	return err
}

// Thread implements bot.Tx.
func (tx *Tx) Thread(ctx context.Context, c inbox.ContactID) (bot.Thread, error) {
	t := bot.Thread{ContactID: c}
	var menu string
	var menuUntil, voteUntil, updated int64
	err := tx.QueryRow(ctx, `SELECT menu, menu_until, answer_id, vote_until, misses, updated_at FROM bot_threads WHERE contact_id = $1`, int64(c)).
		Scan(&menu, &menuUntil, &t.AnswerID, &voteUntil, &t.Misses, &updated)
	if errors.Is(err, sql.ErrNoRows) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	t.MenuUntil, t.VoteUntil, t.UpdatedAt = store.Time(menuUntil), store.Time(voteUntil), store.Time(updated)
	if err := json.Unmarshal([]byte(menu), &t.Menu); err != nil {
		return t, fmt.Errorf("menu of contact %d: %w", c, err)
	}
	return t, nil
}

// SaveThread implements bot.Tx.
func (tx *Tx) SaveThread(ctx context.Context, t bot.Thread) error {
	menu, err := json.Marshal(t.Menu)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO bot_threads (contact_id, menu, menu_until, answer_id, vote_until, misses, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (contact_id) DO UPDATE SET menu = excluded.menu, menu_until = excluded.menu_until, answer_id = excluded.answer_id,
			vote_until = excluded.vote_until, misses = excluded.misses, updated_at = excluded.updated_at`,
		int64(t.ContactID), string(menu), store.Millis(t.MenuUntil), t.AnswerID, store.Millis(t.VoteUntil), t.Misses, store.Millis(t.UpdatedAt))
	return err
}

// Menu implements bot.Tx.
func (tx *Tx) Menu(ctx context.Context, c inbox.ContactID, n int) (int64, error) {
	type menu struct {
		id      int64
		details string
	}
	rows, err := tx.Query(ctx, `SELECT id, details FROM bot_answers WHERE contact_id = $1 AND action = 'menu' ORDER BY id DESC LIMIT $2`,
		int64(c), max(n, 1))
	row, err := store.Collect(rows, err, func(r *sql.Rows) (m menu, err error) { return m, r.Scan(&m.id, &m.details) })
	if err != nil {
		return 0, err
	}
	if len(row) == 0 {
		return 0, store.Translate(sql.ErrNoRows)
	}
	for _, m := range slices.Backward(row) {
		var d bot.Details
		if err := json.Unmarshal([]byte(m.details), &d); err != nil {
			return 0, fmt.Errorf("details of response %d: %w", m.id, err)
		}
		if !d.Topic {
			return m.id, nil
		}
	}
	return row[len(row)-1].id, nil
}

// ToldNumbers implements bot.Tx.
func (tx *Tx) ToldNumbers(ctx context.Context, c inbox.ContactID) (bool, error) {
	var reason bot.Reason
	err := tx.QueryRow(ctx, `SELECT reason FROM bot_answers WHERE contact_id = $1 AND (action = 'menu' OR reason = 'outside_menu')
		ORDER BY id DESC LIMIT 1`, int64(c)).Scan(&reason)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return reason == bot.OutsideMenu, err
}

// Entry implements bot.Tx.
func (tx *Tx) Entry(ctx context.Context, id faq.EntryID) (faq.Entry, error) {
	return faqdb.Read(ctx, tx, id)
}

// Waits implements bot.Tx.
func (tx *Tx) Waits(ctx context.Context, ticket inbox.TicketID, after, before inbox.MessageID) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM messages m WHERE m.ticket_id = $1 AND m.id > $2 AND m.id < $3 AND m.type <> 'event'
		AND NOT EXISTS (SELECT 1 FROM bot_answers b WHERE b.message_id = m.id AND b.message_id <> 0
			AND (b.action IN ('answer', 'menu', 'choice') OR b.reason IN ('helpful', 'small_talk', 'outside_menu', 'thanks', 'progress', 'rated')))`,
		int64(ticket), int64(after), int64(before)).Scan(&n)
	return n > 0, err
}

// HandedOver implements bot.Tx.
func (tx *Tx) HandedOver(ctx context.Context, ticket inbox.TicketID, after inbox.MessageID) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM messages m JOIN bot_answers b ON b.message_id = m.id AND b.message_id <> 0
		WHERE m.ticket_id = $1 AND m.id > $2 AND (b.action = 'hand_over' OR b.action = 'vote' AND b.reason = 'unhelpful')`,
		int64(ticket), int64(after)).Scan(&n)
	return n > 0, err
}
