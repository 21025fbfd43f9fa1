package api

import (
	"context"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
)

type ticketBulkInput struct {
	Body struct {
		Action     string       `json:"action" enum:"assign,tag,prioritize,close,ignore,snooze,categorize,undo"`
		Tickets    []BulkTicket `json:"tickets" maxItems:"500" nullable:"false"`
		AssigneeID ID           `json:"assignee_id,omitempty" doc:"with action assign; absent or empty: nobody"`
		AddTags    []string     `json:"add_tags,omitempty" doc:"with action tag; the other tags stay"`
		RemoveTags []string     `json:"remove_tags,omitempty" doc:"with action tag"`
		Priority   string       `json:"priority,omitempty" enum:"low,normal,high,urgent" doc:"with action prioritize; absent: normal"`
		Category   string       `json:"category,omitempty" maxLength:"240" doc:"with action categorize; absent or empty: none"`
		Until      time.Time    `json:"until,omitempty" doc:"with action snooze"`
		Reason     string       `json:"reason,omitempty" doc:"with action ignore, and with close for what was not answered"`
	}
}

// BulkTicket names a ticket and how many messages it had when it was chosen.
type BulkTicket struct {
	ID           ID  `json:"id"`
	MessageCount int `json:"message_count,omitempty" minimum:"0" doc:"a ticket with more by now is not ended; absent: not checked"`
}

// ManyResult is what one action did with many things, one by one.
type ManyResult struct {
	Done    int        `json:"done"`
	Refused int        `json:"refused"`
	Items   []ManyItem `json:"items" doc:"in the order of the request"`
}

// ManyItem is what became of one of them.
type ManyItem struct {
	ID      ID     `json:"id"`
	Done    bool   `json:"done"`
	Code    string `json:"code,omitempty" doc:"why nothing was done, as of a problem"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty" doc:"why, in a sentence"`
}

// add notes what became of the next one.
func (r *ManyResult) add(ctx context.Context, s *Server, id ID, err error) {
	item := ManyItem{ID: id, Done: err == nil}
	if item.Done {
		r.Done++
	} else {
		p := s.problem(ctx, err)
		item.Code, item.Reason, item.Message = p.Code, p.Reason, p.Detail
		r.Refused++
	}
	r.Items = append(r.Items, item)
}

func (s *Server) bulkTickets(ctx context.Context, who auth.Principal, in *ticketBulkInput) (ManyResult, error) {
	b := inbox.Bulk{
		Action: inbox.BulkAction(in.Body.Action), AssigneeID: in.Body.AssigneeID.number(),
		AddTags: in.Body.AddTags, RemoveTags: in.Body.RemoveTags, Priority: priorityOf(in.Body.Priority), Category: in.Body.Category, Reason: in.Body.Reason, Until: in.Body.Until,
	}
	for _, t := range in.Body.Tickets {
		b.Tickets = append(b.Tickets, inbox.BulkTicket{ID: inbox.TicketID(t.ID.number()), Messages: t.MessageCount})
	}
	outcomes, err := s.deps.Inbox.Bulk(ctx, who.Actor(), b)
	out := ManyResult{Items: []ManyItem{}}
	for _, o := range outcomes {
		out.add(ctx, s, idOf(o.ID), o.Err)
	}
	return out, err
}
