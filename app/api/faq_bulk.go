package api

import (
	"context"
	"net/http"

	"replydesk/app/auth"
	"replydesk/bot"
	"replydesk/faq"
)

type (
	// BulkSet is what a bulk change writes; what is absent stays as it is.
	BulkSet struct {
		Category   *string `json:"category,omitempty" doc:"empty: none"`
		Department *string `json:"department,omitempty" doc:"empty: none"`
		ValidTo    *string `json:"valid_to,omitempty" doc:"YYYY-MM-DD, empty: no last day"`
	}
	bulkInput struct {
		Body struct {
			Action  string      `json:"action" enum:"set,submit,approve,retire"`
			Entries []BulkEntry `json:"entries" maxItems:"500" nullable:"false"`
			Set     *BulkSet    `json:"set,omitempty" doc:"with action set"`
		}
	}
	previewInput struct {
		Body struct {
			AccountID   ID     `json:"account_id,omitempty" doc:"whose texts and length limit; absent: what every account begins with, any length"`
			Question    string `json:"question" maxLength:"2000"`
			Answer      string `json:"answer" maxLength:"20000"`
			ServiceLink string `json:"service_link,omitempty" maxLength:"2000"`
			Department  string `json:"department,omitempty" maxLength:"200"`
		}
	}
)

// BulkEntry names an entry and what was read of it.
type BulkEntry struct {
	ID ID `json:"id"`
	EntrySeen
}

// BulkResult is what a bulk action did, entry by entry.
type BulkResult struct {
	Done    int        `json:"done"`
	Refused int        `json:"refused"`
	Items   []BulkItem `json:"items" doc:"in the order of the request"`
}

// BulkItem is what became of one entry.
type BulkItem struct {
	ID      ID              `json:"id"`
	Entry   Nullable[Entry] `json:"entry" doc:"how it stands now; null: nothing was done with it"`
	Code    string          `json:"code,omitempty" doc:"why nothing was done, as of a problem"`
	Reason  string          `json:"reason,omitempty"`
	Message string          `json:"message,omitempty" doc:"why, in a sentence"`
}

// EntryPreview is an entry as citizens read it.
type EntryPreview struct {
	Text    string   `json:"text" doc:"the answer; empty when there is none or the platform takes none so long"`
	Size    int      `json:"size" doc:"bytes of the answer with nothing left out"`
	Most    int      `json:"most" doc:"bytes the platform takes; 0: any number"`
	LeftOut []string `json:"left_out" enum:"vote,link" doc:"what gives way so that the rest fits"`
	Menu    string   `json:"menu" doc:"the menu, when the question is one of several that may be meant"`
	Served  bool     `json:"served" doc:"the account gives answers of the entry's department"`
}

func (s *Server) bulkRoutes() {
	route(s, s.operation(http.MethodPost, "/faq/entries/bulk", "bulkEntries", "One action on up to 500 entries, each by its own rules"), s.bulk)
	route(s, s.operation(http.MethodPost, "/faq/preview", "previewEntry", "What citizens would get of a text that is being written"), s.preview)
}

func (s *Server) bulk(ctx context.Context, who auth.Principal, in *bulkInput) (BulkResult, error) {
	b := faq.Bulk{Action: faq.BulkAction(in.Body.Action)}
	for _, e := range in.Body.Entries {
		b.Entries = append(b.Entries, faq.BulkEntry{ID: faq.EntryID(e.ID.number()), Seen: e.seen()})
	}
	if set := in.Body.Set; set != nil {
		b.Category, b.Department = set.Category, set.Department
		if set.ValidTo != nil {
			day := faq.Day(*set.ValidTo)
			b.ValidTo = &day
		}
	}
	outcomes, err := s.deps.Library.Bulk(ctx, who.Actor(), b)
	if err != nil {
		return BulkResult{}, err
	}
	var people []int64
	for _, o := range outcomes {
		people = append(people, peopleOf(o.Entry)...)
	}
	names, err := s.names(ctx, people)
	if err != nil {
		return BulkResult{}, err
	}
	out := BulkResult{Items: make([]BulkItem, len(outcomes))}
	for i, o := range outcomes {
		item := BulkItem{ID: idOf(o.ID)}
		if o.Err != nil {
			p := s.problem(ctx, o.Err)
			item.Code, item.Reason, item.Message = p.Code, p.Reason, p.Detail
			out.Refused++
		} else {
			item.Entry = some(s.entry(who.Actor(), o.Entry, names))
			out.Done++
		}
		out.Items[i] = item
	}
	return out, nil
}

func (s *Server) preview(ctx context.Context, who auth.Principal, in *previewInput) (EntryPreview, error) {
	b := in.Body
	p, err := s.deps.Bot.Preview(ctx, who.Actor(), b.AccountID.number(), faq.Content{
		Question: b.Question, Answer: b.Answer, ServiceLink: b.ServiceLink, Department: b.Department,
	})
	return EntryPreview{
		Text: p.Text, Size: p.Size, Most: p.Most, Menu: p.Menu, Served: p.Served,
		LeftOut: each(p.LeftOut, func(part bot.Part) string { return string(part) }),
	}, err
}
