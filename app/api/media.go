package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// inlineTypes are the content types a browser may show: none of them can carry
// a script. Everything else is offered for download as plain bytes.
var inlineTypes = []string{
	"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4",
	"audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/ogg", "audio/wav", "audio/wave", "audio/x-wav", "audio/webm",
}

// media answers with a stored attachment of a ticket the user may see.
func (s *Server) media(c *fiber.Ctx) error {
	ctx := c.UserContext()
	id := PathID(c.Params("id")).number()
	a, err := s.deps.Inbox.Attachment(ctx, principalOf(ctx).Actor(), id)
	if err != nil {
		return err
	}
	if a.State != inbox.AttachmentStored || a.Path == "" {
		return notStored()
	}
	return s.sendFile(c, a.Path, inbox.Undirected(a.Name), a.ContentType)
}

// sendFile answers with the bytes at a path, or the part of them asked for.
func (s *Server) sendFile(c *fiber.Ctx, path, name, contentType string) error {
	file, err := s.deps.Files.Open(c.UserContext(), path)
	if err != nil {
		return err
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	from, length, partial, err := byteRange(c.Get(fiber.HeaderRange), size)
	if err != nil {
		c.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes */%d", size))
		return errors.Join(fiber.ErrRequestedRangeNotSatisfiable, file.Close())
	}
	mediaHeaders(c, name, contentType)
	if _, err := file.Seek(from, io.SeekStart); err != nil {
		return errors.Join(err, file.Close())
	}
	if partial {
		c.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes %d-%d/%d", from, from+length-1, size))
		c.Status(http.StatusPartialContent)
	}
	// The server closes the stream once it is sent.
	c.Context().SetBodyStream(part{io.LimitReader(file, length), file}, int(length))
	return nil
}

func notStored() error { return desk.Errorf(desk.NotFound, "没有找到文件") }

func mediaHeaders(c *fiber.Ctx, name, contentType string) {
	contentType, _, _ = strings.Cut(strings.ToLower(contentType), ";")
	contentType = strings.TrimSpace(contentType)
	disposition := "inline"
	if !slices.Contains(inlineTypes, contentType) {
		contentType, disposition = "application/octet-stream", "attachment"
	}
	if name != "" {
		disposition += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	c.Set(fiber.HeaderContentType, contentType)
	c.Set(fiber.HeaderContentDisposition, disposition)
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	c.Set(fiber.HeaderCacheControl, "private, max-age=3600")
}

// part is a stretch of a file that is closed with it.
type part struct {
	io.Reader
	io.Closer
}

// byteRange reads "bytes=from-to", "bytes=from-" and "bytes=-last". Several
// ranges at once, and other units, are answered with the whole file.
func byteRange(header string, size int64) (from, length int64, partial bool, err error) {
	spec, ok := strings.CutPrefix(strings.TrimSpace(header), "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !ok || !dash || strings.Contains(spec, ",") {
		return 0, size, false, nil
	}
	unfit := errors.New("range is not within the file")
	to := size - 1
	if first == "" {
		n, err := strconv.ParseUint(last, 10, 62)
		if err != nil || n == 0 || size == 0 {
			return 0, 0, false, unfit
		}
		return max(0, size-int64(n)), min(size, int64(n)), true, nil
	}
	start, err := strconv.ParseUint(first, 10, 62)
	if err != nil || int64(start) >= size {
		return 0, 0, false, unfit
	}
	if last != "" {
		end, err := strconv.ParseUint(last, 10, 62)
		if err != nil || end < start {
			return 0, 0, false, unfit
		}
		to = min(to, int64(end))
	}
	return int64(start), to - int64(start) + 1, true, nil
}

// plainOperations describes the routes huma does not serve.
func (s *Server) plainOperations() {
	media := s.operation(http.MethodGet, "/media/{id}", "getMedia", "A file of a message; understands Range")
	media.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: PathID("").Schema(nil)}}
	for status, what := range map[string]string{"200": "the file", "206": "a part of it"} {
		media.Responses[status] = &huma.Response{Description: what, Content: map[string]*huma.MediaType{
			"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
	s.huma.OpenAPI().AddOperation(&media)
	entryFile := s.operation(http.MethodGet, "/faq/files/{id}", "getEntryFile", "A file of an entry; understands Range")
	entryFile.Parameters, entryFile.Responses = media.Parameters, media.Responses
	s.huma.OpenAPI().AddOperation(&entryFile)
	socket := s.operation(http.MethodGet, "/live", "live", "A WebSocket with events as they happen, subprotocol desk.v1")
	socket.Responses["101"] = &huma.Response{Description: "a socket"}
	s.huma.OpenAPI().AddOperation(&socket)
}
