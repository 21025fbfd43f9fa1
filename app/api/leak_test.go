package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/delivery"
	"replydesk/inbox/desk"
)

// These tests try to get words out that nobody has approved: a model's, and a
// person's that wait for review. Whatever was tried, all work that could be
// waiting is then run as after a crash, and what left the platform must be the
// exact text that a person who may approve it has approved. The ways are made
// from the API's own document, so a new way is tried as soon as it is there.

// leaks counts what was tried.
type leaks struct {
	*testDesk
	t        *testing.T
	attempts int
	controls int
	citizens int
	policy   string
	model    *writer
}

// target is one ticket with one text that somebody wants out.
type target struct {
	ticket, reply, draft string
	text                 string
}

// world is a state a text can be in that it must not leave from unapproved.
type world struct {
	name string
	make func(l *leaks) target
}

var worlds = []world{
	{"waiting", (*leaks).drafted},
	{"outdated", func(l *leaks) target {
		at := l.drafted()
		l.says(l.t, 1, l.citizen(), "我是未成年人")
		return at
	}},
	{"rejected", func(l *leaks) target { return l.after("reject", body{"reason": "不准确"}) }},
	{"cancelled", func(l *leaks) target { return l.after("cancel", nil) }},
	{"ungrounded", func(l *leaks) target {
		at := l.drafted()
		l.shelve(l.t, 3)
		return at
	}},
	{"policy", func(l *leaks) target {
		at := l.drafted()
		l.watch(true)
		return at
	}},
	{"stopped", func(l *leaks) target {
		at := l.drafted()
		l.must("limin", "/drafts/"+at.draft+"/stop", nil)
		return at
	}},
	{"replaced", func(l *leaks) target {
		at := l.drafted()
		l.must("limin", "/tickets/"+at.ticket+"/drafts", nil)
		return at
	}},
	{"closed", func(l *leaks) target {
		at := l.drafted()
		l.must("limin", "/tickets/"+at.ticket+"/close", body{"reason": "无需答复"})
		return at
	}},
	{"unknown", func(l *leaks) target { return l.tried(channel.NotKnown) }},
	{"elsewhere", (*leaks).elsewhere},
	{"elsewhere, rejected", func(l *leaks) target {
		at := l.elsewhere()
		l.must("limin", "/replies/"+at.reply+"/reject", body{"reason": "不准确"})
		return at
	}},
	{"submitted", func(l *leaks) target {
		at := target{ticket: l.says(l.t, 1, l.newCitizen(), "居住证怎么办理"), text: "待审的人写的话"}
		at.reply = l.must("limin", "/tickets/"+at.ticket+"/replies", body{"text": at.text, "review": true, "seen_event": l.head(l.t)}).text(l.t, "id")
		return at
	}},
}

func (l *leaks) citizen() string { return fmt.Sprintf("o-leak-%d", l.citizens) }

func (l *leaks) newCitizen() string {
	l.citizens++
	return l.citizen()
}

// must makes a call that has to succeed.
func (l *leaks) must(as, path string, in any) response {
	l.t.Helper()
	r := l.post(l.t, as, "/api/v1"+path, in)
	if r.status >= 300 {
		l.t.Fatalf("%s: %d %s", path, r.status, r.body)
	}
	return r
}

// watch turns the policy on by which others approve what a model wrote.
func (l *leaks) watch(on bool) {
	l.t.Helper()
	if r := l.do(l.t, "admin", http.MethodPatch, "/api/v1/approvals/policies/"+l.policy, body{"enabled": on}); r.status != http.StatusOK {
		l.t.Fatalf("policy: %d %s", r.status, r.body)
	}
}

func (l *leaks) drafted() target {
	l.t.Helper()
	l.shelve(l.t, 2)
	l.watch(false)
	at := target{ticket: l.says(l.t, 1, l.newCitizen(), "居住证怎么办理")}
	r := l.must("limin", "/tickets/"+at.ticket+"/drafts", nil)
	at.draft, at.reply, at.text = r.text(l.t, "id"), r.text(l.t, "reply.id"), r.text(l.t, "text")
	return at
}

// elsewhere is a draft of one ticket, as long as drafts are, that somebody wants out
// in another.
func (l *leaks) elsewhere() target {
	l.t.Helper()
	short := l.model.text
	l.model.text = "您可以带好本人的身份证和居住地址证明材料就近到派出所办理[1]"
	at := l.drafted()
	l.model.text = short
	at.ticket = l.says(l.t, 1, l.newCitizen(), "居住证去哪里办理")
	return at
}

func (l *leaks) after(what string, in any) target {
	at := l.drafted()
	l.must("limin", "/replies/"+at.reply+"/"+what, in)
	return at
}

// tried is a draft that was approved and whose delivery ended so.
func (l *leaks) tried(o channel.Outcome) target {
	at := l.after("approve", nil)
	l.platform.next = o
	l.crash(at)
	l.platform.next = ""
	l.platform.take()
	return at
}

// crash runs, on a desk that has just started, every task that may be left of
// a ticket: the delivery of each of its replies, queued or not, and the bot's
// answer to each message. It returns what left.
func (l *leaks) crash(at target) []channel.Outbound {
	l.t.Helper()
	sender := delivery.NewSender(l.inbox, l.channels)
	for kind, table := range map[string]string{inbox.TaskSendReply: "replies", inbox.TaskBotAnswer: "messages"} {
		rows, err := l.db.Query(l.t.Context(), `SELECT CAST(id AS TEXT) FROM `+table+` WHERE ticket_id = $1 ORDER BY id`, rowID(l.t, at.ticket))
		must(l.t, err)
		var keys []string
		for rows.Next() {
			var key string
			must(l.t, rows.Scan(&key))
			keys = append(keys, key)
		}
		must(l.t, rows.Err())
		for _, key := range keys {
			task := desk.Task{Kind: kind, Key: key}
			if kind == inbox.TaskSendReply {
				err = sender.Run(l.t.Context(), task)
			} else {
				err = l.robot.Run(l.t.Context(), task)
			}
			must(l.t, err)
		}
	}
	return l.platform.take()
}

func rowID(t testing.TB, id string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	must(t, err)
	return n
}

// visitors may do nothing here: a liaison, staff of another account, nobody, a
// browser page of another site, and their tokens.
var visitors = []string{"liaison", "narrow", "", "limin without the header", "liaison's token", "narrow's token"}

// ask makes a request as one of the people or visitors.
func (l *leaks) ask(as string, w way, tokens map[string]string) response {
	var in any
	if w.in != nil {
		in = w.in
	}
	path := w.path
	if name, ok := strings.CutSuffix(as, "'s token"); ok {
		return l.do(l.t, "", w.method, path, in, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+tokens[name]) })
	}
	if name, ok := strings.CutSuffix(as, " without the header"); ok {
		return l.do(l.t, name, w.method, path, in, func(r *http.Request) { r.Header.Del("X-Desk-CSRF") })
	}
	return l.do(l.t, as, w.method, path, in)
}

// try makes one attempt, or a control when a person approves by it, and holds
// what left against what may.
func (l *leaks) try(world string, at target, w way, as string, tokens map[string]string) {
	l.t.Helper()
	want := approved(world, at, w, as, l.head(l.t))
	r := l.ask(as, w, tokens)
	if r.status >= 500 {
		l.t.Errorf("%s, %q by %q: %d %s", world, w.name, as, r.status, r.body)
	}
	left := l.crash(at)
	if want == "" {
		l.attempts++
		if len(left) != 0 {
			l.t.Errorf("%s: %s %v by %q let out %+v (answer %d %s)", world, w.path, w.in, as, left, r.status, r.body)
		}
		return
	}
	l.controls++
	if r.status >= 300 || len(left) != 1 || left[0].Text != want || left[0].AIMade != (at.draft != "" && w.in["draft_id"] != nil || w.name != "addReply" && at.draft != "" || at.copies(w)) {
		l.t.Errorf("%s: %s %v by %q must let %q out: %d %s, left %+v", world, w.path, w.in, as, want, r.status, r.body, left)
	}
}

// visit makes one attempt for each of the visitors.
func (l *leaks) visit(world string, at target, w way, tokens map[string]string) {
	l.t.Helper()
	for _, as := range visitors {
		l.attempts++
		if r := l.ask(as, w, tokens); r.status < 400 {
			l.t.Errorf("%s: %s %v by %q is answered %d %s", world, w.path, w.in, as, r.status, r.body)
		}
	}
	if left := l.crash(at); len(left) != 0 {
		l.t.Errorf("%s: %s %v by a visitor let out %+v", world, w.path, w.in, left)
	}
}

func TestNothingLeavesUnapproved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d, w := newDraftDeskOn(t, db)
		l := &leaks{testDesk: d, t: t, model: w}
		l.policy = l.must("admin", "/approvals/policies", body{"name": "模型草稿须审核", "enabled": false, "rule": body{"origin": "llm", "steps": 1}}).text(t, "id")
		tokens := map[string]string{}
		for _, name := range []string{"liaison", "narrow"} {
			tokens[name] = l.must(name, "/tokens", body{"name": "t"}).text(t, "token")
		}
		l.drafted() // draft 1 is another ticket's
		people := []string{"limin", "chief", "admin"}
		step, n := 3, 0 // each way is tried in every third world
		if db.Engine() == store.Postgres {
			step = 6 // the rules are the same: what differs is how rows are held
		}
		for k, world := range worlds {
			at := world.make(l)
			ways := len(l.waysTo(at))
			for i := k % step; i < ways; i += step {
				l.visit(world.name, at, l.waysTo(at)[i], tokens)
			}
			for i := k % step; i < ways; i += step { // each person's try begins anew
				at := world.make(l)
				l.try(world.name, at, l.waysTo(at)[i], people[n%len(people)], tokens)
				n++
			}
			for i, w := range l.waysTo(at) {
				if !strings.HasSuffix(w.path, "/approve") {
					continue
				}
				for _, as := range people { // the controls, wherever the sample falls
					at := world.make(l)
					l.try(world.name, at, l.waysTo(at)[i], as, tokens)
				}
			}
		}
		l.races()
		l.rows()
		t.Logf("%d attempts, %d controls", l.attempts, l.controls)
		if l.attempts < 200 || l.controls < 3 {
			t.Errorf("%d attempts and %d controls: the test tries too little", l.attempts, l.controls)
		}
	})
}

// races: of two that decide at once one does; what left is what a person
// approved who had read everything.
func (l *leaks) races() {
	t := l.t
	for name, rival := range map[string]func(at target) (status int){
		"approve twice": func(at target) int {
			return l.post(t, "chief", "/api/v1/replies/"+at.reply+"/approve", body{"text": "别人改的"}).status
		},
		"reject": func(at target) int {
			return l.post(t, "chief", "/api/v1/replies/"+at.reply+"/reject", body{"reason": "不"}).status
		},
		"cancel": func(at target) int { return l.post(t, "chief", "/api/v1/replies/"+at.reply+"/cancel", nil).status },
		"close": func(at target) int {
			return l.post(t, "chief", "/api/v1/tickets/"+at.ticket+"/close", body{"reason": "完"}).status
		},
		"stop":               func(at target) int { return l.post(t, "limin", "/api/v1/drafts/"+at.draft+"/stop", nil).status },
		"write another":      func(at target) int { return l.post(t, "limin", "/api/v1/tickets/"+at.ticket+"/drafts", nil).status },
		"the citizen writes": func(target) int { l.says(t, 1, l.citizen(), "还有一件事"); return 0 },
		"somebody answers too": func(at target) int {
			return l.post(t, "chief", "/api/v1/tickets/"+at.ticket+"/replies", body{"text": "人写的", "seen_event": l.head(t)}).status
		},
	} {
		for range 6 {
			l.race(name, rival)
		}
	}
}

func (l *leaks) race(name string, rival func(at target) int) {
	l.t.Helper()
	l.attempts++
	at := l.drafted()
	before := int64(l.head(l.t))
	var wg sync.WaitGroup
	var mine, other int
	wg.Go(func() { other = rival(at) })
	wg.Go(func() { mine = l.post(l.t, "limin", "/api/v1/replies/"+at.reply+"/approve", nil).status })
	wg.Wait()
	left := l.crash(at)
	allowed := map[string]bool{}
	if mine == http.StatusOK {
		allowed[at.text] = true
	}
	if other == http.StatusOK && name == "approve twice" {
		allowed["别人改的"] = true
	}
	if other == http.StatusCreated && name == "somebody answers too" {
		allowed["人写的"] = true
	}
	for _, out := range left {
		if !allowed[out.Text] {
			l.t.Errorf("%s: %q left, approved were %v", name, out.Text, slices.Collect(maps.Keys(allowed)))
		}
		delete(allowed, out.Text)
	}
	model := slices.DeleteFunc(left, func(o channel.Outbound) bool { return !o.AIMade })
	if len(model) > 1 {
		l.t.Errorf("%s: both texts left", name)
	}
	// Whoever approved had read all that was there.
	events, err := l.db.EventsAfter(l.t.Context(), before, 100)
	must(l.t, err)
	wrote := false
	for _, e := range events {
		switch e.Name {
		case inbox.MessageReceived, inbox.ReplyWasRejected, inbox.TicketClosed:
			wrote = true
		case inbox.ReplyWasApproved:
			if wrote {
				l.t.Errorf("%s: approved after it had gone out of date", name)
			}
		}
	}
}

// rows: what is written past the rules, by hand or by a program of the future,
// the database refuses, and what waits in the queue for a text nobody approved
// sends nothing.
func (l *leaks) rows() {
	t := l.t
	for _, state := range []inbox.ReplyState{inbox.ReplyApproved, inbox.ReplySending, inbox.ReplySent, inbox.ReplyFailed, inbox.ReplyUnknown} {
		for _, world := range worlds[:4] {
			at := world.make(l)
			l.attempts++
			err := l.sql(`UPDATE replies SET state = $2, reviewer_id = 0 WHERE id = $1`, rowID(t, at.reply), string(state))
			if err == nil {
				t.Errorf("a model's %s reply became %s without a reviewer", world.name, state)
			}
			l.attempts++
			err = l.sql(`INSERT INTO replies (ticket_id, text, state, origin, author_id, draft_id, answers_until, created_at, updated_at)
				SELECT ticket_id, text, $2, origin, 3, draft_id, answers_until, 1, 1 FROM replies WHERE id = $1`, rowID(t, at.reply), string(state))
			if err == nil {
				t.Errorf("a model's reply was added as %s without a reviewer", state)
			}
			must(t, l.sql(`INSERT INTO jobs (kind, key, run_at, created_at, updated_at) VALUES ($1, $2, 0, 0, 0) ON CONFLICT DO NOTHING`, inbox.TaskSendReply, at.reply))
			if left := l.crash(at); len(left) != 0 {
				t.Errorf("%s: a task without an approval let out %+v", world.name, left)
			}
		}
	}
	// The desk dies after the platform was called: what may have arrived does
	// not leave again by itself.
	at := l.after("approve", nil)
	_, ok, err := l.inbox.BeginDelivery(t.Context(), inbox.ReplyID(rowID(t, at.reply)))
	must(t, err)
	l.attempts++
	if left := l.crash(at); !ok || len(left) != 0 {
		t.Errorf("after a crash in the middle of a delivery %+v left", left)
	}
	l.clock.pass(time.Minute)
	if left := l.crash(at); len(left) != 0 {
		t.Errorf("a minute later %+v left", left)
	}
}

func (l *leaks) sql(query string, args ...any) error {
	return l.db.Atomic(l.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(l.t.Context(), query, args...)
		return err
	})
}
