package check

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWordingAlike(t *testing.T) {
	const draft = "请您携带身份证和居住证明到居住地派出所办理居住证，一般十五日内领取。"
	for _, c := range []struct {
		name, text   string
		alike, holds bool
		draws        bool
	}{
		{"itself", draft, true, true, true},
		{"other signs and spaces", strings.ReplaceAll(draft, "，", " ！\n"), true, true, true},
		{"wide letters", strings.ReplaceAll(draft, "。", "．"), true, true, true},
		{"a word changed", strings.Replace(draft, "一般", "通常", 1), true, true, true},
		{"with a greeting and an end", "您好，您的来信收悉，感谢您的关注。" + draft + "欢迎您继续监督我们的工作。", false, true, true},
		{"half of it", "请您携带身份证和居住证明到派出所", false, false, true},
		{"the other half, with a greeting", "您好，到居住地派出所办理居住证。", false, false, true},
		{"a few words of it among others", "请您携带身份证和居住证明，周一至周五上午到政务大厅三楼户籍窗口取号办理", false, false, false},
		{"said in other words", "办居住证要去派出所，带上身份证件，大约两周能拿到，请放心前往", false, false, false},
		{"nothing", "。！", false, false, false},
	} {
		a, b := Folder{}.Wording(draft), Folder{}.Wording(c.text)
		if got := b.Alike(a) > 0; got != c.alike || (a.Alike(b) > 0) != got {
			t.Errorf("%s: alike %v", c.name, got)
		}
		if got := b.Draws(a); got != c.draws {
			t.Errorf("%s: draws %v", c.name, got)
		}
		if got := b.Holds(a); got != c.holds {
			t.Errorf("%s: holds %v", c.name, got)
		}
	}
	short := Folder{}.Wording("请到派出所办理")
	if (Folder{}).Wording("办居住证请到派出所办理，带身份证").Holds(short) {
		t.Error("a very short text was found in another")
	}
}

// The bounded distance is the plain one as far as it goes.
func TestEditsBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.RuneFrom([]rune("甲乙丙")), 0, 12)
		a, b, most := words.Draw(t, "a"), words.Draw(t, "b"), rapid.IntRange(0, 12).Draw(t, "most")
		want := plainEdits(a, b)
		got := editsBetween(a, b, most)
		if want <= most && got != want || want > most && got <= most {
			t.Fatalf("%d edits, want %d within %d", got, want, most)
		}
		within := len(a)
		for from := range b {
			for to := from; to <= len(b); to++ {
				within = min(within, plainEdits(a, b[from:to]))
			}
		}
		if got := editsWithin(a, b); got != within {
			t.Fatalf("%d edits within, want %d", got, within)
		}
	})
}

func plainEdits(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		table[i][0] = i
	}
	for j := range b {
		table[0][j+1] = j + 1
	}
	for i := range a {
		for j := range b {
			cost := table[i][j]
			if a[i] != b[j] {
				cost++
			}
			table[i+1][j+1] = min(cost, table[i][j+1]+1, table[i+1][j]+1)
		}
	}
	return table[len(a)][len(b)]
}
