package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// errReading is what a writer of a database opened to look at gets.
var errReading = errors.New("the database was opened for reading only")

type noWriter struct{}

func (noWriter) atomic(context.Context, func(*Tx) error) error { return errReading }
func (noWriter) close()                                        {}

// Look opens a database to read it beside a running desk: it makes nothing and
// migrates nothing. One that is at another migration than this binary's newest
// is refused.
func Look(ctx context.Context, url, dataDir string, key []byte) (*DB, error) {
	engine, err := EngineOf(url)
	if err != nil {
		return nil, err
	}
	db := &DB{engine: engine, chain: chain{key}, writer: noWriter{}, now: time.Now}
	if engine == SQLite {
		path := filepath.Join(dataDir, "desk.db")
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("database: %w", err)
		}
		db.read, err = sql.Open("sqlite", sqliteDSN(path, "busy_timeout(5000)", "query_only(1)", "cache_size(-16000)", "temp_store(MEMORY)"))
	} else {
		db.read, err = sql.Open("pgx", url)
	}
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db.write, db.stmts = db.read, newStmtCache(db.read)
	have, err := Version(ctx, db)
	want, wrong := Newest(engine)
	if err = errors.Join(err, wrong); err == nil && have != want {
		err = fmt.Errorf("the database is at migration %d, this version of the desk is made for %d: use the version that wrote it, or run desk migrate", have, want)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Snapshot runs fn with the database as it is at one moment, whatever is written
// meanwhile.
func (db *DB) Snapshot(ctx context.Context, fn func(q Querier) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if db.engine == Postgres {
		options.Isolation = sql.LevelRepeatableRead
	}
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if db.engine == SQLite {
		// database/sql would begin immediate, which is a writer's way.
		if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
			return err
		}
		defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`) }()
		return fn(connQuerier{conn})
	}
	tx, err := conn.BeginTx(ctx, options)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	return fn(txQuerier{tx})
}

type connQuerier struct{ conn *sql.Conn }

func (q connQuerier) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return q.conn.QueryContext(ctx, query, args...)
}

func (q connQuerier) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return q.conn.QueryRowContext(ctx, query, args...)
}

type txQuerier struct{ tx *sql.Tx }

func (q txQuerier) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return q.tx.QueryContext(ctx, query, args...)
}

func (q txQuerier) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	return q.tx.QueryRowContext(ctx, query, args...)
}

// Sound looks whether the database itself is whole. SQLite tells of damaged
// pages and of rows that point to none; PostgreSQL guards both.
func (db *DB) Sound(ctx context.Context) error {
	if db.engine == Postgres {
		return nil
	}
	var told string
	if err := db.read.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&told); err != nil {
		return err
	}
	if told != "ok" {
		return fmt.Errorf("the database file is damaged: %s", told)
	}
	var table string
	err := db.read.QueryRowContext(ctx, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table)
	if err == nil {
		return fmt.Errorf("rows of %s point to rows that are not there", table)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// FilePaths are the paths of the attachments that rows name.
func (db *DB) FilePaths(ctx context.Context) ([]string, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT path FROM attachments WHERE state = 'stored' UNION SELECT path FROM entry_files`)
	return Collect(rows, err, func(r *sql.Rows) (string, error) {
		var path string
		return path, r.Scan(&path)
	})
}
