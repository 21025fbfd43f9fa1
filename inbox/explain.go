package inbox

import (
	"context"
	"time"

	"replydesk/inbox/desk"
	"replydesk/inbox/sla"
)

// explainDays is how many days of a deadline's way are told.
const explainDays = 62

// Explanation says which policy a clock would get, why, and when it would be
// due. Policy is nil when the settings' plan counts.
type Explanation struct {
	Policy     *ClockPolicy
	Considered []Considered // the enabled policies of that clock, the most specific first
	Plan       sla.Plan
	StartedAt  time.Time
	DueAt      time.Time
	Marks      []time.Time // of the plan's steps
	Days       []sla.Span  // from the start to the deadline, at most explainDays; nil when all time counts
	Known      bool        // the holidays of the deadline's year are
}

// Considered is a policy that was looked at. It fits when nothing fails.
type Considered struct {
	Policy ClockPolicy
	Asks   []Condition
	Fails  []Condition
	Chosen bool
}

// ExplainPolicy tells what a clock that starts at the time would run by.
func (s *Service) ExplainPolicy(_ context.Context, actor desk.Actor, c Case, at time.Time) (Explanation, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return Explanation{}, err
	}
	if at.IsZero() {
		at = s.time()
	}
	b := s.timetable.Load()
	out := Explanation{Policy: b.choose(c), Known: true}
	for _, p := range b.policies {
		if p.Clock == c.Clock {
			out.Considered = append(out.Considered, Considered{
				Policy: p, Asks: p.Match.asks(), Fails: p.Match.fails(c), Chosen: out.Policy != nil && p.ID == out.Policy.ID,
			})
		}
	}
	out.Plan = s.planOf(out.Policy, c.Clock)
	hours, err := s.hours(out.Plan.Calendar)
	if err != nil {
		return out, err
	}
	clock := sla.Start(out.Plan, hours, at)
	out.StartedAt, out.DueAt, out.Marks = clock.StartedAt, clock.DueAt, clock.Marks
	if calendar, ok := hours.(*sla.Calendar); ok {
		out.Days = calendar.Explain(clock.StartedAt, clock.DueAt, explainDays)
		out.Known = calendar.Known(clock.DueAt)
	}
	return out, nil
}
