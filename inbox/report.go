package inbox

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// Reports tells over days of the desk what came in and how it was dealt with.
// It is safe for concurrent use. All of it needs ReadReports, and counts the
// accounts the actor sees.
type Reports struct {
	Store ReportStore
	Zone  *time.Location // where the desk's days begin
	Now   func() time.Time
}

// ReportStore has the roll-ups the reports are read from. It only reads.
type ReportStore interface {
	// Cells hands over the sums that each query chooses, all as they are at one
	// moment; of is the place of the query. What take gets is its own for the call.
	Cells(ctx context.Context, queries []CellQuery, take func(of int, key CellKey, s Sums)) error
	// KeyNames are the names of accounts, departments or people by their keys.
	// What is not there has none.
	KeyNames(ctx context.Context, by Dimension, keys []string) (map[string]string, error)
	// ReportProgress is the share of the tickets that the roll-ups have: 1 but
	// for the time in which they are made again.
	ReportProgress(ctx context.Context) (float64, error)
	// Overdue is one page of the waiting tickets whose own deadline is not after
	// f.DueBefore, the most urgent first, and how many there are.
	Overdue(ctx context.Context, f TicketFilter) (desk.Page[TicketRow], int, error)
	// Board counts, of what the actor sees, the waiting tickets by who has them
	// and the escalations that are not answered by their department, each by the
	// span its deadline is in: span 0 ends at the first bound, which is part of
	// it, the next ones begin there, and the last is what is after all bounds.
	Board(ctx context.Context, actor desk.Actor, bounds []time.Time) (people, departments []BoardCount, err error)
	// OpenEscalations counts the escalations of what the actor sees, of one account
	// unless it is 0, that are not answered by their department.
	OpenEscalations(ctx context.Context, actor desk.Actor, account int64, now time.Time) ([]OpenCount, error)
	Departments(ctx context.Context) ([]Department, error)
	HotspotStore
}

// CellQuery chooses sums of one dimension between two periods, both included
// and both days or both months.
type CellQuery struct {
	By          Dimension
	AllAccounts bool
	AccountIDs  []int64 // unless AllAccounts
	From, To    Period
	Key         *string // only this one
}

// ReportFilter chooses what a report is about. Without To it ends today, without
// From it has so many Days, DefaultReportDays for none.
type ReportFilter struct {
	Actor     desk.Actor
	From, To  string // YYYY-MM-DD, both included
	Days      int
	AccountID int64 // 0: all
	By        Dimension
	Key       *string // narrows the figures, not the rows, to one key of By
}

// Bounds of the days of a report.
const (
	DefaultReportDays = 30
	MaxReportDays     = 366
)

// Report is the figures of a range of days beside the range before.
type Report struct {
	Range       DayRange
	Earlier     DayRange
	By          Dimension
	Total       Compared
	Days        []DaySums // each day of Range
	EarlierDays []DaySums
	Rows        []ReportRow
	Counted     float64 // the share of the tickets that is in the figures
}

// DayRange is a range of days, both included.
type DayRange struct{ From, To string }

// Before is the range that a report compares a range with; the zero one for what
// is no range.
func (d DayRange) Before() DayRange {
	first, err := time.Parse(time.DateOnly, d.From)
	last, err2 := time.Parse(time.DateOnly, d.To)
	if err != nil || err2 != nil {
		return DayRange{}
	}
	return daySpan{first, last}.before().dates()
}

// Compared is the sums of a range and of the one before.
type Compared struct{ Now, Before Sums }

// DaySums is what one day has.
type DaySums struct {
	Day string
	Sums
}

// ReportRow is one key of the dimension. Name is that of an account, a
// department or a person.
type ReportRow struct {
	Key, Name string
	Compared
}

// Report makes the figures of a range of days. An account the actor may not see
// has none.
func (r *Reports) Report(ctx context.Context, f ReportFilter) (Report, error) {
	if err := f.Actor.Require(desk.ReadReports); err != nil {
		return Report{}, err
	}
	by := cmp.Or(f.By, PerAccount)
	if !slices.Contains(Dimensions(), by) && by != PerDay {
		return Report{}, desk.InvalidField("by", "没有这个维度")
	}
	days, err := r.days(f)
	if err != nil {
		return Report{}, err
	}
	before := days.before()
	out := Report{Range: days.dates(), Earlier: before.dates(), By: by}
	if out.Counted, err = r.Store.ReportProgress(ctx); err != nil {
		return out, err
	}
	sums := newReportSums(f, by, days, before)
	if err := r.Store.Cells(ctx, sums.queries, sums.take); err != nil {
		return out, err
	}
	out.Days, out.EarlierDays = sums.days(days), sums.days(before)
	for _, d := range out.Days {
		out.Total.Now.Add(d.Sums, 1)
	}
	for _, d := range out.EarlierDays {
		out.Total.Before.Add(d.Sums, 1)
	}
	out.Rows = sums.rows()
	return out, r.name(ctx, &out)
}

// name gives the rows their names.
func (r *Reports) name(ctx context.Context, out *Report) error {
	if out.By != PerAccount && out.By != PerDepartment && out.By != PerPerson {
		return nil
	}
	keys := make([]string, len(out.Rows))
	for i, row := range out.Rows {
		keys[i] = row.Key
	}
	names, err := r.Store.KeyNames(ctx, out.By, keys)
	for i := range out.Rows {
		out.Rows[i].Name = names[out.Rows[i].Key]
	}
	return err
}

// OverdueFilter chooses tickets that are overdue now.
type OverdueFilter struct {
	Actor     desk.Actor
	AccountID int64
	Limit     int
	Cursor    string
}

// Overdue is one page of the tickets whose own deadline has passed and that
// still wait, the most urgent first, and how many there are.
func (r *Reports) Overdue(ctx context.Context, f OverdueFilter) (desk.Page[TicketRow], int, error) {
	if err := f.Actor.Require(desk.ReadReports); err != nil {
		return desk.Page[TicketRow]{}, 0, err
	}
	return r.Store.Overdue(ctx, TicketFilter{
		Actor: f.Actor, View: ViewDueSoon, DueBefore: r.Now().UTC(), AccountID: f.AccountID, Sort: SortDue,
		Limit: desk.PageLimit(f.Limit), Cursor: f.Cursor,
	})
}

// days checks the range of a filter and fills in what it leaves open.
func (r *Reports) days(f ReportFilter) (daySpan, error) {
	last, err := r.day("to", cmp.Or(f.To, r.Now().In(r.Zone).Format(time.DateOnly)))
	if err != nil {
		return daySpan{}, err
	}
	first := last.AddDate(0, 0, 1-cmp.Or(max(f.Days, 0), DefaultReportDays))
	if f.From != "" {
		if first, err = r.day("from", f.From); err != nil {
			return daySpan{}, err
		}
	}
	if first.After(last) {
		return daySpan{}, desk.InvalidField("from", "开始日期不能晚于结束日期")
	}
	if first.AddDate(0, 0, MaxReportDays).Before(last.AddDate(0, 0, 1)) {
		return daySpan{}, desk.InvalidField("from", "最多统计 %d 天", MaxReportDays)
	}
	return daySpan{first, last}, nil
}

// day reads a date; a day as such has no zone.
func (*Reports) day(field, date string) (time.Time, error) {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil || at.Year() < 1 {
		return at, desk.InvalidField(field, "日期须写作 2026-01-31")
	}
	return at, nil
}

// daySpan is the days from one to another, both included, at midnight UTC.
type daySpan struct{ first, last time.Time }

func (s daySpan) dates() DayRange {
	return DayRange{s.first.Format(time.DateOnly), s.last.Format(time.DateOnly)}
}

// before is what a range is compared with: of whole months as many months
// before, otherwise as many days.
func (s daySpan) before() daySpan {
	last := s.first.AddDate(0, 0, -1)
	end := s.last.AddDate(0, 0, 1)
	if s.first.Day() == 1 && end.Day() == 1 {
		months := (end.Year()-s.first.Year())*12 + int(end.Month()) - int(s.first.Month())
		return daySpan{s.first.AddDate(0, -months, 0), last}
	}
	days := int(end.Sub(s.first).Hours()) / 24
	return daySpan{s.first.AddDate(0, 0, -days), last}
}

// parts covers the range with as few periods as there are: the whole months in
// it, and the days before and after.
func (s daySpan) parts() (out [][2]Period) {
	days := func(first, last time.Time) {
		if !first.After(last) {
			out = append(out, [2]Period{dayOf(first), dayOf(last)})
		}
	}
	from := time.Date(s.first.Year(), s.first.Month(), 1, 0, 0, 0, 0, time.UTC)
	if from.Before(s.first) {
		from = from.AddDate(0, 1, 0)
	}
	end := s.last.AddDate(0, 0, 1)
	to := time.Date(end.Year(), end.Month(), 1, 0, 0, 0, 0, time.UTC) // not part of it
	if !from.Before(to) {
		days(s.first, s.last)
		return out
	}
	days(s.first, from.AddDate(0, 0, -1))
	out = append(out, [2]Period{monthOf(from), monthOf(to.AddDate(0, 0, -1))})
	days(to, s.last)
	return out
}

// reportSums asks for what a report needs and adds it up.
type reportSums struct {
	by      Dimension
	queries []CellQuery
	use     []func(key CellKey, s Sums) // of each query
	byDay   map[Period]*tally
	byKey   map[string]*[2]tally // of the range, and of the one before
}

// newCellQuery asks for what a filter's actor sees.
func newCellQuery(f ReportFilter, by Dimension) CellQuery {
	q := CellQuery{By: by, AllAccounts: f.Actor.AllAccounts, AccountIDs: f.Actor.AccountIDs}
	if f.AccountID != 0 {
		q.AllAccounts, q.AccountIDs = false, nil
		if f.Actor.SeesAccount(f.AccountID) {
			q.AccountIDs = []int64{f.AccountID}
		}
	}
	return q
}

func newReportSums(f ReportFilter, by Dimension, days, before daySpan) *reportSums {
	r := &reportSums{by: by, byDay: map[Period]*tally{}, byKey: map[string]*[2]tally{}}
	q := newCellQuery(f, by)
	daily := q
	daily.By, daily.Key = PerKind, nil // the sum of all kinds is the sum of all
	if !q.AllAccounts {
		daily.By = PerAccount // one row has all accounts of a day
	}
	if f.Key != nil && by != PerDay {
		daily.By, daily.Key = by, f.Key
	}
	daily.From, daily.To = dayOf(before.first), dayOf(days.last)
	r.ask(daily, func(key CellKey, s Sums) {
		if r.byDay[key.Period] == nil {
			r.byDay[key.Period] = &tally{}
		}
		r.byDay[key.Period].add(s)
	})
	if by == PerDay {
		return r
	}
	for i, span := range []daySpan{days, before} {
		for _, part := range span.parts() {
			q.From, q.To = part[0], part[1]
			r.ask(q, func(key CellKey, s Sums) {
				if r.byKey[key.Key] == nil {
					r.byKey[key.Key] = &[2]tally{}
				}
				r.byKey[key.Key][i].add(s)
			})
		}
	}
	return r
}

func (r *reportSums) ask(q CellQuery, use func(key CellKey, s Sums)) {
	r.queries, r.use = append(r.queries, q), append(r.use, use)
}

func (r *reportSums) take(of int, key CellKey, s Sums) { r.use[of](key, s) }

// days are the sums of each day of a range.
func (r *reportSums) days(span daySpan) (out []DaySums) {
	for day := span.first; !day.After(span.last); day = day.AddDate(0, 0, 1) {
		d := DaySums{Day: day.Format(time.DateOnly)}
		if s := r.byDay[dayOf(day)]; s != nil {
			d.Sums = s.sum()
		}
		out = append(out, d)
	}
	return out
}

// rows are the sums of each key: hours in their order, everything else with the
// most received first.
func (r *reportSums) rows() []ReportRow {
	out := make([]ReportRow, 0, len(r.byKey))
	for key, sums := range r.byKey {
		out = append(out, ReportRow{Key: key, Compared: Compared{Now: sums[0].sum(), Before: sums[1].sum()}})
	}
	slices.SortFunc(out, func(a, b ReportRow) int {
		if r.by == PerHour {
			return strings.Compare(a.Key, b.Key)
		}
		return cmp.Or(
			cmp.Compare(b.Now.Received, a.Now.Received), cmp.Compare(b.Now.Answered, a.Now.Answered),
			cmp.Compare(b.Before.Received, a.Before.Received), cmp.Compare(len(a.Key), len(b.Key)), strings.Compare(a.Key, b.Key),
		)
	})
	return out
}
