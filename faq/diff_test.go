package faq_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"replydesk/faq"
)

func sides(parts []faq.DiffPart) (before, after string) {
	for _, p := range parts {
		if p.Op != faq.Added {
			before += p.Text
		}
		if p.Op != faq.Removed {
			after += p.Text
		}
	}
	return before, after
}

func TestDiffShowsWhatChanged(t *testing.T) {
	before := faq.Content{Question: "居住证怎么办理", Answer: "请携带身份证到派出所办理，15日内发证。", Similar: []string{"甲", "乙"}}
	after := faq.Content{Question: "居住证怎么办理", Answer: "请携带身份证到派出所办理，10日内发证。", Similar: []string{"甲", "丙", "乙"}}
	got := faq.Diff(before, after)
	want := []faq.FieldDiff{
		{Field: "similar_questions", Parts: []faq.DiffPart{{faq.Same, "甲\n"}, {faq.Added, "丙\n"}, {faq.Same, "乙\n"}}},
		{Field: "answer", Parts: []faq.DiffPart{
			{faq.Same, "请携带身份证到派出所办理，"}, {faq.Removed, "15"}, {faq.Added, "10"}, {faq.Same, "日内发证。"}}},
	}
	if !slices.EqualFunc(got, want, func(a, b faq.FieldDiff) bool {
		return a.Field == b.Field && slices.Equal(a.Parts, b.Parts)
	}) {
		t.Errorf("diff = %+v\nwant %+v", got, want)
	}
	if got := faq.Diff(after, after); len(got) != 0 {
		t.Errorf("nothing changed, but %+v", got)
	}
}

// Whatever the texts are, both can be read off their diff, and what both share
// at the ends is never shown as changed.
func TestDiffLosesNothing(t *testing.T) {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("甲乙丙ab12é\n😀")), 0, 40, -1)
	rapid.Check(t, func(t *rapid.T) {
		before, after := text.Draw(t, "before"), text.Draw(t, "after")
		parts := []faq.DiffPart(nil)
		for _, f := range faq.Diff(faq.Content{Answer: before}, faq.Content{Answer: after}) {
			parts = f.Parts
		}
		if before == after {
			if parts != nil {
				t.Fatalf("no change is shown as %v", parts)
			}
			return
		}
		if was, is := sides(parts); was != before || is != after {
			t.Fatalf("%q to %q shown as %v", before, after, parts)
		}
		for i := 1; i < len(parts); i++ {
			if parts[i].Op == parts[i-1].Op || parts[i].Text == "" {
				t.Fatalf("parts fall apart: %v", parts)
			}
		}
	})
}

// The least is shown: one character in a long text, and two texts that share
// nothing as one for the other.
func TestDiffOfLongTexts(t *testing.T) {
	long := strings.Repeat("办理居住证须携带身份证。", 300)
	at := len(long) / 2
	at -= at % len("办")
	changed := long[:at] + "新" + long[at:]
	got := faq.Diff(faq.Content{Answer: long}, faq.Content{Answer: changed})
	if len(got) != 1 || len(got[0].Parts) != 3 || got[0].Parts[1] != (faq.DiffPart{Op: faq.Added, Text: "新"}) {
		t.Errorf("one character more is shown as %d parts", len(got[0].Parts))
	}
	other := strings.Repeat("子丑寅卯辰巳午未申酉", 390)
	got = faq.Diff(faq.Content{Answer: long}, faq.Content{Answer: other})
	if len(got) != 1 || len(got[0].Parts) != 2 {
		t.Fatalf("another text is shown as %d parts, want one removed and one added", len(got[0].Parts))
	}
	if was, is := sides(got[0].Parts); was != long || is != other {
		t.Error("texts that share nothing are not shown whole")
	}
}
