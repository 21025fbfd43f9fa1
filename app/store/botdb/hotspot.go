package botdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"replydesk/app/store"
	"replydesk/bot"
	"replydesk/inbox"
)

// chosen is a condition for tickets by one list of ids, however many there are.
func (s *Store) chosen(p *params, column string, tickets []inbox.TicketID) string {
	list, _ := json.Marshal(tickets) // numbers always marshal
	if s.db.Engine() == store.SQLite {
		return column + ` IN (SELECT value FROM json_each(` + p.add(string(list)) + `))`
	}
	return column + ` = ANY (ARRAY(SELECT CAST(v AS BIGINT) FROM json_array_elements_text(CAST(` + p.add(string(list)) + ` AS JSON)) v))`
}

// TicketTopics implements bot.TopicStore. Each ticket's replies and questions are
// found by the ticket.
func (s *Store) TicketTopics(ctx context.Context, tickets []inbox.TicketID, take func(key bot.TopicKey, n int)) error {
	if len(tickets) == 0 {
		return nil
	}
	for _, build := range []func(*params) string{
		func(p *params) string {
			return `SELECT r.entry_id, 0, count(*) FROM replies r WHERE ` + s.chosen(p, "r.ticket_id", tickets) + ` AND r.entry_id <> 0 AND r.state = 'sent' GROUP BY r.entry_id`
		},
		func(p *params) string {
			return `SELECT g.entry_id, g.id, count(*) FROM gap_questions q JOIN gaps g ON g.id = q.gap_id WHERE ` + s.chosen(p, "q.ticket_id", tickets) +
				` AND q.source IN ('unanswered', 'passed_over') AND g.state <> 'ignored' GROUP BY g.id, g.entry_id`
		},
	} {
		var p params
		query := build(&p)
		rows, err := s.db.Query(ctx, query, p.args...)
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

// TicketTopicTexts implements bot.TopicStore.
func (s *Store) TicketTopicTexts(ctx context.Context, key bot.TopicKey, tickets []inbox.TicketID) (out bot.TopicTexts, err error) {
	if key.GapID == 0 {
		err = s.db.QueryRow(ctx, `SELECT question FROM entries WHERE id = $1`, int64(key.EntryID)).Scan(&out.Title)
	} else {
		var p params
		query := `SELECT q.question FROM gap_questions q WHERE q.gap_id = ` + p.add(key.GapID) + ` AND ` + s.chosen(&p, "q.ticket_id", tickets) +
			` AND q.question <> '' ORDER BY q.id DESC LIMIT 1`
		err = s.db.QueryRow(ctx, query, p.args...).Scan(&out.Example)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return out, nil
	}
	return out, err
}
