package inbox

import (
	"cmp"
	"context"
	"slices"

	"replydesk/inbox/desk"
)

// DepartmentFilter chooses what a report of the departments is about; its days are
// those of ReportFilter.
type DepartmentFilter struct {
	Actor     desk.Actor
	From, To  string
	Days      int
	AccountID int64 // 0: all
	Part      Part
	Own       bool // each department alone, without those under it
}

// DepartmentReport is what departments were given in a range of days and how they
// dealt with it, beside the range before.
type DepartmentReport struct {
	Range   DayRange
	Earlier DayRange
	Total   DepartmentSums // each escalation once
	Rows    []DepartmentSums
	Counted float64 // the share of the tickets that is in the figures
}

// DepartmentSums are the figures of one department, or of all.
type DepartmentSums struct {
	Department
	Depth   int // how many of the departments above it are in the report
	Now     EscalationSums
	Before  EscalationSums
	Open    int // not answered, whatever the range
	Overdue int // of those, with the running deadline behind them
}

// OpenCount is how many escalations a department has in one part.
type OpenCount struct {
	DepartmentID int64
	Lead         bool
	Open         int
	Overdue      int
}

func (d *DepartmentSums) add(b DepartmentSums) {
	d.Now.Add(b.Now, 1)
	d.Before.Add(b.Before, 1)
	d.Open, d.Overdue = d.Open+b.Open, d.Overdue+b.Overdue
}

func (d *DepartmentSums) empty() bool {
	return d.Now.Empty() && d.Before.Empty() && d.Open == 0
}

// Departments makes the figures of the departments, those under another below it,
// otherwise with the most dispatched first. What has nothing is left out. It
// needs ReadReports.
func (r *Reports) Departments(ctx context.Context, f DepartmentFilter) (out DepartmentReport, err error) {
	if err := f.Actor.Require(desk.ReadReports); err != nil {
		return out, err
	}
	if f.Part != AnyPart && f.Part != LeadPart && f.Part != HelperPart {
		return out, desk.InvalidField("part", "没有这个选项")
	}
	chosen := ReportFilter{Actor: f.Actor, From: f.From, To: f.To, Days: f.Days, AccountID: f.AccountID}
	days, err := r.days(chosen)
	if err != nil {
		return out, err
	}
	before := days.before()
	out.Range, out.Earlier = days.dates(), before.dates()
	if out.Counted, err = r.Store.ReportProgress(ctx); err != nil {
		return out, err
	}
	all, err := r.Store.Departments(ctx)
	if err != nil {
		return out, err
	}
	tree := newDepartmentTree(all)
	if err := r.escalations(ctx, chosen, f.Part, [2]daySpan{days, before}, tree); err != nil {
		return out, err
	}
	open, err := r.Store.OpenEscalations(ctx, f.Actor, f.AccountID, r.Now().UTC())
	if err != nil {
		return out, err
	}
	for _, c := range open {
		if d := tree.own[c.DepartmentID]; d != nil && (f.Part == AnyPart || f.Part == partOf(c.Lead)) {
			d.Open, d.Overdue = d.Open+c.Open, d.Overdue+c.Overdue
		}
	}
	for _, d := range tree.own {
		out.Total.add(*d)
	}
	out.Rows = tree.rows(f.Own)
	return out, nil
}

// escalations adds the roll-ups of a range and of the one before to the
// departments.
func (r *Reports) escalations(ctx context.Context, f ReportFilter, part Part, spans [2]daySpan, tree departmentTree) error {
	q := newCellQuery(f, PerEscalation)
	var queries []CellQuery
	var later []bool // of each, whether it is of the first span
	for i, span := range spans {
		for _, p := range span.parts() {
			q.From, q.To = p[0], p[1]
			queries, later = append(queries, q), append(later, i == 0)
		}
	}
	return r.Store.Cells(ctx, queries, func(of int, key CellKey, s Sums) {
		department, is := readEscalationKey(key.Key)
		d := tree.own[department]
		if d == nil || s.Escalations == nil || part != AnyPart && part != is {
			return
		}
		if later[of] {
			d.Now.Add(*s.Escalations, 1)
		} else {
			d.Before.Add(*s.Escalations, 1)
		}
	})
}

// departmentTree has what each department itself was given.
type departmentTree struct {
	own   map[int64]*DepartmentSums
	under map[int64][]int64 // of each department, and of 0, those right below it
}

func newDepartmentTree(all []Department) departmentTree {
	t := departmentTree{own: make(map[int64]*DepartmentSums, len(all)), under: map[int64][]int64{}}
	for _, d := range all {
		t.own[d.ID] = &DepartmentSums{Department: d}
	}
	for _, d := range all {
		above := d.ParentID
		if t.own[above] == nil {
			above = 0
		}
		t.under[above] = append(t.under[above], d.ID)
	}
	return t
}

// rows are the departments in the order of the tree; unless own each has what
// those under it have too.
func (t departmentTree) rows(own bool) []DepartmentSums { return t.below(0, 0, own) }

// below are the rows under a department. The depth counts rows, so that under one
// that is left out nothing is set in.
func (t departmentTree) below(above int64, depth int, own bool) []DepartmentSums {
	if depth > maxDepth {
		return nil
	}
	var branches [][]DepartmentSums
	for _, id := range t.under[above] {
		d := *t.own[id]
		rest := t.below(id, depth+1, own)
		if !own {
			for _, sub := range rest {
				if sub.ParentID == id {
					d.add(sub)
				}
			}
		}
		switch {
		case !d.empty():
			d.Depth = depth
			branches = append(branches, append([]DepartmentSums{d}, rest...))
		case len(rest) > 0:
			for i := range rest {
				rest[i].Depth--
			}
			branches = append(branches, rest)
		}
	}
	slices.SortStableFunc(branches, func(a, b []DepartmentSums) int {
		return cmp.Or(cmp.Compare(b[0].Now.Dispatched, a[0].Now.Dispatched), cmp.Compare(b[0].Open, a[0].Open), cmp.Compare(a[0].ID, b[0].ID))
	})
	return slices.Concat(branches...)
}
