package inbox_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// takenBack lets others take over what is with people who left.
func takenBack(t *testing.T, d *inboxtest.Desk) {
	t.Helper()
	_, err := d.Service.SweepLeft(t.Context(), d.Now())
	must(t, err)
}

// Who leaves leaves nothing to nobody: every ticket that waits is in the line
// again, with its drafts, and what was answered joins them if its citizen writes.
func TestAColleagueLeaves(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, boss := d.Service, d.AddAccount(t, "a"), d.Supervisor(t, "boss")
		gone, stays := d.Staff(t, "gone"), d.Staff(t, "stays")
		tickets := lots(t, d, account, 5)
		citizen := d.NewCitizen(account)
		answered := citizen.Says(t, "医保卡怎么补办")
		for _, ticket := range append(tickets, answered) {
			must(t, s.Assign(t.Context(), boss, ticket, gone.UserID))
		}
		kept := lots(t, d, account, 1)
		must(t, s.Assign(t.Context(), boss, kept[0], stays.UserID))
		must(t, s.Snooze(t.Context(), gone, tickets[1], d.Now().Add(time.Hour)))
		d.Dispatches(t, gone, tickets[2], d.Department(t, "公安局"))
		written := d.Submits(t, gone, tickets[3], "请携带身份证到窗口办理")
		must(t, s.Close(t.Context(), gone, tickets[4], "电话已答复"))
		d.Answers(t, gone, answered, "请到社区服务中心补办")

		held, err := s.Holding(t.Context(), desk.System(), gone.UserID)
		must(t, err)
		if (held != inbox.Holding{Tickets: 4}) {
			t.Errorf("holds %+v", held)
		}
		_, err = s.Holding(t.Context(), boss, gone.UserID)
		refused(t, err, desk.Forbidden, "")
		unchanged(t, d, func() { takenBack(t, d) })
		teams(t, d, "一组", inbox.RoundRobin, []desk.Actor{gone, stays})

		d.DisableUser(t, gone.UserID)
		before := d.Head(t)
		must(t, s.TakeBack(t.Context(), gone.UserID))
		have(t, d, tickets, "", "", "", "", "gone")
		have(t, d, append(kept, answered), "stays", "gone")
		happened(t, d, before, inbox.TicketAssigned, inbox.TicketAssigned, inbox.TicketAssigned, inbox.TicketAssigned)
		for _, e := range d.Events(t, before) {
			var told map[string]any
			must(t, json.Unmarshal(e.Data, &told))
			if e.ActorID != 0 || told["to"] != "0" || told["why"] != "left" {
				t.Errorf("told %v", e)
			}
		}
		audited := slices.DeleteFunc(d.Dump(t), func(row string) bool {
			return !strings.HasPrefix(row, "audit ") || !strings.Contains(row, inbox.TicketAssigned) || !strings.Contains(row, "actor_id=0")
		})
		if len(audited) != 4 {
			t.Errorf("in the audit: %q", audited)
		}
		for i, want := range []inbox.State{inbox.New, inbox.New, inbox.WithDepartment, inbox.InReview, inbox.Closed} {
			if row := d.Ticket(t, tickets[i]); row.State != want || !row.SnoozedUntil.IsZero() {
				t.Errorf("ticket %d is %s, put off until %s", i, row.State, row.SnoozedUntil)
			}
		}
		if r := d.ReplyOf(t, written); r.State != inbox.ReplyInReview || r.Text != "请携带身份证到窗口办理" {
			t.Errorf("what was written is %s, %q", r.State, r.Text)
		}
		unchanged(t, d, func() { takenBack(t, d) })

		citizen.Says(t, "社区服务中心没有开门")
		takenBack(t, d)
		gives(t, d)
		have(t, d, []inbox.TicketID{tickets[0], tickets[1], answered}, "stays", "stays", "stays")
		inboxtest.CheckInvariants(t, d, account)
	})
}

// Other work, or fewer accounts, is leaving too, as far as it goes.
func TestAColleagueDoesOtherWork(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, other := d.Service, d.AddAccount(t, "a"), d.AddAccount(t, "b")
		boss, liaison, narrow := d.Supervisor(t, "boss"), d.Staff(t, "liaison"), d.Staff(t, "narrow", account, other)
		tickets := append(lots(t, d, account, 2), lots(t, d, other, 1)...)
		must(t, s.Assign(t.Context(), boss, tickets[0], liaison.UserID))
		must(t, s.Assign(t.Context(), boss, tickets[1], narrow.UserID))
		must(t, s.Assign(t.Context(), boss, tickets[2], narrow.UserID))
		must(t, s.Snooze(t.Context(), narrow, tickets[2], d.Now().Add(time.Hour)))
		liaison.Role, liaison.DepartmentID = desk.Liaison, d.Department(t, "公安局")
		d.SetUser(t, liaison)
		narrow.AccountIDs = []int64{account}
		d.SetUser(t, narrow)
		before := d.Head(t)
		must(t, s.TakeBack(t.Context(), narrow.UserID))
		have(t, d, tickets, "liaison", "narrow", "")
		takenBack(t, d)
		have(t, d, tickets, "", "narrow", "")
		for i, why := range []string{"unseen", "left"} {
			var told map[string]any
			must(t, json.Unmarshal(d.Events(t, before)[i].Data, &told))
			if told["why"] != why {
				t.Errorf("event %d: %v, want why %s", i, told, why)
			}
		}

		// The last liaison of a department has its work in hand.
		police := liaison.DepartmentID
		d.Dispatches(t, boss, tickets[0], police)
		for _, want := range []int{1, 0} {
			held, err := s.Holding(t.Context(), desk.System(), liaison.UserID)
			must(t, err)
			if held.Escalations != want {
				t.Errorf("%d escalations wait for the liaison, want %d", held.Escalations, want)
			}
			d.Liaison(t, "second", police)
		}
	})
}

// Who is on duty is somebody who is there.
func TestDutyOfWhoLeft(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, boss := d.Service, d.Supervisor(t, "boss")
		police := d.Department(t, "公安局")
		first, second, third := d.Liaison(t, "first", police), d.Liaison(t, "second", police), d.Liaison(t, "third", police)
		duty := func(user, instead int64) {
			t.Helper()
			_, err := s.AddDuty(t.Context(), boss, inbox.Duty{DepartmentID: police, UserID: user, StandsInFor: instead, From: d.Now(), To: d.Now().Add(time.Hour)})
			must(t, err)
		}
		on := func(want ...int64) {
			t.Helper()
			got, err := s.DutyPeople(t.Context(), police, d.Now())
			must(t, err)
			if !slices.Equal(got, want) {
				t.Errorf("on duty: %v, want %v", got, want)
			}
		}
		duty(first.UserID, 0)
		duty(second.UserID, first.UserID)
		on(second.UserID)
		d.DisableUser(t, first.UserID)
		on(second.UserID) // who stands in has the turn still
		held, err := s.Holding(t.Context(), desk.System(), first.UserID)
		must(t, err)
		duties, err := s.Duties(t.Context(), boss, police)
		must(t, err)
		if held.Duties != 1 || len(duties) != 2 || !duties[0].Gone || duties[1].Gone {
			t.Errorf("holds %+v; the roster is %+v", held, duties)
		}
		second.DepartmentID = d.Department(t, "民政局")
		d.SetUser(t, second)
		on(third.UserID) // nobody of the roster is left: all liaisons
	})
}
