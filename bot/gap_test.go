package bot_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/app/store/gapdb"
	"replydesk/bot"
	"replydesk/faq/faqtest"
	"replydesk/faq/gap"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// gaps are what the library lacks by now, oldest first.
func (r *robot) gaps(t *testing.T) (questions []string) {
	t.Helper()
	service := gap.NewService(gap.Deps{
		Store: gapdb.New(r.db), Search: r.found, Lexicon: faqtest.Lexicon(t), Mask: strings.TrimSpace, Bare: words(t).Bare, Sure: 0.86, Now: r.Now,
	})
	must(t, service.Collect(t.Context()))
	page, err := service.Gaps(t.Context(), desk.System(), gap.Filter{})
	must(t, err)
	slices.SortFunc(page.Items, func(a, b gap.Gap) int { return int(a.ID - b.ID) })
	for _, g := range page.Items {
		questions = append(questions, g.Question)
	}
	return questions
}

// A menu of which nothing fitted is a gap by the question that led to it, whatever
// becomes of the ticket; so is an answer chosen from it that did not help.
func TestFailedMenusAreGaps(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		a, b := r.entry(t, "低保", ""), r.entry(t, "医保", "")
		for _, question := range []string{"低保怎么取消", "医保断缴了怎么补", "公积金账户可以合并吗", "帮我看看那个", "再说一遍那个"} {
			r.finds(question, scripted{a, 0.4}, scripted{b, 0.3})
		}
		staff := r.Staff(t, "李敏")
		var answered inbox.TicketID
		for _, said := range [][]string{
			{"低保怎么取消", "9", "都不是"},
			{"医保断缴了怎么补", "帮我看看那个", "再说一遍那个"},
			{"公积金账户可以合并吗", "2", "没用"},
			{"低保怎么取消", "1", "有用"},
		} {
			c := r.NewCitizen(r.account)
			for _, text := range said {
				_, answered = r.says(t, c, text)
				r.Pass(time.Minute)
			}
			if row := r.Ticket(t, answered); row.State == inbox.New {
				r.Answers(t, staff, answered, "您好，已为您登记")
			}
		}
		for range 2 {
			want := []string{"低保怎么取消", "医保断缴了怎么补", "公积金账户可以合并吗"}
			got := r.gaps(t)
			for _, question := range want {
				if !slices.Contains(got, question) {
					t.Errorf("no gap %s: %v", question, got)
				}
			}
			for _, question := range []string{"都不是", "9", "2", "没用", "有用"} {
				if slices.Contains(got, question) {
					t.Errorf("%s is a gap: %v", question, got)
				}
			}
		}
	})
}

// What nobody chose from a menu of is a gap, however few lines it had; the name of
// a matter is none, and what is chosen after it takes the question back.
func TestMenusNobodyChoseFromAreGaps(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		dog, permit := r.entry(t, "养狗", ""), r.entry(t, "居住证", "")
		r.finds("养猫要办证吗", scripted{dog, 0.2})
		r.finds("居住证遗失了去哪儿", scripted{permit, 0.4})
		r.finds("居住证丢在外面了", scripted{permit, 0.4})
		r.finds("居住证", scripted{permit, 0.1})
		r.found.named["居住证"] = true
		lost := r.NewCitizen(r.account)
		r.says(t, r.NewCitizen(r.account), "养猫要办证吗")
		r.says(t, lost, "居住证")
		r.says(t, lost, "居住证遗失了去哪儿")
		r.Pass(time.Second)
		if got, want := r.gaps(t), []string{"养猫要办证吗", "居住证遗失了去哪儿"}; !slices.Equal(got, want) {
			t.Errorf("gaps %v, want %v", got, want)
		}
		r.says(t, lost, "1")
		if got, want := r.gaps(t), []string{"养猫要办证吗"}; !slices.Equal(got, want) {
			t.Errorf("after the choice %v, want %v", got, want)
		}
		twice := r.NewCitizen(r.account)
		r.says(t, twice, "居住证遗失了去哪儿")
		r.says(t, twice, "居住证丢在外面了")
		r.says(t, twice, "1")
		if got, want := r.gaps(t), []string{"养猫要办证吗"}; !slices.Equal(got, want) {
			t.Errorf("after a choice from the second menu %v, want %v", got, want)
		}
	})
}

// A click on the account's menu that did not help is a gap by the entry's question.
func TestUnhelpfulClicksAreGaps(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.entry(t, "社保", "")
		r.set(t, bot.Settings{Menu: map[string]string{"K1": "社保"}})
		c := r.NewCitizen(r.account)
		in := c.Event("click", channel.Effects{})
		in.Data = json.RawMessage(`{"event_key":"K1"}`)
		must(t, r.Desk.Service.IngestForBot(t.Context(), r.account, []channel.Inbound{in}))
		_, err := r.Respond(t.Context(), r.account, in, true)
		must(t, err)
		r.says(t, c, "没用")
		if got := r.gaps(t); !slices.Equal(got, []string{"怎么办理社保"}) {
			t.Errorf("gaps %v, want the question of the entry that was given", got)
		}
	})
}
