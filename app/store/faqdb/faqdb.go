// Package faqdb is the library's Store on the desk's database: all SQL about
// entries and their revisions.
package faqdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"replydesk/app/store"
	"replydesk/faq"
	"replydesk/faq/index"
)

// Store implements faq.Store and is what the index is derived from.
type Store struct{ db *store.DB }

var (
	_ faq.Store    = (*Store)(nil)
	_ index.Source = (*Store)(nil)
)

// New returns the Store on db.
func New(db *store.DB) *Store { return &Store{db: db} }

// columns are those of an entry in the order of scan.
const columns = `id, code, question, similar_questions, answer, category, department, document_number,
	service_link, valid_from, valid_to, state, revision, uses, created_at, updated_at, updated_by, authors, question_key`

func scan(row interface{ Scan(...any) error }) (faq.Entry, error) {
	var e faq.Entry
	var similar, authors string
	var created, updated int64
	err := row.Scan(&e.ID, &e.Code, &e.Question, &similar, &e.Answer, &e.Category, &e.Department, &e.DocumentNumber,
		&e.ServiceLink, &e.ValidFrom, &e.ValidTo, &e.State, &e.Revision, &e.Uses, &created, &updated, &e.UpdatedBy, &authors, &e.QuestionKey)
	if err != nil {
		return faq.Entry{}, store.Translate(err)
	}
	e.CreatedAt, e.UpdatedAt = store.Time(created), store.Time(updated)
	if similar != "[]" {
		err = json.Unmarshal([]byte(similar), &e.Similar)
	}
	if authors != "[]" && err == nil {
		err = json.Unmarshal([]byte(authors), &e.Authors)
	}
	return e, err
}

func scanRows(rows *sql.Rows) (faq.Entry, error) { return scan(rows) }

// Entry implements faq.Reader.
func (s *Store) Entry(ctx context.Context, id faq.EntryID) (faq.Entry, error) {
	return entry(ctx, s.db, id)
}

func entry(ctx context.Context, q store.Querier, id faq.EntryID) (faq.Entry, error) {
	e, err := scan(q.QueryRow(ctx, `SELECT `+columns+` FROM entries WHERE id = $1`, id))
	if err != nil {
		return faq.Entry{}, fmt.Errorf("entry %d: %w", id, err)
	}
	return e, nil
}

// EntryByCode returns the entry with the code; a code nobody has is NotFound.
func (s *Store) EntryByCode(ctx context.Context, code string) (faq.Entry, error) {
	return scan(s.db.QueryRow(ctx, `SELECT `+columns+` FROM entries WHERE code = $1`, code))
}

// Read returns an entry as a transaction of another tree sees it.
func Read(ctx context.Context, q store.Querier, id faq.EntryID) (faq.Entry, error) {
	return entry(ctx, q, id)
}

// EntriesByID implements faq.Reader and index.Source.
func (s *Store) EntriesByID(ctx context.Context, ids []faq.EntryID) ([]faq.Entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, args := in(ids, nil)
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM entries WHERE id IN (`+list+`)`, args...)
	return store.Collect(rows, err, scanRows)
}

// Current implements faq.Reader. Days are written so that they compare as text.
func (s *Store) Current(ctx context.Context, ids []faq.EntryID, today faq.Day) ([]faq.Entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, args := in(ids, []any{today})
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM entries
		WHERE id IN (`+list+`) AND state = 'published'
		AND (valid_from = '' OR valid_from <= $1) AND (valid_to = '' OR valid_to >= $1)`, args...)
	return store.Collect(rows, err, scanRows)
}

// in writes one numbered parameter for each id, after those in args. The number
// is rounded up, repeating the last id, so that few different statements come
// about.
func in(ids []faq.EntryID, args []any) (list string, all []any) {
	n := 8
	for n < len(ids) {
		n *= 2
	}
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		args = append(args, ids[min(i, len(ids)-1)])
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(len(args)))
	}
	return b.String(), args
}

// Entries implements faq.Reader.
func (s *Store) Entries(ctx context.Context, f faq.Rows) ([]faq.Entry, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, condition+" $"+strconv.Itoa(len(args)))
	}
	if f.State != "" {
		add("state =", f.State)
	}
	if f.Category != "" {
		add("category =", f.Category)
	}
	if f.Department != "" {
		add("department =", f.Department)
	}
	if f.Below != 0 {
		add("id <", f.Below)
	}
	if f.Proposal != "" {
		args = append(args, f.Proposal)
		where = append(where, `id IN (SELECT entry_id FROM proposals WHERE state = $`+strconv.Itoa(len(args))+`)`)
	}
	if f.EndsTo != "" {
		where = append(where, `state = 'published' AND valid_to <> ''`)
		add("valid_to >=", f.EndsFrom)
		add("valid_to <=", f.EndsTo)
	}
	var inHead []string
	for _, word := range f.Words {
		args = append(args, "%"+likeEscapes.Replace(word)+"%")
		like := ` LIKE lower($` + strconv.Itoa(len(args)) + `) ESCAPE '\'`
		where = append(where, `lower(`+everything+`)`+like)
		inHead = append(inHead, `lower(code || ' ' || question)`+like)
	}
	order := "id DESC"
	if len(inHead) > 0 {
		order = `CASE WHEN ` + strings.Join(inHead, " AND ") + ` THEN 0 ELSE 1 END, id DESC`
	}
	args = append(args, f.Limit, f.Skip)
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM entries WHERE `+strings.Join(where, " AND ")+
		` ORDER BY `+order+` LIMIT $`+strconv.Itoa(len(args)-1)+` OFFSET $`+strconv.Itoa(len(args)), args...)
	return store.Collect(rows, err, scanRows)
}

// everything is all an editor may look for in an entry. Words hold no space, so
// none can reach from one column into the next.
const everything = `code || ' ' || question || ' ' || similar_questions || ' ' || answer || ' ' ||
	document_number || ' ' || category || ' ' || department`

// likeEscapes takes the meaning out of the signs of a pattern.
var likeEscapes = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// EntriesFrom implements faq.Reader.
func (s *Store) EntriesFrom(ctx context.Context, after faq.EntryID, limit int) ([]faq.Entry, error) {
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM entries WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	return store.Collect(rows, err, scanRows)
}

// Versions implements index.Source.
func (s *Store) Versions(ctx context.Context, after faq.EntryID, limit int) ([]faq.Version, error) {
	rows, err := s.db.Query(ctx, `SELECT id, revision FROM entries WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	return store.Collect(rows, err, func(row *sql.Rows) (v faq.Version, err error) {
		return v, row.Scan(&v.ID, &v.Revision)
	})
}

// Facets implements faq.Reader.
func (s *Store) Facets(ctx context.Context, state faq.State) (f faq.Facets, err error) {
	word := func(row *sql.Rows) (w string, err error) { return w, row.Scan(&w) }
	rows, err := s.db.Query(ctx, `SELECT DISTINCT category FROM entries WHERE category <> '' AND ($1 = '' OR state = $1)`, string(state))
	if f.Categories, err = store.Collect(rows, err, word); err != nil {
		return f, err
	}
	rows, err = s.db.Query(ctx, `SELECT DISTINCT department FROM entries WHERE department <> '' AND ($1 = '' OR state = $1)`, string(state))
	if f.Departments, err = store.Collect(rows, err, word); err != nil {
		return f, err
	}
	rows, err = s.db.Query(ctx, `SELECT DISTINCT name FROM departments`)
	f.DeskDepartments, err = store.Collect(rows, err, word)
	return f, err
}

// Keys implements faq.Reader.
func (s *Store) Keys(ctx context.Context) ([]faq.Key, error) {
	rows, err := s.db.Query(ctx, `SELECT id, code, question, question_key, state, department, valid_from, valid_to FROM entries`)
	return store.Collect(rows, err, func(row *sql.Rows) (k faq.Key, err error) {
		return k, row.Scan(&k.ID, &k.Code, &k.Question, &k.QuestionKey, &k.State, &k.Department, &k.ValidFrom, &k.ValidTo)
	})
}

// AddUse implements faq.Store.
func (s *Store) AddUse(ctx context.Context, id faq.EntryID) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE entries SET uses = uses + 1 WHERE id = $1`, id)
		if err == nil && n == 0 {
			err = store.Translate(sql.ErrNoRows)
		}
		if err != nil {
			return fmt.Errorf("count use of entry %d: %w", id, err)
		}
		return nil
	})
}
