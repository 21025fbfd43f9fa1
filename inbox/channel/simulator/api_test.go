package simulator_test

import (
	"encoding/json"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"replydesk/inbox/channel/simulator"
)

// withFollower is a simulator on a still clock whose citizen just did nothing.
func withFollower(t *testing.T, o simulator.Options) (*simulator.Server, client, *clock) {
	t.Helper()
	now := newClock()
	o.Now = now.Now
	receiver := newReceiver(t, nil)
	sim := start(t, o, testAccount(receiver.URL))
	return sim, serve(t, sim), now
}

func say(t *testing.T, sim *simulator.Server, text string) {
	t.Helper()
	if _, err := sim.Say(soon(t), appID, citizen, text); err != nil {
		t.Fatal(err)
	}
}

func TestTokenRequests(t *testing.T) {
	_, c, _ := withFollower(t, simulator.Options{})
	stable := func(grant, app, secret string) apiAnswer {
		return c.call("POST", "/cgi-bin/stable_token", fmt.Sprintf(`{"grant_type":%q,"appid":%q,"secret":%q}`, grant, app, secret))
	}
	classic := func(grant, app, secret string) apiAnswer {
		return c.call("GET", fmt.Sprintf("/cgi-bin/token?grant_type=%s&appid=%s&secret=%s", grant, app, secret), "")
	}
	for name, ask := range map[string]func(grant, app, secret string) apiAnswer{"stable": stable, "classic": classic} {
		tests := []struct {
			grant, app, secret string
			code               int
		}{
			{"client_credential", appID, appSecret, 0},
			{"password", appID, appSecret, 40002},
			{"client_credential", "", appSecret, 41002},
			{"client_credential", "wxnobody", appSecret, 40013},
			{"client_credential", appID, "", 41004},
			{"client_credential", appID, "wrong", 40125},
		}
		for _, tt := range tests {
			if a := ask(tt.grant, tt.app, tt.secret); a.ErrCode != tt.code || (a.AccessToken != "") != (tt.code == 0) {
				t.Errorf("%s %s %s %s: %+v, want %d", name, tt.grant, tt.app, tt.secret, a, tt.code)
			}
		}
	}
	if a := c.call("GET", "/cgi-bin/stable_token", ""); a.ErrCode != 43002 {
		t.Errorf("GET stable_token: %+v", a)
	}
	if a := c.call("POST", "/cgi-bin/stable_token", "{"); a.ErrCode != 47001 {
		t.Errorf("broken JSON: %+v", a)
	}
	if a := c.call("GET", "/cgi-bin/nothing", ""); a.ErrCode != 40066 {
		t.Errorf("unknown path: %+v", a)
	}
}

// works asks the cheapest endpoint whether a token is good.
func (c client) works(token string) int {
	c.t.Helper()
	return c.call("GET", "/cgi-bin/getcallbackip?access_token="+token, "").ErrCode
}

func TestStableTokenRules(t *testing.T) {
	sim, c, now := withFollower(t, simulator.Options{})
	first := c.stable(false)
	if first.ExpiresIn != 7200 || c.works(first.AccessToken) != 0 {
		t.Fatalf("first token %+v", first)
	}
	now.Add(6000 * time.Second)
	if same := c.stable(false); same.AccessToken != first.AccessToken || same.ExpiresIn != 1200 {
		t.Errorf("20 minutes before its end: %+v, want the same token", same)
	}
	now.Add(901 * time.Second)
	second := c.stable(false)
	if second.AccessToken == first.AccessToken || c.works(first.AccessToken) != 0 || c.works(second.AccessToken) != 0 {
		t.Error("in the last five minutes a new token must come and both be good")
	}
	now.Add(300 * time.Second)
	if code := c.works(first.AccessToken); code != 42001 {
		t.Errorf("expired token: %d, want 42001", code)
	}
	third := c.stable(true)
	if code := c.works(second.AccessToken); code != 40001 || c.works(third.AccessToken) != 0 {
		t.Errorf("after a forced refresh the old token gives %d, want 40001", code)
	}
	if a := c.stable(true); a.ErrCode != 45011 {
		t.Errorf("forced again within 30 s: %+v", a)
	}
	for range 19 {
		now.Add(31 * time.Second)
		if a := c.stable(true); a.ErrCode != 0 {
			t.Fatalf("forced refresh: %+v", a)
		}
	}
	now.Add(31 * time.Second)
	if a := c.stable(true); a.ErrCode != 45009 {
		t.Errorf("the 21st forced refresh of a day: %+v", a)
	}
	now.Add(24 * time.Hour)
	last := c.stable(true)
	if last.ErrCode != 0 {
		t.Errorf("a day later: %+v", last)
	}
	sim.KillTokens(appID)
	if code := c.works(last.AccessToken); code != 40001 {
		t.Errorf("killed token: %d, want 40001", code)
	}
	if code := c.works(""); code != 41001 {
		t.Errorf("no token: %d, want 41001", code)
	}
}

func TestClassicTokenRules(t *testing.T) {
	_, c, now := withFollower(t, simulator.Options{})
	ask := func() apiAnswer {
		return c.call("GET", "/cgi-bin/token?grant_type=client_credential&appid="+appID+"&secret="+appSecret, "")
	}
	stable := c.stable(false).AccessToken
	first, second := ask().AccessToken, ask().AccessToken
	now.Add(299 * time.Second)
	if c.works(first) != 0 || c.works(second) != 0 {
		t.Error("within five minutes both must be good")
	}
	now.Add(2 * time.Second)
	if code := c.works(first); code != 42001 || c.works(second) != 0 {
		t.Errorf("after five minutes the first gives %d, want 42001", code)
	}
	if c.works(stable) != 0 {
		t.Error("the classic endpoint disturbed the stable token")
	}
}

func TestSendWindows(t *testing.T) {
	type step struct {
		do   string // say, tap, click, view, follow, unfollow, scan, send, wait
		wait time.Duration
		code int
	}
	send := func(code int) step { return step{do: "send", code: code} }
	times := func(n int, s step) (all []step) {
		for range n {
			all = append(all, s)
		}
		return all
	}
	join := func(parts ...[]step) (all []step) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	one := func(s ...step) []step { return s }
	tests := []struct {
		name  string
		steps []step
	}{
		{"nothing happened", one(send(45015))},
		{"a message opens five", join(one(step{do: "say"}), times(5, send(0)), one(send(45047)))},
		{"for 48 hours", one(step{do: "say"}, step{do: "wait", wait: 48*time.Hour - time.Second}, send(0), step{do: "wait", wait: time.Second}, send(45015))},
		{"a new message begins anew", join(one(step{do: "say"}), times(4, send(0)), one(step{do: "say"}), times(5, send(0)), one(send(45047)))},
		{"a menu click opens three for a minute", join(one(step{do: "click"}), times(3, send(0)), one(send(45047), step{do: "wait", wait: time.Minute}, send(45015)))},
		{"viewing a page opens none", one(step{do: "view"}, send(45015))},
		{"following opens three", join(one(step{do: "unfollow"}, step{do: "follow"}), times(3, send(0)), one(send(45047)))},
		{"scanning opens three", join(one(step{do: "scan"}), times(3, send(0)), one(send(45047)))},
		{"leaving closes all", one(step{do: "say"}, send(0), step{do: "unfollow"}, send(45015))},
		{"tapping an item counts as a menu", join(one(step{do: "tap"}), times(3, send(0)), one(send(45047)))},
		{"two windows: the shorter is drawn first", join(
			one(step{do: "say"}, step{do: "click"}), times(3, send(0)), one(step{do: "wait", wait: time.Minute}), times(5, send(0)), one(send(45047)))},
		{"the longer one is left when the shorter is empty", join(one(step{do: "click"}, step{do: "say"}), times(8, send(0)), one(send(45047)))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sim, c, now := withFollower(t, simulator.Options{Citizens: []string{"陈晓雨"}})
			who, ctx := simulator.OpenID(appID, "陈晓雨"), soon(t)
			var accepted int
			for i, s := range tt.steps {
				var err error
				switch s.do {
				case "say":
					_, err = sim.Say(ctx, appID, who, "请问")
				case "tap":
					_, err = sim.Tap(ctx, appID, who, simulator.TapItem{ID: "101", Content: "满意"})
				case "click":
					_, err = sim.Click(ctx, appID, who, "GUIDE")
				case "view":
					_, err = sim.Send(ctx, appID, simulator.Message{OpenID: who, Type: "event", Event: "VIEW", EventKey: "http://desk.test"})
				case "follow":
					_, err = sim.Follow(ctx, appID, who)
				case "unfollow":
					_, err = sim.Unfollow(ctx, appID, who)
				case "scan":
					_, err = sim.Scan(ctx, appID, who, "1")
				case "wait":
					now.Add(s.wait)
				case "send":
					a := c.sendText(c.stable(false).AccessToken, who, "答复")
					if a.ErrCode != s.code {
						t.Fatalf("step %d: %+v, want %d", i, a, s.code)
					}
					if a.ErrCode == 0 {
						accepted++
					}
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if shown := len(sim.Replies(appID, who)); shown != accepted {
				t.Errorf("the phone shows %d replies, %d were accepted", shown, accepted)
			}
		})
	}
}

func TestSendChecks(t *testing.T) {
	sim, c, _ := withFollower(t, simulator.Options{})
	say(t, sim, "请问")
	to := fmt.Sprintf(`"touser":%q,`, citizen)
	tests := []struct {
		name, body string
		code       int
	}{
		{"text", `{` + to + `"msgtype":"text","text":{"content":"您好"}}`, 0},
		{"2048 bytes", `{` + to + `"msgtype":"text","text":{"content":"` + strings.Repeat("a", 2048) + `"}}`, 0},
		{"2049 bytes", `{` + to + `"msgtype":"text","text":{"content":"` + strings.Repeat("a", 2049) + `"}}`, 45002},
		{"empty", `{` + to + `"msgtype":"text","text":{"content":""}}`, 44004},
		{"no JSON", `{`, 47001},
		{"stranger", `{"touser":"oNobody","msgtype":"text","text":{"content":"您好"}}`, 40003},
		{"no such type", `{` + to + `"msgtype":"telegram"}`, 40008},
		{"unknown picture", `{` + to + `"msgtype":"image","image":{"media_id":"nothing"}}`, 40007},
		{"two articles", `{` + to + `"msgtype":"news","news":{"articles":[{"title":"一"},{"title":"二"}]}}`, 45008},
		{"no article", `{` + to + `"msgtype":"news","news":{"articles":[]}}`, 45008},
		{"empty menu", `{` + to + `"msgtype":"msgmenu","msgmenu":{"list":[]}}`, 44004},
	}
	token := c.stable(false).AccessToken
	for _, tt := range tests {
		if a := c.call("POST", "/cgi-bin/message/custom/send?access_token="+token, tt.body); a.ErrCode != tt.code {
			t.Errorf("%s: %+v, want %d", tt.name, a, tt.code)
		}
	}
	if a := c.call("GET", "/cgi-bin/message/custom/send?access_token="+token, ""); a.ErrCode != 43002 {
		t.Errorf("GET: %+v", a)
	}
	if a := c.sendText("nonsense", citizen, "您好"); a.ErrCode != 40001 || !strings.Contains(a.ErrMsg, "rid: ") {
		t.Errorf("bad token: %+v", a)
	}
	uncertified := testAccount("")
	uncertified.Uncertified = true
	if err := sim.AddAccount(uncertified); err != nil {
		t.Fatal(err)
	}
	if a := c.sendText(token, citizen, "您好"); a.ErrCode != 48001 {
		t.Errorf("uncertified account: %+v", a)
	}
}

func TestWhatTheCitizenSees(t *testing.T) {
	sim, c, _ := withFollower(t, simulator.Options{})
	say(t, sim, "请问")
	token := c.stable(false).AccessToken
	for _, body := range []string{
		`{"touser":%q,"msgtype":"text","text":{"content":"<a href=\"http://desk.test\">办事入口</a>"},"aimsgcontext":{"is_ai_msg":1},"customservice":{"kf_account":"li@desk"}}`,
		`{"touser":%q,"msgtype":"msgmenu","msgmenu":{"head_content":"您对本次答复是否满意？","list":[{"id":"101","content":"满意"},{"id":102,"content":"不满意"}],"tail_content":"感谢"}}`,
		`{"touser":%q,"msgtype":"news","news":{"articles":[{"title":"指南","url":"http://desk.test/g"}]}}`,
	} {
		if a := c.call("POST", "/cgi-bin/message/custom/send?access_token="+token, fmt.Sprintf(body, citizen)); a.ErrCode != 0 {
			t.Fatalf("%+v", a)
		}
	}
	got, err := sim.WaitReply(soon(t), appID, citizen, 3)
	if err != nil {
		t.Fatal(err)
	}
	if !got[0].AI || got[0].Agent != "li@desk" || got[0].Text != `<a href="http://desk.test">办事入口</a>` {
		t.Errorf("text: %+v", got[0])
	}
	menu := got[1].Details
	if menu.Head == "" || menu.Tail == "" || len(menu.Items) != 2 || menu.Items[0] != (simulator.TapItem{ID: "101", Content: "满意"}) || menu.Items[1].ID != "102" {
		t.Errorf("menu: %+v", menu)
	}
	if got[2].Details.Articles[0].Title != "指南" {
		t.Errorf("news: %+v", got[2].Details)
	}
}

func TestTyping(t *testing.T) {
	sim, c, now := withFollower(t, simulator.Options{})
	token := c.stable(false).AccessToken
	typing := func(to, command string) int {
		return c.call("POST", "/cgi-bin/message/custom/typing?access_token="+token, fmt.Sprintf(`{"touser":%q,"command":%q}`, to, command)).ErrCode
	}
	say(t, sim, "请问")
	for _, step := range []struct {
		to, command string
		code        int
	}{
		{"oNobody", "Typing", 40003},
		{citizen, "Dance", 45072},
		{citizen, "Typing", 0},
		{citizen, "Typing", 45081},
		{citizen, "CancelTyping", 0},
		{citizen, "Typing", 0},
	} {
		if code := typing(step.to, step.command); code != step.code {
			t.Errorf("%s %s: %d, want %d", step.to, step.command, code, step.code)
		}
	}
	if a := c.sendText(token, citizen, "答复"); a.ErrCode != 0 {
		t.Fatal(a)
	}
	if code := typing(citizen, "Typing"); code != 0 {
		t.Errorf("typing after a message: %d, want 0", code)
	}
	now.Add(31 * time.Second)
	if code := typing(citizen, "Typing"); code != 45080 {
		t.Errorf("31 s after the citizen: %d, want 45080", code)
	}
}

func TestUserInfo(t *testing.T) {
	sim, c, _ := withFollower(t, simulator.Options{})
	say(t, sim, "请问")
	ask := func(openID string) map[string]any {
		_, _, raw := c.do("GET", "/cgi-bin/user/info?lang=zh_CN&openid="+openID+"&access_token="+c.stable(false).AccessToken, "", "")
		var got map[string]any
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := ask(citizen); got["subscribe"] != 1.0 || got["nickname"] != "" || got["headimgurl"] != "" || got["openid"] != citizen {
		t.Errorf("follower: %v", got)
	}
	if _, err := sim.Unfollow(soon(t), appID, citizen); err != nil {
		t.Fatal(err)
	}
	if got := ask(citizen); got["subscribe"] != 0.0 || len(got) != 2 {
		t.Errorf("after leaving: %v, want subscribe and openid only", got)
	}
	if got := ask("oNobody"); got["errcode"] != 40003.0 {
		t.Errorf("stranger: %v", got)
	}
}

// png is the head of a picture; sniffing needs no more.
const png = "\x89PNG\x0D\x0A\x1A\x0A and the rest"

func (c client) upload(token, kind, field, data string) apiAnswer {
	c.t.Helper()
	var body strings.Builder
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(field, "photo.png")
	if err != nil {
		c.t.Fatal(err)
	}
	_, _ = part.Write([]byte(data))
	_ = form.Close()
	_, _, raw := c.do("POST", "/cgi-bin/media/upload?type="+kind+"&access_token="+token, form.FormDataContentType(), body.String())
	var a apiAnswer
	if err := json.Unmarshal(raw, &a); err != nil {
		c.t.Fatal(err)
	}
	return a
}

func TestMedia(t *testing.T) {
	sim, c, now := withFollower(t, simulator.Options{})
	token := c.stable(false).AccessToken
	for _, tt := range []struct {
		name, kind, field, data string
		code                    int
	}{
		{"picture", "image", "media", png, 0},
		{"no such kind", "hologram", "media", png, 40004},
		{"text as a picture", "image", "media", "hello", 40004},
		{"large thumb", "thumb", "media", "\xFF\xD8\xFF" + strings.Repeat("x", 64<<10), 40006},
		{"wrong field", "image", "file", png, 41005},
	} {
		if a := c.upload(token, tt.kind, tt.field, tt.data); a.ErrCode != tt.code || (a.MediaID != "") != (tt.code == 0) {
			t.Errorf("%s: %+v, want %d", tt.name, a, tt.code)
		}
	}
	get := func(id string) (string, string) {
		_, header, raw := c.do("GET", "/cgi-bin/media/get?media_id="+id+"&access_token="+c.stable(false).AccessToken, "", "")
		return header.Get("Content-Type") + " " + header.Get("Content-Disposition"), string(raw)
	}
	photo := c.upload(token, "image", "media", png).MediaID
	if head, body := get(photo); body != png || head != "image/png attachment; filename=photo.png" {
		t.Errorf("picture: %q %q", head, body)
	}
	film, err := sim.AddMedia(appID, "video", "film.mp4", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"))
	if err != nil {
		t.Fatal(err)
	}
	var video apiAnswer
	if _, body := get(film); json.Unmarshal([]byte(body), &video) != nil || video.VideoURL != c.base+"/sim/media/"+film {
		t.Errorf("video: %s", body)
	}
	if status, _, _ := c.do("GET", strings.TrimPrefix(video.VideoURL, c.base), "", ""); status != 200 {
		t.Errorf("the video's address gives %d", status)
	}
	now.Add(3*24*time.Hour + time.Second)
	for _, id := range []string{photo, "nothing"} {
		if _, body := get(id); !strings.Contains(body, `"errcode":40007`) {
			t.Errorf("media %s: %s, want 40007", id, body)
		}
	}
}

func TestCitizensSendFiles(t *testing.T) {
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{BaseURL: "http://sim.test"}, testAccount(receiver.URL))
	if _, err := sim.SendFile(soon(t), appID, citizen, "image", "a.png", []byte(png)); err != nil {
		t.Fatal(err)
	}
	d := receiver.next()
	if d.MsgType != "image" || d.MediaId == "" || d.PicUrl != "http://sim.test/sim/media/"+d.MediaId {
		t.Errorf("got %+v", d.fields)
	}
}
