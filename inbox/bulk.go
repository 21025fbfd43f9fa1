package inbox

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// MaxBulk is the most tickets that one bulk action takes.
const MaxBulk = 500

// BulkAction is what a bulk action does with each of its tickets.
type BulkAction string

// The bulk actions.
const (
	BulkAssign     BulkAction = "assign"     // as Assign
	BulkTag        BulkAction = "tag"        // adds tags and takes tags away, the others stay
	BulkPrioritize BulkAction = "prioritize" // as Prioritize
	BulkClose      BulkAction = "close"      // as Close
	BulkIgnore     BulkAction = "ignore"     // as Ignore
	BulkSnooze     BulkAction = "snooze"     // as Snooze
	BulkCategorize BulkAction = "categorize" // as Categorize
	BulkUndo       BulkAction = "undo"       // as Undo
)

// BulkTicket names a ticket. Messages is how many it had when it was chosen: to
// end one that has more by now is refused as "thread_moved". 0 does not check.
type BulkTicket struct {
	ID       TicketID
	Messages int
}

// Bulk is one action on many tickets, each named once, with what the action
// needs.
type Bulk struct {
	Action     BulkAction
	Tickets    []BulkTicket // 1 to MaxBulk
	AssigneeID int64
	AddTags    []string
	RemoveTags []string
	Priority   Priority
	Category   string
	Reason     string
	Until      time.Time
}

// BulkOutcome is what became of one ticket: done, or why nothing was done with
// it.
type BulkOutcome struct {
	ID  TicketID
	Err error
}

// Bulk does one thing to many tickets, each in its own transaction and by the
// very rules of the use case for a single one: what is refused for one ticket
// leaves the others done. The outcomes stand in the order of the tickets. A
// request that names no ticket, too many or one twice is Invalid, and so is one
// whose action lacks what it needs. When ctx ends, the tickets left over are
// refused as Unavailable.
func (s *Service) Bulk(ctx context.Context, actor desk.Actor, b Bulk) ([]BulkOutcome, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	step, err := s.bulkEdit(ctx, actor, b)
	if err != nil {
		return nil, err
	}
	if err := checkChosen(b.Tickets); err != nil {
		return nil, err
	}
	ends := b.Action == BulkClose || b.Action == BulkIgnore
	out := make([]BulkOutcome, len(b.Tickets))
	for i, chosen := range b.Tickets {
		out[i].ID = chosen.ID
		if ctx.Err() != nil {
			out[i].Err = desk.Errorf(desk.Unavailable, "请求已中断，此件未处理")
			continue
		}
		out[i].Err = s.change(ctx, actor, desk.WorkTickets, chosen.ID, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
			if ends && chosen.Messages > 0 && t.MessageCount > chosen.Messages {
				return nil, desk.Errorf(desk.Conflict, "选中之后市民又有新消息，请先查看").WithReason("thread_moved")
			}
			return step(tx, t, now)
		})
	}
	return out, nil
}

// bulkEdit is what the action does with one ticket; what it needs is read once.
func (s *Service) bulkEdit(ctx context.Context, actor desk.Actor, b Bulk) (edit, error) {
	switch b.Action {
	case BulkAssign:
		return s.assigning(ctx, actor, b.AssigneeID), nil
	case BulkTag:
		return bulkTags(actor, b)
	case BulkPrioritize:
		return prioritizing(actor, b.Priority), b.Priority.check()
	case BulkClose:
		reason, err := text("reason", b.Reason, 0, maxReasonRunes)
		return s.closing(ctx, actor, reason), err
	case BulkIgnore:
		reason, err := text("reason", b.Reason, 1, maxReasonRunes)
		return s.ignoring(ctx, actor, reason), err
	case BulkSnooze:
		return s.snoozing(actor, b.Until), nil
	case BulkCategorize:
		return categorizing(ctx, actor, b.Category)
	case BulkUndo:
		return s.undoing(ctx, actor), nil
	default:
		return nil, desk.InvalidField("action", "没有这种操作")
	}
}

func bulkTags(actor desk.Actor, b Bulk) (edit, error) {
	add, err := cleanTags("add_tags", b.AddTags)
	if err != nil {
		return nil, err
	}
	remove, err := cleanTags("remove_tags", b.RemoveTags)
	if err != nil {
		return nil, err
	}
	switch {
	case len(add)+len(remove) == 0:
		return nil, desk.InvalidField("add_tags", "请填写要增加或去掉的标签")
	case len(add) > maxTags:
		return nil, desk.InvalidField("add_tags", "最多 %d 个标签", maxTags)
	}
	return func(_ Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		tags := slices.DeleteFunc(slices.Clone(t.Tags), func(tag string) bool { return slices.Contains(remove, tag) })
		for _, tag := range add {
			if !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
		return t.retag(actor, tags, now)
	}, nil
}

// checkChosen checks that tickets chosen in a list are some, not too many and
// each named once.
func checkChosen(tickets []BulkTicket) error {
	switch n := len(tickets); {
	case n == 0:
		return desk.InvalidField("tickets", "请先选择工单")
	case n > MaxBulk:
		return desk.InvalidField("tickets", "一次最多 %d 件", MaxBulk)
	}
	seen := make(map[TicketID]bool, len(tickets))
	for _, t := range tickets {
		if seen[t.ID] {
			return desk.InvalidField("tickets", "有工单重复")
		}
		seen[t.ID] = true
	}
	return nil
}
