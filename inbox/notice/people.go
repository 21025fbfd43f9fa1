package notice

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// Contact is how a person is reached outside the desk.
type Contact struct {
	Email     string
	Mobile    string // of a person in a robot's group, to be called by
	MentionID string // the same, where the group knows people by an id
}

// Person is an active user with what decides whether and how to tell them.
type Person struct {
	desk.Actor
	Contact
	Department string // its name
	Head       bool   // of the department
	Settings   Settings
}

// Roster is everybody there is, and who is on duty for each department; for
// the desk itself, department 0.
type Roster struct {
	People []Person
	OnDuty map[int64][]int64
}

// About is what an event is about, as the store knows it.
type About struct {
	Ticket   Ticket // ID 0: about none
	AuthorID int64  // of the reply the event names
}

// Ticket is what a notice shows of a ticket. Subject is the citizen's words:
// it is masked before it leaves the desk.
type Ticket struct {
	ID          int64
	Number      string
	Subject     string
	State       string
	AssigneeID  int64
	AccountID   int64
	Departments []int64   // that see it
	DueAt       time.Time // zero: no clock runs
}

// Recipients are the people an event concerns by a rule, each once, by id: who
// has one of the roles and may see the event, but not who did it. Where a role
// reaches nobody its fallback is told.
func Recipients(r Rule, e desk.Event, about About, all Roster) []Person {
	d := dataOf(e.Data)
	roles := r.To
	if named := d.list("roles"); len(named) > 0 {
		roles = roles[:0:0]
		for _, name := range named {
			roles = append(roles, Role(name))
		}
	}
	told := map[int64]Person{}
	for _, role := range roles {
		for tried := 0; role != "" && tried <= len(fallback); tried++ {
			reached := holders(role, e, d, about, all)
			for _, p := range reached {
				told[p.UserID] = p
			}
			if len(reached) > 0 {
				break
			}
			role = fallback[role]
		}
	}
	delete(told, e.ActorID)
	out := make([]Person, 0, len(told))
	for _, p := range told {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b Person) int { return int(a.UserID - b.UserID) })
	return out
}

// holders are the people with a role who may see the event.
func holders(role Role, e desk.Event, d data, about About, all Roster) []Person {
	has := bearer(role, e, d, about, all)
	var out []Person
	for _, p := range all.People {
		if has(p) && p.SeesEvent(e) {
			out = append(out, p)
		}
	}
	return out
}

// bearer tells who has a role in an event.
func bearer(role Role, e desk.Event, d data, about About, all Roster) func(p Person) bool {
	switch role {
	case Assignee:
		return is(about.Ticket.AssigneeID)
	case Taker:
		return is(d.id("to"))
	case Snoozer:
		return is(d.id("user_id"))
	case Author:
		return is(about.AuthorID)
	case Duty:
		return is(all.OnDuty[0]...)
	case Supervisor:
		return func(p Person) bool { return p.Role == desk.Supervisor }
	case Administrator:
		return func(p Person) bool { return p.Role == desk.Admin }
	case Approver:
		return func(p Person) bool {
			return p.Role == desk.Supervisor && p.Can(desk.ApproveReplies) && p.UserID != about.AuthorID
		}
	case Operator:
		return func(p Person) bool { return p.Role == desk.Admin && p.Can(desk.ManageDeadWork) }
	case Publisher:
		return func(p Person) bool { return p.Role == desk.Supervisor && p.Can(desk.PublishLibrary) }
	case Department, DepartmentHead:
		department := d.id("department_id")
		if department == 0 && len(e.Departments) == 1 {
			department = e.Departments[0]
		}
		turn := all.OnDuty[department]
		return func(p Person) bool {
			if department == 0 || p.Role != desk.Liaison || p.DepartmentID != department {
				return false
			}
			if role == DepartmentHead {
				return p.Head
			}
			return len(turn) == 0 || slices.Contains(turn, p.UserID)
		}
	case Named:
		return named(d)
	}
	return func(Person) bool { return false }
}

// named are the people an event's data names: one by one, by their department's
// id, or by its name.
func named(d data) func(p Person) bool {
	people := append(d.ids("mentions"), d.id("user_id"))
	departments := d.ids("departments")
	department := strings.TrimSpace(d.text("department"))
	return func(p Person) bool {
		return is(people...)(p) || p.Role == desk.Liaison && p.DepartmentID != 0 &&
			(slices.Contains(departments, p.DepartmentID) || department != "" && p.Department == department)
	}
}

func is(ids ...int64) func(p Person) bool {
	return func(p Person) bool { return p.UserID != 0 && slices.Contains(ids, p.UserID) }
}

// link is the page a notice leads to.
func link(r Rule, ticket int64, facts map[string]string) string {
	all := map[string]string{"ticket_id": strconv.FormatInt(ticket, 10)}
	for name, value := range facts {
		all[name] = value
	}
	return fill(r.Link, all)
}
