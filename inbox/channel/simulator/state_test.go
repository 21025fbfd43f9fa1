package simulator_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/desk"
)

// copyState is what a kill -9 leaves: the files as they are, without Close.
func copyState(t *testing.T, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "state.jsonl")
	if err := os.CopyFS(filepath.Dir(to), os.DirFS(filepath.Dir(from))); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestStateOutlivesAKill(t *testing.T) {
	ctx := soon(t)
	path := filepath.Join(t.TempDir(), "state.jsonl")
	down := newReceiver(t, func(_ int, d delivered) (int, string) {
		if d.Content == "丢不得" {
			return http.StatusInternalServerError, ""
		}
		return http.StatusOK, "success"
	})
	before := start(t, simulator.Options{StateFile: path}, testAccount(down.URL))
	c := serve(t, before)
	say(t, before, "居住证怎么办理")
	if _, err := before.SendFile(ctx, appID, citizen, "image", "a.png", []byte(png)); err != nil {
		t.Fatal(err)
	}
	if a := c.sendText(c.stable(false).AccessToken, citizen, "请携带身份证"); a.ErrCode != 0 {
		t.Fatal(a)
	}
	lost, err := before.Say(ctx, appID, citizen, "丢不得")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := before.WaitState(ctx, appID, citizen, lost.ID, simulator.Retrying); err != nil {
		t.Fatal(err)
	}
	left, windows := before.Thread(appID, citizen), before.Windows(appID, citizen)
	killed := copyState(t, path)

	// The kill came in the middle of a write.
	file, err := os.OpenFile(killed, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.WriteString(`{"bubble":{"account":"wx`)
	_ = file.Close()

	up := newReceiver(t, nil)
	after := start(t, simulator.Options{StateFile: killed}, testAccount(up.URL))
	if got := after.Thread(appID, citizen); len(got) != len(left) || got[0].Text != left[0].Text || got[2].Text != "请携带身份证" {
		t.Fatalf("the phone shows %+v, before %+v", got, left)
	}
	if got := after.Windows(appID, citizen); len(got) != 1 || got[0].Left != windows[0].Left || !got[0].Until.Equal(windows[0].Until) {
		t.Errorf("windows %+v, before %+v", got, windows)
	}
	api := serve(t, after)
	photo := left[1].Details.MediaID
	if _, _, body := api.do("GET", "/cgi-bin/media/get?media_id="+photo+"&access_token="+api.stable(false).AccessToken, "", ""); string(body) != png {
		t.Errorf("the picture is %q", body)
	}
	go func() { _ = after.Run(ctx) }()
	if d := up.next(); d.Content != "丢不得" || d.MsgId.String() != itoa(lost.MsgID) {
		t.Errorf("resumed %+v, want the message that was on its way", d.fields)
	}
	if _, err := after.WaitState(ctx, appID, citizen, lost.ID, simulator.Accepted); err != nil {
		t.Error(err)
	}
	next, err := after.Say(ctx, appID, citizen, "之后")
	if err != nil {
		t.Fatal(err)
	}
	if next.MsgID <= lost.MsgID || next.ID <= lost.ID {
		t.Errorf("numbers fell from %d and %d to %d and %d", lost.MsgID, lost.ID, next.MsgID, next.ID)
	}
	if d := up.next(); d.Content != "之后" {
		t.Errorf("got %+v: what was accepted before the kill came again", d.fields)
	}
}

func TestNumbersRiseWhenTheClockGoesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.jsonl")
	now := newClock()
	receiver := newReceiver(t, nil)
	first := start(t, simulator.Options{StateFile: path, Now: now.Now}, testAccount(receiver.URL))
	a, err := first.Say(soon(t), appID, citizen, "一")
	if err != nil {
		t.Fatal(err)
	}
	receiver.next()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	now.Add(-24 * 60 * 60 * 1e9)
	second := start(t, simulator.Options{StateFile: path, Now: now.Now}, testAccount(receiver.URL))
	b, err := second.Say(soon(t), appID, citizen, "二")
	if err != nil {
		t.Fatal(err)
	}
	if b.MsgID <= a.MsgID {
		t.Errorf("MsgId %d after %d", b.MsgID, a.MsgID)
	}
}

func TestStateKeepsPeople(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.jsonl")
	o := simulator.Options{StateFile: path, Citizens: []string{"陈晓雨"}}
	receiver := newReceiver(t, nil)
	first := start(t, o, testAccount(receiver.URL))
	added, err := first.AddCitizen(appID, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Unfollow(soon(t), appID, simulator.OpenID(appID, "陈晓雨")); err != nil {
		t.Fatal(err)
	}
	if err := first.WaitIdle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, o, testAccount(receiver.URL))
	people := second.Citizens(appID)
	if len(people) != 2 || !slices.Contains(people, added) || added.Following {
		t.Errorf("people %+v", people)
	}
	if i := slices.IndexFunc(people, func(c simulator.Citizen) bool { return c.Name == "陈晓雨" }); i < 0 || people[i].Following {
		t.Errorf("who left follows again: %+v", people)
	}
}

func TestDamagedStateIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.jsonl")
	if err := os.WriteFile(path, []byte("{\"done\":1}\nnonsense\n{\"done\":2}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := simulator.New(simulator.Options{StateFile: path})
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v, want an error that names line 2", err)
	}
}

func TestStateFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.jsonl")
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{StateFile: path}, testAccount(receiver.URL))
	say(t, sim, "我的身份证")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{appSecret, hookToken, aesKey} {
		if strings.Contains(string(text), secret) {
			t.Error("the state file holds a secret of the account")
		}
	}
}

func TestClosedServerRefuses(t *testing.T) {
	receiver := newReceiver(t, nil)
	sim := start(t, simulator.Options{}, testAccount(receiver.URL))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- sim.Run(ctx) }()
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, err := sim.Say(soon(t), appID, citizen, "在吗"); desk.CodeOf(err) != desk.Unavailable {
		t.Errorf("got %v", err)
	}
}
