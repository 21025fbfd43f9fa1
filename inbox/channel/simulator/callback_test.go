package simulator_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

func TestCallbackInEveryModeAndFormat(t *testing.T) {
	for _, mode := range []simulator.Mode{simulator.Plain, simulator.Compatible, simulator.Safe} {
		for _, format := range []simulator.Format{simulator.XML, simulator.JSON} {
			t.Run(fmt.Sprintf("%s %s", mode, format), func(t *testing.T) {
				desk := newReceiver(t, nil)
				a := testAccount(desk.URL + "/hooks/wechat/1?keep=yes")
				a.Mode, a.Format = mode, format
				sim := start(t, simulator.Options{}, a)

				const text = `居住证 <怎么> & "办理" ]]> 🙂`
				said, err := sim.Say(soon(t), appID, citizen, text)
				if err != nil {
					t.Fatal(err)
				}
				d := desk.next()
				if d.Content != text || d.MsgType != "text" || d.FromUserName != citizen || d.ToUserName != original {
					t.Errorf("got %+v", d.fields)
				}
				if id, _ := d.MsgId.Int64(); id != said.MsgID || id <= 1<<53 {
					t.Errorf("MsgId %d, said %d, want one above 2^53", id, said.MsgID)
				}
				if d.query.Get("openid") != citizen || d.query.Get("keep") != "yes" {
					t.Errorf("query %v", d.query)
				}
				if encrypted := d.query.Get("encrypt_type") == "aes"; encrypted != (mode != simulator.Plain) {
					t.Errorf("encrypt_type %q in mode %s", d.query.Get("encrypt_type"), mode)
				}
				if readable := strings.Contains(d.body, "FromUserName"); readable != (mode != simulator.Safe) {
					t.Errorf("plain fields in the body: %v, in mode %s", readable, mode)
				}
				if isJSON := strings.HasPrefix(d.body, "{"); isJSON != (format == simulator.JSON) {
					t.Errorf("body %.20q in format %s", d.body, format)
				}
				if _, err := sim.WaitState(soon(t), appID, citizen, said.ID, simulator.Accepted); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// The published vectors: the same key, nonce, random and time give the same bytes.
func TestSignerReproducesTheVectors(t *testing.T) {
	tests := []struct {
		name   string
		format simulator.Format
		want   string
	}{
		{"W2", simulator.XML, "d5744816d52f4859d343f219050f9fa24c14f98c"},
		{"W5", simulator.JSON, "0056fd11798957b336254909792e8f014963d7ce"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// 0x4eb62dd4 is the nonce 1320562132.
			signer := &simulator.Signer{
				Now:    func() time.Time { return time.Unix(1764000000, 0) },
				Random: strings.NewReader("\x4e\xb6\x2d\xd40123456789abcdef"),
			}
			a := testAccount("http://desk.test/hook")
			a.Format = tt.format
			callback, _, err := signer.BuildCallback(a, simulator.Message{
				OpenID: citizen, Type: "text", Content: "居住证怎么办理", MsgID: 24700000000000001,
			})
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(callback)
			if err != nil {
				t.Fatal(err)
			}
			if got := u.Query().Get("msg_signature"); got != tt.want {
				t.Errorf("msg_signature %s, want %s", got, tt.want)
			}
			if got := u.Query().Get("signature"); got != "9c615039c2dafa93cdac9fbb24f006a0b145c337" {
				t.Errorf("signature %s is not that of W1", got)
			}
		})
	}
}

func TestSignerNumbersRiseFromManyGoroutines(t *testing.T) {
	var signer simulator.Signer
	a := testAccount("http://desk.test/hook")
	a.Mode = simulator.Plain
	ids := make(chan string, 400)
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for range 100 {
				_, body, err := signer.BuildCallback(a, simulator.Message{OpenID: citizen, Type: "text", Content: "问"})
				if err != nil {
					t.Error(err)
				}
				var f fields
				decode(t, body, &f)
				ids <- f.MsgId.String()
			}
		})
	}
	work.Wait()
	close(ids)
	seen := map[string]bool{}
	for id := range ids {
		if seen[id] {
			t.Fatalf("MsgId %s came twice", id)
		}
		seen[id] = true
	}
}

func TestEventsCarryNoMsgID(t *testing.T) {
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{}, testAccount(receiver.URL))
	ctx := soon(t)
	steps := []struct {
		do         func() (simulator.Bubble, error)
		event, key string
	}{
		{func() (simulator.Bubble, error) { return sim.Scan(ctx, appID, citizen, "hall-7") }, "subscribe", "qrscene_hall-7"},
		{func() (simulator.Bubble, error) { return sim.Scan(ctx, appID, citizen, "hall-7") }, "SCAN", "hall-7"},
		{func() (simulator.Bubble, error) { return sim.Click(ctx, appID, citizen, "GUIDE") }, "CLICK", "GUIDE"},
		{func() (simulator.Bubble, error) { return sim.Unfollow(ctx, appID, citizen) }, "unsubscribe", ""},
		{func() (simulator.Bubble, error) { return sim.Follow(ctx, appID, citizen) }, "subscribe", ""},
	}
	for _, step := range steps {
		if _, err := step.do(); err != nil {
			t.Fatal(err)
		}
		d := receiver.next()
		if d.Event != step.event || d.EventKey != step.key || d.MsgId != "" || d.MsgType != "event" {
			t.Errorf("got %+v, want event %s %q without MsgId", d.fields, step.event, step.key)
		}
	}
	if _, err := sim.Unfollow(ctx, appID, citizen); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Say(ctx, appID, citizen, "还在吗"); desk.CodeOf(err) != desk.Invalid {
		t.Errorf("a person who left could speak: %v", err)
	}
}

func TestUnknownTypesAndExtraFields(t *testing.T) {
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{}, testAccount(receiver.URL))
	_, err := sim.Send(soon(t), appID, simulator.Message{
		OpenID: citizen, Type: "hologram", MsgDataID: 12003, Idx: 3,
		Extra: simulator.Fields{{Name: "Light", Value: simulator.Fields{{Name: "Colour", Value: "绿"}, {Name: "Power", Value: 7}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	plain := receiver.next().plain
	for _, part := range []string{
		"<MsgType><![CDATA[hologram]]></MsgType>",
		"<Light><Colour><![CDATA[绿]]></Colour><Power>7</Power></Light>",
		"<MsgDataId>12003</MsgDataId><Idx>3</Idx>",
	} {
		if !strings.Contains(plain, part) {
			t.Errorf("%s is not in %s", part, plain)
		}
	}
}

// script is a receiver without a network, for a bubble of fake time.
type script struct {
	mu      sync.Mutex
	answers []func() (*http.Response, error)
	times   []time.Time
	ids     []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	n := len(s.times)
	s.times = append(s.times, time.Now())
	_, id, _ := strings.Cut(string(body), "<MsgId>")
	id, _, _ = strings.Cut(id, "<")
	s.ids = append(s.ids, id)
	s.mu.Unlock()
	if n >= len(s.answers) {
		return nil, errors.New("a delivery too many")
	}
	response, err := s.answers[n]()
	if response == nil && err == nil { // hang until the platform drops the connection
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return response, err
}

func says(status int, body string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func hangs() (*http.Response, error)  { return nil, nil }
func refuse() (*http.Response, error) { return nil, errors.New("connection refused") }

func TestRetries(t *testing.T) {
	tests := []struct {
		name    string
		answers []func() (*http.Response, error)
		times   []time.Duration
		state   simulator.State
		notice  bool
	}{
		{"success", []func() (*http.Response, error){says(200, "success")}, []time.Duration{0}, simulator.Accepted, false},
		{"empty body", []func() (*http.Response, error){says(200, "")}, []time.Duration{0}, simulator.Accepted, false},
		{"second try", []func() (*http.Response, error){says(500, "down"), says(200, "success")},
			[]time.Duration{0, 5 * time.Second}, simulator.Accepted, false},
		{"time-out, refused, then success", []func() (*http.Response, error){hangs, refuse, says(200, "")},
			[]time.Duration{0, 5 * time.Second, 10 * time.Second}, simulator.Accepted, false},
		{"never", []func() (*http.Response, error){hangs, hangs, hangs},
			[]time.Duration{0, 5 * time.Second, 10 * time.Second}, simulator.Failed, true},
		{"forbidden is tried again", []func() (*http.Response, error){says(403, ""), says(403, ""), says(403, "")},
			[]time.Duration{0, 5 * time.Second, 10 * time.Second}, simulator.Failed, true},
		{"a page instead of success", []func() (*http.Response, error){says(200, "<html>oops</html>")},
			[]time.Duration{0}, simulator.Failed, true},
		{"JSON instead of success", []func() (*http.Response, error){says(200, `{"ok":true}`)},
			[]time.Duration{0}, simulator.Failed, true},
		{"success with a newline", []func() (*http.Response, error){says(200, "success\n")},
			[]time.Duration{0}, simulator.Failed, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				play := &script{answers: tt.answers}
				a := testAccount("http://desk.test/hook")
				a.Mode = simulator.Plain
				sim := start(t, simulator.Options{HTTPClient: &http.Client{Transport: play}}, a)
				began := time.Now()
				said, err := sim.Say(t.Context(), appID, citizen, "居住证怎么办理")
				if err != nil {
					t.Fatal(err)
				}
				if err := sim.WaitIdle(t.Context()); err != nil {
					t.Fatal(err)
				}
				var times []time.Duration
				for _, at := range play.times {
					times = append(times, at.Sub(began))
				}
				if !slices.Equal(times, tt.times) {
					t.Errorf("deliveries at %v, want %v", times, tt.times)
				}
				for _, id := range play.ids {
					if id != itoa(said.MsgID) {
						t.Errorf("a delivery had %s, want MsgId %d", id, said.MsgID)
					}
				}
				thread := sim.Thread(appID, citizen)
				if thread[0].State != tt.state || thread[0].Attempts != len(tt.times) {
					t.Errorf("state %s after %d, want %s after %d", thread[0].State, thread[0].Attempts, tt.state, len(tt.times))
				}
				shown := len(thread) == 2 && thread[1].From == simulator.FromPlatform && strings.Contains(thread[1].Text, "暂时无法提供服务")
				if shown != tt.notice {
					t.Errorf("service fault shown: %v, want %v, in %+v", shown, tt.notice, thread)
				}
			})
		})
	}
}

func TestLaterMessagesDoNotWaitForRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		play := &script{answers: []func() (*http.Response, error){says(500, ""), says(200, ""), says(200, "")}}
		a := testAccount("http://desk.test/hook")
		a.Mode = simulator.Plain
		sim := start(t, simulator.Options{HTTPClient: &http.Client{Transport: play}}, a)
		for _, text := range []string{"一", "二"} {
			if _, err := sim.Say(t.Context(), appID, citizen, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := sim.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if play.ids[0] != play.ids[2] || play.ids[1] == play.ids[0] {
			t.Errorf("order of deliveries %v, want first, second, first", play.ids)
		}
		if at := play.times[1].Sub(play.times[0]); at != 0 {
			t.Errorf("the second message waited %v", at)
		}
	})
}

func TestVerify(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   func(echo string) string
		ok     bool
	}{
		{"echo", 200, func(echo string) string { return echo }, true},
		{"quoted", 200, func(echo string) string { return `"` + echo + `"` }, false},
		{"newline", 200, func(echo string) string { return echo + "\n" }, false},
		{"forbidden", 403, func(echo string) string { return echo }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				q := r.URL.Query()
				if r.Method != http.MethodGet || q.Get("signature") != wechat.Sign(hookToken, q.Get("timestamp"), q.Get("nonce")) {
					t.Errorf("%s %s is not a signed verification", r.Method, r.URL)
				}
				return says(tt.status, tt.body(q.Get("echostr")))()
			})}
			sim := start(t, simulator.Options{HTTPClient: play}, testAccount("http://desk.test/hook"))
			err := sim.Verify(soon(t), appID)
			if (err == nil) != tt.ok {
				t.Errorf("verify: %v", err)
			}
			if log := sim.Exchanges(); len(log) != 1 || log[0].Kind != simulator.KindVerify || (log[0].Error == "") != tt.ok {
				t.Errorf("the log has %+v", log)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
