package files_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"replydesk/app/files"
	"replydesk/inbox/desk"
)

func TestFolder(t *testing.T) {
	ctx := t.Context()
	f, err := files.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	png := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{1}, 2000)...)
	path, size, contentType, err := f.Save(ctx, "7", bytes.NewReader(png), 4000)
	if err != nil || size != int64(len(png)) || contentType != "image/png" {
		t.Fatalf("save = %q, %d, %q, %v", path, size, contentType, err)
	}
	r, err := f.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(r)
	_ = r.Close()
	if !bytes.Equal(got, png) {
		t.Error("the file differs from what was saved")
	}

	for _, n := range []int64{10, 600} {
		if _, _, _, err := f.Save(ctx, "8", bytes.NewReader(png), n); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("limit %d: got %v, want invalid", n, err)
		}
	}
	if _, err := f.Open(ctx, "08/8"); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("a file over the limit must not stay: %v", err)
	}
	if _, _, _, err := f.Save(ctx, "../../x", strings.NewReader("x"), 10); err == nil {
		t.Error("a name that leaves the folder must fail")
	}
	if _, err := f.Open(ctx, "../../../etc/passwd"); err == nil {
		t.Error("a path that leaves the folder must fail")
	}
	if err := f.Remove(ctx, path); err != nil {
		t.Error(err)
	}
	if err := f.Remove(ctx, path); err != nil {
		t.Errorf("removing twice: %v", err)
	}
}
