package bot

import (
	"context"

	"replydesk/faq"
	"replydesk/inbox"
)

// awaitsVote reports whether the last answer may be voted on.
func (d *settling) awaitsVote() bool {
	return d.thread.AnswerID != 0 && d.auto.Now.Before(d.thread.VoteUntil)
}

// votes reports whether the message is a vote in words that is awaited: 解决了，谢谢
// is one, not thanks alone.
func (d *settling) votes() bool {
	_, is := d.words.vote(d.words.fold(d.message.Text))
	return is && d.awaitsVote()
}

// vote counts a citizen's word on the last answer.
func (d *settling) vote(ctx context.Context, helpful bool) error {
	on, err := d.tx.ResponseByID(ctx, d.thread.AnswerID)
	if err != nil {
		return err
	}
	vote := -1
	if helpful {
		vote = 1
	}
	if err := d.tx.CountVote(ctx, on.ID, vote, d.auto.Now); err != nil {
		return err
	}
	d.out.EntryID, d.out.Revision, d.out.Details = on.EntryID, on.Revision, Details{VotedOn: on.ID}
	d.auto.Tell(inbox.BotVoted, map[string]any{"entry_id": on.EntryID.String(), "revision": on.Revision, "helpful": helpful, "response_id": id(on.ID)})
	d.out.Action = Vote
	if helpful {
		return d.helpful(ctx)
	}
	d.auto.Raise(inbox.High)
	d.auto.ToFront()
	d.out.Reason = Unhelpful
	return d.toPerson(ctx)
}

// helpful thanks and closes the ticket, unless something else in it waits for a
// person.
func (d *settling) helpful(ctx context.Context) error {
	d.out.Reason = Helpful
	if d.passive && d.settings.Texts.Thanks != "" {
		if err := d.say(ctx, d.settings.Texts.Thanks, faq.Entry{}, false); err != nil {
			return err
		}
	}
	answered, err := d.tx.AnsweredUntil(ctx, d.message.TicketID)
	if err != nil {
		return err
	}
	waits, err := d.tx.Waits(ctx, d.message.TicketID, answered, d.message.MessageID)
	if err != nil {
		return err
	}
	if !waits {
		if _, err := d.auto.Close(ctx, "市民评价机器人答复有帮助"); err != nil {
			return err
		}
	}
	return d.keep(ctx, Thread{})
}
