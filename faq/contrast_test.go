package faq

import (
	"strings"
	"testing"

	"replydesk/faq/text"
)

// What differs makes unsure, what the entry knows of does not.
func TestContrast(t *testing.T) {
	lex, err := text.Default()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSearcher(SearchParts{Lexicon: lex})
	lost := Content{Question: "身份证丢失了怎么补办", Answer: "到派出所申请，收费20元，军人另行办理。"}
	drive := Content{Question: "驾驶证到期怎么换证", Similar: []string{"满70岁怎么换驾驶证"}, Answer: "外省核发的驾驶证可在本市换领。"}
	pay := Content{Question: "单位不给缴社保怎么投诉", Answer: "向人社局投诉。"}
	old := Content{Question: "2027年入学政策", Answer: "见通知。"}
	insured := Content{Question: "2027年医保怎么缴", Answer: "2026年9月起缴。"}
	divorce := Content{Question: "离婚登记怎么办理", Answer: "30日内可撤回。"}
	moved := Content{Question: "公积金怎么从外地转到安澜", Similar: []string{"可以缴公积金吗"}}
	for _, tt := range []struct {
		message string
		entry   Content
		matched int
		same    bool
	}{
		{"身份证丢失了怎么补办", lost, 0, true},
		{"身份证遗失如何补领", lost, 0, true},
		{"身份证没丢怎么补办", lost, 0, false},
		{"身份证怎么取消补办", lost, 0, false},
		{"外国人身份证丢失了怎么补办", lost, 0, false},
		{"军人身份证丢失了怎么补办", lost, 0, true},
		{"北京身份证丢失了怎么补办", lost, 0, false},
		{"安澜身份证丢失了怎么补办", lost, 0, true},
		{"上海驾驶证到期怎么换证", drive, 0, false},
		{"我是上海人，驾驶证到期怎么换证", drive, 0, true},
		{"满60岁怎么换驾驶证", drive, 1, false},
		{"满70岁怎么换驾驶证", drive, 1, true},
		{"单位没给缴社保怎么投诉", pay, 0, true},
		{"单位给缴社保怎么投诉", pay, 0, false},
		{"单位给缴社保了吗，能投诉吗", Content{Question: "单位不给缴社保能投诉吗"}, 0, true},
		{"27年入学政策", old, 0, true},
		{"2026年入学政策", old, 0, false},
		{"2026年医保怎么缴", insured, 0, false},
		{"26年医保怎么缴", insured, 0, false},
		{"27年医保怎么缴", insured, 0, true},
		{"离婚登记怎么撤回", divorce, 0, false},
		{"离婚登记撤回后怎么再办理", divorce, 0, true},
		{"离婚登记怎么退", divorce, 0, false},
		{"公积金怎么从安澜转到外地", moved, 0, false},
		{"可以不缴公积金吗", moved, 1, false},
		{"能不能缴公积金", moved, 1, true},
		{"证件丢失不补办会怎样", lost, 0, false},
		{"怎么拖欠社保", Content{Question: "拖欠社保怎么投诉"}, 0, false},
		{strings.Repeat("北京的道路破损很久没有人来修", 8), lost, 0, true},
		{"How do I cancel a card in 北京?", lost, 0, true},
	} {
		hits := []Hit{{Entry: Entry{ID: EntryID(len(tt.message)), Revision: 1, Content: tt.entry}, Confidence: 0.9}}
		e := &hits[0].Entry
		hits[0].Matched = e.Wordings()[tt.matched]
		s.cutter = newCutter(lex)
		s.contrast(s.read(tt.message), Candidates{AnswerWeight: func(string) float64 { return 0 }}, hits)
		if (hits[0].Confidence == 0.9) != tt.same {
			t.Errorf("%s: %v sure of %s", tt.message, hits[0].Confidence, e.Question)
		}
	}
}

// A library is not asked for the name of its own city.
func TestContrastOwnPlace(t *testing.T) {
	lex, err := text.Default()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSearcher(SearchParts{Lexicon: lex})
	entry := Entry{ID: 1, Revision: 1, Content: Content{Question: "社保卡怎么申领", Answer: "到窗口申领。"}}
	for rarity, want := range map[float64]float64{0: unsure, 0.3: 0.9, 0.9: unsure} {
		hits := []Hit{{Entry: entry, Matched: entry.Question, Confidence: 0.9}}
		found := Candidates{AnswerWeight: func(term string) float64 {
			if term != "深圳" {
				t.Errorf("asks for %q", term)
			}
			return rarity
		}}
		if s.contrast(s.read("深圳社保卡怎么申领"), found, hits); hits[0].Confidence != want {
			t.Errorf("sure %v of a place of rarity %v, want %v", hits[0].Confidence, rarity, want)
		}
	}
}
