// Package gapdb is the store of the library's gaps: groups of questions it does
// not answer well. Where the questions come from it reads in other trees' tables
// (fresh.go).
package gapdb

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/faq"
	"replydesk/faq/gap"
	"replydesk/inbox/desk"
)

// Store implements gap.Store.
type Store struct{ db *store.DB }

var (
	_ gap.Store = (*Store)(nil)
	_ gap.Tx    = (*Tx)(nil)
)

// New returns the Store on db.
func New(db *store.DB) *Store { return &Store{db: db} }

// Tx implements gap.Tx.
type Tx struct{ *store.Tx }

// Atomic implements gap.Store.
func (s *Store) Atomic(ctx context.Context, fn func(tx gap.Tx) error) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error { return fn(&Tx{tx}) })
}

// Sources implements gap.Tx.
func (tx *Tx) Sources(ctx context.Context, message int64) ([]gap.Source, error) {
	rows, err := tx.Query(ctx, `SELECT source FROM gap_questions WHERE message_id = $1`, message)
	return store.Collect(rows, err, func(r *sql.Rows) (s gap.Source, err error) { return s, r.Scan(&s) })
}

// Forget implements gap.Tx.
func (tx *Tx) Forget(ctx context.Context, message int64, source gap.Source) error {
	var id int64
	err := tx.QueryRow(ctx, `SELECT gap_id FROM gap_questions WHERE message_id = $1 AND source = $2`, message, string(source)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM gap_questions WHERE message_id = $1 AND source = $2`, message, string(source)); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE gaps SET asked = `+askedOf+`,
		last_at = coalesce((SELECT max(q.at) FROM gap_questions q WHERE q.gap_id = gaps.id), last_at) WHERE id = $1`, id)
	if err != nil {
		return err
	}
	const idle = `SELECT id FROM gaps WHERE id = $1 AND asked < 1 AND state = 'open' AND entry_id = 0`
	if _, err := tx.Exec(ctx, `DELETE FROM gap_terms WHERE gap_id IN (`+idle+`)`, id); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM gaps WHERE id IN (`+idle+`)`, id)
	return err
}

// Near implements gap.Tx.
func (tx *Tx) Near(ctx context.Context, terms []string, limit int) ([]gap.Gap, error) {
	if len(terms) == 0 {
		return nil, nil
	}
	args := make([]any, 0, len(terms)+1)
	marks := make([]string, len(terms))
	for i, t := range terms {
		args = append(args, t)
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	args = append(args, limit)
	rows, err := tx.Query(ctx, `SELECT g.id, g.question FROM gap_terms t JOIN gaps g ON g.id = t.gap_id
		WHERE t.term IN (`+strings.Join(marks, ", ")+`) AND g.state <> 'ignored'
		GROUP BY g.id, g.question ORDER BY count(*) DESC, g.id LIMIT $`+strconv.Itoa(len(args)), args...)
	return store.Collect(rows, err, func(r *sql.Rows) (g gap.Gap, err error) { return g, r.Scan(&g.ID, &g.Question) })
}

// Add implements gap.Tx.
func (tx *Tx) Add(ctx context.Context, question string, terms []string, at time.Time) (gap.ID, error) {
	id, err := tx.Insert(ctx, `INSERT INTO gaps (question, first_at, last_at) VALUES ($1, $2, $2)`, question, store.Millis(at))
	for _, t := range terms {
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO gap_terms (term, gap_id) VALUES ($1, $2) ON CONFLICT (term, gap_id) DO NOTHING`, t, id)
		}
	}
	return gap.ID(id), err
}

// askedOf counts a gap's questions: one that is known by two sources was asked once.
const askedOf = `(SELECT count(DISTINCT q.message_id) FROM gap_questions q WHERE q.gap_id = gaps.id)`

// Count implements gap.Tx.
func (tx *Tx) Count(ctx context.Context, id gap.ID, a gap.Asked) error {
	n, err := tx.Exec(ctx, `INSERT INTO gap_questions (gap_id, question, source, ticket_id, message_id, entry_id, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (message_id, source) DO NOTHING`,
		int64(id), a.Question, string(a.Source), a.TicketID, a.MessageID, int64(a.EntryID), store.Millis(a.At))
	if err != nil || n == 0 {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE gaps SET asked = `+askedOf+`, last_at = CASE WHEN last_at < $2 THEN $2 ELSE last_at END WHERE id = $1`,
		int64(id), store.Millis(a.At))
	return err
}

// Set implements gap.Tx.
func (tx *Tx) Set(ctx context.Context, id gap.ID, state gap.State, reason string, entry faq.EntryID, at time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE gaps SET state = $2, reason = $3, entry_id = $4, set_at = $5 WHERE id = $1`,
		int64(id), string(state), reason, int64(entry), store.Millis(at))
	if err == nil && n == 0 {
		err = notFound()
	}
	return err
}

func notFound() error { return desk.Errorf(desk.NotFound, "没有找到这个问题") }

const columns = `g.id, g.question, g.state, g.reason, g.entry_id, coalesce(e.question, ''), coalesce(e.state, ''), g.asked,
	(SELECT count(DISTINCT q.message_id) FROM gap_questions q WHERE q.gap_id = g.id AND g.entry_id <> 0 AND q.at > g.set_at), g.first_at, g.last_at`

const tables = ` FROM gaps g LEFT JOIN entries e ON e.id = g.entry_id`

func scan(r interface{ Scan(...any) error }) (gap.Gap, error) {
	var g gap.Gap
	var entryState faq.State
	var first, last int64
	err := r.Scan(&g.ID, &g.Question, &g.State, &g.Reason, &g.EntryID, &g.Entry, &entryState, &g.Count, &g.Since, &first, &last)
	if g.EntryID != 0 {
		g.State = gap.Drafted
		if entryState == faq.Published {
			g.State = gap.Closed
		}
	}
	g.FirstAt, g.LastAt = store.Time(first), store.Time(last)
	return g, err
}

// states are what a gap's state stands for in its row.
var states = map[gap.State]string{
	gap.Open:    `g.state = 'open' AND g.entry_id = 0`,
	gap.Drafted: `g.entry_id <> 0 AND coalesce(e.state, '') <> 'published'`,
	gap.Closed:  `g.entry_id <> 0 AND e.state = 'published'`,
	gap.Ignored: `g.state = 'ignored'`,
}

// Gaps implements gap.Store.
func (s *Store) Gaps(ctx context.Context, f gap.Rows) ([]gap.Gap, error) {
	where, args := states[f.State], []any{f.Limit, f.Skip}
	if where == "" {
		return nil, errors.New("gaps: no such state")
	}
	if f.Source != "" {
		where += ` AND EXISTS (SELECT 1 FROM gap_questions q WHERE q.gap_id = g.id AND q.source = $3)`
		args = append(args, string(f.Source))
	}
	rows, err := s.db.Query(ctx, `SELECT `+columns+tables+` WHERE `+where+` ORDER BY g.asked DESC, g.last_at DESC, g.id LIMIT $1 OFFSET $2`, args...)
	gaps, err := store.Collect(rows, err, func(r *sql.Rows) (gap.Gap, error) { return scan(r) })
	if err != nil {
		return nil, err
	}
	return gaps, s.sources(ctx, gaps)
}

// sources counts where the questions of the gaps came from.
func (s *Store) sources(ctx context.Context, gaps []gap.Gap) error {
	if len(gaps) == 0 {
		return nil
	}
	at := make(map[gap.ID]int, len(gaps))
	args, marks := make([]any, len(gaps)), make([]string, len(gaps))
	for i := range gaps {
		gaps[i].Sources = map[gap.Source]int{}
		at[gaps[i].ID] = i
		args[i], marks[i] = int64(gaps[i].ID), "$"+strconv.Itoa(i+1)
	}
	rows, err := s.db.Query(ctx, `SELECT gap_id, source, count(*) FROM gap_questions WHERE gap_id IN (`+strings.Join(marks, ", ")+`)
		GROUP BY gap_id, source`, args...)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id gap.ID
		var source gap.Source
		var n int
		err := r.Scan(&id, &source, &n)
		if i, ok := at[id]; ok {
			gaps[i].Sources[source] = n
		}
		return struct{}{}, err
	})
	return err
}

// Gap implements gap.Store.
func (s *Store) Gap(ctx context.Context, id gap.ID, limit int) (gap.Gap, []gap.Example, error) {
	g, err := scan(s.db.QueryRow(ctx, `SELECT `+columns+tables+` WHERE g.id = $1`, int64(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return g, nil, notFound()
	}
	if err != nil {
		return g, nil, err
	}
	one := []gap.Gap{g}
	if err := s.sources(ctx, one); err != nil {
		return g, nil, err
	}
	g = one[0]
	rows, err := s.db.Query(ctx, `SELECT question, source, ticket_id, entry_id, at FROM gap_questions
		WHERE gap_id = $1 AND question <> '' ORDER BY id DESC LIMIT $2`, int64(id), limit)
	examples, err := store.Collect(rows, err, func(r *sql.Rows) (gap.Example, error) {
		var e gap.Example
		var at int64
		err := r.Scan(&e.Question, &e.Source, &e.TicketID, &e.EntryID, &at)
		e.At = store.Time(at)
		return e, err
	})
	return g, examples, err
}
