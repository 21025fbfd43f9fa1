package botdb

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/bot"
	"replydesk/faq"
)

var _ bot.ReportStore = (*Store)(nil)

// params numbers the values of a query as they are added.
type params struct{ args []any }

// add returns the mark of a value.
func (p *params) add(value any) string {
	p.args = append(p.args, value)
	return "$" + strconv.Itoa(len(p.args))
}

// among is a condition for ids; none are among no ids.
func among[T ~int64](p *params, column string, ids []T) string {
	if len(ids) == 0 {
		return "1 = 0"
	}
	marks := make([]string, len(ids))
	for i, id := range ids {
		marks[i] = p.add(int64(id))
	}
	return column + ` IN (` + strings.Join(marks, ", ") + `)`
}

// within is the condition for a time and an account of a scope. A "+" before the
// account's column keeps an index by account from being chosen over one by time.
func (p *params) within(s bot.Scope, time, account string) string {
	cond := time + ` >= ` + p.add(store.Millis(s.From)) + ` AND ` + time + ` < ` + p.add(store.Millis(s.To))
	if !s.AllAccounts {
		cond += ` AND ` + among(p, account, s.AccountIDs)
	}
	return cond
}

// dayMS is a day in milliseconds.
const dayMS = 24 * 60 * 60 * 1000

// Tallies implements bot.ReportStore.
func (s *Store) Tallies(ctx context.Context, scope bot.Scope, take func(bot.Tally)) error {
	for _, part := range steady(scope) {
		query, args := talliesQuery(part)
		rows, err := s.db.Query(ctx, query, args...)
		_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
			var t bot.Tally
			var day int64
			err := r.Scan(&t.AccountID, &day, &t.Action, &t.Reason, &t.EntryID, &t.Fate, &t.N)
			t.Day = faq.Day(time.UnixMilli(day * dayMS).UTC().Format(time.DateOnly))
			take(t)
			return struct{}{}, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// talliesQuery reads nothing but indexes: bot_answers_figures and, for the fate
// of an answer, replies_undelivered and replies_answers.
func talliesQuery(s steadyScope) (string, []any) {
	var p params
	query := `SELECT b.account_id, (b.created_at + ` + p.add(s.offset.Milliseconds()) + `) / ` + strconv.Itoa(dayMS) + ` AS day, b.action, b.reason, b.entry_id,
		CASE WHEN b.action NOT IN ('answer', 'choice', 'click') THEN ''
			WHEN b.vote > 0 THEN 'helpful'
			WHEN b.vote < 0 THEN 'unhelpful'
			WHEN b.reply_id = 0 THEN 'given'
			WHEN b.reply_id IN (SELECT r.id FROM replies r WHERE r.origin = 'bot' AND r.entry_id <> 0
				AND r.state IN ('failed', 'unknown', 'cancelled')) THEN 'undelivered'
			WHEN (SELECT r.origin FROM replies r WHERE r.ticket_id = b.ticket_id AND r.id > b.reply_id AND r.state = 'sent'
				AND r.origin <> 'desk' AND (r.origin <> 'bot' OR r.entry_id <> 0) ORDER BY r.id LIMIT 1) <> 'bot' THEN 'corrected'
			ELSE 'given' END AS fate, count(*)
		FROM bot_answers b WHERE ` + p.within(s.Scope, "b.created_at", "+b.account_id") + ` GROUP BY 1, 2, 3, 4, 5, 6`
	return query, p.args
}

// Titles implements bot.ReportStore.
func (s *Store) Titles(ctx context.Context, accounts []int64, entries []faq.EntryID) (map[int64]string, map[faq.EntryID]string, error) {
	names, err := titles(ctx, s.db, `SELECT id, name FROM accounts WHERE `, accounts)
	if err != nil {
		return nil, nil, err
	}
	questions, err := titles(ctx, s.db, `SELECT id, question FROM entries WHERE `, entries)
	return names, questions, err
}

func titles[T ~int64](ctx context.Context, db *store.DB, query string, ids []T) (map[T]string, error) {
	var p params
	query += among(&p, "id", ids)
	out := make(map[T]string, len(ids))
	rows, err := db.Query(ctx, query, p.args...)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id T
		var title string
		err := r.Scan(&id, &title)
		out[id] = title
		return struct{}{}, err
	})
	return out, err
}

// Uses implements bot.ReportStore. Both queries read an index alone, unless the
// accounts are narrowed: then the tickets tell whose a reply is.
func (s *Store) Uses(ctx context.Context, scope bot.Scope, ids []faq.EntryID) ([]bot.Uses, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found := map[faq.EntryID]*bot.Uses{}
	of := func(id faq.EntryID) *bot.Uses {
		if found[id] == nil {
			found[id] = &bot.Uses{EntryID: id}
		}
		return found[id]
	}
	if err := s.sent(ctx, scope, ids, of); err != nil {
		return nil, err
	}
	if err := s.voted(ctx, scope, ids, of); err != nil {
		return nil, err
	}
	out := make([]bot.Uses, 0, len(found))
	for _, u := range found {
		out = append(out, *u)
	}
	return out, nil
}

// sent counts the replies that arrived.
func (s *Store) sent(ctx context.Context, scope bot.Scope, ids []faq.EntryID, of func(faq.EntryID) *bot.Uses) error {
	query, args := sentQuery(scope, ids)
	rows, err := s.db.Query(ctx, query, args...)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id faq.EntryID
		var u bot.Uses
		var last int64
		err := r.Scan(&id, &u.Bot, &u.AsIs, &u.Edited, &last)
		u.EntryID, u.LastUsed = id, store.Time(last)
		*of(id) = u
		return struct{}{}, err
	})
	return err
}

func sentQuery(scope bot.Scope, ids []faq.EntryID) (string, []any) {
	var p params
	tickets := ""
	if !scope.AllAccounts {
		tickets = ` JOIN tickets t ON t.id = r.ticket_id`
	}
	query := `SELECT r.entry_id, count(*) FILTER (WHERE r.origin = 'bot'),
			count(*) FILTER (WHERE r.origin <> 'bot' AND r.entry_edited = 0), count(*) FILTER (WHERE r.origin <> 'bot' AND r.entry_edited = 1),
			max(r.sent_at)
		FROM replies r` + tickets + ` WHERE ` + among(&p, "r.entry_id", ids) + ` AND r.entry_id <> 0 AND r.state = 'sent'
		AND ` + p.within(scope, "r.sent_at", "t.account_id") + ` GROUP BY r.entry_id`
	return query, p.args
}

// voted adds the votes, and the answers to clicks that stand in no ticket.
func (s *Store) voted(ctx context.Context, scope bot.Scope, ids []faq.EntryID, of func(faq.EntryID) *bot.Uses) error {
	query, args := votedQuery(scope, ids)
	rows, err := s.db.Query(ctx, query, args...)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id faq.EntryID
		var up, down, clicks int
		var last int64
		err := r.Scan(&id, &up, &down, &clicks, &last)
		u := of(id)
		u.Helpful, u.Unhelpful, u.Bot = up, down, u.Bot+clicks
		if at := store.Time(last); at.After(u.LastUsed) {
			u.LastUsed = at
		}
		return struct{}{}, err
	})
	return err
}

func votedQuery(scope bot.Scope, ids []faq.EntryID) (string, []any) {
	var p params
	query := `SELECT b.entry_id, count(*) FILTER (WHERE b.vote > 0), count(*) FILTER (WHERE b.vote < 0),
			count(*) FILTER (WHERE b.reply_id = 0), max(CASE WHEN b.reply_id = 0 THEN b.created_at ELSE 0 END)
		FROM bot_answers b WHERE ` + among(&p, "b.entry_id", ids) + ` AND b.entry_id <> 0 AND b.action IN ('answer', 'choice', 'click')
		AND ` + p.within(scope, "b.created_at", "b.account_id") + ` GROUP BY b.entry_id`
	return query, p.args
}

// steadyScope is a part of a scope in which the zone's offset is the same.
type steadyScope struct {
	bot.Scope
	offset time.Duration
}

// steady cuts a scope where its zone's offset changes.
func steady(s bot.Scope) []steadyScope {
	var out []steadyScope
	for from := s.From; from.Before(s.To); {
		_, seconds := from.In(s.Zone).Zone()
		_, change := from.In(s.Zone).ZoneBounds()
		part := steadyScope{s, time.Duration(seconds) * time.Second}
		part.From = from
		if !change.IsZero() && change.Before(s.To) {
			part.To = change
		}
		out = append(out, part)
		from = part.To
	}
	return out
}
