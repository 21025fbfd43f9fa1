package faqdb

import (
	"context"
	"database/sql"
	"fmt"

	"replydesk/app/store"
	"replydesk/faq"
)

const fileColumns = `SELECT id, entry_id, name, content_type, size, path, added_by, created_at FROM entry_files`

func scanFile(row interface{ Scan(...any) error }) (f faq.File, err error) {
	var at int64
	err = row.Scan(&f.ID, &f.EntryID, &f.Name, &f.ContentType, &f.Size, &f.Path, &f.AddedBy, &at)
	f.CreatedAt = store.Time(at)
	return f, err
}

// Files implements faq.Reader.
func (s *Store) Files(ctx context.Context, id faq.EntryID) ([]faq.File, error) {
	rows, err := s.db.Query(ctx, fileColumns+` WHERE entry_id = $1 ORDER BY id`, id)
	return store.Collect(rows, err, func(row *sql.Rows) (faq.File, error) { return scanFile(row) })
}

// File implements faq.Reader.
func (s *Store) File(ctx context.Context, id faq.FileID) (faq.File, error) {
	f, err := scanFile(s.db.QueryRow(ctx, fileColumns+` WHERE id = $1`, id))
	if err != nil {
		return faq.File{}, fmt.Errorf("file %d: %w", id, store.Translate(err))
	}
	return f, nil
}

// AddFile implements faq.Tx. The entry's row, which the transaction holds,
// guards the number of files.
func (tx *Tx) AddFile(ctx context.Context, f faq.File, most int) (faq.FileID, error) {
	var n int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM entry_files WHERE entry_id = $1`, f.EntryID).Scan(&n); err != nil {
		return 0, store.Translate(err)
	}
	if n >= most {
		return 0, faq.ErrManyFiles()
	}
	id, err := tx.Tx.Insert(ctx, `INSERT INTO entry_files (entry_id, name, content_type, size, path, added_by, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, f.EntryID, f.Name, f.ContentType, f.Size, f.Path, f.AddedBy, store.Millis(f.CreatedAt))
	return faq.FileID(id), store.Translate(err)
}

// RemoveFile implements faq.Tx.
func (tx *Tx) RemoveFile(ctx context.Context, id faq.FileID) (path string, err error) {
	err = tx.QueryRow(ctx, `DELETE FROM entry_files WHERE id = $1 RETURNING path`, id).Scan(&path)
	if err != nil {
		return "", fmt.Errorf("remove file %d: %w", id, store.Translate(err))
	}
	return path, nil
}
