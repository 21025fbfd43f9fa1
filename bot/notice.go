package bot

import (
	"context"
	"strconv"

	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

func id[T ~int64](v T) string { return strconv.FormatInt(int64(v), 10) }

// settleNotice greets, or answers a click on the account's menu when an entry is
// given. It is shown in the open ticket of the citizen, if there is one, and
// answers nothing there.
func (s *Service) settleNotice(ctx context.Context, tx Tx, settings Settings, m Message, entry faq.Entry, limit int) (Response, error) {
	out := Response{
		AccountID: m.AccountID, ExternalID: m.ExternalID, ContactID: m.ContactID, TicketID: m.TicketID, Question: m.Text,
		Action: Greeting, Reason: Subscribed, Text: settings.Texts.Greeting, Passive: true, CreatedAt: s.time(), fresh: true,
	}
	if entry.ID != 0 {
		ok, err := tx.MayAnswer(ctx, m.AccountID, int64(entry.ID), entry.Revision, out.CreatedAt)
		if err != nil {
			return out, err
		}
		out.Action, out.Reason, out.EntryID, out.Revision, out.Text = Click, MenuItem, entry.ID, entry.Revision, ""
		if ok {
			out.Text = settings.answerText(entry, limit)
		}
	}
	act := func(a *inbox.Automatic) error { return s.addNotice(ctx, tx, settings, &out, a) }
	if m.TicketID == 0 {
		return out, act(nil)
	}
	return out, s.inbox.Automatic(ctx, tx, m.TicketID, act)
}

// addNotice stores the response unless there is one.
func (s *Service) addNotice(ctx context.Context, tx Tx, settings Settings, out *Response, a *inbox.Automatic) error {
	made, err := tx.Response(ctx, out.AccountID, out.ExternalID)
	if desk.CodeOf(err) != desk.NotFound {
		*out = made
		return err
	}
	if out.Text == "" {
		return nil
	}
	if a != nil {
		reply, err := a.Reply(ctx, inbox.AutoReply{
			Text: out.Text, EntryID: int64(out.EntryID), EntryRevision: out.Revision, Passive: true,
		})
		if err != nil {
			return err
		}
		out.ReplyID = reply.ID
	}
	if err := tx.AddResponse(ctx, out); err != nil || out.EntryID == 0 || !settings.votable(out.Text) {
		return err
	}
	return tx.SaveThread(ctx, Thread{
		ContactID: out.ContactID, AnswerID: out.ID, VoteUntil: out.CreatedAt.Add(settings.voteFor()), UpdatedAt: out.CreatedAt,
	})
}
