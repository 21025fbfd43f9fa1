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

// responses are what the bot could not answer, what it gave a menu for, and what
// a citizen found unhelpful of what it did. Settled is the last of those before since: on
// PostgreSQL a number is taken before its row can be read, so that a row may turn
// up behind a later one.
func (s *Store) responses(ctx context.Context, after int64, since time.Time) (found []gap.Found, last, settled int64, err error) {
	rows, err := s.db.Query(ctx, `SELECT id, contact_id, question, action, reason, ticket_id, message_id, entry_id, details, created_at FROM bot_answers
		WHERE id > $1 ORDER BY id LIMIT $2`, after, batch)
	all, err := store.Collect(rows, err, func(r *sql.Rows) (v response, err error) {
		var at int64
		err = r.Scan(&v.id, &v.contact, &v.Question, &v.action, &v.reason, &v.TicketID, &v.MessageID, &v.EntryID, &v.details, &at)
		v.At = store.Time(at)
		return v, err
	})
	if err != nil {
		return nil, after, after, err
	}
	last, settled = after, after
	young := false
	for _, v := range all {
		last = v.id
		if young = young || !v.At.Before(since); !young {
			settled = v.id
		}
		f, ok, err := s.told(ctx, v)
		if err != nil {
			return nil, after, after, fmt.Errorf("response %d: %w", v.id, err)
		}
		if ok && f.MessageID != 0 && (f.Question != "" || f.Taken) {
			found = append(found, f)
		}
	}
	return found, last, settled, nil
}

// response is a row of what the bot did.
type response struct {
	gap.Asked
	action  bot.Action
	reason  bot.Reason
	details string
	id      int64
	contact int64
}

// told is what a response tells of the library, if anything.
func (s *Store) told(ctx context.Context, v response) (f gap.Found, ok bool, err error) {
	asked := said{question: v.Question, message: v.MessageID, details: v.details}
	switch {
	case v.reason == bot.Unhelpful:
		v.Source = gap.Unhelpful
		if asked, err = s.votedOn(ctx, asked); err != nil {
			return f, false, err
		}
	case v.action == bot.Choice:
		f.Taken = true
	case v.action == bot.Menu:
		d, err := detailsOf(v.details)
		if err != nil || d.Topic {
			return f, false, err // the matter was named, and nothing asked
		}
		if chosen, err := s.chosen(ctx, v); err != nil || chosen {
			return f, false, err
		}
		v.Source = gap.Offered
	case slices.Contains(unsure, v.reason):
		v.Source = gap.Unanswered
	default:
		return f, false, nil
	}
	first, err := s.before(ctx, asked, func(d bot.Details) int64 { return d.MenuFor })
	if err != nil {
		return f, false, err
	}
	if first.message != 0 && !(v.action == bot.Menu && first.topic) {
		asked = first // a menu went before it
	}
	f.Asked = v.Asked
	f.Question, f.MessageID = asked.question, asked.message
	return f, true, nil
}

// chosen reports whether the citizen has got an answer by a line of the menu, or
// of another in a row with it.
func (s *Store) chosen(ctx context.Context, menu response) (bool, error) {
	of := menu.id
	if d, err := detailsOf(menu.details); err != nil {
		return false, err
	} else if d.MenuFor != 0 {
		of = d.MenuFor
	}
	rows, err := s.db.Query(ctx, `SELECT details FROM bot_answers WHERE contact_id = $1 AND id > $2 AND action = $3 ORDER BY id LIMIT 5`,
		menu.contact, menu.id, string(bot.Choice))
	choices, err := store.Collect(rows, err, func(r *sql.Rows) (details string, err error) { return details, r.Scan(&details) })
	if err != nil {
		return false, err
	}
	for _, c := range choices {
		d, err := detailsOf(c)
		if err != nil || d.MenuFor == of || d.MenuFor == menu.id {
			return err == nil, err
		}
	}
	return false, nil
}

// said is what a citizen wrote, and the details of what the bot did about it.
type said struct {
	question string
	message  int64
	details  string
	topic    bool   // it named a matter and asked nothing
	given    string // the standard question of the entry the bot gave; "" for none
}

func detailsOf(s string) (d bot.Details, err error) {
	if s == "" {
		return d, nil
	}
	if err := json.Unmarshal([]byte(s), &d); err != nil {
		return d, fmt.Errorf("details of a response: %w", err)
	}
	return d, nil
}

// before is what an earlier response was about that the details name; nothing when
// they name none, or it is gone.
func (s *Store) before(ctx context.Context, now said, named func(bot.Details) int64) (said, error) {
	d, err := detailsOf(now.details)
	if err != nil || named(d) == 0 {
		return said{}, err
	}
	var earlier said
	err = s.db.QueryRow(ctx, `SELECT a.question, a.message_id, a.details, coalesce(e.question, '') FROM bot_answers a
		LEFT JOIN entries e ON e.id = a.entry_id WHERE a.id = $1`, named(d)).
		Scan(&earlier.question, &earlier.message, &earlier.details, &earlier.given)
	if errors.Is(err, sql.ErrNoRows) {
		return said{}, nil
	}
	if err != nil {
		return said{}, err
	}
	d, err = detailsOf(earlier.details)
	earlier.topic = d.Topic
	return earlier, err
}

// votedOn is what the answer a vote is about was asked with. Who clicked on an item
// of the account's menu wrote nothing: the question is the entry's, and the
// message the vote.
func (s *Store) votedOn(ctx context.Context, vote said) (said, error) {
	asked, err := s.before(ctx, vote, func(d bot.Details) int64 { return d.VotedOn })
	if asked.message == 0 {
		asked.question, asked.message = asked.given, vote.message
	}
	return asked, err
}

// replies are the answers of people that were not an entry's: in their own
// words, or with the text of an entry or of a model's draft changed; and the drafts
// they rejected. They are found by the events of their deliveries and refusals.
func (s *Store) replies(ctx context.Context, after int64) (found []gap.Found, last int64, err error) {
	head, err := s.db.Head(ctx)
	if err != nil {
		return nil, after, err
	}
	type fact struct {
		event int64
		name  string
		data  string
	}
	rows, err := s.db.Query(ctx, `SELECT id, name, data FROM events WHERE id > $1 AND id <= $2 AND name IN ($3, $4) ORDER BY id LIMIT $5`,
		after, head, inbox.DeliverySent, inbox.ReplyWasRejected, batch)
	all, err := store.Collect(rows, err, func(r *sql.Rows) (v fact, err error) { return v, r.Scan(&v.event, &v.name, &v.data) })
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
		f, ok, err := s.reply(ctx, id, v.name == inbox.ReplyWasRejected)
		if err != nil {
			return nil, after, err
		}
		if ok {
			found = append(found, f)
		}
	}
	return found, last, nil
}

// reply reads one answer, or a refused one, with the message it answers.
func (s *Store) reply(ctx context.Context, id int64, rejected bool) (f gap.Found, ok bool, err error) {
	var origin inbox.Origin
	var typ channel.Type
	var text, content string
	var drafted *string // what the model wrote; nil when that is not kept
	var answers int
	var at int64
	err = s.db.QueryRow(ctx, `SELECT r.origin, r.text, r.answers, r.ticket_id, r.entry_id, coalesce(m.id, 0), coalesce(m.text, ''),
			coalesce(m.type, ''), coalesce(v.content, ''), d.text, CASE WHEN r.sent_at = 0 THEN r.updated_at ELSE r.sent_at END
		FROM replies r LEFT JOIN messages m ON m.id = r.answers_until
		LEFT JOIN entry_revisions v ON v.entry_id = r.entry_id AND v.revision = r.entry_revision
		LEFT JOIN drafts d ON d.id = r.draft_id
		WHERE r.id = $1`, id).Scan(&origin, &text, &answers, &f.TicketID, &f.EntryID, &f.MessageID, &f.Question, &typ, &content, &drafted, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return f, false, nil
	}
	if err != nil {
		return f, false, err
	}
	f.At = store.Time(at)
	if answers == 0 || f.MessageID == 0 || typ != channel.Text || f.Question == "" || text == inbox.ErasedText {
		return f, false, nil
	}
	switch {
	case rejected:
		f.Source = gap.Rejected
		return f, origin == inbox.FromLLM, nil
	case origin == inbox.FromLLM:
		f.Source = gap.Edited
		return f, drafted != nil && !faq.Gives(text, *drafted), nil
	case origin != inbox.FromStaff && origin != inbox.FromFAQ && origin != inbox.FromDepartment:
		return f, false, nil
	case f.EntryID == 0:
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
