package inboxdb

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// givenAway adds the tickets' escalations, and how their clocks stand.
func givenAway(ctx context.Context, q store.Querier, engine store.Engine, list string, tickets map[int64]inbox.ReportTicket) error {
	type given struct {
		id, ticket int64
		inbox.ReportEscalation
	}
	rows, err := q.Query(ctx, `SELECT id, ticket_id, department_id, lead, state, dispatched_at, signed_at, answered_at, extensions, reworks, urged, supervised_at
		FROM escalations WHERE `+inIDs(engine, "ticket_id", "$1"), list)
	all, err := store.Collect(rows, err, func(r *sql.Rows) (g given, err error) {
		var state inbox.EscalationState
		var lead, extensions, reworks, urged int
		var at, signed, answered, supervised int64
		err = r.Scan(&g.id, &g.ticket, &g.DepartmentID, &lead, &state, &at, &signed, &answered, &extensions, &reworks, &urged, &supervised)
		g.Lead, g.At, g.SignedAt = lead != 0, store.Time(at), store.Time(signed)
		if !state.Pending() && state != inbox.Returned { // one that was sent back is owed again
			g.AnsweredAt = store.Time(answered)
		}
		g.Returned, g.Withdrawn = state == inbox.Returned, state == inbox.Withdrawn
		g.Extended, g.Reworked, g.Urged, g.Supervised = extensions > 0, reworks > 0, urged > 0, supervised != 0
		return g, err
	})
	if err != nil || len(all) == 0 {
		return err
	}
	slices.SortFunc(all, func(a, b given) int { return int(a.id - b.id) })
	at := make(map[int64]*inbox.ReportEscalation, len(all))
	for i := range all {
		at[all[i].id] = &all[i].ReportEscalation
	}
	rows, err = q.Query(ctx, `SELECT c.escalation_id, c.name, c.state FROM clocks c
		WHERE `+inIDs(engine, "c.ticket_id", "$1")+` AND c.escalation_id <> 0 AND c.state IN ('met', 'missed')`, list)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var id int64
		var name, state string
		err := r.Scan(&id, &name, &state)
		if e := at[id]; e != nil {
			met, missed := &e.Met, &e.Missed
			if name == inbox.SignClock {
				met, missed = &e.SignMet, &e.SignMissed
			}
			*met, *missed = *met || state == "met", *missed || state == "missed"
		}
		return struct{}{}, err
	})
	for _, g := range all {
		if t, ok := tickets[g.ticket]; ok {
			t.GivenAway.Add(g.ReportEscalation)
			tickets[g.ticket] = t
		}
	}
	return err
}

// OpenEscalations implements inbox.ReportStore.
func (s *Store) OpenEscalations(ctx context.Context, actor desk.Actor, account int64, now time.Time) ([]inbox.OpenCount, error) {
	query, args := openEscalationsQuery(actor, account, now, s.db.Engine())
	rows, err := s.db.Query(ctx, query, args...)
	counts, err := store.Collect(rows, err, func(r *sql.Rows) (c inbox.OpenCount, err error) {
		var lead int
		err = r.Scan(&c.DepartmentID, &lead, &c.Open, &c.Overdue)
		c.Lead = lead != 0
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("count what departments have: %w", err)
	}
	return counts, nil
}

// openEscalationsQuery begins with the escalations that are not answered, which
// are few beside the tickets, and reads the open clock of each by its index.
func openEscalationsQuery(actor desk.Actor, account int64, now time.Time, engine store.Engine) (string, []any) {
	w := where{plus: plus(engine), args: []any{store.Millis(now)}}
	w.add(`e.state IN ('dispatched', 'signed', 'returning', 'answered') AND e.state <> 'answered' AND t.id = e.ticket_id`) // as the index has it
	w.visible(actor)
	if account != 0 {
		w.add(w.plus+`t.account_id = ?`, account)
	}
	return `SELECT e.department_id, e.lead, count(*), sum(CASE WHEN c.state = 'missed' OR c.state = 'running' AND c.due_at <= $1 THEN 1 ELSE 0 END)
		FROM escalations e CROSS JOIN tickets t
		LEFT JOIN clocks c ON c.ticket_id = e.ticket_id AND c.escalation_id = e.id AND ` + openState + w.String() + ` GROUP BY 1, 2`, w.args
}
