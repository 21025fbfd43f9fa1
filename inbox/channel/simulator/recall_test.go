package simulator_test

import (
	"testing"
	"time"

	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/desk"
)

// TestRecall: what was said before is on the phone, opens the window of its own
// time, and sends no callback.
func TestRecall(t *testing.T) {
	receiver := newReceiver(t, nil)
	now := newClock()
	sim := start(t, simulator.Options{Now: now.Now}, testAccount(receiver.URL))
	said := func(from simulator.Sender, text string, ago time.Duration) simulator.Citizen {
		t.Helper()
		who, err := sim.Recall(appID, "老李", simulator.Bubble{From: from, Type: "text", Text: text, At: now.Now().Add(-ago)})
		if err != nil {
			t.Fatal(err)
		}
		return who
	}
	who := said(simulator.FromCitizen, "在吗", 3*time.Hour)
	said(simulator.FromDesk, "在的", 2*time.Hour)
	if who.OpenID != simulator.OpenID(appID, "老李") || !who.Following {
		t.Errorf("the citizen is %+v", who)
	}
	thread := sim.Thread(appID, who.OpenID)
	if len(thread) != 2 || thread[0].State != simulator.Accepted || thread[1].Text != "在的" || !thread[1].At.Equal(now.Now().Add(-2*time.Hour)) {
		t.Errorf("the phone shows %+v", thread)
	}
	windows := sim.Windows(appID, who.OpenID)
	if len(windows) != 1 || windows[0].Left != 4 || !windows[0].Until.Equal(now.Now().Add(45*time.Hour)) {
		t.Errorf("windows %+v", windows)
	}
	if err := sim.WaitIdle(soon(t)); err != nil || len(receiver.got) != 0 {
		t.Errorf("%d callbacks left, %v", len(receiver.got), err)
	}
	for name, b := range map[string]simulator.Bubble{
		"no time":   {From: simulator.FromCitizen, Text: "在吗"},
		"no sender": {Text: "在吗", At: now.Now()},
	} {
		if _, err := sim.Recall(appID, "老李", b); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
