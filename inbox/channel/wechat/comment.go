package wechat

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// ArticleID names one article (图文) of an account. Its text is the external id
// of a channel.Post: "<msg_data_id>_<index>", as the platform's statistics write
// it, with the index counted from 1.
type ArticleID struct {
	MsgDataID int64 // of the group that was sent together; above 0
	Index     int   // position in the group, 1 to 255; the comment API counts from 0
}

// CommentID names one comment under an article. The platform does not say that
// its number is unique beyond the article, so its text, the external id of the
// comment, is "<msg_data_id>_<index>_<user_comment_id>".
type CommentID struct {
	Article ArticleID
	Number  int64 // user_comment_id, above 0
}

// String is the external id of the post.
func (a ArticleID) String() string {
	return strconv.FormatInt(a.MsgDataID, 10) + "_" + strconv.Itoa(a.Index)
}

// String is the external id of the comment.
func (c CommentID) String() string {
	return c.Article.String() + "_" + strconv.FormatInt(c.Number, 10)
}

// ParseArticleID reads what ArticleID.String writes, and nothing else: two
// spellings of one id would be two posts. The error is a desk.Error Invalid.
func ParseArticleID(text string) (ArticleID, error) {
	n, ok := numbers(text, 2)
	if !ok || n[1] > 255 {
		return ArticleID{}, desk.Errorf(desk.Invalid, "文章编号有误")
	}
	return ArticleID{MsgDataID: n[0], Index: int(n[1])}, nil
}

// ParseCommentID reads what CommentID.String writes. The error is a desk.Error
// Invalid.
func ParseCommentID(text string) (CommentID, error) {
	n, ok := numbers(text, 3)
	if !ok || n[1] > 255 {
		return CommentID{}, desk.Errorf(desk.Invalid, "留言编号有误")
	}
	return CommentID{Article: ArticleID{MsgDataID: n[0], Index: int(n[1])}, Number: n[2]}, nil
}

// numbers reads a count of positive decimal numbers joined by '_'.
func numbers(text string, count int) ([]int64, bool) {
	if len(text) > maxID {
		return nil, false
	}
	parts := strings.Split(text, "_")
	if len(parts) != count {
		return nil, false
	}
	all := make([]int64, count)
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 63)
		if err != nil || part[0] == '0' {
			return nil, false
		}
		all[i] = int64(n)
	}
	return all, true
}

// sendReply answers a comment in public (reply/add). The platform takes one
// reply for each comment, and tells no id of it.
func (o *official) sendReply(ctx context.Context, out channel.Outbound) channel.Result {
	id, err := ParseCommentID(out.CommentID)
	switch {
	case err != nil:
		return channel.Result{Outcome: channel.Never, Code: "comment_id", Message: "这条留言的编号有误，公众平台无法识别，不能回复"}
	case strings.TrimSpace(out.Text) == "":
		return unsendable(88007)
	case o.options.CommentMaxRunes > 0 && utf8.RuneCountInString(out.Text) > o.options.CommentMaxRunes:
		return unsendable(88007)
	}
	return o.deliver(ctx, "/cgi-bin/comment/reply/add", struct {
		MsgDataID int64  `json:"msg_data_id"`
		Index     int    `json:"index"`
		Comment   int64  `json:"user_comment_id"`
		Content   string `json:"content"`
	}{id.Article.MsgDataID, id.Article.Index - 1, id.Number, plainLines(out.Text)})
}
