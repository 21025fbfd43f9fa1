package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// idList is a parameter for inList: ids as one text, so that however many there
// are the statement is the same.
func idList(ids []int64) string {
	b := make([]byte, 0, 8*len(ids)+2)
	b = append(b, '[')
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, id, 10)
	}
	return string(append(b, ']'))
}

// termList is idList of texts.
func termList(terms []string) string {
	b, _ := json.Marshal(terms) // strings always marshal
	return string(b)
}

// inIDs and inTerms are conditions on a column: it is in the list that the
// parameter holds.
func inIDs(engine store.Engine, column, param string) string {
	if engine == store.SQLite {
		return column + ` IN (SELECT value FROM json_each(` + param + `))`
	}
	return column + ` = ANY (ARRAY(SELECT CAST(v AS BIGINT) FROM json_array_elements_text(CAST(` + param + ` AS JSON)) v))`
}

func inTerms(engine store.Engine, column, param string) string {
	if engine == store.SQLite {
		return column + ` IN (SELECT value FROM json_each(` + param + `))`
	}
	return column + ` = ANY (ARRAY(SELECT v FROM json_array_elements_text(CAST(` + param + ` AS JSON)) v))`
}

// content is everything of a ticket that search reads.
type content struct {
	ticket, contact int64
	assignee        int64
	name            string // of the contact
	attributes      []string
	texts           []piece
}

// piece is one text of a ticket.
type piece struct {
	source inbox.Source
	at     time.Time
	text   string
}

func (c *content) add(source inbox.Source, at int64, text string) {
	if text != "" && text != inbox.ErasedText {
		c.texts = append(c.texts, piece{source, store.Time(at), text})
	}
}

// shown are the texts an actor may read, those of the thread first and among
// them the newest.
func (c *content) shown(a desk.Actor) []piece {
	out := make([]piece, 0, len(c.texts))
	for _, p := range slices.Backward(c.texts) {
		if p.source != inbox.InNote && p.source != inbox.InReply || a.Role != desk.Liaison {
			out = append(out, p)
		}
	}
	return out
}

// Attributes of a ticket are terms of the index too, so that a filter narrows
// there. A text has no term that begins like them.
func accountTerm(id int64) string    { return "@a" + strconv.FormatInt(id, 10) }
func departmentTerm(id int64) string { return "@d" + strconv.FormatInt(id, 10) }
func assigneeTerm(id int64) string   { return "@u" + strconv.FormatInt(id, 10) }
func kindTerm(k channel.Kind) string { return "@k" + string(k) }
func stateTerm(s inbox.State) string { return "@s" + string(s) }
func madeTerm(at time.Time) string   { return "@m" + at.UTC().Format(time.DateOnly) }
func tagTerm(tag string) string      { return "@t" + strings.ReplaceAll(tag, "\n", " ") }

// contents reads the tickets with these ids; one that is not there is left out.
func (s *Store) contents(ctx context.Context, ids []int64) (map[int64]*content, error) {
	found := make(map[int64]*content, len(ids))
	list, engine := idList(ids), s.db.Engine()
	rows, err := s.db.Query(ctx, `SELECT t.id, t.contact_id, t.number, t.subject, t.account_id, t.departments, t.assignee_id, t.kind,
		t.state, t.tags, t.created_at, co.name, coalesce(p.title, '') FROM tickets t
		JOIN contacts co ON co.id = t.contact_id LEFT JOIN posts p ON p.id = t.post_id WHERE t.merged_into = 0 AND `+inIDs(engine, "t.id", "$1"), list)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		c, err := scanContent(r)
		found[c.ticket] = c
		return struct{}{}, err
	})
	if err != nil {
		return nil, fmt.Errorf("read tickets to search: %w", err)
	}
	for _, part := range []struct {
		source inbox.Source
		query  string
	}{
		{inbox.InNumber, `SELECT ticket_id, 0, number FROM (SELECT id, number, merged_into AS ticket_id FROM tickets WHERE merged_into <> 0) o WHERE `},
		{inbox.InNote, `SELECT ticket_id, created_at, text FROM notes WHERE `},
		{inbox.InReply, `SELECT ticket_id, created_at, text FROM replies WHERE `},
		{inbox.InMessage, `SELECT ticket_id, received_at, text FROM messages WHERE `},
	} {
		rows, err := s.db.Query(ctx, part.query+inIDs(engine, "ticket_id", "$1")+` ORDER BY ticket_id, id`, list)
		_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
			var id, at int64
			var text string
			err := r.Scan(&id, &at, &text)
			if c := found[id]; c != nil {
				c.add(part.source, at, text)
			}
			return struct{}{}, err
		})
		if err != nil {
			return nil, fmt.Errorf("read texts to search: %w", err)
		}
	}
	return found, nil
}

func scanContent(r row) (*content, error) {
	c := new(content)
	var number, subject, departments, tags, title string
	var account, assignee, created int64
	var kind channel.Kind
	var state inbox.State
	err := r.Scan(&c.ticket, &c.contact, &number, &subject, &account, &departments, &assignee, &kind, &state, &tags, &created, &c.name, &title)
	if err != nil {
		return c, err
	}
	var named []string
	if err := json.Unmarshal([]byte(tags), &named); err != nil {
		return c, fmt.Errorf("tags of ticket %d: %w", c.ticket, err)
	}
	c.assignee = assignee
	c.attributes = []string{accountTerm(account), assigneeTerm(assignee), kindTerm(kind), stateTerm(state), madeTerm(store.Time(created))}
	for _, department := range store.Departments(departments) {
		c.attributes = append(c.attributes, departmentTerm(department))
	}
	for _, tag := range named {
		c.attributes = append(c.attributes, tagTerm(tag))
	}
	// What is read first is shown last.
	c.add(inbox.InPost, 0, title)
	c.add(inbox.InContact, 0, c.name)
	c.add(inbox.InNumber, 0, number)
	c.add(inbox.InSubject, 0, subject)
	return c, nil
}
