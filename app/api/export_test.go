package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Conforms reports how an answer differs from what the document says of it.
func (s *Server) Conforms(method, path string, status int, contentType string, body []byte) error {
	op := s.operationAt(method, path)
	if op == nil {
		return nil // not of the API
	}
	res := op.Responses[strconv.Itoa(status)]
	if res == nil && status >= 400 {
		res = op.Responses["default"]
	}
	if res == nil {
		return fmt.Errorf("%s does not tell of status %d", op.OperationID, status)
	}
	if len(res.Content) == 0 {
		return nil
	}
	media := res.Content[contentType]
	if media == nil {
		media = res.Content["*/*"]
	}
	if media == nil {
		return fmt.Errorf("%s does not tell of %q with status %d", op.OperationID, contentType, status)
	}
	if !strings.HasSuffix(contentType, "/json") && !strings.HasSuffix(contentType, "+json") {
		return nil
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return err
	}
	found := &huma.ValidateResult{}
	huma.Validate(s.huma.OpenAPI().Components.Schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v, found)
	for i, err := range found.Errors { // without the values, which are long
		if detail := new(huma.ErrorDetail); errors.As(err, &detail) {
			found.Errors[i] = fmt.Errorf("%s: %s", detail.Location, detail.Message)
		}
	}
	return errors.Join(found.Errors...)
}

// operationAt is what a path calls: of two that fit the one with fewer parameters
// (/tickets/counts before /tickets/{id}).
func (s *Server) operationAt(method, path string) *huma.Operation {
	parts := strings.Split(path, "/")
	var found *huma.Operation
	least := len(parts)
	for template, item := range s.huma.OpenAPI().Paths {
		op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PATCH": item.Patch, "DELETE": item.Delete}[method]
		if n := strings.Count(template, "{"); op != nil && n < least && fits(strings.Split(template, "/"), parts) {
			found, least = op, n
		}
	}
	return found
}

func fits(template, path []string) bool {
	if len(template) != len(path) {
		return false
	}
	for i, part := range template {
		if part != path[i] && (!strings.HasPrefix(part, "{") || path[i] == "") {
			return false
		}
	}
	return true
}
