package inbox

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// DefaultCalendar is the code of the calendar every desk has.
const DefaultCalendar = "cn"

// Limits of calendars.
const (
	maxCalendars    = 50
	maxCalendarName = 40
	maxYears        = 60
)

// Calendar is working time with a name: the windows of a week and, unless it
// goes by the week alone, the holidays. Clocks name it by its Code, which never
// changes, and it is never deleted.
type Calendar struct {
	ID        int64
	Code      string
	Name      string
	Week      sla.Week
	Holidays  bool
	UpdatedAt time.Time
}

// Year is the announced exceptions of a year. One an administrator stored
// stands before the one that came with the desk.
type Year struct {
	Year     int
	Days     []sla.Day
	Uploaded bool
}

// CalendarInput is what a person enters; nil fields stay as they are. Code can
// be told for a new one only.
type CalendarInput struct {
	Code, Name *string
	Week       *sla.Week
	Holidays   *bool
}

// Calendars are all calendars, the years whose holidays are known and those
// that are wanted and are not.
type Calendars struct {
	Items   []Calendar
	Years   []Year
	Missing []int
}

// CalendarDay is one day of a calendar.
type CalendarDay struct {
	Date    sla.Date
	Kind    sla.Kind
	Name    string
	Windows []sla.Window
}

// Calendars returns the calendars and their years.
func (s *Service) Calendars(ctx context.Context, actor desk.Actor) (Calendars, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return Calendars{}, err
	}
	items, err := s.store.Calendars(ctx)
	if err != nil {
		return Calendars{}, err
	}
	out := Calendars{Items: items}
	b := s.timetable.Load()
	for _, year := range b.holidays.Years() {
		out.Years = append(out.Years, b.years[year])
	}
	out.Missing = b.missing(s.now().In(s.rules.Location))
	return out, nil
}

// noticeFrom is the month from which next year's holidays are expected to be
// known: they are announced in its first weeks.
const noticeFrom = time.November

// missing are the years whose holidays are wanted and not known, in order: those
// a deadline has fallen in, and next year from November on.
func (b *timetable) missing(now time.Time) []int {
	wanted := slices.Clone(b.wanted)
	if now.Month() >= noticeFrom {
		wanted = append(wanted, now.Year()+1)
	}
	slices.Sort(wanted)
	return slices.DeleteFunc(slices.Compact(wanted), func(year int) bool { return year < now.Year() || b.holidays.Knows(year) })
}

// CalendarYear returns every day of a calendar's year.
func (s *Service) CalendarYear(ctx context.Context, actor desk.Actor, id int64, year int) ([]CalendarDay, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	items, err := s.store.Calendars(ctx)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if item.ID != id {
			continue
		}
		c := s.timetable.Load().calendar(item, s.rules.Location)
		var out []CalendarDay
		for at := time.Date(year, 1, 1, 0, 0, 0, 0, s.rules.Location); at.Year() == year; at = at.AddDate(0, 0, 1) {
			d := CalendarDay{Date: sla.DateOf(at)}
			d.Windows, d.Kind, d.Name = c.DayOf(at)
			out = append(out, d)
		}
		return out, nil
	}
	return nil, errNoCalendar
}

var errNoCalendar = desk.Errorf(desk.NotFound, "没有这个日历")

// AddCalendar makes a calendar. A code in use is a Conflict.
func (s *Service) AddCalendar(ctx context.Context, actor desk.Actor, in CalendarInput) (Calendar, error) {
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return Calendar{}, err
	}
	if in.Code == nil || !calendarCode(*in.Code) {
		return Calendar{}, desk.InvalidField("code", "须为 2 至 20 个小写字母、数字或连字符")
	}
	c := Calendar{Code: *in.Code, Holidays: true}
	err := s.changeTimes(ctx, actor, CalendarChanged, func(tx Tx, now time.Time) (map[string]any, error) {
		all, err := s.store.Calendars(ctx)
		if err != nil {
			return nil, err
		}
		if len(all) >= maxCalendars {
			return nil, desk.InvalidField("code", "最多 %d 个日历", maxCalendars)
		}
		if err := c.lay(in, now); err != nil {
			return nil, err
		}
		err = tx.AddCalendar(ctx, &c)
		return map[string]any{"calendar_id": id(c.ID), "code": c.Code, "name": c.Name}, err
	})
	return c, err
}

// ChangeCalendar changes a calendar. Clocks that run keep their times; what is
// left of a paused one is counted by the calendar as it is when it goes on.
func (s *Service) ChangeCalendar(ctx context.Context, actor desk.Actor, calendarID int64, in CalendarInput) (Calendar, error) {
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return Calendar{}, err
	}
	var c Calendar
	err := s.changeTimes(ctx, actor, CalendarChanged, func(tx Tx, now time.Time) (map[string]any, error) {
		var err error
		if c, err = tx.LockCalendar(ctx, calendarID); err != nil {
			return nil, err
		}
		if in.Code != nil && *in.Code != c.Code {
			return nil, desk.InvalidField("code", "代码不能修改")
		}
		if err := c.lay(in, now); err != nil {
			return nil, err
		}
		return map[string]any{"calendar_id": id(c.ID), "code": c.Code, "name": c.Name}, tx.SaveCalendar(ctx, c)
	})
	return c, err
}

func (c *Calendar) lay(in CalendarInput, now time.Time) (err error) {
	if in.Name != nil {
		c.Name = *in.Name
	}
	if c.Name, err = text("name", c.Name, 1, maxCalendarName); err != nil {
		return err
	}
	if in.Week != nil {
		c.Week = *in.Week
	}
	if err := c.Week.Validate(); err != nil {
		return desk.InvalidField("week", "工作时段有误：每天的时段须先后排列、互不重叠，且至少一天有工作时段（%v）", err)
	}
	if in.Holidays != nil {
		c.Holidays = *in.Holidays
	}
	c.UpdatedAt = now
	return nil
}

func calendarCode(code string) bool {
	if len(code) < 2 || len(code) > 20 {
		return false
	}
	for _, r := range code {
		if r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// SetYear stores the announced days of a year for all calendars that have
// holidays.
func (s *Service) SetYear(ctx context.Context, actor desk.Actor, year int, days []sla.Day) error {
	if err := actor.Require(desk.ManagePolicies); err != nil {
		return err
	}
	if err := sla.ValidateYear(year, days); err != nil {
		return desk.InvalidField("days", "节假日数据有误：%v", err)
	}
	if known := len(s.timetable.Load().years); known >= maxYears {
		return desk.InvalidField("year", "最多保存 %d 年", maxYears)
	}
	return s.changeTimes(ctx, actor, CalendarChanged, func(tx Tx, _ time.Time) (map[string]any, error) {
		return map[string]any{"year": year, "days": len(days)}, tx.SaveYear(ctx, Year{Year: year, Days: days})
	})
}

// CheckCalendars tells, once for each year, that next year's holidays are not
// known when they should be.
func (s *Service) CheckCalendars(ctx context.Context, now time.Time) (time.Time, error) {
	for _, year := range s.timetable.Load().missing(now.In(s.rules.Location)) {
		err := s.store.Atomic(ctx, func(tx Tx) error { return s.wantYear(ctx, tx, year, now) })
		if err != nil {
			return time.Time{}, err
		}
	}
	return time.Time{}, nil
}

// wantYear notes that the holidays of a year are wanted and not known, and
// tells it the first time.
func (s *Service) wantYear(ctx context.Context, tx Tx, year int, now time.Time) error {
	if slices.Contains(s.timetable.Load().wanted, year) {
		return nil
	}
	first, err := tx.WantYear(ctx, year)
	if err != nil || !first {
		return err
	}
	e := desk.NewEvent(CalendarLacking, now, map[string]any{"year": year})
	e.Audience = desk.ManagePolicies
	return tx.Record(ctx, e)
}
