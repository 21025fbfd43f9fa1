package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// Calendar is working time with a name.
type Calendar struct {
	ID        ID               `json:"id"`
	Code      string           `json:"code" doc:"what policies name it by; never changes"`
	Name      string           `json:"name"`
	Windows   []CalendarWindow `json:"windows"`
	Holidays  bool             `json:"holidays" doc:"false: it goes by the week alone"`
	UpdatedAt time.Time        `json:"updated_at,omitzero"`
}

// CalendarWindow is a stretch of working time of a weekday.
type CalendarWindow struct {
	Weekday int    `json:"weekday" minimum:"1" maximum:"7" doc:"1 is Monday"`
	From    string `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" example:"09:00"`
	To      string `json:"to" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" example:"12:00"`
}

// CalendarList are all calendars and the years of their holidays.
type CalendarList struct {
	Items      []Calendar     `json:"items"`
	NextCursor string         `json:"next_cursor"`
	Years      []CalendarYear `json:"years"`
	Missing    []int          `json:"missing" doc:"years whose holidays are wanted and not known"`
}

// CalendarYear is a year whose holidays are known.
type CalendarYear struct {
	Year     int  `json:"year"`
	Uploaded bool `json:"uploaded" doc:"false: it came with the desk"`
	Off      int  `json:"off" doc:"days off"`
	MakeUp   int  `json:"make_up" doc:"make-up working days"`
}

// CalendarDay is a day of a calendar's year.
type CalendarDay struct {
	Date    string   `json:"date" format:"date"`
	Kind    string   `json:"kind" enum:"workday,weekend,holiday,make_up"`
	Name    string   `json:"name,omitempty"`
	Windows []string `json:"windows" example:"[\"09:00-12:00\"]"`
}

// HolidayDay is an exception as it is announced.
type HolidayDay struct {
	Date string `json:"date" format:"date"`
	Name string `json:"name"`
	Off  bool   `json:"off" doc:"false: a make-up working day"`
}

type (
	calendarBody struct {
		Code     *string           `json:"code,omitempty"`
		Name     *string           `json:"name,omitempty"`
		Windows  *[]CalendarWindow `json:"windows,omitempty" maxItems:"42"`
		Holidays *bool             `json:"holidays,omitempty"`
	}
	createCalendarInput struct{ Body calendarBody }
	updateCalendarInput struct {
		ByID
		Body calendarBody
	}
	calendarDaysInput struct {
		ByID
		Year int `query:"year" minimum:"2000" maximum:"2200" required:"true"`
	}
	setYearInput struct {
		Body struct {
			Year int          `json:"year" minimum:"2000" maximum:"2200"`
			Days []HolidayDay `json:"days" maxItems:"200"`
		}
	}
)

func (s *Server) calendars() {
	tickets := s.deps.Inbox
	list := func(ctx context.Context, actor desk.Actor) (CalendarList, error) {
		all, err := tickets.Calendars(ctx, actor)
		return calendarsOf(all), err
	}
	route(s, s.operation(http.MethodGet, "/calendars", "listCalendars", "Calendars of working time, and the years whose holidays are known"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (CalendarList, error) {
			return list(ctx, who.Actor())
		})
	route(s, created(s.operation(http.MethodPost, "/calendars", "createCalendar", "Add a calendar")),
		func(ctx context.Context, who auth.Principal, in *createCalendarInput) (Calendar, error) {
			c, err := tickets.AddCalendar(ctx, who.Actor(), in.Body.input())
			return calendarOf(c), err
		})
	route(s, s.operation(http.MethodPatch, "/calendars/{id}", "updateCalendar", "Change a calendar; clocks that run keep their times"),
		func(ctx context.Context, who auth.Principal, in *updateCalendarInput) (Calendar, error) {
			c, err := tickets.ChangeCalendar(ctx, who.Actor(), in.ID.number(), in.Body.input())
			return calendarOf(c), err
		})
	route(s, s.operation(http.MethodGet, "/calendars/{id}/days", "listCalendarDays", "Every day of a calendar's year"),
		func(ctx context.Context, who auth.Principal, in *calendarDaysInput) (List[CalendarDay], error) {
			days, err := tickets.CalendarYear(ctx, who.Actor(), in.ID.number(), in.Year)
			return listOf(days, calendarDayOf), err
		})
	route(s, s.operation(http.MethodPost, "/calendars/years", "setCalendarYear", "Store the announced holidays and make-up days of a year, for all calendars"),
		func(ctx context.Context, who auth.Principal, in *setYearInput) (CalendarList, error) {
			days := each(in.Body.Days, func(d HolidayDay) sla.Day { return sla.Day{Date: sla.Date(d.Date), Name: d.Name, Off: d.Off} })
			if err := tickets.SetYear(ctx, who.Actor(), in.Body.Year, days); err != nil {
				return CalendarList{}, err
			}
			return list(ctx, who.Actor())
		})
}

// minutesOf reads a time of day that huma has checked.
func minutesOf(clock string) int {
	var h, m int
	_, _ = fmt.Sscanf(clock, "%d:%d", &h, &m)
	return h*60 + m
}

func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func (b calendarBody) input() inbox.CalendarInput {
	in := inbox.CalendarInput{Code: b.Code, Name: b.Name, Holidays: b.Holidays}
	if b.Windows != nil {
		in.Week = new(sla.Week)
		for _, w := range *b.Windows {
			day := w.Weekday % 7
			in.Week[day] = append(in.Week[day], sla.Window{From: minutesOf(w.From), To: minutesOf(w.To)})
		}
	}
	return in
}

func calendarOf(c inbox.Calendar) Calendar {
	out := Calendar{ID: idOf(c.ID), Code: c.Code, Name: c.Name, Holidays: c.Holidays, UpdatedAt: utc(c.UpdatedAt), Windows: []CalendarWindow{}}
	for day := 1; day <= 7; day++ {
		for _, w := range c.Week[day%7] {
			out.Windows = append(out.Windows, CalendarWindow{Weekday: day, From: clockText(w.From), To: clockText(w.To)})
		}
	}
	return out
}

func calendarsOf(all inbox.Calendars) CalendarList {
	return CalendarList{
		Items: each(all.Items, calendarOf), Missing: append([]int{}, all.Missing...),
		Years: each(all.Years, func(y inbox.Year) CalendarYear {
			out := CalendarYear{Year: y.Year, Uploaded: y.Uploaded}
			for _, d := range y.Days {
				if d.Off {
					out.Off++
				} else {
					out.MakeUp++
				}
			}
			return out
		}),
	}
}

func calendarDayOf(d inbox.CalendarDay) CalendarDay {
	return CalendarDay{Date: string(d.Date), Kind: string(d.Kind), Name: d.Name, Windows: each(d.Windows, func(w sla.Window) string {
		return clockText(w.From) + "-" + clockText(w.To)
	})}
}
