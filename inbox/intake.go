package inbox

import (
	"context"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Channels gives the open channel of an account.
type Channels interface {
	Channel(ctx context.Context, accountID int64) (channel.Channel, channel.Account, error)
}

// Intake takes webhook calls in: verify and parse by the platform's adapter,
// store by the Service, and only then the answer.
type Intake struct {
	service  *Service
	channels Channels
	now      func() time.Time
}

// NewIntake returns an Intake.
func NewIntake(service *Service, channels Channels, now func() time.Time) *Intake {
	return &Intake{service: service, channels: channels, now: now}
}

// Receive handles one webhook call and returns what to answer. Its errors are
// forbidden (forged or stale), invalid (unreadable), not_found (no such
// account), and anything else when the store could not commit: the platform
// must then be told to send again.
func (i *Intake) Receive(ctx context.Context, platform string, accountID int64, r channel.Request) (channel.Response, error) {
	c, account, err := i.channels.Channel(ctx, accountID)
	if err != nil {
		return channel.Response{}, err
	}
	if account.Platform != platform {
		return channel.Response{}, desk.Errorf(desk.NotFound, "没有这个账号")
	}
	receipt, err := c.Receive(r, i.now())
	if err != nil {
		return channel.Response{}, err
	}
	switch {
	case receipt.Challenge != nil:
		return *receipt.Challenge, nil
	case receipt.Dead != nil:
		err = i.service.IngestDead(ctx, accountID, *receipt.Dead)
	default:
		err = i.service.Ingest(ctx, accountID, receipt.Items)
	}
	if err != nil {
		return channel.Response{}, err
	}
	return receipt.Ack, nil
}

// Replay takes a dead payload in again, as its adapter reads it today.
func (i *Intake) Replay(ctx context.Context, actor desk.Actor, payloadID int64) error {
	return i.service.Replay(ctx, actor, payloadID, func(p Payload) (channel.Inbound, error) {
		c, _, err := i.channels.Channel(ctx, p.AccountID)
		if err != nil {
			return channel.Inbound{}, err
		}
		return c.Parse(p.Body, p.ReceivedAt)
	})
}
