package simulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/desk"
)

func setFaults(t *testing.T, sim *simulator.Server, rules ...simulator.FaultRule) {
	t.Helper()
	if err := sim.Faults(rules...); err != nil {
		t.Fatal(err)
	}
}

func TestSendFaults(t *testing.T) {
	tests := []struct {
		fault    simulator.Fault
		status   int // 0: the connection breaks
		code     int
		accepted bool
	}{
		{simulator.SendAnswerLost, 0, 0, true},
		{simulator.SendReset, 0, 0, false},
		{simulator.SendHTTP500, 500, 0, false},
		{simulator.SendHTTP502, 502, 0, false},
		{simulator.SendBusy, 200, -1, false},
		{simulator.SendDailyLimit, 200, 45009, false},
		{simulator.SendMinuteLimit, 200, 45011, false},
		{simulator.SendBadToken, 200, 40001, false},
		{simulator.IPBlocked, 200, 40164, false},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault), func(t *testing.T) {
			sim, c, _ := withFollower(t, simulator.Options{})
			say(t, sim, "请问")
			token := c.stable(false).AccessToken
			setFaults(t, sim, simulator.FaultRule{Fault: tt.fault, Count: 1})

			body := fmt.Sprintf(`{"touser":%q,"msgtype":"text","text":{"content":"答复"}}`, citizen)
			response, err := http.Post(c.base+"/cgi-bin/message/custom/send?access_token="+token, "application/json", strings.NewReader(body))
			if (err != nil) != (tt.status == 0) {
				t.Fatalf("error %v, want a status of %d", err, tt.status)
			}
			if err == nil {
				defer response.Body.Close()
				if response.StatusCode != tt.status {
					t.Errorf("status %d, want %d", response.StatusCode, tt.status)
				}
			}
			if shown := len(sim.Replies(appID, citizen)) == 1; shown != tt.accepted {
				t.Errorf("shown to the citizen: %v, want %v", shown, tt.accepted)
			}
			x, err := sim.WaitExchange(soon(t), func(x simulator.Exchange) bool { return x.Fault == string(tt.fault) })
			if err != nil || x.Status != tt.status || x.Code != tt.code {
				t.Errorf("the log has %+v, %v", x, err)
			}
			if a := c.sendText(token, citizen, "第二次"); a.ErrCode != 0 {
				t.Errorf("the fault had a count of one, then came %+v", a)
			}
		})
	}
}

// apiNow calls the API inside a bubble of fake time.
func apiNow(sim *simulator.Server, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

func TestSlowAnswerIsAcceptedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		play := &script{answers: []func() (*http.Response, error){says(200, "")}}
		sim := start(t, simulator.Options{HTTPClient: &http.Client{Transport: play}}, testAccount("http://desk.test/hook"))
		if _, err := sim.Say(t.Context(), appID, citizen, "请问"); err != nil {
			t.Fatal(err)
		}
		w := apiNow(sim, "GET", "/cgi-bin/token?grant_type=client_credential&appid="+appID+"&secret="+appSecret, "")
		_, token, _ := strings.Cut(w.Body.String(), `"access_token":"`)
		token, _, _ = strings.Cut(token, `"`)
		setFaults(t, sim, simulator.FaultRule{Fault: simulator.SendSlow, Count: 1})

		began := time.Now()
		done := make(chan string)
		go func() {
			w := apiNow(sim, "POST", "/cgi-bin/message/custom/send?access_token="+token,
				fmt.Sprintf(`{"touser":%q,"msgtype":"text","text":{"content":"答复"}}`, citizen))
			done <- w.Body.String()
		}()
		if _, err := sim.WaitReply(t.Context(), appID, citizen, 1); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the citizen saw it after %v", took)
		}
		if body := <-done; time.Since(began) != 6*time.Second || !strings.Contains(body, `"errcode":0`) {
			t.Errorf("%s after %v, want success after 6 s", body, time.Since(began))
		}
	})
}

func TestShortTokens(t *testing.T) {
	sim, c, now := withFollower(t, simulator.Options{})
	setFaults(t, sim, simulator.FaultRule{Fault: simulator.TokenShort, Probability: 1})
	a := c.stable(false)
	if a.ExpiresIn != 300 || c.works(a.AccessToken) != 0 {
		t.Errorf("got %+v", a)
	}
	now.Add(300 * time.Second)
	if code := c.works(a.AccessToken); code != 42001 {
		t.Errorf("after 300 s: %d, want 42001", code)
	}
}

func TestCallbackDuplicate(t *testing.T) {
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{}, testAccount(receiver.URL))
	setFaults(t, sim, simulator.FaultRule{Fault: simulator.CallbackDuplicate, Count: 1})
	say(t, sim, "请问")
	first, second := receiver.next(), receiver.next()
	if first.MsgId != second.MsgId || first.Content != "请问" || second.Content != "请问" {
		t.Errorf("got %v and %v", first.fields, second.fields)
	}
	say(t, sim, "还有")
	if d := receiver.next(); d.Content != "还有" {
		t.Errorf("the duplicate happened again: %v", d.fields)
	}
}

func TestCallbackReorder(t *testing.T) {
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{}, testAccount(receiver.URL))
	setFaults(t, sim, simulator.FaultRule{Fault: simulator.CallbackReorder, Count: 1})
	say(t, sim, "先")
	say(t, sim, "后")
	first, second := receiver.next(), receiver.next()
	if first.Content != "后" || second.Content != "先" {
		t.Errorf("came %s then %s", first.Content, second.Content)
	}
	if err := sim.WaitIdle(soon(t)); err != nil {
		t.Fatal(err)
	}
	thread := sim.Thread(appID, citizen)
	if thread[0].Text != "先" || thread[0].State != simulator.Accepted {
		t.Errorf("the phone shows %+v", thread)
	}
}

func TestWaitingCallbacks(t *testing.T) {
	tests := []struct {
		rule simulator.FaultRule
		want time.Duration
	}{
		{simulator.FaultRule{Fault: simulator.CallbackDelay, Count: 1}, 3 * time.Second},
		{simulator.FaultRule{Fault: simulator.CallbackDelay, Count: 1, Delay: time.Second}, time.Second},
		{simulator.FaultRule{Fault: simulator.CallbackReorder, Count: 1}, 10 * time.Second}, // nothing came after it
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %v", tt.rule.Fault, tt.want), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				play := &script{answers: []func() (*http.Response, error){says(200, "")}}
				a := testAccount("http://desk.test/hook")
				a.Mode = simulator.Plain
				sim := start(t, simulator.Options{HTTPClient: &http.Client{Transport: play}}, a)
				setFaults(t, sim, tt.rule)
				began := time.Now()
				if _, err := sim.Say(t.Context(), appID, citizen, "请问"); err != nil {
					t.Fatal(err)
				}
				if err := sim.WaitIdle(t.Context()); err != nil {
					t.Fatal(err)
				}
				if at := play.times[0].Sub(began); at != tt.want {
					t.Errorf("delivered after %v, want %v", at, tt.want)
				}
			})
		})
	}
}

func TestFaultRules(t *testing.T) {
	sim, c, _ := withFollower(t, simulator.Options{Seed: 7})
	for _, bad := range []simulator.FaultRule{
		{Fault: "earthquake", Count: 1},
		{Fault: simulator.SendBusy, Probability: 1.5},
		{Fault: simulator.SendBusy, Count: -1},
		{Fault: simulator.SendSlow, Count: 1, Delay: time.Hour},
	} {
		if err := sim.Faults(simulator.FaultRule{Fault: simulator.SendBusy, Count: 1}, bad); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if left := sim.ActiveFaults(); len(left) != 0 {
		t.Errorf("a refused call changed the rules: %+v", left)
	}
	setFaults(t, sim,
		simulator.FaultRule{Fault: simulator.SendBusy, AppID: "wxsomebodyelse", Probability: 1},
		simulator.FaultRule{Fault: simulator.SendMinuteLimit, Probability: 0.5})
	token := c.stable(false).AccessToken
	codes := map[int]int{}
	for range 100 {
		codes[c.sendText(token, citizen, "答复").ErrCode]++
	}
	if codes[-1] != 0 || codes[45011] < 30 || codes[45011] > 70 {
		t.Errorf("codes %v: another account's fault happened, or a half was not about half", codes)
	}
	setFaults(t, sim, simulator.FaultRule{Fault: simulator.SendMinuteLimit})
	if left := sim.ActiveFaults(); len(left) != 1 || left[0].AppID != "wxsomebodyelse" {
		t.Errorf("left are %+v", left)
	}
	sim.ClearFaults()
	if left := sim.ActiveFaults(); len(left) != 0 {
		t.Errorf("left are %+v", left)
	}
}
