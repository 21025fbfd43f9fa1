// Package sheet reads and writes the library as CSV, XLSX and JSON lines. It
// knows columns and encodings, not what makes a sound entry. It is the only
// user of excelize.
//
// What Write writes Read reads back unchanged, as long as texts hold no control
// characters but line breaks and tabs, and no space around.
package sheet

import (
	"fmt"
	"io"
	"strings"

	"replydesk/inbox/desk"
)

// Format is a file format.
type Format string

// The formats.
const (
	CSV   Format = "csv"   // UTF-8 (with or without a byte order mark) or GB18030
	XLSX  Format = "xlsx"  // the first sheet
	JSONL Format = "jsonl" // one object a line
)

// Column is one column of the library.
type Column int

// The columns, in the order they are written.
const (
	Code Column = iota
	Question
	Similar
	Answer
	Category
	Department
	DocumentNumber
	ServiceLink
	ValidFrom
	ValidTo
	State
	columns
)

// names are the columns' names, the first being the one written.
var names = [columns][]string{
	Code:           {"code", "编号", "代码", "条目编号"},
	Question:       {"question", "问题", "标准问题", "标准问", "标题"},
	Similar:        {"similar_questions", "相似问法", "相似问题", "相似问", "其他问法"},
	Answer:         {"answer", "答案", "标准答案", "回答", "答复"},
	Category:       {"category", "分类", "类别", "类目"},
	Department:     {"department", "承办单位", "责任部门", "承办部门", "部门"},
	DocumentNumber: {"document_number", "文号", "政策文号", "文件文号"},
	ServiceLink:    {"service_link", "办事入口", "服务链接", "办理链接", "链接", "网址"},
	ValidFrom:      {"valid_from", "生效日期", "开始日期", "有效期起"},
	ValidTo:        {"valid_to", "失效日期", "截止日期", "结束日期", "有效期止"},
	State:          {"state", "状态"},
}

// columnOf finds the column of a heading; case, spaces, dashes and the asterisk
// of a required column do not matter.
func columnOf(heading string) (Column, bool) {
	heading = strings.ToLower(strings.Trim(heading, " \t\r\n*＊\uFEFF"))
	heading = strings.NewReplacer(" ", "_", "-", "_").Replace(heading)
	for c, known := range names {
		for _, name := range known {
			if heading == name {
				return Column(c), true
			}
		}
	}
	return 0, false
}

// Title is how the column of that name is called by most people, the name
// itself when there is no such column.
func Title(name string) string {
	for _, known := range names {
		if known[0] == name {
			return known[1]
		}
	}
	return name
}

// Row is one entry of a file. Number is the row as a spreadsheet counts it (the
// headings are row 1), or the line of a JSONL file.
type Row struct {
	Number  int
	Similar []string
	text    [columns]string
	has     [columns]bool
}

// Get returns a cell's text and whether the file has the column at all.
// Similar questions are in Row.Similar; for them only the second result counts.
func (r *Row) Get(c Column) (string, bool) { return r.text[c], r.has[c] }

// Set gives the row a cell, as Write will write it.
func (r *Row) Set(c Column, text string) { r.text[c], r.has[c] = text, true }

// SetSimilar gives the row its similar questions.
func (r *Row) SetSimilar(questions []string) { r.Similar, r.has[Similar] = questions, true }

func (r *Row) empty() bool {
	for _, text := range r.text {
		if strings.TrimSpace(text) != "" {
			return false
		}
	}
	return len(r.Similar) == 0
}

// Fault is a row that could not be read.
type Fault struct {
	Row     int
	Message string
}

// Limits bound what is read of one file.
type Limits struct {
	Bytes int64
	Rows  int
}

// Read reads a file's rows. Rows that cannot be read are returned as faults
// beside the good ones. A file that is no file of the format, lacks a question
// column, or is larger than the limits is an Invalid error about "file".
func Read(format Format, r io.Reader, limits Limits) ([]Row, []Fault, error) {
	data, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("read file: %w", err)
	}
	if int64(len(data)) > limits.Bytes {
		return nil, nil, invalid("文件超过 %d MB 上限，请分成几个文件导入", limits.Bytes>>20)
	}
	c := &collector{limit: limits.Rows}
	switch format {
	case CSV:
		err = c.readCSV(data)
	case XLSX:
		err = c.readXLSX(data)
	case JSONL:
		err = c.readJSONL(data)
	default:
		err = unknown(format)
	}
	return c.rows, c.faults, err
}

func unknown(format Format) error {
	return desk.InvalidField("format", "不支持的文件格式 %q，请使用 csv、xlsx 或 jsonl", format)
}

func invalid(format string, args ...any) error {
	return desk.InvalidField("file", format, args...)
}

// collector gathers rows up to a limit.
type collector struct {
	limit  int
	rows   []Row
	faults []Fault
}

// add keeps a row; blank ones are skipped.
func (c *collector) add(r Row) error {
	if r.empty() {
		return nil
	}
	if len(c.rows)+len(c.faults) >= c.limit {
		return invalid("文件超过 %d 行上限，请分成几个文件导入", c.limit)
	}
	c.rows = append(c.rows, r)
	return nil
}

func (c *collector) fault(row int, message string) error {
	if len(c.rows)+len(c.faults) >= c.limit {
		return invalid("文件超过 %d 行上限，请分成几个文件导入", c.limit)
	}
	c.faults = append(c.faults, Fault{Row: row, Message: message})
	return nil
}
