package index

import (
	"context"
	"fmt"
	"maps"

	"replydesk/faq"
)

// Sizes of one step of following the source: what is compared at once, and
// what is loaded and indexed at once.
const (
	comparedAtOnce = 5000
	indexedAtOnce  = 250
)

// follow makes the generation hold what the source holds. It reads ids and
// revisions of all entries and the entries that differ.
func (g *generation) follow(ctx context.Context, source Source) error {
	g.mu.Lock()
	left := maps.Clone(g.held)
	g.mu.Unlock()
	var stale []faq.EntryID
	for after := faq.EntryID(0); ; {
		versions, err := source.Versions(ctx, after, comparedAtOnce)
		if err != nil {
			return fmt.Errorf("read versions of the library: %w", err)
		}
		for _, v := range versions {
			if h, ok := left[v.ID]; !ok || h.revision != v.Revision {
				stale = append(stale, v.ID)
			}
			delete(left, v.ID)
			after = v.ID
		}
		if len(versions) < comparedAtOnce {
			break
		}
	}
	for id := range left { // gone from the source, as after a restored backup
		stale = append(stale, id)
	}
	return g.bring(ctx, source, stale)
}

// bring indexes the entries as the source has them now and removes those it no
// longer has.
func (g *generation) bring(ctx context.Context, source Source, ids []faq.EntryID) error {
	for len(ids) > 0 {
		step := ids[:min(len(ids), indexedAtOnce)]
		ids = ids[len(step):]
		entries, err := source.EntriesByID(ctx, step)
		if err != nil {
			return fmt.Errorf("read entries to index: %w", err)
		}
		gone := make(map[faq.EntryID]bool, len(step))
		for _, id := range step {
			gone[id] = true
		}
		put := entries[:0]
		for _, e := range entries {
			delete(gone, e.ID)
			if g.revision(e.ID) != e.Revision {
				put = append(put, e)
			}
		}
		var remove []faq.EntryID
		for id := range gone {
			remove = append(remove, id)
		}
		if len(put)+len(remove) == 0 {
			continue
		}
		if err := g.apply(put, remove); err != nil {
			return err
		}
	}
	return nil
}

// revision returns the held revision of an entry, 0 for none.
func (g *generation) revision(id faq.EntryID) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held[id].revision
}
