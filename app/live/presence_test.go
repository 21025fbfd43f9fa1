package live_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"testing"
	"time"

	"replydesk/app/kv"
	"replydesk/app/live"
	"replydesk/inbox/desk"
)

// at sends a presence frame.
func (c *client) at(ticket int, state string) {
	c.t.Helper()
	c.say(`{"type":"presence","ticket_id":"%d","state":%q}`, ticket, state)
}

// hears expects presence frames in this order, "7 李敏 typing".
func (c *client) hears(want ...string) {
	c.t.Helper()
	for _, w := range want {
		f := c.next()
		got := fmt.Sprintf("%s %s %s", f.TicketID, f.User.Name, f.State)
		if f.Type != "presence" || got != w {
			c.t.Fatalf("frame %s %q, want presence %q", f.Type, got, w)
		}
	}
}

// hearsAfter skips what may repeat and then hears want.
func (c *client) hearsAfter(repeated, want string) {
	c.t.Helper()
	for {
		f := c.next()
		switch got := fmt.Sprintf("%s %s %s", f.TicketID, f.User.Name, f.State); got {
		case repeated:
		case want:
			return
		default:
			c.t.Fatalf("frame %s %q, want presence %q", f.Type, got, want)
		}
	}
}

// eachPair runs a test within one node and across two, which share their state
// in memory or on Redis.
func eachPair(t *testing.T, options live.Options, test func(t *testing.T, a, b *node)) {
	src := &source{}
	src.commit(1, events(1)...)
	options.Source = src
	t.Run("one node", func(t *testing.T) {
		options.Shared = kv.NewMemory(time.Now)
		n := start(t, options)
		test(t, n, n)
	})
	t.Run("two nodes", func(t *testing.T) {
		options.Shared = kv.NewMemory(time.Now)
		test(t, start(t, options), start(t, options))
	})
	t.Run("two nodes on Redis", func(t *testing.T) {
		desk := rand.Text()
		a, b := options, options
		a.Shared, b.Shared = onRedis(t, desk), onRedis(t, desk)
		test(t, start(t, a), start(t, b))
	})
}

// scoped gives one test names of its own on a server that others use.
type scoped struct {
	live.Shared
	name string
}

func onRedis(t *testing.T, name string) live.Shared {
	t.Helper()
	url := os.Getenv("DESK_TEST_REDIS_URL")
	if url == "" {
		t.Fatal("DESK_TEST_REDIS_URL is not set: start a Redis for the tests and name it there, as make test does.")
	}
	store, err := kv.NewRedis(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return scoped{store, name}
}

func (s scoped) Touch(ctx context.Context, set, member string, ttl time.Duration) error {
	return s.Shared.Touch(ctx, s.name+set, member, ttl)
}

func (s scoped) Members(ctx context.Context, set string) ([]string, error) {
	return s.Shared.Members(ctx, s.name+set)
}

func (s scoped) Drop(ctx context.Context, set, member string) error {
	return s.Shared.Drop(ctx, s.name+set, member)
}

func (s scoped) Publish(ctx context.Context, channel, payload string) error {
	return s.Shared.Publish(ctx, s.name+channel, payload)
}

func (s scoped) Subscribe(ctx context.Context, channel string) (<-chan string, func()) {
	return s.Shared.Subscribe(ctx, s.name+channel)
}

func TestPresence(t *testing.T) {
	eachPair(t, live.Options{}, func(t *testing.T, a, b *node) {
		li := connect(t, a, staff(2, "李敏", 1), 0)
		defer li.ws.Close()
		wang := connect(t, b, staff(3, "王强", 1), 0)
		defer wang.ws.Close()
		li.at(7, "viewing")
		// Nobody else is there; a second tab of the same person is not told of itself.
		liAgain := connect(t, b, staff(2, "李敏", 1), 0)
		liAgain.at(7, "viewing")
		eventually(t, "both of 李敏 are at the ticket", func() bool { return count(t, a, 7) == 2 })

		wang.at(7, "viewing")
		wang.hears("7 李敏 viewing")
		li.hears("7 王强 viewing")
		liAgain.hears("7 王强 viewing")
		li.at(7, "typing")
		wang.hears("7 李敏 typing")
		// One of two tabs leaves: the person is still there, and still typing.
		liAgain.ws.Close()
		eventually(t, "one of 李敏 has left", func() bool { return count(t, a, 7) == 2 })
		li.at(7, "viewing")
		wang.hears("7 李敏 viewing")
		wang.at(7, "gone")
		li.hears("7 王强 gone")
		wang.at(7, "typing")
		wang.hears("7 李敏 viewing")
		li.hears("7 王强 typing")
		wang.ws.Close()
		li.hears("7 王强 gone")
	})
}

// count is how many sockets the shared state knows at a ticket.
func count(t *testing.T, n *node, ticket int) int {
	t.Helper()
	members, err := n.shared.Members(t.Context(), fmt.Sprintf("presence:%d", ticket))
	if err != nil {
		t.Fatal(err)
	}
	return len(members)
}

// TestPresenceOfATicketOneMayNotSee: silence, and nobody hears of it.
func TestPresenceOfATicketOneMayNotSee(t *testing.T) {
	maySee := func(_ context.Context, actor desk.Actor, ticket int64) bool {
		return actor.SeesTicket(ticket, ticket%10, nil)
	}
	eachPair(t, live.Options{MaySee: maySee}, func(t *testing.T, a, b *node) {
		one := connect(t, a, staff(2, "李敏", 1), 0)
		defer one.ws.Close()
		both := connect(t, b, staff(3, "王强", 1, 2), 0)
		defer both.ws.Close()
		both.at(12, "viewing") // of account 2, which 李敏 has nothing to do with
		one.at(12, "viewing")
		one.at(11, "viewing")
		eventually(t, "李敏 is at ticket 11", func() bool { return count(t, a, 11) == 1 })
		both.at(11, "viewing")
		both.hears("11 李敏 viewing") // and not 12 before
		one.hears("11 王强 viewing")  // and nothing of 12
	})
}

// TestPresenceExpires: silence is gone, repeating is staying.
func TestPresenceExpires(t *testing.T) {
	eachPair(t, live.Options{PresenceTTL: 200 * time.Millisecond}, func(t *testing.T, a, b *node) {
		silent := connect(t, a, staff(2, "李敏", 1), 0)
		defer silent.ws.Close()
		silent.at(7, "viewing")
		eventually(t, "李敏 is there", func() bool { return count(t, a, 7) == 1 })
		repeating := connect(t, b, staff(3, "王强", 1), 0)
		defer repeating.ws.Close()
		defer repeating.repeat(7, 50*time.Millisecond)()
		repeating.hears("7 李敏 viewing")
		// A newcomer may be told of someone present twice: by the greeting and
		// by a hint of the other node that was on its way.
		repeating.hearsAfter("7 李敏 viewing", "7 李敏 gone")
	})
}

// repeat says viewing again and again, until the returned function is called.
func (c *client) repeat(ticket int, every time.Duration) (stop func()) {
	c.at(ticket, "viewing")
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-quit:
				return
			case <-ticker.C:
				c.at(ticket, "viewing")
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

// mute loses every hint.
type mute struct{ live.Shared }

func (mute) Publish(context.Context, string, string) error { return nil }

// TestPresenceOfANodeThatDied: what no node takes back runs out.
func TestPresenceOfANodeThatDied(t *testing.T) {
	src, shared := &source{}, kv.NewMemory(time.Now)
	src.commit(1, events(1)...)
	ttl := 150 * time.Millisecond
	n := start(t, live.Options{Source: src, Shared: shared, PresenceTTL: ttl})
	dead := start(t, live.Options{Source: src, Shared: mute{shared}, PresenceTTL: ttl})
	ghost := connect(t, dead, staff(2, "李敏", 1), 0)
	defer ghost.ws.Close()
	ghost.at(7, "typing")
	eventually(t, "李敏 is there", func() bool { return count(t, n, 7) == 1 })
	c := connect(t, n, staff(3, "王强", 1), 0)
	defer c.ws.Close()
	defer c.repeat(7, 50*time.Millisecond)()
	c.hears("7 李敏 typing", "7 李敏 gone")
}

// TestAtFewTicketsAtOnce: the ninth ticket ends the first.
func TestAtFewTicketsAtOnce(t *testing.T) {
	eachPair(t, live.Options{}, func(t *testing.T, a, b *node) {
		other := connect(t, b, staff(3, "王强", 1), 0)
		defer other.ws.Close()
		other.at(1, "viewing")
		eventually(t, "王强 is there", func() bool { return count(t, a, 1) == 1 })
		c := connect(t, a, staff(2, "李敏", 1), 0)
		defer c.ws.Close()
		c.at(1, "viewing")
		other.hears("1 李敏 viewing")
		for ticket := 2; ticket <= 9; ticket++ {
			c.at(ticket, "viewing")
		}
		other.hears("1 李敏 gone")
	})
}
