package inbox_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// writes lets a citizen write where the platform lets five messages come back.
func writes(t *testing.T, d *inboxtest.Desk, c *inboxtest.Citizen, text string) inbox.TicketID {
	t.Helper()
	in := c.Message(text)
	in.Effects.Windows = []channel.Window{inboxtest.Window("message", 5, d.Now().Add(48*time.Hour))}
	return d.Receives(t, c.Account, in)
}

// survey is the ticket's newest reply of the desk, once all were asked whose
// tickets were closed.
func survey(t *testing.T, d *inboxtest.Desk, ticket inbox.TicketID) (inbox.Reply, int) {
	t.Helper()
	for _, task := range d.Tasks(t) {
		if task.Kind == inbox.TaskAskRating {
			must(t, d.Service.AskRating(t.Context(), task))
		}
	}
	var last inbox.Reply
	n := 0
	for _, r := range d.Timeline(t, ticket).Replies {
		if r.Origin == inbox.FromDesk {
			last, n = r, n+1
		}
	}
	return last, n
}

func TestRatingOnThePage(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, staff := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		d.SetCitizen(t, account, `{"rate_days":3}`)
		citizen := d.NewCitizen(account)
		ticket := citizen.Says(t, "路灯不亮")
		code, err := s.ShowCode(t.Context(), staff, ticket)
		must(t, err)
		rate := func(m inbox.Mark, words string) error {
			_, err := s.Rate(t.Context(), code.Number, code.Code, inbox.RatingInput{Mark: m, Words: words})
			return err
		}
		unchanged(t, d, func() {
			refused(t, rate(5, ""), desk.Conflict, "not_ratable")
			refused(t, rate(0, ""), desk.Invalid, "")
			refused(t, rate(6, ""), desk.Invalid, "")
			_, err := s.Rate(t.Context(), code.Number, "ZZZZZZ", inbox.RatingInput{Mark: 5})
			refused(t, err, desk.NotFound, "no_ticket")
		})
		d.Answers(t, staff, ticket, "已修好")
		refused(t, rate(5, strings.Repeat("字", 501)), desk.Invalid, "")
		head := d.Head(t)
		must(t, rate(2, " 等了三天 "))
		happened(t, d, head, inbox.TicketRated, inbox.RatingBad)
		d.Pass(24 * time.Hour)
		must(t, rate(4, "后来好了"))
		p, err := s.Progress(t.Context(), code.Number, code.Code)
		must(t, err)
		if r := p.Rating; !p.Ratable || r == nil || r.Mark != 4 || r.Words != "后来好了" || r.Changes != 1 || r.Round != 1 || r.Via != inbox.RatedOnPage {
			t.Errorf("the rating is %+v", r)
		}
		d.Pass(48 * time.Hour)
		refused(t, rate(5, ""), desk.Conflict, "not_ratable")
		// Taken up again and answered, it is another round.
		citizen.Says(t, "又不亮了")
		refused(t, rate(1, ""), desk.Conflict, "not_ratable")
		d.Pass(time.Hour)
		d.Answers(t, staff, ticket, "又修好了")
		must(t, rate(1, "一直坏"))
		if p, err = s.Progress(t.Context(), code.Number, code.Code); err != nil || p.Rating.Round != 2 || p.Rating.Mark != 1 || p.Rating.Changes != 0 {
			t.Errorf("the second round: %+v, %v", p.Rating, err)
		}
		inboxtest.CheckInvariants(t, d, account)
		d.Receives(t, account, citizen.Leave())
		for _, line := range d.Dump(t) {
			for _, words := range []string{"等了三天", "后来好了", "一直坏"} {
				if strings.Contains(line, words) {
					t.Errorf("still there: %s", line)
				}
			}
		}
	})
}

func TestSurvey(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, staff := d.Service, d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		d.SetCitizen(t, account, `{"survey":"close","rate_days":3}`)
		citizen := d.NewCitizen(account)
		ticket := writes(t, d, citizen, "路灯不亮")
		d.Answers(t, staff, ticket, "已修好")
		d.Pass(time.Minute)
		must(t, s.Close(t.Context(), staff, ticket, ""))
		asked, n := survey(t, d, ticket)
		if n != 1 || asked.State != inbox.ReplyApproved || asked.Answers || !strings.Contains(asked.Text, "5 非常满意") {
			t.Fatalf("%d surveys: %+v", n, asked)
		}
		a := d.Begins(t, asked)
		if a.Outbound.Menu == nil || len(a.Outbound.Menu.Items) != 5 || a.Outbound.Menu.Items[0].Text != "非常满意" {
			t.Fatalf("leaves as %+v", a.Outbound)
		}
		d.Ends(t, a, channel.Sent)
		row := d.Ticket(t, ticket)
		if row.State != inbox.Closed || !row.DueAt.IsZero() {
			t.Errorf("the survey changed the ticket: %+v", row.Ticket)
		}
		// The tap, and the number, give a mark and nothing else.
		tap := func(item channel.MenuItem) channel.Inbound {
			in := citizen.Message(item.Text)
			in.Data = []byte(`{"menu_id":"` + strconv.FormatInt(item.ID, 10) + `"}`)
			return in
		}
		head := d.Head(t)
		d.Receives(t, account, tap(a.Outbound.Menu.Items[3]))
		happened(t, d, head, inbox.MessageReceived, inbox.TicketRated, inbox.RatingBad)
		head = d.Head(t)
		citizen.Says(t, "５分")
		happened(t, d, head, inbox.MessageReceived, inbox.TicketRated)
		after := d.Ticket(t, ticket)
		if after.State != inbox.Closed || !after.DueAt.IsZero() || len(after.Clocks) != len(row.Clocks) || after.MessageCount != 3 {
			t.Errorf("a mark changed the ticket: %+v", after.Ticket)
		}
		code, err := s.ShowCode(t.Context(), staff, ticket)
		must(t, err)
		if p, err := s.Progress(t.Context(), code.Number, code.Code); err != nil || p.Rating.Mark != 5 || p.Rating.Changes != 1 || p.Rating.Via != inbox.RatedInChat {
			t.Errorf("the rating: %+v, %v", p.Rating, err)
		}
		inboxtest.CheckInvariants(t, d, account)
		// Closed once more in the same round: not asked again.
		must(t, s.Reopen(t.Context(), staff, ticket))
		must(t, s.Close(t.Context(), staff, ticket, "误开"))
		if _, n := survey(t, d, ticket); n != 1 {
			t.Errorf("asked %d times about one round", n)
		}
		// Another person's tap of that menu is a message as any other; so is a line of nothing.
		other := d.NewCitizen(account)
		in := tap(a.Outbound.Menu.Items[0])
		in.ContactID = other.ID
		head = d.Head(t)
		d.Receives(t, account, in)
		if got := d.Happened(t, head); !slices.Contains(got, inbox.TicketCreated) || slices.Contains(got, inbox.TicketRated) {
			t.Errorf("another person's tap: %v", got)
		}
		// After the days a tap says nothing, and still opens nothing.
		d.Pass(4 * 24 * time.Hour)
		head = d.Head(t)
		d.Receives(t, account, tap(a.Outbound.Menu.Items[4]))
		happened(t, d, head, inbox.MessageReceived)
		// A number long after is no longer meant for it.
		head = d.Head(t)
		citizen.Says(t, "1")
		if got := d.Happened(t, head); slices.Contains(got, inbox.TicketRated) {
			t.Errorf("a late number: %v", got)
		}
	})
}

// Nobody is asked where the account does not, where nothing was answered, or where
// the platform lets nothing go; a survey that does not arrive bothers nobody.
func TestNoSurvey(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, quiet, staff := d.Service, d.AddAccount(t, "市政务"), d.AddAccount(t, "不问"), d.Staff(t, "小王")
		d.SetCitizen(t, account, `{"survey":"close"}`)
		closes := func(ticket inbox.TicketID, reason string) int {
			t.Helper()
			must(t, s.Close(t.Context(), staff, ticket, reason))
			_, n := survey(t, d, ticket)
			return n
		}
		off := writes(t, d, d.NewCitizen(quiet), "一")
		d.Answers(t, staff, off, "答")
		unanswered := writes(t, d, d.NewCitizen(account), "二")
		shut := writes(t, d, d.NewCitizen(account), "三")
		d.Answers(t, staff, shut, "答")
		comment := d.Receives(t, account, d.NewCitizen(account).Comment("p", "", "四"))
		d.Answers(t, staff, comment, "答")
		if n := closes(off, "") + closes(unanswered, "不用答复") + closes(comment, ""); n != 0 {
			t.Errorf("%d surveys where there is nothing to ask", n)
		}
		d.Pass(49 * time.Hour)
		if n := closes(shut, ""); n != 0 {
			t.Error("asked outside the send window")
		}
		for _, how := range []channel.Outcome{channel.Never, channel.NotKnown, channel.QuotaUsed} {
			ticket := writes(t, d, d.NewCitizen(account), "五")
			d.Answers(t, staff, ticket, "答")
			if closes(ticket, "") != 1 {
				t.Fatal("not asked")
			}
			asked, _ := survey(t, d, ticket)
			d.Delivers(t, asked, how)
			if got := d.ReplyOf(t, asked).State; got != inbox.ReplyCancelled {
				t.Errorf("after %s the survey is %s", how, got)
			}
		}
		if trouble, err := s.Trouble(t.Context(), desk.System()); err != nil || len(trouble.Replies) != 0 {
			t.Errorf("trouble %+v, %v", trouble.Replies, err)
		}
		// Reopened before it left: it does not leave.
		ticket := writes(t, d, d.NewCitizen(account), "六")
		d.Answers(t, staff, ticket, "答")
		closes(ticket, "")
		must(t, s.Reopen(t.Context(), staff, ticket))
		asked, _ := survey(t, d, ticket)
		if _, ok, err := s.BeginDelivery(t.Context(), asked.ID); err != nil || ok || d.ReplyOf(t, asked).State != inbox.ReplyCancelled {
			t.Errorf("a survey of a reopened ticket leaves: %v, %v", ok, err)
		}
	})
}
