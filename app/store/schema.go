package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Table is a table of the desk, as a copy of it needs to know it.
type Table struct {
	Name    string
	Columns []string
	Parents []string // tables its foreign keys point to
	Counts  bool     // its ids are made by the database
}

// Newest is the number of the newest migration this binary knows.
func Newest(engine Engine) (int64, error) {
	steps, err := migrations(engine)
	return int64(len(steps)), err
}

// Version is the number of the newest migration the database has.
func Version(ctx context.Context, q Querier) (int64, error) {
	var n int64
	err := q.QueryRow(ctx, `SELECT coalesce(max(number), 0) FROM migrations`).Scan(&n)
	return n, err
}

// Tables are the tables of the desk in an order in which each comes after those
// its foreign keys point to. What the database derives from others is not among
// them.
func Tables(ctx context.Context, q Querier, engine Engine) ([]Table, error) {
	list := sqliteTables
	if engine == Postgres {
		list = postgresTables
	}
	tables, err := list(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read the tables: %w", err)
	}
	return inOrder(tables)
}

func inOrder(tables []Table) ([]Table, error) {
	var out []Table
	done := map[string]bool{}
	for len(out) < len(tables) {
		before := len(out)
		for _, t := range tables {
			ready := !slices.ContainsFunc(t.Parents, func(p string) bool { return p != t.Name && !done[p] })
			if !done[t.Name] && ready {
				done[t.Name] = true
				out = append(out, t)
			}
		}
		if len(out) == before {
			return nil, errors.New("tables point to each other in a circle")
		}
	}
	return out, nil
}

func sqliteTables(ctx context.Context, q Querier) ([]Table, error) {
	// Virtual tables and their shadows are derived.
	rows, err := q.Query(ctx, `SELECT l.name, coalesce(m.sql, '') LIKE '%AUTOINCREMENT%' FROM pragma_table_list l
		JOIN sqlite_master m ON m.name = l.name AND m.type = 'table'
		WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY m.rowid`)
	tables, err := Collect(rows, err, func(r *sql.Rows) (Table, error) {
		var t Table
		return t, r.Scan(&t.Name, &t.Counts)
	})
	if err != nil {
		return nil, err
	}
	for i := range tables {
		t := &tables[i]
		if t.Columns, err = names(ctx, q, `SELECT name FROM pragma_table_info($1) ORDER BY cid`, t.Name); err != nil {
			return nil, err
		}
		if t.Parents, err = names(ctx, q, `SELECT DISTINCT "table" FROM pragma_foreign_key_list($1)`, t.Name); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

func postgresTables(ctx context.Context, q Querier) ([]Table, error) {
	rows, err := q.Query(ctx, `SELECT t.table_name, bool_or(c.column_name = 'id' AND c.is_identity = 'YES')
		FROM information_schema.tables t JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
		WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE' GROUP BY t.table_name ORDER BY t.table_name`)
	tables, err := Collect(rows, err, func(r *sql.Rows) (Table, error) {
		var t Table
		return t, r.Scan(&t.Name, &t.Counts)
	})
	if err != nil {
		return nil, err
	}
	for i := range tables {
		t := &tables[i]
		if t.Columns, err = names(ctx, q, `SELECT column_name FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = $1 AND is_generated = 'NEVER' ORDER BY ordinal_position`, t.Name); err != nil {
			return nil, err
		}
		if t.Parents, err = names(ctx, q, `SELECT DISTINCT p.relname FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
			WHERE k.contype = 'f' AND k.conrelid = to_regclass(quote_ident($1))`, t.Name); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

func names(ctx context.Context, q Querier, query, table string) ([]string, error) {
	rows, err := q.Query(ctx, query, table)
	return Collect(rows, err, func(r *sql.Rows) (string, error) {
		var name string
		return name, r.Scan(&name)
	})
}

// Numbers are the last ids the database has given in each table that counts:
// also those of rows that are gone.
func Numbers(ctx context.Context, q Querier, engine Engine, tables []Table) (map[string]int64, error) {
	out := map[string]int64{}
	for _, t := range tables {
		if !t.Counts {
			continue
		}
		query, args := `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = $1), 0)`, []any{t.Name}
		if engine == Postgres {
			query = `SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(quote_ident($1), 'id')::regclass), 0)`
		}
		var n int64
		if err := q.QueryRow(ctx, query, args...).Scan(&n); err != nil {
			return nil, fmt.Errorf("last id of %s: %w", t.Name, err)
		}
		out[t.Name] = n
	}
	return out, nil
}

// SetNumber makes the ids of new rows begin after n.
func (tx *Tx) SetNumber(ctx context.Context, table string, n int64) error {
	if n == 0 {
		return nil
	}
	if tx.Alone() {
		changed, err := tx.Exec(ctx, `UPDATE sqlite_sequence SET seq = max(seq, $2) WHERE name = $1`, table, n)
		if err == nil && changed == 0 {
			_, err = tx.Exec(ctx, `INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)`, table, n)
		}
		return err
	}
	var set int64
	return tx.QueryRow(ctx, `SELECT setval(pg_get_serial_sequence(quote_ident($1), 'id')::regclass, $2)`, table, n).Scan(&set)
}
