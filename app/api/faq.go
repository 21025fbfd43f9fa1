package api

import (
	"context"
	"net/http"

	"replydesk/app/auth"
	"replydesk/faq"
	"replydesk/inbox/desk"
)

// EntryInput is what an editor enters; what is absent stays as it is.
type EntryInput struct {
	Code           *string   `json:"code,omitempty" doc:"unique; made up when left empty"`
	Question       *string   `json:"question,omitempty"`
	Similar        *[]string `json:"similar_questions,omitempty"`
	Answer         *string   `json:"answer,omitempty"`
	Category       *string   `json:"category,omitempty"`
	Department     *string   `json:"department,omitempty"`
	DocumentNumber *string   `json:"document_number,omitempty"`
	ServiceLink    *string   `json:"service_link,omitempty"`
	ValidFrom      *string   `json:"valid_from,omitempty" nullable:"true" doc:"YYYY-MM-DD, empty for none"`
	ValidTo        *string   `json:"valid_to,omitempty" nullable:"true" doc:"YYYY-MM-DD, empty for none"`
}

type (
	entriesInput struct {
		Paging
		Query      string `query:"q" maxLength:"200"`
		State      string `query:"state" enum:"draft,published,retired"`
		Proposal   string `query:"proposal" enum:"draft,in_review,rejected,scheduled" doc:"entries with a text under way in this state"`
		Expiring   int    `query:"expiring" minimum:"1" maximum:"366" doc:"published entries whose last day is within so many days"`
		Category   string `query:"category" maxLength:"100"`
		Department string `query:"department" maxLength:"100"`
		Days
	}
	createEntryInput struct{ Body EntryInput }
	updateEntryInput struct {
		ByID
		Body struct {
			EntryInput
			Revision        int64 `json:"revision" minimum:"1" doc:"the one the editor saw; 409 entry_changed when there is a newer one"`
			ProposalVersion int64 `json:"proposal_version,omitempty" minimum:"0" doc:"that of the proposal the editor saw; 0 or absent when there was none"`
		}
	}
	searchInput struct {
		Query string `query:"q" required:"true" maxLength:"600"`
		Limit int    `query:"limit" minimum:"1" maximum:"20" default:"5"`
	}
)

func (b EntryInput) edit() faq.Edit {
	e := faq.Edit{
		Code: b.Code, Question: b.Question, Similar: b.Similar, Answer: b.Answer, Category: b.Category,
		Department: b.Department, DocumentNumber: b.DocumentNumber, ServiceLink: b.ServiceLink,
	}
	if b.ValidFrom != nil {
		day := faq.Day(*b.ValidFrom)
		e.ValidFrom = &day
	}
	if b.ValidTo != nil {
		day := faq.Day(*b.ValidTo)
		e.ValidTo = &day
	}
	return e
}

func (b EntryInput) content() faq.Content {
	c := faq.Content{
		Code: or(b.Code), Question: or(b.Question), Similar: or(b.Similar), Answer: or(b.Answer), Category: or(b.Category),
		Department: or(b.Department), DocumentNumber: or(b.DocumentNumber), ServiceLink: or(b.ServiceLink),
	}
	c.ValidFrom, c.ValidTo = faq.Day(or(b.ValidFrom)), faq.Day(or(b.ValidTo))
	return c
}

// or is what p points to, or the zero value.
func or[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func (s *Server) faqRoutes() {
	op := func(method, path, name, summary string) operationArgs {
		return operationArgs{method, "/faq" + path, name, summary}
	}
	route(s, s.op(op(http.MethodGet, "/entries", "listEntries", "Entries, newest change first; with q best first")), s.listEntries)
	route(s, created(s.op(op(http.MethodPost, "/entries", "createEntry", "Add a draft"))),
		func(ctx context.Context, who auth.Principal, in *createEntryInput) (Entry, error) {
			return s.entryOr(ctx, who)(s.deps.Library.Create(ctx, who.Actor(), in.Body.content()))
		})
	route(s, s.op(op(http.MethodGet, "/entries/{id}", "getEntry", "One entry")),
		func(ctx context.Context, who auth.Principal, in *ByID) (Entry, error) {
			return s.entryOr(ctx, who)(s.deps.Library.Entry(ctx, who.Actor(), faq.EntryID(in.ID.number())))
		})
	route(s, s.op(op(http.MethodPatch, "/entries/{id}", "updateEntry", "Change an entry; of a published one the change is proposed")),
		func(ctx context.Context, who auth.Principal, in *updateEntryInput) (Entry, error) {
			seen := faq.Seen{Revision: in.Body.Revision, Version: in.Body.ProposalVersion}
			return s.entryOr(ctx, who)(s.deps.Library.Update(ctx, who.Actor(), faq.EntryID(in.ID.number()), seen, in.Body.edit()))
		})
	for _, move := range []struct {
		name, summary string
		do            func(context.Context, desk.Actor, faq.EntryID) (faq.Entry, error)
	}{
		{"retire", "Take an entry out of use", s.deps.Library.Retire},
		{"withdraw", "Make an entry a draft again", s.deps.Library.Withdraw},
		{"recall", "Take a text back from review, or off its schedule", s.deps.Library.Recall},
	} {
		route(s, s.op(op(http.MethodPost, "/entries/{id}/"+move.name, move.name+"Entry", move.summary)),
			func(ctx context.Context, who auth.Principal, in *ByID) (Entry, error) {
				return s.entryOr(ctx, who)(move.do(ctx, who.Actor(), faq.EntryID(in.ID.number())))
			})
	}
	route(s, s.op(op(http.MethodGet, "/entries/{id}/revisions", "listRevisions", "What an entry said, newest first")), s.revisions)
	route(s, s.op(op(http.MethodGet, "/facets", "listFacets", "Categories and departments in use")), s.facets)
	route(s, s.op(op(http.MethodGet, "/search", "searchLibrary", "Published answers to a question, best first")),
		func(ctx context.Context, who auth.Principal, in *searchInput) (Suggestions, error) {
			return s.suggest(ctx, who.Actor(), in.Query, in.Limit)
		})
	s.reviewRoutes()
	s.bulkRoutes()
	s.fileRoutes()
	s.transferRoutes()
}

func (s *Server) suggest(ctx context.Context, actor desk.Actor, query string, limit int) (Suggestions, error) {
	hits, err := s.deps.Library.Suggest(ctx, actor, query, limit)
	return Suggestions{Query: query, Items: each(hits, suggestionOf)}, err
}

func (s *Server) listEntries(ctx context.Context, who auth.Principal, in *entriesInput) (List[Entry], error) {
	page, err := s.deps.Library.Entries(ctx, who.Actor(), faq.Filter{
		Query: in.Query, State: faq.State(in.State), Category: in.Category, Department: in.Department,
		Proposal: faq.ProposalState(in.Proposal), ExpiringIn: in.Expiring, Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return List[Entry]{}, err
	}
	names, err := s.names(ctx, peopleOf(page.Items...))
	if err != nil {
		return List[Entry]{}, err
	}
	list := listOf(page.Items, func(e faq.Entry) Entry { return s.entry(who.Actor(), e, names) })
	list.NextCursor = page.Next
	return list, s.withUses(ctx, who.Actor(), in.Days, list.Items)
}

// peopleOf are the users whose names go with entries.
func peopleOf(entries ...faq.Entry) []int64 {
	var ids []int64
	for _, e := range entries {
		ids = append(ids, e.UpdatedBy)
		if p := e.Proposal; p != nil {
			ids = append(append(ids, p.AuthorID, p.SubmittedBy, p.ReviewerID), p.Authors...)
		}
	}
	return ids
}

// entryOr shows an entry with the names of who worked on it.
func (s *Server) entryOr(ctx context.Context, who auth.Principal) func(faq.Entry, error) (Entry, error) {
	return func(e faq.Entry, err error) (Entry, error) {
		if err != nil {
			return Entry{}, err
		}
		names, err := s.names(ctx, peopleOf(e))
		return s.entry(who.Actor(), e, names), err
	}
}

func (s *Server) revisions(ctx context.Context, who auth.Principal, in *ByID) (List[EntryRevision], error) {
	all, err := s.deps.Library.Revisions(ctx, who.Actor(), faq.EntryID(in.ID.number()))
	if err != nil {
		return List[EntryRevision]{}, err
	}
	var people []int64
	for _, r := range all {
		people = append(people, r.AuthorID, r.ReviewerID)
	}
	names, err := s.names(ctx, people)
	return listOf(all, func(r faq.Revision) EntryRevision { return revisionOf(r, names) }), err
}

func (s *Server) facets(ctx context.Context, who auth.Principal, _ *nothing) (Facets, error) {
	f, err := s.deps.Library.Facets(ctx, who.Actor())
	return Facets{
		Categories: append([]string{}, f.Categories...), Departments: append([]string{}, f.Departments...),
		Desk: append([]string{}, f.DeskDepartments...), Answering: append([]string{}, f.Answering...), FourEyes: s.deps.Library.FourEyes(),
	}, err
}
