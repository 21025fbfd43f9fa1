package botdb_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/botdb"
	"replydesk/app/store/storetest"
	"replydesk/bot"
	"replydesk/faq"
	"replydesk/inbox/desk"
)

// said is a row of bot_answers, sent one of replies.
type (
	said struct {
		id, account, ticket, reply int64
		action, reason             string
		entry                      faq.EntryID
		vote                       int
		at                         time.Time
	}
	sent struct {
		id, ticket, account int64
		state, origin       string
		entry               faq.EntryID
		edited              bool
		at                  time.Time
	}
)

// history is what a desk with three accounts decided and sent, made up at random.
type history struct {
	t    *testing.T
	db   *store.DB
	r    *rand.Rand
	said []said
	sent []sent
}

const (
	tickets = 25
	entries = 6
)

func pick[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

// imagine fills db with n decisions between two times, and what people sent.
func imagine(t *testing.T, db *store.DB, seed uint64, n int, from, to time.Time) *history {
	t.Helper()
	h := &history{t: t, db: db, r: rand.New(rand.NewPCG(seed, 1))}
	must(t, db.Atomic(t.Context(), func(tx *store.Tx) error {
		for i := range 3 {
			h.exec(tx, `INSERT INTO accounts (platform, name, settings, created_at, updated_at) VALUES ('test', $1, $2, 1, 1)`, fmt.Sprintf("账号%d", i+1), []byte("{}"))
		}
		for i := range tickets {
			h.exec(tx, `INSERT INTO contacts (account_id, external_id, created_at) VALUES ($1, $2, 1)`, i%3+1, fmt.Sprintf("o-%d", i))
			h.exec(tx, `INSERT INTO tickets (number, account_id, contact_id, kind, state, active, due_at, last_message_at, created_at, updated_at)
				VALUES ($1, $2, $3, 'comment', 'open', 2, 1, 1, 1, 1)`, fmt.Sprintf("T%d", i), i%3+1, i+1)
		}
		for i := range entries {
			h.exec(tx, `INSERT INTO entries (code, question, answer, state, revision, created_at, updated_at) VALUES ($1, $1, '', 'published', 1, 1, 1)`, fmt.Sprintf("问题%d", i+1))
		}
		for i := range n {
			at := from.Add(time.Duration(i) * to.Sub(from) / time.Duration(n)).Truncate(time.Millisecond)
			if h.r.IntN(4) == 0 {
				h.staff(tx, at)
			} else {
				h.decides(tx, i, at)
			}
		}
		return nil
	}))
	return h
}

func (h *history) exec(tx *store.Tx, query string, args ...any) {
	h.t.Helper()
	if _, err := tx.Exec(h.t.Context(), query, args...); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) staff(tx *store.Tx, at time.Time) {
	h.reply(tx, sent{
		ticket: int64(h.r.IntN(tickets) + 1), state: pick(h.r, "sent", "sent", "failed", "in_review"), origin: pick(h.r, "staff", "faq", "department"),
		entry: faq.EntryID(h.r.IntN(entries + 1)), edited: h.r.IntN(2) == 0, at: at,
	})
}

func (h *history) reply(tx *store.Tx, s sent) int64 {
	s.account = (s.ticket-1)%3 + 1
	id, err := tx.Insert(h.t.Context(), `INSERT INTO replies (ticket_id, text, state, origin, author_id, entry_id, entry_edited, answers_until, created_at, updated_at, sent_at)
		VALUES ($1, '', $2, $3, 0, $4, $5, 1, 1, 1, $6)`, s.ticket, s.state, s.origin, int64(s.entry), store.Bool(s.edited), store.Millis(s.at))
	if err != nil {
		h.t.Fatal(err)
	}
	s.id = id
	h.sent = append(h.sent, s)
	return id
}

func (h *history) decides(tx *store.Tx, n int, at time.Time) {
	s := said{
		ticket: int64(h.r.IntN(tickets) + 1), at: at,
		action: pick(h.r, "answer", "answer", "answer", "choice", "click", "menu", "hand_over", "silent", "vote", "greeting"),
		reason: pick(h.r, "below_threshold", "sensitive", "person_works", "urgent", "thanks", "small_talk"),
	}
	s.account = (s.ticket-1)%3 + 1
	answers := slices.Contains([]string{"answer", "choice", "click"}, s.action)
	if answers || s.action == "vote" {
		s.entry = faq.EntryID(h.r.IntN(entries) + 1)
	}
	if answers {
		s.vote = pick(h.r, 0, 0, 1, -1)
	}
	if s.action != "silent" && (s.action != "click" || h.r.IntN(2) == 0) {
		reply := sent{ticket: s.ticket, state: pick(h.r, "sent", "sent", "sent", "approved", "failed", "cancelled"), origin: "bot", at: at}
		if answers {
			reply.entry = s.entry
		}
		s.reply = h.reply(tx, reply)
	}
	id, err := tx.Insert(h.t.Context(), `INSERT INTO bot_answers (account_id, external_id, contact_id, ticket_id, question, action, reason, entry_id, reply_id, vote, created_at)
		VALUES ($1, $2, 1, $3, '', $4, $5, $6, $7, $8, $9)`,
		s.account, fmt.Sprintf("m-%d", n), s.ticket, s.action, s.reason, int64(s.entry), s.reply, s.vote, store.Millis(at))
	if err != nil {
		h.t.Fatal(err)
	}
	s.id = id
	h.said = append(h.said, s)
}

// fate is what became of an answer, told the slow way.
func (h *history) fate(s said) string {
	switch {
	case s.action != "answer" && s.action != "choice" && s.action != "click":
		return ""
	case s.vote > 0:
		return "helpful"
	case s.vote < 0:
		return "unhelpful"
	case s.reply == 0:
		return "given"
	}
	for _, r := range h.sent {
		if r.id == s.reply && r.state != "sent" && r.state != "approved" {
			return "undelivered"
		}
	}
	for _, r := range h.sent { // in the order of their ids
		if r.ticket == s.ticket && r.id > s.reply && r.state == "sent" {
			if r.origin != "bot" {
				return "corrected"
			}
			if r.entry != 0 {
				return "given"
			}
		}
	}
	return "given"
}

// idle reports whether nothing was asked and nothing said.
func (s said) idle() bool {
	return s.action == "silent" && (s.reason == "thanks" || s.reason == "small_talk")
}

// count is what one decision adds to the counts.
func (h *history) count(s said) bot.Counts {
	if s.idle() {
		return bot.Counts{}
	}
	one := func(yes bool) int { return int(store.Bool(yes)) }
	fate := h.fate(s)
	got := fate != "" && fate != "undelivered"
	return bot.Counts{
		Asked: one(s.action != "vote" && s.action != "greeting" && s.action != "choice"), Answered: one(got),
		Sure: one(got && s.action == "answer"), Chosen: one(got && s.action == "choice"), Clicked: one(got && s.action == "click"),
		Undelivered: one(fate == "undelivered"), Menus: one(s.action == "menu"), HandedOver: one(s.action == "hand_over"),
		Silent: one(s.action == "silent"), Helpful: one(fate == "helpful"), Unhelpful: one(fate == "unhelpful"), Corrected: one(fate == "corrected"),
	}
}

// chosen are the decisions of some accounts between two days.
func (h *history) chosen(span bot.Span, zone *time.Location, accounts []int64) (out []said) {
	for _, s := range h.said {
		day := faq.Day(s.at.In(zone).Format(time.DateOnly))
		if day >= span.From && day <= span.To && slices.Contains(accounts, s.account) {
			out = append(out, s)
		}
	}
	return out
}

// expected is the report's sums by a plain count.
func (h *history) expected(span bot.Span, zone *time.Location, accounts []int64) (days map[faq.Day]bot.Counts, byAccount map[int64]bot.Counts, total bot.Counts, reasons map[string]int, wrong map[faq.EntryID]int) {
	days, byAccount, reasons, wrong = map[faq.Day]bot.Counts{}, map[int64]bot.Counts{}, map[string]int{}, map[faq.EntryID]int{}
	for _, s := range h.chosen(span, zone, accounts) {
		c := h.count(s)
		day := faq.Day(s.at.In(zone).Format(time.DateOnly))
		d, a := days[day], byAccount[s.account]
		d.Add(c)
		a.Add(c)
		total.Add(c)
		days[day], byAccount[s.account] = d, a
		if (s.action == "hand_over" || s.action == "silent") && !s.idle() {
			reasons[s.action+" "+s.reason]++
		}
		if n := c.Unhelpful + c.Corrected; n > 0 {
			wrong[s.entry] += n
		}
	}
	return days, byAccount, total, reasons, wrong
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	must(t, err)
	return z
}

// What a report says is what a plain count of the rows says, in every zone and
// for every choice of accounts.
func TestReportIsTheCountOfItsRows(t *testing.T) {
	from, to := time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := imagine(t, db, 7, 1500, from, to)
		actors := map[string]desk.Actor{
			"all":  {Role: desk.Supervisor, AllAccounts: true},
			"two":  {Role: desk.Supervisor, AccountIDs: []int64{1, 3}},
			"none": {Role: desk.Supervisor},
		}
		for _, name := range []string{"Asia/Shanghai", "America/New_York", "Asia/Kolkata"} { // the second changes its clocks on 1 November
			z := zone(t, name)
			reports := &bot.Reports{Store: botdb.New(db), Zone: z, Now: func() time.Time { return to }}
			for who, actor := range actors {
				for _, span := range []bot.Span{{From: "2026-10-25", To: "2026-11-05"}, {From: "2026-11-01", To: "2026-11-01"}, {}} {
					for _, account := range []int64{0, 2, 3} {
						got, err := reports.Report(t.Context(), actor, span, account)
						must(t, err)
						var seen []int64
						for id := int64(1); id <= 3; id++ {
							if actor.SeesAccount(id) && (account == 0 || account == id) {
								seen = append(seen, id)
							}
						}
						at := fmt.Sprintf("%s, %s, %v, account %d", name, who, span, account)
						h.compare(at, got, z, seen)
					}
				}
			}
		}
	})
}

func (h *history) compare(at string, got bot.Report, z *time.Location, accounts []int64) {
	t := h.t
	t.Helper()
	days, byAccount, total, reasons, wrong := h.expected(got.Span, z, accounts)
	if got.Total != total {
		t.Errorf("%s: total %+v, want %+v", at, got.Total, total)
	}
	if got.Total.Right() < 0 || got.Total.Answered != got.Total.Sure+got.Total.Chosen+got.Total.Clicked {
		t.Errorf("%s: %+v does not add up", at, got.Total)
	}
	var last faq.Day
	for _, d := range got.Days {
		if d.Day <= last {
			t.Errorf("%s: %s follows %s", at, d.Day, last)
		}
		if last = d.Day; d.Counts != days[d.Day] {
			t.Errorf("%s: %s %+v, want %+v", at, d.Day, d.Counts, days[d.Day])
		}
		delete(days, d.Day)
	}
	if len(days) > 0 || got.Days[0].Day != got.From || last != got.To {
		t.Errorf("%s: days %s to %s without %v", at, got.Days[0].Day, last, days)
	}
	for _, a := range got.Accounts {
		if a.Counts != byAccount[a.AccountID] || a.Account != fmt.Sprintf("账号%d", a.AccountID) {
			t.Errorf("%s: account %d %q %+v, want %+v", at, a.AccountID, a.Account, a.Counts, byAccount[a.AccountID])
		}
		delete(byAccount, a.AccountID)
	}
	if len(byAccount) > 0 {
		t.Errorf("%s: without accounts %v", at, byAccount)
	}
	gotReasons := map[string]int{}
	for _, r := range got.Reasons {
		gotReasons[string(r.Action)+" "+string(r.Reason)] = r.Count
	}
	if !reflect.DeepEqual(gotReasons, reasons) {
		t.Errorf("%s: reasons %v, want %v", at, gotReasons, reasons)
	}
	for _, e := range got.Wrong {
		if e.Unhelpful+e.Corrected != wrong[e.EntryID] || e.Question != fmt.Sprintf("问题%d", e.EntryID) {
			t.Errorf("%s: entry %d %+v, want %d wrong", at, e.EntryID, e, wrong[e.EntryID])
		}
		delete(wrong, e.EntryID)
	}
	if len(wrong) > 0 {
		t.Errorf("%s: without entries %v", at, wrong)
	}
}

// The same of the uses of entries.
func TestUsesAreTheCountOfTheirRows(t *testing.T) {
	from, to := time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := imagine(t, db, 11, 1500, from, to)
		z := zone(t, "Asia/Shanghai")
		reports := &bot.Reports{Store: botdb.New(db), Zone: z, Now: func() time.Time { return to }}
		ids := []faq.EntryID{3, 1, 99, 2, 6}
		for _, actor := range []desk.Actor{{Role: desk.Staff, AllAccounts: true}, {Role: desk.Staff, AccountIDs: []int64{2}}, {Role: desk.Staff}} {
			span, got, err := reports.EntryUses(t.Context(), actor, bot.Span{From: "2026-10-25", To: "2026-11-05"}, ids)
			must(t, err)
			h.sameUses(actor, got, ids, func(at time.Time) bool {
				day := faq.Day(at.In(z).Format(time.DateOnly))
				return day >= span.From && day <= span.To
			})
			got, err = reports.EntryTotals(t.Context(), actor, ids)
			must(t, err)
			h.sameUses(actor, got, ids, func(time.Time) bool { return true })
		}
	})
}

func (h *history) sameUses(actor desk.Actor, got []bot.Uses, ids []faq.EntryID, in func(time.Time) bool) {
	t := h.t
	t.Helper()
	for i, id := range ids {
		want := bot.Uses{EntryID: id}
		use := func(n *int, at time.Time) {
			if *n++; at.After(want.LastUsed) {
				want.LastUsed = at
			}
		}
		for _, r := range h.sent {
			switch {
			case r.entry != id || r.state != "sent" || !in(r.at) || !actor.SeesAccount(r.account):
			case r.origin == "bot":
				use(&want.Bot, r.at)
			case r.edited:
				use(&want.Edited, r.at)
			default:
				use(&want.AsIs, r.at)
			}
		}
		for _, s := range h.said {
			if s.entry != id || s.action == "vote" || !in(s.at) || !actor.SeesAccount(s.account) {
				continue
			}
			if s.reply == 0 {
				use(&want.Bot, s.at)
			}
			want.Helpful += max(s.vote, 0)
			want.Unhelpful += max(-s.vote, 0)
		}
		if !got[i].LastUsed.Equal(want.LastUsed) {
			t.Errorf("accounts %v, entry %d was last used at %s, want %s", actor.AccountIDs, id, got[i].LastUsed, want.LastUsed)
		}
		got[i].LastUsed = want.LastUsed
		if got[i] != want {
			t.Errorf("accounts %v: %+v, want %+v", actor.AccountIDs, got[i], want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
