package inbox

import (
	"context"
	"time"

	"replydesk/inbox/desk"
)

// RelationKind says what two tickets have to do with each other.
type RelationKind string

// Kinds of relations.
const (
	Related    RelationKind = "related"     // 相关
	SameMatter RelationKind = "same_matter" // 同一事项
)

// maxRelations is how many other tickets one may be related to.
const maxRelations = 50

// Relation is that of a ticket with another; it is the same from both sides.
type Relation struct {
	TicketID TicketID
	OtherID  TicketID
	Kind     RelationKind
	By       int64
	At       time.Time
}

// RelatedTicket is the other side of a relation.
type RelatedTicket struct {
	TicketRow
	Relation RelationKind
	At       time.Time
}

type relationReader interface {
	// RelatedTickets are the tickets that one has a relation with and that the
	// actor sees, the newest relation first.
	RelatedTickets(ctx context.Context, actor desk.Actor, id TicketID) ([]RelatedTicket, error)
}

type relationTx interface {
	// Relations are all of a ticket.
	Relations(ctx context.Context, id TicketID) ([]Relation, error)
	// SaveRelation stores a relation in place of what the two had.
	SaveRelation(ctx context.Context, r Relation) error
	DropRelation(ctx context.Context, one, other TicketID) error
}

// RelatedTickets are the tickets that one has a relation with. Of those the
// actor does not see nothing is told.
func (s *Service) RelatedTickets(ctx context.Context, actor desk.Actor, ticketID TicketID) ([]RelatedTicket, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	if _, err := s.Ticket(ctx, actor, ticketID); err != nil {
		return nil, err
	}
	return s.store.RelatedTickets(ctx, actor, ticketID)
}

// Relate says what two tickets that the actor sees have to do with each other,
// whatever was said of them before. The events on both tell the kind alone: who
// reads the one may not see the other.
func (s *Service) Relate(ctx context.Context, actor desk.Actor, one, other TicketID, kind RelationKind) error {
	if kind != Related && kind != SameMatter {
		return desk.InvalidField("kind", "没有这种关联")
	}
	if one == other {
		return desk.InvalidField("ticket_id", "工单不能与自己关联")
	}
	return s.both(ctx, actor, one, other, func(tx Tx, is RelationKind, now time.Time) (string, RelationKind, error) {
		if is == kind {
			return "", "", nil
		}
		if is == "" {
			for _, id := range []TicketID{one, other} {
				all, err := tx.Relations(ctx, id)
				if err != nil {
					return "", "", err
				}
				if len(all) >= maxRelations {
					return "", "", desk.Errorf(desk.Conflict, "一个工单最多关联 %d 个工单", maxRelations).WithReason("too_many_relations")
				}
			}
		}
		r := Relation{TicketID: one, OtherID: other, Kind: kind, By: actor.UserID, At: now}
		return TicketRelated, kind, tx.SaveRelation(ctx, r)
	})
}

// Unrelate takes the relation of two tickets away. Without one nothing happens.
func (s *Service) Unrelate(ctx context.Context, actor desk.Actor, one, other TicketID) error {
	return s.both(ctx, actor, one, other, func(tx Tx, is RelationKind, _ time.Time) (string, RelationKind, error) {
		if is == "" {
			return "", "", nil
		}
		return TicketUnrelated, is, tx.DropRelation(ctx, one, other)
	})
}

// both locks two tickets and
// records on each what alter has done to their relation; "" for nothing. What the
// tickets themselves say stays as it is.
func (s *Service) both(ctx context.Context, actor desk.Actor, one, other TicketID,
	alter func(tx Tx, is RelationKind, now time.Time) (did string, kind RelationKind, err error)) error {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		first, second, err := lockBoth(ctx, tx, actor, one, other)
		if err != nil {
			return err
		}
		for _, t := range []*Ticket{first, second} {
			if err := unmerged(ctx, tx, t); err != nil {
				return err
			}
		}
		all, err := tx.Relations(ctx, first.ID)
		if err != nil {
			return err
		}
		var is RelationKind
		for _, r := range all {
			if r.OtherID == second.ID {
				is = r.Kind
			}
		}
		now := s.time()
		did, kind, err := alter(tx, is, now)
		if err != nil || did == "" {
			return err
		}
		return tx.Record(ctx, fact(did, first, actor, now, map[string]any{"kind": kind}), fact(did, second, actor, now, map[string]any{"kind": kind}))
	})
}
