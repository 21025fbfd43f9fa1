package search_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"replydesk/inbox/search"
)

// words knows two traditional characters.
var words = search.Words{Simplify: func(r rune) rune {
	switch r {
	case '證':
		return '证'
	case '辦':
		return '办'
	}
	return r
}}

func TestFind(t *testing.T) {
	tests := []struct {
		name, query string
		texts       []string
		want        bool
	}{
		{"two characters", "留言", []string{"请看我的留言"}, true},
		{"not beside each other", "留言", []string{"留下来再发言"}, false},
		{"one character, last of all", "水", []string{"我家停水"}, true},
		{"traditional and simplified", "居住證", []string{"居住证怎么办理"}, true},
		{"full width", "ＡＢＣ１２３", []string{"编号abc123"}, true},
		{"the beginning of a word", "wec", []string{"用WeChat办理"}, true},
		{"the end of a word", "chat", []string{"用WeChat办理"}, false},
		{"part of a phone number", "3800", []string{"电话13800001111"}, true},
		{"a short part of a number", "11", []string{"电话13800001111"}, true},
		{"another number", "3801", []string{"电话13800001111"}, false},
		{"words in different texts", "张三 居住证", []string{"居住证怎么办", "张三"}, true},
		{"one of two words is missing", "张三 公积金", []string{"居住证怎么办", "张三"}, false},
		{"with punctuation inside", "沪府〔2024〕12号", []string{"依据沪府〔2024〕12号文"}, true},
		{"a ticket's number", "20261122-0042", []string{"20261122-0042"}, true},
		{"nothing but punctuation", "。", []string{"好。"}, false},
		{"more than a query holds", strings.Repeat("办", 300), []string{strings.Repeat("办", 120)}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := words.Parse(tt.query)
			if got := q.Find(tt.texts).Matches; got != tt.want {
				t.Errorf("%q in %q: %v, want %v", tt.query, tt.texts, got, tt.want)
			}
			if tt.want && !has(terms(tt.texts...), q.Needs()) {
				t.Errorf("the terms of %q do not lead to it: needs %v", tt.texts, q.Needs())
			}
		})
	}
}

func terms(texts ...string) []string {
	set := map[string]struct{}{}
	for _, s := range texts {
		words.Terms(set, s)
	}
	out := make([]string, 0, len(set))
	for term := range set {
		out = append(out, term)
	}
	return out
}

func has(terms []string, needs []search.Need) bool {
	return !slices.ContainsFunc(needs, func(n search.Need) bool {
		return !slices.ContainsFunc(terms, func(term string) bool {
			return term == n.Term || n.Prefix && strings.HasPrefix(term, n.Term)
		})
	})
}

// Whatever a text holds is found by its terms: a query that is a stretch of a
// text never asks for a term the text has not.
func TestWhatMatchesHasTheTerms(t *testing.T) {
	alphabet := []rune("居住證证办辦理水电abcAB12340９ 　，-〔é𠮷")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.SampledFrom(alphabet), 1, 40)
		texts := []string{string(text.Draw(t, "text")), string(text.Draw(t, "another text"))}
		from := rapid.SampledFrom(texts).Draw(t, "from")
		runes := []rune(from)
		a := rapid.IntRange(0, len(runes)-1).Draw(t, "a")
		b := rapid.IntRange(a+1, len(runes)).Draw(t, "b")
		query := string(runes[a:b])
		if rapid.Bool().Draw(t, "another query") {
			query = string(rapid.SliceOfN(rapid.SampledFrom(alphabet), 1, 5).Draw(t, "query"))
		}
		q := words.Parse(query)
		found := q.Find(texts)
		if found.Matches && !has(terms(texts...), q.Needs()) {
			t.Fatalf("%q matches %q, whose terms lack one of %v", query, texts, q.Needs())
		}
		// A stretch that begins where a word begins is always found.
		if !q.Empty() && strings.Contains(from, query) && (a == 0 || runes[a-1] == ' ') && !found.Matches && strings.HasPrefix(string(runes[a:]), query) {
			t.Fatalf("%q is not found in %q", query, texts)
		}
	})
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("前", 60) + "请看我的留言\n谢谢" + strings.Repeat("后", 200)
	e := words.Parse("留言 谢谢").Excerpt(long)
	runes := []rune(e.Text)
	if len(runes) != 98 || runes[0] != '…' || runes[97] != '…' || strings.Contains(e.Text, "\n") {
		t.Errorf("excerpt %+v", e)
	}
	var marked []string
	for _, m := range e.Marks {
		marked = append(marked, string(runes[m.Start:m.End]))
	}
	if !slices.Equal(marked, []string{"留言", "谢谢"}) {
		t.Errorf("marked %q", marked)
	}
	if e := words.Parse("留言").Excerpt("留言留言"); len(e.Marks) != 1 || e.Marks[0].End != 4 || e.Text != "留言留言" {
		t.Errorf("short text: %+v", e)
	}
	if e := words.Parse("留言").Excerpt(strings.Repeat("前", 60) + "留言"); e.Text != "…前前前前前前前前留言" {
		t.Errorf("at the end of a text: %+v", e)
	}
	if e := words.Parse("公积金").Excerpt("没有"); e.Text != "没有" || len(e.Marks) != 0 {
		t.Errorf("nothing found: %+v", e)
	}
}

func TestBestTextShowsMost(t *testing.T) {
	texts := []string{"张三", "居住证", "张三的居住证", "张三问居住证"}
	if got := words.Parse("张三 居住证").Find(texts); !got.Matches || got.Best != 2 {
		t.Errorf("found %+v, want the third", got)
	}
}

// Nothing anybody types may break the search.
func FuzzQuery(f *testing.F) {
	f.Add("留言 138", "请看我的留言，电话13800001111")
	f.Add("\xff\xfe", "坏\xff字节")
	f.Fuzz(func(t *testing.T, query, text string) {
		q := words.Parse(query)
		found := q.Find([]string{text})
		if len(q.Needs()) > 12 || found.Matches && !has(terms(text), q.Needs()) {
			t.Errorf("%q in %q: needs %v", query, text, q.Needs())
		}
		e := q.Excerpt(text)
		for _, m := range e.Marks {
			if m.Start < 0 || m.End > len([]rune(e.Text)) || m.Start >= m.End {
				t.Errorf("mark %+v outside of %q", m, e.Text)
			}
		}
	})
}
