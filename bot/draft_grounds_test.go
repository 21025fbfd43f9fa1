package bot_test

import (
	"strings"
	"testing"

	"replydesk/bot/llm/llmtest"
	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// A draft may leave only while every entry it rests on is what the model was
// given, at each of its approvals; a person may still make its words their own.
func TestDraftOnAChangedEntry(t *testing.T) {
	eachOffice(t, library, plenty, func(t *testing.T, o *office) {
		sound := library[0].Entry
		account := o.Ticket(t, o.ticket).AccountID
		yesterday := faq.DayOf(o.Now().AddDate(0, 0, -1))
		for name, change := range map[string]func(e *faq.Entry){
			"retired": func(e *faq.Entry) { e.State, e.Revision = faq.Retired, 4 },
			"expired": func(e *faq.Entry) { e.ValidTo = yesterday },
			"revised": func(e *faq.Entry) { e.Revision = 4 },
		} {
			shelve(t, o.db, sound)
			o.ticket = o.NewCitizen(account).Says(t, "居住证怎么办理")
			draft, r, err := o.write(t)
			if err != nil {
				t.Fatal(err)
			}
			other := library[1].Entry // was given, but the draft does not rest on it
			other.Revision = 9
			shelve(t, o.db, other)
			changed := sound
			change(&changed)
			shelve(t, o.db, changed)
			queued := len(o.Tasks(t))
			for _, text := range []string{"", "请您携带身份证到派出所办理。"} {
				_, err = o.Service.Approve(t.Context(), o.staff, r.ID, inbox.ApproveInput{Text: text})
				refusedFor(t, err, desk.Conflict, "draft_stale")
				if err == nil || !strings.Contains(err.Error(), sound.Question) {
					t.Errorf("%s: %v does not name the entry", name, err)
				}
			}
			if got := o.ReplyOf(t, r); got.State != inbox.ReplyInReview || len(o.Tasks(t)) != queued {
				t.Errorf("%s: the reply is %s, tasks %v", name, got.State, o.Tasks(t))
			}
			if name == "revised" {
				shelve(t, o.db, sound)
				if _, err := o.Service.Approve(t.Context(), o.staff, r.ID, inbox.ApproveInput{}); err != nil {
					t.Errorf("as it was given: %v", err)
				}
				continue
			}
			own, err := o.Service.Reply(t.Context(), o.staff, o.ticket,
				inbox.ReplyInput{Text: "请到派出所。", DraftID: draft.ID, SeenEvent: o.Ticket(t, o.ticket).LastEvent})
			if err != nil || own.State != inbox.ReplyApproved || own.AuthorID != o.staff.UserID {
				t.Errorf("%s, made one's own: %+v, %v", name, own, err)
			}
			o.Delivers(t, own, channel.Sent)
		}
	})
}

// Who approves after the one who took a draft over is told as well, and so is
// who lets it out in an emergency.
func TestDraftOnAnEntryChangedBetweenApprovals(t *testing.T) {
	eachOffice(t, library, plenty, func(t *testing.T, o *office) {
		boss, admin := o.Supervisor(t, "主任"), o.User(t, desk.Admin, "管理员")
		name, on := "模型草稿", true
		if _, err := o.Service.SaveApprovalPolicy(t.Context(), admin, 0,
			inbox.ApprovalPolicyInput{Name: &name, Enabled: &on, Rule: &inbox.ApprovalRule{Origin: inbox.FromLLM, Steps: 1}}); err != nil {
			t.Fatal(err)
		}
		_, r, err := o.write(t)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = o.Service.Approve(t.Context(), o.staff, r.ID, inbox.ApproveInput{}); err != nil || r.State != inbox.ReplyInReview {
			t.Fatalf("taken over: %+v, %v", r, err)
		}
		revised := library[0].Entry
		revised.Revision++
		shelve(t, o.db, revised)
		_, err = o.Service.Approve(t.Context(), boss, r.ID, inbox.ApproveInput{})
		refusedFor(t, err, desk.Conflict, "draft_stale")
		_, err = o.Service.BypassApproval(t.Context(), admin, r.ID, "紧急")
		refusedFor(t, err, desk.Conflict, "draft_stale")
		if _, err := o.Service.Reject(t.Context(), boss, r.ID, "条目已变更"); err != nil {
			t.Errorf("sent back: %v", err)
		}
	})
}

// What a draft claims without its grounds waits for a person who confirms it, in
// every way out; what the person takes out needs no confirmation.
func TestDraftDoubts(t *testing.T) {
	eachOffice(t, library, plenty, func(t *testing.T, o *office) {
		const claim = "办理时不需要任何材料"
		o.model.Play(llmtest.Says("居住证到派出所办理 [1]，" + claim + " [1]。"))
		draft, reply, err := o.write(t)
		if err != nil || len(draft.Doubts) != 1 || draft.Doubts[0] != claim {
			t.Fatalf("doubts %q, %v", draft.Doubts, err)
		}
		kept, err := o.drafts.Draft(t.Context(), o.staff, draft.ID)
		if err != nil || len(kept.Doubts) != 1 {
			t.Errorf("kept: %q, %v", kept.Doubts, err)
		}
		seen, err := o.Service.CheckText(t.Context(), o.staff, o.ticket, inbox.ReplyInput{Text: reply.Text, DraftID: draft.ID})
		if err != nil || len(seen.Findings) == 0 || string([]rune(reply.Text)[seen.Findings[0].From:seen.Findings[0].To]) != claim {
			t.Errorf("shown: %+v, %v", seen, err)
		}
		_, err = o.Service.Approve(t.Context(), o.staff, reply.ID, inbox.ApproveInput{})
		refusedFor(t, err, desk.Conflict, "confirm_findings")
		_, err = o.Service.Approve(t.Context(), o.staff, reply.ID, inbox.ApproveInput{Text: "您好。" + reply.Text})
		refusedFor(t, err, desk.Conflict, "confirm_findings")
		if r := o.ReplyOf(t, reply); r.State != inbox.ReplyInReview {
			t.Fatalf("the draft is %s", r.State)
		}
		if _, err := o.Service.Approve(t.Context(), o.staff, reply.ID, inbox.ApproveInput{Text: "居住证到派出所办理。"}); err != nil {
			t.Errorf("without the claim: %v", err)
		}
	})
	eachOffice(t, library, plenty, func(t *testing.T, o *office) {
		o.model.Play(llmtest.Says("王小明您好，请到派出所办理 [1]。李大伟您好，请到派出所办理 [1]。\n李大伟您好，请到派出所办理 [1]。"))
		draft, reply, err := o.write(t)
		if err != nil || len(draft.Doubts) != 1 || draft.Doubts[0] != "李大伟您好" {
			t.Fatalf("doubts %q, %v, want the name that nobody gave", draft.Doubts, err)
		}
		if _, err := o.Service.Approve(t.Context(), o.staff, reply.ID, inbox.ApproveInput{ConfirmFindings: true}); err != nil {
			t.Errorf("confirmed: %v", err)
		}
	})
}
