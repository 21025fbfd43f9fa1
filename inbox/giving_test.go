package inbox_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// teams makes a team that takes tickets at any hour unless told otherwise.
func teams(t *testing.T, d *inboxtest.Desk, name string, mode inbox.AssignMode, members []desk.Actor, change ...func(*inbox.TeamInput)) inbox.Team {
	t.Helper()
	ids := []int64{}
	for _, m := range members {
		ids = append(ids, m.UserID)
	}
	in := inbox.TeamInput{Name: &name, Mode: &mode, MemberIDs: &ids, AnyHour: ptr(true)}
	for _, f := range change {
		f(&in)
	}
	team, err := d.Service.SaveTeam(t.Context(), desk.System(), 0, in)
	must(t, err)
	return team
}

// gives lets the desk give out what waits.
func gives(t *testing.T, d *inboxtest.Desk) time.Time {
	t.Helper()
	next, err := d.Service.AssignWaiting(t.Context(), d.Now())
	must(t, err)
	return next
}

func holds(t *testing.T, d *inboxtest.Desk, user desk.Actor, capacity int) {
	t.Helper()
	_, err := d.Service.ChangeWorkload(t.Context(), desk.System(), user.UserID, inbox.WorkloadInput{Capacity: &capacity})
	must(t, err)
}

// lots are n tickets that wait, one after the other.
func lots(t *testing.T, d *inboxtest.Desk, account int64, n int) []inbox.TicketID {
	t.Helper()
	var tickets []inbox.TicketID
	for range n {
		tickets = append(tickets, d.NewCitizen(account).Says(t, "居住证怎么办理"))
		d.Pass(time.Second)
	}
	return tickets
}

// have checks who has the tickets, by name; "" is nobody.
func have(t *testing.T, d *inboxtest.Desk, tickets []inbox.TicketID, want ...string) {
	t.Helper()
	var got []string
	for _, ticket := range tickets {
		got = append(got, d.Ticket(t, ticket).AssigneeName)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the tickets are with %q, want %q", got, want)
	}
}

func TestTicketsGoRound(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "a")
		a, b, c := d.Staff(t, "a"), d.Staff(t, "b"), d.Staff(t, "c")
		team := teams(t, d, "一组", inbox.RoundRobin, []desk.Actor{c, a, b})
		first := lots(t, d, account, 2)
		before := d.Head(t)
		gives(t, d)
		have(t, d, first, "a", "b")
		happened(t, d, before, inbox.TicketAssigned, inbox.TicketAssigned)
		e := d.Events(t, before)[0]
		var told map[string]any
		must(t, json.Unmarshal(e.Data, &told))
		if e.ActorID != 0 || told["team"] != "一组" || told["mode"] != "round_robin" || told["from"] != "0" || d.Ticket(t, first[0]).State != inbox.Open {
			t.Errorf("told %v by %d, state %s", told, e.ActorID, d.Ticket(t, first[0]).State)
		}
		// Whose turn it is is stored, and survives a change of the team.
		_, err := d.Service.SaveTeam(t.Context(), desk.System(), team.ID, inbox.TeamInput{Name: ptr("二组"), MemberIDs: &[]int64{a.UserID, b.UserID, c.UserID}})
		must(t, err)
		second := lots(t, d, account, 3)
		_, err = d.Again(t).AssignWaiting(t.Context(), d.Now())
		must(t, err)
		have(t, d, second, "c", "a", "b")
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestTheLeastLoadedIsGivenNext(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "a")
		a, b := d.Staff(t, "a"), d.Staff(t, "b")
		holds(t, d, a, 2)
		holds(t, d, b, 4)
		teams(t, d, "一组", inbox.LeastLoaded, []desk.Actor{a, b})
		tickets := lots(t, d, account, 7)
		gives(t, d)
		// By their share of two and four: what none has room for waits.
		have(t, d, tickets, "a", "b", "b", "a", "b", "b", "")
		// Who frees up is given the oldest that waits; a ticket at a department is
		// not in anybody's hand.
		d.Dispatches(t, a, tickets[0], d.Department(t, "公安局"))
		gives(t, d)
		have(t, d, tickets[6:], "a")
		last := lots(t, d, account, 2)
		gives(t, d)
		have(t, d, last, "", "")
		d.Answers(t, b, tickets[1], "请携带身份证")
		gives(t, d)
		have(t, d, last, "b", "")
		must(t, d.Service.Close(t.Context(), a, tickets[3], "电话已答复"))
		gives(t, d)
		have(t, d, last, "b", "a")
	})
}

// What needs nobody, or what nobody may take, stays.
func TestNotGiven(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account, other := d.Service, d.AddAccount(t, "a"), d.AddAccount(t, "b")
		blind, away, gone, full := d.Staff(t, "blind", other), d.Staff(t, "away"), d.Staff(t, "gone"), d.Staff(t, "full")
		teams(t, d, "一组", inbox.RoundRobin, []desk.Actor{blind, away, gone, full})
		_, err := s.TakeWork(t.Context(), away, false)
		must(t, err)
		d.DisableUser(t, gone.UserID)
		holds(t, d, full, 0)
		tickets := lots(t, d, account, 4)
		before := d.Head(t)
		gives(t, d)
		happened(t, d, before)
		boss := d.Supervisor(t, "boss")
		must(t, s.Snooze(t.Context(), boss, tickets[0], d.Now().Add(time.Hour)))
		d.Dispatches(t, boss, tickets[1], d.Department(t, "公安局"))
		must(t, s.Ignore(t.Context(), boss, tickets[2], "广告"))
		_, err = s.TakeWork(t.Context(), away, true)
		must(t, err)
		gives(t, d)
		have(t, d, tickets, "", "", "", "away")
		d.Pass(time.Hour)
		sweeps(t, d)
		gives(t, d)
		have(t, d, tickets[:1], "away")
	})
}

func TestGivenInWorkingHours(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) { // a Sunday, at nine
		account, a, b := d.AddAccount(t, "a"), d.Staff(t, "a"), d.Staff(t, "b")
		teams(t, d, "白班", inbox.RoundRobin, []desk.Actor{a}, func(in *inbox.TeamInput) {
			in.AnyHour, in.Kind = nil, ptr(channel.Private)
		})
		tickets := lots(t, d, account, 1)
		monday := inboxtest.Morning.Add(24 * time.Hour)
		if next := gives(t, d); next.Sub(monday).Abs() > time.Second {
			t.Errorf("next %v, want %v", next, monday)
		}
		have(t, d, tickets, "")
		d.Pass(monday.Sub(d.Now()))
		gives(t, d)
		have(t, d, tickets, "a")
		// Out of hours a team that takes tickets at any hour has its turn.
		teams(t, d, "值班", inbox.RoundRobin, []desk.Actor{b})
		d.Pass(12 * time.Hour)
		night := lots(t, d, account, 1)
		gives(t, d)
		have(t, d, night, "b")
	})
}

// The team that asks for more comes first; nothing is taken from one that
// assigns by hand.
func TestWhichTeamIsAsked(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, byHand, rest := d.AddAccount(t, "a"), d.AddAccount(t, "b"), d.AddAccount(t, "c")
		a, b := d.Staff(t, "a"), d.Staff(t, "b")
		holds(t, d, a, 1)
		serves := func(ids ...int64) func(*inbox.TeamInput) {
			return func(in *inbox.TeamInput) { in.AccountIDs = &ids }
		}
		teams(t, d, "其他", inbox.RoundRobin, []desk.Actor{b})
		teams(t, d, "专组", inbox.RoundRobin, []desk.Actor{a}, serves(account))
		teams(t, d, "手动", inbox.ByHand, []desk.Actor{a}, serves(byHand))
		teams(t, d, "停用", inbox.RoundRobin, []desk.Actor{a}, serves(rest), func(in *inbox.TeamInput) { in.Enabled = ptr(false) })
		tickets := append(append(lots(t, d, byHand, 1), lots(t, d, account, 2)...), lots(t, d, rest, 1)...)
		gives(t, d)
		have(t, d, tickets, "", "a", "b", "b")
	})
}

// Who was freed of a ticket by hand is not given it again, but others are.
func TestNotGivenRightBack(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, a, b := d.AddAccount(t, "a"), d.Staff(t, "a"), d.Staff(t, "b")
		teams(t, d, "一组", inbox.RoundRobin, []desk.Actor{a})
		tickets := lots(t, d, account, 1)
		gives(t, d)
		must(t, d.Service.Assign(t.Context(), a, tickets[0], 0))
		tickets = append(tickets, lots(t, d, account, 1)...)
		gives(t, d)
		have(t, d, tickets, "", "a") // the one behind it is not held up
		teams(t, d, "二组", inbox.RoundRobin, []desk.Actor{b})
		gives(t, d)
		have(t, d, tickets, "b", "a")
	})
}

// However many give at once, each ticket is given once and nobody is given more
// than their capacity.
func TestManyGiveAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account := d.AddAccount(t, "a")
		members := []desk.Actor{d.Staff(t, "a"), d.Staff(t, "b"), d.Staff(t, "c")}
		for i, m := range members {
			holds(t, d, m, 3+i)
		}
		teams(t, d, "轮流", inbox.RoundRobin, members[:2])
		teams(t, d, "最少", inbox.LeastLoaded, members)
		tickets := lots(t, d, account, 20)
		before := d.Head(t)
		services := []*inbox.Service{d.Service, d.Again(t), d.Again(t), d.Again(t)}
		together(len(services), func(i int) {
			if _, err := services[i].AssignWaiting(t.Context(), d.Now()); err != nil {
				t.Errorf("give: %v", err)
			}
		})
		with := map[string]int{}
		for i, ticket := range tickets {
			name := d.Ticket(t, ticket).AssigneeName
			with[name]++
			if (name != "") != (i < 12) {
				t.Errorf("ticket %d is with %q, want the first twelve to be given", i, name)
			}
		}
		if with["a"] != 3 || with["b"] != 4 || with["c"] != 5 || with[""] != 8 {
			t.Errorf("given %v, want 3, 4 and 5", with)
		}
		if got := len(d.Events(t, before)); got != 12 {
			t.Errorf("%d events, want 12", got)
		}
		inboxtest.CheckInvariants(t, d, account)
	})
}

func TestTeams(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, account := d.Service, d.AddAccount(t, "a")
		boss, staff, liaison := d.Supervisor(t, "boss"), d.Staff(t, "staff"), d.Liaison(t, "liaison", 1)
		save := func(id int64, in inbox.TeamInput) error {
			_, err := s.SaveTeam(t.Context(), boss, id, in)
			return err
		}
		before := d.Head(t)
		must(t, save(0, inbox.TeamInput{Name: ptr(" 一组 "), MemberIDs: &[]int64{staff.UserID, boss.UserID, staff.UserID}, AccountIDs: &[]int64{account}}))
		happened(t, d, before, inbox.TeamChanged)
		unchanged(t, d, func() {
			refused(t, save(0, inbox.TeamInput{Name: ptr("一组")}), desk.Conflict, "team_taken")
			for field, in := range map[string]inbox.TeamInput{
				"name": {Name: ptr("")}, "mode": {Name: ptr("二组"), Mode: ptr(inbox.AssignMode("random"))}, "kind": {Name: ptr("二组"), Kind: ptr(channel.Kind("fax"))},
				"member_ids": {Name: ptr("二组"), MemberIDs: &[]int64{liaison.UserID}}, "account_ids": {Name: ptr("二组"), AccountIDs: &[]int64{account + 100}},
			} {
				err := save(0, in)
				if e, ok := err.(*desk.Error); !ok || e.Code != desk.Invalid || e.Fields[0].Name != field { //nolint:errorlint // as it comes
					t.Errorf("%s: %v", field, err)
				}
			}
			refused(t, save(99, inbox.TeamInput{Name: ptr("三组")}), desk.NotFound, "")
			refused(t, s.DeleteTeam(t.Context(), boss, 99), desk.NotFound, "")
			for _, by := range []desk.Actor{staff, liaison} {
				_, err := s.SaveTeam(t.Context(), by, 0, inbox.TeamInput{Name: ptr("四组")})
				refused(t, err, desk.Forbidden, "")
				_, err = s.Teams(t.Context(), by)
				refused(t, err, desk.Forbidden, "")
				_, err = s.Workloads(t.Context(), by)
				refused(t, err, desk.Forbidden, "")
				_, err = s.ChangeWorkload(t.Context(), by, by.UserID, inbox.WorkloadInput{Capacity: ptr(1)})
				refused(t, err, desk.Forbidden, "")
			}
			_, err := s.ChangeWorkload(t.Context(), boss, liaison.UserID, inbox.WorkloadInput{Capacity: ptr(1)})
			refused(t, err, desk.NotFound, "")
			_, err = s.TakeWork(t.Context(), liaison, true)
			refused(t, err, desk.Forbidden, "")
		})
		// Who has left stays until somebody takes them out.
		d.DisableUser(t, staff.UserID)
		all, err := s.Teams(t.Context(), boss)
		must(t, err)
		team := all[0]
		if team.Name != "一组" || team.Mode != inbox.RoundRobin || !team.Enabled || team.AnyHour || !slices.Equal(team.AccountIDs, []int64{account}) ||
			len(team.Members) != 2 || team.Members[1].Active || team.Members[1].Name != "staff" {
			t.Errorf("team %+v", team)
		}
		must(t, save(team.ID, inbox.TeamInput{MemberIDs: &[]int64{staff.UserID}, AccountIDs: &[]int64{}}))
		must(t, s.DeleteTeam(t.Context(), boss, team.ID))
		if all, err = s.Teams(t.Context(), boss); err != nil || len(all) != 0 {
			t.Errorf("left %v, %v", all, err)
		}
	})
}

func TestWorkloads(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		s, boss, staff := d.Service, d.Supervisor(t, "boss"), d.Staff(t, "staff")
		d.Liaison(t, "liaison", 1)
		tickets := lots(t, d, d.AddAccount(t, "a"), 2)
		must(t, s.Assign(t.Context(), staff, tickets[0], staff.UserID))
		before := d.Head(t)
		w, err := s.TakeWork(t.Context(), staff, false)
		must(t, err)
		_, err = s.TakeWork(t.Context(), staff, false)
		must(t, err)
		happened(t, d, before, inbox.WorkloadChanged)
		if e := d.Events(t, before)[0]; e.ActorID != staff.UserID || e.Audience != desk.ReadUsers || !strings.Contains(string(e.Data), `"taking":false`) {
			t.Errorf("told %+v", e)
		}
		if w.Taking || w.InHand != 1 || w.Capacity == 0 {
			t.Errorf("own %+v", w)
		}
		holds(t, d, staff, 0)
		if w, err = s.OwnWorkload(t.Context(), staff); err != nil || w.Taking || w.Capacity != 0 {
			t.Errorf("own %+v, %v", w, err)
		}
		_, err = s.ChangeWorkload(t.Context(), boss, staff.UserID, inbox.WorkloadInput{Capacity: ptr(inbox.MaxCapacity + 1)})
		refused(t, err, desk.Invalid, "")
		all, err := s.Workloads(t.Context(), boss)
		must(t, err)
		if len(all) != 2 || all[0].Name != "boss" || all[1].Name != "staff" || all[1].InHand != 1 {
			t.Errorf("all %+v", all)
		}
	})
}
