package inboxdb_test

import (
	"cmp"
	"database/sql"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Counted step by step or all at once: the roll-ups are the same, row by row, and
// what is gone leaves nothing.
func TestRollUpsMadeAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHistory(t, db, 7)
		x := inboxdb.NewRoller(inboxdb.New(db), time.UTC)
		for range 10 {
			h.happens(30)
			h.gives(30)
			rolled(t, x)
		}
		step := rollUps(t, db)
		if len(step) < 500 {
			t.Fatalf("only %d rows", len(step))
		}
		must(t, x.Rebuild(t.Context()))
		if p, err := inboxdb.New(db).ReportProgress(t.Context()); err != nil || p != 0 {
			t.Errorf("progress %v, %v after the beginning", p, err)
		}
		rolled(t, x)
		if again := rollUps(t, db); !reflect.DeepEqual(step, again) {
			t.Errorf("%d rows, %d when made again", len(step), len(again))
		}
		h.write(func(tx *store.Tx) {
			for _, table := range []string{"clocks", "replies", "ratings", "escalations"} {
				h.exec(tx, `DELETE FROM `+table)
			}
			for _, ticket := range h.tickets {
				h.tell(tx, ticket)
			}
			h.exec(tx, `DELETE FROM tickets`)
		})
		rolled(t, x)
		if left := rollUps(t, db); len(left) != 0 {
			t.Errorf("of no tickets %d rows are left: %v", len(left), left[0])
		}
	})
}

// rollUps are the rows of the roll-ups as text.
func rollUps(t *testing.T, db *store.DB) []string {
	t.Helper()
	var out []string
	for table, columns := range map[string]int{"report_sums": 4, "report_tickets": 16, "hotspot_tickets": 13} {
		rows, err := db.Query(t.Context(), `SELECT * FROM `+table)
		lines, err := store.Collect(rows, err, func(r *sql.Rows) (string, error) {
			values, targets := make([]string, columns), make([]any, columns)
			for i := range values {
				targets[i] = &values[i]
			}
			err := r.Scan(targets...)
			return table + " " + strings.Join(values, "|"), err
		})
		must(t, err)
		out = append(out, lines...)
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}

// What a report is compared with, and what it refuses.
func TestReportRanges(t *testing.T) {
	db := storetest.Open(t, "", t.TempDir())
	now := time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC) // the 23rd in Shanghai
	zone, err := time.LoadLocation("Asia/Shanghai")
	must(t, err)
	r := &inbox.Reports{Store: inboxdb.New(db), Zone: zone, Now: func() time.Time { return now }}
	for _, c := range []struct{ from, to, now, earlier string }{
		{"", "", "2026-10-25 2026-11-23", "2026-09-25 2026-10-24"},
		{"2026-11-23", "2026-11-23", "2026-11-23 2026-11-23", "2026-11-22 2026-11-22"},
		{"2026-10-01", "2026-10-31", "2026-10-01 2026-10-31", "2026-09-01 2026-09-30"},
		{"2026-07-01", "2026-09-30", "2026-07-01 2026-09-30", "2026-04-01 2026-06-30"},
		{"2026-01-01", "2026-12-31", "2026-01-01 2026-12-31", "2025-01-01 2025-12-31"},
		{"2026-02-01", "2026-02-27", "2026-02-01 2026-02-27", "2026-01-05 2026-01-31"},
	} {
		got, err := r.Report(t.Context(), inbox.ReportFilter{Actor: people["all"], From: c.from, To: c.to})
		must(t, err)
		if is, was := got.Range.From+" "+got.Range.To, got.Earlier.From+" "+got.Earlier.To; is != c.now || was != c.earlier {
			t.Errorf("%s to %s: %s and %s, want %s and %s", c.from, c.to, is, was, c.now, c.earlier)
		}
	}
	for name, f := range map[string]inbox.ReportFilter{
		"backwards": {From: "2026-11-02", To: "2026-11-01"}, "too long": {From: "2025-01-01", To: "2026-02-01"}, "no date": {From: "2026-02-30"}, "no dimension": {By: "mood"},
	} {
		f.Actor = people["all"]
		if _, err := r.Report(t.Context(), f); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, role := range []desk.Role{desk.Staff, desk.Liaison} {
		actor := desk.Actor{Role: role, AllAccounts: true}
		if _, err := r.Report(t.Context(), inbox.ReportFilter{Actor: actor}); desk.CodeOf(err) != desk.Forbidden {
			t.Errorf("report for %s: %v", role, err)
		}
		if _, _, err := r.Overdue(t.Context(), inbox.OverdueFilter{Actor: actor}); desk.CodeOf(err) != desk.Forbidden {
			t.Errorf("overdue for %s: %v", role, err)
		}
	}
}

// The overdue are those whose deadline has passed, by their place in the queue.
func TestOverdue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHistory(t, db, 8)
		h.happens(60)
		now := h.from.AddDate(0, 0, 30)
		h.write(func(tx *store.Tx) {
			h.exec(tx, `UPDATE tickets SET active = CASE WHEN state IN ('closed', 'ignored') THEN 0 ELSE 2 END, due_at = $1 + id * 3600000, queue_at = $1 + id * 3600000`, store.Millis(now)-10*3600000)
		})
		var want []int64
		for _, ticket := range h.tickets {
			if !ticket.state.Ended() && ticket.id <= 10 && ticket.account != 2 {
				want = append(want, ticket.id)
			}
		}
		r := &inbox.Reports{Store: inboxdb.New(db), Zone: time.UTC, Now: func() time.Time { return now }}
		var got []int64
		for f := (inbox.OverdueFilter{Actor: people["two"], Limit: 2}); ; {
			page, n, err := r.Overdue(t.Context(), f)
			must(t, err)
			if n != len(want) {
				t.Errorf("%d are overdue, want %d", n, len(want))
			}
			for _, row := range page.Items {
				got = append(got, int64(row.ID))
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		if !slices.Equal(got, want) || len(want) < 3 {
			t.Errorf("overdue %v, want %v", got, want)
		}
	})
}
