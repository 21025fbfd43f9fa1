package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/botdb"
	"replydesk/app/store/faqdb"
	"replydesk/app/store/storetest"
	"replydesk/bot"
	phrases "replydesk/configs/bot"
	"replydesk/faq"
	"replydesk/faq/faqtest"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/delivery"
	"replydesk/inbox/desk"
)

// shelfOfAll is a search that is wrong: it finds the entry whatever its state,
// as an index would that has missed every change.
type shelfOfAll struct {
	db    *store.DB
	mu    sync.Mutex
	entry faq.EntryID
}

func (s *shelfOfAll) Search(ctx context.Context, _ string, _ int) ([]faq.Hit, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := faqdb.New(s.db).Entry(ctx, s.entry)
	if err != nil {
		return nil, err
	}
	return []faq.Hit{{Entry: e, Matched: e.Question, Score: 1, Confidence: 1}}, nil
}

// library tries to get an entry's text to citizens that no second person has
// released, or that may not be given.
type library struct {
	*leaks
	shelf *shelfOfAll
	liar  *bot.Service
	count int
}

// shelved is an entry with a text that must not leave.
type shelved struct {
	id     faq.EntryID
	code   string
	secret string
}

// The writers by user id, as the desk's people have them.
var (
	chief = desk.Actor{UserID: 2, Name: "赵督办", Role: desk.Supervisor, AllAccounts: true}
	admin = desk.Actor{UserID: 1, Name: "管理员", Role: desk.Admin, AllAccounts: true}
)

// shelves are the states an entry's text can be in that citizens must not read.
// The chief, who wrote them, may publish, only not these.
var shelves = []struct {
	name     string
	make     func(l *library) shelved
	byWriter bool // the chief may let it out again without another's eyes
}{
	{name: "draft", make: func(l *library) shelved { return l.written(nil) }},
	{name: "in review", make: func(l *library) shelved { return l.submitted(nil) }},
	{name: "rejected", make: func(l *library) shelved {
		e := l.submitted(nil)
		l.did(l.faq.Reject(l.t.Context(), admin, e.id, faq.Seen{}, "再改"))
		return e
	}},
	{name: "scheduled", make: func(l *library) shelved {
		e := l.written(nil)
		tomorrow := l.clock.now().Add(24 * time.Hour)
		l.did(l.faq.Publish(l.t.Context(), admin, e.id, faq.Approval{Seen: l.seen(e), PublishAt: &tomorrow}))
		return e
	}, byWriter: true},
	{name: "changed", make: func(l *library) shelved {
		e := l.published(nil)
		entry := l.did(l.faq.Entry(l.t.Context(), admin, e.id))
		e.secret = fmt.Sprintf("秘密的修改%d", l.count)
		l.did(l.faq.Update(l.t.Context(), chief, e.id, faq.Seen{Revision: entry.Revision}, faq.Edit{Answer: &e.secret}))
		return e
	}},
	{name: "retired", make: func(l *library) shelved {
		e := l.published(nil)
		l.did(l.faq.Retire(l.t.Context(), admin, e.id))
		return e
	}, byWriter: true},
	{name: "expired", make: func(l *library) shelved {
		e := l.published(nil)
		entry, ended := l.did(l.faq.Entry(l.t.Context(), admin, e.id)), faq.DayOf(l.clock.now().Add(-48*time.Hour))
		l.did(l.faq.Update(l.t.Context(), chief, e.id, faq.Seen{Revision: entry.Revision}, faq.Edit{ValidTo: &ended}))
		l.did(l.faq.Publish(l.t.Context(), admin, e.id, faq.Approval{Seen: l.seen(e)}))
		return e
	}},
	{name: "not yet valid", make: func(l *library) shelved {
		return l.published(func(c *faq.Content) { c.ValidFrom = faq.DayOf(l.clock.now().Add(48 * time.Hour)) })
	}},
	{name: "another department's", make: func(l *library) shelved {
		return l.published(func(c *faq.Content) { c.Department = "市社保局" })
	}},
}

func (l *library) did(e faq.Entry, err error) faq.Entry {
	l.t.Helper()
	must(l.t, err)
	return e
}

// written is a draft of the chief's.
func (l *library) written(change func(c *faq.Content)) shelved {
	l.t.Helper()
	l.count++
	e := shelved{code: fmt.Sprintf("LEAK-%d", l.count), secret: fmt.Sprintf("秘密的答复%d", l.count)}
	c := faq.Content{Code: e.code, Question: fmt.Sprintf("第%d个问题怎么办", l.count), Answer: e.secret, Department: "市公安局"}
	if change != nil {
		change(&c)
	}
	e.id = l.did(l.faq.Create(l.t.Context(), chief, c)).ID
	return e
}

func (l *library) submitted(change func(c *faq.Content)) shelved {
	l.t.Helper()
	e := l.written(change)
	l.did(l.faq.Submit(l.t.Context(), chief, e.id, faq.Seen{}, time.Time{}))
	return e
}

// seen is what somebody who opens the entry now reads.
func (l *library) seen(s shelved) (seen faq.Seen) {
	l.t.Helper()
	e, err := l.faq.Entry(l.t.Context(), admin, s.id)
	if err != nil {
		l.t.Fatal(err)
	}
	seen.Revision = e.Revision
	if e.Proposal != nil {
		seen.Version = e.Proposal.Version
	}
	return seen
}

func (l *library) published(change func(c *faq.Content)) shelved {
	l.t.Helper()
	e := l.submitted(change)
	l.did(l.faq.Approve(l.t.Context(), admin, e.id, faq.Approval{Seen: l.seen(e)}))
	return e
}

// given is everything a citizen is told who asks in each way: in the answer to
// the platform's call, by a queued message, by a click on the menu, and, of a
// person, by naming the entry.
func (l *library) given(e shelved) []string {
	l.t.Helper()
	l.shelf.mu.Lock()
	l.shelf.entry = e.id
	l.shelf.mu.Unlock()
	var told []string
	hear := func(in channel.Inbound, passive bool) {
		text, err := l.liar.Respond(l.t.Context(), 1, in, passive)
		must(l.t, err)
		told = append(told, text)
	}
	in, _ := l.asks("这个怎么办")
	hear(in, true)
	click := channel.Inbound{
		ExternalID: rand(), Kind: channel.Private, Type: channel.Notice, Event: "click", ContactID: in.ContactID,
		Data: json.RawMessage(`{"event_key":"` + e.code + `"}`), SentAt: l.clock.now(),
	}
	must(l.t, l.sql(`UPDATE accounts SET bot = $1 WHERE id = 1`, l.settings(e.code)))
	hear(click, true)
	_, queued := l.asks("这个怎么办呢")
	for _, out := range l.run(queued) {
		told = append(told, out.Text)
	}
	return told
}

// settings are those of an account that names the entry, whether it is there or not.
func (l *library) settings(code string) string {
	set := bot.DefaultSettings()
	set.Departments, set.Menu = []string{"市公安局"}, map[string]string{code: code}
	laid, err := json.Marshal(set)
	must(l.t, err)
	return string(laid)
}

// asks lets a new citizen write.
func (l *library) asks(words string) (in channel.Inbound, ticket string) {
	ticket = l.says(l.t, 1, l.newCitizen(), words, func(i *channel.Inbound) { in = *i })
	return in, ticket
}

// run answers a ticket by the tasks that wait for it.
func (l *library) run(ticket string) []channel.Outbound {
	l.t.Helper()
	l.queue(ticket)
	return l.crash(target{ticket: ticket})
}

// queue lets the bot's task decide.
func (l *library) queue(ticket string) {
	l.t.Helper()
	var message string
	must(l.t, l.db.QueryRow(l.t.Context(), `SELECT CAST(max(id) AS TEXT) FROM messages WHERE ticket_id = $1`, rowID(l.t, ticket)).Scan(&message))
	must(l.t, l.liar.Run(l.t.Context(), desk.Task{Kind: inbox.TaskBotAnswer, Key: message}))
}

// waysOut are the API's operations on an entry that write, by its document, and
// those that name it in a body or a file.
func (l *library) waysOut(e shelved) []way {
	l.t.Helper()
	entry := l.did(l.faq.Entry(l.t.Context(), admin, e.id))
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
		} `json:"paths"`
	}
	must(l.t, json.Unmarshal(l.server.OpenAPI(), &document))
	seen := body{"revision": entry.Revision}
	bodies := map[string][]body{
		"updateEntry":   {{"revision": entry.Revision, "category": "别的"}, {"revision": entry.Revision, "valid_to": nil, "valid_from": nil, "department": "市公安局"}},
		"restoreEntry":  {{"restore": 1}, {"restore": entry.Revision}},
		"rejectEntry":   {{"reason": "不"}},
		"publishEntry":  {nil, seen, {"publish_at": "2020-01-01T00:00:00Z"}},
		"approveEntry":  {nil, seen, {"publish_at": "2020-01-01T00:00:00Z"}},
		"submitEntry":   {nil, seen, {"publish_at": "2020-01-01T00:00:00Z"}},
		"retireEntry":   {nil},
		"withdrawEntry": {nil},
	}
	var ways []way
	for _, path := range slices.Sorted(maps.Keys(document.Paths)) {
		if !strings.HasPrefix(path, "/api/v1/faq/entries/{id}") {
			continue
		}
		for _, method := range slices.Sorted(maps.Keys(document.Paths[path])) {
			name := document.Paths[path][method].OperationID
			if method == "get" {
				continue
			}
			in := bodies[name]
			if in == nil {
				in = []body{nil, {}}
			}
			for _, b := range in {
				ways = append(ways, way{name, strings.ToUpper(method), strings.ReplaceAll(path, "{id}", e.id.String()), b})
			}
		}
	}
	for _, action := range []string{"approve", "submit", "set"} {
		ways = append(ways, way{"bulk", http.MethodPost, "/api/v1/faq/entries/bulk", body{
			"action": action, "entries": []body{{"id": e.id.String()}}, "set": body{"department": "市公安局", "valid_to": ""},
		}})
	}
	return ways
}

// imports tries to publish the secret by a file.
func (l *library) imports(as string, e shelved) {
	l.t.Helper()
	file := fmt.Sprintf("code,question,answer,state\n%s,改过的问题,%s,published\n", e.code, e.secret)
	l.attempts++
	l.do(l.t, as, http.MethodPost, "/api/v1/faq/import?publish=true", raw("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"+file+"\r\n--b--\r\n"),
		func(r *http.Request) { r.Header.Set("Content-Type", "multipart/form-data; boundary=b") })
}

// hold checks that nobody is told the secret.
func (l *library) hold(shelf string, e shelved, what string) {
	l.t.Helper()
	for _, text := range l.given(e) {
		if strings.Contains(text, e.secret) {
			l.t.Errorf("%s, after %s: a citizen is told %q", shelf, what, text)
		}
	}
}

func TestNothingUnpublishedLeaves(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDeskOn(t, db)
		l := &library{leaks: &leaks{testDesk: d, t: t}, shelf: &shelfOfAll{db: db}}
		words, err := bot.LoadWords(phrases.Files, faqtest.Lexicon(t).Key)
		must(t, err)
		l.liar = bot.NewService(bot.Deps{Store: botdb.New(db), Inbox: d.inbox, Search: l.shelf, Limits: d.channels, Words: words, Now: d.clock.now})
		must(t, l.sql(`UPDATE accounts SET bot_enabled = 1, bot = $1`, l.settings("none")))
		step := 2 // the next shelf or person tries the others
		if db.Engine() == store.Postgres {
			step = 5
		}
		n := 0
		for _, shelf := range shelves {
			l.hold(shelf.name, shelf.make(l), "nothing")
			for _, as := range []string{"", "liaison", "narrow", "limin", "chief"} {
				if as == "chief" && shelf.byWriter {
					continue
				}
				e := shelf.make(l)
				for round := range 2 { // what one call makes possible the next may use
					for i, w := range l.waysOut(e) {
						if n++; n%step != 0 {
							continue
						}
						l.attempts++
						w.path = strings.ReplaceAll(w.path, "{id}", e.id.String())
						r := l.ask(as, w, nil)
						if r.status >= 500 {
							t.Errorf("%s by %q: %d %s", w.path, as, r.status, r.body)
						}
						if i%6 == 0 || r.status < 300 {
							l.hold(shelf.name, e, fmt.Sprintf("%s %v by %q, round %d (%d)", w.path, w.in, as, round, r.status))
						}
					}
				}
				l.imports(as, e)
				l.hold(shelf.name, e, "an import by "+as)
			}
			l.named(shelf.name, shelf.make(l))
		}
		l.released()
		l.retireRace()
		l.choice()
		t.Logf("%d attempts, %d controls", l.attempts, l.controls)
		if l.attempts < 100 || l.controls < 4 {
			t.Errorf("%d attempts and %d controls: the test tries too little", l.attempts, l.controls)
		}
	})
}

// named: nobody answers in the name of an entry that citizens may not read.
func (l *library) named(shelf string, e shelved) {
	l.t.Helper()
	if shelf == "changed" || shelf == "another department's" {
		return // the entry is current: it has another text, or is for other accounts' bots
	}
	for _, as := range []string{"limin", "chief", "admin"} {
		l.attempts++
		ticket := l.says(l.t, 1, l.newCitizen(), "这个怎么办")
		r := l.post(l.t, as, "/api/v1/tickets/"+ticket+"/replies", body{"text": e.secret, "entry_id": e.id.String(), "seen_event": l.head(l.t)})
		told := func(out channel.Outbound) bool { return strings.Contains(out.Text, e.secret) }
		if left := l.crash(target{ticket: ticket}); r.status != http.StatusUnprocessableEntity || slices.ContainsFunc(left, told) {
			l.t.Errorf("%s: %s answers in its name: %d, left %+v", shelf, as, r.status, left)
		}
	}
}

// released is what shows that the tests above can see a text that leaves.
func (l *library) released() {
	l.t.Helper()
	for _, e := range []shelved{l.written(nil), l.submitted(nil)} {
		l.controls++
		l.must("admin", "/faq/entries/"+e.id.String()+"/publish", body{"revision": l.seen(e).Revision, "proposal_version": l.seen(e).Version})
		told := l.given(e)
		for i, how := range []string{"in the call", "by the menu", "by a message"} {
			if !strings.Contains(told[i], e.secret) {
				l.t.Errorf("a published answer is not given %s: %q", how, told)
			}
		}
	}
}

// retireRace: an answer waits to be sent while its entry is retired.
func (l *library) retireRace() {
	l.t.Helper()
	for round := range 8 {
		e := l.published(nil)
		l.shelf.entry = e.id
		_, ticket := l.asks("这个怎么办")
		l.queue(ticket)
		before := int64(l.head(l.t))
		var reply string
		must(l.t, l.db.QueryRow(l.t.Context(), `SELECT CAST(max(id) AS TEXT) FROM replies WHERE ticket_id = $1`, rowID(l.t, ticket)).Scan(&reply))
		var wg sync.WaitGroup
		retire := func() { l.must("admin", "/faq/entries/"+e.id.String()+"/retire", nil) }
		if round < 2 { // surely before, and surely not at all
			retire()
		} else {
			wg.Go(retire)
		}
		l.attempts++
		wg.Go(func() {
			_ = delivery.NewSender(l.inbox, l.channels).Run(l.t.Context(), desk.Task{Kind: inbox.TaskSendReply, Key: reply})
		})
		wg.Wait()
		left := append(l.platform.take(), l.crash(target{ticket: ticket})...)
		events, err := l.db.EventsAfter(l.t.Context(), before, 100)
		must(l.t, err)
		began, retired := 0, 0
		for i, ev := range events {
			switch ev.Name {
			case inbox.DeliveryStarted:
				began = i + 1
			case faq.EntryChanged: // by retiring
				retired = i + 1
			}
		}
		if len(left) > 1 || len(left) == 1 && (began == 0 || began > retired) || round < 2 && len(left) != 0 {
			l.t.Errorf("round %d: %+v left; it began as event %d, the entry was retired as %d", round, left, began, retired)
		}
	}
	l.controls++
	e := l.published(nil)
	l.shelf.entry = e.id
	_, ticket := l.asks("这个怎么办")
	l.queue(ticket)
	if left := l.crash(target{ticket: ticket}); len(left) != 1 || !strings.Contains(left[0].Text, e.secret) {
		l.t.Errorf("an entry that stays is not given: %+v", left)
	}
}

// choice: the entry of a menu is retired before the citizen chooses.
func (l *library) choice() {
	l.t.Helper()
	for _, retired := range []bool{true, false} {
		e := l.published(nil)
		in, _ := l.asks("嗯")
		var contact int64
		must(l.t, l.db.QueryRow(l.t.Context(), `SELECT id FROM contacts WHERE external_id = $1`, in.ContactID).Scan(&contact))
		must(l.t, l.sql(`INSERT INTO bot_threads (contact_id, menu, menu_until, updated_at) VALUES ($1, $2, $3, 0)`, contact,
			fmt.Sprintf(`[{"entry_id":"%d","revision":1}]`, e.id), store.Millis(l.clock.now().Add(time.Hour))))
		if retired {
			l.did(l.faq.Retire(l.t.Context(), admin, e.id))
			l.attempts++
		} else {
			l.controls++
		}
		l.says(l.t, 1, in.ContactID, "1", func(i *channel.Inbound) { in = *i })
		text, err := l.liar.Respond(l.t.Context(), 1, in, true)
		must(l.t, err)
		if strings.Contains(text, e.secret) == retired {
			l.t.Errorf("chosen, retired %v: %q", retired, text)
		}
	}
}
