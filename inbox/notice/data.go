package notice

import (
	"encoding/json"
	"strconv"
)

// data is an event's data, read without trust in its shape.
type data map[string]json.RawMessage

func dataOf(raw json.RawMessage) data {
	var d data
	if json.Unmarshal(raw, &d) != nil {
		return nil
	}
	return d
}

// maxFact bounds a fact, in bytes.
const maxFact = 200

// text returns a scalar as text; "" for anything else.
func (d data) text(name string) string {
	raw := d[name]
	var s string
	if json.Unmarshal(raw, &s) == nil {
		if len(s) > maxFact {
			return ""
		}
		return s
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// id returns an id written as text or number, 0 when there is none.
func (d data) id(name string) int64 {
	return factID(d.text(name))
}

// factID is a fact that is an id, 0 when it is none.
func factID(fact string) int64 {
	n, _ := strconv.ParseInt(fact, 10, 64)
	return n
}

// list returns a list of scalars as texts.
func (d data) list(name string) []string {
	var items []json.RawMessage
	if json.Unmarshal(d[name], &items) != nil {
		return nil
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		if s := (data{"": item}).text(""); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func (d data) ids(name string) []int64 {
	var out []int64
	for _, s := range d.list(name) {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && n != 0 {
			out = append(out, n)
		}
	}
	return out
}

// facts are the fields a rule keeps.
func (d data) facts(names []string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		if v := d.text(name); v != "" {
			out[name] = v
		}
	}
	return out
}
