package index_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"replydesk/bot"
	"replydesk/faq"
	"replydesk/faq/faqtest"
	"replydesk/faq/index"
	"replydesk/inbox/desk"
)

func noon() time.Time { return faqtest.Noon }

func searcher(t testing.TB, dir string, s *source) (*faq.Searcher, *index.Index) {
	t.Helper()
	lex := faqtest.Lexicon(t)
	x := open(t, dir, lex, s)
	t.Cleanup(func() { closeIndex(t, x) })
	reconcile(t, x)
	return faq.NewSearcher(faq.SearchParts{Lexicon: lex, Model: faqtest.Model(t), Index: x, Entries: s, Now: noon}), x
}

func TestSearchOrder(t *testing.T) {
	s := newSource(
		entry(1, "居住证怎么办理", "暂住证怎么申请"),
		entry(2, "居住证怎么续签"),
		entry(3, "居住证丢了怎么补办", "居住证遗失怎么办"),
		entry(4, "公积金怎么提取"),
		entry(5, "Can I get a library card?"),
	)
	answered := entry(6, "证明事项")
	answered.Answer = "无犯罪记录证明由派出所出具，可在线上申请。"
	s.put(answered)
	search, _ := searcher(t, "", s)
	for _, tt := range []struct {
		message string
		first   faq.EntryID
		matched string
	}{
		{"居住证办理流程", 1, "居住证怎么办理"},
		{"我的居住证到期了如何续签", 2, "居住证怎么续签"},
		{"居住证不见了 遗失", 3, "居住证遗失怎么办"},
		{"怎么提公积金", 4, "公积金怎么提取"},
		{"library cards", 5, "Can I get a library card?"},
		{"无犯罪记录去哪开", 6, "证明事项"},
	} {
		hits, err := search.Search(t.Context(), tt.message, 3)
		if err != nil || len(hits) == 0 || hits[0].Entry.ID != tt.first || hits[0].Matched != tt.matched {
			t.Errorf("%q: %+v, %v, want entry %d by %q", tt.message, hits, err, tt.first, tt.matched)
		}
	}
	hits, err := search.Search(t.Context(), "居住证怎么办理", 20)
	if err != nil || len(hits) < 3 || hits[0].Confidence < 0.9 || hits[1].Confidence > 0.2 {
		t.Errorf("same question: %+v, %v, want the first sure and the others not", hits, err)
	}
	for i := 1; i < len(hits); i++ {
		if hits[i].Score > hits[i-1].Score {
			t.Errorf("hit %d scores %v after %v", i, hits[i].Score, hits[i-1].Score)
		}
	}
	far, err := search.Search(t.Context(), "今天天气怎么样", 20)
	if err != nil || len(far) > 0 && far[0].Confidence > 0.2 {
		t.Errorf("question about the weather: %+v, %v", far, err)
	}
}

// When the question is answered twice neither is sure.
func TestTwinsAreUnsure(t *testing.T) {
	search, _ := searcher(t, "", newSource(
		entry(1, "居住证怎么办理"), entry(2, "居住证怎么办理？"), entry(3, "公积金怎么提取"), entry(4, "社保怎么转移")))
	hits, err := search.Search(t.Context(), "居住证怎么办理", 2)
	if err != nil || len(hits) != 2 || hits[0].Confidence != hits[1].Confidence || hits[0].Confidence > 0.9 {
		t.Errorf("hits %+v, %v", hits, err)
	}
}

func FuzzSearch(f *testing.F) {
	s := newSource(entry(1, "居住证怎么办理", "暂住证"), entry(2, "Library card"), entry(3, "=1+1 (a OR b) \"c\" ~d^2 *"))
	search, x := searcher(f, "", s)
	for _, message := range []string{"居住证", "library AND card", `"`, "a:b", "*", "\xff", "u:居", "1/1/0", strings.Repeat("证", 5000), "e\u0301"} {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message string) {
		hits, err := search.Search(t.Context(), message, 3)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range hits {
			if !(h.Confidence >= 0 && h.Confidence <= 1) || !(h.Score > 0) || i > 0 && h.Score > hits[i-1].Score {
				t.Fatalf("hit %d: %+v", i, h)
			}
			for _, m := range h.Matches {
				wording := h.Entry.Question
				if m.Field == "matched_question" {
					wording = h.Matched
				}
				if m.Start < 0 || m.Start >= m.End || m.End > utf8.RuneCountInString(wording) {
					t.Fatalf("match %+v in %q", m, wording)
				}
			}
		}
		if _, err := x.Find(t.Context(), message, 3); err != nil && desk.CodeOf(err) != desk.Invalid {
			t.Fatal(err)
		}
	})
}

// bigLibrary makes n entries of everyday subjects, so that common words are
// common and every question is its own.
func bigLibrary(n int) (s *source, questions []string) {
	s = newSource()
	things := []string{"居住证", "公积金", "医保卡", "社保", "不动产证", "驾驶证", "营业执照", "低保", "学区", "结婚证", "身份证", "退休金", "车牌"}
	actions := []string{"申请", "补办", "变更", "注销", "查询", "续期", "转移", "提取", "异地使用", "缴费", "登记"}
	places := []string{"高新区", "临江区", "青禾区", "老城区", "开发区", "乡镇", "外省"}
	asks := []string{"怎么办理", "需要什么材料", "要多少钱", "多久能办好", "在哪里办"}
	for i := range n {
		place, thing, action := places[i%len(places)], things[i%len(things)], actions[i%len(actions)]
		question := fmt.Sprintf("%s%s%s%s（%d 号通知）", place, thing, action, asks[i%len(asks)], i/5005)
		e := entry(faq.EntryID(i+1), question, fmt.Sprintf("我想问一下在%s办%s%s%d", place, thing, action, i), thing+action+asks[(i+1)%len(asks)])
		e.Answer = fmt.Sprintf("请携带身份证原件和相关材料到%s政务服务中心综合窗口办理%s%s，也可在线上申请，自受理之日起五个工作日内办结，不收取费用。", place, thing, action)
		s.put(e)
		if i%97 == 0 {
			questions = append(questions, "您好，请问"+place+thing+"如何"+action+"？需要带什么材料，谢谢")
		}
	}
	return s, questions
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, questions := bigLibrary(n)
			search, _ := searcher(b, b.TempDir(), s)
			for i := 0; b.Loop(); i++ {
				if _, err := search.Search(b.Context(), questions[i%len(questions)], 5); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	s, _ := bigLibrary(1000)
	dir, lex := b.TempDir(), faqtest.Lexicon(b)
	x := open(b, dir, lex, s)
	reconcile(b, x)
	closeIndex(b, x)
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			x := open(b, dir, lex, s)
			if !x.Ready() {
				b.Fatal("not ready")
			}
			closeIndex(b, x)
		}
	})
	b.Run("built", func(b *testing.B) {
		for b.Loop() {
			x := open(b, b.TempDir(), lex, s)
			reconcile(b, x)
			closeIndex(b, x)
		}
	})
}

// meant is a Meaning that says what it is told.
type meant struct {
	ids []faq.EntryID
	ok  bool
}

func (m meant) Nearest(context.Context, string, int) ([]faq.EntryID, bool) { return m.ids, m.ok }

func TestSearchByMeaning(t *testing.T) {
	s := newSource(entry(1, "居住证怎么办理"), entry(2, "居住证怎么续签"), entry(3, "How do I move in?"), entry(4, "公积金提取"))
	retired := entry(5, "旧的规定")
	retired.State = faq.Retired
	s.put(retired)
	lex := faqtest.Lexicon(t)
	x := open(t, "", lex, s)
	defer closeIndex(t, x)
	reconcile(t, x)
	for _, tt := range []struct {
		name, message string
		meaning       faq.Meaning
		want          []faq.EntryID
	}{
		{"words alone", "居住证到期", nil, nil},
		{"nothing to say", "居住证到期", meant{}, nil},
		{"meaning decides", "居住证到期", meant{[]faq.EntryID{2, 4, 1}, true}, []faq.EntryID{2, 1}},
		{"found by meaning only", "户口迁入", meant{[]faq.EntryID{3}, true}, []faq.EntryID{3}},
		{"words are sure", "居住证怎么办理", meant{[]faq.EntryID{2, 4, 3, 1}, true}, []faq.EntryID{1, 2}},
		{"never what may not be shown", "户口迁入", meant{[]faq.EntryID{5, 4}, true}, []faq.EntryID{4}},
	} {
		search := faq.NewSearcher(faq.SearchParts{Lexicon: lex, Model: faqtest.Model(t), Index: x, Entries: s, Meaning: tt.meaning, Now: noon})
		hits, err := search.Search(t.Context(), tt.message, 5)
		if err != nil {
			t.Fatal(err)
		}
		var ids []faq.EntryID
		for i, h := range hits {
			ids = append(ids, h.Entry.ID)
			if i > 0 && h.Score > hits[i-1].Score || h.Score <= 0 || h.Confidence < 0 || h.Confidence > 1 {
				t.Errorf("%s: hit %d scores %v with confidence %v", tt.name, i, h.Score, h.Confidence)
			}
		}
		if tt.want == nil { // as by words
			plain, _ := searcher(t, "", s)
			byWords, err := plain.Search(t.Context(), tt.message, 5)
			if err != nil || len(byWords) != len(hits) || byWords[0].Entry.ID != hits[0].Entry.ID || byWords[0].Score != hits[0].Score {
				t.Errorf("%s: %v, by words %v, %v", tt.name, ids, byWords, err)
			}
			continue
		}
		if len(ids) < len(tt.want) || !slices.Equal(ids[:len(tt.want)], tt.want) {
			t.Errorf("%s: %v, want %v first", tt.name, ids, tt.want)
		}
	}
}

// An entry without rivals is not the answer for that: the bot stays silent.
func TestAloneIsNotSure(t *testing.T) {
	lone := entry(1, "居住证怎么办理")
	lone.Answer = "请携带身份证原件到派出所办理，工作日内办结。"
	search, _ := searcher(t, "", newSource(lone))
	for _, message := range []string{"身份证丢了", "公积金怎么提取", "孩子上学要什么证明", "工作证", "明天天气怎么样", "我要投诉派出所的态度"} {
		hits, err := search.Search(t.Context(), message, 1)
		if err != nil || len(hits) > 0 && hits[0].Confidence >= bot.DefaultThresholds().Answer {
			t.Errorf("%q: %+v, %v, want no answer", message, hits, err)
		}
	}
	hits, err := search.Search(t.Context(), "居住证如何办理？", 1)
	if err != nil || len(hits) != 1 || hits[0].Confidence < bot.DefaultThresholds().Answer {
		t.Errorf("the question itself: %+v, %v", hits, err)
	}
}

// What an entry's wordings weigh must not depend on how the index came to be: all
// at once, as an evaluation does, or edit by edit, as a desk does.
func TestConfidenceOutlivesEdits(t *testing.T) {
	things := []string{"居住证", "社保卡", "结婚登记", "营业执照", "驾驶证", "户口本", "公积金", "身份证", "护照", "生育津贴", "失业登记", "不动产"}
	acts := []string{"怎么办理", "丢了怎么补办", "在哪里办", "要什么材料", "多久能办好"}
	s := newSource()
	n := faq.EntryID(0)
	for _, thing := range things {
		for _, act := range acts {
			n++
			s.put(entry(n, thing+act, "我想问"+thing+act))
		}
	}
	ask := func(search *faq.Searcher) (out []float64) {
		for _, message := range []string{"居住证怎么办理", "社保卡丢了怎么补办", "请问护照在哪里办", "驾驶证多久能办好"} {
			hits, err := search.Search(t.Context(), message, 3)
			if err != nil || len(hits) == 0 {
				t.Fatalf("%s: %v %v", message, hits, err)
			}
			out = append(out, hits[0].Confidence)
		}
		return out
	}
	for _, place := range []struct{ name, dir string }{{"in memory", ""}, {"in a folder", t.TempDir()}} {
		t.Run(place.name, func(t *testing.T) {
			search, x := searcher(t, place.dir, s)
			want := ask(search)
			for i := range 40 {
				s.put(entry(1000+faq.EntryID(i), fmt.Sprintf("路灯%d几点亮", i)))
				reconcile(t, x)
			}
			for i := range 40 {
				s.remove(1000 + faq.EntryID(i))
				reconcile(t, x)
			}
			got := ask(search)
			for i := range want {
				if math.Abs(got[i]-want[i]) > 0.01 {
					t.Errorf("question %d: sure by %.3f after the edits, %.3f before", i, got[i], want[i])
				}
			}
		})
	}
}

// Courtesy around a question changes nothing about it.
func TestCourtesyChangesNothing(t *testing.T) {
	s := newSource(
		entry(1, "居住证怎么办理"), entry(2, "居住证怎么续签"), entry(3, "居住证丢了怎么补办"), entry(4, "公积金怎么提取"),
	)
	search, _ := searcher(t, "", s)
	for _, question := range []string{"居住证怎么办理", "公积金怎么提取"} {
		plain, err := search.Search(t.Context(), question, 3)
		if err != nil || len(plain) == 0 || plain[0].Confidence < 0.9 {
			t.Fatalf("%s: %+v, %v", question, plain, err)
		}
		for _, around := range []string{"您好，请问%s？谢谢", "小编你好！麻烦问一下%s，急，在线等", "你好%s谢谢您"} {
			hits, err := search.Search(t.Context(), fmt.Sprintf(around, question), 3)
			if err != nil || len(hits) != len(plain) || hits[0].Entry.ID != plain[0].Entry.ID || hits[0].Confidence != plain[0].Confidence {
				t.Errorf(around+": %+v, %v, want %+v", question, hits, err, plain)
			}
		}
	}
}

// Who writes but the name of a matter is offered the questions about it.
func TestBareWords(t *testing.T) {
	s := newSource(
		entry(1, "居住证怎么办理"), entry(2, "居住证怎么续签"), entry(3, "居住证丢了怎么补办"), entry(4, "居住证可以代办吗"),
		entry(5, "公积金怎么提取"), entry(6, "异地居住怎么登记"), entry(7, "公积金如何转移"),
	)
	search, _ := searcher(t, "", s)
	for message, lines := range map[string]int{"居住证": 3, "你好，公积金": 2, "护照": 0, "居住证护照": 0} {
		hits, err := search.Search(t.Context(), message, 10)
		if err != nil {
			t.Fatal(err)
		}
		d := bot.Decide(hits, bot.DefaultThresholds())
		if len(d.Hits) != lines || lines > 0 && d.Action != bot.Menu {
			t.Errorf("%s: %s of %+v, want a menu of %d", message, d.Action, d.Hits, lines)
		}
	}
}

// Who asks a standard question word for word gets its answer, however small the
// library is and whatever is like it; when two entries ask the same nobody knows.
func TestWordForWord(t *testing.T) {
	s := newSource(
		entry(1, "居住证怎么办理", "外地人怎么申请居住证"), entry(2, "居住证怎么续签"), entry(3, "外国人居住证怎么办理"),
		entry(4, "社保卡在哪里办"), entry(5, "社保卡在哪里办"),
	)
	search, _ := searcher(t, "", s)
	for _, tt := range []struct {
		message string
		first   faq.EntryID
	}{{"居住证怎么办理", 1}, {"您好，请问居住证怎么办理？谢谢", 1}, {"外地人怎么申请居住证", 1}, {"外国人居住证怎么办理", 3}} {
		hits, err := search.Search(t.Context(), tt.message, 3)
		if err != nil || len(hits) == 0 || hits[0].Entry.ID != tt.first || hits[0].Confidence < 0.95 {
			t.Errorf("%s: %+v %v", tt.message, hits, err)
		}
	}
	for _, message := range []string{"社保卡在哪里办", "社保卡在哪儿办理"} {
		hits, err := search.Search(t.Context(), message, 3)
		if err != nil || len(hits) < 2 || hits[0].Confidence >= 0.9 {
			t.Errorf("twins: %+v %v", hits, err)
		}
	}
}
