package inboxdb

import (
	"context"
	"time"

	"replydesk/app/store"
)

// While others write much, a pass that follows the events gives way: it lets
// them gather, so that a ticket that many messages reach is done once for all of
// them, and when it is further behind than that it takes a sixth of the time at
// most. Who searches or reads a report under such a load sees what is some
// seconds old; with less it is as good as at once.
const (
	much    = 500 // events a second
	gather  = 5 * time.Second
	idleFor = 5 // times as long as a step took
)

// pace is what keeps a pass that follows the events out of the way of what
// happens. It is of one goroutine.
type pace struct {
	head int64     // of the events, at the last look
	at   time.Time // the last look
	rest time.Time // until then nothing is to be done
}

// step takes one step, which tells the event it came to and whether it did
// something, and returns when the next may begin; the zero time when there is
// nothing more to do.
func (p *pace) step(ctx context.Context, db *store.DB, now time.Time, step func(context.Context) (int64, bool, error)) (time.Time, error) {
	if now.Before(p.rest) {
		return p.rest, nil
	}
	began := time.Now()
	event, more, err := step(ctx)
	if err != nil || !more {
		return time.Time{}, err
	}
	head, err := db.Head(ctx)
	if err != nil {
		return time.Time{}, err
	}
	over := max(now.Sub(p.at), 200*time.Millisecond) // a handful at once is not much
	busy := float64(head-p.head) > much*over.Seconds()
	p.head, p.at = head, now
	switch {
	case !busy:
		p.rest = now.Add(time.Millisecond)
	case head-event < stepEvents: // as good as even
		p.rest = now.Add(gather)
	default:
		p.rest = now.Add(idleFor * time.Since(began))
	}
	return p.rest, nil
}
