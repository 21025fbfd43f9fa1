package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"replydesk/app/store/benchdb"
)

// InboxOptions are the sizes of the inbox benchmark.
type InboxOptions struct {
	Options
	Tickets  int // of the large desk
	Few      int // of the small one, the floor
	Requests int // for each
}

// InboxReport says how long the first page of 50 tickets takes, over HTTP and
// with its clocks, at Few tickets (the floor) and at Tickets.
type InboxReport struct {
	Machine  Machine `json:"machine"`
	Tickets  int     `json:"tickets"`
	Requests int     `json:"requests"`
	MS       Times   `json:"ms"`
	Floor    struct {
		Tickets int   `json:"tickets"`
		MS      Times `json:"ms"`
	} `json:"floor"`
	P50Ratio    float64 `json:"p50_ratio"` // MS.P50 / Floor.MS.P50
	P99Ratio    float64 `json:"p99_ratio"`
	FillSeconds float64 `json:"fill_seconds"`
	// Views are the other lists at Tickets, p50 and p99 each.
	Views map[string]Times `json:"views"`
}

// Lines implements Report.
func (r InboxReport) Lines() []string {
	lines := []string{
		fmt.Sprintf("inbox    first page of 50 at %d tickets: p50 %.2f ms, p99 %.2f ms (%d requests, filled in %.0f s)",
			r.Tickets, r.MS.P50, r.MS.P99, r.Requests, r.FillSeconds),
		fmt.Sprintf("  floor  at %d tickets: p50 %.2f ms, p99 %.2f ms; ratio p50 %.2f, p99 %.2f",
			r.Floor.Tickets, r.Floor.MS.P50, r.Floor.MS.P99, r.P50Ratio, r.P99Ratio),
	}
	for _, v := range lists {
		t := r.Views[v.name]
		lines = append(lines, fmt.Sprintf("         %-20s p50 %.2f ms, p99 %.2f ms", v.name, t.P50, t.P99))
	}
	return lines
}

// lists are the pages that are measured beside the first.
var lists = []struct{ name, path string }{
	{"mine", "/api/v1/tickets?view=mine&limit=50"},
	{"unassigned", "/api/v1/tickets?view=unassigned&limit=50"},
	{"all, newest", "/api/v1/tickets?view=all&limit=50"},
	{"closed", "/api/v1/tickets?view=closed&limit=50"},
	{"counts", "/api/v1/tickets/counts"},
}

const firstPage = "/api/v1/tickets?view=open&limit=50"

// Inbox runs the benchmark.
func Inbox(ctx context.Context, o InboxOptions) (report InboxReport, err error) {
	report = InboxReport{Machine: machine(), Tickets: o.Tickets, Requests: o.Requests, Views: map[string]Times{}}
	report.Floor.Tickets = o.Few
	few, err := start(ctx, o.Options)
	if err != nil {
		return report, err
	}
	err = few.populate(ctx, o.Few)
	if err == nil {
		report.Floor.MS, err = few.page(ctx, firstPage, o.Requests)
	}
	if err = errors.Join(err, few.stop()); err != nil {
		return report, err
	}
	many, err := start(ctx, o.Options)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, many.stop()) }()
	began := time.Now()
	if err := many.populate(ctx, o.Tickets); err != nil {
		return report, err
	}
	report.FillSeconds = round(time.Since(began).Seconds())
	if report.MS, err = many.page(ctx, firstPage, o.Requests); err != nil {
		return report, err
	}
	for _, v := range lists {
		if report.Views[v.name], err = many.page(ctx, v.path, o.Requests/4+1); err != nil {
			return report, err
		}
	}
	report.P50Ratio = round(report.MS.P50 / report.Floor.MS.P50)
	report.P99Ratio = round(report.MS.P99 / report.Floor.MS.P99)
	return report, nil
}

func (r *rig) populate(ctx context.Context, tickets int) error {
	users, err := r.staff(ctx, 20)
	if err != nil {
		return err
	}
	if err := benchdb.Fill(ctx, r.DB, r.account, users, tickets, time.Now()); err != nil {
		return err
	}
	return benchdb.Analyze(ctx, r.DB)
}

// page measures one request, sent again and again by one client.
func (r *rig) page(ctx context.Context, path string, n int) (Times, error) {
	one := request("GET", r.addr, path, map[string]string{"Authorization": "Bearer " + r.token}, nil)
	requests := make([][]byte, n)
	for i := range requests {
		requests[i] = one
	}
	warm := requests[:min(n, 20)]
	if _, _, err := load(ctx, r.addr, 1, warm); err != nil {
		return Times{}, err
	}
	took, _, err := load(ctx, r.addr, 1, requests)
	return times(took), err
}
