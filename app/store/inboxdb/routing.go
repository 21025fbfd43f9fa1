package inboxdb

import (
	"context"
	"database/sql"

	"replydesk/app/store"
)

// RoutingCounts implements inbox.Store.
func (s *Store) RoutingCounts(ctx context.Context) (map[int64]map[int64]int, error) {
	counts := map[int64]map[int64]int{}
	rows, err := s.db.Query(ctx, `SELECT rule_id, department_id, count(*) FROM escalations WHERE rule_id > 0 GROUP BY rule_id, department_id`)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var rule, department int64
		var n int
		err := r.Scan(&rule, &department, &n)
		if counts[rule] == nil {
			counts[rule] = map[int64]int{}
		}
		counts[rule][department] = n
		return struct{}{}, err
	})
	return counts, err
}
