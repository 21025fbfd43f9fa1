package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"replydesk/app/live/livebench"
	"replydesk/app/store"
	"replydesk/inbox/desk"
)

// LiveOptions are the sizes of the live benchmark.
type LiveOptions struct {
	Options
	Sockets int // that get each event
	Rounds  int // events
	Idle    int // sockets that only stay open; 0: not measured
	// Client is the command that runs LiveClient in a process of its own.
	Client []string
}

// LiveReport says how long one event takes to the last of many sockets, from
// before its transaction commits, beside a bare gorilla broadcast of the same
// frame; and what idle sockets cost.
type LiveReport struct {
	Machine Machine `json:"machine"`
	livebench.Result
	Idle *livebench.Memory `json:"idle,omitempty"`
}

// Lines implements Report.
func (r LiveReport) Lines() []string {
	lines := []string{
		fmt.Sprintf("live     one event to %d sockets, last one: p50 %.1f ms, p99 %.1f ms (%d rounds, %d bytes)",
			r.Sockets, r.Ours.P50, r.Ours.P99, r.Rounds, r.Bytes),
		fmt.Sprintf("  floor  p50 %.1f ms, p99 %.1f ms: bare gorilla broadcast; ratio %.2f", r.Floor.P50, r.Floor.P99, r.Ratio),
	}
	if r.Idle != nil {
		lines = append(lines, fmt.Sprintf("         %d idle sockets: %d MB resident (%d MB before), %d bytes each",
			r.Idle.Sockets, r.Idle.After>>20, r.Idle.Before>>20, r.Idle.PerSocket))
	}
	return lines
}

// Live runs the benchmark.
func Live(ctx context.Context, o LiveOptions) (report LiveReport, err error) {
	report.Machine = machine()
	r, err := start(ctx, o.Options)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	target := livebench.Target{
		Addr: r.addr, Path: "/api/v1/live", Header: http.Header{"Authorization": {"Bearer " + r.token}},
		Publish: r.publish,
	}
	run := livebench.Options{Target: target, Sockets: o.Idle, Rounds: o.Rounds, Command: o.Client}
	if o.Idle > 0 {
		idle, err := livebench.Idle(ctx, run)
		if err != nil {
			return report, err
		}
		report.Idle = &idle
	}
	run.Sockets = o.Sockets
	report.Result, err = livebench.Compare(ctx, run)
	return report, err
}

// publish commits one event that everybody may see.
func (r *rig) publish(ctx context.Context) error {
	return r.DB.Atomic(ctx, func(tx *store.Tx) error {
		return tx.Record(ctx, desk.NewEvent("bench.happened", time.Now(), map[string]any{
			"ticket":     map[string]any{"id": "4711", "number": "20261122-0042", "state": "open", "assignee_id": "3", "account_id": "1"},
			"message_id": "90210", "type": "text", "kind": "private",
		}))
	})
}

// LiveClient is the body of the client process of Live.
func LiveClient(ctx context.Context, in io.Reader, out io.Writer) error {
	return livebench.RunClient(ctx, in, out)
}
