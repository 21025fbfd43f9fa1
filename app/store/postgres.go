package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"

	"replydesk/inbox/desk"
)

// PostgreSQL's own sizes and codes.
const (
	pgConns      = 24
	pgTries      = 5
	pgUnique     = "23505"
	pgSerialize  = "40001"
	pgDeadlock   = "40P01"
	pgEventLock  = `SELECT pg_advisory_xact_lock(727865701)` // any number, ours alone
	pgConnMaxAge = 30 * time.Minute
)

func openPostgres(ctx context.Context, url string, chain chain, log *slog.Logger, migration int64) (*DB, error) {
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return nil, errors.New("database_url is not a PostgreSQL address")
	}
	pool.SetMaxOpenConns(pgConns)
	pool.SetMaxIdleConns(pgConns)
	pool.SetConnMaxLifetime(pgConnMaxAge)
	if err := migrate(ctx, pool, Postgres, migration); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	db := &DB{engine: Postgres, read: pool, write: pool, stmts: newStmtCache(pool), chain: chain, now: time.Now}
	db.writer = &poolWriter{db: db, log: log}
	return db, nil
}

// poolWriter runs ordinary transactions from the pool: PostgreSQL groups
// commits itself, and one connection would be bound by round trips.
type poolWriter struct {
	db  *DB
	log *slog.Logger
}

func (w *poolWriter) close() {}

func (w *poolWriter) atomic(ctx context.Context, fn func(tx *Tx) error) error {
	for try := 1; ; try++ {
		commit, err := w.once(ctx, fn)
		if err == nil {
			w.db.announce(commit)
			return nil
		}
		if try == pgTries || !mayRunAgain(err) || ctx.Err() != nil {
			return err
		}
	}
}

func (w *poolWriter) once(ctx context.Context, fn func(tx *Tx) error) (Commit, error) {
	// A commit that has begun is waited for, so that its result is known.
	std, err := w.db.write.BeginTx(ctx, nil)
	if err != nil {
		return Commit{}, fmt.Errorf("begin: %w", err)
	}
	tx := &Tx{run: pgRunner{std}, chain: w.db.chain, address: desk.AddressOf(ctx), now: w.db.now, lock: pgEventLock}
	defer func() { _ = std.Rollback() }() // does nothing after a commit
	if err := fn(tx); err != nil {
		return Commit{}, err
	}
	if err := tx.flush(ctx); err != nil {
		return Commit{}, err
	}
	if err := std.Commit(); err != nil {
		return Commit{}, fmt.Errorf("commit: %w", err)
	}
	return tx.commit, nil
}

func mayRunAgain(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == pgSerialize || e.Code == pgDeadlock)
}

// pgRunner runs on one transaction; pgx keeps a statement cache per connection.
type pgRunner struct{ tx *sql.Tx }

func (r pgRunner) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	return r.tx.ExecContext(ctx, query, args...)
}

func (r pgRunner) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	return r.tx.QueryContext(ctx, query, args...)
}

func (r pgRunner) queryRow(ctx context.Context, query string, args []any) *sql.Row {
	return r.tx.QueryRowContext(ctx, query, args...)
}

func (r pgRunner) insert(ctx context.Context, query string, args []any) (id int64, err error) {
	return id, r.queryRow(ctx, query+" RETURNING id", args).Scan(&id)
}

func isUnique(err error) bool {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code == pgUnique
	}
	return isSQLiteUnique(err)
}
