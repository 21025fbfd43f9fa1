package index_test

import (
	"slices"
	"strings"
	"testing"

	"replydesk/faq"
)

// A character typed for one that sounds alike is read as what the library has
// between the same neighbours, and nothing else is touched.
func TestSlips(t *testing.T) {
	search, _ := searcher(t, "", newSource(
		entry(1, "居住证怎么办理", "如何申请居住证"), entry(2, "税务局几点上班"), entry(3, "公积金怎么提取"),
		entry(4, "社会保障卡丢失如何挂失"), entry(5, "再婚登记要什么材料"), entry(6, "办理在职证明"),
	))
	for _, tt := range []struct {
		message string
		first   faq.EntryID
		slips   []faq.Slip
	}{
		{"居主证怎么办理", 1, []faq.Slip{{Typed: "主", Meant: "住"}}},
		{"居住正怎么办理", 1, []faq.Slip{{Typed: "正", Meant: "证"}}},
		{"居 主 证怎么办理", 1, []faq.Slip{{Typed: "主", Meant: "住"}}},
		{"社会保樟卡丢失", 4, []faq.Slip{{Typed: "樟", Meant: "障"}}},
		{"社會保樟卡丟史如何掛失", 4, []faq.Slip{{Typed: "樟", Meant: "障"}, {Typed: "史", Meant: "失"}}},
		{"居住证怎么办理", 1, nil},
		{"水务局几点上班", 2, nil},                       // 水 at the start: one neighbour says too little
		{"居，主证怎么办理", 1, nil},                      // nothing but space stands between neighbours
		{"公基，金怎么提取", 3, nil},                      // the same
		{"居组证怎么办理", 1, nil},                       // zu does not sound like zhu
		{"居1证怎么办理", 1, nil},                       // no character
		{"居主证" + strings.Repeat("。", 60), 1, nil}, // too long to look
	} {
		hits, err := search.Search(t.Context(), tt.message, 3)
		if err != nil || len(hits) == 0 || hits[0].Entry.ID != tt.first {
			t.Errorf("%q: %+v, %v, want entry %d first", tt.message, hits, err, tt.first)
			continue
		}
		if !slices.Equal(hits[0].Slips, tt.slips) {
			t.Errorf("%q: slips %+v, want %+v", tt.message, hits[0].Slips, tt.slips)
		}
	}
}

// What only sounds alike may be offered, but nobody is sure of it.
func TestSlipIsAGuess(t *testing.T) {
	search, _ := searcher(t, "", newSource(entry(1, "办理食品经营许可证要什么材料"), entry(2, "公积金怎么提取"), entry(3, "居住证怎么续签")))
	for message, sure := range map[string]bool{"办理食品经营许可证要什么材料": true, "办理饰品经营许可证要什么材料": false} {
		hits, err := search.Search(t.Context(), message, 3)
		if err != nil || len(hits) == 0 || hits[0].Entry.ID != 1 || (hits[0].Confidence > 0.86) != sure || len(hits[0].Slips) > 0 == sure {
			t.Errorf("%q: %+v, %v, want entry 1, sure: %v", message, hits, err, sure)
		}
	}
}

// Two that sound alike and both fit: nobody knows which was meant.
func TestSlipOfTwo(t *testing.T) {
	search, _ := searcher(t, "", newSource(entry(1, "办理在职证明"), entry(2, "办理再职证明")))
	hits, err := search.Search(t.Context(), "办理载职证明", 3)
	if err != nil || len(hits) != 2 || len(hits[0].Slips) != 0 {
		t.Errorf("hits %+v, %v, want both and no slip", hits, err)
	}
}

// What is not published has no say in how a message is read.
func TestSlipOfADraft(t *testing.T) {
	draft := entry(1, "居住证怎么办理")
	draft.State = faq.Draft
	search, _ := searcher(t, "", newSource(draft, entry(2, "出租房怎么办理登记")))
	hits, err := search.Search(t.Context(), "居主证怎么办理", 3)
	if err != nil || len(hits) == 0 || len(hits[0].Slips) != 0 {
		t.Errorf("hits %+v, %v, want no slip", hits, err)
	}
}
