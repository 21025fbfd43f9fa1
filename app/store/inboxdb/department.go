package inboxdb

import (
	"context"
	"database/sql"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

const departmentColumns = `id, code, name, short_name, parent_id, active`

func scanDepartment(r row) (inbox.Department, error) {
	var d inbox.Department
	var active int
	err := r.Scan(&d.ID, &d.Code, &d.Name, &d.ShortName, &d.ParentID, &active)
	d.Active = active != 0
	return d, err
}

func readDepartment(r *sql.Rows) (inbox.Department, error) { return scanDepartment(r) }

// Departments implements inbox.Store.
func (s *Store) Departments(ctx context.Context) ([]inbox.Department, error) {
	rows, err := s.db.Query(ctx, `SELECT `+departmentColumns+` FROM departments ORDER BY id`)
	return store.Collect(rows, err, readDepartment)
}

// Department implements inbox.Tx.
func (tx *Tx) Department(ctx context.Context, id int64) (inbox.Department, error) {
	d, err := scanDepartment(tx.QueryRow(ctx, `SELECT `+departmentColumns+` FROM departments WHERE id = $1`, id))
	return d, store.Translate(err)
}

// LockDepartments implements inbox.Tx.
func (tx *Tx) LockDepartments(ctx context.Context) ([]inbox.Department, error) {
	query := `SELECT ` + departmentColumns + ` FROM departments ORDER BY id`
	if !tx.Alone() {
		// Against new ones too, which no row lock would hold back.
		if _, err := tx.Exec(ctx, `LOCK TABLE departments IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return nil, err
		}
	}
	rows, err := tx.Query(ctx, query)
	return store.Collect(rows, err, readDepartment)
}

// AddDepartment implements inbox.Tx.
func (tx *Tx) AddDepartment(ctx context.Context, d inbox.Department) (int64, error) {
	id, err := tx.Insert(ctx, `INSERT INTO departments (code, name, short_name, parent_id, active) VALUES ($1, $2, $3, $4, $5)`,
		d.Code, d.Name, d.ShortName, d.ParentID, store.Bool(d.Active))
	return id, store.Translate(err)
}

// SaveDepartment implements inbox.Tx.
func (tx *Tx) SaveDepartment(ctx context.Context, d inbox.Department) error {
	n, err := tx.Exec(ctx, `UPDATE departments SET code = $2, name = $3, short_name = $4, parent_id = $5, active = $6 WHERE id = $1`,
		d.ID, d.Code, d.Name, d.ShortName, d.ParentID, store.Bool(d.Active))
	if err == nil && n == 0 {
		err = desk.Errorf(desk.NotFound, "没有这个承办单位")
	}
	return store.Translate(err)
}

// SetHeads implements inbox.Tx.
func (tx *Tx) SetHeads(ctx context.Context, departmentID int64, users []int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM department_heads WHERE department_id = $1`, departmentID); err != nil {
		return err
	}
	for _, user := range users {
		if _, err := tx.Exec(ctx, `INSERT INTO department_heads (department_id, user_id) VALUES ($1, $2)`, departmentID, user); err != nil {
			return err
		}
	}
	return nil
}

// Liaisons implements inbox.Store.
func (s *Store) Liaisons(ctx context.Context) ([]inbox.Liaison, error) {
	rows, err := s.db.Query(ctx, `SELECT u.id, u.name, u.department_id, CASE WHEN h.user_id IS NULL THEN 0 ELSE 1 END FROM users u
		LEFT JOIN department_heads h ON h.user_id = u.id AND h.department_id = u.department_id
		WHERE u.active = 1 AND u.role = $1 AND u.department_id <> 0 ORDER BY u.id`, string(desk.Liaison))
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.Liaison, error) {
		var l inbox.Liaison
		var head int
		err := r.Scan(&l.ID, &l.Name, &l.DepartmentID, &head)
		l.Head = head != 0
		return l, err
	})
}

const selectDuty = `SELECT d.id, d.department_id, d.user_id, u.name, d.stands_in_for, coalesce(f.name, ''), d.from_at, d.to_at, d.remark, d.created_by, ` + store.DutyGone + `
	FROM duties d JOIN users u ON u.id = d.user_id LEFT JOIN users f ON f.id = d.stands_in_for`

func readDuty(r *sql.Rows) (inbox.Duty, error) {
	var d inbox.Duty
	var from, to int64
	var gone int
	err := r.Scan(&d.ID, &d.DepartmentID, &d.UserID, &d.UserName, &d.StandsInFor, &d.StandsInName, &from, &to, &d.Remark, &d.CreatedBy, &gone)
	d.From, d.To, d.Gone = store.Time(from), store.Time(to), gone != 0
	return d, err
}

// Duties implements inbox.Store.
func (s *Store) Duties(ctx context.Context, departmentID int64, after time.Time) ([]inbox.Duty, error) {
	rows, err := s.db.Query(ctx, selectDuty+` WHERE d.department_id = $1 AND d.to_at > $2 ORDER BY d.from_at, d.id`,
		departmentID, store.Millis(after))
	return store.Collect(rows, err, readDuty)
}

// DutiesAt implements inbox.Store.
func (s *Store) DutiesAt(ctx context.Context, at time.Time) ([]inbox.Duty, error) {
	rows, err := s.db.Query(ctx, selectDuty+` WHERE d.from_at <= $1 AND d.to_at > $1 ORDER BY d.from_at, d.id`, store.Millis(at))
	return store.Collect(rows, err, readDuty)
}

// AddDuty implements inbox.Tx.
func (tx *Tx) AddDuty(ctx context.Context, d *inbox.Duty) (err error) {
	d.ID, err = tx.Insert(ctx, `INSERT INTO duties (department_id, user_id, stands_in_for, from_at, to_at, remark, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		d.DepartmentID, d.UserID, d.StandsInFor, store.Millis(d.From), store.Millis(d.To), d.Remark, d.CreatedBy)
	return err
}

// CountDuties implements inbox.Tx.
func (tx *Tx) CountDuties(ctx context.Context, departmentID int64, after time.Time) (n int, err error) {
	err = tx.QueryRow(ctx, `SELECT count(*) FROM duties WHERE department_id = $1 AND to_at > $2`, departmentID, store.Millis(after)).Scan(&n)
	return n, err
}

// RemoveDuty implements inbox.Tx.
func (tx *Tx) RemoveDuty(ctx context.Context, id int64) (departmentID int64, err error) {
	err = tx.QueryRow(ctx, `DELETE FROM duties WHERE id = $1 RETURNING department_id`, id).Scan(&departmentID)
	return departmentID, store.Translate(err)
}
