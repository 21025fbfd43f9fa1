package bot_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"replydesk/bot"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/sla"
)

// line is a platform's channel that delivers what the test says; it takes
// passive replies or not.
type line struct {
	bot     bool
	passive bool
	item    channel.Inbound
}

func (l *line) Channel(_ context.Context, id int64) (channel.Channel, channel.Account, error) {
	return &inboxtest.Channel{OnReceive: func(channel.Request, time.Time) (channel.Receipt, error) {
		r := channel.Receipt{Items: []channel.Inbound{l.item}, Ack: channel.Response{Status: 200, Body: []byte("success")}}
		if l.passive {
			r.Passive = func(text string, _ time.Time) (channel.Response, error) {
				return channel.Response{Status: 200, Body: []byte("packed: " + text)}, nil
			}
		}
		return r, nil
	}}, channel.Account{ID: id, Platform: "test", Bot: l.bot}, nil
}

func TestIntake(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "")
		r.finds("居住证怎么办", scripted{e, 0.9})
		l := &line{bot: true, passive: true}
		intake := inbox.NewIntake(r.Desk.Service, l, nil, r.Service, r.Now)
		receive := func() string {
			t.Helper()
			res, err := intake.Receive(t.Context(), "test", r.account, channel.Request{})
			must(t, err)
			return string(res.Body)
		}
		c := r.NewCitizen(r.account)
		l.item = c.Message("居住证怎么办")
		first := receive()
		if !strings.HasPrefix(first, "packed: 请携带身份证办理居住证") {
			t.Errorf("got %q", first)
		}
		if again := receive(); again != first {
			t.Errorf("the repeated call got %q", again)
		}
		l.item = c.Picture("media")
		if got := receive(); got != "success" {
			t.Errorf("a picture got %q", got)
		}
		tasks := func() (n int) {
			for _, task := range r.Tasks(t) {
				if task.Kind == inbox.TaskBotAnswer {
					n++
				}
			}
			return n
		}
		if n := tasks(); n != 1 {
			t.Errorf("%d tasks after a question and a picture", n)
		}

		// A channel without passive replies is answered at once by a delivery.
		l.passive = false
		l.item = r.NewCitizen(r.account).Message("居住证怎么办")
		if got := receive(); got != "success" {
			t.Errorf("got %q", got)
		}
		if n := r.count(t, `SELECT count(*) FROM replies WHERE state = 'approved' AND origin = 'bot'`); n != 1 {
			t.Errorf("%d replies are queued", n)
		}

		// Without the bot a message brings neither a task nor an answer.
		l.bot, l.passive = false, true
		before := tasks()
		l.item = r.NewCitizen(r.account).Message("居住证怎么办")
		if got := receive(); got != "success" || tasks() != before {
			t.Errorf("without the bot: %q, %d tasks more", got, tasks()-before)
		}
	})
}

// What the bot keeps of a person goes with the rest.
func TestErasing(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "")
		r.finds("我是王小明，居住证", scripted{e, 0.9})
		c := r.NewCitizen(r.account)
		in, _ := r.asks(t, c, "我是王小明，居住证")
		_, err := r.Respond(t.Context(), r.account, in, true)
		must(t, err)
		must(t, r.Desk.Service.Ingest(t.Context(), r.account, []channel.Inbound{c.Leave()}))
		for _, row := range r.Dump(t) {
			if strings.Contains(row, "王小明") || strings.HasPrefix(row, "bot_threads") {
				t.Errorf("kept: %s", row)
			}
		}
		if answer, err := r.Respond(t.Context(), r.account, in, true); answer != "" || err != nil {
			t.Errorf("a late call got %q, %v", answer, err)
		}
		// A message whose task runs after its person has gone.
		in, _ = r.asks(t, c, "我是王小明，居住证")
		must(t, r.Desk.Service.Ingest(t.Context(), r.account, []channel.Inbound{c.Leave()}))
		r.runTasks(t)
		if n := r.count(t, `SELECT count(*) FROM bot_answers WHERE question LIKE '%王小明%'`); n != 0 {
			t.Errorf("%d decisions know %s", n, in.ContactID)
		}
	})
}

// A queued text does not leave when it is no longer valid, or a person has taken
// over; the ticket waits.
func TestQueuedTextIsChecked(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		e := r.entry(t, "居住证", "")
		r.finds("居住证怎么办", scripted{e, 0.9})
		staff := r.Staff(t, "李敏")
		for name, meanwhile := range map[string]func(ticket inbox.TicketID){
			"withdrawn": func(inbox.TicketID) { r.sql(t, `UPDATE entries SET state = 'draft', revision = revision + 1`) },
			"taken":     func(ticket inbox.TicketID) { must(t, r.Desk.Service.Assign(t.Context(), staff, ticket, staff.UserID)) },
		} {
			r.sql(t, `UPDATE entries SET state = 'published'`)
			_, ticket := r.asks(t, r.NewCitizen(r.account), "居住证怎么办")
			r.runTasks(t)
			meanwhile(ticket)
			reply := r.Timeline(t, ticket).Replies[0]
			_, ok, err := r.Desk.Service.BeginDelivery(t.Context(), reply.ID)
			must(t, err)
			reply = r.ReplyOf(t, reply)
			if ok || reply.State != inbox.ReplyCancelled || reply.ErrorMessage == "" {
				t.Errorf("%s: started %v, the reply is %s (%s)", name, ok, reply.State, reply.ErrorMessage)
			}
			if row := r.Ticket(t, ticket); !row.State.Waits() || row.DueAt.IsZero() {
				t.Errorf("%s: the ticket is %s, due %v", name, row.State, row.DueAt)
			}
			r.sql(t, `DELETE FROM jobs`)
		}
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

func TestHours(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		// The desk's clock starts on a Sunday at nine.
		for _, tt := range []struct {
			pass time.Duration
			open bool
		}{{0, false}, {24 * time.Hour, true}, {3 * time.Hour, false}, {90 * time.Minute, true}, {4 * time.Hour, false}} {
			r.Pass(tt.pass)
			trial, err := r.Try(t.Context(), desk.System(), r.account, "人工")
			must(t, err)
			if closed := strings.Contains(trial.Text, "非工作时间"); closed == tt.open || trial.Action != bot.HandOver {
				t.Errorf("at %v: %q", r.Now().In(inboxtest.Beijing), trial.Text)
			}
		}
		// Holidays and the days that make up for them count as they do for clocks.
		must(t, r.Desk.Service.SetYear(t.Context(), r.User(t, desk.Admin, "管理员"), 2031, []sla.Day{
			{Date: "2031-10-01", Name: "国庆节", Off: true}, {Date: "2031-10-04", Name: "国庆节"}, // a Wednesday and a Saturday
		}))
		for _, tt := range []struct {
			day  int
			open bool
		}{{1, false}, {2, true}, {4, true}, {5, false}} {
			r.Pass(time.Date(2031, 10, tt.day, 10, 0, 0, 0, inboxtest.Beijing).Sub(r.Now()))
			trial, err := r.Try(t.Context(), desk.System(), r.account, "人工")
			must(t, err)
			if closed := strings.Contains(trial.Text, "非工作时间"); closed == tt.open {
				t.Errorf("at %v: %q", r.Now().In(inboxtest.Beijing), trial.Text)
			}
		}
	})
}

// Searches that hang keep a place each; who waits for one is answered by the
// task.
func TestBusySearch(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		hung := make(chan struct{})
		began := make(chan struct{})
		r.found.fails = func(context.Context) error {
			began <- struct{}{}
			<-hung
			return nil
		}
		ended := make(chan error)
		n := max(2, runtime.GOMAXPROCS(0))
		for range n {
			go func() {
				_, err := r.Try(t.Context(), desk.System(), r.account, "居住证")
				ended <- err
			}()
			<-began
		}
		in, ticket := r.asks(t, r.NewCitizen(r.account), "居住证怎么办")
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if answer, err := r.Respond(ctx, r.account, in, true); answer != "" || err != nil {
			t.Errorf("got %q, %v", answer, err)
		}
		close(hung)
		for range n {
			must(t, <-ended)
		}
		r.found.fails = nil
		r.runTasks(t)
		r.is(t, ticket, bot.HandOver, bot.BelowThreshold)
	})
}
