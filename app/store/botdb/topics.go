package botdb

import (
	"context"
	"database/sql"
	"errors"

	"replydesk/app/store"
	"replydesk/bot"
)

// Topics implements bot.ReportStore.
func (s *Store) Topics(ctx context.Context, scope bot.Scope, take func(key bot.TopicKey, n int)) error {
	for _, build := range []func(bot.Scope) (string, []any){usedQuery, clickedQuery, unansweredQuery} {
		query, args := build(scope)
		rows, err := s.db.Query(ctx, query, args...)
		_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
			var key bot.TopicKey
			var n int
			err := r.Scan(&key.EntryID, &key.GapID, &n)
			if key.EntryID != 0 {
				key.GapID = 0
			}
			take(key, n)
			return struct{}{}, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// usedQuery counts the replies with an entry's answer that arrived, entry by
// entry, so that nothing outside the days is read.
func usedQuery(scope bot.Scope) (string, []any) {
	var p params
	tickets := ""
	if !scope.AllAccounts {
		tickets = ` JOIN tickets t ON t.id = r.ticket_id`
	}
	return `SELECT e.id, 0, count(*) FROM entries e CROSS JOIN replies r` + tickets + `
		WHERE r.entry_id = e.id AND r.entry_id <> 0 AND r.state = 'sent' AND ` + p.within(scope, "r.sent_at", "t.account_id") + ` GROUP BY e.id`, p.args
}

// clickedQuery counts the answers to clicks that stand in no ticket.
func clickedQuery(scope bot.Scope) (string, []any) {
	var p params
	return `SELECT e.id, 0, count(*) FROM entries e CROSS JOIN bot_answers b
		WHERE b.entry_id = e.id AND b.entry_id <> 0 AND b.reply_id = 0 AND b.action IN ('answer', 'choice', 'click')
		AND ` + p.within(scope, "b.created_at", "b.account_id") + ` GROUP BY e.id`, p.args
}

// unansweredQuery counts the questions that nobody answered from the library. A
// group that an entry has closed since is that entry's.
func unansweredQuery(scope bot.Scope) (string, []any) {
	var p params
	tickets := ""
	if !scope.AllAccounts {
		tickets = ` JOIN tickets t ON t.id = q.ticket_id`
	}
	return `SELECT g.entry_id, g.id, count(*) FROM gap_questions q JOIN gaps g ON g.id = q.gap_id` + tickets + `
		WHERE q.source IN ('unanswered', 'passed_over') AND g.state <> 'ignored' AND ` + p.within(scope, "q.at", "t.account_id") + ` GROUP BY g.id, g.entry_id`, p.args
}

// TopicTexts implements bot.ReportStore.
func (s *Store) TopicTexts(ctx context.Context, scope bot.Scope, key bot.TopicKey) (out bot.TopicTexts, err error) {
	var p params
	query := `SELECT q.question FROM gap_questions q JOIN tickets t ON t.id = q.ticket_id WHERE q.gap_id = ` + p.add(key.GapID) + ` AND q.question <> ''
		AND ` + p.within(scope, "q.at", "t.account_id") + ` ORDER BY q.id DESC LIMIT 1`
	if key.GapID == 0 {
		err = s.db.QueryRow(ctx, `SELECT question FROM entries WHERE id = $1`, int64(key.EntryID)).Scan(&out.Title)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return out, err
		}
		p = params{}
		query = `SELECT b.question FROM bot_answers b WHERE b.entry_id = ` + p.add(int64(key.EntryID)) + ` AND b.entry_id <> 0 AND b.action IN ('answer', 'choice')
			AND ` + p.within(scope, "b.created_at", "b.account_id") + ` ORDER BY b.created_at DESC LIMIT 1`
	}
	err = s.db.QueryRow(ctx, query, p.args...).Scan(&out.Example)
	if errors.Is(err, sql.ErrNoRows) {
		return out, nil
	}
	return out, err
}
