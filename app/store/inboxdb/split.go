package inboxdb

import (
	"context"
	"database/sql"

	"replydesk/app/store"
	"replydesk/inbox"
)

// Messages implements inbox.Tx.
func (tx *Tx) Messages(ctx context.Context, id inbox.TicketID, ids []inbox.MessageID) (chosen []inbox.Message, others int, err error) {
	rows, err := tx.Query(ctx, `SELECT id, ticket_id, contact_id, guest, type, text, sent_at, received_at FROM messages
		WHERE ticket_id = $1 AND `+inIDs(tx.engine(), "id", "$2")+` ORDER BY id`, int64(id), idList(messageIDs(ids)))
	chosen, err = store.Collect(rows, err, func(r *sql.Rows) (m inbox.Message, err error) {
		var guest, sent, received int64
		err = r.Scan(&m.ID, &m.TicketID, &m.ContactID, &guest, &m.Type, &m.Text, &sent, &received)
		m.Guest, m.SentAt, m.ReceivedAt = guest != 0, store.Time(sent), store.Time(received)
		return m, err
	})
	if err != nil {
		return nil, 0, err
	}
	err = tx.QueryRow(ctx, `SELECT count(*) FROM messages WHERE ticket_id = $1 AND type <> 'event' AND guest = 0`, int64(id)).Scan(&others)
	return chosen, others - len(chosen), err
}

// MoveMessages implements inbox.Tx.
func (tx *Tx) MoveMessages(ctx context.Context, from inbox.TicketID, ids []inbox.MessageID, to inbox.TicketID) error {
	list := idList(messageIDs(ids))
	for _, w := range []struct{ table, key string }{
		{"messages", "id"}, {"attachments", "message_id"}, {"alert_messages", "message_id"}, {"bot_answers", "message_id"}, {"check_hits", "message_id"}, {"gap_questions", "message_id"},
	} {
		_, err := tx.Exec(ctx, `UPDATE `+w.table+` SET ticket_id = $2 WHERE ticket_id = $3 AND `+inIDs(tx.engine(), w.key, "$1"), list, int64(to), int64(from))
		if err != nil {
			return err
		}
	}
	return tx.Unread(ctx, from)
}

// FirstAnswer implements inbox.Tx.
func (tx *Tx) FirstAnswer(ctx context.Context, id inbox.TicketID, message inbox.MessageID) (inbox.Reply, error) {
	r, err := scanReply(tx.QueryRow(ctx, `SELECT `+replyColumns+` FROM replies q
		WHERE q.ticket_id = $1 AND q.state = 'sent' AND q.answers = 1 AND q.answers_until >= $2 ORDER BY q.sent_at, q.id LIMIT 1`, int64(id), int64(message)))
	return r, store.Translate(err)
}

func messageIDs(ids []inbox.MessageID) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

// engine is the one the transaction is of.
func (tx *Tx) engine() store.Engine {
	if tx.Alone() {
		return store.SQLite
	}
	return store.Postgres
}
