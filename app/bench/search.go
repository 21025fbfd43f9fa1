package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"replydesk/app/auth"
	"replydesk/app/store"
	"replydesk/app/store/benchdb"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// SearchOptions are the sizes of the benchmark of ticket search.
type SearchOptions struct {
	Options
	Messages int // of citizens
	Tickets  int
	Requests int // for each kind of search
}

// Sizes of the desk that is searched.
const (
	searchAccounts    = 100
	searchDepartments = 30
	searchUsers       = 20
	rareWord          = "饕餮"
	rareEvery         = 20_000
)

// SearchReport says how long a page of 20 found tickets takes over HTTP.
type SearchReport struct {
	Machine  Machine `json:"machine"`
	Messages int     `json:"messages"`
	Tickets  int     `json:"tickets"`
	Requests int     `json:"requests"`
	// Searches are p50 and p99 by kind, in the order of Kinds.
	Kinds    []string         `json:"kinds"`
	Searches map[string]Times `json:"searches"`
	Found    map[string]int   `json:"found"` // on the first page, of the first word
	// Floor is a page of 20 of the plain list, read by its index.
	Floor        Times   `json:"floor_ms"`
	FillSeconds  float64 `json:"fill_seconds"`
	IndexSeconds float64 `json:"index_seconds"`
}

// Lines implements Report.
func (r SearchReport) Lines() []string {
	lines := []string{
		fmt.Sprintf("search   %d messages in %d tickets; filled in %.0f s, indexed in %.0f s", r.Messages, r.Tickets, r.FillSeconds, r.IndexSeconds),
		fmt.Sprintf("  floor  %-42s p50 %7.2f ms, p99 %7.2f ms", "a page of the list", r.Floor.P50, r.Floor.P99),
	}
	for _, kind := range r.Kinds {
		t := r.Searches[kind]
		lines = append(lines, fmt.Sprintf("         %-42s p50 %7.2f ms, p99 %7.2f ms, max %7.2f ms (%d found)", kind, t.P50, t.P99, t.Max, r.Found[kind]))
	}
	return lines
}

// lookup is one kind of search: several words, each with the same filter.
type lookup struct {
	kind, token string
	words       []string
	filter      string
}

// Search runs the benchmark.
func Search(ctx context.Context, o SearchOptions) (report SearchReport, err error) {
	report = SearchReport{
		Machine: machine(), Messages: o.Messages, Tickets: o.Tickets, Requests: o.Requests, Searches: map[string]Times{}, Found: map[string]int{},
	}
	r, err := start(ctx, o.Options)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	began := time.Now()
	f, err := r.fillTexts(ctx, o)
	if err != nil {
		return report, err
	}
	report.FillSeconds = round(time.Since(began).Seconds())
	began = time.Now()
	if err := r.Finder.Rebuild(ctx); err != nil {
		return report, err
	}
	for done := false; !done; {
		if done, err = r.Finder.Done(ctx); err != nil {
			return report, err
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return report, err
		}
	}
	report.IndexSeconds = round(time.Since(began).Seconds())
	if err := benchdb.Analyze(ctx, r.DB); err != nil {
		return report, err
	}
	if report.Floor, err = r.page(ctx, "/api/v1/tickets?view=closed&limit=20", o.Requests); err != nil {
		return report, err
	}
	lookups, err := r.lookups(ctx, f)
	if err != nil {
		return report, err
	}
	for _, l := range lookups {
		report.Kinds = append(report.Kinds, l.kind)
		if report.Searches[l.kind], err = r.look(ctx, l, o.Requests); err != nil {
			return report, fmt.Errorf("%s: %w", l.kind, err)
		}
		if report.Found[l.kind], err = r.count(ctx, l); err != nil {
			return report, err
		}
	}
	return report, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// fillTexts makes the accounts, departments and people, and what they wrote.
func (r *rig) fillTexts(ctx context.Context, o SearchOptions) (f benchdb.Texts, err error) {
	f = benchdb.Texts{Tickets: o.Tickets, Messages: o.Messages, Rare: rareWord, RareEvery: rareEvery}
	if f.Users, err = r.staff(ctx, searchUsers); err != nil {
		return f, err
	}
	if f.Accounts, err = benchdb.AddAccounts(ctx, r.DB, searchAccounts); err != nil {
		return f, err
	}
	err = r.Store.Atomic(ctx, func(tx inbox.Tx) error {
		for i := range searchDepartments {
			id, err := tx.AddDepartment(ctx, inbox.Department{Code: fmt.Sprintf("d%d", i), Name: fmt.Sprintf("部门%d", i), Active: true})
			if err != nil {
				return err
			}
			f.Departments = append(f.Departments, id)
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	return f, benchdb.FillTexts(ctx, r.DB, f, time.Now())
}

// lookups are the searches that are measured.
func (r *rig) lookups(ctx context.Context, f benchdb.Texts) ([]lookup, error) {
	liaison, err := r.person(ctx, "liaison", desk.Liaison, func(u *auth.UserInput) { u.DepartmentID = &f.Departments[3] })
	if err != nil {
		return nil, err
	}
	all := false
	narrow, err := r.person(ctx, "narrow", desk.Staff, func(u *auth.UserInput) { u.AllAccounts, u.AccountIDs = &all, f.Accounts[10:13] })
	if err != nil {
		return nil, err
	}
	var number string
	var made int64
	if err := r.DB.QueryRow(ctx, `SELECT number, created_at FROM tickets ORDER BY id LIMIT 1`).Scan(&number, &made); err != nil {
		return nil, err
	}
	oldest := store.Time(made)
	common := []string{"办理", "公积", "社保", "居住", "留言"}
	account, department := fmt.Sprintf("&account_id=%d", f.Accounts[7]), fmt.Sprintf("&department_id=%d", f.Departments[5])
	return []lookup{
		{"two characters, common", r.token, common, ""},
		{"two characters, rare", r.token, []string{rareWord}, ""},
		{"two characters, now and then", r.token, []string{"懿懿", "書霖", "曦舒", "鹿鹤"}, ""},
		{"two characters, nowhere", r.token, []string{"鼎彝", "证居"}, ""},
		{"one character, common", r.token, []string{"水", "我"}, ""},
		{"one character, rare", r.token, []string{"饕", "窨"}, ""},
		{"a phrase", r.token, []string{"小区楼下夜市太吵", "退役军人优待证"}, ""},
		{"two words", r.token, []string{"居住 献血", "社保 流浪狗"}, ""},
		{"a ticket's number", r.token, []string{number}, ""},
		{"six digits of a phone number", r.token, []string{"382917", "550123", "771842"}, ""},
		{"three digits", r.token, []string{"382", "917"}, ""},
		{"a contact's name", r.token, []string{"王建国", "李懿", "赵知夏"}, ""},
		{"common, one account of 100", r.token, common, account},
		{"common, one department", r.token, common, department},
		{"common, waiting for somebody", r.token, common, "&state=new"},
		{"common, assigned to one", r.token, common, fmt.Sprintf("&assignee_id=%d", f.Users[0])},
		{"common, the oldest day", r.token, common, "&to=" + oldest.Format(time.DateOnly)},
		{"rare, one account of 100", r.token, []string{rareWord}, account},
		{"common, by a liaison", liaison, common, ""},
		{"rare, by a liaison", liaison, []string{rareWord}, ""},
		{"one character, by a liaison", liaison, []string{"水"}, ""},
		{"common, by staff of 3 accounts", narrow, common, ""},
	}, nil
}

// person makes a user and returns a token of theirs.
func (r *rig) person(ctx context.Context, name string, role desk.Role, change func(*auth.UserInput)) (string, error) {
	password, all := benchPassword, true
	u := auth.UserInput{Username: &name, Name: &name, Role: &role, Password: &password, AllAccounts: &all}
	change(&u)
	if _, err := r.Auth.CreateUser(ctx, desk.System(), u); err != nil {
		return "", err
	}
	_, who, err := r.Auth.SignIn(ctx, auth.Credentials{Username: name, Password: password, Address: "127.0.0.1"})
	if err != nil {
		return "", err
	}
	_, token, err := r.Auth.CreateToken(ctx, who, "bench", time.Time{})
	return token, err
}

// path is the search for the nth word.
func (l lookup) path(n int) string {
	return "/api/v1/search?limit=20&q=" + url.QueryEscape(l.words[n%len(l.words)]) + l.filter
}

// count is how many tickets are on the first page for the first word.
func (r *rig) count(ctx context.Context, l lookup) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, ioTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.addr+l.path(0), nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+l.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var page struct {
		Items []json.RawMessage `json:"items"`
	}
	err = json.NewDecoder(res.Body).Decode(&page)
	return len(page.Items), err
}

// look measures one kind of search, sent again and again by one client.
func (r *rig) look(ctx context.Context, l lookup, n int) (Times, error) {
	requests := make([][]byte, n)
	for i := range requests {
		requests[i] = request("GET", r.addr, l.path(i), map[string]string{"Authorization": "Bearer " + l.token}, nil)
	}
	if _, _, err := load(ctx, r.addr, 1, requests[:min(n, 10)]); err != nil {
		return Times{}, err
	}
	took, _, err := load(ctx, r.addr, 1, requests)
	return times(took), err
}
