package bot

import (
	"cmp"
	"context"
	"slices"

	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// GrowingTopics is how many topics TopicsOf names.
const GrowingTopics = 8

// TopicsOf tells what the tickets of a hotspot ask: how often in the newer half of
// the tickets, and in the older one as Before, of those that grow the fastest
// first. tickets are the newest first. Needs ReadReports; the caller has chosen tickets the actor
// may see.
func (r *Reports) TopicsOf(ctx context.Context, actor desk.Actor, tickets []inbox.TicketID) ([]TopicCount, error) {
	if err := actor.Require(desk.ReadReports); err != nil {
		return nil, err
	}
	counts := map[TopicKey]*TopicCount{}
	half := (len(tickets) + 1) / 2
	for i, part := range [][]inbox.TicketID{tickets[:half], tickets[half:]} {
		err := r.Store.TicketTopics(ctx, part, func(key TopicKey, n int) {
			if counts[key] == nil {
				counts[key] = &TopicCount{TopicKey: key}
			}
			if i == 0 {
				counts[key].Now += n
			} else {
				counts[key].Before += n
			}
		})
		if err != nil {
			return nil, err
		}
	}
	out := make([]TopicCount, 0, len(counts))
	for _, c := range counts {
		if c.Now > c.Before {
			out = append(out, *c)
		}
	}
	slices.SortFunc(out, func(a, b TopicCount) int {
		return cmp.Or(cmp.Compare(b.Now-b.Before, a.Now-a.Before), cmp.Compare(b.Now, a.Now), cmp.Compare(a.EntryID, b.EntryID), cmp.Compare(a.GapID, b.GapID))
	})
	out = out[:min(len(out), GrowingTopics)]
	for i, c := range out {
		var err error
		if out[i].TopicTexts, err = r.Store.TicketTopicTexts(ctx, c.TopicKey, tickets); err != nil {
			return nil, err
		}
	}
	return out, nil
}
