package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

// EraseContact implements inbox.Tx.
func (tx *Tx) EraseContact(ctx context.Context, c inbox.ContactID, now time.Time) ([]string, error) {
	if err := tx.eraseDead(ctx, c); err != nil {
		return nil, err
	}
	if err := tx.eraseFacts(ctx, c); err != nil {
		return nil, err
	}
	if err := tx.eraseFound(ctx, c); err != nil {
		return nil, err
	}
	var paths []string
	for _, step := range erasing(c, now) {
		rows, err := tx.Query(ctx, step.sql, step.args...)
		found, err := store.Collect(rows, err, func(r *sql.Rows) (path string, err error) { return path, r.Scan(&path) })
		if err != nil {
			return nil, err
		}
		paths = append(paths, found...)
	}
	return paths, nil
}

// statement is an SQL text with its parameters.
type statement struct {
	sql  string
	args []any
}

// erasing are the steps that delete a person's data, in order. The tickets come
// first, because they lock; one step reads: the paths of the files.
func erasing(c inbox.ContactID, now time.Time) []statement {
	const own = `SELECT id FROM tickets WHERE contact_id = $1`
	const guest = `SELECT ticket_id FROM messages WHERE contact_id = $1 AND guest = 1`
	const theirs = `ticket_id IN (` + own + ` UNION ALL ` + guest + `) AND contact_id = $1`
	const files = `ticket_id IN (` + own + ` UNION ALL ` + guest + `) AND message_id IN (SELECT id FROM messages WHERE ` + theirs + `)`
	id := int64(c)
	return []statement{
		{`UPDATE tickets SET subject = $2, preview = $2, tags = '[]',
			closing_reason = CASE WHEN closing_reason IN ('', $3) THEN closing_reason ELSE $2 END
			WHERE contact_id = $1`, []any{id, inbox.ErasedText, inbox.ErasedReason}},
		// Their words may be the latest in the ticket of somebody else, under
		// whose comment they wrote.
		{`UPDATE tickets SET preview = $2 WHERE id IN (` + guest + `)`, []any{id, inbox.ErasedText}},
		{`SELECT path FROM attachments WHERE ` + files + ` AND path <> ''`, []any{id}},
		{`UPDATE attachments SET state = 'failed', external_id = '', url = '', name = '', path = '', error = $2
			WHERE ` + files, []any{id, inbox.ErasedText}},
		{`UPDATE messages SET text = $2, data = '' WHERE ` + theirs, []any{id, inbox.ErasedText}},
		{`UPDATE replies SET state = 'cancelled', updated_at = $2 WHERE state IN ('draft', 'in_review', 'approved', 'failed', 'unknown')
			AND ticket_id IN (` + own + `)`, []any{id, store.Millis(now)}},
		// What staff wrote to them and about them.
		{`UPDATE replies SET text = $2, review_reason = '', error_message = '' WHERE ticket_id IN (` + own + `)`, []any{id, inbox.ErasedText}},
		{`UPDATE reply_approvals SET reason = '' WHERE reply_id IN (SELECT r.id FROM replies r WHERE r.ticket_id IN (` + own + `))`, []any{id}},
		{`UPDATE deliveries SET message = '' WHERE reply_id IN (SELECT r.id FROM replies r WHERE r.ticket_id IN (` + own + `))`, []any{id}},
		{`DELETE FROM draft_marks WHERE draft_id IN (SELECT d.id FROM drafts d WHERE d.ticket_id IN (` + own + `))`, []any{id}},
		{`UPDATE drafts SET prompt = '', text = '' WHERE ticket_id IN (` + own + `)`, []any{id}},
		{`UPDATE gap_questions SET question = '' WHERE ticket_id IN (` + own + `)`, []any{id}},
		{`DELETE FROM check_hits WHERE ticket_id IN (` + own + ` UNION ALL ` + guest + `) AND direction = 'in' AND message_id IN (SELECT id FROM messages WHERE ` + theirs + `)`, []any{id}},
		{`UPDATE clocks SET pause_reason = '' WHERE pause_reason <> '' AND ticket_id IN (` + own + `)`, []any{id}},
		{`DELETE FROM undos WHERE ticket_id IN (` + own + `)`, []any{id}},
		{`UPDATE clock_pauses SET reason = '' WHERE ticket_id IN (` + own + `)`, []any{id}},
		emptyEscalations(own, id, now),
		{`UPDATE ratings SET words = '' WHERE ticket_id IN (` + own + `)`, []any{id}},
		{`UPDATE follow_ups SET remark = '' WHERE ticket_id IN (` + own + `)`, []any{id}},
		{`UPDATE notes SET text = $2, mentions = '[]' WHERE ticket_id IN (` + own + `)`, []any{id, inbox.ErasedText}},
		{`UPDATE bot_answers SET question = $2, text = '' WHERE contact_id = $1`, []any{id, inbox.ErasedText}},
		{`DELETE FROM bot_threads WHERE contact_id = $1`, []any{id}},
		{`DELETE FROM windows WHERE contact_id = $1`, []any{id}},
		{`UPDATE contacts SET external_id = $2, name = '', subscribed = 0, erased_at = $3 WHERE id = $1`,
			[]any{id, "erased-" + strconv.FormatInt(id, 10), store.Millis(now)}},
		{`UPDATE payloads SET body = $2 WHERE id IN (SELECT payload_id FROM messages WHERE ` + theirs + `)`, []any{id, []byte{}}},
		// What left no message: a menu click, a subscription.
		{`UPDATE payloads SET body = $2 WHERE contact_id = $1 AND contact_id <> 0`, []any{id, []byte{}}},
	}
}

// eraseDead empties the dead payloads of the account that name the contact.
// Nobody could read them, so whom they are about is only in their bytes. What
// is empty cannot be replayed, so it is no longer dead either.
func (tx *Tx) eraseDead(ctx context.Context, c inbox.ContactID) error {
	names := `position(convert_to(c.external_id, 'UTF8') IN p.body) > 0`
	if tx.Alone() {
		names = `instr(p.body, CAST(c.external_id AS BLOB)) > 0`
	}
	_, err := tx.Exec(ctx, `UPDATE payloads SET body = $2, error = '' WHERE id IN (SELECT p.id FROM payloads p
		JOIN contacts c ON c.id = $1 AND c.account_id = p.account_id WHERE p.error <> '' AND `+names+`)`, int64(c), []byte{})
	return err
}

// eraseFound takes the tickets the contact has a part in out of the index of
// search. Those are locked before, as everywhere, so that the order of locks is
// one; what is left to be found of them is indexed again.
func (tx *Tx) eraseFound(ctx context.Context, c inbox.ContactID) error {
	query := `SELECT id FROM tickets WHERE id IN (SELECT id FROM tickets WHERE contact_id = $1 UNION ALL
		SELECT ticket_id FROM messages WHERE contact_id = $1 AND guest = 1) ORDER BY id`
	engine := store.SQLite
	if !tx.Alone() {
		query, engine = query+` FOR NO KEY UPDATE`, store.Postgres
	}
	rows, err := tx.Query(ctx, query, int64(c))
	ids, err := store.Collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
	if err != nil {
		return err
	}
	return forget(ctx, tx.Tx, engine, ids)
}

// typed are the parts of events that a person wrote in free words.
var typed = []string{"reason", "remark", "tags", "words"}

// eraseFacts takes the words of people out of the events of the contact's
// tickets; what happened, when and by whom stays.
func (tx *Tx) eraseFacts(ctx context.Context, c inbox.ContactID) error {
	names := []string{inbox.TicketClosed, inbox.TicketIgnored, inbox.TicketTagged, inbox.ClockPaused, inbox.ClockPostponed, inbox.ReplyWasRejected, inbox.ReplyBypassed, inbox.WordFound, inbox.TicketRated}
	names = append(names, inbox.EscalationEvents...)
	var w where
	w.add(`ticket_id IN (SELECT id FROM tickets WHERE contact_id = ?) AND ticket_id <> 0`, int64(c))
	w.add(`name IN (`+strings.TrimSuffix(strings.Repeat("?, ", len(names)), ", ")+`)`, anys(names)...)
	rows, err := tx.Query(ctx, `SELECT id, data FROM events`+w.String(), w.args...)
	type fact struct {
		id   int64
		data string
	}
	facts, err := store.Collect(rows, err, func(r *sql.Rows) (f fact, err error) { return f, r.Scan(&f.id, &f.data) })
	if err != nil {
		return err
	}
	for _, f := range facts {
		var data map[string]json.RawMessage
		if err := json.Unmarshal([]byte(f.data), &data); err != nil {
			return err
		}
		for _, name := range typed {
			delete(data, name)
		}
		left, err := json.Marshal(data)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE events SET data = $2 WHERE id = $1`, f.id, string(left)); err != nil {
			return err
		}
	}
	return nil
}
