package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestDown(t *testing.T) {
	// An address where nobody listens any more.
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	ask := func(driver, source string) error {
		db, err := sql.Open(driver, source)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		_, err = db.ExecContext(t.Context(), `CREATE TABLE t (id INTEGER)`)
		if err == nil {
			t.Fatalf("%s answers", source)
		}
		return fmt.Errorf("load: %w", err)
	}
	for name, err := range map[string]error{
		"nobody listens":       ask("pgx", "postgres://desk@"+address+"/desk?sslmode=disable"),
		"no such folder":       ask("sqlite", "file:"+filepath.Join(t.TempDir(), "none", "desk.db")),
		"shutting down":        &pgconn.PgError{Code: "57P01"},
		"too many connections": &pgconn.PgError{Code: "53300"},
	} {
		if !Down(err) {
			t.Errorf("%s: %v does not count as down", name, err)
		}
	}
	for name, err := range map[string]error{
		"none": nil, "unique": &pgconn.PgError{Code: pgUnique}, "no row": sql.ErrNoRows, "a bug": errors.New("x"),
		"no code": &pgconn.PgError{}, "given up": context.Canceled,
	} {
		if Down(err) {
			t.Errorf("%s: %v counts as down", name, err)
		}
	}
}
