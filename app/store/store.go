// Package store opens the desk's database — SQLite in the data folder, or
// PostgreSQL when told — and is the only user of database drivers. It owns the
// numbered migrations, the one way to write (Atomic) and what every tree may
// do inside a transaction: Enqueue work and Record events. The packages below
// it (inboxdb, faqdb, authdb, taskdb) hold the SQL of one owner each.
//
// One SQL text serves both engines: placeholders $1, times in milliseconds
// (Millis, Time), booleans as 0 and 1, ids made by the database.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"replydesk/inbox/desk"
)

// Engine is which database is behind a DB.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Querier reads; both *DB (its read pool) and *Tx are one.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
}

// writer runs transactions; how is the engine's own strategy.
type writer interface {
	atomic(ctx context.Context, fn func(tx *Tx) error) error
	close()
}

// DB is an open database. All methods may be called from many goroutines.
type DB struct {
	engine Engine
	read   *sql.DB
	write  *sql.DB
	writer writer
	stmts  *stmtCache
	chain  chain
	now    func() time.Time

	mu        sync.Mutex
	committed []func(Commit)
}

// Commit is what a committed transaction left for others to act on.
type Commit struct {
	Events bool      // at least one event was recorded
	Tasks  bool      // at least one task was enqueued
	RunAt  time.Time // when the earliest of them wants to run
}

// Open opens and migrates the database. url "" means SQLite at dataDir/desk.db;
// "postgres://…" PostgreSQL. A database newer than this binary is refused. key
// chains the audit; whoever opens the same database has the same.
func Open(ctx context.Context, url, dataDir string, key []byte, log *slog.Logger) (*DB, error) {
	return OpenAt(ctx, url, dataDir, key, log, 0)
}

// OpenAt is Open up to a migration, for a copy that is to be filled with what
// was stored at that time; 0 is the newest.
func OpenAt(ctx context.Context, url, dataDir string, key []byte, log *slog.Logger, migration int64) (*DB, error) {
	engine, err := EngineOf(url)
	if err != nil {
		return nil, err
	}
	if engine == SQLite {
		return openSQLite(ctx, dataDir, chain{key}, log, migration)
	}
	return openPostgres(ctx, url, chain{key}, log, migration)
}

// EngineOf tells which engine an address is of.
func EngineOf(url string) (Engine, error) {
	switch {
	case url == "":
		return SQLite, nil
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return Postgres, nil
	default:
		return "", errors.New("database_url must be empty (SQLite) or start with postgres://")
	}
}

// Engine tells which engine is behind db.
func (db *DB) Engine() Engine { return db.engine }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.QueryRow(ctx, `SELECT 1`).Scan(&one); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// Close waits for running transactions and closes the database.
func (db *DB) Close() error {
	db.writer.close()
	db.stmts.close()
	err := db.read.Close()
	if db.write != db.read {
		err = errors.Join(err, db.write.Close())
	}
	return err
}

// Query reads from the pool of readers.
func (db *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if db.engine == Postgres { // pgx prepares and keeps statements per connection
		return db.read.QueryContext(ctx, query, args...)
	}
	stmt, err := db.stmts.get(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return db.read.QueryContext(ctx, query, args...)
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRow reads one row from the pool of readers.
func (db *DB) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if db.engine == Postgres {
		return db.read.QueryRowContext(ctx, query, args...)
	}
	stmt, err := db.stmts.get(ctx, query)
	if err != nil || stmt == nil {
		// Let the pool meet the same error, so that it comes out of Scan.
		return db.read.QueryRowContext(ctx, query, args...)
	}
	return stmt.QueryRowContext(ctx, args...)
}

// Atomic runs fn in one transaction: all of it or nothing, on disk before
// Atomic returns nil. fn must not call the network, block, or keep tx. It may run
// again — after a serialization fault on PostgreSQL, or beside a transaction
// that failed on SQLite — so it must not change anything outside tx that a
// second run would spoil.
func (db *DB) Atomic(ctx context.Context, fn func(tx *Tx) error) error {
	return db.writer.atomic(ctx, fn)
}

// OnCommit calls f after every commit that recorded events or enqueued tasks.
// f must return at once. It is for wiring at start-up.
func (db *DB) OnCommit(f func(Commit)) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.committed = append(db.committed, f)
}

func (db *DB) announce(c Commit) {
	if !c.Events && !c.Tasks {
		return
	}
	db.mu.Lock()
	listeners := db.committed
	db.mu.Unlock()
	for _, f := range listeners {
		f(c)
	}
}

// Millis is the one way a time is stored: milliseconds since 1970 UTC, 0 for
// the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time is the reverse of Millis.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Bool is the one way a boolean is stored.
func Bool(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Collect scans every row with scan and closes rows.
func Collect[T any](rows *sql.Rows, err error, scan func(row *sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, Translate(err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, Translate(err)
		}
		out = append(out, v)
	}
	return out, Translate(rows.Err())
}

// Translate turns a driver's error into the desk's: no row is NotFound, a
// broken unique index is Conflict; everything else stays as it is.
func Translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return &desk.Error{Code: desk.NotFound, Message: "没有找到", Cause: err}
	case isUnique(err):
		return &desk.Error{Code: desk.Conflict, Message: "已经存在", Cause: err}
	default:
		return err
	}
}
