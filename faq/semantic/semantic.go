// Package semantic finds entries by what they mean: vectors of an Embedder, kept
// by the store beside their entries, compared in memory. It adds to the search
// by words and never stands in its way: a dead or slow endpoint costs a search
// its deadline once and then nothing until it is tried again.
package semantic

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"replydesk/faq"
)

// Options are what a Library is made of.
type Options struct {
	Embedder faq.Embedder
	Store    faq.VectorStore
	Now      func() time.Time
	Log      *slog.Logger
	Deadline time.Duration // of one search
	Every    time.Duration // between two looks for vectors that others made
}

// Library is the vectors of all entries. All methods may be called at the same
// time.
type Library struct {
	o       Options
	breaker breaker
	filling sync.Mutex

	mu      sync.RWMutex
	vectors map[faq.EntryID]vector
	seen    time.Time // the newest vector read
}

var _ faq.Meaning = (*Library)(nil)

// New returns a library without vectors; Run reads them.
func New(o Options) *Library {
	return &Library{o: o, breaker: breaker{now: o.Now}, vectors: map[faq.EntryID]vector{}}
}

// maxQuery is what is read of a message, in characters.
const maxQuery = 600

// Nearest implements faq.Meaning.
func (l *Library) Nearest(ctx context.Context, message string, limit int) ([]faq.EntryID, bool) {
	l.mu.RLock()
	empty := len(l.vectors) == 0
	l.mu.RUnlock()
	if empty || !l.breaker.try(l.o.Deadline) {
		return nil, false
	}
	within, cancel := context.WithTimeout(ctx, l.o.Deadline)
	defer cancel()
	found, err := l.o.Embedder.Embed(within, []string{cutRunes(message, maxQuery)})
	if err == nil && len(found) != 1 {
		err = errors.New("not one vector for one text")
	}
	if ctx.Err() != nil { // the asker left; that says nothing about the endpoint
		l.breaker.leave()
		return nil, false
	}
	if err != nil {
		if wait := l.breaker.fail(retryAfter(err)); wait > 0 {
			l.o.Log.Warn("search by meaning pauses", "err", err, "for", wait)
		}
		return nil, false
	}
	l.breaker.succeed()
	v, err := pack(found[0])
	if err != nil {
		return nil, false
	}
	ids := l.closest(v, limit)
	return ids, len(ids) > 0
}

// Run reads the vectors and follows those that are made, here or by another
// process, until ctx ends.
func (l *Library) Run(ctx context.Context) error {
	for wait := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = l.o.Every
		if err := l.Follow(ctx); err != nil && ctx.Err() == nil {
			l.o.Log.Error("vectors cannot be read", "err", err)
		}
	}
}

const (
	readAtOnce  = 500
	embedAtOnce = 32
	// overlap is how far back vectors are read again: one that another process
	// made may become visible after a later one.
	overlap = time.Minute
)

// Follow reads the vectors made since the last time.
func (l *Library) Follow(ctx context.Context) error {
	l.mu.RLock()
	after := l.seen.Add(-overlap)
	l.mu.RUnlock()
	for id := faq.EntryID(0); ; {
		page, err := l.o.Store.Vectors(ctx, l.o.Embedder.Name(), after, id, readAtOnce)
		if err != nil {
			return err
		}
		l.put(page)
		if len(page) < readAtOnce {
			return nil
		}
		last := page[len(page)-1]
		after, id = last.MadeAt, last.EntryID
	}
}

func (l *Library) put(page []faq.Vector) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range page {
		l.vectors[v.EntryID] = read(v.Bytes)
		if v.MadeAt.After(l.seen) {
			l.seen = v.MadeAt
		}
	}
}

// fillFor is how long Fill goes on at a time.
const fillFor = time.Minute

// unfinished asks for another run.
type unfinished struct{}

func (unfinished) Error() string             { return "more entries lack a vector" }
func (unfinished) RetryAfter() time.Duration { return time.Second }

// Fill makes the vectors that are missing, some at a time, and reads them. It is
// what a task of kind faq.TaskEmbed does; the task is tried again when it fails,
// and what was made until then stays. After a minute it asks to be run again.
func (l *Library) Fill(ctx context.Context) error {
	l.filling.Lock()
	defer l.filling.Unlock()
	model := l.o.Embedder.Name()
	for end := l.o.Now().Add(fillFor); ; {
		if l.o.Now().After(end) {
			return errors.Join(l.Follow(ctx), unfinished{})
		}
		entries, err := l.o.Store.WithoutVector(ctx, model, embedAtOnce)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			return l.Follow(ctx)
		}
		texts := make([]string, len(entries))
		for i, e := range entries {
			texts[i] = meaningOf(e)
		}
		found, err := l.o.Embedder.Embed(ctx, texts)
		if err != nil {
			return err
		}
		if len(found) != len(texts) {
			return errors.New("the endpoint gave another number of vectors than it got texts")
		}
		vectors := make([]faq.Vector, len(entries))
		for i, e := range entries {
			packed, err := pack(found[i])
			if err != nil {
				return err
			}
			vectors[i] = faq.Vector{EntryID: e.ID, Revision: e.Revision, MadeAt: l.o.Now(), Bytes: packed.bytes()}
		}
		if err := l.o.Store.SaveVectors(ctx, model, vectors); err != nil {
			return err
		}
	}
}

// maxMeaning is how much of an entry is embedded, in characters.
const maxMeaning = 1000

// meaningOf is the text that stands for an entry.
func meaningOf(e faq.Entry) string {
	return cutRunes(strings.Join(append(e.Wordings(), e.Answer), "\n"), maxMeaning)
}

func cutRunes(s string, most int) string {
	for i := range s {
		if most == 0 {
			return s[:i]
		}
		most--
	}
	return s
}

// retryAfter is when an endpoint wants to be asked again, 0 when it does not
// tell.
func retryAfter(err error) time.Duration {
	var wait interface{ RetryAfter() time.Duration }
	if errors.As(err, &wait) {
		return wait.RetryAfter()
	}
	return 0
}
