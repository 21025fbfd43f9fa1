package check_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"replydesk/inbox/check"
)

// folder knows three traditional characters.
func folder() check.Folder {
	pairs := map[rune]rune{'殺': '杀', '國': '国', '為': '为'}
	return check.NewFolder(func(r rune) rune {
		if s, ok := pairs[r]; ok {
			return s
		}
		return r
	})
}

func list(t testing.TB, words ...check.Word) *check.List {
	t.Helper()
	l, err := check.Compile(folder(), words)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestFind(t *testing.T) {
	l := list(t,
		check.Word{ID: 1, Text: "自杀", Level: check.Urgent, Direction: check.In, Exceptions: []string{"自杀式", "无关"}},
		check.Word{ID: 2, Text: "不作为", Level: check.Warn, Direction: check.Both},
		check.Word{ID: 3, Text: "ass", Level: check.Block, Direction: check.Both},
		check.Word{ID: 4, Text: "kill myself", Level: check.Urgent, Direction: check.In},
		check.Word{ID: 5, Text: "食物中毒", Level: check.Urgent, Direction: check.In},
		check.Word{ID: 6, Text: "作为", Level: check.Warn, Direction: check.In},
		check.Word{ID: 7, Text: "闭嘴", Level: check.Block, Direction: check.Out},
	)
	for _, c := range []struct {
		name, in string
		want     []string // the places
	}{
		{"plain", "我想自杀", []string{"自杀"}},
		{"traditional", "我想自殺了", []string{"自殺"}},
		{"signs between", "自.杀", []string{"自.杀"}},
		{"spaces and signs", "自 * 杀", []string{"自 * 杀"}},
		{"characters without width", "自\u200b\u200d\ufeff\u200b\u200b杀", []string{"自\u200b\u200d\ufeff\u200b\u200b杀"}},
		{"too much between", "自....杀", nil},
		{"over the end of a sentence", "他来自。杀虫", nil},
		{"over the end of a line", "来自\n杀虫", nil},
		{"an exception", "自杀式袭击", nil},
		{"an exception and the word", "自杀式袭击和自杀", []string{"自杀"}},
		{"one inside another", "他们不作为", []string{"不作为", "作为"}},
		{"Latin, full width", "ａＳｓ！", []string{"ａＳｓ"}},
		{"Latin inside a longer word", "a class of assets", nil},
		{"Latin over two words", "as soon", nil},
		{"Latin, spread", "a s s", []string{"a s s"}},
		{"two Latin words", "I will Kill  Myself", []string{"Kill  Myself"}},
		{"pinyin", "是 shiwuzhongdu 吧", []string{"shiwuzhongdu"}},
		{"pinyin by syllables", "shi wu zhong du", []string{"shi wu zhong du"}},
		{"pinyin inside a word", "xshiwuzhongdu", nil},
		{"pinyin of a short word", "zisha hu", nil},
		{"another direction", "闭嘴", nil},
		{"broken bytes", "自\xff\xfe杀", []string{"自\xff\xfe杀"}},
		{"nothing", "居住证怎么办", nil},
		{"empty", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, h := range l.Find(c.in, check.In) {
				got = append(got, c.in[h.From:h.To])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q: found %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, text := range []string{"", " ", "。", strings.Repeat("长", check.MaxWord+1)} {
		if _, err := check.Compile(folder(), []check.Word{{Text: text, Level: check.Block, Direction: check.Both}}); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

// What the automaton finds in plain Chinese is what a search word by word finds.
func TestFindsWhatASearchFinds(t *testing.T) {
	letters := []rune("甲乙丙丁")
	word := rapid.Custom(func(t *rapid.T) string {
		return string(rapid.SliceOfN(rapid.SampledFrom(letters), 1, 4).Draw(t, "word"))
	})
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfNDistinct(word, 1, 8, rapid.ID).Draw(t, "words")
		var words []check.Word
		for i, s := range texts {
			words = append(words, check.Word{ID: int64(i + 1), Text: s, Level: check.Warn, Direction: check.Both})
		}
		l, err := check.Compile(folder(), words)
		if err != nil {
			t.Fatal(err)
		}
		in := string(rapid.SliceOfN(rapid.SampledFrom(letters), 0, 30).Draw(t, "text"))
		var want, got []string
		for _, w := range words {
			for at := 0; at+len(w.Text) <= len(in); at += len("甲") {
				if strings.HasPrefix(in[at:], w.Text) {
					want = append(want, fmt.Sprintf("%d %d %d", w.ID, at, at+len(w.Text)))
				}
			}
		}
		for _, h := range l.Find(in, check.Out) {
			got = append(got, fmt.Sprintf("%d %d %d", h.Word.ID, h.From, h.To))
		}
		slices.Sort(want)
		slices.Sort(got)
		if len(want) <= 200 && !slices.Equal(got, want) {
			t.Fatalf("%q with %q: found %v, want %v", in, texts, got, want)
		}
	})
}

// However a word is disguised within the bounds, it is found where it stands.
func TestDisguisesDoNotHide(t *testing.T) {
	l := list(t, check.Word{ID: 1, Text: "国家秘密", Level: check.Approve, Direction: check.Both})
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for i, r := range "国家秘密" {
			if i > 0 {
				b.WriteString(rapid.SampledFrom([]string{"", " ", "*", "·-", "\u200b", "…", "，", "\u200b\u200b\u200b\u200b"}).Draw(t, "between"))
			}
			if r == '国' && rapid.Bool().Draw(t, "traditional") {
				r = '國'
			}
			b.WriteRune(r)
		}
		before := rapid.SampledFrom([]string{"", "这是", "abc ", "\xff", "１"}).Draw(t, "before")
		in := before + b.String() + rapid.SampledFrom([]string{"", "。", "吗", "！"}).Draw(t, "after")
		hits := l.Find(in, check.Out)
		if len(hits) != 1 || in[hits[0].From:hits[0].To] != b.String() {
			t.Fatalf("%q: %+v", in, hits)
		}
	})
}

func FuzzOutbound(f *testing.F) {
	for _, s := range []string{"自殺", "请咨询相关部门", "http://a..b", "https//x", "11010119900307851X", "ﷺﷺ", "\xff\xfe", "本微博", "ﬁﬁ a\u0301s s"} {
		f.Add(s, 10)
	}
	c := check.Checker{List: list(f,
		check.Word{ID: 1, Text: "自杀", Level: check.Block, Direction: check.Both}, check.Word{ID: 2, Text: "a", Level: check.Warn, Direction: check.Both},
	), Empty: list(f, check.Word{ID: 1, Text: "请咨询相关部门", Level: check.Warn, Direction: check.Out})}
	f.Fuzz(func(t *testing.T, s string, most int) {
		n := utf8.RuneCountInString(s)
		found := c.Outbound(s, check.Scene{Public: true, Account: "甲", Platform: "weibo", Others: []string{"乙丙"}, Hosts: []string{"gov.cn"}, MaxRunes: most})
		for _, x := range found {
			if x.From < 0 || x.From > x.To || x.To > n || x.Message == "" || !x.Level.Valid() {
				t.Errorf("%q: finding %+v outside of %d characters", s, x, n)
			}
		}
		for _, x := range c.Inbound(s) {
			if x.From >= x.To || x.To > n {
				t.Errorf("%q: finding %+v", s, x)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	var words []check.Word
	for i := range 10_000 {
		words = append(words, check.Word{ID: int64(i + 1), Text: string([]rune{han(i), han(i * 7), han(i*13 + 5), han(i * 31)}), Level: check.Warn, Direction: check.Both})
	}
	began := time.Now()
	l := list(b, words...)
	b.Logf("compiled in %v", time.Since(began))
	text := strings.Repeat("您好，居住证可以在户籍窗口办理，请携带身份证原件。", 20)
	b.ReportMetric(float64(utf8.RuneCountInString(text)), "characters")
	for b.Loop() {
		l.Find(text, check.Out)
	}
}

func han(i int) rune { return rune(0x4E00 + i*37%20000) }

func TestHan(t *testing.T) {
	if !unicode.Is(unicode.Han, han(19999)) {
		t.Error("the benchmark's words are not Chinese")
	}
}
