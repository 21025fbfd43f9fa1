package inbox_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"replydesk/configs/calendar"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
	"replydesk/inbox/sla"
)

// announced gives a desk the holidays that come with it.
func announced(r *inbox.Rules) {
	years, err := sla.LoadHolidays(calendar.Files)
	if err != nil {
		panic(err)
	}
	r.Holidays = years
}

func policy(name, clock string, m inbox.Match, p sla.Plan) inbox.PolicyInput {
	return inbox.PolicyInput{Name: &name, Clock: &clock, Match: &m, Plan: &p}
}

func TestTheMostSpecificPolicyCounts(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, boss := t.Context(), d.Supervisor(t, "主管")
		account, staff := d.AddAccount(t, "市政务"), d.Staff(t, "小王")
		hours := map[string]time.Duration{"所有": 9 * time.Hour, "评论": 8 * time.Hour, "投诉": 7 * time.Hour, "私信投诉": 6 * time.Hour}
		for name, m := range map[string]inbox.Match{
			"所有": {}, "评论": {Kind: channel.Comment}, "投诉": {Category: "投诉"}, "私信投诉": {Kind: channel.Private, Category: "投诉"},
		} {
			_, err := d.Service.AddPolicy(ctx, boss, policy(name, inbox.NextReply, m, sla.DefaultPlan(hours[name])))
			must(t, err)
		}
		citizen := d.NewCitizen(account)
		private := citizen.Says(t, "问题")
		comment := d.Receives(t, account, citizen.Comment("post", "", "评论"))
		next := func(ticket inbox.TicketID) time.Duration {
			t.Helper()
			d.Answers(t, staff, ticket, "答复")
			must(t, d.Service.Reopen(ctx, staff, ticket))
			return clock(t, d, ticket).Plan.Target / time.Hour
		}
		if c := clock(t, d, private); c.Plan.Target != 24*time.Hour || c.Plan.Policy != 0 {
			t.Errorf("a clock that no policy is about has %+v, want the settings'", c.Plan)
		}
		if got := next(private); got != 9 {
			t.Errorf("private: %d h, want 9: it fits all", got)
		}
		if got := next(comment); got != 8 {
			t.Errorf("comment: %d h, want 8", got)
		}
		must(t, d.Service.Categorize(ctx, staff, private, "投诉"))
		must(t, d.Service.Categorize(ctx, staff, comment, "投诉"))
		if got := next(private); got != 6 {
			t.Errorf("private complaint: %d h, want 6: two conditions", got)
		}
		if got := next(comment); got != 7 {
			t.Errorf("complaint in a comment: %d h, want 7: the category weighs more than the kind", got)
		}
		e, err := d.Service.ExplainPolicy(ctx, staff, inbox.Case{Clock: inbox.NextReply, Kind: channel.Comment, Category: "投诉"}, d.Now())
		must(t, err)
		var names []string
		for _, c := range e.Considered {
			names = append(names, c.Policy.Name)
		}
		if !slices.Equal(names, []string{"私信投诉", "投诉", "评论", "所有"}) || e.Policy == nil || e.Policy.Name != "投诉" || !e.Considered[1].Chosen {
			t.Errorf("explained %v, chosen %+v", names, e.Policy)
		}
		if want := []inbox.Condition{inbox.ByKind}; !slices.Equal(e.Considered[0].Fails, want) || !e.DueAt.Equal(d.Now().Add(7*time.Hour)) {
			t.Errorf("the first fails %v, want %v; due %v", e.Considered[0].Fails, want, e.DueAt)
		}
	})
}

// A clock keeps what its policy said when it started, also after the policy
// was changed or deleted.
func TestPoliciesCountForLaterClocks(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, boss, account := t.Context(), d.Supervisor(t, "主管"), d.AddAccount(t, "市政务")
		p, err := d.Service.AddPolicy(ctx, boss, policy("快", inbox.FirstReply, inbox.Match{}, sla.DefaultPlan(2*time.Hour, 50)))
		must(t, err)
		first := d.NewCitizen(account).Says(t, "一")
		was := clock(t, d, first)
		if was.Plan.Policy != p.ID || was.Plan.Revision != 1 || was.Plan.Target != 2*time.Hour {
			t.Fatalf("plan %+v, want the policy's", was.Plan)
		}
		p, err = d.Service.ChangePolicy(ctx, boss, p.ID, inbox.PolicyInput{Plan: ptr(sla.DefaultPlan(time.Hour))})
		must(t, err)
		second := d.NewCitizen(account).Says(t, "二")
		if c := clock(t, d, second); c.Plan.Target != time.Hour || c.Plan.Revision != 2 || p.Revision != 2 {
			t.Errorf("a later clock has %+v", c.Plan)
		}
		must(t, d.Service.DeletePolicy(ctx, boss, p.ID))
		if got := clock(t, d, first); !reflect.DeepEqual(got, was) {
			t.Errorf("the first clock is %+v, was %+v", got, was)
		}
		if c := clock(t, d, d.NewCitizen(account).Says(t, "三")); c.Plan.Policy != 0 {
			t.Errorf("after the policy was deleted: %+v", c.Plan)
		}
		// Another process finds out by looking.
		other, err := inbox.NewService(d.Store(), nil, d.Rules, d.Now)
		must(t, err)
		must(t, other.LoadPolicies(ctx))
		if _, err = d.Service.AddPolicy(ctx, boss, policy("新", inbox.FirstReply, inbox.Match{}, sla.DefaultPlan(time.Hour))); err != nil {
			t.Fatal(err)
		}
		explain := func() *inbox.ClockPolicy {
			e, err := other.ExplainPolicy(ctx, boss, inbox.Case{Clock: inbox.FirstReply}, d.Now())
			must(t, err)
			return e.Policy
		}
		if before := explain(); before != nil {
			t.Errorf("another process has %+v before it looked", before)
		}
		_, err = other.RefreshPolicies(ctx, d.Now())
		must(t, err)
		if after := explain(); after == nil || after.Name != "新" {
			t.Errorf("another process has %+v after it looked", after)
		}
	})
}

func TestWorkingTimeClocks(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, boss, account := t.Context(), d.Supervisor(t, "主管"), d.AddAccount(t, "市政务")
		plan := sla.DefaultPlan(7*time.Hour, 50)
		plan.Calendar = inbox.DefaultCalendar
		_, err := d.Service.AddPolicy(ctx, boss, policy("一个工作日", inbox.FirstReply, inbox.Match{}, plan))
		must(t, err)
		// The desk's morning is a Sunday.
		c := clock(t, d, d.NewCitizen(account).Says(t, "问题"))
		if want := time.Date(2026, 11, 23, 17, 30, 0, 0, inboxtest.Beijing); !c.DueAt.Equal(want) {
			t.Errorf("due %v, want Monday's end %v", c.DueAt, want)
		}
		if want := time.Date(2026, 11, 23, 14, 0, 0, 0, inboxtest.Beijing); !c.NextAt.Equal(want) {
			t.Errorf("warns at %v, want after half of Monday, %v", c.NextAt, want)
		}
		hall, err := d.Service.AddCalendar(ctx, boss, inbox.CalendarInput{Code: ptr("hall"), Name: ptr("大厅"), Week: ptr(sla.Week{0: {{From: 600, To: 1020}}})})
		must(t, err)
		e, err := d.Service.ExplainPolicy(ctx, boss, inbox.Case{Clock: inbox.FirstReply}, d.Now())
		must(t, err)
		if len(e.Days) != 2 || e.Days[0].Open != 0 || e.Days[1].Open != 7*time.Hour || !e.Known {
			t.Errorf("explained %+v", e.Days)
		}
		days, err := d.Service.CalendarYear(ctx, boss, hall.ID, 2026)
		must(t, err)
		if len(days) != 365 || days[0].Kind != sla.Holiday || days[3].Kind != sla.MakeUp || len(days[3].Windows) != 1 {
			t.Errorf("%d days, the first four %+v", len(days), days[:4])
		}
	}, announced)
}

// From November on the desk says that next year's holidays are missing; and
// whenever a deadline falls in a year it does not know.
func TestMissingHolidaysAreTold(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, boss, account := t.Context(), d.Supervisor(t, "主管"), d.AddAccount(t, "市政务")
		missing := func(want ...int) {
			t.Helper()
			all, err := d.Service.Calendars(ctx, boss)
			must(t, err)
			if !slices.Equal(all.Missing, want) {
				t.Errorf("missing %v, want %v", all.Missing, want)
			}
		}
		check := func(at time.Time, want ...string) {
			t.Helper()
			head := d.Head(t)
			_, err := d.Service.CheckCalendars(ctx, at)
			must(t, err)
			must(t, d.Service.LoadPolicies(ctx))
			happened(t, d, head, want...)
		}
		missing(2027)
		check(time.Date(2026, 10, 31, 23, 59, 0, 0, inboxtest.Beijing))
		check(time.Date(2026, 11, 1, 0, 0, 0, 0, inboxtest.Beijing), inbox.CalendarLacking)
		check(time.Date(2026, 11, 1, 1, 0, 0, 0, inboxtest.Beijing))
		must(t, d.Service.SetYear(ctx, boss, 2027, []sla.Day{{Date: "2027-01-01", Name: "元旦", Off: true}}))
		missing()
		plan := sla.DefaultPlan(2200 * time.Hour)
		plan.Calendar = inbox.DefaultCalendar
		_, err := d.Service.AddPolicy(ctx, boss, policy("一年多", inbox.FirstReply, inbox.Match{}, plan))
		must(t, err)
		head := d.Head(t)
		d.NewCitizen(account).Says(t, "一")
		d.NewCitizen(account).Says(t, "二")
		if n := len(slices.DeleteFunc(d.Happened(t, head), func(name string) bool { return name != inbox.CalendarLacking })); n != 1 {
			t.Errorf("two deadlines in 2028 told %d times that its holidays are missing, want once", n)
		}
		must(t, d.Service.LoadPolicies(ctx))
		missing(2028)
	}, announced)
}

func TestWhatPoliciesAndCalendarsRefuse(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, boss, staff := t.Context(), d.Supervisor(t, "主管"), d.Staff(t, "小王")
		good := sla.DefaultPlan(time.Hour)
		existing, err := d.Service.AddPolicy(ctx, boss, policy("好", inbox.FirstReply, inbox.Match{}, good))
		must(t, err)
		nowhere := good
		nowhere.Calendar = "mars"
		unchanged(t, d, func() {
			for name, in := range map[string]inbox.PolicyInput{
				"no name":         policy(" ", inbox.FirstReply, inbox.Match{}, good),
				"no such clock":   policy("x", "lunch", inbox.Match{}, good),
				"no such kind":    policy("x", inbox.FirstReply, inbox.Match{Kind: "fax"}, good),
				"no such body":    policy("x", inbox.FirstReply, inbox.Match{Department: 99}, good),
				"no priority":     policy("x", inbox.FirstReply, inbox.Match{Priority: ptr(inbox.Priority(7))}, good),
				"no such hours":   policy("x", inbox.FirstReply, inbox.Match{}, nowhere),
				"nothing to wait": policy("x", inbox.FirstReply, inbox.Match{}, sla.Plan{}),
			} {
				if _, err := d.Service.AddPolicy(ctx, boss, in); desk.CodeOf(err) != desk.Invalid {
					t.Errorf("%s: %v, want invalid", name, err)
				}
				if _, err := d.Service.ChangePolicy(ctx, boss, existing.ID, in); desk.CodeOf(err) != desk.Invalid {
					t.Errorf("changed to %s: %v, want invalid", name, err)
				}
			}
			_, err := d.Service.AddPolicy(ctx, staff, policy("x", inbox.FirstReply, inbox.Match{}, good))
			refused(t, err, desk.Forbidden, "")
			_, err = d.Service.ChangePolicy(ctx, boss, existing.ID+9, inbox.PolicyInput{})
			refused(t, err, desk.NotFound, "")
			refused(t, d.Service.DeletePolicy(ctx, staff, existing.ID), desk.Forbidden, "")
			_, err = d.Service.AddCalendar(ctx, boss, inbox.CalendarInput{Code: ptr("X"), Name: ptr("n"), Week: ptr(sla.Week{1: {{From: 1, To: 2}}})})
			refused(t, err, desk.Invalid, "")
			_, err = d.Service.AddCalendar(ctx, boss, inbox.CalendarInput{Code: ptr("cn"), Name: ptr("n"), Week: ptr(sla.Week{1: {{From: 1, To: 2}}})})
			refused(t, err, desk.Conflict, "")
			_, err = d.Service.ChangeCalendar(ctx, boss, 1, inbox.CalendarInput{Week: ptr(sla.Week{})})
			refused(t, err, desk.Invalid, "")
			refused(t, d.Service.SetYear(ctx, boss, 2027, nil), desk.Invalid, "")
			refused(t, d.Service.SetYear(ctx, staff, 2027, []sla.Day{{Date: "2027-01-01", Name: "元旦", Off: true}}), desk.Forbidden, "")
			_, err = d.Service.CalendarYear(ctx, boss, 99, 2026)
			refused(t, err, desk.NotFound, "")
		})
	})
}
