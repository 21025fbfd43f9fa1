package inboxdb

import (
	"context"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

// pruneBatch is how many events one look, and one transaction, goes through.
const pruneBatch = 2000

// PruneEvents implements inbox.Store. It looks outside a transaction and
// writes only where there is something to delete: most of what is old and
// still there is kept for good.
func (s *Store) PruneEvents(ctx context.Context, before time.Time, keepNewest, after int64) (next int64, err error) {
	if after == 0 {
		err := s.db.Atomic(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM undos WHERE at < $1`, store.Millis(before))
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	var w where
	w.add(`id > ?`, after)
	w.add(`id <= (SELECT coalesce(max(id), 0) FROM events) - ?`, keepNewest)
	var last, old, unread int64
	args := append(w.args, store.Millis(before))
	cutoff := param(len(args))
	cond, args := unreadEvents(cutoff, args)
	err = s.db.QueryRow(ctx, `SELECT coalesce(max(e.id), 0), count(*) FILTER (WHERE e.at < `+cutoff+`), count(*) FILTER (WHERE `+cond+`)
		FROM (SELECT id, name, ticket_id, at FROM events`+w.String()+` ORDER BY id LIMIT `+param(len(args)+1)+`) e`,
		append(args, pruneBatch)...).Scan(&last, &old, &unread)
	if err != nil || old == 0 {
		return 0, err
	}
	if unread == 0 {
		return last, nil
	}
	args = []any{after, last, store.Millis(before)}
	cond, args = unreadEvents("$3", args)
	return last, s.db.Atomic(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM events WHERE id IN (SELECT e.id FROM events e WHERE e.id > $1 AND e.id <= $2 AND `+cond+`)`, args...)
		return err
	})
}

// unreadEvents is the condition for events "e" from before the cutoff that
// nothing reads any more. It adds its values to args.
func unreadEvents(cutoff string, args []any) (string, []any) {
	var w where
	w.args = args
	w.add(`name NOT IN (`+strings.TrimSuffix(strings.Repeat("?, ", len(inbox.StoryEvents)), ", ")+`)`, anys(inbox.StoryEvents)...)
	return `e.at < ` + cutoff + ` AND (e.ticket_id = 0 OR e.` + w.conds[0] + `
		AND EXISTS (SELECT 1 FROM tickets t WHERE t.id = e.ticket_id AND t.active = 0))`, w.args
}

// param is the mark of the nth value.
func param(n int) string { return "$" + strconv.Itoa(n) }

func anys(names []string) []any {
	out := make([]any, len(names))
	for i, name := range names {
		out[i] = name
	}
	return out
}
