package sla_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"replydesk/configs/calendar"
	"replydesk/inbox/sla"
)

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// office is open from Monday to Friday, 9:00–12:00 and 13:30–17:30: 7 h a day.
func office() sla.Week {
	var w sla.Week
	for day := time.Monday; day <= time.Friday; day++ {
		w[day] = []sla.Window{{From: 9 * 60, To: 12 * 60}, {From: 13*60 + 30, To: 17*60 + 30}}
	}
	return w
}

func announced(t interface{ Fatal(args ...any) }) map[int][]sla.Day {
	years, err := sla.LoadHolidays(calendar.Files)
	if err != nil {
		t.Fatal(err)
	}
	return years
}

// worked are deadlines around holidays, counted by hand from the announcements:
// the holiday, the start, the working time, the deadline, and why.
var worked = [][5]string{
	{"2026 春节", "2026-02-13 16:30", "1h", "2026-02-13 17:30", "Friday closes at 17:30: the last moment of a window still counts"},
	{"2026 春节", "2026-02-13 16:30", "2h", "2026-02-14 10:00", "one hour on Friday, the other on Saturday the 14th, a make-up day"},
	{"2026 春节", "2026-02-14 09:00", "7h", "2026-02-14 17:30", "a make-up Saturday has Monday's windows: 3 h and 4 h"},
	{"2026 春节", "2026-02-14 16:30", "2h", "2026-02-24 10:00", "one hour on the make-up Saturday; the 15th to the 23rd are off; Tuesday goes on"},
	{"2026 春节", "2026-02-14 17:30", "1h", "2026-02-24 10:00", "closed since this moment, off until the 23rd"},
	{"2026 春节", "2026-02-15 10:00", "3h", "2026-02-24 12:00", "a holiday gives nothing; the morning of the 24th has 3 h"},
	{"2026 春节", "2026-02-17 00:00", "7h", "2026-02-24 17:30", "New Year's day itself: the whole of the first working day"},
	{"2026 春节", "2026-02-23 23:59", "4h", "2026-02-24 14:30", "3 h in the morning, the lunch break, one hour from 13:30"},
	{"2026 春节", "2026-02-27 17:00", "1h", "2026-02-28 09:30", "half an hour on Friday, half on Saturday the 28th, a make-up day"},
	{"2026 春节", "2026-02-28 15:30", "3h", "2026-03-02 10:00", "2 h on the make-up Saturday, Sunday is off, 1 h on Monday"},
	{"2026 春节", "2026-02-13 09:00", "35h", "2026-02-26 17:30", "five working days: the 13th, 14th (make-up), 24th, 25th, 26th"},
	{"2026 春节", "2026-02-12 13:30", "14h", "2026-02-14 12:00", "4 h on Thursday, 7 h on Friday, the make-up morning"},
	{"2026 国庆", "2026-09-30 17:00", "1h", "2026-10-08 09:30", "half an hour, then seven days off, Thursday the 8th goes on"},
	{"2026 国庆", "2026-09-30 12:00", "4h", "2026-09-30 17:30", "noon: nothing until 13:30, then the 4 h of the afternoon"},
	{"2026 国庆", "2026-09-30 12:30", "5h", "2026-10-08 10:00", "from the lunch break: 4 h in the afternoon, 1 h after the holidays"},
	{"2026 国庆", "2026-10-01 09:00", "7h", "2026-10-08 17:30", "the first of seven days off: the whole of the 8th"},
	{"2026 国庆", "2026-10-07 20:00", "3h30m", "2026-10-08 14:00", "3 h in the morning, half an hour after lunch"},
	{"2026 国庆", "2026-10-09 17:30", "7h", "2026-10-10 17:30", "Saturday the 10th is made up for and has 7 h"},
	{"2026 国庆", "2026-10-10 17:00", "1h", "2026-10-12 09:30", "half an hour on the make-up Saturday, Sunday is off"},
	{"2026 国庆", "2026-09-19 10:00", "1h", "2026-09-20 10:00", "an ordinary Saturday is off; Sunday the 20th is a make-up day"},
	{"2026 国庆", "2026-09-20 09:00", "14h", "2026-09-21 17:30", "the make-up Sunday and Monday"},
	{"2026 中秋", "2026-09-24 16:30", "2h", "2026-09-28 10:00", "1 h on Thursday; Friday the 25th to Sunday are off"},
	{"2026 中秋、国庆", "2026-09-24 09:00", "35h", "2026-10-08 17:30", "five working days: the 24th, 28th, 29th, 30th and, after both holidays, the 8th"},
	{"2025 春节", "2025-01-24 17:00", "1h", "2025-01-26 09:30", "half an hour on Friday; Saturday is off, Sunday the 26th is a make-up day"},
	{"2025 春节", "2025-01-27 15:30", "4h", "2025-02-05 11:00", "2 h on Monday, eight days off, 2 h on Wednesday"},
	{"2025 春节", "2025-02-07 13:30", "8h", "2025-02-08 14:30", "4 h on Friday; the make-up Saturday gives 3 h, lunch, 1 h"},
	{"2025 春节", "2025-02-08 17:29", "2m", "2025-02-10 09:01", "a minute on the make-up Saturday, a minute on Monday"},
	{"2025 国庆", "2025-09-26 17:30", "3h", "2025-09-28 12:00", "Saturday is off, Sunday the 28th is a make-up day"},
	{"2025 国庆", "2025-09-30 09:00", "21h", "2025-10-10 17:30", "three working days: the 30th and, after eight days off, the 9th and 10th"},
	{"2025 国庆", "2025-10-10 16:00", "3h", "2025-10-11 10:30", "an hour and a half on Friday, the rest on the make-up Saturday"},
	{"2025 国庆", "2025-10-11 12:15", "4h", "2025-10-11 17:30", "the lunch break of a make-up Saturday, then its afternoon"},
	{"2026 元旦", "2025-12-31 17:00", "1h", "2026-01-04 09:30", "the 1st to the 3rd are off, Sunday the 4th is a make-up day"},
	{"2024 春节", "2024-02-09 17:00", "1h", "2024-02-18 09:30", "that year the eve was a working day; Sunday the 18th is a make-up day"},
	{"2024 春节", "2024-02-03 12:00", "7h", "2024-02-04 17:30", "Saturday is off, Sunday the 4th is a make-up day"},
}

func TestWorkedDeadlines(t *testing.T) {
	c := sla.NewCalendar(office(), sla.NewHolidays(announced(t)), beijing)
	for _, w := range worked {
		from, err := time.ParseInLocation("2006-01-02 15:04", w[1], beijing)
		if err != nil {
			t.Fatal(err)
		}
		open, err := time.ParseDuration(w[2])
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Add(from, open).Format("2006-01-02 15:04"); got != w[3] {
			t.Errorf("%s: %s and %s working time is %s, want %s: %s", w[0], w[1], w[2], got, w[3], w[4])
		}
	}
}

func TestDaysAreNamed(t *testing.T) {
	c := sla.NewCalendar(office(), sla.NewHolidays(announced(t)), beijing)
	for day, want := range map[string]struct {
		kind    sla.Kind
		name    string
		windows int
	}{
		"2026-02-14": {sla.MakeUp, "春节", 2},
		"2026-02-16": {sla.Holiday, "春节", 0},
		"2026-02-25": {sla.Workday, "", 2},
		"2026-03-01": {sla.Weekend, "", 0},
	} {
		at, _ := time.ParseInLocation(time.DateOnly, day, beijing)
		if windows, kind, name := c.DayOf(at); len(windows) != want.windows || kind != want.kind || name != want.name {
			t.Errorf("%s is %s %q with %d windows, want %+v", day, kind, name, len(windows), want)
		}
	}
	spans := c.Explain(time.Date(2026, 2, 14, 16, 30, 0, 0, beijing), time.Date(2026, 2, 24, 10, 0, 0, 0, beijing), 60)
	if len(spans) != 11 || spans[0].Open != time.Hour || spans[5].Open != 0 || spans[10].Open != time.Hour || !spans[10].Known {
		t.Errorf("explained: %+v", spans)
	}
}

// world draws a calendar of up to three windows on some days, with the
// announced holidays of 2025 and 2026 and what is drawn for 2027.
func world(t *rapid.T) (sla.Week, map[int][]sla.Day) {
	var w sla.Week
	for day := range w {
		if day != int(time.Monday) && rapid.IntRange(0, 3).Draw(t, "closed") == 0 {
			continue
		}
		at := 0
		for range rapid.IntRange(1, 3).Draw(t, "windows") {
			from := rapid.IntRange(at+1, 1380).Draw(t, "from")
			to := rapid.IntRange(from+1, 1440).Draw(t, "to")
			w[day] = append(w[day], sla.Window{From: from, To: to})
			if at = to; at >= 1370 {
				break
			}
		}
	}
	years := announced(t)
	for range rapid.IntRange(0, 20).Draw(t, "days") {
		at := time.Date(2027, 1, 1+rapid.IntRange(0, 364).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		if d := sla.DateOf(at); !slices.ContainsFunc(years[2027], func(x sla.Day) bool { return x.Date == d }) {
			years[2027] = append(years[2027], sla.Day{Date: d, Name: "节", Off: rapid.Bool().Draw(t, "off")})
		}
	}
	return w, years
}

func moment(t *rapid.T, label string) time.Time {
	begin := time.Date(2025, 1, 1, 0, 0, 0, 0, beijing)
	return begin.Add(time.Duration(rapid.Int64Range(0, int64(3*365*24*time.Hour/time.Millisecond)).Draw(t, label)) * time.Millisecond)
}

func amount(t *rapid.T) time.Duration {
	return time.Duration(rapid.Int64Range(1000, int64(30*7*time.Hour/time.Millisecond)).Draw(t, "amount")) * time.Millisecond
}

// open reports whether a moment is working time or the end of some.
func open(c *sla.Calendar, at time.Time) bool {
	windows, _, _ := c.DayOf(at)
	h, m, _ := at.Clock()
	minute := float64(h*60+m) + float64(at.Sub(at.Truncate(time.Minute)))/float64(time.Minute)
	for _, w := range windows {
		if minute >= float64(w.From) && minute <= float64(w.To) || w.To == 24*60 && minute == 0 {
			return true
		}
	}
	if minute == 0 { // midnight is the end of the day before
		before, _, _ := c.DayOf(at.Add(-time.Minute))
		return len(before) > 0 && before[len(before)-1].To == 24*60
	}
	return false
}

func TestDeadlinesLieInWorkingTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		week, years := world(t)
		c := sla.NewCalendar(week, sla.NewHolidays(years), beijing)
		from, d := moment(t, "from"), amount(t)
		due := c.Add(from, d)
		if due.Before(from) {
			t.Fatalf("due %v before its start %v", due, from)
		}
		if !open(c, due) {
			t.Fatalf("due %v in closed time", due)
		}
		if got := c.Between(from, due); got != d {
			t.Fatalf("%v of working time until %v, but %v between", d, due, got)
		}
		if c.Between(from, due.Add(-time.Millisecond)) >= d {
			t.Fatalf("%v is not the earliest moment", due)
		}
		if more := c.Add(from, d+time.Minute); !more.After(due) {
			t.Fatalf("a minute more is due at %v, not after %v", more, due)
		}
		if later := c.Add(from.Add(time.Hour), d); later.Before(due) {
			t.Fatalf("started later, due earlier: %v before %v", later, due)
		}
	})
}

func TestHolidaysNeverHurry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		week, years := world(t)
		before := sla.NewCalendar(week, sla.NewHolidays(years), beijing)
		from, d := moment(t, "from"), amount(t)
		for range rapid.IntRange(1, 12).Draw(t, "holidays") {
			day := sla.DateOf(from.AddDate(0, 0, rapid.IntRange(0, 60).Draw(t, "in")))
			years[2027] = slices.DeleteFunc(years[2027], func(x sla.Day) bool { return x.Date == day })
			years[9999] = append(years[9999], sla.Day{Date: day, Name: "又一个节", Off: true})
		}
		all := map[int][]sla.Day{}
		for year, days := range years {
			for _, x := range days {
				if year == 9999 || !slices.ContainsFunc(years[9999], func(o sla.Day) bool { return o.Date == x.Date }) {
					all[year] = append(all[year], x)
				}
			}
		}
		after := sla.NewCalendar(week, sla.NewHolidays(all), beijing)
		if was, is := before.Add(from, d), after.Add(from, d); is.Before(was) {
			t.Fatalf("with more holidays due at %v, before %v", is, was)
		}
	})
}

// A pause keeps what a clock had left: its deadline never comes nearer, and the
// working time from the end of the pause is that from its beginning.
func TestPausesNeverShorten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		week, years := world(t)
		c := sla.NewCalendar(week, sla.NewHolidays(years), beijing)
		clock := sla.Start(sla.DefaultPlan(amount(t), 50, 80), c, moment(t, "from"))
		at := clock.StartedAt
		for range rapid.IntRange(1, 4).Draw(t, "pauses") {
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(clock.DueAt.Sub(at)/time.Millisecond)-1).Draw(t, "runs")) * time.Millisecond)
			clock, _ = clock.Advance(c, at)
			if clock.State != sla.Running {
				t.Fatalf("%s at %v, due %v", clock.State, at, clock.DueAt)
			}
			was, left := clock.DueAt, c.Between(at, clock.DueAt)
			clock = clock.Stop(at, time.Time{}, "等材料")
			at = at.Add(time.Duration(rapid.Int64Range(0, int64(40*24*time.Hour/time.Millisecond)).Draw(t, "stands")) * time.Millisecond)
			clock = clock.Resume(c, at)
			if clock.DueAt.Before(was) || c.Between(at, clock.DueAt) != left {
				t.Fatalf("resumed at %v: due %v, was %v; %v left, had %v", at, clock.DueAt, was, c.Between(at, clock.DueAt), left)
			}
			if !slices.IsSortedFunc(clock.Marks, time.Time.Compare) || clock.NextAt.Before(at) {
				t.Fatalf("marks %v, next %v at %v", clock.Marks, clock.NextAt, at)
			}
		}
	})
}

func TestYearsAreChecked(t *testing.T) {
	good := sla.Day{Date: "2027-01-01", Name: "元旦", Off: true}
	for i, days := range [][]sla.Day{
		nil, {{Date: "2027-01-02", Name: "元旦"}}, {good, good}, {good, {Date: "2027-02-30", Name: "x"}}, {good, {Date: "2026-11-30", Name: "x"}}, {{Date: "2027-01-01", Off: true}},
	} {
		if sla.ValidateYear(2027, days) == nil {
			t.Errorf("case %d must not be valid: %v", i, days)
		}
	}
	if err := sla.ValidateYear(2027, []sla.Day{good, {Date: "2026-12-31", Name: "元旦", Off: true}}); err != nil {
		t.Error(err)
	}
	h := sla.NewHolidays(announced(t))
	if got := fmt.Sprint(h.Years()); got != "[2024 2025 2026]" || h.Knows(2027) {
		t.Errorf("years %s", got)
	}
	for name, w := range map[string]sla.Week{
		"never open": {}, "overlapping": {1: {{From: 540, To: 720}, {From: 700, To: 800}}}, "past midnight": {1: {{From: 540, To: 1500}}}, "backwards": {1: {{From: 720, To: 540}}},
	} {
		if w.Validate() == nil {
			t.Errorf("%s: %v must not be valid", name, w)
		}
	}
}
