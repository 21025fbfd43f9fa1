// Package gap keeps what people ask and the library does not answer well:
// questions the bot was unsure about, suggestions staff changed or passed over,
// answers citizens found unhelpful. Questions alike are one gap, with a count
// and examples, until an entry closes it. Likeness is that of characters and
// neighbouring pairs; no model is needed.
package gap

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"replydesk/faq"
	"replydesk/faq/text"
	"replydesk/inbox/desk"
)

// ID is the number of a gap.
type ID int64

// Source is how a question became known.
type Source string

// Sources.
const (
	Unanswered Source = "unanswered"  // nothing in the library was likely enough
	Offered    Source = "offered"     // the bot was not sure and gave a menu, from which the citizen has chosen nothing
	PassedOver Source = "passed_over" // staff answered in their own words beside a sure suggestion
	Edited     Source = "edited"      // staff changed the entry's answer, or a model's draft, before they sent it
	Rejected   Source = "rejected"    // a person rejected a model's draft
	Unhelpful  Source = "unhelpful"   // the citizen said so of the bot's answer
)

// State is what has become of a gap.
type State string

// States. Drafted and Closed follow from the entry that was made or named for it:
// Closed while that is published.
const (
	Open    State = "open"
	Drafted State = "drafted"
	Closed  State = "closed"
	Ignored State = "ignored"
)

// Valid reports whether s is one of the four states.
func (s State) Valid() bool { return slices.Contains([]State{Open, Drafted, Closed, Ignored}, s) }

// Asked is one question, as it was asked once.
type Asked struct {
	Question  string
	Source    Source
	TicketID  int64
	MessageID int64       // with Source what makes it unique
	EntryID   faq.EntryID // the entry that did not do; 0 for none
	At        time.Time
}

// Gap is a group of questions alike.
type Gap struct {
	ID       ID
	Question string // the first of the group, personal data masked
	State    State
	Reason   string // why it is ignored
	EntryID  faq.EntryID
	Entry    string // its question
	Count    int
	Since    int // asked since the entry was named for it
	Sources  map[Source]int
	FirstAt  time.Time
	LastAt   time.Time
}

// Example is one question of a gap.
type Example struct {
	Question string
	Source   Source
	TicketID int64
	EntryID  faq.EntryID
	At       time.Time
}

// Filter selects gaps; the zero value selects those that are open.
type Filter struct {
	State  State
	Source Source
	Limit  int
	Cursor string // of the page before
}

// Rows is a Filter as a Store takes it: most asked first.
type Rows struct {
	State  State
	Source Source
	Skip   int
	Limit  int
}

// Tx changes gaps; everything in it becomes true together.
type Tx interface {
	// Sources are those by which the question of this message is known.
	Sources(ctx context.Context, message int64) ([]Source, error)
	// Forget takes the question of this message and source back; a gap that has
	// no other question, and of which nobody decided anything, goes with it.
	Forget(ctx context.Context, message int64, source Source) error
	// Near returns gaps that are not ignored and share the most of the terms,
	// at most limit.
	Near(ctx context.Context, terms []string, limit int) ([]Gap, error)
	// Add makes a gap of the question, found by the terms, and returns its id.
	Add(ctx context.Context, question string, terms []string, at time.Time) (ID, error)
	// Count adds the question to a gap.
	Count(ctx context.Context, id ID, a Asked) error
	// Set stores the state (Open or Ignored), reason and entry of a gap; NotFound
	// when there is none.
	Set(ctx context.Context, id ID, state State, reason string, entry faq.EntryID, at time.Time) error
	SaveCursor(ctx context.Context, c Cursor) error
}

// Cursor is how far the desk's own records have been read for questions.
type Cursor struct {
	Response int64 // of the bot
	Event    int64
}

// Store keeps gaps and knows where questions come from.
type Store interface {
	Atomic(ctx context.Context, fn func(tx Tx) error) error
	Gaps(ctx context.Context, r Rows) ([]Gap, error)
	// Gap returns one gap and its newest examples, at most limit; NotFound when
	// there is none.
	Gap(ctx context.Context, id ID, limit int) (Gap, []Example, error)
	Cursor(ctx context.Context) (Cursor, error)
	// Fresh returns questions recorded after the cursor, oldest first, the cursor
	// behind them (the same when there is nothing more), and how far of it may be
	// kept: not past what was recorded since, because a record may be numbered
	// before, and seen after, a later one.
	Fresh(ctx context.Context, after Cursor, since time.Time) (found []Found, next, settled Cursor, err error)
}

// Found is a question as the desk recorded it.
type Found struct {
	Asked
	Own   bool // staff answered in their own words: whether the library knew better has to be asked
	Taken bool // the citizen has got the answer by a line of the menu: it is Offered no more
}

// Library is what gaps need of the library; *faq.Service is one.
type Library interface {
	Create(ctx context.Context, actor desk.Actor, c faq.Content) (faq.Entry, error)
	Entry(ctx context.Context, actor desk.Actor, id faq.EntryID) (faq.Entry, error)
}

// Search finds standard answers; *faq.Searcher is one.
type Search interface {
	Search(ctx context.Context, message string, limit int) ([]faq.Hit, error)
}

// Deps is what a Service needs.
type Deps struct {
	Store   Store
	Library Library
	Search  Search
	Lexicon *text.Lexicon
	Mask    func(string) string // takes personal data out of a question
	Bare    func(string) bool   // reports that a message names no matter to look up: 人工, 有帮助, a number
	Sure    float64             // the confidence from which a suggestion is one staff should have taken
	Now     func() time.Time
}

// Service has the use cases of gaps. It is safe for concurrent use.
type Service struct{ d Deps }

// NewService returns a Service.
func NewService(d Deps) *Service { return &Service{d} }

// Bounds of a question that is kept, in characters, and of a page.
const (
	minUnits      = 3
	maxQuestion   = 120
	maxTerms      = 40
	maxNear       = 20
	maxExamples   = 50
	maxReason     = 200
	batchesAtOnce = 50
	settleFor     = 30 * time.Second // longer than a record of the bot takes to be committed
)

// Collect reads what the desk recorded since the last time and counts it. Each
// question counts once, however often this runs and whenever it is killed.
func (s *Service) Collect(ctx context.Context) error {
	read, err := s.d.Store.Cursor(ctx)
	if err != nil {
		return err
	}
	kept := read
	for range batchesAtOnce { // the rest waits for the next pass
		found, next, settled, err := s.d.Store.Fresh(ctx, read, s.d.Now().Add(-settleFor))
		if err != nil || next == read {
			return err
		}
		kept.Event = settled.Event
		if kept.Response == read.Response {
			kept.Response = settled.Response
		}
		if err := s.take(ctx, found, kept); err != nil {
			return err
		}
		read = next
	}
	return nil
}

// take counts what tells of a gap, and keeps the cursor.
func (s *Service) take(ctx context.Context, found []Found, kept Cursor) error {
	told := make([]Found, 0, len(found))
	for _, f := range found {
		a, keep, err := s.judge(ctx, f)
		if err != nil {
			return err
		}
		if keep {
			told = append(told, Found{Asked: a, Taken: f.Taken})
		}
	}
	return s.d.Store.Atomic(ctx, func(tx Tx) error {
		for _, f := range told {
			err := error(nil)
			if f.Taken {
				err = tx.Forget(ctx, f.MessageID, Offered)
			} else {
				err = s.note(ctx, tx, f.Asked)
			}
			if err != nil {
				return err
			}
		}
		return tx.SaveCursor(ctx, kept)
	})
}

// judge masks a question and says whether it tells of a gap.
func (s *Service) judge(ctx context.Context, f Found) (Asked, bool, error) {
	a := f.Asked
	if f.Taken {
		return a, true, nil
	}
	if s.d.Bare(a.Question) {
		return a, false, nil
	}
	a.Question = clip(s.d.Mask(strings.Join(strings.Fields(a.Question), " ")))
	if len(s.units(a.Question)) < minUnits {
		return a, false, nil
	}
	if !f.Own {
		return a, true, nil
	}
	hits, err := s.d.Search.Search(ctx, a.Question, 1)
	if err != nil {
		return a, false, err
	}
	if a.Source = Unanswered; len(hits) > 0 && hits[0].Confidence >= s.d.Sure {
		a.Source, a.EntryID = PassedOver, hits[0].Entry.ID
	}
	return a, true, nil
}

func clip(s string) string {
	if utf8.RuneCountInString(s) <= maxQuestion {
		return s
	}
	return string([]rune(s)[:maxQuestion]) + "…"
}

// note counts a question where it belongs. That a menu was offered says least of
// it: what becomes known later takes its place.
func (s *Service) note(ctx context.Context, tx Tx, a Asked) error {
	known, err := tx.Sources(ctx, a.MessageID)
	if err != nil || slices.Contains(known, a.Source) || a.Source == Offered && len(known) > 0 {
		return err
	}
	if slices.Contains(known, Offered) {
		if err := tx.Forget(ctx, a.MessageID, Offered); err != nil {
			return err
		}
	}
	mine := s.content(a.Question)
	terms := telling(mine.units)
	near, err := tx.Near(ctx, terms, maxNear)
	if err != nil {
		return err
	}
	best, id := alikeFrom, ID(0)
	for _, g := range near {
		theirs := s.content(g.Question)
		if score := alike(mine.units, theirs.units); score >= best && !s.apart(mine, theirs) {
			best, id = score, g.ID
		}
	}
	if id == 0 {
		if id, err = tx.Add(ctx, a.Question, terms, a.At); err != nil {
			return err
		}
	}
	return tx.Count(ctx, id, a)
}

// Gaps lists gaps, most asked first. Needs EditLibrary.
func (s *Service) Gaps(ctx context.Context, actor desk.Actor, f Filter) (desk.Page[Gap], error) {
	if err := actor.Require(desk.EditLibrary); err != nil {
		return desk.Page[Gap]{}, err
	}
	if f.State == "" {
		f.State = Open
	}
	if !f.State.Valid() {
		return desk.Page[Gap]{}, desk.InvalidField("state", "没有这种状态")
	}
	rows := Rows{State: f.State, Source: f.Source, Limit: desk.PageLimit(f.Limit) + 1}
	if f.Cursor != "" {
		skip, err := strconv.Atoi(f.Cursor)
		if err != nil || skip < 0 {
			return desk.Page[Gap]{}, desk.InvalidField("cursor", "不是有效的翻页标记")
		}
		rows.Skip = skip
	}
	gaps, err := s.d.Store.Gaps(ctx, rows)
	page := desk.Page[Gap]{Items: gaps}
	if err == nil && len(gaps) == rows.Limit {
		page.Items = gaps[:rows.Limit-1]
		page.Next = strconv.Itoa(rows.Skip + rows.Limit - 1)
	}
	return page, err
}

// Gap returns a gap with its newest examples. Needs EditLibrary.
func (s *Service) Gap(ctx context.Context, actor desk.Actor, id ID) (Gap, []Example, error) {
	if err := actor.Require(desk.EditLibrary); err != nil {
		return Gap{}, nil, err
	}
	return s.d.Store.Gap(ctx, id, maxExamples)
}

// Ignore takes a gap off the list for a reason; what is asked again in its
// words makes a new one. Needs EditLibrary.
func (s *Service) Ignore(ctx context.Context, actor desk.Actor, id ID, reason string) error {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > maxReason {
		return desk.InvalidField("reason", "请填写原因，最多 %d 字", maxReason)
	}
	return s.set(ctx, actor, id, Ignored, reason, 0)
}

// Reopen puts a gap back on the list, without its entry. Needs EditLibrary.
func (s *Service) Reopen(ctx context.Context, actor desk.Actor, id ID) error {
	return s.set(ctx, actor, id, Open, "", 0)
}

// Link names the entry that answers a gap. Needs EditLibrary; an entry that is
// not there is Invalid.
func (s *Service) Link(ctx context.Context, actor desk.Actor, id ID, entry faq.EntryID) error {
	if err := actor.Require(desk.EditLibrary); err != nil {
		return err
	}
	if _, err := s.d.Library.Entry(ctx, actor, entry); err != nil {
		if desk.CodeOf(err) == desk.NotFound {
			return desk.InvalidField("entry_id", "没有这个条目")
		}
		return err
	}
	return s.set(ctx, actor, id, Open, "", entry)
}

func (s *Service) set(ctx context.Context, actor desk.Actor, id ID, state State, reason string, entry faq.EntryID) error {
	if err := actor.Require(desk.EditLibrary); err != nil {
		return err
	}
	return s.d.Store.Atomic(ctx, func(tx Tx) error {
		return tx.Set(ctx, id, state, reason, entry, s.d.Now().UTC().Truncate(time.Millisecond))
	})
}

// maxSimilar is how many other wordings a drafted entry begins with.
const maxSimilar = 5

// Draft makes an entry from a gap: its question, other wordings from the
// examples, and an answer, which an editor goes on with. The gap is Drafted from
// then on. Needs EditLibrary; Conflict "gap_drafted" when it has an entry.
func (s *Service) Draft(ctx context.Context, actor desk.Actor, id ID, answer string) (faq.Entry, error) {
	gap, examples, err := s.Gap(ctx, actor, id)
	if err != nil {
		return faq.Entry{}, err
	}
	if gap.EntryID != 0 {
		return faq.Entry{}, desk.Errorf(desk.Conflict, "这个问题已有条目").WithReason("gap_drafted")
	}
	content := faq.Content{Question: gap.Question, Answer: answer}
	seen := map[string]bool{s.d.Lexicon.Key(gap.Question): true}
	for _, e := range examples {
		key := s.d.Lexicon.Key(e.Question)
		if len(content.Similar) < maxSimilar && key != "" && !seen[key] && !strings.Contains(e.Question, "〔") {
			seen[key] = true
			content.Similar = append(content.Similar, e.Question)
		}
	}
	entry, err := s.d.Library.Create(ctx, actor, content)
	if err != nil {
		return faq.Entry{}, err
	}
	return entry, s.set(ctx, actor, id, Open, "", entry.ID)
}
