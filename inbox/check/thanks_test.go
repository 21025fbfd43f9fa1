package check_test

import (
	"testing"
	"testing/fstest"

	"replydesk/configs/words"
	"replydesk/inbox/check"
)

func TestThanks(t *testing.T) {
	simplify := func(r rune) rune {
		if r == '謝' {
			return '谢'
		}
		return r
	}
	thanks, err := check.LoadThanks(check.NewFolder(simplify), words.Files, "thanks.txt")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"谢谢":         true,
		"谢谢！":        true,
		" 好的，谢谢您～🌹🌹": true,
		"謝謝":         true,
		"收到，非常感谢！":   true,
		"[抱拳][玫瑰]谢谢": true,
		"Thank you!": true,
		"THANKS":     true,
		"谢谢,但是还是办不了": false,
		"谢谢 但是还是办不了": false,
		"谢谢但是还是办不了":  false,
		"谢谢？":        false,
		"谢谢,电话是多少?":  false,
		"好的":         false,
		"收到":         false,
		"不谢谢":        false,
		"":           false,
		"🌹":          false,
		"谢谢 12345":   false,
		"谢谢你们敷衍了事":   false,
		"谢谢，谢谢，谢谢，谢谢，谢谢，谢谢，谢谢，": true,
	} {
		if got := thanks.Only(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if (*check.Thanks)(nil).Only("谢谢") {
		t.Error("no list, and yet a word of it")
	}
	for name, text := range map[string]string{"signs alone": "谢谢\n！！", "a sign after the plus": "+。"} {
		if _, err := check.LoadThanks(check.Folder{}, fstest.MapFS{"x": {Data: []byte(text)}}, "x"); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := check.LoadThanks(check.Folder{}, fstest.MapFS{}, "x"); err == nil {
		t.Error("no file: taken")
	}
}
