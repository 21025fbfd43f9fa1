// Package sla holds the rules of time: when a clock is due, which of its marks
// have passed, and how it ends. Everything here is a pure function of its
// arguments; who reads the watch and stores the result is inbox.
package sla

import (
	"fmt"
	"slices"
	"time"
)

// State is where a clock stands.
type State string

// Clock states. A missed clock that is answered late stays missed and gets its
// MetAt.
const (
	Running   State = "running"
	Met       State = "met"
	Missed    State = "missed"
	Cancelled State = "cancelled"
)

// Breach is the mark of the deadline itself, in per cent of the target.
const Breach = 100

// Policy says how long a clock runs and at which shares of that time (per
// cent, rising, each 1..99) it warns.
type Policy struct {
	Target time.Duration
	WarnAt []int
}

// Validate reports what is wrong with a policy.
func (p Policy) Validate() error {
	if p.Target < time.Second {
		return fmt.Errorf("target %v: want at least one second", p.Target)
	}
	last := 0
	for _, w := range p.WarnAt {
		if w <= last || w >= Breach {
			return fmt.Errorf("warnings %v: want rising values between 1 and 99", p.WarnAt)
		}
		last = w
	}
	return nil
}

// Clock is one deadline. Warned is the highest mark that has fired (0 for
// none); NextAt is when the next one is to fire, zero when none is left.
type Clock struct {
	State     State
	StartedAt time.Time
	DueAt     time.Time
	Warned    int
	NextAt    time.Time
	MetAt     time.Time
}

// Start returns a clock that runs from at. Times are kept in milliseconds.
func Start(p Policy, at time.Time) Clock {
	at = at.Truncate(time.Millisecond)
	c := Clock{State: Running, StartedAt: at, DueAt: at.Add(p.Target.Truncate(time.Millisecond))}
	c.NextAt = c.nextMark(p)
	return c
}

// Open reports whether the clock still asks for an answer.
func (c Clock) Open() bool {
	return c.MetAt.IsZero() && (c.State == Running || c.State == Missed)
}

// markAt is when the mark of so many per cent fires.
func (c Clock) markAt(percent int) time.Time {
	return c.StartedAt.Add(c.DueAt.Sub(c.StartedAt) * time.Duration(percent) / Breach)
}

func (c Clock) nextMark(p Policy) time.Time {
	for _, w := range p.WarnAt {
		if w > c.Warned {
			return c.markAt(w)
		}
	}
	if c.Warned < Breach {
		return c.DueAt
	}
	return time.Time{}
}

// Advance returns the clock as it stands at now and the marks that passed
// since it was last advanced, in order, each exactly once however long the
// desk was down. A clock that does not run is returned as it is.
func (c Clock) Advance(p Policy, now time.Time) (Clock, []int) {
	if c.State != Running {
		return c, nil
	}
	var passed []int
	for _, mark := range append(slices.Clone(p.WarnAt), Breach) {
		if mark > c.Warned && !c.markAt(mark).After(now) {
			passed = append(passed, mark)
		}
	}
	if len(passed) == 0 {
		return c, nil
	}
	c.Warned = passed[len(passed)-1]
	c.NextAt = c.nextMark(p)
	if c.Warned == Breach {
		c.State = Missed
	}
	return c, passed
}

// Hurry returns a running clock with its deadline brought forward to due; one
// that ends sooner, or does not run, is returned as it is. Marks that have fired
// stay fired.
func (c Clock) Hurry(p Policy, due time.Time) Clock {
	due = due.Truncate(time.Millisecond)
	if c.State != Running || !due.Before(c.DueAt) || !due.After(c.StartedAt) {
		return c
	}
	c.DueAt = due
	c.NextAt = c.nextMark(p)
	return c
}

// Meet ends an open clock with an answer at the given time. An answer after
// the deadline leaves it missed, whether or not the breach has fired yet.
func (c Clock) Meet(at time.Time) Clock {
	if !c.Open() {
		return c
	}
	c.MetAt = at.Truncate(time.Millisecond)
	c.NextAt = time.Time{}
	if c.State == Running {
		c.State = Met
		if at.After(c.DueAt) {
			c.State = Missed
		}
	}
	return c
}

// Cancel ends an open clock that nobody needs any more. A breach that has
// happened stays on record.
func (c Clock) Cancel(at time.Time) Clock {
	if !c.Open() {
		return c
	}
	c.NextAt = time.Time{}
	if c.State == Missed {
		c.MetAt = at.Truncate(time.Millisecond)
		return c
	}
	c.State = Cancelled
	return c
}
