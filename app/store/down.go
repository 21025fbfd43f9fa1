package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Down reports whether err means that the database cannot be used just now: it
// cannot be reached, breaks off, takes no more connections or cannot write to its
// disk. The same statement may work later.
func Down(err error) bool {
	var answer *pgconn.PgError
	var file *sqlite.Error
	switch {
	case err == nil:
		return false
	case errors.As(err, &answer):
		switch answer.Code[:min(2, len(answer.Code))] {
		case "08", "53", "57", "58": // connection, resources, shutting down, its system
			return true
		}
		return false
	case errors.As(err, &file):
		switch file.Code() & 0xff { // without what makes it an extended code
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY:
			return true
		}
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.SafeToRetry(err) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.ErrUnexpectedEOF)
}
