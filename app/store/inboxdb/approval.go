package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

const policyColumnsOf = `id, kind, name, enabled, body, revision, updated_by, created_at, updated_at`

func scanPolicyRow(r row) (p inbox.Policy, err error) {
	var enabled int
	var body string
	var created, updated int64
	err = r.Scan(&p.ID, &p.Kind, &p.Name, &enabled, &body, &p.Revision, &p.UpdatedBy, &created, &updated)
	p.Enabled, p.Body, p.CreatedAt, p.UpdatedAt = enabled != 0, json.RawMessage(body), store.Time(created), store.Time(updated)
	return p, err
}

// Policies implements inbox.Store.
func (s *Store) Policies(ctx context.Context, kind string) ([]inbox.Policy, error) {
	rows, err := s.db.Query(ctx, `SELECT `+policyColumnsOf+` FROM policies WHERE kind = $1 ORDER BY id`, kind)
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.Policy, error) { return scanPolicyRow(r) })
}

// LockPolicy implements inbox.Tx.
func (tx *Tx) LockPolicy(ctx context.Context, id int64) (*inbox.Policy, error) {
	query := `SELECT ` + policyColumnsOf + ` FROM policies WHERE id = $1`
	if !tx.Alone() {
		query += ` FOR UPDATE`
	}
	p, err := scanPolicyRow(tx.QueryRow(ctx, query, id))
	if err != nil {
		return nil, store.Translate(err)
	}
	return &p, nil
}

// AddPolicy implements inbox.Tx.
func (tx *Tx) AddPolicy(ctx context.Context, p *inbox.Policy) (err error) {
	p.ID, err = tx.Insert(ctx, `INSERT INTO policies (kind, name, enabled, body, revision, updated_by, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, p.Kind, p.Name, store.Bool(p.Enabled), string(p.Body), p.Revision, p.UpdatedBy,
		store.Millis(p.CreatedAt), store.Millis(p.UpdatedAt))
	return err
}

// SavePolicy implements inbox.Tx.
func (tx *Tx) SavePolicy(ctx context.Context, p *inbox.Policy) error {
	_, err := tx.Exec(ctx, `UPDATE policies SET name = $2, enabled = $3, body = $4, revision = $5, updated_by = $6, updated_at = $7 WHERE id = $1`,
		p.ID, p.Name, store.Bool(p.Enabled), string(p.Body), p.Revision, p.UpdatedBy, store.Millis(p.UpdatedAt))
	return err
}

// DeletePolicy implements inbox.Tx.
func (tx *Tx) DeletePolicy(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM policies WHERE id = $1`, id)
	return err
}

// AddApproval implements inbox.Tx.
func (tx *Tx) AddApproval(ctx context.Context, a inbox.Approval) error {
	_, err := tx.Exec(ctx, `INSERT INTO reply_approvals (reply_id, step, person_id, decision, reason, text_sha, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		int64(a.ReplyID), a.Step, a.PersonID, string(a.Decision), a.Reason, a.TextSHA, store.Millis(a.At))
	return store.Translate(err)
}

const approvalColumns = `SELECT reply_id, step, person_id, decision, reason, text_sha, at FROM reply_approvals WHERE `

func scanApproval(r *sql.Rows) (a inbox.Approval, err error) {
	var at int64
	err = r.Scan(&a.ReplyID, &a.Step, &a.PersonID, &a.Decision, &a.Reason, &a.TextSHA, &at)
	a.At = store.Time(at)
	return a, err
}

// Approvals implements inbox.Tx.
func (tx *Tx) Approvals(ctx context.Context, id inbox.ReplyID) ([]inbox.Approval, error) {
	rows, err := tx.Query(ctx, approvalColumns+`reply_id = $1 ORDER BY step`, int64(id))
	return store.Collect(rows, err, scanApproval)
}

// Reply implements inbox.Store.
func (s *Store) Reply(ctx context.Context, id inbox.ReplyID) (inbox.Reply, error) {
	r, err := scanReply(s.db.QueryRow(ctx, `SELECT `+replyColumns+` FROM replies q WHERE q.id = $1`, int64(id)))
	return r, store.Translate(err)
}

// Reviews implements inbox.Store. Replies in review are few and have an index of
// their own: their tickets are read one by one.
func (s *Store) Reviews(ctx context.Context, f inbox.ApprovalFilter) (desk.Page[inbox.ApprovalRow], error) {
	var page desk.Page[inbox.ApprovalRow]
	after, err := idCursor(f.Cursor)
	if err != nil {
		return page, err
	}
	var w where
	w.add(`q.state = 'in_review' AND NOT (q.origin = 'llm' AND q.author_id = 0 AND q.reviewer_id = 0) AND q.id > ?`, after)
	w.visible(f.Actor)
	w.args = append(w.args, f.Limit+1)
	rows, err := s.db.Query(ctx, `SELECT `+replyColumns+`, coalesce(u.name, ''), coalesce((SELECT p.text FROM replies p
		WHERE p.ticket_id = q.ticket_id AND p.id < q.id AND p.state = 'rejected' ORDER BY p.id DESC LIMIT 1), ''),
		coalesce((SELECT e.answer FROM escalations e WHERE e.id = q.escalation_id AND q.escalation_id <> 0), '')
		FROM replies q JOIN tickets t ON t.id = q.ticket_id
		LEFT JOIN users u ON u.id = CASE WHEN q.author_id <> 0 THEN q.author_id ELSE q.reviewer_id END`+w.String()+` ORDER BY q.id LIMIT $`+strconv.Itoa(len(w.args)), w.args...)
	page.Items, err = store.Collect(rows, err, func(r *sql.Rows) (v inbox.ApprovalRow, err error) {
		var q replyRow
		err = r.Scan(append(q.targets(), &v.Author, &v.Previous, &v.Answer)...)
		v.Reply = q.reply()
		return v, err
	})
	if err == nil && len(page.Items) > f.Limit {
		page.Items = page.Items[:f.Limit]
		page.Next = strconv.FormatInt(int64(page.Items[f.Limit-1].Reply.ID), 10)
	}
	for i := range page.Items {
		row := &page.Items[i]
		if err == nil {
			row.Ticket, err = s.TicketRow(ctx, f.Actor, row.Reply.TicketID)
		}
		if err == nil {
			rows, readErr := s.db.Query(ctx, approvalColumns+`reply_id = $1 ORDER BY step`, int64(row.Reply.ID))
			row.Approvals, err = store.Collect(rows, readErr, scanApproval)
		}
	}
	return page, err
}

// Surroundings implements inbox.Store.
func (s *Store) Surroundings(ctx context.Context, accountID int64, links, hosts []string) (out inbox.Surroundings, err error) {
	rows, err := s.db.Query(ctx, `SELECT id, name, group_name FROM accounts`)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id int64
		var name, group string
		err := r.Scan(&id, &name, &group)
		if id == accountID {
			out.Group = group
		} else {
			out.Others = append(out.Others, name)
		}
		return struct{}{}, err
	})
	if err != nil {
		return out, err
	}
	rows, err = s.db.Query(ctx, `SELECT name, short_name FROM departments`)
	if _, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var name, short string
		err := r.Scan(&name, &short)
		out.Departments = append(out.Departments, name, short)
		return struct{}{}, err
	}); err != nil {
		return out, err
	}
	for _, link := range links {
		var live, ended int
		err := s.db.QueryRow(ctx, `SELECT count(*) FILTER (WHERE state = 'published'), count(*) FILTER (WHERE state = 'retired')
			FROM entries WHERE service_link = $1`, link).Scan(&live, &ended)
		if err != nil {
			return out, err
		}
		if live == 0 && ended > 0 {
			out.Retired = append(out.Retired, link)
		}
	}
	for _, host := range hosts {
		var n int
		if err := s.db.QueryRow(ctx, `SELECT count(*) FROM entries WHERE state = 'published' AND service_link LIKE $1 ESCAPE '\'`,
			"%://"+escapeLike(host)+"/%").Scan(&n); err != nil {
			return out, err
		}
		if n > 0 {
			out.Hosts = append(out.Hosts, host)
		}
	}
	return out, nil
}
