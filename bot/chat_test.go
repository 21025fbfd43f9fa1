package bot_test

import (
	"testing"

	"replydesk/bot"
	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// Small talk gets a courteous word, and leaves no ticket to work on.
func TestSmallTalk(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.finds("居住证怎么办", scripted{r.entry(t, "居住证", ""), 0.9})
		for _, words := range []string{"谢谢", "好的，收到", "嗯嗯", "OK", "你好", "在吗？", "👍🙏", "[微笑][玫瑰]", "5", "您好，谢谢您！"} {
			c := r.NewCitizen(r.account)
			answer, ticket := r.says(t, c, words)
			row := r.Ticket(t, ticket)
			if answer == "" || row.State != inbox.Closed || !row.DueAt.IsZero() {
				t.Errorf("%s: got %q; the ticket is %s, due %v", words, answer, row.State, row.DueAt)
			}
			r.is(t, ticket, bot.Courtesy, bot.SmallTalk)
			if answer, ticket = r.says(t, c, "居住证怎么办"); answer == "" || r.Ticket(t, ticket).State != inbox.Replied {
				t.Errorf("after %s: got %q, the ticket is %s", words, answer, r.Ticket(t, ticket).State)
			}
		}
		// By the task it is the same: no clock is left.
		_, ticket := r.asks(t, r.NewCitizen(r.account), "你好")
		r.runTasks(t)
		r.Delivers(t, r.Timeline(t, ticket).Replies[0], "sent")
		if row := r.Ticket(t, ticket); row.State != inbox.Replied || !row.DueAt.IsZero() {
			t.Errorf("the ticket is %s, due %v", row.State, row.DueAt)
		}
		// What waits goes on waiting, and nobody is bothered.
		c := r.NewCitizen(r.account)
		r.says(t, c, "天上的星星有几颗")
		answer, ticket := r.says(t, c, "好的")
		if row := r.Ticket(t, ticket); answer != "" || row.State != inbox.New || row.DueAt.IsZero() {
			t.Errorf("got %q; the ticket is %s, due %v", answer, row.State, row.DueAt)
		}
		r.is(t, ticket, bot.Silent, bot.SmallTalk)
		if trial, err := r.Try(t.Context(), desk.System(), r.account, "你好"); err != nil || trial.Action != bot.Courtesy || trial.Text == "" {
			t.Errorf("a trial: %+v, %v", trial, err)
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// After an answer who agrees or thanks is not asked what they want: it was
// answered. No clock is left running, and the answer can still be judged.
func TestClosingWords(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.finds("居住证怎么办", scripted{r.entry(t, "居住证", ""), 0.9})
		greeting, _ := r.says(t, r.NewCitizen(r.account), "好的")
		for words, closes := range map[string]bool{"好的": true, "收到，谢谢": true, "嗯嗯": true, "知道了👍": true, "你好": false, "在吗": false, "好的？": false, "？": false, "5": false} {
			c := r.NewCitizen(r.account)
			r.says(t, c, "居住证怎么办")
			answer, ticket := r.says(t, c, words)
			if words == "收到，谢谢" { // the word list of thanks knows it: nothing is said
				r.is(t, ticket, bot.Silent, bot.OnlyThanks)
			} else if r.is(t, ticket, bot.Courtesy, bot.SmallTalk); answer == "" || (answer != greeting) != closes {
				t.Errorf("%s is answered %q", words, answer)
			}
			if row := r.Ticket(t, ticket); row.State != inbox.Replied || !row.DueAt.IsZero() {
				t.Errorf("%s: the ticket is %s, due %v", words, row.State, row.DueAt)
			}
			if words != "5" {
				_, ticket = r.says(t, c, "1")
				r.is(t, ticket, bot.Vote, bot.Helpful)
			}
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// Who sends a number the menu does not have is told once which it has. The menu
// stays open, nothing was missed, and what was asked waits for nobody else.
func TestNumbersOutsideTheMenu(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		a, b := r.entry(t, "居住证", ""), r.entry(t, "身份证", "")
		r.finds("证件", scripted{a, 0.4}, scripted{b, 0.3})
		r.finds("证", scripted{b, 0.4})
		for _, number := range []string{"9", "0", "3", "10", "第五个"} {
			c := r.NewCitizen(r.account)
			r.says(t, c, "证件")
			answer, ticket := r.says(t, c, number)
			if answer != "请回复 1–2 选择，或直接描述您的问题。" {
				t.Errorf("%s: got %q", number, answer)
			}
			r.is(t, ticket, bot.Courtesy, bot.OutsideMenu)
			if answer, _ := r.says(t, c, "9"); answer != "" {
				t.Errorf("after %s: got %q again", number, answer)
			}
			// The next menu is the second, and has its own numbers.
			r.says(t, c, "证")
			r.is(t, ticket, bot.Menu, bot.Ambiguous)
			if answer, _ := r.says(t, c, "2"); answer != "请回复 1 选择，或直接描述您的问题。" {
				t.Errorf("of a menu with one line: got %q", answer)
			}
			_, ticket = r.says(t, c, "1")
			r.is(t, ticket, bot.Choice, bot.Chosen)
			if row := r.Ticket(t, ticket); row.State != inbox.Replied || !row.DueAt.IsZero() {
				t.Errorf("after %s: the ticket is %s, due %v", number, row.State, row.DueAt)
			}
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// People choose from a menu in many words.
func TestChoices(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.finds("证件", scripted{r.entry(t, "居住证", ""), 0.4}, scripted{r.entry(t, "身份证", ""), 0.3})
		for words, reason := range map[string]bot.Reason{
			"二": bot.Chosen, "第二个": bot.Chosen, "我选2": bot.Chosen, "2.": bot.Chosen, "②": bot.Chosen, "选2": bot.Chosen, "第2个": bot.Chosen, "最后一个": bot.Chosen,
			"都不是": bot.NoneFits, "没有": bot.NoneFits, "以上都不是。": bot.NoneFits, "都不对，谢谢": bot.NoneFits, "没用": bot.NoneFits,
			"我没有身份证不是本地人": bot.BelowThreshold, "好的": bot.SmallTalk,
		} {
			c := r.NewCitizen(r.account)
			r.says(t, c, "证件")
			_, ticket := r.says(t, c, words)
			if _, why := r.last(t, ticket); why != reason {
				t.Errorf("%s: %s, want %s", words, why, reason)
			}
			if reason == bot.SmallTalk { // the menu is still open
				_, ticket = r.says(t, c, "1")
				r.is(t, ticket, bot.Choice, bot.Chosen)
			}
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}
