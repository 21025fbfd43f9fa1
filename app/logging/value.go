package logging

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
)

// cleanAny makes a value printable whose inside the handlers would print as it is.
// Errors and Stringers become their scrubbed text; structs, maps and slices become
// plain trees in which every name and text has been looked at. It never panics.
func cleanAny(v any) (out slog.Value) {
	defer func() {
		if recover() != nil { // a method of the value, such as Error on a nil pointer
			out = slog.StringValue(fmt.Sprintf("!PANIC in %T", v))
		}
	}()
	switch v := v.(type) {
	case nil, slog.Level:
		return slog.AnyValue(v)
	case *slog.Source:
		return slog.AnyValue(v)
	case error:
		return slog.StringValue(Scrub(v.Error()))
	case *url.URL:
		return slog.StringValue(Scrub(v.String()))
	case []byte:
		return slog.StringValue(fmt.Sprintf("[%d bytes]", len(v)))
	case json.Marshaler, encoding.TextMarshaler:
		return cleanTree(v)
	case fmt.Stringer:
		return slog.StringValue(Scrub(v.String()))
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return slog.AnyValue(v)
	case reflect.String:
		return slog.StringValue(Scrub(r.String()))
	default:
		return cleanTree(v)
	}
}

// cleanTree goes through JSON: it is how both handlers show nested values best, and
// it honours json:"-" and the redacting MarshalJSON of secrets.
func cleanTree(v any) slog.Value {
	raw, err := json.Marshal(v)
	if err != nil {
		return slog.StringValue(fmt.Sprintf("[%T cannot be shown]", v))
	}
	var tree any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // ids are larger than a float64 can hold
	if err := dec.Decode(&tree); err != nil {
		return slog.StringValue(fmt.Sprintf("[%T cannot be shown]", v))
	}
	return slog.AnyValue(cleanNode(tree))
}

func cleanNode(node any) any {
	switch node := node.(type) {
	case string:
		return Scrub(node)
	case []any:
		for i, item := range node {
			node[i] = cleanNode(item)
		}
	case map[string]any:
		for name, item := range node {
			if sensitive(name) {
				node[name] = Redacted
			} else {
				node[name] = cleanNode(item)
			}
		}
	}
	return node
}
