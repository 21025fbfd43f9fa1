// Command desk is Reply Desk: the desk itself, its demo and the tools around
// it. It reads flags and calls app; it decides nothing.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"replydesk/app/config"
	"replydesk/app/logging"
	"replydesk/inbox/desk"
)

// version is set by the build.
var version = "dev"

// cli is every command. --help describes them.
type cli struct {
	Config string `help:"Settings file (YAML). Default: ./desk.yaml when there is one." type:"path" placeholder:"FILE"`

	Serve    serveCmd    `cmd:"" help:"Run the desk."`
	Demo     demoCmd     `cmd:"" help:"Run the desk with a demo: a fictional city and a WeChat simulator."`
	Migrate  migrateCmd  `cmd:"" help:"Bring the database up to date and stop."`
	User     userCmd     `cmd:"" help:"Add users and set passwords."`
	FAQ      faqCmd      `cmd:"" name:"faq" help:"Import, export and evaluate the library."`
	Simulate simulateCmd `cmd:"" help:"Run the WeChat simulator alone."`
	Bench    benchCmd    `cmd:"" help:"Measure this machine: ingest, inbox, live, clocks, faq or all."`
	Backup   backupCmd   `cmd:"" help:"Write everything the desk has stored into one file; the desk may run."`
	Restore  restoreCmd  `cmd:"" help:"Make an empty database the desk of a backup, on either engine."`
	Doctor   doctorCmd   `cmd:"" help:"Look whether what is stored is whole: database, key, audit, files."`
	Version  versionCmd  `cmd:"" help:"Print the version."`
}

// env is what every command gets.
type env struct {
	ctx    context.Context
	config string // the settings file's path
}

// load reads the settings and opens the log.
func (e *env) load() (config.Config, *slog.Logger, error) {
	cfg, err := config.Load(e.config, os.Environ())
	if err != nil {
		return cfg, nil, err
	}
	return cfg, logging.New(os.Stderr, cfg.Log), nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	parsed := kong.Parse(&c,
		kong.Name("desk"),
		kong.Description("Reply Desk: one inbox for the comments and messages of a city's accounts.\nSettings come from a YAML file and DESK_… variables; configs/desk.yaml lists them."),
		kong.UsageOnError(),
	)
	if err := parsed.Run(&env{ctx: ctx, config: c.Config}, &c); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "desk:", sentence(err))
		os.Exit(1)
	}
}

// sentence is an error for the terminal, without secrets. What is wrong with a
// field stands before the field's name: behind "password:" Scrub takes anything
// for one.
func sentence(err error) string {
	var told *desk.Error
	if !errors.As(err, &told) || len(told.Fields) == 0 {
		return logging.Scrub(err.Error())
	}
	lines := make([]string, len(told.Fields))
	for i, f := range told.Fields {
		lines[i] = logging.Scrub(f.Message) + " (" + f.Name + ")"
	}
	return strings.Join(lines, "\n      ")
}

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println("desk", version)
	return nil
}
