package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/channel"
)

func (s *Server) timeline(ctx context.Context, who auth.Principal, in *ByID) (Timeline, error) {
	tl, err := s.deps.Inbox.Timeline(ctx, who.Actor(), inbox.TicketID(in.ID.number()))
	if err != nil {
		return Timeline{}, err
	}
	t := tl.Ticket
	if err := s.deps.Audit.Seen(ctx, who.Actor(), int64(t.ID), t.AccountID, t.DepartmentID); err != nil {
		return Timeline{}, err
	}
	return timelineOf(s.reader(who), tl), nil
}

// timelineOf puts the four lists into one. What happened in the same
// millisecond stands in the order of cause and effect: a message, the answer,
// the remark, and then what follows from it.
func timelineOf(r reader, tl inbox.Timeline) Timeline {
	items := make([]TimelineItem, 0, len(tl.Messages)+len(tl.Replies)+len(tl.Notes)+len(tl.Events))
	for _, m := range tl.Messages {
		items = append(items, TimelineItem{m.ReceivedAt, 0, r.message(tl, m)})
	}
	for _, reply := range tl.Replies {
		items = append(items, TimelineItem{reply.CreatedAt, 1, replyItem(reply, tl.Deliveries, tl.Names)})
	}
	for _, n := range tl.Notes {
		items = append(items, TimelineItem{n.CreatedAt, 2, noteItem(n, tl.Names[n.AuthorID])})
	}
	for _, e := range tl.Events {
		items = append(items, TimelineItem{e.At, 3, eventItem(e, tl.Names)})
	}
	slices.SortStableFunc(items, func(a, b TimelineItem) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.rank, b.rank))
	})
	return Timeline{Items: items, LastEvent: tl.LastEvent}
}

// Suggestions are standard answers to a question, best first.
type Suggestions struct {
	Query string       `json:"query" doc:"the words that were searched for"`
	Items []Suggestion `json:"items"`
}

type suggestionsInput struct {
	ByID
	Query string `query:"q" maxLength:"600" doc:"other words than the latest message's"`
	Limit int    `query:"limit" minimum:"1" maximum:"20" default:"5"`
}

func (s *Server) suggestions(ctx context.Context, who auth.Principal, in *suggestionsInput) (Suggestions, error) {
	id := inbox.TicketID(in.ID.number())
	query := strings.TrimSpace(in.Query)
	shown := query
	if query == "" {
		tl, err := s.deps.Inbox.Timeline(ctx, who.Actor(), id)
		if err != nil {
			return Suggestions{}, err
		}
		query = question(tl.Messages)
		shown = s.reader(who).words(tl.Ticket.AssigneeID, query)
	} else if _, err := s.deps.Inbox.Ticket(ctx, who.Actor(), id); err != nil {
		return Suggestions{}, err
	}
	out, err := s.suggest(ctx, who.Actor(), query, in.Limit)
	out.Query = shown
	return out, err
}

// question is the latest message that says something in words.
func question(messages []inbox.Message) string {
	for _, m := range slices.Backward(messages) {
		if m.Type == channel.Text && strings.TrimSpace(m.Text) != "" {
			return m.Text
		}
	}
	return ""
}
