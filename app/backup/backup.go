// Package backup makes one file of everything a desk has stored, and a desk of
// such a file. The file knows no engine: what was stored on SQLite can be
// restored on PostgreSQL and the other way round.
//
// It is a gzipped tar: manifest.json first, then the rows of each table as JSON
// lines (tables/<name>/<part>.jsonl: the columns, then one array a row, bytes as
// {"b": base64}), then the attachments (files/<path>), the secret key when asked
// for (secret.key), and end.json, without which the file is not whole.
package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"replydesk/app/store"
)

// format is the number of this file format.
const format = 1

// partBytes is about how much one part of a table's rows has.
const partBytes = 4 << 20

// Names in the file.
const (
	manifestName = "manifest.json"
	endName      = "end.json"
	keyName      = "secret.key"
	tableFolder  = "tables/"
	fileFolder   = "files/"
)

// apart are the tables that are not copied: attachments are files of their own,
// and the rest comes with the desk or is made again from what is copied.
var apart = []string{"migrations", "files", "file_chunks", "search_postings", "search_tickets", "search_progress",
	"report_sums", "report_tickets", "report_progress", "draft_marks", "hotspot_tickets"}

// Manifest says what a file is a backup of.
type Manifest struct {
	Format    int              `json:"format"`
	Version   string           `json:"version"`   // of the desk that made it
	Migration int64            `json:"migration"` // of its database
	Engine    string           `json:"engine"`
	MadeAt    time.Time        `json:"made_at"`
	Numbers   map[string]int64 `json:"numbers"` // the last id each table's database has given
	WithKey   bool             `json:"with_key"`
}

// End is the count of what the file has.
type End struct {
	Rows  map[string]int64 `json:"rows"`
	Files int64            `json:"files"`
	Bytes int64            `json:"bytes"` // of the files
}

// Files are the attachments of a desk.
type Files interface {
	// Paths are those of all stored files.
	Paths(ctx context.Context) ([]string, error)
	Open(ctx context.Context, path string) (io.ReadSeekCloser, error)
	// Put stores a file under a path that Paths gave, perhaps elsewhere.
	Put(ctx context.Context, path string, r io.Reader) error
}

// Source is what is backed up. Key is the desk's secret key, nil to leave it
// out.
type Source struct {
	DB      *store.DB
	Files   Files
	Key     []byte
	Version string
	Now     func() time.Time
}

// Write writes a backup to w. The database is read as it is at one moment; the
// desk may go on working. Attachments that are fetched meanwhile may be there or
// not; one that a row names and that is gone is an error.
func Write(ctx context.Context, from Source, w io.Writer) (End, error) {
	packed := gzip.NewWriter(w)
	out := &writer{tar: tar.NewWriter(packed), at: from.Now().UTC(), end: End{Rows: map[string]int64{}}}
	err := from.DB.Snapshot(ctx, func(q store.Querier) error {
		tables, err := store.Tables(ctx, q, from.DB.Engine())
		if err != nil {
			return err
		}
		tables = slices.DeleteFunc(tables, func(t store.Table) bool { return slices.Contains(apart, t.Name) })
		if err := out.manifest(ctx, from, q, tables); err != nil {
			return err
		}
		for _, t := range tables {
			if err := out.table(ctx, q, t); err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
		return nil
	})
	if err == nil {
		err = out.files(ctx, from.Files)
	}
	if err == nil && from.Key != nil {
		err = out.add(keyName, from.Key)
	}
	if err == nil {
		err = out.json(endName, out.end)
	}
	return out.end, errors.Join(err, out.tar.Close(), packed.Close())
}

type writer struct {
	tar *tar.Writer
	at  time.Time
	end End
}

func (w *writer) add(name string, body []byte) error {
	err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(body)), ModTime: w.at})
	if err != nil {
		return err
	}
	_, err = w.tar.Write(body)
	return err
}

func (w *writer) json(name string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.add(name, body)
}

func (w *writer) manifest(ctx context.Context, from Source, q store.Querier, tables []store.Table) error {
	migration, err := store.Version(ctx, q)
	if err != nil {
		return err
	}
	numbers, err := store.Numbers(ctx, q, from.DB.Engine(), tables)
	if err != nil {
		return err
	}
	return w.json(manifestName, Manifest{
		Format: format, Version: from.Version, Migration: migration, Engine: string(from.DB.Engine()), MadeAt: w.at, Numbers: numbers, WithKey: from.Key != nil,
	})
}

// table writes the rows in parts.
func (w *writer) table(ctx context.Context, q store.Querier, t store.Table) error {
	rows, err := q.Query(ctx, `SELECT `+strings.Join(t.Columns, ", ")+` FROM `+t.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	head, err := json.Marshal(t.Columns)
	if err != nil {
		return err
	}
	part, body, filled := 0, bytes.NewBuffer(append(head, '\n')), false
	flush := func() error {
		part++
		err := w.add(fmt.Sprintf("%s%s/%06d.jsonl", tableFolder, t.Name, part), body.Bytes())
		body, filled = bytes.NewBuffer(append(slices.Clone(head), '\n')), false
		return err
	}
	values, targets := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		line, err := encode(values)
		if err != nil {
			return err
		}
		body.Write(line)
		body.WriteByte('\n')
		w.end.Rows[t.Name]++
		if filled = true; body.Len() > partBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil || !filled {
		return err
	}
	return flush()
}

func (w *writer) files(ctx context.Context, files Files) error {
	paths, err := files.Paths(ctx)
	if err != nil {
		return err
	}
	for _, path := range paths {
		if err := w.file(ctx, files, path); err != nil {
			return fmt.Errorf("file %s: %w", path, err)
		}
	}
	return nil
}

func (w *writer) file(ctx context.Context, files Files, path string) error {
	f, err := files.Open(ctx, path)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := w.tar.WriteHeader(&tar.Header{Name: fileFolder + path, Mode: 0o600, Size: size, ModTime: w.at}); err != nil {
		return err
	}
	w.end.Files++
	w.end.Bytes += size
	_, err = io.CopyN(w.tar, f, size)
	return err
}
