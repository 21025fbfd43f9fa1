package inboxtest

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// PlatformName is the name of the Platform, and the platform of a Backend's
// accounts.
const PlatformName = "test"

// Platform is a platform whose channels do what the test says. Its settings
// need an app_id; app_secret is secret.
type Platform struct {
	mu      sync.Mutex
	opened  []channel.Account
	channel Channel
}

// NewPlatform returns a platform; all its channels behave as c.
func NewPlatform(c Channel) *Platform { return &Platform{channel: c} }

// Name implements channel.Platform.
func (p *Platform) Name() string { return PlatformName }

// SecretSettings implements channel.Platform.
func (p *Platform) SecretSettings() []string { return []string{"app_secret"} }

// Confirmed implements channel.Platform.
func (p *Platform) Confirmed() map[string]string {
	return map[string]string{"api_base": "app_secret", "app_id": "app_secret"}
}

// Identity implements channel.Platform.
func (p *Platform) Identity() string { return "app_id" }

// Open implements channel.Platform.
func (p *Platform) Open(a channel.Account) (channel.Channel, error) {
	var settings struct {
		AppID string `json:"app_id"`
	}
	if err := json.Unmarshal(a.Settings, &settings); err != nil || settings.AppID == "" {
		return nil, desk.InvalidField("settings.app_id", "不能为空")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened = append(p.opened, a)
	c := p.channel
	return &c, nil
}

// Opened are the accounts that were opened, in order.
func (p *Platform) Opened() []channel.Account {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]channel.Account(nil), p.opened...)
}

// Channel is a channel made of functions; a nil one must not be called.
type Channel struct {
	OnReceive func(r channel.Request, now time.Time) (channel.Receipt, error)
	OnParse   func(raw []byte, received time.Time) (channel.Inbound, error)
	OnSend    func(ctx context.Context, out channel.Outbound) channel.Result
	OnFetch   func(ctx context.Context, m channel.Media) (channel.File, error)
	OnCheck   func(ctx context.Context) error
	Takes     channel.Limits
}

var _ channel.Channel = (*Channel)(nil)

// Receive implements channel.Channel.
func (c *Channel) Receive(r channel.Request, now time.Time) (channel.Receipt, error) {
	return c.OnReceive(r, now)
}

// Parse implements channel.Channel.
func (c *Channel) Parse(raw []byte, received time.Time) (channel.Inbound, error) {
	return c.OnParse(raw, received)
}

// Send implements channel.Channel.
func (c *Channel) Send(ctx context.Context, out channel.Outbound) channel.Result {
	return c.OnSend(ctx, out)
}

// Fetch implements channel.Channel.
func (c *Channel) Fetch(ctx context.Context, m channel.Media) (channel.File, error) {
	return c.OnFetch(ctx, m)
}

// Check implements channel.Channel.
func (c *Channel) Check(ctx context.Context) error { return c.OnCheck(ctx) }

// Limits implements channel.Channel.
func (c *Channel) Limits() channel.Limits { return c.Takes }

// BotSettings takes any object for the bot's settings: the last one given.
type BotSettings struct{}

// Lay implements inbox.BotSettings.
func (BotSettings) Lay(_ context.Context, stored, changes json.RawMessage) (json.RawMessage, error) {
	if len(changes) > 0 {
		return changes, nil
	}
	return stored, nil
}
