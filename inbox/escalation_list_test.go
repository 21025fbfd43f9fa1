package inbox_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// handed is a desk with escalations in every stage, on two accounts.
type handed struct {
	*bureaus
	other   int64 // the second account
	station int64 // a department below the police
	ids     []inbox.EscalationID
}

// withHanded dispatches, due 90, 80, 70,
// 60 and 50 hours after the first: 0 unsigned, 1 signed, 2 answered, 3 asks to
// give it back, 4 withdrawn; then 5 to the station on the other account, to be
// signed by the policies, of a ticket the staff has.
func withHanded(t *testing.T, d *inboxtest.Desk) *handed {
	t.Helper()
	h, ctx := &handed{bureaus: withBureaus(t, d), other: d.AddAccount(t, "区政务")}, t.Context()
	code, name := "station", "派出所"
	var err error
	h.station, err = d.Service.AddDepartment(ctx, h.boss, inbox.DepartmentInput{Code: &code, Name: &name, ParentID: &h.police})
	must(t, err)
	begin := d.Now()
	for i := range 5 {
		ticket := d.NewCitizen(h.account).Says(t, fmt.Sprint("身份证问题", i))
		made, err := d.Service.Dispatch(ctx, h.staff, ticket, inbox.Dispatch{Lead: h.police, Remark: "请核实", Deadline: begin.Add(time.Duration(90-10*i) * time.Hour)})
		must(t, err)
		h.ids = append(h.ids, made[0].ID)
	}
	d.Pass(time.Hour)
	must(t, d.Service.SignEscalation(ctx, h.officer, h.ids[1]))
	must(t, d.Service.AnswerEscalation(ctx, h.officer, h.ids[2], "请到窗口办理"))
	must(t, d.Service.ReturnEscalation(ctx, h.officer, h.ids[3], "不属于"))
	must(t, d.Service.WithdrawEscalation(ctx, h.staff, h.ids[4], "有误"))
	ticket := d.NewCitizen(h.other).Says(t, "路灯不亮")
	must(t, d.Service.Assign(ctx, h.boss, ticket, h.staff.UserID))
	h.ids = append(h.ids, d.Dispatches(t, h.boss, ticket, h.station).ID)
	must(t, d.Service.SuperviseEscalation(ctx, h.boss, h.ids[5], "今日办结"))
	return h
}

// list reads all pages, one row at a time.
func (h *handed) list(t *testing.T, f inbox.EscalationFilter) (found []int) {
	t.Helper()
	f.Limit = 1
	for {
		page, err := h.Service.Escalations(t.Context(), f)
		must(t, err)
		for _, row := range page.Items {
			found = append(found, slices.Index(h.ids, row.ID))
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return found
		}
	}
}

func TestTheDesksListOfEscalations(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		h := withHanded(t, d)
		narrow := d.Staff(t, "区小李", h.other)
		// The clock for signing of 5 runs out before the deadlines of the others.
		sign := h.Escalation(t, h.ids[5]).Clock.DueAt
		if !sign.Before(h.Escalation(t, h.ids[3]).DueAt) {
			t.Fatalf("signing is due %v", sign)
		}
		type filter = inbox.EscalationFilter
		for name, tt := range map[string]struct {
			who  desk.Actor
			f    filter
			want []int
		}{
			"the desk's turn":       {h.staff, filter{View: inbox.EscalationsDesk}, []int{2, 3}},
			"unsigned":              {h.staff, filter{View: inbox.EscalationsUnsigned}, []int{5, 0}},
			"working":               {h.staff, filter{View: inbox.EscalationsWorking}, []int{1}},
			"open":                  {h.staff, filter{View: inbox.EscalationsOpen}, []int{2, 5, 3, 1, 0}},
			"over":                  {h.staff, filter{View: inbox.EscalationsOver}, []int{4}},
			"a department's, below": {h.staff, filter{View: inbox.EscalationsOpen, DepartmentID: h.police}, []int{2, 5, 3, 1, 0}},
			"one below":             {h.staff, filter{View: inbox.EscalationsOpen, DepartmentID: h.station}, []int{5}},
			"another department's":  {h.staff, filter{View: inbox.EscalationsAll, DepartmentID: h.tax}, nil},
			"supervised":            {h.staff, filter{View: inbox.EscalationsOpen, Supervised: true}, []int{5}},
			"I dispatched or have":  {h.staff, filter{View: inbox.EscalationsOpen, Mine: true}, []int{2, 5, 3, 1, 0}},
			"the boss dispatched":   {h.boss, filter{View: inbox.EscalationsOpen, Mine: true}, []int{5}},
			"due in sixty hours":    {h.staff, filter{View: inbox.EscalationsOpen, DueWithin: 60 * time.Hour}, []int{5, 3}},
			"words":                 {h.staff, filter{View: inbox.EscalationsAll, Words: "身份证 窗口"}, []int{2}},
			"words of none":         {h.staff, filter{View: inbox.EscalationsAll, Words: "身份证 路灯"}, nil},
			"no pattern":            {h.staff, filter{View: inbox.EscalationsAll, Words: "_%"}, nil},
			"by number":             {h.staff, filter{View: inbox.EscalationsAll, Words: h.Escalation(t, h.ids[5]).Ticket.Number}, []int{5}},
			"of one account":        {narrow, filter{View: inbox.EscalationsAll}, []int{5}},
			"of one, mine":          {narrow, filter{View: inbox.EscalationsAll, Mine: true}, nil},
			"of one, a department":  {narrow, filter{View: inbox.EscalationsOpen, DepartmentID: h.police}, []int{5}},
			"a liaison, all":        {h.officer, filter{View: inbox.EscalationsOpen}, []int{2, 3, 1, 0}},
			"a liaison, below":      {h.officer, filter{View: inbox.EscalationsAll, DepartmentID: h.station}, nil},
			"a liaison, words":      {h.taxer, filter{View: inbox.EscalationsAll, Words: "身份证"}, nil},
		} {
			tt.f.Actor = tt.who
			if got := h.list(t, tt.f); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", name, got, tt.want)
			}
		}
		if got, err := d.Service.EscalationCounts(t.Context(), filter{Actor: h.staff}); err != nil || got != (inbox.EscalationCounts{Desk: 2, Unsigned: 2, Working: 1}) {
			t.Errorf("counts: %+v, %v", got, err)
		}
		if got, err := d.Service.EscalationCounts(t.Context(), filter{Actor: narrow}); err != nil || got != (inbox.EscalationCounts{Unsigned: 1}) {
			t.Errorf("counts of one account: %+v, %v", got, err)
		}
		d.Pass(70 * time.Hour)
		if got := h.list(t, filter{Actor: h.staff, View: inbox.EscalationsOpen, Overdue: true}); !slices.Equal(got, []int{5, 3}) {
			t.Errorf("overdue: %v", got)
		}
		if got, err := d.Service.EscalationCounts(t.Context(), filter{Actor: h.staff, DepartmentID: h.police}); err != nil || got.Overdue != 2 {
			t.Errorf("counts of what is overdue: %+v, %v", got, err)
		}
		for _, account := range []int64{h.account, h.other} {
			inboxtest.CheckInvariants(t, d, account)
		}
	})
}

func TestEscalationsTakenOutAndUrged(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		h, ctx := withHanded(t, d), t.Context()
		narrow := d.Staff(t, "区小李", h.other)
		all, err := d.Service.EscalationsOut(ctx, inbox.EscalationFilter{Actor: h.staff, View: inbox.EscalationsOpen, Limit: 1})
		if must(t, err); len(all) != 5 || all[0].ID != h.ids[2] {
			t.Errorf("taken out: %d", len(all))
		}
		if all, err = d.Service.EscalationsOut(ctx, inbox.EscalationFilter{Actor: narrow, View: inbox.EscalationsAll}); err != nil || len(all) != 1 {
			t.Errorf("of one account: %d, %v", len(all), err)
		}
		_, err = d.Service.EscalationsOut(ctx, inbox.EscalationFilter{Actor: h.officer, View: inbox.EscalationsAll})
		refused(t, err, desk.Forbidden, "")
		_, err = d.Service.EscalationCounts(ctx, inbox.EscalationFilter{Actor: h.officer})
		refused(t, err, desk.Forbidden, "")
		_, err = d.Service.UrgeMany(ctx, h.officer, h.ids[:1], "")
		refused(t, err, desk.Forbidden, "")
		for _, ids := range [][]inbox.EscalationID{nil, {1, 1}, make([]inbox.EscalationID, inbox.MaxUrged+1)} {
			_, err = d.Service.UrgeMany(ctx, h.staff, ids, "")
			refused(t, err, desk.Invalid, "")
		}
		head := d.Head(t)
		told, err := d.Service.UrgeMany(ctx, narrow, []inbox.EscalationID{h.ids[5], h.ids[0], 999}, "请尽快")
		must(t, err)
		if len(told) != 3 || told[0].Err != nil || desk.CodeOf(told[1].Err) != desk.NotFound || desk.CodeOf(told[2].Err) != desk.NotFound {
			t.Errorf("urged: %+v", told)
		}
		happened(t, d, head, inbox.EscalationUrged)
		told, err = d.Service.UrgeMany(ctx, h.staff, h.ids, "")
		must(t, err)
		var reasons []string
		for _, o := range told {
			reasons = append(reasons, desk.ReasonOf(o.Err))
		}
		if want := []string{"", "", "escalation_state", "", "escalation_state", "urged_just_now"}; !slices.Equal(reasons, want) {
			t.Errorf("urged: %v, want %v", reasons, want)
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		told, err = d.Service.UrgeMany(gone, h.staff, h.ids[:1], "")
		if must(t, err); desk.CodeOf(told[0].Err) != desk.Unavailable {
			t.Errorf("urged when nobody waits: %+v", told)
		}
		_, err = d.Service.Escalations(ctx, inbox.EscalationFilter{Actor: h.staff, View: inbox.EscalationsOver, Cursor: "MQ"})
		refused(t, err, desk.Invalid, "")
		_, err = d.Service.Escalations(ctx, inbox.EscalationFilter{Actor: h.staff, DueWithin: -time.Hour})
		refused(t, err, desk.Invalid, "")
	})
}
