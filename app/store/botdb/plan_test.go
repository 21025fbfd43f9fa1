package botdb

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/bot"
	"replydesk/faq"
)

// The uses of entries are read from indexes alone, and a report reads only the
// decisions of its days.
func TestReportsReadIndexes(t *testing.T) {
	db := storetest.Open(t, "", t.TempDir())
	ids := []faq.EntryID{1, 2}
	all := bot.Scope{From: time.UnixMilli(1), To: time.UnixMilli(2), AllAccounts: true}
	some := all
	some.AllAccounts, some.AccountIDs = false, []int64{1, 3}
	for want, build := range map[string]func() (string, []any){
		"USING COVERING INDEX replies_entry (entry_id=? AND sent_at>? AND sent_at<?)":                    func() (string, []any) { return sentQuery(all, ids) },
		"USING INTEGER PRIMARY KEY (rowid=?)":                                                            func() (string, []any) { return sentQuery(some, ids) },
		"USING COVERING INDEX bot_answers_entry (entry_id=? AND created_at>? AND created_at<?)":          func() (string, []any) { return votedQuery(some, ids) },
		"USING COVERING INDEX bot_answers_figures (created_at>? AND created_at<?)":                       func() (string, []any) { return talliesQuery(steadyScope{Scope: some}) },
		"SEARCH r USING COVERING INDEX replies_answers (ticket_id=? AND id>?)":                           func() (string, []any) { return talliesQuery(steadyScope{Scope: some}) },
		"SEARCH r USING COVERING INDEX replies_entry (entry_id=? AND sent_at>? AND sent_at<?)":           func() (string, []any) { return usedQuery(all) },
		"SEARCH b USING COVERING INDEX bot_answers_entry (entry_id=? AND created_at>? AND created_at<?)": func() (string, []any) { return clickedQuery(some) },
		"SEARCH q USING COVERING INDEX gap_questions_at (at>? AND at<?)":                                 func() (string, []any) { return unansweredQuery(some) },
		"USING COVERING INDEX replies_undelivered":                                                       func() (string, []any) { return talliesQuery(steadyScope{Scope: all}) },
	} {
		query, args := build()
		rows, err := db.Query(t.Context(), `EXPLAIN QUERY PLAN `+query, args...)
		steps, err := store.Collect(rows, err, func(r *sql.Rows) (detail string, err error) {
			var id, parent, unused int
			return detail, r.Scan(&id, &parent, &unused, &detail)
		})
		if err != nil {
			t.Fatal(err)
		}
		if plan := strings.Join(steps, "; "); !strings.Contains(plan, want) {
			t.Errorf("%s\nis answered by %s\nwant %s", query, plan, want)
		}
	}
}
