package inboxtest

import (
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

func (s *suite) policies() {
	ctx := s.Context()
	version := func() inbox.Version {
		v, err := s.store.PolicyVersion(ctx)
		s.code("version", err, "")
		return v
	}
	before := version()
	if before == (inbox.Version{}) {
		s.Errorf("the version of an untouched desk is zero")
	}
	urgent := inbox.Urgent
	p := inbox.ClockPolicy{
		Name: "热点 24 小时", Clock: inbox.FirstReply, Enabled: true, Revision: 1, UpdatedAt: at(5),
		Match: inbox.Match{Group: "区县", Kind: channel.Comment, Category: "投诉", Priority: &urgent, Department: 3},
		Plan: sla.Plan{
			Target: time.Hour, Calendar: "cn", Steps: []sla.Step{{Percent: 50, Roles: []sla.Role{sla.Assignee}}, {Percent: 100}},
			Repeat: sla.Repeat{Every: time.Minute, Times: 2, Roles: []sla.Role{sla.Duty}},
		},
	}
	other := inbox.ClockPolicy{Name: "其他", Clock: inbox.NextReply, Revision: 1, UpdatedAt: at(6), Plan: sla.DefaultPlan(time.Hour)}
	s.write(func(tx inbox.Tx) error {
		if err := tx.CountPolicyChange(ctx); err != nil {
			return err
		}
		if err := tx.AddClockPolicy(ctx, &p); err != nil {
			return err
		}
		return tx.AddClockPolicy(ctx, &other)
	})
	if version() == before {
		s.Errorf("a change did not move the version on")
	}
	p.Plan.Steps[1].Roles = nil
	all, err := s.store.ClockPolicies(ctx)
	s.code("policies", err, "")
	for i := range all {
		all[i].Plan.Policy, all[i].Plan.Revision = 0, 0
	}
	s.same("policies", all, []inbox.ClockPolicy{p, other})
	p.Enabled, p.Name, p.Revision, p.Match = false, "改名", 2, inbox.Match{}
	s.write(func(tx inbox.Tx) error {
		if err := tx.SaveClockPolicy(ctx, p); err != nil {
			return err
		}
		got, err := tx.LockClockPolicy(ctx, p.ID)
		s.same("changed", got, p)
		if err != nil {
			return err
		}
		return tx.DeleteClockPolicy(ctx, other.ID)
	})
	s.code("a deleted one", s.try(func(tx inbox.Tx) error { _, err := tx.LockClockPolicy(ctx, other.ID); return err }), desk.NotFound)
	account := s.AddAccount(s, "组")
	groups, err := s.store.AccountGroups(ctx)
	s.code("groups", err, "")
	if _, ok := groups[account]; !ok {
		s.Errorf("groups %v lack account %d", groups, account)
	}
	if v := version(); v.Accounts == before.Accounts {
		s.Errorf("a new account did not move the version on")
	}
}

func (s *suite) calendars() {
	ctx := s.Context()
	all, err := s.store.Calendars(ctx)
	s.code("calendars", err, "")
	if len(all) != 1 || all[0].Code != inbox.DefaultCalendar || all[0].Week.Validate() != nil || !all[0].Holidays {
		s.Fatalf("a new desk has %+v, want the default calendar", all)
	}
	c := inbox.Calendar{Code: "hall", Name: "政务大厅", UpdatedAt: at(1)}
	c.Week[time.Saturday] = []sla.Window{{From: 540, To: 720}, {From: 780, To: 1440}}
	s.write(func(tx inbox.Tx) error { return tx.AddCalendar(ctx, &c) })
	again := c
	s.code("a code twice", s.try(func(tx inbox.Tx) error { return tx.AddCalendar(ctx, &again) }), desk.Conflict)
	c.Name, c.Holidays, c.UpdatedAt, c.Week[time.Sunday] = "大厅", true, at(2), []sla.Window{{From: 0, To: 1}}
	s.write(func(tx inbox.Tx) error {
		if err := tx.SaveCalendar(ctx, c); err != nil {
			return err
		}
		got, err := tx.LockCalendar(ctx, c.ID)
		s.same("changed", got, c)
		return err
	})
	for _, want := range []bool{true, false} {
		s.write(func(tx inbox.Tx) error {
			first, err := tx.WantYear(ctx, 2027)
			s.same("wanted for the first time", first, want)
			return err
		})
	}
	year := inbox.Year{Year: 2027, Days: []sla.Day{{Date: "2027-01-01", Name: "元旦", Off: true}, {Date: "2027-01-03", Name: "元旦"}}}
	for range 2 {
		s.write(func(tx inbox.Tx) error { return tx.SaveYear(ctx, year) })
	}
	s.write(func(tx inbox.Tx) error { _, err := tx.WantYear(ctx, 2027); return err })
	s.write(func(tx inbox.Tx) error { _, err := tx.WantYear(ctx, 2028); return err })
	years, err := s.store.Years(ctx)
	s.code("years", err, "")
	s.same("years", years, []inbox.Year{year, {Year: 2028}})
}
