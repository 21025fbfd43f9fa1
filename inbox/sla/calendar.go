package sla

import (
	"fmt"
	"slices"
	"time"
)

// Window is a stretch of working time within a day, from and to in minutes
// after midnight.
type Window struct{ From, To int }

// Week is the working time of each weekday, by time.Weekday.
type Week [7][]Window

// maxWindows is how many windows a day may have.
const maxWindows = 6

// Validate reports what is wrong with the windows of a week.
func (w Week) Validate() error {
	open := false
	for day, windows := range w {
		if len(windows) > maxWindows {
			return fmt.Errorf("%v: %d windows, want at most %d", time.Weekday(day), len(windows), maxWindows)
		}
		last := -1
		for _, x := range windows {
			if x.From <= last || x.To <= x.From || x.To > 24*60 {
				return fmt.Errorf("%v: windows must lie within the day, one after the other", time.Weekday(day))
			}
			last, open = x.To, true
		}
	}
	if !open {
		return fmt.Errorf("no day has working time")
	}
	return nil
}

// workday is the working time of an ordinary working day: Monday's, or that of
// the first day after it that has any. A make-up working day has it too,
// whatever weekday it falls on.
func (w Week) workday() []Window {
	for i := range 7 {
		if windows := w[(int(time.Monday)+i)%7]; len(windows) > 0 {
			return windows
		}
	}
	return nil
}

// Date is a day as text: 2026-02-14.
type Date string

// DateOf is the day of t in its location.
func DateOf(t time.Time) Date { return Date(t.Format(time.DateOnly)) }

// Day is an exception from the week: a holiday, or a make-up working day 调休.
type Day struct {
	Date Date
	Name string
	Off  bool
}

// Holidays are the exceptions by day, and the years they are complete for.
type Holidays struct {
	days  map[Date]Day
	years []int
}

// NewHolidays gathers the days of years.
func NewHolidays(years map[int][]Day) Holidays {
	h := Holidays{days: map[Date]Day{}}
	for year, days := range years {
		h.years = append(h.years, year)
		for _, d := range days {
			h.days[d.Date] = d
		}
	}
	slices.Sort(h.years)
	return h
}

// Knows reports whether the year's days have been announced.
func (h Holidays) Knows(year int) bool { return slices.Contains(h.years, year) }

// Years are those whose days are known, in order.
func (h Holidays) Years() []int { return slices.Clone(h.years) }

// Calendar is working time: the windows of a week, but for the holidays.
// A year whose holidays are unknown counts by the week alone.
type Calendar struct {
	week     Week
	workday  []Window
	holidays Holidays
	loc      *time.Location
}

var _ Hours = (*Calendar)(nil)

// NewCalendar returns a calendar in a time zone. The week must be valid.
func NewCalendar(w Week, h Holidays, loc *time.Location) *Calendar {
	return &Calendar{week: w, workday: w.workday(), holidays: h, loc: loc}
}

// Kind says why a day is as it is.
type Kind string

// Kinds of days.
const (
	Workday Kind = "workday"
	Weekend Kind = "weekend" // no working time by the week
	Holiday Kind = "holiday"
	MakeUp  Kind = "make_up"
)

// DayOf tells the working time of the day of t, and why.
func (c *Calendar) DayOf(t time.Time) (windows []Window, kind Kind, name string) {
	t = t.In(c.loc)
	if d, ok := c.holidays.days[DateOf(t)]; ok {
		if d.Off {
			return nil, Holiday, d.Name
		}
		return c.workday, MakeUp, d.Name
	}
	if windows = c.week[t.Weekday()]; len(windows) == 0 {
		return nil, Weekend, ""
	}
	return windows, Workday, ""
}

// Known reports whether the holidays of the year of t are known.
func (c *Calendar) Known(t time.Time) bool { return c.holidays.Knows(t.In(c.loc).Year()) }

// longest is how many days Add looks ahead: several times the longest target of
// a calendar with an hour a week.
const longest = 366 * 100

// spans calls fn with the working time from a moment on, stretch by stretch,
// until it returns false or has seen 100 years.
func (c *Calendar) spans(from time.Time, fn func(start, end time.Time) bool) {
	day := from.In(c.loc)
	y, m, d := day.Date()
	for i := range longest {
		midnight := time.Date(y, m, d+i, 0, 0, 0, 0, c.loc)
		windows, _, _ := c.DayOf(midnight)
		for _, w := range windows {
			start := time.Date(y, m, d+i, 0, w.From, 0, 0, c.loc)
			end := time.Date(y, m, d+i, 0, w.To, 0, 0, c.loc)
			if start.Before(from) {
				start = from
			}
			if start.Before(end) && !fn(start, end) {
				return
			}
		}
	}
}

// Add implements Hours: so much working time after from. Of a moment between
// two windows it is the end of the first.
func (c *Calendar) Add(from time.Time, d time.Duration) time.Time {
	at := from
	c.spans(from, func(start, end time.Time) bool {
		open := end.Sub(start)
		at = end
		if d <= open {
			at = start.Add(d)
			return false
		}
		d -= open
		return true
	})
	return at.In(from.Location())
}

// Between implements Hours.
func (c *Calendar) Between(from, to time.Time) time.Duration {
	var sum time.Duration
	c.spans(from, func(start, end time.Time) bool {
		if !start.Before(to) {
			return false
		}
		if end.After(to) {
			end = to
		}
		sum += end.Sub(start)
		return end.Before(to)
	})
	return sum
}

// Span is what one day gives of the time between two moments.
type Span struct {
	Date  Date
	Kind  Kind
	Name  string
	Known bool // the holidays of its year are
	Open  time.Duration
}

// Explain tells, for at most so many days from one moment to another, how much
// of each counts.
func (c *Calendar) Explain(from, to time.Time, most int) []Span {
	var out []Span
	y, m, d := from.In(c.loc).Date()
	for i := 0; i < most; i++ {
		midnight := time.Date(y, m, d+i, 0, 0, 0, 0, c.loc)
		if midnight.After(to) {
			break
		}
		next := time.Date(y, m, d+i+1, 0, 0, 0, 0, c.loc)
		s := Span{Date: DateOf(midnight), Known: c.Known(midnight)}
		_, s.Kind, s.Name = c.DayOf(midnight)
		start, end := midnight, next
		if start.Before(from) {
			start = from
		}
		if end.After(to) {
			end = to
		}
		s.Open = c.Between(start, end)
		out = append(out, s)
	}
	return out
}
