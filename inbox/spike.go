package inbox

import (
	"context"
	"time"

	"replydesk/inbox/check"
	"replydesk/inbox/desk"
)

// Alert is a group of many messages that say the same, from several people
// within a short time.
type Alert struct {
	ID       int64
	SampleID MessageID // the first of them
	Sample   string    // its words; only in lists
	Count    int       // messages; in lists those the reader may see
	Tickets  int       // only in lists
	OpenedAt time.Time
	LastAt   time.Time
	ClosedAt time.Time
	ClosedBy int64
	Closer   string // the name of who closed it; only in lists
	Reason   string
}

// AlertFilter chooses alerts; Actor always narrows.
type AlertFilter struct {
	Actor  desk.Actor
	Closed bool
	Limit  int
	Cursor string
}

// FreshMessage is what the search for spikes reads of a message.
type FreshMessage struct {
	ID        MessageID
	TicketID  TicketID
	ContactID ContactID
	Text      string
	At        time.Time
	AlertID   int64 // it belongs to already, 0 for none
}

// maxFresh is how many messages one search looks at; more within the time would
// be a spike in any case.
const maxFresh = 2000

type alertTx interface {
	// LockAlerts makes other searches for spikes wait.
	LockAlerts(ctx context.Context) error
	// FreshMessages are the newest texts of citizens since a time, oldest first.
	FreshMessages(ctx context.Context, since time.Time, limit int) ([]FreshMessage, error)
	// OpenAlerts are all that are open, with their Sample.
	OpenAlerts(ctx context.Context) ([]Alert, error)
	AddAlert(ctx context.Context, a *Alert) error // sets a.ID
	LockAlert(ctx context.Context, id int64) (*Alert, error)
	SaveAlert(ctx context.Context, a *Alert) error
	// AddToAlert adds messages that belong to none.
	AddToAlert(ctx context.Context, alert int64, messages []FreshMessage) error
}

type alertReader interface {
	// LastMessageID is the newest message of all.
	LastMessageID(ctx context.Context) (MessageID, error)
	Alerts(ctx context.Context, f AlertFilter) (desk.Page[Alert], error)
	// Alert returns an alert as the actor sees it; NotFound when they see none
	// of its tickets.
	Alert(ctx context.Context, actor desk.Actor, id int64) (Alert, error)
	// AlertTickets are the alert's tickets the actor may see, newest first.
	AlertTickets(ctx context.Context, actor desk.Actor, id int64, limit int) ([]TicketRow, error)
}

// FindSpikes looks for many messages alike within Rules.SpikeWithin and opens
// one alert for each group of at least Rules.SpikeMessages people; what comes
// later joins it. It returns the zero time.
func (s *Service) FindSpikes(ctx context.Context, _ time.Time) (time.Time, error) {
	if s.rules.SpikeMessages < 2 {
		return time.Time{}, nil
	}
	last, err := s.store.LastMessageID(ctx)
	if err != nil || int64(last) == s.spiked.Load() {
		return time.Time{}, err
	}
	err = s.store.Atomic(ctx, func(tx Tx) error { return s.findSpikes(ctx, tx, s.time()) })
	if err == nil {
		s.spiked.Store(int64(last))
	}
	return time.Time{}, err
}

func (s *Service) findSpikes(ctx context.Context, tx Tx, now time.Time) error {
	if err := tx.LockAlerts(ctx); err != nil {
		return err
	}
	fresh, err := tx.FreshMessages(ctx, now.Add(-s.rules.SpikeWithin), maxFresh)
	if err != nil || len(fresh) == 0 {
		return err
	}
	open, err := tx.OpenAlerts(ctx)
	if err != nil {
		return err
	}
	var groups []*spike
	for i := range open {
		groups = append(groups, &spike{alert: &open[i], shape: s.rules.Folder.Shape(open[i].Sample)})
	}
	for _, m := range fresh {
		if m.AlertID == 0 {
			groups = join(groups, m, s.rules.Folder.Shape(m.Text))
		}
	}
	for _, g := range groups {
		if err := s.storeSpike(ctx, tx, g, now); err != nil {
			return err
		}
	}
	return nil
}

// spike is a group of messages alike, of an open alert or not yet of one.
type spike struct {
	alert    *Alert
	shape    check.Shape
	messages []FreshMessage
	people   map[ContactID]bool
}

// join adds a message to the group it is alike with, or begins one.
func join(groups []*spike, m FreshMessage, shape check.Shape) []*spike {
	if shape == nil {
		return groups
	}
	for _, g := range groups {
		if g.shape.Alike(shape) {
			g.add(m)
			return groups
		}
	}
	g := &spike{shape: shape}
	g.add(m)
	return append(groups, g)
}

func (g *spike) add(m FreshMessage) {
	if g.people == nil {
		g.people = map[ContactID]bool{}
	}
	g.people[m.ContactID] = true
	g.messages = append(g.messages, m)
}

func (s *Service) storeSpike(ctx context.Context, tx Tx, g *spike, now time.Time) error {
	if len(g.messages) == 0 || g.alert == nil && len(g.people) < s.rules.SpikeMessages {
		return nil
	}
	a, name := g.alert, AlertGrown
	newest := g.messages[len(g.messages)-1].At
	if a == nil {
		name = AlertOpened
		a = &Alert{SampleID: g.messages[0].ID, OpenedAt: now, LastAt: newest, Count: len(g.messages)}
		if err := tx.AddAlert(ctx, a); err != nil {
			return err
		}
	} else {
		a.Count, a.LastAt = a.Count+len(g.messages), newest
		if err := tx.SaveAlert(ctx, a); err != nil {
			return err
		}
	}
	if err := tx.AddToAlert(ctx, a.ID, g.messages); err != nil {
		return err
	}
	e := desk.NewEvent(name, now, map[string]any{"alert_id": id(a.ID), "count": a.Count, "roles": []string{"duty", "supervisor"}})
	e.Audience = desk.WorkTickets
	return tx.Record(ctx, e)
}

// Alerts lists alerts with at least one ticket the actor may see, newest first.
func (s *Service) Alerts(ctx context.Context, f AlertFilter) (desk.Page[Alert], error) {
	if err := f.Actor.Require(desk.WorkTickets); err != nil {
		return desk.Page[Alert]{}, err
	}
	f.Limit = desk.PageLimit(f.Limit)
	return s.store.Alerts(ctx, f)
}

// Alert returns an alert with its newest tickets.
func (s *Service) Alert(ctx context.Context, actor desk.Actor, alertID int64) (Alert, []TicketRow, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return Alert{}, nil, err
	}
	a, err := s.store.Alert(ctx, actor, alertID)
	if err != nil {
		return Alert{}, nil, err
	}
	tickets, err := s.store.AlertTickets(ctx, actor, alertID, desk.MaxPage)
	return a, tickets, err
}

// CloseAlert ends an alert for a reason. Messages like it open another one when
// there are many again.
func (s *Service) CloseAlert(ctx context.Context, actor desk.Actor, alertID int64, reason string) error {
	reason, err := text("reason", reason, 1, maxReasonRunes)
	if err != nil {
		return err
	}
	if err := actor.Require(desk.WorkTickets); err != nil {
		return err
	}
	if _, err := s.store.Alert(ctx, actor, alertID); err != nil {
		return err
	}
	return s.store.Atomic(ctx, func(tx Tx) error {
		a, err := tx.LockAlert(ctx, alertID)
		if err != nil {
			return err
		}
		if !a.ClosedAt.IsZero() {
			return desk.Errorf(desk.Conflict, "这条预警已经关闭").WithReason("alert_closed")
		}
		a.ClosedAt, a.ClosedBy, a.Reason = s.time(), actor.UserID, reason
		if err := tx.SaveAlert(ctx, a); err != nil {
			return err
		}
		e := desk.NewEvent(AlertClosed, a.ClosedAt, map[string]any{"alert_id": id(a.ID)})
		e.ActorID, e.Audience = actor.UserID, desk.WorkTickets
		return tx.Record(ctx, e)
	})
}
