package gapdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"replydesk/app/store"
	"replydesk/bot"
	"replydesk/faq"
	"replydesk/faq/gap"
	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// batch is how many records of each kind are read at a time.
const batch = 200

// The names of the two cursors among the counters.
const (
	responseCursor = "gap.response"
	eventCursor    = "gap.event"
)

// Cursor implements gap.Store.
func (s *Store) Cursor(ctx context.Context) (gap.Cursor, error) {
	var c gap.Cursor
	err := s.db.QueryRow(ctx, `SELECT coalesce(max(CASE WHEN name = $1 THEN value END), 0), coalesce(max(CASE WHEN name = $2 THEN value END), 0)
		FROM counters WHERE name IN ($1, $2)`, responseCursor, eventCursor).Scan(&c.Response, &c.Event)
	return c, err
}

// SaveCursor implements gap.Tx.
func (tx *Tx) SaveCursor(ctx context.Context, c gap.Cursor) error {
	for name, value := range map[string]int64{responseCursor: c.Response, eventCursor: c.Event} {
		_, err := tx.Exec(ctx, `INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		if err != nil {
			return err
		}
	}
	return nil
}

// Fresh implements gap.Store.
func (s *Store) Fresh(ctx context.Context, after gap.Cursor, since time.Time) (found []gap.Found, next, settled gap.Cursor, err error) {
	fromBot, response, sure, err := s.responses(ctx, after.Response, since)
	if err != nil {
		return nil, after, after, fmt.Errorf("responses after %d: %w", after.Response, err)
	}
	fromStaff, event, err := s.replies(ctx, after.Event)
	if err != nil {
		return nil, after, after, fmt.Errorf("replies after event %d: %w", after.Event, err)
	}
	return append(fromBot, fromStaff...), gap.Cursor{Response: response, Event: event}, gap.Cursor{Response: sure, Event: event}, nil
}

// unsure are the reasons for which the bot had no answer in the library, or no
// line of a menu that fitted. Of another department's entry, and of a choice whose entry is gone, the question
// is answered there or was no question.
var unsure = []bot.Reason{bot.BelowThreshold, bot.TwoMisses, bot.NoneFits, bot.HandedOver}

// responses are what the bot could not answer, and what a citizen found
// unhelpful of what it did. Settled is the last of those before since: on
// PostgreSQL a number is taken before its row can be read, so that a row may turn
// up behind a later one.
func (s *Store) responses(ctx context.Context, after int64, since time.Time) (found []gap.Found, last, settled int64, err error) {
	type row struct {
		gap.Asked
		reason  bot.Reason
		details string
		id, at  int64
	}
	rows, err := s.db.Query(ctx, `SELECT id, question, reason, ticket_id, message_id, entry_id, details, created_at FROM bot_answers
		WHERE id > $1 ORDER BY id LIMIT $2`, after, batch)
	all, err := store.Collect(rows, err, func(r *sql.Rows) (v row, err error) {
		return v, r.Scan(&v.id, &v.Question, &v.reason, &v.TicketID, &v.MessageID, &v.EntryID, &v.details, &v.at)
	})
	if err != nil {
		return nil, after, after, err
	}
	last, settled = after, after
	young := false
	for _, v := range all {
		last, v.At = v.id, store.Time(v.at)
		if young = young || !v.At.Before(since); !young {
			settled = v.id
		}
		asked := said{v.Question, v.MessageID, v.details}
		switch {
		case v.reason == bot.Unhelpful:
			v.Source = gap.Unhelpful
			asked, err = s.before(ctx, asked, func(d bot.Details) int64 { return d.VotedOn })
		case slices.Contains(unsure, v.reason):
			v.Source = gap.Unanswered
		default:
			continue
		}
		if err != nil {
			return nil, after, after, err
		}
		first, err := s.before(ctx, asked, func(d bot.Details) int64 { return d.MenuFor })
		if err != nil {
			return nil, after, after, err
		}
		if first.message == 0 { // no menu went before it
			first = asked
		}
		v.Question, v.MessageID = first.question, first.message
		if v.MessageID != 0 && v.Question != "" {
			found = append(found, gap.Found{Asked: v.Asked})
		}
	}
	return found, last, settled, nil
}

// said is what a citizen wrote, and the details of what the bot did about it.
type said struct {
	question string
	message  int64
	details  string
}

// before is what an earlier response was about that the details name; nothing when
// they name none, or it is gone.
func (s *Store) before(ctx context.Context, now said, named func(bot.Details) int64) (said, error) {
	var d bot.Details
	if now.details != "" {
		if err := json.Unmarshal([]byte(now.details), &d); err != nil {
			return said{}, fmt.Errorf("details of a response: %w", err)
		}
	}
	var earlier said
	if named(d) == 0 {
		return earlier, nil
	}
	err := s.db.QueryRow(ctx, `SELECT question, message_id, details FROM bot_answers WHERE id = $1`, named(d)).
		Scan(&earlier.question, &earlier.message, &earlier.details)
	if errors.Is(err, sql.ErrNoRows) {
		return said{}, nil
	}
	return earlier, err
}

// replies are the answers of people that were not an entry's: in their own
// words, or with the entry's text changed. They are found by the events of their
// deliveries.
func (s *Store) replies(ctx context.Context, after int64) (found []gap.Found, last int64, err error) {
	head, err := s.db.Head(ctx)
	if err != nil {
		return nil, after, err
	}
	type sent struct {
		event int64
		data  string
	}
	rows, err := s.db.Query(ctx, `SELECT id, data FROM events WHERE id > $1 AND id <= $2 AND name = $3 ORDER BY id LIMIT $4`,
		after, head, inbox.DeliverySent, batch)
	all, err := store.Collect(rows, err, func(r *sql.Rows) (v sent, err error) { return v, r.Scan(&v.event, &v.data) })
	if err != nil {
		return nil, after, err
	}
	last = max(after, head)
	if len(all) == batch {
		last = all[batch-1].event
	}
	for _, v := range all {
		var data struct {
			ReplyID string `json:"reply_id"`
		}
		if err := json.Unmarshal([]byte(v.data), &data); err != nil {
			return nil, after, fmt.Errorf("event %d: %w", v.event, err)
		}
		id, err := strconv.ParseInt(data.ReplyID, 10, 64)
		if err != nil {
			continue // not about a reply
		}
		f, ok, err := s.reply(ctx, id)
		if err != nil {
			return nil, after, err
		}
		if ok {
			found = append(found, f)
		}
	}
	return found, last, nil
}

// reply reads one answer with the message it answers.
func (s *Store) reply(ctx context.Context, id int64) (f gap.Found, ok bool, err error) {
	var origin inbox.Origin
	var typ channel.Type
	var text, content string
	var answers int
	var at int64
	err = s.db.QueryRow(ctx, `SELECT r.origin, r.text, r.answers, r.ticket_id, r.entry_id, coalesce(m.id, 0), coalesce(m.text, ''),
			coalesce(m.type, ''), coalesce(v.content, ''), r.sent_at
		FROM replies r LEFT JOIN messages m ON m.id = r.answers_until
		LEFT JOIN entry_revisions v ON v.entry_id = r.entry_id AND v.revision = r.entry_revision
		WHERE r.id = $1`, id).Scan(&origin, &text, &answers, &f.TicketID, &f.EntryID, &f.MessageID, &f.Question, &typ, &content, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	f.At = store.Time(at)
	byPerson := origin == inbox.FromStaff || origin == inbox.FromFAQ || origin == inbox.FromDepartment
	if !byPerson || answers == 0 || f.MessageID == 0 || typ != channel.Text || f.Question == "" || text == inbox.ErasedText {
		return f, false, nil
	}
	if f.EntryID == 0 {
		f.Own = true
		return f, true, nil
	}
	var entry faq.Content
	if err := json.Unmarshal([]byte(content), &entry); err != nil {
		return f, false, nil //nolint:nilerr // the revision is gone: whether it was changed cannot be told
	}
	f.Source = gap.Edited
	return f, !entry.Gives(text), nil
}
