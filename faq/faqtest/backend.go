package faqtest

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"replydesk/faq"
	"replydesk/faq/index"
	"replydesk/inbox/desk"
)

// Backend is one empty database with the Store under test.
type Backend interface {
	Store() Store
	// Events returns all events, in order.
	Events(t testing.TB) []desk.Event
	// Tasks returns the work that waits, oldest first.
	Tasks(t testing.TB) []desk.Task
}

// Store is a faq.Store that an index can be derived from.
type Store interface {
	faq.Store
	index.Source
}

// Actors of the library's tests.
var (
	Staff      = desk.Actor{UserID: 11, Name: "回复员", Role: desk.Staff}
	Supervisor = desk.Actor{UserID: 12, Name: "督办", Role: desk.Supervisor}
	Liaison    = desk.Actor{UserID: 13, Name: "联络员", Role: desk.Liaison}
	Nobody     = desk.Actor{UserID: 14, Name: "无"}
	Second     = desk.Actor{UserID: 15, Name: "另一位督办", Role: desk.Supervisor}
)

// Library is a service over a backend with its index in memory and a clock the
// test moves.
type Library struct {
	*faq.Service
	Backend Backend
	Index   *index.Index
	Folder  *Folder
	clock   atomic.Int64 // milliseconds
}

// Open starts a library at noon, with the rules of a desk that was told nothing.
func Open(t testing.TB, b Backend) *Library {
	t.Helper()
	return OpenWith(t, b, faq.Rules{RemindDays: []int{7, 30}})
}

// OpenWith is Open with other rules.
func OpenWith(t testing.TB, b Backend, rules faq.Rules) *Library {
	t.Helper()
	lex := Lexicon(t)
	x, err := index.Open(index.Options{Lexicon: lex, Source: b.Store()})
	if err != nil {
		t.Fatalf("open index: %v", err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Errorf("close index: %v", err)
		}
	})
	l := &Library{Backend: b, Index: x, Folder: &Folder{Bytes: map[string]string{}}}
	l.SetNow(Noon)
	l.Service = faq.NewService(faq.Deps{Store: b.Store(), Index: x, Lexicon: lex, Model: Model(t), Rules: rules, Files: l.Folder, Now: l.Now})
	l.Sync(t)
	return l
}

// Now is the library's present.
func (l *Library) Now() time.Time { return time.UnixMilli(l.clock.Load()).UTC() }

// SetNow moves the clock.
func (l *Library) SetNow(t time.Time) { l.clock.Store(t.UnixMilli()) }

// Sync brings the index up to date.
func (l *Library) Sync(t testing.TB) {
	t.Helper()
	if err := l.Index.Reconcile(t.Context()); err != nil {
		t.Fatalf("bring the index up to date: %v", err)
	}
}

// Add creates a draft.
func (l *Library) Add(t testing.TB, c faq.Content) faq.Entry {
	t.Helper()
	e, err := l.Create(t.Context(), Staff, c)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return e
}

// AddPublished creates an entry, publishes it and indexes it. One that is over
// was published on its last day.
func (l *Library) AddPublished(t testing.TB, c faq.Content) faq.Entry {
	t.Helper()
	if now := l.Now(); c.ValidTo != "" && c.ValidTo < faq.DayOf(now) {
		last, err := time.Parse(time.DateOnly, string(c.ValidTo))
		if err != nil {
			t.Fatal(err)
		}
		l.SetNow(last)
		defer l.SetNow(now)
	}
	e := l.Add(t, c)
	e, err := l.Publish(t.Context(), Supervisor, e.ID, faq.Approval{})
	if err != nil {
		t.Fatalf("publish: %v", err)
	}
	if err := l.Index.HandleTask(t.Context(), e.ID.String()); err != nil {
		t.Fatalf("index: %v", err)
	}
	return e
}

// Approve is the service's for somebody who has read what they decide about,
// unless a says what they saw.
func (l *Library) Approve(ctx context.Context, actor desk.Actor, id faq.EntryID, a faq.Approval) (faq.Entry, error) {
	return l.Service.Approve(ctx, actor, id, l.read(ctx, id, a))
}

// Publish is to the service's as Approve is.
func (l *Library) Publish(ctx context.Context, actor desk.Actor, id faq.EntryID, a faq.Approval) (faq.Entry, error) {
	return l.Service.Publish(ctx, actor, id, l.read(ctx, id, a))
}

func (l *Library) read(ctx context.Context, id faq.EntryID, a faq.Approval) faq.Approval {
	if a.Seen != (faq.Seen{}) {
		return a
	}
	if e, err := l.Entry(ctx, Staff, id); err == nil {
		a.Seen = faq.Seen{Revision: e.Revision, Version: versionOf(e)}
	}
	return a
}

// Rewrite has one person change what a published entry says and another let it
// out.
func (l *Library) Rewrite(ctx context.Context, id faq.EntryID, edit faq.Edit) (faq.Entry, error) {
	e, err := l.Entry(ctx, Staff, id)
	if err != nil {
		return e, err
	}
	if _, err := l.Update(ctx, Staff, id, faq.Seen{Revision: e.Revision}, edit); err != nil {
		return e, err
	}
	return l.Publish(ctx, Supervisor, id, faq.Approval{})
}

// Search returns the ids of what is suggested for a message.
func (l *Library) Search(t testing.TB, message string) []faq.EntryID {
	t.Helper()
	hits, err := l.Suggest(t.Context(), Staff, message, faq.MaxHits)
	if err != nil {
		t.Fatalf("search %q: %v", message, err)
	}
	ids := make([]faq.EntryID, len(hits))
	for i, h := range hits {
		ids[i] = h.Entry.ID
	}
	return ids
}

// ImportText imports a text as a file.
func (l *Library) ImportText(ctx context.Context, actor desk.Actor, file string, o faq.ImportOptions) (faq.ImportResult, error) {
	return l.Import(ctx, actor, strings.NewReader(file), o)
}

// ExportText returns the export as text.
func (l *Library) ExportText(t testing.TB, format faq.Format) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := l.Export(t.Context(), Staff, &out, format); err != nil {
		t.Fatalf("export: %v", err)
	}
	return out.Bytes()
}
