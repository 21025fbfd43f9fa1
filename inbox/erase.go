package inbox

import (
	"context"
	"encoding/json"
	"time"

	"replydesk/inbox/desk"
)

// What stands where the words of or about a person were who is erased, and the
// closing reason of the tickets that end by it.
const (
	ErasedText   = "（资料已按要求删除）"
	ErasedReason = "市民已取消关注，个人资料已删除"
)

// erase deletes a person's data: their open tickets end, what they wrote and
// what was written to and about them is emptied, files follow as tasks. That it
// happened stays on record.
func (s *Service) erase(ctx context.Context, tx Tx, c Contact, now time.Time) error {
	ids, err := tx.ActiveTickets(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, ticketID := range ids {
		t, err := tx.LockTicket(ctx, ticketID)
		if err != nil {
			return err
		}
		events, err := s.end(ctx, tx, t, erasedState(t.State), ErasedReason, now)
		if err != nil {
			return err
		}
		t.UpdatedAt = now
		if err := tx.SaveTicket(ctx, t); err != nil {
			return err
		}
		if err := tx.Record(ctx, append(events, fact(ContactErased, t, desk.Actor{}, now, nil))...); err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		e := desk.NewEvent(ContactErased, now, map[string]any{"contact_id": id(c.ID)})
		e.Audited = true
		e.AccountID, e.Audience = c.AccountID, desk.WorkTickets
		if err := tx.Record(ctx, e); err != nil {
			return err
		}
	}
	paths, err := tx.EraseContact(ctx, c.ID, now)
	if err != nil {
		return err
	}
	for _, path := range paths {
		payload, err := json.Marshal(path)
		if err != nil {
			return err
		}
		if err := tx.Enqueue(ctx, desk.Task{Kind: TaskEraseFile, Key: path, Payload: payload}); err != nil {
			return err
		}
	}
	return nil
}

// erasedState is how a ticket ends whose citizen is gone: what was answered is
// closed, the rest cannot be answered any more.
func erasedState(from State) State {
	if from == Replied {
		return Closed
	}
	return Ignored
}
