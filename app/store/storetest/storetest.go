// Package storetest opens real databases for tests: a SQLite file in a
// temporary folder and a schema of its own on PostgreSQL, so that every suite
// runs on both engines.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"log/slog"
	"net/url"
	"os"
	"testing"

	"replydesk/app/store"
)

// EnvPostgres names the variable with the address of a PostgreSQL server whose
// user may create schemas. `make test` sets it.
const EnvPostgres = "DESK_TEST_POSTGRES_URL"

// AuditKey is the key of the audit in tests.
func AuditKey() []byte { return []byte("not a secret: the audit of tests") }

// Each runs fn on both engines, as subtests "sqlite" and "postgres".
func Each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url, dataDir string) { fn(t, Open(t, url, dataDir)) })
}

// EachURL runs fn on both engines with the address of an empty database, for
// tests that open it themselves (several times, or in another process).
func EachURL(t *testing.T, fn func(t *testing.T, url, dataDir string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, "", t.TempDir()) })
	t.Run("postgres", func(t *testing.T) { fn(t, PostgresURL(t), t.TempDir()) })
}

// Open opens a database until the test ends.
func Open(t testing.TB, url, dataDir string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), url, dataDir, AuditKey(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return db
}

// PostgresURL makes an empty schema and returns an address that uses it; the
// schema is dropped when the test ends.
func PostgresURL(t testing.TB) string {
	t.Helper()
	base := os.Getenv(EnvPostgres)
	if base == "" {
		t.Fatalf("%s is not set: run the tests with `make test`, which starts a private PostgreSQL", EnvPostgres)
	}
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	random := make([]byte, 8)
	_, _ = rand.Read(random)
	schema := "desk_test_" + hex.EncodeToString(random)
	if _, err := admin.ExecContext(t.Context(), `CREATE SCHEMA `+schema); err != nil {
		t.Fatalf("PostgreSQL: %v", err)
	}
	t.Cleanup(func() {
		_, err := admin.ExecContext(context.Background(), `DROP SCHEMA `+schema+` CASCADE`)
		if err != nil {
			t.Errorf("drop schema: %v", err)
		}
		_ = admin.Close()
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("%s: %v", EnvPostgres, err)
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}
