package api_test

import (
	"strings"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

// passedOn gives two tickets of the first account and one of the second away: the
// first is led by one department, which signs and answers it, and helped with by
// another, which gives it back; the second waits there.
func (d *testDesk) passedOn(t *testing.T) {
	t.Helper()
	d.liaison(t, "insurer", 2)
	first, second, other := d.says(t, 1, "o-1", "居住证怎么办"), d.says(t, 1, "o-2", "社保断缴了"), d.says(t, 2, "o-3", "公积金")
	d.posts(t, "limin", "/tickets/"+first+"/escalations", body{"department_id": "1", "co_department_ids": []string{"2"}})
	d.posts(t, "limin", "/tickets/"+second+"/escalations", body{"department_id": "1"})
	d.posts(t, "chief", "/tickets/"+other+"/escalations", body{"department_id": "2"})
	d.clock.pass(10 * time.Minute)
	d.posts(t, "liaison", "/escalations/1/sign", nil)
	d.posts(t, "insurer", "/escalations/2/return", body{"reason": "无关"})
	d.posts(t, "limin", "/escalations/2/agree", body{})
	d.clock.pass(50 * time.Minute)
	d.posts(t, "liaison", "/escalations/1/answer", body{"text": "请到派出所办理"})
	d.posts(t, "limin", "/escalations/3/urge", body{})
	d.posts(t, "chief", "/escalations/3/supervise", body{"text": "今日办结"})
	d.rollUp(t)
}

func (d *testDesk) posts(t *testing.T, as, call string, in body) {
	t.Helper()
	if r := d.post(t, as, "/api/v1"+call, in); r.status != 200 {
		t.Fatalf("%s: %d %s", call, r.status, r.body)
	}
}

func TestDepartmentReport(t *testing.T) {
	d := newDesk(t)
	d.passedOn(t)
	const call = "GET /reports/departments?days=2"
	d.run(t, []scenario{
		{name: "all", as: "chief", call: call, status: 200, want: map[string]any{
			"range.from": "2026-11-21", "range.to": "2026-11-22", "earlier.to": "2026-11-20", "counted": 1.0, "rows.#": 2,
			"total.now.dispatched": 4.0, "total.now.signed": 1.0, "total.now.signed_on_time_rate": 1.0, "total.now.sign_median": 611.5, "total.now.given_answer": 1.0,
			"total.now.answer_on_time_rate": 1.0, "total.now.returned": 1.0, "total.now.urged": 1.0, "total.now.supervised": 1.0, "total.before.dispatched": 0.0,
			"total.before.answer_on_time_rate": nil, "total.open": 2.0, "total.overdue": 0.0,
			"rows.0.department.name": "市公安局", "rows.0.parent_id": nil, "rows.0.depth": 0.0, "rows.0.now.dispatched": 2.0, "rows.0.open": 1.0,
			"rows.1.now.returned": 1.0, "definitions.#": len(inbox.EscalationDefinitions()), "definitions.0.figure": "dispatched"}},
		{name: "what they lead", as: "chief", call: call + "&part=lead", status: 200, want: map[string]any{"total.now.dispatched": 3.0, "total.now.returned": 0.0}},
		{name: "what they help with", as: "chief", call: call + "&part=co", status: 200, want: map[string]any{"total.now.dispatched": 1.0, "rows.#": 1, "total.open": 0.0}},
		{name: "of an account", as: "chief", call: call + "&account_id=2", status: 200, want: map[string]any{"total.now.dispatched": 1.0, "total.open": 1.0}},
		{name: "no such part", as: "chief", call: call + "&part=half", status: 422},
		{name: "backwards", as: "chief", call: "GET /reports/departments?from=2026-11-22&to=2026-11-21", status: 422, want: map[string]any{"fields.0.name": "from"}},
		{name: "not for staff", as: "limin", call: call, status: 403},
		{name: "nor as a file", as: "limin", call: call + "&format=xlsx", status: 403},
		{name: "not for liaisons", as: "liaison", call: call, status: 403},
	})
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE departments SET parent_id = 1 WHERE id = 2`)
		return err
	}))
	d.nextDay(t)
	d.nextDay(t)
	d.run(t, []scenario{
		{name: "as a tree", as: "chief", call: call + "&from=2026-11-22", status: 200, want: map[string]any{
			"total.now.dispatched": 4.0, "rows.0.now.dispatched": 4.0, "rows.1.now.dispatched": 2.0, "rows.1.depth": 1.0, "rows.1.parent_id": "1", "total.overdue": 2.0}},
		{name: "each alone", as: "chief", call: call + "&from=2026-11-22&own=true", status: 200, want: map[string]any{"total.now.dispatched": 4.0, "rows.0.now.dispatched": 2.0, "rows.0.overdue": 1.0}},
	})
	file := string(d.get(t, "chief", "/api/v1/reports/departments?from=2026-11-22&format=csv").body)
	for _, line := range []string{
		"承办单位,转办,上期转办,签收,", "\n市公安局,4,0,1,0,", "\n\"　市社保局\",2,", "\n合计,4,0,1,0,", "\n范围,主办和协办\n", "\n含下属,",
	} {
		if !strings.Contains(file, line) {
			t.Errorf("the file lacks %q:\n%s", line, file)
		}
	}
	d.run(t, []scenario{{name: "the audit", as: "chief", call: "GET /audit?action=data.", status: 200, want: map[string]any{
		"items.0.object": "report:departments", "items.0.data.from": "2026-11-22", "items.0.data.format": "csv"}}})
}

// A supervisor of one account has its escalations alone, open ones and files too.
func TestDepartmentReportOfOneAccount(t *testing.T) {
	d := newDesk(t)
	d.passedOn(t)
	must(t, d.db.Atomic(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE users SET role = 'supervisor' WHERE username = 'narrow'`)
		return err
	}))
	d.run(t, []scenario{
		{name: "their own", as: "narrow", call: "GET /reports/departments", status: 200, want: map[string]any{
			"total.now.dispatched": 1.0, "total.open": 1.0, "rows.#": 1, "rows.0.department.id": "2", "rows.0.now.returned": 0.0}},
		{name: "another's", as: "narrow", call: "GET /reports/departments?account_id=1", status: 200, want: map[string]any{"total.now.dispatched": 0.0, "total.open": 0.0, "rows.#": 0}},
	})
	if file := string(d.get(t, "narrow", "/api/v1/reports/departments?format=csv").body); strings.Contains(file, "市公安局") {
		t.Errorf("the file:\n%s", file)
	}
}
