package faq

import (
	"context"
	"fmt"
	"slices"
	"time"

	"replydesk/faq/text"
	"replydesk/inbox/desk"
)

// Service is the use cases of the library. It is safe for concurrent use.
type Service struct {
	store     Store
	index     Index
	search    *Searcher
	lex       *text.Lexicon
	rules     Rules
	files     Files
	now       func() time.Time
	importing chan struct{} // holds one token: imports run one after another
}

// Deps is what a Service needs.
type Deps struct {
	Store   Store
	Index   Index
	Lexicon *text.Lexicon
	Model   *Model  // the weights of search
	Meaning Meaning // nil: search goes by words alone
	Rules   Rules
	Files   Files            // the bytes of entries' files
	Now     func() time.Time // nil: time.Now
}

// Rules are what an office decides about its library.
type Rules struct {
	// OwnApproval lets who wrote a text approve it, for an office of one.
	OwnApproval bool
	// RemindDays are how many days before an entry's last day its department is
	// reminded.
	RemindDays []int
}

// NewService returns the library's use cases.
func NewService(d Deps) *Service {
	if d.Now == nil {
		d.Now = time.Now
	}
	return &Service{
		store: d.Store, index: d.Index, lex: d.Lexicon, rules: d.Rules, files: d.Files, now: d.Now,
		search:    NewSearcher(SearchParts{Lexicon: d.Lexicon, Model: d.Model, Index: d.Index, Entries: d.Store, Meaning: d.Meaning, Now: d.Now}),
		importing: make(chan struct{}, 1),
	}
}

// Searcher returns the search that the service uses, for the bot.
func (s *Service) Searcher() *Searcher { return s.search }

// shows reports whether the actor may see what stands in the library in that
// state: drafts and what was retired are for who may edit it.
func shows(actor desk.Actor, state State) bool {
	return actor.Can(desk.EditLibrary) || state == Published
}

// Entry returns one entry, for who may edit it with its open proposal. Needs
// ReadLibrary; one the actor may not see is NotFound.
func (s *Service) Entry(ctx context.Context, actor desk.Actor, id EntryID) (Entry, error) {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return Entry{}, err
	}
	e, err := s.store.Entry(ctx, id)
	if err == nil && !shows(actor, e.State) {
		return Entry{}, desk.Errorf(desk.NotFound, "没有这个条目")
	}
	if err != nil {
		return Entry{}, err
	}
	one := []Entry{e}
	err = s.withProposals(ctx, actor, one)
	return one[0], err
}

// withProposals puts the open proposals beside the entries, for who may edit.
func (s *Service) withProposals(ctx context.Context, actor desk.Actor, entries []Entry) error {
	if !actor.Can(desk.EditLibrary) || len(entries) == 0 {
		return nil
	}
	ids := make([]EntryID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	open, err := s.store.Proposals(ctx, ids)
	if err != nil {
		return err
	}
	for i := range entries {
		if at := slices.IndexFunc(open, func(p Proposal) bool { return p.EntryID == entries[i].ID }); at >= 0 {
			entries[i].Proposal = &open[at]
		}
	}
	return nil
}

// Current reports whether the entry may be given as an answer today.
func (s *Service) Current(e Entry) bool { return e.Current(DayOf(s.now())) }

// MaxRevisions is the most revisions Revisions returns.
const MaxRevisions = 200

// Revisions returns what an entry said, newest first, as far as the actor may
// see it. Needs ReadLibrary.
func (s *Service) Revisions(ctx context.Context, actor desk.Actor, id EntryID) ([]Revision, error) {
	if _, err := s.Entry(ctx, actor, id); err != nil {
		return nil, err
	}
	all, err := s.store.Revisions(ctx, id, MaxRevisions)
	return slices.DeleteFunc(all, func(r Revision) bool { return !shows(actor, r.State) }), err
}

// Facets returns the categories and departments in use among what the actor
// may see, and the desk's departments, sorted. Needs ReadLibrary.
func (s *Service) Facets(ctx context.Context, actor desk.Actor) (Facets, error) {
	if err := actor.Require(desk.ReadLibrary); err != nil {
		return Facets{}, err
	}
	var state State
	if !actor.Can(desk.EditLibrary) {
		state = Published
	}
	f, err := s.store.Facets(ctx, state)
	if err != nil {
		return Facets{}, err
	}
	f.Answering = slices.Clone(f.Departments)
	if state != Published {
		published, err := s.store.Facets(ctx, Published)
		if err != nil {
			return Facets{}, err
		}
		f.Answering = published.Departments
	}
	slices.Sort(f.Answering)
	slices.Sort(f.Categories)
	slices.Sort(f.Departments)
	slices.Sort(f.DeskDepartments)
	return f, nil
}

// Create adds a draft. Needs EditLibrary. A code in use is a Conflict with
// reason code_taken; an empty code is made up.
func (s *Service) Create(ctx context.Context, actor desk.Actor, c Content) (Entry, error) {
	if err := actor.Require(desk.EditLibrary); err != nil {
		return Entry{}, err
	}
	c = c.Clean(s.lex.Key)
	if err := c.Validate(); err != nil {
		return Entry{}, err
	}
	var e Entry
	err := s.store.Atomic(ctx, func(tx Tx) (err error) {
		e, err = s.insert(ctx, tx, actor, c, Draft)
		if err != nil {
			return err
		}
		return follow(ctx, tx, e)
	})
	return e, err
}

// CountUse counts one reply sent from an entry. An entry that is not there is
// a NotFound error.
func (s *Service) CountUse(ctx context.Context, id EntryID) error {
	return s.store.AddUse(ctx, id)
}

// insert adds an entry in a transaction; what must follow is left to the caller.
func (s *Service) insert(ctx context.Context, tx Tx, actor desk.Actor, c Content, state State) (Entry, error) {
	var err error
	if c.Code == "" {
		if c.Code, err = newCode(ctx, tx); err != nil {
			return Entry{}, err
		}
	} else if err := codeFree(ctx, tx, c.Code); err != nil {
		return Entry{}, err
	}
	now := s.moment()
	e := Entry{Content: c, State: state, Revision: 1, QuestionKey: s.questionKey(c.Question), CreatedAt: now, UpdatedAt: now, UpdatedBy: actor.UserID}
	if state != Published {
		e.Authors = with(nil, actor.UserID)
	}
	if e.ID, err = tx.Insert(ctx, e); err != nil {
		return Entry{}, err
	}
	return e, record(ctx, tx, e, "", writer{author: actor.UserID})
}

// writer is who wrote a revision and who approved it, 0 for nobody.
type writer struct{ author, reviewer int64 }

// change writes e, which was in that state, as its next revision; what must
// follow is left to the caller.
func (s *Service) change(ctx context.Context, tx Tx, actor desk.Actor, was State, e Entry, by writer) (Entry, error) {
	e.Revision++
	e.QuestionKey = s.questionKey(e.Question)
	e.UpdatedAt, e.UpdatedBy = s.moment(), actor.UserID
	if err := tx.Update(ctx, e); err != nil {
		return Entry{}, err
	}
	return e, record(ctx, tx, e, was, by)
}

// record keeps the revision and says that it happened.
func record(ctx context.Context, tx Tx, e Entry, was State, by writer) error {
	err := tx.AddRevision(ctx, Revision{
		EntryID: e.ID, Revision: e.Revision, Content: e.Content, State: e.State,
		AuthorID: by.author, ReviewerID: by.reviewer, CreatedAt: e.UpdatedAt,
	})
	if err != nil {
		return err
	}
	return tx.Record(ctx, changed(e, was))
}

// follow has the index brought up to date after one change.
func follow(ctx context.Context, tx Tx, e Entry) error {
	return tx.Enqueue(ctx, desk.Task{Kind: TaskIndex, Key: e.ID.String()})
}

// ErrChanged is what a change based on an old text gets.
func ErrChanged() error {
	return desk.Errorf(desk.Conflict, "条目已被他人修改，请刷新后重试").WithReason("entry_changed")
}

// codeTaken is the reason of a Conflict about a code.
const codeTaken = "code_taken"

func codeFree(ctx context.Context, tx Tx, code string) error {
	taken, err := tx.CodeTaken(ctx, code)
	if err != nil || !taken {
		return err
	}
	return &desk.Error{Code: desk.Conflict, Reason: codeTaken, Message: "编号 " + code + " 已被使用",
		Fields: []desk.Field{{Name: "code", Message: "已被使用"}}}
}

// newCode makes up a code from the next id; codes of that form that came in by
// hand are stepped over.
func newCode(ctx context.Context, tx Tx) (string, error) {
	last, err := tx.LastID(ctx)
	if err != nil {
		return "", err
	}
	for n := last + 1; n < last+1000; n++ {
		code := fmt.Sprintf("K%06d", n)
		if taken, err := tx.CodeTaken(ctx, code); err != nil || !taken {
			return code, err
		}
	}
	return "", desk.Errorf(desk.Conflict, "请填写编号：自动编号 K%06d 起均已被使用", last+1).WithReason(codeTaken)
}

// moment is the present as a store keeps it.
func (s *Service) moment() time.Time { return s.now().UTC().Truncate(time.Millisecond) }
