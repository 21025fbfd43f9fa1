package inboxdb

import (
	"context"
	"database/sql"
	"strconv"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

const followUpColumns = `f.id, f.rating_id, f.ticket_id, f.account_id, f.department_id, f.author_id, f.origin, f.mark, f.opened_at, f.outcome, f.remark,
	f.closed_by, f.closed_at`

func scanFollowUp(r row, more ...any) (f inbox.FollowUp, err error) {
	var opened, closed int64
	err = r.Scan(append([]any{
		&f.ID, &f.RatingID, &f.TicketID, &f.AccountID, &f.DepartmentID, &f.AuthorID, &f.Origin, &f.Mark, &opened, &f.Outcome, &f.Remark, &f.ClosedBy, &closed,
	}, more...)...)
	f.OpenedAt, f.ClosedAt = store.Time(opened), store.Time(closed)
	return f, err
}

// FollowUp implements inbox.Tx.
func (tx *Tx) FollowUp(ctx context.Context, id int64) (inbox.FollowUp, error) {
	f, err := scanFollowUp(tx.QueryRow(ctx, `SELECT `+followUpColumns+` FROM follow_ups f WHERE f.id = $1`, id))
	return f, store.Translate(err)
}

// RatingFollowUp implements inbox.Tx.
func (tx *Tx) RatingFollowUp(ctx context.Context, ratingID int64) (inbox.FollowUp, error) {
	f, err := scanFollowUp(tx.QueryRow(ctx, `SELECT `+followUpColumns+` FROM follow_ups f WHERE f.rating_id = $1`, ratingID))
	return f, store.Translate(err)
}

// AddFollowUp implements inbox.Tx.
func (tx *Tx) AddFollowUp(ctx context.Context, f *inbox.FollowUp) (err error) {
	f.ID, err = tx.Insert(ctx, `INSERT INTO follow_ups (rating_id, ticket_id, account_id, department_id, author_id, origin, mark, opened_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		f.RatingID, int64(f.TicketID), f.AccountID, f.DepartmentID, f.AuthorID, string(f.Origin), int(f.Mark), store.Millis(f.OpenedAt))
	return store.Translate(err)
}

// SaveFollowUp implements inbox.Tx.
func (tx *Tx) SaveFollowUp(ctx context.Context, f inbox.FollowUp) error {
	_, err := tx.Exec(ctx, `UPDATE follow_ups SET mark = $2, opened_at = $3, outcome = $4, remark = $5, closed_by = $6, closed_at = $7 WHERE id = $1`,
		f.ID, int(f.Mark), store.Millis(f.OpenedAt), string(f.Outcome), f.Remark, f.ClosedBy, store.Millis(f.ClosedAt))
	return err
}

// Answerer implements inbox.Tx. The rounds are those of Round.
func (tx *Tx) Answerer(ctx context.Context, id inbox.TicketID, round int) (author int64, origin inbox.Origin, err error) {
	err = tx.QueryRow(ctx, `SELECT r.author_id, r.origin FROM replies r WHERE r.ticket_id = $1 AND r.state = 'sent' AND r.answers = 1
		AND $2 = (SELECT count(*) + 1 FROM events e WHERE e.ticket_id = $1 AND e.ticket_id <> 0 AND e.name = $3 AND e.at <= r.sent_at)
		ORDER BY r.sent_at DESC, r.id DESC LIMIT 1`, int64(id), round, inbox.TicketReopened).Scan(&author, &origin)
	return author, origin, store.Translate(err)
}

// FollowUpTicket implements inbox.Store.
func (s *Store) FollowUpTicket(ctx context.Context, id int64) (ticket inbox.TicketID, err error) {
	err = s.db.QueryRow(ctx, `SELECT ticket_id FROM follow_ups WHERE id = $1`, id).Scan(&ticket)
	return ticket, store.Translate(err)
}

// FollowUps implements inbox.Store.
func (s *Store) FollowUps(ctx context.Context, f inbox.FollowUpFilter) (desk.Page[inbox.FollowUpRow], error) {
	var page desk.Page[inbox.FollowUpRow]
	query, args, err := followUpsQuery(f)
	if err != nil {
		return page, err
	}
	rows, err := s.db.Query(ctx, query, args...)
	page.Items, err = store.Collect(rows, err, func(r *sql.Rows) (v inbox.FollowUpRow, err error) {
		var rated, changed int64
		v.FollowUp, err = scanFollowUp(r, &v.Rating.Mark, &v.Rating.Words, &v.Rating.Round, &v.Rating.Via, &v.Rating.Changes, &rated, &changed,
			&v.Ticket.Number, &v.Ticket.Subject, &v.Ticket.State, &v.Ticket.Kind, &v.Ticket.AssigneeID, &v.Account, &v.Department, &v.Author, &v.Closer)
		v.Ticket.ID, v.Rating.ID, v.Rating.TicketID = v.TicketID, v.RatingID, v.TicketID
		v.Rating.CreatedAt, v.Rating.UpdatedAt = store.Time(rated), store.Time(changed)
		return v, err
	})
	if err == nil && len(page.Items) > f.Limit {
		page.Items = page.Items[:f.Limit]
		page.Next = strconv.FormatInt(page.Items[f.Limit-1].ID, 10)
	}
	return page, err
}

// followUpsQuery reads the open or the closed ones from their index.
func followUpsQuery(f inbox.FollowUpFilter) (string, []any, error) {
	from, err := idCursor(f.Cursor)
	if err != nil {
		return "", nil, err
	}
	var w where
	w.conds = append(w.conds, `f.outcome = ''`)
	after, order := `f.id > ?`, `f.id`
	if f.Closed {
		w.conds[0], after, order = `f.outcome <> ''`, `f.id < ?`, `f.id DESC`
	}
	if from != 0 {
		w.add(after, from)
	}
	w.visible(f.Actor)
	if f.AccountID != 0 {
		w.add(`f.account_id = ?`, f.AccountID)
	}
	if f.Own {
		w.add(`(f.author_id = ? OR t.assignee_id = ?)`, f.Actor.UserID, f.Actor.UserID)
	}
	w.args = append(w.args, f.Limit+1)
	return `SELECT ` + followUpColumns + `, g.mark, g.words, g.round, g.via, g.changes, g.created_at, g.updated_at,
		t.number, t.subject, t.state, t.kind, t.assignee_id, a.name, coalesce(d.name, ''), coalesce(u.name, ''), coalesce(c.name, '')
		FROM follow_ups f CROSS JOIN tickets t JOIN ratings g ON g.id = f.rating_id JOIN accounts a ON a.id = t.account_id
		LEFT JOIN departments d ON d.id = f.department_id AND f.department_id <> 0
		LEFT JOIN users u ON u.id = f.author_id AND f.author_id <> 0 LEFT JOIN users c ON c.id = f.closed_by AND f.closed_by <> 0` +
		w.String() + ` AND t.id = f.ticket_id ORDER BY ` + order + ` LIMIT ` + param(len(w.args)), w.args, nil
}
