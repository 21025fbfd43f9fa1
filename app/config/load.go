package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// DefaultFile is read when no other file is named, if it is there.
const DefaultFile = "desk.yaml"

// maxFile bounds the settings file in bytes.
const maxFile = 1 << 20

// given is what one source says about one key.
type given struct {
	items []string
	where string
}

// Load puts the settings together: the defaults, then the YAML file at path, then
// the DESK_… variables of environ (as os.Environ gives them). An empty path means
// DefaultFile if that exists; a named file must exist.
//
// The error is a Problems with everything that is wrong: keys and DESK_ variables
// that are not settings, values of the wrong form, values that are not allowed. A
// value that a later source overrides is not looked at. An unreadable file or
// text that is not YAML is reported alone.
func Load(path string, environ []string) (Config, error) {
	c := Default()
	c.BaseURL = ""
	rows := settings(&c)
	values := make(map[string]given)

	problems, err := readFile(path, rows, values)
	if err != nil {
		return Config{}, err
	}
	problems = append(problems, readEnviron(environ, rows, values)...)

	where := make(map[string]string, len(values))
	for _, s := range rows {
		v, found := values[s.key]
		if !found {
			continue
		}
		where[s.key] = v.where
		if !s.set(s.split(v.items)) {
			problems = append(problems, s.refuse(strings.Join(v.items, ", "), v.where))
		}
	}
	problems = append(problems, check(&c, rows, where)...)
	if err := problems.asError(); err != nil {
		return Config{}, err
	}
	c.public = c.BaseURL != ""
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL(c.Addr)
	}
	return c, nil
}

// split reads "a, b" as two items where a list is wanted.
func (s setting) split(items []string) []string {
	if !s.list || len(items) != 1 {
		return items
	}
	if strings.TrimSpace(items[0]) == "" {
		return nil
	}
	return strings.Split(items[0], ",")
}

func readFile(path string, rows []setting, values map[string]given) (Problems, error) {
	optional := path == ""
	if optional {
		path = DefaultFile
	}
	f, err := os.Open(path)
	if optional && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("settings: %s is larger than %s", path, showSize(maxFile))
	}
	return readYAML(path, raw, rows, values)
}

func readYAML(path string, raw []byte, rows []setting, values map[string]given) (Problems, error) {
	var doc yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) { // nothing but comments
			return nil, nil
		}
		return nil, fmt.Errorf("settings: %s: %w", path, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("settings: %s: want one YAML document", path)
	}
	r := reader{path: path, rows: rows, values: values}
	r.group("", doc.Content[0])
	return r.problems, nil
}

// reader walks the YAML tree, so that each value keeps its line.
type reader struct {
	path     string
	rows     []setting
	values   map[string]given
	problems Problems
}

func (r *reader) group(prefix string, n *yaml.Node) {
	switch {
	case isNull(n):
		return
	case n.Kind != yaml.MappingNode:
		r.complain(strings.TrimSuffix(prefix, "."), n, "want settings as key: value here")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := prefix+n.Content[i].Value, resolve(n.Content[i+1])
		s := slices.IndexFunc(r.rows, func(s setting) bool { return s.key == key })
		switch {
		case s >= 0:
			r.value(r.rows[s], n.Content[i], value)
		case slices.ContainsFunc(r.rows, func(s setting) bool { return strings.HasPrefix(s.key, key+".") }):
			r.group(key+".", value)
		default:
			r.complain(key, n.Content[i], "unknown setting"+suggest(key, r.rows, func(s setting) string { return s.key }))
		}
	}
}

func (r *reader) value(s setting, key, n *yaml.Node) {
	if _, twice := r.values[s.key]; twice {
		r.complain(s.key, key, "is set twice")
		return
	}
	v := given{where: r.at(key)}
	switch {
	case isNull(n): // "key:" with nothing behind it leaves the default
		return
	case n.Kind == yaml.ScalarNode:
		v.items = []string{n.Value}
	case n.Kind == yaml.SequenceNode && s.list:
		v.items = make([]string, len(n.Content))
		for i, item := range n.Content {
			if item = resolve(item); item.Kind != yaml.ScalarNode {
				r.complain(s.key, item, "want "+s.allowed)
				return
			}
			v.items[i] = item.Value
		}
	default:
		r.complain(s.key, n, "want "+s.allowed)
		return
	}
	r.values[s.key] = v
}

func (r *reader) complain(key string, n *yaml.Node, detail string) {
	p := Problem{Key: key, Where: r.at(n), Detail: detail}
	if slices.ContainsFunc(r.rows, func(s setting) bool { return s.key == key }) {
		p.Env = envOf(key)
	}
	r.problems = append(r.problems, p)
}

func (r *reader) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d", r.path, n.Line) }

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
