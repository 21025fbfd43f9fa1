package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// maxBatch is how many transactions one SQLite commit carries at most;
// queueLength how many may wait before callers wait to get in line.
const (
	maxBatch    = 256
	queueLength = 1024
)

func openSQLite(ctx context.Context, dataDir string, log *slog.Logger) (*DB, error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	path := filepath.Join(dataDir, "desk.db")
	// Made here, so that it is the owner's alone whatever the folder allows; the
	// files beside it take its permissions.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	// busy_timeout comes first: the pragmas after it may already meet a lock.
	// synchronous=FULL: an acknowledged message survives a power cut.
	write, err := sql.Open("sqlite", sqliteDSN(path, "busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "cache_size(-16000)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)", "journal_size_limit(67108864)"))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	write.SetMaxIdleConns(1)
	if err := migrate(ctx, write, SQLite); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read, err := sql.Open("sqlite", sqliteDSN(path, "busy_timeout(5000)", "query_only(1)", "foreign_keys(1)",
		"cache_size(-8000)", "temp_store(MEMORY)"))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	conn, err := write.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	db := &DB{engine: SQLite, read: read, write: write, stmts: newStmtCache(read), now: time.Now}
	db.writer = newGroupWriter(db, conn, log)
	return db, nil
}

func sqliteDSN(path string, pragmas ...string) string {
	v := url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + v.Encode()
}

// groupWriter is SQLite's one writer. Transactions that wait while a commit
// reaches the disk share the next commit; each is a savepoint, so that one
// that fails leaves the others alone.
type groupWriter struct {
	db    *DB
	conn  *sql.Conn
	stmts *stmtCache
	queue chan *groupCall
	quit  chan struct{}
	done  chan struct{}
	log   *slog.Logger
}

type groupCall struct {
	ctx    context.Context
	fn     func(tx *Tx) error
	tx     *Tx
	err    error
	panics any
	done   chan struct{}
}

func newGroupWriter(db *DB, conn *sql.Conn, log *slog.Logger) *groupWriter {
	w := &groupWriter{
		db: db, conn: conn, stmts: newStmtCache(conn), log: log,
		queue: make(chan *groupCall, queueLength), quit: make(chan struct{}), done: make(chan struct{}),
	}
	go w.run()
	return w
}

// errClosed is what a caller gets who is in line when the database closes.
var errClosed = errors.New("database is closed")

func (w *groupWriter) atomic(ctx context.Context, fn func(tx *Tx) error) error {
	call := &groupCall{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case w.queue <- call:
	case <-w.quit:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	// Once in line the call is waited for even when ctx ends: whether it
	// committed must be known to whoever acknowledges.
	select {
	case <-call.done:
	case <-w.done:
		select {
		case <-call.done:
		default:
			return errClosed
		}
	}
	if call.panics != nil {
		panic(call.panics)
	}
	return call.err
}

func (w *groupWriter) close() {
	close(w.quit)
	<-w.done
	w.stmts.close()
	_ = w.conn.Close()
}

func (w *groupWriter) run() {
	defer close(w.done)
	batch := make([]*groupCall, 0, maxBatch)
	for {
		batch = batch[:0]
		select {
		case call := <-w.queue:
			batch = append(batch, call)
		case <-w.quit:
			w.drain(batch)
			return
		}
		batch = w.fill(batch)
		w.commit(batch)
	}
}

// fill takes what already waits and never waits itself: a lone transaction is
// not delayed for company.
func (w *groupWriter) fill(batch []*groupCall) []*groupCall {
	for len(batch) < maxBatch {
		select {
		case call := <-w.queue:
			batch = append(batch, call)
		default:
			return batch
		}
	}
	return batch
}

// drain commits what was in line when the database was told to close.
func (w *groupWriter) drain(batch []*groupCall) {
	for {
		batch = w.fill(batch[:0])
		if len(batch) == 0 {
			return
		}
		w.commit(batch)
	}
}

func (w *groupWriter) commit(batch []*groupCall) {
	// The connection belongs to everybody in the batch: one caller's cancelled
	// context must not interrupt the others' statements.
	ctx := context.Background()
	err := w.command(ctx, `BEGIN IMMEDIATE`)
	if err == nil {
		for _, call := range batch {
			w.savepoint(ctx, call)
		}
		if err = w.command(ctx, `COMMIT`); err != nil {
			w.log.Error("commit failed", "transactions", len(batch), "err", err)
			_ = w.command(ctx, `ROLLBACK`)
		}
	}
	var all Commit
	for _, call := range batch {
		if err != nil && call.err == nil {
			call.err = fmt.Errorf("commit: %w", err)
		}
		if call.err == nil && call.tx != nil {
			all.merge(call.tx.commit)
		}
	}
	w.db.announce(all)
	for _, call := range batch {
		close(call.done)
	}
}

// savepoint runs one call's function; its error or panic undoes its own
// changes only.
func (w *groupWriter) savepoint(ctx context.Context, call *groupCall) {
	if call.err = call.ctx.Err(); call.err != nil {
		return
	}
	if call.err = w.command(ctx, `SAVEPOINT call`); call.err != nil {
		return
	}
	call.tx = &Tx{run: w, now: w.db.now}
	func() {
		defer func() { call.panics = recover() }()
		if call.err = call.fn(call.tx); call.err == nil {
			call.err = call.tx.flush(ctx)
		}
	}()
	if call.err == nil && call.panics == nil {
		call.err = w.command(ctx, `RELEASE call`)
		return
	}
	call.tx = nil
	if err := w.command(ctx, `ROLLBACK TO call`); err != nil {
		w.log.Error("undo of a transaction failed", "err", err)
	}
	_ = w.command(ctx, `RELEASE call`)
}

func (w *groupWriter) command(ctx context.Context, query string) error {
	_, err := w.exec(ctx, query, nil)
	return err
}

func (w *groupWriter) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	stmt, err := w.stmts.get(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return w.conn.ExecContext(context.WithoutCancel(ctx), query, args...)
	}
	return stmt.ExecContext(context.WithoutCancel(ctx), args...)
}

func (w *groupWriter) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	stmt, err := w.stmts.get(ctx, query)
	if err != nil {
		return nil, err
	}
	if stmt == nil {
		return w.conn.QueryContext(context.WithoutCancel(ctx), query, args...)
	}
	return stmt.QueryContext(context.WithoutCancel(ctx), args...)
}

func (w *groupWriter) queryRow(ctx context.Context, query string, args []any) *sql.Row {
	stmt, err := w.stmts.get(ctx, query)
	if err != nil || stmt == nil {
		return w.conn.QueryRowContext(context.WithoutCancel(ctx), query, args...)
	}
	return stmt.QueryRowContext(context.WithoutCancel(ctx), args...)
}

func (c *Commit) merge(o Commit) {
	if o.Tasks && (!c.Tasks || o.RunAt.Before(c.RunAt)) {
		c.RunAt = o.RunAt
	}
	c.Events = c.Events || o.Events
	c.Tasks = c.Tasks || o.Tasks
}

func isSQLiteUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) &&
		(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
