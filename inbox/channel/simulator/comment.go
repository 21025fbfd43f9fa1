package simulator

import (
	"encoding/json"
	"net/http"
)

// pageLength is the most comments of one comment/list. The documents say "must
// be below 50" at the field and "> 50" at the error; this is the stricter.
const pageLength = 49

// The values of comment/list's type.
const (
	allComments = iota
	normalComments
	electedComments
)

// commentPlace names the article of a comment endpoint.
type commentPlace struct {
	MsgDataID int64 `json:"msg_data_id"`
	Index     int   `json:"index"` // from 0
}

func (p commentPlace) articleID() string {
	return Article{MsgDataID: p.MsgDataID, Index: p.Index + 1}.ID()
}

// commentsCodeLocked says whether the account may use the comment endpoints.
func (s *Server) commentsCodeLocked(c *call) int {
	if c.account.Uncertified {
		return codeNotAllowed
	}
	if _, hit := s.takeLocked(CommentsOff, c.account.AppID); hit {
		c.fault = CommentsOff
		return codeCommentsOff
	}
	return 0
}

// commentReply is the account's reply to a comment (回复留言).
func (s *Server) commentReply(c *call) reply {
	var in struct {
		commentPlace
		Comment int64  `json:"user_comment_id"`
		Content string `json:"content"`
	}
	if bad := s.sendFault(c); bad != nil {
		return *bad
	}
	if json.Unmarshal(c.body, &in) != nil {
		return fail(codeBadJSON)
	}
	s.mu.Lock()
	code := s.commentsCodeLocked(c)
	if code == 0 {
		code = s.replyLocked(c.account, in.articleID(), in.Comment, CommentReply{Text: in.Content, At: s.o.Now()})
	}
	s.mu.Unlock()
	if code != 0 {
		return fail(code)
	}
	return s.sendAccepted(c)
}

// wireComment is a Comment as comment/list tells it.
type wireComment struct {
	ID      int64      `json:"user_comment_id"`
	OpenID  string     `json:"openid,omitempty"`
	Created int64      `json:"create_time"`
	Content string     `json:"content"`
	Type    int        `json:"comment_type"` // 0 normal, 1 elected
	Reply   *wireReply `json:"reply,omitempty"`
}

type wireReply struct {
	Content string `json:"content"`
	Created int64  `json:"create_time"`
}

func (c Comment) wire() wireComment {
	w := wireComment{ID: c.ID, OpenID: c.OpenID, Created: c.At.Unix(), Content: c.Text}
	if c.Elected {
		w.Type = 1
	}
	if c.Reply != nil {
		w.Reply = &wireReply{c.Reply.Text, c.Reply.At.Unix()}
	}
	return w
}

// commentList is one page of the comments under an article (查看留言). The order
// is not documented; this is the order they were written in.
func (s *Server) commentList(c *call) reply {
	var in struct {
		commentPlace
		Begin int `json:"begin"`
		Count int `json:"count"`
		Type  int `json:"type"`
	}
	if json.Unmarshal(c.body, &in) != nil || in.Begin < 0 || in.Type < allComments || in.Type > electedComments {
		return fail(codeBadJSON)
	}
	if in.Count < 1 || in.Count > pageLength {
		return fail(codePageLength)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if code := s.commentsCodeLocked(c); code != 0 {
		return fail(code)
	}
	a := c.account.article(in.articleID())
	if a == nil {
		return fail(codeNoArticle)
	}
	total, page := 0, []wireComment{}
	for _, one := range a.comments {
		if in.Type != allComments && one.Elected != (in.Type == electedComments) {
			continue
		}
		if total >= in.Begin && len(page) < in.Count {
			page = append(page, one.wire())
		}
		total++
	}
	return jsonReply(http.StatusOK, map[string]any{"errcode": 0, "errmsg": "ok", "total": total, "comment": page})
}
