package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/app/store/benchdb"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// ReportsOptions are the sizes of the benchmark of the reports.
type ReportsOptions struct {
	Options
	Tickets  int
	Requests int // for each page
}

// Sizes of the desk that is reported on.
const (
	reportAccounts    = 100
	reportDepartments = 30
	reportUsers       = 40
	reportDays        = 731
)

// ReportsReport says how long the pages of the desk's reports take over HTTP.
type ReportsReport struct {
	Machine  Machine `json:"machine"`
	Tickets  int     `json:"tickets"`
	Requests int     `json:"requests"`
	// PageMS are p50, p99 and the longest by page, in the order of Pages.
	Pages  []string         `json:"pages"`
	PageMS map[string]Times `json:"page_ms"`
	// Floor is a page of 20 of the plain list, read by its index.
	Floor        Times   `json:"floor_ms"`
	FillSeconds  float64 `json:"fill_seconds"`
	CountSeconds float64 `json:"count_seconds"` // until all of them were in the roll-ups
}

// Lines implements Report.
func (r ReportsReport) Lines() []string {
	lines := []string{
		fmt.Sprintf("reports  %d tickets; filled in %.0f s, counted in %.0f s", r.Tickets, r.FillSeconds, r.CountSeconds),
		fmt.Sprintf("  floor  %-42s p50 %7.2f ms, p99 %7.2f ms", "a page of the list", r.Floor.P50, r.Floor.P99),
	}
	for _, page := range r.Pages {
		t := r.PageMS[page]
		lines = append(lines, fmt.Sprintf("         %-42s p50 %7.2f ms, p99 %7.2f ms, max %7.2f ms", page, t.P50, t.P99, t.Max))
	}
	return lines
}

// Reports runs the benchmark.
func Reports(ctx context.Context, o ReportsOptions) (report ReportsReport, err error) {
	report = ReportsReport{Machine: machine(), Tickets: o.Tickets, Requests: o.Requests, PageMS: map[string]Times{}}
	r, err := start(ctx, o.Options)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	began := time.Now()
	w, err := r.fillWorked(ctx, o.Tickets)
	if err != nil {
		return report, err
	}
	report.FillSeconds = round(time.Since(began).Seconds())
	began = time.Now()
	if err := r.Roller.Rebuild(ctx); err != nil {
		return report, err
	}
	for share := 0.0; share < 1; {
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return report, err
		}
		if share, err = r.Store.ReportProgress(ctx); err != nil {
			return report, err
		}
	}
	report.CountSeconds = round(time.Since(began).Seconds())
	if err := benchdb.Analyze(ctx, r.DB); err != nil {
		return report, err
	}
	if report.Floor, err = r.page(ctx, "/api/v1/tickets?view=closed&limit=20", o.Requests); err != nil {
		return report, err
	}
	pages, err := r.reportPages(ctx, w)
	if err != nil {
		return report, err
	}
	for _, p := range pages {
		report.Pages = append(report.Pages, p.name)
		if report.PageMS[p.name], err = r.measure(ctx, p, o.Requests); err != nil {
			return report, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return report, nil
}

// fillWorked makes the accounts, departments and people, and what they worked on.
func (r *rig) fillWorked(ctx context.Context, tickets int) (w benchdb.Worked, err error) {
	w = benchdb.Worked{Tickets: tickets, Days: reportDays}
	if w.Users, err = r.staff(ctx, reportUsers); err != nil {
		return w, err
	}
	if w.Accounts, err = benchdb.AddAccounts(ctx, r.DB, reportAccounts); err != nil {
		return w, err
	}
	err = r.Store.Atomic(ctx, func(tx inbox.Tx) error {
		w.Departments = w.Departments[:0]
		for i := range reportDepartments {
			id, err := tx.AddDepartment(ctx, inbox.Department{Code: fmt.Sprintf("d%d", i), Name: fmt.Sprintf("部门%d", i), Active: true})
			if err != nil {
				return err
			}
			w.Departments = append(w.Departments, id)
		}
		return nil
	})
	if err != nil {
		return w, err
	}
	return w, benchdb.FillWorked(ctx, r.DB, w, time.Now())
}

// reportPage is one page that is measured, asked for with a token.
type reportPage struct{ name, path, token string }

// reportPages are the pages of the reports: each dimension over ranges short and
// long, whole months and not, of all accounts, of one, and of half of them.
func (r *rig) reportPages(ctx context.Context, w benchdb.Worked) ([]reportPage, error) {
	all := false
	half, err := r.person(ctx, "half", desk.Supervisor, func(u *auth.UserInput) { u.AllAccounts, u.AccountIDs = &all, w.Accounts[:len(w.Accounts)/2] })
	if err != nil {
		return nil, err
	}
	now := time.Now()
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC).AddDate(0, -1, 0)
	ranges := []struct{ name, query string }{
		{"30 days", "days=30"},
		{"a month", "from=" + month.Format(time.DateOnly) + "&to=" + month.AddDate(0, 1, -1).Format(time.DateOnly)},
		{"a quarter", "from=" + month.AddDate(0, -2, 0).Format(time.DateOnly) + "&to=" + month.AddDate(0, 1, -1).Format(time.DateOnly)},
		{"366 days", "days=366"},
	}
	var out []reportPage
	const path = "/api/v1/reports/desk?"
	for _, span := range ranges {
		for _, by := range append(inbox.Dimensions(), inbox.PerDay) {
			out = append(out, reportPage{span.name + " by " + string(by), path + span.query + "&by=" + string(by), r.token})
		}
	}
	year := path + ranges[len(ranges)-1].query
	return append(out,
		reportPage{"366 days by hour, one account", year + fmt.Sprintf("&by=hour&account_id=%d", w.Accounts[3]), r.token},
		reportPage{"366 days of one person", year + fmt.Sprintf("&by=person&key=%d", w.Users[3]), r.token},
		reportPage{"a month by person, half of the accounts", path + ranges[1].query + "&by=person", half},
		reportPage{"366 days by category, half of the accounts", year + "&by=category", half},
		reportPage{"366 days by hour, half of the accounts", year + "&by=hour", half},
		reportPage{"366 days by account, as a sheet", year + "&by=account&format=xlsx", r.token},
		reportPage{"board", "/api/v1/reports/board", r.token},
		reportPage{"board, half of the accounts", "/api/v1/reports/board", half},
		reportPage{"departments, 366 days", "/api/v1/reports/departments?days=366", r.token},
		reportPage{"departments, 366 days, half of the accounts", "/api/v1/reports/departments?days=366", half},
		reportPage{"overdue", "/api/v1/reports/desk/overdue?limit=50", r.token},
		reportPage{"overdue, half of the accounts", "/api/v1/reports/desk/overdue?limit=50", half},
	), nil
}

// measure asks for one page again and again by one client.
func (r *rig) measure(ctx context.Context, p reportPage, n int) (Times, error) {
	one := request(http.MethodGet, r.addr, p.path, map[string]string{"Authorization": "Bearer " + p.token}, nil)
	requests := make([][]byte, n)
	for i := range requests {
		requests[i] = one
	}
	if _, _, err := load(ctx, r.addr, 1, requests[:min(n, 3)]); err != nil {
		return Times{}, err
	}
	took, _, err := load(ctx, r.addr, 1, requests)
	return times(took), err
}
