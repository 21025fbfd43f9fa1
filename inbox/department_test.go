package inbox_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

func TestOnDuty(t *testing.T) {
	at := func(hour int) time.Time { return inboxtest.Morning.Add(time.Duration(hour) * time.Hour) }
	turn := func(user int64, from, to int) inbox.Duty { return inbox.Duty{UserID: user, From: at(from), To: at(to)} }
	instead := func(user, of int64, from, to int) inbox.Duty {
		return inbox.Duty{UserID: user, StandsInFor: of, From: at(from), To: at(to)}
	}
	gone := func(d inbox.Duty) inbox.Duty { d.Gone = true; return d }
	for _, tt := range []struct {
		name   string
		duties []inbox.Duty
		hour   int
		want   []int64
	}{
		{"nobody", nil, 1, nil},
		{"before", []inbox.Duty{turn(1, 2, 4)}, 1, nil},
		{"from the first moment", []inbox.Duty{turn(1, 2, 4)}, 2, []int64{1}},
		{"not at the last", []inbox.Duty{turn(1, 2, 4)}, 4, nil},
		{"two at once, one twice", []inbox.Duty{turn(2, 0, 4), turn(1, 0, 4), turn(1, 1, 3)}, 2, []int64{1, 2}},
		{"a substitute", []inbox.Duty{turn(1, 0, 8), turn(2, 0, 8), instead(3, 1, 2, 4)}, 2, []int64{2, 3}},
		{"no substitute any more", []inbox.Duty{turn(1, 0, 8), instead(3, 1, 2, 4)}, 4, []int64{1}},
		{"of one who is not on duty", []inbox.Duty{instead(3, 1, 0, 4)}, 2, nil},
		{"of a substitute", []inbox.Duty{turn(1, 0, 8), instead(2, 1, 0, 8), instead(3, 2, 0, 8)}, 2, []int64{3}},
		{"of each other", []inbox.Duty{turn(1, 0, 8), instead(2, 1, 0, 8), instead(1, 2, 0, 8)}, 2, []int64{2}},
		{"who left", []inbox.Duty{gone(turn(1, 0, 8)), turn(2, 0, 8)}, 2, []int64{2}},
		{"nobody is left", []inbox.Duty{gone(turn(1, 0, 8))}, 2, nil},
		{"the substitute of one who left", []inbox.Duty{gone(turn(1, 0, 8)), instead(2, 1, 0, 8)}, 2, []int64{2}},
		{"a substitute who left", []inbox.Duty{turn(1, 0, 8), gone(instead(2, 1, 0, 8))}, 2, []int64{1}},
		{"a substitute of a substitute who left", []inbox.Duty{turn(1, 0, 8), gone(instead(2, 1, 0, 8)), instead(3, 2, 0, 8)}, 2, []int64{3}},
		{"a substitute and who they stand in for left", []inbox.Duty{gone(turn(1, 0, 8)), gone(instead(2, 1, 0, 8))}, 2, nil},
		{"who is on duty too", []inbox.Duty{turn(1, 0, 8), turn(2, 0, 8), instead(2, 1, 0, 8)}, 2, []int64{2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := inbox.OnDuty(tt.duties, at(tt.hour)); !slices.Equal(got, tt.want) {
				t.Errorf("on duty: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestDepartmentTree(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		boss, staff := d.Supervisor(t, "主任"), d.Staff(t, "小王")
		add := func(code string, parent int64) int64 {
			t.Helper()
			id, err := d.Service.AddDepartment(t.Context(), boss, inbox.DepartmentInput{Code: &code, Name: &code, ParentID: &parent})
			must(t, err)
			return id
		}
		move := func(id, parent int64) error {
			return d.Service.ChangeDepartment(t.Context(), boss, id, inbox.DepartmentInput{ParentID: &parent})
		}
		head := d.Head(t)
		city := add("市政府", 0)
		tax := add("税务局", 0)
		police := add("公安局", city)
		window := add("户籍科", police)
		happened(t, d, head, slices.Repeat([]string{inbox.DepartmentChanged}, 4)...)
		rows, err := d.Service.Departments(t.Context(), staff)
		must(t, err)
		var seen []string
		for _, r := range rows {
			seen = append(seen, fmt.Sprint(r.Path, r.Name))
		}
		if want := []string{"[]市政府", "[市政府]公安局", "[市政府 公安局]户籍科", "[]税务局"}; !slices.Equal(seen, want) {
			t.Errorf("the tree: %v, want %v", seen, want)
		}

		for what, err := range map[string]error{
			"below itself":         move(police, police),
			"below what is below":  move(city, window),
			"below nothing":        move(police, 999),
			"no name":              d.Service.ChangeDepartment(t.Context(), boss, police, inbox.DepartmentInput{Name: new(string)}),
			"a head from outside":  d.Service.ChangeDepartment(t.Context(), boss, police, inbox.DepartmentInput{HeadIDs: []int64{staff.UserID}}),
			"a head of elsewhere":  d.Service.ChangeDepartment(t.Context(), boss, police, inbox.DepartmentInput{HeadIDs: []int64{d.Liaison(t, "税", tax).UserID}}),
			"nobody as a head":     d.Service.ChangeDepartment(t.Context(), boss, police, inbox.DepartmentInput{HeadIDs: []int64{999}}),
			"too many as its head": d.Service.ChangeDepartment(t.Context(), boss, police, inbox.DepartmentInput{HeadIDs: make([]int64, 11)}),
		} {
			if desk.CodeOf(err) != desk.Invalid {
				t.Errorf("%s: %v", what, err)
			}
		}
		deep := window
		for i := range 5 {
			deep = add(fmt.Sprint("级", i), deep)
		}
		refused(t, func() error {
			code := "再深一级"
			_, err := d.Service.AddDepartment(t.Context(), boss, inbox.DepartmentInput{Code: &code, Name: &code, ParentID: &deep})
			return err
		}(), desk.Invalid, "")
		taken := "市政府"
		refused(t, d.Service.ChangeDepartment(t.Context(), boss, tax, inbox.DepartmentInput{Code: &taken}), desk.Conflict, "code_taken")
		refused(t, move(999, 0), desk.NotFound, "")
		refused(t, d.Service.ChangeDepartment(t.Context(), boss, 0, inbox.DepartmentInput{}), desk.NotFound, "")
		refused(t, d.Service.ChangeDepartment(t.Context(), staff, tax, inbox.DepartmentInput{}), desk.Forbidden, "")
		_, err = d.Service.AddDepartment(t.Context(), d.Liaison(t, "警", police), inbox.DepartmentInput{Code: &taken, Name: &taken})
		refused(t, err, desk.Forbidden, "")
		must(t, move(window, 0))
	})
}

func TestPeopleOfADepartment(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		boss, staff := d.Supervisor(t, "主任"), d.Staff(t, "小王")
		police, tax := d.Department(t, "公安"), d.Department(t, "税务")
		li, wang, other := d.Liaison(t, "李", police), d.Liaison(t, "王", police), d.Liaison(t, "税", tax)
		must(t, d.Service.ChangeDepartment(t.Context(), boss, police, inbox.DepartmentInput{HeadIDs: []int64{wang.UserID, wang.UserID}}))
		row := func(a desk.Actor) inbox.DepartmentRow {
			t.Helper()
			rows, err := d.Service.Departments(t.Context(), a)
			must(t, err)
			return rows[0]
		}
		person := func(a desk.Actor) inbox.Person { return inbox.Person{ID: a.UserID, Name: a.Name} }
		if r := row(staff); !slices.Equal(r.Heads, []inbox.Person{person(wang)}) || !slices.Equal(r.OnDuty, []inbox.Person{person(li), person(wang)}) {
			t.Errorf("without a roster: %+v", r)
		}
		if r := row(li); len(r.Heads)+len(r.Liaisons)+len(r.OnDuty) != 0 {
			t.Errorf("a liaison is told who works where: %+v", r)
		}
		now := d.Now()
		duty := func(a desk.Actor, in inbox.Duty) error { _, err := d.Service.AddDuty(t.Context(), a, in); return err }
		in := inbox.Duty{DepartmentID: police, UserID: li.UserID, From: now.Add(-time.Hour), To: now.Add(time.Hour)}
		for what, change := range map[string]func(*inbox.Duty){
			"of elsewhere": func(x *inbox.Duty) { x.UserID = other.UserID }, "of staff": func(x *inbox.Duty) { x.UserID = staff.UserID },
			"no department": func(x *inbox.Duty) { x.DepartmentID = 999 }, "backwards": func(x *inbox.Duty) { x.To = x.From },
			"over": func(x *inbox.Duty) { x.To = now }, "for years": func(x *inbox.Duty) { x.To = now.Add(9000 * time.Hour) },
			"for oneself": func(x *inbox.Duty) { x.StandsInFor = x.UserID }, "for a stranger": func(x *inbox.Duty) { x.StandsInFor = other.UserID },
			"of the desk": func(x *inbox.Duty) { x.DepartmentID = 0 },
		} {
			bad := in
			change(&bad)
			if err := duty(boss, bad); desk.CodeOf(err) != desk.Invalid {
				t.Errorf("%s: %v", what, err)
			}
		}
		refused(t, duty(staff, in), desk.Forbidden, "")
		must(t, duty(boss, in))
		if r := row(staff); !slices.Equal(r.OnDuty, []inbox.Person{person(li)}) {
			t.Errorf("by the roster: %+v", r.OnDuty)
		}
		must(t, duty(boss, inbox.Duty{DepartmentID: police, UserID: wang.UserID, StandsInFor: li.UserID, From: now, To: now.Add(time.Minute)}))
		on := func(department int64, at time.Time) []int64 {
			t.Helper()
			ids, err := d.Service.DutyPeople(t.Context(), department, at)
			must(t, err)
			return ids
		}
		for what, want := range map[string]struct{ got, want []int64 }{
			"a substitute":  {on(police, now), []int64{wang.UserID}},
			"the turn":      {on(police, now.Add(time.Minute)), []int64{li.UserID}},
			"without":       {on(police, now.Add(time.Hour)), []int64{li.UserID, wang.UserID}},
			"another's":     {on(tax, now), []int64{other.UserID}},
			"the desk's":    {on(0, now), nil},
			"nobody at all": {on(999, now), nil},
		} {
			if !slices.Equal(want.got, want.want) {
				t.Errorf("%s: %v, want %v", what, want.got, want.want)
			}
		}
		must(t, duty(boss, inbox.Duty{UserID: staff.UserID, From: now, To: now.Add(time.Hour)}))
		if got := on(0, now); !slices.Equal(got, []int64{staff.UserID}) {
			t.Errorf("the desk's roster: %v", got)
		}
		listed, err := d.Service.Duties(t.Context(), staff, police)
		must(t, err)
		if len(listed) != 2 {
			t.Fatalf("the roster: %+v", listed)
		}
		_, err = d.Service.Duties(t.Context(), li, police)
		refused(t, err, desk.Forbidden, "")
		refused(t, d.Service.RemoveDuty(t.Context(), staff, listed[0].ID), desk.Forbidden, "")
		must(t, d.Service.RemoveDuty(t.Context(), boss, listed[0].ID))
		refused(t, d.Service.RemoveDuty(t.Context(), boss, listed[0].ID), desk.NotFound, "")
		heads, err := d.Service.Heads(t.Context(), police)
		if must(t, err); !slices.Equal(heads, []int64{wang.UserID}) {
			t.Errorf("heads: %v", heads)
		}
		// Who is switched off is neither head nor on duty any more.
		d.DisableUser(t, wang.UserID)
		if r := row(staff); len(r.Heads) != 0 || len(r.Liaisons) != 1 {
			t.Errorf("after one left: %+v", r)
		}
	})
}

func TestAnInactiveDepartmentGetsNothingNew(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		account, staff, boss := d.AddAccount(t, "市政务"), d.Staff(t, "小王"), d.Supervisor(t, "主任")
		police := d.Department(t, "公安")
		must(t, d.Service.ChangeDepartment(t.Context(), boss, police, inbox.DepartmentInput{Active: new(bool)}))
		ticket := d.Receives(t, account, d.NewCitizen(account).Message("问"))
		_, err := d.Service.Dispatch(t.Context(), staff, ticket, inbox.Dispatch{Lead: police})
		refused(t, err, desk.Invalid, "")
	})
}
