// Package app builds every part of the desk from its settings, connects them,
// and starts and stops them in order. What a part does is its own; here is
// only who is handed whom.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"replydesk/app/api"
	"replydesk/app/auth"
	"replydesk/app/config"
	"replydesk/app/files"
	"replydesk/app/jobs"
	"replydesk/app/kv"
	"replydesk/app/live"
	"replydesk/app/notify/mail"
	"replydesk/app/notify/robot"
	"replydesk/app/seal"
	"replydesk/app/store"
	"replydesk/app/store/authdb"
	"replydesk/app/store/botdb"
	"replydesk/app/store/draftdb"
	"replydesk/app/store/faqdb"
	"replydesk/app/store/filedb"
	"replydesk/app/store/gapdb"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/noticedb"
	"replydesk/bot"
	"replydesk/bot/llm"
	phrases "replydesk/configs/bot"
	"replydesk/configs/calendar"
	weights "replydesk/configs/search"
	lists "replydesk/configs/words"
	"replydesk/faq"
	"replydesk/faq/gap"
	"replydesk/faq/index"
	"replydesk/faq/semantic"
	"replydesk/faq/text"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/check"
	"replydesk/inbox/delivery"
	"replydesk/inbox/desk"
	"replydesk/inbox/mask"
	"replydesk/inbox/notice"
	"replydesk/inbox/search"
	"replydesk/inbox/sla"
)

// sendTries is how many attempts one approval of a reply gets.
const sendTries = 8

// App is a desk that is built but does not run yet. Its parts are open to the
// command line: imports, the demo, benchmarks.
type App struct {
	Config   config.Config
	DB       *store.DB
	Store    *inboxdb.Store
	Inbox    *inbox.Service
	Finder   *inboxdb.Indexer // of ticket search
	Roller   *inboxdb.Roller  // of the reports' figures
	Intake   *inbox.Intake
	Accounts *inbox.Accounts
	Bot      *bot.Service
	Sealed   *inboxdb.Accounts // accounts with their secrets
	Channels *channel.Registry
	Auth     *auth.Service
	Library  *faq.Service
	Index    *index.Index
	API      *api.Server

	log     *slog.Logger
	now     func() time.Time
	shared  kv.Store
	lexicon *text.Lexicon
	rules   inbox.Rules
	files   attachments
	hints   *hints            // the indexes of other processes
	meaning *semantic.Library // nil: no embedding model is set up
	runner  *jobs.Runner
	tasks   taskFigures
	hub     *live.Hub
	drafts  api.Drafts // nil: no model is set up
	gaps    *gap.Service
	reports *bot.Reports
	figures *inbox.Reports
	notices *notice.Service
	happen  <-chan struct{} // events were recorded, for the notices
	freed   <-chan struct{} // likewise, for what gives tickets out
	box     *seal.Box
	key     []byte   // the secret key, from which others are derived
	closes  []closer // in the order of opening
}

type closer struct {
	name  string
	close func() error
}

// attachments keeps the files of messages and of entries.
type attachments interface {
	api.Files
	delivery.Files
	Close() error
}

// New builds a desk: it opens the database (and migrates it), the search
// index, and Redis when told. Close it, whether it ran or not.
func New(ctx context.Context, cfg config.Config, log *slog.Logger, version string) (*App, error) {
	a := &App{Config: cfg, log: log, now: time.Now}
	for _, part := range []struct {
		name string
		open func(ctx context.Context) error
	}{
		{"data folder", a.openFolder}, {"database", a.openStore}, {"attachments", a.openFiles}, {"shared state", a.openShared},
		{"library", a.openLibrary}, {"inbox", a.openInbox}, {"live", a.openLive}, {"sign-in", a.openAuth},
		{"gaps", a.openGaps}, {"drafts", a.openDrafts}, {"notices", a.openNotices}, {"tasks", a.openTasks}, {"api", func(context.Context) error { return a.openAPI(version) }},
	} {
		if err := part.open(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", part.name, err), a.Close())
		}
	}
	return a, nil
}

func (a *App) onClose(name string, close func() error) {
	a.closes = append(a.closes, closer{name, close})
}

// Close closes what New opened, the last first.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closes) - 1; i >= 0; i-- {
		if err := a.closes[i].close(); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", a.closes[i].name, err))
		}
	}
	a.closes = nil
	return errors.Join(errs...)
}

func (a *App) openFolder(context.Context) error {
	unlock, err := lockFolder(a.Config.DataDir)
	if err != nil {
		return err
	}
	a.onClose("data folder", func() error { unlock(); return nil })
	return nil
}

// openGaps collects what people ask and the library does not answer well.
func (a *App) openGaps(context.Context) error {
	words, err := a.phrases()
	if err != nil {
		return err
	}
	a.gaps = gap.NewService(gap.Deps{
		Store: gapdb.New(a.DB), Library: a.Library, Search: a.Library.Searcher(), Lexicon: a.lexicon, Now: a.now,
		Mask: func(question string) string { return mask.New().Text(question) }, Sure: bot.DefaultThresholds().Answer,
		Bare: words.Bare,
	})
	return nil
}

// openDrafts connects the model that writes drafts, when there is one.
func (a *App) openDrafts(context.Context) error {
	if !a.Config.LLM.Enabled() {
		return nil
	}
	claims, err := bot.LoadClaims(phrases.Files)
	if err != nil {
		return err
	}
	bounds := a.Config.Drafts
	a.drafts = bot.NewDrafts(bot.DraftDeps{
		Model: llm.NewChat(llm.Options{
			BaseURL: a.Config.LLM.BaseURL, APIKey: a.Config.LLM.APIKey.Reveal(), Model: a.Config.LLM.Model,
			Whole: bounds.Timeout, Stall: bounds.Stall,
		}),
		Desk: a.Inbox, Search: a.Library.Searcher(), Store: draftdb.New(a.DB), Claims: claims, Now: a.now, Log: a.log,
		Budget: bot.Budget{
			TokensPerDay: int64(bounds.TokensPerDay), CallsPerMinute: bounds.CallsPerMinute,
			CostIn: int64(bounds.CostIn), CostOut: int64(bounds.CostOut),
		},
	})
	return nil
}

// openNotices connects what tells people of events.
func (a *App) openNotices(context.Context) error {
	c := a.Config.Notify
	allowed, err := config.Networks(c.AllowedNetworks)
	if err != nil {
		return err
	}
	robots := robot.Options{
		Guard: robot.Guard{AllowHTTP: c.AllowHTTP, Allowed: allowed}, Timeout: c.Timeout, SlowCodes: c.RobotSlowCodes, Now: a.now,
	}
	a.notices = notice.NewService(notice.Deps{
		Store: noticedb.New(a.DB, a.box), Limits: a.shared, Now: a.now, Links: a.Auth,
		Senders: map[notice.Kind]notice.Sender{
			notice.SMTP: mail.New(c.Timeout, nil, a.now), notice.WeCom: robot.NewWeCom(robots),
			notice.DingTalk: robot.NewDingTalk(robots), notice.Feishu: robot.NewFeishu(robots),
		},
		Mask: func(words string) string { return mask.New().Text(words) }, BaseURL: a.Config.BaseURL, Zone: a.Config.Inbox.Location(),
		PerMinute: c.RobotPerMinute, Timeout: 2 * c.Timeout, KeepFor: c.KeepFor,
	})
	a.happen = a.recorded()
	return nil
}

// recorded is a channel that has something when events were recorded since it
// was last read.
func (a *App) recorded() <-chan struct{} {
	happen := make(chan struct{}, 1)
	a.DB.OnCommit(func(c store.Commit) {
		if !c.Events {
			return
		}
		select {
		case happen <- struct{}{}:
		default:
		}
	})
	return happen
}

// openFiles keeps attachments where every process of the desk finds them.
func (a *App) openFiles(context.Context) (err error) {
	if a.DB.Engine() == store.Postgres {
		a.files = filedb.New(a.DB)
	} else if a.files, err = files.Open(a.Config.DataDir); err != nil {
		return err
	}
	a.onClose("attachments", a.files.Close)
	return nil
}

func (a *App) openStore(ctx context.Context) error {
	keep := func() error { return nil }
	key, err := config.ParseKey(a.Config.SecretKey)
	if err == nil && key == nil {
		key, keep, err = seal.Key(a.Config.DataDir)
	}
	if err != nil {
		return err
	}
	if a.box, err = seal.New(key); err != nil {
		return err
	}
	a.key = key
	if a.DB, err = store.Open(ctx, a.Config.DatabaseURL.Reveal(), a.Config.DataDir, seal.Derive(key, "audit"), a.log); err != nil {
		return err
	}
	a.onClose("database", a.DB.Close)
	a.Store, a.Sealed = inboxdb.New(a.DB), inboxdb.NewAccounts(a.DB, a.box)
	// A desk with the wrong key would take callbacks and replies it cannot serve.
	if _, err := a.Sealed.StoredAccounts(ctx); err != nil {
		return fmt.Errorf("the secret key does not fit this database (secret_key, DESK_SECRET_KEY, or secret.key in the data folder): %w", err)
	}
	return keep()
}

func (a *App) openShared(ctx context.Context) error {
	if !a.Config.RedisURL.IsSet() {
		a.shared = kv.NewMemory(a.now)
	} else {
		redis, err := kv.NewRedis(ctx, a.Config.RedisURL.Reveal())
		if err != nil {
			return err
		}
		a.shared = kv.NewSteady(redis, a.now, a.log)
	}
	a.onClose("shared state", a.shared.Close)
	return nil
}

func (a *App) openLibrary(ctx context.Context) error {
	words, err := text.Load(weights.Files)
	if err != nil {
		return err
	}
	model, err := faq.LoadModel(weights.Files)
	if err != nil {
		return err
	}
	a.lexicon = words
	rows := faqdb.New(a.DB)
	a.Index, err = index.Open(index.Options{
		Dir: filepath.Join(a.Config.DataDir, "index"), Lexicon: words, Source: rows, Log: a.log, Every: a.indexEvery(),
	})
	if err != nil {
		return err
	}
	a.onClose("search index", a.Index.Close)
	a.hints = newHints(a.Index, a.shared, a.log)
	deps := faq.Deps{Store: rows, Index: a.Index, Lexicon: words, Model: model, Now: a.now, Files: a.files, Rules: faq.Rules{
		OwnApproval: !a.Config.Library.FourEyes, RemindDays: a.Config.Library.RemindDays,
	}}
	if a.Config.Embed.Enabled() {
		a.meaning = a.newMeaning(rows)
		deps.Meaning = a.meaning
	}
	a.Library = faq.NewService(deps)
	return a.Library.RefreshKeys(ctx)
}

// indexEvery is how long an entry another process changed may stay unknown
// here; alone on its database a process hears of every change at once.
func (a *App) indexEvery() time.Duration {
	if a.DB.Engine() == store.Postgres {
		return 5 * time.Second
	}
	return time.Minute
}

func (a *App) openInbox(ctx context.Context) error {
	platform := wechat.New(wechat.Options{
		APIBase: a.Config.WeChat.APIBase, Timeout: a.Config.WeChat.HTTPTimeout, Freshness: a.Config.WeChat.Freshness,
		Tokens: a.shared, Log: a.log, Now: a.now,
	})
	a.Channels = channel.NewRegistry(a.Sealed, a.now, platform)
	a.Accounts = inbox.NewAccounts(a.Sealed, a.Channels, bot.Laid{Names: botdb.New(a.DB)}, a.now)
	var err error
	if a.rules, err = a.newRules(); err != nil {
		return err
	}
	if a.Inbox, err = inbox.NewService(a.Store, a.Channels, a.rules, a.now); err != nil {
		return err
	}
	if err := errors.Join(a.seedWords(ctx), a.Inbox.LoadPolicies(ctx)); err != nil {
		return err
	}
	a.Finder = inboxdb.NewIndexer(a.Store, a.words())
	a.Roller = inboxdb.NewRoller(a.Store, a.rules.Location)
	a.figures = &inbox.Reports{Store: a.Store, Zone: a.rules.Location, Now: a.now}
	if a.Bot, err = a.NewBot(a.Inbox, a.now); err != nil {
		return err
	}
	a.reports = &bot.Reports{Store: botdb.New(a.DB), Zone: a.Config.Inbox.Location(), Now: a.now}
	a.Intake = inbox.NewIntake(a.Inbox, a.Channels, a.shared, a.Bot, a.now)
	return nil
}

// NewBot builds a bot that answers in the tickets of an inbox by its clock.
func (a *App) NewBot(service *inbox.Service, now func() time.Time) (*bot.Service, error) {
	words, err := a.phrases()
	if err != nil {
		return nil, err
	}
	return bot.NewService(bot.Deps{
		Store: botdb.New(a.DB), Inbox: service, Search: a.Library.Searcher(), Limits: a.Channels, Words: words, Log: a.log, Now: now, Page: a.progressPage(),
	}), nil
}

// progressPage is where citizens ask how far their ticket is; "" while nobody has
// said by which address the desk is reached.
func (a *App) progressPage() string {
	if a.Config.PublicURL() == "" {
		return ""
	}
	return strings.TrimRight(a.Config.PublicURL(), "/") + api.ProgressPath
}

// phrases are what messages say to the bot by themselves.
func (a *App) phrases() (*bot.Words, error) { return bot.LoadWords(phrases.Files, a.lexicon.Key) }

// words are how search of tickets reads texts and queries.
func (a *App) words() search.Words { return search.Words{Simplify: a.lexicon.Simplify} }

// Rules are the inbox rules of the settings.
func (a *App) Rules() inbox.Rules { return a.rules }

func (a *App) newRules() (inbox.Rules, error) {
	c := a.Config.Inbox
	folder := check.NewFolder(a.lexicon.Simplify)
	phrases, err := check.LoadPhrases(folder, lists.Files, "empty.txt")
	if err != nil {
		return inbox.Rules{}, err
	}
	thanks, err := check.LoadThanks(folder, lists.Files, "thanks.txt")
	if err != nil {
		return inbox.Rules{}, err
	}
	progress, err := check.LoadWhole(folder, lists.Files, "progress.txt")
	if err != nil {
		return inbox.Rules{}, err
	}
	holidays, err := sla.LoadHolidays(calendar.Files)
	return inbox.Rules{
		Folder: folder, EmptyPhrases: phrases, Thanks: thanks, Progress: progress, CodeKey: seal.Derive(a.key, "ticket codes"),
		MarkKey: seal.Derive(a.key, "draft marks"), Hosts: a.Config.Checks.Hosts,
		SpikeMessages: a.Config.Checks.SpikeMessages, SpikeWithin: a.Config.Checks.SpikeWithin,
		FirstReply:   sla.DefaultPlan(c.FirstReply, c.WarnAt...),
		NextReply:    sla.DefaultPlan(c.NextReply, c.WarnAt...),
		ReopenWithin: c.ReopenWithin, UndoWithin: c.UndoWithin, Location: c.Location(), SendTries: sendTries, Words: a.words(),
		// Twice as many as a socket may be behind: one that is reading must not
		// find a gap because others went on.
		KeepEvents: a.Config.Live.KeepFor, KeepNewest: 2 * int64(a.Config.Live.Keep),
		Holidays: holidays,
		Privacy:  privacyOf(a.Config.Privacy),
	}, err
}

// privacyOf is the rule of the settings.
func privacyOf(c config.Privacy) inbox.Privacy {
	rule := inbox.Privacy{RevealFor: c.RevealFor}
	for _, who := range c.PlainTo {
		if who == config.Assignee {
			rule.Assignee = true
		} else {
			rule.Roles = append(rule.Roles, desk.Role(who))
		}
	}
	return rule
}

// seedWords gives a new desk the word lists that come with it.
func (a *App) seedWords(ctx context.Context) error {
	f, err := lists.Files.Open("words.csv")
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := api.ReadWords("words.csv", f)
	if err != nil {
		return err
	}
	return a.Inbox.SeedWords(ctx, rows)
}

func (a *App) openLive(context.Context) error {
	a.hub = live.New(live.Options{
		Source: a.DB, Shared: a.shared, Origins: []string{a.Config.BaseURL}, Now: a.now, Log: a.log,
		Keep: int64(a.Config.Live.Keep),
		MaySee: func(ctx context.Context, actor desk.Actor, ticket int64) bool {
			return a.Inbox.MaySee(ctx, actor, inbox.TicketID(ticket))
		},
		Recheck: func(ctx context.Context, session string) (desk.Actor, error) { return a.Auth.Recheck(ctx, session) },
	})
	a.DB.OnCommit(func(c store.Commit) {
		if c.Events {
			a.hub.Wake()
		}
	})
	return nil
}

func (a *App) openAuth(ctx context.Context) error {
	var err error
	a.Auth, err = auth.NewService(auth.Options{
		Store: authdb.New(a.DB), Shared: a.shared, Now: a.now, Log: a.log,
		Lifetime: a.Config.Session.Lifetime, Idle: a.Config.Session.Idle,
		Links: auth.Links{Key: seal.Derive(a.key, "links"), Lifetime: a.Config.Session.LinkLifetime, Courier: courier{a}},
		Ended: a.hub.Drop, Changed: a.hub.Refresh,
	})
	if err != nil {
		return err
	}
	created, err := a.Auth.EnsureAdmin(ctx, a.Config.AdminPassword.Reveal())
	if created {
		a.log.Info("created the first user", "username", "admin")
	}
	return err
}

// courier brings codes by the notices' e-mail, which opens after sign-in.
type courier struct{ *App }

func (c courier) Mailbox(ctx context.Context, userID int64) (string, error) {
	return c.notices.Mailbox(ctx, userID)
}

func (c courier) SendCode(ctx context.Context, userID int64, code string, valid time.Duration) error {
	return c.notices.SendCode(ctx, userID, code, valid)
}

// warnIfNobody says so when there is no user who could sign in.
func (a *App) warnIfNobody(ctx context.Context) error {
	page, err := a.Auth.Users(ctx, desk.System(), 1, "")
	if err == nil && len(page.Items) == 0 {
		a.log.Warn("there are no users yet: set DESK_ADMIN_PASSWORD to create \"admin\", or run desk user add")
	}
	return err
}
