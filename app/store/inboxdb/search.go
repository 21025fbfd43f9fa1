package inboxdb

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Sizes of one step of a search: blocks are read one, two, four … at a time,
// so that a common word costs one and a rare one few reads; candidates are
// looked up some at a time, and more when few of them were any good.
const (
	maxBlocks     = 64
	minCandidates = 64
	maxCandidates = 2048
	readAtOnce    = 64 // tickets whose texts are compared
)

// Search implements inbox.Finder. The index names, newest first, the tickets
// that may be meant; of those the database chooses what the filter and the
// actor's rights let through, as in every list; of those the texts decide, as
// they are now. So an index that lags behind finds less, never something that
// is gone or not the actor's to see.
func (s *Store) Search(ctx context.Context, f inbox.SearchFilter) (desk.Page[inbox.Found], error) {
	var page desk.Page[inbox.Found]
	before := int64(math.MaxInt64)
	if f.Cursor != "" {
		var err error
		if before, err = parseFound(f.Cursor); err != nil {
			return page, err
		}
	}
	found, err := s.find(ctx, f, before)
	if err != nil {
		return page, fmt.Errorf("search tickets: %w", err)
	}
	if len(found) > f.Limit {
		found = found[:f.Limit]
		page.Next = foundCursor(int64(found[f.Limit-1].ID))
	}
	page.Items, err = s.fillRows(ctx, f.Actor, found)
	return page, err
}

const foundMark = "f"

func foundCursor(ticket int64) string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendInt([]byte(foundMark), ticket, 10))
}

func parseFound(cursor string) (int64, error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		if id, ok := strings.CutPrefix(string(b), foundMark); ok {
			if n, err := strconv.ParseInt(id, 10, 64); err == nil && n > 0 {
				return n, nil
			}
		}
	}
	return 0, desk.InvalidField("cursor", "不是有效的翻页标记")
}

// find returns what matches among the tickets numbered below before, the newest
// first and one more than the page has, with ids and excerpts only.
func (s *Store) find(ctx context.Context, f inbox.SearchFilter, before int64) ([]inbox.Found, error) {
	var last int64
	if err := s.db.QueryRow(ctx, `SELECT coalesce(max(block), -1) FROM search_postings`).Scan(&last); err != nil {
		return nil, err
	}
	var found []inbox.Found
	needs, size := needsOf(f), minCandidates
	var waiting []int64
	step := int64(1)
	for top := min(last, blockOf(before-1)); top >= 0 || len(waiting) > 0; {
		if top >= 0 && len(waiting) < size {
			from := max(0, top-step+1)
			more, err := s.candidates(ctx, needs, from, top, before)
			if err != nil {
				return nil, err
			}
			waiting, top, step = append(waiting, more...), from-1, min(step*2, maxBlocks)
			continue
		}
		n := min(size, len(waiting))
		good, err := s.decide(ctx, f, waiting[:n], f.Limit+1-len(found))
		if err != nil {
			return nil, err
		}
		if found = append(found, good...); len(found) > f.Limit {
			return found, nil
		}
		waiting, size = waiting[n:], min(size*2, maxCandidates)
	}
	return found, nil
}

// decide returns those of the candidates that the filter lets through and that
// hold what is looked for, at most limit.
func (s *Store) decide(ctx context.Context, f inbox.SearchFilter, candidates []int64, limit int) ([]inbox.Found, error) {
	query, args := chooseQuery(f, candidates, s.db.Engine())
	rows, err := s.db.Query(ctx, query, args...)
	ids, err := store.Collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
	if err != nil {
		return nil, err
	}
	var found []inbox.Found
	for some := range slices.Chunk(ids, readAtOnce) {
		contents, err := s.contents(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, id := range some {
			if hit, ok := match(f, contents[id]); ok {
				found = append(found, hit)
			}
			if len(found) == limit {
				return found, nil
			}
		}
	}
	return found, nil
}

// match compares what the actor may read of a ticket with what is looked for.
func match(f inbox.SearchFilter, c *content) (inbox.Found, bool) {
	if c == nil {
		return inbox.Found{}, false
	}
	pieces := c.shown(f.Actor)
	texts := make([]string, len(pieces))
	for i, p := range pieces {
		texts[i] = p.text
	}
	result := f.Words.Find(texts)
	if !result.Matches {
		return inbox.Found{}, false
	}
	best := pieces[result.Best]
	if best.source != inbox.InReply && best.source != inbox.InNote {
		// Before it is cut: half a number is not known as one any more.
		best.text = f.Privacy.Words(f.Actor, c.assignee, best.text)
	}
	hit := inbox.Found{Source: best.source, At: best.at, Excerpt: f.Words.Excerpt(best.text)}
	hit.ID = inbox.TicketID(c.ticket)
	return hit, true
}

// chooseQuery asks which candidates the filter and the actor's rights let
// through, the newest first. The candidates are found by their ids, whatever
// else could be.
func chooseQuery(f inbox.SearchFilter, candidates []int64, engine store.Engine) (string, []any) {
	w := where{args: []any{idList(candidates)}, plus: plus(engine)}
	w.add(inIDs(engine, "t.id", "$1"))
	if waiting(f.TicketFilter) {
		w.add(w.plus + string(waits))
	}
	w.view(f.TicketFilter, inbox.SortNewest)
	w.visible(f.Actor)
	w.filter(f.TicketFilter, inbox.SortNewest)
	if !f.From.IsZero() {
		w.add(w.plus+`t.created_at >= ?`, store.Millis(f.From))
	}
	if !f.To.IsZero() {
		w.add(w.plus+`t.created_at < ?`, store.Millis(f.To))
	}
	return `SELECT t.id FROM tickets t` + w.String() + ` ORDER BY t.id DESC`, w.args
}

// fillRows reads what a list shows of the tickets that were found, and leaves
// out one that is gone since.
func (s *Store) fillRows(ctx context.Context, actor desk.Actor, found []inbox.Found) ([]inbox.Found, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(found))
	for i, hit := range found {
		ids[i] = int64(hit.ID)
	}
	rows, err := s.db.Query(ctx, `SELECT `+rowColumns+rowTables("tickets t", "$2")+` WHERE `+inIDs(s.db.Engine(), "t.id", "$1"),
		idList(ids), actor.UserID)
	read, err := store.Collect(rows, err, readRow)
	if err != nil {
		return nil, err
	}
	byID := make(map[inbox.TicketID]inbox.TicketRow, len(read))
	for _, v := range read {
		byID[v.ID] = v
	}
	out := found[:0]
	for _, hit := range found {
		if v, ok := byID[hit.ID]; ok {
			hit.TicketRow = v
			out = append(out, hit)
		}
	}
	return out, nil
}

// need is what the index must have for a ticket: one of the terms, or one
// between from and to (which is not part of it).
type need struct {
	terms    []string
	from, to string
}

// needsOf is what the index knows of a search: the words and everything of the
// filter that leaves out many tickets.
func needsOf(f inbox.SearchFilter) []need {
	var needs []need
	one := func(terms ...string) { needs = append(needs, need{terms: terms}) }
	for _, n := range f.Words.Needs() {
		if n.Prefix {
			needs = append(needs, need{from: n.Term, to: after(n.Term)})
		} else {
			one(n.Term)
		}
	}
	for _, term := range attributesOf(f.TicketFilter) {
		one(term)
	}
	if f.Tag != "" {
		one(tagTerm(f.Tag))
	}
	if !f.Actor.AllAccounts && f.AccountID == 0 {
		var terms []string
		for _, id := range f.Actor.AccountIDs {
			terms = append(terms, accountTerm(id))
		}
		one(terms...)
	}
	if waiting(f.TicketFilter) && f.State == "" {
		one(stateTerm(inbox.New), stateTerm(inbox.Open), stateTerm(inbox.WithDepartment), stateTerm(inbox.InReview))
	}
	if !f.From.IsZero() || !f.To.IsZero() {
		from, to := madeTerm(f.From), madeTerm(time.Unix(1<<37, 0)) // as good as never
		if !f.To.IsZero() {
			to = madeTerm(f.To)
		}
		needs = append(needs, need{from: from, to: after(to)})
	}
	return needs
}

// attributesOf are the terms every ticket of a filter has.
func attributesOf(f inbox.TicketFilter) (terms []string) {
	add := func(when bool, term string) {
		if when {
			terms = append(terms, term)
		}
	}
	add(f.AccountID != 0, accountTerm(f.AccountID))
	add(f.DepartmentID != 0, departmentTerm(f.DepartmentID))
	add(f.Actor.Role == desk.Liaison, departmentTerm(f.Actor.DepartmentID))
	add(f.AssigneeID != 0, assigneeTerm(f.AssigneeID))
	add(f.View == inbox.ViewMine, assigneeTerm(f.Actor.UserID))
	add(f.Unassigned || f.View == inbox.ViewUnassigned, assigneeTerm(0))
	add(f.Kind != "", kindTerm(f.Kind))
	add(f.State != "", stateTerm(f.State))
	add(f.View == inbox.ViewReview, stateTerm(inbox.InReview))
	return terms
}

// after is the first text behind all that begin with a term.
func after(term string) string {
	r := []rune(term)
	r[len(r)-1]++
	if r[len(r)-1] == 0xD800 { // no characters there
		r[len(r)-1] = 0xE000
	}
	return string(r)
}

// candidates are the tickets numbered below before in a stretch of blocks that
// have all that is needed, the newest first.
func (s *Store) candidates(ctx context.Context, needs []need, from, to, before int64) ([]int64, error) {
	blocks := make([]int64, 0, to-from+1)
	for b := from; b <= to; b++ {
		blocks = append(blocks, b)
	}
	sets := make([][]*tickets, len(needs)) // of each need, by block
	for i := range sets {
		sets[i] = make([]*tickets, len(blocks))
	}
	byTerm := map[string][]int{} // the needs a term meets
	var terms []string
	for i, n := range needs {
		for _, term := range n.terms {
			if byTerm[term] == nil {
				terms = append(terms, term)
			}
			byTerm[term] = append(byTerm[term], i)
		}
	}
	put := func(i int, block int64, stored []byte) error {
		set := &sets[i][block-from]
		if *set == nil {
			*set = new(tickets)
		}
		return (*set).add(stored)
	}
	engine := s.db.Engine()
	if len(terms) > 0 {
		err := s.postings(ctx, `block, term, tickets FROM search_postings WHERE `+inIDs(engine, "block", "$1")+` AND `+inTerms(engine, "term", "$2"),
			func(block int64, term string, stored []byte) error {
				for _, i := range byTerm[term] {
					if err := put(i, block, stored); err != nil {
						return err
					}
				}
				return nil
			}, idList(blocks), termList(terms))
		if err != nil {
			return nil, err
		}
	}
	for i, n := range needs {
		if n.from == "" {
			continue
		}
		err := s.postings(ctx, `block, term, tickets FROM search_postings WHERE `+inIDs(engine, "block", "$1")+` AND term >= $2 AND term < $3`,
			func(block int64, _ string, stored []byte) error { return put(i, block, stored) }, idList(blocks), n.from, n.to)
		if err != nil {
			return nil, err
		}
	}
	var out []int64
	for b := len(blocks) - 1; b >= 0; b-- {
		if set := common(sets, b); set != nil {
			out = set.newest(out, blocks[b], before)
		}
	}
	return out, nil
}

// common is what all needs have in a block, nil for nothing.
func common(sets [][]*tickets, block int) *tickets {
	all := sets[0][block]
	for _, set := range sets {
		if set[block] == nil {
			return nil
		}
		all.and(set[block])
	}
	return all
}

func (s *Store) postings(ctx context.Context, query string, each func(block int64, term string, stored []byte) error, args ...any) error {
	rows, err := s.db.Query(ctx, `SELECT `+query, args...)
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		var block int64
		var term string
		var stored sql.RawBytes
		if err := r.Scan(&block, &term, &stored); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, each(block, term, stored)
	})
	return err
}
