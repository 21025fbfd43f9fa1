package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"replydesk/app/auth"
	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

type (
	replyInput struct {
		ByID
		Body struct {
			Text         string `json:"text"`
			EntryID      ID     `json:"entry_id,omitempty" doc:"the library's entry it was made from"`
			DraftID      ID     `json:"draft_id,omitempty" doc:"the draft it was made from: it is approved, with the text as it is now"`
			Outdated     bool   `json:"outdated,omitempty" doc:"I know that the draft is outdated and answer what is there now with words of it"`
			EscalationID ID     `json:"escalation_id,omitempty" doc:"the department's answer it was made of"`
			SeenEvent    int64  `json:"seen_event" minimum:"0" doc:"the newest event its author had before them"`
			Review       bool   `json:"review,omitempty" doc:"hand it in for review, also where no policy asks for it"`
			Confirm      bool   `json:"confirm_findings,omitempty" doc:"its author has seen what the checks found"`
		}
	}
	resendInput struct {
		ByID
		Body *struct { // a pointer: the body may be left out
			ConfirmUnknown bool `json:"confirm_unknown,omitempty" doc:"I have looked: an unknown delivery did not arrive"`
		}
	}
	approveInput struct {
		ByID
		Body *struct { // a pointer: the body may be left out
			Text    string `json:"text,omitempty" doc:"a draft's text as the approver changed it"`
			Confirm bool   `json:"confirm_findings,omitempty" doc:"of a draft: the approver has seen what the checks found"`
		}
	}
	rejectInput struct {
		ByID
		Body struct {
			Reason string `json:"reason"`
		}
	}
)

func (s *Server) replyRoutes() {
	op := func(what, name, summary string) operationArgs {
		return operationArgs{http.MethodPost, "/replies/{id}/" + what, name, summary}
	}
	route(s, created(s.operation(http.MethodPost, "/tickets/{id}/replies", "addReply",
		"Answer; 409 thread_moved when something newer than seen_event happened")), s.addReply)
	replies := s.deps.Inbox
	route(s, s.op(op("approve", "approveReply", "Let a reply in review out")),
		func(ctx context.Context, who auth.Principal, in *approveInput) (ReplyItem, error) {
			var input inbox.ApproveInput
			if in.Body != nil {
				input = inbox.ApproveInput{Text: in.Body.Text, ConfirmFindings: in.Body.Confirm}
			}
			return s.replied(ctx, who)(replies.Approve(ctx, who.Actor(), inbox.ReplyID(in.ID.number()), input))
		})
	route(s, s.op(op("reject", "rejectReply", "Send a reply in review back, for a reason")),
		func(ctx context.Context, who auth.Principal, in *rejectInput) (ReplyItem, error) {
			return s.replied(ctx, who)(replies.Reject(ctx, who.Actor(), inbox.ReplyID(in.ID.number()), in.Body.Reason))
		})
	route(s, s.op(op("resend", "resendReply", "Send a failed reply again; an unknown one only when confirmed")),
		func(ctx context.Context, who auth.Principal, in *resendInput) (ReplyItem, error) {
			confirmed := in.Body != nil && in.Body.ConfirmUnknown
			return s.replied(ctx, who)(replies.Resend(ctx, who.Actor(), inbox.ReplyID(in.ID.number()), confirmed))
		})
	route(s, s.op(op("confirm", "confirmReply", "Settle an unknown delivery: it did arrive")),
		func(ctx context.Context, who auth.Principal, in *ByID) (ReplyItem, error) {
			return s.replied(ctx, who)(replies.ConfirmSent(ctx, who.Actor(), inbox.ReplyID(in.ID.number())))
		})
	route(s, s.op(op("cancel", "cancelReply", "Take back a reply that has not left")),
		func(ctx context.Context, who auth.Principal, in *ByID) (ReplyItem, error) {
			return s.replied(ctx, who)(replies.CancelReply(ctx, who.Actor(), inbox.ReplyID(in.ID.number())))
		})
}

// approveDraft lets the draft's reply out with the text its author sends.
func (s *Server) approveDraft(ctx context.Context, who auth.Principal, in *replyInput) (inbox.Reply, error) {
	switch {
	case strings.TrimSpace(in.Body.Text) == "":
		return inbox.Reply{}, desk.InvalidField("text", "不能为空")
	case in.Body.Review: // it would leave although its sender asks for another's eyes
		return inbox.Reply{}, desk.InvalidField("review", "模型撰写的草稿由发送者审核，不能再送审")
	case in.Body.EntryID != "":
		return inbox.Reply{}, desk.InvalidField("entry_id", "模型撰写的草稿不能同时引用知识条目")
	}
	r, err := s.deps.Inbox.Proposed(ctx, who.Actor(), inbox.TicketID(in.ID.number()), in.Body.DraftID.number())
	if err != nil {
		return inbox.Reply{}, err
	}
	return s.deps.Inbox.Approve(ctx, who.Actor(), r.ID, inbox.ApproveInput{Text: in.Body.Text, ConfirmFindings: in.Body.Confirm})
}

func (s *Server) addReply(ctx context.Context, who auth.Principal, in *replyInput) (ReplyItem, error) {
	if in.Body.DraftID != "" && !in.Body.Outdated {
		return s.replied(ctx, who)(s.approveDraft(ctx, who, in))
	}
	id := inbox.TicketID(in.ID.number())
	input := inbox.ReplyInput{
		Text: in.Body.Text, EntryID: in.Body.EntryID.number(), DraftID: in.Body.DraftID.number(), SeenEvent: in.Body.SeenEvent, Review: in.Body.Review, EscalationID: inbox.EscalationID(in.Body.EscalationID.number()),
		ConfirmFindings: in.Body.Confirm,
	}
	if input.EntryID != 0 {
		entry, err := s.deps.Library.Entry(ctx, who.Actor(), faq.EntryID(input.EntryID))
		if desk.CodeOf(err) == desk.NotFound {
			return ReplyItem{}, desk.InvalidField("entry_id", "没有这个知识条目")
		}
		if err != nil {
			return ReplyItem{}, err
		}
		// What has expired or was withdrawn must not go on counting as the
		// standard answer.
		if !s.deps.Library.Current(entry) {
			return ReplyItem{}, desk.InvalidField("entry_id", "这个知识条目没有发布或不在有效期内，不能引用")
		}
		input.EntryRevision = entry.Revision
	}
	reply, err := s.deps.Inbox.Reply(ctx, who.Actor(), id, input)
	if desk.ReasonOf(err) == "thread_moved" {
		return ReplyItem{}, s.moved(ctx, who, id, err)
	}
	return s.replied(ctx, who)(reply, err)
}

// moved adds to the refusal where the thread stands now.
func (s *Server) moved(ctx context.Context, who auth.Principal, id inbox.TicketID, err error) error {
	row, readErr := s.deps.Inbox.Ticket(ctx, who.Actor(), id)
	if readErr != nil {
		return errors.Join(err, readErr)
	}
	p, _ := toProblem(err)
	p.LastEvent = row.LastEvent
	return p
}

// replied reads a changed reply again, with the names and deliveries that
// belong to it.
func (s *Server) replied(ctx context.Context, who auth.Principal) func(inbox.Reply, error) (ReplyItem, error) {
	return func(r inbox.Reply, err error) (ReplyItem, error) {
		if err != nil {
			return ReplyItem{}, err
		}
		tl, err := s.deps.Inbox.Timeline(ctx, who.Actor(), r.TicketID)
		if err != nil {
			return ReplyItem{}, err
		}
		for _, stored := range tl.Replies {
			if stored.ID == r.ID {
				r = stored
			}
		}
		return replyItem(r, tl.Deliveries, tl.Names), nil
	}
}
