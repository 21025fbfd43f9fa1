package inbox

import (
	"context"
	"slices"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// EscalationView is one of the lists of escalations.
type EscalationView string

// Views. The first four are what a department reads of its own, and what is all
// there is; the others are the desk's, by who has the next step.
const (
	EscalationsTodo    EscalationView = "todo"    // the department's turn
	EscalationsPending EscalationView = "pending" // no answer yet
	EscalationsDone    EscalationView = "done"    // answered or over
	EscalationsAll     EscalationView = "all"

	EscalationsDesk     EscalationView = "desk" // as AtDesk
	EscalationsUnsigned EscalationView = "unsigned"
	EscalationsWorking  EscalationView = "working"
	EscalationsOpen     EscalationView = "open" // not over
	EscalationsOver     EscalationView = "over"
)

// Bounds of lists of escalations.
const (
	// MaxEscalationCount is where counting ends: one more means "and more".
	MaxEscalationCount = 99
	// MaxEscalationsOut is the most escalations of one file.
	MaxEscalationsOut = 10_000
	// MaxUrged is the most escalations that are urged at once.
	MaxUrged = 500

	maxListWords = 100
	maxDueWithin = 366 * 24 * time.Hour
)

// EscalationFilter chooses escalations; zero fields do not narrow. Actor always
// does.
type EscalationFilter struct {
	Actor        desk.Actor
	View         EscalationView
	DepartmentID int64         // and those below it
	Overdue      bool          // the department's deadline has passed
	DueWithin    time.Duration // it passes from now until then
	Supervised   bool
	Mine         bool   // dispatched by the actor, or of a ticket the actor has
	Words        string // all of them in number, subject, remark or answer
	Now          time.Time
	Limit        int
	Cursor       string
}

// EscalationCounts are how many escalations there are under a filter, each at
// most MaxEscalationCount and one more.
type EscalationCounts struct{ Desk, Unsigned, Working, Overdue int }

type escalationLists interface {
	// EscalationRows are one page of those the filter chooses and its actor may
	// see: what is open by QueueAt, what is over the last to end first, lists of
	// both newest first.
	EscalationRows(ctx context.Context, f EscalationFilter) (desk.Page[EscalationRow], error)
	// EscalationCounts counts under the filter, whose View is not looked at.
	EscalationCounts(ctx context.Context, f EscalationFilter) (EscalationCounts, error)
}

// ready checks a filter and completes it.
func (s *Service) ready(f *EscalationFilter, p desk.Permission) error {
	if err := f.Actor.Require(p); err != nil {
		return err
	}
	var err error
	if f.Words, err = text("q", f.Words, 0, maxListWords); err != nil {
		return err
	}
	if f.DueWithin < 0 || f.DueWithin > maxDueWithin {
		return desk.InvalidField("due_within", "须在一年以内")
	}
	f.Limit, f.Now = desk.PageLimit(f.Limit), s.time()
	return nil
}

// Escalations are one page of the escalations the actor may see; of a liaison
// those of the own department. What must happen first comes first.
func (s *Service) Escalations(ctx context.Context, f EscalationFilter) (desk.Page[EscalationRow], error) {
	if err := s.ready(&f, desk.ReadTickets); err != nil {
		return desk.Page[EscalationRow]{}, err
	}
	return s.store.EscalationRows(ctx, f)
}

// EscalationCounts tells who works at the desk how many escalations a filter
// finds, by who has the next step.
func (s *Service) EscalationCounts(ctx context.Context, f EscalationFilter) (EscalationCounts, error) {
	if err := s.ready(&f, desk.WorkTickets); err != nil {
		return EscalationCounts{}, err
	}
	return s.store.EscalationCounts(ctx, f)
}

// EscalationsOut are all escalations under a filter, for a file; more than
// MaxEscalationsOut are Invalid.
func (s *Service) EscalationsOut(ctx context.Context, f EscalationFilter) ([]EscalationRow, error) {
	f.Limit, f.Cursor = desk.MaxPage, ""
	if err := s.ready(&f, desk.WorkTickets); err != nil {
		return nil, err
	}
	var all []EscalationRow
	for {
		page, err := s.store.EscalationRows(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		switch f.Cursor = page.Next; {
		case len(all) > MaxEscalationsOut:
			return nil, desk.Errorf(desk.Invalid, "超过 %d 条，请缩小范围后再导出", MaxEscalationsOut).WithReason("too_many")
		case f.Cursor == "":
			return all, nil
		}
	}
}

// EscalationOutcome is what became of one escalation: done, or why nothing was
// done with it.
type EscalationOutcome struct {
	ID  EscalationID
	Err error
}

// UrgeMany reminds the departments of several escalations, each by the rules of
// UrgeEscalation and in its own transaction, in the order they are named. None,
// more than MaxUrged or one twice is Invalid. When ctx ends, those left over are
// refused as Unavailable.
func (s *Service) UrgeMany(ctx context.Context, actor desk.Actor, ids []EscalationID, remark string) ([]EscalationOutcome, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	remark, err := text("text", remark, 0, maxReasonRunes)
	if err != nil {
		return nil, err
	}
	sorted := slices.Sorted(slices.Values(ids))
	switch {
	case len(ids) == 0:
		return nil, desk.InvalidField("ids", "请先选择转办")
	case len(ids) > MaxUrged:
		return nil, desk.InvalidField("ids", "一次最多 %d 件", MaxUrged)
	case len(slices.Compact(sorted)) < len(ids):
		return nil, desk.InvalidField("ids", "有转办重复")
	}
	out := make([]EscalationOutcome, len(ids))
	for i, one := range ids {
		out[i].ID = one
		if ctx.Err() != nil {
			out[i].Err = desk.Errorf(desk.Unavailable, "请求已中断，此件未处理")
			continue
		}
		out[i].Err = s.UrgeEscalation(ctx, actor, one, remark)
	}
	return out, nil
}

// SearchWords are the words of the filter, at most five.
func (f EscalationFilter) SearchWords() []string {
	words := strings.Fields(f.Words)
	return words[:min(len(words), 5)]
}
