package sla

import (
	"fmt"
	"slices"
	"time"
)

// Role is whom a clock tells of a mark.
type Role string

// Roles. Who they are at that moment is looked up when the mark has fired.
const (
	Assignee       Role = "assignee"
	Supervisor     Role = "supervisor"
	Department     Role = "department"
	DepartmentHead Role = "department_head"
	Duty           Role = "duty"
)

// Roles are all of them, in the order of the chain.
func Roles() []Role { return []Role{Assignee, Supervisor, Department, DepartmentHead, Duty} }

// Limits of a plan.
const (
	MaxTarget  = 366 * 24 * time.Hour
	MaxSteps   = 12
	MaxRepeats = 50
	maxPercent = 1000
)

// Breach is the share of the target that is the deadline itself, in per cent.
const Breach = 100

// Step is one moment of a plan at which somebody is told: at a share of the
// target (Percent), or, when that is 0, so many minutes after the deadline,
// negative for before.
type Step struct {
	Percent int
	Minutes int
	Roles   []Role
}

// Deadline reports whether the step is the deadline itself.
func (s Step) Deadline() bool { return s.Percent == Breach || s.Percent == 0 && s.Minutes == 0 }

// offset is the time of the step from the start.
func (s Step) offset(target time.Duration) time.Duration {
	if s.Percent != 0 {
		return target/Breach*time.Duration(s.Percent) + target%Breach*time.Duration(s.Percent)/Breach
	}
	return target + time.Duration(s.Minutes)*time.Minute
}

// share is how much of the target is gone at the step, in per cent.
func (s Step) share(target time.Duration) int {
	if s.Percent != 0 {
		return s.Percent
	}
	return int(s.offset(target).Milliseconds() * Breach / max(target.Milliseconds(), 1))
}

// Repeat tells roles again after the last step, until somebody acts: every so
// often, so many times. Zero: never.
type Repeat struct {
	Every time.Duration
	Times int
	Roles []Role
}

// Plan is how long a clock runs, in which time, and who is told when. A clock
// keeps the plan it was started with.
type Plan struct {
	Policy   int64 // whose plan it is; 0: the settings'
	Revision int64
	Target   time.Duration
	Calendar string // the code of the calendar that says what working time is; "": all time counts
	Steps    []Step // in order of time; exactly one is the deadline
	Repeat   Repeat
}

// DefaultPlan warns at rising shares of the target and goes up the chain: the
// assignee first, at the last warning the supervisor too, at the deadline the
// department's head as well.
func DefaultPlan(target time.Duration, warnAt ...int) Plan {
	p := Plan{Target: target}
	for i, percent := range warnAt {
		roles := []Role{Assignee}
		if i > 0 && i == len(warnAt)-1 {
			roles = append(roles, Supervisor)
		}
		p.Steps = append(p.Steps, Step{Percent: percent, Roles: roles})
	}
	p.Steps = append(p.Steps, Step{Percent: Breach, Roles: []Role{Assignee, Supervisor, DepartmentHead}})
	return p
}

// Ordered returns the plan with its steps in order of time and the deadline
// among them.
func (p Plan) Ordered() Plan {
	p.Steps = slices.Clone(p.Steps)
	if !slices.ContainsFunc(p.Steps, Step.Deadline) {
		p.Steps = append(p.Steps, Step{Percent: Breach})
	}
	slices.SortStableFunc(p.Steps, func(a, b Step) int { return int(a.offset(p.Target) - b.offset(p.Target)) })
	return p
}

// Validate reports what is wrong with an ordered plan.
func (p Plan) Validate() error {
	if p.Target < time.Second || p.Target > MaxTarget {
		return fmt.Errorf("target %v: want one second to %d days", p.Target, MaxTarget/(24*time.Hour))
	}
	if len(p.Steps) > MaxSteps {
		return fmt.Errorf("%d steps: want at most %d", len(p.Steps), MaxSteps)
	}
	deadlines, last := 0, time.Duration(0)
	for i, s := range p.Steps {
		at := s.offset(p.Target)
		if s.Deadline() {
			deadlines++
		}
		if s.Percent < 0 || s.Percent > maxPercent || s.Percent != 0 && s.Minutes != 0 || at <= 0 || at > p.Target+MaxTarget {
			return fmt.Errorf("step %d (%d %%, %d minutes): want a share from 1 to %d or minutes that lie after the start", i+1, s.Percent, s.Minutes, maxPercent)
		}
		if at <= last {
			return fmt.Errorf("step %d is not after the one before it", i+1)
		}
		if err := known(s.Roles); err != nil {
			return err
		}
		last = at
	}
	if deadlines != 1 {
		return fmt.Errorf("%d steps are the deadline, want one", deadlines)
	}
	return p.Repeat.validate()
}

func (r Repeat) validate() error {
	if r.Times == 0 && r.Every == 0 {
		return nil
	}
	if r.Times < 1 || r.Times > MaxRepeats || r.Every < time.Minute || r.Every > MaxTarget {
		return fmt.Errorf("repeat %d times every %v: want 1 to %d times, at least a minute apart", r.Times, r.Every, MaxRepeats)
	}
	return known(r.Roles)
}

func known(roles []Role) error {
	for i, r := range roles {
		if !slices.Contains(Roles(), r) || slices.Contains(roles[:i], r) {
			return fmt.Errorf("role %q is unknown or stands twice", r)
		}
	}
	return nil
}

// LastWarning is the share of the target that is gone at the last step before
// the deadline, in per cent; Breach when there is none.
func (p Plan) LastWarning() int {
	last := Breach
	for _, s := range p.Steps {
		if s.Deadline() {
			break
		}
		last = s.share(p.Target)
	}
	return last
}
