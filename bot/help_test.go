package bot_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/botdb"
	"replydesk/app/store/faqdb"
	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/storetest"
	"replydesk/bot"
	phrases "replydesk/configs/bot"
	"replydesk/configs/search"
	lists "replydesk/configs/words"
	"replydesk/faq"
	"replydesk/faq/text"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// robot is a desk with the bot on its one account. Its search finds what the
// test says; entries and everything else are real.
type robot struct {
	*inboxtest.Desk
	*bot.Service
	db      *store.DB
	account int64
	found   *script
}

// script finds the entries of a message's script that are current when it is
// asked, as the real search does.
type script struct {
	db  *store.DB
	now func() time.Time

	mu    sync.Mutex
	hits  map[string][]scripted
	named map[string]bool                 // messages that only name a matter
	after func()                          // runs between the look-up and the decision
	fails func(ctx context.Context) error // nil: it does not
}

type scripted struct {
	entry      faq.EntryID
	confidence float64
}

func (s *script) Search(ctx context.Context, message string, limit int) ([]faq.Hit, error) {
	s.mu.Lock()
	hits, named, after, fails := s.hits[message], s.named[message], s.after, s.fails
	s.mu.Unlock()
	if fails != nil {
		if err := fails(ctx); err != nil {
			return nil, err
		}
	}
	var out []faq.Hit
	for _, h := range hits {
		entries, err := faqdb.New(s.db).Current(ctx, []faq.EntryID{h.entry}, faq.DayOf(s.now()))
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			out = append(out, faq.Hit{Entry: e, Matched: e.Question, Score: h.confidence, Confidence: h.confidence, Named: named})
		}
	}
	if after != nil {
		after()
	}
	return out[:min(len(out), limit)], nil
}

func each(t *testing.T, fn func(t *testing.T, r *robot)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newRobot(t, db)) })
}

func newRobot(t testing.TB, db *store.DB) *robot {
	t.Helper()
	thanks, err := check.LoadThanks(check.Folder{}, lists.Files, "thanks.txt")
	must(t, err)
	progress, err := check.LoadWhole(check.Folder{}, lists.Files, "progress.txt")
	must(t, err)
	d := inboxtest.New(t, inboxdbtest.New(db), func(r *inbox.Rules) {
		r.Thanks, r.Progress, r.CodeKey = thanks, progress, []byte("not a secret: the key of test codes")
	})
	r := &robot{Desk: d, db: db, account: d.AddAccount(t, "安澜发布"), found: &script{db: db, now: d.Now, hits: map[string][]scripted{}, named: map[string]bool{}}}
	r.Service = r.service(t, r.found)
	r.set(t, bot.Settings{})
	for text, level := range map[string]check.Level{"不想活": check.Urgent, "禁词": check.Block} {
		_, err := d.Service.AddWord(t.Context(), desk.System(), inbox.WordInput{Text: &text, Level: &level})
		must(t, err)
	}
	return r
}

func (r *robot) service(t testing.TB, search bot.Search) *bot.Service {
	t.Helper()
	return bot.NewService(bot.Deps{
		Store: botdb.New(r.db), Inbox: r.Desk.Service, Search: search, Limits: bytes2048{}, Words: words(t), Now: r.Now,
	})
}

// at is a bot that knows where citizens ask for their ticket.
func (r *robot) at(t testing.TB, page string) *bot.Service {
	t.Helper()
	return bot.NewService(bot.Deps{
		Store: botdb.New(r.db), Inbox: r.Desk.Service, Search: r.found, Limits: bytes2048{}, Words: words(t), Now: r.Now, Page: page,
	})
}

func words(t testing.TB) *bot.Words {
	t.Helper()
	lexicon, err := text.Load(search.Files)
	must(t, err)
	w, err := bot.LoadWords(phrases.Files, lexicon.Key)
	must(t, err)
	return w
}

type bytes2048 struct{}

func (bytes2048) Limits(context.Context, int64) (channel.Limits, error) {
	return channel.Limits{MaxBytes: 2048}, nil
}

// anything is a library and a tree that have whatever the settings name.
type anything struct{}

func (anything) EntryByCode(context.Context, string) (faq.Entry, error) { return faq.Entry{ID: 1}, nil }

func (anything) DepartmentNames(context.Context) ([]string, error) {
	return []string{"公安局", "教育局", "市公安局", "没有"}, nil
}

// set turns the bot on; of s only departments and the menu count.
func (r *robot) set(t testing.TB, s bot.Settings) {
	t.Helper()
	laid, err := bot.Laid{Names: anything{}}.Lay(t.Context(), nil, []byte(fmt.Sprintf(`{"thresholds":{"answer":0.6,"menu":0.2},"departments":%s,"menu":%s}`, jsonOf(t, s.Departments, "[]"), jsonOf(t, s.Menu, "{}"))))
	must(t, err)
	r.sql(t, `UPDATE accounts SET bot_enabled = 1, bot = $2 WHERE id = $1`, r.account, string(laid))
}

func (r *robot) sql(t testing.TB, query string, args ...any) {
	t.Helper()
	must(t, r.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	}))
}

// count is the one number of a query.
func (r *robot) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	must(t, r.db.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

// entry publishes an entry.
func (r *robot) entry(t testing.TB, code, department string) faq.EntryID {
	t.Helper()
	var id faq.EntryID
	must(t, faqdb.New(r.db).Atomic(t.Context(), func(tx faq.Tx) (err error) {
		e := faq.Entry{
			Content: faq.Content{Code: code, Question: "怎么办理" + code, Answer: "请携带身份证办理" + code, Department: department, ServiceLink: "https://example.test/" + code},
			State:   faq.Published, Revision: 1, CreatedAt: r.Now(), UpdatedAt: r.Now(),
		}
		id, err = tx.Insert(t.Context(), e)
		return err
	}))
	return id
}

// finds writes the script of a message.
func (r *robot) finds(message string, hits ...scripted) {
	r.found.mu.Lock()
	defer r.found.mu.Unlock()
	r.found.hits[message] = hits
}

// asks lets a citizen write, as the intake does on an account with the bot, and
// returns the message and its ticket.
func (r *robot) asks(t testing.TB, c *inboxtest.Citizen, words string) (channel.Inbound, inbox.TicketID) {
	t.Helper()
	in := c.Message(words)
	in.Effects.Windows = []channel.Window{inboxtest.Window("message", 5, r.Now().Add(48*time.Hour))}
	before := r.Head(t)
	must(t, r.Desk.Service.IngestForBot(t.Context(), c.Account, []channel.Inbound{in}))
	for _, e := range r.Events(t, before) {
		if e.Name == inbox.MessageReceived {
			return in, inbox.TicketID(e.TicketID)
		}
	}
	t.Fatalf("%q was not received", words)
	return in, 0
}

// says lets a citizen write and the bot answer in the same call.
func (r *robot) says(t testing.TB, c *inboxtest.Citizen, words string) (answer string, ticket inbox.TicketID) {
	t.Helper()
	in, ticket := r.asks(t, c, words)
	answer, err := r.Respond(t.Context(), c.Account, in, true)
	must(t, err)
	return answer, ticket
}

// runTasks runs the bot's waiting tasks, and tells how many there were.
func (r *robot) runTasks(t testing.TB) (n int) {
	t.Helper()
	for _, task := range r.Tasks(t) {
		if task.Kind == inbox.TaskBotAnswer {
			must(t, r.Run(t.Context(), task))
			n++
		}
	}
	return n
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
