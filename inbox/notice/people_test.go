package notice_test

import (
	"fmt"
	"testing"

	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

func person(id int64, role desk.Role, department int64, accounts ...int64) notice.Person {
	return notice.Person{Actor: desk.Actor{UserID: id, Role: role, DepartmentID: department, AllAccounts: len(accounts) == 0, AccountIDs: accounts}}
}

func rule(t *testing.T, event string) notice.Rule {
	t.Helper()
	for _, r := range notice.Rules() {
		if r.Event == event {
			return r
		}
	}
	t.Fatalf("no rule for %s", event)
	return notice.Rule{}
}

func TestRecipients(t *testing.T) {
	head := person(7, desk.Liaison, 5)
	head.Head = true
	named := person(8, desk.Liaison, 6)
	named.Department = "市公安局"
	people := []notice.Person{
		person(1, desk.Admin, 0), person(2, desk.Supervisor, 0), person(3, desk.Staff, 0), person(4, desk.Staff, 0, 9),
		person(5, desk.Supervisor, 0, 9), person(6, desk.Liaison, 5), head, named,
	}
	all := notice.Roster{People: people}
	duty := notice.Roster{People: people, OnDuty: map[int64][]int64{0: {3}, 6: {8}, 5: {7}}}
	nobody := notice.Roster{People: []notice.Person{person(1, desk.Admin, 0), person(3, desk.Staff, 0)}}
	tests := []struct {
		name     string
		event    string
		actor    int64
		data     map[string]any
		assignee int64
		author   int64
		roster   notice.Roster
		want     string
	}{
		{"assignee", "clock.warned", 0, nil, 3, 0, all, "[3]"},
		{"assignee and supervisors of the account", "clock.missed", 0, nil, 3, 0, all, "[2 3]"},
		{"roles of the event come first", "clock.missed", 0, map[string]any{"roles": []string{"department_head"}}, 3, 0, all, "[7]"},
		{"a role nobody knows reaches nobody", "clock.missed", 0, map[string]any{"roles": []string{"mayor"}}, 3, 0, all, "[]"},
		{"nobody has it: duty", "clock.warned", 0, nil, 0, 0, duty, "[3]"},
		{"nobody has it and no duty: supervisors", "clock.warned", 0, nil, 0, 0, all, "[2]"},
		{"no supervisor either: administrators", "clock.warned", 0, nil, 0, 0, nobody, "[1]"},
		{"an assignee who may not see the account any more", "clock.warned", 0, nil, 4, 0, all, "[2]"},
		{"who did it is not told", "ticket.assigned", 3, nil, 3, 0, all, "[]"},
		{"department", "escalation.dispatched", 2, map[string]any{"department_id": "5"}, 3, 0, all, "[6 7]"},
		{"a department of nobody", "escalation.dispatched", 3, map[string]any{"department_id": "77"}, 3, 0, all, "[2]"},
		{"the department's liaison on duty", "escalation.dispatched", 2, map[string]any{"department_id": "5"}, 3, 0, duty, "[7]"},
		{"approvers but the author", "reply.submitted", 2, nil, 3, 2, all, "[]"},
		{"approvers", "reply.submitted", 3, nil, 3, 3, all, "[2]"},
		{"author", "reply.rejected", 2, nil, 3, 3, all, "[3]"},
		{"no author: the assignee", "delivery.failed", 0, nil, 3, 0, all, "[3]"},
		{"mentions, as far as they may see it", "note.added", 2, map[string]any{"mentions": []string{"3", "4"}, "departments": []string{"5"}}, 0, 0, all, "[3 6 7]"},
		{"no mention", "note.added", 2, map[string]any{"note_id": "1"}, 3, 0, all, "[]"},
		{"duty", "word.found", 0, map[string]any{"level": "urgent"}, 0, 0, duty, "[3]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := desk.NewEvent(tt.event, at(22, 9, 0), tt.data)
			e.ID, e.TicketID, e.AccountID, e.Departments, e.ActorID = 1, 10, 1, []int64{5}, tt.actor
			about := notice.About{Ticket: notice.Ticket{ID: 10, AssigneeID: tt.assignee, AccountID: 1, Departments: []int64{5}}, AuthorID: tt.author}
			got := []int64{}
			for _, p := range notice.Recipients(rule(t, tt.event), e, about, tt.roster) {
				got = append(got, p.UserID)
			}
			if fmt.Sprint(got) != tt.want {
				t.Errorf("told %v, want %s", got, tt.want)
			}
		})
	}
}

// An entry's department is named in words.
func TestRecipientsOfAnEntry(t *testing.T) {
	liaison := person(8, desk.Liaison, 6)
	liaison.Department = "市公安局"
	e := desk.NewEvent("entry.expiring", at(22, 9, 0), map[string]any{"department": "市公安局", "days": 7})
	e.Audience = desk.ReadLibrary
	told := notice.Recipients(rule(t, e.Name), e, notice.About{}, notice.Roster{People: []notice.Person{
		person(2, desk.Supervisor, 0), person(3, desk.Staff, 0), person(6, desk.Liaison, 5), liaison,
	}})
	if len(told) != 2 || told[0].UserID != 2 || told[1].UserID != 8 {
		t.Errorf("told %v", told)
	}
}
