package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bindex "github.com/blevesearch/bleve_index_api"

	"replydesk/faq"
	"replydesk/faq/text"
)

// held is what a generation holds of one entry.
type held struct {
	revision int64
	docs     int
}

// generation is one Bleve index and what it is known to hold.
type generation struct {
	folder string // "" in memory
	lex    *text.Lexicon
	b      bleve.Index

	mu   sync.Mutex
	held map[faq.EntryID]held

	counts  counts
	tallies sync.Pool // of *tally
}

// openTimeout bounds the wait for a folder another process has open; without it
// Bleve waits for ever.
const openTimeout = "500ms"

// create makes an empty generation in folder, or in memory for "".
func create(lex *text.Lexicon, folder string) (*generation, error) {
	m, err := newMapping()
	if err != nil {
		return nil, err
	}
	b, err := bleve.NewUsing(folder, m, scorch.Name, scorch.Name, map[string]any{"bolt_timeout": openTimeout})
	if err != nil {
		return nil, err
	}
	if err := b.SetInternal(fingerprintKey, fingerprint(lex)); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return &generation{folder: folder, lex: lex, b: b, held: map[faq.EntryID]held{}}, nil
}

// fingerprintKey holds what the index was made with.
var fingerprintKey = []byte("desk.fingerprint")

func fingerprint(lex *text.Lexicon) []byte { return []byte(format + "." + lex.Fingerprint()) }

// apply puts and removes entries in one batch.
func (g *generation) apply(put []faq.Entry, remove []faq.EntryID) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	batch := g.b.NewBatch()
	for _, id := range remove {
		g.drop(batch, id)
	}
	docs := make(map[faq.EntryID]int, len(put))
	for _, e := range put {
		g.drop(batch, e.ID)
		for _, d := range documents(g.lex, e) {
			docs[e.ID]++
			if err := batch.Index(d.id, d.fields); err != nil {
				return fmt.Errorf("index entry %d: %w", e.ID, err)
			}
		}
	}
	if err := g.b.Batch(batch); err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	for _, id := range remove {
		delete(g.held, id)
	}
	for _, e := range put {
		g.held[e.ID] = held{revision: e.Revision, docs: docs[e.ID]}
	}
	g.counts.forget()
	return nil
}

// drop removes what the index holds of an entry. In one batch the last
// operation for an id counts, so putting the same id afterwards is fine.
func (g *generation) drop(batch *bleve.Batch, id faq.EntryID) {
	for place := range g.held[id].docs {
		batch.Delete(docID(id, g.held[id].revision, place))
	}
}

func (g *generation) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.held)
}

func (g *generation) close() error { return g.b.Close() }

// discard closes the generation and removes its folder.
func (g *generation) discard() error {
	err := g.b.Close()
	if g.folder != "" {
		err = errors.Join(err, os.RemoveAll(g.folder))
	}
	return err
}

// counts keeps how many wordings each unit occurs in, looked up when first asked
// for. Bleve's dictionary tells such counts for a whole field, but wrongly: after
// the first term that occurs once, which merged segments write in a short form,
// every count it tells is 1 (zapx v17, DictionaryIterator).
type counts struct {
	mu      sync.Mutex
	units   map[string]uint64
	changes int // of the index since it was opened
}

func (c *counts) forget() {
	c.mu.Lock()
	c.units = nil
	c.changes++
	c.mu.Unlock()
}

// maxCounts bounds what is kept; citizens may write anything.
const maxCounts = 200_000

// of is how many wordings the unit occurs in.
func (c *counts) of(ctx context.Context, r bindex.IndexReader, unit string) (uint64, error) {
	c.mu.Lock()
	n, known := c.units[unit]
	changes := c.changes
	c.mu.Unlock()
	if known {
		return n, nil
	}
	n, err := frequency(ctx, r, fieldUnits, unit)
	if err != nil {
		return 0, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != changes {
		return n, nil // of an index that is no more
	}
	if c.units == nil || len(c.units) >= maxCounts {
		c.units = map[string]uint64{}
	}
	c.units[unit] = n
	return n, nil
}

// idf is BM25's weight of a term that occurs in df of n documents.
func idf(df, n uint64) float64 {
	return math.Log(1 + (float64(n)-float64(df)+0.5)/(float64(df)+0.5))
}

// frequency returns how many documents have the term.
func frequency(ctx context.Context, r bindex.IndexReader, field, term string) (uint64, error) {
	tfr, err := r.TermFieldReader(ctx, []byte(term), field, false, false, false)
	if err != nil {
		return 0, err
	}
	defer shut(tfr)
	return tfr.Count(), nil
}

// shut closes what was only read; nobody could act on an error of that.
func shut(c io.Closer) { _ = c.Close() }
