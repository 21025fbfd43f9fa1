package inboxtest

import (
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// department adds a department.
func (s *suite) department(d inbox.Department) (id int64) {
	s.Helper()
	s.write(func(tx inbox.Tx) (err error) {
		id, err = tx.AddDepartment(s.Context(), d)
		return err
	})
	return id
}

func (s *suite) departments() {
	ctx := s.Context()
	city := inbox.Department{Code: "sz", Name: "市政府", Active: true}
	city.ID = s.department(city)
	police := inbox.Department{Code: "gaj", Name: "市公安局", ShortName: "公安", ParentID: city.ID, Active: true}
	police.ID = s.department(police)
	s.code("a code twice", s.try(func(tx inbox.Tx) error {
		_, err := tx.AddDepartment(ctx, inbox.Department{Code: "gaj", Name: "x"})
		return err
	}), desk.Conflict)
	s.code("a code of another", s.try(func(tx inbox.Tx) error {
		return tx.SaveDepartment(ctx, inbox.Department{ID: police.ID, Code: "sz", Name: "x"})
	}), desk.Conflict)
	s.code("nobody", s.try(func(tx inbox.Tx) error { return tx.SaveDepartment(ctx, inbox.Department{ID: 99, Code: "x", Name: "x"}) }), desk.NotFound)
	s.code("none", s.try(func(tx inbox.Tx) error { _, err := tx.Department(ctx, 99); return err }), desk.NotFound)
	police.Name, police.Active, police.ParentID = "公安局", false, 0
	s.write(func(tx inbox.Tx) error { return tx.SaveDepartment(ctx, police) })
	s.write(func(tx inbox.Tx) error {
		all, err := tx.LockDepartments(ctx)
		s.same("locked", all, []inbox.Department{city, police})
		one, oneErr := tx.Department(ctx, police.ID)
		s.code("one", oneErr, "")
		s.same("one", one, police)
		return err
	})
	all, err := s.store.Departments(ctx)
	s.code("departments", err, "")
	s.same("departments", all, []inbox.Department{city, police})

	head := s.AddUser(s, desk.Actor{Name: "科长", Role: desk.Liaison, DepartmentID: police.ID})
	other := s.AddUser(s, desk.Actor{Name: "联络员", Role: desk.Liaison, DepartmentID: police.ID})
	left := s.AddUser(s, desk.Actor{Name: "离职", Role: desk.Liaison, DepartmentID: police.ID})
	s.AddUser(s, desk.Actor{Name: "小王", Role: desk.Staff})
	s.DisableUser(s, left)
	for _, heads := range [][]int64{{head, other, left}, {head}} {
		s.write(func(tx inbox.Tx) error { return tx.SetHeads(ctx, police.ID, heads) })
	}
	liaisons, err := s.store.Liaisons(ctx)
	s.code("liaisons", err, "")
	s.same("liaisons", liaisons, []inbox.Liaison{
		{Person: inbox.Person{ID: head, Name: "科长"}, DepartmentID: police.ID, Head: true},
		{Person: inbox.Person{ID: other, Name: "联络员"}, DepartmentID: police.ID},
	})
}

func (s *suite) duties() {
	ctx := s.Context()
	at := func(hours int) time.Time { return Morning.Add(time.Duration(hours) * time.Hour) }
	police, taxes := s.department(inbox.Department{Code: "gaj", Name: "公安"}), s.department(inbox.Department{Code: "sw", Name: "税务"})
	li := s.AddUser(s, desk.Actor{Name: "李", Role: desk.Liaison, DepartmentID: police})
	wang := s.AddUser(s, desk.Actor{Name: "王", Role: desk.Liaison, DepartmentID: police})
	moved := s.AddUser(s, desk.Actor{Name: "调走", Role: desk.Liaison, DepartmentID: taxes})
	staff := s.AddUser(s, desk.Actor{Name: "值班长", Role: desk.Staff})
	add := func(d inbox.Duty) inbox.Duty {
		s.write(func(tx inbox.Tx) error { return tx.AddDuty(ctx, &d) })
		return d
	}
	late := add(inbox.Duty{DepartmentID: police, UserID: li, UserName: "李", From: at(10), To: at(20), Remark: "夜班", CreatedBy: 9})
	early := add(inbox.Duty{DepartmentID: police, UserID: wang, UserName: "王", StandsInFor: li, StandsInName: "李", From: at(0), To: at(12)})
	away := add(inbox.Duty{DepartmentID: police, UserID: moved, UserName: "调走", From: at(0), To: at(100)})
	away.Gone = true
	own := add(inbox.Duty{UserID: staff, UserName: "值班长", From: at(0), To: at(11)})
	check := func(what string, got []inbox.Duty, err error, want ...inbox.Duty) {
		s.Helper()
		s.code(what, err, "")
		s.same(what, got, want)
	}
	got, err := s.store.Duties(ctx, police, at(0))
	check("from now on", got, err, early, away, late)
	got, err = s.store.Duties(ctx, police, at(12))
	check("those left", got, err, away, late)
	got, err = s.store.Duties(ctx, 0, at(0))
	check("the desk's own", got, err, own)
	got, err = s.store.DutiesAt(ctx, at(10))
	check("at ten", got, err, early, away, own, late)
	got, err = s.store.DutiesAt(ctx, at(12))
	check("at twelve", got, err, away, late)
	s.write(func(tx inbox.Tx) error {
		n, err := tx.CountDuties(ctx, police, at(12))
		s.same("counted", n, 2)
		return err
	})
	s.write(func(tx inbox.Tx) error {
		whose, err := tx.RemoveDuty(ctx, early.ID)
		s.same("whose", whose, police)
		return err
	})
	s.code("gone", s.try(func(tx inbox.Tx) error { _, err := tx.RemoveDuty(ctx, early.ID); return err }), desk.NotFound)
}
