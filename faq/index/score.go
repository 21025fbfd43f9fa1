package index

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	bindex "github.com/blevesearch/bleve_index_api"

	"replydesk/faq"
)

// BM25's usual constants, and the length of an ordinary text in terms. A
// posting's length is that of its field.
const (
	saturation      = 1.2
	lengthPenalty   = 0.75
	ordinaryWording = 15
	ordinaryAnswer  = 300
)

// search returns the entries of the best documents, best first, each once, and
// whether there were more documents than size.
//
// It adds the terms' BM25 weights up itself, posting by posting: Bleve's own
// search merges the lists through a heap, which took four fifths of the time of
// a search, multiplies by the inverse frequency twice, and takes the number of
// different terms for the length of all texts.
func (g *generation) search(ctx context.Context, r bindex.IndexReader, terms []term, docs uint64, size int) (ids []faq.EntryID, more bool, err error) {
	scores, ok := g.tallies.Get().(*tally)
	if !ok {
		scores = new(tally)
	}
	defer g.tallies.Put(scores)
	scores.clear()
	for _, t := range terms {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		if err := t.addTo(ctx, r, docs, scores); err != nil {
			return nil, false, fmt.Errorf("search: %w", err)
		}
	}
	more = len(scores.seen) > size
	seen := map[faq.EntryID]bool{}
	var internal bindex.IndexInternalID
	for _, d := range best(scores, size) {
		internal = bindex.NewIndexInternalID(internal, d.doc)
		name, err := r.ExternalID(internal)
		if err != nil {
			return nil, false, fmt.Errorf("search: %w", err)
		}
		if id, _, _, ok := parseID(name); ok && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids, more, nil
}

// tally adds up scores by document number. Numbers are dense, so that a slice
// does it at a third of a map's cost; it is used again, by one search at a time.
type tally struct {
	score []float64
	seen  []uint64 // the documents with a score
}

func (t *tally) add(doc uint64, score float64) {
	if doc >= uint64(len(t.score)) {
		t.score = append(t.score, make([]float64, doc+1-uint64(len(t.score)))...)
	}
	if t.score[doc] == 0 {
		t.seen = append(t.seen, doc)
	}
	t.score[doc] += score
}

func (t *tally) clear() {
	for _, doc := range t.seen {
		t.score[doc] = 0
	}
	t.seen = t.seen[:0]
}

// scored is a document with its score.
type scored struct {
	doc   uint64
	score float64
}

// below orders by score, then from the newest document to the oldest.
func (s scored) below(o scored) bool {
	return s.score < o.score || s.score == o.score && s.doc > o.doc
}

// best returns the size highest scores, highest first. It keeps them in a heap
// with the lowest on top, so that most documents cost one comparison.
func best(scores *tally, size int) []scored {
	kept := make([]scored, 0, size)
	for _, doc := range scores.seen {
		s := scored{doc, scores.score[doc]}
		switch {
		case len(kept) < size:
			kept = append(kept, s)
			if len(kept) == size {
				for i := size/2 - 1; i >= 0; i-- {
					sink(kept, i)
				}
			}
		case kept[0].below(s):
			kept[0] = s
			sink(kept, 0)
		}
	}
	slices.SortFunc(kept, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc))
	})
	return kept
}

// sink moves the element at i down to its place.
func sink(heap []scored, i int) {
	for {
		low := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(heap); child++ {
			if heap[child].below(heap[low]) {
				low = child
			}
		}
		if low == i {
			return
		}
		heap[i], heap[low] = heap[low], heap[i]
		i = low
	}
}

// addTo adds the term's weight in each document that has it.
func (t term) addTo(ctx context.Context, r bindex.IndexReader, docs uint64, scores *tally) error {
	postings, err := r.TermFieldReader(ctx, []byte(t.text), t.field, true, true, false)
	if err != nil {
		return err
	}
	defer shut(postings)
	ordinary := float64(ordinaryWording)
	if t.field == fieldAnswer {
		ordinary = ordinaryAnswer
	}
	weight := t.boost * idf(t.frequency, docs) * (saturation + 1)
	var at bindex.TermFieldDoc
	for {
		posting, err := postings.Next(&at)
		if err != nil || posting == nil {
			return err
		}
		length := 1 / (posting.Norm * posting.Norm)
		n := float64(posting.Freq)
		scores.add(posting.ID.Value(), weight*n/(n+saturation*(1-lengthPenalty+lengthPenalty*length/ordinary)))
	}
}
