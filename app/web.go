package app

import (
	"context"

	"replydesk/app/api"
	"replydesk/app/audit"
	"replydesk/app/store"
	"replydesk/app/store/auditdb"
	"replydesk/app/throttle"
	"replydesk/frontend"
	"replydesk/inbox/desk"
)

// openAPI builds the HTTP server. version names the binary.
func (a *App) openAPI(version string) (err error) {
	a.API, err = a.NewAPI(a.Intake, version)
	return err
}

// NewAPI builds an HTTP server whose webhook calls go to intake; benchmarks
// measure their floor with one that does almost nothing.
func (a *App) NewAPI(intake api.Intake, version string) (*api.Server, error) {
	return api.New(api.Deps{
		Auth:     a.Auth,
		Audit:    audit.NewService(auditdb.New(a.DB), a.now),
		Inbox:    a.Inbox,
		Accounts: a.Accounts,
		Library:  a.Library,
		Intake:   intake,
		Tasks:    a.runner,
		Bot:      a.Bot,
		Drafts:   a.drafts,
		Gaps:     a.gaps,
		Guesses:  throttle.New(a.shared, api.ProgressWindow, a.now),
		Notices:  a.notices,
		Reports:  a.reports,
		Desk:     a.figures,
		Down:     store.Down, Files: a.files, Live: a.hub, Pages: frontend.Dist(), Ready: a.checks(), Log: a.log, Now: a.now,
		Figures: []func() []api.Figure{a.liveFigures, a.tasks.figures},
	}, api.Config{
		BaseURL: a.Config.BaseURL, Version: version, BodyLimit: a.Config.HTTP.BodyLimit,
		SecureCookies: a.Config.Session.Secure(a.Config.BaseURL), TrustedProxies: a.Config.HTTP.TrustedProxies,
	})
}

// checks are what must work before the desk takes requests.
func (a *App) checks() []api.Check {
	checks := []api.Check{
		{Name: "database", Probe: a.DB.Ping},
		{Name: "search", Probe: func(context.Context) error {
			if !a.Index.Ready() {
				return desk.Errorf(desk.Unavailable, "the search index is being built")
			}
			return nil
		}},
	}
	if a.Config.RedisURL.IsSet() {
		checks = append(checks, api.Check{Name: "redis", Probe: a.shared.Ping})
	}
	return checks
}

// liveFigures are the sockets' figures for the metrics page.
func (a *App) liveFigures() []api.Figure {
	s := a.hub.Stats()
	return []api.Figure{
		{Name: "desk_live_sockets", Help: "Open sockets.", Value: float64(s.Sockets)},
		{Name: "desk_live_frames_total", Help: "Event frames written.", Counter: true, Value: float64(s.Frames)},
		{Name: "desk_live_slow_total", Help: "Sockets closed because they could not keep up.", Counter: true, Value: float64(s.Slow)},
		{Name: "desk_live_resets_total", Help: "Sockets told to reload.", Counter: true, Value: float64(s.Resets)},
	}
}
