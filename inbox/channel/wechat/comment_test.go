package wechat_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

// answer is the reply to the second article's comment 7.
func answer(text string) channel.Outbound {
	return channel.Outbound{ReplyID: 9, Kind: channel.Comment, CommentID: "2247483651_2_7", Text: text}
}

// TestCommentIDs: what is written is read again, and nothing else is.
func TestCommentIDs(t *testing.T) {
	article := wechat.ArticleID{MsgDataID: 2247483651, Index: 3}
	comment := wechat.CommentID{Article: article, Number: 12}
	if article.String() != "2247483651_3" || comment.String() != "2247483651_3_12" {
		t.Fatalf("written as %s and %s", article, comment)
	}
	if got, err := wechat.ParseArticleID(article.String()); got != article || err != nil {
		t.Errorf("ParseArticleID = %+v, %v", got, err)
	}
	if got, err := wechat.ParseCommentID(comment.String()); got != comment || err != nil {
		t.Errorf("ParseCommentID = %+v, %v", got, err)
	}
	bad := []string{
		"", "_", "__", "___", "1", "1_", "_1", "0_1", "1_0", "01_1", "1_01", "+1_1", "-1_1", " 1_1", "1_1 ", "1_256", "1.0_1", "1_１", "0x1_1",
		"9223372036854775808_1", strings.Repeat("9", 200) + "_1", "demo-c003-1", "1_1\x00",
	}
	for _, id := range bad {
		for _, text := range []string{id, id + "_1", "1_1_" + id} {
			if got, err := wechat.ParseArticleID(text); desk.CodeOf(err) != desk.Invalid && text != "1_1" {
				t.Errorf("ParseArticleID(%q) = %+v, %v", text, got, err)
			}
			if got, err := wechat.ParseCommentID(text); desk.CodeOf(err) != desk.Invalid && text != "1_1_1" {
				t.Errorf("ParseCommentID(%q) = %+v, %v", text, got, err)
			}
		}
	}
	largest := fmt.Sprintf("%d_255_%d", int64(math.MaxInt64), int64(math.MaxInt64))
	if got, err := wechat.ParseCommentID(largest); err != nil || got.String() != largest {
		t.Errorf("ParseCommentID(%s) = %s, %v", largest, got, err)
	}
}

func TestCommentReplyRequest(t *testing.T) {
	tests := []struct {
		name string
		out  channel.Outbound
		want string
	}{
		{"the API counts articles from 0", answer("您好"), `{"msg_data_id":2247483651,"index":1,"user_comment_id":7,"content":"您好"}`},
		{"nothing is escaped", answer("<请> & \"看\"\u2028第二行"),
			`{"msg_data_id":2247483651,"index":1,"user_comment_id":7,"content":"<请> & \"看\"\n第二行"}`},
		{"first article", channel.Outbound{Kind: channel.Comment, CommentID: "12003_1_1", ContactID: "oUser1", Text: "好"},
			`{"msg_data_id":12003,"index":0,"user_comment_id":1,"content":"好"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, says(`{"errcode":0,"errmsg":"ok"}`))
			account := open(t, wechat.Options{Tokens: &tokens{}}, at(s.URL))
			if got := account.Send(t.Context(), test.out); got != (channel.Result{Outcome: channel.Sent, Code: "0", Message: "ok"}) {
				t.Fatalf("Send = %+v, want sent", got)
			}
			want := call{"/cgi-bin/comment/reply/add", "token-1", "api.weixin.qq.com", test.want, "application/json; charset=utf-8"}
			if got := s.last(); got != want {
				t.Errorf("call = %+v, want %+v", got, want)
			}
		})
	}
}

func TestCommentReplyRefusesBeforehand(t *testing.T) {
	s := serve(t, says(`{"errcode":0}`))
	account := open(t, wechat.Options{CommentMaxRunes: 5}, at(s.URL))
	tests := []struct {
		name, code string
		out        channel.Outbound
	}{
		{"no id", "comment_id", channel.Outbound{Kind: channel.Comment, Text: "好"}},
		{"an article's id", "comment_id", channel.Outbound{Kind: channel.Comment, CommentID: "12003_1", Text: "好"}},
		{"another platform's id", "comment_id", channel.Outbound{Kind: channel.Comment, CommentID: "demo-c003-1", Text: "好"}},
		{"empty", "88007", answer(" \n")},
		{"longer than set", "88007", answer("一二三四五六")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := account.Send(t.Context(), test.out); got.Outcome != channel.Never || got.Code != test.code || got.Message == "" {
				t.Errorf("Send = %+v, want never with %s", got, test.code)
			}
		})
	}
	if fetched, calls := s.counts(); fetched+calls != 0 {
		t.Errorf("%d tokens and %d calls, want none", fetched, calls)
	}
	for name, send := range map[string]func() channel.Result{
		"as long as set": func() channel.Result { return account.Send(t.Context(), answer("一二三四五")) },
		"long, none set": func() channel.Result {
			return open(t, wechat.Options{}, at(s.URL)).Send(t.Context(), answer(strings.Repeat("长", 5000)))
		},
	} {
		if got := send(); got.Outcome != channel.Sent {
			t.Errorf("%s: Send = %+v, want sent", name, got)
		}
	}
}

// TestCommentReplyCodes is the error table of the comment endpoints.
func TestCommentReplyCodes(t *testing.T) {
	now := time.Date(2026, 11, 22, 15, 30, 0, 0, time.UTC) // 23:30 in Beijing
	tests := []struct {
		code    int
		message string
		want    channel.Outcome
		after   time.Duration
		says    string
	}{
		{88000, "without comment privilege", channel.Credentials, 0, "开通留言"},
		{88001, "msg_data is not exists", channel.Never, 0, "文章不存在"},
		{88005, "already reply", channel.Never, 0, "已经回复过"},
		{88007, "reply content beyond max len or content len is zero", channel.Never, 0, "过长"},
		{88008, "comment is not exists", channel.Never, 0, "留言已被删除"},
		{-1, "system error", channel.Again, 3 * time.Second, "繁忙"},
		{45009, "reach max api daily quota limit", channel.Again, 30 * time.Minute, "零点"},
		{48001, "api unauthorized", channel.Credentials, 0, "权限"},
		{88099, "never heard of", channel.Never, 0, "拒绝"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.code), func(t *testing.T) {
			s := serve(t, says(fmt.Sprintf(`{"errcode":%d,"errmsg":%q}`, test.code, test.message)))
			account := open(t, wechat.Options{Tokens: &tokens{}, Now: func() time.Time { return now }}, at(s.URL))
			got := account.Send(t.Context(), answer("您好"))
			if got.Outcome != test.want || got.RetryAfter != test.after || got.Code != fmt.Sprint(test.code) {
				t.Errorf("Send = %+v, want %s after %s", got, test.want, test.after)
			}
			if !strings.Contains(got.Message, test.says) || strings.Contains(got.Message, test.message) ||
				strings.Contains(got.Message, got.Code) || !strings.Contains(got.Detail, test.message) {
				t.Errorf("Message = %q, Detail = %q, want %q for staff and the platform's words apart", got.Message, got.Detail, test.says)
			}
			if _, calls := s.counts(); calls != 1 {
				t.Errorf("%d calls, want one", calls)
			}
		})
	}
}

// TestCommentReplyRefreshesToken: as for private messages, once.
func TestCommentReplyRefreshesToken(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("access_token") != "token-1" {
			says(`{"errcode":42001,"errmsg":"access_token expired"}`)(w, r)
			return
		}
		says(`{"errcode":0,"errmsg":"ok"}`)(w, r)
	})
	store := &tokens{kept: map[string]string{wechat.TokenKey(testApp, testSecret): "old"}}
	if got := open(t, wechat.Options{Tokens: store}, at(s.URL)).Send(t.Context(), answer("您好")); got.Outcome != channel.Sent {
		t.Errorf("Send = %+v, want sent", got)
	}
	if fetched, calls := s.counts(); fetched != 1 || calls != 2 {
		t.Errorf("%d tokens and %d calls, want 1 and 2", fetched, calls)
	}
}

// TestCommentReplyNetwork: what left may stand in public and is never sent again.
func TestCommentReplyNetwork(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		want   channel.Outcome
		code   string
	}{
		{"no answer in time", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, channel.NotKnown, "timeout"},
		{"cut off before the answer", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, channel.NotKnown, "network"},
		{"half an answer", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"errcode":0`)
			panic(http.ErrAbortHandler)
		}, channel.NotKnown, "network"},
		{"502", fails(502), channel.NotKnown, "http_502"},
		{"403", fails(403), channel.Again, "http_403"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.answer)
			account := open(t, wechat.Options{Timeout: 300 * time.Millisecond, Tokens: &tokens{}}, at(s.URL))
			if got := account.Send(t.Context(), answer("您好")); got.Outcome != test.want || got.Code != test.code {
				t.Errorf("Send = %+v, want %s %s", got, test.want, test.code)
			}
			if _, calls := s.counts(); calls != 1 {
				t.Errorf("%d calls, want one", calls)
			}
		})
	}
}

// FuzzCommentID: whatever is accepted is written back exactly.
func FuzzCommentID(f *testing.F) {
	for _, seed := range []string{"2247483651_3_12", "12003_1", "1_256_1", "01_1_1", "_", "demo-c003-1", "9223372036854775808_1_1", "1_1_1_1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := wechat.ParseCommentID(text)
		if err == nil && (c.String() != text || c.Article.MsgDataID < 1 || c.Article.Index < 1 || c.Article.Index > 255 || c.Number < 1) {
			t.Errorf("ParseCommentID(%q) = %+v", text, c)
		}
		a, err := wechat.ParseArticleID(text)
		if err == nil && (a.String() != text || a.MsgDataID < 1 || a.Index < 1 || a.Index > 255) {
			t.Errorf("ParseArticleID(%q) = %+v", text, a)
		}
	})
}
