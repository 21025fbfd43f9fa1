package sheet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

func (c *collector) readJSONL(data []byte) error {
	text, err := decode(data)
	if err != nil {
		return err
	}
	line := 0
	for raw := range strings.Lines(text) {
		line++
		if strings.TrimSpace(raw) == "" {
			continue
		}
		row, err := parseObject(line, []byte(raw))
		if err != nil {
			err = c.fault(line, err.Error())
		} else {
			err = c.add(row)
		}
		if err != nil {
			return err
		}
	}
	if len(c.rows)+len(c.faults) == 0 {
		return invalid("文件是空的")
	}
	return nil
}

// parseObject reads one line. Keys are the columns' names; others are left
// alone, null is a missing column.
func parseObject(line int, raw []byte) (Row, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return Row{}, fmt.Errorf("不是一个 JSON 对象")
	}
	r := Row{Number: line}
	for key, value := range object {
		c, ok := columnOf(key)
		if !ok || string(value) == "null" {
			continue
		}
		if r.has[c] {
			return Row{}, fmt.Errorf("%s 重复", names[c][0])
		}
		if err := r.parse(c, value); err != nil {
			return Row{}, fmt.Errorf("%s 的值不是文字", names[c][0])
		}
	}
	return r, nil
}

func (r *Row) parse(c Column, value json.RawMessage) error {
	var many []string
	if c == Similar && json.Unmarshal(value, &many) == nil {
		r.SetSimilar(many)
		return nil
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return err
	}
	switch c {
	case Similar:
		r.SetSimilar(split(text))
	case ValidFrom, ValidTo:
		r.Set(c, date(text))
	default:
		r.Set(c, text)
	}
	return nil
}

// jsonWriter writes one object a line.
type jsonWriter struct{ w io.Writer }

func (j jsonWriter) write(r *Row) error {
	var line bytes.Buffer
	out := json.NewEncoder(&line)
	out.SetEscapeHTML(false)
	line.WriteByte('{')
	for c := range columns {
		if c > 0 {
			line.WriteByte(',')
		}
		fmt.Fprintf(&line, "%q:", names[c][0])
		var value any = r.text[c]
		if c == Similar {
			value = append([]string{}, r.Similar...)
		}
		if err := out.Encode(value); err != nil {
			return err
		}
		line.Truncate(line.Len() - 1) // Encode ends the line
	}
	line.WriteString("}\n")
	_, err := j.w.Write(line.Bytes())
	return err
}

func (jsonWriter) close() error { return nil }
