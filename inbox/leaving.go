package inbox

import (
	"context"
	"time"

	"replydesk/inbox/desk"
)

// takenBackAtOnce is how many tickets one look takes back from people who left.
const takenBackAtOnce = 100

// Why a ticket was taken back, as its event says.
const (
	whyLeft   = "left"   // the person may not work on tickets any more
	whyUnseen = "unseen" // the person does not see the account any more
)

// Holding is what others have to take over when somebody leaves.
type Holding struct {
	Tickets     int // that wait or are put off, and are the person's
	Escalations int // under way at a department that has no other liaison
	Duties      int // now and to come
}

// leavingReader tells what is with whom, outside a transaction.
type leavingReader interface {
	// Stranded are up to limit tickets that wait, or are put off, with somebody
	// who may not work on tickets of the account; of one user, or of all (0).
	Stranded(ctx context.Context, userID int64, limit int) ([]TicketID, error)
	Holding(ctx context.Context, userID int64, now time.Time) (Holding, error)
}

// Holding is what a user has in hand.
func (s *Service) Holding(ctx context.Context, actor desk.Actor, userID int64) (Holding, error) {
	if err := actor.Require(desk.ManageUsers); err != nil {
		return Holding{}, err
	}
	return s.store.Holding(ctx, userID, s.time())
}

// TakeBack takes from a user, each by one transaction, the tickets that wait and
// that they may not work on any more: nobody has them then, as if a colleague had
// given them back, and teams or supervisors see them again. What the person wrote
// stays. It may run at any time and several times at once; 0 looks at all users.
func (s *Service) TakeBack(ctx context.Context, userID int64) error {
	for {
		stranded, err := s.store.Stranded(ctx, userID, takenBackAtOnce)
		if err != nil {
			return err
		}
		some := false
		for _, ticket := range stranded {
			taken, err := s.takeFrom(ctx, ticket)
			if err != nil {
				return err
			}
			some = some || taken
		}
		if !some { // none, or all are somebody's who works on them by now
			return nil
		}
	}
}

// SweepLeft takes back what came to people who had left: an answered ticket whose
// citizen wrote again, one that was given at the very moment. It returns the zero
// time: whenever.
func (s *Service) SweepLeft(ctx context.Context, _ time.Time) (next time.Time, err error) {
	return time.Time{}, s.TakeBack(ctx, 0)
}

// takeFrom takes a ticket from somebody who may not work on it.
func (s *Service) takeFrom(ctx context.Context, ticket TicketID) (taken bool, err error) {
	err = s.change(ctx, desk.System(), desk.WorkTickets, ticket, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		taken = false
		if t.AssigneeID == 0 || !t.State.Waits() {
			return nil, nil
		}
		why := whyUnseen
		worker, err := tx.Worker(ctx, t.AssigneeID)
		switch {
		case desk.CodeOf(err) == desk.NotFound || err == nil && !worker.Can(desk.WorkTickets):
			why = whyLeft
		case err != nil || worker.SeesAccount(t.AccountID):
			return nil, err
		}
		from := t.AssigneeID
		t.AssigneeID = 0
		t.unsnooze() // who put it off is not there to be told
		if t.State == New || t.State == Open {
			if err := t.move(t.working(), now); err != nil {
				return nil, err
			}
		}
		taken = true
		e := fact(TicketAssigned, t, desk.System(), now, map[string]any{"from": id(from), "to": id(int64(0)), "why": why})
		e.Audited = true
		return []desk.Event{e}, nil
	})
	return taken, err
}
