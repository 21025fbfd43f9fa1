package api

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/app/auth"
	"replydesk/faq/sheet"
	"replydesk/inbox"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// Word is an entry of the word lists.
type Word struct {
	ID         ID        `json:"id"`
	Text       string    `json:"text"`
	Level      string    `json:"level" enum:"block,approve,warn,urgent"`
	Direction  string    `json:"direction" enum:"in,out,both"`
	Category   string    `json:"category"`
	Exceptions []string  `json:"exceptions" doc:"longer phrases in which the word is fine"`
	Enabled    bool      `json:"enabled"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// Finding is one place of a text that a person has to see.
type Finding struct {
	Rule    string `json:"rule" enum:"word,personal,empty_phrase,link,account,length,blank,claim"`
	Kind    string `json:"kind" doc:"finer than rule: the word's category, what the data are, what is wrong with the link"`
	Level   string `json:"level" enum:"block,approve,warn,urgent" doc:"block: does not leave; approve: another person approves; warn: the author confirms; urgent: a person looks at once"`
	Word    string `json:"word,omitempty" doc:"the word or phrase of the lists"`
	From    int    `json:"from" doc:"where it begins, in characters (code points)"`
	To      int    `json:"to" doc:"where it ends"`
	Message string `json:"message" doc:"one sentence for a person"`
}

// ImportedWords is what an import of words did, or would do.
type ImportedWords struct {
	Created   int           `json:"created"`
	Updated   int           `json:"updated"`
	Unchanged int           `json:"unchanged"`
	Errors    []ImportError `json:"errors"`
}

type (
	wordsInput struct {
		Paging
		Level     string `query:"level" enum:"block,approve,warn,urgent"`
		Direction string `query:"direction" enum:"in,out,both"`
		Category  string `query:"category"`
		Query     string `query:"q"`
	}
	wordFields struct {
		Text       *string   `json:"text,omitempty" maxLength:"40"`
		Level      *string   `json:"level,omitempty" enum:"block,approve,warn,urgent"`
		Direction  *string   `json:"direction,omitempty" enum:"in,out,both"`
		Category   *string   `json:"category,omitempty"`
		Exceptions *[]string `json:"exceptions,omitempty"`
		Enabled    *bool     `json:"enabled,omitempty"`
	}
	newWordInput    struct{ Body wordFields }
	changeWordInput struct {
		ByID
		Body wordFields
	}
	importWordsInput struct {
		DryRun  bool `query:"dry_run" doc:"only tell what would happen"`
		RawBody huma.MultipartFormFiles[struct {
			File huma.FormFile `form:"file" required:"true" doc:"CSV, XLSX, or TXT with one word a line"`
		}]
	}
	exportWordsInput struct {
		Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	}
	tryWordsInput struct {
		Body struct {
			Text      string `json:"text" maxLength:"5000"`
			Direction string `json:"direction" enum:"in,out"`
		}
	}
)

func wordOf(w inbox.Word) Word {
	return Word{
		ID: idOf(w.ID), Text: w.Text, Level: string(w.Level), Direction: string(w.Direction), Category: w.Category,
		Exceptions: each(w.Exceptions, func(e string) string { return e }), Enabled: w.Enabled, UpdatedAt: utc(w.UpdatedAt),
	}
}

func findingOf(f check.Finding) Finding {
	return Finding{Rule: string(f.Rule), Kind: f.Kind, Level: string(f.Level), Word: f.Word, From: f.From, To: f.To, Message: f.Message}
}

// input reads what was entered.
func (f wordFields) input() inbox.WordInput {
	in := inbox.WordInput{Text: f.Text, Category: f.Category, Exceptions: f.Exceptions, Enabled: f.Enabled}
	if f.Level != nil {
		in.Level = new(check.Level)
		*in.Level = check.Level(*f.Level)
	}
	if f.Direction != nil {
		in.Direction = new(check.Direction)
		*in.Direction = check.Direction(*f.Direction)
	}
	return in
}

// maxWordFile is the largest file of words an import takes, in bytes.
const maxWordFile = 2 << 20

const wordImportPath = prefix + "/words/import"

func (s *Server) wordRoutes() {
	words := s.deps.Inbox
	op := func(method, path, name, summary string) operationArgs {
		return operationArgs{method, "/words" + path, name, summary}
	}
	route(s, s.op(op(http.MethodGet, "", "listWords", "The word lists")),
		func(ctx context.Context, who auth.Principal, in *wordsInput) (List[Word], error) {
			page, err := words.Words(ctx, who.Actor(), inbox.WordFilter{
				Level: check.Level(in.Level), Direction: check.Direction(in.Direction), Category: in.Category, Query: in.Query, Limit: in.Limit, Cursor: in.Cursor,
			})
			return List[Word]{Items: each(page.Items, wordOf), NextCursor: page.Next}, err
		})
	route(s, created(s.op(op(http.MethodPost, "", "addWord", "Add a word to the lists"))),
		func(ctx context.Context, who auth.Principal, in *newWordInput) (Word, error) {
			w, err := words.AddWord(ctx, who.Actor(), in.Body.input())
			return wordOf(w), err
		})
	route(s, s.op(op(http.MethodPatch, "/{id}", "changeWord", "Change a word")),
		func(ctx context.Context, who auth.Principal, in *changeWordInput) (Word, error) {
			w, err := words.UpdateWord(ctx, who.Actor(), in.ID.number(), in.Body.input())
			return wordOf(w), err
		})
	command(s, s.op(op(http.MethodDelete, "/{id}", "deleteWord", "Take a word off the lists")),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return words.DeleteWord(ctx, who.Actor(), in.ID.number())
		})
	route(s, s.op(op(http.MethodPost, "/try", "tryWords", "What the lists find in a text")),
		func(ctx context.Context, who auth.Principal, in *tryWordsInput) (List[Finding], error) {
			found, err := words.TryWords(ctx, who.Actor(), in.Body.Text, check.Direction(in.Body.Direction))
			return List[Finding]{Items: each(found, findingOf)}, err
		})
	importing := s.op(op(http.MethodPost, "/import", "importWords", "Import words, row by row"))
	importing.MaxBodyBytes = maxWordFile + maxMultipart
	route(s, importing, s.importWords)
	exporting := s.op(op(http.MethodGet, "/export", "exportWords", "All words as a file"))
	exporting.Responses["200"] = &huma.Response{Description: "the file", Content: map[string]*huma.MediaType{}}
	for _, format := range []string{"csv", "xlsx"} {
		exporting.Responses["200"].Content[exportTypes[format]] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	huma.Register(s.huma, exporting, func(ctx context.Context, in *exportWordsInput) (*exportAnswer, error) {
		file, err := s.exportWords(ctx, principalOf(ctx).Actor(), in.Format)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		answer, err := s.handOut(ctx, takenOut{object: "words", name: "words-" + s.now().Format("20060102"), format: in.Format, file: file})
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return answer, nil
	})
}

func (s *Server) importWords(ctx context.Context, who auth.Principal, in *importWordsInput) (ImportedWords, error) {
	file := in.RawBody.Data().File
	defer file.Close()
	// Who may not is told so before their file is read.
	if err := who.Actor().Require(desk.ManagePolicies); err != nil {
		return ImportedWords{}, err
	}
	rows, err := ReadWords(file.Filename, file)
	if err != nil {
		return ImportedWords{}, err
	}
	out, err := s.deps.Inbox.ImportWords(ctx, who.Actor(), rows, in.DryRun)
	return ImportedWords{
		Created: out.Created, Updated: out.Updated, Unchanged: out.Unchanged,
		Errors: each(out.Errors, func(e inbox.RowError) ImportError { return ImportError(e) }),
	}, err
}

// wordColumns are the columns of a file of words in the order they are written,
// each with the names a heading may have.
var wordColumns = [5][]string{
	{"text", "词", "词语", "敏感词", "word"}, {"level", "级别", "等级"}, {"direction", "方向"}, {"category", "分类", "类别"}, {"exceptions", "例外"},
}

// ReadWords reads a file of words: CSV or XLSX with headings, or TXT with one
// word a line, to be confirmed in both directions. An error is Invalid about
// "file".
func ReadWords(name string, r io.Reader) ([]inbox.WordRow, error) {
	format := strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")
	plain := format == "txt"
	if plain {
		format = "csv"
	}
	cells, err := sheet.Cells(sheet.Format(format), r, sheet.Limits{Bytes: maxWordFile, Rows: inbox.MaxWords})
	if err != nil {
		return nil, err
	}
	if plain {
		return plainWords(cells), nil
	}
	var rows []inbox.WordRow
	var at [5]int
	headed := false
	for i, row := range cells {
		switch {
		case len(row) == 0:
		case !headed:
			if at, err = wordHeadings(row); err != nil {
				return nil, err
			}
			headed = true
		default:
			cell := func(column int) string {
				if at[column] < 0 || at[column] >= len(row) {
					return ""
				}
				return strings.TrimSpace(row[at[column]])
			}
			rows = append(rows, inbox.WordRow{
				Number: i + 1, Text: cell(0), Level: cell(1), Direction: cell(2), Category: cell(3), Exceptions: cell(4),
			})
		}
	}
	return rows, nil
}

func plainWords(lines [][]string) []inbox.WordRow {
	var rows []inbox.WordRow
	for i, cells := range lines {
		line := strings.TrimSpace(strings.Join(cells, ","))
		if line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, inbox.WordRow{Number: i + 1, Text: line, Level: string(check.Warn)})
		}
	}
	return rows
}

// wordHeadings finds the columns by their headings, -1 for one that is not there.
func wordHeadings(headings []string) (at [5]int, err error) {
	for column, names := range wordColumns {
		at[column] = -1
		for i, heading := range headings {
			if sheet.Headed(heading, names...) {
				at[column] = i
			}
		}
	}
	if at[0] < 0 || at[1] < 0 {
		return at, desk.InvalidField("file", "第一行是表头，其中需要有“词语”（text）和“级别”（level）两列")
	}
	return at, nil
}

func (s *Server) exportWords(ctx context.Context, actor desk.Actor, format string) ([]byte, error) {
	words, err := s.deps.Inbox.AllWords(ctx, actor)
	if err != nil {
		return nil, err
	}
	rows := [][]string{{}}
	for _, names := range wordColumns {
		rows[0] = append(rows[0], names[0])
	}
	for _, w := range words {
		rows = append(rows, []string{w.Text, string(w.Level), string(w.Direction), w.Category, strings.Join(w.Exceptions, "|")})
	}
	var file bytes.Buffer
	err = sheet.WriteCells(sheet.Format(format), &file, "词表", rows)
	return file.Bytes(), err
}
