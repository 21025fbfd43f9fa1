package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed migrations
var migrationFiles embed.FS

// migration is one numbered step.
type migration struct {
	number int64
	name   string
	text   string
}

// ErrNewer is returned by Open for a database that a newer binary has
// migrated: going on could lose what it stored.
var ErrNewer = errors.New("the database was written by a newer version of the desk")

// migrations returns the steps of an engine in order; numbers begin at 1 and
// have no gap.
func migrations(engine Engine) ([]migration, error) {
	folder := path.Join("migrations", string(engine))
	files, err := fs.ReadDir(migrationFiles, folder)
	if err != nil {
		return nil, err
	}
	var steps []migration
	for _, f := range files {
		number, name, ok := strings.Cut(strings.TrimSuffix(f.Name(), ".sql"), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil || n != int64(len(steps)+1) {
			return nil, fmt.Errorf("migration %s: want number %04d", f.Name(), len(steps)+1)
		}
		text, err := fs.ReadFile(migrationFiles, path.Join(folder, f.Name()))
		if err != nil {
			return nil, err
		}
		steps = append(steps, migration{n, name, string(text)})
	}
	return steps, nil
}

// migrate brings the database up to date, or to the step upTo unless that is 0,
// each step in a transaction of its own. Two processes that start at once do not
// run a step twice.
func migrate(ctx context.Context, db *sql.DB, engine Engine, upTo int64) error {
	steps, err := migrations(engine)
	if err != nil {
		return err
	}
	known := int64(len(steps))
	if upTo > known {
		return fmt.Errorf("%w: it is at migration %d, this binary knows %d", ErrNewer, upTo, known)
	}
	if upTo != 0 {
		steps = steps[:upTo]
	}
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migrations
		(number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)`); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	for _, step := range steps {
		if err := applyStep(ctx, db, engine, step); err != nil {
			return fmt.Errorf("migration %04d_%s: %w", step.number, step.name, err)
		}
	}
	var newest int64
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM migrations`).Scan(&newest); err != nil {
		return err
	}
	if newest > known {
		return fmt.Errorf("%w: it is at migration %d, this binary knows %d", ErrNewer, newest, known)
	}
	return nil
}

func applyStep(ctx context.Context, db *sql.DB, engine Engine, step migration) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if engine == Postgres {
		// SQLite's transactions begin immediate and so are alone already.
		if _, err := tx.ExecContext(ctx, `LOCK TABLE migrations IN EXCLUSIVE MODE`); err != nil {
			return err
		}
	}
	var done int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM migrations WHERE number = $1`, step.number).Scan(&done); err != nil || done > 0 {
		return err
	}
	if _, err := tx.ExecContext(ctx, step.text); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO migrations (number, name, applied_at) VALUES ($1, $2, $3)`,
		step.number, step.name, Millis(time.Now())); err != nil {
		return err
	}
	return tx.Commit()
}
