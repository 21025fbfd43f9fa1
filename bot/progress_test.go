package bot_test

import (
	"strings"
	"testing"
	"time"

	"replydesk/bot"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// code is the code of a ticket, as the desk tells it.
func (r *robot) code(t *testing.T, ticket inbox.TicketID) inbox.ProgressCode {
	t.Helper()
	c, err := r.Desk.Service.ShowCode(t.Context(), r.Staff(t, "查询"), ticket)
	must(t, err)
	return c
}

// stores fails when a row of the database holds the code.
func (r *robot) stores(t *testing.T, code string) {
	t.Helper()
	for _, line := range r.Dump(t) {
		if strings.Contains(line, code) {
			t.Errorf("the code is stored: %s", line)
		}
	}
}

func TestHandOverTellsTheCode(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		c := r.NewCitizen(r.account)
		text, ticket := r.says(t, c, "路灯不亮了找谁")
		code := r.code(t, ticket)
		if !strings.Contains(text, code.Number) || !strings.Contains(text, "查询码："+code.Code) || strings.Contains(text, "进度查询") {
			t.Errorf("handed over with %q, the code is %s", text, code.Code)
		}
		r.stores(t, code.Code)
		if told := r.Timeline(t, ticket).Replies[0].Text; strings.Contains(told, code.Code) || !strings.Contains(told, "查询码：••••••") {
			t.Errorf("staff read %q", told)
		}
		// After a vote too, which is about an entry.
		r.finds("居住证怎么办", scripted{r.entry(t, "居住证", ""), 0.9})
		voter := r.NewCitizen(r.account)
		r.says(t, voter, "居住证怎么办")
		text, ticket = r.says(t, voter, "2")
		if code := r.code(t, ticket); !strings.Contains(text, "查询码："+code.Code) {
			t.Errorf("who was not helped is told %q, the code is %s", text, code.Code)
		}
		// With an address, and by a message of its own.
		r.Service = r.at(t, "https://desk.example.test/p")
		other := r.NewCitizen(r.account)
		in, ticket := r.asks(t, other, "我要投诉物业乱收费")
		r.runTasks(t)
		code = r.code(t, ticket)
		queued := r.Timeline(t, ticket).Replies[0]
		a := r.Begins(t, queued)
		if want := "进度查询：https://desk.example.test/p/" + code.Number + "#" + code.Code; !strings.Contains(a.Outbound.Text, want) {
			t.Errorf("%q leaves without %q", a.Outbound.Text, want)
		}
		r.Ends(t, a, channel.Sent)
		if again, err := r.Respond(t.Context(), r.account, in, true); err != nil || again != "" {
			t.Errorf("a repeated call of what left as a message: %q, %v", again, err)
		}
		r.stores(t, code.Code)
	})
}

func TestProgressInTheChat(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		staff, c := r.Staff(t, "小王"), r.NewCitizen(r.account)
		nothing, empty := r.says(t, c, "查询进度")
		if !strings.Contains(nothing, "没有办理中的工单") || r.Ticket(t, empty).State != inbox.Closed {
			t.Errorf("without a ticket: %q, %s", nothing, r.Ticket(t, empty).State)
		}
		if again, same := r.says(t, c, "进度"); again != nothing || same != empty {
			t.Errorf("and again: %q in ticket %d", again, same)
		}
		r.Pass(100 * time.Hour)
		_, ticket := r.says(t, c, "路灯不亮了找谁")
		code := r.code(t, ticket)
		tells := func(want ...string) {
			t.Helper()
			before := r.Ticket(t, ticket)
			text, in := r.says(t, c, "查询进度")
			for _, part := range append(want, code.Number, "查询码："+code.Code) {
				if !strings.Contains(text, part) {
					t.Errorf("told %q, want %q", text, part)
				}
			}
			after := r.Ticket(t, ticket)
			if in != ticket || after.State != before.State || !after.DueAt.Equal(before.DueAt) || len(after.Clocks) != len(before.Clocks) {
				t.Errorf("asking changed ticket %d: %+v", in, after.Ticket)
			}
			r.is(t, ticket, bot.Courtesy, bot.AskedProgress)
		}
		tells("等待受理", "答复时限：")
		must(t, r.Desk.Service.Assign(t.Context(), staff, ticket, staff.UserID)) // a person works on it: the bot is silent but for this
		tells("正在办理")
		r.Answers(t, staff, ticket, "已报修")
		r.Pass(time.Minute)
		tells("已答复（")
		must(t, r.Desk.Service.Close(t.Context(), staff, ticket, ""))
		tells("已办结（")
		r.Pass(10 * time.Minute)
		// Late: as a message of its own, though a person works on it.
		_, _ = r.asks(t, c, "进度")
		r.runTasks(t)
		replies := r.Timeline(t, ticket).Replies
		last := replies[len(replies)-1]
		if last.Origin != inbox.FromDesk || last.State != inbox.ReplyApproved {
			t.Fatalf("the last reply is %+v", last)
		}
		a := r.Begins(t, last)
		if !strings.Contains(a.Outbound.Text, code.Code) {
			t.Errorf("leaves as %q", a.Outbound.Text)
		}
		r.Ends(t, a, channel.Sent)
		r.stores(t, code.Code)
		if worked, err := r.Desk.Service.Timeline(t.Context(), desk.System(), ticket); err != nil || len(worked.Replies) < 6 {
			t.Errorf("%d replies, %v", len(worked.Replies), err)
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)

		// Who left and is erased is told nothing.
		in, gone := r.asks(t, c, "进度")
		r.Receives(t, r.account, c.Leave())
		r.runTasks(t)
		if n := r.count(t, `SELECT count(*) FROM bot_answers WHERE external_id = $1 AND text <> ''`, in.ExternalID); n != 0 {
			t.Errorf("ticket %d: the bot answered somebody who was erased", gone)
		}
	})
}

// Who answers the survey is thanked, and opens nothing, whatever menu of the bot
// was open before.
func TestRatingInTheChat(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		r.SetCitizen(t, r.account, `{"survey":"close"}`)
		staff, c := r.Staff(t, "小王"), r.NewCitizen(r.account)
		_, ticket := r.says(t, c, "路灯不亮了找谁")
		r.Answers(t, staff, ticket, "已报修")
		r.Pass(time.Minute)
		must(t, r.Desk.Service.Close(t.Context(), staff, ticket, ""))
		for _, task := range r.Tasks(t) {
			if task.Kind == inbox.TaskAskRating {
				must(t, r.Desk.Service.AskRating(t.Context(), task))
			}
		}
		replies := r.Timeline(t, ticket).Replies
		r.Delivers(t, replies[len(replies)-1], channel.Sent)
		for _, said := range []struct{ text, want string }{{"2", "很抱歉"}, {"非常满意", "感谢您的评价。"}} {
			answer, in := r.says(t, c, said.text)
			if in != ticket || !strings.Contains(answer, said.want) || r.Ticket(t, ticket).State != inbox.Closed {
				t.Errorf("%s in ticket %d is answered with %q", said.text, in, answer)
			}
			r.is(t, ticket, bot.Courtesy, bot.Rated)
		}
		if n := r.count(t, `SELECT count(*) FROM ratings WHERE mark = 5 AND changes = 1`); n != 1 {
			t.Errorf("%d ratings", n)
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}
