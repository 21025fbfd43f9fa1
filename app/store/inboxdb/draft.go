package inboxdb

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"replydesk/app/store"
	"replydesk/faq"
	"replydesk/inbox"
)

// What a model wrote for a ticket, as replies are held against it. The drafts
// themselves are package draftdb's.

// currentOn1 are the entries that may be given as an answer on the day $1.
const currentOn1 = `state = 'published' AND (valid_from = '' OR valid_from <= $1) AND (valid_to = '' OR valid_to >= $1)`

// maxGrounds bounds the entries whose answers are read.
const maxGrounds = 50

// ground is an entry that a draft rests on, as it was given to the model.
type ground struct {
	EntryID  int64  `json:"entry_id"`
	Revision int64  `json:"revision"`
	Question string `json:"question"`
}

func groundsOf(draft int64, stored string) (out []ground, err error) {
	if err := json.Unmarshal([]byte(stored), &out); err != nil {
		return nil, fmt.Errorf("citations of draft %d: %w", draft, err)
	}
	return out, nil
}

// ChangedGround implements inbox.Tx. On PostgreSQL the entries are held, as
// those of MayAnswer are.
func (tx *Tx) ChangedGround(ctx context.Context, draft int64, now time.Time) (string, error) {
	var stored string
	err := tx.QueryRow(ctx, `SELECT citations FROM drafts WHERE id = $1`, draft).Scan(&stored)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	grounds, err := groundsOf(draft, stored)
	if err != nil {
		return "", err
	}
	query := `SELECT id FROM entries WHERE id = $2 AND revision = $3 AND ` + currentOn1
	if !tx.Alone() {
		query += ` FOR SHARE`
	}
	for _, g := range grounds {
		var id int64
		err := tx.QueryRow(ctx, query, string(faq.DayOf(now)), g.EntryID, g.Revision).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			return g.Question, nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", nil
}

// Wordings implements inbox.Store.
func (s *Store) Wordings(ctx context.Context, ticket inbox.TicketID, entry int64, now time.Time, limit int) (inbox.Wordings, error) {
	return wordings(ctx, s.db, ticket, entry, now, limit)
}

// Wordings implements inbox.Tx.
func (tx *Tx) Wordings(ctx context.Context, ticket inbox.TicketID, entry int64, now time.Time, limit int) (inbox.Wordings, error) {
	return wordings(ctx, tx, ticket, entry, now, limit)
}

func wordings(ctx context.Context, q querier, ticket inbox.TicketID, entry int64, now time.Time, limit int) (w inbox.Wordings, err error) {
	entries := map[int64]bool{}
	rows, err := q.Query(ctx, `SELECT id, text, citations, created_at FROM drafts WHERE text <> '' AND id IN
		(SELECT id FROM drafts WHERE ticket_id = $1 UNION ALL SELECT draft_id FROM replies WHERE ticket_id = $1 AND draft_id <> 0)
		ORDER BY id DESC LIMIT $2`, int64(ticket), limit)
	w.Models, err = store.Collect(rows, err, func(r *sql.Rows) (inbox.ModelText, error) {
		m, _, err := scanModelText(r, entries)
		return m, err
	})
	if err != nil {
		return w, err
	}
	rows, err = q.Query(ctx, `SELECT `+repliedColumns+` FROM replies q WHERE id IN (SELECT c.id FROM replies c WHERE c.draft_id <> 0 AND c.draft_id IN
		(SELECT r.draft_id FROM replies r WHERE r.ticket_id = $1 AND r.draft_id <> 0)) ORDER BY id DESC LIMIT $2`, int64(ticket), limit)
	replied, err := store.Collect(rows, err, scanReplied)
	if err != nil {
		return w, err
	}
	w.Models = append(w.Models, replied...)
	slices.SortStableFunc(w.Models, func(a, b inbox.ModelText) int { return cmp.Compare(b.DraftID, a.DraftID) })
	if len(w.Models) == 0 {
		return w, nil
	}
	if entry != 0 {
		entries[entry] = true
	}
	w.Answers, err = answers(ctx, q, entries, now)
	return w, err
}

// scanModelText reads what a model wrote and when, and adds the entries it rests on.
func scanModelText(r *sql.Rows, entries map[int64]bool) (m inbox.ModelText, at time.Time, err error) {
	var citations string
	var created int64
	if err := r.Scan(&m.DraftID, &m.Text, &citations, &created); err != nil {
		return m, at, err
	}
	grounds, err := groundsOf(m.DraftID, citations)
	for _, g := range grounds {
		entries[g.EntryID] = true
	}
	return m, store.Time(created), err
}

// repliedColumns are those of a reply "q" that was made of a draft, for scanReplied;
// only one of the ticket $1 waits there.
const repliedColumns = `draft_id, text, id, state, CASE WHEN
	(author_id <> 0 OR EXISTS (SELECT 1 FROM reply_approvals a WHERE a.reply_id = q.id AND a.decision = 'adopt'))
	AND NOT EXISTS (SELECT 1 FROM drafts d WHERE d.id = q.draft_id AND d.text = q.text) THEN 1 ELSE 0 END,
	CASE WHEN ticket_id = $1 AND state = 'in_review' AND ` + proposed + ` THEN 1 ELSE 0 END`

func scanReplied(r *sql.Rows) (m inbox.ModelText, err error) {
	var changed, waits int
	err = r.Scan(&m.DraftID, &m.Text, &m.Reply, &m.State, &changed, &waits)
	m.Changed, m.Waits = changed != 0, waits != 0
	return m, err
}

// answers are what the entries say that are current, by id.
func answers(ctx context.Context, q querier, entries map[int64]bool, now time.Time) ([]string, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	ids := slices.Sorted(maps.Keys(entries))
	ids = ids[max(0, len(ids)-maxGrounds):]
	args := []any{string(faq.DayOf(now))}
	for _, id := range ids {
		args = append(args, id)
	}
	rows, err := q.Query(ctx, `SELECT answer FROM entries WHERE id IN (`+store.Params(2, len(ids))+`) AND `+currentOn1+` ORDER BY id`, args...)
	return store.Collect(rows, err, func(r *sql.Rows) (answer string, err error) {
		err = r.Scan(&answer)
		return answer, err
	})
}
