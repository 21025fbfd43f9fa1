package simulator

import (
	"context"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// Sender is who a bubble on the phone comes from.
type Sender string

// The senders: the person with the phone, the account, the platform itself.
const (
	FromCitizen  Sender = "citizen"
	FromDesk     Sender = "desk"
	FromPlatform Sender = "platform"
)

// State is how far a citizen's message got.
type State string

// The states. Bubbles from the desk and the platform have none.
const (
	Sending  State = "sending"  // the first delivery runs
	Accepted State = "accepted" // the receiver took it
	Retrying State = "retrying" // a delivery failed, another follows
	Failed   State = "failed"   // the platform gave up
)

// Fault notice the platform shows when an account does not answer properly.
const serviceFault = "该公众号暂时无法提供服务，请稍后再试"

// Bubble is one thing on the citizen's phone. Numbers rise within a thread.
type Bubble struct {
	ID       int64     `json:"id,string"`
	From     Sender    `json:"from"`
	Type     string    `json:"type"` // as on the wire; "notice" for lines of the platform
	Text     string    `json:"text,omitempty"`
	State    State     `json:"state,omitempty"`
	Attempts int       `json:"attempts,omitempty"` // deliveries so far
	MsgID    int64     `json:"msg_id,string,omitempty"`
	Passive  bool      `json:"passive,omitempty"` // came as the answer to a callback
	AI       bool      `json:"ai,omitempty"`      // labelled as made by AI (aimsgcontext)
	Agent    string    `json:"agent,omitempty"`   // customservice.kf_account
	Details  *Details  `json:"details,omitempty"`
	At       time.Time `json:"at"`
}

// Details are what a bubble shows besides text.
type Details struct {
	MediaID     string    `json:"media_id,omitempty"`
	Title       string    `json:"title,omitempty"`
	Description string    `json:"description,omitempty"`
	URL         string    `json:"url,omitempty"`
	PicURL      string    `json:"pic_url,omitempty"`
	Latitude    float64   `json:"latitude,omitempty"`
	Longitude   float64   `json:"longitude,omitempty"`
	Event       string    `json:"event,omitempty"`
	EventKey    string    `json:"event_key,omitempty"`
	Head        string    `json:"head,omitempty"` // msgmenu
	Items       []TapItem `json:"items,omitempty"`
	Tail        string    `json:"tail,omitempty"`
	Articles    []Card    `json:"articles,omitempty"`
}

// TapItem is one line of a msgmenu; tapping it says Content with ID as its
// bizmsgmenuid.
type TapItem struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// Card is one article as a news reply shows it.
type Card struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	URL         string `json:"url,omitempty"`
	PicURL      string `json:"pic_url,omitempty"`
}

// Thread is what the citizen's phone shows, oldest first: their own messages,
// the desk's replies and the platform's notices. It holds the last 500.
func (s *Server) Thread(appID, openID string) []Bubble {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.threadLocked(appID, openID)
}

func (s *Server) threadLocked(appID, openID string) []Bubble {
	acct := s.accounts[appID]
	if acct == nil || acct.citizens[openID] == nil {
		return nil
	}
	var thread []Bubble
	for _, b := range acct.citizens[openID].bubbles {
		thread = append(thread, *b)
	}
	return thread
}

// Replies is the part of Thread that came from the desk.
func (s *Server) Replies(appID, openID string) []Bubble {
	return slices.DeleteFunc(s.Thread(appID, openID), func(b Bubble) bool { return b.From != FromDesk })
}

// WaitThread waits until the thread satisfies ok and returns it. It polls
// nothing: it looks again whenever something changed. The error is ctx's.
func (s *Server) WaitThread(ctx context.Context, appID, openID string, ok func([]Bubble) bool) ([]Bubble, error) {
	var thread []Bubble
	err := s.wait(ctx, func() bool {
		thread = s.threadLocked(appID, openID)
		return ok(thread)
	})
	return thread, err
}

// WaitReply waits until the desk has sent the citizen at least n replies and
// returns all of them.
func (s *Server) WaitReply(ctx context.Context, appID, openID string, n int) ([]Bubble, error) {
	_, err := s.WaitThread(ctx, appID, openID, func(thread []Bubble) bool {
		count := 0
		for _, b := range thread {
			if b.From == FromDesk {
				count++
			}
		}
		return count >= n
	})
	return s.Replies(appID, openID), err
}

// WaitState waits until the bubble is in the state and returns it.
func (s *Server) WaitState(ctx context.Context, appID, openID string, bubble int64, state State) (Bubble, error) {
	var found Bubble
	err := s.wait(ctx, func() bool {
		for _, b := range s.threadLocked(appID, openID) {
			if b.ID == bubble {
				found = b
			}
		}
		return found.State == state
	})
	return found, err
}

// WaitIdle waits until every callback has been accepted or given up.
func (s *Server) WaitIdle(ctx context.Context) error {
	return s.wait(ctx, func() bool { return len(s.pending) == 0 })
}

// wait calls ok under the lock, again after every change, until it is true.
func (s *Server) wait(ctx context.Context, ok func() bool) error {
	for {
		s.mu.Lock()
		if ok() {
			s.mu.Unlock()
			return nil
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return desk.Errorf(desk.Unavailable, "waiting for the simulator: %w", ctx.Err())
		}
	}
}

// changedLocked wakes everyone who waits.
func (s *Server) changedLocked() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// addBubbleLocked puts a bubble on the phone: state file first, so that what
// was shown is never forgotten.
func (s *Server) addBubbleLocked(c *citizen, b Bubble, more ...record) (*Bubble, error) {
	s.lastBubble++
	b.ID, b.At = s.lastBubble, s.o.Now()
	records := append([]record{{Bubble: &bubbleRecord{AppID: c.AppID, OpenID: c.OpenID, Bubble: b}}}, more...)
	if err := s.state.write(records...); err != nil {
		return nil, err
	}
	kept := &b
	c.keep(kept)
	s.publishLocked(update{appID: c.AppID, openID: c.OpenID, name: "bubble", data: b})
	s.changedLocked()
	return kept, nil
}

// keep appends a bubble and forgets the oldest beyond the limit.
func (c *citizen) keep(b *Bubble) {
	c.bubbles = append(c.bubbles, b)
	if extra := len(c.bubbles) - threadLimit; extra > 0 {
		c.bubbles = slices.Delete(c.bubbles, 0, extra)
	}
}

// setStateLocked moves a citizen's message along.
func (s *Server) setStateLocked(c *citizen, b *Bubble, state State, attempts int) {
	if b.State == state && b.Attempts == attempts {
		return
	}
	b.State, b.Attempts = state, attempts
	err := s.state.write(record{Bubble: &bubbleRecord{AppID: c.AppID, OpenID: c.OpenID, Bubble: *b}})
	s.complainLocked("state file", err)
	s.publishLocked(update{appID: c.AppID, openID: c.OpenID, name: "bubble", data: *b})
	s.changedLocked()
}
