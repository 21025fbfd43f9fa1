package live_test

import (
	"errors"
	"testing"
	"time"

	"replydesk/app/kv"
	"replydesk/app/live"
	"replydesk/inbox/desk"
)

func TestFrameOfAnEvent(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	n := start(t, live.Options{Source: src})
	c := connect(t, n, admin, 0)
	defer c.ws.Close()

	at := time.Date(2026, 11, 22, 16, 4, 5, 120_000_000, time.FixedZone("CST", 8*3600))
	about := desk.NewEvent("message.received", at, map[string]any{"ticket": map[string]any{"id": "7"}})
	about.TicketID, about.AccountID = 7, 1
	bare := desk.Event{Name: "entry.changed", At: at}
	broken := desk.Event{Name: "entry.changed", At: at, Data: []byte("{")}
	src.commit(1, about, bare, broken)
	n.hub.Wake()
	for _, want := range []string{
		`{"type":"event","id":2,"name":"message.received","ticket_id":"7","at":"2026-11-22T08:04:05.12Z","data":{"ticket":{"id":"7"}}}`,
		`{"type":"event","id":3,"name":"entry.changed","at":"2026-11-22T08:04:05.12Z","data":{}}`,
		`{"type":"event","id":4,"name":"entry.changed","at":"2026-11-22T08:04:05.12Z","data":{}}`,
	} {
		_ = c.ws.SetReadDeadline(time.Now().Add(patience))
		_, got, err := c.ws.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "frame", string(got), want)
	}
}

func TestWhereAClientStands(t *testing.T) {
	src := &source{}
	src.commit(10, events(100)...) // 10, 20 … 1000
	n := start(t, live.Options{Source: src, Keep: 500, Ring: 10, Poll: 5 * time.Millisecond})
	for _, test := range []struct {
		name  string
		after int64
		reset bool
		first int64 // the first event that comes
	}{
		{"from now on", 0, false, 1010},
		{"at the head", 1000, false, 1010},
		{"within the ring", 985, false, 990},
		{"before the ring", 600, false, 610},
		{"as far as is kept", 500, false, 510},
		{"further than is kept", 499, true, 1010},
		{"after a restored backup", 1001, true, 1010},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := connect(t, n, admin, test.after)
			defer c.ws.Close()
			if test.reset {
				f := c.next()
				expect(t, "frame", f.Type, "reset")
				expect(t, "its head", f.Head, 1000)
				expect(t, "events at once", len(src.visible(admin, f.Head)), 0)
			}
			if test.first <= 1000 {
				expectIDs(t, "events", c.take(len(src.visible(admin, test.after))), src.visible(admin, test.after))
			}
			if head, _ := src.Head(t.Context()); test.first > head {
				src.commit(10, event("ticket.closed"))
				defer func() { src.truncate(1000) }()
				n.hub.Wake()
				expect(t, "the next event", c.take(1)[0], test.first)
				c.ws.Close()
				// The source goes back for the next row; wait until the hub knows.
				src.truncate(1000)
				eventually(t, "the hub goes back", func() bool { return n.hub.Stats().Head == 1000 })
			}
		})
	}
	if n.hub.Stats().Resets == 0 {
		t.Error("no reset was counted")
	}
}

// TestANumberFromElsewhere: a client may know, from the API or another node, of
// an event that this hub has not read yet. That is no reason to reload.
func TestANumberFromElsewhere(t *testing.T) {
	src := &source{}
	src.commit(1, events(5)...)
	n := start(t, live.Options{Source: src, Poll: time.Hour})
	eventually(t, "the hub is ready", func() bool { return n.hub.Stats().Head == 5 })
	src.commit(1, events(2)...) // nobody wakes the hub
	c := connect(t, n, admin, 6)
	defer c.ws.Close()
	expectIDs(t, "events", c.take(1), []int64{7})
}

func TestOnlyWhatTheUserMaySee(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	n := start(t, live.Options{Source: src})
	liaison := desk.Actor{UserID: 9, Role: desk.Liaison, DepartmentID: 4, AllAccounts: true}
	one := connect(t, n, staff(2, "李敏", 1), 0)
	two := connect(t, n, staff(3, "王强", 2), 0)
	four := connect(t, n, liaison, 0)
	mine, other, dispatched := event("ticket.created"), event("ticket.created"), event("escalation.dispatched")
	other.AccountID = 2
	dispatched.Departments = []int64{3, 4}
	forAdmins, forAll := event("account.alerted"), event("entry.changed")
	forAdmins.TicketID, forAdmins.Audience = 0, desk.ManageAccounts
	forAll.TicketID, forAll.AccountID = 0, 0
	src.commit(1, mine, other, dispatched, forAdmins, forAll) // 2 … 6
	n.hub.Wake()
	for _, test := range []struct {
		name string
		c    *client
		want []int64
	}{
		{"staff of account 1", one, []int64{2, 4, 6}},
		{"staff of account 2", two, []int64{3, 6}},
		{"the liaison of department 4", four, []int64{4, 6}},
	} {
		expectIDs(t, test.name, test.c.take(len(test.want)), test.want)
		test.c.ws.Close()
	}
}

// TestHintsMayBeLost: with every hint lost, another node's events still come.
func TestHintsMayBeLost(t *testing.T) {
	src := &source{}
	src.commit(1, events(1)...)
	n := start(t, live.Options{Source: src, Shared: kv.NewMemory(time.Now), Poll: 10 * time.Millisecond})
	c := connect(t, n, admin, 0)
	defer c.ws.Close()
	src.commit(1, events(3)...)
	expectIDs(t, "events", c.take(3), []int64{2, 3, 4})
}

// TestNodesWakeEachOther: without any polling, a commit on one node reaches the
// sockets of another.
func TestNodesWakeEachOther(t *testing.T) {
	eachPair(t, live.Options{Poll: time.Hour}, func(t *testing.T, a, b *node) {
		c := connect(t, b, admin, 0)
		defer c.ws.Close()
		a.src.commit(1, events(1)...)
		a.hub.Wake()
		head, _ := a.src.Head(t.Context())
		expectIDs(t, "events", c.take(1), []int64{head})
	})
}

func TestASourceThatFails(t *testing.T) {
	src := &source{broken: errors.New("the database is away")}
	n := start(t, live.Options{Source: src, Poll: 5 * time.Millisecond, Ring: 4})
	c := dial(t, n, admin, "session")
	defer c.ws.Close()
	c.say(`{"type":"hello","after":1}`)
	src.commit(1, events(30)...)
	src.cut(nil)
	expect(t, "the first frame", c.next().Type, "welcome")
	expectIDs(t, "events", c.take(29), src.visible(admin, 1))

	src.cut(errors.New("the database is away again"))
	behind := dial(t, n, admin, "session")
	behind.say(`{"type":"hello","after":1}`)
	behind.expectClose(live.CloseLater)
	src.commit(1, events(3)...)
	n.hub.Wake()
	src.cut(nil)
	expectIDs(t, "events after the failure", c.take(3), []int64{31, 32, 33})
}

// TestARestoredDatabase: the events go back under a running desk.
func TestARestoredDatabase(t *testing.T) {
	src := &source{}
	src.commit(1, events(20)...)
	n := start(t, live.Options{Source: src, Poll: 5 * time.Millisecond})
	c := connect(t, n, admin, 20)
	src.truncate(10)
	c.expectClose(live.CloseSlow)
	c = connect(t, n, admin, c.last)
	defer c.ws.Close()
	expect(t, "frame", c.next().Type, "reset")
	src.commit(1, event("ticket.created"))
	n.hub.Wake()
	expectIDs(t, "events", c.take(1), []int64{11})
}
