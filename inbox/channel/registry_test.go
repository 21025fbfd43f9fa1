package channel_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// accounts is a store of accounts with a clock, whose look-ups are counted.
type accounts struct {
	mu      sync.Mutex
	all     map[int64]channel.Account
	err     error
	lookups int
	now     time.Time
}

func (a *accounts) ChannelAccount(_ context.Context, id int64) (channel.Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lookups++
	if a.err != nil {
		return channel.Account{}, a.err
	}
	found, ok := a.all[id]
	if !ok {
		return channel.Account{}, desk.Errorf(desk.NotFound, "no account")
	}
	return found, nil
}

func (a *accounts) Now() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now
}

func (a *accounts) change(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f()
}

func account(id int64, version int64) channel.Account {
	return channel.Account{ID: id, Platform: inboxtest.PlatformName, Settings: json.RawMessage(`{"app_id":"a"}`), Version: version}
}

func setUp(c inboxtest.Channel) (*accounts, *inboxtest.Platform, *channel.Registry) {
	a := &accounts{all: map[int64]channel.Account{1: account(1, 1)}, now: inboxtest.Morning}
	p := inboxtest.NewPlatform(c)
	return a, p, channel.NewRegistry(a, a.Now, p)
}

func TestChannelStaysOpenWhileItsAccountStays(t *testing.T) {
	a, p, r := setUp(inboxtest.Channel{})
	open := func() (channel.Channel, channel.Account) {
		t.Helper()
		c, acc, err := r.Channel(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		return c, acc
	}
	first, _ := open()
	for _, step := range []struct {
		name            string
		before          func()
		lookups, opened int
		same            bool
	}{
		{"at once", func() {}, 1, 1, true},
		{"shortly before it is looked up again", func() { a.now = a.now.Add(2*time.Second - 1) }, 1, 1, true},
		{"looked up again, unchanged", func() { a.now = a.now.Add(1) }, 2, 1, true},
		{"used again", func() {}, 2, 1, true},
		{"changed, not looked up yet", func() { a.all[1] = account(1, 2) }, 2, 1, true},
		{"changed and looked up", func() { a.now = a.now.Add(2 * time.Second) }, 3, 2, false},
	} {
		a.change(step.before)
		c, acc := open()
		if a.lookups != step.lookups || len(p.Opened()) != step.opened || (c == first) != step.same {
			t.Errorf("%s: %d look-ups, opened %d times, the same channel %v", step.name, a.lookups, len(p.Opened()), c == first)
		}
		if want := int64(step.opened); acc.Version != want {
			t.Errorf("%s: version %d, want %d", step.name, acc.Version, want)
		}
	}
	r.Forget(1)
	if open(); a.lookups != 4 {
		t.Errorf("%d look-ups after forgetting, want one more", a.lookups)
	}
}

func TestChannelOfAnAccountThatWent(t *testing.T) {
	a, _, r := setUp(inboxtest.Channel{Takes: channel.Limits{MaxBytes: 7}})
	if _, _, err := r.Channel(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	a.change(func() { delete(a.all, 1); a.now = a.now.Add(2 * time.Second) })
	if _, _, err := r.Channel(t.Context(), 1); desk.CodeOf(err) != desk.NotFound {
		t.Errorf("disabled: %v, want not found", err)
	}
	a.change(func() { a.all[1] = account(1, 1) })
	if _, _, err := r.Channel(t.Context(), 1); err != nil {
		t.Errorf("enabled again: %v", err)
	}
}

func TestChannelErrors(t *testing.T) {
	a, _, r := setUp(inboxtest.Channel{})
	broken := account(2, 1)
	broken.Settings = json.RawMessage(`{}`)
	unknown := account(3, 1)
	unknown.Platform = "of a later version"
	a.all[2], a.all[3] = broken, unknown
	for id, want := range map[int64]desk.Code{2: desk.Invalid, 3: desk.Invalid, 4: desk.NotFound} {
		if _, _, err := r.Channel(t.Context(), id); desk.CodeOf(err) != want {
			t.Errorf("account %d: %v, want %s", id, err, want)
		}
	}
	down := errors.New("database is down")
	a.change(func() { a.err = down })
	if _, _, err := r.Channel(t.Context(), 1); !errors.Is(err, down) {
		t.Errorf("got %v, want the store's error", err)
	}
}

// A ticket is still read when its account cannot send.
func TestLimits(t *testing.T) {
	a, _, r := setUp(inboxtest.Channel{Takes: channel.Limits{MaxBytes: 2048}})
	broken := account(2, 1)
	broken.Settings = json.RawMessage(`{}`)
	a.all[2] = broken
	for id, want := range map[int64]int{1: 2048, 2: 0, 99: 0} {
		if l, err := r.Limits(t.Context(), id); err != nil || l.MaxBytes != want {
			t.Errorf("limits of account %d: %+v, %v; want %d bytes", id, l, err, want)
		}
	}
	a.change(func() { a.err = errors.New("database is down"); a.now = a.now.Add(time.Minute) })
	if _, err := r.Limits(t.Context(), 1); err == nil {
		t.Error("a store that is down is no account without limits")
	}
}

func TestPlatform(t *testing.T) {
	_, p, r := setUp(inboxtest.Channel{})
	if got, err := r.Platform(inboxtest.PlatformName); err != nil || got != channel.Platform(p) {
		t.Errorf("platform: %v, %v", got, err)
	}
	if _, err := r.Platform("weibo"); desk.CodeOf(err) != desk.Invalid {
		t.Errorf("no such platform: %v, want invalid", err)
	}
}

func TestRegistryAtOnce(t *testing.T) {
	a, _, r := setUp(inboxtest.Channel{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := range 200 {
				if n%50 == 0 && i == 0 {
					a.change(func() { a.all[1] = account(1, int64(n)); a.now = a.now.Add(3 * time.Second) })
					r.Forget(1)
				}
				if _, _, err := r.Channel(t.Context(), 1); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if _, acc, err := r.Channel(t.Context(), 1); err != nil || acc.Version != 150 {
		a.change(func() { a.now = a.now.Add(3 * time.Second) })
		if _, acc, err = r.Channel(t.Context(), 1); err != nil || acc.Version != 150 {
			t.Errorf("version %d, %v; want the newest", acc.Version, err)
		}
	}
}
