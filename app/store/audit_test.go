package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox/desk"
)

func happened(name string, actor int64, data map[string]any) desk.Event {
	e := desk.NewEvent(name, time.UnixMilli(1_795_000_000_123), data)
	e.ActorID, e.TicketID, e.AccountID, e.Departments = actor, 7, 2, []int64{3}
	return e
}

func auditRows(t *testing.T, db *store.DB) []desk.Audit {
	t.Helper()
	rows, err := db.Query(t.Context(), `SELECT `+store.AuditColumns+` FROM audit a ORDER BY a.seq`)
	out, err := store.Collect(rows, err, func(r *sql.Rows) (desk.Audit, error) { return store.ScanAudit(r) })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatPeopleDoIsAudited(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := desk.WithAddress(t.Context(), "192.0.2.7")
		remark := "市民电话是一三八"
		note(ctx, t, db,
			happened("escalation.dispatched", 5, map[string]any{"department_id": "3", "remark": remark, "ticket": map[string]any{"id": "7"}}),
			happened("message.received", 0, map[string]any{"message_id": "9"}))
		left := happened("delivery.sent", 0, map[string]any{"reply_id": "4", "tries": 2, "ids": []string{"1", "2"}, "words": []string{remark}})
		left.Audited = true
		note(ctx, t, db, left)
		rows := auditRows(t, db)
		if len(rows) != 2 {
			t.Fatalf("rows: %+v", rows)
		}
		first, second := rows[0], rows[1]
		if first.Seq != 1 || first.ActorID != 5 || first.Action != "escalation.dispatched" || first.TicketID != 7 || first.AccountID != 2 ||
			first.DepartmentID != 3 || first.Address != "192.0.2.7" || !first.At.Equal(time.UnixMilli(1_795_000_000_123)) {
			t.Errorf("what a person did: %+v", first)
		}
		if string(first.Data) != `{"department_id":"3"}` {
			t.Errorf("words are kept: %s", first.Data)
		}
		if second.Seq != 2 || second.ActorID != 0 || second.Address != "" {
			t.Errorf("what the desk did: %+v", second)
		}
		var data map[string]any
		if err := json.Unmarshal(second.Data, &data); err != nil || len(data) != 3 || data["tries"] != 2.0 {
			t.Errorf("ids and figures: %s", second.Data)
		}
	})
}

func note(ctx context.Context, t *testing.T, db *store.DB, events ...desk.Event) {
	t.Helper()
	if err := db.Atomic(ctx, func(tx *store.Tx) error { return tx.Record(ctx, events...) }); err != nil {
		t.Fatal(err)
	}
}

func TestAuditIsGoneWithItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fault := errors.New("fault")
		err := db.Atomic(t.Context(), func(tx *store.Tx) error {
			return errors.Join(tx.Record(t.Context(), happened("reply.approved", 5, nil)), fault)
		})
		if !errors.Is(err, fault) {
			t.Fatal(err)
		}
		if rows := auditRows(t, db); len(rows) != 0 {
			t.Errorf("rows of what did not happen: %+v", rows)
		}
	})
}

// Many at once, some of which fail: the numbers have no gap and the chain holds.
func TestAuditChainHoldsUnderConcurrentWriters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const writers, each = 8, 30
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for i := range each {
					err := db.Atomic(t.Context(), func(tx *store.Tx) error {
						rows := make([]desk.Audit, 1+i%3)
						for k := range rows {
							rows[k] = desk.NewAudit("ticket.seen", fmt.Sprintf("%d-%d-%d", w, i, k), desk.Actor{UserID: int64(w)}, time.UnixMilli(5), nil)
						}
						if err := tx.Audit(t.Context(), rows...); err != nil {
							return err
						}
						if i%7 == 3 {
							return errors.New("undone")
						}
						return nil
					})
					if (err != nil) != (i%7 == 3) {
						t.Errorf("writer %d: %v", w, err)
					}
				}
			})
		}
		all.Wait()
		want := 0
		for i := range each {
			if i%7 != 3 {
				want += writers * (1 + i%3)
			}
		}
		head, err := db.VerifyAudit(t.Context(), store.AuditHead{})
		if err != nil || head.Seq != int64(want) {
			t.Errorf("head %d, want %d: %v", head.Seq, want, err)
		}
		if known, err := db.AuditHead(t.Context()); err != nil || known != head {
			t.Errorf("head %+v, verified %+v: %v", known, head, err)
		}
	})
}

func TestAuditIsNeitherChangedNorDeleted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		note(t.Context(), t, db, happened("reply.approved", 5, nil))
		for _, statement := range []string{`UPDATE audit SET actor_id = 6`, `DELETE FROM audit`} {
			err := db.Atomic(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(t.Context(), statement)
				return err
			})
			if err == nil {
				t.Errorf("%s went through", statement)
			}
		}
		if rows := auditRows(t, db); len(rows) != 1 || rows[0].ActorID != 5 {
			t.Errorf("rows: %+v", rows)
		}
	})
}

// Who has the database in hand can take the guards away; then the chain tells.
func TestVerifyAuditFindsWhatWasForged(t *testing.T) {
	unguard := map[store.Engine][]string{
		store.SQLite:   {`DROP TRIGGER audit_stays`, `DROP TRIGGER audit_remains`},
		store.Postgres: {`ALTER TABLE audit DISABLE TRIGGER audit_stays`},
	}
	for _, forged := range []struct {
		name, statement string
		seq             int64
		missing         bool
	}{
		{"another person", `UPDATE audit SET actor_id = 6 WHERE seq = 3`, 3, false},
		{"another time", `UPDATE audit SET at = at + 1 WHERE seq = 5`, 5, false},
		{"other words", `UPDATE audit SET data = '{}' WHERE seq = 2`, 2, false},
		{"taken out", `DELETE FROM audit WHERE seq = 4`, 4, true},
		{"the beginning", `DELETE FROM audit WHERE seq <= 2`, 1, true},
		{"the end", `DELETE FROM audit WHERE seq >= 5`, 5, true},
		{"exchanged", `UPDATE audit SET action = (SELECT action FROM audit b WHERE b.seq = 1) WHERE seq = 2`, 2, false},
	} {
		t.Run(forged.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				for i := range int64(6) {
					note(t.Context(), t, db, happened(fmt.Sprintf("thing.happened%d", i), 5+i, map[string]any{"n": i}))
				}
				known, err := db.VerifyAudit(t.Context(), store.AuditHead{})
				if err != nil || known.Seq != 6 {
					t.Fatalf("before: %+v %v", known, err)
				}
				for _, statement := range append(slices.Clone(unguard[db.Engine()]), forged.statement) {
					if err := db.Atomic(t.Context(), func(tx *store.Tx) error {
						_, err := tx.Exec(t.Context(), statement)
						return err
					}); err != nil {
						t.Fatalf("%s: %v", statement, err)
					}
				}
				_, err = db.VerifyAudit(t.Context(), known)
				var broken *store.BrokenChain
				if !errors.As(err, &broken) || broken.Seq != forged.seq || broken.Missing != forged.missing {
					t.Errorf("found %v, want row %d, missing %v", err, forged.seq, forged.missing)
				}
			})
		})
	}
}
