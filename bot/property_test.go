package bot_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"replydesk/app/store"
	"replydesk/app/store/faqdb"
	"replydesk/app/store/storetest"
	"replydesk/bot"
	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/inboxtest"
)

// world is a robot whose entries change all the time, also between a search and
// the decision that follows it.
type world struct {
	*robot
	t        *rapid.T
	tt       *testing.T
	entries  []faq.EntryID
	citizens []*inboxtest.Citizen
	asked    []channel.Inbound
	offices  []string
}

var allOffices = []string{"公安局", "教育局"}

// change does something to an entry, or to what the account serves.
func (w *world) change(label string) {
	e := rapid.SampledFrom(w.entries).Draw(w.t, label+" entry")
	set := func(columns string, args ...any) {
		w.sql(w.tt, `UPDATE entries SET revision = revision + 1, `+columns+` WHERE id = $1`, append([]any{int64(e)}, args...)...)
	}
	switch rapid.IntRange(0, 7).Draw(w.t, label) {
	case 0:
		set(`state = 'retired'`)
	case 1:
		set(`state = 'draft'`)
	case 2, 3:
		set(`state = 'published', valid_from = '', valid_to = ''`)
	case 4:
		set(`valid_to = '2026-11-21'`)
	case 5:
		set(`valid_from = '2027-01-01'`)
	case 6:
		set(`answer = answer || '。'`)
	case 7:
		w.offices = rapid.SampledFrom([][]string{nil, {"公安局"}, {"教育局"}, {"没有"}}).Draw(w.t, label+" offices")
		w.set(w.tt, bot.Settings{Departments: w.offices})
	}
}

// valid fails unless the text is, now, the published and current answer of an
// entry the account serves.
func (w *world) valid(what string, entry, revision int64, text string) {
	w.t.Helper()
	e, err := faqdb.New(w.db).Entry(w.tt.Context(), faq.EntryID(entry))
	if err != nil {
		w.t.Fatalf("%s: entry %d: %v", what, entry, err)
	}
	if !e.Current(faq.DayOf(w.Now())) || e.Revision != revision {
		w.t.Fatalf("%s from entry %d at revision %d: it is %s at revision %d, valid %s to %s", what, entry, revision, e.State, e.Revision, e.ValidFrom, e.ValidTo)
	}
	if len(w.offices) > 0 && !slices.Contains(w.offices, e.Department) {
		w.t.Fatalf("%s from an entry of %s, the account serves %v", what, e.Department, w.offices)
	}
	if want := e.Answer; len(text) < len(want) || text[:len(want)] != want {
		w.t.Fatalf("%s says %q, entry %d %q", what, text, entry, want)
	}
}

// newest is the response to a payload.
func (w *world) newest(in channel.Inbound) (r bot.Response) {
	must(w.tt, w.db.QueryRow(w.tt.Context(), `SELECT entry_id, revision, text, passive, action FROM bot_answers WHERE external_id = $1`, in.ExternalID).
		Scan(&r.EntryID, &r.Revision, &r.Text, &r.Passive, &r.Action))
	return r
}

func (w *world) say() {
	c := rapid.SampledFrom(w.citizens).Draw(w.t, "citizen")
	words := rapid.SampledFrom([]string{"问一", "问二", "问三", "菜单", "1", "2", "人工", "不知所云"}).Draw(w.t, "words")
	in, _ := w.asks(w.tt, c, words)
	w.asked = append(w.asked, in)
	switch rapid.IntRange(0, 3).Draw(w.t, "how") {
	case 0: // the inline path was killed before it decided
	case 1: // after it decided
		_, err := w.Respond(w.tt.Context(), w.account, in, true)
		must(w.tt, err)
	default:
		w.respond(in)
	}
}

// respond is a call whose answer reaches the platform.
func (w *world) respond(in channel.Inbound) {
	w.found.after = nil
	if rapid.Bool().Draw(w.t, "the entries change meanwhile") {
		n := 0
		w.found.after = func() {
			if n++; n <= 4 {
				w.change(fmt.Sprintf("meanwhile %d", n))
			}
		}
	}
	text, err := w.Respond(w.tt.Context(), w.account, in, true)
	w.found.after = nil
	must(w.tt, err)
	if text == "" {
		return
	}
	if r := w.newest(in); r.EntryID != 0 && r.Action != bot.Vote {
		w.valid("a passive answer", int64(r.EntryID), r.Revision, text)
	}
}

// deliver begins the delivery of everything queued.
func (w *world) deliver() {
	var ids []int64
	rows, err := w.db.Query(w.tt.Context(), `SELECT id FROM replies WHERE state = 'approved' ORDER BY id`)
	must(w.tt, err)
	for rows.Next() {
		var id int64
		must(w.tt, rows.Scan(&id))
		ids = append(ids, id)
	}
	must(w.tt, rows.Err())
	must(w.tt, rows.Close())
	for _, id := range ids {
		a, ok, err := w.Desk.Service.BeginDelivery(w.tt.Context(), inbox.ReplyID(id))
		must(w.tt, err)
		if !ok {
			continue
		}
		var entry, revision int64
		must(w.tt, w.db.QueryRow(w.tt.Context(), `SELECT entry_id, entry_revision FROM replies WHERE id = $1`, id).Scan(&entry, &revision))
		if entry != 0 {
			w.valid("a delivery", entry, revision, a.Outbound.Text)
		}
		_, err = w.Desk.Service.FinishDelivery(w.tt.Context(), a, channel.Result{Outcome: channel.Sent})
		must(w.tt, err)
	}
}

// TestNeverFromAnInvalidEntry lets citizens write, platforms repeat, tasks run
// and editors edit in any order: what leaves is, when it leaves, the published
// answer of an entry that is valid today and that the account serves.
func TestNeverFromAnInvalidEntry(t *testing.T) {
	fewerChecks(t)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRobot(t, db)
		rapid.Check(t, func(rt *rapid.T) {
			w := &world{robot: r, t: rt, tt: t}
			for i := range 3 {
				w.entries = append(w.entries, r.entry(t, fmt.Sprintf("E%d-%d", i, r.Head(t)*1000+int64(r.count(t, `SELECT count(*) FROM entries`))), allOffices[i%2]))
			}
			w.set(t, bot.Settings{})
			r.finds("问一", scripted{w.entries[0], 0.9}, scripted{w.entries[1], 0.5})
			r.finds("问二", scripted{w.entries[1], 0.9}, scripted{w.entries[2], 0.5})
			r.finds("问三", scripted{w.entries[2], 0.9})
			r.finds("菜单", scripted{w.entries[0], 0.5}, scripted{w.entries[1], 0.4}, scripted{w.entries[2], 0.3})
			w.citizens = []*inboxtest.Citizen{r.NewCitizen(r.account), r.NewCitizen(r.account)}
			rt.Repeat(map[string]func(*rapid.T){
				"say":    func(rt *rapid.T) { w.t = rt; w.say() },
				"say2":   func(rt *rapid.T) { w.t = rt; w.say() },
				"change": func(rt *rapid.T) { w.t = rt; w.change("change") },
				"again": func(rt *rapid.T) {
					w.t = rt
					if len(w.asked) > 0 {
						w.respond(rapid.SampledFrom(w.asked).Draw(rt, "message"))
					}
				},
				"tasks":   func(rt *rapid.T) { w.t = rt; w.runTasks(t); w.finishTasks() },
				"deliver": func(rt *rapid.T) { w.t = rt; w.deliver() },
				"time":    func(*rapid.T) { r.Pass(10 * time.Minute) },
			})
			w.runTasks(t)
			w.finishTasks()
			w.deliver()
			w.once()
		})
		inboxtest.CheckInvariants(t, r.Desk, r.account)
	})
}

// fewerChecks makes rapid run a quarter of its usual checks until t ends.
func fewerChecks(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	must(t, checks.Value.Set("25"))
	t.Cleanup(func() { must(t, checks.Value.Set(before)) })
}

// finishTasks takes the tasks that ran away, as the runner does.
func (w *world) finishTasks() { w.sql(w.tt, `DELETE FROM jobs WHERE kind = 'bot.answer'`) }

// once fails unless every message has one decision, and one text at most.
func (w *world) once() {
	for _, in := range w.asked {
		if n := w.count(w.tt, `SELECT count(*) FROM bot_answers WHERE external_id = $1`, in.ExternalID); n != 1 {
			w.t.Fatalf("%d decisions about %q", n, in.Text)
		}
	}
	if n := w.count(w.tt, `SELECT count(*) FROM replies WHERE origin = 'bot'`) - w.count(w.tt, `SELECT count(*) FROM bot_answers WHERE reply_id <> 0`); n != 0 {
		w.t.Fatalf("%d replies without a decision", n)
	}
}
