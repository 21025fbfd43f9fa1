package inbox_test

import (
	"slices"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// messagesOf are the ids of the citizens' messages of a ticket.
func messagesOf(t *testing.T, d *inboxtest.Desk, ticket inbox.TicketID) (out []inbox.MessageID) {
	t.Helper()
	for _, m := range d.Timeline(t, ticket).Messages {
		out = append(out, m.ID)
	}
	return out
}

func TestSplitMakesATicketOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li")
		c := d.NewCitizen(account)
		from := c.Says(t, "路灯不亮")
		must(t, s.MarkRead(t.Context(), li, from, d.Head(t)))
		d.Pass(2 * time.Hour)
		asked := d.Now()
		c.Says(t, "还有，身份证怎么补办")
		c.Says(t, "要带照片吗")
		d.Pass(30 * time.Hour)
		all, head, due := messagesOf(t, d, from), d.Head(t), d.Ticket(t, from).DueAt
		made, err := s.Split(t.Context(), li, from, inbox.SplitInput{Messages: all[1:]})
		must(t, err)
		happened(t, d, head, inbox.TicketCreated, inbox.ClockWarned, inbox.ClockWarned, inbox.ClockMissed, inbox.TicketSplit, inbox.TicketSplit, inbox.TicketRelated)
		source, got := d.Ticket(t, from), d.Ticket(t, made)
		if got.State != inbox.New || got.Subject != "还有，身份证怎么补办" || got.Preview != "要带照片吗" || got.MessageCount != 2 || got.Number == source.Number ||
			!got.CreatedAt.Equal(asked) || !got.DueAt.Equal(asked.Add(24*time.Hour)) || !got.Apart || !got.Unread {
			t.Errorf("made %+v", got)
		}
		if source.MessageCount != 1 || !source.DueAt.Equal(due) || said(t, d, from) != "路灯不亮" || said(t, d, made) != "还有，身份证怎么补办 / 要带照片吗" {
			t.Errorf("left %+v: %s", source.Ticket, said(t, d, from))
		}
		if got := related(t, d, li, made); got != "related "+source.Number {
			t.Errorf("related to %s", got)
		}
		if next := c.Says(t, "路灯修好了吗"); next != from || !d.Ticket(t, from).Unread {
			t.Errorf("the next message went to %d", next)
		}
		d.Sweep(t)
		inboxtest.CheckInvariants(t, d, account)

		// Both are answered on their own, and closed and opened beside each other.
		d.Answers(t, li, made, "到派出所补办")
		must(t, s.Close(t.Context(), li, made, ""))
		must(t, s.Reopen(t.Context(), li, made))
		inboxtest.CheckInvariants(t, d, account)
		// Merged again, the next message still finds what goes on.
		must(t, s.Merge(t.Context(), li, from, made))
		if next := c.Says(t, "谢谢，再问一句"); next != made {
			t.Errorf("after the merge the next message went to %d", next)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestSplitOfWhatWasAnswered(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li")
		for _, late := range []bool{false, true} {
			c := d.NewCitizen(account)
			from := c.Says(t, "路灯不亮")
			c.Says(t, "身份证怎么补办")
			if late {
				d.Pass(25 * time.Hour)
			}
			d.Answers(t, li, from, "路灯今晚修；身份证到派出所补办")
			answered := d.Now()
			d.Pass(time.Hour)
			made, err := s.Split(t.Context(), li, from, inbox.SplitInput{Messages: messagesOf(t, d, from)[1:], Answered: true})
			must(t, err)
			got := d.Ticket(t, made)
			if got.State != inbox.Replied || len(got.Clocks) != 1 || !got.Clocks[0].MetAt.Equal(answered) || (got.Clocks[0].State == "missed") != late || !got.DueAt.IsZero() {
				t.Errorf("late %v: %+v", late, got)
			}
			code, err := s.ShowCode(t.Context(), li, made)
			must(t, err)
			if p, err := s.Progress(t.Context(), code.Number, code.Code); err != nil || len(p.Answers) != 1 || !p.AnsweredAt.Equal(answered) {
				t.Errorf("the page shows %+v, %v", p, err)
			}
		}
		// What waited alone leaves nothing to wait for.
		c := d.NewCitizen(account)
		from := c.Says(t, "几点开门")
		d.Answers(t, li, from, "九点")
		c.Says(t, "养老金怎么领")
		_, err := s.Split(t.Context(), li, from, inbox.SplitInput{Messages: messagesOf(t, d, from)[1:], Answered: true})
		refused(t, err, desk.Invalid, "")
		made, err := s.Split(t.Context(), li, from, inbox.SplitInput{Messages: messagesOf(t, d, from)[1:]})
		must(t, err)
		if source, got := d.Ticket(t, from), d.Ticket(t, made); source.State != inbox.Replied || !source.DueAt.IsZero() || got.State != inbox.New || got.DueAt.IsZero() {
			t.Errorf("left %+v, made %+v", source.Ticket, got.Ticket)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// An answer was about what was asked first, unless a person says otherwise.
func TestSplitOfWhatAnAnswerPassedOver(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li")
		c := d.NewCitizen(account)
		from := c.Says(t, "居住证怎么续签")
		c.Says(t, "另外楼下有人占道经营")
		asked := d.Now()
		d.Pass(time.Hour)
		d.Answers(t, li, from, "到派出所续签")
		made, err := s.Split(t.Context(), li, from, inbox.SplitInput{Messages: messagesOf(t, d, from)[1:]})
		must(t, err)
		if got := d.Ticket(t, made); got.State != inbox.New || !got.DueAt.Equal(asked.Add(24*time.Hour)) {
			t.Errorf("made %+v", got)
		}
		inboxtest.CheckInvariants(t, d, account)

		// Both answered, the first merged into it, and that taken back.
		d.Answers(t, li, made, "城管已到现场")
		must(t, s.Merge(t.Context(), li, from, made))
		must(t, s.Undo(t.Context(), li, from))
		if a, b := d.Ticket(t, from), d.Ticket(t, made); a.State != inbox.Replied || a.Apart || b.State != inbox.Replied || !b.Apart {
			t.Errorf("after the undo %+v and %+v", a.Ticket, b.Ticket)
		}
		if next := c.Says(t, "谢谢，还有一事"); next != from {
			t.Errorf("the next message went to %d", next)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestSplitRefuses(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, li := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "li")
		zhao, liaison := d.Staff(t, "zhao", d.AddAccount(t, "区")), d.Liaison(t, "liaison", d.Department(t, "城管局"))
		c := d.NewCitizen(account)
		from, other := c.Says(t, "路灯不亮"), d.NewCitizen(account).Says(t, "停水")
		c.Says(t, "身份证")
		top := c.Comment("post", "", "几点开门")
		comment := d.Receives(t, account, top)
		d.Receives(t, account, c.Comment("post", top.ExternalID, "周末呢"))
		all := messagesOf(t, d, from)
		split := func(by desk.Actor, ticket inbox.TicketID, ids ...inbox.MessageID) error {
			_, err := s.Split(t.Context(), by, ticket, inbox.SplitInput{Messages: ids})
			return err
		}
		unchanged(t, d, func() {
			refused(t, split(li, from, all...), desk.Conflict, "last_message")
			refused(t, split(li, comment, messagesOf(t, d, comment)[1]), desk.Conflict, "comment_thread")
			refused(t, split(li, from, messagesOf(t, d, other)...), desk.Invalid, "")
			refused(t, split(li, from), desk.Invalid, "")
			refused(t, split(zhao, from, all[0]), desk.NotFound, "")
			refused(t, split(liaison, from, all[0]), desk.Forbidden, "")
		})
		d.Submits(t, li, from, "请到窗口")
		unchanged(t, d, func() { refused(t, split(li, from, all[1]), desk.Conflict, "reply_under_way") })
		if !slices.Equal(messagesOf(t, d, from), all) {
			t.Error("messages have left")
		}
	})
}
