package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/inbox"
)

// Department is who answers what the desk cannot.
type Department struct {
	ID        ID       `json:"id"`
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	ShortName string   `json:"short_name"`
	ParentID  ID       `json:"parent_id,omitempty" doc:"absent: it stands at the top"`
	Path      []string `json:"path" doc:"the names above it, from the top"`
	Active    bool     `json:"active" doc:"false: it is given nothing new"`
	Heads     []Ref    `json:"heads" doc:"people are only told to who may read users"`
	Liaisons  []Ref    `json:"liaisons"`
	OnDuty    []Ref    `json:"on_duty" doc:"now, by the roster; without one all liaisons"`
}

// Duty is a time somebody is on duty.
type Duty struct {
	ID           ID            `json:"id"`
	DepartmentID ID            `json:"department_id,omitempty" doc:"absent: the desk itself"`
	User         Ref           `json:"user"`
	StandsInFor  Nullable[Ref] `json:"stands_in_for" doc:"the time is a substitution: whenever that person would be on duty"`
	From         time.Time     `json:"from"`
	To           time.Time     `json:"to"`
	Remark       string        `json:"remark"`
	Gone         bool          `json:"gone" doc:"the person may not sign in any more or belongs elsewhere: who is next is told instead"`
}

// departmentBody is what a manager enters; what is absent stays as it is.
type departmentBody struct {
	Code      *string   `json:"code,omitempty"`
	Name      *string   `json:"name,omitempty"`
	ShortName *string   `json:"short_name,omitempty"`
	ParentID  Clearable `json:"parent_id,omitempty"`
	Active    *bool     `json:"active,omitempty"`
	HeadIDs   []ID      `json:"head_ids,omitempty" doc:"liaisons of the department"`
}

func (b departmentBody) input() inbox.DepartmentInput {
	in := inbox.DepartmentInput{Code: b.Code, Name: b.Name, ShortName: b.ShortName, ParentID: b.ParentID.pointer(), Active: b.Active}
	if b.HeadIDs != nil {
		in.HeadIDs = each(b.HeadIDs, ID.number)
	}
	return in
}

type (
	createDepartmentInput struct{ Body departmentBody }
	updateDepartmentInput struct {
		ByID
		Body departmentBody
	}
	dutiesInput struct {
		DepartmentID ID `query:"department_id" doc:"absent: the desk itself"`
	}
	createDutyInput struct {
		Body struct {
			DepartmentID Clearable `json:"department_id,omitempty"`
			UserID       ID        `json:"user_id"`
			StandsInFor  Clearable `json:"stands_in_for,omitempty"`
			From         time.Time `json:"from"`
			To           time.Time `json:"to"`
			Remark       string    `json:"remark,omitempty"`
		}
	}
)

func (s *Server) departmentRoutes() {
	desk := s.deps.Inbox
	route(s, s.operation(http.MethodGet, "/departments", "listDepartments", "Departments a ticket may be given to, each after its parent"),
		func(ctx context.Context, who auth.Principal, _ *nothing) (List[Department], error) {
			all, err := desk.Departments(ctx, who.Actor())
			return listOf(all, departmentOf), err
		})
	route(s, created(s.operation(http.MethodPost, "/departments", "createDepartment", "Add a department")),
		func(ctx context.Context, who auth.Principal, in *createDepartmentInput) (Department, error) {
			id, err := desk.AddDepartment(ctx, who.Actor(), in.Body.input())
			return s.department(ctx, who, id, err)
		})
	route(s, s.operation(http.MethodPatch, "/departments/{id}", "updateDepartment", "Change a department"),
		func(ctx context.Context, who auth.Principal, in *updateDepartmentInput) (Department, error) {
			err := desk.ChangeDepartment(ctx, who.Actor(), in.ID.number(), in.Body.input())
			return s.department(ctx, who, in.ID.number(), err)
		})
	route(s, s.operation(http.MethodGet, "/duties", "listDuties", "Who is on duty, from now on"),
		func(ctx context.Context, who auth.Principal, in *dutiesInput) (List[Duty], error) {
			all, err := desk.Duties(ctx, who.Actor(), in.DepartmentID.number())
			return listOf(all, dutyOf), err
		})
	route(s, created(s.operation(http.MethodPost, "/duties", "createDuty", "Put somebody on the roster, also in another's place")),
		func(ctx context.Context, who auth.Principal, in *createDutyInput) (Duty, error) {
			b := in.Body
			d, err := desk.AddDuty(ctx, who.Actor(), inbox.Duty{
				DepartmentID: b.DepartmentID.id, UserID: b.UserID.number(), StandsInFor: b.StandsInFor.id, From: b.From, To: b.To, Remark: b.Remark,
			})
			if err != nil {
				return Duty{}, err
			}
			names, err := s.deps.Auth.Names(ctx, []int64{d.UserID, d.StandsInFor})
			d.UserName, d.StandsInName = names[d.UserID], names[d.StandsInFor]
			return dutyOf(d), err
		})
	command(s, s.operation(http.MethodDelete, "/duties/{id}", "removeDuty", "Take a duty off the roster"),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return desk.RemoveDuty(ctx, who.Actor(), in.ID.number())
		})
}

// department reads a department that was just stored.
func (s *Server) department(ctx context.Context, who auth.Principal, id int64, err error) (Department, error) {
	if err != nil {
		return Department{}, err
	}
	all, err := s.deps.Inbox.Departments(ctx, who.Actor())
	for _, d := range all {
		if d.ID == id {
			return departmentOf(d), err
		}
	}
	return Department{}, err
}

func departmentOf(d inbox.DepartmentRow) Department {
	return Department{
		ID: idOf(d.ID), Code: d.Code, Name: d.Name, ShortName: d.ShortName, ParentID: idOf(d.ParentID),
		Path: append([]string{}, d.Path...), Active: d.Active,
		Heads: each(d.Heads, personOf), Liaisons: each(d.Liaisons, personOf), OnDuty: each(d.OnDuty, personOf),
	}
}

func personOf(p inbox.Person) Ref { return Ref{ID: idOf(p.ID), Name: p.Name} }

func dutyOf(d inbox.Duty) Duty {
	return Duty{
		ID: idOf(d.ID), DepartmentID: idOf(d.DepartmentID), User: Ref{ID: idOf(d.UserID), Name: d.UserName},
		StandsInFor: refOf(d.StandsInFor, d.StandsInName), From: utc(d.From), To: utc(d.To), Remark: d.Remark, Gone: d.Gone,
	}
}
