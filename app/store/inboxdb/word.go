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
	"replydesk/inbox/desk"
)

const wordColumns = `w.id, w.text, w.level, w.direction, w.category, w.exceptions, w.enabled, w.updated_by, w.updated_at`

func scanWord(r row) (inbox.Word, error) {
	var w inbox.Word
	var exceptions string
	var enabled int
	var updated int64
	err := r.Scan(&w.ID, &w.Text, &w.Level, &w.Direction, &w.Category, &exceptions, &enabled, &w.UpdatedBy, &updated)
	w.Enabled, w.UpdatedAt = enabled != 0, store.Time(updated)
	if err == nil && exceptions != "[]" {
		err = json.Unmarshal([]byte(exceptions), &w.Exceptions)
	}
	return w, err
}

// wordsRevision is the name of the counter of changes.
const wordsRevision = "words"

// Words implements inbox.Store.
func (s *Store) Words(ctx context.Context, f inbox.WordFilter) (desk.Page[inbox.Word], error) {
	var page desk.Page[inbox.Word]
	after, err := idCursor(f.Cursor)
	if err != nil {
		return page, err
	}
	var w where
	w.add(`w.id > ?`, after)
	if f.Level != "" {
		w.add(`w.level = ?`, string(f.Level))
	}
	if f.Direction != "" {
		w.add(`w.direction = ?`, string(f.Direction))
	}
	if f.Category != "" {
		w.add(`w.category = ?`, f.Category)
	}
	if q := strings.TrimSpace(f.Query); q != "" {
		w.add(`lower(w.text) LIKE lower(?) ESCAPE '\'`, "%"+escapeLike(q)+"%")
	}
	w.args = append(w.args, f.Limit+1)
	rows, err := s.db.Query(ctx, `SELECT `+wordColumns+` FROM words w`+w.String()+` ORDER BY w.id LIMIT $`+strconv.Itoa(len(w.args)), w.args...)
	page.Items, err = store.Collect(rows, err, func(r *sql.Rows) (inbox.Word, error) { return scanWord(r) })
	if err == nil && len(page.Items) > f.Limit {
		page.Items = page.Items[:f.Limit]
		page.Next = strconv.FormatInt(page.Items[f.Limit-1].ID, 10)
	}
	return page, err
}

// idCursor reads a cursor that is the id of the last row, 0 for "".
func idCursor(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		return 0, desk.InvalidField("cursor", "不是有效的翻页标记")
	}
	return id, nil
}

// escapeLike makes a text stand for itself in a LIKE with ESCAPE '\'.
func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// AllWords implements inbox.Store. The revision is read first: what is changed
// while the words are read has a later one.
func (s *Store) AllWords(ctx context.Context) ([]inbox.Word, int64, error) {
	revision, err := s.WordsRevision(ctx)
	if err != nil {
		return nil, 0, err
	}
	rows, err := s.db.Query(ctx, `SELECT `+wordColumns+` FROM words w WHERE w.enabled = 1 ORDER BY w.id`)
	words, err := store.Collect(rows, err, func(r *sql.Rows) (inbox.Word, error) { return scanWord(r) })
	return words, revision, err
}

// WordsRevision implements inbox.Store.
func (s *Store) WordsRevision(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT coalesce(max(value), 0) FROM counters WHERE name = $1`, wordsRevision).Scan(&n)
	return n, err
}

// NextWordsRevision implements inbox.Tx.
func (tx *Tx) NextWordsRevision(ctx context.Context) (n int64, err error) {
	err = tx.QueryRow(ctx, `INSERT INTO counters (name, value) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`, wordsRevision).Scan(&n)
	return n, err
}

// LockWord implements inbox.Tx.
func (tx *Tx) LockWord(ctx context.Context, id int64) (*inbox.Word, error) {
	return tx.lockWord(ctx, `id = $1`, id)
}

// WordByKey implements inbox.Tx.
func (tx *Tx) WordByKey(ctx context.Context, key string) (*inbox.Word, error) {
	return tx.lockWord(ctx, `key = $1`, key)
}

func (tx *Tx) lockWord(ctx context.Context, which string, arg any) (*inbox.Word, error) {
	query := `SELECT ` + wordColumns + ` FROM words w WHERE w.` + which
	if !tx.Alone() {
		query += ` FOR UPDATE`
	}
	w, err := scanWord(tx.QueryRow(ctx, query, arg))
	if err != nil {
		return nil, store.Translate(err)
	}
	return &w, nil
}

// AddWord implements inbox.Tx.
func (tx *Tx) AddWord(ctx context.Context, w *inbox.Word, key string) (err error) {
	w.ID, err = tx.Insert(ctx, `INSERT INTO words (text, key, level, direction, category, exceptions, enabled, updated_by, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, w.Text, key, string(w.Level), string(w.Direction), w.Category, tagsText(w.Exceptions),
		store.Bool(w.Enabled), w.UpdatedBy, store.Millis(w.UpdatedAt))
	return store.Translate(err)
}

// SaveWord implements inbox.Tx.
func (tx *Tx) SaveWord(ctx context.Context, w *inbox.Word, key string) error {
	_, err := tx.Exec(ctx, `UPDATE words SET text = $2, key = $3, level = $4, direction = $5, category = $6, exceptions = $7, enabled = $8,
		updated_by = $9, updated_at = $10 WHERE id = $1`, w.ID, w.Text, key, string(w.Level), string(w.Direction), w.Category,
		tagsText(w.Exceptions), store.Bool(w.Enabled), w.UpdatedBy, store.Millis(w.UpdatedAt))
	return store.Translate(err)
}

// DeleteWord implements inbox.Tx.
func (tx *Tx) DeleteWord(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM words WHERE id = $1`, id)
	return err
}

// CountWords implements inbox.Tx.
func (tx *Tx) CountWords(ctx context.Context) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM words`).Scan(&n)
	return n, err
}

// AddHits implements inbox.Tx.
func (tx *Tx) AddHits(ctx context.Context, hits []inbox.CheckHit) error {
	for _, h := range hits {
		_, err := tx.Exec(ctx, `INSERT INTO check_hits (at, ticket_id, message_id, reply_id, rule, kind, word_id, word, level, direction, decision,
			actor_id, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			store.Millis(h.At), int64(h.TicketID), int64(h.MessageID), int64(h.ReplyID), string(h.Rule), h.Kind, h.WordID, h.Word, string(h.Level),
			string(h.Direction), string(h.Decision), h.ActorID, h.DecidedBy, store.Millis(h.DecidedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// DecideHits implements inbox.Tx.
func (tx *Tx) DecideHits(ctx context.Context, id inbox.ReplyID, d inbox.Decision, by int64, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE check_hits SET decision = $2, decided_by = $3, decided_at = $4 WHERE reply_id = $1 AND reply_id <> 0 AND decision = 'in_review'`,
		int64(id), string(d), by, store.Millis(at))
	return err
}

// UrgentMessages implements inbox.Tx.
func (tx *Tx) UrgentMessages(ctx context.Context, id inbox.TicketID) ([]inbox.MessageID, error) {
	rows, err := tx.Query(ctx, `SELECT message_id FROM check_hits WHERE ticket_id = $1 AND decision = 'raised' ORDER BY id LIMIT 100`, int64(id))
	return store.Collect(rows, err, func(r *sql.Rows) (m inbox.MessageID, err error) { return m, r.Scan(&m) })
}

// CheckHits implements inbox.Store.
func (s *Store) CheckHits(ctx context.Context, f inbox.HitFilter) (desk.Page[inbox.HitRow], error) {
	var page desk.Page[inbox.HitRow]
	before, err := idCursor(f.Cursor)
	if err != nil {
		return page, err
	}
	var w where
	w.visible(f.Actor)
	if before != 0 {
		w.add(`h.id < ?`, before)
	}
	if f.TicketID != 0 {
		w.add(`h.ticket_id = ?`, int64(f.TicketID))
	}
	if word := strings.TrimSpace(f.Word); word != "" {
		w.add(`lower(h.word) LIKE lower(?) ESCAPE '\'`, "%"+escapeLike(word)+"%")
	}
	if !f.From.IsZero() {
		w.add(`h.at >= ?`, store.Millis(f.From))
	}
	if !f.To.IsZero() {
		w.add(`h.at < ?`, store.Millis(f.To))
	}
	for column, value := range map[string]string{"h.direction": string(f.Direction), "h.level": string(f.Level), "h.decision": string(f.Decision)} {
		if value != "" {
			w.add(column+` = ?`, value)
		}
	}
	w.args = append(w.args, f.Limit+1)
	rows, err := s.db.Query(ctx, `SELECT h.id, h.at, h.ticket_id, h.message_id, h.reply_id, h.rule, h.kind, h.word_id, h.word, h.level, h.direction,
		h.decision, h.actor_id, h.decided_by, h.decided_at, t.number, t.subject, t.account_id, a.name, coalesce(u.name, ''), coalesce(d.name, '')
		FROM check_hits h JOIN tickets t ON t.id = h.ticket_id JOIN accounts a ON a.id = t.account_id
		LEFT JOIN users u ON u.id = h.actor_id LEFT JOIN users d ON d.id = h.decided_by`+w.String()+` ORDER BY h.id DESC LIMIT $`+strconv.Itoa(len(w.args)), w.args...)
	page.Items, err = store.Collect(rows, err, func(r *sql.Rows) (h inbox.HitRow, err error) {
		var at, decided int64
		err = r.Scan(&h.ID, &at, &h.TicketID, &h.MessageID, &h.ReplyID, &h.Rule, &h.Kind, &h.WordID, &h.Word, &h.Level, &h.Direction,
			&h.Decision, &h.ActorID, &h.DecidedBy, &decided, &h.Number, &h.Subject, &h.AccountID, &h.AccountName, &h.Actor, &h.Decider)
		h.At, h.DecidedAt = store.Time(at), store.Time(decided)
		return h, err
	})
	if err == nil && len(page.Items) > f.Limit {
		page.Items = page.Items[:f.Limit]
		page.Next = strconv.FormatInt(page.Items[f.Limit-1].ID, 10)
	}
	return page, err
}
