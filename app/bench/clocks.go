package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"replydesk/app/store/benchdb"
	"replydesk/inbox"
)

// ClocksOptions are the sizes of the clocks benchmark.
type ClocksOptions struct {
	Options
	Open int // tickets whose clocks run and are not due
	Few  int // as many run on the desk whose idle seconds are compared
	Due  int // tickets whose deadline falls on the same moment
}

// Idle is what a desk on which nothing is due spends on its clocks.
type Idle struct {
	Open    int   `json:"open"`
	SweepMS Times `json:"sweep_ms"` // one look at what is due
	// CPU is the processor time of the process in an idle second, in
	// milliseconds; PostgreSQL's own is not in it.
	CPU float64 `json:"cpu_ms"`
}

// ClocksReport says how late a breach is seen when many fall on one moment
// while many more clocks run.
type ClocksReport struct {
	Machine Machine `json:"machine"`
	Open    int     `json:"open"`
	Due     int     `json:"due"`
	Fired   int     `json:"fired"`
	// LateMS is from the deadline to the moment the event could be read.
	LateMS    Times   `json:"late_ms"`
	PerSecond float64 `json:"per_second"`
	// Floor is the same number of clock rows changed in as large batches with
	// nothing else, per second.
	Floor   float64 `json:"floor_per_second"`
	OfFloor float64 `json:"of_floor"`
	// Few and Many are the idle desk with few and with Open clocks; Grows is how
	// many times a sweep of Many takes, by the medians.
	Few   Idle    `json:"few"`
	Many  Idle    `json:"many"`
	Grows float64 `json:"grows"`
}

// Lines implements Report.
func (r ClocksReport) Lines() []string {
	idle := func(i Idle) string {
		return fmt.Sprintf("  idle   %d clocks: sweep p50 %.3f ms, p99 %.3f ms; %.2f ms of processor a second", i.Open, i.SweepMS.P50, i.SweepMS.P99, i.CPU)
	}
	return []string{
		idle(r.Few), idle(r.Many), fmt.Sprintf("         %.2f times the sweep of few", r.Grows),
		fmt.Sprintf("clocks   %d due at one moment among %d that run: %d fired", r.Due, r.Open, r.Fired),
		fmt.Sprintf("         late p50 %.0f ms, p99 %.0f ms, max %.0f ms; %.0f/s", r.LateMS.P50, r.LateMS.P99, r.LateMS.Max, r.PerSecond),
		fmt.Sprintf("  floor  %.0f/s: bare change of the clock rows; %.0f %% of it", r.Floor, r.OfFloor*100),
	}
}

// lead is how long before the deadline the clocks are in place; longest how
// long the benchmark waits for them.
const (
	lead    = 3 * time.Second
	longest = 60 * time.Second
	glance  = 2 * time.Millisecond
)

// sweeps and idleFor are how long an idle desk is looked at.
const (
	sweeps  = 1000
	idleFor = 5 * time.Second
)

// Clocks runs the benchmark.
func Clocks(ctx context.Context, o ClocksOptions) (report ClocksReport, err error) {
	report = ClocksReport{Machine: machine(), Open: o.Open, Due: o.Due}
	r, err := start(ctx, o.Options)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	if report.Few, err = r.idle(ctx, o.Few, o.Few); err != nil {
		return report, err
	}
	if report.Many, err = r.idle(ctx, o.Open-o.Few, o.Open); err != nil {
		return report, err
	}
	report.Grows = round(report.Many.SweepMS.P50 / report.Few.SweepMS.P50)
	if report.Floor, err = r.clockFloor(ctx, o.Due); err != nil {
		return report, err
	}
	head, err := r.DB.Head(ctx)
	if err != nil {
		return report, err
	}
	due := time.Now().Add(lead).Truncate(time.Millisecond)
	if err := benchdb.FillClocks(ctx, r.DB, r.account, o.Due, due); err != nil {
		return report, err
	}
	if time.Now().After(due) {
		return report, errors.New("clocks: filling took longer than the lead; use fewer due clocks")
	}
	late, err := r.watch(ctx, head, due, o.Due)
	report.Fired, report.LateMS = len(late), times(late)
	if len(late) > 0 {
		report.PerSecond = rate(len(late), late[len(late)-1])
		report.OfFloor = round(report.PerSecond / report.Floor)
	}
	return report, err
}

// idle adds clocks that are due tomorrow, so that open run, and measures the
// desk with nothing to do.
func (r *rig) idle(ctx context.Context, add, open int) (Idle, error) {
	at := Idle{Open: open}
	if err := benchdb.FillClocks(ctx, r.DB, r.account, add, time.Now().Add(24*time.Hour)); err != nil {
		return at, err
	}
	if err := benchdb.Analyze(ctx, r.DB); err != nil {
		return at, err
	}
	took := make([]time.Duration, 0, sweeps)
	for range sweeps {
		began := time.Now()
		if _, err := r.Inbox.SweepClocks(ctx, began); err != nil {
			return at, err
		}
		took = append(took, time.Since(began))
	}
	at.SweepMS = times(took)
	used := cpuTime()
	if err := pause(ctx, idleFor); err != nil {
		return at, err
	}
	at.CPU = round((cpuTime() - used).Seconds() * 1000 / idleFor.Seconds())
	return at, nil
}

// watch follows the events until want breaches are seen.
func (r *rig) watch(ctx context.Context, after int64, due time.Time, want int) ([]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, lead+longest)
	defer cancel()
	tick := time.NewTicker(glance)
	defer tick.Stop()
	var late []time.Duration
	for len(late) < want {
		select {
		case <-ctx.Done():
			return late, fmt.Errorf("clocks: only %d of %d fired: %w", len(late), want, ctx.Err())
		case <-tick.C:
		}
		events, err := r.DB.EventsAfter(ctx, after, 1000)
		if err != nil {
			return late, err
		}
		seen := time.Since(due)
		for _, e := range events {
			after = e.ID
			if e.Name == inbox.ClockMissed {
				late = append(late, seen)
			}
		}
	}
	return late, nil
}

func (r *rig) clockFloor(ctx context.Context, n int) (float64, error) {
	began := time.Now()
	if err := benchdb.TouchClocks(ctx, r.DB, n); err != nil {
		return 0, err
	}
	return rate(n, time.Since(began)), nil
}
