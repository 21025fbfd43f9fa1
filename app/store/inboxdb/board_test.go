package inboxdb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// held is a ticket on the board; due is zero for one without a deadline.
type held struct {
	account, person, department int64
	due, answerDue              time.Time
	waits, given                bool
}

// TestBoard compares the board with a plain count of tickets made up at random.
func TestBoard(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		now := time.Date(2026, 11, 22, 1, 20, 0, 0, time.UTC)
		zone := time.FixedZone("CST", 8*3600)
		all := fillBoard(t, db, now)
		reports := &inbox.Reports{Store: inboxdb.New(db), Zone: zone, Now: func() time.Time { return now }}
		for name, accounts := range map[string][]int64{"all": {1, 2, 3}, "two": {1, 3}, "none": {}} {
			actor := desk.Actor{UserID: 1, Role: desk.Supervisor, AllAccounts: name == "all", AccountIDs: accounts}
			got, err := reports.Board(t.Context(), actor)
			must(t, err)
			compareBoard(t, name, got, all, accounts)
		}
	})
}

func fillBoard(t *testing.T, db *store.DB, now time.Time) (all []held) {
	t.Helper()
	h := newHistory(t, db, 7)
	r := rand.New(rand.NewPCG(3, 4))
	h.write(func(tx *store.Tx) {
		all = nil
		for i := range 300 {
			v := held{account: r.Int64N(3) + 1, person: r.Int64N(4), department: r.Int64N(3) + 1, waits: r.IntN(5) > 0, given: r.IntN(3) == 0}
			due, active := int64(1)<<52, 2
			if r.IntN(8) > 0 {
				v.due = now.Add(time.Duration(r.IntN(40*60)-8*60) * time.Minute)
				due = store.Millis(v.due)
			}
			if !v.waits {
				active = 1
			}
			h.exec(tx, `INSERT INTO contacts (account_id, external_id, created_at) VALUES ($1, $2, 1)`, v.account, fmt.Sprintf("o-%d", i))
			h.exec(tx, `INSERT INTO tickets (number, account_id, contact_id, kind, state, active, assignee_id, due_at, last_message_at, created_at, updated_at)
				VALUES ($1, $2, $3, 'private', 'open', $4, $5, $6, 1, 1, 1)`, fmt.Sprintf("T%d", i), v.account, i+1, active, v.person, due)
			if v.given {
				v.answerDue = now.Add(time.Duration(r.IntN(40*60)-8*60) * time.Minute)
				h.exec(tx, `INSERT INTO escalations (ticket_id, department_id, lead, state, dispatched_at, due_at, updated_at) VALUES ($1, $2, 1, $3, 1, $4, 1)`,
					i+1, v.department, []string{"dispatched", "signed", "returning"}[r.IntN(3)], store.Millis(v.answerDue))
				h.exec(tx, `INSERT INTO escalations (ticket_id, department_id, lead, state, dispatched_at, due_at, updated_at) VALUES ($1, 1, 0, 'answered', 1, 1, 1)`, i+1)
			}
			all = append(all, v)
		}
	})
	return all
}

// compareBoard holds the board against the tickets one after the other.
func compareBoard(t *testing.T, name string, got inbox.Board, all []held, accounts []int64) {
	t.Helper()
	want := inbox.Board{Hours: make([]inbox.HourDue, inbox.BoardHours)}
	people, departments := map[int64]inbox.Holder{}, map[int64]inbox.Holder{}
	end := got.Hours[inbox.BoardHours-1].From.Add(time.Hour)
	count := func(holders map[int64]inbox.Holder, id int64, due time.Time) {
		h := holders[id]
		h.ID = id
		h.Waiting++
		switch {
		case due.IsZero():
		case !due.After(got.At):
			h.Overdue++
		default:
			if h.NextDue.IsZero() || due.Before(h.NextDue) {
				h.NextDue = due
			}
			if !due.After(end) {
				h.Soon++
			}
		}
		holders[id] = h
	}
	for _, v := range all {
		if !slices.Contains(accounts, v.account) {
			continue
		}
		if v.given {
			count(departments, v.department, v.answerDue)
		}
		if !v.waits {
			continue
		}
		count(people, v.person, v.due)
		want.Waiting++
		if v.person == 0 {
			want.Unassigned++
		}
		switch {
		case v.due.IsZero() || v.due.After(end):
			want.Later++
		case !v.due.After(got.At):
			want.Overdue++
		default:
			for i := inbox.BoardHours - 1; i >= 0; i-- {
				if v.due.After(got.Hours[i].From) {
					want.Hours[i].Waiting++
					break
				}
			}
		}
	}
	if got.Waiting != want.Waiting || got.Overdue != want.Overdue || got.Unassigned != want.Unassigned || got.Later != want.Later {
		t.Errorf("%s: waiting %d, overdue %d, unassigned %d, later %d, want %d, %d, %d, %d", name,
			got.Waiting, got.Overdue, got.Unassigned, got.Later, want.Waiting, want.Overdue, want.Unassigned, want.Later)
	}
	for i, hour := range got.Hours {
		if hour.Waiting != want.Hours[i].Waiting {
			t.Errorf("%s: %d are due in the hour from %v, want %d", name, hour.Waiting, hour.From, want.Hours[i].Waiting)
		}
	}
	sameHolders(t, name+", people", got.People, people)
	sameHolders(t, name+", departments", got.Departments, departments)
}

func sameHolders(t *testing.T, name string, got []inbox.Holder, want map[int64]inbox.Holder) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d are on the board, want %d", name, len(got), len(want))
	}
	for i, h := range got {
		w := want[h.ID]
		if h.ID != 0 && h.Name == "" {
			t.Errorf("%s: %d has no name", name, h.ID)
		}
		if w.Name = h.Name; h.Waiting != w.Waiting || h.Overdue != w.Overdue || h.Soon != w.Soon || !h.NextDue.Equal(w.NextDue) {
			t.Errorf("%s: got %+v, want %+v", name, h, w)
		}
		if i > 0 && h.Overdue > got[i-1].Overdue {
			t.Errorf("%s: %d comes after one with fewer overdue", name, h.ID)
		}
	}
}
