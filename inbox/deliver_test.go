package inbox_test

import (
	"slices"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/inboxtest"
)

func TestOutcomesOfADelivery(t *testing.T) {
	tests := []struct {
		outcome channel.Outcome
		state   inbox.ReplyState
		ticket  inbox.State
		again   bool
		events  []string
	}{
		{channel.Sent, inbox.ReplySent, inbox.Replied, false, []string{inbox.DeliveryStarted, inbox.ClockMet, inbox.DeliverySent}},
		{channel.Again, inbox.ReplyApproved, inbox.Open, true, []string{inbox.DeliveryStarted, inbox.DeliveryRetried}},
		{channel.Never, inbox.ReplyFailed, inbox.Open, false, []string{inbox.DeliveryStarted, inbox.DeliveryFailed}},
		{channel.WindowClosed, inbox.ReplyFailed, inbox.Open, false, []string{inbox.DeliveryStarted, inbox.DeliveryFailed}},
		{channel.QuotaUsed, inbox.ReplyFailed, inbox.Open, false, []string{inbox.DeliveryStarted, inbox.DeliveryFailed}},
		{channel.Credentials, inbox.ReplyFailed, inbox.Open, false, []string{inbox.DeliveryStarted, inbox.DeliveryFailed}},
		{channel.NotKnown, inbox.ReplyUnknown, inbox.Open, false, []string{inbox.DeliveryStarted, inbox.DeliveryUnknown}},
		{"of a later version", inbox.ReplyUnknown, inbox.Open, false, []string{inbox.DeliveryStarted, inbox.DeliveryUnknown}},
	}
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		for _, tt := range tests {
			t.Run(string(tt.outcome), func(t *testing.T) {
				ticket := d.NewCitizen(account).Says(t, "问题")
				r := d.Writes(t, staff, ticket, "答复")
				head := d.Head(t)
				a := d.Begins(t, r)
				if got := d.ReplyOf(t, r); got.State != inbox.ReplySending || got.Attempts != 1 {
					t.Errorf("begun: %+v, want sending, attempt 1", got)
				}
				d.Pass(3 * time.Second)
				v, err := d.Service.FinishDelivery(t.Context(), a, channel.Result{
					Outcome: tt.outcome, Code: "45015", Message: "已超过时限", Detail: "rid: 1", RetryAfter: time.Minute, ExternalID: "ext",
				})
				must(t, err)
				if v.Outcome != tt.outcome || v.Again != tt.again || v.Tries != 1 || v.After != time.Minute {
					t.Errorf("verdict = %+v", v)
				}
				happened(t, d, head, tt.events...)
				got, row := d.ReplyOf(t, r), d.Ticket(t, ticket)
				if got.State != tt.state || row.State != tt.ticket {
					t.Errorf("reply %s, ticket %s; want %s, %s", got.State, row.State, tt.state, tt.ticket)
				}
				sent := tt.outcome == channel.Sent
				if sent != got.SentAt.Equal(d.Now()) || sent != (got.ErrorCode == "") || sent != row.DueAt.IsZero() {
					t.Errorf("reply %+v, due %v: only what arrived is an answer", got, row.DueAt)
				}
				if !sent && got.ErrorMessage != "已超过时限" {
					t.Errorf("error %q, want the sentence for staff alone", got.ErrorMessage)
				}
				want := inbox.Delivery{ReplyID: r.ID, Attempt: 1, StartedAt: d.Now().Add(-3 * time.Second), FinishedAt: d.Now(),
					Outcome: tt.outcome, Code: "45015", Message: "已超过时限（rid: 1）", ExternalID: "ext"}
				if all := d.Timeline(t, ticket).Deliveries; len(all) != 1 || all[0] != want {
					t.Errorf("deliveries = %+v, want %+v", all, want)
				}
			})
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// Each approval has its own tries: what was used up before a person sent the
// reply again does not count.
func TestTriesOfOneApproval(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff := d.Staff(t, "小王")
		r := d.Writes(t, staff, d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "问题"), "答复")
		resend := func() {
			t.Helper()
			_, err := d.Service.Resend(t.Context(), staff, r.ID, false)
			must(t, err)
		}
		for round := range 3 {
			for try := 1; try <= 3; try++ {
				if v := d.Delivers(t, r, channel.Again); v.Again != (try < 3) || v.Tries != try {
					t.Fatalf("round %d, try %d: verdict %+v", round, try, v)
				}
			}
			if got := d.ReplyOf(t, r).State; got != inbox.ReplyFailed {
				t.Fatalf("round %d: %s after three tries, want failed", round, got)
			}
			resend()
			d.Delivers(t, r, channel.Never) // one attempt more, so that the rounds begin at odd numbers
			resend()
		}
		if got := d.ReplyOf(t, r).Attempts; got != 12 {
			t.Errorf("%d attempts on record, want all 12", got)
		}
	})
}

func TestMessageDuringTheSendKeepsTheTicketOpen(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		ticket := citizen.Says(t, "第一个问题")
		a := d.Begins(t, d.Writes(t, staff, ticket, "答第一个"))
		d.Pass(time.Second)
		citizen.Says(t, "第二个问题")
		second := d.Now()
		d.Pass(time.Second)
		citizen.Says(t, "第三个问题")
		d.Pass(time.Second)
		head := d.Head(t)
		d.Ends(t, a, channel.Sent)
		happened(t, d, head, inbox.ClockMet, inbox.DeliverySent)
		row := d.Ticket(t, ticket)
		c := clock(t, d, ticket)
		if row.State != inbox.Open || len(row.Clocks) != 2 || c.Name != inbox.NextReply || !c.StartedAt.Equal(second) || !row.DueAt.Equal(second.Add(12*time.Hour)) {
			t.Errorf("ticket is %s, clock %+v; want it open with a next_reply from the second message", row.State, c)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// The desk dies in the middle of a send: nobody knows whether it arrived, and
// nothing sends it again by itself.
func TestInterruptedDeliveryIsUnknown(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		r := d.Writes(t, staff, d.NewCitizen(account).Says(t, "问题"), "答复")
		lost := d.Begins(t, r)
		head := d.Head(t)
		for range 3 {
			if _, ok, err := d.Service.BeginDelivery(t.Context(), r.ID); ok || err != nil {
				t.Fatalf("the task runs again: %v, %v; want nothing to send", ok, err)
			}
		}
		happened(t, d, head, inbox.DeliveryUnknown)
		got := d.ReplyOf(t, r)
		if got.State != inbox.ReplyUnknown || got.ErrorCode != "interrupted" || got.Attempts != 1 {
			t.Errorf("reply = %+v, want unknown after its one attempt", got)
		}
		if row := d.Ticket(t, r.TicketID); row.DueAt.IsZero() || row.State != inbox.Open {
			t.Errorf("ticket is %s, due %v; its clock must run on", row.State, row.DueAt)
		}
		// The late result of the lost attempt changes nothing any more.
		unchanged(t, d, func() {
			if v := d.Ends(t, lost, channel.Again); v.Again {
				t.Errorf("verdict %+v asks to send again", v)
			}
		})
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestResultIsStoredOnce(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		d.Receives(t, account, citizen.Event("x", channel.Effects{Windows: []channel.Window{inboxtest.Window("message", 5, d.Now().Add(48*time.Hour))}}))
		r := d.Writes(t, staff, citizen.Says(t, "问题"), "答复")
		a := d.Begins(t, r)
		d.Ends(t, a, channel.Sent)
		d.Pass(time.Second)
		unchanged(t, d, func() {
			d.Ends(t, a, channel.Sent)
			d.Ends(t, a, channel.Never)
			if _, ok, err := d.Service.BeginDelivery(t.Context(), r.ID); ok || err != nil {
				t.Errorf("a sent reply began again: %v, %v", ok, err)
			}
		})
	})
}

func TestWindowIsDrawnByPrivateRepliesOnly(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		private := citizen.Says(t, "问题")
		comment := d.Receives(t, account, citizen.Comment("post", "", "评论"))
		soon, late := d.Now().Add(time.Minute), d.Now().Add(48*time.Hour)
		d.Receives(t, account, citizen.Event("x", channel.Effects{Windows: []channel.Window{
			inboxtest.Window("menu", 1, soon), inboxtest.Window("message", 5, late), inboxtest.Window("over", 5, d.Now()),
		}}))
		left := func() (out []int) {
			t.Helper()
			all, err := d.Service.Windows(t.Context(), d.Ticket(t, private))
			must(t, err)
			for _, w := range all {
				out = append(out, w.Limit)
			}
			return out
		}
		for _, step := range []struct {
			name string
			send func()
			want []int // message, menu
		}{
			{"a comment's answer", func() { d.Answers(t, staff, comment, "答") }, []int{5, 1}},
			{"a failed reply", func() { d.Delivers(t, d.Writes(t, staff, private, "答"), channel.Never) }, []int{5, 1}},
			{"a reply", func() { d.Answers(t, staff, private, "答") }, []int{5, 0}},
			{"another", func() { d.Answers(t, staff, private, "答") }, []int{4, 0}},
		} {
			if step.send(); !slices.Equal(left(), step.want) {
				t.Errorf("%s: windows have %v left, want %v", step.name, left(), step.want)
			}
		}
	})
}

func TestOutboundHasWhatThePlatformNeeds(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.Citizen(account, "o-openid")
		r := d.Writes(t, staff, citizen.Says(t, "问题"), "私信答复")
		a := d.Begins(t, r)
		want := channel.Outbound{ReplyID: int64(r.ID), Kind: channel.Private, ContactID: "o-openid", Text: "私信答复"}
		if a.Outbound != want || a.AccountID != account || a.Number != 1 || a.ReplyID != r.ID {
			t.Errorf("attempt %+v, want %+v", a, want)
		}
		comment := citizen.Comment("article", "", "评论")
		r = d.Writes(t, staff, d.Receives(t, account, comment), "评论答复")
		out := d.Begins(t, r).Outbound
		if out.Kind != channel.Comment || out.CommentID != comment.ExternalID || out.Post == nil || *out.Post != *comment.Post || out.AIMade {
			t.Errorf("outbound %+v, want the comment %s under %+v", out, comment.ExternalID, comment.Post)
		}
	})
}

// What an LLM wrote is labelled on its way out, and leaves only after a named
// person approved it.
func TestMachineMadeReplyNeedsAPerson(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, boss := d.AddAccount(t, "市政务"), d.Supervisor(t, "主任")
		ticket := d.NewCitizen(account).Says(t, "问题")
		add := func(state inbox.ReplyState) (inbox.Reply, error) {
			r := inbox.Reply{TicketID: ticket, Text: "模型写的", State: state, Origin: inbox.FromLLM, CreatedAt: d.Now(), UpdatedAt: d.Now()}
			err := d.Store().Atomic(t.Context(), func(tx inbox.Tx) error { return tx.AddReply(t.Context(), &r) })
			return r, err
		}
		for _, state := range []inbox.ReplyState{inbox.ReplyApproved, inbox.ReplySending, inbox.ReplySent, inbox.ReplyFailed, inbox.ReplyUnknown} {
			unchanged(t, d, func() {
				if _, err := add(state); err == nil {
					t.Errorf("the database took a machine's reply that is %s without a reviewer", state)
				}
			})
		}
		r := d.Proposes(t, boss, ticket, "模型写的")
		_, err := d.Service.Approve(t.Context(), boss, r.ID, inbox.ApproveInput{})
		must(t, err)
		if a := d.Begins(t, r); !a.Outbound.AIMade || a.Outbound.Text != "模型写的" {
			t.Errorf("outbound %+v, want the approved text with its label", a.Outbound)
		}
	})
}

// The citizen leaves while a reply is on the wire: what the platform refused is
// not tried again at an address that is gone.
func TestCitizenLeavesDuringTheSend(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		for o, want := range map[channel.Outcome]inbox.ReplyState{
			channel.Again: inbox.ReplyFailed, channel.Sent: inbox.ReplySent, channel.NotKnown: inbox.ReplyUnknown,
		} {
			citizen := d.NewCitizen(account)
			r := d.Writes(t, staff, citizen.Says(t, "问题"), "答复")
			a := d.Begins(t, r)
			d.Receives(t, account, citizen.Leave())
			if v := d.Ends(t, a, o); v.Again {
				t.Errorf("%s: verdict %+v", o, v)
			}
			if got := d.ReplyOf(t, r).State; got != want {
				t.Errorf("%s: reply is %s, want %s", o, got, want)
			}
			if got := d.Ticket(t, r.TicketID).State; got != inbox.Ignored {
				t.Errorf("%s: ticket is %s, want ignored", o, got)
			}
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}
