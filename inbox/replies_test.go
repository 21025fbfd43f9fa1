package inbox_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

func TestReplyIsStoredWithItsTask(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff := d.Staff(t, "小王")
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "居住证怎么办理")
		head := d.Head(t)
		r := d.Writes(t, staff, ticket, "  请携带身份证到窗口办理 \n")
		happened(t, d, head, inbox.TicketAssigned, inbox.ReplyCreated)
		if r.Text != "请携带身份证到窗口办理" || r.State != inbox.ReplyApproved || r.Origin != inbox.FromStaff || r.AuthorID != staff.UserID {
			t.Errorf("reply = %+v", r)
		}
		if got := d.ReplyOf(t, r); got != r {
			t.Errorf("stored reply %+v, returned %+v", got, r)
		}
		row := d.Ticket(t, ticket)
		if row.State != inbox.Open || row.AssigneeID != staff.UserID || row.AssigneeName != "小王" || row.DueAt.IsZero() {
			t.Errorf("ticket is %s of %q, due %v; want open, of the author, its clock running until the delivery", row.State, row.AssigneeName, row.DueAt)
		}
		tasks := d.Tasks(t)
		if len(tasks) != 1 || tasks[0].Kind != inbox.TaskSendReply || tasks[0].Key != idText(r.ID) {
			t.Errorf("tasks = %+v, want the sending of reply %d", tasks, r.ID)
		}
	})
}

func TestReplyFromTheLibraryCountsItsUse(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff := d.Staff(t, "小王")
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "居住证怎么办理")
		r, err := d.Service.Reply(t.Context(), staff, ticket, inbox.ReplyInput{
			Text: "标准答复", EntryID: 12, EntryRevision: 3, SeenEvent: d.Head(t),
		})
		must(t, err)
		if r.Origin != inbox.FromFAQ || r.EntryID != 12 || r.EntryRevision != 3 {
			t.Errorf("reply = %+v, want it from entry 12, revision 3", r)
		}
		for _, task := range d.Tasks(t) {
			if task.Kind == inbox.TaskEntryUsed {
				t.Error("an answer counts as used when it arrived, not before")
			}
		}
		d.Delivers(t, r, channel.Sent)
		tasks := d.Tasks(t)
		last := tasks[len(tasks)-1]
		if last.Kind != inbox.TaskEntryUsed || last.Key != idText(r.ID) || string(last.Payload) != `{"entry_id":12}` {
			t.Errorf("task %s %s %s, want faq.used of the reply with its entry", last.Kind, last.Key, last.Payload)
		}
	})
}

func TestReplyIsRefusedWhenTheThreadMoved(t *testing.T) {
	tests := []struct {
		name    string
		between func(t *testing.T, d *inboxtest.Desk, c *inboxtest.Citizen, ticket inbox.TicketID, me, other desk.Actor)
		moved   bool
	}{
		{"nothing happened", func(*testing.T, *inboxtest.Desk, *inboxtest.Citizen, inbox.TicketID, desk.Actor, desk.Actor) {}, false},
		{"a newer message", func(t *testing.T, _ *inboxtest.Desk, c *inboxtest.Citizen, _ inbox.TicketID, _, _ desk.Actor) {
			c.Says(t, "补充")
		}, true},
		{"a colleague replied", func(t *testing.T, d *inboxtest.Desk, _ *inboxtest.Citizen, id inbox.TicketID, _, other desk.Actor) {
			d.Writes(t, other, id, "我来答")
		}, true},
		{"a colleague handed a reply in", func(t *testing.T, d *inboxtest.Desk, _ *inboxtest.Citizen, id inbox.TicketID, _, other desk.Actor) {
			d.Submits(t, other, id, "我来答")
		}, true},
		{"the colleague's reply arrived", func(t *testing.T, d *inboxtest.Desk, _ *inboxtest.Citizen, id inbox.TicketID, _, other desk.Actor) {
			d.Answers(t, other, id, "我来答")
		}, true},
		{"it went to a department", func(t *testing.T, d *inboxtest.Desk, _ *inboxtest.Citizen, id inbox.TicketID, _, other desk.Actor) {
			d.Dispatches(t, other, id, d.Department(t, "户籍"))
		}, true},
		{"it was closed and reopened", func(t *testing.T, d *inboxtest.Desk, _ *inboxtest.Citizen, id inbox.TicketID, _, other desk.Actor) {
			must(t, d.Service.Close(t.Context(), other, id, "电话已答复"))
			must(t, d.Service.Reopen(t.Context(), other, id))
		}, true},
		{"I read it", func(t *testing.T, d *inboxtest.Desk, _ *inboxtest.Citizen, id inbox.TicketID, me, _ desk.Actor) {
			must(t, d.Service.MarkRead(t.Context(), me, id, d.Head(t)))
		}, false},
		{"a note, a priority, tags, an assignment, a warning", func(t *testing.T, d *inboxtest.Desk, _ *inboxtest.Citizen, id inbox.TicketID, me, other desk.Actor) {
			_, err := d.Service.AddNote(t.Context(), other, id, "已电话联系")
			must(t, err)
			must(t, d.Service.Prioritize(t.Context(), other, id, inbox.High))
			must(t, d.Service.Tag(t.Context(), other, id, []string{"户籍"}))
			must(t, d.Service.Assign(t.Context(), other, id, me.UserID))
			d.Pass(13 * time.Hour)
			d.Sweep(t)
		}, false},
		{"another ticket moved", func(t *testing.T, d *inboxtest.Desk, c *inboxtest.Citizen, _ inbox.TicketID, _, _ desk.Actor) {
			d.NewCitizen(c.Account).Says(t, "别的事")
		}, false},
	}
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, me, other := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Staff(t, "小李")
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				citizen := d.NewCitizen(account)
				ticket := citizen.Says(t, "居住证怎么办理")
				seen := d.Ticket(t, ticket).LastEvent
				tt.between(t, d, citizen, ticket, me, other)
				reply := func() error {
					_, err := d.Service.Reply(t.Context(), me, ticket, inbox.ReplyInput{Text: "答复", SeenEvent: seen})
					return err
				}
				if !tt.moved {
					must(t, reply())
					return
				}
				unchanged(t, d, func() { refused(t, reply(), desk.Conflict, "thread_moved") })
			})
		}
	})
}

// TestReviewGoesBackToTheDepartment: a reply that is not approved leaves the
// ticket with the department that had it, and only then.
func TestReviewGoesBackToTheDepartment(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, staff, boss := t.Context(), d.Staff(t, "小王"), d.Supervisor(t, "赵主任")
		citizen, police := d.NewCitizen(d.AddAccount(t, "市政务")), d.Department(t, "公安")
		ticket := citizen.Says(t, "居住证怎么办理")
		state := func(what string, want inbox.State) {
			t.Helper()
			if got := d.Ticket(t, ticket).State; got != want {
				t.Errorf("%s: the ticket is %s, want %s", what, got, want)
			}
		}
		given := d.Dispatches(t, staff, ticket, police)
		_, err := d.Service.Reject(ctx, boss, d.Submits(t, staff, ticket, "答复").ID, "请补充依据")
		must(t, err)
		state("rejected", inbox.WithDepartment)
		_, err = d.Service.CancelReply(ctx, staff, d.Submits(t, staff, ticket, "答复").ID)
		must(t, err)
		state("withdrawn", inbox.WithDepartment)
		d.Answers(t, staff, ticket, "正在核实，请稍候")
		state("a word in between", inbox.WithDepartment)
		citizen.Says(t, "还要什么")
		must(t, d.Service.AnswerEscalation(ctx, d.Liaison(t, "警", police), given.ID, "请携带身份证"))
		_, err = d.Service.Reject(ctx, boss, d.Submits(t, staff, ticket, "答复").ID, "请补充依据")
		must(t, err)
		state("rejected after the department's part was over", inbox.Open)
	})
}

// TestSeenEventOfTheFuture: who names an event that has not happened would
// answer past everything that does.
func TestSeenEventOfTheFuture(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff, citizen := d.Staff(t, "小王"), d.NewCitizen(d.AddAccount(t, "市政务"))
		ticket := citizen.Says(t, "居住证怎么办理")
		reply := func(seen int64) error {
			_, err := d.Service.Reply(t.Context(), staff, ticket, inbox.ReplyInput{Text: "答复", SeenEvent: seen})
			return err
		}
		unchanged(t, d, func() { refused(t, reply(d.Head(t)+1), desk.Invalid, "") })
		d.NewCitizen(citizen.Account).Says(t, "别的事")
		must(t, reply(d.Head(t)))
	})
}

func TestReplyLimits(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff := d.Staff(t, "小王")
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "居住证怎么办理")
		for _, tt := range []struct {
			name   string
			limits channel.Limits
			text   string
			ok     bool
		}{
			{"empty", channel.Limits{}, "", false},
			{"blank", channel.Limits{}, " \n\t　", false},
			{"not UTF-8", channel.Limits{}, "a\xffb", false},
			{"a zero byte", channel.Limits{}, "a\x00b", false},
			{"too long for anybody", channel.Limits{}, strings.Repeat("长", 5001), false},
			{"more bytes than the platform takes", channel.Limits{MaxBytes: 2048}, strings.Repeat("长", 683), false},
			{"more characters than the platform takes", channel.Limits{MaxRunes: 600}, strings.Repeat("长", 601), false},
			{"exactly the platform's bytes", channel.Limits{MaxBytes: 2049}, strings.Repeat("长", 683), true},
			{"exactly the platform's characters", channel.Limits{MaxRunes: 600}, strings.Repeat("长", 600), true},
			{"exactly what anybody may write", channel.Limits{}, strings.Repeat("长", 5000), true},
		} {
			t.Run(tt.name, func(t *testing.T) {
				d.Limit(tt.limits)
				seen := d.Ticket(t, ticket).LastEvent
				_, err := d.Service.Reply(t.Context(), staff, ticket, inbox.ReplyInput{Text: tt.text, SeenEvent: seen})
				if want := map[bool]desk.Code{false: desk.Invalid}[tt.ok]; desk.CodeOf(err) != want {
					t.Errorf("got %v, want code %q", err, want)
				}
			})
		}
	})
}

func TestNoReplyToAnEndedTicket(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		for name, end := range map[string]func(inbox.TicketID) error{
			"closed":  func(id inbox.TicketID) error { return d.Service.Close(t.Context(), staff, id, "电话已答复") },
			"ignored": func(id inbox.TicketID) error { return d.Service.Ignore(t.Context(), staff, id, "广告") },
		} {
			t.Run(name, func(t *testing.T) {
				ticket := d.NewCitizen(account).Says(t, "问题")
				must(t, end(ticket))
				unchanged(t, d, func() {
					_, err := d.Service.Reply(t.Context(), staff, ticket, inbox.ReplyInput{Text: "答复", SeenEvent: d.Head(t)})
					refused(t, err, desk.Conflict, "ticket_state")
				})
			})
		}
	})
}

func TestReview(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		boss, bossToo := d.Supervisor(t, "主任"), d.Supervisor(t, "副主任")
		ctx, s := t.Context(), d.Service

		ticket := d.NewCitizen(account).Says(t, "问题")
		head := d.Head(t)
		r := d.Submits(t, boss, ticket, "待审的答复")
		happened(t, d, head, inbox.TicketAssigned, inbox.ReplySubmitted)
		if row := d.Ticket(t, ticket); row.State != inbox.InReview || r.State != inbox.ReplyInReview || len(d.Tasks(t)) != 0 {
			t.Fatalf("ticket %s, reply %s, tasks %v; want both in review and nothing to send", row.State, r.State, d.Tasks(t))
		}
		unchanged(t, d, func() {
			_, err := s.Approve(ctx, staff, r.ID, inbox.ApproveInput{})
			refused(t, err, desk.Forbidden, "")
			_, err = s.Reject(ctx, staff, r.ID, "理由")
			refused(t, err, desk.Forbidden, "")
			_, err = s.Approve(ctx, boss, r.ID, inbox.ApproveInput{}) // four eyes
			refused(t, err, desk.Forbidden, "own_reply")
			_, err = s.Reject(ctx, boss, r.ID, "理由")
			refused(t, err, desk.Forbidden, "own_reply")
			_, err = s.Reject(ctx, bossToo, r.ID, "  ")
			refused(t, err, desk.Invalid, "")
			if _, ok, err := s.BeginDelivery(ctx, r.ID); ok || err != nil {
				t.Errorf("a reply in review began to leave: %v, %v", ok, err)
			}
		})
		head = d.Head(t)
		approved, err := s.Approve(ctx, bossToo, r.ID, inbox.ApproveInput{})
		must(t, err)
		happened(t, d, head, inbox.ReplyWasApproved)
		if approved.State != inbox.ReplyApproved || approved.ReviewerID != bossToo.UserID || approved.Text != r.Text ||
			d.Ticket(t, ticket).State != inbox.Open || len(d.Tasks(t)) != 1 {
			t.Errorf("approved %+v, tasks %v", approved, d.Tasks(t))
		}
		unchanged(t, d, func() {
			_, err := s.Approve(ctx, bossToo, r.ID, inbox.ApproveInput{})
			refused(t, err, desk.Conflict, "reply_state")
		})
		d.Delivers(t, r, channel.Sent)

		// An answered ticket whose addition is refused is answered as before.
		r = d.Submits(t, staff, ticket, "补充")
		head = d.Head(t)
		rejected, err := s.Reject(ctx, boss, r.ID, "请写明文号")
		must(t, err)
		happened(t, d, head, inbox.ReplyWasRejected)
		if rejected.State != inbox.ReplyRejected || rejected.ReviewReason != "请写明文号" || d.Ticket(t, ticket).State != inbox.Replied {
			t.Errorf("rejected %+v, ticket %s; want it replied again", rejected, d.Ticket(t, ticket).State)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestTicketLeavesReviewWithItsLastReply(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff, boss := d.Staff(t, "小王"), d.Supervisor(t, "主任")
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "问题")
		first, second := d.Submits(t, staff, ticket, "一"), d.Submits(t, staff, ticket, "二")
		_, err := d.Service.Reject(t.Context(), boss, first.ID, "不妥")
		must(t, err)
		if got := d.Ticket(t, ticket).State; got != inbox.InReview {
			t.Errorf("one of two rejected: %s, want in review", got)
		}
		head := d.Head(t)
		_, err = d.Service.CancelReply(t.Context(), staff, second.ID)
		must(t, err)
		happened(t, d, head, inbox.ReplyWasCancelled)
		if got := d.Ticket(t, ticket).State; got != inbox.Open {
			t.Errorf("none left: %s, want open", got)
		}
	})
}

// replyIn makes a reply that is in the state.
func replyIn(t *testing.T, d *inboxtest.Desk, account int64, state inbox.ReplyState, staff, boss desk.Actor) inbox.Reply {
	t.Helper()
	ticket := d.NewCitizen(account).Says(t, "问题")
	switch state {
	case inbox.ReplyInReview, inbox.ReplyRejected:
		r := d.Submits(t, staff, ticket, "答复")
		if state == inbox.ReplyRejected {
			_, err := d.Service.Reject(t.Context(), boss, r.ID, "理由")
			must(t, err)
		}
		return r
	}
	r := d.Writes(t, staff, ticket, "答复")
	switch state {
	case inbox.ReplySending:
		d.Begins(t, r)
	case inbox.ReplySent:
		d.Delivers(t, r, channel.Sent)
	case inbox.ReplyFailed:
		d.Delivers(t, r, channel.Never)
	case inbox.ReplyUnknown:
		d.Delivers(t, r, channel.NotKnown)
	case inbox.ReplyCancelled:
		_, err := d.Service.CancelReply(t.Context(), staff, r.ID)
		must(t, err)
	}
	if got := d.ReplyOf(t, r).State; got != state {
		t.Fatalf("made a %s reply, want %s", got, state)
	}
	return r
}

// What a person may do to a reply in each state; everything else is refused and
// changes nothing.
func TestWhatMayBeDoneToAReply(t *testing.T) {
	type action struct {
		name   string
		do     func(d *inboxtest.Desk, t *testing.T, by desk.Actor, r inbox.Reply) (inbox.Reply, error)
		from   []inbox.ReplyState
		to     inbox.ReplyState
		reason map[inbox.ReplyState]string
		events []string
	}
	actions := []action{
		{"resend", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, r inbox.Reply) (inbox.Reply, error) {
			return d.Service.Resend(t.Context(), by, r.ID, false)
		}, []inbox.ReplyState{inbox.ReplyFailed}, inbox.ReplyApproved,
			map[inbox.ReplyState]string{inbox.ReplyUnknown: "delivery_unknown"}, []string{inbox.ReplyRequeued}},
		{"resend, having looked", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, r inbox.Reply) (inbox.Reply, error) {
			return d.Service.Resend(t.Context(), by, r.ID, true)
		}, []inbox.ReplyState{inbox.ReplyFailed, inbox.ReplyUnknown}, inbox.ReplyApproved, nil, []string{inbox.ReplyRequeued}},
		{"confirm sent", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, r inbox.Reply) (inbox.Reply, error) {
			return d.Service.ConfirmSent(t.Context(), by, r.ID)
		}, []inbox.ReplyState{inbox.ReplyUnknown}, inbox.ReplySent, nil, []string{inbox.ClockMet, inbox.DeliverySent}},
		{"cancel", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, r inbox.Reply) (inbox.Reply, error) {
			return d.Service.CancelReply(t.Context(), by, r.ID)
		}, []inbox.ReplyState{inbox.ReplyInReview, inbox.ReplyApproved, inbox.ReplyFailed, inbox.ReplyUnknown}, inbox.ReplyCancelled, nil,
			[]string{inbox.ReplyWasCancelled}},
		{"approve", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, r inbox.Reply) (inbox.Reply, error) {
			return d.Service.Approve(t.Context(), by, r.ID, inbox.ApproveInput{})
		}, []inbox.ReplyState{inbox.ReplyInReview}, inbox.ReplyApproved, nil, []string{inbox.ReplyWasApproved}},
		{"reject", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, r inbox.Reply) (inbox.Reply, error) {
			return d.Service.Reject(t.Context(), by, r.ID, "理由")
		}, []inbox.ReplyState{inbox.ReplyInReview}, inbox.ReplyRejected, nil, []string{inbox.ReplyWasRejected}},
	}
	states := []inbox.ReplyState{inbox.ReplyInReview, inbox.ReplyApproved, inbox.ReplySending, inbox.ReplySent, inbox.ReplyRejected,
		inbox.ReplyFailed, inbox.ReplyUnknown, inbox.ReplyCancelled}
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Supervisor(t, "主任")
		for _, a := range actions {
			for _, state := range states {
				t.Run(a.name+" a reply that is "+string(state), func(t *testing.T) {
					r := replyIn(t, d, account, state, staff, boss)
					if !slices.Contains(a.from, state) {
						unchanged(t, d, func() {
							_, err := a.do(d, t, boss, r)
							want := a.reason[state]
							if want == "" {
								want = "reply_state"
							}
							refused(t, err, desk.Conflict, want)
						})
						return
					}
					head := d.Head(t)
					got, err := a.do(d, t, boss, r)
					must(t, err)
					if got.State != a.to || d.ReplyOf(t, r) != got {
						t.Errorf("reply %+v, stored %+v; want %s", got, d.ReplyOf(t, r), a.to)
					}
					happened(t, d, head, a.events...)
				})
			}
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestNothingIsResentOnAnEndedTicket(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Supervisor(t, "主任")
		r := replyIn(t, d, account, inbox.ReplyUnknown, staff, boss)
		must(t, d.Service.Close(t.Context(), staff, r.TicketID, "电话已答复"))
		unchanged(t, d, func() {
			_, err := d.Service.Resend(t.Context(), staff, r.ID, true)
			refused(t, err, desk.Conflict, "ticket_state")
		})
		// That it arrived may still be noted; the ticket stays closed.
		_, err := d.Service.ConfirmSent(t.Context(), staff, r.ID)
		must(t, err)
		if got := d.Ticket(t, r.TicketID).State; got != inbox.Closed {
			t.Errorf("ticket is %s, want closed", got)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestRepliesThatDoNotExist(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		boss := d.Supervisor(t, "主任")
		for name, err := range map[string]error{
			"approve": func() error { _, err := d.Service.Approve(t.Context(), boss, 99, inbox.ApproveInput{}); return err }(),
			"begin":   func() error { _, _, err := d.Service.BeginDelivery(t.Context(), 99); return err }(),
			"reply": func() error {
				_, err := d.Service.Reply(t.Context(), boss, 99, inbox.ReplyInput{Text: "答复"})
				return err
			}(),
		} {
			if desk.CodeOf(err) != desk.NotFound {
				t.Errorf("%s: got %v, want not found", name, err)
			}
		}
	})
}
