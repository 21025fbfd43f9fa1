package simulator

import (
	"time"

	"replydesk/inbox/desk"
)

// Recall puts on a phone what was said before the simulator ran, at b.At; no
// callback leaves. The person of that name becomes a follower when there is
// none. What a citizen said opens the send window it would have opened then,
// and what the desk said draws from it, so that a demo's old conversations can
// be answered. It is for filling a new simulator, in the order of time.
func (s *Server) Recall(appID, name string, b Bubble) (Citizen, error) {
	if b.At.IsZero() || b.From != FromCitizen && b.From != FromDesk {
		return Citizen{}, desk.Errorf(desk.Invalid, "a recalled bubble needs a time and a sender")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	acct, err := s.knownLocked(appID)
	if err != nil {
		return Citizen{}, err
	}
	c := acct.citizens[OpenID(appID, name)]
	if c == nil {
		who := Citizen{AppID: appID, OpenID: OpenID(appID, name), Name: name, Following: true}
		if c, err = s.newCitizenLocked(acct, who); err != nil {
			return Citizen{}, err
		}
	}
	s.recallWindow(c, b.From, b.At)
	s.lastBubble++
	b.ID = s.lastBubble
	if b.From == FromCitizen {
		b.State = Accepted
	}
	err = s.state.write(windowsRecord(c), record{Bubble: &bubbleRecord{AppID: c.AppID, OpenID: c.OpenID, Bubble: b}})
	if err != nil {
		return Citizen{}, err
	}
	c.keep(&b)
	s.changedLocked()
	return c.Citizen, nil
}

// recallWindow opens or draws the message window as of the given time.
func (s *Server) recallWindow(c *citizen, from Sender, at time.Time) {
	if from == FromDesk {
		c.draw(at)
		return
	}
	rule := windowRules[windowMessage]
	c.windows[windowMessage] = &window{Limit: rule.limit, Until: at.Add(rule.open)}
	c.lastAction = at
}
