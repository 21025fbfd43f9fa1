package inboxdb

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

// markStep is how many marks one statement takes, so that there are few texts of
// statements; what is missing is filled up with the last one.
const markStep = 64

// maxThread bounds the messages and the replies of a ticket whose words are free.
const maxThread = 60

// Elsewhere implements inbox.Store.
func (s *Store) Elsewhere(ctx context.Context, query inbox.ElsewhereQuery) (inbox.Elsewhere, error) {
	return elsewhere(ctx, s.db, query)
}

// Elsewhere implements inbox.Tx.
func (tx *Tx) Elsewhere(ctx context.Context, query inbox.ElsewhereQuery) (inbox.Elsewhere, error) {
	return elsewhere(ctx, tx, query)
}

func elsewhere(ctx context.Context, q querier, query inbox.ElsewhereQuery) (out inbox.Elsewhere, err error) {
	ids, err := marked(ctx, q, query)
	if err != nil || len(ids) == 0 {
		return out, err
	}
	entries := map[int64]bool{}
	if query.Entry != 0 {
		entries[query.Entry] = true
	}
	if out.Drafts, err = writtenDrafts(ctx, q, query.Ticket, ids, entries); err != nil || len(out.Drafts) == 0 {
		return out, err
	}
	if out.Answers, err = answers(ctx, q, entries, query.Now); err != nil {
		return out, err
	}
	for _, texts := range []string{
		`SELECT text FROM messages WHERE ticket_id = $1 AND text <> '' ORDER BY id DESC LIMIT $2`,
		`SELECT text FROM replies WHERE ticket_id = $1 AND draft_id = 0 AND state = 'sent' ORDER BY id DESC LIMIT $2`,
	} {
		rows, err := q.Query(ctx, texts, int64(query.Ticket), maxThread)
		found, err := store.Collect(rows, err, func(r *sql.Rows) (text string, err error) { return text, r.Scan(&text) })
		if err != nil {
			return out, err
		}
		out.Thread = append(out.Thread, found...)
	}
	out.Templates, err = templates(ctx, q)
	return out, err
}

// marked are the drafts of other tickets that share most marks with a text.
func marked(ctx context.Context, q querier, query inbox.ElsewhereQuery) ([]int64, error) {
	shared := map[int64]int{}
	for marks := range slices.Chunk(query.Marks, markStep) {
		args := []any{int64(query.Ticket)}
		for i := range markStep {
			args = append(args, marks[min(i, len(marks)-1)])
		}
		rows, err := q.Query(ctx, `SELECT m.draft_id, count(*) FROM draft_marks m JOIN drafts d ON d.id = m.draft_id
			WHERE m.mark IN (`+store.Params(2, markStep)+`) AND d.ticket_id <> $1 AND d.text <> '' GROUP BY m.draft_id`, args...)
		_, err = store.Collect(rows, err, func(r *sql.Rows) (none struct{}, err error) {
			var draft int64
			var n int
			err = r.Scan(&draft, &n)
			shared[draft] += n
			return none, err
		})
		if err != nil {
			return nil, err
		}
	}
	ids := make([]int64, 0, len(shared))
	for id := range shared {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b int64) int {
		if shared[a] != shared[b] {
			return shared[b] - shared[a]
		}
		return int(b - a)
	})
	return ids[:min(len(ids), query.Limit)], nil
}

// writtenDrafts are drafts with what people made of them, the newest first; it
// adds the entries they rest on.
func writtenDrafts(ctx context.Context, q querier, ticket inbox.TicketID, ids []int64, entries map[int64]bool) ([]inbox.WrittenDraft, error) {
	args := []any{int64(ticket)}
	for _, id := range ids {
		args = append(args, id)
	}
	in := `(` + store.Params(2, len(ids)) + `)`
	rows, err := q.Query(ctx, `SELECT id, text, citations, created_at FROM drafts WHERE id IN `+in+` AND ticket_id <> $1 ORDER BY id DESC`, args...)
	drafts, err := store.Collect(rows, err, func(r *sql.Rows) (d inbox.WrittenDraft, err error) {
		m, at, err := scanModelText(r, entries)
		return inbox.WrittenDraft{At: at, Texts: []inbox.ModelText{m}}, err
	})
	if err != nil {
		return nil, err
	}
	rows, err = q.Query(ctx, `SELECT `+repliedColumns+` FROM replies q WHERE draft_id <> 0 AND draft_id IN `+in+` ORDER BY id DESC`, args...)
	replied, err := store.Collect(rows, err, scanReplied)
	for _, m := range replied {
		for i, d := range drafts {
			if d.Texts[0].DraftID == m.DraftID {
				drafts[i].Texts = append(d.Texts, m)
			}
		}
	}
	return drafts, err
}

// UnmarkedDrafts implements inbox.Store.
func (s *Store) UnmarkedDrafts(ctx context.Context, since time.Time, after int64, limit int) ([]inbox.DraftText, error) {
	rows, err := s.db.Query(ctx, `SELECT id, text FROM drafts d WHERE id > $1 AND created_at >= $2 AND text <> ''
		AND NOT EXISTS (SELECT 1 FROM draft_marks m WHERE m.draft_id = d.id) ORDER BY id LIMIT $3`, after, store.Millis(since), limit)
	return store.Collect(rows, err, func(r *sql.Rows) (d inbox.DraftText, err error) { return d, r.Scan(&d.ID, &d.Text) })
}

// MarkDraft implements inbox.Tx.
func (tx *Tx) MarkDraft(ctx context.Context, draft int64, marks []int64) error {
	return MarkDraft(ctx, tx.Tx, draft, marks)
}

// MarkDraft gives a draft its marks, unless its text is gone: on PostgreSQL who
// erases that text waits, or is waited for.
func MarkDraft(ctx context.Context, tx *store.Tx, draft int64, marks []int64) error {
	if len(marks) == 0 {
		return nil
	}
	query := `SELECT text <> '' FROM drafts WHERE id = $1`
	if !tx.Alone() {
		query += ` FOR SHARE`
	}
	var written bool
	if err := tx.QueryRow(ctx, query, draft).Scan(&written); err != nil || !written {
		return store.Translate(err)
	}
	insert := `INSERT INTO draft_marks (draft_id, mark) VALUES `
	for i := range markStep {
		insert += "($1, " + store.Params(i+2, 1) + "), "
	}
	insert = insert[:len(insert)-2] + ` ON CONFLICT DO NOTHING`
	for part := range slices.Chunk(marks, markStep) {
		args := []any{draft}
		for i := range markStep {
			args = append(args, part[min(i, len(part)-1)])
		}
		if _, err := tx.Exec(ctx, insert, args...); err != nil {
			return store.Translate(err)
		}
	}
	return nil
}

// PruneMarks implements inbox.Tx: the numbers of drafts grow with time.
func (tx *Tx) PruneMarks(ctx context.Context, before time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM draft_marks WHERE draft_id <
		coalesce((SELECT min(id) FROM drafts WHERE created_at >= $1), (SELECT max(id) + 1 FROM drafts))`, store.Millis(before))
	return err
}
