package bot

import (
	"context"
	"time"

	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// settling is one decision in its transaction.
type settling struct {
	*Service
	tx       Tx
	auto     *inbox.Automatic
	settings Settings
	message  Message
	hits     []faq.Hit
	passive  bool
	limit    int // bytes of a text
	thread   Thread
	out      Response
}

// settle decides about a message inside tx: everything the decision stands on
// is read there, and what follows is stored there. last: the entries changed
// too often; then a person answers. The error is errStale when one did.
func (s *Service) settle(ctx context.Context, tx Tx, settings Settings, m Message, hits []faq.Hit, passive, last bool) (Response, error) {
	limit, err := s.maxBytes(ctx, m.AccountID)
	if err != nil {
		return Response{}, err
	}
	d := &settling{Service: s, tx: tx, settings: settings, message: m, hits: hits, passive: passive, limit: limit}
	err = s.inbox.Automatic(ctx, tx, m.TicketID, func(a *inbox.Automatic) error {
		// The ticket is locked: of two that decide at once the second sees this.
		made, err := tx.Response(ctx, m.AccountID, m.ExternalID)
		if desk.CodeOf(err) != desk.NotFound {
			d.out = made
			return err
		}
		d.auto = a
		d.begin(a.Now)
		if err := d.run(ctx); err != errStale || !last { //nolint:errorlint // errStale is never wrapped here
			return err
		}
		d.begin(a.Now)
		return d.handOver(ctx, Unsettled)
	})
	return d.out, err
}

func (d *settling) begin(now time.Time) {
	d.out = Response{
		AccountID: d.message.AccountID, ExternalID: d.message.ExternalID, ContactID: d.message.ContactID, TicketID: d.message.TicketID,
		MessageID: d.message.MessageID, Question: d.message.Text, Details: detailsOf(d.hits), CreatedAt: now, fresh: true,
	}
}

// run decides and does.
func (d *settling) run(ctx context.Context) error {
	gone, err := d.auto.Gone(ctx)
	if err != nil {
		return err
	}
	mark, err := d.auto.Rated(ctx, d.message.MessageID, d.message.Text)
	if err != nil {
		return err
	}
	if !gone && mark != 0 {
		return d.tell(ctx, Rated, ratedText(mark))
	}
	if !gone && d.inbox.AsksProgress(d.message.Text) {
		return d.progress(ctx)
	}
	if d.auto.Ticket.State.Ended() {
		d.out.Question = "" // the person may have been erased
		return d.silent(ctx, TicketEnded)
	}
	if d.thread, err = d.tx.Thread(ctx, d.message.ContactID); err != nil {
		return err
	}
	if d.auto.Ticket.State == inbox.Replied && d.inbox.OnlyThanks(d.message.Text) && !d.votes() {
		return d.silent(ctx, OnlyThanks)
	}
	taken, err := d.auto.Worked(ctx)
	if err != nil {
		return err
	}
	if taken {
		return d.silent(ctx, PersonWorks)
	}
	first, urgent, err := d.auto.Urgent(ctx, d.message.MessageID)
	switch {
	case err != nil:
		return err
	case first:
		return d.handOver(ctx, Sensitive)
	case urgent:
		return d.silent(ctx, UrgentMatter)
	case d.words.crisis.in(d.words.fold(d.message.Text)): // no desk's list needs to have it
		d.auto.Raise(inbox.Urgent)
		d.auto.ToFront()
		return d.handOver(ctx, Sensitive)
	}
	return d.byWords(ctx)
}

// byWords follows what the message says by itself: a choice, a vote, small talk,
// the wish for a person.
func (d *settling) byWords(ctx context.Context) error {
	now, folded := d.auto.Now, d.words.fold(d.message.Text)
	menu := now.Before(d.thread.MenuUntil)
	n, number := d.words.number(d.message.Text, len(d.thread.Menu))
	helpful, vote := d.words.vote(folded)
	switch {
	case number && menu && n >= 1 && n <= len(d.thread.Menu):
		return d.choose(ctx, d.thread.Menu[n-1])
	case number && d.awaitsVote() && (n == 1 || n == 2):
		return d.vote(ctx, n == 1)
	case vote && d.awaitsVote():
		return d.vote(ctx, helpful)
	case number && menu:
		return d.outside(ctx)
	case menu && d.words.noneFits(folded):
		if err := d.ofMenu(ctx); err != nil {
			return err
		}
		return d.handOver(ctx, NoneFits)
	case number || vote || d.words.smallTalk(folded):
		return d.chat(ctx)
	}
	if reason := d.words.reason(d.message.Text); reason != "" {
		return d.handOver(ctx, reason)
	}
	return d.bySearch(ctx)
}

// bySearch follows what the search found.
func (d *settling) bySearch(ctx context.Context) error {
	decision := Decide(d.hits, d.settings.levels())
	if len(d.hits) > 0 {
		d.out.Confidence = d.hits[0].Confidence
	}
	switch decision.Action {
	case Answer:
		hit := decision.Hits[0]
		ok, err := d.tx.MayAnswer(ctx, d.message.AccountID, int64(hit.Entry.ID), hit.Entry.Revision, d.auto.Now)
		if err != nil {
			return err
		}
		if ok {
			return d.answer(ctx, Answer, Confident, hit.Entry)
		}
		return d.refused(ctx, hit)
	case Menu:
		return d.menu(ctx, decision.Hits)
	}
	return d.unsure(ctx, BelowThreshold)
}

// refused is for a hit that may not be given: of another department, or changed
// since the search.
func (d *settling) refused(ctx context.Context, hit faq.Hit) error {
	if !d.settings.serves(hit.Entry.Department) {
		return d.unsure(ctx, OtherOffice)
	}
	return errStale
}

// maxMenus is how many menus in a row may lead nowhere: the first asks to put it
// differently, and who does may get another.
const maxMenus = 2

// menu offers the questions that may be given.
func (d *settling) menu(ctx context.Context, hits []faq.Hit) error {
	var lines []faq.Hit
	for _, h := range hits {
		ok, err := d.tx.MayAnswer(ctx, d.message.AccountID, int64(h.Entry.ID), h.Entry.Revision, d.auto.Now)
		switch {
		case err != nil:
			return err
		case ok:
			lines = append(lines, h)
		case d.settings.serves(h.Entry.Department):
			return errStale
		}
	}
	now := d.auto.Now
	misses := 1
	if now.Before(d.thread.MenuUntil) {
		misses = d.thread.Misses + 1
	}
	text := d.settings.menuText(lines)
	switch {
	case len(lines) == 0:
		return d.unsure(ctx, OtherOffice)
	case misses > maxMenus:
		if err := d.ofMenu(ctx); err != nil {
			return err
		}
		return d.unsure(ctx, TwoMisses)
	case d.limit > 0 && len(text) > d.limit:
		return d.unsure(ctx, TooLong)
	}
	if misses > 1 {
		if err := d.ofMenu(ctx); err != nil {
			return err
		}
	}
	d.out.Action, d.out.Reason = Menu, whyMenu(lines)
	d.out.Details.Topic = d.out.Reason == OnlyNamed
	if err := d.say(ctx, text, faq.Entry{}, false); err != nil {
		return err
	}
	next := Thread{MenuUntil: now.Add(d.settings.menuFor()), Misses: misses}
	for _, h := range lines {
		next.Menu = append(next.Menu, MenuLine{EntryID: h.Entry.ID, Revision: h.Entry.Revision})
	}
	return d.keep(ctx, next)
}

// ofMenu notes which question led to the open menu: it, not the number, the
// 都不是 or the other wording that follows, is what the citizen asked.
func (d *settling) ofMenu(ctx context.Context) error {
	first, err := d.tx.Menu(ctx, d.message.ContactID, d.thread.Misses)
	if desk.CodeOf(err) == desk.NotFound {
		return nil
	}
	d.out.Details.MenuFor = first
	return err
}

// choose answers with a line of the menu, as the entry stands now.
func (d *settling) choose(ctx context.Context, line MenuLine) error {
	if err := d.ofMenu(ctx); err != nil {
		return err
	}
	entry, err := d.tx.Entry(ctx, line.EntryID)
	if err == nil {
		var ok bool
		if ok, err = d.tx.MayAnswer(ctx, d.message.AccountID, int64(entry.ID), entry.Revision, d.auto.Now); err == nil && ok {
			return d.answer(ctx, Choice, Chosen, entry)
		}
	}
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return err
	}
	return d.handOver(ctx, EntryGone)
}

// answer gives the text of an entry that may be given. It answers the ticket
// unless something before it waits for a person.
func (d *settling) answer(ctx context.Context, action Action, reason Reason, e faq.Entry) error {
	text := d.settings.answerText(e, d.limit)
	if text == "" {
		return d.unsure(ctx, TooLong)
	}
	switch blocked, err := d.inbox.Blocked(ctx, text); {
	case err != nil:
		return err
	case blocked:
		return d.unsure(ctx, BlockedText)
	}
	answered, err := d.tx.AnsweredUntil(ctx, d.message.TicketID)
	if err != nil {
		return err
	}
	waits, err := d.tx.Waits(ctx, d.message.TicketID, answered, d.message.MessageID)
	if err != nil {
		return err
	}
	d.out.Action, d.out.Reason = action, reason
	if err := d.say(ctx, text, e, !waits); err != nil {
		return err
	}
	d.auto.Tell(inbox.BotAnswered, d.facts())
	return d.storeAnswer(ctx, text)
}

// storeAnswer stores the response and opens it for a vote if it asks for one.
func (d *settling) storeAnswer(ctx context.Context, text string) error {
	if err := d.tx.AddResponse(ctx, &d.out); err != nil {
		return err
	}
	next := Thread{ContactID: d.message.ContactID, UpdatedAt: d.out.CreatedAt}
	if d.settings.votable(text) {
		next.AnswerID, next.VoteUntil = d.out.ID, d.out.CreatedAt.Add(d.settings.voteFor())
	}
	return d.tx.SaveThread(ctx, next)
}

// unsure hands over, but says so only once until a person has answered.
func (d *settling) unsure(ctx context.Context, reason Reason) error {
	answered, err := d.tx.AnsweredUntil(ctx, d.message.TicketID)
	if err != nil {
		return err
	}
	told, err := d.tx.HandedOver(ctx, d.message.TicketID, answered)
	if err != nil {
		return err
	}
	if told && (reason == BelowThreshold || reason == TwoMisses) {
		return d.silent(ctx, HandedOver)
	}
	if told {
		return d.silent(ctx, reason)
	}
	return d.handOver(ctx, reason)
}

// handOver tells the citizen that a person will answer.
func (d *settling) handOver(ctx context.Context, reason Reason) error {
	d.out.Action, d.out.Reason = HandOver, reason
	return d.toPerson(ctx)
}

func (d *settling) toPerson(ctx context.Context) error {
	text := d.settings.handOverText(d.auto.Ticket.Number, d.pageLine(d.auto.Ticket.Number), d.inbox.Holidays(), d.auto.Now)
	if d.words.crisis.in(d.words.fold(d.message.Text)) {
		text = d.settings.Texts.Crisis
	}
	if err := d.say(ctx, text, faq.Entry{}, false); err != nil {
		return err
	}
	d.auto.Tell(inbox.BotHandedOver, d.facts())
	return d.keep(ctx, Thread{})
}

// silent leaves the message to others.
func (d *settling) silent(ctx context.Context, reason Reason) error {
	d.out.Action, d.out.Reason = Silent, reason
	return d.tx.AddResponse(ctx, &d.out)
}

// say stores a text of the bot in the ticket; an entry's is from it.
func (d *settling) say(ctx context.Context, text string, e faq.Entry, answers bool) error {
	return d.reply(ctx, inbox.AutoReply{
		Text: text, EntryID: int64(e.ID), EntryRevision: e.Revision, Message: d.message.MessageID, Answers: answers, Passive: d.passive,
	}, e)
}

// tell stores a text about the ticket itself, which leaves whatever its state is.
func (d *settling) tell(ctx context.Context, reason Reason, text string) error {
	d.out.Action, d.out.Reason = Courtesy, reason
	err := d.reply(ctx, inbox.AutoReply{Text: text, Message: d.message.MessageID, Passive: d.passive, Desk: true}, faq.Entry{})
	if err != nil {
		return err
	}
	return d.tx.AddResponse(ctx, &d.out) // a menu or a vote stays open
}

func (d *settling) reply(ctx context.Context, in inbox.AutoReply, e faq.Entry) error {
	reply, err := d.auto.Reply(ctx, in)
	if err != nil {
		return err
	}
	text := in.Text
	d.out.Text, d.out.Passive, d.out.ReplyID = text, d.passive, reply.ID
	if e.ID != 0 {
		d.out.EntryID, d.out.Revision = e.ID, e.Revision
	}
	return nil
}

// keep stores the response and where the bot stands with the citizen after it.
func (d *settling) keep(ctx context.Context, next Thread) error {
	if err := d.tx.AddResponse(ctx, &d.out); err != nil {
		return err
	}
	next.ContactID, next.UpdatedAt = d.message.ContactID, d.out.CreatedAt
	return d.tx.SaveThread(ctx, next)
}

// facts are what an event tells of a response.
func (d *settling) facts() map[string]any {
	return map[string]any{
		"reply_id": id(d.out.ReplyID), "entry_id": d.out.EntryID.String(), "revision": d.out.Revision, "reason": d.out.Reason,
		"confidence": d.out.Confidence,
	}
}
