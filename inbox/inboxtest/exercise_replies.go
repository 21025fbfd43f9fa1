package inboxtest

import (
	"slices"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// reply adds a reply to a ticket.
func (s *suite) reply(t inbox.Ticket, change func(r *inbox.Reply)) inbox.Reply {
	s.Helper()
	r := inbox.Reply{TicketID: t.ID, Text: "答复", State: inbox.ReplyApproved, Origin: inbox.FromStaff, AuthorID: 1, Answers: true, CreatedAt: at(1), UpdatedAt: at(2)}
	if change != nil {
		change(&r)
	}
	s.write(func(tx inbox.Tx) error { return tx.AddReply(s.Context(), &r) })
	return r
}

func (s *suite) replies() {
	ctx := s.Context()
	t := s.ticket(s.contact(s.AddAccount(s, "a"), "o"), nil)
	r := s.reply(t, func(r *inbox.Reply) {
		r.State, r.Origin, r.ReviewerID, r.ReviewReason = inbox.ReplyInReview, inbox.FromFAQ, 2, "r"
		r.EntryID, r.EntryRevision, r.AnswersUntil = 3, 4, 5
	})
	lock := func(id inbox.ReplyID) (r inbox.Reply, err error) {
		err = s.try(func(tx inbox.Tx) error {
			found, err := tx.LockReply(ctx, id)
			if err == nil {
				r = *found
			}
			return err
		})
		return r, err
	}
	got, err := lock(r.ID)
	s.code("lock reply", err, "")
	s.same("added reply", got, r)
	_, err = lock(r.ID + 9)
	s.code("a reply that is not there", err, desk.NotFound)
	saved := r
	saved.Text = "改了的"
	saved.State, saved.ReviewerID, saved.ReviewReason, saved.Attempts, saved.Tries = inbox.ReplySent, 8, "x", 3, 2
	saved.ErrorCode, saved.ErrorMessage, saved.UpdatedAt, saved.SentAt = "c", "m", at(8), at(9)
	s.write(func(tx inbox.Tx) error { return tx.SaveReply(ctx, &saved) })
	saved.Text = r.Text // what was approved is what is sent
	got, _ = lock(r.ID)
	s.same("saved reply", got, saved)
	id, err := s.store.ReplyTicket(ctx, r.ID)
	if err != nil || id != t.ID {
		s.Errorf("reply's ticket: %d, %v", id, err)
	}
	_, err = s.store.ReplyTicket(ctx, r.ID+9)
	s.code("ticket of no reply", err, desk.NotFound)

	drafted := s.ticket(s.contact(t.AccountID, "drafted"), nil)
	for _, draft := range []int64{71, 72, 71} {
		made := s.reply(drafted, func(r *inbox.Reply) { r.DraftID = draft })
		got, err := s.store.DraftReply(ctx, made.TicketID, draft)
		s.code("reply of a draft", err, "")
		s.same("newest reply of a draft", got, made)
		_, err = s.store.DraftReply(ctx, t.ID, draft)
		s.code("a draft of another ticket", err, desk.NotFound)
	}
	_, err = s.store.DraftReply(ctx, t.ID, 0)
	s.code("no draft", err, desk.NotFound)

	s.reply(t, func(r *inbox.Reply) { r.State, r.AnswersUntil = inbox.ReplySent, 2 })
	s.reply(t, func(r *inbox.Reply) { r.State, r.AnswersUntil = inbox.ReplyFailed, 99 })
	s.reply(t, func(r *inbox.Reply) { r.State, r.AnswersUntil, r.Answers = inbox.ReplySent, 98, false })
	empty := s.ticket(s.contact(t.AccountID, "o2"), nil)
	s.write(func(tx inbox.Tx) error {
		for _, tt := range []struct {
			states []inbox.ReplyState
			want   int
		}{{[]inbox.ReplyState{inbox.ReplySent}, 3}, {[]inbox.ReplyState{inbox.ReplySent, inbox.ReplyFailed, inbox.ReplyDraft}, 4}, {[]inbox.ReplyState{inbox.ReplyDraft}, 0}} {
			if n, err := tx.CountReplies(ctx, t.ID, tt.states...); err != nil || n != tt.want {
				s.Errorf("replies that are %v: %d, %v; want %d", tt.states, n, err, tt.want)
			}
		}
		until, err := tx.AnsweredUntil(ctx, t.ID)
		s.same("answered until", until, inbox.MessageID(5))
		if err != nil {
			return err
		}
		until, err = tx.AnsweredUntil(ctx, empty.ID)
		s.same("answered without a reply", until, inbox.MessageID(0))
		return err
	})
	s.wordings(t)
	s.machineReplies(t)
}

// wordings: what replies are held against is the ticket's own, of the newest draft
// first, in a transaction as outside.
func (s *suite) wordings(other inbox.Ticket) {
	ctx := s.Context()
	t := s.ticket(s.contact(other.AccountID, "worded"), nil)
	add := func(draft int64, text string, state inbox.ReplyState, author int64) inbox.Reply {
		return s.reply(t, func(r *inbox.Reply) {
			r.Text, r.State, r.Origin, r.DraftID, r.AuthorID = text, state, inbox.FromLLM, draft, author
		})
	}
	rejected, own, waits := add(81, "旧的", inbox.ReplyRejected, 0), add(81, "改的", inbox.ReplyRejected, 5), add(82, "新的", inbox.ReplyInReview, 0)
	s.reply(t, func(r *inbox.Reply) { r.Text = "人写的" })
	want := inbox.Wordings{Models: []inbox.ModelText{
		{DraftID: 82, Text: "新的", Reply: waits.ID, State: inbox.ReplyInReview, Waits: true},
		{DraftID: 81, Text: "改的", Reply: own.ID, State: inbox.ReplyRejected, Changed: true},
		{DraftID: 81, Text: "旧的", Reply: rejected.ID, State: inbox.ReplyRejected},
	}}
	got, err := s.store.Wordings(ctx, t.ID, 0, at(1), 10)
	s.code("wordings", err, "")
	s.same("wordings", got, want)
	got, err = s.store.Wordings(ctx, t.ID, 0, at(1), 1)
	s.code("the latest wording", err, "")
	s.same("the latest wording", got, inbox.Wordings{Models: want.Models[:1]})
	s.write(func(tx inbox.Tx) error {
		inside, err := tx.Wordings(ctx, t.ID, 0, at(1), 10)
		s.same("wordings in a transaction", inside, want)
		return err
	})
}

// machineReplies: what an LLM wrote is never on its way without a reviewer, not
// even by mistake.
func (s *suite) machineReplies(t inbox.Ticket) {
	ctx := s.Context()
	for _, state := range []inbox.ReplyState{inbox.ReplyDraft, inbox.ReplyInReview, inbox.ReplyApproved, inbox.ReplySending, inbox.ReplySent,
		inbox.ReplyRejected, inbox.ReplyFailed, inbox.ReplyUnknown, inbox.ReplyCancelled} {
		harmless := slices.Contains([]inbox.ReplyState{inbox.ReplyDraft, inbox.ReplyInReview, inbox.ReplyRejected, inbox.ReplyCancelled}, state)
		for _, reviewer := range []int64{0, 5} {
			r := inbox.Reply{TicketID: t.ID, Text: "机器", State: state, Origin: inbox.FromLLM, ReviewerID: reviewer, CreatedAt: at(1), UpdatedAt: at(1)}
			err := s.try(func(tx inbox.Tx) error { return tx.AddReply(ctx, &r) })
			if (err == nil) != (harmless || reviewer != 0) {
				s.Errorf("a machine's reply that is %s with reviewer %d: %v", state, reviewer, err)
			}
		}
	}
	draft := s.reply(t, func(r *inbox.Reply) { r.State, r.Origin = inbox.ReplyInReview, inbox.FromLLM })
	draft.State = inbox.ReplyApproved
	if err := s.try(func(tx inbox.Tx) error { return tx.SaveReply(ctx, &draft) }); err == nil {
		s.Error("a machine's reply was approved by nobody")
	}
	draft.ReviewerID = 5
	s.code("approved by a person", s.try(func(tx inbox.Tx) error { return tx.SaveReply(ctx, &draft) }), "")
}

func (s *suite) deliveries() {
	ctx := s.Context()
	t := s.ticket(s.contact(s.AddAccount(s, "a"), "o"), nil)
	r := s.reply(t, nil)
	begun := inbox.Delivery{ReplyID: r.ID, Attempt: 1, StartedAt: at(1)}
	s.write(func(tx inbox.Tx) error { return tx.AddDelivery(ctx, begun) })
	s.code("the same attempt twice", s.try(func(tx inbox.Tx) error { return tx.AddDelivery(ctx, begun) }), desk.Conflict)
	second := inbox.Delivery{ReplyID: r.ID, Attempt: 2, StartedAt: at(3)}
	s.write(func(tx inbox.Tx) error { return tx.AddDelivery(ctx, second) })
	done := begun
	done.FinishedAt, done.Outcome, done.Code, done.Message, done.ExternalID = at(2), channel.Again, "c", "m", "x"
	s.write(func(tx inbox.Tx) error { return tx.FinishDelivery(ctx, done) })
	s.code("finishing what has not begun", s.try(func(tx inbox.Tx) error {
		return tx.FinishDelivery(ctx, inbox.Delivery{ReplyID: r.ID, Attempt: 3})
	}), desk.NotFound)
	tl, err := s.store.Timeline(ctx, t.ID)
	s.code("timeline", err, "")
	s.same("deliveries", tl.Deliveries, []inbox.Delivery{done, second})
}

// notice stores a payload that leaves no message and returns its id.
func (s *suite) notice(c inbox.Contact) (id int64) {
	s.Helper()
	s.write(func(tx inbox.Tx) (err error) {
		id, _, err = tx.AddPayload(s.Context(), inbox.Payload{AccountID: c.AccountID, ExternalID: "notice", ContactID: c.ID, ReceivedAt: at(1), Body: []byte("raw")})
		return err
	})
	return id
}

func (s *suite) erase() {
	ctx := s.Context()
	account := s.AddAccount(s, "a")
	c, other := s.contact(account, "o-secret"), s.contact(account, "other")
	s.write(func(tx inbox.Tx) error {
		if _, err := tx.UpsertContact(ctx, account, "o-secret", "秘密", Morning); err != nil {
			return err
		}
		return tx.OpenWindow(ctx, c.ID, Window("w", 1, at(100)))
	})
	t := s.ticket(c, func(t *inbox.Ticket) { t.Subject, t.Preview = "秘密", "秘密" })
	theirs := s.ticket(other, func(t *inbox.Ticket) { t.Subject, t.Preview = "他人", "秘密" })
	untouched := s.ticket(s.contact(account, "third"), func(t *inbox.Ticket) { t.Subject, t.Preview = "他人", "他人" })
	s.message(untouched, channel.Text, 1)
	kept := s.message(theirs, channel.Text, 1)
	emptied := []int64{
		s.messageBy(c.ID, theirs, channel.Text, 2).PayloadID, // under the other's comment
		s.message(t, channel.Text, 3).PayloadID,
		s.notice(c), // left no message
	}
	sent := s.reply(t, func(r *inbox.Reply) { r.State = inbox.ReplySent })
	failed := s.reply(t, func(r *inbox.Reply) { r.State = inbox.ReplyFailed })
	var paths []string
	s.write(func(tx inbox.Tx) (err error) {
		paths, err = tx.EraseContact(ctx, c.ID, at(5))
		return err
	})
	s.same("paths of no file", len(paths), 0)
	row := func(t inbox.Ticket) inbox.TicketRow {
		r, err := s.store.TicketRow(ctx, desk.System(), t.ID)
		s.code("row", err, "")
		return r
	}
	if r := row(t); r.Subject == "秘密" || r.Preview == "秘密" || r.Contact.Name != "" || r.Contact.ExternalID == "o-secret" || r.Contact.Subscribed {
		s.Errorf("erased ticket: %+v", r)
	}
	if r := row(theirs); r.Subject != "他人" || r.Preview == "秘密" || r.Contact.ExternalID != "other" {
		s.Errorf("the other's ticket: %+v", r)
	}
	if r := row(untouched); r.Preview != "他人" {
		s.Errorf("a third person's ticket: %+v", r)
	}
	tl, err := s.store.Timeline(ctx, theirs.ID)
	s.code("timeline", err, "")
	if len(tl.Messages) != 2 || tl.Messages[0].ID != kept.ID || tl.Messages[0].Text != "话" || tl.Messages[1].Text == "话" {
		s.Errorf("the other's thread: %+v", tl.Messages)
	}
	tl, _ = s.store.Timeline(ctx, t.ID)
	if tl.Replies[0].State != sent.State || tl.Replies[1].State != inbox.ReplyCancelled || tl.Replies[1].ID != failed.ID {
		s.Errorf("replies: %+v", tl.Replies)
	}
	for i, id := range append(emptied, kept.PayloadID) {
		p, err := s.store.Payload(ctx, id)
		if empty := len(p.Body) == 0; err != nil || empty != (i < len(emptied)) {
			s.Errorf("payload %d: %d bytes are left, %v", i, len(p.Body), err)
		}
	}
	if ws, err := s.store.Windows(ctx, c.ID, at(0)); err != nil || len(ws) != 0 {
		s.Errorf("windows: %v, %v", ws, err)
	}
	if again := s.contact(account, "o-secret"); again.ID == c.ID {
		s.Error("the erased contact was found again")
	}
}
