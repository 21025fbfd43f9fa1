package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"replydesk/inbox/desk"
)

// maxBatch is how many transactions one SQLite commit carries at most;
// queueLength how many may wait before callers wait to get in line.
const (
	maxBatch    = 256
	queueLength = 1024
)

// groupWriter is SQLite's one writer. Transactions that wait while a commit
// reaches the disk share the next commit. One that fails leaves the others
// alone: then the batch begins again with a savepoint for each.
type groupWriter struct {
	db    *DB
	conn  *sql.Conn
	stmts *stmtCache
	queue chan *groupCall
	quit  chan struct{}
	done  chan struct{}
	log   *slog.Logger

	rehearse bool // every call runs twice, see Rehearse
}

// Rehearse lets every transaction on SQLite run twice from now on, undone the
// first time. It is for tests, before anything is written: what a second run
// spoils shows in all of them, not only beside one that failed.
func (db *DB) Rehearse() {
	if w, ok := db.writer.(*groupWriter); ok {
		w.rehearse = true
	}
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
	err := w.together(ctx, batch)
	if errors.Is(err, errSpoiled) {
		err = w.apart(ctx, batch)
	}
	var all Commit
	for _, call := range batch {
		if err != nil && call.err == nil {
			call.err = fmt.Errorf("commit: %w", err)
		}
		if call.err == nil && call.panics == nil {
			all.merge(call.tx.commit)
		}
	}
	w.db.announce(all)
	for _, call := range batch {
		close(call.done)
	}
}

// errSpoiled means that a call failed after it had changed something, so that
// nothing of the batch can be kept; it never leaves this file.
var errSpoiled = errors.New("a transaction of the batch failed")

// together runs the calls one after the other with nothing between them, which
// is what nearly every batch needs: savepoints would keep a copy of each page.
func (w *groupWriter) together(ctx context.Context, batch []*groupCall) error {
	return w.transaction(ctx, len(batch), func() error {
		for _, call := range batch {
			if w.rehearse {
				if err := w.undone(ctx, call); err != nil {
					return err
				}
			}
			w.call(ctx, call)
			if call.failed() && call.tx.wrote {
				if len(batch) == 1 {
					return call.cause()
				}
				return errSpoiled
			}
		}
		return nil
	})
}

// undone runs one call and takes back what it wrote.
func (w *groupWriter) undone(ctx context.Context, call *groupCall) error {
	if err := w.command(ctx, `SAVEPOINT rehearsal`); err != nil {
		return err
	}
	w.call(ctx, call)
	return errors.Join(w.command(ctx, `ROLLBACK TO rehearsal`), w.command(ctx, `RELEASE rehearsal`))
}

// apart runs the calls again, each in a savepoint, so that one's error or panic
// undoes its own changes only.
func (w *groupWriter) apart(ctx context.Context, batch []*groupCall) error {
	return w.transaction(ctx, len(batch), func() error {
		for _, call := range batch {
			if err := w.command(ctx, `SAVEPOINT call`); err != nil {
				return err
			}
			w.call(ctx, call)
			if call.failed() {
				if err := w.command(ctx, `ROLLBACK TO call`); err != nil {
					return err
				}
			}
			if err := w.command(ctx, `RELEASE call`); err != nil {
				return err
			}
		}
		return nil
	})
}

// transaction commits what fn did, or undoes all of it when fn or the commit
// fails.
func (w *groupWriter) transaction(ctx context.Context, calls int, fn func() error) error {
	err := w.command(ctx, `BEGIN IMMEDIATE`)
	if err != nil {
		return err
	}
	if err = fn(); err == nil {
		if err = w.command(ctx, `COMMIT`); err == nil {
			return nil
		}
		w.log.Error("commit failed", "transactions", calls, "err", err)
	}
	_ = w.command(ctx, `ROLLBACK`) // SQLite may have done it itself
	return err
}

// call runs one call's function from the beginning.
func (w *groupWriter) call(ctx context.Context, call *groupCall) {
	call.tx, call.panics = &Tx{run: w, chain: w.db.chain, address: desk.AddressOf(call.ctx), now: w.db.now}, nil
	if call.err = call.ctx.Err(); call.err != nil {
		return
	}
	defer func() { call.panics = recover() }()
	if call.err = call.fn(call.tx); call.err == nil {
		call.err = call.tx.flush(ctx)
	}
}

func (c *groupCall) failed() bool { return c.err != nil || c.panics != nil }

// cause is the error of a call that failed.
func (c *groupCall) cause() error {
	if c.panics != nil {
		return fmt.Errorf("panic: %v", c.panics)
	}
	return c.err
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

func (w *groupWriter) insert(ctx context.Context, query string, args []any) (int64, error) {
	res, err := w.exec(ctx, query, args)
	if err != nil {
		return 0, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return 0, errors.Join(err, sql.ErrNoRows)
	}
	return res.LastInsertId()
}
