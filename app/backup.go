package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"replydesk/app/backup"
	"replydesk/app/config"
	"replydesk/app/files"
	"replydesk/app/seal"
	"replydesk/app/store"
	"replydesk/app/store/filedb"
	"replydesk/app/store/inboxdb"
)

// secretKey is the key of the settings, or that of the data folder.
func secretKey(cfg config.Config) ([]byte, error) {
	key, err := config.ParseKey(cfg.SecretKey)
	if err != nil || key != nil {
		return key, err
	}
	key, err = seal.Read(cfg.DataDir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errors.New("there is no secret key: set DESK_SECRET_KEY, or name the data folder it lies in (data_dir)")
	}
	return key, err
}

// look opens what a desk has stored, beside it if it runs.
func look(ctx context.Context, cfg config.Config) (*store.DB, []byte, error) {
	key, err := secretKey(cfg)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.Look(ctx, cfg.DatabaseURL.Reveal(), cfg.DataDir, seal.Derive(key, "audit"))
	return db, key, err
}

// attachmentsOf are the files of a database.
func attachmentsOf(db *store.DB, dataDir string) (backup.Files, func() error, error) {
	if db.Engine() == store.Postgres {
		return filedb.New(db), func() error { return nil }, nil
	}
	folder, err := files.Open(dataDir)
	if err != nil {
		return nil, nil, err
	}
	return folder, folder.Close, nil
}

// Backup writes everything the desk of the settings has stored to w. The desk may
// run meanwhile. The secret key is left out unless withKey says so.
func Backup(ctx context.Context, cfg config.Config, version string, withKey bool, w io.Writer) (backup.End, error) {
	db, key, err := look(ctx, cfg)
	if err != nil {
		return backup.End{}, err
	}
	attached, closeFiles, err := attachmentsOf(db, cfg.DataDir)
	if err != nil {
		return backup.End{}, errors.Join(err, db.Close())
	}
	if !withKey {
		key = nil
	}
	end, err := backup.Write(ctx, backup.Source{DB: db, Files: attached, Key: key, Version: version, Now: time.Now}, w)
	return end, errors.Join(err, closeFiles(), db.Close())
}

// Restore makes the empty database of the settings the desk of a backup.
func Restore(ctx context.Context, cfg config.Config, log *slog.Logger, r io.Reader) (backup.Manifest, backup.End, error) {
	unlock, err := lockFolder(cfg.DataDir)
	if err != nil {
		return backup.Manifest{}, backup.End{}, err
	}
	defer unlock()
	// The index is made of the library: that of another desk must not stay.
	if err := os.RemoveAll(filepath.Join(cfg.DataDir, "index")); err != nil {
		return backup.Manifest{}, backup.End{}, err
	}
	closeFiles := func() error { return nil }
	manifest, end, err := backup.Read(ctx, r, backup.Target{
		Open: func(ctx context.Context, migration int64) (*store.DB, error) {
			return store.OpenAt(ctx, cfg.DatabaseURL.Reveal(), cfg.DataDir, nil, log, migration)
		},
		Files: func(db *store.DB) (attached backup.Files, err error) {
			attached, closeFiles, err = attachmentsOf(db, cfg.DataDir)
			return attached, err
		},
		Derive: func(ctx context.Context, tx *store.Tx, has func(string) bool) error {
			// A table that is not there yet begins with what is there.
			if has("report_progress") {
				if err := inboxdb.RestartReports(ctx, tx); err != nil {
					return err
				}
			}
			if !has("search_progress") {
				return nil
			}
			return inboxdb.RestartSearch(ctx, tx)
		},
		Key: func(key []byte) error { return keepKey(cfg, key) },
	})
	return manifest, end, errors.Join(err, closeFiles())
}

// keepKey puts a backup's key where the desk looks for it, unless it has the same
// one already.
func keepKey(cfg config.Config, key []byte) error {
	have, err := secretKey(cfg)
	switch {
	case err == nil && string(have) == string(key):
		return nil
	case err == nil:
		return errors.New("the backup has another secret key than the settings or the data folder: platform secrets could not be read")
	}
	return seal.Write(cfg.DataDir, key)
}

// Finding is one thing the doctor looked at.
type Finding struct {
	Name  string `json:"name"`
	State string `json:"state"` // ok, warning or fault
	Text  string `json:"text"`
}

// Doctor looks at what the desk of the settings has stored, beside it if it runs.
// known, unless it is zero, is a head of the audit that was noted earlier.
func Doctor(ctx context.Context, cfg config.Config, known store.AuditHead) []Finding {
	var out []Finding
	say := func(name, state, text string, args ...any) {
		out = append(out, Finding{name, state, fmt.Sprintf(text, args...)})
	}
	db, key, err := look(ctx, cfg)
	if err != nil {
		say("database", "fault", "%v", err)
		return out
	}
	defer func() { _ = db.Close() }() // nothing was written
	say("database", "ok", "%s answers", db.Engine())
	if err := db.Sound(ctx); err != nil {
		say("tables", "fault", "%v", err)
	} else {
		say("tables", "ok", "whole")
	}
	box, err := seal.New(key)
	if err == nil {
		_, err = inboxdb.NewAccounts(db, box).StoredAccounts(ctx)
	}
	if err != nil {
		say("secret key", "fault", "does not fit the accounts: %v", err)
	} else {
		say("secret key", "ok", "fits the accounts")
	}
	head, err := db.VerifyAudit(ctx, known)
	if err != nil {
		say("audit", "fault", "%v", err)
	} else {
		say("audit", "ok", "%d rows, the chain holds; head %d:%s", head.Seq, head.Seq, head.MAC)
	}
	for _, c := range []struct{ name, query, text string }{
		{"replies", `SELECT count(*) FROM replies WHERE state IN ('failed', 'unknown')`, "%d replies failed or may not have arrived"},
		{"messages", `SELECT count(*) FROM payloads WHERE error <> ''`, "%d messages could not be read"},
		{"tasks", `SELECT count(*) FROM jobs WHERE state = 'dead'`, "%d tasks failed for good"},
	} {
		var n int64
		state := "ok"
		if err := db.QueryRow(ctx, c.query).Scan(&n); err != nil {
			say(c.name, "fault", "%v", err)
			continue
		}
		if n > 0 {
			state = "warning"
		}
		say(c.name, state, c.text, n)
	}
	return append(out, attachedFiles(ctx, db, cfg.DataDir))
}

// attachedFiles looks for files that rows name and that are not there.
func attachedFiles(ctx context.Context, db *store.DB, dataDir string) Finding {
	stored, closeFiles, err := attachmentsOf(db, dataDir)
	if err != nil {
		return Finding{"files", "fault", err.Error()}
	}
	defer func() { _ = closeFiles() }()
	paths, err := stored.Paths(ctx)
	if err != nil {
		return Finding{"files", "fault", err.Error()}
	}
	there := make(map[string]bool, len(paths))
	for _, p := range paths {
		there[p] = true
	}
	named, err := db.FilePaths(ctx)
	if err != nil {
		return Finding{"files", "fault", err.Error()}
	}
	missing := 0
	for _, p := range named {
		if !there[p] {
			missing++
		}
	}
	if missing > 0 {
		return Finding{"files", "fault", fmt.Sprintf("%d of %d attachments are missing", missing, len(named))}
	}
	return Finding{"files", "ok", fmt.Sprintf("%d attachments", len(named))}
}
