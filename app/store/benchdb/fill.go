// Package benchdb fills a database with as many tickets as a benchmark asks
// for. It writes rows straight, which no use case does, because a million
// tickets by way of Ingest would take longer than what is measured.
package benchdb

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
)

// batch is how many tickets one transaction writes; rows how many one INSERT.
const (
	batch = 5000
	rows  = 100
)

// noDue is what a ticket without a running clock has for its deadline.
const noDue = int64(1) << 52

// Fill adds n tickets to the account with the clocks of those that wait: of
// 100, two are open (ten on a desk of less than 5,000, so that its first page
// is full too), one is answered and the rest closed; seven in ten belong to one
// of the users. The newest was written at now.
func Fill(ctx context.Context, db *store.DB, account int64, users []int64, n int, now time.Time) error {
	first, firstContact, err := free(ctx, db)
	if err != nil {
		return err
	}
	for done := 0; done < n; done += batch {
		size := min(batch, n-done)
		err := db.Atomic(ctx, func(tx *store.Tx) error {
			contacts, tickets, clocks := newInsert(tx, contactSQL), newInsert(tx, ticketSQL), newInsert(tx, clockSQL)
			for i := done; i < done+size; i++ {
				r := row(i, n, users, now)
				id, contact := first+int64(i), firstContact+int64(i)
				if err := contacts.add(ctx, contact, account, "bench-"+strconv.FormatInt(contact, 10), "", r.at); err != nil {
					return err
				}
				err := tickets.add(ctx, id, fmt.Sprintf("B%09d", id), account, contact, "private", r.state, r.active, 0,
					subjects[i%len(subjects)], subjects[i%len(subjects)], r.assignee, 0, 1, r.answered, r.due, r.due, r.at, r.at, r.at)
				if err == nil && r.active == 2 {
					if clocks.full() { // the tickets they point to go first
						err = firstError(contacts.flush(ctx), tickets.flush(ctx))
					}
				}
				if err == nil && r.active == 2 {
					err = clocks.add(ctx, id, "first_reply", "running", r.at, r.due, r.due)
				}
				if err != nil {
					return err
				}
			}
			return firstError(contacts.flush(ctx), tickets.flush(ctx), clocks.flush(ctx))
		})
		if err != nil {
			return fmt.Errorf("fill: %w", err)
		}
	}
	return nil
}

// free returns the next ids of tickets and contacts.
func free(ctx context.Context, db *store.DB) (ticket, contact int64, err error) {
	err = db.QueryRow(ctx, `SELECT (SELECT coalesce(max(id), 0) + 1 FROM tickets), (SELECT coalesce(max(id), 0) + 1 FROM contacts)`).
		Scan(&ticket, &contact)
	return ticket, contact, err
}

var subjects = []string{
	"居住证怎么办理", "公积金可以异地提取吗", "社保断缴了有什么影响", "孩子上小学需要什么材料", "医保卡丢了怎么补办",
	"路口的红绿灯坏了好几天", "小区楼下夜市太吵", "二手房过户要交哪些税", "食堂过期食品去哪里投诉", "老人高龄津贴怎么申请",
}

// ticketRow is what differs from ticket to ticket.
type ticketRow struct {
	state    string
	active   int
	answered int
	assignee int64
	due, at  int64
}

func openEvery(n int) int {
	if n < 5000 {
		return 10
	}
	return 50
}

func row(i, n int, users []int64, now time.Time) ticketRow {
	at := now.Add(-time.Duration(n-i) * 7 * time.Second)
	r := ticketRow{state: "closed", answered: 1, due: noDue, at: store.Millis(at)}
	switch {
	case i%openEvery(n) == 7:
		r.state, r.active, r.answered = "open", 2, 0
		r.due = store.Millis(now.Add(24*time.Hour - time.Duration(i%86400)*time.Second))
	case i%100 == 13:
		r.state, r.active = "replied", 1
	}
	if len(users) > 0 && i%10 < 7 {
		r.assignee = users[i%len(users)]
	} else if r.state == "open" {
		r.state = "new"
	}
	return r
}

const (
	contactSQL = `INSERT INTO contacts (id, account_id, external_id, name, created_at) VALUES `
	ticketSQL  = `INSERT INTO tickets (` + ticketColumns + `) VALUES `
	heldSQL    = `INSERT INTO tickets (` + ticketColumns + `, departments) VALUES ` // by a department perhaps

	ticketColumns = `id, number, account_id, contact_id, kind, state, active, priority, subject, preview,
		assignee_id, department_id, message_count, answered, due_at, queue_at, last_message_at, created_at, updated_at`
	clockSQL = `INSERT INTO clocks (ticket_id, name, state, started_at, due_at, next_at) VALUES `
)

// insert gathers rows into statements of a fixed size.
type insert struct {
	tx      *store.Tx
	sql     string
	columns int
	args    []any
}

// newInsert begins an INSERT whose column list is sql's only list.
func newInsert(tx *store.Tx, sql string) *insert {
	return &insert{tx: tx, sql: sql, columns: strings.Count(sql, ",") + 1}
}

func (n *insert) add(ctx context.Context, values ...any) error {
	n.args = append(n.args, values...)
	if len(n.args) < rows*n.columns {
		return nil
	}
	return n.flush(ctx)
}

// full reports whether the next row writes them all.
func (n *insert) full() bool { return len(n.args) >= (rows-1)*n.columns }

// nearlyFull reports whether one of the next three rows writes them all.
func (n *insert) nearlyFull() bool { return len(n.args) >= (rows-3)*n.columns }

func (n *insert) flush(ctx context.Context) error {
	if len(n.args) == 0 {
		return nil
	}
	var marks strings.Builder
	for i := range n.args {
		switch {
		case i == 0:
			marks.WriteString("(")
		case i%n.columns == 0:
			marks.WriteString("),(")
		default:
			marks.WriteString(",")
		}
		marks.WriteString("$" + strconv.Itoa(i+1))
	}
	marks.WriteString(")")
	_, err := n.tx.Exec(ctx, n.sql+marks.String(), n.args...)
	n.args = n.args[:0]
	return err
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Analyze brings the planner's figures up to date after a Fill.
func Analyze(ctx context.Context, db *store.DB) error {
	return db.Atomic(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `ANALYZE`)
		return err
	})
}

// AddPayload is the bare insert a full intake is compared with: one row, with
// the body that arrived, on disk when it returns.
func AddPayload(ctx context.Context, db *store.DB, account int64, externalID string, body []byte, now time.Time) error {
	return db.Atomic(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO payloads (account_id, external_id, received_at, body) VALUES ($1, $2, $3, $4)`,
			account, externalID, store.Millis(now), body)
		return err
	})
}

// touchBatch is how many clocks one transaction of TouchClocks changes, as
// many as one of the desk's sweeps.
const touchBatch = 200

// FillClocks adds n tickets that wait for an answer until due.
func FillClocks(ctx context.Context, db *store.DB, account int64, n int, due time.Time) error {
	first, firstContact, err := free(ctx, db)
	if err != nil {
		return err
	}
	at, end := store.Millis(due.Add(-24*time.Hour)), store.Millis(due)
	plan := fmt.Sprintf(`{"target":%d,"steps":[{"percent":50,"at":%d,"roles":["assignee"]},{"percent":80,"at":%d,"roles":["assignee","supervisor"]},`+
		`{"percent":100,"at":%d,"roles":["assignee","supervisor","department_head"]}]}`, end-at, (at+end)/2, at+(end-at)*8/10, end)
	for done := 0; done < n; done += batch {
		size := min(batch, n-done)
		err := db.Atomic(ctx, func(tx *store.Tx) error {
			contacts, tickets, clocks := newInsert(tx, contactSQL), newInsert(tx, ticketSQL), newInsert(tx, warnedSQL)
			for i := done; i < done+size; i++ {
				id, contact := first+int64(i), firstContact+int64(i)
				err := contacts.add(ctx, contact, account, "bench-"+strconv.FormatInt(contact, 10), "", at)
				if err == nil {
					err = tickets.add(ctx, id, fmt.Sprintf("C%09d", id), account, contact, "private", "new", 2, 0,
						subjects[i%len(subjects)], subjects[i%len(subjects)], 0, 0, 1, 0, end, end, at, at, at)
				}
				if err == nil && clocks.full() {
					err = firstError(contacts.flush(ctx), tickets.flush(ctx))
				}
				if err == nil {
					err = clocks.add(ctx, id, "first_reply", "running", at, end, 2, 80, end, plan)
				}
				if err != nil {
					return err
				}
			}
			return firstError(contacts.flush(ctx), tickets.flush(ctx), clocks.flush(ctx))
		})
		if err != nil {
			return fmt.Errorf("fill clocks: %w", err)
		}
	}
	return nil
}

const warnedSQL = `INSERT INTO clocks (ticket_id, name, state, started_at, due_at, fired, warned, next_at, plan) VALUES `

// TouchClocks changes n clock rows in batches and nothing else: the floor of a
// sweep.
func TouchClocks(ctx context.Context, db *store.DB, n int) error {
	for done := 0; done < n; done += touchBatch {
		err := db.Atomic(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE clocks SET warned = 79 + (warned % 2) WHERE id IN
				(SELECT id FROM clocks WHERE id > $1 ORDER BY id LIMIT $2)`, done, min(touchBatch, n-done))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
