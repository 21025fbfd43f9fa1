package bot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"replydesk/bot"
	"replydesk/faq"
	"replydesk/inbox/desk"
)

// What the preview shows is what the bot sends, byte for byte, at every length
// around the platform's limit.
func TestPreviewIsWhatIsSent(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		vote := len("\n\n" + bot.DefaultSettings().Texts.AnswerFooter)
		for i, tt := range []struct {
			bytes int // of answer and link
			left  []bot.Part
			sent  bool
		}{
			{500, nil, true},
			{2048 - vote, nil, true},
			{2049 - vote, []bot.Part{bot.VotePart}, true},
			{2048, []bot.Part{bot.VotePart}, true},
			{2049, []bot.Part{bot.VotePart, bot.LinkPart}, true},
			{2300, []bot.Part{bot.VotePart, bot.LinkPart}, false},
		} {
			code := fmt.Sprintf("L%d", i)
			id := r.entry(t, code, "市公安局")
			link := "https://example.test/" + code
			answer := strings.Repeat("a", tt.bytes-len("\n\n办理入口："+link))
			r.sql(t, `UPDATE entries SET answer = $2 WHERE id = $1`, id, answer)
			r.finds(code, scripted{id, 0.9})
			p, err := r.Preview(t.Context(), faqStaff(r.account), r.account, faq.Content{Question: " 问 ", Answer: answer + "\n", ServiceLink: link, Department: "市公安局"})
			must(t, err)
			if !slices.Equal(p.LeftOut, tt.left) || p.Size != tt.bytes+vote || p.Most != 2048 || (p.Text != "") != tt.sent || !p.Served {
				t.Errorf("%d bytes: %d of %d, left out %v, text of %d bytes", tt.bytes, p.Size, p.Most, p.LeftOut, len(p.Text))
			}
			sent, _ := r.says(t, r.NewCitizen(r.account), code)
			if tt.sent && sent != p.Text || !tt.sent && strings.Contains(sent, "aaaa") {
				t.Errorf("%d bytes: the preview says %q, the bot %q", tt.bytes, p.Text, sent)
			}
		}
	})
}

func TestPreviewMenu(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		id := r.entry(t, "M1", "市公安局")
		r.finds("哪一个", scripted{id, 0.3})
		r.set(t, bot.Settings{Departments: []string{"市公安局"}})
		p, err := r.Preview(t.Context(), faqStaff(r.account), r.account, faq.Content{Question: "怎么办理M1", Department: "市教育局"})
		must(t, err)
		menu, _ := r.says(t, r.NewCitizen(r.account), "哪一个")
		if p.Menu == "" || p.Menu != menu || p.Text != "" || p.Size != 0 || p.Served {
			t.Errorf("preview %+v, the bot's menu %q", p, menu)
		}
		if p, err = r.Preview(t.Context(), faqStaff(), 0, faq.Content{Answer: strings.Repeat("长", 900)}); err != nil || p.Most != 0 || p.Text == "" || p.Menu != "" || !p.Served {
			t.Errorf("without an account: %+v, %v", p, err)
		}
		for name, tt := range map[string]struct {
			actor   desk.Actor
			account int64
			want    desk.Code
		}{
			"nobody":                     {desk.Actor{UserID: 9}, 0, desk.Forbidden},
			"a liaison, for an account":  {desk.Actor{UserID: 9, Role: desk.Liaison, AllAccounts: true}, r.account, desk.Forbidden},
			"an account one cannot see":  {faqStaff(), r.account, desk.NotFound},
			"an account that is not one": {faqStaff(r.account, 999), 999, desk.NotFound},
		} {
			if _, err := r.Preview(t.Context(), tt.actor, tt.account, faq.Content{Answer: "a"}); desk.CodeOf(err) != tt.want {
				t.Errorf("%s: %v, want %s", name, err, tt.want)
			}
		}
		if _, err := r.Preview(t.Context(), desk.Actor{UserID: 9, Role: desk.Liaison}, 0, faq.Content{Answer: "a"}); err != nil {
			t.Errorf("a reader: %v", err)
		}
	})
}

func faqStaff(accounts ...int64) desk.Actor {
	return desk.Actor{UserID: 8, Name: "李敏", Role: desk.Staff, AccountIDs: accounts}
}
