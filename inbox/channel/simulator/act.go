package simulator

import (
	"context"
	"time"

	"replydesk/inbox/desk"
)

// Say is a citizen writing a text. It returns the bubble on their phone at
// once; the callback follows. A person nobody knew becomes a follower first.
// Errors: Invalid (not following, too long), NotFound (no such account),
// Unavailable (10,000 callbacks on their way, or the state file failed).
func (s *Server) Say(ctx context.Context, appID, openID, text string) (Bubble, error) {
	return s.Send(ctx, appID, Message{OpenID: openID, Type: "text", Content: text})
}

// Tap is a citizen tapping an item of a msgmenu.
func (s *Server) Tap(ctx context.Context, appID, openID string, item TapItem) (Bubble, error) {
	return s.Send(ctx, appID, Message{OpenID: openID, Type: "text", Content: item.Content, MenuID: item.ID})
}

// Follow is a citizen subscribing to the account. A person nobody knew is made.
func (s *Server) Follow(ctx context.Context, appID, openID string) (Bubble, error) {
	return s.Send(ctx, appID, Message{OpenID: openID, Type: "event", Event: "subscribe"})
}

// Unfollow is a citizen leaving; all send windows close.
func (s *Server) Unfollow(ctx context.Context, appID, openID string) (Bubble, error) {
	return s.Send(ctx, appID, Message{OpenID: openID, Type: "event", Event: "unsubscribe"})
}

// Click is a citizen tapping a command of the custom menu.
func (s *Server) Click(ctx context.Context, appID, openID, key string) (Bubble, error) {
	return s.Send(ctx, appID, Message{OpenID: openID, Type: "event", Event: "CLICK", EventKey: key})
}

// Scan is a citizen scanning a QR code with a scene: a SCAN event from a
// follower, a subscribe event with qrscene_ from anybody else.
func (s *Server) Scan(ctx context.Context, appID, openID, scene string) (Bubble, error) {
	m := Message{OpenID: openID, Type: "event", Event: "SCAN", EventKey: scene, Ticket: "simulated-ticket"}
	s.mu.Lock()
	acct := s.accounts[appID]
	if acct == nil || acct.citizens[openID] == nil || !acct.citizens[openID].Following {
		m.Event, m.EventKey = "subscribe", "qrscene_"+scene
	}
	s.mu.Unlock()
	return s.Send(ctx, appID, m)
}

// Send is a citizen doing anything at all: a message of any type or any event.
// See Say for the errors.
func (s *Server) Send(ctx context.Context, appID string, m Message) (Bubble, error) {
	if err := ctx.Err(); err != nil {
		return Bubble{}, desk.Errorf(desk.Unavailable, "the caller left: %w", err)
	}
	if m.Type == "" {
		return Bubble{}, desk.InvalidField("type", "is missing")
	}
	if m.Type == "text" && (m.Content == "" || len(m.Content) > textLimit) {
		return Bubble{}, desk.InvalidField("text", "needs 1 to %d bytes", textLimit)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Bubble{}, desk.Errorf(desk.Unavailable, "the simulator is closed")
	}
	if len(s.pending) >= pendingLimit {
		return Bubble{}, desk.Errorf(desk.Unavailable, "%d callbacks are on their way already", pendingLimit)
	}
	acct, c, err := s.citizenLocked(appID, m.OpenID, true)
	if err != nil {
		return Bubble{}, err
	}
	subscribe := m.isEvent() && m.Event == "subscribe"
	if !c.Following && !subscribe {
		return Bubble{}, desk.InvalidField("citizen", "does not follow the account")
	}
	return s.sendLocked(acct, c, m)
}

// sendLocked stores the message with what it changes and queues its callback.
func (s *Server) sendLocked(acct *account, c *citizen, m Message) (Bubble, error) {
	now := s.o.Now()
	if m.At.IsZero() {
		m.At = now
	}
	if m.isEvent() {
		m.MsgID = 0
	} else if m.MsgID == 0 {
		m.MsgID = max(s.lastMsgID+1, firstMsgID(now))
	}
	s.lastMsgID = max(s.lastMsgID, m.MsgID)

	s.lastDelivery++
	d := &delivery{
		deliveryRecord: deliveryRecord{
			ID: s.lastDelivery, AppID: c.AppID, OpenID: c.OpenID,
			MsgID:   m.MsgID,
			Payload: string(m.payload(acct.OriginalID).encode(acct.Format)),
		},
		citizen: c,
	}
	d.Bubble = s.lastBubble + 1
	bubble, err := s.addBubbleLocked(c, m.bubble(), record{Delivery: &d.deliveryRecord})
	if err != nil {
		return Bubble{}, err
	}
	d.bubble = bubble
	s.actLocked(c, m, now)
	s.queueLocked(d)
	return *bubble, nil
}

// actLocked changes what the platform knows of the citizen: following, send
// windows, the last interaction.
func (s *Server) actLocked(c *citizen, m Message, now time.Time) {
	if m.isEvent() && (m.Event == "subscribe" || m.Event == "unsubscribe") {
		c.Following, c.since = m.Event == "subscribe", now
		err := s.state.write(record{Citizen: &citizenRecord{Citizen: c.Citizen, Since: now}})
		s.complainLocked("state file", err)
		s.publishLocked(update{appID: c.AppID, openID: c.OpenID, name: "citizen", data: c.Citizen})
	}
	c.lastAction = now
	s.openWindowLocked(c, m, now)
}

// bubble is how the message looks on the citizen's own phone.
func (m Message) bubble() Bubble {
	b := Bubble{From: FromCitizen, Type: m.Type, Text: m.Content, State: Sending, MsgID: m.MsgID}
	switch m.Type {
	case "image", "voice", "video", "shortvideo":
		b.Details = &Details{MediaID: m.MediaID, PicURL: m.PicURL}
	case "location":
		b.Details = &Details{Title: m.Label, Latitude: m.Latitude, Longitude: m.Longitude}
	case "link":
		b.Details = &Details{Title: m.Title, Description: m.Description, URL: m.URL}
	case "event":
		b.Details = &Details{Event: m.Event, EventKey: m.EventKey}
	}
	return b
}
