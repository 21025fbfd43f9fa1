package wechat

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// Limits of a payload. The platform's own are flat or three levels deep and
// have some dozen elements; more is somebody's attempt to cost us memory.
const (
	maxDepth = 16
	maxNodes = 4096
)

var errPayload = errors.New("消息既不是平台格式的 XML，也不是 JSON")

// node is one element of a payload, the same for XML and JSON: a leaf with a
// text or a parent with kids. The slices may point into the payload. The
// elements of a JSON array are kids named "item" when they come in an array,
// as they are in the platform's XML.
type node struct {
	name []byte
	text []byte
	kids []node
}

// parsePayload reads a payload by its first non-blank byte. The returned tree
// is named by its root in XML and has no name in JSON.
func parsePayload(raw []byte) (*node, error) {
	body := bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	for i := range body {
		switch body[i] {
		case ' ', '\t', '\r', '\n':
			continue
		case '<':
			return parseXML(body[i:])
		case '{':
			return parseJSON(body[i:])
		}
		break
	}
	return nil, errPayload
}

// kid returns the first kid of that name, or nil.
func (n *node) kid(name string) *node {
	if n == nil {
		return nil
	}
	for i := range n.kids {
		if string(n.kids[i].name) == name {
			return &n.kids[i]
		}
	}
	return nil
}

// bytes returns the trimmed text of the first kid of that name.
func (n *node) bytes(name string) []byte {
	k := n.kid(name)
	if k == nil {
		return nil
	}
	return bytes.TrimSpace(k.text)
}

// get returns the trimmed text of the first kid that has one of the names.
func (n *node) get(names ...string) string {
	for _, name := range names {
		if text := n.bytes(name); len(text) > 0 {
			return string(text)
		}
	}
	return ""
}

// holders returns every element at any depth that has a kid of that name: the
// rows of a list, however the format wraps them.
func (n *node) holders(name string) []*node {
	if n == nil {
		return nil
	}
	var found []*node
	if n.kid(name) != nil {
		found = append(found, n)
	}
	for i := range n.kids {
		found = append(found, n.kids[i].holders(name)...)
	}
	return found
}

// clean returns s as XML, every store and screen can take it: valid UTF-8
// without control characters other than tab and line breaks. All texts of a
// tree are clean.
func clean(s string) string {
	control := func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff'
	}
	if utf8.ValidString(s) && !strings.ContainsFunc(s, control) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if control(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}
