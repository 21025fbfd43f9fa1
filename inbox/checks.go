package inbox

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// words is the lists as this process knows them.
type words struct {
	loading sync.Mutex
	now     atomic.Pointer[book]
}

// book is one state of the lists, ready to be found in texts.
type book struct {
	revision int64
	check.Checker
}

// book returns the lists: as they are known here, or, fresh, as they are stored
// now.
func (s *Service) book(ctx context.Context, fresh bool) (*book, error) {
	known := s.words.now.Load()
	if known != nil && !fresh {
		return known, nil
	}
	s.words.loading.Lock()
	defer s.words.loading.Unlock()
	if known = s.words.now.Load(); known != nil {
		if revision, err := s.store.WordsRevision(ctx); err != nil || revision == known.revision {
			return known, err
		}
	}
	stored, revision, err := s.store.AllWords(ctx)
	if err != nil {
		return nil, err
	}
	plain := make([]check.Word, len(stored))
	for i, w := range stored {
		plain[i] = w.Word
	}
	list, err := check.Compile(s.rules.Folder, plain)
	if err != nil {
		return nil, fmt.Errorf("word lists: %w", err)
	}
	next := &book{revision, check.Checker{List: list, Empty: s.rules.EmptyPhrases}}
	s.words.now.Store(next)
	return next, nil
}

// FollowWords takes over the lists when another process has changed them. It
// returns the zero time.
func (s *Service) FollowWords(ctx context.Context, _ time.Time) (time.Time, error) {
	_, err := s.book(ctx, true)
	return time.Time{}, err
}

// Decision is what became of a place that a check found.
type Decision string

// Decisions.
const (
	HitRaised    Decision = "raised"    // in: the ticket became urgent
	HitNoted     Decision = "noted"     // in: nothing follows
	HitBlocked   Decision = "blocked"   // out: it did not leave
	HitConfirmed Decision = "confirmed" // out: its author sent it all the same
	HitInReview  Decision = "in_review" // out: others decide
	HitApproved  Decision = "approved"
	HitRejected  Decision = "rejected"
	HitWithdrawn Decision = "withdrawn"
	HitBypassed  Decision = "bypassed" // out: sent in an emergency without approval
)

// CheckHit is one thing a check found, and who decided what about it.
type CheckHit struct {
	ID        int64
	At        time.Time
	TicketID  TicketID
	MessageID MessageID // of what came in
	ReplyID   ReplyID   // of what was to go out; 0 when it was blocked
	Rule      check.Rule
	Kind      string
	WordID    int64
	Word      string
	Level     check.Level
	Direction check.Direction
	Decision  Decision
	ActorID   int64 // who wrote what goes out
	DecidedBy int64
	DecidedAt time.Time
}

// HitFilter chooses hits; zero fields do not narrow. Actor always does.
type HitFilter struct {
	Actor     desk.Actor
	TicketID  TicketID
	Direction check.Direction
	Level     check.Level
	Decision  Decision
	Word      string    // in the word or phrase
	From, To  time.Time // found from, and before
	Limit     int
	Cursor    string
}

// HitRow is a hit with the names a list shows.
type HitRow struct {
	CheckHit
	Number      string
	Subject     string
	AccountID   int64
	AccountName string
	Actor       string
	Decider     string
}

type hitTx interface {
	AddHits(ctx context.Context, hits []CheckHit) error
	// DecideHits notes who decided what about the hits of a reply in review.
	DecideHits(ctx context.Context, id ReplyID, d Decision, by int64, at time.Time) error
	// UrgentMessages are the ticket's messages in which an urgent word was
	// found, oldest first, at most 100.
	UrgentMessages(ctx context.Context, id TicketID) ([]MessageID, error)
}

type hitReader interface {
	CheckHits(ctx context.Context, f HitFilter) (desk.Page[HitRow], error)
}

// CheckHits lists what the checks found, newest first, of tickets the actor may
// see.
func (s *Service) CheckHits(ctx context.Context, f HitFilter) (desk.Page[HitRow], error) {
	if err := f.Actor.Require(desk.ManagePolicies); err != nil {
		return desk.Page[HitRow]{}, err
	}
	f.Limit = desk.PageLimit(f.Limit)
	return s.store.CheckHits(ctx, f)
}

// inbound looks for words in what somebody wrote.
func (s *Service) inbound(ctx context.Context, in channel.Inbound) ([]check.Finding, error) {
	if in.Text == "" || in.Type == channel.Notice {
		return nil, nil
	}
	lists, err := s.book(ctx, false)
	if err != nil {
		return nil, err
	}
	return lists.Inbound(in.Text), nil
}

// Urgent reports whether a text that comes in holds an urgent word.
func (s *Service) Urgent(ctx context.Context, text string) (bool, error) {
	found, err := s.inbound(ctx, channel.Inbound{Type: channel.Text, Text: text})
	return urgent(found), err
}

// Blocked reports whether a text has a word that must not leave: what the bot
// says is reviewed text, of which nothing else is asked.
func (s *Service) Blocked(ctx context.Context, text string) (bool, error) {
	lists, err := s.book(ctx, false)
	if err != nil {
		return false, err
	}
	for _, hit := range lists.List.Find(text, check.Out) {
		if hit.Word.Level == check.Block {
			return true, nil
		}
	}
	return false, nil
}

func urgent(found []check.Finding) bool {
	for _, f := range found {
		if f.Level == check.Urgent {
			return true
		}
	}
	return false
}

// wordsFound stores what was found in a message and returns what there is to
// tell: an urgent word raises the ticket and calls the person on duty.
func (s *Service) wordsFound(ctx context.Context, tx Tx, t *Ticket, m *Message) ([]desk.Event, error) {
	if len(m.found) == 0 {
		return nil, nil
	}
	hits := make([]CheckHit, 0, len(m.found))
	seen := map[int64]bool{}
	var told []string
	for _, f := range m.found {
		if seen[f.WordID] {
			continue
		}
		seen[f.WordID] = true
		h := hitOf(f, check.In, m.ReceivedAt)
		h.TicketID, h.MessageID, h.Decision = t.ID, m.ID, HitNoted
		if f.Level == check.Urgent {
			h.Decision = HitRaised
			told = append(told, f.Word)
		}
		hits = append(hits, h)
	}
	if err := tx.AddHits(ctx, hits); err != nil || len(told) == 0 {
		return nil, err
	}
	var events []desk.Event
	if m.raised {
		events = append(events, fact(TicketPrioritized, t, desk.System(), m.ReceivedAt, map[string]any{"priority": int(t.Priority)}))
	}
	return append(events, fact(WordFound, t, desk.System(), m.ReceivedAt, map[string]any{
		"message_id": id(m.ID), "level": check.Urgent, "words": told, "roles": []string{"duty"},
	})), nil
}

func hitOf(f check.Finding, d check.Direction, at time.Time) CheckHit {
	return CheckHit{At: at, Rule: f.Rule, Kind: f.Kind, WordID: f.WordID, Word: f.Word, Level: f.Level, Direction: d}
}

// Urgent reports whether an urgent word was found in the ticket: then the bot has
// no say in it. first tells that the message is the first that had one.
func (a *Automatic) Urgent(ctx context.Context, m MessageID) (first, found bool, err error) {
	all, err := a.tx.UrgentMessages(ctx, a.Ticket.ID)
	return len(all) > 0 && all[0] == m, len(all) > 0, err
}
