package inbox_test

import (
	"slices"
	"testing"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

func TestProposalWaitsForAPerson(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff := d.Staff(t, "小王")
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "居住证怎么办理")
		head := d.Head(t)
		r := d.Proposes(t, staff, ticket, " 请携带身份证 ")
		happened(t, d, head, inbox.ReplyProposed)
		if r.State != inbox.ReplyInReview || r.Origin != inbox.FromLLM || r.AuthorID != 0 || r.Text != "请携带身份证" || r.DraftID != 7 || d.ReplyOf(t, r) != r {
			t.Errorf("reply %+v, stored %+v", r, d.ReplyOf(t, r))
		}
		if row := d.Ticket(t, ticket); row.State != inbox.New || row.AssigneeID != 0 {
			t.Errorf("the ticket is %s of %d: a proposal must not move it", row.State, row.AssigneeID)
		}
		if tasks := d.Tasks(t); len(tasks) != 0 {
			t.Errorf("tasks %+v: nothing may be queued", tasks)
		}
		approved, err := d.Service.Approve(t.Context(), staff, r.ID, inbox.ApproveInput{})
		must(t, err)
		if approved.State != inbox.ReplyApproved || approved.ReviewerID != staff.UserID || approved.Text != r.Text {
			t.Errorf("approved: %+v", approved)
		}
		if row := d.Ticket(t, ticket); row.State != inbox.Open || row.AssigneeID != staff.UserID {
			t.Errorf("the ticket is %s of %d, want open and of who approved", row.State, row.AssigneeID)
		}
		d.Delivers(t, approved, channel.Sent)
		if got := d.Ticket(t, ticket); got.State != inbox.Replied || !got.DueAt.IsZero() {
			t.Errorf("after the delivery: %s, due %v", got.State, got.DueAt)
		}
		inboxtest.CheckInvariants(t, d, d.Ticket(t, ticket).AccountID)
	})
}

// What goes out is what was approved; the model's words stay beside it.
func TestProposalEdited(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff := d.Staff(t, "小王")
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "居住证怎么办理")
		r := d.Proposes(t, staff, ticket, "请携带身份证")
		out, err := d.Service.Approve(t.Context(), staff, r.ID, inbox.ApproveInput{Text: "请携带身份证到派出所"})
		must(t, err)
		if out.ID == r.ID || out.Text != "请携带身份证到派出所" || out.State != inbox.ReplyApproved || out.Origin != inbox.FromLLM ||
			out.ReviewerID != staff.UserID || out.DraftID != r.DraftID {
			t.Errorf("goes out: %+v", out)
		}
		if was := d.ReplyOf(t, r); was.State != inbox.ReplyCancelled || was.Text != "请携带身份证" {
			t.Errorf("the proposal: %+v", was)
		}
		if a := d.Begins(t, out); !a.Outbound.AIMade || a.Outbound.Text != out.Text {
			t.Errorf("outbound %+v", a.Outbound)
		}
		_, err = d.Service.Approve(t.Context(), staff, r.ID, inbox.ApproveInput{Text: "再来一次"})
		refused(t, err, desk.Conflict, "reply_state")
	})
}

func TestProposalGoesStale(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff := d.Staff(t, "小王")
		citizen := d.NewCitizen(d.AddAccount(t, "市政务"))
		ticket := citizen.Says(t, "居住证怎么办理")
		r := d.Proposes(t, staff, ticket, "请携带身份证")
		citizen.Says(t, "我是未成年人")
		unchanged(t, d, func() {
			_, err := d.Service.Approve(t.Context(), staff, r.ID, inbox.ApproveInput{})
			refused(t, err, desk.Conflict, "draft_stale")
			_, err = d.Service.Approve(t.Context(), staff, r.ID, inbox.ApproveInput{Text: "改过"})
			refused(t, err, desk.Conflict, "draft_stale")
			_, err = d.Service.Propose(t.Context(), staff, ticket, inbox.Proposal{Text: "晚到", AnswersUntil: r.AnswersUntil})
			refused(t, err, desk.Conflict, "draft_stale")
		})
		next := d.Proposes(t, staff, ticket, "未成年人由监护人代办")
		if was := d.ReplyOf(t, r); was.State != inbox.ReplyCancelled {
			t.Errorf("the one before is %s, want cancelled", was.State)
		}
		_, err := d.Service.Approve(t.Context(), staff, next.ID, inbox.ApproveInput{})
		must(t, err)
	})
}

// Two answer one message: the model's words come second and stay.
func TestProposalAfterAnAnswer(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff := d.Staff(t, "小王")
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "居住证怎么办理")
		r := d.Proposes(t, staff, ticket, "模型写的")
		written := d.Writes(t, d.Staff(t, "小李"), ticket, "人写的")
		for range 2 { // on its way, then there
			unchanged(t, d, func() {
				_, err := d.Service.Approve(t.Context(), staff, r.ID, inbox.ApproveInput{})
				refused(t, err, desk.Conflict, "draft_stale")
			})
			if d.ReplyOf(t, written).State == inbox.ReplyApproved {
				d.Delivers(t, written, channel.Sent)
			}
		}
	})
}

// Nobody but a named person who works on the ticket lets a model's words out.
func TestProposalNeedsAPersonWhoMay(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		staff, other := d.Staff(t, "小王"), d.Staff(t, "外人", d.AddAccount(t, "别的"))
		liaison := d.Liaison(t, "联络员", d.Department(t, "公安局"))
		ticket := d.NewCitizen(account).Says(t, "居住证怎么办理")
		r := d.Proposes(t, staff, ticket, "请携带身份证")
		unchanged(t, d, func() {
			for name, who := range map[string]desk.Actor{"the desk itself": desk.System(), "another group": other, "a liaison": liaison, "nobody": {}} {
				_, approved := d.Service.Approve(t.Context(), who, r.ID, inbox.ApproveInput{})
				_, edited := d.Service.Approve(t.Context(), who, r.ID, inbox.ApproveInput{Text: "改过"})
				for _, err := range []error{approved, edited} {
					if code := desk.CodeOf(err); code != desk.Forbidden && code != desk.NotFound {
						t.Errorf("%s: got %v", name, err)
					}
				}
			}
			_, err := d.Service.Resend(t.Context(), staff, r.ID, true)
			refused(t, err, desk.Conflict, "reply_state")
			_, err = d.Service.ConfirmSent(t.Context(), staff, r.ID)
			refused(t, err, desk.Conflict, "reply_state")
		})
	})
}

// A proposal does not hold the ticket: it may be answered, closed and reviewed
// as if it were not there.
func TestProposalHoldsNothing(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Supervisor(t, "主任")
		closed := d.NewCitizen(account).Says(t, "谢谢")
		r := d.Proposes(t, staff, closed, "不客气")
		must(t, d.Service.Close(t.Context(), staff, closed, "无需答复"))
		if was := d.ReplyOf(t, r); was.State != inbox.ReplyCancelled {
			t.Errorf("after closing it is %s, want cancelled", was.State)
		}

		ticket := d.NewCitizen(account).Says(t, "居住证怎么办理")
		submitted := d.Submits(t, staff, ticket, "人写的")
		r = d.Proposes(t, staff, ticket, "模型写的")
		_, err := d.Service.Reject(t.Context(), staff, r.ID, "不合适")
		must(t, err)
		if state := d.Ticket(t, ticket).State; state != inbox.InReview {
			t.Errorf("the ticket is %s: what a person submitted is still in review", state)
		}
		d.Proposes(t, staff, ticket, "模型又写的")
		_, err = d.Service.Approve(t.Context(), boss, submitted.ID, inbox.ApproveInput{})
		must(t, err)
		if state := d.Ticket(t, ticket).State; state != inbox.Open {
			t.Errorf("the ticket is %s, want open: only a proposal is left", state)
		}
		_, err = d.Service.Approve(t.Context(), boss, submitted.ID, inbox.ApproveInput{Text: "改过"})
		refused(t, err, desk.Conflict, "not_a_proposal")
		if names := d.Happened(t, 0); !slices.Contains(names, inbox.ReplyProposed) {
			t.Errorf("events: %v", names)
		}
	})
}

// Words of an outdated draft may still be used, though not as they are: whoever
// sends them has approved them, and they keep their mark.
func TestOutdatedProposalMadeOwn(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff := d.Staff(t, "小王")
		citizen := d.NewCitizen(d.AddAccount(t, "市政务"))
		ticket := citizen.Says(t, "居住证怎么办理")
		r := d.Proposes(t, staff, ticket, "请携带身份证")
		citizen.Says(t, "我是未成年人")
		seen := d.Ticket(t, ticket).LastEvent
		unchanged(t, d, func() {
			_, err := d.Service.Proposed(t.Context(), staff, ticket, 99)
			refused(t, err, desk.Conflict, "draft_stale")
			if _, err := d.Service.Reply(t.Context(), staff, ticket, inbox.ReplyInput{Text: "x", DraftID: 99, SeenEvent: seen}); desk.CodeOf(err) != desk.Invalid {
				t.Errorf("no such draft: %v", err)
			}
			_, err = d.Service.Reply(t.Context(), staff, ticket, inbox.ReplyInput{Text: "请携带身份证。", DraftID: 7, SeenEvent: seen})
			refused(t, err, desk.Conflict, "draft_set_aside")
			_, err = d.Service.Reply(t.Context(), staff, ticket, inbox.ReplyInput{Text: "x", DraftID: 7, SeenEvent: seen - 1})
			refused(t, err, desk.Conflict, "thread_moved")
			_, err = d.Service.Reply(t.Context(), desk.System(), ticket, inbox.ReplyInput{Text: "x", DraftID: 7, SeenEvent: seen})
			refused(t, err, desk.Forbidden, "needs_person")
		})
		other := d.NewCitizen(d.Ticket(t, ticket).AccountID).Says(t, "别的问题")
		if _, err := d.Service.Reply(t.Context(), staff, other, inbox.ReplyInput{Text: "x", DraftID: 7, SeenEvent: d.Head(t)}); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("a draft of another ticket: %v", err)
		}
		own, err := d.Service.Reply(t.Context(), staff, ticket, inbox.ReplyInput{Text: "请监护人携带身份证", DraftID: 7, SeenEvent: seen})
		must(t, err)
		if own.Origin != inbox.FromLLM || own.DraftID != 7 || own.AuthorID != staff.UserID || own.ReviewerID != staff.UserID || own.State != inbox.ReplyApproved {
			t.Errorf("sent as own: %+v", own)
		}
		if got := d.ReplyOf(t, r); got.State != inbox.ReplyInReview && got.State != inbox.ReplyCancelled {
			t.Errorf("the outdated one became %s", got.State)
		}
		if a := d.Begins(t, own); !a.Outbound.AIMade || a.Outbound.Text != own.Text {
			t.Errorf("outbound %+v: the mark of a model's words is lost", a.Outbound)
		}
	})
}

func TestWithdraw(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		staff := d.Staff(t, "小王")
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "居住证怎么办理")
		must(t, d.Service.Withdraw(t.Context(), staff, ticket, 7)) // nothing was proposed
		r := d.Proposes(t, staff, ticket, "请携带身份证")
		if found, err := d.Service.Proposed(t.Context(), staff, ticket, 7); err != nil || found != r {
			t.Errorf("proposed %+v, %v", found, err)
		}
		must(t, d.Service.Withdraw(t.Context(), staff, ticket, 7))
		if was := d.ReplyOf(t, r); was.State != inbox.ReplyCancelled {
			t.Errorf("withdrawn: %s", was.State)
		}
		_, err := d.Service.Proposed(t.Context(), staff, ticket, 7)
		refused(t, err, desk.Conflict, "draft_stale")
		r = d.Proposes(t, staff, ticket, "请携带身份证")
		_, err = d.Service.Approve(t.Context(), staff, r.ID, inbox.ApproveInput{})
		must(t, err)
		unchanged(t, d, func() { must(t, d.Service.Withdraw(t.Context(), staff, ticket, 7)) })
	})
}
