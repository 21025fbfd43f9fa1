package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/app/backup"
	"replydesk/app/files"
	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox/desk"
)

// packed is a backup of a database with an event and a file in it.
func packed(t *testing.T) []byte {
	t.Helper()
	db := storetest.Open(t, "", t.TempDir())
	if err := db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO payloads (account_id, external_id, received_at, body)
			SELECT 1, 'x', 1, $1 WHERE 0 = 1`, []byte{0})
		return errors.Join(err, tx.Record(t.Context(), desk.NewEvent("thing.happened", time.UnixMilli(1), map[string]any{"words": "<居住证> & 'x'"})))
	}); err != nil {
		t.Fatal(err)
	}
	folder := attachments(t)
	if err := folder.Put(t.Context(), "07/107", strings.NewReader("a file")); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	end, err := backup.Write(t.Context(), backup.Source{DB: db, Files: folder, Version: "test", Now: time.Now}, &out)
	if err != nil || end.Rows["events"] != 1 || end.Files != 1 || end.Bytes != 6 {
		t.Fatalf("%+v %v", end, err)
	}
	return out.Bytes()
}

func attachments(t *testing.T) *files.Folder {
	t.Helper()
	folder, err := files.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = folder.Close() })
	return folder
}

func restore(t *testing.T, dir string, file io.Reader, folder backup.Files) error {
	t.Helper()
	_, _, err := backup.Read(t.Context(), file, backup.Target{
		Open: func(ctx context.Context, migration int64) (*store.DB, error) {
			return store.OpenAt(ctx, "", dir, nil, slog.New(slog.DiscardHandler), migration)
		},
		Files: func(*store.DB) (backup.Files, error) { return folder, nil },
	})
	return err
}

func TestWholeFileIsRestored(t *testing.T) {
	file, dir, folder := packed(t), t.TempDir(), attachments(t)
	if err := restore(t, dir, bytes.NewReader(file), folder); err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, "", dir)
	events, err := db.EventsAfter(t.Context(), 0, 10)
	if err != nil || len(events) != 1 || string(events[0].Data) != `{"words":"\u003c居住证\u003e \u0026 'x'"}` {
		t.Errorf("events: %+v %v", events, err)
	}
	f, err := folder.Open(t.Context(), "07/107")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if body, err := io.ReadAll(f); err != nil || string(body) != "a file" {
		t.Errorf("file: %q %v", body, err)
	}
}

// A file that was cut off anywhere, or is something else, changes nothing.
func TestBrokenFileRestoresNothing(t *testing.T) {
	file := packed(t)
	broken := map[string][]byte{"empty": {}, "no backup": []byte("PK\x03\x04 something else")}
	for _, share := range []int{10, 50, 90, 99} {
		broken[fmt.Sprintf("cut off at %d %%", share)] = file[:len(file)*share/100]
	}
	for name, bytesOf := range broken {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := restore(t, dir, bytes.NewReader(bytesOf), attachments(t)); err == nil {
				t.Fatal("it was restored")
			}
			db := storetest.Open(t, "", dir)
			if head, err := db.Head(t.Context()); err != nil || head != 0 {
				t.Errorf("events up to %d are there: %v", head, err)
			}
		})
	}
}

// A backup of a desk at work is of one moment: each transaction is in it whole
// or not at all.
func TestBackupIsOfOneMoment(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url, dir string) {
		db := storetest.Open(t, url, dir)
		stop := make(chan struct{})
		var worked sync.WaitGroup
		worked.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				err := db.Atomic(t.Context(), func(tx *store.Tx) error {
					_, err := tx.Exec(t.Context(), `INSERT INTO departments (code, name) VALUES ($1, '单位')`, "D"+strings.Repeat("x", n%7)+time.Now().Format("150405.000000000"))
					return errors.Join(err, tx.Record(t.Context(), desk.NewEvent("department.changed", time.UnixMilli(1), nil)))
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
		seen := int64(0)
		for range 5 {
			end, err := backup.Write(t.Context(), backup.Source{DB: db, Files: attachments(t), Now: time.Now}, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if end.Rows["departments"] != end.Rows["events"] {
				t.Errorf("half a transaction: %v", end.Rows)
			}
			seen = max(seen, end.Rows["events"])
		}
		close(stop)
		worked.Wait()
		if seen == 0 {
			t.Error("nothing was written meanwhile")
		}
	})
}
