package simulator_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

// second is the article of the tests: the second of its group.
var second = simulator.Article{MsgDataID: 2247483651, Index: 2, Title: "滨江夜市本周五开街"}

// withComments is a simulator whose article has these comments, an hour ago.
func withComments(t *testing.T, o simulator.Options, texts ...string) (*simulator.Server, client) {
	t.Helper()
	sim, c, now := withFollower(t, o)
	if err := sim.AddArticle(appID, second); err != nil {
		t.Fatal(err)
	}
	for n, text := range texts {
		got, err := sim.AddComment(appID, second.ID(), simulator.Comment{OpenID: citizen, Text: text, At: now.Now().Add(-time.Hour), Elected: n%3 == 2})
		if err != nil || got.ID != int64(n+1) {
			t.Fatalf("AddComment = %+v, %v", got, err)
		}
	}
	return sim, c
}

func (c client) comment(op, token, body string) apiAnswer {
	c.t.Helper()
	return c.call("POST", "/cgi-bin/comment/"+op+"?access_token="+token, body)
}

func replyBody(msgDataID int64, index int, comment int64, content string) string {
	body, _ := json.Marshal(map[string]any{"msg_data_id": msgDataID, "index": index, "user_comment_id": comment, "content": content})
	return string(body)
}

func TestCommentReply(t *testing.T) {
	sim, c := withComments(t, simulator.Options{}, "怎么报名", "第一")
	token := c.stable(false).AccessToken
	longest := strings.Repeat("长", 600)
	tests := []struct {
		name, body string
		code       int
	}{
		{"broken JSON", `{`, 47001},
		{"an id as text", `{"msg_data_id":"2247483651","index":1,"user_comment_id":1,"content":"好"}`, 47001},
		{"unknown article", replyBody(1, 1, 1, "好"), 88001},
		{"counted from 1", replyBody(second.MsgDataID, 2, 1, "好"), 88001},
		{"index missing", `{"msg_data_id":2247483651,"user_comment_id":1,"content":"好"}`, 88001},
		{"index below 0", replyBody(second.MsgDataID, -1, 1, "好"), 88001},
		{"unknown comment", replyBody(second.MsgDataID, 1, 3, "好"), 88008},
		{"no comment", replyBody(second.MsgDataID, 1, 0, "好"), 88008},
		{"empty", replyBody(second.MsgDataID, 1, 1, ""), 88007},
		{"too long", replyBody(second.MsgDataID, 1, 1, longest+"一"), 88007},
		{"good", replyBody(second.MsgDataID, 1, 1, longest), 0},
		{"again", replyBody(second.MsgDataID, 1, 1, "更正"), 88005},
	}
	for _, tt := range tests {
		if a := c.comment("reply/add", token, tt.body); a.ErrCode != tt.code || a.ErrMsg == "" {
			t.Errorf("%s: %+v, want %d", tt.name, a, tt.code)
		}
	}
	got := sim.Comments(appID, second.ID())
	if len(got) != 2 || got[0].Reply == nil || got[0].Reply.Text != longest || got[1].Reply != nil {
		t.Errorf("comments %+v", got)
	}
	if a := c.comment("reply/add", "", replyBody(second.MsgDataID, 1, 2, "好")); a.ErrCode != 41001 {
		t.Errorf("without a token: %+v", a)
	}
}

func TestCommentPrivilege(t *testing.T) {
	sim, c := withComments(t, simulator.Options{}, "怎么报名")
	token := c.stable(false).AccessToken
	ask := func() (reply, list int) {
		return c.comment("reply/add", token, replyBody(second.MsgDataID, 1, 1, "好")).ErrCode,
			c.comment("list", token, `{"msg_data_id":2247483651,"index":1,"begin":0,"count":49,"type":0}`).ErrCode
	}
	setFaults(t, sim, simulator.FaultRule{Fault: simulator.CommentsOff, AppID: appID, Probability: 1})
	if reply, list := ask(); reply != 88000 || list != 88000 {
		t.Errorf("without the privilege: %d and %d", reply, list)
	}
	sim.ClearFaults()
	uncertified := sim.Accounts()[0]
	uncertified.Uncertified = true
	if err := sim.AddAccount(uncertified); err != nil {
		t.Fatal(err)
	}
	if reply, list := ask(); reply != 48001 || list != 48001 {
		t.Errorf("not certified: %d and %d", reply, list)
	}
	if got := sim.Comments(appID, second.ID()); got[0].Reply != nil {
		t.Errorf("a refused reply shows: %+v", got)
	}
}

func TestCommentReplyFaults(t *testing.T) {
	tests := []struct {
		fault    simulator.Fault
		accepted bool
	}{
		{simulator.SendAnswerLost, true}, {simulator.SendReset, false}, {simulator.SendHTTP502, false}, {simulator.SendBusy, false},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault), func(t *testing.T) {
			sim, c := withComments(t, simulator.Options{}, "怎么报名")
			token := c.stable(false).AccessToken
			setFaults(t, sim, simulator.FaultRule{Fault: tt.fault, Count: 1})
			response, err := http.Post(c.base+"/cgi-bin/comment/reply/add?access_token="+token, "application/json",
				strings.NewReader(replyBody(second.MsgDataID, 1, 1, "好")))
			if err == nil {
				response.Body.Close()
			}
			if got := sim.Comments(appID, second.ID())[0].Reply != nil; got != tt.accepted {
				t.Errorf("the reply shows: %v, want %v", got, tt.accepted)
			}
		})
	}
}

func TestCommentList(t *testing.T) {
	texts := make([]string, 120)
	for n := range texts {
		texts[n] = fmt.Sprintf("第%d条", n+1)
	}
	sim, c := withComments(t, simulator.Options{}, texts...)
	token := c.stable(false).AccessToken
	if _, err := sim.AddComment(appID, second.ID(), simulator.Comment{Text: "匿名"}); err != nil {
		t.Fatal(err)
	}
	replied := simulator.CommentReply{Text: "请看菜单", At: time.Unix(1764000300, 0)}
	if err := sim.RecallReply(appID, second.ID(), 3, replied); err != nil {
		t.Fatal(err)
	}
	list := func(begin, count, kind int) (code, total int, ids []string, raw string) {
		t.Helper()
		body := fmt.Sprintf(`{"msg_data_id":2247483651,"index":1,"begin":%d,"count":%d,"type":%d}`, begin, count, kind)
		_, _, answer := c.do("POST", "/cgi-bin/comment/list?access_token="+token, "application/json", body)
		var page struct {
			Code    int `json:"errcode"`
			Total   int `json:"total"`
			Comment []struct {
				ID json.Number `json:"user_comment_id"`
			} `json:"comment"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Comment {
			ids = append(ids, one.ID.String())
		}
		return page.Code, page.Total, ids, string(answer)
	}
	tests := []struct {
		name                     string
		begin, count, kind, code int
		total, page              int
		first                    string
	}{
		{"first page", 0, 49, 0, 0, 121, 49, "1"},
		{"last page", 98, 49, 0, 0, 121, 23, "99"},
		{"past the end", 121, 49, 0, 0, 121, 0, ""},
		{"normal", 2, 2, 1, 0, 81, 2, "4"},
		{"elected", 0, 49, 2, 0, 40, 40, "3"},
		{"fifty", 0, 50, 0, 88010, 0, 0, ""},
		{"none", 0, 0, 0, 88010, 0, 0, ""},
		{"unknown type", 0, 1, 3, 47001, 0, 0, ""},
		{"before the start", -1, 1, 0, 47001, 0, 0, ""},
	}
	for _, tt := range tests {
		code, total, ids, raw := list(tt.begin, tt.count, tt.kind)
		if code != tt.code || total != tt.total || len(ids) != tt.page || tt.page > 0 && ids[0] != tt.first {
			t.Errorf("%s: %s", tt.name, raw)
		}
	}
	_, _, _, raw := list(2, 1, 0)
	want := `{"user_comment_id":3,"openid":"` + citizen + `","create_time":1763996400,"content":"第3条","comment_type":1,` +
		`"reply":{"content":"请看菜单","create_time":1764000300}}`
	if !strings.Contains(raw, want) {
		t.Errorf("got %s, want %s", raw, want)
	}
	if _, _, _, raw := list(120, 1, 0); strings.Contains(raw, "openid") || strings.Contains(raw, "reply") {
		t.Errorf("a comment of nobody known: %s", raw)
	}
	if a := c.comment("list", token, `{"msg_data_id":1,"begin":0,"count":1,"type":0}`); a.ErrCode != 88001 {
		t.Errorf("unknown article: %+v", a)
	}
}

func TestCommentsAreRefused(t *testing.T) {
	sim, _ := withComments(t, simulator.Options{}, "怎么报名")
	long := strings.Repeat("长", 601)
	comment := func(app, article, text string) error {
		_, err := sim.AddComment(app, article, simulator.Comment{Text: text})
		return err
	}
	reply := func(article string, id int64, text string) error {
		return sim.RecallReply(appID, article, id, simulator.CommentReply{Text: text})
	}
	tests := []struct {
		name string
		err  error
		code desk.Code
	}{
		{"article of nobody", sim.AddArticle("wxnobody", second), desk.NotFound},
		{"article without id", sim.AddArticle(appID, simulator.Article{Index: 1, Title: "一"}), desk.Invalid},
		{"article counted from 0", sim.AddArticle(appID, simulator.Article{MsgDataID: 1, Title: "一"}), desk.Invalid},
		{"article without title", sim.AddArticle(appID, simulator.Article{MsgDataID: 1, Index: 1}), desk.Invalid},
		{"comment of nobody", comment("wxnobody", second.ID(), "好"), desk.NotFound},
		{"comment under nothing", comment(appID, "1_1", "好"), desk.NotFound},
		{"empty comment", comment(appID, second.ID(), ""), desk.Invalid},
		{"long comment", comment(appID, second.ID(), long), desk.Invalid},
		{"reply under nothing", reply("1_1", 1, "好"), desk.Invalid},
		{"reply to nothing", reply(second.ID(), 2, "好"), desk.Invalid},
		{"empty reply", reply(second.ID(), 1, ""), desk.Invalid},
	}
	for _, tt := range tests {
		if desk.CodeOf(tt.err) != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, tt.err, tt.code)
		}
	}
	if err := reply(second.ID(), 1, "好"); err != nil {
		t.Error(err)
	}
	if err := reply(second.ID(), 1, "更正"); desk.CodeOf(err) != desk.Invalid {
		t.Errorf("a second reply: %v", err)
	}
	renamed := second
	renamed.Title = "夜市开街"
	if err := sim.AddArticle(appID, renamed); err != nil {
		t.Error(err)
	}
	if got := sim.Articles(appID); len(got) != 1 || got[0] != renamed || len(sim.Comments(appID, second.ID())) != 1 {
		t.Errorf("articles %+v", got)
	}
}

func TestCommentsAreBounded(t *testing.T) {
	sim, _ := withComments(t, simulator.Options{})
	for n := 2; ; n++ {
		err := sim.AddArticle(appID, simulator.Article{MsgDataID: int64(n), Index: 1, Title: "一"})
		if err != nil {
			if n != 101 || desk.CodeOf(err) != desk.Unavailable {
				t.Errorf("article %d: %v", n, err)
			}
			break
		}
	}
	for n := 1; ; n++ {
		if _, err := sim.AddComment(appID, second.ID(), simulator.Comment{Text: "一"}); err != nil {
			if n != 1001 || desk.CodeOf(err) != desk.Unavailable {
				t.Errorf("comment %d: %v", n, err)
			}
			break
		}
	}
}

func TestCommentsOutliveAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.jsonl")
	sim, c := withComments(t, simulator.Options{StateFile: path}, "怎么报名", "第一")
	if a := c.comment("reply/add", c.stable(false).AccessToken, replyBody(second.MsgDataID, 1, 2, "欢迎")); a.ErrCode != 0 {
		t.Fatal(a)
	}
	want := sim.Comments(appID, second.ID())
	killed := copyState(t, path)
	for range 2 { // the second start reads the file that the first wrote anew
		after := start(t, simulator.Options{StateFile: killed}, testAccount(""))
		got := after.Comments(appID, second.ID())
		if len(got) != 2 || got[1].Reply == nil || got[1].Reply.Text != "欢迎" || !got[0].At.Equal(want[0].At) || got[0].Reply != nil {
			t.Errorf("comments %+v, before %+v", got, want)
		}
		if articles := after.Articles(appID); len(articles) != 1 || articles[0] != second {
			t.Errorf("articles %+v", articles)
		}
		if err := after.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

type seenArticle struct {
	ID       string              `json:"id"`
	Title    string              `json:"title"`
	Total    int                 `json:"total"`
	Comments []simulator.Comment `json:"comments"`
}

func TestStreamShowsComments(t *testing.T) {
	texts := make([]string, 60)
	for n := range texts {
		texts[n] = "问"
	}
	sim, c := withComments(t, simulator.Options{}, texts...)
	other := testAccount("")
	other.AppID = "wxotheraccount"
	if err := sim.AddAccount(other); err != nil {
		t.Fatal(err)
	}
	who := sim.Citizens(appID)[0].OpenID
	request, _ := http.NewRequestWithContext(soon(t), "GET", c.base+"/sim/stream?account="+appID+"&citizen="+who, nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	stream := events{t, bufio.NewScanner(response.Body)}
	stream.lines.Buffer(nil, 1<<20)
	var first struct {
		Articles []seenArticle `json:"articles"`
	}
	stream.next("snapshot", &first)
	if got := first.Articles; len(got) != 1 || got[0].ID != second.ID() || got[0].Total != 60 || len(got[0].Comments) != 50 || got[0].Comments[49].ID != 60 {
		t.Fatalf("snapshot %+v", got)
	}
	if status, listed := control[list[seenArticle]](c, "GET", "/sim/articles?account="+appID, ""); status != http.StatusOK || len(listed.Items) != 1 || listed.Items[0].Total != 60 {
		t.Errorf("listed %+v", listed)
	}
	if status, _ := control[map[string]any](c, "GET", "/sim/articles?account=wxnobody", ""); status != http.StatusNotFound {
		t.Errorf("articles of nobody: %d", status)
	}
	for app, article := range map[string]simulator.Article{other.AppID: {MsgDataID: 1, Index: 1, Title: "别人的"}, appID: {MsgDataID: 2, Index: 1, Title: "新的"}} {
		if err := sim.AddArticle(app, article); err != nil {
			t.Fatal(err)
		}
	}
	var added seenArticle
	if stream.next("article", &added); added.Title != "新的" || added.Comments == nil {
		t.Errorf("got %+v", added)
	}
	if a := c.comment("reply/add", c.stable(false).AccessToken, replyBody(second.MsgDataID, 1, 60, "答")); a.ErrCode != 0 {
		t.Fatal(a)
	}
	var changed struct {
		Article string            `json:"article"`
		Comment simulator.Comment `json:"comment"`
	}
	if stream.next("comment", &changed); changed.Article != second.ID() || changed.Comment.ID != 60 || changed.Comment.Reply.Text != "答" {
		t.Errorf("got %+v", changed)
	}
}

// TestDeskAnswersComment lets the desk's own adapter answer over HTTP.
func TestDeskAnswersComment(t *testing.T) {
	sim, c := withComments(t, simulator.Options{}, "怎么报名")
	settings, _ := json.Marshal(map[string]string{
		"app_id": appID, "app_secret": "fakesecret", "token": hookToken, "encoding_aes_key": aesKey, "api_base": c.base,
	})
	account := testAccount("")
	account.AppSecret = "fakesecret"
	if err := sim.AddAccount(account); err != nil {
		t.Fatal(err)
	}
	opened, err := wechat.New(wechat.Options{}).Open(channel.Account{ID: 1, Platform: wechat.Name, Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	id, err := wechat.ParseArticleID(second.ID())
	if err != nil {
		t.Fatal(err)
	}
	out := channel.Outbound{Kind: channel.Comment, CommentID: wechat.CommentID{Article: id, Number: 1}.String(), Text: "请在“安澜通”报名"}
	if got := opened.Send(soon(t), out); got.Outcome != channel.Sent {
		t.Fatalf("Send = %+v", got)
	}
	if got := sim.Comments(appID, second.ID()); got[0].Reply == nil || got[0].Reply.Text != out.Text {
		t.Errorf("comments %+v", got)
	}
	if got := opened.Send(soon(t), out); got.Outcome != channel.Never || got.Code != "88005" {
		t.Errorf("a second reply: %+v", got)
	}
}

func TestWaitComments(t *testing.T) {
	sim, _ := withComments(t, simulator.Options{}, "怎么报名")
	replied := make(chan error, 1)
	go func() { replied <- sim.RecallReply(appID, second.ID(), 1, simulator.CommentReply{Text: "好"}) }()
	got, err := sim.WaitComments(soon(t), appID, second.ID(), func(all []simulator.Comment) bool { return all[0].Reply != nil })
	if err != nil || got[0].Reply.Text != "好" {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := <-replied; err != nil {
		t.Error(err)
	}
}
