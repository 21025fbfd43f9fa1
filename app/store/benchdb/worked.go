package benchdb

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"replydesk/app/store"
)

// Worked is a desk whose reports are measured: Tickets came in evenly over so
// many Days, for the Accounts in turn.
type Worked struct {
	Tickets, Days                int
	Accounts, Departments, Users []int64
}

const (
	workedTicketSQL = `INSERT INTO tickets (id, number, account_id, contact_id, kind, state, active, subject, preview, assignee_id, department_id,
		category, message_count, answered, due_at, queue_at, last_message_at, created_at, updated_at, closed_at) VALUES `
	workedClockSQL = `INSERT INTO clocks (ticket_id, escalation_id, name, state, started_at, due_at, next_at, met_at) VALUES `
	workedGivenSQL = `INSERT INTO escalations (id, ticket_id, department_id, lead, state, dispatched_at, due_at, signed_at, answered_at, updated_at) VALUES `
	workedReplySQL = `INSERT INTO replies (ticket_id, text, state, origin, author_id, answers_until, created_at, updated_at, sent_at) VALUES `
)

// FillWorked adds the tickets of a Worked desk, with their clocks, first answers
// and, of a quarter, the department that had it. The newest two in a hundred wait for an answer, of the others four in
// a hundred needed none; the rest was answered after seconds to days.
func FillWorked(ctx context.Context, db *store.DB, w Worked, now time.Time) error {
	first, firstContact, err := free(ctx, db)
	if err != nil {
		return err
	}
	for done := 0; done < w.Tickets; done += batch {
		err := db.Atomic(ctx, func(tx *store.Tx) error {
			rows := workedRows{newInsert(tx, contactSQL), newInsert(tx, workedTicketSQL), newInsert(tx, workedGivenSQL), newInsert(tx, workedReplySQL), newInsert(tx, workedClockSQL)}
			for i := done; i < min(done+batch, w.Tickets); i++ {
				if err := rows.add(ctx, w, i, first+int64(i), firstContact+int64(i), now); err != nil {
					return err
				}
			}
			return rows.flush(ctx)
		})
		if err != nil {
			return fmt.Errorf("fill: %w", err)
		}
	}
	return nil
}

// workedRows gathers rows in the order in which they point at each other.
type workedRows struct{ contacts, tickets, given, replies, clocks *insert }

func (r workedRows) flush(ctx context.Context) error {
	return firstError(r.contacts.flush(ctx), r.tickets.flush(ctx), r.given.flush(ctx), r.replies.flush(ctx), r.clocks.flush(ctx))
}

// dayMS is a day in milliseconds.
const dayMS = int64(24 * time.Hour / time.Millisecond)

func (r workedRows) add(ctx context.Context, w Worked, i int, id, contact int64, now time.Time) error {
	if r.given.full() || r.replies.full() || r.clocks.nearlyFull() { // the tickets they point to go first
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	at := store.Millis(now) - int64(w.Tickets-i)*dayMS*int64(w.Days)/int64(w.Tickets)
	mix := i * 7919 // spreads what would otherwise come in step
	account, kind := w.Accounts[mix%len(w.Accounts)], [...]string{"private", "private", "comment"}[mix/7%3]
	wait := int64(1000 * math.Exp(float64(mix%997)/997*12.5)) // a second to three days
	state, active, answered, due, closed := "closed", 0, 1, noDue, at+wait+3600_000
	switch {
	case i >= w.Tickets-w.Tickets/50:
		state, active, answered, due, closed = "open", 2, 0, at+dayMS, 0
	case mix%25 == 0:
		state, answered = "ignored", 0
	case mix%25 == 1:
		state, active, closed = "replied", 1, 0
	}
	assignee, department := w.Users[mix/11%len(w.Users)], int64(0)
	if mix%4 == 0 {
		department = w.Departments[mix/13%len(w.Departments)]
	}
	subject := subjects[mix%len(subjects)]
	err := firstError(
		r.contacts.add(ctx, contact, account, "worked-"+strconv.FormatInt(contact, 10), "", at),
		r.tickets.add(ctx, id, fmt.Sprintf("W%09d", id), account, contact, kind, state, active, subject, subject, assignee, department,
			fmt.Sprintf("类别%d", mix/17%20), 1, answered, due, due, at, at, at, closed),
	)
	clock, met := "met", at+wait
	switch {
	case active == 2 && due > store.Millis(now):
		clock, met = "running", 0
	case active == 2:
		clock, met = "missed", 0
	case wait > dayMS:
		clock = "missed"
	}
	if err == nil && answered == 1 {
		origin := [...]string{"bot", "bot", "staff", "faq", "department"}[mix%5]
		err = r.replies.add(ctx, id, "", "sent", origin, assignee, 1, at, at, at+wait)
	}
	if err == nil {
		err = r.clocks.add(ctx, id, 0, "first_reply", clock, at, at+dayMS, 0, met)
	}
	if err == nil && department != 0 {
		err = r.give(ctx, id, department, at, wait, clock)
	}
	return err
}

// give adds the escalation of a ticket, with the clocks of its department: signed
// after a quarter of the time to the answer.
func (r workedRows) give(ctx context.Context, id, department, at, wait int64, clock string) error {
	state, signed, answered, met := "accepted", at+wait/4, at+wait, at+wait
	if clock == "running" || clock == "missed" && wait <= dayMS {
		state, answered, met = "signed", 0, 0
	}
	return firstError(
		r.given.add(ctx, id, id, department, 1, state, at, at+dayMS, signed, answered, at+wait),
		r.clocks.add(ctx, id, id, "sign", "met", at, at+dayMS/2, 0, signed),
		r.clocks.add(ctx, id, id, "department", clock, at, at+dayMS, 0, met),
	)
}
