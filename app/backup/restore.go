package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"replydesk/app/store"
)

// Bounds of what a file may hold; a part has about partBytes and one row more.
const (
	maxPart   = 64 << 20
	maxParams = 30_000
)

// Target is what a backup is restored into.
type Target struct {
	// Open opens the empty database at a migration.
	Open func(ctx context.Context, migration int64) (*store.DB, error)
	// Files are where the attachments of that database are.
	Files func(db *store.DB) (Files, error)
	// Derive begins to make again what is not copied, in the transaction of the
	// rows it is made from; has tells whether a table is there yet.
	Derive func(ctx context.Context, tx *store.Tx, has func(table string) bool) error
	// Key takes the secret key of the file; nil when there is none.
	Key func(key []byte) error
}

// errNotEmpty is the refusal to mix two desks.
var errNotEmpty = errors.New("the database is not empty: a backup is restored into a new one")

// Read restores a backup into an empty database, all rows in one transaction. An
// error leaves the database as empty as it was, but for its tables.
func Read(ctx context.Context, r io.Reader, to Target) (Manifest, End, error) {
	packed, err := gzip.NewReader(r)
	if err != nil {
		return Manifest{}, End{}, fmt.Errorf("not a backup of the desk: %w", err)
	}
	in := tar.NewReader(packed)
	manifest, err := readManifest(in)
	if err != nil {
		return manifest, End{}, err
	}
	db, err := to.Open(ctx, manifest.Migration)
	if err != nil {
		return manifest, End{}, err
	}
	l := &loader{in: in, packed: packed, to: to, db: db, done: End{Rows: map[string]int64{}}}
	err = db.Atomic(ctx, func(tx *store.Tx) error { return l.load(ctx, tx, manifest) })
	return manifest, l.done, errors.Join(err, db.Close())
}

func readManifest(in *tar.Reader) (m Manifest, err error) {
	head, err := in.Next()
	if err != nil || head.Name != manifestName {
		return m, errors.Join(errors.New("not a backup of the desk"), err)
	}
	if err := json.NewDecoder(io.LimitReader(in, maxPart)).Decode(&m); err != nil {
		return m, fmt.Errorf("not a backup of the desk: %w", err)
	}
	if m.Format != format {
		return m, fmt.Errorf("the file has format %d, this version of the desk reads %d", m.Format, format)
	}
	return m, nil
}

type loader struct {
	in     *tar.Reader
	packed io.Reader
	to     Target
	db     *store.DB
	tables map[string]store.Table // those that are copied
	names  []string               // of all
	done   End
	end    *End
}

// load reads the whole file; it is all or nothing.
func (l *loader) load(ctx context.Context, tx *store.Tx, m Manifest) error {
	if err := l.prepare(ctx, tx); err != nil {
		return err
	}
	files, err := l.to.Files(l.db)
	if err != nil {
		return err
	}
	for {
		head, err := l.in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = l.entry(ctx, tx, files, head)
		}
		if err != nil {
			return fmt.Errorf("restore: %w", err)
		}
	}
	// The sum at the very end covers all of it.
	if _, err := io.Copy(io.Discard, l.packed); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if l.end == nil || l.end.Files != l.done.Files || l.end.Bytes != l.done.Bytes || !sameRows(l.end.Rows, l.done.Rows) {
		return errors.New("the file is not whole")
	}
	for table, n := range m.Numbers {
		if t, ok := l.tables[table]; ok && t.Counts {
			if err := tx.SetNumber(ctx, table, n); err != nil {
				return err
			}
		}
	}
	if l.to.Derive == nil {
		return nil
	}
	return l.to.Derive(ctx, tx, func(table string) bool { return slices.Contains(l.names, table) })
}

func sameRows(a, b map[string]int64) bool {
	for table, n := range a {
		if b[table] != n {
			return false
		}
	}
	return len(a) == len(b)
}

// prepare sees that nobody has worked with the database, and takes out what its
// migrations put in: the file has it too.
func (l *loader) prepare(ctx context.Context, tx *store.Tx) error {
	tables, err := store.Tables(ctx, tx, l.db.Engine())
	if err != nil {
		return err
	}
	l.tables = map[string]store.Table{}
	for _, t := range tables {
		l.names = append(l.names, t.Name)
		if !slices.Contains(apart, t.Name) {
			l.tables[t.Name] = t
		}
	}
	for _, name := range []string{"users", "accounts", "payloads", "entries", "audit"} {
		if _, ok := l.tables[name]; !ok {
			continue
		}
		var n int64
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM `+name+` LIMIT 1) one`).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return errNotEmpty
		}
	}
	if tx.Alone() {
		if _, err := tx.Exec(ctx, `PRAGMA defer_foreign_keys = 1`); err != nil {
			return err
		}
	}
	for _, t := range slices.Backward(tables) {
		if _, ok := l.tables[t.Name]; !ok || t.Name == "audit" {
			continue
		}
		if _, err := tx.Exec(ctx, `DELETE FROM `+t.Name); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) entry(ctx context.Context, tx *store.Tx, files Files, head *tar.Header) error {
	if l.end != nil {
		return fmt.Errorf("%s after the end", head.Name)
	}
	switch {
	case head.Name == endName:
		l.end = &End{}
		return json.NewDecoder(io.LimitReader(l.in, maxPart)).Decode(l.end)
	case head.Name == keyName:
		key, err := io.ReadAll(io.LimitReader(l.in, 1024))
		if err != nil || l.to.Key == nil {
			return err
		}
		return l.to.Key(key)
	case strings.HasPrefix(head.Name, fileFolder):
		l.done.Files++
		l.done.Bytes += head.Size
		return files.Put(ctx, strings.TrimPrefix(head.Name, fileFolder), l.in)
	case strings.HasPrefix(head.Name, tableFolder):
		name := path.Dir(strings.TrimPrefix(head.Name, tableFolder))
		t, ok := l.tables[name]
		if !ok {
			return fmt.Errorf("there is no table %q", name)
		}
		return l.part(ctx, tx, t)
	}
	return fmt.Errorf("%s does not belong into a backup", head.Name)
}

// part inserts the rows of one part of a table.
func (l *loader) part(ctx context.Context, tx *store.Tx, t store.Table) error {
	lines := bufio.NewScanner(l.in)
	lines.Buffer(make([]byte, 0, 64<<10), maxPart)
	if !lines.Scan() {
		return errors.Join(errors.New("a part without columns"), lines.Err())
	}
	var columns []string
	if err := json.Unmarshal(lines.Bytes(), &columns); err != nil {
		return err
	}
	for _, c := range columns {
		if !slices.Contains(t.Columns, c) {
			return fmt.Errorf("table %s has no column %q", t.Name, c)
		}
	}
	if len(columns) == 0 {
		return fmt.Errorf("table %s without columns", t.Name)
	}
	var args []any
	var rows int
	flush := func() error {
		if rows == 0 {
			return nil
		}
		_, err := tx.Exec(ctx, `INSERT INTO `+t.Name+` (`+strings.Join(columns, ", ")+`) VALUES `+marks(rows, len(columns)), args...)
		l.done.Rows[t.Name] += int64(rows)
		args, rows = nil, 0
		return err
	}
	for lines.Scan() {
		row, err := decode(bytes.Clone(lines.Bytes()))
		if err != nil {
			return err
		}
		if len(row) != len(columns) {
			return fmt.Errorf("a row of %s with %d values for %d columns", t.Name, len(row), len(columns))
		}
		args = append(args, row...)
		if rows++; (rows+1)*len(columns) > min(maxParams, 200*len(columns)) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return flush()
}

// marks are the placeholders of so many rows.
func marks(rows, columns int) string {
	var b strings.Builder
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for c := range columns {
			if c > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(r*columns + c + 1))
		}
		b.WriteByte(')')
	}
	return b.String()
}
