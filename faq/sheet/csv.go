package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// mark is UTF-8's byte order mark, by which Excel knows that a file is UTF-8.
const mark = "\uFEFF"

// Bounds of broken quotation in a CSV file.
const (
	maxCell     = 128 << 10 // bytes of a quoted cell; a spreadsheet's cell holds 32,767 characters
	maxUnclosed = 100       // rows with an unclosed quotation mark
)

func (c *collector) readCSV(data []byte) error {
	text, err := decode(data)
	if err != nil {
		return err
	}
	r := csvReader{text: text, cr: endsInCR(text)}
	var t *table
	for unclosed := 0; ; {
		cells, err := r.read()
		switch {
		case errors.Is(err, io.EOF) && t == nil:
			return invalid("文件是空的")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && t == nil:
			return invalid("第 %d 行（表头）的引号没有闭合", r.row)
		case err != nil:
			if unclosed++; unclosed > maxUnclosed {
				return invalid("超过 %d 行的引号没有闭合，请检查文件", maxUnclosed)
			}
			err = c.fault(r.row, "引号没有闭合；单元格里的引号应写成两个")
		case t == nil:
			t, err = newTable(cells)
		default:
			err = c.addCells(t, r.row, cells)
		}
		if err != nil {
			return err
		}
	}
}

// errUnclosed is a record with a quotation mark that does not close.
var errUnclosed = errors.New("unclosed quotation mark")

// csvReader reads records one by one. Unlike encoding/csv it forgives a stray
// quotation mark within a line, which is common in hand-made files, but no
// longer once a cell has gone on to another line: such a mark is the next
// cell's, and the cell would swallow the rows in between.
type csvReader struct {
	text string
	at   int
	cr   bool // a lone \r ends a line too
	row  int  // of the last record as a spreadsheet counts, where a blank line is a row too
}

// endsInCR reports whether the first line ends with a lone \r, as a Mac writes
// CSV. A break inside a quoted heading is none.
func endsInCR(text string) bool {
	inside := false
	for i := range len(text) {
		switch text[i] {
		case '"':
			inside = !inside
		case '\r', '\n':
			if !inside {
				return text[i] == '\r' && i+1 < len(text) && text[i+1] != '\n'
			}
		}
	}
	return false
}

// read returns the next record, io.EOF, or errUnclosed; after that it goes on
// with the line behind the one where the quotation mark stands.
func (r *csvReader) read() ([]string, error) {
	for r.newline(r.at) > 0 {
		r.at += r.newline(r.at)
		r.row++
	}
	if r.at == len(r.text) {
		return nil, io.EOF
	}
	r.row++
	var cells []string
	for at := r.at; ; at++ { // past the comma
		cell, end, ok := r.cell(at)
		if !ok {
			r.at = len(r.text)
			if line := strings.IndexAny(r.text[at:], r.breaks()); line >= 0 {
				r.at = at + line + 1
			}
			return nil, errUnclosed
		}
		cells = append(cells, cell)
		if at = end; at == len(r.text) || r.text[at] != ',' {
			r.at = at + r.newline(at)
			return cells, nil
		}
	}
}

// newline is the length of the line break at a place, 0 when there is none.
func (r *csvReader) newline(at int) int {
	switch {
	case strings.HasPrefix(r.text[at:], "\n"):
		return 1
	case strings.HasPrefix(r.text[at:], "\r\n"):
		return 2
	case r.cr && strings.HasPrefix(r.text[at:], "\r"):
		return 1
	}
	return 0
}

// breaks are the characters that end a line.
func (r *csvReader) breaks() string {
	if r.cr {
		return "\r\n"
	}
	return "\n"
}

// cell reads the cell at a place and returns where its comma or line end is.
func (r *csvReader) cell(at int) (cell string, end int, ok bool) {
	if strings.HasPrefix(r.text[at:], `"`) {
		return r.quoted(at)
	}
	end = len(r.text)
	if n := strings.IndexAny(r.text[at:], ","+r.breaks()); n >= 0 {
		end = at + n
	}
	if end > at && (end == len(r.text) || r.text[end] == '\n') && r.text[end-1] == '\r' {
		if end--; end+1 == len(r.text) {
			return r.text[at:end], end + 1, true // a lone \r ends the file
		}
	}
	return r.text[at:end], end, true
}

// quoted reads the cell whose opening mark is at a place.
func (r *csvReader) quoted(open int) (cell string, end int, ok bool) {
	var b strings.Builder
	lines := false
	for at := open + 1; at-open <= maxCell; {
		n := strings.IndexByte(r.text[at:min(len(r.text), open+maxCell+1)], '"')
		if n < 0 {
			break
		}
		part := r.text[at : at+n]
		lines = lines || strings.ContainsAny(part, r.breaks())
		b.WriteString(part)
		at += n + 1
		switch {
		case at == len(r.text) || r.text[at] == ',' || r.newline(at) > 0:
			return r.unified(b.String()), at, true
		case r.text[at] == '"':
			at++
		case lines:
			return "", 0, false
		}
		b.WriteByte('"')
	}
	return "", 0, false
}

// unified writes line breaks inside a cell in one way.
func (r *csvReader) unified(cell string) string {
	cell = strings.ReplaceAll(cell, "\r\n", "\n")
	if r.cr {
		cell = strings.ReplaceAll(cell, "\r", "\n")
	}
	return cell
}

// decode returns the text of a file in UTF-8 or GB18030, which is what Excel
// writes as CSV on a Chinese Windows.
func decode(data []byte) (string, error) {
	if bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF}) {
		return "", invalid("文件是 UTF-16 编码，请另存为 UTF-8 编码的 CSV")
	}
	if utf8.Valid(data) {
		return strings.TrimPrefix(string(data), mark), nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return "", invalid("文件编码无法识别，请另存为 UTF-8 编码")
	}
	return string(text), nil
}

// csvWriter writes CSV as Excel opens it.
type csvWriter struct{ w *csv.Writer }

func newCSVWriter(w io.Writer) (*csvWriter, error) {
	if _, err := io.WriteString(w, mark); err != nil {
		return nil, err
	}
	out := &csvWriter{w: csv.NewWriter(w)}
	return out, out.w.Write(headings())
}

func (c *csvWriter) write(r *Row) error { return c.w.Write(r.cells()) }

func (c *csvWriter) close() error {
	c.w.Flush()
	return c.w.Error()
}
