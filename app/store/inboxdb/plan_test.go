package inboxdb

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// planTickets is enough for the planner's figures to tell the columns apart.
const planTickets = 6_000

// planning is a SQLite database with tickets of every state, spread over
// accounts, users and departments, without and with figures.
func planning(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	db := storetest.Open(t, "", t.TempDir())
	run := func(query string) {
		t.Helper()
		err := db.Atomic(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(t.Context(), query)
			return err
		})
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	numbers := func(n int) string {
		return fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)`, n)
	}
	run(`INSERT INTO accounts (platform, name, settings, created_at, updated_at) ` + numbers(20) + ` SELECT 'test', 'a' || i, '', 1, 1 FROM n`)
	run(`INSERT INTO contacts (account_id, external_id, created_at) ` + numbers(planTickets) + ` SELECT 1 + i % 19, 'c' || i, 1 FROM n`)
	run(`INSERT INTO tickets (number, account_id, contact_id, kind, state, active, subject, assignee_id, department_id, due_at, queue_at, last_message_at, created_at, updated_at) ` +
		numbers(planTickets) + ` SELECT CAST(20260101 + i / 400 AS TEXT) || '-' || CAST(1000 + i % 400 AS TEXT), 1 + i % 19, i, 'private',
		CASE WHEN i % 50 = 0 THEN 'open' WHEN i % 50 = 1 THEN 'in_review' WHEN i % 50 = 2 THEN 'replied' ELSE 'closed' END,
		CASE WHEN i % 50 < 2 THEN 2 WHEN i % 50 = 2 THEN 1 ELSE 0 END, '居住证怎么办理 ' || i, i % 31, i % 13,
		CASE WHEN i % 50 < 2 THEN 1000000 + i * 7 ELSE 4503599627370496 END, CASE WHEN i % 50 < 2 THEN 1000000 + i * 7 ELSE 4503599627370496 END, 1000000 + i * 13, 1, 1 FROM n`)
	run(`INSERT INTO departments (code, name) ` + numbers(20) + ` SELECT 'd' || i, 'd' || i FROM n`)
	run(`UPDATE tickets SET departments = ',' || department_id || ',' WHERE department_id <> 0`)
	run(`INSERT INTO escalations (ticket_id, department_id, lead, state, dispatched_at, due_at, updated_at)
		SELECT id, department_id, 1, 'accepted', 1, 1, 1 FROM tickets WHERE department_id <> 0`)
	run(`INSERT INTO replies (ticket_id, text, state, origin, author_id, answers_until, created_at, updated_at) ` + numbers(planTickets) +
		` SELECT i, '', CASE WHEN i % 1000 = 0 THEN 'failed' ELSE 'sent' END, 'staff', 1, 1, 1, 1 FROM n`)
	t.Run("without figures", func(t *testing.T) { fn(t, db) })
	run(`ANALYZE`)
	t.Run("with figures", func(t *testing.T) { fn(t, db) })
}

// planOf tells how SQLite would answer: each step and how deep it is.
func planOf(t *testing.T, db *store.DB, query string, args []any) (outer, inner []string) {
	t.Helper()
	rows, err := db.Query(t.Context(), `EXPLAIN QUERY PLAN `+query, args...)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id, parent, unused int
		var detail string
		err := r.Scan(&id, &parent, &unused, &detail)
		if parent == 0 {
			outer = append(outer, detail)
		} else {
			inner = append(inner, detail)
		}
		return struct{}{}, err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return outer, inner
}

func TestPlans(t *testing.T) {
	planning(t, func(t *testing.T, db *store.DB) {
		t.Run("lists", func(t *testing.T) { listsReadAnIndexInOrder(t, db) })
		t.Run("views", func(t *testing.T) { viewsAreCountedInIndexes(t, db) })
		t.Run("counts", func(t *testing.T) { countsReadSmallIndexes(t, db) })
		t.Run("erasing", func(t *testing.T) { erasingReadsOnePersonsRows(t, db) })
		t.Run("hotspots", func(t *testing.T) { hotspotsReadTheirOwnIndex(t, db) })
		t.Run("giving", func(t *testing.T) { givingReadsThoseWhoWait(t, db) })
	})
}

// Every list is an index range in its own order: its cost is that of the page,
// or of those who wait, never that of all tickets.
func listsReadAnIndexInOrder(t *testing.T, db *store.DB) {
	t.Helper()
	actors := map[string]desk.Actor{
		"all accounts": {UserID: 1, Role: desk.Staff, AllAccounts: true}, "one account": {UserID: 1, Role: desk.Staff, AccountIDs: []int64{3}},
		"three accounts": {UserID: 1, Role: desk.Staff, AccountIDs: []int64{3, 4, 5}}, "liaison": {UserID: 1, Role: desk.Liaison, DepartmentID: 3},
	}
	urgent := inbox.Urgent
	filters := map[string]func(*inbox.TicketFilter){
		"":           func(*inbox.TicketFilter) {},
		"state":      func(f *inbox.TicketFilter) { f.State = inbox.Open },
		"ended":      func(f *inbox.TicketFilter) { f.State = inbox.Closed },
		"kind":       func(f *inbox.TicketFilter) { f.Kind = channel.Comment },
		"account":    func(f *inbox.TicketFilter) { f.AccountID = 3 },
		"assignee":   func(f *inbox.TicketFilter) { f.AssigneeID = 5 },
		"nobody's":   func(f *inbox.TicketFilter) { f.Unassigned = true },
		"department": func(f *inbox.TicketFilter) { f.DepartmentID = 3 },
		"team":       func(f *inbox.TicketFilter) { f.TeamID = 3 },
		"tag":        func(f *inbox.TicketFilter) { f.Tag = "急" },
		"category":   func(f *inbox.TicketFilter) { f.Category = "户籍" },
		"priority":   func(f *inbox.TicketFilter) { f.Priority = &urgent },
		"late":       func(f *inbox.TicketFilter) { f.Late, f.Now = true, time.UnixMilli(1_400_000) },
		"several":    func(f *inbox.TicketFilter) { f.State, f.AccountID, f.AssigneeID = inbox.Open, 3, 5 },
	}
	views := []inbox.View{inbox.ViewOpen, inbox.ViewMine, inbox.ViewUnassigned, inbox.ViewDueSoon, inbox.ViewReview, inbox.ViewSnoozed, inbox.ViewAll, inbox.ViewClosed}
	for _, view := range views {
		for _, by := range []inbox.Sort{inbox.SortDue, inbox.SortNewest} {
			for actorName, actor := range actors {
				for name, filter := range filters {
					f := inbox.TicketFilter{Actor: actor, View: view, Sort: by, Limit: 50, DueBefore: time.UnixMilli(1_500_000)}
					filter(&f)
					query, args, err := ticketsQuery(f, store.SQLite)
					if err != nil {
						t.Fatal(err)
					}
					_, steps := planOf(t, db, query, args)
					plan := strings.Join(steps, "; ")
					if problem := wrongPlan(f, plan); problem != "" {
						t.Errorf("%s by %s of %s, %s: %s: %s", view, by, actorName, name, problem, plan)
					}
				}
			}
		}
	}
}

// wrongPlan says what is wrong with the way a page is chosen.
func wrongPlan(f inbox.TicketFilter, plan string) string {
	if f.Actor.Role == desk.Liaison { // what the department was given, in whatever order
		switch {
		case !strings.Contains(plan, "escalations_department (department_id=?)"), strings.Contains(plan, "SCAN tickets"), strings.Contains(plan, "SCAN t USING"):
			return "not by what the department was given"
		case !strings.Contains(plan, "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"):
			return "not by the ids of what was given"
		}
		return ""
	}
	want := []string{"tickets_rest_newest"}
	if f.View == inbox.ViewSnoozed {
		want = []string{"tickets_snoozed"}
	}
	if waiting(f) {
		want = []string{"tickets_waiting_newest "}
		if sortOf(f) == inbox.SortDue {
			want = []string{"tickets_waiting ", "tickets_waiting_assignee "}
		}
	}
	if len(partsOf(f)) > 1 {
		index := "tickets_waiting_newest "
		if sortOf(f) == inbox.SortDue {
			index = "tickets_waiting"
		}
		if !strings.Contains(plan, "USING INDEX "+index) {
			return "does not find those who wait by their index"
		}
	}
	// Two parts, each a page at most, are merged.
	if len(partsOf(f)) > 1 && sortOf(f) == inbox.SortDue {
		plan = strings.TrimSuffix(plan, "SCAN t; USE TEMP B-TREE FOR ORDER BY")
	}
	plan = strings.NewReplacer("SCAN a; USE TEMP B-TREE FOR ORDER BY", "", "SCAN b; USE TEMP B-TREE FOR ORDER BY", "").Replace(plan)
	// The newest of several accounts are merged from one range of each, of
	// which no more is read than a page.
	merged := len(f.Actor.AccountIDs) > 1 && !waiting(f) && strings.Contains(plan, "tickets_rest_newest_account (account_id=? AND last_message_at<?)")
	switch {
	case !slices.ContainsFunc(want, func(index string) bool { return strings.Contains(plan, "USING INDEX "+index) }):
		return fmt.Sprintf("want one of %v", want)
	case strings.Contains(plan, "TEMP B-TREE") && !merged:
		return "sorts"
	}
	return ""
}

func countsReadSmallIndexes(t *testing.T, db *store.DB) {
	t.Helper()
	for name, actor := range map[string]desk.Actor{
		"all accounts": {UserID: 1, Role: desk.Staff, AllAccounts: true}, "two accounts": {UserID: 1, Role: desk.Staff, AccountIDs: []int64{3, 4}},
		"liaison": {UserID: 1, Role: desk.Liaison, DepartmentID: 3},
	} {
		query, args := countsQuery(actor, time.UnixMilli(1_500_000), time.UnixMilli(1_600_000), store.SQLite)
		outer, inner := planOf(t, db, query, args)
		if actor.Role == desk.Liaison {
			if all := strings.Join(append(inner, outer...), "; "); !strings.Contains(all, "escalations_department (department_id=?)") || !strings.Contains(all, "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)") {
				t.Errorf("counts of a liaison: %s, want what the department was given", all)
			}
			continue
		}
		if len(outer) != 1 || !strings.Contains(outer[0], "COVERING INDEX tickets_waiting") {
			t.Errorf("counts of %s: %v, want the waiting ones from their index alone", name, outer)
		}
		query, args = failedQuery(actor)
		if outer, _ := planOf(t, db, query, args); !strings.Contains(outer[0], "replies_trouble") {
			t.Errorf("failed replies of %s: %v, want the few from their index", name, outer)
		}
	}
}

// The figure of a view goes through those who wait and no others.
func viewsAreCountedInIndexes(t *testing.T, db *store.DB) {
	t.Helper()
	actor := desk.Actor{UserID: 1, Role: desk.Staff, AccountIDs: []int64{3, 4}}
	for name, f := range map[string]inbox.TicketFilter{
		"mine": {View: inbox.ViewMine}, "open": {View: inbox.ViewOpen}, "account": {View: inbox.ViewOpen, AccountID: 3},
		"team": {View: inbox.ViewOpen, TeamID: 3}, "category": {View: inbox.ViewOpen, Category: "户籍"}, "state": {View: inbox.ViewAll, State: inbox.Open}, "late": {View: inbox.ViewAll, Late: true},
	} {
		f.Actor = actor
		query, args := countUpToQuery([]inbox.TicketFilter{f}, 100, store.SQLite)
		_, steps := planOf(t, db, query, args)
		if plan := strings.Join(steps, "; "); !strings.Contains(plan, "INDEX tickets_waiting") {
			t.Errorf("count of %s: %s", name, plan)
		}
	}
}

// Erasing happens inside the one writer: it must not look at everybody's rows.
func erasingReadsOnePersonsRows(t *testing.T, db *store.DB) {
	t.Helper()
	for _, c := range erasing(7, time.UnixMilli(1)) {
		outer, inner := planOf(t, db, c.sql, c.args)
		for _, step := range append(outer, inner...) {
			if strings.Contains(step, "SCAN") {
				t.Errorf("%s: %s", c.sql, step)
			}
		}
	}
}

// Who is given tickets follows from those that wait, in their order, and from
// what waits with each person.
func givingReadsThoseWhoWait(t *testing.T, db *store.DB) {
	t.Helper()
	query, args := unassignedQuery(inbox.Wanted{
		Accounts: map[channel.Kind][]int64{channel.Private: {3, 4, 5}, channel.Comment: {3}}, Quiet: time.UnixMilli(1_500_000), Limit: 50,
	}, store.SQLite)
	outer, inner := planOf(t, db, query, args)
	if all := strings.Join(append(outer, inner...), "; "); !strings.Contains(outer[0], "SEARCH t USING INDEX tickets_waiting_assignee (assignee_id=?") || strings.Contains(all, "TEMP B-TREE") || strings.Contains(all, "SCAN") {
		t.Errorf("what waits with nobody: %s", all)
	}
	outer, inner = planOf(t, db, workloadQuery(`u.id IN ($1, $2)`), []any{1, 2})
	if all := strings.Join(append(outer, inner...), "; "); !strings.Contains(all, "SEARCH t USING INDEX tickets_waiting_assignee (assignee_id=?)") || strings.Contains(all, "SCAN") {
		t.Errorf("what people have: %s", all)
	}
	for _, user := range []int64{0, 7} {
		query, args := strandedQuery(user, 50)
		outer, inner := planOf(t, db, query, args)
		all := strings.Join(append(outer, inner...), "; ")
		if !strings.Contains(all, "SEARCH t USING INDEX tickets_waiting_assignee (assignee_id=?)") || !strings.Contains(all, "SEARCH t USING COVERING INDEX tickets_snoozed (snoozed_until>?)") || strings.Contains(all, "SCAN t") {
			t.Errorf("what is with who left: %s", all)
		}
	}
}
