package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

func openSQLite(ctx context.Context, dataDir string, chain chain, log *slog.Logger, migration int64) (*DB, error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	path := filepath.Join(dataDir, "desk.db")
	// Made here, so that it is the owner's alone whatever the folder allows; the
	// files beside it take its permissions.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("database file: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	// busy_timeout comes first: the pragmas after it may already meet a lock.
	// synchronous=FULL: an acknowledged message survives a power cut.
	write, err := sql.Open("sqlite", sqliteDSN(path, "busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(1)", "cache_size(-16000)", "temp_store(MEMORY)", "wal_autocheckpoint(4000)", "journal_size_limit(67108864)"))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	write.SetMaxIdleConns(1)
	if err := migrate(ctx, write, SQLite, migration); err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read, err := sql.Open("sqlite", sqliteDSN(path, "busy_timeout(5000)", "query_only(1)", "foreign_keys(1)",
		"cache_size(-8000)", "temp_store(MEMORY)"))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	conn, err := write.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, read.Close(), write.Close())
	}
	db := &DB{engine: SQLite, read: read, write: write, stmts: newStmtCache(read), chain: chain, now: time.Now}
	db.writer = newGroupWriter(db, conn, log)
	return db, nil
}

func sqliteDSN(path string, pragmas ...string) string {
	v := url.Values{"_txlock": {"immediate"}, "_pragma": pragmas}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + v.Encode()
}

func isSQLiteUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) &&
		(e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
