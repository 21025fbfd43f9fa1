package inboxdb

import (
	"context"
	"database/sql"
	"strconv"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// sidesOf are the relations of one ticket, whichever side it is on.
const sidesOf = `SELECT second_id AS other_id, kind, actor_id, created_at FROM ticket_relations WHERE first_id = $1
	UNION ALL SELECT first_id, kind, actor_id, created_at FROM ticket_relations WHERE second_id = $1`

// Relations implements inbox.Tx.
func (tx *Tx) Relations(ctx context.Context, id inbox.TicketID) ([]inbox.Relation, error) {
	rows, err := tx.Query(ctx, sidesOf, int64(id))
	return store.Collect(rows, err, readRelation(id))
}

func readRelation(id inbox.TicketID) func(r *sql.Rows) (inbox.Relation, error) {
	return func(r *sql.Rows) (inbox.Relation, error) {
		v := inbox.Relation{TicketID: id}
		var at int64
		err := r.Scan(&v.OtherID, &v.Kind, &v.By, &at)
		v.At = store.Time(at)
		return v, err
	}
}

// SaveRelation implements inbox.Tx.
func (tx *Tx) SaveRelation(ctx context.Context, r inbox.Relation) error {
	_, err := tx.Exec(ctx, `INSERT INTO ticket_relations (first_id, second_id, kind, actor_id, created_at) VALUES ($1, $2, $3, $4, $5)`+
		update("first_id, second_id", "first_id, second_id, kind, actor_id, created_at"),
		int64(min(r.TicketID, r.OtherID)), int64(max(r.TicketID, r.OtherID)), string(r.Kind), r.By, store.Millis(r.At))
	return err
}

// DropRelation implements inbox.Tx.
func (tx *Tx) DropRelation(ctx context.Context, one, other inbox.TicketID) error {
	_, err := tx.Exec(ctx, `DELETE FROM ticket_relations WHERE first_id = $1 AND second_id = $2`, int64(min(one, other)), int64(max(one, other)))
	return err
}

// RelatedTickets implements inbox.Reader.
func (s *Store) RelatedTickets(ctx context.Context, actor desk.Actor, id inbox.TicketID) ([]inbox.RelatedTicket, error) {
	rows, err := s.db.Query(ctx, sidesOf+` ORDER BY created_at DESC, other_id DESC`, int64(id))
	all, err := store.Collect(rows, err, readRelation(id))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	ids := make([]int64, len(all))
	for i, r := range all {
		ids[i] = int64(r.OtherID)
	}
	var w where
	among(&w, `t.id`, ids)
	w.visible(actor)
	w.args = append(w.args, actor.UserID)
	rows, err = s.db.Query(ctx, `SELECT `+rowColumns+rowTables("tickets t", "$"+strconv.Itoa(len(w.args)))+w.String(), w.args...)
	seen, err := store.Collect(rows, err, readRow)
	if err != nil {
		return nil, err
	}
	var out []inbox.RelatedTicket
	for _, r := range all {
		for _, row := range seen {
			if row.ID == r.OtherID {
				out = append(out, inbox.RelatedTicket{TicketRow: row, Relation: r.Kind, At: r.At})
			}
		}
	}
	return out, nil
}
