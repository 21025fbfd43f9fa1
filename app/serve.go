package app

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"replydesk/app/config"
)

// Serve runs the desk on the listener until ctx ends, then stops in order: no
// new requests, running ones end, sockets close, tasks finish. Close closes
// the rest.
func (a *App) Serve(ctx context.Context, ln net.Listener) error {
	if err := a.warnIfNobody(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, ln.Close())
	}
	g := newGroup(context.WithoutCancel(ctx))
	g.start("library index", a.Index.Run)
	g.start("library hints", a.hints.run)
	if a.meaning != nil {
		g.start("library vectors", a.runMeaning)
	}
	g.start("sign-in", a.Auth.Run)
	g.start("live", a.hub.Run)
	g.start("tasks", a.runner.Run)
	g.start("clocks", a.runClocks)
	g.start("snoozed tickets", a.runSnoozes)
	g.start("assignment", a.runAssigning)
	g.start("tickets of who left", a.runLeft)
	g.start("ticket search", a.runSearch)
	g.start("reports", a.runReports)
	g.start("policies", a.runPolicies)
	g.start("calendars", a.runCalendars)
	g.start("clean-up", a.runCleanUp)
	g.start("word lists", a.runWords)
	g.start("spikes", a.runSpikes)
	g.start("event retention", a.runRetention)
	g.start("draft marks", a.runMarks)
	g.start("library reminders", a.runReminders)
	g.start("gaps", a.runGaps)
	g.start("notices", a.runNotices)
	g.start("old notices", a.runOldNotices)
	g.start("http", func(context.Context) error { return a.API.Serve(ln) })
	a.log.Info("the desk is open", "address", a.Config.BaseURL, "database", string(a.DB.Engine()))

	select {
	case <-ctx.Done():
	case <-g.ctx.Done(): // a part failed
	}
	a.log.Info("stopping")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.Config.HTTP.ShutdownTimeout)
	defer cancel()
	err := errors.Join(a.hub.Close(stop), a.API.Shutdown(stop))
	if errors.Is(err, context.DeadlineExceeded) {
		a.log.Warn("requests that did not end in time were cut off")
		err = nil
	}
	return errors.Join(err, g.wait())
}

// Run builds a desk, serves it until ctx ends, and closes it.
func Run(ctx context.Context, cfg config.Config, log *slog.Logger, version string) error {
	a, err := New(ctx, cfg, log, version)
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err == nil {
		err = a.Serve(ctx, ln)
	}
	return errors.Join(err, a.Close())
}
