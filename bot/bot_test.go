package bot_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"replydesk/bot"
	"replydesk/faq"
)

func hits(confidences ...float64) []faq.Hit {
	out := make([]faq.Hit, len(confidences))
	for i, c := range confidences {
		out[i] = faq.Hit{Entry: faq.Entry{ID: faq.EntryID(i + 1)}, Confidence: c}
	}
	return out
}

// named marks the hits whose entries contain the message.
func named(hits []faq.Hit, ids ...faq.EntryID) []faq.Hit {
	for i := range hits {
		hits[i].Named = slices.Contains(ids, hits[i].Entry.ID)
	}
	return hits
}

func TestDecide(t *testing.T) {
	limits := bot.Thresholds{Answer: 0.6, Menu: 0.2, MenuSize: 3}
	tests := []struct {
		name   string
		hits   []faq.Hit
		limits bot.Thresholds
		action bot.Action
		ids    []faq.EntryID
	}{
		{"nothing found", nil, limits, bot.HandOver, nil},
		{"sure", hits(0.9, 0.5), limits, bot.Answer, []faq.EntryID{1}},
		{"just sure enough", hits(0.6), limits, bot.Answer, []faq.EntryID{1}},
		{"not quite", hits(0.59, 0.3, 0.2, 0.2), limits, bot.Menu, []faq.EntryID{1, 2, 3}},
		{"weak lines stay out", hits(0.5, 0.2, 0.19), limits, bot.Menu, []faq.EntryID{1, 2}},
		{"a bare word", named(hits(0.1, 0.05, 0.04, 0.03, 0.02), 1, 3, 4, 5), limits, bot.Menu, []faq.EntryID{1, 3, 4}},
		{"one line", hits(0.2), limits, bot.Menu, []faq.EntryID{1}},
		{"unsure", hits(0.19, 0.19), limits, bot.HandOver, nil},
		{"menu of none still shows the first", hits(0.5, 0.5), bot.Thresholds{Answer: 0.6, Menu: 0.2}, bot.Menu, []faq.EntryID{1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := bot.Decide(tt.hits, tt.limits)
			var ids []faq.EntryID
			for _, h := range d.Hits {
				ids = append(ids, h.Entry.ID)
			}
			if d.Action != tt.action || !slices.Equal(ids, tt.ids) {
				t.Errorf("%s %v, want %s %v", d.Action, ids, tt.action, tt.ids)
			}
		})
	}
}

// More confidence never makes the bot bolder in the wrong direction, and what
// it was given is left as it was.
func TestDecideIsMonotone(t *testing.T) {
	order := map[bot.Action]int{bot.HandOver: 0, bot.Menu: 1, bot.Answer: 2}
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		given := hits(random.Float64(), random.Float64(), random.Float64())
		kept := slices.Clone(given)
		before := bot.Decide(given, bot.DefaultThresholds())
		if !slices.EqualFunc(given, kept, func(a, b faq.Hit) bool { return a.Entry.ID == b.Entry.ID && a.Confidence == b.Confidence }) {
			t.Fatal("the hits were changed")
		}
		given[0].Confidence += (1 - given[0].Confidence) * random.Float64()
		if after := bot.Decide(given, bot.DefaultThresholds()); order[after.Action] < order[before.Action] {
			t.Fatalf("%v gives %s, more confident %v gives %s", kept, before.Action, given, after.Action)
		}
	}
}
