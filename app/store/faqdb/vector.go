package faqdb

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"replydesk/app/store"
	"replydesk/faq"
)

var _ faq.VectorStore = (*Store)(nil)

// Vectors implements faq.VectorStore.
func (s *Store) Vectors(ctx context.Context, model string, after time.Time, id faq.EntryID, limit int) ([]faq.Vector, error) {
	rows, err := s.db.Query(ctx, `SELECT entry_id, revision, made_at, vector FROM entry_vectors
		WHERE model = $1 AND (made_at, entry_id) > ($2, $3) ORDER BY made_at, entry_id LIMIT $4`,
		model, store.Millis(after), id, limit)
	return store.Collect(rows, err, func(row *sql.Rows) (v faq.Vector, err error) {
		var at int64
		err = row.Scan(&v.EntryID, &v.Revision, &at, &v.Bytes)
		v.MadeAt = store.Time(at)
		return v, err
	})
}

// WithoutVector implements faq.VectorStore.
func (s *Store) WithoutVector(ctx context.Context, model string, limit int) ([]faq.Entry, error) {
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM entries WHERE state = 'published' AND NOT EXISTS (
			SELECT 1 FROM entry_vectors v WHERE v.entry_id = entries.id AND v.model = $1 AND v.revision = entries.revision)
		ORDER BY id LIMIT $2`, model, limit)
	return store.Collect(rows, err, scanRows)
}

// SaveVectors implements faq.VectorStore.
func (s *Store) SaveVectors(ctx context.Context, model string, vectors []faq.Vector) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		for _, v := range vectors {
			// An entry that is gone meanwhile needs none.
			if _, err := tx.Exec(ctx, `INSERT INTO entry_vectors (entry_id, model, revision, made_at, vector)
				SELECT id, $2, $3, $4, $5 FROM entries WHERE id = $1
				ON CONFLICT (entry_id) DO UPDATE SET model = excluded.model, revision = excluded.revision,
					made_at = excluded.made_at, vector = excluded.vector`,
				v.EntryID, model, v.Revision, store.Millis(v.MadeAt), v.Bytes); err != nil {
				return fmt.Errorf("save vector of entry %d: %w", v.EntryID, err)
			}
		}
		return nil
	})
}
