package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/sla"
)

// policyChanges is the counter of changes of policies and calendars.
const policyChanges = "policies"

// CountPolicyChange implements inbox.Tx.
func (tx *Tx) CountPolicyChange(ctx context.Context) error {
	_, err := tx.Exec(ctx, `INSERT INTO counters (name, value) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1`, policyChanges)
	return err
}

// PolicyVersion implements inbox.Store.
func (s *Store) PolicyVersion(ctx context.Context) (v inbox.Version, err error) {
	err = s.db.QueryRow(ctx, `SELECT (SELECT coalesce(max(value), 0) + 1 FROM counters WHERE name = $1),
		(SELECT coalesce(max(updated_at), 0) FROM accounts)`, policyChanges).Scan(&v.Times, &v.Accounts)
	return v, err
}

// AccountGroups implements inbox.Store.
func (s *Store) AccountGroups(ctx context.Context) (map[int64]string, error) {
	groups := map[int64]string{}
	rows, err := s.db.Query(ctx, `SELECT id, group_name FROM accounts`)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id int64
		var name string
		err := r.Scan(&id, &name)
		groups[id] = name
		return struct{}{}, err
	})
	return groups, err
}

// clockKind is what policies of clocks are among those of every kind.
const clockKind = "clock"

// policyText is the body of a policy of clocks.
type policyText struct {
	Clock string          `json:"clock"`
	Match matchText       `json:"match"`
	Plan  json.RawMessage `json:"plan"`
}

// matchText is a policy's conditions as they are stored.
type matchText struct {
	Group      string       `json:"group,omitempty"`
	Kind       channel.Kind `json:"kind,omitempty"`
	Category   string       `json:"category,omitempty"`
	Priority   *int         `json:"priority,omitempty"`
	Department int64        `json:"department,omitempty"`
}

func bodyJSON(p inbox.ClockPolicy) string {
	m := p.Match
	t := matchText{Group: m.Group, Kind: m.Kind, Category: m.Category, Department: m.Department}
	if m.Priority != nil {
		p := int(*m.Priority)
		t.Priority = &p
	}
	// Words and numbers always marshal.
	b, _ := json.Marshal(policyText{Clock: p.Clock, Match: t, Plan: json.RawMessage(planJSON(p.Plan, nil))})
	return string(b)
}

const policyColumns = `id, name, enabled, body, revision, updated_at`

func scanPolicy(r row) (p inbox.ClockPolicy, err error) {
	var enabled int
	var body string
	var updated int64
	if err := r.Scan(&p.ID, &p.Name, &enabled, &body, &p.Revision, &updated); err != nil {
		return p, err
	}
	p.Enabled, p.UpdatedAt = enabled != 0, store.Time(updated)
	var t policyText
	if err := json.Unmarshal([]byte(body), &t); err != nil {
		return p, fmt.Errorf("body of policy %d: %w", p.ID, err)
	}
	m := t.Match
	p.Clock, p.Match = t.Clock, inbox.Match{Group: m.Group, Kind: m.Kind, Category: m.Category, Department: m.Department}
	if m.Priority != nil {
		priority := inbox.Priority(*m.Priority)
		p.Match.Priority = &priority
	}
	p.Plan, _, err = readPlan(string(t.Plan))
	return p, err
}

// ClockPolicies implements inbox.Store.
func (s *Store) ClockPolicies(ctx context.Context) ([]inbox.ClockPolicy, error) {
	rows, err := s.db.Query(ctx, `SELECT `+policyColumns+` FROM policies WHERE kind = $1 ORDER BY id`, clockKind)
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.ClockPolicy, error) { return scanPolicy(r) })
}

// LockClockPolicy implements inbox.Tx. Changes come one after the other by
// their counter.
func (tx *Tx) LockClockPolicy(ctx context.Context, id int64) (inbox.ClockPolicy, error) {
	p, err := scanPolicy(tx.QueryRow(ctx, `SELECT `+policyColumns+` FROM policies WHERE id = $1 AND kind = $2`, id, clockKind))
	return p, store.Translate(err)
}

// AddClockPolicy implements inbox.Tx.
func (tx *Tx) AddClockPolicy(ctx context.Context, p *inbox.ClockPolicy) (err error) {
	p.ID, err = tx.Insert(ctx, `INSERT INTO policies (kind, name, enabled, body, revision, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)`,
		clockKind, p.Name, store.Bool(p.Enabled), bodyJSON(*p), p.Revision, store.Millis(p.UpdatedAt))
	return err
}

// SaveClockPolicy implements inbox.Tx.
func (tx *Tx) SaveClockPolicy(ctx context.Context, p inbox.ClockPolicy) error {
	_, err := tx.Exec(ctx, `UPDATE policies SET name = $2, enabled = $3, body = $4, revision = $5, updated_at = $6 WHERE id = $1 AND kind = $7`,
		p.ID, p.Name, store.Bool(p.Enabled), bodyJSON(p), p.Revision, store.Millis(p.UpdatedAt), clockKind)
	return err
}

// DeleteClockPolicy implements inbox.Tx.
func (tx *Tx) DeleteClockPolicy(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM policies WHERE id = $1 AND kind = $2`, id, clockKind)
	return err
}

func weekJSON(w sla.Week) string {
	pairs := [7][][2]int{}
	for day, windows := range w {
		pairs[day] = [][2]int{}
		for _, x := range windows {
			pairs[day] = append(pairs[day], [2]int{x.From, x.To})
		}
	}
	b, _ := json.Marshal(pairs) // numbers always marshal
	return string(b)
}

const calendarColumns = `id, code, name, week, holidays, updated_at`

func scanCalendar(r row) (c inbox.Calendar, err error) {
	var week string
	var holidays int
	var updated int64
	if err := r.Scan(&c.ID, &c.Code, &c.Name, &week, &holidays, &updated); err != nil {
		return c, err
	}
	c.Holidays, c.UpdatedAt = holidays != 0, store.Time(updated)
	var pairs [7][][2]int
	if err := json.Unmarshal([]byte(week), &pairs); err != nil {
		return c, fmt.Errorf("week of calendar %s: %w", c.Code, err)
	}
	for day, windows := range pairs {
		for _, x := range windows {
			c.Week[day] = append(c.Week[day], sla.Window{From: x[0], To: x[1]})
		}
	}
	return c, nil
}

// Calendars implements inbox.Store.
func (s *Store) Calendars(ctx context.Context) ([]inbox.Calendar, error) {
	rows, err := s.db.Query(ctx, `SELECT `+calendarColumns+` FROM calendars ORDER BY id`)
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.Calendar, error) { return scanCalendar(r) })
}

// LockCalendar implements inbox.Tx.
func (tx *Tx) LockCalendar(ctx context.Context, id int64) (inbox.Calendar, error) {
	c, err := scanCalendar(tx.QueryRow(ctx, `SELECT `+calendarColumns+` FROM calendars WHERE id = $1`, id))
	return c, store.Translate(err)
}

// AddCalendar implements inbox.Tx.
func (tx *Tx) AddCalendar(ctx context.Context, c *inbox.Calendar) (err error) {
	c.ID, err = tx.Insert(ctx, `INSERT INTO calendars (code, name, week, holidays, updated_at) VALUES ($1, $2, $3, $4, $5)`,
		c.Code, c.Name, weekJSON(c.Week), store.Bool(c.Holidays), store.Millis(c.UpdatedAt))
	return store.Translate(err)
}

// SaveCalendar implements inbox.Tx.
func (tx *Tx) SaveCalendar(ctx context.Context, c inbox.Calendar) error {
	_, err := tx.Exec(ctx, `UPDATE calendars SET name = $2, week = $3, holidays = $4, updated_at = $5 WHERE id = $1`,
		c.ID, c.Name, weekJSON(c.Week), store.Bool(c.Holidays), store.Millis(c.UpdatedAt))
	return err
}

// dayText is an exception as it is stored.
type dayText struct {
	Date sla.Date `json:"date"`
	Name string   `json:"name"`
	Off  bool     `json:"off"`
}

// Years implements inbox.Store.
func (s *Store) Years(ctx context.Context) ([]inbox.Year, error) {
	rows, err := s.db.Query(ctx, `SELECT year, days FROM calendar_years ORDER BY year`)
	return store.Collect(rows, err, func(r *sql.Rows) (y inbox.Year, err error) {
		var text string
		if err := r.Scan(&y.Year, &text); err != nil {
			return y, err
		}
		var days []dayText
		if err := json.Unmarshal([]byte(text), &days); err != nil {
			return y, fmt.Errorf("days of %d: %w", y.Year, err)
		}
		for _, d := range days {
			y.Days = append(y.Days, sla.Day(d))
		}
		return y, nil
	})
}

// SaveYear implements inbox.Tx.
func (tx *Tx) SaveYear(ctx context.Context, y inbox.Year) error {
	days := make([]dayText, len(y.Days))
	for i, d := range y.Days {
		days[i] = dayText(d)
	}
	b, err := json.Marshal(days)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO calendar_years (year, days) VALUES ($1, $2) ON CONFLICT (year) DO UPDATE SET days = excluded.days`, y.Year, string(b))
	return err
}

// WantYear implements inbox.Tx.
func (tx *Tx) WantYear(ctx context.Context, year int) (bool, error) {
	n, err := tx.Exec(ctx, `INSERT INTO calendar_years (year, days) VALUES ($1, '[]') ON CONFLICT (year) DO NOTHING`, year)
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.CountPolicyChange(ctx)
}
