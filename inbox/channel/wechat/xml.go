package wechat

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"unicode/utf8"
)

// parseXML reads an XML payload. The scanner takes what the platform sends
// every day; anything unusual goes to encoding/xml, and what that refuses for
// its characters alone is read once more without them, for a stray control
// character in a citizen's text must not cost the message.
func parseXML(raw []byte) (*node, error) {
	if n, ok := scanXML(raw); ok {
		return n, nil
	}
	n, err := decodeXML(raw)
	if err != nil {
		if tidy := clean(string(raw)); tidy != string(raw) {
			return decodeXML([]byte(tidy))
		}
	}
	return n, err
}

// decodeXML builds the tree with encoding/xml. Attributes, comments and
// processing instructions are passed over; a document type is refused.
func decodeXML(raw []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(raw))
	root := &node{}
	open := []*node{root} // the path to the element being read
	count := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && len(open) == 1 && len(root.kids) == 1 {
			return &root.kids[0], nil
		}
		if err != nil {
			return nil, errPayload
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			count++
			if len(open) > maxDepth || count > maxNodes || (top == root && len(root.kids) > 0) {
				return nil, errPayload
			}
			top.text = nil
			top.kids = append(top.kids, node{name: []byte(token.Name.Local)})
			open = append(open, &top.kids[len(top.kids)-1])
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if top == root && len(bytes.TrimSpace(token)) > 0 {
				return nil, errPayload
			}
			if len(top.kids) == 0 {
				top.text = append(top.text, token...)
			}
		case xml.Directive:
			return nil, errPayload
		}
	}
}

// scanner reads XML as the platform writes it: elements without attributes,
// text in CDATA sections or plain without entities. It gives up (ok false) on
// everything else and never takes what encoding/xml would refuse.
type scanner struct {
	raw   []byte
	at    int
	count int
}

// scanXML is the fast path of parseXML. The tree points into raw.
func scanXML(raw []byte) (n *node, ok bool) {
	if !plainCharacters(raw) {
		return nil, false
	}
	s := scanner{raw: raw}
	n = &node{}
	if !s.element(n, 1) || len(bytes.TrimSpace(s.raw[s.at:])) > 0 {
		return nil, false
	}
	return n, true
}

// plainCharacters reports whether raw is UTF-8 of characters that XML allows
// and that need no treatment: carriage returns would have to be normalized.
func plainCharacters(raw []byte) bool {
	for i, c := range raw {
		if c < ' ' && c != '\t' && c != '\n' {
			return false
		}
		if c == 0xef && i+2 < len(raw) && raw[i+1] == 0xbf && raw[i+2] >= 0xbe {
			return false // U+FFFE, U+FFFF
		}
	}
	return utf8.Valid(raw)
}

// element reads one element into n, from its '<' to behind its end tag.
func (s *scanner) element(n *node, depth int) bool {
	s.count++
	if depth > maxDepth || s.count > maxNodes {
		return false
	}
	if n.name = s.tag("<"); n.name == nil {
		return false
	}
	for {
		if !s.text(n) {
			return false
		}
		rest := s.raw[s.at:]
		if bytes.HasPrefix(rest, []byte("</")) {
			return bytes.Equal(s.tag("</"), n.name)
		}
		if n.kids == nil {
			n.text = nil
			if depth == 1 {
				n.kids = make([]node, 0, 12)
			}
		}
		n.kids = append(n.kids, node{})
		if !s.element(&n.kids[len(n.kids)-1], depth+1) {
			return false
		}
	}
}

// text reads character data up to the next tag and, unless n has kids, adds it
// to its text.
func (s *scanner) text(n *node) bool {
	const open, end = "<![CDATA[", "]]>"
	for {
		rest := s.raw[s.at:]
		next := bytes.IndexByte(rest, '<')
		if next < 0 {
			return false
		}
		piece, after := rest[:next], next
		if bytes.IndexByte(piece, '&') >= 0 || bytes.Contains(piece, []byte(end)) {
			return false
		}
		section := bytes.HasPrefix(rest[next:], []byte(open))
		if !section {
			s.at += after
			return s.add(n, piece)
		}
		if !s.add(n, piece) {
			return false
		}
		length := bytes.Index(rest[next+len(open):], []byte(end))
		if length < 0 {
			return false
		}
		start := next + len(open)
		s.at += start + length + len(end)
		if !s.add(n, rest[start:start+length]) {
			return false
		}
	}
}

// add appends a piece to the text of a leaf, without a copy for the first one.
func (s *scanner) add(n *node, piece []byte) bool {
	switch {
	case len(n.kids) > 0 || len(piece) == 0:
	case n.text == nil:
		n.text = piece[:len(piece):len(piece)]
	default:
		n.text = append(n.text, piece...) // the capacity is cut: this copies
	}
	return true
}

// tag reads a tag without attributes that begins with start and returns its
// name, or nil.
func (s *scanner) tag(start string) []byte {
	rest := s.raw[s.at:]
	if !bytes.HasPrefix(rest, []byte(start)) {
		return nil
	}
	end := bytes.IndexByte(rest, '>')
	if end <= len(start) {
		return nil
	}
	name := rest[len(start):end]
	for i, c := range name {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return nil
		}
	}
	s.at += end + 1
	return name
}
