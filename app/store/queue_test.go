package store_test

import (
	"database/sql"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"testing"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
)

// Tickets of a desk that was filled before the queue had lanes, and of one filled
// before those with an urgent word had the first, stand where they would today.
func TestQueueOfAnOldDatabase(t *testing.T) {
	const lane, standing = int64(1) << 53, int64(1)<<52 - 1 // the deadline of a stopped clock
	storetest.EachURL(t, func(t *testing.T, url, dataDir string) {
		at := func(migration int64, fill ...string) []int64 {
			t.Helper()
			db, err := store.OpenAt(t.Context(), url, dataDir, storetest.AuditKey(), slog.New(slog.DiscardHandler), migration)
			if err != nil {
				t.Fatal(err)
			}
			err = db.Atomic(t.Context(), func(tx *store.Tx) error {
				for _, query := range fill {
					if _, err := tx.Exec(t.Context(), query); err != nil {
						return err
					}
				}
				return nil
			})
			var order []int64
			if err == nil && migration == 0 {
				rows, queryErr := db.Query(t.Context(), `SELECT id FROM tickets WHERE active = 2 ORDER BY queue_at, id`)
				order, err = store.Collect(rows, queryErr, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
			}
			if err = errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			return order
		}
		ticket := func(id, priority, due int64) string {
			return `INSERT INTO tickets (id, number, account_id, contact_id, kind, comment_id, state, active, priority, due_at, last_message_at, created_at, updated_at)
				VALUES (` + num(id) + `, 'n` + num(id) + `', 1, 1, 'comment', 'c` + num(id) + `', 'new', 2, ` + num(priority) + `, ` + num(due) + `, 1, 1, 1)`
		}
		at(34,
			`INSERT INTO accounts (id, platform, name, settings, created_at, updated_at) VALUES (1, 'fake', 'a', '', 1, 1)`,
			`INSERT INTO contacts (id, account_id, external_id, created_at) VALUES (1, 1, 'c', 1)`,
			ticket(1, 0, 1_000), ticket(2, 2, 9_000), ticket(3, 2, standing), ticket(4, 1, 500), ticket(5, 2, 8_000), ticket(6, 1, 7_000), ticket(7, 2, 10_000))
		at(36,
			`UPDATE tickets SET in_front = 1, queue_at = due_at - `+num(2*lane)+` WHERE id IN (6, 7)`)
		if got, want := at(0), []int64{7, 6, 5, 2, 4, 1, 3}; !slices.Equal(got, want) {
			t.Errorf("the queue is %v, want %v", got, want)
		}
	})
}

func num(n int64) string { return strconv.FormatInt(n, 10) }
