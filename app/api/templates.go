package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
)

// Template is a text that replies are begun with.
type Template struct {
	ID           ID        `json:"id"`
	Name         string    `json:"name"`
	Text         string    `json:"text" doc:"with {variables}, which are filled in when it is taken"`
	Category     string    `json:"category"`
	DepartmentID ID        `json:"department_id,omitzero" doc:"whose matters it is about; absent for all"`
	Enabled      bool      `json:"enabled"`
	Uses         int64     `json:"uses" doc:"how often it was taken"`
	UpdatedAt    time.Time `json:"updated_at"`
}

// TemplateOffer is a template as it is taken on a ticket.
type TemplateOffer struct {
	ID       ID       `json:"id"`
	Name     string   `json:"name"`
	Category string   `json:"category"`
	Text     string   `json:"text" doc:"filled in; where there is no value stands a blank that the checks hold back"`
	Blanks   []string `json:"blanks" enum:"ticket_number,citizen_name,department,agent_name,date,account_name" doc:"the variables the ticket has no value for"`
}

type (
	templateFields struct {
		Name         *string   `json:"name,omitempty"`
		Text         *string   `json:"text,omitempty" doc:"variables: {citizen_name} {ticket_number} {department} {account_name} {agent_name} {date}"`
		Category     *string   `json:"category,omitempty"`
		DepartmentID Clearable `json:"department_id,omitempty" doc:"null or empty: about no department"`
		Enabled      *bool     `json:"enabled,omitempty"`
	}
	newTemplateInput    struct{ Body templateFields }
	changeTemplateInput struct {
		ByID
		Body templateFields
	}
	offersInput struct {
		ByID
		Query string `query:"q" maxLength:"100" doc:"part of the name, the category or the text"`
		Limit int    `query:"limit" minimum:"0" maximum:"50"`
	}
	useTemplateInput struct {
		ByID
		Body struct {
			TicketID ID `json:"ticket_id"`
		}
	}
)

func templateOf(t inbox.Template) Template {
	return Template{
		ID: idOf(t.ID), Name: t.Name, Text: t.Text, Category: t.Category, DepartmentID: idOf(t.DepartmentID), Enabled: t.Enabled,
		Uses: t.Uses, UpdatedAt: utc(t.UpdatedAt),
	}
}

func offerOf(o inbox.TemplateOffer) TemplateOffer {
	return TemplateOffer{
		ID: idOf(o.ID), Name: o.Name, Category: o.Category, Text: o.Text,
		Blanks: each(o.Blanks, func(v inbox.Variable) string { return string(v) }),
	}
}

func (f templateFields) input() inbox.TemplateInput {
	return inbox.TemplateInput{Name: f.Name, Text: f.Text, Category: f.Category, DepartmentID: f.DepartmentID.pointer(), Enabled: f.Enabled}
}

func (s *Server) templateRoutes() {
	templates := s.deps.Inbox
	op := func(method, path, name, summary string) operationArgs {
		return operationArgs{method, "/templates" + path, name, summary}
	}
	route(s, s.op(op(http.MethodGet, "", "listTemplates", "All reply templates, those taken most first")),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[Template], error) {
			all, err := templates.Templates(ctx, who.Actor())
			return List[Template]{Items: each(all, templateOf)}, err
		})
	save := func(ctx context.Context, who auth.Principal, id int64, f templateFields) (Template, error) {
		t, err := templates.SaveTemplate(ctx, who.Actor(), id, f.input())
		return templateOf(t), err
	}
	route(s, created(s.op(op(http.MethodPost, "", "addTemplate", "Add a reply template"))),
		func(ctx context.Context, who auth.Principal, in *newTemplateInput) (Template, error) {
			return save(ctx, who, 0, in.Body)
		})
	route(s, s.op(op(http.MethodPatch, "/{id}", "changeTemplate", "Change a reply template")),
		func(ctx context.Context, who auth.Principal, in *changeTemplateInput) (Template, error) {
			return save(ctx, who, in.ID.number(), in.Body)
		})
	command(s, s.op(op(http.MethodDelete, "/{id}", "deleteTemplate", "Remove a reply template")),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return templates.DeleteTemplate(ctx, who.Actor(), in.ID.number())
		})
	route(s, s.op(op(http.MethodPost, "/{id}/use", "useTemplate", "Take a template: filled in for a ticket, and counted")),
		func(ctx context.Context, who auth.Principal, in *useTemplateInput) (TemplateOffer, error) {
			o, err := templates.UseTemplate(ctx, who.Actor(), inbox.TicketID(in.Body.TicketID.number()), in.ID.number())
			return offerOf(o), err
		})
	route(s, s.operation(http.MethodGet, "/tickets/{id}/templates", "offerTemplates", "Reply templates filled in for a ticket, the fitting ones first"),
		func(ctx context.Context, who auth.Principal, in *offersInput) (List[TemplateOffer], error) {
			offers, err := templates.TemplateOffers(ctx, who.Actor(), inbox.TicketID(in.ID.number()), in.Query, in.Limit)
			return List[TemplateOffer]{Items: each(offers, offerOf)}, err
		})
}
