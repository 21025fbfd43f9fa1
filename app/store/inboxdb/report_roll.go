package inboxdb

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
)

// rollVersion is how tickets are counted; a change of it, or of the desk's time
// zone, makes the roll-ups be made again.
const rollVersion = "5"

// clearRows is how many rows one step takes out of roll-ups that are made again.
const clearRows = 2000

// Roller keeps the roll-ups of the reports: it follows the events, counts the
// tickets they are about as their rows are now, and writes, in one transaction,
// by how much that differs from what was counted of them, and how far it has
// come. So each ticket counts once whatever breaks off, and any number of
// processes may run one: whoever comes second finds the work done. Use it from
// one goroutine.
type Roller struct {
	store   *Store
	zone    *time.Location
	version string
	pace    pace
}

// NewRoller returns a Roller whose days begin in a zone.
func NewRoller(s *Store, zone *time.Location) *Roller {
	return &Roller{store: s, zone: zone, version: rollVersion + " " + zone.String()}
}

// Pass is a jobs.Pass: it brings the roll-ups up to date by one step and asks to
// be called again when there is more.
func (x *Roller) Pass(ctx context.Context, now time.Time) (time.Time, error) {
	return x.pace.step(ctx, x.store.db, now, x.step)
}

// Rebuild lets the roll-ups be made again from the rows, the newest tickets
// first.
func (x *Roller) Rebuild(ctx context.Context) error {
	return x.store.db.Atomic(ctx, func(tx *store.Tx) error { return RestartReports(ctx, tx) })
}

// RestartReports makes the roll-ups be counted anew with all tickets there are.
func RestartReports(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE report_progress SET version = '', revision = revision + 1 WHERE id = 1`)
	return err
}

// rolled is how far the roll-ups are.
type rolled struct {
	event, rest int64
	version     string
	revision    int64
}

// write stores how far the roll-ups are and what fn writes, unless they are no
// longer as they were: then another process was faster, and the next step looks
// again.
func (is rolled) write(ctx context.Context, db *store.DB, fn func(tx *store.Tx) error) error {
	return db.Atomic(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE report_progress SET event = $1, rest = $2, version = $3, revision = revision + 1
			WHERE id = 1 AND revision = $4`, is.event, is.rest, is.version, is.revision)
		if err != nil || n == 0 {
			return err
		}
		return fn(tx)
	})
}

// Step counts the tickets that the next events are about; when there are none,
// tickets that were not counted yet, the newest first. more reports whether
// something was done.
func (x *Roller) Step(ctx context.Context) (more bool, err error) {
	_, more, err = x.step(ctx)
	return more, err
}

// step is Step, and returns the event it came to.
func (x *Roller) step(ctx context.Context) (event int64, more bool, err error) {
	var is rolled
	err = x.store.db.QueryRow(ctx, `SELECT event, rest, version, revision FROM report_progress WHERE id = 1`).
		Scan(&is.event, &is.rest, &is.version, &is.revision)
	if err != nil {
		return 0, false, fmt.Errorf("read how far the roll-ups are: %w", err)
	}
	if is.version != x.version || is.rest == 0 {
		return is.event, true, x.begin(ctx, is)
	}
	was := is
	ids, err := x.work(ctx, &is)
	if err != nil || is == was && len(ids) == 0 {
		return is.event, false, err
	}
	change, err := x.change(ctx, ids)
	if err != nil {
		return 0, false, err
	}
	return is.event, true, is.write(ctx, x.store.db, func(tx *store.Tx) error { return change.write(ctx, tx) })
}

// begin takes out what another version counted, some rows at a time; when nothing
// is left all tickets there are are to be counted.
func (x *Roller) begin(ctx context.Context, is rolled) error {
	is.version, is.rest = x.version, 0
	return is.write(ctx, x.store.db, func(tx *store.Tx) error {
		for _, query := range []string{
			`DELETE FROM report_sums WHERE (dimension, account_id, period) IN (SELECT dimension, account_id, period FROM report_sums LIMIT $1)`,
			`DELETE FROM hotspot_tickets WHERE (subject, received_at, ticket_id) IN (SELECT subject, received_at, ticket_id FROM hotspot_tickets LIMIT $1)`,
			`DELETE FROM report_tickets WHERE ticket_id IN (SELECT ticket_id FROM report_tickets LIMIT $1)`,
		} {
			if n, err := tx.Exec(ctx, query, clearRows); err != nil || n > 0 {
				return err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE report_progress SET event = (SELECT coalesce(max(id), 0) FROM events),
			rest = (SELECT coalesce(max(id), 0) + 1 FROM tickets) WHERE id = 1`)
		return err
	})
}

// work chooses the tickets to count and moves the progress past them.
func (x *Roller) work(ctx context.Context, p *rolled) ([]int64, error) {
	db := x.store.db
	type fact struct{ event, ticket int64 }
	rows, err := db.Query(ctx, `SELECT id, ticket_id FROM events WHERE id > $1 ORDER BY id LIMIT $2`, p.event, stepEvents)
	facts, err := store.Collect(rows, err, func(r *sql.Rows) (f fact, err error) { return f, r.Scan(&f.event, &f.ticket) })
	if err != nil {
		return nil, fmt.Errorf("read events to count: %w", err)
	}
	chosen := map[int64]bool{}
	for _, f := range facts {
		p.event = f.event
		if f.ticket != 0 {
			chosen[f.ticket] = true
		}
	}
	if len(facts) > 0 {
		return slices.Collect(maps.Keys(chosen)), nil
	}
	rows, err = db.Query(ctx, `SELECT id FROM tickets WHERE id < $1 ORDER BY id DESC LIMIT $2`, p.rest, restTickets)
	rest, err := store.Collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
	if len(rest) > 0 {
		p.rest = rest[len(rest)-1]
	}
	return rest, err
}

// rollChange is what one step writes.
type rollChange struct {
	tickets []inbox.ReportTicket
	gone    []int64
	was, is []hotspotRow // of the tickets that changed
	groups  map[group]map[string]*inbox.Sums
}

// change compares the tickets with what was counted of them.
func (x *Roller) change(ctx context.Context, ids []int64) (out rollChange, err error) {
	if len(ids) == 0 {
		return out, nil
	}
	had, err := x.store.counted(ctx, ids)
	if err != nil {
		return out, err
	}
	are, err := x.store.reportTickets(ctx, ids)
	if err != nil {
		return out, err
	}
	differ := map[inbox.CellKey]*inbox.Sums{}
	for _, id := range ids {
		was, counted := had[id]
		is, there := are[id]
		if was == is {
			continue
		}
		if counted {
			was.Count(x.zone, -1, differ)
			out.was = append(out.was, hotspotRows(was)...)
		}
		if there {
			is.Count(x.zone, 1, differ)
			out.tickets = append(out.tickets, is)
			out.is = append(out.is, hotspotRows(is)...)
		} else {
			out.gone = append(out.gone, id)
		}
	}
	out.groups, err = x.store.addTo(ctx, differ)
	return out, err
}

// addTo returns the rows of the roll-ups that change when so much is added to
// them, as they are then.
func (s *Store) addTo(ctx context.Context, differ map[inbox.CellKey]*inbox.Sums) (map[group]map[string]*inbox.Sums, error) {
	out := map[group]map[string]*inbox.Sums{}
	for key, sums := range differ {
		if sums.Empty() {
			continue
		}
		if out[groupOf(key)] == nil {
			out[groupOf(key)] = map[string]*inbox.Sums{}
		}
		out[groupOf(key)][key.Key] = sums
	}
	for part := range slices.Chunk(inGroupOrder(out), stepRows) {
		var marks []string
		var args []any
		for _, g := range part {
			n := len(args)
			marks = append(marks, fmt.Sprintf(`($%d, CAST($%d AS BIGINT), CAST($%d AS BIGINT))`, n+1, n+2, n+3))
			args = append(args, string(g.by), g.account, int64(g.period))
		}
		rows, err := s.db.Query(ctx, `SELECT `+groupColumns+` FROM (VALUES `+strings.Join(marks, ", ")+`) v CROSS JOIN report_sums g
			WHERE g.dimension = v.column1 AND g.account_id = v.column2 AND g.period = v.column3`, args...)
		_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
			g, packed, err := scanGroup(r)
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, unpack(packed, func(string) bool { return true }, func(key string, was inbox.Sums) {
				if out[g][key] == nil {
					out[g][key] = &inbox.Sums{}
				}
				out[g][key].Add(was, 1)
			})
		})
		if err != nil {
			return nil, fmt.Errorf("read the roll-ups: %w", err)
		}
	}
	return out, nil
}

// inGroupOrder are the rows as the table has them: neighbours are written together.
func inGroupOrder(groups map[group]map[string]*inbox.Sums) []group {
	return slices.SortedFunc(maps.Keys(groups), func(a, b group) int {
		return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.account, b.account), cmp.Compare(a.period, b.period))
	})
}

// write stores the change; what counts nothing leaves no row.
func (c rollChange) write(ctx context.Context, tx *store.Tx) error {
	var rows [][]any
	for _, t := range c.tickets {
		rows = append(rows, countedValues(t))
	}
	if err := insertRows(ctx, tx, `INSERT INTO report_tickets (`+countedColumns+`) VALUES `, update("ticket_id", countedColumns), rows); err != nil {
		return err
	}
	for _, id := range c.gone {
		if _, err := tx.Exec(ctx, `DELETE FROM report_tickets WHERE ticket_id = $1`, id); err != nil {
			return err
		}
	}
	if err := writeHotspots(ctx, tx, c.was, c.is); err != nil {
		return err
	}
	rows = nil
	for _, g := range inGroupOrder(c.groups) {
		if packed := pack(c.groups[g]); packed != "" {
			rows = append(rows, []any{string(g.by), g.account, int64(g.period), packed})
			continue
		}
		_, err := tx.Exec(ctx, `DELETE FROM report_sums WHERE dimension = $1 AND account_id = $2 AND period = $3`, string(g.by), g.account, int64(g.period))
		if err != nil {
			return err
		}
	}
	return insertRows(ctx, tx, `INSERT INTO report_sums (dimension, account_id, period, sums) VALUES `,
		` ON CONFLICT (dimension, account_id, period) DO UPDATE SET sums = excluded.sums`, rows)
}
