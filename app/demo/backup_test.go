package demo

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"replydesk/app"
	"replydesk/app/config"
	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// settings are those of a desk on the given engine with a folder of its own.
func settings(t *testing.T, engine store.Engine) config.Config {
	t.Helper()
	environ := []string{"DESK_DATA_DIR=" + t.TempDir(), "DESK_ADDR=127.0.0.1:0"}
	if engine == store.Postgres {
		environ = append(environ, "DESK_DATABASE_URL="+storetest.PostgresURL(t))
	}
	cfg, err := config.Load("", environ)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// What a desk has stored is the same after a backup and a restore, on the same
// engine and on the other one.
func TestBackupRestores(t *testing.T) {
	engines := []store.Engine{store.SQLite, store.Postgres}
	for _, from := range engines {
		t.Run("from "+string(from), func(t *testing.T) {
			source := settings(t, from)
			played(t, source)
			var file bytes.Buffer
			end, err := app.Backup(t.Context(), source, "test", true, &file)
			if err != nil {
				t.Fatal(err)
			}
			if end.Rows["tickets"] == 0 || end.Rows["audit"] == 0 || end.Rows["entries"] == 0 {
				t.Fatalf("the desk has nothing to lose: %v", end.Rows)
			}
			for _, to := range engines {
				t.Run("to "+string(to), func(t *testing.T) {
					target := settings(t, to)
					if _, _, err := app.Restore(t.Context(), target, slog.New(slog.DiscardHandler), bytes.NewReader(file.Bytes())); err != nil {
						t.Fatal(err)
					}
					compare(t, source, target)
					for _, f := range app.Doctor(t.Context(), target, store.AuditHead{}) {
						if f.State == "fault" {
							t.Errorf("%s: %s", f.Name, f.Text)
						}
					}
					again(t, source, target)
					if _, _, err := app.Restore(t.Context(), target, slog.New(slog.DiscardHandler), bytes.NewReader(file.Bytes())); err == nil {
						t.Error("a desk that works was overwritten")
					}
				})
			}
		})
	}
}

// played fills a desk with the demo.
func played(t *testing.T, cfg config.Config) {
	t.Helper()
	sim, err := OpenSimulator("127.0.0.1:0", "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cfg.WeChat.APIBase = sim.URL()
	a, err := app.New(t.Context(), cfg, slog.New(slog.DiscardHandler), "test")
	if err != nil {
		t.Fatal(err)
	}
	err = seed(t.Context(), a, sim, "fake-demo-password")
	if err = errors.Join(err, a.Close(), sim.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// again works in a restored desk: its ids go on where they were.
func again(t *testing.T, source, target config.Config) {
	t.Helper()
	last := maxID(t, source)
	a, err := app.New(t.Context(), target, slog.New(slog.DiscardHandler), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var rest int64
	err = a.DB.QueryRow(t.Context(), `SELECT rest - (SELECT max(id) FROM tickets) FROM search_progress`).Scan(&rest)
	if err != nil || rest != 1 {
		t.Errorf("tickets above %+d are taken to be indexed: %v", rest, err)
	}
	code, name := "NEW", "新单位"
	id, err := a.Inbox.AddDepartment(t.Context(), desk.System(), inbox.DepartmentInput{Code: &code, Name: &name})
	if err != nil || id <= last {
		t.Errorf("a new department has id %d after %d: %v", id, last, err)
	}
}

func maxID(t *testing.T, cfg config.Config) (id int64) {
	t.Helper()
	db, err := store.Look(t.Context(), cfg.DatabaseURL.Reveal(), cfg.DataDir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(t.Context(), `SELECT max(id) FROM departments`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// compare holds every table of two desks against each other, row by row.
func compare(t *testing.T, source, target config.Config) {
	t.Helper()
	want, got := contents(t, source), contents(t, target)
	for table, rows := range want {
		if !slices.Equal(rows, got[table]) {
			t.Errorf("%s: %d rows, want %d", table, len(got[table]), len(rows))
			for i := range min(len(rows), len(got[table])) {
				if rows[i] != got[table][i] {
					t.Errorf("%s: %s\nwant %s", table, got[table][i], rows[i])
					break
				}
			}
		}
	}
}

func contents(t *testing.T, cfg config.Config) map[string][]string {
	t.Helper()
	db, err := store.Look(t.Context(), cfg.DatabaseURL.Reveal(), cfg.DataDir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tables, err := store.Tables(t.Context(), db, db.Engine())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, table := range tables {
		// What is made again from the rest has a progress of its own.
		if table.Name == "migrations" || strings.HasPrefix(table.Name, "search_") || strings.HasPrefix(table.Name, "report_") {
			continue
		}
		columns := slices.Sorted(slices.Values(table.Columns))
		rows, err := db.Query(t.Context(), `SELECT `+strings.Join(columns, ", ")+` FROM `+table.Name)
		out[table.Name], err = store.Collect(rows, err, func(r *sql.Rows) (string, error) {
			values, targets := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				targets[i] = &values[i]
			}
			err := r.Scan(targets...)
			return fmt.Sprintf("%v", values), err
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(out[table.Name])
	}
	return out
}
