package inbox_test

import (
	"errors"
	"slices"
	"testing"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// approvalPolicy adds an approval policy.
func approvalPolicy(t *testing.T, d *inboxtest.Desk, rule inbox.ApprovalRule) {
	t.Helper()
	_, err := d.Service.SaveApprovalPolicy(t.Context(), desk.System(), 0, inbox.ApprovalPolicyInput{Name: ptr("策略"), Rule: &rule})
	must(t, err)
}

func approve(t *testing.T, d *inboxtest.Desk, by desk.Actor, r inbox.Reply) (inbox.Reply, error) {
	t.Helper()
	return d.Service.Approve(t.Context(), by, r.ID, inbox.ApproveInput{})
}

func TestThreePeopleApprove(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		approvalPolicy(t, d, inbox.ApprovalRule{Steps: 1})
		approvalPolicy(t, d, inbox.ApprovalRule{Kind: channel.Comment, Steps: 3})
		approvalPolicy(t, d, inbox.ApprovalRule{Kind: channel.Comment, Origin: inbox.FromFAQ, Steps: 0})
		account, author := d.AddAccount(t, "市政务"), d.Supervisor(t, "author")
		a, b, c := d.Supervisor(t, "a"), d.Supervisor(t, "b"), d.Supervisor(t, "c")
		ticket := d.Receives(t, account, d.NewCitizen(account).Comment("post", "", "为什么停水"))
		r := d.Writes(t, author, ticket, "正在抢修")
		if r.State != inbox.ReplyInReview || r.Steps != 3 || d.Ticket(t, ticket).State != inbox.InReview {
			t.Fatalf("the reply is %s with %d steps", r.State, r.Steps)
		}
		_, err := approve(t, d, author, r)
		refused(t, err, desk.Forbidden, "own_reply")
		_, err = approve(t, d, d.Staff(t, "staff"), r)
		refused(t, err, desk.Forbidden, "")
		before := d.Head(t)
		for _, who := range []desk.Actor{a, b} {
			if got, err := approve(t, d, who, r); err != nil || got.State != inbox.ReplyInReview {
				t.Fatalf("%s approves: %s, %v", who.Name, got.State, err)
			}
		}
		happened(t, d, before, inbox.ReplyStepApproved, inbox.ReplyStepApproved)
		_, err = approve(t, d, b, r)
		refused(t, err, desk.Forbidden, "approved_already")
		page, err := d.Service.Reviews(t.Context(), inbox.ApprovalFilter{Actor: b})
		must(t, err)
		if len(page.Items) != 1 || page.Items[0].MayReview || len(page.Items[0].Approvals) != 2 || page.Items[0].Author != "author" {
			t.Errorf("the queue: %+v", page.Items)
		}
		if got, err := approve(t, d, c, r); err != nil || got.State != inbox.ReplyApproved {
			t.Fatalf("the last approval: %s, %v", got.State, err)
		}
		inboxtest.CheckInvariants(t, d, account)
		// The most specific policy counts, also when it asks for nobody.
		in := inbox.ReplyInput{Text: "见答复", EntryID: 3, SeenEvent: d.Ticket(t, ticket).LastEvent}
		if r, err := d.Service.Reply(t.Context(), author, ticket, in); err != nil || r.State != inbox.ReplyApproved {
			t.Errorf("from the library: %s, %v", r.State, err)
		}
		private := d.Receives(t, account, d.NewCitizen(account).Message("你好"))
		if r := d.Writes(t, author, private, "您好"); r.Steps != 1 {
			t.Errorf("a private reply has %d steps", r.Steps)
		}
	})
}

func TestBypass(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "staff"), d.Supervisor(t, "boss")
		ticket := d.Receives(t, account, d.NewCitizen(account).Message("停水"))
		r := d.Submits(t, staff, ticket, "正在抢修")
		_, err := d.Service.BypassApproval(t.Context(), staff, r.ID, "急")
		refused(t, err, desk.Forbidden, "")
		_, err = d.Service.BypassApproval(t.Context(), boss, r.ID, " ")
		refused(t, err, desk.Invalid, "")
		before := d.Head(t)
		got, err := d.Service.BypassApproval(t.Context(), boss, r.ID, "夜间突发停水")
		if err != nil || got.State != inbox.ReplyApproved {
			t.Fatalf("bypass: %s, %v", got.State, err)
		}
		happened(t, d, before, inbox.ReplyBypassed)
		inboxtest.CheckInvariants(t, d, account)
		_, err = d.Service.BypassApproval(t.Context(), boss, r.ID, "再来")
		refused(t, err, desk.Conflict, "reply_state")
	})
}

// A model's text needs a named person, and where a policy asks for it others.
func TestModelsTextWithSteps(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		approvalPolicy(t, d, inbox.ApprovalRule{Origin: inbox.FromLLM, Steps: 1})
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "staff"), d.Supervisor(t, "boss")
		ticket := d.Receives(t, account, d.NewCitizen(account).Message("居住证"))
		r := d.Proposes(t, staff, ticket, "请携带身份证")
		if page, err := d.Service.Reviews(t.Context(), inbox.ApprovalFilter{Actor: boss}); err != nil || len(page.Items) != 0 {
			t.Errorf("a mere proposal waits for approval: %+v, %v", page.Items, err)
		}
		_, err := d.Service.BypassApproval(t.Context(), boss, r.ID, "急")
		refused(t, err, desk.Conflict, "reply_state")
		taken, err := d.Service.Approve(t.Context(), boss, r.ID, inbox.ApproveInput{Text: "请携带身份证原件"})
		if err != nil || taken.State != inbox.ReplyInReview || taken.ID == r.ID {
			t.Fatalf("taken over: %+v, %v", taken, err)
		}
		_, err = approve(t, d, boss, taken)
		refused(t, err, desk.Forbidden, "own_reply")
		if got, err := approve(t, d, d.Supervisor(t, "other"), taken); err != nil || got.State != inbox.ReplyApproved {
			t.Fatalf("approved: %s, %v", got.State, err)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestFindingsBeforeALeavingText(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		lists(t, d, "闭嘴", check.Block, check.Out)
		lists(t, d, "保证解决", check.Approve, check.Out)
		lists(t, d, "绝对", check.Warn, check.Out)
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "staff"), d.Supervisor(t, "boss")
		ticket := d.Receives(t, account, d.NewCitizen(account).Message("停水"))
		write := func(text string, confirm bool) (inbox.Reply, error) {
			return d.Service.Reply(t.Context(), staff, ticket, inbox.ReplyInput{Text: text, SeenEvent: d.Ticket(t, ticket).LastEvent, ConfirmFindings: confirm})
		}
		for _, confirm := range []bool{false, true} {
			_, err := write("请闭 嘴", confirm)
			refused(t, err, desk.Invalid, "text_blocked")
			var found *inbox.FindingsError
			if !errors.As(err, &found) || len(found.Findings) != 1 || found.Findings[0].From != 1 || found.Findings[0].To != 4 {
				t.Errorf("found %+v", found)
			}
		}
		unchanged(t, d, func() {
			_, err := write("绝对没有问题", false)
			refused(t, err, desk.Conflict, "confirm_findings")
			seen, err := d.Service.CheckText(t.Context(), staff, ticket, inbox.ReplyInput{Text: "绝对保证解决"})
			if err != nil || len(seen.Findings) != 2 || seen.Steps != 1 {
				t.Errorf("while writing: %+v, %v", seen, err)
			}
		})
		if r, err := write("绝对没有问题", true); err != nil || r.State != inbox.ReplyApproved {
			t.Errorf("confirmed: %s, %v", r.State, err)
		}
		r, err := write("保证解决", false)
		if err != nil || r.State != inbox.ReplyInReview || r.Steps != 1 {
			t.Fatalf("needs approval: %+v, %v", r, err)
		}
		if _, err := approve(t, d, boss, r); err != nil {
			t.Fatal(err)
		}
		r, err = write("保证解决此事", false)
		must(t, err)
		_, err = d.Service.Reject(t.Context(), boss, r.ID, "不能承诺")
		must(t, err)
		want := []string{"闭嘴 block blocked", "闭嘴 block blocked", "绝对 warn confirmed", "保证解决 approve approved", "保证解决 approve rejected"}
		if got := hitsOf(t, d, ticket); !slices.Equal(got, want) {
			t.Errorf("hits %v, want %v", got, want)
		}
		// What became a blocked word meanwhile does not leave by an approval.
		r = d.Submits(t, staff, ticket, "我们马上到")
		lists(t, d, "马上到", check.Block, check.Out)
		_, err = approve(t, d, boss, r)
		refused(t, err, desk.Invalid, "text_blocked")
		inboxtest.CheckInvariants(t, d, account)
	})
}

// The database itself keeps a text, and a review, as they are.
func TestDatabaseHoldsApprovals(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := inboxtest.New(t, inboxdbtest.New(db))
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "staff")
		ticket := d.Receives(t, account, d.NewCitizen(account).Message("停水"))
		r := d.Submits(t, staff, ticket, "正在抢修")
		for name, query := range map[string]string{
			"another text":        `UPDATE replies SET text = 'x' WHERE id = $1`,
			"out without leave":   `UPDATE replies SET state = 'approved' WHERE id = $1`,
			"sent without leave":  `UPDATE replies SET state = 'sent' WHERE id = $1`,
			"the author approves": `INSERT INTO reply_approvals (reply_id, step, person_id, decision, text_sha, at) SELECT id, 1, author_id, 'approve', '', 1 FROM replies WHERE id = $1`,
		} {
			err := db.Atomic(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(t.Context(), query, int64(r.ID))
				return err
			})
			if err == nil {
				t.Errorf("%s: the database took it", name)
			}
		}
	})
}

func TestApprovalPolicies(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		boss, s := d.Supervisor(t, "boss"), d.Service
		_, err := s.SaveApprovalPolicy(t.Context(), d.Staff(t, "staff"), 0, inbox.ApprovalPolicyInput{})
		refused(t, err, desk.Forbidden, "")
		for _, rule := range []inbox.ApprovalRule{{Steps: 4}, {Steps: -1}, {Kind: "x"}, {Origin: inbox.FromBot}, {Level: check.Block}} {
			_, err := s.SaveApprovalPolicy(t.Context(), boss, 0, inbox.ApprovalPolicyInput{Name: ptr("名"), Rule: &rule})
			refused(t, err, desk.Invalid, "")
		}
		p, err := s.SaveApprovalPolicy(t.Context(), boss, 0, inbox.ApprovalPolicyInput{Name: ptr("名"), Rule: &inbox.ApprovalRule{Steps: 2}})
		must(t, err)
		p, err = s.SaveApprovalPolicy(t.Context(), boss, p.ID, inbox.ApprovalPolicyInput{Enabled: ptr(false)})
		if err != nil || p.Enabled || p.Revision != 2 || p.Name != "名" {
			t.Errorf("changed: %+v, %v", p, err)
		}
		must(t, s.DeleteApprovalPolicy(t.Context(), boss, p.ID))
		refused(t, s.DeleteApprovalPolicy(t.Context(), boss, p.ID), desk.NotFound, "")
		if all, err := s.ApprovalPolicies(t.Context(), boss); err != nil || len(all) != 0 {
			t.Errorf("left: %v, %v", all, err)
		}
	})
}
