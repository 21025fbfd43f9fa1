package bot

import (
	"context"
	"slices"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// Reports tells over days of the desk how the bot fared and how the entries were
// used. It is safe for concurrent use.
type Reports struct {
	Store ReportStore
	Zone  *time.Location // where the desk's days begin
	Now   func() time.Time
}

// ReportStore counts what was decided, said and voted. It only reads.
type ReportStore interface {
	// Tallies hands over what the bot decided, in any order.
	Tallies(ctx context.Context, s Scope, take func(Tally)) error
	// Titles returns the names of accounts and the questions of entries, at most
	// 500 of each. What is not there has none.
	Titles(ctx context.Context, accounts []int64, entries []faq.EntryID) (map[int64]string, map[faq.EntryID]string, error)
	// Uses returns how the entries were used; one that was not has no row. At
	// most 500 ids.
	Uses(ctx context.Context, s Scope, ids []faq.EntryID) ([]Uses, error)
	TopicStore
}

// Scope is what a report counts: the time from From until before To, on some
// accounts. The zero From is the beginning.
type Scope struct {
	From, To    time.Time
	Zone        *time.Location
	AllAccounts bool
	AccountIDs  []int64 // unless AllAccounts
}

// Fate is what became of an answer.
type Fate string

// Fates; what is no answer has none.
const (
	Given            Fate = "given" // nobody said anything against it
	VotedHelpful     Fate = "helpful"
	VotedUnhelpful   Fate = "unhelpful"
	CorrectedByStaff Fate = "corrected"
	Undelivered      Fate = "undelivered"
)

// Tally is how often the bot decided the same on one account and day.
type Tally struct {
	AccountID int64
	Day       faq.Day
	Action    Action
	Reason    Reason
	EntryID   faq.EntryID
	Fate      Fate
	N         int
}

// Counts are what the bot did. They count by the time of the bot's decision:
// a vote or a correction that came later belongs to the day of its answer.
//
//   - Asked: what citizens wrote or clicked and the bot looked at; the number of a
//     menu, a vote, thanks and small talk are no questions, whether they were
//     answered or not.
//   - Answered: standard answers given, Sure of them at once, Chosen from a menu,
//     Clicked in the account's menu. Undelivered ones, which the platform did not
//     take or which were withdrawn before they left, are not among them.
//   - HandedOver: to a person, a click on a menu item whose entry may not be given
//     among them: the citizen is told how to reach one.
//   - Silent: left to a person, who is at it or is told of it: each is among the
//     reasons, as is each that was handed over.
//   - Helpful, Unhelpful: the citizen's vote on an answer.
//   - Corrected: answers without a vote where the next answer in the same ticket is
//     one a person sent. When the bot answered again first, that later answer is
//     the one corrected.
//
// An answer is right unless it is Unhelpful or Corrected.
type Counts struct {
	Asked       int
	Answered    int
	Sure        int
	Chosen      int
	Clicked     int
	Undelivered int
	Menus       int
	HandedOver  int
	Silent      int
	Helpful     int
	Unhelpful   int
	Corrected   int
}

// Right is how many answers were right.
func (c Counts) Right() int { return c.Answered - c.Unhelpful - c.Corrected }

// Add adds d to c.
func (c *Counts) Add(d Counts) {
	c.Asked, c.Answered, c.Sure = c.Asked+d.Asked, c.Answered+d.Answered, c.Sure+d.Sure
	c.Chosen, c.Clicked, c.Undelivered = c.Chosen+d.Chosen, c.Clicked+d.Clicked, c.Undelivered+d.Undelivered
	c.Menus, c.HandedOver, c.Silent = c.Menus+d.Menus, c.HandedOver+d.HandedOver, c.Silent+d.Silent
	c.Helpful, c.Unhelpful, c.Corrected = c.Helpful+d.Helpful, c.Unhelpful+d.Unhelpful, c.Corrected+d.Corrected
}

// counts is what a tally adds to the counts.
func (t Tally) counts() (c Counts) {
	if t.idle() {
		return c
	}
	switch t.Action {
	case Menu:
		c.Menus = t.N
	case HandOver:
		c.HandedOver = t.N
	case Silent:
		c.Silent = t.N
	}
	if t.Action != Choice && t.Action != Vote && t.Action != Greeting && t.Action != Courtesy {
		c.Asked = t.N
	}
	switch t.Fate {
	case "":
		return c
	case Undelivered:
		c.Undelivered = t.N
		return c
	case VotedHelpful:
		c.Helpful = t.N
	case VotedUnhelpful:
		c.Unhelpful = t.N
	case CorrectedByStaff:
		c.Corrected = t.N
	case Given:
	}
	c.Answered = t.N
	switch t.Action {
	case Choice:
		c.Chosen = t.N
	case Click:
		c.Clicked = t.N
	default:
		c.Sure = t.N
	}
	return c
}

// idle reports whether nothing was asked, and nothing said to it.
func (t Tally) idle() bool {
	return t.Action == Silent && (t.Reason == SmallTalk || t.Reason == OnlyThanks)
}

// AccountDay is what the bot did on one account on one day.
type AccountDay struct {
	AccountID int64
	Account   string
	Day       faq.Day
	Counts
}

// ReasonCount is how often the bot handed over, or was silent, for a reason.
type ReasonCount struct {
	Action Action
	Reason Reason
	Count  int
}

// EntryCount is how the bot's answers from one entry fared.
type EntryCount struct {
	EntryID   faq.EntryID
	Question  string
	Answered  int
	Unhelpful int
	Corrected int
}

// Uses are how one entry was used: replies that reached a citizen, and answers
// to clicks. Edited are those where a person changed the answer.
type Uses struct {
	EntryID   faq.EntryID
	Bot       int
	AsIs      int // by staff, the answer unchanged
	Edited    int
	Helpful   int // votes on the bot's answers
	Unhelpful int
	LastUsed  time.Time
}

// All is how often the entry was used.
func (u Uses) All() int { return u.Bot + u.AsIs + u.Edited }

// Span is a choice of days, both included. Without To it ends today, without From
// it has so many Days, DefaultDays for none.
type Span struct {
	From, To faq.Day
	Days     int
}

// Bounds of a Span, in days.
const (
	DefaultDays = 30
	MaxDays     = 366
)

// Report is how the bot fared over a Span.
type Report struct {
	Span
	Total    Counts
	Days     []DayCounts     // each day, oldest first
	Accounts []AccountCounts // those with a question, the most asked first
	Rows     []AccountDay    // what the sums are made of, by day and account
	Reasons  []ReasonCount
	Wrong    []EntryCount
}

// DayCounts is what the bot did on one day.
type DayCounts struct {
	Day faq.Day
	Counts
}

// AccountCounts is what the bot did on one account.
type AccountCounts struct {
	AccountID int64
	Account   string
	Counts
}

// maxWrong is how many entries to look at a report names.
const maxWrong = 10

// Report tells how the bot fared on the accounts the actor may see, or on one of
// them. Needs ApproveReplies. An account the actor may not see has no figures.
func (r *Reports) Report(ctx context.Context, actor desk.Actor, span Span, account int64) (Report, error) {
	if err := actor.Require(desk.ApproveReplies); err != nil {
		return Report{}, err
	}
	span, scope, err := r.scope(actor, span)
	if err != nil {
		return Report{}, err
	}
	if account != 0 {
		scope.AccountIDs = []int64{}
		if actor.SeesAccount(account) {
			scope.AccountIDs = []int64{account}
		}
		scope.AllAccounts = false
	}
	sums := newSums()
	if err := r.Store.Tallies(ctx, scope, sums.take); err != nil {
		return Report{}, err
	}
	out := Report{Span: span, Reasons: sums.sortedReasons(), Wrong: sums.wrong(maxWrong)}
	accounts, questions, err := r.Store.Titles(ctx, sums.accounts(), entriesOf(out.Wrong))
	if err != nil {
		return Report{}, err
	}
	for i, e := range out.Wrong {
		out.Wrong[i].Question = questions[e.EntryID]
	}
	out.Rows = sums.rows(accounts)
	out.sum()
	return out, nil
}

// EntryUses is how the entries were used on the accounts the actor may see, in
// the order of the ids. Needs EditLibrary; at most 500 ids.
func (r *Reports) EntryUses(ctx context.Context, actor desk.Actor, span Span, ids []faq.EntryID) (Span, []Uses, error) {
	if err := actor.Require(desk.EditLibrary); err != nil {
		return span, nil, err
	}
	span, scope, err := r.scope(actor, span)
	if err != nil {
		return span, nil, err
	}
	uses, err := r.uses(ctx, scope, ids)
	return span, uses, err
}

// EntryTotals is EntryUses since the beginning.
func (r *Reports) EntryTotals(ctx context.Context, actor desk.Actor, ids []faq.EntryID) ([]Uses, error) {
	if err := actor.Require(desk.EditLibrary); err != nil {
		return nil, err
	}
	return r.uses(ctx, scopeOf(actor, time.Time{}, r.Now().Add(time.Hour), r.Zone), ids)
}

func (r *Reports) uses(ctx context.Context, scope Scope, ids []faq.EntryID) ([]Uses, error) {
	found, err := r.Store.Uses(ctx, scope, ids)
	out := make([]Uses, len(ids))
	for i, id := range ids {
		out[i].EntryID = id
		if at := slices.IndexFunc(found, func(u Uses) bool { return u.EntryID == id }); at >= 0 {
			out[i] = found[at]
		}
	}
	return out, err
}

// scope checks a choice of days and fills in what it leaves open.
func (r *Reports) scope(actor desk.Actor, span Span) (Span, Scope, error) {
	if span.To == "" {
		span.To = faq.Day(r.Now().In(r.Zone).Format(time.DateOnly))
	}
	last, err := time.ParseInLocation(time.DateOnly, string(span.To), r.Zone)
	if err != nil {
		return span, Scope{}, desk.InvalidField("to", "日期须写作 2026-01-31")
	}
	if span.From == "" {
		if span.Days < 1 {
			span.Days = DefaultDays
		}
		span.From = faq.Day(last.AddDate(0, 0, 1-span.Days).Format(time.DateOnly))
	}
	first, err := time.ParseInLocation(time.DateOnly, string(span.From), r.Zone)
	if err != nil {
		return span, Scope{}, desk.InvalidField("from", "日期须写作 2026-01-31")
	}
	if first.After(last) {
		return span, Scope{}, desk.InvalidField("from", "开始日期不能晚于结束日期")
	}
	if first.AddDate(0, 0, MaxDays).Before(last.AddDate(0, 0, 1)) {
		return span, Scope{}, desk.InvalidField("from", "最多统计 %d 天", MaxDays)
	}
	return span, scopeOf(actor, first, last.AddDate(0, 0, 1), r.Zone), nil
}

func scopeOf(actor desk.Actor, from, to time.Time, zone *time.Location) Scope {
	return Scope{From: from, To: to, Zone: zone, AllAccounts: actor.AllAccounts, AccountIDs: actor.AccountIDs}
}

// next is the day after a day.
func next(d faq.Day) faq.Day {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return "9999-99-99" // no day: it ends every count of days
	}
	return faq.Day(t.AddDate(0, 0, 1).Format(time.DateOnly))
}
