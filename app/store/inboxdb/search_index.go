package inboxdb

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/app/store"
	"replydesk/inbox/search"
)

// indexVersion is what tickets are cut into; a change of it makes every index
// be made again, the newest tickets first, while the old one serves.
const indexVersion = 1

// Sizes of one step of indexing, which is one transaction. What happens waits
// for it on SQLite, so it is short; making an index again happens once, and
// writes the less the more tickets share a step.
const (
	stepEvents  = 2000
	stepTickets = 128
	restTickets = 2048
	stepRows    = 100 // of one INSERT
)

// Indexer keeps the index of Search: it follows the events and writes, in one
// transaction, what changed of the tickets they are about and how far it has
// come. So nothing is skipped whatever breaks off, and any number of processes
// may run one: whoever comes second finds the work done. Use it from one
// goroutine.
type Indexer struct {
	store *Store
	words search.Words
	pace  pace
}

// NewIndexer returns an Indexer that cuts texts by words, the same as the
// queries'.
func NewIndexer(s *Store, words search.Words) *Indexer { return &Indexer{store: s, words: words} }

// Pass is a jobs.Pass: it brings the index up to date by one step and asks to
// be called again when there is more.
func (x *Indexer) Pass(ctx context.Context, now time.Time) (time.Time, error) {
	return x.pace.step(ctx, x.store.db, now, x.step)
}

// Rebuild lets the index be made again, the newest tickets first, while the one
// there is serves.
func (x *Indexer) Rebuild(ctx context.Context) error {
	return x.store.db.Atomic(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE search_progress SET version = 0, revision = revision + 1 WHERE id = 1`)
		return err
	})
}

// Done reports whether everything that was written before the call is in the
// index.
func (x *Indexer) Done(ctx context.Context) (done bool, err error) {
	err = x.store.db.QueryRow(ctx, `SELECT version = $1 AND event >= (SELECT coalesce(max(id), 0) FROM events)
		AND NOT EXISTS (SELECT 1 FROM tickets WHERE id < rest) AND NOT EXISTS (SELECT 1 FROM search_tickets WHERE stale = 1)
		FROM search_progress WHERE id = 1`, indexVersion).Scan(&done)
	return done, err
}

// progress is how far the index is.
type progress struct{ event, rest, version, revision int64 }

// Step indexes what the next events are about; when there are none, tickets
// that are stale or not indexed yet, the newest first. more reports whether
// something was done.
func (x *Indexer) Step(ctx context.Context) (more bool, err error) {
	_, more, err = x.step(ctx)
	return more, err
}

// step is Step, and returns the event it came to.
func (x *Indexer) step(ctx context.Context) (event int64, more bool, err error) {
	db := x.store.db
	var was progress
	err = db.QueryRow(ctx, `SELECT event, rest, version, revision FROM search_progress WHERE id = 1`).
		Scan(&was.event, &was.rest, &was.version, &was.revision)
	if err != nil {
		return 0, false, fmt.Errorf("read the progress of the search index: %w", err)
	}
	is := was
	if was.version != indexVersion {
		is.version = indexVersion
		if err := db.QueryRow(ctx, `SELECT coalesce(max(id), 0) + 1 FROM tickets`).Scan(&is.rest); err != nil {
			return 0, false, err
		}
	}
	ids, err := x.work(ctx, &is)
	if err != nil || is == was && len(ids) == 0 {
		return is.event, false, err
	}
	change, err := x.change(ctx, ids)
	if err != nil {
		return 0, false, err
	}
	return is.event, true, x.write(ctx, is, change)
}

// work chooses the tickets to index and moves the progress past them.
func (x *Indexer) work(ctx context.Context, p *progress) ([]int64, error) {
	db := x.store.db
	id := func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) }
	type fact struct{ event, ticket int64 }
	rows, err := db.Query(ctx, `SELECT id, ticket_id FROM events WHERE id > $1 ORDER BY id LIMIT $2`, p.event, stepEvents)
	facts, err := store.Collect(rows, err, func(r *sql.Rows) (f fact, err error) { return f, r.Scan(&f.event, &f.ticket) })
	if err != nil {
		return nil, fmt.Errorf("read events to index: %w", err)
	}
	chosen := map[int64]bool{}
	for _, f := range facts {
		if f.ticket != 0 && !chosen[f.ticket] {
			if len(chosen) == stepTickets {
				break
			}
			chosen[f.ticket] = true
		}
		p.event = f.event
	}
	if len(chosen) == 0 {
		rows, err = db.Query(ctx, `SELECT ticket_id FROM search_tickets WHERE stale = 1 ORDER BY ticket_id LIMIT $1`, stepTickets)
		stale, err := store.Collect(rows, err, id)
		if err != nil || len(stale) > 0 {
			return stale, err
		}
		rows, err = db.Query(ctx, `SELECT id FROM tickets WHERE id < $1 ORDER BY id DESC LIMIT $2`, p.rest, restTickets)
		rest, err := store.Collect(rows, err, id)
		if len(rest) > 0 {
			p.rest = rest[len(rest)-1]
		}
		return rest, err
	}
	return slices.Collect(maps.Keys(chosen)), nil
}

// posting names a row of search_postings.
type posting struct {
	block int64
	term  string
}

// indexChange is what one step writes.
type indexChange struct {
	tickets  []indexed
	gone     []int64
	renamed  []int64 // tickets of contacts that have another name than was indexed
	postings map[posting]*tickets
}

// indexed is a row of search_tickets.
type indexed struct {
	ticket int64
	name   string
	terms  []string
}

const termEnd = "\n"

// to are the terms a ticket gains and loses.
func (v indexed) to(terms map[string]struct{}) (out []gained) {
	had := make(map[string]struct{}, len(v.terms))
	for _, term := range v.terms {
		had[term] = struct{}{}
		if _, still := terms[term]; !still {
			out = append(out, gained{term, false})
		}
	}
	for term := range terms {
		if _, already := had[term]; !already {
			out = append(out, gained{term, true})
		}
	}
	return out
}

// gained is a term a ticket has from now on or no longer.
type gained struct {
	term string
	in   bool
}

// change compares the tickets with what the index has of them.
func (x *Indexer) change(ctx context.Context, ids []int64) (indexChange, error) {
	out := indexChange{postings: map[posting]*tickets{}}
	if len(ids) == 0 {
		return out, nil
	}
	contents, err := x.store.contents(ctx, ids)
	if err != nil {
		return out, err
	}
	had, err := x.had(ctx, ids)
	if err != nil {
		return out, err
	}
	moves := map[posting][]move{}
	for _, id := range ids {
		terms := x.terms(contents[id])
		for _, m := range had[id].to(terms) {
			p := posting{blockOf(id), m.term}
			moves[p] = append(moves[p], move{placeOf(id), m.in})
		}
		if c := contents[id]; c == nil {
			out.gone = append(out.gone, id)
		} else {
			out.tickets = append(out.tickets, indexed{id, c.name, slices.Sorted(maps.Keys(terms))})
		}
	}
	if out.renamed, err = x.renamed(ctx, ids, contents); err != nil {
		return out, err
	}
	return out, x.apply(ctx, moves, out.postings)
}

// move puts a ticket into the set of a term or takes it out.
type move struct {
	place int
	in    bool
}

// terms are all of a ticket; none of one that is not there.
func (x *Indexer) terms(c *content) map[string]struct{} {
	set := map[string]struct{}{}
	if c == nil {
		return set
	}
	for _, p := range c.texts {
		x.words.Terms(set, p.text)
	}
	for _, a := range c.attributes {
		set[a] = struct{}{}
	}
	return set
}

// had is what the index has of the tickets.
func (x *Indexer) had(ctx context.Context, ids []int64) (map[int64]indexed, error) {
	out := make(map[int64]indexed, len(ids))
	rows, err := x.store.db.Query(ctx, `SELECT ticket_id, name, terms FROM search_tickets WHERE `+
		inIDs(x.store.db.Engine(), "ticket_id", "$1"), idList(ids))
	_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
		v, err := scanIndexed(r)
		out[v.ticket] = v
		return struct{}{}, err
	})
	return out, err
}

func scanIndexed(r row) (v indexed, err error) {
	var terms string
	if err = r.Scan(&v.ticket, &v.name, &terms); terms != "" {
		v.terms = strings.Split(terms, termEnd)
	}
	return v, err
}

// renamed finds the other tickets of the contacts, where one was indexed with
// another name. Only a message brings a new name, so its ticket is among ids.
func (x *Indexer) renamed(ctx context.Context, ids []int64, contents map[int64]*content) ([]int64, error) {
	contacts := map[int64]bool{}
	for _, c := range contents {
		contacts[c.contact] = true
	}
	rows, err := x.store.db.Query(ctx, `SELECT t.id FROM contacts co JOIN tickets t ON t.contact_id = co.id
		JOIN search_tickets s ON s.ticket_id = t.id WHERE s.name <> co.name AND s.stale = 0 AND `+
		inIDs(x.store.db.Engine(), "co.id", "$1"), idList(slices.Collect(maps.Keys(contacts))))
	others, err := store.Collect(rows, err, func(r *sql.Rows) (id int64, err error) { return id, r.Scan(&id) })
	return slices.DeleteFunc(others, func(id int64) bool { return slices.Contains(ids, id) }), err
}

// apply reads the sets that change and makes the moves in them.
func (x *Indexer) apply(ctx context.Context, moves map[posting][]move, sets map[posting]*tickets) error {
	terms := map[int64][]string{}
	for p := range moves {
		terms[p.block] = append(terms[p.block], p.term)
		sets[p] = new(tickets)
	}
	for block, of := range terms {
		err := x.store.postings(ctx, `block, term, tickets FROM search_postings WHERE block = $1 AND `+
			inTerms(x.store.db.Engine(), "term", "$2"), func(block int64, term string, stored []byte) error {
			return sets[posting{block, term}].add(stored)
		}, block, termList(of))
		if err != nil {
			return fmt.Errorf("read the search index: %w", err)
		}
	}
	for p, list := range moves {
		for _, m := range list {
			if m.in {
				sets[p].set(m.place)
			} else {
				sets[p].clear(m.place)
			}
		}
	}
	return nil
}

// write stores a change, unless the index is no longer as it was: then another
// process was faster, or a person was erased meanwhile, and the next step looks
// again.
func (x *Indexer) write(ctx context.Context, is progress, c indexChange) error {
	return x.store.db.Atomic(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE search_progress SET event = $1, rest = $2, version = $3, revision = revision + 1
			WHERE id = 1 AND revision = $4`, is.event, is.rest, is.version, is.revision)
		if err != nil || n == 0 {
			return err
		}
		if err := writeIndexed(ctx, tx, c); err != nil {
			return err
		}
		return writePostings(ctx, tx, c.postings)
	})
}

func writeIndexed(ctx context.Context, tx *store.Tx, c indexChange) error {
	var values [][]any
	for _, t := range c.tickets {
		values = append(values, []any{t.ticket, t.name, strings.Join(t.terms, termEnd)})
	}
	err := insertRows(ctx, tx, `INSERT INTO search_tickets (ticket_id, name, terms) VALUES `,
		` ON CONFLICT (ticket_id) DO UPDATE SET name = excluded.name, terms = excluded.terms, stale = 0`, values)
	if err != nil {
		return err
	}
	for _, id := range c.gone {
		if _, err := tx.Exec(ctx, `DELETE FROM search_tickets WHERE ticket_id = $1`, id); err != nil {
			return err
		}
	}
	for _, id := range c.renamed {
		if _, err := tx.Exec(ctx, `UPDATE search_tickets SET stale = 1 WHERE ticket_id = $1`, id); err != nil {
			return err
		}
	}
	return nil
}

// writePostings stores sets; an empty one leaves no row.
func writePostings(ctx context.Context, tx *store.Tx, sets map[posting]*tickets) error {
	order := slices.SortedFunc(maps.Keys(sets), func(a, b posting) int {
		if a.block != b.block {
			return int(a.block - b.block)
		}
		return strings.Compare(a.term, b.term)
	})
	var values [][]any
	for _, p := range order {
		if sets[p].len() > 0 {
			values = append(values, []any{p.block, p.term, sets[p].bytes()})
			continue
		}
		if _, err := tx.Exec(ctx, `DELETE FROM search_postings WHERE block = $1 AND term = $2`, p.block, p.term); err != nil {
			return err
		}
	}
	return insertRows(ctx, tx, `INSERT INTO search_postings (block, term, tickets) VALUES `,
		` ON CONFLICT (block, term) DO UPDATE SET tickets = excluded.tickets`, values)
}

// insertRows writes rows, many in one statement.
func insertRows(ctx context.Context, tx *store.Tx, insert, conflict string, rows [][]any) error {
	for len(rows) > 0 {
		n := stepRows
		if len(rows) < n {
			n = 1 // only two texts of statements
		}
		var marks strings.Builder
		args := make([]any, 0, n*len(rows[0]))
		for i, row := range rows[:n] {
			if i > 0 {
				marks.WriteByte(',')
			}
			for j, value := range row {
				marks.WriteString([]string{"($", ", $"}[min(j, 1)])
				args = append(args, value)
				marks.WriteString(strconv.Itoa(len(args)))
			}
			marks.WriteByte(')')
		}
		if _, err := tx.Exec(ctx, insert+marks.String()+conflict, args...); err != nil {
			return fmt.Errorf("write rows: %w", err)
		}
		rows = rows[n:]
	}
	return nil
}

// forget takes tickets out of the index, for who erases what they say. What may
// be found of them still is indexed again by the next step. It waits for a step
// that is being written, and makes one that has read already look again.
func forget(ctx context.Context, tx *store.Tx, engine store.Engine, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `UPDATE search_progress SET revision = revision + 1 WHERE id = 1`); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT ticket_id, name, terms FROM search_tickets WHERE `+inIDs(engine, "ticket_id", "$1"), idList(ids))
	had, err := store.Collect(rows, err, func(r *sql.Rows) (indexed, error) { return scanIndexed(r) })
	if err != nil {
		return err
	}
	sets := map[posting]*tickets{}
	for _, t := range had {
		rows, err := tx.Query(ctx, `SELECT term, tickets FROM search_postings WHERE block = $1 AND `+inTerms(engine, "term", "$2"),
			blockOf(t.ticket), termList(t.terms))
		_, err = store.Collect(rows, err, func(r *sql.Rows) (struct{}, error) {
			p := posting{block: blockOf(t.ticket)}
			var stored []byte
			if err := r.Scan(&p.term, &stored); err != nil {
				return struct{}{}, err
			}
			if sets[p] == nil {
				sets[p] = new(tickets)
				if err := sets[p].add(stored); err != nil {
					return struct{}{}, err
				}
			}
			sets[p].clear(placeOf(t.ticket))
			return struct{}{}, nil
		})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE search_tickets SET name = '', terms = '', stale = 1 WHERE ticket_id = $1`, t.ticket); err != nil {
			return err
		}
	}
	return writePostings(ctx, tx, sets)
}

// RestartSearch makes the index begin anew with all tickets there are; the
// index itself must be empty.
func RestartSearch(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE search_progress SET event = (SELECT coalesce(max(id), 0) FROM events),
		rest = (SELECT coalesce(max(id), 0) + 1 FROM tickets), revision = revision + 1`)
	return err
}
