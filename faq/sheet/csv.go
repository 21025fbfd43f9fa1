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

func (c *collector) readCSV(data []byte) error {
	text, err := decode(data)
	if err != nil {
		return err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true // a quote inside a cell is common in hand-made files
	var t *table
	row, end := 0, int64(0)
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return invalid("第 %d 行之后无法读取：%v", row, err)
		}
		row += 1 + blankLines(text[end:])
		end = r.InputOffset()
		if t == nil {
			if t, err = newTable(cells); err != nil {
				return err
			}
			continue
		}
		if err := c.add(t.row(row, cells)); err != nil {
			return err
		}
	}
	if t == nil {
		return invalid("文件是空的")
	}
	return nil
}

// blankLines counts the empty lines that the CSV reader skips silently, so that
// row numbers agree with what a spreadsheet shows.
func blankLines(text string) (n int) {
	for {
		rest, ok := strings.CutPrefix(text, "\n")
		if !ok {
			rest, ok = strings.CutPrefix(text, "\r\n")
		}
		if !ok {
			return n
		}
		text = rest
		n++
	}
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
