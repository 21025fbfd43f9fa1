package sla_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"replydesk/inbox/sla"
)

var (
	day   = sla.Policy{Target: 24 * time.Hour, WarnAt: []int{50, 80}}
	begin = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
)

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
			c := sla.Start(day, begin)
			if tt.warned > 0 {
				c, _ = c.Advance(day, begin.Add(day.Target*time.Duration(tt.warned)/100))
			}
			c, passed := c.Advance(day, begin.Add(tt.after))
			if !slices.Equal(passed, tt.passed) || c.State != tt.state {
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
	missed, _ := sla.Start(day, begin).Advance(day, late)
	tests := []struct {
		name  string
		clock sla.Clock
		state sla.State
		metAt time.Time
	}{
		{"met in time", sla.Start(day, begin).Meet(begin.Add(time.Hour)), sla.Met, begin.Add(time.Hour)},
		{"met at the last moment", sla.Start(day, begin).Meet(begin.Add(24 * time.Hour)), sla.Met, begin.Add(24 * time.Hour)},
		{"answered late, breach fired", missed.Meet(late), sla.Missed, late},
		{"answered late, breach not fired yet", sla.Start(day, begin).Meet(late), sla.Missed, late},
		{"cancelled", sla.Start(day, begin).Cancel(begin), sla.Cancelled, time.Time{}},
		{"cancelled after the breach", missed.Cancel(late), sla.Missed, late},
		{"met once only", sla.Start(day, begin).Meet(begin).Meet(late), sla.Met, begin},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.clock.State != tt.state || !tt.clock.MetAt.Equal(tt.metAt) || tt.clock.Open() || !tt.clock.NextAt.IsZero() {
				t.Errorf("got %+v, want state %s, met at %v", tt.clock, tt.state, tt.metAt)
			}
		})
	}
}

func TestPolicyValidate(t *testing.T) {
	for _, p := range []sla.Policy{{}, {Target: time.Hour, WarnAt: []int{80, 50}}, {Target: time.Hour, WarnAt: []int{100}}, {Target: time.Hour, WarnAt: []int{0}}} {
		if p.Validate() == nil {
			t.Errorf("%+v must not be valid", p)
		}
	}
	if err := day.Validate(); err != nil {
		t.Error(err)
	}
}

// However the watch is read, every mark fires once, in order, never early.
func TestEveryMarkFiresOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := sla.Policy{Target: time.Duration(rapid.Int64Range(int64(time.Second), int64(90*24*time.Hour)).Draw(t, "target"))}
		p.WarnAt = slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.IntRange(1, 99), 0, 5).Draw(t, "warn"))))
		c := sla.Start(p, begin)
		now, fired := begin, []int(nil)
		for _, step := range rapid.SliceOfN(rapid.Int64Range(0, int64(p.Target)), 1, 20).Draw(t, "steps") {
			now = now.Add(time.Duration(step))
			var passed []int
			next := c.NextAt
			c, passed = c.Advance(p, now)
			if len(passed) > 0 && now.Before(next) {
				t.Fatalf("marks %v fired before %v", passed, next)
			}
			if len(passed) == 0 && c.State == sla.Running && !c.NextAt.After(now) {
				t.Fatalf("next mark at %v did not fire at %v", c.NextAt, now)
			}
			fired = append(fired, passed...)
		}
		c, passed := c.Advance(p, now.Add(p.Target))
		fired = append(fired, passed...)
		if want := append(slices.Clone(p.WarnAt), sla.Breach); !slices.Equal(fired, want) {
			t.Fatalf("fired %v, want %v", fired, want)
		}
		if c.State != sla.Missed {
			t.Fatalf("state %s after the deadline", c.State)
		}
	})
}

func TestHurry(t *testing.T) {
	p := sla.Policy{Target: 24 * time.Hour, WarnAt: []int{50, 80}}
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	c := sla.Start(p, start)
	hurried := c.Hurry(p, start.Add(30*time.Minute))
	if want := start.Add(30 * time.Minute); !hurried.DueAt.Equal(want) || !hurried.NextAt.Equal(start.Add(15*time.Minute)) {
		t.Errorf("due %v, next %v", hurried.DueAt, hurried.NextAt)
	}
	if later := hurried.Hurry(p, start.Add(time.Hour)); later != hurried {
		t.Errorf("a later deadline changed it: %+v", later)
	}
	if ended := c.Meet(start).Hurry(p, start.Add(time.Minute)); ended != c.Meet(start) {
		t.Errorf("an ended clock changed: %+v", ended)
	}
	if before := c.Hurry(p, start); before != c {
		t.Errorf("a deadline at its start: %+v", before)
	}
}
