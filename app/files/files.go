// Package files keeps attachments as files in the data folder. Paths are
// relative to it and made here only; nothing a stranger names becomes a path.
package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"replydesk/inbox/desk"
)

// partial ends the name of a file that is being written.
const partial = ".part"

// sniffed is how many bytes tell a content type.
const sniffed = 512

// Folder is a folder of attachments.
type Folder struct{ root *os.Root }

// Open opens the folder "media" in the data folder, making it when needed.
func Open(dataDir string) (*Folder, error) {
	dir := filepath.Join(dataDir, "media")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &Folder{root}, nil
}

// Close gives the folder back.
func (f *Folder) Close() error { return f.root.Close() }

// Save stores at most limit bytes of r under the name, which the caller keeps
// unique, and brings them to the disk. What is there under this name already
// is replaced. contentType is guessed from the bytes.
func (f *Folder) Save(_ context.Context, name string, r io.Reader, limit int64) (path string, size int64, contentType string, err error) {
	// Two levels keep folders small: 1234567 → 67/1234567.
	shard := "0" + name
	shard = shard[len(shard)-2:]
	path = filepath.Join(shard, name)
	if !filepath.IsLocal(path) {
		return "", 0, "", desk.Errorf(desk.Invalid, "file name %q", name)
	}
	if err := f.root.Mkdir(shard, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", 0, "", err
	}
	temp := path + partial
	size, contentType, err = f.write(temp, r, limit)
	if err == nil {
		err = f.root.Rename(temp, path)
	}
	if err != nil {
		_ = f.root.Remove(temp)
		return "", 0, "", fmt.Errorf("save file: %w", err)
	}
	return path, size, contentType, nil
}

func (f *Folder) write(path string, r io.Reader, limit int64) (size int64, contentType string, err error) {
	file, err := f.root.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	head := make([]byte, sniffed)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, "", err
	}
	if _, err := file.Write(head[:n]); err != nil {
		return 0, "", err
	}
	rest, err := io.Copy(file, io.LimitReader(r, limit-int64(n)+1))
	size = int64(n) + rest
	if err != nil {
		return 0, "", err
	}
	if size > limit {
		return 0, "", desk.Errorf(desk.Invalid, "文件超过 %d 字节", limit)
	}
	return size, http.DetectContentType(head[:n]), file.Sync()
}

// Open opens a stored file; one that is not there is NotFound.
func (f *Folder) Open(_ context.Context, path string) (io.ReadSeekCloser, error) {
	file, err := f.root.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, desk.Errorf(desk.NotFound, "没有找到文件")
	}
	return file, err
}

// Remove deletes a stored file; one that is not there is fine.
func (f *Folder) Remove(_ context.Context, path string) error {
	if err := f.root.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Paths are the paths of all stored files, in order.
func (f *Folder) Paths(context.Context) ([]string, error) {
	var out []string
	err := fs.WalkDir(f.root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.HasSuffix(path, partial) {
			out = append(out, path)
		}
		return err
	})
	return out, err
}

// Put stores a file under a path that Paths gave, here or of another store.
func (f *Folder) Put(_ context.Context, path string, r io.Reader) error {
	if !filepath.IsLocal(path) {
		return desk.Errorf(desk.Invalid, "file name %q", path)
	}
	if err := f.root.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if _, _, err := f.write(path+partial, r, math.MaxInt64-1); err != nil {
		return errors.Join(err, f.root.Remove(path+partial))
	}
	return f.root.Rename(path+partial, path)
}
