package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"replydesk/app/auth"
	"replydesk/faq"
)

// EntryFile is a form or a document that goes with an entry.
type EntryFile struct {
	ID          ID            `json:"id"`
	Name        string        `json:"name"`
	ContentType string        `json:"content_type"`
	Size        int64         `json:"size" doc:"bytes"`
	URL         string        `json:"url"`
	AddedBy     Nullable[Ref] `json:"added_by"`
	CreatedAt   time.Time     `json:"created_at"`
}

type addFileInput struct {
	ByID
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true" doc:"PDF, picture, office document or text of at most 20 MB"`
	}]
}

// filesPath is where files of entries are sent to: /faq/entries/{id}/files.
func filesPath(path string) bool {
	rest, ok := strings.CutPrefix(path, prefix+"/faq/entries/")
	id, ok2 := strings.CutSuffix(rest, "/files")
	_, err := strconv.ParseUint(id, 10, 63)
	return ok && ok2 && err == nil
}

func (s *Server) fileRoutes() {
	route(s, s.op(operationArgs{http.MethodGet, "/faq/entries/{id}/files", "listEntryFiles", "Forms and documents of an entry, oldest first"}),
		func(ctx context.Context, who auth.Principal, in *ByID) (List[EntryFile], error) {
			files, err := s.deps.Library.EntryFiles(ctx, who.Actor(), faq.EntryID(in.ID.number()))
			if err != nil {
				return List[EntryFile]{}, err
			}
			names, err := s.names(ctx, each(files, func(f faq.File) int64 { return f.AddedBy }))
			return listOf(files, func(f faq.File) EntryFile { return fileOf(f, names) }), err
		})
	add := created(s.op(operationArgs{http.MethodPost, "/faq/entries/{id}/files", "addEntryFile", "Put a file to an entry"}))
	add.MaxBodyBytes = faq.MaxFileBytes + maxMultipart
	route(s, add, func(ctx context.Context, who auth.Principal, in *addFileInput) (EntryFile, error) {
		file := in.RawBody.Data().File
		defer file.Close()
		f, err := s.deps.Library.AddFile(ctx, who.Actor(), faq.EntryID(in.ID.number()), file.Filename, file)
		if err != nil {
			return EntryFile{}, err
		}
		names, err := s.names(ctx, []int64{f.AddedBy})
		return fileOf(f, names), err
	})
	command(s, s.op(operationArgs{http.MethodDelete, "/faq/files/{id}", "removeEntryFile", "Take a file off its entry"}),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return s.deps.Library.RemoveFile(ctx, who.Actor(), faq.FileID(in.ID.number()))
		})
}

func fileOf(f faq.File, names map[int64]string) EntryFile {
	return EntryFile{
		ID: idOf(f.ID), Name: f.Name, ContentType: f.ContentType, Size: f.Size, URL: prefix + "/faq/files/" + string(idOf(f.ID)),
		AddedBy: refOf(f.AddedBy, names[f.AddedBy]), CreatedAt: utc(f.CreatedAt),
	}
}

// entryFile answers with the bytes of a file of an entry the user may see.
func (s *Server) entryFile(c *fiber.Ctx) error {
	ctx := c.UserContext()
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return notStored()
	}
	f, err := s.deps.Library.File(ctx, principalOf(ctx).Actor(), faq.FileID(id))
	if err != nil {
		return err
	}
	return s.sendFile(c, f.Path, f.Name, f.ContentType)
}
