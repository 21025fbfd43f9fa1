package faqtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"net/http"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// Folder keeps files in memory.
type Folder struct {
	mu    sync.Mutex
	Bytes map[string]string
}

// Save implements faq.Files.
func (f *Folder) Save(_ context.Context, name string, r io.Reader, limit int64) (string, int64, string, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = desk.Errorf(desk.Invalid, "too large")
	}
	if err != nil {
		return "", 0, "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Bytes["in/"+name] = string(b)
	return "in/" + name, int64(len(b)), http.DetectContentType(b), nil
}

// Remove implements faq.Files.
func (f *Folder) Remove(_ context.Context, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.Bytes, path)
	return nil
}

const pdf = "%PDF-1.4 表"

func entryFiles(t *testing.T, l *Library) {
	ctx := t.Context()
	shown, draft := l.AddPublished(t, Content(1)), l.Add(t, Content(2))
	f, err := l.AddFile(ctx, Staff, shown.ID, `C:\文档\申请表.PDF`, strings.NewReader(pdf))
	if err != nil || f.Name != "申请表.PDF" || f.ContentType != "application/pdf" || f.Size != int64(len(pdf)) || f.AddedBy != Staff.UserID {
		t.Fatalf("file = %+v, %v", f, err)
	}
	hidden, err := l.AddFile(ctx, Staff, draft.ID, "说明.txt", strings.NewReader("说明"))
	must(t, err)
	if got, err := l.EntryFiles(ctx, Liaison, shown.ID); err != nil || !slices.Equal(got, []faq.File{f}) {
		t.Errorf("files = %+v, %v", got, err)
	}
	for _, err := range []error{
		func() error { _, err := l.EntryFiles(ctx, Liaison, draft.ID); return err }(),
		func() error { _, err := l.File(ctx, Liaison, hidden.ID); return err }(),
		func() error { _, err := l.File(ctx, Staff, hidden.ID+99); return err }(),
		func() error { _, err := l.AddFile(ctx, Staff, 999, "a.txt", strings.NewReader("a")); return err }(),
		l.RemoveFile(ctx, Staff, hidden.ID+99),
	} {
		if desk.CodeOf(err) != desk.NotFound {
			t.Errorf("%v, want not_found", err)
		}
	}
	before := len(l.Folder.Bytes)
	for name, content := range map[string]string{
		"x.html": "<p>", "x.svg": "<svg/>", "x": "a", "x.exe": "MZ", "x.pdf": "<html>not a pdf", "x.png": pdf, "empty.txt": "",
		strings.Repeat("长", 101) + ".txt": "a", "large.txt": strings.Repeat("a", faq.MaxFileBytes+1),
	} {
		if _, err := l.AddFile(ctx, Staff, shown.ID, name, strings.NewReader(content)); !slices.Contains(fieldsOf(err), "file") {
			t.Errorf("%.20q: %v, want invalid file", name, err)
		}
	}
	if _, err := l.AddFile(ctx, Liaison, shown.ID, "a.txt", strings.NewReader("a")); desk.CodeOf(err) != desk.Forbidden {
		t.Errorf("a reader adds a file: %v", err)
	}
	if err := l.RemoveFile(ctx, Liaison, f.ID); desk.CodeOf(err) != desk.Forbidden {
		t.Errorf("a reader takes a file: %v", err)
	}
	if got := len(l.Folder.Bytes); got != before {
		t.Errorf("%d files are kept, want %d: what was refused leaves nothing", got, before)
	}
	must(t, l.RemoveFile(ctx, Staff, f.ID))
	tasks := l.Backend.Tasks(t)
	if !slices.ContainsFunc(tasks, func(task desk.Task) bool { return task.Kind == faq.TaskEraseFile && task.Key == f.Path }) {
		t.Errorf("tasks = %v, want one to erase %s", tasks, f.Path)
	}
	must(t, l.EraseFile(ctx, f.Path))
	must(t, l.EraseFile(ctx, f.Path)) // a task may run twice
	if _, left := l.Folder.Bytes[f.Path]; left {
		t.Error("the bytes are still there")
	}
}

// manyFiles: an entry has at most ten files, also when all come at once.
func manyFiles(t *testing.T, l *Library) {
	e := l.Add(t, Content(1))
	var wg sync.WaitGroup
	var mu sync.Mutex
	var refused error
	for n := range faq.MaxFiles + 3 {
		wg.Go(func() {
			_, err := l.AddFile(t.Context(), Staff, e.ID, fmt.Sprintf("%d.txt", n), strings.NewReader("a"))
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				refused = errors.Join(refused, err)
			}
		})
	}
	wg.Wait()
	got, err := l.EntryFiles(t.Context(), Staff, e.ID)
	if err != nil || len(got) != faq.MaxFiles || len(l.Folder.Bytes) != faq.MaxFiles || !slices.Contains(fieldsOf(refused), "file") {
		t.Errorf("%d files, %d kept, %v, refused with %v", len(got), len(l.Folder.Bytes), err, refused)
	}
}
