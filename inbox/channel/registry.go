package channel

import (
	"context"
	"sync"
	"time"

	"replydesk/inbox/desk"
)

// recheck is how long an opened channel is used before its account is looked
// up again; another node's change takes effect within it.
const recheck = 2 * time.Second

// Accounts looks accounts up. Disabled ones are not found.
type Accounts interface {
	ChannelAccount(ctx context.Context, id int64) (Account, error)
}

// Registry knows the platforms and keeps the channels that are open. It is
// safe for concurrent use.
type Registry struct {
	platforms map[string]Platform
	accounts  Accounts
	now       func() time.Time

	mu   sync.RWMutex
	open map[int64]opened
}

type opened struct {
	account Account
	channel Channel
	checked time.Time
}

// NewRegistry returns a registry of the given platforms.
func NewRegistry(accounts Accounts, now func() time.Time, platforms ...Platform) *Registry {
	r := &Registry{platforms: map[string]Platform{}, accounts: accounts, now: now, open: map[int64]opened{}}
	for _, p := range platforms {
		r.platforms[p.Name()] = p
	}
	return r
}

// Platform returns a platform by its name.
func (r *Registry) Platform(name string) (Platform, error) {
	p, ok := r.platforms[name]
	if !ok {
		return nil, desk.InvalidField("platform", "没有这个平台")
	}
	return p, nil
}

// Channel returns the open channel of an account and the account itself.
func (r *Registry) Channel(ctx context.Context, accountID int64) (Channel, Account, error) {
	r.mu.RLock()
	o, ok := r.open[accountID]
	r.mu.RUnlock()
	if ok && r.now().Sub(o.checked) < recheck {
		return o.channel, o.account, nil
	}
	account, err := r.accounts.ChannelAccount(ctx, accountID)
	if err != nil {
		r.Forget(accountID)
		return nil, Account{}, err
	}
	if ok && o.account.Version == account.Version {
		o.checked = r.now()
	} else {
		p, err := r.Platform(account.Platform)
		if err != nil {
			return nil, Account{}, err
		}
		c, err := p.Open(account)
		if err != nil {
			return nil, Account{}, err
		}
		o = opened{account: account, channel: c, checked: r.now()}
	}
	r.mu.Lock()
	r.open[accountID] = o
	r.mu.Unlock()
	return o.channel, o.account, nil
}

// Forget closes what is known of an account, so that the next use looks it up.
func (r *Registry) Forget(accountID int64) {
	r.mu.Lock()
	delete(r.open, accountID)
	r.mu.Unlock()
}

// Limits returns what the account's platform takes. Tickets of an account that
// is disabled, or whose settings no longer hold, are still read: no limits are
// known then.
func (r *Registry) Limits(ctx context.Context, accountID int64) (Limits, error) {
	c, _, err := r.Channel(ctx, accountID)
	if code := desk.CodeOf(err); code == desk.NotFound || code == desk.Invalid {
		return Limits{}, nil
	}
	if err != nil {
		return Limits{}, err
	}
	return c.Limits(), nil
}
