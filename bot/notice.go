package bot

import (
	"context"
	"strconv"

	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

func id[T ~int64](v T) string { return strconv.FormatInt(int64(v), 10) }

// click is a click on an item of the account's menu.
type click struct {
	key   string
	entry faq.EntryID // 0: no entry has the item's code any more
}

// settleNotice greets, or answers a click. It is shown in the open ticket of the
// citizen, if there is one, and answers nothing there.
func (s *Service) settleNotice(ctx context.Context, tx Tx, settings Settings, m Message, on *click, limit int) (Response, error) {
	out := Response{
		AccountID: m.AccountID, ExternalID: m.ExternalID, ContactID: m.ContactID, TicketID: m.TicketID, Question: m.Text,
		Action: Greeting, Reason: Subscribed, Text: settings.Texts.Greeting, Passive: true, CreatedAt: s.time(), fresh: true,
	}
	if on != nil {
		if err := s.settleClick(ctx, tx, settings, on.entry, &out, limit); err != nil {
			return out, err
		}
	}
	act := func(a *inbox.Automatic) error { return s.addNotice(ctx, tx, settings, &out, a) }
	if m.TicketID == 0 {
		return out, act(nil)
	}
	return out, s.inbox.Automatic(ctx, tx, m.TicketID, act)
}

// settleClick answers with the item's entry as it stands now. One that may not be
// given is never met with silence: the citizen is told to ask, or how to reach a
// person.
func (s *Service) settleClick(ctx context.Context, tx Tx, settings Settings, id faq.EntryID, out *Response, limit int) error {
	out.Action, out.Reason = HandOver, EntryGone
	out.Text = settings.Texts.MenuGone
	e, err := tx.Entry(ctx, id)
	if desk.CodeOf(err) == desk.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	ok, err := tx.MayAnswer(ctx, out.AccountID, int64(e.ID), e.Revision, out.CreatedAt)
	if err != nil {
		return err
	}
	if !ok {
		if e.Current(faq.DayOf(out.CreatedAt)) && !settings.serves(e.Department) {
			out.Reason = OtherOffice
		}
		return nil
	}
	text := settings.answerText(e, limit)
	if text == "" {
		out.Reason = TooLong
		return nil
	}
	blocked, err := s.inbox.Blocked(ctx, text)
	if err != nil {
		return err
	}
	if blocked {
		out.Reason = BlockedText
		return nil
	}
	out.Action, out.Reason, out.EntryID, out.Revision, out.Text = Click, MenuItem, e.ID, e.Revision, text
	return nil
}

// addNotice stores the response unless there is one.
func (s *Service) addNotice(ctx context.Context, tx Tx, settings Settings, out *Response, a *inbox.Automatic) error {
	made, err := tx.Response(ctx, out.AccountID, out.ExternalID)
	if desk.CodeOf(err) != desk.NotFound {
		*out = made
		return err
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
