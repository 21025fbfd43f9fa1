package sheet

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// table turns the rows of a sheet into Rows by its headings.
type table struct {
	columns []Column // by place; columns for a place without a heading
}

// newTable reads the headings. A sheet without a question column is not a
// library, and one with a column that is not known is not read: a mistyped
// valid_to would give entries that never expire.
func newTable(headings []string) (*table, error) {
	headings = filled(headings)
	t := &table{columns: make([]Column, len(headings))}
	seen := map[Column]bool{}
	for i, heading := range headings {
		if blank(heading) {
			t.columns[i] = columns
			continue
		}
		c, ok := columnOf(heading)
		if !ok {
			return nil, invalid("表头中“%s”这一列无法识别，可用的列：%s", shorten(heading), strings.Join(known(), "、"))
		}
		if seen[c] {
			return nil, invalid("表头中“%s”重复", heading)
		}
		seen[c] = true
		t.columns[i] = c
	}
	if !seen[Question] {
		return nil, invalid("第一行是表头，其中需要有“问题”（question）一列")
	}
	return t, nil
}

// known are the columns' names as most people write them.
func known() []string {
	out := make([]string, columns)
	for c := range columns {
		out[c] = names[c][1]
	}
	return out
}

// shorten keeps a heading short enough for a sentence.
func shorten(heading string) string {
	const limit = 20
	if runes := []rune(heading); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return heading
}

func blank(cell string) bool { return strings.Trim(cell, " \t\r\n\uFEFF") == "" }

// filled leaves out the blank cells at the end of a row.
func filled(cells []string) []string {
	n := len(cells)
	for n > 0 && blank(cells[n-1]) {
		n--
	}
	return cells[:n]
}

// fault says what is wrong with a row that has cells no heading is for, "" when
// nothing is. Most often an answer with commas lacks its quotation marks.
func (t *table) fault(cells []string) string {
	if more := len(filled(cells)) - len(t.columns); more > 0 {
		return fmt.Sprintf("这一行比表头多 %d 列，请检查逗号是否需要加引号", more)
	}
	for i, cell := range cells {
		if i < len(t.columns) && t.columns[i] == columns && !blank(cell) {
			return fmt.Sprintf("第 %d 列有内容但没有表头", i+1)
		}
	}
	return ""
}

// addCells keeps a row that follows the headings.
func (c *collector) addCells(t *table, number int, cells []string) error {
	if why := t.fault(cells); why != "" {
		return c.fault(number, why)
	}
	return c.add(t.row(number, cells))
}

func (t *table) row(number int, cells []string) Row {
	r := Row{Number: number}
	for i, c := range t.columns {
		if c == columns {
			continue
		}
		cell := ""
		if i < len(cells) {
			cell = unguard(cells[i])
		}
		switch c {
		case Similar:
			r.SetSimilar(split(cell))
		case ValidFrom, ValidTo:
			r.Set(c, date(cell))
		default:
			r.Set(c, cell)
		}
	}
	return r
}

// cells is the inverse of row, with all columns.
func (r *Row) cells() []string {
	out := make([]string, columns)
	for c := range columns {
		out[c] = guard(r.text[c])
	}
	out[Similar] = guard(join(r.Similar))
	return out
}

// headings returns the first row that is written.
func headings() []string {
	out := make([]string, columns)
	for c := range columns {
		out[c] = names[c][0]
	}
	return out
}

// starts are the characters by which spreadsheet programs know a formula.
const starts = "=+-@\t\r＝＋－＠"

// guard keeps a text from being taken for a formula: an apostrophe goes before
// it. A text that already looks guarded gets one more, so unguard is exact.
func guard(text string) string {
	if guarded(text) {
		return "'" + text
	}
	return text
}

func unguard(text string) string {
	if strings.HasPrefix(text, "'") && guarded(text) {
		return text[1:]
	}
	return text
}

// guarded reports whether text, apostrophes aside, starts like a formula.
func guarded(text string) bool {
	text = strings.TrimLeft(text, "'")
	return text != "" && strings.ContainsAny(text[:firstRune(text)], starts)
}

func firstRune(s string) int {
	for i := range s {
		if i > 0 {
			return i
		}
	}
	return len(s)
}

// escapes keep separators inside a similar question apart from those between.
var escapes = strings.NewReplacer(`\`, `\\`, "|", `\|`, "｜", `\｜`)

func join(questions []string) string {
	escaped := make([]string, len(questions))
	for i, q := range questions {
		escaped[i] = escapes.Replace(q)
	}
	return strings.Join(escaped, "|")
}

// split cuts a cell at | (also full width) and line breaks; a backslash before
// a bar or another backslash takes it as it is.
func split(cell string) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if q := strings.TrimSpace(b.String()); q != "" {
			out = append(out, q)
		}
		b.Reset()
	}
	escaped := false
	for _, r := range cell {
		bar := r == '|' || r == '｜'
		switch {
		case escaped:
			if !bar && r != '\\' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case bar || r == '\n' || r == '\r':
			flush()
		default:
			b.WriteRune(r)
		}
	}
	if escaped {
		b.WriteByte('\\')
	}
	flush()
	return out
}

// dateForms are the ways people write a day.
var dateForms = []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102", "2006-01-02T15:04:05Z07:00", "2006-1-2 15:04:05", "2006/1/2 15:04:05"}

// The day numbers a spreadsheet stores for 1982 to 2119; a day number is how a
// cell formatted as a date arrives.
const firstSerial, lastSerial = 30000, 80000

// date writes a day as YYYY-MM-DD; what is no day stays as it is, for the
// caller to refuse.
func date(cell string) string {
	cell = strings.TrimSpace(cell)
	for _, form := range dateForms {
		if t, err := time.Parse(form, cell); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	if n, err := strconv.ParseFloat(cell, 64); err == nil && n >= firstSerial && n < lastSerial {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(n)).Format(time.DateOnly)
	}
	return cell
}
