package inbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/sla"
)

func TestFirstMessageOpensATicket(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		citizen := d.Citizen(account, "o-zhang")
		in := citizen.Message("  居住证\n怎么办理？ ")
		in.Name = "张先生"
		in.SentAt = d.Now().Add(-2 * time.Second)
		ticket := d.Receives(t, account, in)
		happened(t, d, 0, inbox.TicketCreated, inbox.MessageReceived)
		row := d.Ticket(t, ticket)
		want := inbox.Ticket{
			ID: ticket, Number: "20261122-0001", AccountID: account, ContactID: row.ContactID, Kind: channel.Private, State: inbox.New,
			Subject: "居住证 怎么办理？", Preview: "居住证 怎么办理？", MessageCount: 1, DueAt: in.SentAt.Add(24 * time.Hour),
			LastMessageAt: d.Now(), CreatedAt: d.Now(), UpdatedAt: d.Now(),
		}
		if fmt.Sprintf("%+v", row.Ticket) != fmt.Sprintf("%+v", want) {
			t.Errorf("ticket\n%+v, want\n%+v", row.Ticket, want)
		}
		if row.Contact.Name != "张先生" || row.Contact.ExternalID != "o-zhang" || !row.Contact.Subscribed || row.AccountName != "市政务" || !row.Unread {
			t.Errorf("row = %+v", row)
		}
		if c := clock(t, d, ticket); c.Name != inbox.FirstReply || c.State != sla.Running || !c.StartedAt.Equal(in.SentAt) {
			t.Errorf("clock = %+v, want a first_reply from when it was written", c)
		}
		tl := d.Timeline(t, ticket)
		if len(tl.Messages) != 1 || tl.Messages[0].Text != in.Text || !tl.Messages[0].SentAt.Equal(in.SentAt) || tl.Messages[0].ExternalID != in.ExternalID {
			t.Errorf("messages = %+v", tl.Messages)
		}
		for _, e := range d.Events(t, 0) {
			if e.TicketID != int64(ticket) || e.AccountID != account || e.ActorID != 0 || !e.At.Equal(d.Now()) || strings.Contains(string(e.Data), "居住证") {
				t.Errorf("event %+v %s, want it about the ticket and without what the citizen wrote", e, e.Data)
			}
		}
	})
}

func TestNextMessageJoinsTheOpenTicket(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		citizen := d.NewCitizen(account)
		ticket := citizen.Says(t, "第一句")
		due := d.Ticket(t, ticket).DueAt
		d.Pass(time.Hour)
		head := d.Head(t)
		if again := citizen.Says(t, "第二句"); again != ticket {
			t.Errorf("the second message went to ticket %d, want %d", again, ticket)
		}
		happened(t, d, head, inbox.MessageReceived)
		row := d.Ticket(t, ticket)
		if row.Subject != "第一句" || row.Preview != "第二句" || row.MessageCount != 2 || !row.LastMessageAt.Equal(d.Now()) || !row.DueAt.Equal(due) {
			t.Errorf("ticket = %+v", row.Ticket)
		}
		if other := d.NewCitizen(account).Says(t, "别人"); other == ticket {
			t.Error("another citizen's message joined the ticket")
		}
	})
}

func TestDuplicateChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, other := d.AddAccount(t, "市政务"), d.AddAccount(t, "区政务")
		citizen := d.NewCitizen(account)
		first := citizen.Message("问题")
		first.Name = "张"
		first.Effects.Windows = []channel.Window{inboxtest.Window("message", 5, d.Now().Add(time.Hour))}
		comment, notice, picture := citizen.Comment("p", "", "评论"), citizen.Event("click", channel.Effects{Alert: "x"}), citizen.Picture("media")
		nobody := citizen.Event("masssendjobfinish", channel.Effects{})
		nobody.ContactID = ""
		all := []channel.Inbound{first, comment, notice, picture, nobody}
		d.Receives(t, account, all...)
		d.Pass(time.Hour)
		unchanged(t, d, func() {
			for i := range all {
				all[i].Name, all[i].Text = "改名", "改了的文字"
				d.Receives(t, account, all[i])
			}
			d.Receives(t, account, all...)
		})
		// A repeated item does not undo the fresh one beside it.
		head := d.Head(t)
		d.Receives(t, account, first, citizen.Message("新的"), comment)
		happened(t, d, head, inbox.MessageReceived)
		// The key is the account's own.
		head = d.Head(t)
		d.Receives(t, other, first)
		happened(t, d, head, inbox.TicketCreated, inbox.MessageReceived)
	})
}

func TestMessageAfterTheEnd(t *testing.T) {
	tests := []struct {
		name   string
		end    func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID)
		after  time.Duration
		same   bool
		state  inbox.State
		events []string
	}{
		{"after the answer", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID) { d.Answers(t, by, id, "答") },
			30 * 24 * time.Hour, true, inbox.Open, []string{inbox.TicketReopened, inbox.MessageReceived}},
		{"soon after closing", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID) {
			must(t, d.Service.Close(t.Context(), by, id, "电话已答复"))
		}, time.Hour, true, inbox.New, []string{inbox.TicketReopened, inbox.MessageReceived}},
		{"at the last moment after closing", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID) {
			must(t, d.Service.Close(t.Context(), by, id, "电话已答复"))
		}, 72 * time.Hour, true, inbox.New, []string{inbox.TicketReopened, inbox.MessageReceived}},
		{"long after closing", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID) {
			must(t, d.Service.Close(t.Context(), by, id, "电话已答复"))
		}, 72*time.Hour + time.Millisecond, false, inbox.New, []string{inbox.TicketCreated, inbox.MessageReceived}},
		{"soon after it was ignored", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID) {
			must(t, d.Service.Ignore(t.Context(), by, id, "广告"))
		}, time.Hour, true, inbox.New, []string{inbox.TicketReopened, inbox.MessageReceived}},
		{"long after it was ignored", func(d *inboxtest.Desk, t *testing.T, by desk.Actor, id inbox.TicketID) {
			must(t, d.Service.Ignore(t.Context(), by, id, "广告"))
		}, 100 * time.Hour, false, inbox.New, []string{inbox.TicketCreated, inbox.MessageReceived}},
	}
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				citizen := d.NewCitizen(account)
				ticket := citizen.Says(t, "问题")
				tt.end(d, t, staff, ticket)
				d.Pass(tt.after)
				head := d.Head(t)
				again := citizen.Says(t, "又来了")
				happened(t, d, head, tt.events...)
				row := d.Ticket(t, again)
				if (again == ticket) != tt.same || row.State != tt.state || row.DueAt.IsZero() || !row.ClosedAt.IsZero() || row.ClosingReason != "" {
					t.Errorf("ticket %d after %d: %+v", again, ticket, row.Ticket)
				}
			})
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestComments(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		zhang, li := d.NewCitizen(account), d.NewCitizen(account)
		private := zhang.Says(t, "私信")
		top := zhang.Comment("article", "", "评论一")
		first, second := d.Receives(t, account, top), d.Receives(t, account, zhang.Comment("article", "", "评论二"))
		if first == second || first == private {
			t.Fatalf("tickets %d, %d, %d: each top-level comment is one of its own", private, first, second)
		}
		row := d.Ticket(t, first)
		if row.Kind != channel.Comment || row.CommentID != top.ExternalID || row.Post == nil || *row.Post != *top.Post {
			t.Errorf("comment ticket = %+v, post %+v", row.Ticket, row.Post)
		}
		if got := d.Receives(t, account, li.Comment("article", top.ExternalID, "同问")); got != first {
			t.Errorf("an answer to the comment went to ticket %d, want %d", got, first)
		}
		// An answer to an answer stays in the thread, whoever wrote either.
		reply := li.Comment("article", top.ExternalID, "我也是")
		d.Receives(t, account, reply)
		own := zhang.Comment("article", reply.ExternalID, "是吗")
		if got := d.Receives(t, account, own); got != first {
			t.Errorf("an answer to an answer went to ticket %d, want %d", got, first)
		}
		if got := d.Receives(t, account, li.Comment("article", own.ExternalID, "是的")); got != first {
			t.Errorf("an answer two levels down went to ticket %d, want %d", got, first)
		}
		if got := d.Receives(t, d.AddAccount(t, "区政务"), zhang.Comment("article", reply.ExternalID, "别的账号")); got == first {
			t.Error("another account's comment came into the thread")
		}
		d.Answers(t, staff, first, "答复")
		must(t, d.Service.Close(t.Context(), staff, first, ""))
		d.Pass(1000 * time.Hour)
		if got := d.Receives(t, account, li.Comment("article", top.ExternalID, "还是不行")); got != first || d.Ticket(t, got).State != inbox.Open {
			t.Errorf("a late answer went to ticket %d (%s), want %d reopened", got, d.Ticket(t, got).State, first)
		}
		// The answer may come before what it answers.
		late := zhang.Comment("article", "", "原评论")
		child := d.Receives(t, account, li.Comment("article", late.ExternalID, "顶"))
		if got := d.Receives(t, account, late); got != child {
			t.Errorf("the comment came to ticket %d, its answer to %d", got, child)
		}
		if got := zhang.Says(t, "还有"); got != private {
			t.Errorf("a private message went to %d, want %d", got, private)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestNoticesAreShownAndAskNothing(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		citizen := d.NewCitizen(account)
		if got := d.Receives(t, account, citizen.Event("view", channel.Effects{})); got != 0 {
			t.Errorf("a notice opened ticket %d", got)
		}
		happened(t, d, 0)
		ticket := citizen.Says(t, "问题")
		before, head := d.Ticket(t, ticket), d.Head(t)
		d.Pass(time.Minute)
		d.Receives(t, account, citizen.Event("click", channel.Effects{}))
		happened(t, d, head)
		if after := d.Ticket(t, ticket); fmt.Sprintf("%+v", after) != fmt.Sprintf("%+v", before) {
			t.Errorf("a notice changed the ticket:\n%+v\n%+v", before, after)
		}
		tl := d.Timeline(t, ticket)
		if len(tl.Messages) != 2 || tl.Messages[1].Type != channel.Notice {
			t.Errorf("messages = %+v, want the notice in the thread", tl.Messages)
		}
		// It is nothing to answer either.
		d.Answers(t, staff, ticket, "答复")
		if got := d.Ticket(t, ticket).State; got != inbox.Replied {
			t.Errorf("ticket is %s, want replied", got)
		}
	})
}

func TestWhatIsShownOfOtherTypes(t *testing.T) {
	long := strings.Repeat("很", 61)
	tests := []struct {
		typ  channel.Type
		text string
		want string
	}{
		{channel.Text, "你好", "你好"},
		{channel.Text, long, strings.Repeat("很", 60) + "…"},
		{channel.Image, "", "[图片]"},
		{channel.Voice, "识别的文字", "[语音] 识别的文字"},
		{channel.Video, "", "[视频]"},
		{channel.Location, "市民中心", "市民中心"},
		{channel.Location, "", "[位置]"},
		{channel.Link, "标题", "标题"},
		{channel.Unknown, "", "[暂不支持的消息]"},
		{channel.Type("sticker"), "", ""},
	}
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		for _, tt := range tests {
			t.Run(string(tt.typ)+tt.text, func(t *testing.T) {
				in := d.NewCitizen(account).Message(tt.text)
				in.Type, in.Data = tt.typ, []byte(`{"k":"v"}`)
				ticket := d.Receives(t, account, in)
				if ticket == 0 {
					t.Fatal("no ticket: nothing a citizen sends is dropped")
				}
				if got := d.Ticket(t, ticket).Subject; got != tt.want {
					t.Errorf("subject %q, want %q", got, tt.want)
				}
				if m := d.Timeline(t, ticket).Messages[0]; m.Type != tt.typ || string(m.Data) != `{"k":"v"}` {
					t.Errorf("message = %+v", m)
				}
			})
		}
	})
}

// What a database cannot hold must not keep a message out.
func TestHostileText(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		in := d.NewCitizen(account).Message("a\x00b\xffc \U0001F600 ' ; --")
		in.Name, in.Raw = "n\x00\xff", []byte("\x00\xff")
		ticket := d.Receives(t, account, in)
		if got := d.Timeline(t, ticket).Messages[0].Text; got != "ab\uFFFDc \U0001F600 ' ; --" {
			t.Errorf("text %q", got)
		}
		must(t, d.Service.IngestDead(t.Context(), account, channel.DeadLetter{ExternalID: "x", Raw: []byte{0, 0xff}, Reason: "bad \x00\xff"}))
		trouble, err := d.Service.Trouble(t.Context(), desk.System())
		must(t, err)
		if len(trouble.Payloads) != 1 || trouble.Payloads[0].Error != "bad \uFFFD" {
			t.Errorf("dead letters = %+v", trouble.Payloads)
		}
	})
}

func TestItemsWithoutAPerson(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		in := d.NewCitizen(account).Event("naming_verify_fail", channel.Effects{Alert: "名称认证失败"})
		in.ContactID = ""
		d.Receives(t, account, in)
		events := d.Events(t, 0)
		if len(events) != 1 || events[0].Name != inbox.AccountAlerted || events[0].Audience != desk.ReadAccounts || events[0].AccountID != account {
			t.Errorf("events = %+v, want an alert for those who may read accounts", events)
		}
		trouble, err := d.Service.Trouble(t.Context(), desk.System())
		must(t, err)
		if len(trouble.Payloads) != 0 {
			t.Errorf("%+v is not a dead letter", trouble.Payloads)
		}
	})
}

func TestSendWindows(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		citizen := d.NewCitizen(account)
		in := citizen.Message("问题")
		in.Effects.Windows = []channel.Window{inboxtest.Window("message", 5, d.Now().Add(48*time.Hour)), inboxtest.Window("menu", 3, d.Now().Add(time.Minute))}
		ticket := d.Receives(t, account, in)
		d.Pass(time.Minute) // the menu's is over
		in = citizen.Message("又一句")
		in.Effects.Windows = []channel.Window{inboxtest.Window("message", 4, d.Now().Add(48*time.Hour))}
		d.Receives(t, account, in)
		got, err := d.Service.Windows(t.Context(), d.Ticket(t, ticket))
		must(t, err)
		if len(got) != 1 || got[0].Name != "message" || got[0].Limit != 4 || !got[0].Until.Equal(d.Now().Add(48*time.Hour)) {
			t.Errorf("windows = %+v, want the newer message window alone", got)
		}
	})
}

func TestNumbersCountWithinBeijingsDay(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		next := func() string { t.Helper(); return d.Ticket(t, d.NewCitizen(account).Says(t, "问题")).Number }
		got := []string{next(), next()}
		d.Pass(15*time.Hour - time.Millisecond) // 23:59:59.999 in Beijing, afternoon in UTC
		got = append(got, next())
		d.Pass(time.Millisecond)
		got = append(got, next(), next())
		want := []string{"20261122-0001", "20261122-0002", "20261122-0003", "20261123-0001", "20261123-0002"}
		if !slices.Equal(got, want) {
			t.Errorf("numbers = %v, want %v", got, want)
		}
	})
}

func TestSubscribingAndLeavingWithoutAnythingElse(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "市政务")
		citizen := d.NewCitizen(account)
		yes, no := true, false
		ticket := citizen.Says(t, "问题")
		head := d.Head(t)
		d.Receives(t, account, citizen.Event("left", channel.Effects{Subscribed: &no}))
		happened(t, d, head, inbox.ContactLeft)
		if e := d.Events(t, head)[0]; e.TicketID != int64(ticket) {
			t.Errorf("leaving is told of ticket %d, want the open one", e.TicketID)
		}
		if d.Ticket(t, ticket).Contact.Subscribed {
			t.Error("who left is not subscribed")
		}
		d.Receives(t, account, citizen.Event("subscribe", channel.Effects{Subscribed: &yes}))
		if !d.Ticket(t, ticket).Contact.Subscribed {
			t.Error("who followed again is subscribed")
		}
		stranger := d.NewCitizen(account)
		head = d.Head(t)
		d.Receives(t, account, stranger.Event("subscribe", channel.Effects{Subscribed: &yes}))
		happened(t, d, head, inbox.ContactSubscribed)
		if e := d.Events(t, head)[0]; e.TicketID != 0 || e.AccountID != account || e.Audience != desk.WorkTickets {
			t.Errorf("a new follower is told by %+v", e)
		}
		d.Receives(t, account, stranger.Leave()) // without ever having written
		if stranger.Says(t, "问题") == 0 {
			t.Error("who left before writing can still write")
		}
	})
}

// An account that does not exist is an error, so that the platform sends again.
func TestIngestForNoAccount(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		citizen := d.NewCitizen(12345)
		unchanged(t, d, func() {
			if err := d.Service.Ingest(t.Context(), 12345, []channel.Inbound{citizen.Message("问题")}); desk.CodeOf(err) != desk.Internal {
				t.Errorf("got %v, want an internal error", err)
			}
		})
	})
}
