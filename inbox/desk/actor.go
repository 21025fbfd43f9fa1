package desk

import (
	"slices"
	"strconv"
)

// Role is what a user may do in broad strokes; Can has the details.
type Role string

// The four roles of the desk.
const (
	Admin      Role = "admin"
	Supervisor Role = "supervisor"
	Staff      Role = "staff"
	Liaison    Role = "liaison"
)

// Valid reports whether r is one of the four roles.
func (r Role) Valid() bool {
	return slices.Contains([]Role{Admin, Supervisor, Staff, Liaison}, r)
}

// Permission is one thing a role may do.
type Permission string

// Permissions in use. A use case asks for one; roles carry a set.
const (
	ReadTickets        Permission = "tickets.read"
	WorkTickets        Permission = "tickets.work"
	ApproveReplies     Permission = "replies.approve"
	ReadLibrary        Permission = "library.read"
	EditLibrary        Permission = "library.edit"
	PublishLibrary     Permission = "library.publish"
	ManageAccounts     Permission = "accounts.manage"
	ReadAccounts       Permission = "accounts.read"
	ManageUsers        Permission = "users.manage"
	ReadUsers          Permission = "users.read"
	ManageDeadWork     Permission = "operations.manage"
	AnswerEscalated    Permission = "escalations.answer"
	ManageDepartments  Permission = "departments.manage"
	ReadAudit          Permission = "audit.read"
	ManagePolicies     Permission = "policies.manage" // clocks, approvals, word lists
	PostponeClocks     Permission = "clocks.postpone"
	BypassApproval     Permission = "replies.bypass" // in an emergency, with a reason on record
	SuperviseEscalated Permission = "escalations.supervise"
	ManageNotices      Permission = "notices.manage"
	ReadReports        Permission = "reports.read"
	ManageTemplates    Permission = "templates.manage"
	FollowUpRatings    Permission = "ratings.follow_up"
	ManageViews        Permission = "views.manage" // those for all, and of other roles
	ManageTeams        Permission = "teams.manage" // and how much is given to whom
)

// granted is the whole table of who may do what.
var granted = []struct {
	permission Permission
	to         []Role
}{
	{ReadTickets, []Role{Admin, Supervisor, Staff, Liaison}},
	{WorkTickets, []Role{Admin, Supervisor, Staff}},
	{ApproveReplies, []Role{Admin, Supervisor}},
	{ReadLibrary, []Role{Admin, Supervisor, Staff, Liaison}},
	{EditLibrary, []Role{Admin, Supervisor, Staff}},
	{PublishLibrary, []Role{Admin, Supervisor}},
	{ManageAccounts, []Role{Admin}},
	{ReadAccounts, []Role{Admin, Supervisor, Staff}},
	{ManageUsers, []Role{Admin}},
	{ReadUsers, []Role{Admin, Supervisor, Staff}},
	{ManageDeadWork, []Role{Admin, Supervisor}},
	{AnswerEscalated, []Role{Liaison}},
	{ManageDepartments, []Role{Admin, Supervisor}},
	{SuperviseEscalated, []Role{Admin, Supervisor}},
	{ReadAudit, []Role{Admin, Supervisor}},
	{ManagePolicies, []Role{Admin, Supervisor}},
	{PostponeClocks, []Role{Admin, Supervisor}},
	{BypassApproval, []Role{Admin, Supervisor}},
	{ManageNotices, []Role{Admin}},
	{ReadReports, []Role{Admin, Supervisor}},
	{ManageTemplates, []Role{Admin, Supervisor}},
	{FollowUpRatings, []Role{Admin, Supervisor}},
	{ManageViews, []Role{Admin, Supervisor}},
	{ManageTeams, []Role{Admin, Supervisor}},
}

// grants are the permissions of each role, in the order of the table.
var grants = func() map[Role][]Permission {
	out := map[Role][]Permission{}
	for _, g := range granted {
		for _, role := range g.to {
			out[role] = append(out[role], g.permission)
		}
	}
	return out
}()

// Permissions are all there are, in a fixed order.
func Permissions() []Permission {
	out := make([]Permission, len(granted))
	for i, g := range granted {
		out[i] = g.permission
	}
	return out
}

// Actor is who does something: a signed-in user, or the desk itself
// (UserID 0) for what no person asked for.
type Actor struct {
	UserID       int64
	Name         string
	Role         Role
	DepartmentID int64   // of a liaison; 0 for none
	AllAccounts  bool    // false: only those in AccountIDs
	AccountIDs   []int64 // sorted
	Part         Part    // not zero: all that is in reach
}

// Part is all that a session reaches which a link opened: one escalation, and its
// ticket as far as the escalation's department sees it. The zero Part is no
// limit.
type Part struct{ EscalationID, TicketID int64 }

// Limits reports whether the part is a limit.
func (p Part) Limits() bool { return p != Part{} }

// within are the permissions that count within a Part, of those a liaison has.
var within = []Permission{ReadTickets, AnswerEscalated}

// System is the actor for what the desk does by itself.
func System() Actor { return Actor{Name: "system", Role: Admin, AllAccounts: true} }

// Permissions returns what the actor's role allows, in a fixed order; within a
// Part what is of use there.
func (a Actor) Permissions() []Permission {
	return slices.DeleteFunc(slices.Clone(grants[a.Role]), func(p Permission) bool { return !a.Can(p) })
}

// Can reports whether the actor may do p: the role carries it, and a Part does
// not take it away.
func (a Actor) Can(p Permission) bool {
	return slices.Contains(grants[a.Role], p) && (!a.Part.Limits() || a.Role == Liaison && slices.Contains(within, p))
}

// Require returns a Forbidden error unless the actor may do p.
func (a Actor) Require(p Permission) error {
	if a.Can(p) {
		return nil
	}
	return Errorf(Forbidden, "您的角色没有此项权限 (%s)", p)
}

// SeesAccount reports whether the actor's account groups include the account.
func (a Actor) SeesAccount(accountID int64) bool {
	if a.AllAccounts {
		return true
	}
	_, found := slices.BinarySearch(a.AccountIDs, accountID)
	return found
}

// SeesTicket reports whether the actor may see the ticket, of this account, that
// was given to these departments. A liaison sees only what the own department
// was given.
func (a Actor) SeesTicket(ticketID, accountID int64, departments []int64) bool {
	if a.Part.Limits() && ticketID != a.Part.TicketID {
		return false
	}
	if a.Role == Liaison && (a.DepartmentID == 0 || !slices.Contains(departments, a.DepartmentID)) {
		return false
	}
	return a.Can(ReadTickets) && a.SeesAccount(accountID)
}

// SeesEvent reports whether the actor may be told of the event: those of a
// ticket by SeesTicket, those without a ticket by their account, if they are
// about one, and their Audience.
func (a Actor) SeesEvent(e Event) bool {
	if e.TicketID != 0 {
		return a.SeesTicket(e.TicketID, e.AccountID, e.Departments)
	}
	if a.Part.Limits() {
		return false
	}
	if e.AccountID != 0 && !a.SeesAccount(e.AccountID) {
		return false
	}
	return e.Audience == "" || e.Audience == OnlyFor(a.UserID) || a.Can(e.Audience)
}

// OnlyFor is the audience of an event that concerns one user alone.
func OnlyFor(userID int64) Permission {
	return Permission("user/" + strconv.FormatInt(userID, 10))
}
