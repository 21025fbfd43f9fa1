package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// prefix is where the API's routes begin.
const prefix = "/api/v1"

func schemaFor[T any](r huma.Registry) *huma.Schema { return r.Schema(reflect.TypeFor[T](), true, "") }

// humaConfig describes the API to huma: JSON only, problems in our shape, no
// routes of its own.
func humaConfig(version string) huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Reply Desk", Version: version,
				Description: "The API of the desk. People sign in with a cookie and send X-Desk-CSRF with writes; " +
					"machines send a bearer token. Ids are strings, times RFC 3339 in UTC, errors problems of RFC 9457 with a stable code.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"session": {Type: "apiKey", In: "cookie", Name: cookieName},
					"csrf":    {Type: "apiKey", In: "header", Name: csrfHeader, Description: "needed beside the cookie for everything but GET"},
					"token":   {Type: "http", Scheme: "bearer"},
				},
			},
			Tags: tags(),
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{refusals},
	}
}

func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "session", Description: "signing in and out"},
		{Name: "links", Description: "the way of a liaison from a notice to an escalation, before signing in"},
		{Name: "tickets", Description: "the inbox: requests of citizens"},
		{Name: "replies", Description: "answers on their way"},
		{Name: "faq", Description: "the library of standard answers"},
		{Name: "accounts", Description: "accounts on platforms"},
		{Name: "users", Description: "who may sign in"},
		{Name: "departments", Description: "who answers what the desk cannot"},
		{Name: "escalations", Description: "tickets at departments"},
		{Name: "duties", Description: "who is on duty, for a department or the desk itself"},
		{Name: "tokens", Description: "access for machines"},
		{Name: "operations", Description: "what needs looking after"},
		{Name: "media", Description: "files of messages"},
		{Name: "live", Description: "events as they happen"},
	}
}

// operation fills in what all operations have in common. name is its id in the
// document, such as "listTickets".
func (s *Server) operation(method, path, name, summary string) huma.Operation {
	tag, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	op := huma.Operation{
		Method: method, Path: prefix + path, OperationID: name, Summary: summary, Tags: []string{tag},
		MaxBodyBytes:    int64(s.config.BodyLimit) + 1, // Fiber refuses what is longer
		BodyReadTimeout: -1,                            // the body is here already
		Responses:       map[string]*huma.Response{},
		Security:        []map[string][]string{{"session": {}, "csrf": {}}, {"token": {}}},
	}
	if method == http.MethodGet {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	op.Responses["default"] = &huma.Response{
		Description: "what went wrong",
		Content:     map[string]*huma.MediaType{problemType: {Schema: schemaFor[Problem](s.huma.OpenAPI().Components.Schemas)}},
	}
	return op
}

// describe finishes the document once all routes are there.
func (s *Server) describe() ([]byte, error) {
	schemas := s.huma.OpenAPI().Components.Schemas.Map()
	for _, unused := range []string{"ErrorModel", "ErrorDetail", "FormFile"} { // huma's own; nothing refers to them
		delete(schemas, unused)
	}
	for _, schema := range schemas {
		settle(schema)
	}
	doc, err := json.MarshalIndent(s.huma.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	return append(doc, '\n'), nil
}

// settle says of arrays that they are never null: ours are not.
func settle(s *huma.Schema) {
	if s.Type == huma.TypeArray {
		s.Nullable = false
		settle(s.Items)
	}
	for _, p := range s.Properties {
		settle(p)
	}
}
