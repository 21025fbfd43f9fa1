package inboxdb

import (
	"context"
	"database/sql"

	"replydesk/app/store"
	"replydesk/inbox"
)

// walking is what belongs to a ticket and walks with a merge: a table, the
// column that names its rows and the one that names their ticket, and which of
// the rows. The pauses of clocks come before the clocks.
var walking = []struct{ table, key, ticket, which string }{
	{"attachments", "id", "ticket_id", ""},
	{"alert_messages", "message_id", "ticket_id", "message_id IN (SELECT m.id FROM messages m WHERE m.ticket_id = $1)"},
	{"bot_answers", "id", "ticket_id", "message_id <> 0 AND message_id IN (SELECT m.id FROM messages m WHERE m.ticket_id = $1)"},
	{"check_hits", "id", "ticket_id", ""},
	{"gap_questions", "id", "ticket_id", ""},
	{"messages", "id", "ticket_id", ""},
	{"replies", "id", "ticket_id", ""},
	{"notes", "id", "ticket_id", ""},
	{"drafts", "id", "ticket_id", ""},
	{"clock_pauses", "id", "ticket_id", "clock_id IN (SELECT c.id FROM clocks c WHERE c.ticket_id = $1 AND c.escalation_id = 0)"},
	{"clocks", "id", "ticket_id", "escalation_id = 0"},
	{"tickets", "id", "merged_into", "merged_into <> 0"},
}

// MoveAll implements inbox.Tx.
func (tx *Tx) MoveAll(ctx context.Context, from, to inbox.TicketID) (inbox.Moved, error) {
	moved := inbox.Moved{}
	for _, w := range walking {
		query := `UPDATE ` + w.table + ` SET ` + w.ticket + ` = $2 WHERE ` + w.ticket + ` = $1`
		if w.which != "" {
			query += ` AND ` + w.which
		}
		rows, err := tx.Query(ctx, query+` RETURNING `+w.key, int64(from), int64(to))
		ids, err := store.Collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
		if err != nil {
			return nil, err
		}
		if len(ids) > 0 {
			moved[w.table] = ids
		}
	}
	return moved, nil
}

// MoveBack implements inbox.Tx.
func (tx *Tx) MoveBack(ctx context.Context, m inbox.Moved, to inbox.TicketID) error {
	for _, w := range walking {
		if len(m[w.table]) == 0 {
			continue
		}
		_, err := tx.Exec(ctx, `UPDATE `+w.table+` SET `+w.ticket+` = $2 WHERE `+inIDs(tx.engine(), w.key, "$1"), idList(m[w.table]), int64(to))
		if err != nil {
			return err
		}
	}
	return nil
}

// Unread implements inbox.Tx.
func (tx *Tx) Unread(ctx context.Context, id inbox.TicketID) error {
	_, err := tx.Exec(ctx, `UPDATE ticket_reads SET messages = (SELECT count(*) FROM messages WHERE ticket_id = $1 AND type <> 'event')
		WHERE ticket_id = $1 AND messages > (SELECT count(*) FROM messages WHERE ticket_id = $1 AND type <> 'event')`, int64(id))
	return err
}

// Guests implements inbox.Tx.
func (tx *Tx) Guests(ctx context.Context, id inbox.TicketID) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM messages WHERE ticket_id = $1 AND guest = 1`, int64(id)).Scan(&n)
	return n > 0, err
}
