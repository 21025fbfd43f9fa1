package inbox

import (
	"context"
	"maps"
	"slices"
	"time"

	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// timetable is what the rules of time are read from while tickets are worked on: the
// policies and calendars as they were when it was read. It is never changed;
// a newer one takes its place.
type timetable struct {
	version   Version
	policies  []ClockPolicy // enabled ones, the most specific first
	calendars map[string]*sla.Calendar
	holidays  sla.Holidays
	years     map[int]Year
	wanted    []int
	groups    map[int64]string // of accounts
}

// Version tells whether anything a timetable is read from has changed: Times counts
// changes of policies and calendars, Accounts is when one was last changed.
type Version struct{ Times, Accounts int64 }

// emptyTimetable has what comes with the desk.
func emptyTimetable(holidays map[int][]sla.Day, loc *time.Location) *timetable {
	b := &timetable{calendars: map[string]*sla.Calendar{}, years: map[int]Year{}}
	for year, days := range holidays {
		b.years[year] = Year{Year: year, Days: days}
	}
	b.holidays = sla.NewHolidays(holidays)
	b.calendars[DefaultCalendar] = b.calendar(Calendar{Week: officeWeek(), Holidays: true}, loc)
	return b
}

// officeWeek is 9:00–12:00 and 13:30–17:30 from Monday to Friday.
func officeWeek() (w sla.Week) {
	for day := time.Monday; day <= time.Friday; day++ {
		w[day] = []sla.Window{{From: 9 * 60, To: 12 * 60}, {From: 13*60 + 30, To: 17*60 + 30}}
	}
	return w
}

// calendar is the working time of a calendar.
func (b *timetable) calendar(c Calendar, loc *time.Location) *sla.Calendar {
	if !c.Holidays {
		return sla.NewCalendar(c.Week, sla.NewHolidays(nil), loc)
	}
	return sla.NewCalendar(c.Week, b.holidays, loc)
}

// LoadPolicies reads the policies and calendars when they have changed since
// they were last read. Until the first call the settings alone count. It is
// called at the start, after every change, and now and then for what other
// processes change.
func (s *Service) LoadPolicies(ctx context.Context) error {
	version, err := s.store.PolicyVersion(ctx)
	if err != nil || version == s.timetable.Load().version {
		return err
	}
	b := emptyTimetable(s.rules.Holidays, s.rules.Location)
	b.version = version
	years, err := s.store.Years(ctx)
	if err != nil {
		return err
	}
	all := maps.Clone(s.rules.Holidays)
	if all == nil {
		all = map[int][]sla.Day{}
	}
	for _, y := range years {
		if len(y.Days) == 0 {
			b.wanted = append(b.wanted, y.Year)
			continue
		}
		y.Uploaded = true
		all[y.Year], b.years[y.Year] = y.Days, y
	}
	b.holidays = sla.NewHolidays(all)
	calendars, err := s.store.Calendars(ctx)
	if err != nil {
		return err
	}
	for _, c := range calendars {
		b.calendars[c.Code] = b.calendar(c, s.rules.Location)
	}
	policies, err := s.store.ClockPolicies(ctx)
	if err != nil {
		return err
	}
	b.policies = slices.DeleteFunc(policies, func(p ClockPolicy) bool { return !p.Enabled })
	slices.SortFunc(b.policies, specific)
	if b.groups, err = s.store.AccountGroups(ctx); err != nil {
		return err
	}
	s.timetable.Store(b)
	return nil
}

// RefreshPolicies is LoadPolicies as a pass.
func (s *Service) RefreshPolicies(ctx context.Context, _ time.Time) (time.Time, error) {
	return time.Time{}, s.LoadPolicies(ctx)
}

// changeTimes changes policies or calendars in a transaction, tells those who
// manage them, and reads them anew.
func (s *Service) changeTimes(ctx context.Context, actor desk.Actor, event string, edit func(tx Tx, now time.Time) (map[string]any, error)) error {
	err := s.store.Atomic(ctx, func(tx Tx) error {
		// First, so that changes come one after the other.
		if err := tx.CountPolicyChange(ctx); err != nil {
			return err
		}
		now := s.time()
		data, err := edit(tx, now)
		if err != nil {
			return err
		}
		e := desk.NewEvent(event, now, data)
		e.ActorID, e.Audience = actor.UserID, desk.ManagePolicies
		return tx.Record(ctx, e)
	})
	if err != nil {
		return err
	}
	return s.LoadPolicies(ctx)
}

// caseOf is what decides the policy of a clock on a ticket. A department's
// clock is asked for with its department.
func (b *timetable) caseOf(t *Ticket, name string, department int64) Case {
	if department == 0 {
		department = t.DepartmentID
	}
	return Case{Clock: name, Group: b.groups[t.AccountID], Kind: t.Kind, Category: t.Category, Priority: t.Priority, Department: department}
}

// choose is the policy that fits best, nil when none does.
func (b *timetable) choose(c Case) *ClockPolicy {
	for i := range b.policies {
		if p := &b.policies[i]; p.Clock == c.Clock && len(p.Match.fails(c)) == 0 {
			return p
		}
	}
	return nil
}

// plan is what a clock of this name gets that starts on the ticket now.
func (s *Service) plan(t *Ticket, name string, department int64) sla.Plan {
	b := s.timetable.Load()
	return s.planOf(b.choose(b.caseOf(t, name, department)), name)
}

// planOf is the plan of a policy, or, when it is nil, of the settings.
func (s *Service) planOf(p *ClockPolicy, name string) sla.Plan {
	if p == nil {
		return s.fallback(name)
	}
	plan := p.Plan
	plan.Policy, plan.Revision = p.ID, p.Revision
	return plan
}

// What a department and a reviewer have where no policy says otherwise, in
// working time of the default calendar, whose day has seven hours.
const (
	signWithin   = 4 * time.Hour
	answerWithin = 5 * 7 * time.Hour
	reviewWithin = 4 * time.Hour
)

// fallback is the plan of a clock that no policy fits: the settings', or the
// desk's own.
func (s *Service) fallback(name string) sla.Plan {
	var p sla.Plan
	switch name {
	case FirstReply:
		return s.rules.FirstReply
	case NextReply:
		return s.rules.NextReply
	case ReviewClock:
		p = sla.Plan{Target: reviewWithin, Steps: []sla.Step{{Percent: sla.Breach, Roles: []sla.Role{sla.Supervisor}}}}
	case SignClock:
		p = departmentPlan(signWithin)
	default:
		p = departmentPlan(answerWithin)
	}
	p.Calendar = DefaultCalendar
	return p
}

// departmentPlan warns the department, then its head, and at the deadline those
// at the desk as well.
func departmentPlan(target time.Duration) sla.Plan {
	return sla.Plan{Target: target, Steps: []sla.Step{
		{Percent: 50, Roles: []sla.Role{sla.Department}},
		{Percent: 80, Roles: []sla.Role{sla.Department, sla.DepartmentHead}},
		{Percent: sla.Breach, Roles: []sla.Role{sla.Department, sla.DepartmentHead, sla.Assignee, sla.Supervisor}},
	}}
}

// Holidays are the holidays and make-up days the desk knows of.
func (s *Service) Holidays() sla.Holidays { return s.timetable.Load().holidays }

// hours is the time a clock counts by the code of its calendar.
func (s *Service) hours(calendar string) (sla.Hours, error) {
	if calendar == "" {
		return sla.Wall{}, nil
	}
	if c, ok := s.timetable.Load().calendars[calendar]; ok {
		return c, nil
	}
	return nil, desk.Errorf(desk.Internal, "no calendar %q", calendar)
}
