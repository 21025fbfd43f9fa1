package api

import (
	"bytes"
	"cmp"
	_ "embed" // the page and its style
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

//go:embed docs.html
var docsPage string

//go:embed docs.css
var docsStyle string

// docs is the description of the API for people: one page without a script, so
// that it works under our own policy and asks no foreign host.
type docs struct{ html []byte }

type (
	docsGroup struct {
		Name, Description string
		Operations        []docsOperation
	}
	docsOperation struct {
		Method, Path, ID, Summary string
		Params                    []docsField
		Body, Answer              string
		Fields                    []docsField // of a body that has no name
	}
	docsField struct {
		Name, Where, Type, Note string
		Required                bool
	}
	docsSchema struct {
		Name, Note string
		Fields     []docsField
	}
)

func newDocs(api *huma.OpenAPI) (*docs, error) {
	page, err := template.New("docs").Parse(docsPage)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = page.Execute(&out, map[string]any{
		"Title": api.Info.Title, "Version": api.Info.Version, "Description": api.Info.Description,
		"Groups": docsGroups(api), "Schemas": docsSchemas(api.Components.Schemas),
	})
	if err != nil {
		return nil, fmt.Errorf("describe the API for people: %w", err)
	}
	return &docs{html: out.Bytes()}, nil
}

func (d *docs) page(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(d.html)
}

func (d *docs) style(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/css; charset=utf-8")
	return c.SendString(docsStyle)
}

func docsGroups(api *huma.OpenAPI) []docsGroup {
	groups := each(api.Tags, func(t *huma.Tag) docsGroup { return docsGroup{Name: t.Name, Description: t.Description} })
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		item := api.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			for i := range groups {
				if slices.Contains(op.Tags, groups[i].Name) {
					groups[i].Operations = append(groups[i].Operations, docsOperationOf(op, api.Components.Schemas))
				}
			}
		}
	}
	return groups
}

func docsOperationOf(op *huma.Operation, r huma.Registry) docsOperation {
	out := docsOperation{Method: op.Method, Path: op.Path, ID: op.OperationID, Summary: op.Summary}
	for _, p := range op.Parameters {
		out.Params = append(out.Params, docsField{
			Name: p.Name, Where: p.In, Type: typeText(p.Schema), Note: cmp.Or(p.Description, p.Schema.Description), Required: p.Required,
		})
	}
	if op.RequestBody != nil {
		for contentType, media := range op.RequestBody.Content {
			out.Body = contentType
			schema := media.Schema
			if schema.Ref != "" {
				schema = r.SchemaFromRef(schema.Ref)
			}
			out.Fields = docsFields(schema)
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		if status == "default" {
			continue
		}
		out.Answer = strings.TrimSpace(out.Answer + " " + status)
		for _, contentType := range slices.Sorted(maps.Keys(op.Responses[status].Content)) {
			out.Answer += " " + cmp.Or(refName(op.Responses[status].Content[contentType].Schema), contentType)
		}
	}
	return out
}

func docsSchemas(r huma.Registry) []docsSchema {
	var out []docsSchema
	for _, name := range slices.Sorted(maps.Keys(r.Map())) {
		schema := r.Map()[name]
		if strings.HasSuffix(name, "Request") {
			continue // shown with its operation
		}
		out = append(out, docsSchema{Name: name, Note: schema.Description, Fields: docsFields(schema)})
	}
	return out
}

func docsFields(s *huma.Schema) []docsField {
	var out []docsField
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		out = append(out, docsField{
			Name: name, Type: typeText(p), Note: p.Description, Required: slices.Contains(s.Required, name),
		})
	}
	return out
}

func refName(s *huma.Schema) string {
	if s == nil {
		return ""
	}
	return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
}

// typeText writes a schema's type in a few characters.
func typeText(s *huma.Schema) string {
	text := s.Type
	switch {
	case s.Ref != "":
		text = refName(s)
	case len(s.AnyOf) > 0:
		text = strings.Join(each(s.AnyOf, typeText), " | ")
	case len(s.OneOf) > 0:
		text = strings.Join(each(s.OneOf, typeText), " | ")
	case len(s.Enum) > 0:
		text = strings.Join(each(s.Enum, func(v any) string { return fmt.Sprintf("%q", v) }), " | ")
	case s.Type == huma.TypeArray:
		text = typeText(s.Items) + "[]"
	case s.Format != "":
		text += " (" + s.Format + ")"
	}
	if s.Nullable {
		text += " | null"
	}
	return text
}
