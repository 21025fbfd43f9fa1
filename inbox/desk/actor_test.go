package desk_test

import (
	"slices"
	"testing"

	"replydesk/inbox/desk"
)

func TestWhoSeesWhat(t *testing.T) {
	all := desk.Actor{Role: desk.Staff, AllAccounts: true}
	scoped := desk.Actor{Role: desk.Supervisor, AccountIDs: []int64{1, 3}}
	liaison := desk.Actor{Role: desk.Liaison, DepartmentID: 7, AllAccounts: true}
	linked := desk.Actor{UserID: 5, Role: desk.Liaison, DepartmentID: 7, AllAccounts: true, Part: desk.Part{EscalationID: 9, TicketID: 1}}
	narrow := desk.Actor{Role: desk.Liaison, DepartmentID: 7, AccountIDs: []int64{3}}
	tests := []struct {
		name  string
		actor desk.Actor
		event desk.Event
		want  bool
	}{
		{"staff, any ticket", all, desk.Event{TicketID: 1, AccountID: 2}, true},
		{"scoped, own account", scoped, desk.Event{TicketID: 1, AccountID: 3}, true},
		{"scoped, other account", scoped, desk.Event{TicketID: 1, AccountID: 2}, false},
		{"liaison, own department", liaison, desk.Event{TicketID: 1, AccountID: 2, Departments: []int64{7}}, true},
		{"liaison, other department", liaison, desk.Event{TicketID: 1, AccountID: 2, Departments: []int64{8}}, false},
		{"liaison, one of several", liaison, desk.Event{TicketID: 1, AccountID: 2, Departments: []int64{3, 7}}, true},
		{"liaison, no department on the ticket", liaison, desk.Event{TicketID: 1, AccountID: 2}, false},
		{"liaison without a department", desk.Actor{Role: desk.Liaison, AllAccounts: true}, desk.Event{TicketID: 1}, false},
		{"scoped liaison, other account", narrow, desk.Event{TicketID: 1, AccountID: 2, Departments: []int64{7}}, false},
		{"scoped liaison, both right", narrow, desk.Event{TicketID: 1, AccountID: 3, Departments: []int64{7}}, true},
		{"by a link, its ticket", linked, desk.Event{TicketID: 1, AccountID: 2, Departments: []int64{7}}, true},
		{"by a link, another of the department", linked, desk.Event{TicketID: 2, AccountID: 2, Departments: []int64{7}}, false},
		{"by a link, gone from the department", linked, desk.Event{TicketID: 1, AccountID: 2}, false},
		{"by a link, for everybody", linked, desk.Event{}, false},
		{"by a link, for the person", linked, desk.Event{Audience: desk.OnlyFor(5)}, false},
		{"about no account, for everybody", liaison, desk.Event{}, true},
		{"about no account, for who reads users", all, desk.Event{Audience: desk.ReadUsers}, true},
		{"about no account, for who reads users, liaison", liaison, desk.Event{Audience: desk.ReadUsers}, false},
		{"for one user, that user", desk.Actor{UserID: 7, Role: desk.Liaison}, desk.Event{Audience: desk.OnlyFor(7)}, true},
		{"for one user, another", desk.Actor{UserID: 70, Role: desk.Admin}, desk.Event{Audience: desk.OnlyFor(7)}, false},
		{"about an account, scoped", scoped, desk.Event{AccountID: 3, Audience: desk.ReadAccounts}, true},
		{"about another account, scoped", scoped, desk.Event{AccountID: 2, Audience: desk.ReadAccounts}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.actor.SeesEvent(tt.event); got != tt.want {
				t.Errorf("SeesEvent = %v, want %v", got, tt.want)
			}
		})
	}
}

// Within a part a liaison answers and reads, whatever else is granted; nobody but
// a liaison has one.
func TestWhatCountsWithinAPart(t *testing.T) {
	part := desk.Part{EscalationID: 9, TicketID: 1}
	for _, role := range []desk.Role{desk.Admin, desk.Supervisor, desk.Staff, desk.Liaison} {
		want := []desk.Permission{}
		if role == desk.Liaison {
			want = []desk.Permission{desk.ReadTickets, desk.AnswerEscalated}
		}
		a := desk.Actor{Role: role, DepartmentID: 7, AllAccounts: true, Part: part}
		if got := a.Permissions(); !slices.Equal(got, want) {
			t.Errorf("%s: %v", role, got)
		}
		if a.SeesTicket(1, 2, []int64{7}) != (role == desk.Liaison) {
			t.Errorf("%s sees the ticket: %v", role, a.SeesTicket(1, 2, []int64{7}))
		}
	}
}

func TestErrorsKeepTheirCauseForTheLog(t *testing.T) {
	cause := desk.Errorf(desk.Unavailable, "disk is full")
	err := desk.Errorf(desk.Internal, "store ticket %d: %w", 7, cause)
	if err.Message != "store ticket 7" || err.Error() != "store ticket 7: disk is full" {
		t.Errorf("message %q, error %q", err.Message, err.Error())
	}
	if desk.CodeOf(err) != desk.Internal || desk.CodeOf(nil) != "" || desk.ReasonOf(err.WithReason("full")) != "full" {
		t.Error("codes or reasons are lost")
	}
}
