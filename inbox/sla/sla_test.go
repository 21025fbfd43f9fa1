package sla_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"replydesk/inbox/sla"
)

var (
	day   = sla.DefaultPlan(24*time.Hour, 50, 80)
	wall  = sla.Wall{}
	begin = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
)

// percents are the shares of marks that passed.
func percents(told []sla.Signal) (out []int) {
	for _, s := range told {
		out = append(out, s.Percent)
	}
	return out
}

func TestAdvance(t *testing.T) {
	tests := []struct {
		name   string
		warned int
		after  time.Duration
		passed []int
		state  sla.State
		next   time.Duration
	}{
		{"just started", 0, 0, nil, sla.Running, 12 * time.Hour},
		{"one millisecond before half", 0, 12*time.Hour - time.Millisecond, nil, sla.Running, 12 * time.Hour},
		{"half", 0, 12 * time.Hour, []int{50}, sla.Running, 24 * time.Hour * 80 / 100},
		{"half, told before", 50, 13 * time.Hour, nil, sla.Running, 24 * time.Hour * 80 / 100},
		{"both warnings after downtime", 0, 20 * time.Hour, []int{50, 80}, sla.Running, 24 * time.Hour},
		{"due", 80, 24 * time.Hour, []int{100}, sla.Missed, 0},
		{"everything after downtime", 0, 72 * time.Hour, []int{50, 80, 100}, sla.Missed, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := sla.Start(day, wall, begin)
			if tt.warned > 0 {
				c, _ = c.Advance(wall, begin.Add(day.Target*time.Duration(tt.warned)/100))
			}
			c, passed := c.Advance(wall, begin.Add(tt.after))
			if passed := percents(passed); !slices.Equal(passed, tt.passed) || c.State != tt.state {
				t.Errorf("passed %v, state %s, want %v, %s", passed, c.State, tt.passed, tt.state)
			}
			want := time.Time{}
			if tt.next > 0 {
				want = begin.Add(tt.next)
			}
			if !c.NextAt.Equal(want) {
				t.Errorf("next = %v, want %v", c.NextAt, want)
			}
		})
	}
}

func TestEnds(t *testing.T) {
	late := begin.Add(25 * time.Hour)
	missed, _ := sla.Start(day, wall, begin).Advance(wall, late)
	tests := []struct {
		name  string
		clock sla.Clock
		state sla.State
		metAt time.Time
	}{
		{"met in time", sla.Start(day, wall, begin).Meet(begin.Add(time.Hour)), sla.Met, begin.Add(time.Hour)},
		{"met at the last moment", sla.Start(day, wall, begin).Meet(begin.Add(24 * time.Hour)), sla.Met, begin.Add(24 * time.Hour)},
		{"answered late, breach fired", missed.Meet(late), sla.Missed, late},
		{"answered late, breach not fired yet", sla.Start(day, wall, begin).Meet(late), sla.Missed, late},
		{"cancelled", sla.Start(day, wall, begin).Cancel(begin), sla.Cancelled, time.Time{}},
		{"cancelled after the breach", missed.Cancel(late), sla.Missed, late},
		{"met once only", sla.Start(day, wall, begin).Meet(begin).Meet(late), sla.Met, begin},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.clock.State != tt.state || !tt.clock.MetAt.Equal(tt.metAt) || tt.clock.Open() || !tt.clock.NextAt.IsZero() {
				t.Errorf("got %+v, want state %s, met at %v", tt.clock, tt.state, tt.metAt)
			}
		})
	}
}

func TestPlanValidate(t *testing.T) {
	hour := func(change func(p *sla.Plan)) sla.Plan {
		p := sla.DefaultPlan(time.Hour, 50)
		change(&p)
		return p
	}
	for name, p := range map[string]sla.Plan{
		"nothing": {},
		"falling": hour(func(p *sla.Plan) { p.Steps[0].Percent = 150 }),
		"two at one time": hour(func(p *sla.Plan) {
			p.Steps[0] = sla.Step{Minutes: -30}
			p.Steps = append([]sla.Step{{Percent: 50}}, p.Steps...)
		}),
		"two deadlines":       hour(func(p *sla.Plan) { p.Steps = append(p.Steps, sla.Step{Percent: 100}) }),
		"before the start":    hour(func(p *sla.Plan) { p.Steps[0] = sla.Step{Minutes: -60} }),
		"an unknown role":     hour(func(p *sla.Plan) { p.Steps[0].Roles = []sla.Role{"mayor"} }),
		"a role twice":        hour(func(p *sla.Plan) { p.Steps[0].Roles = []sla.Role{sla.Duty, sla.Duty} }),
		"too long":            hour(func(p *sla.Plan) { p.Target = sla.MaxTarget + time.Hour }),
		"repeats without end": hour(func(p *sla.Plan) { p.Repeat = sla.Repeat{Every: time.Hour} }),
		"repeats too often":   hour(func(p *sla.Plan) { p.Repeat = sla.Repeat{Every: time.Second, Times: 2} }),
	} {
		if p.Validate() == nil {
			t.Errorf("%s: %+v must not be valid", name, p)
		}
	}
	if err := day.Validate(); err != nil {
		t.Error(err)
	}
	mixed := sla.Plan{Target: 10 * time.Hour, Steps: []sla.Step{{Minutes: 90}, {Minutes: -30}, {Percent: 50}}}.Ordered()
	if err := mixed.Validate(); err != nil || !mixed.Steps[2].Deadline() || mixed.Steps[0].Percent != 50 || mixed.LastWarning() != 95 {
		t.Errorf("ordered: %+v, %v; last warning at %d", mixed.Steps, err, mixed.LastWarning())
	}
}

// However the watch is read, every mark fires once, in order, never early.
func TestEveryMarkFiresOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		target := time.Duration(rapid.Int64Range(int64(time.Second), int64(90*24*time.Hour)).Draw(t, "target"))
		warnAt := slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.IntRange(1, 99), 0, 5).Draw(t, "warn"))))
		p := sla.DefaultPlan(target, warnAt...)
		c := sla.Start(p, wall, begin)
		now, fired := begin, []int(nil)
		for _, step := range rapid.SliceOfN(rapid.Int64Range(0, int64(target)), 1, 20).Draw(t, "steps") {
			now = now.Add(time.Duration(step))
			var passed []sla.Signal
			next := c.NextAt
			c, passed = c.Advance(wall, now)
			if len(passed) > 0 && now.Before(next) {
				t.Fatalf("marks %v fired before %v", passed, next)
			}
			if len(passed) == 0 && c.State == sla.Running && !c.NextAt.After(now) {
				t.Fatalf("next mark at %v did not fire at %v", c.NextAt, now)
			}
			fired = append(fired, percents(passed)...)
		}
		c, passed := c.Advance(wall, now.Add(target))
		fired = append(fired, percents(passed)...)
		if want := append(slices.Clone(warnAt), sla.Breach); !slices.Equal(fired, want) {
			t.Fatalf("fired %v, want %v", fired, want)
		}
		if c.State != sla.Missed || !c.NextAt.IsZero() {
			t.Fatalf("state %s, next %v after the deadline", c.State, c.NextAt)
		}
	})
}

// After the deadline the chain goes on, then repeats, until somebody acts or it
// has said it often enough.
func TestRepeatsUntilSomebodyActs(t *testing.T) {
	p := sla.Plan{
		Target: 4 * time.Hour, Repeat: sla.Repeat{Every: time.Hour, Times: 3, Roles: []sla.Role{sla.Duty}},
		Steps: []sla.Step{{Percent: 100, Roles: []sla.Role{sla.Assignee}}, {Minutes: 30, Roles: []sla.Role{sla.DepartmentHead}}},
	}
	c := sla.Start(p, wall, begin)
	var told []sla.Signal
	var minutes []int
	for c.Open() && !c.NextAt.IsZero() {
		now := c.NextAt
		var passed []sla.Signal
		c, passed = c.Advance(wall, now)
		told, minutes = append(told, passed...), append(minutes, int(now.Sub(begin).Minutes()))
	}
	if want := []int{240, 270, 330, 390, 450}; !slices.Equal(minutes, want) {
		t.Fatalf("fired after %v minutes, want %v", minutes, want)
	}
	if last := told[4]; last.Repeat != 3 || last.Number != 5 || last.Roles[0] != sla.Duty {
		t.Errorf("last signal %+v", last)
	}
	c, _ = sla.Start(p, wall, begin).Advance(wall, begin.Add(4*time.Hour))
	if c = c.Quiet(); !c.Open() || !c.NextAt.IsZero() {
		t.Errorf("somebody acted: %+v", c)
	}
	c, told = sla.Start(p, wall, begin).Advance(wall, begin.Add(7*time.Hour))
	if len(told) != 3 || told[2].Repeat != 2 || !c.NextAt.Equal(begin.Add(450*time.Minute)) {
		t.Errorf("after downtime %+v, next %v; want both steps and the second repeat", told, c.NextAt)
	}
}

func TestPauseMovesWhatIsLeft(t *testing.T) {
	c, _ := sla.Start(day, wall, begin).Advance(wall, begin.Add(13*time.Hour))
	stopped := c.Stop(begin.Add(13*time.Hour), time.Time{}, "等材料")
	if stopped.State != sla.Paused || !stopped.Open() || !stopped.NextAt.IsZero() || stopped.Pause.Reason != "等材料" {
		t.Fatalf("stopped: %+v", stopped)
	}
	c, told := stopped.Advance(wall, begin.Add(90*time.Hour))
	if len(told) != 0 || c.State != sla.Paused {
		t.Errorf("a paused clock told %+v", told)
	}
	c = c.Resume(wall, begin.Add(23*time.Hour))
	if want := begin.Add(34 * time.Hour); c.State != sla.Running || !c.DueAt.Equal(want) || !c.NextAt.Equal(begin.Add(29*time.Hour+12*time.Minute)) || c.Fired != 1 {
		t.Errorf("resumed: %+v, want due at %v", c, want)
	}
	if met := stopped.Meet(begin.Add(90 * time.Hour)); met.State != sla.Met || met.Open() {
		t.Errorf("answered while paused: %+v", met)
	}
	if gone := stopped.Cancel(begin); gone.State != sla.Cancelled || gone.Open() {
		t.Errorf("cancelled while paused: %+v", gone)
	}
}

func TestPostpone(t *testing.T) {
	c, _ := sla.Start(day, wall, begin).Advance(wall, begin.Add(20*time.Hour))
	c = c.Postpone(wall, begin.Add(20*time.Hour), begin.Add(48*time.Hour))
	if !c.DueAt.Equal(begin.Add(48*time.Hour)) || c.Fired != 0 || !c.NextAt.Equal(begin.Add(24*time.Hour)) {
		t.Errorf("postponed: %+v, want its first warning ahead again", c)
	}
	missed, _ := c.Advance(wall, begin.Add(60*time.Hour))
	if again := missed.Postpone(wall, begin.Add(60*time.Hour), begin.Add(72*time.Hour)); again.State != sla.Missed || !again.DueAt.Equal(missed.DueAt) {
		t.Errorf("a missed clock was postponed: %+v", again)
	}
}
