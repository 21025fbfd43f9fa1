package faq

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"replydesk/inbox/desk"
)

// Limits of the files of one entry.
const (
	MaxFiles     = 10
	MaxFileBytes = 20 << 20
	maxFileName  = 100 // characters
)

// TaskEraseFile is the kind of the task that deletes the bytes of a file that
// was taken off its entry. Its key is the path.
const TaskEraseFile = "faq.erase_file"

// FileID is the number of a file.
type FileID int64

// File is a form or a document that goes with an entry. It is for the people of
// the desk; nothing sends it to citizens by itself.
type File struct {
	ID          FileID
	EntryID     EntryID
	Name        string
	ContentType string
	Size        int64
	Path        string // where Files has the bytes
	AddedBy     int64
	CreatedAt   time.Time
}

// Files keeps bytes. What Save is given is read up to limit bytes; more is an
// Invalid error.
type Files interface {
	Save(ctx context.Context, name string, r io.Reader, limit int64) (path string, size int64, contentType string, err error)
	Remove(ctx context.Context, path string) error
}

// fileKind is what a file with an ending is, and how its bytes begin as far as
// they can be told.
type fileKind struct{ contentType, sniffed string }

// fileKinds are the files an entry may have: nothing that a browser or an
// office program runs by itself.
var fileKinds = map[string]fileKind{
	".pdf":  {"application/pdf", "application/pdf"},
	".png":  {"image/png", "image/png"},
	".jpg":  {"image/jpeg", "image/jpeg"},
	".jpeg": {"image/jpeg", "image/jpeg"},
	".gif":  {"image/gif", "image/gif"},
	".webp": {"image/webp", "image/webp"},
	".docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"},
	".xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"},
	".pptx": {"application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/zip"},
	".doc":  {"application/msword", "application/octet-stream"},
	".xls":  {"application/vnd.ms-excel", "application/octet-stream"},
	".txt":  {"text/plain", "text/plain"},
}

// EntryFiles lists the files of an entry the actor may see, oldest first. Needs
// ReadLibrary.
func (s *Service) EntryFiles(ctx context.Context, actor desk.Actor, id EntryID) ([]File, error) {
	if _, err := s.Entry(ctx, actor, id); err != nil {
		return nil, err
	}
	return s.store.Files(ctx, id)
}

// File returns one file of an entry the actor may see; any other is NotFound.
func (s *Service) File(ctx context.Context, actor desk.Actor, id FileID) (File, error) {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return File{}, err
	}
	f, err := s.store.File(ctx, id)
	if err != nil {
		return File{}, err
	}
	_, err = s.Entry(ctx, actor, f.EntryID)
	return f, err
}

// AddFile puts a file to an entry. Needs EditLibrary. The ending of the name
// says what it is, and the bytes must not say otherwise; what is too large, of
// another kind or one too many is an Invalid error about "file".
func (s *Service) AddFile(ctx context.Context, actor desk.Actor, id EntryID, name string, r io.Reader) (File, error) {
	if err := actor.Require(desk.EditLibrary); err != nil {
		return File{}, err
	}
	f := File{EntryID: id, Name: fileName(name), AddedBy: actor.UserID, CreatedAt: s.moment()}
	kind, ok := fileKinds[strings.ToLower(path.Ext(f.Name))]
	switch {
	case !ok:
		return File{}, desk.InvalidField("file", "请上传 PDF、图片、Word、Excel、PPT 或 TXT 文件")
	case utf8.RuneCountInString(f.Name) > maxFileName:
		return File{}, desk.InvalidField("file", "文件名最多 %d 字", maxFileName)
	}
	if err := s.roomForFile(ctx, id); err != nil {
		return File{}, err
	}
	var sniffed string
	var err error
	f.Path, f.Size, sniffed, err = s.files.Save(ctx, "entry-"+strings.ToLower(rand.Text()), r, MaxFileBytes)
	if err != nil {
		if desk.CodeOf(err) == desk.Invalid {
			err = desk.InvalidField("file", "文件最大 %d MB", MaxFileBytes>>20)
		}
		return File{}, err
	}
	f.ContentType = kind.contentType
	sniffed, _, _ = strings.Cut(sniffed, ";")
	switch {
	case f.Size == 0:
		err = desk.InvalidField("file", "文件是空的")
	case sniffed != kind.sniffed:
		err = desk.InvalidField("file", "文件内容与扩展名不符")
	default:
		err = s.store.Atomic(ctx, func(tx Tx) error {
			if _, err := tx.Entry(ctx, id); err != nil {
				return err
			}
			var err error
			f.ID, err = tx.AddFile(ctx, f, MaxFiles)
			return err
		})
	}
	if err != nil {
		return File{}, errors.Join(err, s.files.Remove(context.WithoutCancel(ctx), f.Path))
	}
	return f, nil
}

// roomForFile looks, before the bytes are taken in, whether they have a place.
func (s *Service) roomForFile(ctx context.Context, id EntryID) error {
	if _, err := s.store.Entry(ctx, id); err != nil {
		return err
	}
	files, err := s.store.Files(ctx, id)
	if err == nil && len(files) >= MaxFiles {
		err = ErrManyFiles()
	}
	return err
}

// ErrManyFiles is what one file too many gets.
func ErrManyFiles() error {
	return desk.InvalidField("file", "每个条目最多 %d 个附件", MaxFiles)
}

// RemoveFile takes a file off its entry. Needs EditLibrary.
func (s *Service) RemoveFile(ctx context.Context, actor desk.Actor, id FileID) error {
	if err := actor.Require(desk.EditLibrary); err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		where, err := tx.RemoveFile(ctx, id)
		if err != nil {
			return err
		}
		return tx.Enqueue(ctx, desk.Task{Kind: TaskEraseFile, Key: where})
	})
}

// EraseFile deletes the bytes at a path; those that are gone already are fine.
func (s *Service) EraseFile(ctx context.Context, path string) error { return s.files.Remove(ctx, path) }

// fileName is the last part of a name, whatever system it comes from.
func fileName(name string) string {
	name = line(name)
	if at := strings.LastIndexAny(name, `/\`); at >= 0 {
		name = name[at+1:]
	}
	return name
}
