package simulator

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"replydesk/inbox/desk"
)

// What the simulator keeps of articles at most, and how long a comment and its
// reply may be, in characters. The platform documents no length; this is what
// its own page lets a reader write.
const (
	articleLimit  = 100  // of one account
	commentLimit  = 1000 // under one article
	commentLength = 600
	commentsShown = 50 // of one article on the phone page
)

// Article is one article (图文) that an account sent to its followers.
type Article struct {
	MsgDataID int64  `json:"msg_data_id"` // of the group that was sent together
	Index     int    `json:"index"`       // in the group, from 1 as in the platform's statistics; its comment endpoints count from 0
	Title     string `json:"title"`
}

// ID is the article as the platform's statistics name it: "12003_3".
func (a Article) ID() string {
	return strconv.FormatInt(a.MsgDataID, 10) + "_" + strconv.Itoa(a.Index)
}

// Comment is one comment (留言) under an article.
type Comment struct {
	ID      int64         `json:"id"`               // user_comment_id: 1, 2, 3 … under each article
	OpenID  string        `json:"openid,omitempty"` // empty: the commenter has none that the account knows
	Name    string        `json:"name,omitempty"`   // for the phone page; the platform never tells it to the account
	Text    string        `json:"text"`
	Elected bool          `json:"elected,omitempty"` // 精选: everybody sees it, others only their author and the account
	At      time.Time     `json:"at"`
	Reply   *CommentReply `json:"reply,omitempty"`
}

// CommentReply is the account's public reply to a comment.
type CommentReply struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// article is an Article with its comments, in the order of their ids.
type article struct {
	Article
	comments []Comment
}

type articleRecord struct {
	AppID string `json:"account"`
	Article
}

type commentRecord struct {
	AppID     string `json:"account"`
	ArticleID string `json:"article"`
	Comment
}

// articleView is an article on the phone page: with the last of its comments.
type articleView struct {
	ID string `json:"id"`
	Article
	Total    int       `json:"total"`
	Comments []Comment `json:"comments"`
}

// AddArticle gives an account an article, or the known one a new title. Errors:
// NotFound (no such account), Invalid, Unavailable (100 articles are kept).
func (s *Server) AddArticle(appID string, a Article) error {
	switch {
	case a.MsgDataID < 1 || a.MsgDataID > math.MaxUint32:
		return desk.InvalidField("msg_data_id", "is not between 1 and %d", int64(math.MaxUint32))
	case a.Index < 1 || a.Index > math.MaxUint8:
		return desk.InvalidField("index", "is not between 1 and %d", math.MaxUint8)
	case a.Title == "":
		return desk.InvalidField("title", "is missing")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	acct, err := s.knownLocked(appID)
	if err != nil {
		return err
	}
	if acct.article(a.ID()) == nil && len(acct.articles) >= articleLimit {
		return desk.Errorf(desk.Unavailable, "the simulator keeps at most %d articles an account", articleLimit)
	}
	if err := s.state.write(record{Article: &articleRecord{appID, a}}); err != nil {
		return err
	}
	s.publishLocked(update{appID: appID, name: "article", data: acct.keepArticle(a).view()})
	s.changedLocked()
	return nil
}

// AddComment puts a comment under an article, at c.At or, when that is zero,
// now. It returns the comment with its number. Errors: NotFound (no such
// account or article), Invalid, Unavailable (1,000 comments are kept).
func (s *Server) AddComment(appID, articleID string, c Comment) (Comment, error) {
	if length := utf8.RuneCountInString(c.Text); length == 0 || length > commentLength {
		return Comment{}, desk.InvalidField("text", "needs 1 to %d characters", commentLength)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	acct, err := s.knownLocked(appID)
	if err != nil {
		return Comment{}, err
	}
	a := acct.article(articleID)
	switch {
	case a == nil:
		return Comment{}, desk.Errorf(desk.NotFound, "account %s has no article %q", appID, articleID)
	case len(a.comments) >= commentLimit:
		return Comment{}, desk.Errorf(desk.Unavailable, "the simulator keeps at most %d comments an article", commentLimit)
	}
	c.ID = int64(len(a.comments)) + 1 // no comment is ever taken away
	if c.At.IsZero() {
		c.At = s.o.Now()
	}
	return c, s.saveCommentLocked(acct, a, c)
}

// RecallReply puts the account's reply under a comment, as given at r.At, for
// filling a new simulator. It is a desk.Error NotFound when there is no such
// account, and Invalid when the platform would have refused the reply.
func (s *Server) RecallReply(appID, articleID string, comment int64, r CommentReply) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	acct, err := s.knownLocked(appID)
	if err != nil {
		return err
	}
	if code := s.replyLocked(acct, articleID, comment, r); code != 0 {
		return desk.Errorf(desk.Invalid, "reply to comment %d of article %s: %s", comment, articleID, errorTexts[code])
	}
	return nil
}

// replyLocked puts a reply under a comment. It returns the error code, 0 when
// accepted.
func (s *Server) replyLocked(acct *account, articleID string, comment int64, r CommentReply) int {
	a := acct.article(articleID)
	if a == nil {
		return codeNoArticle
	}
	at := a.find(comment)
	length := utf8.RuneCountInString(r.Text)
	switch {
	case at < 0:
		return codeNoComment
	case length == 0 || length > commentLength:
		return codeReplyLength
	case a.comments[at].Reply != nil:
		return codeReplied
	}
	c := a.comments[at]
	c.Reply = &r
	if err := s.saveCommentLocked(acct, a, c); err != nil {
		s.complainLocked("state file", err)
		return codeBusy
	}
	return 0
}

// saveCommentLocked keeps a comment, state file first, and shows it.
func (s *Server) saveCommentLocked(acct *account, a *article, c Comment) error {
	if err := s.state.write(record{Comment: &commentRecord{acct.AppID, a.ID(), c}}); err != nil {
		return err
	}
	a.keep(c)
	s.publishLocked(update{appID: acct.AppID, name: "comment", data: map[string]any{"article": a.ID(), "comment": c}})
	s.changedLocked()
	return nil
}

// Articles lists an account's articles as they were added.
func (s *Server) Articles(appID string) []Article {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Article
	if acct := s.accounts[appID]; acct != nil {
		for _, a := range acct.articles {
			all = append(all, a.Article)
		}
	}
	return all
}

// Comments lists the comments under an article with the account's replies,
// oldest first.
func (s *Server) Comments(appID, articleID string) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commentsLocked(appID, articleID)
}

func (s *Server) commentsLocked(appID, articleID string) []Comment {
	acct := s.accounts[appID]
	if acct == nil {
		return nil
	}
	if a := acct.article(articleID); a != nil {
		return slices.Clone(a.comments)
	}
	return nil
}

// WaitComments waits until the comments under an article satisfy ok and returns
// them. The error is ctx's.
func (s *Server) WaitComments(ctx context.Context, appID, articleID string, ok func([]Comment) bool) ([]Comment, error) {
	var comments []Comment
	err := s.wait(ctx, func() bool {
		comments = s.commentsLocked(appID, articleID)
		return ok(comments)
	})
	return comments, err
}

func (a *account) article(id string) *article {
	for _, known := range a.articles {
		if known.ID() == id {
			return known
		}
	}
	return nil
}

// keepArticle adds an article or changes the known one.
func (a *account) keepArticle(one Article) *article {
	kept := a.article(one.ID())
	if kept == nil {
		kept = &article{}
		a.articles = append(a.articles, kept)
	}
	kept.Article = one
	return kept
}

func (a *account) articleViews() []articleView {
	views := make([]articleView, 0, len(a.articles))
	for _, one := range a.articles {
		views = append(views, one.view())
	}
	return views
}

func (a *article) view() articleView {
	last := a.comments[max(len(a.comments)-commentsShown, 0):]
	return articleView{ID: a.ID(), Article: a.Article, Total: len(a.comments), Comments: orEmpty(slices.Clone(last))}
}

// find is the place of a comment, -1 when there is none.
func (a *article) find(id int64) int {
	return slices.IndexFunc(a.comments, func(c Comment) bool { return c.ID == id })
}

// keep adds a comment or replaces the known one.
func (a *article) keep(c Comment) {
	if at := a.find(c.ID); at >= 0 {
		a.comments[at] = c
		return
	}
	a.comments = append(a.comments, c)
}
