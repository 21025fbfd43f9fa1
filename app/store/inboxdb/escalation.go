package inboxdb

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

const escalationColumns = `e.id, e.ticket_id, e.department_id, e.lead, e.state, e.remark, e.dispatched_by, e.dispatched_at, e.due_at, e.rule_id,
	e.signed_by, e.signed_at, e.answer, e.answered_by, e.answered_at, e.return_reason, e.return_by, e.return_at, e.return_refused,
	e.extension, e.extension_until, e.extension_reason, e.extension_note, e.extensions, e.urged, e.urged_at, e.supervised, e.supervised_by, e.supervised_at,
	e.reworks, e.rework_reason, e.end_reason, e.ended_at, e.updated_at, e.queue_at, e.stage`

// escalationRow is a row of escalationColumns.
type escalationRow struct {
	inbox.Escalation
	lead                                              int
	at, due, signed, answered, returned, until, urged int64
	supervised, ended, updated, queue                 int64
	stage                                             string // follows from the rest
}

func (e *escalationRow) targets() []any {
	return []any{&e.ID, &e.TicketID, &e.DepartmentID, &e.lead, &e.State, &e.Remark, &e.By, &e.at, &e.due, &e.RuleID,
		&e.SignedBy, &e.signed, &e.Answer, &e.AnsweredBy, &e.answered, &e.ReturnReason, &e.ReturnBy, &e.returned, &e.ReturnRefused,
		&e.Extension, &e.until, &e.ExtensionReason, &e.ExtensionNote, &e.Extensions, &e.Urged, &e.urged, &e.Supervised, &e.SupervisedBy, &e.supervised,
		&e.Reworks, &e.ReworkReason, &e.EndReason, &e.ended, &e.updated, &e.queue, &e.stage}
}

func (e *escalationRow) escalation() inbox.Escalation {
	e.Lead, e.At, e.DueAt = e.lead != 0, store.Time(e.at), dueTime(e.due)
	e.SignedAt, e.AnsweredAt, e.ReturnAt = store.Time(e.signed), store.Time(e.answered), store.Time(e.returned)
	e.ExtensionUntil, e.UrgedAt, e.SupervisedAt = store.Time(e.until), store.Time(e.urged), store.Time(e.supervised)
	e.EndedAt, e.UpdatedAt, e.QueueAt = store.Time(e.ended), store.Time(e.updated), dueTime(e.queue)
	return e.Escalation
}

// values are what AddEscalation and SaveEscalation write after the id's columns.
func escalationValues(e *inbox.Escalation) []any {
	return []any{string(e.State), e.Remark, e.By, store.Millis(e.At), deadline(e.DueAt), e.RuleID,
		e.SignedBy, store.Millis(e.SignedAt), e.Answer, e.AnsweredBy, store.Millis(e.AnsweredAt),
		e.ReturnReason, e.ReturnBy, store.Millis(e.ReturnAt), e.ReturnRefused,
		string(e.Extension), store.Millis(e.ExtensionUntil), e.ExtensionReason, e.ExtensionNote, e.Extensions, e.Urged, store.Millis(e.UrgedAt),
		e.Supervised, e.SupervisedBy, store.Millis(e.SupervisedAt), e.Reworks, e.ReworkReason, e.EndReason, store.Millis(e.EndedAt), store.Millis(e.UpdatedAt),
		deadline(e.QueueAt), string(e.Stage())}
}

// written are the columns of escalationValues.
var written = strings.Split(strings.NewReplacer("e.", "", "\n", "", "\t", "", " ", "").Replace(
	strings.SplitN(escalationColumns, "e.lead, ", 2)[1]), ",")

// Escalations implements inbox.Tx.
func (tx *Tx) Escalations(ctx context.Context, id inbox.TicketID) ([]inbox.Escalation, error) {
	rows, err := tx.Query(ctx, `SELECT `+escalationColumns+` FROM escalations e WHERE e.ticket_id = $1 ORDER BY e.id`, int64(id))
	return store.Collect(rows, err, func(r *sql.Rows) (inbox.Escalation, error) {
		var e escalationRow
		err := r.Scan(e.targets()...)
		return e.escalation(), err
	})
}

// AddEscalation implements inbox.Tx.
func (tx *Tx) AddEscalation(ctx context.Context, e *inbox.Escalation) error {
	args := append([]any{int64(e.TicketID), e.DepartmentID, store.Bool(e.Lead)}, escalationValues(e)...)
	marks := make([]string, len(args))
	for i := range marks {
		marks[i] = param(i + 1)
	}
	id, err := tx.Insert(ctx, `INSERT INTO escalations (ticket_id, department_id, lead, `+strings.Join(written, ", ")+`) VALUES (`+strings.Join(marks, ", ")+`)`, args...)
	e.ID = inbox.EscalationID(id)
	return store.Translate(err)
}

// SaveEscalation implements inbox.Tx.
func (tx *Tx) SaveEscalation(ctx context.Context, e *inbox.Escalation) error {
	sets := make([]string, len(written))
	for i, column := range written {
		sets[i] = column + " = " + param(i+2)
	}
	n, err := tx.Exec(ctx, `UPDATE escalations SET `+strings.Join(sets, ", ")+` WHERE id = $1`, append([]any{int64(e.ID)}, escalationValues(e)...)...)
	if err == nil && n == 0 {
		err = desk.Errorf(desk.NotFound, "没有找到这次转办")
	}
	return store.Translate(err)
}

// EscalationTicket implements inbox.Store.
func (s *Store) EscalationTicket(ctx context.Context, id inbox.EscalationID) (inbox.TicketID, error) {
	var t inbox.TicketID
	err := s.db.QueryRow(ctx, `SELECT ticket_id FROM escalations WHERE id = $1`, int64(id)).Scan(&t)
	return t, store.Translate(err)
}

// TicketEscalations implements inbox.Store.
func (s *Store) TicketEscalations(ctx context.Context, id inbox.TicketID) ([]inbox.EscalationRow, error) {
	rows, err := s.db.Query(ctx, `SELECT `+escalationColumns+`, coalesce(d.name, '') FROM escalations e
		LEFT JOIN departments d ON d.id = e.department_id WHERE e.ticket_id = $1 ORDER BY e.id`, int64(id))
	list, err := store.Collect(rows, err, func(r *sql.Rows) (v inbox.EscalationRow, err error) {
		var e escalationRow
		err = r.Scan(append(e.targets(), &v.DepartmentName)...)
		v.Escalation = e.escalation()
		return v, err
	})
	if err != nil {
		return nil, err
	}
	return list, s.around(ctx, list)
}

// around adds to escalations the names of their people and their open clocks.
func (s *Store) around(ctx context.Context, list []inbox.EscalationRow) error {
	seen := map[int64]bool{}
	var w where
	var tickets []any
	at := map[int64]int{}
	for i, e := range list {
		for _, user := range []int64{e.By, e.SignedBy, e.AnsweredBy, e.ReturnBy, e.SupervisedBy} {
			seen[user] = true
		}
		tickets, at[int64(e.ID)] = append(tickets, int64(e.TicketID)), i
	}
	names, err := s.userNames(ctx, seen)
	if err != nil || len(list) == 0 {
		return err
	}
	for i := range list {
		list[i].Names = names
	}
	w.add(`c.ticket_id IN (`+strings.TrimSuffix(strings.Repeat("?, ", len(tickets)), ", ")+`)`, tickets...)
	w.add(`c.escalation_id <> 0 AND ` + openState)
	rows, err := s.db.Query(ctx, `SELECT `+planned+` FROM clocks c`+w.String(), w.args...)
	clocks, err := store.Collect(rows, err, func(r *sql.Rows) (inbox.Clock, error) { return scanClock(r) })
	for _, c := range clocks {
		if i, ok := at[c.EscalationID]; ok {
			list[i].Clock = &c
		}
	}
	return err
}

// userNames are the names of users by id.
func (s *Store) userNames(ctx context.Context, ids map[int64]bool) (map[int64]string, error) {
	delete(ids, 0)
	names := make(map[int64]string, len(ids))
	if len(ids) == 0 {
		return names, nil
	}
	var w where
	values := make([]any, 0, len(ids))
	for id := range ids {
		values = append(values, id)
	}
	w.add(`id IN (`+strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")+`)`, values...)
	rows, err := s.db.Query(ctx, `SELECT id, name FROM users`+w.String(), w.args...)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id int64
		var name string
		err := r.Scan(&id, &name)
		names[id] = name
		return struct{}{}, err
	})
	return names, err
}

// emptyEscalations are the steps that take words out of the escalations of a
// contact's own tickets.
func emptyEscalations(own string, id int64, now time.Time) statement {
	return statement{`UPDATE escalations SET remark = '', answer = CASE WHEN answer = '' THEN '' ELSE $2 END, return_reason = '', return_refused = '',
		extension_reason = '', extension_note = '', supervised = CASE WHEN supervised = '' THEN '' ELSE $2 END, rework_reason = '',
		end_reason = CASE WHEN end_reason = '' THEN '' ELSE $2 END, updated_at = $3 WHERE ticket_id IN (` + own + `)`,
		[]any{id, inbox.ErasedText, store.Millis(now)}}
}
