package text_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"replydesk/faq/text"
)

func lexicon(t testing.TB) *text.Lexicon {
	t.Helper()
	lex, err := text.Default()
	if err != nil {
		t.Fatal(err)
	}
	return lex
}

func terms(tokens []text.Token) string {
	out := make([]string, len(tokens))
	for i, t := range tokens {
		out[i] = t.Term
		if t.Stop {
			out[i] = "(" + t.Term + ")"
		}
	}
	return strings.Join(out, " ")
}

func TestTokens(t *testing.T) {
	lex := lexicon(t)
	tests := []struct{ name, text, tokens, pairs string }{
		{"chinese", "居住证", "居 住 证", "居住 住证"},
		{"traditional", "居住證辦理", "居 住 证 办", "居住 住证 证办"},
		{"full width", "ＡＢ１２３", "ab123", ""},
		{"mixed", "办ETC卡", "办 etc 卡", "办_etc etc_卡"},
		{"punctuation parts pairs", "证，件", "证 件", ""},
		{"space does not", "居 住", "居 住", "居住"},
		{"unit sign", "90㎡", "90m2", ""},
		{"accents", "Café", "cafe", ""},
		{"accents apart", "Cafe\u0301", "cafe", ""},
		{"endings", "Cards paid copies", "card paid copi", "card_paid paid_copi"},
		{"more endings", "stopping loses its passes", "stop lose (it) pass", "stop_lose lose_it it_pass"},
		{"stop phrases", "您好，请问居住证怎么办理呢", "(您) (好) (请) (问) 居 住 证 (怎) (么) 办 理 (呢)", "您好 请问 问居 居住 住证 证怎 怎么 么办 办理 理呢"},
		{"longest stop phrase", "我想咨询一下社保", "(我) (想) (咨) (询) (一) (下) 社 保", "我想 想咨 咨询 询一 一下 下社 社保"},
		{"no stop phrase across a comma", "请，问", "请 问", ""},
		{"one word for another", "如何申办驾照", "(怎) (么) 办 理 驾 驶 证", "怎么 么办 办理 理驾 驾驶 驶证"},
		{"longest word", "能不能", "能", ""},
		{"no word across a comma", "驾，照", "驾 照", ""},
		{"nothing", "？！ …", "", ""},
		{"not utf-8", "证\xff件", "证 件", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tokens := lex.Tokens(tt.text, 0)
			if got := terms(tokens); got != tt.tokens {
				t.Errorf("tokens %q, want %q", got, tt.tokens)
			}
			pairs := text.Pairs(tokens)
			for i := range pairs {
				pairs[i].Stop = false
			}
			if got := terms(pairs); got != tt.pairs {
				t.Errorf("pairs %q, want %q", got, tt.pairs)
			}
		})
	}
}

func TestTokensLimit(t *testing.T) {
	if got := terms(lexicon(t).Tokens("居住证办理", 3)); got != "居 住 证" {
		t.Errorf("three characters give %q", got)
	}
}

func TestAnswerTerms(t *testing.T) {
	if got := terms(text.AnswerTerms(lexicon(t).Cut("到ETC窗口", 0))); got != "到 etc 窗 口 窗口" {
		t.Errorf("terms %q", got)
	}
}

// A word that stands for another is shown where the other stood.
func TestPlaces(t *testing.T) {
	tokens := lexicon(t).Tokens("补办驾照", 0)
	last := tokens[len(tokens)-1]
	if last.Term != "证" || last.Start != 2 || last.End != 4 || !last.Han() || !last.Joins() {
		t.Errorf("last of %+v", tokens)
	}
	if got := terms(lexicon(t).Literal("请问驾照", 0)); got != "(请) (问) 驾 照" {
		t.Errorf("as it stands %q", got)
	}
}

func TestKey(t *testing.T) {
	lex := lexicon(t)
	for _, same := range [][]string{
		{"居住证怎么办理？", "居住證 怎麼辦理", "“居住证”怎么办理!"},
		{"ETC 怎么办", "ｅｔｃ怎么办"},
	} {
		for _, s := range same[1:] {
			if lex.Key(s) != lex.Key(same[0]) {
				t.Errorf("key of %q is %q, of %q %q", s, lex.Key(s), same[0], lex.Key(same[0]))
			}
		}
	}
	if lex.Key("居住证") == lex.Key("居留证") {
		t.Error("different questions have one key")
	}
}

func TestLoad(t *testing.T) {
	good := fstest.MapFS{
		"simplified.txt":   {Data: []byte("# c\n證证\n")},
		"synonyms.txt":     {Data: []byte("办, 办理\n")},
		"stop_phrases.txt": {Data: []byte("请问\n")},
		"contrasts.txt":    {Data: []byte("deny: 不\n")},
	}
	first, err := text.Load(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]struct{ path, data, names string }{
		"three characters": {"simplified.txt", "證证證", "simplified.txt line 1"},
		"one character":    {"simplified.txt", "\n證", "simplified.txt line 2"},
		"long phrase":      {"stop_phrases.txt", "一二三四五六七八九十一", "stop_phrases.txt line 1"},
		"no first word":    {"synonyms.txt", ", 办理", "synonyms.txt line 1"},
		"no other word":    {"synonyms.txt", "办, ，", "synonyms.txt line 1"},
		"word twice":       {"synonyms.txt", "办, 办理\n做, 办理", "synonyms.txt line 2"},
		"no word":          {"stop_phrases.txt", "？", "stop_phrases.txt line 1"},
		"unknown kind":     {"contrasts.txt", "deny: 不\nother: 没", "contrasts.txt line 2"},
		"empty word":       {"contrasts.txt", "mark: 取消, ，", "contrasts.txt line 1"},
		"two denials":      {"contrasts.txt", "deny: 没有", "contrasts.txt line 1"},
	} {
		files := maps.Clone(good)
		files[file.path] = &fstest.MapFile{Data: []byte(file.data)}
		if _, err := text.Load(files); err == nil || !strings.Contains(err.Error(), file.names) {
			t.Errorf("%s: %v, want an error that names %s", name, err, file.names)
		}
	}
	if _, err := text.Load(fstest.MapFS{}); err == nil {
		t.Error("missing files are no error")
	}
	for name := range good {
		changed := maps.Clone(good)
		changed[name] = &fstest.MapFile{Data: append(slices.Clone(good[name].Data), "# more"...)}
		second, err := text.Load(changed)
		// Nothing is made with the contrasts: a change of theirs makes nothing anew.
		if err != nil || (second.Fingerprint() == first.Fingerprint()) != (name == "contrasts.txt") {
			t.Errorf("fingerprint stays %s when %s changes, %v", first.Fingerprint(), name, err)
		}
	}
}

func FuzzTokens(f *testing.F) {
	lex, err := text.Default()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"您好，居住证怎么办理？", "Don't stop", "90㎡", "\xff\xfe", "ﷺ", "e\u0301\u0301", "가나다"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tokens := lex.Tokens(s, 0)
		start := 0
		for _, token := range tokens {
			if token.Term == "" || token.Start < start || token.Start >= token.End || token.End > utf8.RuneCountInString(s) {
				t.Fatalf("token %+v after %d in %q", token, start, s)
			}
			start = token.Start
			if strings.ContainsAny(token.Term, " \t\n\u00a0") {
				t.Fatalf("term %q holds a space", token.Term)
			}
		}
		again := lex.Tokens(s, 0)
		if !slices.Equal(tokens, again) {
			t.Fatal("cut differently the second time")
		}
		for _, pair := range text.Pairs(tokens) {
			if pair.Start >= pair.End {
				t.Fatalf("pair %+v", pair)
			}
		}
		if lex.Key(s) != lex.Key(lex.Key(s)) {
			t.Fatalf("key of a key of %q differs", s)
		}
	})
}

// Courtesy goes from both ends, but not out of the middle, not out of a word, and
// not when it is all there is.
func TestTrim(t *testing.T) {
	lex := lexicon(t)
	for _, tt := range [][2]string{
		{"您好，请问居住证怎么办理？谢谢", "居 住 证 (怎) (么) 办 理"},
		{"你好！麻烦问一下居住证办理，急，在线等", "居 住 证 办 理"},
		{"小编您好，公积金提取。谢谢您！", "公 积 金 提 取"},
		{"急诊能报销吗", "急 诊 能 报 销 (吗)"},
		{"派出所周末有人吗", "派 出 所 周 末 (有) (人) (吗)"},
		{"居住证，谢谢，社保卡", "居 住 证 (谢) (谢) 社 保 卡"},
		{"您好，谢谢", "(您) (好) (谢) (谢)"},
		{"", ""},
	} {
		if got := terms(lex.Trim(lex.Literal(tt[0], 0))); got != tt[1] {
			t.Errorf("%q: %s, want %s", tt[0], got, tt[1])
		}
	}
}
