package check

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Two wordings with thirteen characters in a row in common have a mark in common.
func TestMarksFindAPiece(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.RuneFrom([]rune("甲乙丙丁戊")), 0, 60, -1)
		piece := rapid.StringOfN(rapid.RuneFrom([]rune("子丑寅卯")), markRun+markStep-1, 30, -1).Draw(t, "piece")
		a, b := Folder{}.Wording(letters.Draw(t, "a")+piece+letters.Draw(t, "b")), Folder{}.Wording(letters.Draw(t, "c")+piece+letters.Draw(t, "d"))
		ours, theirs := a.Marks(), b.Marks()
		if !slices.ContainsFunc(ours, func(m uint64) bool { return slices.Contains(theirs, m) }) {
			t.Fatalf("%s and %s have no mark in common", string(a), string(b))
		}
	})
}

func TestMarksAreBounded(t *testing.T) {
	var long strings.Builder
	for i := range 5000 {
		long.WriteRune(rune(0x4E00 + i*7%20000))
	}
	for text, want := range map[string]int{"": 0, "九个字不够一个标记": 0, "正好十个字有一个标记": 1, long.String(): maxMarks} {
		if got := len(Folder{}.Wording(text).Marks()); got != want {
			t.Errorf("%d characters have %d marks, want %d", len([]rune(text)), got, want)
		}
	}
}

func TestCopied(t *testing.T) {
	const (
		draft   = "您好，办理居住证需要携带本人身份证和居住地址证明材料，到居住地派出所户籍窗口提出申请，窗口当场核对材料并出具受理回执。"
		library = "携带本人身份证和居住地址证明材料，到居住地派出所户籍窗口提出申请"
		own     = "咱们这边周末不上班，建议您避开周一上午。"
	)
	for _, c := range []struct {
		name, text  string
		free        []string
		copied, own int
	}{
		{"the draft", draft, nil, 55, 55},
		{"other signs", strings.ReplaceAll(draft, "，", "\n"), nil, 55, 55},
		{"a sentence of it and own words", "窗口当场核对材料并出具受理回执" + own, nil, 0, 33},
		{"a long piece of it and own words", "到居住地派出所户籍窗口提出申请，窗口当场核对材料并出具受理回执。" + own, nil, 30, 48},
		{"what the library gives", library, []string{library}, 0, 0},
		{"the draft without what the library gives", draft, []string{library}, 24, 24},
		{"own words", own, nil, 0, 18},
		{"nothing", "，。", nil, 0, 0},
	} {
		var free []Wording
		for _, text := range c.free {
			free = append(free, Folder{}.Wording(text))
		}
		copied, own := Folder{}.Wording(c.text).Copied(Folder{}.Wording(draft), free)
		if copied != c.copied || own != c.own {
			t.Errorf("%s: %d of %d characters, want %d of %d", c.name, copied, own, c.copied, c.own)
		}
	}
}
