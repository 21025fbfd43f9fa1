// Package draftdb is the store of what models were asked and wrote.
package draftdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/bot"
	"replydesk/inbox"
)

// Store implements bot.DraftStore.
type Store struct{ db *store.DB }

var _ bot.DraftStore = (*Store)(nil)

// New returns the Store on db.
func New(db *store.DB) *Store { return &Store{db: db} }

// AddDraft implements bot.DraftStore.
func (s *Store) AddDraft(ctx context.Context, d *bot.Draft) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) (err error) {
		d.ID, err = tx.Insert(ctx, `INSERT INTO drafts (ticket_id, user_id, model, state, prompt, masked, tokens_in, tokens_out, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			int64(d.TicketID), d.UserID, d.Model, string(d.State), d.Prompt, d.Masked, d.TokensIn, d.TokensOut,
			store.Millis(d.CreatedAt))
		return err
	})
}

// SaveDraft implements bot.DraftStore.
func (s *Store) SaveDraft(ctx context.Context, d bot.Draft) (stopped bool, err error) {
	citations, err := json.Marshal(d.Citations)
	if err != nil {
		return false, err
	}
	if d.Citations == nil {
		citations = []byte("[]")
	}
	doubts, err := json.Marshal(append([]string{}, d.Doubts...))
	if err != nil {
		return false, err
	}
	var state bot.DraftState
	err = s.db.Atomic(ctx, func(tx *store.Tx) error {
		err := tx.QueryRow(ctx, `UPDATE drafts SET state = CASE WHEN state = 'stopped' THEN state ELSE $2 END, fault = $3,
			text = $4, citations = $5, tokens_in = $6, tokens_out = $7, cost = $8, finished_at = $9, doubts = $10 WHERE id = $1 RETURNING state`,
			d.ID, string(d.State), d.Fault, d.Text, string(citations), d.TokensIn, d.TokensOut, d.Cost, store.Millis(d.EndedAt), string(doubts)).Scan(&state)
		if err != nil {
			return store.Translate(err)
		}
		return inboxdb.MarkDraft(ctx, tx, d.ID, d.Marks)
	})
	return state == bot.DraftStopped, err
}

// StopDraft implements bot.DraftStore.
func (s *Store) StopDraft(ctx context.Context, id int64) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE drafts SET state = 'stopped' WHERE id = $1 AND state IN ('running', 'written')`, id)
		return err
	})
}

const columns = `id, ticket_id, user_id, model, state, fault, prompt, text, citations, masked, tokens_in, tokens_out, cost,
	created_at, finished_at, doubts`

// Draft implements bot.DraftStore.
func (s *Store) Draft(ctx context.Context, id int64) (bot.Draft, error) {
	var d bot.Draft
	var citations, doubts string
	var created, ended int64
	err := s.db.QueryRow(ctx, `SELECT `+columns+` FROM drafts WHERE id = $1`, id).Scan(&d.ID, &d.TicketID, &d.UserID, &d.Model,
		&d.State, &d.Fault, &d.Prompt, &d.Text, &citations, &d.Masked, &d.TokensIn, &d.TokensOut, &d.Cost, &created, &ended, &doubts)
	if err != nil {
		return d, store.Translate(err)
	}
	d.CreatedAt, d.EndedAt = store.Time(created), store.Time(ended)
	if err := json.Unmarshal([]byte(citations), &d.Citations); err != nil {
		return d, fmt.Errorf("citations of draft %d: %w", id, err)
	}
	if err := json.Unmarshal([]byte(doubts), &d.Doubts); err != nil {
		return d, fmt.Errorf("doubts of draft %d: %w", id, err)
	}
	return d, nil
}

// Spent implements bot.DraftStore.
func (s *Store) Spent(ctx context.Context, since time.Time) (bot.Spent, error) {
	var v bot.Spent
	err := s.db.QueryRow(ctx, `SELECT count(*), coalesce(sum(tokens_in + tokens_out), 0) FROM drafts WHERE created_at > $1`,
		store.Millis(since)).Scan(&v.Calls, &v.Tokens)
	return v, err
}

// Outcomes implements bot.DraftStore: how drafts written since a time ended,
// and what came of them in their own tickets.
func (s *Store) Outcomes(ctx context.Context, since time.Time, limit int) ([]bot.DraftOutcome, error) {
	rows, err := s.db.Query(ctx, `SELECT d.model, d.state, d.text, d.tokens_in, d.tokens_out, d.cost,
			coalesce(r.state, ''), coalesce(r.text, ''), coalesce(r.reviewer_id, 0),
			EXISTS (SELECT 1 FROM replies q WHERE q.draft_id = d.id AND q.draft_id <> 0 AND q.ticket_id = d.ticket_id AND q.state = 'rejected'),
			coalesce(r.author_id, 0) <> 0 AND NOT EXISTS (SELECT 1 FROM replies q WHERE q.draft_id = d.id AND q.draft_id <> 0
				AND q.author_id = 0 AND q.reviewer_id <> 0)
		FROM drafts d LEFT JOIN replies r ON r.id = (SELECT max(q.id) FROM replies q WHERE q.draft_id = d.id AND q.draft_id <> 0 AND q.ticket_id = d.ticket_id)
		WHERE d.created_at > $1 ORDER BY d.id DESC LIMIT $2`, store.Millis(since), limit)
	return store.Collect(rows, err, func(r *sql.Rows) (bot.DraftOutcome, error) {
		var o bot.DraftOutcome
		var reviewer int64
		var state inbox.ReplyState
		err := r.Scan(&o.Model, &o.State, &o.Written, &o.TokensIn, &o.TokensOut, &o.Cost, &state, &o.Sent, &reviewer, &o.Rejected, &o.Own)
		o.Reply, o.ByPerson = state, reviewer != 0
		return o, err
	})
}
