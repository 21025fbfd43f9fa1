package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

// querier reads, in a transaction or outside one.
type querier interface {
	QueryRow(ctx context.Context, query string, args ...any) *sql.Row
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Door implements inbox.Store.
func (s *Store) Door(ctx context.Context, number string) (inbox.Door, error) {
	var d inbox.Door
	var erased int64
	err := s.db.QueryRow(ctx, `SELECT t.id, CASE WHEN t.merged_into <> 0 THEN t.merged_into ELSE t.id END, coalesce(k.round, 0), c.erased_at FROM tickets t JOIN contacts c ON c.id = t.contact_id
		LEFT JOIN ticket_codes k ON k.ticket_id = t.id WHERE t.number = $1`, number).Scan(&d.Ticket, &d.Opens, &d.Round, &erased)
	d.Gone = erased != 0
	return d, store.Translate(err)
}

// CodeRound implements inbox.Store.
func (s *Store) CodeRound(ctx context.Context, id inbox.TicketID) (int, error) {
	return codeRound(ctx, s.db, id)
}

// CodeRound implements inbox.Tx.
func (tx *Tx) CodeRound(ctx context.Context, id inbox.TicketID) (int, error) {
	return codeRound(ctx, tx, id)
}

func codeRound(ctx context.Context, q querier, id inbox.TicketID) (round int, err error) {
	err = q.QueryRow(ctx, `SELECT round FROM ticket_codes WHERE ticket_id = $1`, int64(id)).Scan(&round)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return round, err
}

// RenewCode implements inbox.Tx.
func (tx *Tx) RenewCode(ctx context.Context, id inbox.TicketID, by int64, at time.Time) (round int, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO ticket_codes (ticket_id, round, renewed_by, renewed_at) VALUES ($1, 1, $2, $3)
		ON CONFLICT (ticket_id) DO UPDATE SET round = ticket_codes.round + 1, renewed_by = excluded.renewed_by, renewed_at = excluded.renewed_at
		RETURNING round`, int64(id), by, store.Millis(at)).Scan(&round)
	return round, err
}

// CitizenSettings implements inbox.Tx.
func (tx *Tx) CitizenSettings(ctx context.Context, accountID int64) (inbox.CitizenSettings, error) {
	var stored string
	if err := tx.QueryRow(ctx, `SELECT citizen FROM accounts WHERE id = $1`, accountID).Scan(&stored); err != nil {
		return inbox.CitizenSettings{}, store.Translate(err)
	}
	return inbox.ParseCitizenSettings(json.RawMessage(stored))
}

// Standing implements inbox.Store.
func (s *Store) Standing(ctx context.Context, id inbox.TicketID) (inbox.Standing, error) {
	return standing(ctx, s.db, id)
}

// Standing implements inbox.Tx.
func (tx *Tx) Standing(ctx context.Context, id inbox.TicketID) (inbox.Standing, error) {
	return standing(ctx, tx, id)
}

// standing reads how far a ticket is. Who has it is the department that leads
// now, or led last.
func standing(ctx context.Context, q querier, id inbox.TicketID) (p inbox.Standing, err error) {
	var settings string
	var due, received, closed, taken, handed, first, answered int64
	err = q.QueryRow(ctx, `SELECT t.number, t.state, t.due_at, `+receivedAt+`, t.closed_at, a.name, a.citizen, coalesce(d.name, ''),
		coalesce((SELECT min(e.at) FROM events e WHERE e.ticket_id = t.id AND e.ticket_id <> 0 AND e.name IN ($2, $3)), 0),
		coalesce((SELECT min(x.dispatched_at) FROM escalations x WHERE x.ticket_id = t.id AND x.lead = 1 AND x.department_id = t.department_id
			AND x.state NOT IN ('withdrawn', 'returned')), 0),
		coalesce((SELECT min(r.sent_at) FROM replies r WHERE (r.ticket_id = t.id OR r.id = t.answered_by AND t.answered_by <> 0) AND r.state = 'sent' AND r.answers = 1), 0),
		coalesce((SELECT max(r.sent_at) FROM replies r WHERE (r.ticket_id = t.id OR r.id = t.answered_by AND t.answered_by <> 0) AND r.state = 'sent' AND r.answers = 1), 0)
		FROM tickets t JOIN accounts a ON a.id = t.account_id LEFT JOIN departments d ON d.id = t.department_id AND t.department_id <> 0
		WHERE t.id = $1`, int64(id), inbox.TicketAssigned, inbox.EscalationDispatched).
		Scan(&p.Number, &p.State, &due, &received, &closed, &p.Account, &settings, &p.Department, &taken, &handed, &first, &answered)
	if err != nil {
		return p, store.Translate(err)
	}
	if handed == 0 {
		p.Department = ""
	}
	p.DueAt, p.ReceivedAt, p.ClosedAt = dueTime(due), store.Time(received), store.Time(closed)
	p.TakenAt, p.HandedAt, p.FirstAnswer, p.AnsweredAt = store.Time(taken), store.Time(handed), store.Time(first), store.Time(answered)
	p.Settings, err = inbox.ParseCitizenSettings(json.RawMessage(settings))
	return p, err
}

// Sent implements inbox.Store.
func (s *Store) Sent(ctx context.Context, id inbox.TicketID) ([]inbox.SentAnswer, error) {
	rows, err := s.db.Query(ctx, `SELECT text, sent_at FROM replies WHERE (ticket_id = $1 OR id = (SELECT answered_by FROM tickets WHERE id = $1)) AND state = 'sent' AND answers = 1 ORDER BY sent_at, id`, int64(id))
	return store.Collect(rows, err, func(r *sql.Rows) (a inbox.SentAnswer, err error) {
		var sent int64
		err = r.Scan(&a.Text, &sent)
		a.SentAt = store.Time(sent)
		return a, err
	})
}
