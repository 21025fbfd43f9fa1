package inboxdb

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// hotspotPlans are the questions about hotspots, each with the index it has to
// read and nothing else but tickets by their id.
func hotspotPlans() map[string]func(engine store.Engine) (query string, args []any, index string) {
	actors := map[string]desk.Actor{"all": {UserID: 1, Role: desk.Supervisor, AllAccounts: true}, "three": {UserID: 1, Role: desk.Supervisor, AccountIDs: []int64{3, 4, 5}}}
	out := map[string]func(store.Engine) (string, []any, string){}
	for name, actor := range actors {
		q := inbox.HotspotQuery{Actor: actor, Key: inbox.HotspotOfTag("急"), From: time.UnixMilli(1_000_000), To: time.UnixMilli(1_010_000)}
		out["the list of "+name] = func(engine store.Engine) (string, []any, string) {
			query, args := hotspotsQuery(inbox.HotspotsQuery{Actor: actor, From: time.UnixMilli(1_077_000), Before: time.UnixMilli(1_076_000), Limit: 20}, engine)
			return query, args, "hotspot_tickets_at"
		}
		out["the span of "+name] = func(store.Engine) (string, []any, string) {
			query, args := hotspotSpanQuery(q, "")
			return query, args, "hotspot_tickets"
		}
		out["what waits of "+name] = func(store.Engine) (string, []any, string) {
			query, args := hotspotWaitingQuery(q, time.UnixMilli(2_000_000))
			return query, args, "hotspot_tickets"
		}
	}
	return out
}

const fillHotspots = `INSERT INTO hotspot_tickets (subject, received_at, ticket_id, account_id, kind, department_id, answered_at, ended, mark1, mark2, mark3, mark4, mark5)
	SELECT CASE WHEN id % 40 = 0 THEN 'tag:急' ELSE 'post:' || (id % 40) END, last_message_at, id, account_id, kind, department_id, 0, 1, 0, 0, 0, 0, 0 FROM tickets`

// hotspotsReadTheirOwnIndex holds on SQLite that nothing else is gone through.
func hotspotsReadTheirOwnIndex(t *testing.T, db *store.DB) {
	t.Helper()
	err := db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), fillHotspots+` WHERE NOT EXISTS (SELECT 1 FROM hotspot_tickets)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, build := range hotspotPlans() {
		query, args, index := build(store.SQLite)
		outer, inner := planOf(t, db, query, args)
		plan := strings.Join(append(outer, inner...), "; ")
		if strings.Contains(plan, "SCAN h") || strings.Contains(plan, "SCAN t") || !strings.Contains(plan, "SEARCH h USING") || index == "hotspot_tickets_at" && !strings.Contains(plan, index) {
			t.Errorf("%s: %s", name, plan)
		}
	}
}

// On PostgreSQL too the table is never gone through.
func TestHotspotPlansOnPostgres(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if db.Engine() != store.Postgres {
			return // TestPlans has it
		}
		err := db.Atomic(t.Context(), func(tx *store.Tx) error {
			for _, query := range []string{
				`INSERT INTO hotspot_tickets SELECT CASE WHEN i % 40 = 0 THEN 'tag:急' ELSE 'post:' || (i % 40) END, 1000000 + i * 4, i, 1 + i % 19, 'private', 0, 0, 1, 0, 0, 0, 0, 0
					FROM generate_series(1, 20000) i`,
				`ANALYZE hotspot_tickets`,
			} {
				if _, err := tx.Exec(t.Context(), query); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, build := range hotspotPlans() {
			query, args, _ := build(store.Postgres)
			rows, err := db.Query(t.Context(), `EXPLAIN `+query, args...)
			lines, err := store.Collect(rows, err, func(r *sql.Rows) (line string, err error) { return line, r.Scan(&line) })
			if err != nil {
				t.Fatal(err)
			}
			if plan := strings.Join(lines, "\n"); strings.Contains(plan, "Seq Scan on hotspot_tickets") {
				t.Errorf("%s:\n%s", name, plan)
			}
		}
	})
}
