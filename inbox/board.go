package inbox

import (
	"cmp"
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// BoardHours is how many hours a Board looks ahead: the rest of this one and 24
// more, so that what comes in now and has a day is on it.
const BoardHours = 25

// maxHolders is how many people and departments a Board names each.
const maxHolders = 50

// Board is how the desk stands now: what waits, when it will be late, and who
// has it.
type Board struct {
	At         time.Time
	Waiting    int // tickets somebody has to act on
	Overdue    int // of those, with the deadline behind them
	Unassigned int
	Hours      []HourDue // BoardHours of them, one after the other
	Later      int       // due after those hours, or without a deadline
	People     []Holder  // who has tickets that wait, the most overdue first
	// Departments are those with escalations they have not answered yet, in the
	// same order.
	Departments []Holder
	Today       Compared // received and done today so far, beside yesterday
}

// HourDue is how many tickets must be answered within one hour.
type HourDue struct {
	From    time.Time // the hour of the desk's clock, or now
	Waiting int
}

// Holder is a person or a department and what lies with them. Person 0 is
// nobody.
type Holder struct {
	ID      int64
	Name    string
	Waiting int
	Overdue int
	Soon    int       // due within BoardHours
	NextDue time.Time // the next deadline that has not passed; zero for none
}

// BoardCount is how many tickets of a person, or escalations of a department,
// are due in one span of time.
type BoardCount struct {
	Holder  int64
	Span    int // of the spans asked for: 0 is before the first bound
	Waiting int
	NextDue time.Time // the first deadline of the span; zero for none
}

// Board tells how the desk stands. It needs ReadReports and counts what the
// actor sees.
func (r *Reports) Board(ctx context.Context, actor desk.Actor) (Board, error) {
	if err := actor.Require(desk.ReadReports); err != nil {
		return Board{}, err
	}
	now := r.Now().UTC()
	b := Board{At: now, Hours: boardHours(now, r.Zone)}
	bounds := []time.Time{now}
	for _, hour := range b.Hours[1:] {
		bounds = append(bounds, hour.From)
	}
	last := bounds[len(bounds)-1]
	bounds = append(bounds, last.Add(time.Hour))
	people, departments, err := r.Store.Board(ctx, actor, bounds)
	if err != nil {
		return b, err
	}
	for _, c := range people {
		b.Waiting += c.Waiting
		switch {
		case c.Span == 0:
			b.Overdue += c.Waiting
		case c.Span <= len(b.Hours):
			b.Hours[c.Span-1].Waiting += c.Waiting
		default:
			b.Later += c.Waiting
		}
		if c.Holder == 0 {
			b.Unassigned += c.Waiting
		}
	}
	if b.People, err = r.holders(ctx, PerPerson, people); err != nil {
		return b, err
	}
	if b.Departments, err = r.holders(ctx, PerDepartment, departments); err != nil {
		return b, err
	}
	today, err := r.Report(ctx, ReportFilter{Actor: actor, Days: 1, By: PerDay})
	b.Today = today.Total
	return b, err
}

// boardHours begin now and then with each hour of the clock in a zone.
func boardHours(now time.Time, zone *time.Location) []HourDue {
	local := now.In(zone)
	next := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), 0, 0, 0, zone)
	hours := []HourDue{{From: now}}
	for len(hours) < BoardHours {
		next = next.Add(time.Hour)
		hours = append(hours, HourDue{From: next.UTC()})
	}
	return hours
}

// holders adds up what each has and names those with the most to do.
func (r *Reports) holders(ctx context.Context, by Dimension, counts []BoardCount) ([]Holder, error) {
	all := map[int64]*Holder{}
	for _, c := range counts {
		h := all[c.Holder]
		if h == nil {
			h = &Holder{ID: c.Holder}
			all[c.Holder] = h
		}
		h.Waiting += c.Waiting
		switch {
		case c.Span == 0:
			h.Overdue += c.Waiting
			continue
		case c.Span <= BoardHours:
			h.Soon += c.Waiting
		}
		if !c.NextDue.IsZero() && (h.NextDue.IsZero() || c.NextDue.Before(h.NextDue)) {
			h.NextDue = c.NextDue
		}
	}
	out := make([]Holder, 0, len(all))
	for _, h := range all {
		out = append(out, *h)
	}
	slices.SortFunc(out, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(b.Overdue, a.Overdue), cmp.Compare(b.Soon, a.Soon), cmp.Compare(b.Waiting, a.Waiting), cmp.Compare(a.ID, b.ID))
	})
	out = out[:min(len(out), maxHolders)]
	keys := make([]string, len(out))
	for i, h := range out {
		keys[i] = id(h.ID)
	}
	names, err := r.Store.KeyNames(ctx, by, keys)
	for i := range out {
		out[i].Name = names[id(out[i].ID)]
	}
	return out, err
}
