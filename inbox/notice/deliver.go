package notice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// Bounds of a delivery.
const (
	// maxAttempts is how often a send is tried, with back-off, over about an
	// hour and a half.
	maxAttempts = 10
	// giveUp ends what a platform put off for so long: nobody needs it any more.
	giveUp = 24 * time.Hour
	// claimFor is how long a claimed send is its task's: longer than a task may
	// run.
	claimFor = 3 * time.Minute
	// maxError bounds what the log keeps of a failure, in bytes.
	maxError = 300
)

// Slow is the error of a sender whose platform asks to wait: nothing was wrong
// with the message.
type Slow struct {
	After  time.Duration
	Reason string
}

func (e *Slow) Error() string { return e.Reason }

// Refused is the error of a sender whose platform will never take the message:
// a wrong address, key or signature.
type Refused struct{ Reason string }

func (e *Refused) Error() string { return e.Reason }

// later asks the task runner to come back.
type later struct {
	after  time.Duration
	reason string
}

func (e *later) Error() string             { return e.reason }
func (e *later) RetryAfter() time.Duration { return e.after }

// backoff is how long a send waits after its nth attempt failed: 5 s doubling
// to 20 min.
func backoff(attempts int) time.Duration {
	return min(5*time.Second<<min(max(attempts-1, 0), 12), 20*time.Minute)
}

// Deliver handles TaskSend: it sends what is due for a target. Where the
// platform fails or asks to wait, everything that waits for it waits, and the
// returned error says how long.
func (s *Service) Deliver(ctx context.Context, t desk.Task) error {
	target, err := targetOf(t.Key)
	if err != nil {
		return err
	}
	for {
		claimed, err := s.claim(ctx, target)
		if err != nil {
			return err
		}
		if len(claimed) == 0 {
			return s.rest(ctx, target)
		}
		if err := s.deliver(ctx, target, claimed); err != nil {
			return err
		}
	}
}

// rest ends a task, unless something is left that has no task of its own: what
// a process took and died with, or what a failure put off.
func (s *Service) rest(ctx context.Context, target Target) error {
	at, err := s.Store.Held(ctx, target)
	if err != nil || at.IsZero() {
		return err
	}
	return &later{max(at.Sub(s.time()), time.Second), "something waits for another try"}
}

func (s *Service) claim(ctx context.Context, target Target) ([]Send, error) {
	var claimed []Send
	now := s.time()
	err := s.Store.Atomic(ctx, func(tx Tx) (err error) {
		claimed, err = tx.Claim(ctx, target, now, now.Add(claimFor), maxClaim)
		return err
	})
	return claimed, err
}

// deliver sends what was claimed and stores what became of each.
func (s *Service) deliver(ctx context.Context, target Target, claimed []Send) error {
	parcels, err := s.parcels(ctx, claimed)
	if err != nil {
		return err
	}
	sender, err := s.Store.Sender(ctx, target.SenderID)
	if err != nil && desk.CodeOf(err) != desk.NotFound {
		return err
	}
	bundles := bundle(parcels, target.Medium)
	for i, b := range bundles {
		failed := s.send(ctx, sender, target, b)
		if failed != nil && ctx.Err() != nil {
			return failed // stopped: what is claimed comes back when its time is up
		}
		wait, err := s.settle(ctx, b, failed)
		if err != nil {
			return err
		}
		if wait > 0 {
			return s.putOff(ctx, bundles[i+1:], wait, failed)
		}
	}
	return nil
}

// parcels are the sends with what they tell, and whom, as things stand now.
func (s *Service) parcels(ctx context.Context, sends []Send) ([]Parcel, error) {
	items, err := s.Store.Items(ctx, sends)
	if err != nil {
		return nil, err
	}
	roster, err := s.Store.Roster(ctx, s.time())
	if err != nil {
		return nil, err
	}
	people := make(map[int64]Person, len(roster.People))
	for _, p := range roster.People {
		people[p.UserID] = p
	}
	parcels := make([]Parcel, len(sends))
	for i, send := range sends {
		p, active := people[send.UserID]
		parcels[i] = Parcel{
			Send: send, Item: items[i].forEyes(p.Actor), Lang: p.Settings.Language(), To: Recipient{Name: p.Name, Contact: p.Contact}, Gone: !active,
		}
		if parcels[i].Own, err = s.ownLink(ctx, p, parcels[i].Item); err != nil {
			return nil, err
		}
	}
	return parcels, nil
}

// ownLink is the link that leads a liaison to the escalation a notice is about,
// "" for anybody and anything else.
func (s *Service) ownLink(ctx context.Context, p Person, i Item) (string, error) {
	escalation := factID(i.Facts[escalationFact])
	if s.Links == nil || p.Role != desk.Liaison || i.Ticket.ID == 0 || escalation == 0 {
		return "", nil
	}
	return s.Links.MakeLink(ctx, p.UserID, escalation, i.ID)
}

// send sends one bundle as one message.
func (s *Service) send(ctx context.Context, sender StoredSender, target Target, b []Parcel) error {
	talk := s.Senders[sender.Kind]
	b = slices.DeleteFunc(slices.Clone(b), func(p Parcel) bool { return p.Gone })
	if len(b) == 0 {
		return &Refused{"the person may no longer sign in"}
	}
	if talk == nil || !sender.Enabled {
		return &Refused{"the sender is switched off"}
	}
	if target.Medium == Robot {
		ok, after, err := s.Limits.Take(ctx, fmt.Sprintf("notice/robot/%d", sender.ID), s.PerMinute, time.Minute)
		if err != nil {
			return err
		}
		if !ok {
			return &Slow{After: after, Reason: "as many messages as the robot may send in a minute are sent"}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	return talk.Send(ctx, sender.Setup, s.writer(b[0].Lang).compose(b))
}

// settle stores what became of a bundle, and how long the target must wait.
func (s *Service) settle(ctx context.Context, b []Parcel, failed error) (wait time.Duration, err error) {
	now := s.time()
	var slow *Slow
	var refused *Refused
	err = s.Store.Atomic(ctx, func(tx Tx) error {
		wait = 0
		for _, p := range b {
			send := p.Send
			send.Attempts++
			switch {
			case failed == nil:
				send.State, send.Error = Sent, ""
			case errors.As(failed, &slow):
				send.Attempts--
				send.State, wait = Waiting, max(slow.After, time.Second)
			case errors.As(failed, &refused) || send.Attempts >= maxAttempts:
				send.State = Failed
			default:
				send.State, wait = Waiting, max(wait, backoff(send.Attempts))
			}
			if failed != nil {
				send.Error = cut(failed.Error())
			}
			if send.State == Waiting && now.Sub(send.CreatedAt) > giveUp {
				send.State = Failed
			}
			send.NotBefore = now.Add(wait)
			if err := tx.Settle(ctx, send, now); err != nil {
				return err
			}
		}
		return nil
	})
	return wait, err
}

// putOff lets the bundles that were not tried wait as long as the one that was.
func (s *Service) putOff(ctx context.Context, bundles [][]Parcel, wait time.Duration, failed error) error {
	now := s.time()
	err := s.Store.Atomic(ctx, func(tx Tx) error {
		for _, b := range bundles {
			for _, p := range b {
				p.State, p.NotBefore, p.Error = Waiting, now.Add(wait), cut(failed.Error())
				if err := tx.Settle(ctx, p.Send, now); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return &later{wait, cut(failed.Error())}
}

func cut(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxError)], "")
}
