package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// way is one operation of the API on a ticket, a reply or a draft, with one
// body.
type way struct {
	name, method, path string
	in                 body
}

// waysTo makes the ways to a target from the API's document: each operation
// that writes, without a body, with what it needs, and with all it takes.
func (l *leaks) waysTo(at target) []way {
	l.t.Helper()
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					} `json:"schema"`
				} `json:"content"`
			} `json:"requestBody"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	must(l.t, json.Unmarshal(l.server.OpenAPI(), &document))
	var ways []way
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		to := strings.NewReplacer("/tickets/{id}", "/tickets/"+at.ticket, "/replies/{id}", "/replies/"+at.reply, "/drafts/{id}", "/drafts/"+at.draft).Replace(path)
		if to == path || strings.HasSuffix(to, "/drafts/") || strings.Contains(to, "/drafts//") {
			continue
		}
		for _, method := range slices.Sorted(maps.Keys(document.Paths[path])) {
			if method == "get" {
				continue
			}
			op := document.Paths[path][method]
			name, method := op.OperationID, strings.ToUpper(method)
			bodies := []body{nil}
			if content, ok := op.RequestBody.Content["application/json"]; ok {
				s := document.Components.Schemas[content.Schema.Ref[strings.LastIndex(content.Schema.Ref, "/")+1:]]
				bodies = append(bodies, s.filled(true), s.filled(false))
			}
			if name == "addReply" {
				bodies = append(bodies, l.replies(at)...)
			}
			for _, in := range bodies {
				ways = append(ways, way{name, method, to, in})
			}
		}
	}
	return ways
}

// replies are the bodies of an answer that names a draft.
func (l *leaks) replies(at target) []body {
	head := l.head(l.t)
	out := []body{
		{"text": "别的话", "draft_id": "999999", "seen_event": head}, {"text": "别的话", "draft_id": "999999", "outdated": true, "seen_event": head},
		{"text": "别的话", "draft_id": "1", "outdated": true, "seen_event": head}, {"text": "别的话", "entry_id": "1", "seen_event": head},
	}
	if at.draft == "" {
		return out
	}
	for _, text := range []string{at.text, "改过的话", "", " "} {
		for _, more := range []body{{}, {"review": true}, {"outdated": true}, {"outdated": true, "review": true}, {"entry_id": "1"}} {
			in := body{"text": text, "draft_id": at.draft, "seen_event": head}
			maps.Copy(in, more)
			out = append(out, in)
		}
		out = append(out, body{"text": text, "draft_id": at.draft, "outdated": true, "seen_event": 0})
	}
	for _, text := range []string{at.text, resigned(at.text)} { // the draft's words without its name
		for _, more := range []body{{}, {"review": true}, {"entry_id": "4"}, {"entry_id": "4", "review": true}, {"escalation_id": "1"}, {"seen_event": 0}} {
			in := body{"text": text, "seen_event": head}
			maps.Copy(in, more)
			out = append(out, in)
		}
	}
	return out
}

// resigned is a text with other signs between its words; unsigned without any.
func resigned(s string) string { return strings.Replace(s, "派出所", "：派出所，", 1) + "！" }
func unsigned(s string) string {
	return strings.NewReplacer("：", "", "，", "", "！", "").Replace(s)
}

// copies reports whether a way sends the words of the target's draft.
func (at target) copies(w way) bool {
	text, _ := w.in["text"].(string)
	return at.draft != "" && unsigned(text) == at.text
}

// schema is what of a JSON schema says how to fill it.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Enum       []any             `json:"enum"`
	Pattern    string            `json:"pattern"`
	Format     string            `json:"format"`
}

func (s schema) filled(onlyRequired bool) body {
	out := body{}
	for name, property := range s.Properties {
		if name == "$schema" || onlyRequired && !slices.Contains(s.Required, name) {
			continue
		}
		out[name] = property.value()
	}
	return out
}

func (s schema) value() any {
	kind := fmt.Sprint(s.Type)
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case strings.Contains(kind, "array"):
		return []any{}
	case strings.Contains(kind, "boolean"):
		return true
	case strings.Contains(kind, "integer"):
		return 1
	case strings.Contains(kind, "object"):
		return body{}
	case s.Format == "date-time":
		return "2026-11-25T00:00:00Z"
	case s.Pattern != "":
		return "1"
	}
	return "一些话"
}

// withheld are the worlds in which a draft's words do not leave as they are.
var withheld = []string{"outdated", "rejected", "cancelled", "ungrounded", "policy", "stopped", "closed", "elsewhere", "elsewhere, rejected"}

// approved is the text that a way lets out with a person's approval; "" for
// none: then it is an attempt. It says the rules in its own words.
func approved(world string, at target, w way, as string, head int) string {
	if !slices.Contains([]string{"limin", "chief", "admin"}, as) {
		return "" // liaisons and those of other accounts answer nobody here
	}
	text, _ := w.in["text"].(string)
	has := func(name string) bool { v, _ := w.in[name].(bool); return v }
	switch w.name {
	case "approveReply":
		switch {
		case world == "waiting" && text == "":
			return at.text
		case world == "waiting":
			return text
		case world == "submitted" && as != "limin" && text == "":
			return at.text // not its author
		}
	case "bypassApproval":
		if reason, _ := w.in["reason"].(string); world == "submitted" && as != "limin" && reason != "" {
			return at.text // in an emergency, by who leads, for a reason that is on record
		}
	case "resendReply":
		if world == "unknown" && has("confirm_unknown") {
			return at.text // it was approved before
		}
	case "addReply":
		draft, _ := w.in["draft_id"].(string)
		current := w.in["seen_event"] == head
		switch {
		case at.copies(w) && slices.Contains(withheld, world):
		case draft == at.draft && draft != "" && strings.HasPrefix(world, "elsewhere"):
		case strings.TrimSpace(text) == "" || has("review") || world == "closed" || w.in["escalation_id"] != nil:
		case w.in["entry_id"] != nil && (w.in["entry_id"] != "4" || draft != ""):
		case draft != "" && world == "policy":
		case draft == "" && current:
			return text // one's own words, or a draft's that is approved thereby
		case draft == at.draft && draft != "" && has("outdated") && current:
			return text
		case draft == at.draft && draft != "" && !has("outdated") && world == "waiting":
			return text
		}
	}
	return ""
}
