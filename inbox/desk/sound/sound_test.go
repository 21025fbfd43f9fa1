package sound_test

import (
	"slices"
	"testing"

	"replydesk/inbox/desk/sound"
)

func TestSpell(t *testing.T) {
	for word, want := range map[string]string{"居住证": "juzhuzheng", "绿卡": "lvka", "A类": "", "": "", "证 件": ""} {
		got, n := sound.Spell(word)
		if got != want || n != len([]rune(word)) && want != "" || want == "" && n != 0 {
			t.Errorf("%q is %q with %d syllables, want %q", word, got, n, want)
		}
	}
}

func TestAlike(t *testing.T) {
	a := sound.NewAlike(func(r rune) bool { return r != '証' })
	for _, c := range []struct {
		of, other rune
		alike     bool
	}{
		{'证', '正', true}, {'正', '证', true}, // whatever the tone
		{'证', '症', true}, {'行', '航', false}, // a rarer reading
		{'证', '证', false},                   // itself
		{'证', '証', false},                   // not kept
		{'证', '整', true}, {'证', '真', false}, // zheng, zhen
	} {
		if got := slices.Contains(a.To(c.of), c.other); got != c.alike {
			t.Errorf("%c among those like %c: %v, want %v", c.other, c.of, got, c.alike)
		}
	}
	if got := a.To('a'); got != nil {
		t.Errorf("a letter sounds like %q", got)
	}
}
