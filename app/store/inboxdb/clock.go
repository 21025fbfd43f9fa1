package inboxdb

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

// openState chooses the clocks that still ask for an answer; the index of one
// open clock stands on the same words.
const openState = `c.met_at = 0 AND c.state IN ('running', 'paused', 'missed')`

// clockFacts are the columns of a clock without its plan, planned all of them.
const (
	clockFacts = `c.id, c.ticket_id, c.escalation_id, c.message_id, c.name, c.state, c.started_at, c.due_at, c.fired, c.warned, c.next_at,
	c.met_at, c.paused_at, c.pause_until, c.pause_reason`
	planned = clockFacts + `, c.plan`
)

// clockRow is a row of clockFacts or of planned.
type clockRow struct {
	inbox.Clock
	started, due, next, met, paused, until int64
	plan                                   string
}

func (c *clockRow) facts() []any {
	return []any{&c.ID, &c.TicketID, &c.EscalationID, &c.MessageID, &c.Name, &c.State, &c.started, &c.due, &c.Fired, &c.Warned, &c.next,
		&c.met, &c.paused, &c.until, &c.Pause.Reason}
}

func (c *clockRow) planned() []any { return append(c.facts(), &c.plan) }

// clock is the row without its plan.
func (c *clockRow) clock() inbox.Clock {
	c.StartedAt, c.DueAt, c.NextAt, c.MetAt = store.Time(c.started), store.Time(c.due), store.Time(c.next), store.Time(c.met)
	c.Pause.At, c.Pause.Until = store.Time(c.paused), store.Time(c.until)
	return c.Clock
}

func (c *clockRow) withPlan() (inbox.Clock, error) {
	c.clock()
	err := c.setPlan()
	return c.Clock, err
}

func scanClock(r row) (inbox.Clock, error) {
	var c clockRow
	if err := r.Scan(c.planned()...); err != nil {
		return c.Clock, err
	}
	return c.withPlan()
}

// AddClock implements inbox.Tx.
func (tx *Tx) AddClock(ctx context.Context, c *inbox.Clock) (err error) {
	c.ID, err = tx.Insert(ctx, `
		INSERT INTO clocks (ticket_id, escalation_id, message_id, name, state, started_at, due_at, fired, warned, next_at, plan)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		int64(c.TicketID), c.EscalationID, int64(c.MessageID), c.Name, string(c.State), store.Millis(c.StartedAt), store.Millis(c.DueAt),
		c.Fired, c.Warned, store.Millis(c.NextAt), planJSON(c.Plan, c.Marks))
	return store.Translate(err)
}

// SaveClock implements inbox.Tx.
func (tx *Tx) SaveClock(ctx context.Context, c *inbox.Clock) error {
	return tx.SaveClocks(ctx, []*inbox.Clock{c})
}

// SaveClocks implements inbox.Tx.
func (tx *Tx) SaveClocks(ctx context.Context, clocks []*inbox.Clock) error {
	for batch := range slices.Chunk(clocks, clocksAtOnce) {
		var args []any
		for _, c := range batch {
			args = append(args, c.ID, string(c.State), c.Fired, c.Warned, store.Millis(c.NextAt), store.Millis(c.MetAt), store.Millis(c.DueAt),
				planJSON(c.Plan, c.Marks), store.Millis(c.Pause.At), store.Millis(c.Pause.Until), c.Pause.Reason)
		}
		if _, err := tx.Exec(ctx, saveClocksSQL(len(batch)), args...); err != nil {
			return err
		}
	}
	return nil
}

// clocksAtOnce is how many clocks one statement saves at most, far below the
// engines' limits of parameters.
const clocksAtOnce = 100

// saveClocksSQL saves as many rows of values. PostgreSQL takes the types of all
// rows from the first.
func saveClocksSQL(rows int) string {
	return `UPDATE clocks SET state = v.column2, fired = v.column3, warned = v.column4, next_at = v.column5, met_at = v.column6,
		due_at = v.column7, plan = v.column8, paused_at = v.column9, pause_until = v.column10, pause_reason = v.column11
		FROM (VALUES ` + store.TypedRows(rows, "BIGINT", "TEXT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "BIGINT", "TEXT", "BIGINT", "BIGINT", "TEXT") + `) AS v
		WHERE clocks.id = v.column1`
}

// AddPause implements inbox.Tx.
func (tx *Tx) AddPause(ctx context.Context, c *inbox.Clock, actorID int64) error {
	_, err := tx.Exec(ctx, `INSERT INTO clock_pauses (clock_id, ticket_id, started_at, reason, actor_id) VALUES ($1, $2, $3, $4, $5)`,
		c.ID, int64(c.TicketID), store.Millis(c.Pause.At), c.Pause.Reason, actorID)
	return err
}

// EndPause implements inbox.Tx.
func (tx *Tx) EndPause(ctx context.Context, clockID int64, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE clock_pauses SET ended_at = $2 WHERE clock_id = $1 AND ended_at = 0`, clockID, store.Millis(at))
	return err
}

// QuietClocks implements inbox.Tx.
func (tx *Tx) QuietClocks(ctx context.Context, id inbox.TicketID) error {
	_, err := tx.Exec(ctx, `UPDATE clocks SET next_at = 0 WHERE ticket_id = $1 AND state = 'missed' AND met_at = 0 AND next_at > 0`, int64(id))
	return err
}

// OpenClock implements inbox.Tx.
func (tx *Tx) OpenClock(ctx context.Context, id inbox.TicketID, escalation int64) (*inbox.Clock, error) {
	c, err := scanClock(tx.QueryRow(ctx, `SELECT `+planned+` FROM clocks c
		WHERE c.ticket_id = $1 AND c.escalation_id = $2 AND `+openState, int64(id), escalation))
	if err != nil {
		return nil, store.Translate(err)
	}
	return &c, nil
}

// LockDueClocks implements inbox.Tx. Of two nodes that chose the same tickets
// the second waits, and then finds only what the first has left.
func (tx *Tx) LockDueClocks(ctx context.Context, now time.Time, limit int) ([]inbox.DueClock, bool, error) {
	const due = ` FROM clocks c JOIN tickets t ON t.id = c.ticket_id WHERE c.next_at > 0 AND c.next_at <= $1`
	query, last := `SELECT `+ticketColumns+`, `+planned+due+` ORDER BY c.next_at, c.id LIMIT $2`, any(limit)
	more := func(found int) bool { return found == limit }
	if !tx.Alone() {
		rows, err := tx.Query(ctx, `SELECT id FROM tickets WHERE id IN
			(SELECT ticket_id FROM clocks WHERE next_at > 0 AND next_at <= $1 ORDER BY next_at LIMIT $2)
			ORDER BY id FOR NO KEY UPDATE`, store.Millis(now), limit)
		ids, err := store.Collect(rows, err, func(r *sql.Rows) (id string, err error) { return id, r.Scan(&id) })
		if err != nil || len(ids) == 0 {
			return nil, false, err
		}
		query, last = `SELECT `+ticketColumns+`, `+planned+due+` AND t.id = ANY (CAST(string_to_array($2, ',') AS BIGINT[]))
			ORDER BY c.next_at, c.id`, strings.Join(ids, ",")
		more = func(found int) bool { return len(ids) == limit || found >= limit }
	}
	rows, err := tx.Query(ctx, query, store.Millis(now), last)
	found, err := store.Collect(rows, err, func(r *sql.Rows) (d inbox.DueClock, err error) {
		var c clockRow
		if d.Ticket, err = scanTicket(r, c.planned()...); err == nil {
			d.Clock, err = c.withPlan()
		}
		return d, err
	})
	return found, more(len(found)), err
}

// NextClock implements inbox.Store.
func (s *Store) NextClock(ctx context.Context) (time.Time, error) {
	var next int64
	err := s.db.QueryRow(ctx, `SELECT next_at FROM clocks WHERE next_at > 0 ORDER BY next_at LIMIT 1`).Scan(&next)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return store.Time(next), err
}
