package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// Tx is one transaction. It is used by one goroutine and only inside the
// function Atomic called with it.
type Tx struct {
	run     runner
	chain   chain
	address string // whoever acts is there
	now     func() time.Time
	lock    string // statement that puts event writers in line; "" where they are
	wrote   bool   // something may have changed
	events  []desk.Event
	audits  []desk.Audit
	commit  Commit
}

// runner executes on the transaction's connection.
type runner interface {
	exec(ctx context.Context, query string, args []any) (sql.Result, error)
	query(ctx context.Context, query string, args []any) (*sql.Rows, error)
	queryRow(ctx context.Context, query string, args []any) *sql.Row
	insert(ctx context.Context, query string, args []any) (id int64, err error)
}

// Alone reports whether no other transaction can run beside this one, so that
// reading a row is enough to own it (SQLite). Elsewhere a row that decides must
// be locked by updating it.
func (tx *Tx) Alone() bool { return tx.lock == "" }

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.run.exec(ctx, query, args)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	tx.wrote = tx.wrote || n > 0
	return n, err
}

// Insert runs an INSERT of one row and returns the id the database made, or
// sql.ErrNoRows when ON CONFLICT … DO NOTHING left it out. An upsert has to
// return its id itself.
func (tx *Tx) Insert(ctx context.Context, query string, args ...any) (int64, error) {
	id, err := tx.run.insert(ctx, query, args)
	tx.wrote = tx.wrote || err == nil
	return id, err
}

// Query reads inside the transaction. Close the rows before the next
// statement: PostgreSQL has one connection for both.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	tx.wrote = tx.wrote || !reads(query)
	return tx.run.query(ctx, query, args)
}

// QueryRow reads one row inside the transaction.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	tx.wrote = tx.wrote || !reads(query)
	return tx.run.queryRow(ctx, query, args)
}

// reads reports whether a statement that returns rows changes none; when in
// doubt it is taken to.
func reads(query string) bool { return strings.HasPrefix(query, "SELECT") }

// Enqueue stores work that must follow from this transaction. While a task
// with the same kind and key waits, this does nothing; while one runs, it runs
// once more afterwards.
func (tx *Tx) Enqueue(ctx context.Context, t desk.Task) error {
	now := tx.now()
	runAt := t.RunAt
	if runAt.IsZero() {
		runAt = now
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO jobs (kind, key, payload, run_at, max_attempts, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6)
		ON CONFLICT (kind, key) WHERE state IN ('waiting', 'running')
		DO UPDATE SET again = CASE WHEN jobs.state = 'running' THEN 1 ELSE jobs.again END`,
		t.Kind, t.Key, string(t.Payload), Millis(runAt), t.MaxAttempts, Millis(now))
	if err != nil {
		return err
	}
	if !tx.commit.Tasks || runAt.Before(tx.commit.RunAt) {
		tx.commit.RunAt = runAt
	}
	tx.commit.Tasks = true
	return nil
}

// Record stores events of this transaction. They get their numbers at its end,
// in the order of the calls, so that the numbers of all transactions rise in
// the order of their commits. Those that a person caused, or that are Audited,
// are rows of the audit as well.
func (tx *Tx) Record(_ context.Context, events ...desk.Event) error {
	tx.events = append(tx.events, events...)
	for _, e := range events {
		if e.ActorID != 0 || e.Audited {
			tx.audits = append(tx.audits, audited(e, tx.address))
		}
	}
	return nil
}

// maxEventRows bounds one INSERT, far below the engines' parameter limits.
const maxEventRows = 100

// flush writes the recorded events and the audit; it is the last thing before
// the commit.
func (tx *Tx) flush(ctx context.Context) error {
	if len(tx.events) == 0 && len(tx.audits) == 0 {
		return nil
	}
	if tx.lock != "" {
		if _, err := tx.Exec(ctx, tx.lock); err != nil {
			return err
		}
	}
	if err := tx.flushEvents(ctx); err != nil {
		return err
	}
	return tx.flushAudit(ctx)
}

func (tx *Tx) flushEvents(ctx context.Context) error {
	for rest := tx.events; len(rest) > 0; {
		n := min(len(rest), maxEventRows)
		if err := tx.insertEvents(ctx, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	tx.commit.Events = len(tx.events) > 0
	return nil
}

func (tx *Tx) insertEvents(ctx context.Context, events []desk.Event) error {
	const columns = 8
	args := make([]any, 0, len(events)*columns)
	for _, e := range events {
		data := string(e.Data)
		if data == "" {
			data = "{}"
		}
		args = append(args, e.Name, e.TicketID, e.AccountID, DepartmentList(e.Departments), e.ActorID, string(e.Audience), Millis(e.At), data)
	}
	_, err := tx.Exec(ctx, `INSERT INTO events (name, ticket_id, account_id, departments, actor_id, audience, at, data) VALUES `+
		placeholders(len(events), columns), args...)
	return err
}

// TypedRows returns "(CAST($1 AS T1),CAST($2 AS T2)),($3,$4)": rows of values for
// a statement that does not say by itself what its parameters are. All rows are
// of the types of the first.
func TypedRows(rows int, types ...string) string {
	var first strings.Builder
	for i, t := range types {
		first.WriteString(",CAST($" + strconv.Itoa(i+1) + " AS " + t + ")")
	}
	typed := "(" + first.String()[1:] + ")"
	all := placeholders(rows, len(types))
	return typed + all[strings.IndexByte(all, ')')+1:]
}

// Params are n parameters from a number on: "$2, $3, $4".
func Params(from, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = "$" + strconv.Itoa(from+i)
	}
	return strings.Join(all, ", ")
}

// placeholders returns "($1,$2),($3,$4)" for rows × columns.
func placeholders(rows, columns int) string {
	var b strings.Builder
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for c := range columns {
			if c > 0 {
				b.WriteByte(',')
			}
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteByte(')')
	}
	return b.String()
}
