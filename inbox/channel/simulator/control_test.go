package simulator_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"replydesk/inbox/channel/simulator"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// control calls the control API and reads the answer.
func control[T any](c client, method, path, body string) (int, T) {
	c.t.Helper()
	status, _, raw := c.do(method, path, "application/json", body)
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		c.t.Fatalf("%s %s: %v in %q", method, path, err, raw)
	}
	return status, v
}

type list[T any] struct {
	Items []T `json:"items"`
}

func TestControlActions(t *testing.T) {
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{}, testAccount(receiver.URL))
	c := serve(t, sim)
	who := `"account":"` + appID + `","citizen":"` + citizen + `"`
	tests := []struct {
		path, body string
		check      func(delivered) bool
	}{
		{"/sim/event", `{` + who + `,"event":"follow"}`, func(d delivered) bool { return d.Event == "subscribe" }},
		{"/sim/say", `{` + who + `,"text":"居住证"}`, func(d delivered) bool { return d.Content == "居住证" }},
		{"/sim/say", `{` + who + `,"text":"满意","menu_id":"101"}`, func(d delivered) bool { return d.BizMsgMenuID == "101" }},
		{"/sim/location", `{` + who + `,"latitude":23.1,"longitude":113.3,"label":"政务中心"}`, func(d delivered) bool {
			return d.Label == "政务中心" && strings.Contains(d.plain, "<Location_X>23.100000</Location_X>")
		}},
		{"/sim/link", `{` + who + `,"title":"通告","description":"全文","url":"http://desk.test/1"}`, func(d delivered) bool { return d.MsgType == "link" }},
		{"/sim/event", `{` + who + `,"event":"click","key":"GUIDE"}`, func(d delivered) bool { return d.Event == "CLICK" && d.EventKey == "GUIDE" }},
		{"/sim/event", `{` + who + `,"event":"view","key":"http://desk.test"}`, func(d delivered) bool { return d.Event == "VIEW" }},
		{"/sim/event", `{` + who + `,"event":"scan","key":"7"}`, func(d delivered) bool { return d.Event == "SCAN" }},
		{"/sim/event", `{` + who + `,"event":"unfollow"}`, func(d delivered) bool { return d.Event == "unsubscribe" }},
	}
	for _, tt := range tests {
		status, b := control[simulator.Bubble](c, "POST", tt.path, tt.body)
		if status != http.StatusOK || b.ID == 0 || b.From != simulator.FromCitizen {
			t.Fatalf("%s %s: %d %+v", tt.path, tt.body, status, b)
		}
		if d := receiver.next(); !tt.check(d) {
			t.Errorf("%s %s came as %s", tt.path, tt.body, d.plain)
		}
	}
	_, thread := control[list[simulator.Bubble]](c, "GET", "/sim/thread?account="+appID+"&citizen="+citizen, "")
	if len(thread.Items) != len(tests) {
		t.Errorf("the thread has %d bubbles, %d things happened", len(thread.Items), len(tests))
	}
}

func TestControlFiles(t *testing.T) {
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{}, testAccount(receiver.URL))
	c := serve(t, sim)
	query := "?account=" + appID + "&citizen=" + citizen
	if status, _, raw := c.do("POST", "/sim/image"+query, "image/png", png); status != http.StatusOK {
		t.Fatalf("picture: %d %s", status, raw)
	}
	d := receiver.next()
	if d.MsgType != "image" || !strings.HasPrefix(d.PicUrl, c.base+"/sim/media/") {
		t.Errorf("got %+v", d.fields)
	}
	status, header, raw := c.do("GET", strings.TrimPrefix(d.PicUrl, c.base), "", "")
	if status != http.StatusOK || string(raw) != png || !strings.Contains(header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("PicUrl: %d %v", status, header)
	}
	if status, _, raw := c.do("POST", "/sim/voice"+query, "", ""); status != http.StatusOK {
		t.Fatalf("voice: %d %s", status, raw)
	}
	if d := receiver.next(); d.MsgType != "voice" || !strings.Contains(d.plain, "<Format><![CDATA[amr]]></Format>") {
		t.Errorf("got %s", d.plain)
	}
	if status, _, _ := c.do("POST", "/sim/image"+query, "image/svg+xml", "<svg onload=alert(1)>"); status != http.StatusBadRequest {
		t.Errorf("a drawing with a script was taken: %d", status)
	}
}

func TestControlRefuses(t *testing.T) {
	sim := start(t, simulator.Options{}, testAccount("http://desk.test/hook"))
	c := serve(t, sim)
	good := `{"account":"` + appID + `","citizen":"` + citizen + `","text":"问"}`
	tests := []struct {
		name, path, contentType, body string
		status                        int
	}{
		{"a form of another site", "/sim/say", "text/plain", good, 400},
		{"unknown account", "/sim/say", "application/json", strings.Replace(good, appID, "wxnobody", 1), 404},
		{"unknown field", "/sim/say", "application/json", `{"txt":"问"}`, 400},
		{"empty text", "/sim/say", "application/json", strings.Replace(good, "问", "", 1), 400},
		{"unknown event", "/sim/event", "application/json", `{"account":"a","citizen":"b","event":"dance"}`, 400},
		{"unknown fault", "/sim/faults", "application/json", `{"rules":[{"fault":"earthquake","count":1}]}`, 400},
		{"huge body", "/sim/say", "application/json", `{"text":"` + strings.Repeat("长", 40_000) + `"}`, 400},
	}
	for _, tt := range tests {
		if status, header, raw := c.do("POST", tt.path, tt.contentType, tt.body); status != tt.status || header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s, want %d", tt.name, status, raw, tt.status)
		}
	}
	request, _ := http.NewRequest("GET", c.base+"/sim/accounts", nil)
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("another site may read the accounts: %d", response.StatusCode)
	}
}

func TestControlShowsNoSecrets(t *testing.T) {
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{}, testAccount(receiver.URL))
	c := serve(t, sim)
	say(t, sim, "请问")
	receiver.next()
	token := c.stable(false).AccessToken
	c.call("GET", "/cgi-bin/token?grant_type=client_credential&appid="+appID+"&secret="+appSecret, "")
	c.sendText(token, citizen, "答复")
	for _, path := range []string{"/sim/accounts", "/sim/exchanges", "/sim/thread?account=" + appID + "&citizen=" + citizen} {
		_, _, raw := c.do("GET", path, "", "")
		for _, secret := range []string{appSecret, hookToken, aesKey, token} {
			if strings.Contains(string(raw), secret) {
				t.Errorf("%s shows a secret", path)
			}
		}
	}
	log, err := sim.WaitExchange(soon(t), func(x simulator.Exchange) bool { return x.Kind == simulator.KindCallback })
	if err != nil || !strings.Contains(log.RequestBody, "<Encrypt>") || !strings.Contains(log.RequestPlain, "请问") || log.ResponseBody != "success" {
		t.Errorf("the log has %+v, %v", log, err)
	}
}

func TestControlFaults(t *testing.T) {
	sim := start(t, simulator.Options{}, testAccount("http://desk.test/hook"))
	c := serve(t, sim)
	type rule struct {
		Fault   string  `json:"fault"`
		Account string  `json:"account"`
		Prob    float64 `json:"probability"`
		Count   int     `json:"count"`
		Delay   int     `json:"delay_ms"`
	}
	_, got := control[list[rule]](c, "POST", "/sim/faults",
		`{"rules":[{"fault":"send_slow","account":"`+appID+`","count":2,"delay_ms":50},{"fault":"send_busy","probability":0.5}]}`)
	if len(got.Items) != 2 || got.Items[1] != (rule{"send_slow", appID, 0, 2, 50}) {
		t.Errorf("got %+v", got)
	}
	token := c.stable(false).AccessToken
	if _, got = control[list[rule]](c, "POST", "/sim/faults", `{"clear":true,"kill_tokens":true,"account":"`+appID+`"}`); len(got.Items) != 0 {
		t.Errorf("after clearing: %+v", got)
	}
	if code := c.works(token); code != 40001 {
		t.Errorf("killed token: %d", code)
	}
}

// events reads a stream of Server-Sent Events.
type events struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (e events) next(name string, into any) {
	e.t.Helper()
	for e.lines.Scan() {
		got, ok := strings.CutPrefix(e.lines.Text(), "event: ")
		if !ok || got != name {
			continue
		}
		e.lines.Scan()
		data, _ := strings.CutPrefix(e.lines.Text(), "data: ")
		if err := json.Unmarshal([]byte(data), into); err != nil {
			e.t.Fatal(err)
		}
		return
	}
	e.t.Fatalf("the stream ended before %q: %v", name, e.lines.Err())
}

func TestStream(t *testing.T) {
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{}, testAccount(receiver.URL))
	c := serve(t, sim)
	say(t, sim, "先前")
	receiver.next()
	request, _ := http.NewRequestWithContext(soon(t), "GET", c.base+"/sim/stream?account="+appID+"&citizen="+citizen, nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	stream := events{t, bufio.NewScanner(response.Body)}
	stream.lines.Buffer(nil, 1<<20)

	var first struct {
		Bubbles []simulator.Bubble `json:"bubbles"`
		Windows []simulator.Window `json:"windows"`
	}
	stream.next("snapshot", &first)
	if len(first.Bubbles) != 1 || first.Bubbles[0].Text != "先前" || len(first.Windows) != 1 {
		t.Errorf("snapshot %+v", first)
	}
	other := "oSomebodyElse"
	if _, err := sim.Say(soon(t), appID, other, "别人的"); err != nil {
		t.Fatal(err)
	}
	if a := c.sendText(c.stable(false).AccessToken, citizen, "答复"); a.ErrCode != 0 {
		t.Fatal(a)
	}
	var reply simulator.Bubble
	for reply.From != simulator.FromDesk {
		stream.next("bubble", &reply)
		if reply.Text == "别人的" {
			t.Fatal("the stream shows another citizen's message")
		}
	}
	if reply.Text != "答复" {
		t.Errorf("got %+v", reply)
	}
	if status, _, _ := c.do("GET", "/sim/stream?account="+appID+"&citizen=oNobody", "", ""); status != http.StatusNotFound {
		t.Errorf("a stream of nobody: %d", status)
	}
}

func TestPage(t *testing.T) {
	c := serve(t, start(t, simulator.Options{}))
	status, header, raw := c.do("GET", "/phone", "", "")
	html := string(raw)
	policy := header.Get("Content-Security-Policy")
	if status != http.StatusOK || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("status %d, policy %q", status, policy)
	}
	for _, bad := range []string{"<style", " style=", "onclick=", "http://", "https://", "<script>"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	for _, id := range []string{"phone-input", "phone-send", "phone-account", "phone-citizen", "phone-tab-chat", "phone-tab-articles", "phone-articles"} {
		if !strings.Contains(html, `data-testid="`+id+`"`) {
			t.Errorf("the page has no %s", id)
		}
	}
	for _, part := range strings.Split(html, `"`) {
		if strings.HasPrefix(part, "/phone/") {
			status, header, raw := c.do("GET", part, "", "")
			if status != http.StatusOK || len(raw) == 0 || header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %d %v", part, status, header)
			}
		}
	}
	request, _ := http.NewRequest("GET", c.base+"/phone", nil)
	request.Header.Set("If-None-Match", header.Get("ETag"))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusNotModified {
		t.Errorf("the same page again: %d", response.StatusCode)
	}
	if status, _, _ := c.do("GET", "/phone/..%2fpage.go", "", ""); status != http.StatusNotFound {
		t.Errorf("a file outside the page: %d", status)
	}
}

func TestServeEndsWithOpenStreams(t *testing.T) {
	sim := start(t, simulator.Options{}, testAccount("http://desk.test/hook"))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- sim.Serve(ctx, listener) }()
	who := sim.Citizens(appID)[0].OpenID
	response, err := http.Get("http://" + listener.Addr().String() + "/sim/stream?account=" + appID + "&citizen=" + who)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	events{t, bufio.NewScanner(response.Body)}.next("snapshot", &struct{}{})
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-soon(t).Done():
		t.Error("an open phone page holds the server up")
	}
}

func TestLogKeepsTheLast(t *testing.T) {
	sim := start(t, simulator.Options{Exchanges: 5}, testAccount("http://desk.test/hook"))
	c := serve(t, sim)
	for n := range 23 {
		c.call("GET", "/cgi-bin/nothing?n="+itoa(int64(n)), "")
	}
	log := sim.Exchanges()
	if len(log) != 5 || !strings.HasSuffix(log[0].URL, "n=18") || !strings.HasSuffix(log[4].URL, "n=22") {
		t.Errorf("the log has %+v", log)
	}
}
