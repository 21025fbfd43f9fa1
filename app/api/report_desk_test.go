package api_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/inbox"
	"replydesk/inbox/channel"
)

// rollUp brings the figures of the reports up to date.
func (d *testDesk) rollUp(t *testing.T) {
	t.Helper()
	x := inboxdb.NewRoller(inboxdb.New(d.db), time.FixedZone("CST", 8*3600))
	for more := true; more; {
		var err error
		more, err = x.Step(t.Context())
		must(t, err)
	}
}

// worked tells a morning: of the first account a ticket answered after half an
// hour, closed and rated, one that needs no reply, one that waits; of the second one.
func (d *testDesk) worked(t *testing.T) {
	t.Helper()
	first := d.says(t, 1, "o-1", "居住证怎么办")
	d.clock.pass(30 * time.Minute)
	if r := d.post(t, "limin", "/api/v1/tickets/"+first+"/replies", body{"text": "请到派出所办理", "seen_event": d.head(t)}); r.status != 201 {
		t.Fatalf("reply: %d %s", r.status, r.body)
	}
	d.deliver(t, 1, channel.Sent)
	for call, reason := range map[string]string{"/api/v1/tickets/" + first + "/close": "已答复", "/api/v1/tickets/" + d.says(t, 1, "o-2", "早") + "/ignore": "问候"} {
		if r := d.post(t, "limin", call, body{"reason": reason}); r.status != 200 {
			t.Fatalf("%s: %d %s", call, r.status, r.body)
		}
	}
	code := d.post(t, "limin", "/api/v1/tickets/"+first+"/code", nil)
	_, err := d.inbox.Rate(t.Context(), code.text(t, "number"), code.text(t, "code"), inbox.RatingInput{Mark: 4})
	must(t, err)
	d.says(t, 1, "o-3", "公积金怎么提取")
	d.says(t, 2, "o-4", "公积金")
	d.rollUp(t)
}

// nextDay lets a day and an hour pass in which nobody is signed out.
func (d *testDesk) nextDay(t *testing.T) {
	t.Helper()
	d.clock.pass(25 * time.Hour)
	_, err := d.inbox.SweepClocks(t.Context(), d.clock.now())
	must(t, err)
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE sessions SET seen_at = $1, expires_at = $1 + 3600000`, store.Millis(d.clock.now()))
		return err
	}))
	d.rollUp(t)
}

func TestDeskReport(t *testing.T) {
	d := newDesk(t)
	d.worked(t)
	d.run(t, []scenario{
		{name: "all", as: "chief", call: "GET /reports/desk?days=2", status: 200, want: map[string]any{
			"range.from": "2026-11-21", "range.to": "2026-11-22", "earlier.from": "2026-11-19", "earlier.to": "2026-11-20", "counted": 1.0, "by": "account",
			"total.now.received": 4.0, "total.now.answered": 1.0, "total.now.closed": 1.0, "total.now.needed": 3.0, "total.now.replied": 1.0,
			"total.now.reply_rate": 0.3333, "total.now.on_time": 1.0, "total.now.late": 0.0, "total.now.on_time_rate": 1.0,
			"total.now.first_reply_median": 1768.0, "total.now.bot_share": 0.0, "total.before.received": 0.0, "total.before.reply_rate": nil,
			"total.before.first_reply_p90": nil, "days.#": 2, "days.1.day": "2026-11-22", "days.1.received": 4.0, "earlier_days.#": 2,
			"total.now.rated": 1.0, "total.now.marks.3": 1.0, "total.now.mean_mark": 4.0, "total.now.satisfied_rate": 1.0, "total.now.dissatisfied_rate": 0.0,
			"total.before.rated": 0.0, "total.before.mean_mark": nil, "rows.1.now.satisfied_rate": nil, "days.1.rated": 1.0,
			"rows.#": 2, "rows.0.key": "1", "rows.0.name": "城市发布", "rows.0.now.received": 3.0, "rows.1.now.answered": 0.0,
			"definitions.#": 13, "definitions.0.figure": "received", "definitions.0.title.zh": "收到", "definitions.0.title.en": "Received"}},
		{name: "by kind", as: "chief", call: "GET /reports/desk?days=7&by=kind", status: 200, want: map[string]any{"rows.#": 1, "rows.0.key": "private", "rows.0.now.received": 4.0}},
		{name: "by person", as: "chief", call: "GET /reports/desk?by=person&account_id=1", status: 200, want: map[string]any{"rows.#": 2, "total.now.received": 3.0}},
		{name: "by department", as: "chief", call: "GET /reports/desk?by=department", status: 200, want: map[string]any{"rows.#": 1, "rows.0.key": "none"}},
		{name: "by category", as: "chief", call: "GET /reports/desk?by=category", status: 200, want: map[string]any{"rows.0.key": "none"}},
		{name: "by hour, in the desk's zone", as: "chief", call: "GET /reports/desk?by=hour", status: 200, want: map[string]any{"rows.0.key": "09"}},
		{name: "by day", as: "chief", call: "GET /reports/desk?by=day", status: 200, want: map[string]any{"rows.#": 0, "days.#": 30}},
		{name: "one row", as: "chief", call: "GET /reports/desk?key=2", status: 200, want: map[string]any{"total.now.received": 1.0, "days.29.received": 1.0, "rows.#": 2}},
		{name: "the row of none", as: "chief", call: "GET /reports/desk?by=category&key=none", status: 200, want: map[string]any{"total.now.received": 4.0}},
		{name: "whole months", as: "chief", call: "GET /reports/desk?from=2026-10-01&to=2026-11-30", status: 200, want: map[string]any{"total.now.received": 4.0, "earlier.from": "2026-08-01", "earlier.to": "2026-09-30"}},
		{name: "no such account", as: "chief", call: "GET /reports/desk?account_id=9", status: 200, want: map[string]any{"total.now.received": 0.0, "rows.#": 0}},
		{name: "no day", as: "chief", call: "GET /reports/desk?from=22.11.2026", status: 422, want: map[string]any{"fields.0.name": "from"}},
		{name: "no such dimension", as: "chief", call: "GET /reports/desk?by=mood", status: 422},
		{name: "not for staff", as: "limin", call: "GET /reports/desk", status: 403},
		{name: "nor as a file", as: "limin", call: "GET /reports/desk?format=xlsx", status: 403},
		{name: "not for liaisons", as: "liaison", call: "GET /reports/desk", status: 403},
		{name: "nor what is overdue", as: "limin", call: "GET /reports/desk/overdue", status: 403},
		{name: "nothing is overdue", as: "chief", call: "GET /reports/desk/overdue", status: 200, want: map[string]any{"count": 0.0, "items.#": 0}},
	})
	d.nextDay(t)
	d.run(t, []scenario{
		{name: "overdue", as: "chief", call: "GET /reports/desk/overdue", status: 200, want: map[string]any{"count": 2.0, "items.#": 2, "items.0.subject": "公积金怎么提取", "next_cursor": ""}},
		{name: "overdue of an account", as: "chief", call: "GET /reports/desk/overdue?account_id=2", status: 200, want: map[string]any{"count": 1.0, "items.0.account.id": "2"}},
		{name: "one of them", as: "chief", call: "GET /reports/desk/overdue?limit=1", status: 200, want: map[string]any{"count": 2.0, "items.#": 1}},
		{name: "late", as: "chief", call: "GET /reports/desk", status: 200, want: map[string]any{"total.now.late": 2.0, "total.now.on_time_rate": 0.3333}},
	})
}

// A supervisor of one account has the figures of that account alone, in every
// dimension, in files and among what is overdue.
func TestDeskReportOfOneAccount(t *testing.T) {
	d := newDesk(t)
	d.worked(t)
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE users SET role = 'supervisor' WHERE username = 'narrow'`)
		return err
	}))
	d.nextDay(t)
	for _, by := range append(inbox.Dimensions(), inbox.PerDay) {
		d.run(t, []scenario{
			{name: "all they see by " + string(by), as: "narrow", call: "GET /reports/desk?by=" + string(by), status: 200, want: map[string]any{"total.now.received": 1.0, "total.now.answered": 0.0}},
			{name: "what they do not see by " + string(by), as: "narrow", call: "GET /reports/desk?account_id=1&by=" + string(by), status: 200, want: map[string]any{"total.now.received": 0.0, "rows.#": 0}},
		})
	}
	d.run(t, []scenario{
		{name: "accounts", as: "narrow", call: "GET /reports/desk", status: 200, want: map[string]any{"rows.#": 1, "rows.0.key": "2"}},
		{name: "the key of another", as: "narrow", call: "GET /reports/desk?key=1", status: 200, want: map[string]any{"total.now.received": 0.0}},
		{name: "overdue", as: "narrow", call: "GET /reports/desk/overdue", status: 200, want: map[string]any{"count": 1.0, "items.#": 1, "items.0.account.id": "2"}},
	})
	if file := string(d.get(t, "narrow", "/api/v1/reports/desk?format=csv").body); strings.Contains(file, "城市发布") || !strings.Contains(file, "政务服务") {
		t.Errorf("the file:\n%s", file)
	}
}

// Files have the figures, their sum and what they mean; who took one is in the
// audit, also of the bot's report and of the word lists.
func TestReportFiles(t *testing.T) {
	d := newDesk(t)
	d.worked(t)
	file := d.get(t, "chief", "/api/v1/reports/desk?days=2&format=csv")
	got := string(file.body)
	for _, line := range []string{
		"账号,收到,上期收到,已答复,上期已答复,", "\n城市发布,3,0,1,0,1,0,0.5,,1,,29.4667,,", "\n合计,4,0,1,0,1,0,0.3333,,1,,29.4667,,29.4667,,0,,1,0,4,,1,,0,,0,1,0,0,0\n",
		"\n统计期间,2026-11-21 至 2026-11-22\n", "\n答复率," + inbox.Definitions()[3].Text.Chinese + "\n",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("the file lacks %q:\n%s", line, got)
		}
	}
	if name := file.header.Get("Content-Disposition"); !strings.Contains(name, "desk-2026-11-21-2026-11-22.csv") {
		t.Errorf("it is named %s", name)
	}
	if days := string(d.get(t, "chief", "/api/v1/reports/desk?days=2&by=day&format=csv").body); !strings.Contains(days, "\n2026-11-22,4,1,1,") {
		t.Errorf("by day:\n%s", days)
	}
	book, err := excelize.OpenReader(bytes.NewReader(d.get(t, "chief", "/api/v1/reports/desk?by=hour&format=xlsx").body))
	must(t, err)
	rows, err := book.GetRows("报表")
	must(t, err)
	if !slices.ContainsFunc(rows, func(row []string) bool { return row[0] == "09 时" && row[1] == "4" }) {
		t.Errorf("the sheet: %v", rows)
	}
	if file := d.get(t, "chief", "/api/v1/words/export?format=csv"); file.status != 200 {
		t.Fatalf("words: %d %s", file.status, file.body)
	}
	d.get(t, "chief", "/api/v1/reports/bot?days=7&format=csv")
	d.get(t, "chief", "/api/v1/reports/bot")
	d.get(t, "limin", "/api/v1/reports/desk?format=csv")
	d.run(t, []scenario{{name: "the audit", as: "chief", call: "GET /audit?action=data.", status: 200, want: map[string]any{
		"items.#": 5, "items.0.object": "report:bot", "items.0.data.from": "2026-11-16", "items.0.data.format": "csv", "items.0.actor.name": "赵督办",
		"items.1.object": "words", "items.2.object": "report:desk", "items.2.data.by": "hour", "items.2.data.format": "xlsx",
		"items.3.data.by": "day", "items.4.data.from": "2026-11-21", "items.4.data.bytes": float64(len(file.body))}}})
}

// The figures say that they are being counted anew.
func TestDeskReportWhileCounting(t *testing.T) {
	d := newDesk(t)
	d.worked(t)
	x := inboxdb.NewRoller(inboxdb.New(d.db), time.FixedZone("CST", 8*3600))
	must(t, x.Rebuild(t.Context()))
	d.run(t, []scenario{{name: "anew", as: "chief", call: "GET /reports/desk", status: 200, want: map[string]any{"counted": 0.0}}})
	d.rollUp(t)
	d.run(t, []scenario{{name: "done", as: "chief", call: "GET /reports/desk", status: 200, want: map[string]any{"counted": 1.0, "total.now.received": 4.0}}})
}
