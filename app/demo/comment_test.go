package demo

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"replydesk/app"
	"replydesk/app/config"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

// seeded runs a desk with the demo until the test ends.
func seeded(t *testing.T) (*app.App, *Simulator) {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	sim, err := OpenSimulator("127.0.0.1:0", "", log)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Default()
	cfg.DataDir, cfg.Addr, cfg.WeChat.APIBase = t.TempDir(), ln.Addr().String(), sim.URL()
	cfg.BaseURL = config.DefaultBaseURL(cfg.Addr)
	a, err := app.New(t.Context(), cfg, log, "test")
	if err != nil {
		t.Fatal(err)
	}
	if err := seed(t.Context(), a, sim, "fake-demo-password"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- sim.Run(ctx) }()
	go func() { ended <- a.Serve(ctx, ln) }()
	t.Cleanup(func() {
		stop()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a, sim
}

// TestCommentsOfTheDemo: every comment of the story stands on the platform
// under the id its ticket has, and a staff reply to one appears there.
func TestCommentsOfTheDemo(t *testing.T) {
	a, sim := seeded(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	data, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	comments, replies := 0, 0
	for _, c := range data.conversations {
		for _, s := range c.Steps {
			if c.Kind == "comment" && s.Do == "message" {
				comments++
			}
			if c.Kind == "comment" && s.Do == "reply" {
				replies++
			}
		}
	}
	accounts := map[string]string{} // AppID by name
	for _, acc := range sim.server.Accounts() {
		accounts[acc.Name] = acc.AppID
		for _, article := range sim.server.Articles(acc.AppID) {
			for _, c := range sim.server.Comments(acc.AppID, article.ID()) {
				comments--
				if c.Reply != nil {
					replies--
				}
			}
		}
	}
	if comments != 0 || replies != 0 {
		t.Errorf("%d comments and %d replies of the story are not on the platform", comments, replies)
	}

	answered, open := 0, 0
	for _, view := range []inbox.View{inbox.ViewAll, inbox.ViewClosed} {
		page, err := a.Inbox.Tickets(ctx, inbox.TicketFilter{Actor: desk.System(), View: view, Kind: channel.Comment, Limit: desk.MaxPage})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Items {
			c := onPlatform(t, sim, accounts[row.AccountName], row)
			if c.Reply != nil {
				answered++
				continue
			}
			if open == 0 {
				answer(ctx, t, a, sim, accounts[row.AccountName], row)
			}
			open++
		}
	}
	if answered == 0 || open == 0 {
		t.Errorf("looked at %d answered and %d open comments, want some of both", answered, open)
	}
}

// onPlatform finds a ticket's comment by its external id.
func onPlatform(t *testing.T, sim *Simulator, appID string, row inbox.TicketRow) simulator.Comment {
	t.Helper()
	id, err := wechat.ParseCommentID(row.CommentID)
	if err != nil || row.Post == nil || row.Post.ExternalID != id.Article.String() {
		t.Fatalf("ticket %s has the comment %q under %+v: %v", row.Number, row.CommentID, row.Post, err)
	}
	for _, c := range sim.server.Comments(appID, id.Article.String()) {
		if c.ID == id.Number {
			if !strings.HasPrefix(c.Text, strings.TrimSuffix(row.Subject, "…")) || c.OpenID != row.Contact.ExternalID {
				t.Errorf("ticket %s of %s about %q is %+v on the platform", row.Number, row.Contact.ExternalID, row.Subject, c)
			}
			return c
		}
	}
	t.Fatalf("ticket %s has the comment %s, which the platform does not know", row.Number, row.CommentID)
	return simulator.Comment{}
}

// answer replies to a ticket and waits until the platform shows it.
func answer(ctx context.Context, t *testing.T, a *app.App, sim *Simulator, appID string, row inbox.TicketRow) {
	t.Helper()
	now, err := a.Inbox.Ticket(ctx, desk.System(), row.ID)
	if err != nil {
		t.Fatal(err)
	}
	const text = "您好，请在“安澜通”办理。"
	if _, err := a.Inbox.Reply(ctx, desk.System(), row.ID, inbox.ReplyInput{Text: text, SeenEvent: now.LastEvent}); err != nil {
		t.Fatal(err)
	}
	id, err := wechat.ParseCommentID(row.CommentID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = sim.server.WaitComments(ctx, appID, id.Article.String(), func(all []simulator.Comment) bool {
		for _, c := range all {
			if c.ID == id.Number {
				return c.Reply != nil && c.Reply.Text == text
			}
		}
		return false
	})
	if err != nil {
		t.Errorf("the reply to %s did not appear: %v", row.CommentID, err)
	}
}

// TestLaterCommentHangsOnTheFirst: each comment of a conversation has an id of
// its own, counted under its article, and names the first as its parent.
func TestLaterCommentHangsOnTheFirst(t *testing.T) {
	server, err := simulator.New(simulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := server.AddAccount(simulator.Account{AppID: "wxfake", AppSecret: "fake", Token: "fake"}); err != nil {
		t.Fatal(err)
	}
	p := &player{Story: Story{Phone: phones{server, map[string]string{"city": "wxfake"}}}, comments: map[string]string{}}
	talk := func(key, article string) *conversation {
		return &conversation{Key: key, Account: "city", Kind: "comment", Contact: key, Post: &post{Title: "夜市", ExternalID: article}}
	}
	first, second := talk("c1", "12003_3"), talk("c2", "12003_3")
	for n, tt := range []struct {
		talk       *conversation
		id, parent string
	}{
		{first, "12003_3_1", ""}, {second, "12003_3_2", ""}, {first, "12003_3_3", "12003_3_1"},
		{first, "12003_3_4", "12003_3_1"}, {talk("c3", "12003_1"), "12003_1_1", ""},
	} {
		var in channel.Inbound
		said := Said{Contact: tt.talk.Contact, Text: "请问", At: time.Unix(1764000000, 0)}
		if err := p.comment(&in, moment{said.At, tt.talk, n}, said); err != nil {
			t.Fatal(err)
		}
		if in.ExternalID != tt.id || in.ParentID != tt.parent || in.Post.ExternalID != tt.talk.Post.ExternalID || in.ContactID == "" {
			t.Errorf("comment %d is %+v, want %s under %q", n, in, tt.id, tt.parent)
		}
	}
	if err := p.comment(&channel.Inbound{}, moment{talk: talk("c4", "no article")}, Said{Text: "请问"}); desk.CodeOf(err) != desk.Invalid {
		t.Errorf("a comment under no article: %v", err)
	}
}
