package api

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"path"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/app/auth"
	"replydesk/faq"
	"replydesk/inbox/desk"
)

// maxImport is the largest file an import takes, in bytes.
const maxImport = 20 << 20

const importPath = prefix + "/faq/import"

type (
	importInput struct {
		Publish bool `query:"publish" doc:"what is imported is to reach citizens: it waits for review by a second person, unless the desk needs none; for who may publish"`
		DryRun  bool `query:"dry_run" doc:"only tell what would happen"`
		RawBody huma.MultipartFormFiles[struct {
			File huma.FormFile `form:"file" required:"true" doc:"CSV, XLSX or JSONL"`
		}]
	}
	exportInput struct {
		Format string `query:"format" enum:"csv,xlsx,jsonl" default:"csv"`
	}
	exportSomeInput struct {
		Body struct {
			Format string `json:"format,omitempty" enum:"csv,xlsx,jsonl" default:"csv"`
			IDs    []ID   `json:"ids" maxItems:"500" nullable:"false"`
		}
	}
	exportAnswer struct {
		ContentType string `header:"Content-Type"`
		Disposition string `header:"Content-Disposition"`
		Body        []byte
	}
)

// exportTypes are the content types of exports.
var exportTypes = map[string]string{
	"csv":   "text/csv; charset=utf-8",
	"xlsx":  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"jsonl": "application/x-ndjson",
}

func (s *Server) transferRoutes() {
	in := s.operation(http.MethodPost, "/faq/import", "importEntries", "Import entries, row by row")
	in.MaxBodyBytes = maxImport + maxMultipart
	route(s, in, s.importEntries)
	all := s.fileOperation(operationArgs{http.MethodGet, "/faq/export", "exportEntries", "All entries as a file"})
	huma.Register(s.huma, all, func(ctx context.Context, in *exportInput) (*exportAnswer, error) {
		return s.exported(ctx, in.Format, func(w io.Writer, format faq.Format) error {
			return s.deps.Library.Export(ctx, principalOf(ctx).Actor(), w, format)
		})
	})
	some := s.fileOperation(operationArgs{http.MethodPost, "/faq/export", "exportSelection", "Up to 500 chosen entries as a file"})
	huma.Register(s.huma, some, func(ctx context.Context, in *exportSomeInput) (*exportAnswer, error) {
		ids := each(in.Body.IDs, func(id ID) faq.EntryID { return faq.EntryID(id.number()) })
		return s.exported(ctx, in.Body.Format, func(w io.Writer, format faq.Format) error {
			return s.deps.Library.ExportSome(ctx, principalOf(ctx).Actor(), w, format, ids)
		})
	})
}

// fileOperation is an operation that answers with an export.
func (s *Server) fileOperation(a operationArgs) huma.Operation {
	op := s.op(a)
	op.Responses["200"] = &huma.Response{Description: "the file", Content: map[string]*huma.MediaType{}}
	for _, contentType := range exportTypes {
		op.Responses["200"].Content[contentType] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	return op
}

// exported is the file that write makes.
func (s *Server) exported(ctx context.Context, format string, write func(io.Writer, faq.Format) error) (*exportAnswer, error) {
	var file bytes.Buffer
	if err := write(&file, faq.Format(format)); err != nil {
		return nil, s.problem(ctx, err)
	}
	answer, err := s.handOut(ctx, takenOut{object: "faq", name: "faq-" + s.now().Format("20060102"), format: format, file: file.Bytes()})
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answer, nil
}

// takenOut is a file somebody takes out of the desk. name is the file's without
// its ending; data is what the audit keeps beside the format and the size.
type takenOut struct {
	object, name, format string
	file                 []byte
	data                 map[string]any
}

// handOut answers with a file, once the audit says who took it.
func (s *Server) handOut(ctx context.Context, t takenOut) (*exportAnswer, error) {
	data := map[string]any{"format": t.format, "bytes": len(t.file)}
	maps.Copy(data, t.data)
	if err := s.deps.Audit.Exported(ctx, principalOf(ctx).Actor(), t.object, data); err != nil {
		return nil, err
	}
	return &exportAnswer{
		ContentType: exportTypes[t.format], Body: t.file,
		Disposition: `attachment; filename="` + t.name + "." + t.format + `"`,
	}, nil
}

// tableOperation is an operation that answers with figures, or with a file of
// them.
func (s *Server) tableOperation(a operationArgs, figures *huma.Schema) huma.Operation {
	op := s.op(a)
	op.Responses["200"] = &huma.Response{Description: "the figures, or a file of them", Content: map[string]*huma.MediaType{
		"application/json":  {Schema: figures},
		exportTypes["csv"]:  {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		exportTypes["xlsx"]: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	return op
}

func (s *Server) importEntries(ctx context.Context, who auth.Principal, in *importInput) (ImportResult, error) {
	file := in.RawBody.Data().File
	defer file.Close()
	if file.Size > maxImport {
		return ImportResult{}, desk.InvalidField("file", "文件最大 %d MB", maxImport>>20)
	}
	out, err := s.deps.Library.Import(ctx, who.Actor(), file, faq.ImportOptions{
		Format: faq.Format(strings.TrimPrefix(strings.ToLower(path.Ext(file.Filename)), ".")), Publish: in.Publish, DryRun: in.DryRun,
	})
	return importOf(out), err
}
