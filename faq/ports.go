package faq

import (
	"context"
	"time"

	"replydesk/inbox/desk"
)

// Reader reads entries. An entry that is not there is a NotFound error.
type Reader interface {
	Entry(ctx context.Context, id EntryID) (Entry, error)
	// EntriesByID returns those of the ids that exist, in any order; at most
	// 500 ids.
	EntriesByID(ctx context.Context, ids []EntryID) ([]Entry, error)
	// Current returns those of the ids that are current on that day, in any
	// order; at most 500 ids. It is what Search shows, so it must be read from
	// committed data at the time of the call.
	Current(ctx context.Context, ids []EntryID, today Day) ([]Entry, error)
	// Entries returns a part of the list, newest entry first; with words those
	// that have them all in the question or the code before those that have them
	// elsewhere.
	Entries(ctx context.Context, f Rows) ([]Entry, error)
	// EntriesFrom returns entries with an id above after, oldest first.
	EntriesFrom(ctx context.Context, after EntryID, limit int) ([]Entry, error)
	// Facets returns the categories and departments in use among entries in a
	// state ("": any), in any order, without the empty one, and leaves Answering.
	Facets(ctx context.Context, state State) (Facets, error)
	// Revisions returns an entry's revisions, newest first, at most limit.
	Revisions(ctx context.Context, id EntryID, limit int) ([]Revision, error)
	// Revision returns one; one that is not there is NotFound.
	Revision(ctx context.Context, id EntryID, revision int64) (Revision, error)
	// Proposals returns those of the entries that are open, in any order; at
	// most 500 ids.
	Proposals(ctx context.Context, ids []EntryID) ([]Proposal, error)
	// Counts counts what waits for an editor; soon is the last day of what is
	// expiring.
	Counts(ctx context.Context, today, soon Day) (Counts, error)
	// Ending returns published entries whose last day is one from first to last,
	// with an id above after, oldest first.
	Ending(ctx context.Context, first, last Day, after EntryID, limit int) ([]Entry, error)
	// Files returns the files of an entry, oldest first.
	Files(ctx context.Context, id EntryID) ([]File, error)
	// File returns one file; one that is not there is NotFound.
	File(ctx context.Context, id FileID) (File, error)
	// Keys returns what tells each entry from the others, in any order.
	Keys(ctx context.Context) ([]Key, error)
}

// Rows selects entries for a list. Zero fields select nothing away.
type Rows struct {
	State      State
	Category   string
	Department string
	Below      EntryID       // only entries with a lower id; 0: all
	Proposal   ProposalState // only entries with an open proposal in this state
	EndsFrom   Day           // with EndsTo: only published entries whose last day is one of these
	EndsTo     Day
	Words      []string // each stands somewhere in the entry, in upper or lower case
	Skip       int      // leave out so many from the beginning
	Limit      int
}

// Key is what tells an entry from others: to an import, and among those that
// are in force.
type Key struct {
	ID          EntryID
	Code        string
	Question    string
	QuestionKey string
	State       State
	Department  string
	ValidFrom   Day
	ValidTo     Day
}

// Counts is what waits for an editor, by what it waits for.
type Counts struct {
	InReview  int
	Rejected  int
	Scheduled int
	Expiring  int
}

// Facets is what the library can be filtered by.
type Facets struct {
	Categories      []string
	Departments     []string
	DeskDepartments []string // the desk's own; an entry of another department gets no reminder
	Answering       []string // departments of published entries
}

// Tx changes entries; everything in it becomes true together.
type Tx interface {
	Entry(ctx context.Context, id EntryID) (Entry, error)
	// DepartmentKnown reports whether a department of the desk, or a published
	// entry, bears the name; of a desk without departments any is known.
	DepartmentKnown(ctx context.Context, name string) (bool, error)
	// CodeTaken reports whether an entry has the code.
	CodeTaken(ctx context.Context, code string) (bool, error)
	// SameQuestion returns the published entries with the question key but for
	// one, oldest first. Until the transaction ends no other one gets past this
	// call, so that of two that publish the second sees the first.
	SameQuestion(ctx context.Context, key string, except EntryID) ([]Entry, error)
	// SetQuestionKeys writes the question keys of entries that still ask what
	// the key was made of, and nothing else.
	SetQuestionKeys(ctx context.Context, keys []Key) error
	// LastID returns the highest id given so far, 0 for none.
	LastID(ctx context.Context) (EntryID, error)
	// Insert adds e as its revision says and returns its id. A code in use is
	// a Conflict.
	Insert(ctx context.Context, e Entry) (EntryID, error)
	// Update writes e over the revision before; it is a Conflict with reason
	// entry_changed when the stored revision is not e.Revision-1.
	Update(ctx context.Context, e Entry) error
	// AddRevision keeps what an entry says now.
	AddRevision(ctx context.Context, r Revision) error
	// Revision returns one; one that is not there is NotFound.
	Revision(ctx context.Context, id EntryID, revision int64) (Revision, error)
	// Proposal returns the entry's proposal, the zero Proposal when it never
	// had one.
	Proposal(ctx context.Context, id EntryID) (Proposal, error)
	// SaveProposal writes the entry's proposal over the one before.
	SaveProposal(ctx context.Context, p Proposal) error
	// AddFile adds a file and returns its id; beyond so many of the entry it is
	// ErrManyFiles.
	AddFile(ctx context.Context, f File, most int) (FileID, error)
	// RemoveFile takes a file away and returns its path; one that is not there
	// is NotFound.
	RemoveFile(ctx context.Context, id FileID) (path string, err error)
	// Remind notes that a reminder of an entry's last day went out and reports
	// whether it is the first for that day and that many days before.
	Remind(ctx context.Context, id EntryID, last Day, days int, at time.Time) (bool, error)
	Enqueue(ctx context.Context, t desk.Task) error
	Record(ctx context.Context, ev ...desk.Event) error
}

// Store keeps the library.
type Store interface {
	Reader
	// Atomic runs fn in one transaction; fn may run again when the store asks
	// for it, so it must have no effect outside tx.
	Atomic(ctx context.Context, fn func(tx Tx) error) error
	// AddUse counts one reply sent from the entry.
	AddUse(ctx context.Context, id EntryID) error
}

// Index finds entries by their words. It is derived from the Store and may lag
// behind it: it only proposes, Search decides by what the Store says.
type Index interface {
	// Candidates proposes published entries for a question.
	Candidates(ctx context.Context, q Question) (Candidates, error)
	// Known says of each pair of neighbours (text.Pair) whether the wording or the
	// answer of a published entry has it.
	Known(ctx context.Context, pairs []string) ([]bool, error)
	// Find returns entries of any state for a library editor's words or code,
	// best first.
	Find(ctx context.Context, text string, limit int) ([]EntryID, error)
}

// Embedder turns texts into vectors: texts that mean the same lie close. It is
// optional; without one the library is searched by words alone.
type Embedder interface {
	// Name is the model's: vectors of different models do not compare.
	Name() string
	// Embed returns one vector for each text, all of one length.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// Vector is what an entry means, as bytes, for one of its revisions.
type Vector struct {
	EntryID  EntryID
	Revision int64
	MadeAt   time.Time // to the millisecond
	Bytes    []byte
}

// VectorStore keeps one vector of each entry with the name of its model.
type VectorStore interface {
	// Vectors returns vectors of a model made after a time, or at that time and
	// of an entry with a higher id, in that order.
	Vectors(ctx context.Context, model string, after time.Time, id EntryID, limit int) ([]Vector, error)
	// WithoutVector returns published entries whose present revision has no
	// vector of the model, oldest first.
	WithoutVector(ctx context.Context, model string, limit int) ([]Entry, error)
	// SaveVectors puts vectors of a model in the place of those before.
	SaveVectors(ctx context.Context, model string, vectors []Vector) error
}

// Meaning finds entries by what they mean; package faq/semantic is one.
type Meaning interface {
	// Nearest returns entries closest to the message in meaning, the closest
	// first. It takes no longer than its own deadline; ok is false when it has
	// nothing to say, and the search goes by words alone.
	Nearest(ctx context.Context, message string, limit int) (ids []EntryID, ok bool)
}

// Version is the newest revision of an entry.
type Version struct {
	ID       EntryID
	Revision int64
}

// TaskIndex is the kind of the task that follows every change: bring the index
// up to date. Its key is the entry's id, or TaskAll after an import.
const (
	TaskIndex = "faq.index"
	TaskAll   = "all"
	// TaskEmbed is the kind of the task that makes the vectors that are missing.
	TaskEmbed = "faq.embed"
)
