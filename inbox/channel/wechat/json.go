package wechat

import (
	"bytes"
	"encoding/json"
	"io"
)

// parseJSON reads a JSON payload into the same tree as XML. Numbers keep their
// digits: a MsgId is beyond what a float64 holds.
func parseJSON(raw []byte) (*node, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	r := jsonReader{decoder: d}
	root := &node{}
	if r.value(root, 0) != nil || root.kids == nil {
		return nil, errPayload
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errPayload
	}
	return root, nil
}

type jsonReader struct {
	decoder *json.Decoder
	count   int
}

// value reads the next value into n, whose name is set.
func (r *jsonReader) value(n *node, depth int) error {
	r.count++
	if depth > maxDepth || r.count > maxNodes {
		return errPayload
	}
	token, err := r.decoder.Token()
	if err != nil {
		return err
	}
	switch token := token.(type) {
	case json.Delim: // only an opening one can stand where a value begins
		return r.kids(n, token == '{', depth)
	case string:
		n.text = []byte(clean(token))
	case json.Number:
		n.text = []byte(token)
	case bool:
		n.text = []byte("false")
		if token {
			n.text = []byte("true")
		}
	}
	return nil
}

// kids reads the members of an object or the elements of an array up to the
// closing delimiter.
func (r *jsonReader) kids(n *node, object bool, depth int) error {
	n.kids = make([]node, 0, 8)
	for r.decoder.More() {
		name := "item"
		if object {
			token, err := r.decoder.Token()
			if err != nil {
				return err
			}
			name, _ = token.(string) // the decoder lets only strings be keys
		}
		n.kids = append(n.kids, node{name: []byte(name)})
		if err := r.value(&n.kids[len(n.kids)-1], depth+1); err != nil {
			return err
		}
	}
	_, err := r.decoder.Token()
	return err
}
