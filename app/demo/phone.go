package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

// headerTimeout bounds how long a caller of the simulator may take for the
// head of a request. There is no write time-out: the phone page holds a stream
// open.
const headerTimeout = 10 * time.Second

// Simulator is the WeChat platform of the demo, listening.
type Simulator struct {
	server *simulator.Server
	ln     net.Listener
	http   *http.Server
	log    *slog.Logger
}

// SimulatedAccount is an account as both sides know it.
type SimulatedAccount struct {
	Name, AppID, Secret, Token, Key, Mode, Format, OriginalID, Callback string
	Menu                                                                []MenuItem
}

// OpenSimulator listens on a loopback address; anything else is refused,
// because the simulator's controls have no sign-in. stateFile "" keeps nothing.
func OpenSimulator(addr, stateFile string, log *slog.Logger) (*Simulator, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("simulator address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("simulator address %q: only this machine's own (127.0.0.1) is allowed", addr)
	}
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s := &Simulator{ln: ln, log: log}
	s.server, err = simulator.New(simulator.Options{BaseURL: s.URL(), StateFile: stateFile, Log: log})
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	s.http = &http.Server{Handler: s.server, ReadHeaderTimeout: headerTimeout}
	return s, nil
}

// URL is where the simulator is reached.
func (s *Simulator) URL() string { return "http://" + s.ln.Addr().String() }

// AddAccount opens an account on the platform.
func (s *Simulator) AddAccount(a SimulatedAccount) error {
	var menu []simulator.MenuItem
	for _, item := range a.Menu {
		menu = append(menu, simulator.MenuItem{Name: item.Name, Key: item.Key})
	}
	return s.server.AddAccount(simulator.Account{
		Menu:  menu,
		AppID: a.AppID, AppSecret: a.Secret, Token: a.Token, EncodingAESKey: a.Key, OriginalID: a.OriginalID,
		Mode: simulator.Mode(a.Mode), Format: simulator.Format(a.Format), CallbackURL: a.Callback, Name: a.Name,
	})
}

// Listen answers the platform's API from now on, in the background; Run begins
// the callbacks.
func (s *Simulator) Listen() {
	go func() {
		if err := s.http.Serve(s.ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("simulator stopped", "err", err)
		}
	}()
}

// Run listens, delivers callbacks until ctx ends, and closes.
func (s *Simulator) Run(ctx context.Context) error {
	s.Listen()
	err := s.server.Run(ctx)
	return errors.Join(err, s.Close(context.WithoutCancel(ctx)))
}

// Close ends the simulator.
func (s *Simulator) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, headerTimeout)
	defer cancel()
	return errors.Join(s.server.Close(), s.http.Shutdown(ctx))
}

// phones is the Phone of a story on the simulator.
type phones struct {
	server *simulator.Server
	appIDs map[string]string // by the account's key in the story
}

// personOf is the name on the phone of a citizen of the story.
func personOf(said Said) string { return "市民 " + said.Contact }

// Recall implements Phone.
func (p phones) Recall(account string, said Said) (string, error) {
	b := simulator.Bubble{From: simulator.FromCitizen, Type: said.Type, Text: said.Text, At: said.At}
	if said.Desk {
		b.From = simulator.FromDesk
	}
	c, err := p.server.Recall(p.appIDs[account], personOf(said), b)
	if err != nil {
		return "", err
	}
	return c.OpenID, nil
}

// Comment implements Phone. The article is added with its first comment.
func (p phones) Comment(account string, said Said) (contactID, commentID string, err error) {
	appID := p.appIDs[account]
	if said.Desk {
		id, err := wechat.ParseCommentID(said.CommentID)
		if err != nil {
			return "", "", err
		}
		reply := simulator.CommentReply{Text: said.Text, At: said.At}
		return "", said.CommentID, p.server.RecallReply(appID, id.Article.String(), id.Number, reply)
	}
	id, err := wechat.ParseArticleID(said.Post.ExternalID)
	if err != nil {
		return "", "", err
	}
	article := simulator.Article{MsgDataID: id.MsgDataID, Index: id.Index, Title: said.Post.Title}
	if err := p.server.AddArticle(appID, article); err != nil {
		return "", "", err
	}
	who := personOf(said)
	c, err := p.server.AddComment(appID, article.ID(), simulator.Comment{
		OpenID: simulator.OpenID(appID, who), Name: who, Text: said.Text, Elected: true, At: said.At,
	})
	return c.OpenID, wechat.CommentID{Article: id, Number: c.ID}.String(), err
}

// Picture implements Phone.
func (p phones) Picture(account, name string, png []byte) (string, error) {
	appID, ok := p.appIDs[account]
	if !ok {
		return "", desk.Errorf(desk.NotFound, "no account %q", account)
	}
	return p.server.AddMedia(appID, "image", name, png)
}
