package notice_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"replydesk/inbox/notice"
)

// The screens say what e-mails and robots say: each rule and topic has its
// words in both locales.
func TestLocalesSayTheSame(t *testing.T) {
	for lang, title := range map[string]func(notice.Rule) string{
		"zh": func(r notice.Rule) string { return r.Zh }, "en": func(r notice.Rule) string { return r.En },
	} {
		raw, err := os.ReadFile("../../frontend/src/locales/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var all struct {
			Notices struct {
				Event map[string]string `json:"event"`
				Topic map[string]string `json:"topic"`
			} `json:"notices"`
		}
		if err := json.Unmarshal(raw, &all); err != nil {
			t.Fatal(err)
		}
		for _, r := range notice.Rules() {
			key := strings.ReplaceAll(r.Event, ".", "_")
			if got := all.Notices.Event[key]; got != title(r) {
				t.Errorf("%s: notices.event.%s is %q, the rule says %q", lang, key, got, title(r))
			}
		}
		for _, topic := range notice.Topics() {
			if all.Notices.Topic[string(topic)] == "" {
				t.Errorf("%s: no words for topic %s", lang, topic)
			}
		}
	}
}

func TestRulesAreWhole(t *testing.T) {
	place := regexp.MustCompile(`{([a-z_]+)}`)
	seen := map[string]bool{}
	for _, r := range notice.Rules() {
		if seen[r.Event] {
			t.Errorf("%s has two rules", r.Event)
		}
		seen[r.Event] = true
		if !slices.Contains(notice.Topics(), r.Topic) || len(r.To) == 0 || !strings.HasPrefix(r.Link, "/") {
			t.Errorf("%+v is not whole", r)
		}
		for _, text := range []string{r.Zh, r.En, r.Link} {
			for _, m := range place.FindAllStringSubmatch(text, -1) {
				if m[1] != "ticket_id" && !slices.Contains(r.Facts, m[1]) {
					t.Errorf("%s: %q needs the fact %s", r.Event, text, m[1])
				}
			}
		}
	}
	for _, topic := range notice.Topics() {
		if !slices.ContainsFunc(notice.Rules(), func(r notice.Rule) bool { return r.Topic == topic }) {
			t.Errorf("no rule has topic %s", topic)
		}
	}
}
