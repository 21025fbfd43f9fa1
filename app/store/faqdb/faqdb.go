// Package faqdb is the library's Store on the desk's database: all SQL about
// entries and their revisions.
package faqdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"

	"replydesk/app/store"
	"replydesk/faq"
)

// Store implements faq.Store and index.Source.
type Store struct{ db *store.DB }

var _ faq.Store = (*Store)(nil)

// New returns the Store on db.
func New(db *store.DB) *Store { return &Store{db} }

// Atomic implements faq.Store.
func (s *Store) Atomic(ctx context.Context, fn func(tx faq.Tx) error) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error { return fn(&Tx{tx}) })
}

// Tx implements faq.Tx; Enqueue and Record are the store's own.
type Tx struct{ *store.Tx }

var _ faq.Tx = (*Tx)(nil)

const columns = `id, code, question, similar_questions, answer, category, department, document_number, service_link,
	valid_from, valid_to, state, revision, uses, created_at, updated_at, updated_by`

type row interface{ Scan(dest ...any) error }

func scan(r row) (faq.Entry, error) {
	var e faq.Entry
	var similar string
	var created, updated int64
	err := r.Scan(&e.ID, &e.Code, &e.Question, &similar, &e.Answer, &e.Category, &e.Department, &e.DocumentNumber, &e.ServiceLink,
		&e.ValidFrom, &e.ValidTo, &e.State, &e.Revision, &e.Uses, &created, &updated, &e.UpdatedBy)
	if err != nil {
		return e, err
	}
	e.CreatedAt, e.UpdatedAt = store.Time(created), store.Time(updated)
	return e, json.Unmarshal([]byte(similar), &e.Similar)
}

func scanRows(r *sql.Rows) (faq.Entry, error) { return scan(r) }

// Entry implements faq.Reader.
func (s *Store) Entry(ctx context.Context, id faq.EntryID) (faq.Entry, error) {
	return entry(ctx, s.db, id)
}

func entry(ctx context.Context, q store.Querier, id faq.EntryID) (faq.Entry, error) {
	e, err := scan(q.QueryRow(ctx, `SELECT `+columns+` FROM entries WHERE id = $1`, int64(id)))
	return e, store.Translate(err)
}

// numbered returns "$n, $n+1 …" for the ids and the ids as arguments.
func numbered(ids []faq.EntryID, first int) (marks string, args []any) {
	var b strings.Builder
	for i, id := range ids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("$" + strconv.Itoa(first+i))
		args = append(args, int64(id))
	}
	return b.String(), args
}

// EntriesByID implements faq.Reader.
func (s *Store) EntriesByID(ctx context.Context, ids []faq.EntryID) ([]faq.Entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	marks, args := numbered(ids, 1)
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM entries WHERE id IN (`+marks+`)`, args...)
	return store.Collect(rows, err, scanRows)
}

// Current implements faq.Reader; the same rule as faq.Entry.Current.
func (s *Store) Current(ctx context.Context, ids []faq.EntryID, today faq.Day) ([]faq.Entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	marks, args := numbered(ids, 2)
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM entries WHERE state = 'published'
		AND (valid_from = '' OR valid_from <= $1) AND (valid_to = '' OR valid_to >= $1) AND id IN (`+marks+`)`,
		append([]any{string(today)}, args...)...)
	return store.Collect(rows, err, scanRows)
}

// Entries implements faq.Reader.
func (s *Store) Entries(ctx context.Context, f faq.Rows) ([]faq.Entry, error) {
	var conds []string
	var args []any
	add := func(cond string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		conds = append(conds, cond)
	}
	if f.State != "" {
		add(`state = ?`, string(f.State))
	}
	if f.Category != "" {
		add(`category = ?`, f.Category)
	}
	if f.Department != "" {
		add(`department = ?`, f.Department)
	}
	if f.Below != 0 {
		add(`id < ?`, int64(f.Below))
	}
	query := `SELECT ` + columns + ` FROM entries`
	if len(conds) > 0 {
		query += ` WHERE ` + strings.Join(conds, ` AND `)
	}
	args = append(args, f.Limit)
	rows, err := s.db.Query(ctx, query+` ORDER BY id DESC LIMIT $`+strconv.Itoa(len(args)), args...)
	return store.Collect(rows, err, scanRows)
}

// EntriesFrom implements faq.Reader.
func (s *Store) EntriesFrom(ctx context.Context, after faq.EntryID, limit int) ([]faq.Entry, error) {
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM entries WHERE id > $1 ORDER BY id LIMIT $2`, int64(after), limit)
	return store.Collect(rows, err, scanRows)
}

// Versions implements index.Source.
func (s *Store) Versions(ctx context.Context, after faq.EntryID, limit int) ([]faq.Version, error) {
	rows, err := s.db.Query(ctx, `SELECT id, revision FROM entries WHERE id > $1 ORDER BY id LIMIT $2`, int64(after), limit)
	return store.Collect(rows, err, func(r *sql.Rows) (v faq.Version, err error) { return v, r.Scan(&v.ID, &v.Revision) })
}

// Facets implements faq.Reader.
func (s *Store) Facets(ctx context.Context) (faq.Facets, error) {
	var f faq.Facets
	for _, facet := range []struct {
		query string
		into  *[]string
	}{
		{`SELECT DISTINCT category FROM entries WHERE category <> ''`, &f.Categories},
		{`SELECT DISTINCT department FROM entries WHERE department <> ''`, &f.Departments},
	} {
		rows, err := s.db.Query(ctx, facet.query)
		if *facet.into, err = store.Collect(rows, err, func(r *sql.Rows) (v string, err error) { return v, r.Scan(&v) }); err != nil {
			return f, err
		}
	}
	return f, nil
}

// kept is how a revision's content column reads.
type kept struct {
	faq.Content
	State faq.State `json:"state"`
}

// Revisions implements faq.Reader.
func (s *Store) Revisions(ctx context.Context, id faq.EntryID, limit int) ([]faq.Revision, error) {
	rows, err := s.db.Query(ctx, `SELECT entry_id, revision, content, author_id, created_at FROM entry_revisions
		WHERE entry_id = $1 ORDER BY revision DESC LIMIT $2`, int64(id), limit)
	return store.Collect(rows, err, func(r *sql.Rows) (faq.Revision, error) {
		var v faq.Revision
		var content string
		var created int64
		if err := r.Scan(&v.EntryID, &v.Revision, &content, &v.AuthorID, &created); err != nil {
			return v, err
		}
		var k kept
		err := json.Unmarshal([]byte(content), &k)
		v.Content, v.State, v.CreatedAt = k.Content, k.State, store.Time(created)
		return v, err
	})
}

// Keys implements faq.Reader.
func (s *Store) Keys(ctx context.Context) ([]faq.Key, error) {
	rows, err := s.db.Query(ctx, `SELECT id, code, question FROM entries ORDER BY id`)
	return store.Collect(rows, err, func(r *sql.Rows) (k faq.Key, err error) { return k, r.Scan(&k.ID, &k.Code, &k.Question) })
}

// AddUse implements faq.Store.
func (s *Store) AddUse(ctx context.Context, id faq.EntryID) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE entries SET uses = uses + 1 WHERE id = $1`, int64(id))
		return err
	})
}

// Entry implements faq.Tx; the row is the caller's until the transaction ends.
func (tx *Tx) Entry(ctx context.Context, id faq.EntryID) (faq.Entry, error) {
	if tx.Alone() {
		return entry(ctx, tx, id)
	}
	e, err := scan(tx.QueryRow(ctx, `UPDATE entries SET revision = revision WHERE id = $1 RETURNING `+columns, int64(id)))
	return e, store.Translate(err)
}

// CodeTaken implements faq.Tx.
func (tx *Tx) CodeTaken(ctx context.Context, code string) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM entries WHERE code = $1`, code).Scan(&n)
	return n > 0, err
}

// LastID implements faq.Tx.
func (tx *Tx) LastID(ctx context.Context) (faq.EntryID, error) {
	var id faq.EntryID
	err := tx.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM entries`).Scan(&id)
	return id, err
}

func similarText(e faq.Entry) string {
	if len(e.Similar) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(e.Similar) // strings always marshal
	return string(b)
}

// Insert implements faq.Tx.
func (tx *Tx) Insert(ctx context.Context, e faq.Entry) (faq.EntryID, error) {
	var id faq.EntryID
	err := tx.QueryRow(ctx, `
		INSERT INTO entries (code, question, similar_questions, answer, category, department, document_number, service_link,
			valid_from, valid_to, state, revision, created_at, updated_at, updated_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id`,
		e.Code, e.Question, similarText(e), e.Answer, e.Category, e.Department, e.DocumentNumber, e.ServiceLink,
		string(e.ValidFrom), string(e.ValidTo), string(e.State), e.Revision, store.Millis(e.CreatedAt), store.Millis(e.UpdatedAt),
		e.UpdatedBy).Scan(&id)
	return id, store.Translate(err)
}

// Update implements faq.Tx.
func (tx *Tx) Update(ctx context.Context, e faq.Entry) error {
	n, err := tx.Exec(ctx, `
		UPDATE entries SET code = $2, question = $3, similar_questions = $4, answer = $5, category = $6, department = $7,
			document_number = $8, service_link = $9, valid_from = $10, valid_to = $11, state = $12, revision = $13,
			updated_at = $14, updated_by = $15
		WHERE id = $1 AND revision = $16`,
		int64(e.ID), e.Code, e.Question, similarText(e), e.Answer, e.Category, e.Department, e.DocumentNumber, e.ServiceLink,
		string(e.ValidFrom), string(e.ValidTo), string(e.State), e.Revision, store.Millis(e.UpdatedAt), e.UpdatedBy, e.Revision-1)
	if err != nil {
		return store.Translate(err)
	}
	if n == 0 {
		return faq.ErrChanged()
	}
	return nil
}

// AddRevision implements faq.Tx.
func (tx *Tx) AddRevision(ctx context.Context, e faq.Entry) error {
	content, err := json.Marshal(kept{e.Content, e.State})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO entry_revisions (entry_id, revision, content, author_id, created_at) VALUES ($1, $2, $3, $4, $5)`,
		int64(e.ID), e.Revision, string(content), e.UpdatedBy, store.Millis(e.UpdatedAt))
	return store.Translate(err)
}
