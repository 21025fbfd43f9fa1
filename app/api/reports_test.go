package api_test

import (
	"strconv"
	"strings"
	"testing"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// decided stores what the bot once did; voted is the vote on it.
func (d *testDesk) decided(t *testing.T, account int64, ticket, action, reason string, entry int64, vote int) {
	t.Helper()
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		at := store.Millis(d.clock.now())
		reply, err := int64(0), error(nil)
		if ticket != "" {
			reply, err = tx.Insert(t.Context(), `INSERT INTO replies (ticket_id, text, state, origin, author_id, entry_id, entry_revision, answers_until, answers, created_at, updated_at, sent_at)
				VALUES ($1, '答复', 'sent', 'bot', 0, $2, 2, 1, 1, $3, $3, $3)`, number(t, ticket), entry, at)
			must(t, err)
		}
		_, err = tx.Exec(t.Context(), `INSERT INTO bot_answers (account_id, external_id, contact_id, ticket_id, question, action, reason, entry_id, revision, reply_id, vote, created_at)
			VALUES ($1, $2, 1, $3, '问', $4, $5, $6, 2, $7, $8, $9)`, account, rand(), number(t, ticket), action, reason, entry, reply, vote, at)
		return err
	}))
}

func number(t *testing.T, id string) int64 {
	t.Helper()
	if id == "" {
		return 0
	}
	n, err := strconv.ParseInt(id, 10, 64)
	must(t, err)
	return n
}

// fares tells a day of the bot and of an entry on two accounts: on the first an
// answer that a person corrected with the entry's text, one that helped, one
// that did not, a hand-over; on the second a click.
func (d *testDesk) fares(t *testing.T) {
	t.Helper()
	d.entry(t)
	ticket := d.says(t, 1, "o-1", "居住证怎么办")
	d.decided(t, 1, ticket, "answer", "confident", 1, 0)
	for n, words := range []string{"您好，请携带身份证到派出所办理。", "请到服务中心办理"} {
		r := d.post(t, "limin", "/api/v1/tickets/"+ticket+"/replies", body{"text": words, "entry_id": "1", "seen_event": d.head(t)})
		if r.status != 201 {
			t.Fatalf("reply: %d %s", r.status, r.body)
		}
		d.deliver(t, inbox.ReplyID(n+2), channel.Sent)
	}
	ticket = d.says(t, 1, "o-2", "居住证")
	d.decided(t, 1, ticket, "choice", "chosen", 1, 1)
	ticket = d.says(t, 1, "o-3", "居住证")
	d.decided(t, 1, ticket, "answer", "confident", 1, -1)
	d.decided(t, 1, ticket, "hand_over", "below_threshold", 0, 0)
	d.decided(t, 2, "", "click", "menu_item", 1, 0)
}

func TestBotReport(t *testing.T) {
	d := newDesk(t)
	d.fares(t)
	d.run(t, []scenario{
		{name: "all", as: "chief", call: "GET /reports/bot", status: 200, want: map[string]any{
			"from": "2026-10-24", "to": "2026-11-22", "days.#": 30, "days.29.day": "2026-11-22", "days.29.asked": 4.0, "days.28.asked": 0.0,
			"total.asked": 4.0, "total.answered": 4.0, "total.sure": 2.0, "total.chosen": 1.0, "total.clicked": 1.0, "total.handed_over": 1.0,
			"total.helpful": 1.0, "total.unhelpful": 1.0, "total.corrected": 1.0, "total.right": 2.0,
			"accounts.#": 2, "accounts.0.account.name": "城市发布", "accounts.1.account.id": "2", "accounts.1.asked": 1.0,
			"reasons.#": 1, "reasons.0.reason": "below_threshold", "reasons.0.action": "hand_over",
			"entries.0.entry.name": "居住证怎么办理", "entries.0.unhelpful": 1.0, "entries.0.corrected": 1.0, "entries.0.answered": 4.0}},
		{name: "one account", as: "chief", call: "GET /reports/bot?account_id=2", status: 200, want: map[string]any{"total.asked": 1.0, "accounts.#": 1, "reasons.#": 0}},
		{name: "no such account", as: "chief", call: "GET /reports/bot?account_id=9", status: 200, want: map[string]any{"total.asked": 0.0}},
		{name: "other days", as: "chief", call: "GET /reports/bot?from=2026-11-01&to=2026-11-21", status: 200, want: map[string]any{"total.asked": 0.0, "days.#": 21}},
		{name: "so many days", as: "chief", call: "GET /reports/bot?days=7", status: 200, want: map[string]any{"from": "2026-11-16", "days.#": 7, "total.asked": 4.0}},
		{name: "no day", as: "chief", call: "GET /reports/bot?from=22.11.2026", status: 422, want: map[string]any{"fields.0.name": "from"}},
		{name: "backwards", as: "chief", call: "GET /reports/bot?from=2026-11-23&to=2026-11-22", status: 422, want: map[string]any{"fields.0.name": "from"}},
		{name: "too many days", as: "chief", call: "GET /reports/bot?from=2024-11-22", status: 422, want: map[string]any{"fields.0.name": "from"}},
		{name: "not for staff", as: "limin", call: "GET /reports/bot", status: 403},
		{name: "nor as a file", as: "limin", call: "GET /reports/bot?format=csv", status: 403},
		{name: "not for liaisons", as: "liaison", call: "GET /reports/bot", status: 403},
	})
	file := d.get(t, "chief", "/api/v1/reports/bot?format=csv")
	if got := string(file.body); file.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(got, "\n2026-11-22,城市发布,3,3,2,1,0,0,0,1,0,1,1,1,1\n") ||
		!strings.HasSuffix(got, "\n2026-11-22,政务服务,1,1,0,0,1,0,0,0,0,0,0,0,1\n") || !strings.Contains(file.header.Get("Content-Disposition"), "bot-2026-10-24-2026-11-22.csv") {
		t.Errorf("CSV %v:\n%s", file.header, got)
	}
	if file := d.get(t, "chief", "/api/v1/reports/bot?format=xlsx"); !strings.HasPrefix(string(file.body), "PK") {
		t.Errorf("XLSX %v: %.20q", file.header, file.body)
	}
}

// A supervisor of one account has the figures of that account alone.
func TestBotReportOfOneAccount(t *testing.T) {
	d := newDesk(t)
	d.fares(t)
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE users SET role = 'supervisor' WHERE username = 'narrow'`)
		return err
	}))
	d.run(t, []scenario{
		{name: "all they see", as: "narrow", call: "GET /reports/bot", status: 200, want: map[string]any{"total.asked": 1.0, "accounts.#": 1, "accounts.0.account.id": "2", "entries.#": 0, "reasons.#": 0}},
		{name: "what they do not see", as: "narrow", call: "GET /reports/bot?account_id=1", status: 200, want: map[string]any{"total.asked": 0.0, "accounts.#": 0, "reasons.#": 0}},
		{name: "an entry", as: "narrow", call: "GET /faq/entries/1/figures", status: 200, want: map[string]any{"total.bot": 1.0, "total.edited": 0.0, "total.helpful": 0.0}},
	})
}

func TestEntryFigures(t *testing.T) {
	d := newDesk(t)
	d.fares(t)
	d.run(t, []scenario{
		{name: "in some days", as: "limin", call: "GET /faq/entries/1/figures", status: 200, want: map[string]any{
			"from": "2026-10-24", "span.bot": 4.0, "span.as_is": 1.0, "span.edited": 1.0, "span.helpful": 1.0, "span.unhelpful": 1.0,
			"span.last_used": "2026-11-22T01:00:00Z", "review.revision": 2.0, "review.at": "2026-11-22T01:00:00Z", "review.author.name": "李敏", "review.reviewer.name": "赵督办"}},
		{name: "later", as: "limin", call: "GET /faq/entries/1/figures?from=2026-11-23&to=2026-11-25", status: 200, want: map[string]any{
			"span.bot": 0.0, "span.last_used": absent, "total.bot": 4.0, "total.edited": 1.0}},
		{name: "on one account", as: "narrow", call: "GET /faq/entries/1/figures", status: 200, want: map[string]any{"span.bot": 1.0, "span.as_is": 0.0}},
		{name: "not for liaisons", as: "liaison", call: "GET /faq/entries/1/figures", status: 403},
		{name: "no such entry", as: "limin", call: "GET /faq/entries/9/figures", status: 404},
		{name: "no day", as: "limin", call: "GET /faq/entries/1/figures?to=2026-02-30", status: 422, want: map[string]any{"fields.0.name": "to"}},
		{name: "in the list", as: "limin", call: "GET /faq/entries?from=2026-11-01&to=2026-11-30", status: 200, want: map[string]any{"items.0.figures.bot": 4.0, "items.0.figures.edited": 1.0}},
		{name: "not asked for", as: "limin", call: "GET /faq/entries", status: 200, want: map[string]any{"items.0.figures": nil}},
		{name: "the list of a liaison", as: "liaison", call: "GET /faq/entries?days=7", status: 200, want: map[string]any{"items.0.figures": nil}},
		{name: "never published", as: "limin", call: "POST /faq/entries", in: body{"question": "新问题", "answer": "答"}, status: 201, events: []string{"entry.changed"}},
		{name: "has no review", as: "limin", call: "GET /faq/entries/2/figures", status: 200, want: map[string]any{"review": nil, "total.bot": 0.0}},
	})
}
