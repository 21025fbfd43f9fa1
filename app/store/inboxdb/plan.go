package inboxdb

import (
	"encoding/json"
	"fmt"
	"time"

	"replydesk/app/store"
	"replydesk/inbox/sla"
)

// planText is a clock's plan as it is stored, with the times of its steps.
type planText struct {
	Policy   int64       `json:"policy,omitempty"`
	Revision int64       `json:"revision,omitempty"`
	Target   int64       `json:"target"` // milliseconds
	Calendar string      `json:"calendar,omitempty"`
	Steps    []stepText  `json:"steps"`
	Repeat   *repeatText `json:"repeat,omitempty"`
}

type stepText struct {
	Percent int        `json:"percent,omitempty"`
	Minutes int        `json:"minutes,omitempty"`
	At      int64      `json:"at,omitempty"`
	Roles   []sla.Role `json:"roles,omitempty"`
}

type repeatText struct {
	Every int64      `json:"every"` // milliseconds
	Times int        `json:"times"`
	Roles []sla.Role `json:"roles,omitempty"`
}

// planJSON is the text of a plan; marks are the times of its steps, nil for a
// plan that no clock has.
func planJSON(p sla.Plan, marks []time.Time) string {
	t := planText{Policy: p.Policy, Revision: p.Revision, Target: p.Target.Milliseconds(), Calendar: p.Calendar, Steps: make([]stepText, len(p.Steps))}
	for i, s := range p.Steps {
		t.Steps[i] = stepText{Percent: s.Percent, Minutes: s.Minutes, Roles: s.Roles}
		if i < len(marks) {
			t.Steps[i].At = store.Millis(marks[i])
		}
	}
	if r := p.Repeat; r.Times > 0 {
		t.Repeat = &repeatText{Every: r.Every.Milliseconds(), Times: r.Times, Roles: r.Roles}
	}
	b, _ := json.Marshal(t) // numbers and words always marshal
	return string(b)
}

// readPlan reads what planJSON wrote.
func readPlan(text string) (p sla.Plan, marks []time.Time, err error) {
	var t planText
	if err := json.Unmarshal([]byte(text), &t); err != nil {
		return p, nil, fmt.Errorf("plan of a clock: %w", err)
	}
	p = sla.Plan{Policy: t.Policy, Revision: t.Revision, Target: time.Duration(t.Target) * time.Millisecond, Calendar: t.Calendar}
	for _, s := range t.Steps {
		p.Steps = append(p.Steps, sla.Step{Percent: s.Percent, Minutes: s.Minutes, Roles: s.Roles})
		marks = append(marks, store.Time(s.At))
	}
	if r := t.Repeat; r != nil {
		p.Repeat = sla.Repeat{Every: time.Duration(r.Every) * time.Millisecond, Times: r.Times, Roles: r.Roles}
	}
	return p, marks, nil
}

// setPlan reads the clock's plan. One from before plans were kept has its
// deadline only.
func (c *clockRow) setPlan() (err error) {
	if c.Plan, c.Marks, err = readPlan(c.plan); err != nil || len(c.Marks) > 0 {
		return err
	}
	c.Plan.Target = c.DueAt.Sub(c.StartedAt)
	c.Plan.Steps = []sla.Step{{Percent: sla.Breach}}
	c.Marks = []time.Time{c.DueAt}
	return nil
}
