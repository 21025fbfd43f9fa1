package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/inbox/desk"
)

// idPattern is an id as text: below what int64 holds, so it always parses.
const idPattern = `^[1-9][0-9]{0,17}$`

// ID is an id outside of the desk: a number as text.
type ID string

// Schema implements huma.SchemaProvider.
func (ID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: idPattern, PatternDescription: "an id"}
}

// number is the id as the use cases have it; 0 for "". huma has checked the
// pattern.
func (id ID) number() int64 {
	n, _ := strconv.ParseInt(string(id), 10, 64)
	return n
}

// PathID is the id in a path. What cannot be an id is none: it names nothing,
// so the use case does not find it.
type PathID string

// Schema implements huma.SchemaProvider.
func (PathID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Examples: []any{"42"}}
}

// number is the id as the use cases have it; 0 for what is not one.
func (id PathID) number() int64 {
	n, err := strconv.ParseInt(string(id), 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != string(id) { // "+1" and "01" are no other names of 1
		return 0
	}
	return n
}

// idOf is the reverse of number: "" for 0.
func idOf[T ~int64](v T) ID {
	if v == 0 {
		return ""
	}
	return ID(strconv.FormatInt(int64(v), 10))
}

func idsOf(ids []int64) []ID {
	out := make([]ID, len(ids))
	for i, id := range ids {
		out[i] = idOf(id)
	}
	return out
}

// Permission is one thing a role may do.
type Permission desk.Permission

// Schema implements huma.SchemaProvider.
func (Permission) Schema(huma.Registry) *huma.Schema {
	all := desk.Permissions()
	names := make([]any, len(all))
	for i, p := range all {
		names[i] = string(p)
	}
	return &huma.Schema{Type: huma.TypeString, Enum: names}
}

// Clearable is an id in a form that may be taken away with null or "", and
// stays as it is when it is absent.
type Clearable struct {
	given bool
	id    int64
}

// Schema implements huma.SchemaProvider.
func (Clearable) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeString, Nullable: true, Pattern: `^([1-9][0-9]{0,17})?$`, PatternDescription: "an id, or empty for none",
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Clearable) UnmarshalJSON(b []byte) error {
	*c = Clearable{given: true}
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil || text == "" {
		return err
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return errors.New("not an id")
	}
	c.id = id
	return nil
}

// pointer is the id for a form of a use case: nil to leave it.
func (c Clearable) pointer() *int64 {
	if !c.given {
		return nil
	}
	return &c.id
}

// Nullable is a T or null.
type Nullable[T any] struct{ value *T }

func some[T any](v T) Nullable[T] { return Nullable[T]{&v} }

// Schema implements huma.SchemaProvider.
func (Nullable[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{schemaFor[T](r), {Type: "null"}}}
}

// MarshalJSON implements json.Marshaler.
func (n Nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.value) }

// Object is a JSON object handed through as it is; nil is {}.
type Object []byte

// Schema implements huma.SchemaProvider.
func (Object) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// MarshalJSON implements json.Marshaler.
func (o Object) MarshalJSON() ([]byte, error) {
	if len(o) == 0 || !json.Valid(o) {
		return []byte("{}"), nil
	}
	return o, nil
}

// List is one page of things. NextCursor is "" on the last page.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor" doc:"hand it back as cursor for the next page; empty on the last"`
}

// listOf turns things into a list that is never null.
func listOf[A, B any](in []A, f func(A) B) List[B] { return List[B]{Items: each(in, f)} }

func each[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}

// Ref is another thing by id and name.
type Ref struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// refOf is null for id 0.
func refOf(id int64, name string) Nullable[Ref] {
	if id == 0 {
		return Nullable[Ref]{}
	}
	return some(Ref{ID: idOf(id), Name: name})
}

// Paging is what every long list takes.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"200"`
}

// utc is a time as it is written: UTC, the zero time stays zero and is left out.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}
