package faqdb

import (
	"context"
	"encoding/json"
	"fmt"

	"replydesk/app/store"
	"replydesk/faq"
)

// Tx implements faq.Tx; Enqueue and Record are the store's own.
type Tx struct {
	*store.Tx
	publishes bool // holds the lock of those who publish
}

var _ faq.Tx = (*Tx)(nil)

// Atomic implements faq.Store.
func (s *Store) Atomic(ctx context.Context, fn func(tx faq.Tx) error) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error { return fn(&Tx{Tx: tx}) })
}

// Entry implements faq.Tx. The row is this transaction's until it ends, so that
// of two changes at once the second sees the first.
func (tx *Tx) Entry(ctx context.Context, id faq.EntryID) (faq.Entry, error) {
	if !tx.Alone() {
		if _, err := tx.Exec(ctx, `UPDATE entries SET revision = revision WHERE id = $1`, id); err != nil {
			return faq.Entry{}, fmt.Errorf("entry %d: %w", id, err)
		}
	}
	return entry(ctx, tx, id)
}

// DepartmentKnown implements faq.Tx.
func (tx *Tx) DepartmentKnown(ctx context.Context, name string) (known bool, err error) {
	err = tx.QueryRow(ctx, `SELECT NOT EXISTS (SELECT 1 FROM departments) OR EXISTS (SELECT 1 FROM departments WHERE name = $1)
		OR EXISTS (SELECT 1 FROM entries WHERE department = $1 AND state = 'published')`, name).Scan(&known)
	return known, err
}

// CodeTaken implements faq.Tx.
func (tx *Tx) CodeTaken(ctx context.Context, code string) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM entries WHERE code = $1`, code).Scan(&n)
	return n > 0, store.Translate(err)
}

// publishing is PostgreSQL's lock for those who bring texts into force; the
// number is ours alone.
const publishing = `SELECT pg_advisory_xact_lock(727865702)`

// SameQuestion implements faq.Tx. What it looks for may not be there yet, so
// there is no row to hold: one lock stands for all questions.
func (tx *Tx) SameQuestion(ctx context.Context, key string, except faq.EntryID) ([]faq.Entry, error) {
	if !tx.Alone() && !tx.publishes {
		if _, err := tx.Exec(ctx, publishing); err != nil {
			return nil, fmt.Errorf("wait to publish: %w", err)
		}
		tx.publishes = true
	}
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM entries
		WHERE question_key = $1 AND state = 'published' AND id <> $2 ORDER BY id`, key, except)
	return store.Collect(rows, err, scanRows)
}

// SetQuestionKeys implements faq.Tx.
func (tx *Tx) SetQuestionKeys(ctx context.Context, keys []faq.Key) error {
	for _, k := range keys {
		if _, err := tx.Exec(ctx, `UPDATE entries SET question_key = $1 WHERE id = $2 AND question = $3`, k.QuestionKey, k.ID, k.Question); err != nil {
			return fmt.Errorf("question key of entry %d: %w", k.ID, err)
		}
	}
	return nil
}

// LastID implements faq.Tx.
func (tx *Tx) LastID(ctx context.Context) (faq.EntryID, error) {
	var id faq.EntryID
	err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(id), 0) FROM entries`).Scan(&id)
	return id, store.Translate(err)
}

// Insert implements faq.Tx.
func (tx *Tx) Insert(ctx context.Context, e faq.Entry) (faq.EntryID, error) {
	similar, err := list(e.Similar)
	if err != nil {
		return 0, err
	}
	authors, err := list(e.Authors)
	if err != nil {
		return 0, err
	}
	id, err := tx.Tx.Insert(ctx, `INSERT INTO entries (code, question, similar_questions, answer, category, department,
		document_number, service_link, valid_from, valid_to, state, revision, created_at, updated_at, updated_by, authors,
		question_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		e.Code, e.Question, similar, e.Answer, e.Category, e.Department, e.DocumentNumber, e.ServiceLink,
		e.ValidFrom, e.ValidTo, e.State, e.Revision, store.Millis(e.CreatedAt), store.Millis(e.UpdatedAt), e.UpdatedBy, authors,
		e.QuestionKey)
	if err != nil {
		return 0, fmt.Errorf("insert entry: %w", store.Translate(err))
	}
	return faq.EntryID(id), nil
}

// Update implements faq.Tx.
func (tx *Tx) Update(ctx context.Context, e faq.Entry) error {
	similar, err := list(e.Similar)
	if err != nil {
		return err
	}
	authors, err := list(e.Authors)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE entries SET code = $1, question = $2, similar_questions = $3, answer = $4,
		category = $5, department = $6, document_number = $7, service_link = $8, valid_from = $9, valid_to = $10,
		state = $11, revision = $12, updated_at = $13, updated_by = $14, authors = $15, question_key = $17 WHERE id = $16 AND revision = $12 - 1`,
		e.Code, e.Question, similar, e.Answer, e.Category, e.Department, e.DocumentNumber, e.ServiceLink,
		e.ValidFrom, e.ValidTo, e.State, e.Revision, store.Millis(e.UpdatedAt), e.UpdatedBy, authors, e.ID, e.QuestionKey)
	if err != nil {
		return fmt.Errorf("update entry %d: %w", e.ID, store.Translate(err))
	}
	if n == 0 {
		return faq.ErrChanged()
	}
	return nil
}

// list is how similar questions and authors are stored.
func list[T any](items []T) (string, error) {
	if len(items) == 0 {
		return "[]", nil
	}
	out, err := json.Marshal(items)
	return string(out), err
}
