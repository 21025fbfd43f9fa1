package main

import (
	"context"
	"fmt"
	"os"

	"replydesk/app/bench"
)

// benchCmd has a command for each benchmark, and all of them.
type benchCmd struct {
	Dir      string `help:"Where data lie while it runs; on the disk the desk would use." default:"." type:"path"`
	Database string `help:"PostgreSQL address of an empty database; default is SQLite." placeholder:"URL"`
	JSON     bool   `help:"Print one JSON object."`

	Ingest  ingestBench  `cmd:"" help:"WeChat messages through the whole webhook path."`
	Inbox   inboxBench   `cmd:"" help:"The first page of the inbox on a small and a large desk."`
	Live    liveBench    `cmd:"" help:"One event to many sockets, and the memory of idle ones."`
	Clocks  clocksBench  `cmd:"" help:"Many deadlines at one moment."`
	FAQ     faqBench     `cmd:"" name:"faq" help:"Search in a small and a large library."`
	Search  searchBench  `cmd:"" help:"Search in what the tickets say."`
	Reports reportsBench `cmd:"" help:"The pages of the desk's reports."`
	Bot     botBench     `cmd:"" help:"The bot's answers through the WeChat simulator."`
	All     allBench     `cmd:"" help:"All of them, one after the other."`

	LiveClient liveClientBench `cmd:"" hidden:""`
}

func (b *benchCmd) options() bench.Options {
	return bench.Options{Dir: b.Dir, DatabaseURL: b.Database}
}

func (b *benchCmd) print(report bench.Report, err error) error {
	if err != nil {
		return err
	}
	return bench.Print(report, b.JSON, func(s string) { fmt.Print(s) })
}

type ingestBench struct {
	Messages    int `help:"How many." default:"40000"`
	Connections int `help:"Kept-alive connections." default:"32"`
	Contacts    int `help:"Citizens they come from." default:"2000"`
}

func (i ingestBench) Run(e *env, c *cli) error {
	report, err := bench.Ingest(e.ctx, bench.IngestOptions{
		Options: c.Bench.options(), Messages: i.Messages, Connections: i.Connections, Contacts: i.Contacts,
	})
	return c.Bench.print(report, err)
}

type inboxBench struct {
	Tickets  int `help:"Tickets of the large desk." default:"1000000"`
	Few      int `help:"Tickets of the small desk." default:"1000"`
	Requests int `help:"Requests to each." default:"2000"`
}

func (i inboxBench) Run(e *env, c *cli) error {
	report, err := bench.Inbox(e.ctx, bench.InboxOptions{
		Options: c.Bench.options(), Tickets: i.Tickets, Few: i.Few, Requests: i.Requests,
	})
	return c.Bench.print(report, err)
}

type liveBench struct {
	Sockets int `help:"Sockets that get each event." default:"1000"`
	Rounds  int `help:"Events." default:"60"`
	Idle    int `help:"Idle sockets to measure the memory of; 0 for none." default:"5000"`
}

func (l liveBench) Run(e *env, c *cli) error {
	client, err := liveClient()
	if err != nil {
		return err
	}
	report, err := bench.Live(e.ctx, bench.LiveOptions{
		Options: c.Bench.options(), Sockets: l.Sockets, Rounds: l.Rounds, Idle: l.Idle, Client: client,
	})
	return c.Bench.print(report, err)
}

// liveClient is this program as the clients of a live benchmark.
func liveClient() ([]string, error) {
	self, err := os.Executable()
	return []string{self, "bench", "live-client"}, err
}

// liveClientBench is run by liveBench, in a process of its own.
type liveClientBench struct{}

func (liveClientBench) Run(e *env) error { return bench.LiveClient(e.ctx, os.Stdin, os.Stdout) }

type clocksBench struct {
	Open int `help:"Clocks that run." default:"1000000"`
	Few  int `help:"Clocks of the desk whose idle seconds are compared." default:"1000"`
	Due  int `help:"Clocks due at one moment." default:"1000"`
}

func (k clocksBench) Run(e *env, c *cli) error {
	report, err := bench.Clocks(e.ctx, bench.ClocksOptions{Options: c.Bench.options(), Open: k.Open, Few: k.Few, Due: k.Due})
	return c.Bench.print(report, err)
}

type faqBench struct {
	Entries     int `help:"Entries of the large library." default:"10000"`
	Few         int `help:"Entries of the small library." default:"1000"`
	Requests    int `help:"Searches of each." default:"2000"`
	Connections int `help:"Connections for the rate." default:"8"`
}

func (f faqBench) Run(e *env, c *cli) error {
	report, err := bench.FAQ(e.ctx, bench.FAQOptions{
		Options: c.Bench.options(), Entries: f.Entries, Few: f.Few, Requests: f.Requests, Connections: f.Connections,
	})
	return c.Bench.print(report, err)
}

type searchBench struct {
	Messages int `help:"Messages of citizens." default:"1000000"`
	Tickets  int `help:"Tickets they are in." default:"500000"`
	Requests int `help:"Searches of each kind." default:"300"`
}

func (s searchBench) Run(e *env, c *cli) error {
	report, err := bench.Search(e.ctx, bench.SearchOptions{
		Options: c.Bench.options(), Messages: s.Messages, Tickets: s.Tickets, Requests: s.Requests,
	})
	return c.Bench.print(report, err)
}

type reportsBench struct {
	Tickets  int `help:"Tickets of the last two years." default:"1000000"`
	Requests int `help:"Requests for each page." default:"40"`
}

func (r reportsBench) Run(e *env, c *cli) error {
	report, err := bench.Reports(e.ctx, bench.ReportsOptions{Options: c.Bench.options(), Tickets: r.Tickets, Requests: r.Requests})
	return c.Bench.print(report, err)
}

type botBench struct {
	Entries   int `help:"Entries of the library." default:"10000"`
	Questions int `help:"Questions." default:"1500"`
	Rate      int `help:"Questions a second." default:"50"`
}

func (b botBench) Run(e *env, c *cli) error {
	report, err := bench.Bot(e.ctx, bench.BotOptions{
		Options: c.Bench.options(), Entries: b.Entries, Questions: b.Questions, Rate: b.Rate,
	})
	return c.Bench.print(report, err)
}

type allBench struct{}

// Run runs each with its default sizes; the first that fails ends it.
func (allBench) Run(e *env, c *cli) error {
	client, err := liveClient()
	if err != nil {
		return err
	}
	runs := []func(context.Context, bench.Options) (bench.Report, error){
		func(ctx context.Context, o bench.Options) (bench.Report, error) {
			return bench.Ingest(ctx, bench.IngestOptions{Options: o, Messages: 40_000, Connections: 32, Contacts: 2000})
		},
		func(ctx context.Context, o bench.Options) (bench.Report, error) {
			return bench.Live(ctx, bench.LiveOptions{Options: o, Sockets: 1000, Rounds: 60, Idle: 5000, Client: client})
		},
		func(ctx context.Context, o bench.Options) (bench.Report, error) {
			return bench.FAQ(ctx, bench.FAQOptions{Options: o, Entries: 10_000, Few: 1000, Requests: 2000, Connections: 8})
		},
		func(ctx context.Context, o bench.Options) (bench.Report, error) {
			return bench.Bot(ctx, bench.BotOptions{Options: o, Entries: 10_000, Questions: 1500, Rate: 50})
		},
		func(ctx context.Context, o bench.Options) (bench.Report, error) {
			return bench.Clocks(ctx, bench.ClocksOptions{Options: o, Open: 1_000_000, Few: 1000, Due: 1000})
		},
		func(ctx context.Context, o bench.Options) (bench.Report, error) {
			return bench.Inbox(ctx, bench.InboxOptions{Options: o, Tickets: 1_000_000, Few: 1000, Requests: 2000})
		},
	}
	for _, run := range runs {
		report, err := run(e.ctx, c.Bench.options())
		if err := c.Bench.print(report, err); err != nil {
			return err
		}
	}
	return nil
}
