package api

import (
	"context"
	"net/http"

	"replydesk/app/auth"
	"replydesk/bot"
	"replydesk/inbox/mask"
)

// Topic is something citizens ask about: an entry of the library, or a group of
// questions that none answers yet.
type Topic struct {
	Kind    string            `json:"kind" enum:"entry,gap"`
	ID      ID                `json:"id" doc:"of the entry or of the gap"`
	Title   string            `json:"title" doc:"the entry's question; of a gap the example"`
	Example string            `json:"example" doc:"the newest question of a citizen, without personal data"`
	Count   int               `json:"count"`
	Before  int               `json:"before" doc:"in the range before"`
	Share   Nullable[float64] `json:"share" doc:"of all that was counted"`
}

// TopicReport is what citizens asked most over some days, on the accounts who asks
// may see.
type TopicReport struct {
	Range   DeskRange `json:"range"`
	Earlier DeskRange `json:"earlier"`
	Total   int       `json:"total" doc:"of all topics, those that are not listed too"`
	Before  int       `json:"before"`
	Items   []Topic   `json:"items" doc:"the twenty asked most"`
}

type topicsInput struct {
	Days
	AccountID ID `query:"account_id"`
}

func topicOf(t bot.TopicCount, total int) Topic {
	out := Topic{
		Kind: "entry", ID: idOf(int64(t.EntryID)), Title: t.Title, Example: mask.Veil(t.Example), Count: t.Now, Before: t.Before,
		Share: shareOf(float64(t.Now)/float64(max(total, 1)), total > 0),
	}
	if t.GapID != 0 {
		out.Kind, out.ID, out.Title = "gap", idOf(t.GapID), out.Example
	}
	return out
}

func (s *Server) topicRoutes() {
	route(s, s.operation(http.MethodGet, "/reports/topics", "reportTopics", "What citizens ask most, beside the range before"),
		func(ctx context.Context, who auth.Principal, in *topicsInput) (TopicReport, error) {
			r, err := s.deps.Reports.Topics(ctx, who.Actor(), in.span(), in.AccountID.number())
			return TopicReport{
				Range: DeskRange(r.Range), Earlier: DeskRange(r.Earlier), Total: r.All, Before: r.Before,
				Items: each(r.Items, func(t bot.TopicCount) Topic { return topicOf(t, r.All) }),
			}, err
		})
}
