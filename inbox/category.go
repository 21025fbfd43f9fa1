package inbox

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// maxTicketCategory bounds a category.
const maxTicketCategory = 60

// maxCategories is how many categories are offered at most.
const maxCategories = 500

type categoryReader interface {
	// TicketCategories are those that tickets have on the accounts the actor
	// sees, the most used first, at most so many.
	TicketCategories(ctx context.Context, actor desk.Actor, limit int) ([]string, error)
}

type categoryTx interface {
	// CountCategory notes that by more tickets of an account, fewer when it is
	// negative, have a category.
	CountCategory(ctx context.Context, accountID int64, category string, by int) error
}

// Categories are the categories in use where the actor looks, the most used
// first.
func (s *Service) Categories(ctx context.Context, actor desk.Actor) ([]string, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return nil, err
	}
	return s.store.TicketCategories(ctx, actor, maxCategories)
}

// Categorize sets the ticket's category, "" for none. Clocks that start later
// may have another policy by it.
func (s *Service) Categorize(ctx context.Context, actor desk.Actor, ticketID TicketID, category string) error {
	step, err := categorizing(ctx, actor, category)
	if err != nil {
		return err
	}
	return s.change(ctx, actor, desk.WorkTickets, ticketID, step)
}

// categorizing is the edit of Categorize.
func categorizing(ctx context.Context, actor desk.Actor, category string) (edit, error) {
	category, err := text("category", category, 0, maxTicketCategory)
	if err != nil {
		return nil, err
	}
	return func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		if t.Category == category {
			return nil, nil
		}
		by := map[string]int{t.Category: -1, category: 1}
		names := []string{t.Category, category}
		slices.Sort(names) // two people who swap two categories lock them in one order
		for _, name := range names {
			if name == "" {
				continue
			}
			if err := tx.CountCategory(ctx, t.AccountID, name, by[name]); err != nil {
				return nil, err
			}
		}
		was := t.Category
		t.Category = category
		return []desk.Event{fact(TicketCategorized, t, actor, now, map[string]any{"category": category, "was": was})}, nil
	}, nil
}
