// Package filedb keeps attachments in the database, in chunks, for a desk of
// several processes: whichever is asked has the file the other fetched. One
// process alone keeps them in its data folder (app/files).
package filedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"replydesk/app/store"
	"replydesk/inbox/desk"
)

// chunkSize is what one row holds; sniffed is how many bytes tell a content
// type; readTimeout bounds the reading of one chunk.
const (
	chunkSize   = 256 << 10
	sniffed     = 512
	readTimeout = 10 * time.Second
)

// Store keeps files on the database.
type Store struct{ db *store.DB }

// New returns the Store on db.
func New(db *store.DB) *Store { return &Store{db: db} }

// Close does nothing: the database is closed by who opened it.
func (s *Store) Close() error { return nil }

// Save stores at most limit bytes of r under the name, which the caller keeps
// unique. What is there under this name already is replaced; a file that was
// not saved whole is not there. contentType is guessed from the bytes. Each
// chunk is a transaction of its own, because r may be a slow download.
func (s *Store) Save(ctx context.Context, name string, r io.Reader, limit int64) (path string, size int64, contentType string, err error) {
	if err := s.Remove(ctx, name); err != nil {
		return "", 0, "", err
	}
	contentType, size, err = s.fill(ctx, name, io.LimitReader(r, limit+1))
	if err == nil && size > limit {
		err = desk.Errorf(desk.Invalid, "文件超过 %d 字节", limit)
	}
	if err == nil {
		err = s.finish(ctx, name, size)
	}
	if err != nil {
		return "", 0, "", errors.Join(fmt.Errorf("save file: %w", err), s.Remove(context.WithoutCancel(ctx), name))
	}
	return name, size, contentType, nil
}

// fill stores what r gives, chunk by chunk.
func (s *Store) fill(ctx context.Context, name string, r io.Reader) (contentType string, size int64, err error) {
	for seq := 0; ; seq++ {
		chunk := make([]byte, chunkSize)
		n, err := io.ReadFull(r, chunk)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return "", 0, err
		}
		if seq == 0 {
			contentType = http.DetectContentType(chunk[:min(n, sniffed)])
		}
		if n > 0 {
			if err := s.addChunk(ctx, name, seq, chunk[:n]); err != nil {
				return "", 0, err
			}
		}
		if size += int64(n); last {
			return contentType, size, nil
		}
	}
}

func (s *Store) addChunk(ctx context.Context, name string, seq int, body []byte) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO file_chunks (path, seq, body) VALUES ($1, $2, $3)
			ON CONFLICT (path, seq) DO UPDATE SET body = excluded.body`, name, seq, body)
		return err
	})
}

// finish makes the file appear, with the size its chunks really have: two that
// save under one name at a time must not leave a mixture.
func (s *Store) finish(ctx context.Context, name string, size int64) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		var stored int64
		if err := tx.QueryRow(ctx, `SELECT coalesce(sum(length(body)), 0) FROM file_chunks WHERE path = $1`, name).Scan(&stored); err != nil {
			return err
		}
		if stored != size {
			return desk.Errorf(desk.Conflict, "文件正在被另一个进程保存")
		}
		_, err := tx.Exec(ctx, `INSERT INTO files (path, size, created_at) VALUES ($1, $2, $3)
			ON CONFLICT (path) DO UPDATE SET size = excluded.size, created_at = excluded.created_at`, name, size, store.Millis(time.Now()))
		return err
	})
}

// Paths are the paths of all stored files, in order.
func (s *Store) Paths(ctx context.Context) ([]string, error) {
	rows, err := s.db.Query(ctx, `SELECT path FROM files ORDER BY path`)
	return store.Collect(rows, err, func(r *sql.Rows) (string, error) {
		var path string
		return path, r.Scan(&path)
	})
}

// Put stores a file under a path that Paths gave, here or of another store.
func (s *Store) Put(ctx context.Context, path string, r io.Reader) error {
	_, _, _, err := s.Save(ctx, path, r, math.MaxInt64-1)
	return err
}

// Open opens a stored file; one that is not there is NotFound. The file may be
// read after ctx has ended: an answer is streamed when its handler is done.
func (s *Store) Open(ctx context.Context, path string) (io.ReadSeekCloser, error) {
	f := &file{ctx: context.WithoutCancel(ctx), db: s.db, path: path, loaded: -1}
	err := store.Translate(s.db.QueryRow(ctx, `SELECT size FROM files WHERE path = $1`, path).Scan(&f.size))
	if desk.CodeOf(err) == desk.NotFound {
		return nil, desk.Errorf(desk.NotFound, "没有找到文件")
	}
	return f, err
}

// Remove deletes a stored file; one that is not there is fine.
func (s *Store) Remove(ctx context.Context, path string) error {
	return s.db.Atomic(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM files WHERE path = $1`, path); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM file_chunks WHERE path = $1`, path)
		return err
	})
}

// file reads a stored file, one chunk at a time.
type file struct {
	ctx    context.Context //nolint:containedctx // io.ReadSeekCloser has no place for it
	db     *store.DB
	path   string
	size   int64
	at     int64
	chunk  []byte
	loaded int64 // which chunk that is; -1: none
}

func (f *file) Read(p []byte) (int, error) {
	if f.at >= f.size {
		return 0, io.EOF
	}
	if seq := f.at / chunkSize; seq != f.loaded {
		if err := f.load(seq); err != nil {
			return 0, fmt.Errorf("read file: %w", store.Translate(err))
		}
	}
	from := f.at % chunkSize
	if from >= int64(len(f.chunk)) {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, f.chunk[from:])
	f.at += int64(n)
	return n, nil
}

func (f *file) load(seq int64) error {
	ctx, cancel := context.WithTimeout(f.ctx, readTimeout)
	defer cancel()
	f.loaded = -1
	err := f.db.QueryRow(ctx, `SELECT body FROM file_chunks WHERE path = $1 AND seq = $2`, f.path, seq).Scan(&f.chunk)
	if err == nil {
		f.loaded = seq
	}
	return err
}

func (f *file) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.size
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning of the file")
	}
	f.at = offset
	return offset, nil
}

func (f *file) Close() error { return nil }
