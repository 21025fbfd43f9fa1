package filedb_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"replydesk/app/store"
	"replydesk/app/store/filedb"
	"replydesk/app/store/storetest"
	"replydesk/inbox/desk"
)

// Sizes around the edges of a chunk come back as they were saved, from any
// place in them.
func TestFilesComeBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := filedb.New(db), t.Context()
		for _, size := range []int{0, 1, 256<<10 - 1, 256 << 10, 256<<10 + 1, 700_000} {
			body := make([]byte, size)
			random := rand.New(rand.NewPCG(1, uint64(size)))
			for i := range body {
				body[i] = byte(random.Uint32())
			}
			path, n, _, err := s.Save(ctx, "7", iotest.HalfReader(bytes.NewReader(body)), 1<<20)
			if err != nil || n != int64(size) {
				t.Fatalf("save %d bytes = %d, %v", size, n, err)
			}
			f, err := s.Open(ctx, path)
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(f, body); err != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
		}
	})
}

func TestContentTypeAndReplacement(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := filedb.New(db), t.Context()
		_, _, contentType, err := s.Save(ctx, "7", strings.NewReader("\x89PNG\r\n\x1a\n"+strings.Repeat("x", 600_000)), 1<<20)
		if err != nil || contentType != "image/png" {
			t.Fatalf("save = %q, %v", contentType, err)
		}
		if _, _, _, err := s.Save(ctx, "7", strings.NewReader("short"), 1<<20); err != nil {
			t.Fatal(err)
		}
		f, err := s.Open(ctx, "7")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(f); string(got) != "short" {
			t.Errorf("after replacing: %d bytes, %v", len(got), err)
		}
	})
}

// What was not saved whole is not there.
func TestHalfAFileIsNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := filedb.New(db), t.Context()
		if _, _, _, err := s.Save(ctx, "8", strings.NewReader(strings.Repeat("x", 300_000)), 299_999); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("over the limit: got %v, want invalid", err)
		}
		cut := io.MultiReader(strings.NewReader(strings.Repeat("x", 300_000)), iotest.ErrReader(errors.New("cut")))
		if _, _, _, err := s.Save(ctx, "8", cut, 1<<20); err == nil {
			t.Error("a download that breaks off must fail")
		}
		if _, err := s.Open(ctx, "8"); desk.CodeOf(err) != desk.NotFound {
			t.Errorf("open: got %v, want not_found", err)
		}
		var chunks int
		if err := db.QueryRow(ctx, `SELECT count(*) FROM file_chunks`).Scan(&chunks); err != nil || chunks != 0 {
			t.Errorf("%d chunks are left, %v", chunks, err)
		}
		for range 2 {
			if err := s.Remove(ctx, "8"); err != nil {
				t.Errorf("remove: %v", err)
			}
		}
	})
}
