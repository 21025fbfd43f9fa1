// Package sla holds the rules of time: when a clock is due, which of its marks
// have passed, what a pause does, and how it ends. Everything here is a pure
// function of its arguments; who reads the watch and stores the result is
// inbox.
package sla

import "time"

// State is where a clock stands.
type State string

// Clock states. A missed clock that is answered late stays missed and gets its
// MetAt.
const (
	Running   State = "running"
	Paused    State = "paused"
	Met       State = "met"
	Missed    State = "missed"
	Cancelled State = "cancelled"
)

// Hours says which time counts. Add returns when so much of it has gone by
// since from, at the earliest such moment; Between how much of it lies between
// two times, 0 when to is not after from.
type Hours interface {
	Add(from time.Time, d time.Duration) time.Time
	Between(from, to time.Time) time.Duration
}

// Wall is all time.
type Wall struct{}

// Add implements Hours.
func (Wall) Add(from time.Time, d time.Duration) time.Time { return from.Add(d) }

// Between implements Hours.
func (Wall) Between(from, to time.Time) time.Duration { return max(to.Sub(from), 0) }

// Clock is one deadline. It carries its plan and the times of the plan's
// steps, so that nothing is worked out anew when a policy or a calendar
// changes. Fired counts the steps that have passed, repeats counted on; Warned
// is the highest share of them up to the deadline, in per cent; NextAt is when
// the next one passes, of a paused clock when its pause ends by itself; zero
// when nothing comes by itself.
type Clock struct {
	State     State
	Plan      Plan
	Marks     []time.Time // of Plan.Steps
	StartedAt time.Time
	DueAt     time.Time
	Fired     int
	Warned    int
	NextAt    time.Time
	MetAt     time.Time
	Pause     Pause // of a paused clock
}

// Pause is why a clock stands still since At; Until is zero when only somebody
// ends it.
type Pause struct {
	At     time.Time
	Until  time.Time
	Reason string
}

// Signal is a mark that has passed: who is to be told of what. Number counts a
// clock's signals from 1; Repeat is 0 for a step of the plan.
type Signal struct {
	Step
	Number int
	Repeat int
}

// precision is what times are kept in.
const precision = time.Millisecond

// Start returns a clock that runs from at. The plan must be valid.
func Start(p Plan, h Hours, at time.Time) Clock {
	at = at.Truncate(precision)
	c := Clock{State: Running, Plan: p, StartedAt: at}
	c.place(h, at, p.Target)
	c.NextAt = c.next(h)
	return c
}

// place puts the marks that have not fired where their steps fall when the
// clock has the target from a time on. One whose step would fall before the one
// before it, because the target is shorter than the plan's, passes with that.
func (c *Clock) place(h Hours, from time.Time, target time.Duration) {
	marks := make([]time.Time, len(c.Plan.Steps))
	copy(marks, c.Marks)
	for i := c.Fired; i < len(marks); i++ {
		marks[i] = h.Add(from, max(c.Plan.Steps[i].offset(target), precision)).Truncate(precision)
		if i > c.Fired && marks[i].Before(marks[i-1]) {
			marks[i] = marks[i-1]
		}
		if c.Plan.Steps[i].Deadline() {
			c.DueAt = marks[i]
		}
	}
	c.Marks = marks
}

// Open reports whether the clock still asks for an answer.
func (c Clock) Open() bool {
	return c.MetAt.IsZero() && (c.State == Running || c.State == Paused || c.State == Missed)
}

// next is when the next mark of a running or missed clock passes.
func (c Clock) next(h Hours) time.Time {
	if c.Fired < len(c.Marks) {
		return c.Marks[c.Fired]
	}
	if n := c.Fired - len(c.Marks); n < c.Plan.Repeat.Times {
		return h.Add(c.Marks[len(c.Marks)-1], c.Plan.Repeat.Every*time.Duration(n+1)).Truncate(precision)
	}
	return time.Time{}
}

// Advance returns the clock as it stands at now and what it has to tell since
// it was last advanced, in order, each once however long the desk was down; of
// repeats that have piled up only the last is told. A clock that waits for
// nothing is returned as it is.
func (c Clock) Advance(h Hours, now time.Time) (Clock, []Signal) {
	if !c.Open() || c.State == Paused || c.NextAt.IsZero() {
		return c, nil
	}
	var told []Signal
	for c.Fired < len(c.Marks) && !c.Marks[c.Fired].After(now) {
		step := c.Plan.Steps[c.Fired]
		c.Fired++
		told = append(told, Signal{Step: step, Number: c.Fired})
		if step.Deadline() {
			c.State = Missed
		}
		if c.State == Running || step.Deadline() {
			c.Warned = step.share(c.Plan.Target)
		}
	}
	c.NextAt = c.next(h)
	if c.Fired < len(c.Marks) {
		return c, told
	}
	piled := 0
	for !c.NextAt.IsZero() && !c.NextAt.After(now) {
		piled, c.Fired = piled+1, c.Fired+1
		c.NextAt = c.next(h)
	}
	if piled > 0 {
		told = append(told, Signal{Step: Step{Roles: c.Plan.Repeat.Roles}, Number: c.Fired, Repeat: c.Fired - len(c.Marks)})
	}
	return c, told
}

// Quiet stops what a missed clock would still tell: somebody has acted.
func (c Clock) Quiet() Clock {
	if c.State == Missed {
		c.NextAt = time.Time{}
	}
	return c
}

// Stop pauses a running clock at a time until another, or, when that is zero,
// until somebody resumes it. What was due before must have been told.
func (c Clock) Stop(at, until time.Time, reason string) Clock {
	if c.State != Running {
		return c
	}
	c.State, c.NextAt = Paused, until.Truncate(precision)
	c.Pause = Pause{At: at.Truncate(precision), Until: c.NextAt, Reason: reason}
	return c
}

// Resume lets a paused clock run on from a time with what it had left: its
// deadline and the marks to come move by the pause.
func (c Clock) Resume(h Hours, at time.Time) Clock {
	if c.State != Paused {
		return c
	}
	at = at.Truncate(precision)
	marks := append([]time.Time{}, c.Marks...)
	for i := c.Fired; i < len(marks); i++ {
		marks[i] = h.Add(at, h.Between(c.Pause.At, marks[i])).Truncate(precision)
		if c.Plan.Steps[i].Deadline() {
			c.DueAt = marks[i]
		}
	}
	c.State, c.Marks, c.Pause = Running, marks, Pause{}
	c.NextAt = c.next(h)
	return c
}

// Postpone moves the deadline of a running clock to a later time. Warnings
// that lie ahead again, because the clock has more time now, fire again.
func (c Clock) Postpone(h Hours, now, due time.Time) Clock {
	if c.State != Running || !due.After(c.DueAt) {
		return c
	}
	c.Fired = 0
	c.place(h, c.StartedAt, h.Between(c.StartedAt, due))
	for c.Fired < len(c.Marks) && !c.Marks[c.Fired].After(now) {
		c.Fired++
	}
	c.Warned = 0
	if c.Fired > 0 {
		c.Warned = c.Plan.Steps[c.Fired-1].share(c.Plan.Target)
	}
	c.NextAt = c.next(h)
	return c
}

// Meet ends an open clock with an answer at the given time. An answer after
// the deadline leaves it missed, whether or not the breach has fired yet.
func (c Clock) Meet(at time.Time) Clock {
	if !c.Open() {
		return c
	}
	c.MetAt = at.Truncate(precision)
	if c.State == Running && at.After(c.DueAt) {
		c.State = Missed
	}
	if c.State != Missed {
		c.State = Met
	}
	c.NextAt, c.Pause = time.Time{}, Pause{}
	return c
}

// Cancel ends an open clock that nobody needs any more. A breach that has
// happened stays on record.
func (c Clock) Cancel(at time.Time) Clock {
	if !c.Open() {
		return c
	}
	c.NextAt, c.Pause = time.Time{}, Pause{}
	if c.State == Missed {
		c.MetAt = at.Truncate(precision)
		return c
	}
	c.State = Cancelled
	return c
}
