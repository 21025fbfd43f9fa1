package inbox

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// A citizen who wrote twice about one matter has two tickets; a person merges
// one into the other, and that one goes on. What walks where:
//
// Only tickets of one contact, which is of one account, in one conversation are
// merged, so that what is answered reaches who asked where they asked: two
// private tickets, or two comments under one article as long as nobody else wrote
// under the one that ends. Another citizen's question about the same matter is a
// relation.
//
// All messages of the ticket that ends walk with their files, and so do its
// replies, notes, drafts and findings and the relations it has: they are read in
// the other as one time-line, for both are ordered by when they came. Its own
// clocks walk too. Of two open ones the one goes on that runs, or whose deadline
// comes first; the other is cancelled, after it has told what it missed. So a
// deadline never moves away, and a missed one counts for what is left. Tags are
// those of both; the more urgent priority, the front of the queue and the first
// who has the ticket, the own one before, stay.
//
// The ticket that goes on stands where the two stood further from their end: one
// that waits before one that is answered, and of two that have ended as the one
// that ended last. If it had ended and the other waits it is taken up again.
//
// What cannot walk refuses the merge: a reply in review or on its way, and what a
// department has or had, which belongs to the ticket it was given (the other way
// round it is possible). What a citizen said of an answer stays with the ticket
// and its figures, and so do its story and its code.
//
// The ticket that ends is Merged, for good: nothing changes it any more, and its
// number, its code and the citizen's next message lead to the other. In the
// reports the two are one, received when the first of them was.

// TicketWas is what a merge changes of a ticket.
type TicketWas struct {
	State         State
	ClosedAt      time.Time
	ClosingReason string
	AssigneeID    int64
	Priority      Priority
	Tags          []string
	Category      string
	Preview       string
	LastMessageAt time.Time
	MessageCount  int
	Answered      bool
	Apart         bool
	AnsweredBy    ReplyID
	InFront       bool
	SnoozedUntil  time.Time
	SnoozedBy     int64
}

func (t *Ticket) was() TicketWas {
	return TicketWas{
		t.State, t.ClosedAt, t.ClosingReason, t.AssigneeID, t.Priority, append([]string{}, t.Tags...), t.Category, t.Preview,
		t.LastMessageAt, t.MessageCount, t.Answered, t.Apart, t.AnsweredBy, t.InFront, t.SnoozedUntil, t.SnoozedBy,
	}
}

func (t *Ticket) putBack(w TicketWas) {
	t.State, t.ClosedAt, t.ClosingReason = w.State, w.ClosedAt, w.ClosingReason
	t.AssigneeID, t.Priority, t.Tags, t.Category = w.AssigneeID, w.Priority, w.Tags, w.Category
	t.Preview, t.LastMessageAt, t.MessageCount = w.Preview, w.LastMessageAt, w.MessageCount
	t.Answered, t.Apart, t.AnsweredBy = w.Answered, w.Apart, w.AnsweredBy
	t.InFront, t.SnoozedUntil, t.SnoozedBy = w.InFront, w.SnoozedUntil, w.SnoozedBy
}

// same compares as it is stored: a time read back has another form.
func (w TicketWas) same(v TicketWas) bool {
	a, err := json.Marshal(w)
	b, err2 := json.Marshal(v)
	return err == nil && err2 == nil && bytes.Equal(a, b)
}

// MergeUndo is what taking a merge back needs beside the Undo of the ticket that
// ended.
type MergeUndo struct {
	Into      TicketID
	From      TicketWas // the ticket that ended
	Target    TicketWas // the one that went on
	Became    TicketWas // that one, after the merge
	Moved     Moved
	Relations []Relation // the ended ticket's
	Added     []TicketID // that the other got a relation with
}

// Moved names the rows that walked from one ticket to another, by what they are;
// only the store reads it.
type Moved map[string][]int64

type mergeTx interface {
	// MoveAll gives what belongs to a ticket to another, and the tickets that were
	// merged into it; both are locked, and only one has an open clock.
	MoveAll(ctx context.Context, from, to TicketID) (Moved, error)
	// MoveBack takes that back.
	MoveBack(ctx context.Context, m Moved, to TicketID) error
	// Unread lets nobody have read more messages of a ticket than it has.
	Unread(ctx context.Context, id TicketID) error
	// Guests reports whether somebody else than the ticket's contact wrote in it.
	Guests(ctx context.Context, id TicketID) (bool, error)
}

// lockBoth locks two tickets the actor may see, in the order of their ids as
// everybody does.
func lockBoth(ctx context.Context, tx Tx, actor desk.Actor, one, other TicketID) (a, b *Ticket, err error) {
	if a, err = lockTicket(ctx, tx, actor, min(one, other)); err != nil {
		return nil, nil, err
	}
	if b, err = lockTicket(ctx, tx, actor, max(one, other)); err != nil {
		return nil, nil, err
	}
	if one > other {
		a, b = b, a
	}
	return a, b, nil
}

// Merge ends a ticket and lets another go on with all it had; see above. What
// does not belong together is a Conflict: "other_contact", "other_conversation",
// "other_people", "contact_erased"; what cannot walk too: "reply_under_way",
// "escalated", "too_many_tags", "too_many_relations"; and "ticket_merged".
func (s *Service) Merge(ctx context.Context, actor desk.Actor, from, into TicketID) error {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return err
	}
	if from == into {
		return desk.InvalidField("into_id", "工单不能并入自己")
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		b, a, err := lockBoth(ctx, tx, actor, from, into)
		if err != nil {
			return err
		}
		m := &merge{s: s, tx: tx, actor: actor, from: b, into: a, now: s.time()}
		if err := m.allowed(ctx); err != nil {
			return err
		}
		return m.run(ctx)
	})
}

// merge is one under way, of two locked tickets.
type merge struct {
	s          *Service
	tx         Tx
	actor      desk.Actor
	from, into *Ticket
	now        time.Time
	undo       Undo
	events     []desk.Event
}

// allowed says why the two cannot be merged.
func (m *merge) allowed(ctx context.Context) error {
	from, into := m.from, m.into
	no := func(reason, format string, args ...any) error {
		return desk.Errorf(desk.Conflict, format, args...).WithReason(reason)
	}
	if err := unmerged(ctx, m.tx, from); err != nil {
		return err
	}
	if err := unmerged(ctx, m.tx, into); err != nil {
		return err
	}
	if from.AccountID != into.AccountID || from.ContactID != into.ContactID {
		return no("other_contact", "只有同一账号下同一市民的工单才能合并；别人问的同一件事，请标为相关工单")
	}
	if from.Kind != into.Kind || from.PostID != into.PostID {
		return no("other_conversation", "两件工单不在同一处对话，答复到不了另一处，不能合并；可标为相关工单")
	}
	if from.Kind == channel.Comment {
		guests, err := m.tx.Guests(ctx, from.ID)
		if err != nil {
			return err
		}
		if guests {
			return no("other_people", "工单 %s 的评论下还有别人发言，不能并入；可标为相关工单", from.Number)
		}
	}
	to, err := m.tx.Address(ctx, from)
	if err != nil {
		return err
	}
	if to.Contact.Erased {
		return no("contact_erased", "市民资料已删除，工单不能合并")
	}
	if len(from.Departments) > 0 {
		return no("escalated", "工单 %s 转办过，承办单位的办理记录不能并入；可反过来把 %s 并入它，或标为相关工单", from.Number, into.Number)
	}
	return idle(ctx, m.tx, from, m.now)
}

// run merges.
func (m *merge) run(ctx context.Context) error {
	from, into := m.from, m.into
	undo := MergeUndo{Into: into.ID, From: from.was(), Target: into.was()}
	m.undo = Undo{TicketID: from.ID, By: m.actor.UserID, Did: TicketMerged, At: m.now, Became: Merged, Merge: &undo}
	var err error
	if m.undo.After, err = m.tx.Head(ctx); err != nil {
		return err
	}
	kept, err := m.clocks(ctx)
	if err != nil {
		return err
	}
	if undo.Relations, undo.Added, err = m.relations(ctx); err != nil {
		return err
	}
	if undo.Moved, err = m.tx.MoveAll(ctx, from.ID, into.ID); err != nil {
		return err
	}
	messages := from.MessageCount
	if err := m.join(kept); err != nil {
		return err
	}
	if err := from.move(Merged, m.now); err != nil {
		return err
	}
	from.MergedInto, from.MessageCount = into.ID, 0
	undo.Became = into.was()
	from.UpdatedAt, into.UpdatedAt = m.now, m.now
	for _, t := range []*Ticket{from, into} { // the one that ends before: one private ticket is open
		if err := m.tx.SaveTicket(ctx, t); err != nil {
			return err
		}
	}
	if err := m.tx.SaveUndo(ctx, m.undo); err != nil {
		return err
	}
	m.events = append(m.events,
		fact(TicketMerged, from, m.actor, m.now, map[string]any{"into_id": id(into.ID), "into_number": into.Number, "messages": messages}),
		fact(TicketMerged, into, m.actor, m.now, map[string]any{"from_id": id(from.ID), "from_number": from.Number, "messages": messages}))
	return m.tx.Record(ctx, m.events...)
}

// clocks brings both tickets' own clocks to now and cancels the one of two that
// does not go on. It returns the one that does, nil for none.
func (m *merge) clocks(ctx context.Context) (*Clock, error) {
	of := func(t *Ticket) (*Clock, error) {
		c, err := openClock(ctx, m.tx, t)
		if err != nil || c == nil {
			return nil, err
		}
		told, err := m.s.advance(t, c, m.now)
		if err != nil {
			return nil, err
		}
		m.events = append(m.events, told...)
		return c, m.tx.SaveClock(ctx, c)
	}
	theirs, err := of(m.from)
	if err != nil {
		return nil, err
	}
	own, err := of(m.into)
	if err != nil || theirs == nil || own == nil {
		return either(own, theirs), err
	}
	kept, lost, owner := own, theirs, m.from
	if theirs.before(own) {
		kept, lost, owner = theirs, own, m.into
	}
	m.undo.Clocks = []StoppedClock{{lost.ID, lost.State, lost.NextAt, lost.Pause}}
	told, err := m.s.endClock(ctx, m.tx, owner, lost, m.now, func(c sla.Clock) sla.Clock { return c.Cancel(m.now) })
	m.events = append(m.events, told...)
	return kept, err
}

// either is the first of two that is one.
func either(a, b *Clock) *Clock {
	if a != nil {
		return a
	}
	return b
}

// before reports whether of two open clocks c is the one that must go on: it
// runs and the other does not, or its time is over first.
func (c *Clock) before(o *Clock) bool {
	if still := c.State == sla.Paused; still != (o.State == sla.Paused) {
		return !still
	}
	if c.State == sla.Paused {
		return c.DueAt.Sub(c.Pause.At) < o.DueAt.Sub(o.Pause.At)
	}
	return c.DueAt.Before(o.DueAt)
}

// join gives the ticket that goes on what the other had.
func (m *merge) join(kept *Clock) error {
	from, into := m.from, m.into
	waited := into.State.Waits()
	if from.State.Waits() {
		m.events = append(m.events, into.wake(m.actor, wokenByMerge, m.now)...)
	}
	if into.AssigneeID == 0 && from.AssigneeID != 0 {
		into.AssigneeID = from.AssigneeID
		m.events = append(m.events, fact(TicketAssigned, into, m.actor, m.now, map[string]any{"from": "0", "to": id(into.AssigneeID)}))
	}
	switch {
	case from.liveness() > into.liveness(), from.State.Ended() && into.State.Ended() && from.ClosedAt.After(into.ClosedAt):
		// No move of a state: the two are one, which stood there already.
		into.State, into.ClosedAt, into.ClosingReason = from.State, from.ClosedAt, from.ClosingReason
	}
	if into.State == New || into.State == Open {
		into.State = into.working()
	}
	if into.State.Waits() && !waited {
		m.events = append(m.events, fact(TicketReopened, into, m.actor, m.now, nil))
	}
	tags := slices.Clone(into.Tags)
	for _, tag := range from.Tags {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	if len(tags) > maxTags {
		return desk.Errorf(desk.Conflict, "两件工单的标签合起来超过 %d 个，请先删去几个", maxTags).WithReason("too_many_tags")
	}
	into.Tags, into.Priority, into.Answered = tags, max(into.Priority, from.Priority), into.Answered || from.Answered
	// The citizen's next message found one that had not ended: it finds this one.
	into.Apart = into.Apart && (from.Apart || from.State.Ended())
	if into.AnsweredBy == 0 {
		into.AnsweredBy = from.AnsweredBy
	}
	if into.Category == "" {
		into.Category = from.Category
	}
	if from.LastMessageAt.After(into.LastMessageAt) {
		into.Preview, into.LastMessageAt = from.Preview, from.LastMessageAt
	}
	into.MessageCount += from.MessageCount
	inFront := into.InFront || from.InFront
	from.DueAt, from.Paused, from.InFront = time.Time{}, false, false
	if kept != nil {
		kept.shown(into)
	}
	into.InFront = inFront && into.clocked()
	return nil
}

// liveness orders states by how far they are from the end.
func (t *Ticket) liveness() int {
	switch {
	case t.State.Waits():
		return 2
	case t.State == Replied:
		return 1
	}
	return 0
}

// relations gives the relations of the ticket that ends to the other.
func (m *merge) relations(ctx context.Context) (all []Relation, added []TicketID, err error) {
	if all, err = m.tx.Relations(ctx, m.from.ID); err != nil || len(all) == 0 {
		return nil, nil, err
	}
	own, err := m.tx.Relations(ctx, m.into.ID)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range all {
		if err := m.tx.DropRelation(ctx, m.from.ID, r.OtherID); err != nil {
			return nil, nil, err
		}
		has := func(o Relation) bool { return o.OtherID == r.OtherID }
		if r.OtherID == m.into.ID || slices.ContainsFunc(own, has) {
			continue
		}
		added = append(added, r.OtherID)
		walked := r
		walked.TicketID = m.into.ID
		if err := m.tx.SaveRelation(ctx, walked); err != nil {
			return nil, nil, err
		}
	}
	if len(own)+len(added) > maxRelations {
		return nil, nil, desk.Errorf(desk.Conflict, "一个工单最多关联 %d 个工单", maxRelations).WithReason("too_many_relations")
	}
	return all, added, nil
}

// unmerged is nil unless the ticket was merged into another, whose number it
// tells.
func unmerged(ctx context.Context, tx Tx, t *Ticket) error {
	if t.State != Merged {
		return nil
	}
	into, err := tx.Standing(ctx, t.MergedInto)
	if err != nil {
		return err
	}
	return desk.Errorf(desk.Conflict, "工单已并入 %s，请在该工单中处理", into.Number).WithReason("ticket_merged")
}

// mergeStops are the events on the ticket that went on after which a merge is
// not taken back, beside what MergeUndo.Became compares.
var mergeStops = []string{
	MessageReceived, NoteAdded, ReplyCreated, ReplySubmitted, ReplyProposed, ReplyRequeued, DeliveryStarted, DeliverySent, TicketClosed, TicketIgnored, TicketRated,
	EscalationDispatched, EscalationReworked, EscalationAnswered, ClockPaused, ClockResumed, ClockPostponed, ClockDropped, ContactErased, ContactSubscribed, ContactLeft,
	TicketRelated, TicketUnrelated, TicketSplit,
}

// unmerge takes back a merge that the actor has just made: both tickets stand
// where they stood, each with its own. It is a Conflict as with Undo.
func (s *Service) unmerge(ctx context.Context, actor desk.Actor, from, into TicketID) error {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		b, a, err := lockBoth(ctx, tx, actor, from, into)
		if err != nil {
			return err
		}
		now := s.time()
		u, err := s.undo(ctx, tx, actor, b, now)
		if err != nil {
			return err
		}
		m := u.Merge
		moved, err := tx.MovedSince(ctx, a.ID, u.After, mergeStops)
		if err != nil {
			return err
		}
		if m == nil || m.Into != a.ID || moved || !m.Became.same(a.was()) {
			return undoMoved()
		}
		if err := s.parted(ctx, tx, u, b, a); err != nil {
			return err
		}
		b.UpdatedAt, a.UpdatedAt = now, now
		for _, t := range []*Ticket{a, b} { // one private ticket is open
			if err := tx.SaveTicket(ctx, t); err != nil {
				return err
			}
		}
		if err := tx.DropUndo(ctx, b.ID); err != nil {
			return err
		}
		return tx.Record(ctx,
			fact(TicketUnmerged, b, actor, now, map[string]any{"into_id": id(a.ID), "into_number": a.Number}),
			fact(TicketUnmerged, a, actor, now, map[string]any{"from_id": id(b.ID), "from_number": b.Number}))
	})
}

// parted gives each of two merged tickets its own again.
func (s *Service) parted(ctx context.Context, tx Tx, u Undo, from, into *Ticket) error {
	if err := tx.MoveBack(ctx, u.Merge.Moved, from.ID); err != nil {
		return err
	}
	if err := tx.Unread(ctx, into.ID); err != nil {
		return err
	}
	for _, was := range u.Clocks {
		c, err := tx.Clock(ctx, was.ID)
		if err != nil {
			return err
		}
		if err := restart(ctx, tx, c, was, u.At); err != nil {
			return err
		}
	}
	for _, other := range u.Merge.Added {
		if err := tx.DropRelation(ctx, into.ID, other); err != nil {
			return err
		}
	}
	for _, r := range u.Merge.Relations {
		if err := tx.SaveRelation(ctx, r); err != nil {
			return err
		}
	}
	from.MergedInto = 0
	for t, was := range map[*Ticket]TicketWas{from: u.Merge.From, into: u.Merge.Target} {
		t.putBack(was)
		t.DueAt, t.Paused = time.Time{}, false
		c, err := tx.OpenClock(ctx, t.ID, 0)
		switch {
		case desk.CodeOf(err) == desk.NotFound:
			t.InFront = false
		case err != nil:
			return err
		default:
			c.shown(t)
		}
	}
	return nil
}
