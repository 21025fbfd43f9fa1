package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

var _ inbox.HotspotStore = (*Store)(nil)

// hotspotRow is a ticket under one of its hotspots.
type hotspotRow struct {
	key inbox.HotspotKey
	t   inbox.ReportTicket
}

func hotspotRows(t inbox.ReportTicket) (rows []hotspotRow) {
	if t.State == inbox.Merged {
		return nil // it is the other one's
	}
	for _, key := range t.Hotspots.All() {
		rows = append(rows, hotspotRow{key, t})
	}
	return rows
}

// hotspotsOf are the hotspots of a ticket by its columns.
func hotspotsOf(tags string, post int64) inbox.HotspotKeys {
	if tags == "[]" && post == 0 {
		return ""
	}
	var list []string
	_ = json.Unmarshal([]byte(tags), &list) // as tagsText wrote it
	return inbox.HotspotsOf(list, post)
}

const hotspotColumns = `subject, received_at, ticket_id, account_id, kind, department_id, answered_at, ended, mark1, mark2, mark3, mark4, mark5`

func (h hotspotRow) values() []any {
	var marks [inbox.BestMark]int
	for _, mark := range h.t.Marks.All() {
		marks[mark-1]++
	}
	values := []any{
		string(h.key), store.Millis(h.t.ReceivedAt), int64(h.t.ID), h.t.AccountID, string(h.t.Kind), h.t.DepartmentID,
		store.Millis(h.t.AnsweredAt), store.Bool(h.t.State != ""),
	}
	for _, n := range marks {
		values = append(values, n)
	}
	return values
}

// writeHotspots brings the tickets under their hotspots to what they are.
func writeHotspots(ctx context.Context, tx *store.Tx, had, are []hotspotRow) error {
	type place struct {
		key    inbox.HotspotKey
		ticket inbox.TicketID
		at     int64 // a merge may move it
	}
	stay := map[place]bool{}
	rows := make([][]any, len(are))
	for i, h := range are {
		rows[i], stay[place{h.key, h.t.ID, store.Millis(h.t.ReceivedAt)}] = h.values(), true
	}
	for _, h := range had {
		if stay[place{h.key, h.t.ID, store.Millis(h.t.ReceivedAt)}] {
			continue
		}
		if _, err := tx.Exec(ctx, `DELETE FROM hotspot_tickets WHERE subject = $1 AND received_at = $2 AND ticket_id = $3`,
			string(h.key), store.Millis(h.t.ReceivedAt), int64(h.t.ID)); err != nil {
			return err
		}
	}
	return insertRows(ctx, tx, `INSERT INTO hotspot_tickets (`+hotspotColumns+`) VALUES `, update("subject, received_at, ticket_id", hotspotColumns), rows)
}

// hotspotWhere narrows to a range of the primary key, and to what the actor sees.
func hotspotWhere(q inbox.HotspotQuery) where {
	var w where
	w.add(`h.subject = ?`, string(q.Key))
	if !q.From.IsZero() {
		w.add(`h.received_at >= ? AND h.received_at < ?`, store.Millis(q.From), store.Millis(q.To))
	}
	w.accounts(q.Actor, "h.account_id")
	if q.AccountID != 0 {
		w.add(`h.account_id = ?`, q.AccountID)
	}
	return w
}

// Hotspots implements inbox.HotspotStore.
func (s *Store) Hotspots(ctx context.Context, q inbox.HotspotsQuery) ([]inbox.Hotspot, error) {
	query, args := hotspotsQuery(q, s.db.Engine())
	rows, err := s.db.Query(ctx, query, args...)
	found, err := store.Collect(rows, err, func(r *sql.Rows) (h inbox.Hotspot, err error) {
		var last int64
		err = r.Scan(&h.Key, &h.Tickets, &h.Before, &last)
		h.LastAt = store.Time(last)
		return h, err
	})
	if err != nil {
		return nil, fmt.Errorf("find hotspots: %w", err)
	}
	return found, nil
}

// hotspotsQuery reads a range of the index by time, not the table in the order of
// its groups.
func hotspotsQuery(q inbox.HotspotsQuery, engine store.Engine) (string, []any) {
	w := where{args: []any{store.Millis(q.From), q.Limit}}
	w.add(`h.received_at >= ?`, store.Millis(q.Before))
	w.accounts(q.Actor, "h.account_id")
	if q.AccountID != 0 {
		w.add(`h.account_id = ?`, q.AccountID)
	}
	return `SELECT subject, now, before, last FROM (SELECT h.subject AS subject, sum(CASE WHEN h.received_at >= $1 THEN 1 ELSE 0 END) AS now,
		sum(CASE WHEN h.received_at < $1 THEN 1 ELSE 0 END) AS before, max(h.received_at) AS last FROM hotspot_tickets h` + w.String() + `
		GROUP BY ` + plus(engine) + `h.subject) v WHERE now > 0 ORDER BY now DESC, before, subject LIMIT $2`, w.args
}

// HotspotSpan implements inbox.HotspotStore.
func (s *Store) HotspotSpan(ctx context.Context, q inbox.HotspotQuery) (first, last time.Time, err error) {
	for order, at := range map[string]*time.Time{"": &first, " DESC": &last} {
		query, args := hotspotSpanQuery(q, order)
		rows, err := s.db.Query(ctx, query, args...)
		found, err := store.Collect(rows, err, func(r *sql.Rows) (at int64, err error) { return at, r.Scan(&at) })
		if err != nil {
			return first, last, err
		}
		if len(found) > 0 {
			*at = store.Time(found[0])
		}
	}
	return first, last, nil
}

func hotspotSpanQuery(q inbox.HotspotQuery, order string) (string, []any) {
	q.From, q.To = time.Time{}, time.Time{}
	w := hotspotWhere(q)
	return `SELECT h.received_at FROM hotspot_tickets h` + w.String() + ` ORDER BY h.received_at` + order + ` LIMIT 1`, w.args
}

// HotspotReceived implements inbox.HotspotStore.
func (s *Store) HotspotReceived(ctx context.Context, q inbox.HotspotQuery) (n int, err error) {
	w := hotspotWhere(q)
	err = s.db.QueryRow(ctx, `SELECT count(*) FROM hotspot_tickets h`+w.String(), w.args...).Scan(&n)
	return n, err
}

// HotspotPost implements inbox.HotspotStore.
func (s *Store) HotspotPost(ctx context.Context, post int64) (title, url string, account int64, err error) {
	err = s.db.QueryRow(ctx, `SELECT title, url, account_id FROM posts WHERE id = $1`, post).Scan(&title, &url, &account)
	return title, url, account, store.Translate(err)
}

// HotspotCounts implements inbox.HotspotStore.
func (s *Store) HotspotCounts(ctx context.Context, hq inbox.HotspotQuery, now time.Time) (inbox.HotspotCounts, error) {
	out := inbox.HotspotCounts{In: map[int64]int{}, Out: map[int64]int{}}
	err := s.db.Snapshot(ctx, func(q store.Querier) error {
		for _, step := range []func() error{
			func() error { return hotspotTotals(ctx, q, hq, now, &out) },
			func() error { return hotspotVolume(ctx, q, hq, &out) },
			func() error { return hotspotShares(ctx, q, hq, &out) },
			func() error { return s.hotspotNewest(ctx, q, hq, &out) },
			func() error { return hotspotAlerts(ctx, q, hq, &out) },
		} {
			if err := step(); err != nil {
				return fmt.Errorf("count a hotspot: %w", err)
			}
		}
		return nil
	})
	return out, err
}

func hotspotTotals(ctx context.Context, q store.Querier, hq inbox.HotspotQuery, now time.Time, out *inbox.HotspotCounts) error {
	w := hotspotWhere(hq)
	err := q.QueryRow(ctx, `SELECT count(*), coalesce(sum(CASE WHEN h.answered_at <> 0 THEN 1 ELSE 0 END), 0), coalesce(sum(h.ended), 0),
		coalesce(sum(h.mark1), 0), coalesce(sum(h.mark2), 0), coalesce(sum(h.mark3), 0), coalesce(sum(h.mark4), 0), coalesce(sum(h.mark5), 0)
		FROM hotspot_tickets h`+w.String(), w.args...).
		Scan(&out.Received, &out.Answered, &out.Ended, &out.Marks[0], &out.Marks[1], &out.Marks[2], &out.Marks[3], &out.Marks[4])
	if err != nil {
		return err
	}
	query, args := hotspotWaitingQuery(hq, now)
	return q.QueryRow(ctx, query, args...).Scan(&out.Waiting, &out.Overdue)
}

// hotspotWaitingQuery looks at the tickets that have not ended alone.
func hotspotWaitingQuery(hq inbox.HotspotQuery, now time.Time) (string, []any) {
	w := hotspotWhere(hq)
	w.add(`h.ended = 0 AND t.id = h.ticket_id AND t.active = 2`)
	w.args = append(w.args, store.Millis(now))
	return `SELECT count(*), coalesce(sum(CASE WHEN t.due_at <= ` + param(len(w.args)) + ` THEN 1 ELSE 0 END), 0) FROM hotspot_tickets h CROSS JOIN tickets t` + w.String(), w.args
}

func hotspotVolume(ctx context.Context, q store.Querier, hq inbox.HotspotQuery, out *inbox.HotspotCounts) error {
	for column, buckets := range map[string]map[int64]int{"received_at": out.In, "answered_at": out.Out} {
		w := hotspotWhere(hq)
		w.add(`h.` + column + ` <> 0`)
		rows, err := q.Query(ctx, `SELECT h.`+column+` / `+strconv.FormatInt(inbox.HotspotBucket.Milliseconds(), 10)+`, count(*) FROM hotspot_tickets h`+
			w.String()+` GROUP BY 1`, w.args...)
		_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
			var bucket int64
			var n int
			err := r.Scan(&bucket, &n)
			buckets[bucket] = n
			return struct{}{}, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func hotspotShares(ctx context.Context, q store.Querier, hq inbox.HotspotQuery, out *inbox.HotspotCounts) error {
	for _, of := range []struct {
		key, kind string
		into      *[]inbox.HotspotShare
	}{{"h.account_id", "h.kind", &out.ByAccount}, {"h.department_id", "''", &out.ByDepartment}} {
		w := hotspotWhere(hq)
		w.add(of.key + ` <> 0`)
		rows, err := q.Query(ctx, `SELECT `+of.key+`, `+of.kind+`, count(*), sum(1 - h.ended) FROM hotspot_tickets h`+w.String()+
			` GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 50`, w.args...)
		*of.into, err = store.Collect(rows, err, func(r *sql.Rows) (s inbox.HotspotShare, err error) {
			return s, r.Scan(&s.ID, &s.Kind, &s.Tickets, &s.Waiting)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// hotspotNewest reads the newest tickets, those that are listed with all a list
// shows.
func (s *Store) hotspotNewest(ctx context.Context, q store.Querier, hq inbox.HotspotQuery, out *inbox.HotspotCounts) error {
	w := hotspotWhere(hq)
	w.args = append(w.args, inbox.HotspotSample)
	rows, err := q.Query(ctx, `SELECT h.ticket_id FROM hotspot_tickets h`+w.String()+` ORDER BY h.received_at DESC, h.ticket_id DESC LIMIT `+param(len(w.args)), w.args...)
	ids, err := store.Collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
	if err != nil {
		return err
	}
	for _, id := range ids {
		out.Sample = append(out.Sample, inbox.TicketID(id))
	}
	newest := ids[:min(len(ids), inbox.HotspotTickets)]
	rows, err = q.Query(ctx, `SELECT `+rowColumns+rowTables("tickets t", "$2")+` WHERE `+inIDs(s.db.Engine(), "t.id", "$1"), idList(newest), hq.Actor.UserID)
	out.Newest, err = store.Collect(rows, err, readRow)
	slices.SortFunc(out.Newest, func(a, b inbox.TicketRow) int {
		return slices.Index(newest, int64(a.ID)) - slices.Index(newest, int64(b.ID))
	})
	return err
}

// hotspotAlerts finds open alerts with a ticket of the hotspot that the actor sees.
func hotspotAlerts(ctx context.Context, q store.Querier, hq inbox.HotspotQuery, out *inbox.HotspotCounts) error {
	w := hotspotWhere(hq)
	w.add(`am.alert_id = a.id AND t.id = am.ticket_id AND h.received_at = t.created_at AND h.ticket_id = t.id`)
	rows, err := q.Query(ctx, `SELECT a.id FROM alerts a WHERE a.closed_at = 0 AND EXISTS (SELECT 1 FROM alert_messages am
		CROSS JOIN tickets t CROSS JOIN hotspot_tickets h`+w.String()+`) ORDER BY a.id DESC LIMIT `+strconv.Itoa(inbox.HotspotAlerts), w.args...)
	out.Alerts, err = store.Collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
	return err
}
