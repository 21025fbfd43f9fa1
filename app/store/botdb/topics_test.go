package botdb_test

import (
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/botdb"
	"replydesk/app/store/storetest"
	"replydesk/bot"
	"replydesk/faq"
	"replydesk/inbox/desk"
)

// What is asked most is the plain count of what was answered from the library
// and of what was not, on the accounts a person sees.
func TestTopicsAreTheCountOfTheirRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		z := zone(t, "Asia/Shanghai")
		from, to := time.Date(2026, 10, 1, 0, 0, 0, 0, z), time.Date(2026, 12, 1, 0, 0, 0, 0, z)
		h := imagine(t, db, 11, 700, from, to)
		gaps := h.gaps(t, 120, from, to)
		r := &bot.Reports{Store: botdb.New(db), Zone: z, Now: func() time.Time { return to }}
		for name, actor := range map[string]desk.Actor{
			"all": {Role: desk.Supervisor, AllAccounts: true}, "two": {Role: desk.Supervisor, AccountIDs: []int64{1, 3}}, "none": {Role: desk.Supervisor},
		} {
			got, err := r.Topics(t.Context(), actor, bot.Span{From: "2026-11-01", To: "2026-11-30"}, 0)
			must(t, err)
			now := h.topics(actor, gaps, time.Date(2026, 11, 1, 0, 0, 0, 0, z), to)
			before := h.topics(actor, gaps, from, time.Date(2026, 11, 1, 0, 0, 0, 0, z))
			if got.Earlier.From != "2026-10-01" || got.Earlier.To != "2026-10-31" || got.All != sumOf(now) || got.Before != sumOf(before) {
				t.Errorf("%s: %d and %d in %+v, want %d and %d", name, got.All, got.Before, got.Earlier, sumOf(now), sumOf(before))
			}
			if len(got.Items) != len(now) {
				t.Errorf("%s: %d topics, want %d", name, len(got.Items), len(now))
			}
			last := 1 << 30
			for _, item := range got.Items {
				if item.Now != now[item.TopicKey] || item.Before != before[item.TopicKey] || item.Now > last {
					t.Errorf("%s: %+v is %d and %d, want %d and %d", name, item.TopicKey, item.Now, item.Before, now[item.TopicKey], before[item.TopicKey])
				}
				if (item.GapID == 0) != (item.Title != "") || item.GapID != 0 && item.Example == "" {
					t.Errorf("%s: the words of %+v are %+v", name, item.TopicKey, item.TopicTexts)
				}
				last = item.Now
			}
		}
		if _, err := r.Topics(t.Context(), desk.Actor{Role: desk.Staff, AllAccounts: true}, bot.Span{}, 0); desk.CodeOf(err) != desk.Forbidden {
			t.Errorf("staff get %v", err)
		}
	})
}

// asked is a question that stands in a gap.
type asked struct {
	gap, ticket, entry int64
	counts             bool
	at                 time.Time
}

// gaps makes three groups of questions: an open one, one that an entry closed and
// one that nobody wants.
func (h *history) gaps(t *testing.T, n int, from, to time.Time) (out []asked) {
	t.Helper()
	must(t, h.db.Atomic(t.Context(), func(tx *store.Tx) error {
		for i, state := range []string{"open", "closed", "ignored"} {
			h.exec(tx, `INSERT INTO gaps (question, state, entry_id, first_at, last_at) VALUES ('问', $1, $2, 1, 1)`, state, map[int]int64{1: 2}[i])
		}
		for i := range n {
			a := asked{gap: int64(h.r.IntN(3) + 1), ticket: int64(h.r.IntN(tickets) + 1), at: from.Add(time.Duration(i) * to.Sub(from) / time.Duration(n))}
			source := pick(h.r, "unanswered", "passed_over", "edited", "unhelpful")
			a.counts = a.gap != 3 && (source == "unanswered" || source == "passed_over")
			if a.gap == 2 {
				a.entry = 2
			}
			h.exec(tx, `INSERT INTO gap_questions (gap_id, question, source, ticket_id, message_id, at) VALUES ($1, '问什么', $2, $3, $4, $5)`,
				a.gap, source, a.ticket, i+1, store.Millis(a.at))
			out = append(out, a)
		}
		return nil
	}))
	return out
}

func (h *history) topics(actor desk.Actor, gaps []asked, from, to time.Time) map[bot.TopicKey]int {
	out := map[bot.TopicKey]int{}
	in := func(account int64, at time.Time) bool {
		return actor.SeesAccount(account) && !at.Before(from) && at.Before(to)
	}
	for _, s := range h.sent {
		if s.entry != 0 && s.state == "sent" && in(s.account, s.at) {
			out[bot.TopicKey{EntryID: s.entry}]++
		}
	}
	for _, s := range h.said {
		if s.action == "click" && s.reply == 0 && in(s.account, s.at) {
			out[bot.TopicKey{EntryID: s.entry}]++
		}
	}
	for _, a := range gaps {
		if !a.counts || !in((a.ticket-1)%3+1, a.at) {
			continue
		}
		key := bot.TopicKey{EntryID: faq.EntryID(a.entry), GapID: a.gap}
		if a.entry != 0 {
			key.GapID = 0
		}
		out[key]++
	}
	return out
}

func sumOf(counts map[bot.TopicKey]int) (sum int) {
	for _, n := range counts {
		sum += n
	}
	return sum
}
