package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// teamsLock is the counter whose row stands for the teams and workloads.
const teamsLock = "teams"

// Teams implements inbox.Store.
func (s *Store) Teams(ctx context.Context) (all []inbox.Team, err error) {
	err = s.db.Snapshot(ctx, func(q store.Querier) error {
		all, err = readTeams(ctx, q)
		return err
	})
	return all, err
}

// TeamNames implements inbox.Store.
func (s *Store) TeamNames(ctx context.Context) ([]inbox.TeamName, error) {
	rows, err := s.db.Query(ctx, `SELECT id, name FROM teams`)
	return store.Collect(rows, err, func(r *sql.Rows) (t inbox.TeamName, err error) { return t, r.Scan(&t.ID, &t.Name) })
}

// LockTeams implements inbox.Tx.
func (tx *Tx) LockTeams(ctx context.Context) ([]inbox.Team, error) {
	if !tx.Alone() {
		_, err := tx.Exec(ctx, `INSERT INTO counters (name, value) VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET value = counters.value`, teamsLock)
		if err != nil {
			return nil, err
		}
	}
	return readTeams(ctx, tx)
}

func readTeams(ctx context.Context, q store.Querier) ([]inbox.Team, error) {
	rows, err := q.Query(ctx, `SELECT id, name, mode, kind, any_hour, enabled, updated_by, updated_at FROM teams ORDER BY id`)
	all, err := store.Collect(rows, err, func(r *sql.Rows) (t inbox.Team, err error) {
		var anyHour, enabled int
		var updated int64
		err = r.Scan(&t.ID, &t.Name, &t.Mode, &t.Kind, &anyHour, &enabled, &t.UpdatedBy, &updated)
		t.AnyHour, t.Enabled, t.UpdatedAt = anyHour != 0, enabled != 0, store.Time(updated)
		return t, err
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	at := make(map[int64]*inbox.Team, len(all))
	for i := range all {
		at[all[i].ID] = &all[i]
	}
	rows, err = q.Query(ctx, `SELECT team_id, account_id FROM team_accounts ORDER BY team_id, account_id`)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var team, account int64
		if err := r.Scan(&team, &account); err != nil {
			return struct{}{}, err
		}
		at[team].AccountIDs = append(at[team].AccountIDs, account)
		return struct{}{}, nil
	})
	if err != nil {
		return nil, err
	}
	rows, err = q.Query(ctx, `SELECT m.team_id, m.user_id, u.name, u.active, m.turn FROM team_members m JOIN users u ON u.id = m.user_id
		ORDER BY m.team_id, m.user_id`)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var team int64
		var active int
		var m inbox.Member
		if err := r.Scan(&team, &m.UserID, &m.Name, &active, &m.Turn); err != nil {
			return struct{}{}, err
		}
		m.Active = active != 0
		at[team].Members = append(at[team].Members, m)
		return struct{}{}, nil
	})
	return all, err
}

// AddTeam implements inbox.Tx.
func (tx *Tx) AddTeam(ctx context.Context, t *inbox.Team) (err error) {
	t.ID, err = tx.Insert(ctx, `INSERT INTO teams (name, mode, kind, any_hour, enabled, updated_by, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.Name, string(t.Mode), string(t.Kind), store.Bool(t.AnyHour), store.Bool(t.Enabled), t.UpdatedBy, store.Millis(t.UpdatedAt))
	if err != nil {
		return store.Translate(err)
	}
	return tx.fillTeam(ctx, t)
}

// SaveTeam implements inbox.Tx.
func (tx *Tx) SaveTeam(ctx context.Context, t *inbox.Team) error {
	_, err := tx.Exec(ctx, `UPDATE teams SET name = $2, mode = $3, kind = $4, any_hour = $5, enabled = $6, updated_by = $7, updated_at = $8 WHERE id = $1`,
		t.ID, t.Name, string(t.Mode), string(t.Kind), store.Bool(t.AnyHour), store.Bool(t.Enabled), t.UpdatedBy, store.Millis(t.UpdatedAt))
	if err != nil {
		return store.Translate(err)
	}
	for _, query := range []string{`DELETE FROM team_accounts WHERE team_id = $1`, `DELETE FROM team_members WHERE team_id = $1`} {
		if _, err := tx.Exec(ctx, query, t.ID); err != nil {
			return err
		}
	}
	return tx.fillTeam(ctx, t)
}

// fillTeam stores the accounts and members of a team that has none.
func (tx *Tx) fillTeam(ctx context.Context, t *inbox.Team) error {
	for _, account := range t.AccountIDs {
		n, err := tx.Exec(ctx, `INSERT INTO team_accounts (team_id, account_id) SELECT $1, id FROM accounts WHERE id = $2`, t.ID, account)
		if err == nil && n == 0 {
			err = desk.Errorf(desk.NotFound, "没有这个账号")
		}
		if err != nil {
			return err
		}
	}
	for _, m := range t.Members {
		_, err := tx.Exec(ctx, `INSERT INTO team_members (team_id, user_id, turn) VALUES ($1, $2, $3)`, t.ID, m.UserID, m.Turn)
		if err != nil {
			return store.Translate(err)
		}
	}
	return nil
}

// DeleteTeam implements inbox.Tx.
func (tx *Tx) DeleteTeam(ctx context.Context, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM teams WHERE id = $1`, id)
	return err
}

// TakeTurn implements inbox.Tx.
func (tx *Tx) TakeTurn(ctx context.Context, teamID, userID int64) error {
	_, err := tx.Exec(ctx, `UPDATE team_members SET turn = (SELECT max(o.turn) + 1 FROM team_members o WHERE o.team_id = $1)
		WHERE team_id = $1 AND user_id = $2`, teamID, userID)
	return err
}

// workloadQuery reads what the users a condition chooses have and are given. The
// figure goes through what waits with one person.
func workloadQuery(which string) string {
	return `SELECT u.id, u.name, u.role, u.department_id, u.all_accounts, u.capacity, u.taking,
		(SELECT count(*) FROM tickets t WHERE t.assignee_id = u.id AND t.active = 2 AND t.state = 'open')
		FROM users u WHERE u.active = 1 AND ` + which + ` ORDER BY u.id`
}

func workloads(ctx context.Context, q store.Querier, which string, args ...any) ([]inbox.Workload, error) {
	rows, err := q.Query(ctx, workloadQuery(which), args...)
	all, err := store.Collect(rows, err, func(r *sql.Rows) (w inbox.Workload, err error) {
		var every, taking int
		err = r.Scan(&w.UserID, &w.Name, &w.Role, &w.DepartmentID, &every, &w.Capacity, &taking, &w.InHand)
		w.AllAccounts, w.Taking = every != 0, taking != 0
		return w, err
	})
	if err != nil || len(all) == 0 {
		return all, err
	}
	at := make(map[int64]*inbox.Workload, len(all))
	for i := range all {
		at[all[i].UserID] = &all[i]
	}
	rows, err = q.Query(ctx, `SELECT a.user_id, a.account_id FROM users u JOIN user_accounts a ON a.user_id = u.id
		WHERE u.active = 1 AND u.all_accounts = 0 AND `+which+` ORDER BY a.user_id, a.account_id`, args...)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var user, account int64
		err := r.Scan(&user, &account)
		if w := at[user]; w != nil {
			w.AccountIDs = append(w.AccountIDs, account)
		}
		return struct{}{}, err
	})
	return all, err
}

// Workloads implements inbox.Store.
func (s *Store) Workloads(ctx context.Context) (all []inbox.Workload, err error) {
	err = s.db.Snapshot(ctx, func(q store.Querier) error {
		all, err = workloads(ctx, q, `u.role <> $1`, string(desk.Liaison))
		return err
	})
	return all, err
}

// UserWorkloads implements inbox.Tx.
func (tx *Tx) UserWorkloads(ctx context.Context, users []int64) ([]inbox.Workload, error) {
	if len(users) == 0 {
		return nil, nil
	}
	args := make([]any, len(users))
	for i, user := range users {
		args[i] = user
	}
	return workloads(ctx, tx, `u.id IN (`+store.Params(1, len(users))+`)`, args...)
}

// SaveWorkload implements inbox.Tx.
func (tx *Tx) SaveWorkload(ctx context.Context, w inbox.Workload) error {
	_, err := tx.Exec(ctx, `UPDATE users SET capacity = $2, taking = $3 WHERE id = $1`, w.UserID, w.Capacity, store.Bool(w.Taking))
	return err
}

// forPerson chooses, with the account's row as a, the tickets that wait for a
// person and that nobody has: where a bot answers, those it handed over since the
// last answer, those the citizen was not helped in, and those in which nothing
// was said since a time, the parameter.
func forPerson(quiet int) string {
	return `t.active = 2 AND t.assignee_id = 0 AND t.state = 'new' AND (a.bot_enabled = 0 OR t.kind <> 'private' OR t.in_front = 1
		OR t.last_message_at <= ` + param(quiet) + ` OR EXISTS (SELECT 1 FROM messages m JOIN bot_answers b ON b.message_id = m.id AND b.message_id <> 0
			WHERE m.ticket_id = t.id AND (b.action = 'hand_over' OR b.action = 'vote' AND b.reason = 'unhelpful')
			AND m.id > (SELECT coalesce(max(q.answers_until), 0) FROM replies q WHERE q.ticket_id = t.id AND q.state = 'sent' AND q.answers = 1)))`
}

// ForPerson implements inbox.Tx.
func (tx *Tx) ForPerson(ctx context.Context, id inbox.TicketID, quiet time.Time) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, `SELECT count(*) FROM tickets t JOIN accounts a ON a.id = t.account_id WHERE t.id = $1 AND `+forPerson(2),
		int64(id), store.Millis(quiet)).Scan(&n)
	return n > 0, err
}

// Unassigned implements inbox.Store.
func (s *Store) Unassigned(ctx context.Context, w inbox.Wanted) ([]inbox.InLine, error) {
	query, args := unassignedQuery(w, s.db.Engine())
	rows, err := s.db.Query(ctx, query, args...)
	return store.Collect(rows, err, func(r *sql.Rows) (one inbox.InLine, err error) { return one, r.Scan(&one.ID, &one.Place) })
}

// unassignedQuery goes through those who wait with nobody, in the order of the
// queue.
func unassignedQuery(w inbox.Wanted, engine store.Engine) (string, []any) {
	place := w.After.Place
	if w.After.ID == 0 {
		place = math.MinInt64
	}
	args := []any{store.Millis(w.Quiet), place, int64(w.After.ID), w.Limit}
	var kinds []string
	for _, kind := range []channel.Kind{channel.Private, channel.Comment} {
		accounts := w.Accounts[kind]
		if len(accounts) == 0 {
			continue
		}
		kinds = append(kinds, `t.kind = '`+string(kind)+`' AND `+plus(engine)+`t.account_id IN (`+store.Params(len(args)+1, len(accounts))+`)`)
		for _, account := range accounts {
			args = append(args, account)
		}
	}
	if len(kinds) == 0 {
		kinds = []string{`1 = 0`}
	}
	return `SELECT t.id, t.queue_at FROM tickets t CROSS JOIN accounts a WHERE a.id = t.account_id AND ` + forPerson(1) +
		` AND (t.queue_at, t.id) > ($2, $3) AND (` + strings.Join(kinds, ` OR `) + `) ORDER BY t.queue_at, t.id LIMIT $4`, args
}

// TakenFrom implements inbox.Tx.
func (tx *Tx) TakenFrom(ctx context.Context, id inbox.TicketID) (int64, error) {
	var data []byte
	err := tx.QueryRow(ctx, `SELECT data FROM events WHERE ticket_id = $1 AND ticket_id <> 0 AND name = $2 ORDER BY id DESC LIMIT 1`,
		int64(id), inbox.TicketAssigned).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var told struct{ From, To string }
	if err := json.Unmarshal(data, &told); err != nil {
		return 0, err
	}
	if told.To != "0" {
		return 0, nil
	}
	return strconv.ParseInt(told.From, 10, 64)
}
