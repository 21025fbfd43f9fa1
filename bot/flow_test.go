package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"replydesk/bot"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

func jsonOf(t testing.TB, v any, none string) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	if string(b) == "null" {
		return none
	}
	return string(b)
}

// last is the ticket's last response.
func (r *robot) last(t testing.TB, ticket inbox.TicketID) (action bot.Action, reason bot.Reason) {
	t.Helper()
	must(t, r.db.QueryRow(t.Context(), `SELECT action, reason FROM bot_answers WHERE ticket_id = $1 ORDER BY id DESC LIMIT 1`, int64(ticket)).
		Scan(&action, &reason))
	return action, reason
}

func (r *robot) is(t testing.TB, ticket inbox.TicketID, action bot.Action, reason bot.Reason) {
	t.Helper()
	if a, why := r.last(t, ticket); a != action || why != reason {
		t.Errorf("the bot did %s because of %s, want %s because of %s", a, why, action, reason)
	}
}

func TestAnswersAtOnce(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "公安局")
		r.finds("居住证怎么办", scripted{e, 0.9})
		c := r.NewCitizen(r.account)
		before := r.Head(t)
		answer, ticket := r.says(t, c, "居住证怎么办")
		for _, part := range []string{"请携带身份证办理居住证", "https://example.test/居住证", "回复 1"} {
			if !strings.Contains(answer, part) {
				t.Errorf("the answer %q lacks %q", answer, part)
			}
		}
		row := r.Ticket(t, ticket)
		if row.State != inbox.Replied || !row.Answered || !row.DueAt.IsZero() {
			t.Errorf("the ticket is %s, answered %v, due %v", row.State, row.Answered, row.DueAt)
		}
		r.is(t, ticket, bot.Answer, bot.Confident)
		tl := r.Timeline(t, ticket)
		if len(tl.Replies) != 1 || tl.Replies[0].State != inbox.ReplySent || tl.Replies[0].Origin != inbox.FromBot || tl.Replies[0].Text != answer ||
			tl.Replies[0].EntryID != int64(e) || tl.Replies[0].EntryRevision != 1 || tl.Replies[0].AuthorID != 0 {
			t.Errorf("replies %+v", tl.Replies)
		}
		if len(tl.Deliveries) != 1 || tl.Deliveries[0].Outcome != channel.Sent || tl.Deliveries[0].Code != "passive" {
			t.Errorf("deliveries %+v", tl.Deliveries)
		}
		if n := r.count(t, `SELECT remaining FROM windows`); n != 5 {
			t.Errorf("%d messages are left in the window: a passive reply draws on none", n)
		}
		want := []string{inbox.TicketCreated, inbox.MessageReceived, inbox.ClockMet, inbox.DeliverySent, inbox.BotAnswered}
		if got := r.Happened(t, before); !slices.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
		if n := r.runTasks(t); n != 1 {
			t.Errorf("%d tasks for one message", n)
		}
		if n := len(r.Timeline(t, ticket).Replies); n != 1 {
			t.Errorf("the task made reply %d", n)
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// A platform that calls again gets the same answer again.
func TestRepeatedCall(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "")
		r.finds("居住证怎么办", scripted{e, 0.9})
		c := r.NewCitizen(r.account)
		in, ticket := r.asks(t, c, "居住证怎么办")
		first, err := r.Respond(t.Context(), r.account, in, true)
		must(t, err)
		for range 2 {
			must(t, r.Desk.Service.IngestForBot(t.Context(), r.account, []channel.Inbound{in}))
			again, err := r.Respond(t.Context(), r.account, in, true)
			must(t, err)
			if first == "" || again != first {
				t.Errorf("again %q, first %q", again, first)
			}
		}
		if n := len(r.Timeline(t, ticket).Replies); n != 1 {
			t.Errorf("%d replies", n)
		}
		// The first answer never arrived when there is a third call; what is not
		// valid any more is not given then, and a person sees to it.
		r.sql(t, `UPDATE entries SET state = 'retired', revision = 2`)
		again, err := r.Respond(t.Context(), r.account, in, true)
		must(t, err)
		if row := r.Ticket(t, ticket); again != "" || !row.State.Waits() {
			t.Errorf("got %q, and the ticket is %s", again, row.State)
		}
		again, err = r.Respond(t.Context(), r.account, in, true)
		must(t, err)
		if again != "" {
			t.Errorf("and again %q", again)
		}
	})
}

// The inline path fails, is late or is killed: the task answers by a delivery.
func TestTaskAnswers(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "")
		r.finds("居住证怎么办", scripted{e, 0.9})
		c := r.NewCitizen(r.account)
		in, ticket := r.asks(t, c, "居住证怎么办")
		r.found.fails = func(context.Context) error { return errors.New("the index is broken") }
		answer, err := r.Respond(t.Context(), r.account, in, true)
		must(t, err)
		if n := r.count(t, `SELECT count(*) FROM bot_answers`); answer != "" || n != 0 {
			t.Errorf("got %q and %d decisions", answer, n)
		}
		task := desk.Task{Kind: inbox.TaskBotAnswer, Key: "1"}
		if err := r.Run(t.Context(), task); desk.CodeOf(err) != desk.Unavailable {
			t.Errorf("the task ended with %v, want to run again", err)
		}
		r.found.fails = nil
		r.runTasks(t)
		r.runTasks(t)
		replies := r.Timeline(t, ticket).Replies
		if len(replies) != 1 || replies[0].State != inbox.ReplyApproved {
			t.Fatalf("replies %+v", replies)
		}
		// A late retry of the call gets nothing: the answer goes out otherwise.
		if again, err := r.Respond(t.Context(), r.account, in, true); again != "" || err != nil {
			t.Errorf("a retry got %q, %v", again, err)
		}
		r.Delivers(t, replies[0], channel.Sent)
		if row := r.Ticket(t, ticket); row.State != inbox.Replied {
			t.Errorf("the ticket is %s", row.State)
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

func TestHandsOver(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "")
		for message, reason := range map[string]bot.Reason{
			"天上的星星有几颗": bot.BelowThreshold, "人工": bot.AskedForPerson, "轉人工！": bot.AskedForPerson, "我要投诉居住证窗口": bot.Complaint, "我要举报网吧": bot.Complaint,
			"我要真人": bot.AskedForPerson, "有没有活人？": bot.AskedForPerson, "找个人跟我说": bot.AskedForPerson, "你是机器人吗": bot.AskedForPerson, "我要信访": bot.Complaint,
			"居住证丢了怎么补？人工": bot.AskedForPerson, "居住证怎么办理 人工": bot.AskedForPerson, "人工智能企业有什么补贴": bot.BelowThreshold, "补贴发给 travel agent": bot.BelowThreshold,
		} {
			if reason != bot.BelowThreshold {
				r.finds(message, scripted{e, 0.99})
			}
			before := r.Head(t)
			answer, ticket := r.says(t, r.NewCitizen(r.account), message)
			row := r.Ticket(t, ticket)
			if !strings.Contains(answer, row.Number) || !strings.Contains(answer, "周一至周五 9:00–12:00、13:30–17:30") {
				t.Errorf("%s: got %q", message, answer)
			}
			if row.State != inbox.New || row.Answered || row.DueAt.IsZero() {
				t.Errorf("%s: the ticket is %s, answered %v, due %v", message, row.State, row.Answered, row.DueAt)
			}
			r.is(t, ticket, bot.HandOver, reason)
			if got := r.Happened(t, before); !slices.Contains(got, inbox.BotHandedOver) {
				t.Errorf("%s: events %v", message, got)
			}
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// After an urgent word people alone answer, and no text with a blocked word
// leaves by itself.
func TestWordsSilenceTheBot(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "")
		r.finds("居住证怎么办", scripted{e, 0.9})
		r.finds("禁词怎么办", scripted{r.entry(t, "禁词", ""), 0.9})
		c := r.NewCitizen(r.account)
		answer, ticket := r.says(t, c, "我不想活了，人工")
		if !strings.Contains(answer, "12356") || strings.Contains(answer, "上班") {
			t.Errorf("got %q", answer)
		}
		r.is(t, ticket, bot.HandOver, bot.Sensitive)
		// On no list of the desk.
		answer, other := r.says(t, r.NewCitizen(r.account), "我真的活不下去了")
		if row := r.Ticket(t, other); !strings.Contains(answer, "12356") || row.Lane() != inbox.AlarmLane || row.DueAt.IsZero() {
			t.Errorf("got %q, in lane %d, due %v", answer, row.Lane(), row.DueAt)
		}
		r.is(t, other, bot.HandOver, bot.Sensitive)
		for _, words := range []string{"居住证怎么办", "不想活了", "人工"} {
			if answer, _ := r.says(t, c, words); answer != "" {
				t.Errorf("%s: got %q", words, answer)
			}
			r.is(t, ticket, bot.Silent, bot.UrgentMatter)
		}
		answer, ticket = r.says(t, r.NewCitizen(r.account), "禁词怎么办")
		if strings.Contains(answer, "禁词") {
			t.Errorf("a blocked word left: %q", answer)
		}
		r.is(t, ticket, bot.HandOver, bot.BlockedText)
		for words, reason := range map[string]bot.Reason{"我不想活了": bot.Sensitive, "禁词怎么办": bot.BlockedText, "居住证怎么办": bot.Confident} {
			if trial, err := r.Try(t.Context(), desk.System(), r.account, words); err != nil || trial.Reason != reason || trial.Text == "" {
				t.Errorf("a trial of %s: %+v, %v", words, trial, err)
			}
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// What was handed over waits for a person, whatever the bot answers afterwards.
func TestAnswerAfterHandOver(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "")
		r.finds("居住证怎么办", scripted{e, 0.9})
		c := r.NewCitizen(r.account)
		r.says(t, c, "我要投诉")
		answer, ticket := r.says(t, c, "居住证怎么办")
		if row := r.Ticket(t, ticket); answer == "" || row.State != inbox.New || row.Answered || row.DueAt.IsZero() {
			t.Errorf("got %q; the ticket is %s, answered %v, due %v", answer, row.State, row.Answered, row.DueAt)
		}
		if answer, _ := r.says(t, c, "天上的星星有几颗"); answer != "" {
			t.Errorf("the second hand-over says %q", answer)
		}
		r.is(t, ticket, bot.Silent, bot.HandedOver)
		// A person answers everything; then the bot is silent, for it is theirs.
		r.Answers(t, r.Staff(t, "李敏"), ticket, "已为您登记投诉")
		if row := r.Ticket(t, ticket); row.State != inbox.Replied {
			t.Errorf("the ticket is %s", row.State)
		}
		if answer, _ := r.says(t, c, "居住证怎么办"); answer != "" {
			t.Errorf("got %q while a person works the ticket", answer)
		}
		r.is(t, ticket, bot.Silent, bot.PersonWorks)
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// Who thanks for an answer of the bot hears nothing more, and no clock starts.
func TestThanksForTheBot(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.finds("居住证怎么办", scripted{r.entry(t, "居住证", ""), 0.9})
		c := r.NewCitizen(r.account)
		_, ticket := r.says(t, c, "居住证怎么办")
		answer, again := r.says(t, c, "好的，谢谢")
		if row := r.Ticket(t, again); answer != "" || again != ticket || row.State != inbox.Replied || !row.DueAt.IsZero() {
			t.Errorf("got %q; ticket %d is %s, due %v", answer, again, row.State, row.DueAt)
		}
		r.is(t, ticket, bot.Silent, bot.OnlyThanks)
		if answer, _ := r.says(t, c, "谢谢,但是还是办不了"); answer == "" || r.Ticket(t, ticket).DueAt.IsZero() {
			t.Errorf("a question beside the thanks: %q", answer)
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

func TestMenu(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		a, b := r.entry(t, "居住证", ""), r.entry(t, "身份证", "")
		r.finds("证件", scripted{a, 0.4}, scripted{b, 0.3})
		r.finds("证", scripted{b, 0.4})
		c := r.NewCitizen(r.account)
		menu, ticket := r.says(t, c, "证件")
		if !strings.Contains(menu, "\n1. 怎么办理居住证\n2. 怎么办理身份证\n") {
			t.Errorf("the menu is %q", menu)
		}
		if row := r.Ticket(t, ticket); row.State != inbox.New || row.Answered {
			t.Errorf("the ticket is %s, answered %v", row.State, row.Answered)
		}
		answer, _ := r.says(t, c, "２。")
		if !strings.Contains(answer, "办理身份证") {
			t.Errorf("the choice gives %q", answer)
		}
		r.is(t, ticket, bot.Choice, bot.Chosen)
		if row := r.Ticket(t, ticket); row.State != inbox.Replied {
			t.Errorf("the ticket is %s", row.State)
		}

		// A number is a choice only while the menu is open.
		c = r.NewCitizen(r.account)
		r.says(t, c, "证件")
		r.Pass(31 * time.Minute)
		_, ticket = r.says(t, c, "2")
		r.is(t, ticket, bot.Courtesy, bot.SmallTalk)

		// Who puts it differently, as told, may get a second menu, but no third.
		c = r.NewCitizen(r.account)
		r.says(t, c, "证件")
		menu, ticket = r.says(t, c, "证")
		r.is(t, ticket, bot.Menu, bot.Ambiguous)
		if !strings.HasPrefix(menu, "您要问的是这个问题吗？\n1. 怎么办理身份证\n") {
			t.Errorf("a menu of one line: %q", menu)
		}
		_, ticket = r.says(t, c, "证件")
		r.is(t, ticket, bot.HandOver, bot.TwoMisses)
		// What is chosen may have gone meanwhile.
		c = r.NewCitizen(r.account)
		r.says(t, c, "证件")
		r.sql(t, `UPDATE entries SET valid_to = '2026-11-21', revision = 2 WHERE id = $1`, int64(a))
		_, ticket = r.says(t, c, "1")
		r.is(t, ticket, bot.HandOver, bot.EntryGone)
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

func TestVotes(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "")
		r.finds("居住证怎么办", scripted{e, 0.9})
		votes := func(word string) (string, inbox.TicketRow) {
			c := r.NewCitizen(r.account)
			r.says(t, c, "居住证怎么办")
			r.Pass(time.Hour)
			answer, ticket := r.says(t, c, word)
			return answer, r.Ticket(t, ticket)
		}
		answer, row := votes("1")
		if !strings.Contains(answer, "感谢") || row.State != inbox.Closed || row.ClosingReason == "" || !row.DueAt.IsZero() {
			t.Errorf("helpful: %q, the ticket is %s (%s), due %v", answer, row.State, row.ClosingReason, row.DueAt)
		}
		r.is(t, row.ID, bot.Vote, bot.Helpful)
		answer, row = votes("2")
		if !strings.Contains(answer, row.Number) || row.State != inbox.New || row.Priority != inbox.High || row.DueAt.IsZero() {
			t.Errorf("unhelpful: %q, the ticket is %s, priority %d, due %v", answer, row.State, row.Priority, row.DueAt)
		}
		r.is(t, row.ID, bot.Vote, bot.Unhelpful)
		if due := row.Clocks[len(row.Clocks)-1].StartedAt.Add(r.Rules.NextReply.Target); !row.InFront || !row.DueAt.Equal(due) {
			t.Errorf("unhelpful: in front %v, due %v, want it in front with its deadline as it is, %v", row.InFront, row.DueAt, due)
		}
		if n := r.count(t, `SELECT sum(vote * 10 + (CASE WHEN voted_at > created_at THEN 1 ELSE 0 END)) FROM bot_answers WHERE entry_id <> 0 AND action = 'answer'`); n != 2 {
			t.Errorf("votes and times add up to %d", n)
		}
		// After its time a 2 is no vote.
		c := r.NewCitizen(r.account)
		r.says(t, c, "居住证怎么办")
		r.Pass(25 * time.Hour)
		_, ticket := r.says(t, c, "2")
		r.is(t, ticket, bot.Courtesy, bot.SmallTalk)
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// A vote in words counts as 1 or 2 does; when none is awaited it asks nothing.
func TestVotesInWords(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.finds("居住证怎么办", scripted{r.entry(t, "居住证", ""), 0.9})
		for word, want := range map[string]bot.Reason{
			"有帮助": bot.Helpful, "有用！": bot.Helpful, "解决了": bot.Helpful, "解决了，谢谢": bot.Helpful, "好的，有帮助👍": bot.Helpful, "對我有用": bot.Helpful,
			"没用": bot.Unhelpful, "没帮助": bot.Unhelpful, "没有帮助": bot.Unhelpful, "没有用": bot.Unhelpful, "没解决，谢谢": bot.Unhelpful, "没有": bot.Unhelpful, "不对": bot.Unhelpful, "不满": bot.Unhelpful, "答非所问": bot.Unhelpful, "你好，不是这个": bot.Unhelpful, "不对外营业吗": bot.BelowThreshold,
			"好的": bot.SmallTalk, "有用没有": bot.BelowThreshold, "有老师在吗": bot.BelowThreshold, "没解决怎么投诉": bot.BelowThreshold, "谢谢": bot.OnlyThanks,
		} {
			c := r.NewCitizen(r.account)
			r.says(t, c, "居住证怎么办")
			_, ticket := r.says(t, c, word)
			action, reason := r.last(t, ticket)
			if reason != want {
				t.Errorf("%s: %s because of %s, want %s", word, action, reason, want)
			}
			row := r.Ticket(t, ticket)
			if want == bot.Helpful && row.State != inbox.Closed || want == bot.Unhelpful && (row.State != inbox.New || row.Priority != inbox.High) {
				t.Errorf("%s: the ticket is %s, priority %d", word, row.State, row.Priority)
			}
		}
		for _, word := range []string{"没用", "有帮助", "解决了"} {
			answer, ticket := r.says(t, r.NewCitizen(r.account), word)
			if row := r.Ticket(t, ticket); answer == "" || row.State != inbox.Closed {
				t.Errorf("%s before any answer: got %q, the ticket is %s", word, answer, row.State)
			}
			r.is(t, ticket, bot.Courtesy, bot.SmallTalk)
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

func TestGreetingAndMenuClicks(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.entry(t, "居住证", "公安局")
		r.entry(t, "学位", "教育局")
		r.set(t, bot.Settings{Departments: []string{"公安局"}, Menu: map[string]string{"K1": "居住证", "K2": "学位", "K3": "没有"}})
		c := r.NewCitizen(r.account)
		event := func(name, key string) string {
			in := c.Event(name, channel.Effects{})
			in.Data = json.RawMessage(`{"event_key":` + strconv.Quote(key) + `}`)
			must(t, r.Desk.Service.IngestForBot(t.Context(), r.account, []channel.Inbound{in}))
			first, err := r.Respond(t.Context(), r.account, in, true)
			must(t, err)
			again, err := r.Respond(t.Context(), r.account, in, true)
			must(t, err)
			if first != again {
				t.Errorf("%s %s: %q, again %q", name, key, first, again)
			}
			return first
		}
		if got := event("subscribe", ""); !strings.Contains(got, "欢迎关注") {
			t.Errorf("greeting %q", got)
		}
		if got := event("click", "K1"); !strings.Contains(got, "办理居住证") {
			t.Errorf("a click gives %q", got)
		}
		for _, key := range []string{"K2", "K3"} { // of a department the account does not serve, and gone
			if got := event("click", key); got != bot.DefaultSettings().Texts.MenuGone {
				t.Errorf("click %q gives %q", key, got)
			}
		}
		for _, key := range []string{"K4", ""} { // not the desk's
			if got := event("click", key); got != "" {
				t.Errorf("click %q gives %q", key, got)
			}
		}
		if got := event("view", "K1"); got != "" {
			t.Errorf("another event gives %q", got)
		}
		// In an open ticket it is shown, and answers nothing.
		_, ticket := r.says(t, c, "天上的星星有几颗")
		event("click", "K1")
		tl := r.Timeline(t, ticket)
		row := r.Ticket(t, ticket)
		if len(tl.Replies) != 2 || row.State != inbox.New || row.Answered {
			t.Errorf("%d replies, the ticket is %s", len(tl.Replies), row.State)
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// Of all who decide about a message at once one does, and the passive ones all
// say what was decided.
func TestOneDecision(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "")
		r.finds("居住证怎么办", scripted{e, 0.9})
		for range 5 {
			in, ticket := r.asks(t, r.NewCitizen(r.account), "居住证怎么办")
			m := r.Timeline(t, ticket).Messages[0]
			answers := make(chan string, 8)
			errs := make(chan error, 16)
			for i := range 16 {
				go func() {
					if i%2 == 0 {
						errs <- r.Run(t.Context(), desk.Task{Kind: inbox.TaskBotAnswer, Key: strconv.FormatInt(int64(m.ID), 10)})
						return
					}
					answer, err := r.Respond(t.Context(), r.account, in, true)
					answers <- answer
					errs <- err
				}()
			}
			said := map[string]int{}
			for range 16 {
				must(t, <-errs)
			}
			for range 8 {
				said[<-answers]++
			}
			replies := r.Timeline(t, ticket).Replies
			if len(said) != 1 || len(replies) != 1 {
				t.Fatalf("answers %v, %d replies", said, len(replies))
			}
			for answer := range said {
				if passive := replies[0].State == inbox.ReplySent; passive != (answer != "") {
					t.Errorf("the reply is %s, the calls got %q", replies[0].State, answer)
				}
			}
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// An account without the bot takes messages in as before: no task, no look-up.
func TestWithoutBot(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.sql(t, `UPDATE accounts SET bot_enabled = 0`)
		in, ticket := r.asks(t, r.NewCitizen(r.account), "人工")
		answer, err := r.Respond(t.Context(), r.account, in, true)
		must(t, err)
		r.runTasks(t) // of when it was on
		if n := len(r.Timeline(t, ticket).Replies); answer != "" || n != 0 {
			t.Errorf("got %q and %d replies", answer, n)
		}
	})
}
