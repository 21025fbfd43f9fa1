package index

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"replydesk/faq"
	"replydesk/faq/text"
	"replydesk/inbox/desk"
)

// Source is where the index is derived from.
type Source interface {
	// Versions returns the ids and revisions of entries of every state with an
	// id above after, by id.
	Versions(ctx context.Context, after faq.EntryID, limit int) ([]faq.Version, error)
	// EntriesByID returns those of at most 500 ids that exist.
	EntriesByID(ctx context.Context, ids []faq.EntryID) ([]faq.Entry, error)
}

// Options are what an Index is made of.
type Options struct {
	Dir     string // where the index lies; "" keeps it in memory
	Lexicon *text.Lexicon
	Source  Source
	Log     *slog.Logger
	Every   time.Duration // between two comparisons with the source; 0: a minute
}

// Index is the library's full-text index. All methods may be called at the same
// time.
type Index struct {
	opts  Options
	ready atomic.Bool

	writing sync.Mutex // held while the current generation changes
	using   sync.RWMutex
	current *generation // guarded by using; replaced only with writing held too
}

var _ faq.Index = (*Index)(nil)

// Open opens the index of the folder or begins an empty one. It is ready at
// once when the folder holds an index made by the same rules, and otherwise
// after Run or Reconcile has filled it. A folder that another process has open
// is an error after half a second.
func Open(opts Options) (*Index, error) {
	if opts.Every <= 0 {
		opts.Every = time.Minute
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	g, kept, err := openFolder(opts.Lexicon, opts.Dir, opts.Log)
	if err != nil {
		return nil, err
	}
	x := &Index{opts: opts, current: g}
	x.ready.Store(kept)
	return x, nil
}

// Ready reports whether the index is complete enough to search. It never goes
// back to false.
func (x *Index) Ready() bool { return x.ready.Load() }

// Len returns the number of entries held.
func (x *Index) Len() int {
	x.using.RLock()
	defer x.using.RUnlock()
	return x.current.size()
}

// Close ends the index; searches under way finish first.
func (x *Index) Close() error {
	x.writing.Lock()
	defer x.writing.Unlock()
	x.using.Lock()
	defer x.using.Unlock()
	x.ready.Store(false)
	return x.current.close()
}

// errNotReady is what a search gets while the first build runs: half an index
// would give the second best answer for the best.
var errNotReady = desk.Errorf(desk.Unavailable, "知识库索引正在建立，请稍候").WithReason("index_building")

// Candidates implements faq.Index. It is Unavailable while the index is not
// ready.
func (x *Index) Candidates(ctx context.Context, q faq.Question) (faq.Candidates, error) {
	x.using.RLock()
	defer x.using.RUnlock()
	if !x.Ready() {
		return faq.Candidates{}, errNotReady
	}
	return x.current.candidates(ctx, q, func(unit string) uint64 { return x.count(ctx, unit) })
}

// Known implements faq.Index. It is Unavailable while the index is not ready.
func (x *Index) Known(ctx context.Context, pairs []string) ([]bool, error) {
	x.using.RLock()
	defer x.using.RUnlock()
	if !x.Ready() {
		return nil, errNotReady
	}
	return x.current.known(ctx, pairs)
}

// count is how many wordings of the index in use a unit occurs in; none when the
// index has been closed.
func (x *Index) count(ctx context.Context, unit string) uint64 {
	x.using.RLock()
	defer x.using.RUnlock()
	if !x.Ready() {
		return 0
	}
	return x.current.count(ctx, unit)
}

// Find implements faq.Index. It is Unavailable while the index is not ready.
func (x *Index) Find(ctx context.Context, words string, limit int) ([]faq.EntryID, error) {
	x.using.RLock()
	defer x.using.RUnlock()
	if !x.Ready() {
		return nil, errNotReady
	}
	return x.current.find(ctx, words, limit)
}

// Run brings the index up to date with the source, marks it ready, and compares
// it again from time to time until ctx ends. The comparison is what lets a node
// follow changes whose tasks ran on another.
func (x *Index) Run(ctx context.Context) error {
	for wait := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = x.opts.Every
		if err := x.Reconcile(ctx); err != nil && ctx.Err() == nil {
			x.opts.Log.Error("library index cannot follow the store", "err", err)
			wait = min(wait, 5*time.Second)
		}
	}
}

// Reconcile compares what the index holds with the source, entry by entry, and
// indexes what differs. Afterwards the index is ready.
func (x *Index) Reconcile(ctx context.Context) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	if err := x.current.follow(ctx, x.opts.Source); err != nil {
		return err
	}
	x.ready.Store(true)
	return nil
}

// Refresh indexes one entry as the source has it now.
func (x *Index) Refresh(ctx context.Context, id faq.EntryID) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	return x.current.bring(ctx, x.opts.Source, []faq.EntryID{id})
}

// HandleTask runs a task of kind faq.TaskIndex by its key.
func (x *Index) HandleTask(ctx context.Context, key string) error {
	if key == faq.TaskAll {
		return x.Reconcile(ctx)
	}
	id, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return desk.Errorf(desk.Invalid, "index task with key %q", key)
	}
	return x.Refresh(ctx, faq.EntryID(id))
}

// Rebuild makes a new index beside the one in use and puts it in its place:
// searches see the one or the other, never a gap, and changes made meanwhile
// are in the new one before it is used.
func (x *Index) Rebuild(ctx context.Context) error {
	x.using.RLock()
	old := x.current
	x.using.RUnlock()
	next, err := create(x.opts.Lexicon, nextFolder(x.opts.Dir, old.folder))
	if err != nil {
		return err
	}
	if err := next.follow(ctx, x.opts.Source); err != nil {
		return errors.Join(err, next.discard())
	}
	x.writing.Lock()
	defer x.writing.Unlock()
	if x.current != old {
		return errors.Join(desk.Errorf(desk.Conflict, "知识库索引正在重建"), next.discard())
	}
	if err := next.follow(ctx, x.opts.Source); err != nil {
		return errors.Join(err, next.discard())
	}
	if err := point(x.opts.Dir, filepath.Base(next.folder)); err != nil {
		return errors.Join(err, next.discard())
	}
	x.using.Lock()
	x.current = next
	x.using.Unlock()
	x.ready.Store(true)
	return old.discard()
}
