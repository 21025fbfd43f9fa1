package notice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"replydesk/inbox/desk"
)

// followBatch is how many events one transaction turns into notices.
const followBatch = 100

// saveEvery is how far the stored cursor may lag behind events that concern
// nobody: it bounds what is looked at again after a start, and spares a write
// for each look.
const saveEvery = 2000

// position is how far this process has looked and found nothing; the stored
// cursor may be behind it.
type position struct{ event atomic.Int64 }

// Follow turns the events behind the stored cursor into notices and sends. The
// notices of a batch, their sends with the tasks that deliver them, and the
// cursor are one transaction, so that a process killed anywhere leaves nothing
// out and tells nothing twice; several processes take turns. It returns the
// zero time.
func (s *Service) Follow(ctx context.Context, _ time.Time) (time.Time, error) {
	for {
		more, err := s.follow(ctx)
		if err != nil || !more || ctx.Err() != nil {
			return time.Time{}, err
		}
	}
}

func (s *Service) follow(ctx context.Context) (more bool, err error) {
	stored, err := s.Store.Cursor(ctx)
	if err != nil {
		return false, err
	}
	// Nothing between the stored cursor and what was looked at concerns anybody.
	from := max(stored, s.seen.event.Load())
	events, upTo, err := s.Store.EventsAfter(ctx, from, Events(), followBatch)
	if err != nil {
		return false, err
	}
	if len(events) == 0 {
		if upTo-stored > saveEvery {
			if _, err := s.advance(ctx, stored, upTo, nil, nil); err != nil {
				return false, err
			}
		}
		s.seen.event.Store(max(from, upTo))
		return false, nil
	}
	senders, err := s.Store.Senders(ctx)
	if err != nil {
		return false, err
	}
	now := s.time()
	roster, err := s.Store.Roster(ctx, now)
	if err != nil {
		return false, err
	}
	var notices []Notice
	var sends [][]Send // of each notice
	for _, e := range events {
		told, how, err := s.notices(ctx, e, roster, senders, now)
		if err != nil {
			return false, fmt.Errorf("event %d: %w", e.ID, err)
		}
		notices, sends = append(notices, told...), append(sends, how...)
	}
	mine, err := s.advance(ctx, stored, upTo, notices, sends)
	if err != nil {
		return false, err
	}
	if mine {
		s.seen.event.Store(upTo)
	}
	return len(events) == followBatch || !mine, nil
}

// notices are what an event becomes, with the sends of each.
func (s *Service) notices(ctx context.Context, e desk.Event, roster Roster, senders []StoredSender, now time.Time) ([]Notice, [][]Send, error) {
	d := dataOf(e.Data)
	rule, ok := ruleOf(e.Name, d)
	if !ok {
		return nil, nil, nil
	}
	about, err := s.Store.About(ctx, e.TicketID, d.id("reply_id"))
	if err != nil {
		return nil, nil, err
	}
	var notices []Notice
	var sends [][]Send
	for _, p := range Recipients(rule, e, about, roster) {
		n := Notice{
			UserID: p.UserID, EventID: e.ID, Event: e.Name, Topic: rule.Topic, Urgent: rule.Urgent, TicketID: e.TicketID,
			AccountID: e.AccountID, Facts: d.facts(rule.Facts), CreatedAt: now,
		}
		n.Link = link(rule, e.TicketID, n.Facts)
		var how []Send
		for _, m := range p.Settings.Media(rule.Topic) {
			switch m {
			case App:
				n.Listed = true
			case Browser:
				n.Browser = true
			default:
				if sender := choose(m, p, senders); sender != 0 {
					how = append(how, Send{
						UserID: p.UserID, Medium: m, SenderID: sender, Urgent: rule.Urgent, State: Waiting,
						NotBefore: p.Settings.When(rule.Urgent, now, s.Zone), CreatedAt: now,
					})
				}
			}
		}
		// What the browser shows can be read again in the app.
		n.Listed = n.Listed || n.Browser
		if n.Listed || len(how) > 0 {
			notices, sends = append(notices, n), append(sends, how)
		}
	}
	return notices, sends, nil
}

// advance writes notices and moves the cursor from stored to upTo. Where another
// process has moved it meanwhile it writes nothing: what that one left out is
// read again.
func (s *Service) advance(ctx context.Context, stored, upTo int64, notices []Notice, sends [][]Send) (mine bool, err error) {
	err = s.Store.Atomic(ctx, func(tx Tx) error {
		cursor, err := tx.LockCursor(ctx)
		if mine = err == nil && cursor == stored; !mine {
			return err
		}
		var tasks []desk.Task
		for i, n := range notices {
			first, err := tx.AddNotice(ctx, &n)
			if err != nil {
				return err
			}
			if !first {
				continue
			}
			for _, send := range sends[i] {
				send.NoticeID = n.ID
				if err := tx.AddSend(ctx, send); err != nil {
					return err
				}
				tasks = append(tasks, send.Target().task(send.NotBefore, n.CreatedAt))
			}
			if !n.Listed {
				continue
			}
			if err := tx.Record(ctx, written(n)); err != nil {
				return err
			}
		}
		if err := enqueue(ctx, tx, tasks); err != nil {
			return err
		}
		return tx.SaveCursor(ctx, upTo)
	})
	return mine, err
}

// written tells a person's open pages of a new notice.
func written(n Notice) desk.Event {
	return personal(Written, n.UserID, n.CreatedAt, map[string]any{
		"notice_id": fmt.Sprint(n.ID), "topic": n.Topic, "urgent": n.Urgent, "browser": n.Browser,
	})
}

// enqueue enqueues each task once, in the order of their keys.
func enqueue(ctx context.Context, tx Tx, tasks []desk.Task) error {
	slices.SortFunc(tasks, func(a, b desk.Task) int { return strings.Compare(a.Key, b.Key) })
	for _, t := range slices.CompactFunc(tasks, func(a, b desk.Task) bool { return a.Key == b.Key }) {
		if err := tx.Enqueue(ctx, t); err != nil {
			return err
		}
	}
	return nil
}
