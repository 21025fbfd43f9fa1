package inbox_test

import (
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

func TestMediaIsQueuedAndStored(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		ticket := d.Receives(t, account, d.NewCitizen(account).Picture("media-1"))
		files := d.Timeline(t, ticket).Messages[0].Attachments
		tasks := d.Tasks(t)
		if len(files) != 1 || files[0].State != inbox.AttachmentPending || len(tasks) != 1 ||
			tasks[0].Kind != inbox.TaskFetchMedia || tasks[0].Key != idText(files[0].ID) {
			t.Fatalf("attachments %+v, tasks %+v; want one pending and the task to fetch it", files, tasks)
		}
		a, err := d.Service.PendingAttachment(t.Context(), files[0].ID)
		must(t, err)
		if a.AccountID != account || a.ExternalID != "media-1" || a.TicketID != ticket {
			t.Errorf("attachment = %+v", a)
		}
		a.State, a.Path, a.Name, a.Size, a.ContentType = inbox.AttachmentStored, "01/1", "a.png", 3, "image/png"
		head := d.Head(t)
		kept, err := d.Service.StoreAttachment(t.Context(), a)
		if must(t, err); !kept {
			t.Error("the file was not kept")
		}
		happened(t, d, head, inbox.MediaStored)
		unchanged(t, d, func() {
			// Fetched twice at once: the same file in the same place stays.
			if kept, err := d.Service.StoreAttachment(t.Context(), a); err != nil || !kept {
				t.Errorf("the second fetch of the same file: kept %v, %v", kept, err)
			}
			failed := a
			failed.State, failed.Path = inbox.AttachmentFailed, ""
			if kept, err := d.Service.StoreAttachment(t.Context(), failed); err != nil || kept {
				t.Errorf("a failure after the success: kept %v, %v", kept, err)
			}
		})
	})
}

func TestLeavingErasesThePerson(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		zhang, li := d.Citizen(account, "o-secret-openid"), d.NewCitizen(account)
		in := zhang.Message("我叫张三")
		in.Name, in.Data = "张三", []byte(`{"name":"张三"}`)
		in.Effects.Windows = []channel.Window{inboxtest.Window("message", 5, d.Now().Add(time.Hour))}
		private := d.Receives(t, account, in)
		picture := zhang.Picture("media-of-张三")
		picture.Media = append(picture.Media, channel.Media{Kind: channel.Image, URL: "https://example.test/张三.png"})
		d.Receives(t, account, picture)
		stored := d.Timeline(t, private).Messages[1].Attachments[0]
		stored.State, stored.Path, stored.Name = inbox.AttachmentStored, "07/7", "张三.png"
		_, err := d.Service.StoreAttachment(t.Context(), stored)
		must(t, err)
		pending := d.Timeline(t, private).Messages[1].Attachments[1]
		answered := d.Receives(t, account, zhang.Comment("p", "", "张三的评论"))
		d.Answers(t, staff, answered, "张三您好")
		_, err = d.Service.AddNote(t.Context(), staff, answered, "张三来过电话")
		must(t, err)
		must(t, d.Service.Tag(t.Context(), staff, answered, []string{"张三"}))
		police := d.Department(t, "公安")
		dispatched, err := d.Service.Dispatch(t.Context(), staff, answered, inbox.Dispatch{Lead: police, Remark: "请找张三核实"})
		must(t, err)
		must(t, d.Service.SuperviseEscalation(t.Context(), d.Supervisor(t, "督办"), dispatched[0].ID, "张三的事请今日办结"))
		must(t, d.Service.AnswerEscalation(t.Context(), d.Liaison(t, "警", police), dispatched[0].ID, "已联系张三"))
		rejected := d.Submits(t, staff, answered, "张三您好，请稍候")
		_, err = d.Service.Reject(t.Context(), d.Supervisor(t, "主任"), rejected.ID, "不要写张三的名字")
		must(t, err)
		dead := channel.DeadLetter{ExternalID: "dead", Raw: []byte("<broken><FromUserName>" + zhang.ID), Reason: "EOF"}
		must(t, d.Service.IngestDead(t.Context(), account, dead))
		dead = channel.DeadLetter{ExternalID: "dead of another", Raw: []byte("<broken><FromUserName>" + li.ID), Reason: "EOF"}
		must(t, d.Service.IngestDead(t.Context(), account, dead))
		others := li.Comment("p", "", "李四的评论")
		shared := d.Receives(t, account, others)
		d.Receives(t, account, zhang.Comment("p", others.ExternalID, "张三说"))
		closed := d.Receives(t, account, zhang.Comment("p", "", "张三很久以前"))
		must(t, d.Service.Close(t.Context(), staff, closed, "张三的电话已答复"))
		before := d.Ticket(t, closed)
		waiting := d.Submits(t, staff, private, "待审核")

		head := d.Head(t)
		d.Receives(t, account, zhang.Leave())
		happened(t, d, head, inbox.ContactLeft, inbox.ContactErased, inbox.ContactErased)
		for _, line := range d.Dump(t) {
			if strings.Contains(line, "张三") || strings.Contains(line, "o-secret-openid") {
				t.Errorf("still there: %s", line)
			}
		}
		for id, want := range map[inbox.TicketID]inbox.State{private: inbox.Ignored, answered: inbox.Ignored, shared: inbox.New, closed: inbox.Closed} {
			if row := d.Ticket(t, id); row.State != want || want != inbox.New && !row.DueAt.IsZero() {
				t.Errorf("ticket %d is %s, due %v; want %s", id, row.State, row.DueAt, want)
			}
		}
		if got := d.Ticket(t, shared); got.Subject != "李四的评论" || got.Contact.ExternalID != li.ID {
			t.Errorf("the other citizen's ticket: %+v", got)
		}
		if got := d.ReplyOf(t, waiting).State; got != inbox.ReplyCancelled {
			t.Errorf("the reply that waited is %s, want cancelled", got)
		}
		if got := d.Ticket(t, closed); got.Number != before.Number || !got.ClosedAt.Equal(before.ClosedAt) || got.State != inbox.Closed {
			t.Errorf("the closed ticket was %+v, is %+v; want its number, time and state kept", before.Ticket, got.Ticket)
		}
		trouble, err := d.Service.Trouble(t.Context(), d.User(t, desk.Admin, "管理员"))
		must(t, err)
		if len(trouble.Payloads) != 1 || trouble.Payloads[0].ExternalID != "dead of another" {
			t.Errorf("dead payloads %+v, want that of the other", trouble.Payloads)
		}
		tasks := d.Tasks(t)
		if last := tasks[len(tasks)-1]; last.Kind != inbox.TaskEraseFile || string(last.Payload) != `"07/7"` {
			t.Errorf("last task %+v, want the file erased", last)
		}
		// A download that was under way does not bring anything back.
		pending.State, pending.Path = inbox.AttachmentStored, "08/8"
		unchanged(t, d, func() {
			if kept, err := d.Service.StoreAttachment(t.Context(), pending); err != nil || kept {
				t.Errorf("kept %v, %v", kept, err)
			}
		})
		unchanged(t, d, func() { // there is nobody to answer any more
			refused(t, d.Service.Reopen(t.Context(), staff, private), desk.Conflict, "contact_erased")
		})
		if !d.Ticket(t, private).Contact.Erased || d.Ticket(t, shared).Contact.Erased {
			t.Error("the row does not say whose data were erased")
		}
		// Who comes back is a new person; a retry of an old message stays out.
		unchanged(t, d, func() { d.Receives(t, account, in) })
		if again := zhang.Says(t, "我回来了"); again == private || d.Ticket(t, again).ContactID == d.Ticket(t, private).ContactID {
			t.Error("the new message met the erased contact")
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

// TestNothingErasedIsSent: a reply that was under way when its person left does
// not go out again with other words.
func TestNothingErasedIsSent(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		ticket := d.Receives(t, account, citizen.Comment("p", "", "评论"))
		reply := d.Writes(t, staff, ticket, "答复")
		attempt := d.Begins(t, reply)
		d.Receives(t, account, citizen.Leave())
		d.Ends(t, attempt, channel.Again)
		// A comment may be taken up again: others read it too.
		must(t, d.Service.Reopen(t.Context(), staff, ticket))
		_, err := d.Service.Resend(t.Context(), staff, reply.ID, false)
		must(t, err)
		if _, ok, err := d.Service.BeginDelivery(t.Context(), reply.ID); err != nil || ok {
			t.Fatalf("the erased reply goes out: %v, %v", ok, err)
		}
		if got := d.ReplyOf(t, reply); got.State != inbox.ReplyCancelled || got.Text != inbox.ErasedText {
			t.Errorf("the reply is %s: %s", got.State, got.Text)
		}
		stranger := d.NewCitizen(account)
		head := d.Head(t)
		d.Receives(t, account, stranger.Leave())
		happened(t, d, head, inbox.ContactLeft, inbox.ContactErased)
	})
}

// What staff read of a person turns no text around, and tells nothing of one who
// was erased.
func TestLabels(t *testing.T) {
	for want, c := range map[string]inbox.Contact{
		"王小明":     {Name: "王小明", ExternalID: "o-1"},
		"exe.fdp": {Name: "\u202eexe.fdp\u202c\u2066\u200f", ExternalID: "o-1"},
		"粉丝 a91c": {Name: "\u202e", ExternalID: "openid-a91c"},
		"已删除的市民":  {ExternalID: "erased-134", Erased: true},
	} {
		if got := c.Label(); got != want {
			t.Errorf("label of %+q is %+q, want %+q", c.Name, got, want)
		}
	}
}
