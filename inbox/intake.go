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

// Claims keeps the first value of a key for a while, for all processes of the
// desk; kv.Store is one.
type Claims interface {
	// Claim keeps value unless the key has one, and returns the one it has.
	Claim(ctx context.Context, key, value string, ttl time.Duration) (held string, err error)
}

// Bot answers what citizens wrote or did; bot.Service is one.
type Bot interface {
	// Respond decides, once, about an item that is stored. passive: the text it
	// returns reaches the citizen in the answer to the platform's call, and for
	// a repeated call it is the same again; "" when there is nothing to say, or
	// not in time. An error: the platform must send again, for nobody knows
	// whether there was a decision.
	Respond(ctx context.Context, accountID int64, in channel.Inbound, passive bool) (text string, err error)
}

// Intake takes webhook calls in: verify and parse by the platform's adapter,
// store by the Service, and only then the answer.
type Intake struct {
	service  *Service
	channels Channels
	claims   Claims
	bot      Bot
	now      func() time.Time
}

// NewIntake returns an Intake; without a bot (nil) every account is without.
func NewIntake(service *Service, channels Channels, claims Claims, bot Bot, now func() time.Time) *Intake {
	return &Intake{service: service, channels: channels, claims: claims, bot: bot, now: now}
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
	if err := i.bound(ctx, receipt.Binding); err != nil {
		return channel.Response{}, err
	}
	switch {
	case receipt.Challenge != nil:
		return *receipt.Challenge, nil
	case receipt.Dead != nil:
		err = i.service.IngestDead(ctx, accountID, *receipt.Dead)
	case account.Bot && i.bot != nil:
		return i.answer(ctx, accountID, receipt)
	default:
		err = i.service.Ingest(ctx, accountID, receipt.Items)
	}
	if err != nil {
		return channel.Response{}, err
	}
	return receipt.Ack, nil
}

// answer stores the items and lets the bot answer them: one of a channel that
// takes a passive reply in the answer to the call, others by deliveries.
func (i *Intake) answer(ctx context.Context, accountID int64, receipt channel.Receipt) (channel.Response, error) {
	if err := i.service.IngestForBot(ctx, accountID, receipt.Items); err != nil {
		return channel.Response{}, err
	}
	passive := receipt.Passive != nil && len(receipt.Items) == 1
	for _, item := range receipt.Items {
		text, err := i.bot.Respond(ctx, accountID, item, passive)
		if err != nil {
			return channel.Response{}, err
		}
		if passive && text != "" {
			return receipt.Passive(text, i.now())
		}
	}
	return receipt.Ack, nil
}

// bound refuses a body that came with another body's proof. A retry passes: the
// first attempt may not have been stored.
func (i *Intake) bound(ctx context.Context, b *channel.Binding) error {
	if b == nil {
		return nil
	}
	held, err := i.claims.Claim(ctx, b.Key, b.Body, b.For)
	if err != nil {
		return err
	}
	if held != b.Body {
		return desk.Errorf(desk.Forbidden, "this signature has come with another body")
	}
	return nil
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
