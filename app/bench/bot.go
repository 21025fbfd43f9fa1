package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/desk"
)

// BotOptions are the sizes of the bot benchmark.
type BotOptions struct {
	Options
	Entries   int // of the library
	Questions int
	Rate      int // questions a second, asked whether or not the earlier ones are answered
}

// BotReport says how long a citizen waits for the bot's answer: from the moment
// the question should have been asked to the text on the simulated phone. The
// floor is the same questions on an account without the bot, until the desk has
// acknowledged them.
type BotReport struct {
	Machine   Machine        `json:"machine"`
	Entries   int            `json:"entries"`
	Questions int            `json:"questions"`
	Rate      int            `json:"rate"`
	MS        Times          `json:"ms"`
	Passive   int            `json:"passive"` // answered in the platform's own call
	Actions   map[string]int `json:"actions"` // what the bot did, by action
	Floor     struct {
		MS Times `json:"ms"`
	} `json:"floor"`
}

// Lines implements Report.
func (r BotReport) Lines() []string {
	return []string{
		fmt.Sprintf("bot      %d questions at %d/s, %d entries: p50 %.1f ms, p99 %.1f ms, max %.1f ms until the text is on the phone",
			r.Questions, r.Rate, r.Entries, r.MS.P50, r.MS.P99, r.MS.Max),
		fmt.Sprintf("         %d in the platform's call; %v", r.Passive, r.Actions),
		fmt.Sprintf("  floor  p50 %.1f ms, p99 %.1f ms: acknowledged without the bot", r.Floor.MS.P50, r.Floor.MS.P99),
	}
}

// botWait bounds the wait for one answer.
const botWait = 30 * time.Second

// Bot runs the benchmark.
func Bot(ctx context.Context, o BotOptions) (report BotReport, err error) {
	report = BotReport{Machine: machine(), Entries: o.Entries, Questions: o.Questions, Rate: o.Rate, Actions: map[string]int{}}
	if o.Rate < 1 || o.Questions < 1 || o.Entries < 1 {
		return report, errors.New("the rate, the questions and the entries must be at least 1")
	}
	r, err := start(ctx, o.Options)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	if _, err := r.library(ctx, o.Entries); err != nil {
		return report, err
	}
	p, err := r.platform(ctx)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()

	// Statements, pages and the runtime are warm before it counts.
	if _, err := p.ask(ctx, o, "warm", o.Rate, acknowledged); err != nil {
		return report, err
	}
	took, err := p.ask(ctx, o, "floor", o.Questions, acknowledged)
	if err != nil {
		return report, err
	}
	report.Floor.MS = times(took)
	on := true
	if _, err := r.Accounts.UpdateAccount(ctx, desk.System(), r.account, inbox.AccountInput{BotEnabled: &on}); err != nil {
		return report, err
	}
	if _, err := p.ask(ctx, o, "ready", o.Rate, answered); err != nil {
		return report, err
	}
	if took, err = p.ask(ctx, o, "bot", o.Questions, answered); err != nil {
		return report, err
	}
	report.MS = times(took)
	return report, r.decided(ctx, &report)
}

// decided counts what the bot did, the questions that made it ready left out.
func (r *rig) decided(ctx context.Context, report *BotReport) error {
	rows, err := r.DB.Query(ctx, `SELECT action, passive FROM (SELECT b.id, b.action, b.passive FROM bot_answers b ORDER BY b.id DESC LIMIT $1) AS newest`,
		report.Questions)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var action string
		var passive int
		if err := rows.Scan(&action, &passive); err != nil {
			return err
		}
		report.Actions[action]++
		report.Passive += passive
	}
	return rows.Err()
}

// platform is the WeChat simulator of a rig.
type platform struct {
	*simulator.Server
	stop func() error
}

// platform starts a simulator whose callbacks go to the rig, and whose API the
// rig's account uses.
func (r *rig) platform(ctx context.Context) (*platform, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	base := "http://" + ln.Addr().String()
	server, err := simulator.New(simulator.Options{BaseURL: base, Exchanges: -1})
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	web := &http.Server{Handler: server, ReadHeaderTimeout: ioTimeout}
	running, cancel := context.WithCancel(ctx)
	ended := make(chan error, 2)
	go func() { ended <- server.Run(running) }()
	go func() {
		if err := web.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			ended <- err
			return
		}
		ended <- nil
	}()
	p := &platform{Server: server, stop: func() error {
		cancel()
		return errors.Join(web.Close(), server.Close(), <-ended, <-ended)
	}}
	err = server.AddAccount(simulator.Account{
		AppID: benchAppID, AppSecret: "benchsecret", Token: benchToken, EncodingAESKey: benchKey, OriginalID: benchOriginal,
		Mode: simulator.Safe, CallbackURL: fmt.Sprintf("http://%s/hooks/wechat/%d", r.addr, r.account), Name: "bench",
	})
	if err == nil {
		_, err = r.Accounts.UpdateAccount(ctx, desk.System(), r.account, inbox.AccountInput{
			Settings: map[string]any{"api_base": base, "app_secret": "benchsecret"},
		})
	}
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return p, nil
}

// acknowledged and answered are what a question waits for.
func acknowledged(thread []simulator.Bubble) bool {
	return len(thread) > 0 && thread[len(thread)-1].State == simulator.Accepted
}

func answered(thread []simulator.Bubble) bool {
	return len(thread) > 0 && thread[len(thread)-1].From == simulator.FromDesk
}

// ask asks n questions, each by a citizen of its own and at its time, and
// returns how long after that time each was done.
func (p *platform) ask(ctx context.Context, o BotOptions, name string, n int, done func([]simulator.Bubble) bool) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, botWait+time.Duration(n/o.Rate+1)*time.Second)
	defer cancel()
	for i := range n {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(o.Rate))
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			wg.Wait()
			return nil, ctx.Err()
		}
		wg.Go(func() {
			citizen := fmt.Sprintf("o%s%020d", name, i)
			if _, errs[i] = p.Say(ctx, benchAppID, citizen, "您好，请问"+question(i*7919%o.Entries)+"？谢谢"); errs[i] != nil {
				return
			}
			_, errs[i] = p.WaitThread(ctx, benchAppID, citizen, done)
			took[i] = time.Since(due)
		})
	}
	wg.Wait()
	return took, errors.Join(errs...)
}
