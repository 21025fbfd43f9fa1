package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"replydesk/inbox/desk"
)

// EventColumns is the column list ScanEvent reads.
const EventColumns = `id, name, ticket_id, account_id, departments, actor_id, audience, at, data`

// ScanEvent reads one row of EventColumns.
func ScanEvent(rows *sql.Rows) (desk.Event, error) {
	var e desk.Event
	var at int64
	var data, departments string
	err := rows.Scan(&e.ID, &e.Name, &e.TicketID, &e.AccountID, &departments, &e.ActorID, (*string)(&e.Audience), &at, &data)
	e.Departments = Departments(departments)
	e.At, e.Data = Time(at), json.RawMessage(data)
	return e, err
}

// EventsAfter returns up to limit events numbered above after, in order. What
// it returns is complete: no event with a smaller number commits later.
func (db *DB) EventsAfter(ctx context.Context, after int64, limit int) ([]desk.Event, error) {
	rows, err := db.Query(ctx, `SELECT `+EventColumns+` FROM events WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
	return Collect(rows, err, ScanEvent)
}

// Head returns the number of the newest event, 0 when there is none.
func (db *DB) Head(ctx context.Context) (int64, error) {
	var head int64
	err := db.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM events`).Scan(&head)
	return head, Translate(err)
}
