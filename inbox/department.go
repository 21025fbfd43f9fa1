package inbox

import (
	"context"
	"slices"
	"strconv"
	"time"

	"replydesk/inbox/desk"
)

// Bounds of the departments and their rosters.
const (
	maxDepartments    = 5000
	maxDepth          = 8
	maxDepartmentName = 60
	maxHeads          = 10
	maxDuties         = 1000 // of one department, from now on
	longestDuty       = 366 * 24 * time.Hour
)

// Department is a body that answers what the desk cannot. Departments form a
// tree; one that is not active keeps what it has and is given nothing new.
type Department struct {
	ID        int64
	Code      string
	Name      string
	ShortName string
	ParentID  int64 // 0: stands at the top
	Active    bool
}

// Person is a user by name.
type Person struct {
	ID   int64
	Name string
}

// Liaison is an active user who answers for a department.
type Liaison struct {
	Person
	DepartmentID int64
	Head         bool
}

// DepartmentRow is a department with what its page shows. People are told to
// those who may read users only.
type DepartmentRow struct {
	Department
	Path     []string // the names from the top down to its parent
	Heads    []Person
	Liaisons []Person
	OnDuty   []Person // now; by the roster, else all its liaisons
}

// DepartmentInput is what a manager enters; nil leaves as it is.
type DepartmentInput struct {
	Code, Name, ShortName *string
	ParentID              *int64
	Active                *bool
	HeadIDs               []int64
}

// Duty is a time somebody is on duty for a department, or, with department 0,
// for the desk itself. StandsInFor makes it a substitution 代班: whenever that
// person would be on duty within the time, this one is instead.
type Duty struct {
	ID           int64
	DepartmentID int64
	UserID       int64
	UserName     string
	StandsInFor  int64
	StandsInName string
	From, To     time.Time // from the first moment up to, not including, the last
	Remark       string
	CreatedBy    int64
	Gone         bool // the person may not sign in any more, or belongs elsewhere
}

// OnDuty names who is on duty at a time by the duties of one department: whose
// turn it is, each replaced by who stands in for them, each once, by id. Who is
// gone is passed over: their substitute has the turn still, and a turn that they
// were to have instead of somebody stays that person's.
func OnDuty(duties []Duty, at time.Time) []int64 {
	instead := map[int64]Duty{}
	var own []Duty
	for _, d := range duties {
		switch {
		case at.Before(d.From) || !at.Before(d.To):
		case d.StandsInFor != 0:
			instead[d.StandsInFor] = d
		default:
			own = append(own, d)
		}
	}
	var turn []int64
	for _, d := range own {
		// Who stands in may have a substitute too; two who stand in for each
		// other do not go round.
		var last int64
		for seen := map[int64]bool{}; !seen[d.UserID]; {
			seen[d.UserID] = true
			if !d.Gone {
				last = d.UserID
			}
			if next, ok := instead[d.UserID]; ok {
				d = next
			}
		}
		if last != 0 {
			turn = append(turn, last)
		}
	}
	slices.Sort(turn)
	return slices.Compact(turn)
}

// Departments are all departments in the order of their tree, with their
// people for who may read users.
func (s *Service) Departments(ctx context.Context, actor desk.Actor) ([]DepartmentRow, error) {
	all, err := s.store.Departments(ctx)
	if err != nil {
		return nil, err
	}
	rows := inTree(all)
	if !actor.Can(desk.ReadUsers) {
		return rows, nil
	}
	liaisons, err := s.store.Liaisons(ctx)
	if err != nil {
		return nil, err
	}
	duties, err := s.store.DutiesAt(ctx, s.time())
	if err != nil {
		return nil, err
	}
	for i := range rows {
		rows[i].people(liaisons, duties, s.time())
	}
	return rows, nil
}

// people fills in who belongs to the department and who is on duty.
func (r *DepartmentRow) people(liaisons []Liaison, duties []Duty, now time.Time) {
	names := map[int64]string{}
	for _, l := range liaisons {
		if l.DepartmentID != r.ID {
			continue
		}
		names[l.ID] = l.Name
		r.Liaisons = append(r.Liaisons, l.Person)
		if l.Head {
			r.Heads = append(r.Heads, l.Person)
		}
	}
	own := slices.DeleteFunc(slices.Clone(duties), func(d Duty) bool { return d.DepartmentID != r.ID })
	for _, user := range OnDuty(own, now) {
		r.OnDuty = append(r.OnDuty, Person{user, names[user]})
	}
	if len(r.OnDuty) == 0 {
		r.OnDuty = r.Liaisons
	}
}

// inTree puts departments below their parents, siblings by id.
func inTree(all []Department) []DepartmentRow {
	children := map[int64][]Department{}
	for _, d := range all {
		children[d.ParentID] = append(children[d.ParentID], d)
	}
	rows := make([]DepartmentRow, 0, len(all))
	var walk func(parent int64, path []string)
	walk = func(parent int64, path []string) {
		for _, d := range children[parent] {
			rows = append(rows, DepartmentRow{Department: d, Path: path})
			walk(d.ID, append(slices.Clone(path), d.Name))
		}
	}
	walk(0, nil)
	return rows
}

// DutyPeople are who is on duty for a department at a time: by its roster, or,
// when it has none for that time, all its liaisons. For the desk itself
// (department 0) nobody follows from an empty roster.
func (s *Service) DutyPeople(ctx context.Context, department int64, at time.Time) ([]int64, error) {
	duties, err := s.store.DutiesAt(ctx, at)
	if err != nil {
		return nil, err
	}
	on := OnDuty(slices.DeleteFunc(duties, func(d Duty) bool { return d.DepartmentID != department }), at)
	if len(on) > 0 || department == 0 {
		return on, nil
	}
	return s.members(ctx, department, func(Liaison) bool { return true })
}

// Heads are who leads a department.
func (s *Service) Heads(ctx context.Context, department int64) ([]int64, error) {
	return s.members(ctx, department, func(l Liaison) bool { return l.Head })
}

func (s *Service) members(ctx context.Context, department int64, fits func(Liaison) bool) ([]int64, error) {
	liaisons, err := s.store.Liaisons(ctx)
	var ids []int64
	for _, l := range liaisons {
		if l.DepartmentID == department && fits(l) {
			ids = append(ids, l.ID)
		}
	}
	return ids, err
}

// AddDepartment makes a department tickets may be given to. A code in use is a
// Conflict.
func (s *Service) AddDepartment(ctx context.Context, actor desk.Actor, in DepartmentInput) (int64, error) {
	return s.saveDepartment(ctx, actor, 0, in)
}

// ChangeDepartment changes a department. Its parent can be none below it, and
// its heads are liaisons of its own.
func (s *Service) ChangeDepartment(ctx context.Context, actor desk.Actor, departmentID int64, in DepartmentInput) error {
	if departmentID == 0 {
		return desk.Errorf(desk.NotFound, "没有这个承办单位")
	}
	_, err := s.saveDepartment(ctx, actor, departmentID, in)
	return err
}

func (s *Service) saveDepartment(ctx context.Context, actor desk.Actor, departmentID int64, in DepartmentInput) (int64, error) {
	if err := actor.Require(desk.ManageDepartments); err != nil {
		return 0, err
	}
	saved := departmentID
	err := s.store.Atomic(ctx, func(tx Tx) error {
		all, err := tx.LockDepartments(ctx)
		if err != nil {
			return err
		}
		d := Department{Active: true}
		if departmentID != 0 {
			i := slices.IndexFunc(all, func(d Department) bool { return d.ID == departmentID })
			if i < 0 {
				return desk.Errorf(desk.NotFound, "没有这个承办单位")
			}
			d = all[i]
		} else if len(all) >= maxDepartments {
			return desk.Errorf(desk.Conflict, "承办单位不能超过 %d 个", maxDepartments).WithReason("too_many")
		}
		if err := d.edit(in, all); err != nil {
			return err
		}
		if saved, err = storeDepartment(ctx, tx, d); err != nil {
			return err
		}
		if err := setHeads(ctx, tx, saved, in.HeadIDs); err != nil {
			return err
		}
		return tx.Record(ctx, departmentEvent(saved, actor, s.time()))
	})
	return saved, err
}

// edit takes over what was entered.
func (d *Department) edit(in DepartmentInput, all []Department) error {
	for _, f := range []struct {
		name  string
		given *string
		value *string
		least int
	}{{"code", in.Code, &d.Code, 1}, {"name", in.Name, &d.Name, 1}, {"short_name", in.ShortName, &d.ShortName, 0}} {
		if f.given != nil {
			*f.value = *f.given
		}
		var err error
		if *f.value, err = text(f.name, *f.value, f.least, maxDepartmentName); err != nil {
			return err
		}
	}
	if in.Active != nil {
		d.Active = *in.Active
	}
	if in.ParentID != nil {
		d.ParentID = *in.ParentID
		return d.checkParent(all)
	}
	return nil
}

// checkParent refuses a parent that is not there, is below the department, or
// makes the tree too deep.
func (d *Department) checkParent(all []Department) error {
	parents := make(map[int64]int64, len(all))
	for _, other := range all {
		parents[other.ID] = other.ParentID
	}
	for at, depth := d.ParentID, 1; at != 0; depth++ {
		next, found := parents[at]
		switch {
		case !found:
			return desk.InvalidField("parent_id", "没有这个承办单位")
		case at == d.ID:
			return desk.InvalidField("parent_id", "不能放在自己或自己的下级之下")
		case depth >= maxDepth:
			return desk.InvalidField("parent_id", "最多 %d 级", maxDepth)
		}
		at = next
	}
	return nil
}

func storeDepartment(ctx context.Context, tx Tx, d Department) (int64, error) {
	if d.ID != 0 {
		return d.ID, takenCode(tx.SaveDepartment(ctx, d))
	}
	saved, err := tx.AddDepartment(ctx, d)
	return saved, takenCode(err)
}

func takenCode(err error) error {
	if desk.CodeOf(err) != desk.Conflict {
		return err
	}
	return &desk.Error{Code: desk.Conflict, Reason: "code_taken", Message: "这个代码已被使用",
		Fields: []desk.Field{{Name: "code", Message: "这个代码已被使用"}}, Cause: err}
}

func setHeads(ctx context.Context, tx Tx, departmentID int64, heads []int64) error {
	if heads == nil {
		return nil
	}
	if len(heads) > maxHeads {
		return desk.InvalidField("head_ids", "最多 %d 人", maxHeads)
	}
	heads = slices.Compact(slices.Sorted(slices.Values(heads)))
	for _, user := range heads {
		if err := belongs(ctx, tx, "head_ids", departmentID, user); err != nil {
			return err
		}
	}
	return tx.SetHeads(ctx, departmentID, heads)
}

// belongs refuses a person who is no active liaison of the department; for the
// desk itself one who does not work on tickets.
func belongs(ctx context.Context, tx Tx, field string, departmentID, userID int64) error {
	worker, err := tx.Worker(ctx, userID)
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return err
	}
	fits := worker.Role == desk.Liaison && worker.DepartmentID == departmentID
	if departmentID == 0 {
		fits = worker.Can(desk.WorkTickets)
	}
	if err != nil || !fits {
		return desk.InvalidField(field, "此人不属于该单位，或已停用")
	}
	return nil
}

// Duties are the duties of a department, or of the desk itself (0), that have
// not ended, by their beginning.
func (s *Service) Duties(ctx context.Context, actor desk.Actor, departmentID int64) ([]Duty, error) {
	if err := actor.Require(desk.ReadUsers); err != nil {
		return nil, err
	}
	return s.store.Duties(ctx, departmentID, s.time())
}

// AddDuty puts somebody on the roster.
func (s *Service) AddDuty(ctx context.Context, actor desk.Actor, d Duty) (Duty, error) {
	if err := actor.Require(desk.ManageDepartments); err != nil {
		return Duty{}, err
	}
	var err error
	if d.Remark, err = text("remark", d.Remark, 0, maxReasonRunes); err != nil {
		return Duty{}, err
	}
	d.From, d.To = d.From.UTC().Truncate(time.Minute), d.To.UTC().Truncate(time.Minute)
	now := s.time()
	switch {
	case !d.From.Before(d.To):
		return Duty{}, desk.InvalidField("to", "结束时间须晚于开始时间")
	case !d.To.After(now):
		return Duty{}, desk.InvalidField("to", "这段时间已经过去")
	case d.To.Sub(d.From) > longestDuty:
		return Duty{}, desk.InvalidField("to", "一次最多一年")
	case d.StandsInFor == d.UserID:
		return Duty{}, desk.InvalidField("stands_in_for", "不能替自己代班")
	}
	d.CreatedBy = actor.UserID
	err = s.store.Atomic(ctx, func(tx Tx) error {
		if err := s.addDuty(ctx, tx, &d, now); err != nil {
			return err
		}
		return tx.Record(ctx, departmentEvent(d.DepartmentID, actor, now))
	})
	return d, err
}

func (s *Service) addDuty(ctx context.Context, tx Tx, d *Duty, now time.Time) error {
	if d.DepartmentID != 0 {
		_, err := tx.Department(ctx, d.DepartmentID)
		if desk.CodeOf(err) == desk.NotFound {
			return desk.InvalidField("department_id", "没有这个承办单位")
		}
		if err != nil {
			return err
		}
	}
	if err := belongs(ctx, tx, "user_id", d.DepartmentID, d.UserID); err != nil {
		return err
	}
	if d.StandsInFor != 0 {
		if err := belongs(ctx, tx, "stands_in_for", d.DepartmentID, d.StandsInFor); err != nil {
			return err
		}
	}
	n, err := tx.CountDuties(ctx, d.DepartmentID, now)
	if err != nil {
		return err
	}
	if n >= maxDuties {
		return desk.Errorf(desk.Conflict, "值班安排最多 %d 条", maxDuties).WithReason("too_many")
	}
	return tx.AddDuty(ctx, d)
}

// RemoveDuty takes a duty off the roster.
func (s *Service) RemoveDuty(ctx context.Context, actor desk.Actor, dutyID int64) error {
	if err := actor.Require(desk.ManageDepartments); err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		department, err := tx.RemoveDuty(ctx, dutyID)
		if err != nil {
			return err
		}
		return tx.Record(ctx, departmentEvent(department, actor, s.time()))
	})
}

// departmentEvent tells who works on tickets that a department, its people or
// its roster changed.
func departmentEvent(departmentID int64, actor desk.Actor, now time.Time) desk.Event {
	e := desk.NewEvent(DepartmentChanged, now, map[string]any{"department_id": strconv.FormatInt(departmentID, 10)})
	e.ActorID, e.Audience = actor.UserID, desk.WorkTickets
	return e
}
