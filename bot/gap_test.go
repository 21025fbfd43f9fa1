package bot_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/app/store/gapdb"
	"replydesk/faq/faqtest"
	"replydesk/faq/gap"
	"replydesk/inbox"
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
