package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// octets are bytes among the values of a row.
type octets struct {
	B string `json:"b"`
}

// encode is a row as a JSON array.
func encode(values []any) ([]byte, error) {
	row := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case nil, int64, float64, string:
			row[i] = v
		case []byte:
			row[i] = octets{base64.StdEncoding.EncodeToString(v)}
		default:
			return nil, fmt.Errorf("a value of type %T", v)
		}
	}
	var line bytes.Buffer
	out := json.NewEncoder(&line)
	out.SetEscapeHTML(false)
	err := out.Encode(row)
	return bytes.TrimSuffix(line.Bytes(), []byte("\n")), err
}

// decode is the reverse of encode.
func decode(line []byte) ([]any, error) {
	in := json.NewDecoder(bytes.NewReader(line))
	in.UseNumber()
	var row []any
	if err := in.Decode(&row); err != nil {
		return nil, err
	}
	for i, v := range row {
		var err error
		if row[i], err = value(v); err != nil {
			return nil, err
		}
	}
	return row, nil
}

func value(v any) (any, error) {
	switch v := v.(type) {
	case nil, string:
		return v, nil
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64()
	case map[string]any:
		if text, ok := v["b"].(string); ok && len(v) == 1 {
			return base64.StdEncoding.DecodeString(text)
		}
	}
	return nil, errors.New("a value that is none")
}
