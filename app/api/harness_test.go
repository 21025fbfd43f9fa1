package api_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"replydesk/app/api"
	"replydesk/app/audit"
	"replydesk/app/auth"
	"replydesk/app/files"
	"replydesk/app/jobs"
	"replydesk/app/kv"
	"replydesk/app/live"
	"replydesk/app/seal"
	"replydesk/app/store"
	"replydesk/app/store/auditdb"
	"replydesk/app/store/authdb"
	"replydesk/app/store/botdb"
	"replydesk/app/store/faqdb"
	"replydesk/app/store/gapdb"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/noticedb"
	"replydesk/app/store/storetest"
	"replydesk/app/throttle"
	"replydesk/bot"
	phrases "replydesk/configs/bot"
	"replydesk/configs/calendar"
	"replydesk/configs/search"
	"replydesk/faq"
	"replydesk/faq/faqtest"
	"replydesk/faq/gap"
	"replydesk/faq/index"
	"replydesk/faq/text"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/mask"
	"replydesk/inbox/notice"
	"replydesk/inbox/sla"
)

// clock is a time tests move by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// testDesk is a server on a real database, library and inbox; only the
// platform is faked.
type testDesk struct {
	server  *api.Server
	db      *store.DB
	auth    *auth.Service
	inbox   *inbox.Service
	index   *index.Index
	hub     *live.Hub
	files   *files.Folder
	clock   *clock
	intake  *intake
	tasks   *tasks
	gaps    *gap.Service
	notices *notice.Service
	outlet  *outlet // of notices that leave
	faq     *faq.Service
	robot   *bot.Service
	log     *syncBuffer
	// channels opens the accounts' channels, all of the fake platform, which
	// keeps what leaves through it.
	channels *channel.Registry
	platform *platform
	ready    *api.Check

	address string // once it listens
	opened  map[string]browser
}

// browser is what a person's browser holds who came by a link.
type browser struct{ cookie, csrf string }

// courier brings codes by the desk's own notices.
type courier struct{ *testDesk }

func (c courier) Mailbox(ctx context.Context, userID int64) (string, error) {
	return c.notices.Mailbox(ctx, userID)
}

func (c courier) SendCode(ctx context.Context, userID int64, code string, valid time.Duration) error {
	return c.notices.SendCode(ctx, userID, code, valid)
}

// newDesk builds a desk with two accounts, two departments and the people of
// the table below, at 9 in the morning in China.
func newDesk(t testing.TB, change ...func(*api.Deps, *api.Config)) *testDesk {
	t.Helper()
	return newDeskOn(t, storetest.Open(t, "", t.TempDir()), change...)
}

func newDeskOn(t testing.TB, db *store.DB, change ...func(*api.Deps, *api.Config)) *testDesk {
	t.Helper()
	d := &testDesk{
		db: db, platform: &platform{}, opened: map[string]browser{},
		clock: &clock{at: time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)},
		tasks: &tasks{}, log: &syncBuffer{}, ready: &api.Check{Name: "database"},
	}
	d.ready.Probe = d.db.Ping
	var err error
	d.files, err = files.Open(t.TempDir())
	must(t, err)
	t.Cleanup(func() { _ = d.files.Close() })
	shared := kv.NewMemory(d.clock.now)
	t.Cleanup(func() { _ = shared.Close() })
	d.auth, err = auth.NewService(auth.Options{
		Store: authdb.New(d.db), Shared: shared, Now: d.clock.now, Lifetime: 12 * time.Hour, Idle: 2 * time.Hour,
		Links: auth.Links{Key: []byte("not a real key of links"), Lifetime: 7 * 24 * time.Hour, Courier: courier{d}},
		Ended: func(session string) { d.hub.Drop(session) }, Changed: func(userID int64) { d.hub.Refresh(userID) },
	})
	must(t, err)
	box, err := seal.New(make([]byte, seal.KeySize))
	must(t, err)
	stored := inboxdb.NewAccounts(d.db, box)
	registry := channel.NewRegistry(stored, d.clock.now, d.platform)
	d.channels = registry
	policy := sla.DefaultPlan(24*time.Hour, 50, 80)
	holidays, err := sla.LoadHolidays(calendar.Files)
	must(t, err)
	d.inbox, err = inbox.NewService(inboxdb.New(d.db), registry, inbox.Rules{
		FirstReply: policy, NextReply: policy, ReopenWithin: 72 * time.Hour, Location: time.FixedZone("CST", 8*3600), SendTries: 3, SpikeMessages: 3, SpikeWithin: time.Minute,
		Holidays: holidays, Privacy: inbox.DefaultPrivacy(),
	}, d.clock.now)
	must(t, err)
	must(t, d.inbox.LoadPolicies(t.Context()))
	d.intake = &intake{Intake: inbox.NewIntake(d.inbox, registry, shared, nil, d.clock.now)}
	d.hub = live.New(live.Options{
		Source: d.db, Shared: shared, Recheck: d.auth.Recheck, Now: d.clock.now, Poll: 10 * time.Millisecond,
		MaySee: func(ctx context.Context, actor desk.Actor, id int64) bool {
			return d.inbox.MaySee(ctx, actor, inbox.TicketID(id))
		},
	})
	library := d.library(t)
	d.faq, d.robot = library, d.bot(t, library, registry)
	d.gaps = gap.NewService(gap.Deps{
		Store: gapdb.New(d.db), Library: library, Search: library.Searcher(), Lexicon: faqtest.Lexicon(t), Mask: masked,
		Sure: bot.DefaultThresholds().Answer, Bare: botWords(t).Bare, Now: d.clock.now,
	})
	d.outlet = &outlet{}
	d.notices = notice.NewService(notice.Deps{
		Store: noticedb.New(d.db, box), Limits: shared, Links: d.auth, Now: d.clock.now, Mask: masked, BaseURL: "https://desk.example.test",
		Senders: map[notice.Kind]notice.Sender{notice.SMTP: d.outlet, notice.WeCom: d.outlet, notice.DingTalk: d.outlet, notice.Feishu: d.outlet},
		Zone:    time.FixedZone("CST", 8*3600), PerMinute: 20, Timeout: time.Second, KeepFor: 90 * 24 * time.Hour,
	})
	deps := api.Deps{
		Auth:     d.auth,
		Audit:    audit.NewService(auditdb.New(d.db), d.clock.now),
		Inbox:    d.inbox,
		Accounts: inbox.NewAccounts(stored, registry, bot.Laid{Names: botdb.New(d.db)}, d.clock.now),
		Library:  library,
		Bot:      d.robot,
		Gaps:     d.gaps,
		Guesses:  throttle.New(shared, api.ProgressWindow, d.clock.now),
		Notices:  d.notices,
		Desk:     &inbox.Reports{Store: inboxdb.New(d.db), Zone: time.FixedZone("CST", 8*3600), Now: d.clock.now},
		Reports:  &bot.Reports{Store: botdb.New(d.db), Zone: time.FixedZone("CST", 8*3600), Now: d.clock.now},
		Intake:   d.intake, Tasks: d.tasks, Files: d.files, Live: d.hub, Now: d.clock.now, Pages: builtPages(),
		Ready: []api.Check{{Name: d.ready.Name, Probe: func(ctx context.Context) error { return d.ready.Probe(ctx) }}},
		Log:   slog.New(slog.NewTextHandler(d.log, nil)),
		Figures: []func() []api.Figure{func() []api.Figure {
			return []api.Figure{{Name: "desk_test_sockets", Help: "Open sockets.", Value: 3}}
		}},
	}
	config := api.Config{BaseURL: "https://desk.example.test", Version: "test", SecureCookies: true}
	for _, f := range change {
		f(&deps, &config)
	}
	d.server, err = api.New(deps, config)
	must(t, err)
	d.seed(t, deps.Accounts)
	return d
}

func masked(words string) string { return mask.New().Text(words) }

func (d *testDesk) library(t testing.TB) *faq.Service {
	t.Helper()
	lexicon, err := text.Load(search.Files)
	must(t, err)
	model, err := faq.LoadModel(search.Files)
	must(t, err)
	entries := faqdb.New(d.db)
	d.index, err = index.Open(index.Options{Lexicon: lexicon, Source: entries})
	must(t, err)
	t.Cleanup(func() { _ = d.index.Close() })
	must(t, d.index.Reconcile(t.Context()))
	return faq.NewService(faq.Deps{Store: entries, Index: d.index, Lexicon: lexicon, Files: d.files, Model: model, Now: d.clock.now})
}

func (d *testDesk) bot(t testing.TB, library *faq.Service, limits inbox.Limits) *bot.Service {
	t.Helper()
	return bot.NewService(bot.Deps{
		Store: botdb.New(d.db), Inbox: d.inbox, Search: library.Searcher(), Limits: limits, Words: botWords(t), Now: d.clock.now,
	})
}

func botWords(t testing.TB) *bot.Words {
	t.Helper()
	words, err := bot.LoadWords(phrases.Files, faqtest.Lexicon(t).Key)
	must(t, err)
	return words
}

func builtPages() fstest.MapFS {
	return fstest.MapFS{
		"index.html":             {Data: []byte("<!doctype html><title>desk</title>")},
		"favicon.ico":            {Data: []byte("icon")},
		"assets/app-1a2b3c.js":   {Data: []byte(strings.Repeat("console.log('desk');\n", 200))},
		"assets/font-1a2b.woff2": {Data: []byte(strings.Repeat("woff", 1000))},
	}
}

// people are the users of every desk, in the order of their ids.
var people = []auth.User{
	{ID: 1, Username: "admin", Name: "管理员", Role: desk.Admin, AllAccounts: true},
	{ID: 2, Username: "chief", Name: "赵督办", Role: desk.Supervisor, AllAccounts: true},
	{ID: 3, Username: "limin", Name: "李敏", Role: desk.Staff, AllAccounts: true},
	{ID: 4, Username: "narrow", Name: "王涛", Role: desk.Staff, AccountIDs: []int64{2}},
	{ID: 5, Username: "liaison", Name: "周联络", Role: desk.Liaison, AllAccounts: true, Department: auth.Department{ID: 1}},
}

// cookieOf and csrfOf are what a person's browser holds from the start.
func cookieOf(username string) string { return strings.Repeat(username+"-", 43)[:43] }
func csrfOf(username string) string   { return "csrf-of-" + username }

func (d *testDesk) seed(t testing.TB, accounts api.Accounts) {
	t.Helper()
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO departments (code, name, short_name) VALUES ('GA', '市公安局', '公安'), ('SB', '市社保局', '社保')`)
		return err
	}))
	for _, name := range []string{"城市发布", "政务服务"} {
		platform := "fake"
		_, err := accounts.CreateAccount(t.Context(), desk.System(), inbox.AccountInput{
			Platform: &platform, Name: &name, Settings: map[string]any{"app_id": "wx-" + name, "app_secret": "not-a-real-secret"},
		})
		must(t, err)
	}
	now := d.clock.now()
	must(t, authdb.New(d.db).Atomic(t.Context(), func(tx auth.Tx) error {
		for _, u := range people {
			u.Active, u.CreatedAt, u.UpdatedAt = true, now, now
			if err := tx.InsertUser(t.Context(), &u, "no password opens this"); err != nil {
				return err
			}
			sum := sha256.Sum256([]byte(cookieOf(u.Username)))
			session := auth.Session{
				Key: hex.EncodeToString(sum[:]), UserID: u.ID, CSRF: csrfOf(u.Username),
				CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(12 * time.Hour),
			}
			if err := tx.AddSession(t.Context(), session); err != nil {
				return err
			}
		}
		return nil
	}))
}

// says lets a citizen write to an account and returns the ticket's id.
func (d *testDesk) says(t testing.TB, account int64, citizen, words string, change ...func(*channel.Inbound)) string {
	t.Helper()
	in := channel.Inbound{
		ExternalID: rand(), Kind: channel.Private, Type: channel.Text, ContactID: citizen, Text: words,
		SentAt: d.clock.now(), Raw: []byte("<xml/>"),
		Effects: channel.Effects{Windows: []channel.Window{{Name: "message", Limit: 5, Until: d.clock.now().Add(48 * time.Hour)}}},
	}
	for _, f := range change {
		f(&in)
	}
	must(t, d.inbox.Ingest(t.Context(), account, []channel.Inbound{in}))
	var id string
	must(t, d.db.QueryRow(t.Context(), `SELECT CAST(max(t.id) AS TEXT) FROM tickets t JOIN contacts c ON c.id = t.contact_id WHERE c.external_id = $1`, citizen).Scan(&id))
	return id
}

// intake is the real one unless a test puts something in its place.
type intake struct {
	*inbox.Intake
	receive func(ctx context.Context, platform string, account int64, r channel.Request) (channel.Response, error)
}

func (i *intake) Receive(ctx context.Context, platform string, account int64, r channel.Request) (channel.Response, error) {
	if i.receive != nil {
		return i.receive(ctx, platform, account, r)
	}
	return i.Intake.Receive(ctx, platform, account, r)
}

// tasks is a job runner that does nothing.
type tasks struct {
	dead    []jobs.Dead
	retried []int64
}

func (f *tasks) Dead(context.Context, int) ([]jobs.Dead, error) { return f.dead, nil }

func (f *tasks) Retry(_ context.Context, id int64) error {
	for _, d := range f.dead {
		if d.ID == id {
			f.retried = append(f.retried, id)
			return nil
		}
	}
	return desk.Errorf(desk.NotFound, "没有这个任务")
}

// platform is "fake": accounts with an app_id and a secret.
type platform struct {
	mu   sync.Mutex
	left []channel.Outbound
	next channel.Outcome // of a send; "": it arrives
	most int             // bytes of a text; 0: 120
}

// take returns what has left since the last time.
func (p *platform) take() []channel.Outbound {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := p.left
	p.left = nil
	return left
}

func (*platform) Name() string             { return "fake" }
func (*platform) SecretSettings() []string { return []string{"app_secret", "token"} }
func (*platform) Identity() string         { return "app_id" }

func (*platform) Confirmed() map[string]string {
	return map[string]string{"api_base": "app_secret", "app_id": "app_secret"}
}

func (p *platform) Open(a channel.Account) (channel.Channel, error) {
	var settings struct {
		AppID     string `json:"app_id"`
		AppSecret string `json:"app_secret"`
	}
	if err := json.Unmarshal(a.Settings, &settings); err != nil || settings.AppID == "" {
		return nil, desk.InvalidField("settings.app_id", "不能为空")
	}
	return fakeChannel{platform: p, secret: settings.AppSecret}, nil
}

type fakeChannel struct {
	*platform
	secret string
}

func (fakeChannel) Receive(r channel.Request, _ time.Time) (channel.Receipt, error) {
	return channel.Receipt{Dead: &channel.DeadLetter{ExternalID: "dead-" + string(r.Body), Raw: r.Body, Reason: "unreadable"}}, nil
}

func (fakeChannel) Parse(raw []byte, received time.Time) (channel.Inbound, error) {
	if strings.HasPrefix(string(raw), "broken") {
		return channel.Inbound{}, desk.Errorf(desk.Invalid, "仍然无法识别")
	}
	return channel.Inbound{
		ExternalID: "replayed", Kind: channel.Private, Type: channel.Text, ContactID: "o-replayed", Text: string(raw), SentAt: received,
	}, nil
}

func (c fakeChannel) Send(_ context.Context, out channel.Outbound) channel.Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = append(c.left, out)
	if c.next != "" {
		return channel.Result{Outcome: c.next, Code: "test", Message: "测试"}
	}
	return channel.Result{Outcome: channel.Sent}
}

func (fakeChannel) Fetch(context.Context, channel.Media) (channel.File, error) {
	return channel.File{}, desk.Errorf(desk.NotFound, "gone")
}

func (c fakeChannel) Check(context.Context) error {
	if c.secret == "wrong-on-purpose" {
		return desk.InvalidField("settings.app_secret", "平台不接受这个密钥")
	}
	return nil
}

func (c fakeChannel) Limits() channel.Limits { return channel.Limits{MaxBytes: cmp.Or(c.most, 120)} }

// outlet takes every message a sender would send.
type outlet struct {
	sent []notice.Message
	err  error
}

func (r *outlet) Check(v notice.Setup) error {
	if v.URL == "" && v.Host == "" {
		return desk.InvalidField("url", "不是有效的地址")
	}
	return nil
}

func (r *outlet) Send(_ context.Context, _ notice.Setup, m notice.Message) error {
	r.sent = append(r.sent, m)
	return r.err
}

// syncBuffer is a log that may be written and read at the same time.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
