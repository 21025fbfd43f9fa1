package live_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"replydesk/app/kv"
	"replydesk/app/live"
	"replydesk/inbox/desk"
)

func TestDropAndRefresh(t *testing.T) {
	src, shared := &source{}, kv.NewMemory(time.Now)
	src.commit(1, events(1)...)
	one := start(t, live.Options{Source: src, Shared: shared})
	two := start(t, live.Options{Source: src, Shared: shared})
	open := func(n *node, actor desk.Actor, session string) *client {
		c := dial(t, n, actor, session)
		c.say(`{"type":"hello"}`)
		expect(t, "the first frame", c.next().Type, "welcome")
		return c
	}
	li, wang := staff(2, "李敏", 1), staff(3, "王强", 1)
	here, there := open(one, li, "a"), open(two, li, "a")
	otherSession, otherUser := open(two, li, "b"), open(two, wang, "c")
	one.hub.Drop("a")
	here.expectClose(live.CloseSession)
	there.expectClose(live.CloseSession)
	one.hub.Refresh(3)
	otherUser.expectClose(live.CloseSession)
	defer otherSession.ws.Close()
	src.commit(1, events(1)...)
	one.hub.Wake()
	expectIDs(t, "events of the session that stands", otherSession.take(1), []int64{2})
}

// sessions is who each session belongs to.
type sessions struct {
	mu     sync.Mutex
	actors map[string]desk.Actor
	broken bool
	asked  int
}

func (s *sessions) check(_ context.Context, session string) (desk.Actor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.broken {
		return desk.Actor{}, desk.Errorf(desk.Unavailable, "the database is away")
	}
	actor, there := s.actors[session]
	if !there {
		return desk.Actor{}, desk.Errorf(desk.Unauthenticated, "no such session")
	}
	return actor, nil
}

func (s *sessions) change(do func(*sessions)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(s)
}

// TestRecheck: sockets do not outlive a session whose end nobody told the hub.
func TestRecheck(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	li := staff(2, "李敏", 1)
	known := &sessions{actors: map[string]desk.Actor{"ends": li, "changes": li, "stays": li, "renamed": li}}
	n := start(t, live.Options{Source: src, Recheck: known.check, RecheckEvery: 10 * time.Millisecond})
	open := func(session string) *client {
		c := dial(t, n, li, session)
		c.say(`{"type":"hello"}`)
		return c
	}
	open("never was").expectClose(live.CloseSession)
	clients := map[string]*client{}
	for session := range known.actors {
		clients[session] = open(session)
		expect(t, "the first frame", clients[session].next().Type, "welcome")
	}
	// While nobody can say whose a session is, its sockets stay.
	known.change(func(s *sessions) { s.broken, s.asked = true, 0 })
	eventually(t, "all were asked for", func() (all bool) {
		known.change(func(s *sessions) { all = s.asked > 2*len(clients) })
		return all
	})
	known.change(func(s *sessions) {
		s.broken = false
		delete(s.actors, "ends")
		s.actors["changes"] = staff(2, "李敏", 1, 2)
		s.actors["renamed"] = staff(2, "李小敏", 1)
	})
	clients["ends"].expectClose(live.CloseSession)
	clients["changes"].expectClose(live.CloseSession)
	src.commit(1, events(1)...)
	n.hub.Wake()
	for _, session := range []string{"stays", "renamed"} {
		expectIDs(t, session, clients[session].take(1), []int64{2})
		clients[session].ws.Close()
	}
}
