package bot

import (
	"cmp"
	"context"
	"slices"
	"time"

	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// MaxTopics is how many topics a report names.
const MaxTopics = 20

// TopicKey names what citizens ask about: an entry of the library, or a group of
// questions that none answers yet.
type TopicKey struct {
	EntryID faq.EntryID
	GapID   int64 // 0 for an entry
}

// TopicTexts are the words of a topic.
type TopicTexts struct {
	Title   string // of an entry its question; a gap has none
	Example string // the newest question of a citizen; "" when none is kept
}

// TopicCount is how often citizens asked about something in a range of days, and
// in the one before. An entry counts each time its answer reached a citizen, and
// each question of a gap that it closed; a gap each question nothing answered.
type TopicCount struct {
	TopicKey
	TopicTexts
	Now, Before int
}

// Topics is what citizens asked most.
type Topics struct {
	Range, Earlier inbox.DayRange
	All, Before    int // of all topics
	Items          []TopicCount
}

// TopicStore counts topics from indexes. It only reads.
type TopicStore interface {
	// Topics hands over how often each was asked about; one may come twice.
	Topics(ctx context.Context, s Scope, take func(key TopicKey, n int)) error
	// TopicTexts returns the words of a topic, of the accounts of the scope.
	TopicTexts(ctx context.Context, s Scope, key TopicKey) (TopicTexts, error)
	// TicketTopics is Topics of some tickets, TicketTopicTexts the words of one of
	// theirs.
	TicketTopics(ctx context.Context, tickets []inbox.TicketID, take func(key TopicKey, n int)) error
	TicketTopicTexts(ctx context.Context, key TopicKey, tickets []inbox.TicketID) (TopicTexts, error)
}

// Topics tells what citizens asked most on the accounts the actor may see, or on
// one of them, beside the days before. Needs ReadReports.
func (r *Reports) Topics(ctx context.Context, actor desk.Actor, span Span, account int64) (Topics, error) {
	if err := actor.Require(desk.ReadReports); err != nil {
		return Topics{}, err
	}
	span, scope, err := r.scope(actor, span)
	if err != nil {
		return Topics{}, err
	}
	if account != 0 {
		scope.AccountIDs = []int64{}
		if actor.SeesAccount(account) {
			scope.AccountIDs = []int64{account}
		}
		scope.AllAccounts = false
	}
	out := Topics{Range: inbox.DayRange{From: string(span.From), To: string(span.To)}}
	out.Earlier = out.Range.Before()
	earlier := scope
	if earlier.From, err = time.ParseInLocation(time.DateOnly, out.Earlier.From, r.Zone); err != nil {
		return out, err
	}
	earlier.To = scope.From
	counts := map[TopicKey]*TopicCount{}
	for _, part := range []struct {
		scope Scope
		into  func(c *TopicCount) *int
		all   *int
	}{
		{scope, func(c *TopicCount) *int { return &c.Now }, &out.All},
		{earlier, func(c *TopicCount) *int { return &c.Before }, &out.Before},
	} {
		err := r.Store.Topics(ctx, part.scope, func(key TopicKey, n int) {
			if counts[key] == nil {
				counts[key] = &TopicCount{TopicKey: key}
			}
			*part.into(counts[key]) += n
			*part.all += n
		})
		if err != nil {
			return out, err
		}
	}
	out.Items = most(counts)
	for i, item := range out.Items {
		if out.Items[i].TopicTexts, err = r.Store.TopicTexts(ctx, scope, item.TopicKey); err != nil {
			return out, err
		}
	}
	return out, nil
}

// most are the topics that were asked about most now.
func most(counts map[TopicKey]*TopicCount) []TopicCount {
	var out []TopicCount
	for _, c := range counts {
		if c.Now > 0 {
			out = append(out, *c)
		}
	}
	slices.SortFunc(out, func(a, b TopicCount) int {
		return cmp.Or(cmp.Compare(b.Now, a.Now), cmp.Compare(b.Before, a.Before), cmp.Compare(a.EntryID, b.EntryID), cmp.Compare(a.GapID, b.GapID))
	})
	return out[:min(len(out), MaxTopics)]
}
