package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"replydesk/app/auth"
	"replydesk/faq"
	"replydesk/faq/gap"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Gaps has the use cases of what the library does not answer; *gap.Service is
// one.
type Gaps interface {
	Gaps(ctx context.Context, actor desk.Actor, f gap.Filter) (desk.Page[gap.Gap], error)
	Gap(ctx context.Context, actor desk.Actor, id gap.ID) (gap.Gap, []gap.Example, error)
	Ignore(ctx context.Context, actor desk.Actor, id gap.ID, reason string) error
	Reopen(ctx context.Context, actor desk.Actor, id gap.ID) error
	Link(ctx context.Context, actor desk.Actor, id gap.ID, entry faq.EntryID) error
	Draft(ctx context.Context, actor desk.Actor, id gap.ID, answer string) (faq.Entry, error)
}

// Gap is a group of questions alike that the library does not answer well.
type Gap struct {
	ID       ID         `json:"id"`
	Question string     `json:"question" doc:"the first of the group; personal data are masked"`
	State    string     `json:"state" enum:"open,drafted,closed,ignored"`
	Reason   string     `json:"reason,omitempty" doc:"why it is ignored"`
	Entry    *Ref       `json:"entry,omitempty" doc:"the entry that was made or named for it"`
	Count    int        `json:"count" doc:"how often it was asked"`
	Since    int        `json:"since" doc:"how often since the entry was named"`
	Sources  GapSources `json:"sources"`
	FirstAt  time.Time  `json:"first_at"`
	LastAt   time.Time  `json:"last_at"`
}

// GapSources are how the questions of a gap became known.
type GapSources struct {
	Unanswered int `json:"unanswered" doc:"nothing in the library was likely enough"`
	Offered    int `json:"offered" doc:"the bot gave a menu, from which the citizen has chosen nothing"`
	PassedOver int `json:"passed_over" doc:"staff answered in their own words beside a sure suggestion"`
	Edited     int `json:"edited" doc:"staff changed the entry's answer, or a model's draft"`
	Rejected   int `json:"rejected" doc:"a person rejected a model's draft"`
	Unhelpful  int `json:"unhelpful" doc:"the citizen said so of the bot's answer"`
}

// GapExample is one question of a gap.
type GapExample struct {
	Question string    `json:"question"`
	Source   string    `json:"source" enum:"unanswered,offered,passed_over,edited,rejected,unhelpful"`
	TicketID ID        `json:"ticket_id"`
	EntryID  ID        `json:"entry_id,omitempty" doc:"the entry that did not do"`
	At       time.Time `json:"at"`
}

// GapDetail is a gap with its newest examples and what people answered.
type GapDetail struct {
	Gap
	Examples []GapExample `json:"examples"`
	Answer   string       `json:"answer" doc:"the newest answer a person gave to one of them, as far as the reader may see the tickets"`
}

func gapOf(g gap.Gap) Gap {
	out := Gap{
		ID: idOf(g.ID), Question: g.Question, State: string(g.State), Reason: g.Reason, Count: g.Count, Since: g.Since,
		Sources: GapSources{
			Unanswered: g.Sources[gap.Unanswered], Offered: g.Sources[gap.Offered], PassedOver: g.Sources[gap.PassedOver],
			Edited: g.Sources[gap.Edited], Rejected: g.Sources[gap.Rejected], Unhelpful: g.Sources[gap.Unhelpful],
		},
		FirstAt: utc(g.FirstAt), LastAt: utc(g.LastAt),
	}
	if g.EntryID != 0 {
		out.Entry = &Ref{ID: idOf(g.EntryID), Name: g.Entry}
	}
	return out
}

type (
	gapsInput struct {
		Paging
		State  string `query:"state" enum:"open,drafted,closed,ignored" default:"open"`
		Source string `query:"source" enum:"unanswered,offered,passed_over,edited,rejected,unhelpful"`
	}
	ignoreGapInput struct {
		ByID
		Body struct {
			Reason string `json:"reason"`
		}
	}
	linkGapInput struct {
		ByID
		Body struct {
			EntryID ID `json:"entry_id"`
		}
	}
	draftGapInput struct {
		ByID
		Body *struct { // a pointer: the body may be left out
			Answer string `json:"answer,omitempty" doc:"other words than the newest answer a person gave"`
		}
	}
)

func (s *Server) gapRoutes() {
	op := func(method, path, name, summary string) operationArgs {
		return operationArgs{method, "/faq/gaps" + path, name, summary}
	}
	gaps := s.deps.Gaps
	route(s, s.op(op(http.MethodGet, "", "listGaps", "What people ask and the library does not answer well, most asked first")),
		func(ctx context.Context, who auth.Principal, in *gapsInput) (List[Gap], error) {
			page, err := gaps.Gaps(ctx, who.Actor(), gap.Filter{State: gap.State(in.State), Source: gap.Source(in.Source), Limit: in.Limit, Cursor: in.Cursor})
			return List[Gap]{Items: each(page.Items, gapOf), NextCursor: page.Next}, err
		})
	route(s, s.op(op(http.MethodGet, "/{id}", "getGap", "One gap with its newest questions")),
		func(ctx context.Context, who auth.Principal, in *ByID) (GapDetail, error) {
			return s.gap(ctx, who, gap.ID(in.ID.number()))
		})
	command(s, s.op(op(http.MethodPost, "/{id}/ignore", "ignoreGap", "Take a gap off the list, for a reason")),
		func(ctx context.Context, who auth.Principal, in *ignoreGapInput) error {
			return gaps.Ignore(ctx, who.Actor(), gap.ID(in.ID.number()), in.Body.Reason)
		})
	command(s, s.op(op(http.MethodPost, "/{id}/reopen", "reopenGap", "Put a gap back on the list")),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return gaps.Reopen(ctx, who.Actor(), gap.ID(in.ID.number()))
		})
	command(s, s.op(op(http.MethodPost, "/{id}/link", "linkGap", "Name the entry that answers a gap")),
		func(ctx context.Context, who auth.Principal, in *linkGapInput) error {
			return gaps.Link(ctx, who.Actor(), gap.ID(in.ID.number()), faq.EntryID(in.Body.EntryID.number()))
		})
	route(s, created(s.op(op(http.MethodPost, "/{id}/draft", "draftGap", "Make a draft entry from a gap"))),
		func(ctx context.Context, who auth.Principal, in *draftGapInput) (Entry, error) {
			return s.draftGap(ctx, who, in)
		})
}

// gap is a gap with the best a person has answered.
func (s *Server) gap(ctx context.Context, who auth.Principal, id gap.ID) (GapDetail, error) {
	g, examples, err := s.deps.Gaps.Gap(ctx, who.Actor(), id)
	if err != nil {
		return GapDetail{}, err
	}
	// Whose tickets they are decides who reads the questions one by one.
	seen := map[int64]bool{}
	examples = slices.DeleteFunc(examples, func(e gap.Example) bool {
		may, looked := seen[e.TicketID]
		if !looked {
			may = s.deps.Inbox.MaySee(ctx, who.Actor(), inbox.TicketID(e.TicketID))
			seen[e.TicketID] = may
		}
		return !may
	})
	out := GapDetail{Gap: gapOf(g), Examples: each(examples, func(e gap.Example) GapExample {
		return GapExample{Question: e.Question, Source: string(e.Source), TicketID: idOf(e.TicketID), EntryID: idOf(e.EntryID), At: utc(e.At)}
	})}
	out.Answer, err = s.humanAnswer(ctx, who, examples)
	return out, err
}

// ticketsRead bounds in how many tickets of a gap an answer is looked for.
const ticketsRead = 10

// humanAnswer is the newest answer that a person gave in the tickets of a gap
// and that reached the citizen.
func (s *Server) humanAnswer(ctx context.Context, who auth.Principal, examples []gap.Example) (string, error) {
	var tickets []int64
	for _, e := range examples {
		if !slices.Contains(tickets, e.TicketID) && len(tickets) < ticketsRead {
			tickets = append(tickets, e.TicketID)
		}
	}
	for _, id := range tickets {
		tl, err := s.deps.Inbox.Timeline(ctx, who.Actor(), inbox.TicketID(id))
		if desk.CodeOf(err) == desk.NotFound {
			continue // of an account the reader does not see
		}
		if err != nil {
			return "", err
		}
		for _, r := range slices.Backward(tl.Replies) {
			if r.State == inbox.ReplySent && r.Answers && r.Origin != inbox.FromBot && r.Text != inbox.ErasedText {
				return r.Text, nil
			}
		}
	}
	return "", nil
}

func (s *Server) draftGap(ctx context.Context, who auth.Principal, in *draftGapInput) (Entry, error) {
	id, answer := gap.ID(in.ID.number()), ""
	if in.Body != nil {
		answer = in.Body.Answer
	}
	if answer == "" {
		g, err := s.gap(ctx, who, id)
		if err != nil {
			return Entry{}, err
		}
		answer = g.Answer
	}
	return s.entryOr(ctx, who)(s.deps.Gaps.Draft(ctx, who.Actor(), id, answer))
}
