package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// RebuildReport says how long a full rebuild of the index takes while searches
// go on, and what those searches saw of it: nothing.
type RebuildReport struct {
	Seconds   float64 `json:"seconds"`
	Searchers int     `json:"searchers"`
	Searches  int64   `json:"searches"`
	MS        Times   `json:"ms"`
	Retired   int64   `json:"retired"` // entries taken from citizens meanwhile
	Errors    int64   `json:"errors"`
	Stale     int64   `json:"stale"`   // an entry was shown after it was retired
	Missing   int64   `json:"missing"` // an entry was not found that was found before
}

func (r RebuildReport) line() string {
	return fmt.Sprintf("  rebuild in %.1f s beside %d searchers: %d searches, p50 %.2f ms, p99 %.2f ms; %d errors, %d stale (of %d retired), %d missing",
		r.Seconds, r.Searchers, r.Searches, r.MS.P50, r.MS.P99, r.Errors, r.Stale, r.Retired, r.Missing)
}

const (
	searchers = 2
	asked     = 200                   // entries whose questions are asked while the index is built
	retireIn  = 20 * time.Millisecond // between two entries that are retired
)

// probe is an entry's question. While the entry is leaving it may be found or
// not; once retired it must not.
type probe struct {
	question string
	id       faq.EntryID
	leaving  atomic.Bool
	retired  atomic.Bool
}

// rebuild makes the index anew while searchers ask for entries that stay and
// for entries that are being retired.
func (r *rig) rebuild(ctx context.Context, entries int) (report RebuildReport, err error) {
	report.Searchers = searchers
	probes, err := r.probes(ctx, entries)
	if err != nil {
		return report, err
	}
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	var took []time.Duration
	for n := range searchers {
		wg.Go(func() {
			mine := r.probing(within, probes, n, &report)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
		})
	}
	wg.Go(func() { r.retire(within, probes[len(probes)/2:], &report) })
	began := time.Now()
	err = r.Index.Rebuild(ctx)
	report.Seconds = round(time.Since(began).Seconds())
	cancel()
	wg.Wait()
	report.Searches, report.MS = int64(len(took)), times(took)
	return report, err
}

// probes are entries that their own question finds now.
func (r *rig) probes(ctx context.Context, entries int) ([]*probe, error) {
	var out []*probe
	for i := range asked {
		q := question(i * 7919 % entries)
		hits, err := r.Library.Suggest(ctx, desk.System(), q, 5)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			if h.Entry.Question == q {
				out = append(out, &probe{question: q, id: h.Entry.ID})
			}
		}
	}
	if len(out) < asked/2 {
		return nil, fmt.Errorf("only %d of %d entries are found by their own question", len(out), asked)
	}
	return out, nil
}

// probing asks again and again until ctx ends and counts what is wrong.
func (r *rig) probing(ctx context.Context, probes []*probe, from int, report *RebuildReport) (took []time.Duration) {
	for n := from; ctx.Err() == nil; n++ {
		p := probes[n%len(probes)]
		gone := p.retired.Load()
		began := time.Now()
		hits, err := r.Library.Suggest(ctx, desk.System(), p.question, 5)
		if ctx.Err() != nil {
			return took
		}
		took = append(took, time.Since(began))
		found := false
		for _, h := range hits {
			found = found || h.Entry.ID == p.id
		}
		switch {
		case err != nil:
			atomic.AddInt64(&report.Errors, 1)
		case gone && found:
			atomic.AddInt64(&report.Stale, 1)
		case !found && !p.leaving.Load():
			atomic.AddInt64(&report.Missing, 1)
		}
	}
	return took
}

// retire takes entries from citizens, one after another.
func (r *rig) retire(ctx context.Context, probes []*probe, report *RebuildReport) {
	for _, p := range probes {
		select {
		case <-ctx.Done():
			return
		case <-time.After(retireIn):
		}
		p.leaving.Store(true)
		_, err := r.Library.Retire(ctx, desk.System(), p.id)
		switch {
		case err == nil:
			p.retired.Store(true)
			atomic.AddInt64(&report.Retired, 1)
		case !errors.Is(err, context.Canceled):
			atomic.AddInt64(&report.Errors, 1)
		}
	}
}
